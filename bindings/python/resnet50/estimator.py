"""A classifier and an embedder as scikit-learn's estimators, which they are to it without needing it.
SPDX-License-Identifier: MIT"""
import inspect
from typing import Any, Dict, List, Optional, Sequence, TypeVar

import numpy as np

from . import applications, errors, losses, optimizers
from .callbacks import Callback
from .dataset import Dataset
from .model import Model, load_model
from .recipe import FloatArray

Self = TypeVar("Self", bound="_Estimator")


class _Estimator:
    """Parameters as scikit-learn wants them: those of __init__(), kept as they are until a fit."""

    _type = ""

    @classmethod
    def _list_params(cls) -> List[str]:
        return [name for name in inspect.signature(cls.__init__).parameters if name != "self"]

    def get_params(self, deep: bool = True) -> Dict[str, Any]:
        """{parameter: value}; there are none within others."""
        del deep
        return {name: getattr(self, name) for name in self._list_params()}

    def set_params(self: Self, **params: Any) -> Self:
        """Changes parameters for the next fit."""
        known = self._list_params()
        for name, value in params.items():
            if name not in known:
                raise ValueError(f"{type(self).__name__} has no parameter {name!r}; there are {', '.join(known)}")
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        defaults = inspect.signature(type(self).__init__).parameters
        changed = [f"{name}={value!r}" for name, value in self.get_params().items()
                   if value is not defaults[name].default]
        return f"{type(self).__name__}({', '.join(changed)})"

    def __sklearn_tags__(self) -> Any:
        """Asked by scikit-learn alone, which is there then."""
        from sklearn.utils import (  # type: ignore[import-untyped,import-not-found,unused-ignore]
            ClassifierTags, InputTags, Tags, TargetTags, TransformerTags,
        )
        is_classifier = self._type == "classifier"
        return Tags(estimator_type=self._type or None, target_tags=TargetTags(required=is_classifier),
                    classifier_tags=ClassifierTags() if is_classifier else None,
                    transformer_tags=None if is_classifier else TransformerTags(preserves_dtype=[]),
                    input_tags=InputTags(two_d_array=False, three_d_array=True, string=True),
                    requires_fit=is_classifier, non_deterministic=False)


def _load(weights: Any, input_size: Optional[int]) -> Model:
    if isinstance(weights, Model):
        made = weights.clone()
    elif weights is None or (isinstance(weights, str) and weights == "imagenet"):
        made = applications.ResNet50(weights=weights)
    else:
        made = load_model(weights)
    applications.set_size(made, None if input_size is None else (input_size, input_size))
    return made


def _to_list(x: Any) -> Any:
    """What scikit-learn's splits give: object arrays of paths or pictures, and columns of a table."""
    if isinstance(x, np.ndarray) and x.dtype.kind in "OUS":
        return x.ravel().tolist()
    return x.tolist() if hasattr(x, "tolist") and not isinstance(x, np.ndarray) and not hasattr(x, "columns") else x


