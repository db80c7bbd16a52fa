"""Estimators as scikit-learn's, with it and without. SPDX-License-Identifier: MIT"""
import pickle

import numpy as np
import pytest
import resnet50
from PIL import Image
from resnet50 import ResNet50Classifier, ResNet50Embedder, callbacks, optimizers

X = np.random.default_rng(0).integers(0, 60, (12, 32, 32, 3)).astype(np.uint8)
Y = np.array(["dark", "light"])[np.arange(12) % 2]
X[Y == "light"] += 150


@pytest.fixture(scope="module")
def base():
    """Features that have learnt something."""
    made = resnet50.Model.new(3, seed=1)
    made.recipe = resnet50.Recipe.named("torchvision-v1", 32)
    made.compile(optimizers.SGD(0.0))
    made.fit(X[:4], [0, 1, 2, 0], verbose=0)
    return made


@pytest.fixture
def classifier(base):
    return ResNet50Classifier(base, epochs=15, batch_size=6, learning_rate=0.01, random_state=3)


def test_it_learns_labels_of_any_kind(classifier, base):
    before = base.state_dict()
    assert classifier.fit(X, Y) is classifier and classifier.classes_.tolist() == ["dark", "light"]
    assert classifier.score(X, Y) == 1 and (classifier.predict(X) == Y).all()
    probabilities = classifier.predict_proba(X)
    assert probabilities.shape == (12, 2) and probabilities.sum(1) == pytest.approx(np.ones(12), abs=1e-5)
    assert ((classifier.decision_function(X) > 0) == (Y == "light")).all()
    assert classifier.model_.class_names == ["dark", "light"] and len(classifier.history_.epoch) == 15
    assert all((base.get_tensor(name) == values).all() for name, values in before.items())
    again = pickle.loads(pickle.dumps(classifier))
    assert (again.predict_proba(X) == probabilities).all()
    numbers = classifier.fit(X, np.where(Y == "dark", 7, 3))
    assert numbers.classes_.tolist() == [3, 7] and set(numbers.predict(X)) <= {3, 7}
    assert numbers.predict(X).dtype.kind == "i"


def test_parameters(classifier, base):
    params = classifier.get_params()
    assert params["weights"] is base and params["epochs"] == 15 and params["trainable"] == "head"
    assert ResNet50Classifier(**params).get_params() == params
    assert classifier.set_params(epochs=2, trainable=1).epochs == 2
    with pytest.raises(ValueError, match="ResNet50Classifier has no parameter 'depth'"):
        classifier.set_params(depth=50)
    assert "epochs=2" in repr(classifier) and "dropout" not in repr(classifier)
    with pytest.raises(RuntimeError, match="has learnt nothing yet"):
        classifier.predict(X)


@pytest.mark.parametrize("params, y, message", [
    ({"trainable": "tail"}, Y, "trainable 'tail'"), ({}, Y[:3], "a label a picture"), ({}, ["a"] * 12, "the one class"),
    ({"class_weight": {"grey": 1}}, Y, "there is no class 'grey'"), ({"optimizer": "lion"}, Y, "'lion'")])
def test_what_cannot_be_learnt(classifier, params, y, message):
    with pytest.raises(ValueError, match=message):
        classifier.set_params(**params).fit(X, y)


def test_stages_that_learn(classifier):
    classifier.set_params(trainable=1, epochs=1, class_weight={"dark": 2.0}, callbacks=[callbacks.Callback()]).fit(X, Y)
    learning = {layer.name[:5] for layer in classifier.model_.layers if layer.trainable and layer.torch_name}
    assert learning == {"conv5", "predi"}


def test_an_embedder(base, tmp_path):
    embedder = ResNet50Embedder(base)
    assert (embedder.fit_transform(X) == base.embed(X)).all() and embedder.get_feature_names_out().shape == (2048,)
    for i in range(2):
        Image.fromarray(X[i]).save(tmp_path / f"{i}.png")
    paths = np.array([str(tmp_path / "0.png"), str(tmp_path / "1.png")])
    assert (ResNet50Embedder(base).transform(paths) == base.embed(X[:2])).all()
    assert ResNet50Embedder(base, input_size=64).fit().model_.input_shape == (64, 64, 3)


def test_it_is_scikit_learn_s(classifier, base):
    pytest.importorskip("sklearn")
    from sklearn.base import clone, is_classifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV, cross_val_score
    from sklearn.pipeline import make_pipeline

    twin = clone(classifier)
    assert is_classifier(twin) and twin.epochs == 15 and not hasattr(twin, "model_")
    search = GridSearchCV(classifier, {"epochs": [1, 12]}, cv=2).fit(X, Y)
    assert search.best_params_["epochs"] in (1, 12) and search.predict(X).shape == (12,)
    pipeline = make_pipeline(ResNet50Embedder(base), LogisticRegression())
    assert pipeline.fit(X, Y).score(X, Y) == 1 and clone(pipeline).fit(X, Y).predict_proba(X).shape == (12, 2)
    assert cross_val_score(pipeline, X, Y, cv=2, n_jobs=2).mean() == 1  # joblib's processes: they pickle
