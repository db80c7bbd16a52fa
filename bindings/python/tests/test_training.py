"""compile() and fit(): what learns, by what, and how a training ends. SPDX-License-Identifier: MIT"""
import gc
import os
import signal
import threading
import traceback
import weakref

import numpy as np
import pytest
import resnet50
from resnet50 import Dataset, callbacks, capi, losses, optimizers, trainer
from resnet50.optimizers import schedules

X = np.random.default_rng(0).integers(0, 60, (12, 32, 32, 3)).astype(np.uint8)
Y = np.arange(12) % 2
X[Y == 1] += 150


@pytest.fixture(scope="module")
def taught():
    """A model whose features have learnt something, so that they may be frozen: two classes, 32 px."""
    made = resnet50.Model.new(2, seed=1)
    made.recipe = resnet50.Recipe.named("torchvision-v1", 32)
    made.compile(optimizers.SGD(0.0))
    made.fit(X[:4], Y[:4], verbose=0)
    return made


@pytest.fixture
def head(taught):
    """Only its head learns: quick."""
    made = taught.clone()
    made.trainable = False
    made.get_layer("predictions").trainable = True
    made.compile(optimizers.Adam(0.01), "sparse_categorical_crossentropy", ["accuracy"])
    return made


def test_a_head_learns_dark_from_bright(head):
    before = head.state_dict()
    history = head.fit(X, Y, batch_size=4, epochs=8, verbose=0, validation_data=(X, Y))
    assert history.epoch == list(range(8)) and head.history is history
    assert set(history.history) == {"loss", "accuracy", "learning_rate", "val_loss", "val_accuracy", "val_macro_f1"}
    assert history.history["loss"][-1] < history.history["loss"][0] and history.history["val_accuracy"][-1] == 1
    assert head.evaluate(X, Y) == pytest.approx([history.history["val_loss"][-1], 1.0], rel=1e-4)
    changed = {name for name, values in head.state_dict().items() if (values != before[name]).any()}
    assert changed == {"fc.weight", "fc.bias"}
    assert "8 epochs" in repr(history) and "<svg" in history._repr_html_() and "<td>8</td>" in history._repr_html_()


def test_equal_seeds_give_equal_bits_between_epochs_too(taught):
    """Also when callbacks have the model between the epochs."""
    runs = []
    for told in ([], [callbacks.LambdaCallback(on_epoch_end=lambda *_: twin.predict(X[:2]))]):
        twin = taught.clone()
        twin.compile(optimizers.SGD(0.01, momentum=0.9))
        twin.fit(X, Y, 4, 2, 0, told, seed=3)
        runs.append(twin.state_dict())
    assert all((runs[0][name] == runs[1][name]).all() for name in runs[0])


def test_what_is_frozen_stays(taught):
    model = taught.clone()
    for layer in model.layers[:143]:
        layer.trainable = False
    model.compile("sgd")
    before = model.state_dict()
    model.fit(X, Y, 6, verbose=0)
    changed = {name.rsplit(".", 1)[0] for name, values in model.state_dict().items() if (values != before[name]).any()}
    assert changed and all(name.startswith("layer4") or name == "fc" for name in changed)
    model.get_layer("conv5_block1_1_bn").trainable = False
    with pytest.raises(ValueError, match="conv5_block1_1_conv is trainable and conv5_block1_1_bn is not"):
        model.fit(X, Y, verbose=0)
    model.trainable = False
    with pytest.raises(ValueError, match="predictions is not trainable"):
        model.fit(X, Y, verbose=0)


# --- what it learns from ---

