"""A ResNet-50: its weights and all that belongs to them. SPDX-License-Identifier: MIT"""
import ctypes
import functools
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple, Union


from . import capi, handle, options, predicting, summary, tensors
from .cancel import CancelToken
from .callbacks import Callback
from .dataset import Dataset
from .history import History
from .layers import Layer, find_layer, make_layers
from .measuring import measure
from .metadata import Metadata
from .metrics import Metrics
from .optimizers import Optimizer
from .options import Text
from .predicting import Predictions
from .recipe import FloatArray, Recipe
from .session import SessionPool
from .training import Plan, fit, make_plan

_OUTPUTS = ("probabilities", "logits", "embeddings", "features")


def _create(function: Callable[..., Any], *arguments: Any) -> handle.Handle:
    return handle.create(capi.resnet_model, capi.resnet_model_free, function, *arguments)


class Model:
    """A model in memory. load_model(), ResNet50() and Model.new() make one.

    Any number of threads may run one model at once; whoever changes it needs it for themselves. It can be
    pickled and copied, and used in a process that was forked.

    Attributes: `name`; `n_threads`, the workers of each call (0: the cores this process may use; with
    several Python threads that predict at once, 1 is best); `history` of the fit that runs or ran last;
    `stop_training`, which callbacks set.
    """

    def __init__(self, owned: handle.Handle, output: str = "probabilities", name: str = "resnet50",
                 n_threads: int = 0) -> None:
        if output not in _OUTPUTS:
            raise ValueError(f"output {output!r}: is none of {', '.join(_OUTPUTS)}")
        self._handle = owned
        self.name = name
        self.n_threads = n_threads
        self.output_kind = output
        self.stop_training = False
        self.history: Optional[History] = None
        self._plan: Optional[Plan] = None
        self._pools: Dict[int, SessionPool] = {}

    # --- making one ---

    @classmethod
    def new(cls, n_classes: int = 1000, *, hidden: Sequence[int] = (), dropout: float = 0.0,
            activation: str = "auto", pooling: str = "average", seed: int = 0, **more: Any) -> "Model":
        """Random weights. `hidden`: units of dense layers before the last; `more`: fields of
        resnet_model_options."""
        wanted = options.make(
            capi.resnet_model_options, n_classes=n_classes, n_hidden=len(hidden), hidden_sizes=list(hidden),
            dropout=dropout, hidden_activation=options.choose("ACTIVATION", activation),
            pooling=options.choose("POOLING", pooling), seed=seed, **more)
        return cls(_create(capi.resnet_model_create, ctypes.byref(wanted)))

    @classmethod
    def from_bytes(cls, data: bytes, **more: Any) -> "Model":
        """A model from the bytes of a file; as load_model()."""
        wanted = options.make(capi.resnet_load_options, **more)
        return cls(_create(capi.resnet_model_load_memory, data, len(data), ctypes.byref(wanted)))

    def with_head(self, n_classes: int, *, hidden: Sequence[int] = (), dropout: float = 0.0,
                  activation: str = "relu", pooling: str = "average", seed: int = 0,
                  class_names: Optional[Sequence[str]] = None) -> "Model":
        """A copy with a new random head: pooling, dense layers of `hidden` units with `activation`, dropout, and
        n_classes outputs. Freezing of the layers below is kept."""
        made = Model.from_bytes(
            self.to_bytes(), new_head=1, n_classes=n_classes, n_hidden=len(hidden), hidden_sizes=list(hidden),
            dropout=dropout, hidden_activation=options.choose("ACTIVATION", activation),
            pooling=options.choose("POOLING", pooling), seed=seed)
        made.name, made.n_threads = self.name, self.n_threads
        if class_names is not None:
            made.class_names = list(class_names)
        made._freeze_as(self)
        return made

    def clone(self) -> "Model":
        """A copy that shares nothing."""
        made = Model(_create(capi.resnet_model_clone, self._handle), self.output_kind, self.name, self.n_threads)
        made._freeze_as(self)
        return made

    def __copy__(self) -> "Model":
        return self.clone()

    def __deepcopy__(self, _memo: Any) -> "Model":
        return self.clone()

    def __reduce__(self) -> Tuple[Any, ...]:
        frozen = [layer.name for layer in self.layers if not layer.trainable]
        return _unpickle, (self.to_bytes("hdf5"), self.output_kind, self.name, self.n_threads, frozen)

    def _freeze_as(self, other: "Model") -> None:
        frozen = {layer.name for layer in other.layers if not layer.trainable}
        for layer in self.layers:
            layer.trainable = layer.name not in frozen or layer.kind == "Dense"

    # --- what it is ---

    @property
    def _as_parameter_(self) -> Any:
        """The functions of capi take it as it is; call changed() after changing values by it."""
        return self._handle.pointer

    @property
    def n_classes(self) -> int:
        """0: it has no head."""
        return capi.resnet_model_get_n_classes(self._handle)

    @property
    def include_top(self) -> bool:
        """Whether it answers with classes."""
        return self.n_classes > 0 and self.output_kind in ("probabilities", "logits")

    @property
    def class_names(self) -> List[str]:
        """A name a class; [] when they have none."""
        if capi.resnet_model_get_names_origin(self._handle) == capi.RESNET_NAMES_NONE:
            return []
        return [options.decode(capi.resnet_model_get_class_name(self._handle, i)) for i in range(self.n_classes)]

    @class_names.setter
    def class_names(self, names: Sequence[str]) -> None:
        capi.resnet_model_set_class_names(self._handle, options.encode_list(names), len(names))

    @property
    def recipe(self) -> Recipe:
        """The preprocessing that its weights were trained with."""
        struct = capi.resnet_recipe()
        capi.resnet_model_copy_recipe(ctypes.byref(struct), ctypes.sizeof(struct), self._handle)
        return Recipe.from_struct(struct)

    @recipe.setter
    def recipe(self, recipe: Recipe) -> None:
        capi.resnet_model_set_recipe(self._handle, ctypes.byref(recipe.to_struct()))
        self.changed()

    @property
    def metadata(self) -> Metadata:
        """Texts of your own that are saved with it: a mapping."""
        return Metadata(self._handle)

    @property
    def depth(self) -> int:
        """Layers that learn: 50."""
        return capi.resnet_model_get_depth(self._handle)

    @property
    def n_features(self) -> int:
        """Floats of an embedding: 2048."""
        return capi.resnet_model_get_n_features(self._handle)

    @property
    def variant(self) -> str:
        """"v1" (Keras) or "v1_5" (torchvision)."""
        return options.name_choice("VARIANT", capi.resnet_model_get_variant(self._handle))

    @property
    def pooling(self) -> str:
        """"average" or "max"."""
        return options.name_choice("POOLING", capi.resnet_model_get_pooling(self._handle))

    @property
    def hidden_sizes(self) -> List[int]:
        """Units of the head's dense layers before the last."""
        return [capi.resnet_model_get_hidden_size(self._handle, i)
                for i in range(capi.resnet_model_get_n_hidden(self._handle))]

    @property
    def dropout(self) -> float:
        """Share of the last layer's inputs that training drops."""
        return capi.resnet_model_get_dropout(self._handle)

    @property
    def format(self) -> str:
        """What it was read from, for people."""
        return options.decode(capi.resnet_model_get_format(self._handle))

    @property
    def licence(self) -> str:
        """Under what licence its weights are, as its file says."""
        return options.decode(capi.resnet_model_get_licence(self._handle))

    @property
    def provenance(self) -> str:
        """Where its weights come from, as its file says."""
        return options.decode(capi.resnet_model_get_provenance(self._handle))

    @property
    def remarks(self) -> List[str]:
        """What was assumed or set aside when its file was read."""
        return [options.decode(capi.resnet_model_get_remark(self._handle, i))
                for i in range(capi.resnet_model_get_n_remarks(self._handle))]

    @property
    def input_shape(self) -> Tuple[int, int, int]:
        """(height, width, 3) of what its recipe makes; any size from 32 px runs."""
        return (*self.recipe.crop, 3)

    @property
    def output_shape(self) -> Tuple[Optional[int], ...]:
        """Of predict(), for pictures of input_shape."""
        if self.output_kind == "features":
            channels, height, width = self.feature_shape(4)
            return (None, height, width, channels)
        return (None, self.n_classes if self.include_top else self.n_features)

    def feature_shape(self, stage: int) -> Tuple[int, int, int]:
        """(channels, height, width) of the map behind `stage` (1 to 4) for pictures of input_shape."""
        height, width, _ = self.input_shape
        return predicting.get_feature_shape(self._get_pool(), height, width, stage)

    def __repr__(self) -> str:
        head = f"{self.n_classes} classes" if self.include_top else self.output_kind
        return f"<resnet50.Model {self.name!r}: {head}, {self.format}>"

    # --- values ---

    @functools.cached_property
    def tensor_shapes(self) -> Dict[str, Tuple[int, ...]]:
        """{torchvision's name: shape}."""
        return tensors.list_shapes(self._handle)

    def get_tensor(self, name: str) -> FloatArray:
        """A copy of the tensor of torchvision's name, such as "layer1.0.conv1.weight"."""
        return tensors.copy_one(self._handle, name)

    def set_tensor(self, name: str, values: Any) -> None:
        """Overwrites a tensor by values of its shape."""
        if name not in self.tensor_shapes:
            raise KeyError(name)
        tensors.set_one(self._handle, name, values, self.tensor_shapes[name])
        self.changed()

    def state_dict(self) -> Dict[str, FloatArray]:
        """Copies of all values, under torchvision's names and in its layouts."""
        return tensors.copy_all(self._handle)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Overwrites all values; names must be those of state_dict(), "num_batches_tracked" apart."""
        given = {name for name in state if not name.endswith("num_batches_tracked")}
        unknown, missing = sorted(given - set(self.tensor_shapes)), sorted(set(self.tensor_shapes) - given)
        if unknown or missing:
            raise KeyError(f"{unknown[0]}: is no tensor of the model" if unknown else f"{missing[0]}: is missing")
        for name in given:
            self.set_tensor(name, state[name])

    def get_weights(self) -> List[FloatArray]:
        """All values, layer by layer in Keras's order and layouts."""
        return [values for layer in self.layers for values in layer.get_weights()]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Overwrites them by what get_weights() gives."""
        wanted = [len(layer.tensor_names) for layer in self.layers]
        if len(weights) != sum(wanted):
            raise ValueError(f"{sum(wanted)} arrays are wanted, not {len(weights)}")
        start = 0
        for layer, n in zip(self.layers, wanted):
            layer.set_weights(list(weights[start:start + n]))
            start += n

    def count_params(self) -> int:
        """Numbers in its tensors, statistics included."""
        return sum(layer.count_params() for layer in self.layers)

    def changed(self) -> None:
        """Says that values were changed other than by this class: running it starts anew."""
        for pool in self._pools.values():
            pool.clear()

    # --- layers ---

    @functools.cached_property
    def layers(self) -> List[Layer]:
        """Its layers, under Keras's names and in Keras's order: `for layer in model.layers[:143]:
        layer.trainable = False` freezes the stages 1 to 4 as there."""
        return make_layers(self)

    def get_layer(self, name: Optional[str] = None, index: Optional[int] = None) -> Layer:
        """A layer by Keras's name, by torchvision's, or by its place."""
        return find_layer(self.layers, name, index)

    @property
    def trainable(self) -> bool:
        """Whether any layer is; setting it sets all."""
        return any(layer.trainable for layer in self.layers if layer.torch_name)

    @trainable.setter
    def trainable(self, value: bool) -> None:
        for layer in self.layers:
            layer.trainable = bool(value)

    def summary(self, print_fn: Optional[Callable[[str], None]] = None, show_trainable: bool = False) -> None:
        """Prints its layers, their output's shapes and how many numbers they hold."""
        summary.print_summary(self, print_fn, show_trainable)

    # --- running it ---

    def _get_pool(self) -> SessionPool:
        return self._pools.setdefault(self.n_threads, SessionPool(self._handle, self.n_threads))

    def predict(self, x: Any, batch_size: int = 32, verbose: Union[int, str] = 0, steps: Optional[int] = None, *,
                output: Optional[str] = None, cancel: Optional[CancelToken] = None) -> FloatArray:
        """The model's answers, a row a picture, in order.

        x: paths, bytes of files, open files, Pillow's images, arrays, a sequence or generator of them or of
        batches of them (Keras's (pictures, labels) included), a table with a column of paths, a Dataset.
        uint8 arrays are pixels, [height][width][1, 3 or 4] or [n] of them, RGB, and go through the model's
        recipe as files do. Float arrays are the network's input, [n][height][width][3] or
        [n][3][height][width], as preprocess_input() makes it; float32 [n][3][height][width] in one piece is
        not copied.

        output: "probabilities" [n][n_classes], "logits" likewise, "embeddings" [n][2048], "features"
        [n][h][w][2048]; None: the model's own kind. `steps` stops a generator after so many batches.
        Ctrl-C is heard between batches. Raises what reading a picture gives, and ValueError, TypeError for
        what is no picture.
        """
        kind = output or self.output_kind
        if isinstance(x, Dataset):
            return predicting.predict_dataset(self, x, kind, batch_size, cancel, verbose)
        return predicting.predict(self._get_pool(), x, kind, batch_size, lambda: self.recipe, steps, cancel)

    __call__ = predict

    def classify(self, x: Any, top: int = 5, batch_size: int = 32) -> Predictions:
        """The `top` most probable classes of each picture: lists of (label, name, probability). x as in
        predict()."""
        return predicting.rank(self.predict(x, batch_size, output="probabilities"), self.class_names, top)

    def embed(self, x: Any, batch_size: int = 32) -> FloatArray:
        """The pooled features before the head, [n][2048]. x as in predict()."""
        return self.predict(x, batch_size, output="embeddings")

    def features(self, x: Any, stage: int = 4, batch_size: int = 32) -> FloatArray:
        """The map behind `stage` (1 to 4), [n][h][w][channels]. x as in predict(), but a Dataset."""
        return predicting.run_features(self._get_pool(), x, stage, batch_size, lambda: self.recipe)

    def measure(self, x: Any, y: Any = None, *, batch_size: int = 32, cancel: Optional[CancelToken] = None,
                verbose: Union[int, str] = 0, **more: Any) -> Metrics:
        """How good its answers are. x: a Dataset, or pictures as in predict() with labels y: numbers, names
        of classes, or one-hot rows. `more`: fields of resnet_metrics_options."""
        return measure(self, x, y, batch_size, cancel, verbose, more)

    def evaluate(self, x: Any, y: Any = None, batch_size: int = 32, verbose: Union[int, str] = 0, *,
                 return_dict: bool = False, cancel: Optional[CancelToken] = None) -> Any:
        """[loss, accuracy], or both as a dict: measure() in Keras's words."""
        found = self.measure(x, y, batch_size=batch_size, cancel=cancel, verbose=verbose)
        figures = {"loss": found["loss"], "accuracy": found["accuracy"]}
        return figures if return_dict else list(figures.values())

    # --- teaching it ---

    def compile(self, optimizer: Union[str, Optimizer] = "rmsprop", loss: Any = "categorical_crossentropy",
                metrics: Optional[Sequence[Any]] = None, **more: Any) -> None:
        """Says how fit() teaches: one of resnet50.optimizers or its name, a cross-entropy of resnet50.losses or its
        name. metrics: accuracy, under the name it is to have in logs; measure() has all others. `more`: fields of
        resnet_trainer_options, such as bn_momentum (Keras's is 0.01), batch_norm, mixup_alpha, n_shards. Copies and
        files of a model do not keep it. Raises ValueError, TypeError, NotImplementedError."""
        self._plan = make_plan(optimizer, loss, metrics, more)

    @property
    def optimizer(self) -> Optimizer:
        """What compile() was told."""
        if self._plan is None:
            raise AttributeError("optimizer: there is none before compile()")
        return self._plan.optimizer

    def fit(self, x: Any, y: Any = None, batch_size: Optional[int] = None, epochs: int = 1,
            verbose: Union[int, str] = "auto", callbacks: Optional[Sequence[Callback]] = None,
            validation_split: float = 0.0, validation_data: Any = None, shuffle: bool = True, class_weight: Any = None,
            *, initial_epoch: int = 0, steps_per_epoch: Optional[int] = None, seed: int = 0) -> History:
        """Teaches it what layers that are trainable can learn, and returns the History.

        x: a Dataset, such as ImageDataGenerator's flows; pictures with labels y (numbers, names, one-hot rows): paths,
        bytes, Pillow's images, uint8 arrays [n][height][width][3], which go through the recipe, or float arrays, the
        network's input; batches (pictures, labels), with steps_per_epoch of a generator. Learning from floats
        and batches gives no training accuracy. batch_size: images a step, 32 unless the Dataset says otherwise.
        validation_data: a Dataset, (x, y), or batches; validation_split: the last share of x and y. class_weight:
        "balanced", {class: weight} or a list. seed: of order, augmentation and dropout; equal seeds give equal bits.

        Ctrl-C is heard after each step and raises KeyboardInterrupt; exceptions of callbacks come out as they are;
        either way the model is that of the last finished step, and `history` has the epochs so far.
        Raises StateError before compile() and when the loss is no number, ValueError, what reading a picture gives.
        """
        return fit(self, self._plan, x, y, batch_size, epochs, verbose, callbacks, validation_split, validation_data,
                   shuffle, class_weight, initial_epoch, steps_per_epoch, seed)

    # --- saving ---

    def save(self, path: Text, format: Optional[str] = None) -> None:  # pylint: disable=redefined-builtin
        """Writes it: "hdf5" (.h5, which Keras reads) or "safetensors"; None goes by the path's end. The file
        appears whole or not at all."""
        capi.resnet_model_save(self._handle, options.encode_path(path), _choose_format(path, format))

    def to_bytes(self, format: str = "hdf5") -> bytes:  # pylint: disable=redefined-builtin
        """What save() would write."""
        made = handle.create(capi.resnet_bytes, capi.resnet_bytes_free, capi.resnet_model_save_memory, self._handle,
                             options.choose("FORMAT", format))
        size = capi.resnet_bytes_get_size(made)
        return ctypes.string_at(capi.resnet_bytes_get_data(made), size)