class ResNet50Classifier(_Estimator):
    """A ResNet-50 that learns classes of your own: fit(X, y), predict(X), predict_proba(X), score(X, y).

    X: pictures as in Model.fit(): paths, bytes, Pillow's images, uint8 arrays [n][height][width][3]. y: labels of any
    kind, [n]. weights: what it starts from: "imagenet", a file, a Model (which stays as it is), or None for
    random ones. hidden, dropout: its new head. trainable: "head"; "all"; or the number of stages from the
    end that learn with it, 1 to 4. optimizer: a name, or one of resnet50.optimizers; learning_rate: in place
    of its own. input_size: px of the square that pictures become; None: the weights' own. class_weight:
    None, "balanced", or {label: weight}. After fit(): `model_`, `classes_`, `history_`.
    """

    _type = "classifier"
    _estimator_type = "classifier"

    def __init__(self, weights: Any = "imagenet", *, hidden: Sequence[int] = (), dropout: float = 0.0,
                 trainable: Any = "head", optimizer: Any = "adam", learning_rate: Optional[float] = None,
                 epochs: int = 10, batch_size: int = 32, label_smoothing: float = 0.0, class_weight: Any = None,
                 validation_split: float = 0.0, callbacks: Optional[Sequence[Callback]] = None,
                 input_size: Optional[int] = None, n_jobs: int = 0, random_state: int = 0, verbose: Any = 0) -> None:
        self.weights = weights
        self.hidden = hidden
        self.dropout = dropout
        self.trainable = trainable
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.epochs = epochs
        self.batch_size = batch_size
        self.label_smoothing = label_smoothing
        self.class_weight = class_weight
        self.validation_split = validation_split
        self.callbacks = callbacks
        self.input_size = input_size
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model_")

    def _freeze(self, model: Model) -> None:
        n_stages = {"head": 0, "all": 5}.get(self.trainable, self.trainable)
        if isinstance(n_stages, bool) or not isinstance(n_stages, int) or not 0 <= n_stages <= 5:
            raise ValueError(f"trainable {self.trainable!r}: is none of 'head', 'all', and 1 to 4 stages")
        for layer in model.layers:
            stage = int(layer.name[4]) if layer.name.startswith("conv") else 1
            layer.trainable = layer.kind == "Dense" or stage > 5 - n_stages

    def _make_optimizer(self) -> optimizers.Optimizer:
        """A new one a fit, since they count steps."""
        import copy
        made = copy.copy(optimizers.get(self.optimizer))
        made.iterations = 0
        if self.learning_rate is not None:
            made.learning_rate = self.learning_rate
        return made

    def _read_weights(self) -> Any:
        if not isinstance(self.class_weight, dict):
            return self.class_weight
        places = {label: i for i, label in enumerate(self.classes_.tolist())}
        unknown = next((label for label in self.class_weight if label not in places), None)
        if unknown is not None:
            raise ValueError(f"class_weight: there is no class {unknown!r}")
        return {places[label]: weight for label, weight in self.class_weight.items()}

    def fit(self, X: Any, y: Any) -> "ResNet50Classifier":
        """Learns from pictures X with labels y."""
        if isinstance(X, Dataset):
            raise TypeError("a Dataset has its own labels: Model.fit() takes it")
        X, labels = _to_list(X), np.asarray(y)
        if labels.ndim != 1 or len(labels) != len(X):
            raise ValueError(f"y of shape {labels.shape}: [{len(X)}] is wanted, a label a picture")
        self.classes_, numbers = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"y has the one class {self.classes_[0]!r}: two at least are wanted")
        base = _load(self.weights, self.input_size)
        model = base.with_head(len(self.classes_), hidden=self.hidden, dropout=self.dropout, seed=self.random_state,
                               class_names=[str(one) for one in self.classes_.tolist()])
        model.n_threads = max(self.n_jobs, 0)
        self._freeze(model)
        more: Dict[str, Any] = {"allow_random_features": 1} if self.weights is None else {}
        model.compile(self._make_optimizer(), losses.CategoricalCrossentropy(label_smoothing=self.label_smoothing),
                      **more)
        self.history_ = model.fit(X, numbers, self.batch_size, self.epochs, self.verbose, self.callbacks,
                                  self.validation_split, class_weight=self._read_weights(), seed=self.random_state)
        self.model_ = model
        return self

    def _get_model(self) -> Model:
        if not self.__sklearn_is_fitted__():
            raise errors.StateError(f"this {type(self).__name__} has learnt nothing yet: fit() it")
        return self.model_

    def predict_proba(self, X: Any) -> FloatArray:
        """[n][classes], in the order of classes_."""
        return self._get_model().predict(_to_list(X), self.batch_size, output="probabilities")

    def decision_function(self, X: Any) -> FloatArray:
        """Logits [n][classes]; of two classes their difference [n], as scikit-learn has it."""
        logits = self._get_model().predict(_to_list(X), self.batch_size, output="logits")
        return logits[:, 1] - logits[:, 0] if logits.shape[1] == 2 else logits

    def predict(self, X: Any) -> "np.ndarray[Any, Any]":
        """The most probable label of each picture."""
        places = self.predict_proba(X).argmax(1)
        return np.asarray(self.classes_[places])

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """The share of right answers."""
        return float(np.average(self.predict(X) == np.asarray(y), weights=sample_weight))


class ResNet50Embedder(_Estimator):
    """Pictures become the network's features, float32 [n][2048], for any estimator behind it in a Pipeline. weights,
    input_size: as of ResNet50Classifier; X: as in Model.predict()."""

    _type = ""

    def __init__(self, weights: Any = "imagenet", *, batch_size: int = 32, input_size: Optional[int] = None,
                 n_jobs: int = 0) -> None:
        self.weights = weights
        self.batch_size = batch_size
        self.input_size = input_size
        self.n_jobs = n_jobs

    def fit(self, X: Any = None, y: Any = None) -> "ResNet50Embedder":
        """Loads the weights; nothing is learnt."""
        del X, y
        self.model_ = _load(self.weights, self.input_size)
        self.model_.n_threads = max(self.n_jobs, 0)
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def transform(self, X: Any) -> FloatArray:
        """[n][2048]. Also without a fit(), which then happens."""
        if not hasattr(self, "model_"):
            self.fit()
        return self.model_.embed(_to_list(X), self.batch_size)

    def fit_transform(self, X: Any, y: Any = None) -> FloatArray:
        """fit(), then transform()."""
        return self.fit(X, y).transform(X)

    def get_feature_names_out(self, input_features: Any = None) -> "np.ndarray[Any, Any]":
        """"resnet50_0" to "resnet50_2047"."""
        del input_features
        n = self.model_.n_features if hasattr(self, "model_") else 2048
        return np.array([f"resnet50_{i}" for i in range(n)], dtype=object)