def test_input_of_the_network_and_batches(head):
    inputs = resnet50.preprocess_input(X, recipe=head.recipe)
    history = head.fit(inputs, Y, 4, 6, 0, validation_split=0.25, seed=1)
    assert history.history["loss"][-1] < history.history["loss"][0] and len(history.history["val_loss"]) == 6
    assert head.optimizer.iterations == 6 * 3

    def generate():
        while True:
            yield X[:4], np.eye(2)[Y[:4]]

    history = head.fit(generate(), epochs=2, steps_per_epoch=3, verbose=0, validation_data=Dataset.from_samples(X, Y))
    assert head.optimizer.iterations == 6 * 3 + 2 * 3 and history.history["val_accuracy"][-1] == 1
    head.fit([(X[:4], Y[:4]), (X[4:], Y[4:])], verbose=0)
    with pytest.raises(ValueError, match="steps_per_epoch is wanted"):
        head.fit(generate(), verbose=0)
    with pytest.raises(ValueError, match="the batches ended in epoch 2, after 0 of 2 steps"):
        head.fit(iter([(X[:4], Y[:4])] * 2), epochs=2, steps_per_epoch=2, verbose=0)
    with pytest.raises(ValueError, match="scaled by the recipe 'keras'"):
        head.fit(resnet50.preprocess_input(X), Y, verbose=0)


def test_scaled_pixels_are_pictures(head):
    """What preprocess_input() made of pixels of the recipe's size is learnt from as the pixels are."""
    head.recipe = resnet50.Recipe.named("keras", 32)
    twin = head.clone()
    twin.compile(optimizers.Adam(0.01))
    ours = head.fit(resnet50.preprocess_input(X), Y, 4, 2, 0, validation_data=(resnet50.preprocess_input(X), Y)).history
    assert ours == twin.fit(X, Y, 4, 2, 0, validation_data=(X, Y)).history and "accuracy" in ours
    blurred = resnet50.preprocess_input(X.astype(float) + 0.25)
    assert "accuracy" not in head.fit(blurred, Y, 4, 1, 0).history


def test_names_must_agree(head):
    named = Dataset.from_samples(X, ["dark" if one == 0 else "light" for one in Y])
    head.fit(named, epochs=1, verbose=0)
    assert head.class_names == ["dark", "light"]
    with pytest.raises(ValueError, match="class 0 is 'light' in the data and 'dark' in the model"):
        head.fit(named.relabel(["light", "dark"], [1, 0]), verbose=0)
    with pytest.raises(ValueError, match=r"the data have 3 classes, the model has 2: model.with_head\(3\)"):
        head.fit(Dataset.from_samples(X, Y, ["a", "b", "c"]), verbose=0)


def test_classes_weigh(head):
    twin = head.clone()
    twin.trainable = False
    twin.get_layer("predictions").trainable = True
    twin.compile(optimizers.SGD(0.1))
    twin.fit(X, Y, 12, 30, 0, class_weight={0: 0.0})
    assert (twin.predict(X).argmax(1) == 1).all()
    with pytest.raises(ValueError, match="there is no class 7"):
        twin.fit(X, Y, class_weight={7: 1.0}, verbose=0)
    with pytest.raises(ValueError, match="neither 'balanced' nor a dict"):
        twin.fit(X, Y, class_weight="even", verbose=0)


@pytest.mark.parametrize("arguments, message", [
    ({"shuffle": False}, "shuffle=False"), ({"epochs": 0}, "epochs 0"), ({"validation_split": 1.5}, "validation_split"),
    ({"steps_per_epoch": 1}, "an epoch of a Dataset has 3 steps"), ({"verbose": 7}, "verbose 7"),
    ({"callbacks": [print]}, "is no Callback"),
    ({"callbacks": [callbacks.EarlyStopping()]}, "monitor 'val_loss': there are.*validation_data"),
])
def test_what_cannot_be_is_refused(head, arguments, message):
    with pytest.raises((ValueError, TypeError), match=message):
        head.fit(X, Y, 4, **{"verbose": 0, **arguments})


@pytest.mark.parametrize("arguments, message", [
    ({"optimizer": "lion"}, "'lion': is none of adam"),
    ({"loss": "binary_crossentropy"}, "two classes are two outputs"), ({"loss": "mse"}, "loss 'mse'"), ({"metrics": ["precision"]}, "'precision' is not measured while training"),
    ({"n_epochs": 3}, "epochs says it"),
])
def test_what_cannot_be_compiled_is_refused(head, arguments, message):
    with pytest.raises((ValueError, TypeError), match=message):
        head.compile(**arguments)
    with pytest.raises(RuntimeError, match=r"compile\(\)"):
        head.clone().fit(X, Y)