def _choose_format(path: Text, name: Optional[str]) -> int:
    if name is not None:
        return options.choose("FORMAT", name, "format")
    text = str(path).lower()
    if text.endswith((".h5", ".hdf5")):
        return capi.RESNET_FORMAT_HDF5
    if text.endswith(".safetensors"):
        return capi.RESNET_FORMAT_SAFETENSORS
    raise ValueError(f"{path}: what is written is .h5 (which Keras reads) or .safetensors; format= overrides the name")


def _unpickle(data: bytes, output: str, name: str, n_threads: int, frozen: Sequence[str]) -> Model:
    model = Model.from_bytes(data)
    model.name, model.n_threads, model.output_kind = name, n_threads, output
    for layer in model.layers:
        layer.trainable = layer.name not in frozen
    return model


def load_model(path: Any, *, class_names: Optional[Sequence[str]] = None, n_threads: int = 0, **more: Any) -> Model:
    """A model from a file of weights: Keras's .h5, .weights.h5 and .keras, PyTorch's .pth, .safetensors, found by its
    content; an open file or bytes do as well. `class_names` names its classes. `more`: fields of
    resnet_load_options, such as n_classes, new_head, variant. Raises FileNotFoundError, ValueError for what
    is damaged or another network, NotImplementedError for another kind of file."""
    if isinstance(path, (bytes, bytearray, memoryview)):
        model = Model.from_bytes(bytes(path), **more)
    elif hasattr(path, "read"):
        model = Model.from_bytes(path.read(), **more)
    else:
        wanted = options.make(capi.resnet_load_options, **more)
        model = Model(_create(capi.resnet_model_load, options.encode_path(path), ctypes.byref(wanted)))
    model.n_threads = n_threads
    if class_names is not None:
        model.class_names = list(class_names)
    if model.n_classes == 0:
        model.output_kind = "embeddings"
    return model