# --- optimisers and schedules ---

@pytest.mark.parametrize("optimizer", [
    optimizers.SGD(0.1, momentum=0.9, nesterov=True), optimizers.AdamW(), optimizers.RMSprop(), optimizers.LARS(),
    optimizers.Adam(weight_decay=0.01, global_clipnorm=1.0, gradient_accumulation_steps=2)])
def test_each_optimiser_steps(head, optimizer):
    head.compile(optimizer, losses.CategoricalCrossentropy(label_smoothing=0.1))
    before = head.get_tensor("fc.weight")
    head.fit(X, Y, 4, verbose=0)
    assert (head.get_tensor("fc.weight") != before).any()
    assert optimizer.iterations == (2 if optimizer.gradient_accumulation_steps else 3)


def test_sgd_is_keras_s_formula(head):
    """w - rate (gradient + ...): a step of the head by hand, with decoupled decay."""
    head.compile(optimizers.SGD(0.5, weight_decay=0.1))
    features, kernel, bias = head.embed(X), head.get_tensor("fc.weight"), head.get_tensor("fc.bias")
    error = (head.predict(X) - np.eye(2)[Y]) / len(X)
    head.fit(X, Y, len(X), verbose=0)
    np.testing.assert_allclose(head.get_tensor("fc.weight"), kernel * (1 - 0.05) - 0.5 * error.T @ features, rtol=1e-4,
                               atol=1e-5)
    np.testing.assert_allclose(head.get_tensor("fc.bias"), bias * (1 - 0.05) - 0.5 * error.sum(0), rtol=1e-4, atol=1e-5)


def test_optimisers_refuse_by_name():
    for kind, arguments, message in (
            (optimizers.Adam, {"lr": 1e-3}, "it is called learning_rate"),
            (optimizers.SGD, {"clipvalue": 1}, "clipvalue"),
            (optimizers.Adam, {"amsgrad": True}, "AMSGrad"), (optimizers.RMSprop, {"centered": True}, "centered"),
            (optimizers.SGD, {"learning_rate": -1}, "at least 0"),
            (optimizers.SGD, {"learning_rate": np.nan}, "finite")):
        with pytest.raises((TypeError, ValueError, NotImplementedError), match=message):
            kind(**arguments)


@pytest.mark.parametrize("schedule, step, want", [  # as keras.optimizers.schedules says
    (schedules.ExponentialDecay(0.1, 10, 0.5), 15, 0.1 * 0.5 ** 1.5),
    (schedules.ExponentialDecay(0.1, 10, 0.5, staircase=True), 15, 0.05),
    (schedules.InverseTimeDecay(0.1, 10, 1.0), 10, 0.05),
    (schedules.PiecewiseConstantDecay([3, 5], [1.0, 0.5, 0.25]), 3, 1.0),
    (schedules.PiecewiseConstantDecay([3, 5], [1.0, 0.5, 0.25]), 4, 0.5),
    (schedules.PolynomialDecay(0.1, 10, 0.01), 5, 0.055), (schedules.PolynomialDecay(0.1, 10, 0.01), 99, 0.01),
    (schedules.PolynomialDecay(0.1, 10, 0.0, cycle=True), 15, 0.025),
    (schedules.CosineDecay(0.1, 10), 5, 0.05), (schedules.CosineDecay(0.1, 10, alpha=0.5), 99, 0.05),
    (schedules.CosineDecay(0.0, 10, warmup_target=0.1, warmup_steps=4), 2, 0.05),
    (schedules.CosineDecay(0.0, 10, warmup_target=0.1, warmup_steps=4), 9, 0.05),
    (schedules.CosineDecayRestarts(0.1, 10), 10, 0.1), (schedules.CosineDecayRestarts(0.1, 10, m_mul=0.5), 20, 0.025),
])
def test_schedules(schedule, step, want):
    assert schedule(step) == pytest.approx(want)


def test_schedules_go_by_steps_over_all_fits(head):
    seen = []
    head.compile(optimizers.SGD(schedules.ExponentialDecay(0.1, 1, 0.5)))
    hear = callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append((batch, logs["learning_rate"])))
    for _ in range(2):
        head.fit(X, Y, 6, 1, 0, [hear])
    assert seen == [(0, pytest.approx(0.1)), (1, pytest.approx(0.05)), (0, pytest.approx(0.025)),
                    (1, pytest.approx(0.0125))]
    with pytest.raises(TypeError, match="follows a schedule, ExponentialDecay"):
        head.optimizer.learning_rate = 0.1


# --- how it ends ---

EVENTS = ("on_train_begin", "on_train_end", "on_epoch_begin", "on_epoch_end", "on_train_batch_begin",
          "on_train_batch_end")


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("x", [X, resnet50.preprocess_input(X, recipe=resnet50.Recipe.named("torchvision-v1", 32))],
                         ids=["pixels", "inputs"])
def test_what_a_callback_raises_comes_out(head, event, x):
    def raise_it(*_):
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine") as caught:
        head.fit(x, Y, 4, 2, 0, [callbacks.LambdaCallback(**{event: raise_it})])
    assert "raise_it" in "".join(traceback.format_tb(caught.tb))
    head.fit(x, Y, 6, verbose=0)
    assert np.isfinite(head.predict(X)).all()


def test_stop_training_from_a_step_and_from_an_epoch(head):
    def stop(*_):
        head.stop_training = True

    history = head.fit(X, Y, 4, 5, 0, [callbacks.LambdaCallback(on_train_batch_end=stop)])
    assert head.optimizer.iterations == 1 and history.epoch == [0]
    history = head.fit(X, Y, 4, 5, 0, [callbacks.LambdaCallback(on_epoch_end=stop)])
    assert head.optimizer.iterations == 1 + 3 and history.epoch == [0]


def test_ctrl_c_keeps_the_state(head):
    def interrupt(epoch, _logs):
        if epoch == 1:
            os.kill(os.getpid(), signal.SIGINT)

    before, handler = head.get_tensor("fc.weight"), signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        head.fit(X, Y, 4, 50, 0, [callbacks.LambdaCallback(on_epoch_begin=interrupt)])
    assert head.history.epoch == [0] and signal.getsignal(signal.SIGINT) is handler
    assert (head.get_tensor("fc.weight") != before).any()
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        head.fit(X, Y, 4, 100000, 0)
    timer.join()
    head.fit(X, Y, 6, 1, 0)


@pytest.mark.parametrize("fails", [False, True])
def test_the_trainer_goes_with_the_fit(head, monkeypatch, fails):
    """Not with the next run of the collector."""
    handles = []
    create = trainer.handle.create

    def remember(kind, *arguments):
        made = create(kind, *arguments)
        if kind is capi.resnet_trainer:
            handles.append(weakref.ref(made._anchor))
        return made

    def fail(*_):
        raise LookupError

    monkeypatch.setattr(trainer.handle, "create", remember)
    gc.disable()
    try:
        head.fit(X, Y, 6, 1, 0, [callbacks.LambdaCallback(on_train_batch_end=fail)] if fails else [])
    except LookupError:
        pass
    finally:
        gc.enable()
    assert [one() is None for one in handles] == [True]


def test_what_a_fit_shows(head, capfd):
    head.fit(X, Y, 4, 1, verbose=0)
    assert capfd.readouterr() == ("", "")
    head.fit(X, Y, 4, 2, verbose=2)
    shown = capfd.readouterr().err
    assert "Epoch 2/2\n3/3 - " in shown and "accuracy: " in shown
    head.fit(X, Y, 4, 1, verbose=1)
    assert "3/3 [####" in capfd.readouterr().err
