"""What hears of a training, with Keras's rules. SPDX-License-Identifier: MIT"""
import csv
import os

import numpy as np
import pytest
import resnet50
from resnet50 import callbacks, optimizers


class FakeModel:
    """As much of a model as callbacks look at; values are those of the epoch."""

    def __init__(self):
        self.stop_training = False
        self.optimizer = optimizers.SGD(1.0)
        self.values = None

    def state_dict(self):
        return {"epoch": self.values}

    def load_state_dict(self, state):
        self.values = state["epoch"]


def play(callback, losses, figure="val_loss"):
    """Tells it of epochs; returns the model and the epochs and rates there were."""
    model, rates = FakeModel(), []
    told = callbacks.CallbackList([callback], model, {"epochs": len(losses)})
    told.tell("train_begin", {})
    for epoch, loss in enumerate(losses):
        told.tell("epoch_begin", epoch, {})
        rates.append(model.optimizer.learning_rate)
        model.values = epoch
        told.tell("epoch_end", epoch, {figure: loss})
        if model.stop_training:
            break
    told.tell("train_end", {})
    return model, rates


@pytest.mark.parametrize("arguments, losses, n_epochs", [  # counted by Keras 3's rules
    ({}, [3, 2, 2, 1], 3), ({"patience": 2}, [3, 2, 2, 1, 2, 2, 0], 6), ({"min_delta": 0.5}, [3, 2.6, 1], 2),
    ({"start_from_epoch": 3}, [1, 2, 3, 4, 5], 5), ({"baseline": 1.5, "patience": 2}, [3, 2, 1.9, 1.8], 4),
    ({"mode": "max", "patience": 1}, [1, 2, 3, 1, 5], 4), ({"patience": 9}, [1, 1], 2)])
def test_early_stopping(arguments, losses, n_epochs):
    assert len(play(callbacks.EarlyStopping(**arguments), losses)[1]) == n_epochs


def test_early_stopping_goes_by_the_figure_s_direction_and_restores():
    stop = callbacks.EarlyStopping("val_accuracy", patience=2, restore_best_weights=True)
    model, rates = play(stop, [0.5, 0.7, 0.6, 0.6, 0.9], "val_accuracy")
    assert (len(rates), model.values, stop.best_epoch, stop.stopped_epoch) == (4, 1, 1, 3)
    with pytest.raises(ValueError, match="monitor 'val_loss': there are loss: validation_data are wanted"):
        play(callbacks.EarlyStopping(), [1], "loss")
    with pytest.raises(ValueError, match="mode 'up'"):
        callbacks.EarlyStopping(mode="up")


def test_the_rate_falls_on_plateaus():
    reduce = callbacks.ReduceLROnPlateau(factor=0.5, patience=2, min_lr=0.2, min_delta=0)
    assert play(reduce, [3, 3, 3, 3, 3, 3, 3, 3])[1] == [1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.2]
    cool = callbacks.ReduceLROnPlateau(factor=0.5, patience=1, cooldown=2)
    assert play(cool, [3, 3, 3, 3, 3, 3])[1] == [1, 1, 0.5, 0.5, 0.25, 0.25]


def test_rates_of_epochs():
    assert play(callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2), [1, 1])[1] == [0.5, 0.25]
    assert play(callbacks.LearningRateScheduler(lambda epoch: 10.0 ** -epoch), [1, 1])[1] == [1, 0.1]
    with pytest.raises(ValueError, match="'fast' for epoch 0"):
        play(callbacks.LearningRateScheduler(lambda epoch: "fast"), [1])


def test_what_callbacks_refuse():
    with pytest.raises(NotImplementedError, match="histogram_freq"):
        callbacks.TensorBoard("logs", histogram_freq=1)
    with pytest.raises(ValueError, match="model.keras: what is written is .h5"):
        callbacks.ModelCheckpoint("model.keras")
    with pytest.raises(TypeError, match="on_epoch is no event"):
        callbacks.LambdaCallback(on_epoch=print)
    with pytest.raises(RuntimeError, match="has heard of no fit yet"):
        callbacks.Callback().model  # pylint: disable=expression-not-assigned


class Recorder(callbacks.Callback):
    """A subclass that does not call __init__() of its base, as many do."""

    def __init__(self):  # pylint: disable=super-init-not-called
        self.events = []

    def on_train_begin(self, logs=None):
        self.events.append(f"begin {self.params['epochs']} {self.params['steps']}")

    def on_epoch_begin(self, epoch, logs=None):
        self.events.append(f"epoch {epoch}")

    def on_train_batch_begin(self, batch, logs=None):
        self.events.append(f"{batch}..")

    def on_train_batch_end(self, batch, logs=None):
        self.events.append(f"..{batch} {self.model.predict(X[:1]).argmax()}")

    def on_epoch_end(self, epoch, logs=None):
        self.events.append(f"end {epoch} {'val_loss' in logs}")

    def on_train_end(self, logs=None):
        self.events.append("done")


X = np.random.default_rng(0).integers(0, 256, (6, 32, 32, 3)).astype(np.uint8)
Y = np.zeros(6, int)


@pytest.fixture(scope="module")
def taught():
    made = resnet50.Model.new(2, seed=1)
    made.recipe = resnet50.Recipe.named("torchvision-v1", 32)
    made.trainable = False
    made.get_layer("predictions").trainable = True
    made.compile(optimizers.SGD(0.01), allow_random_features=1)
    return made


def test_events_come_in_order(taught):
    recorder = Recorder()
    taught.fit(X, Y, 3, 1, 0, [recorder], validation_data=(X, Y))
    assert recorder.events[:3] == ["begin 1 2", "epoch 0", "0.."] and recorder.events[-2:] == ["end 0 True", "done"]
    assert [event[:3] for event in recorder.events[2:6]] == ["0..", "..0", "1..", "..1"]


def test_files_that_callbacks_write(taught, tmp_path):
    told = [callbacks.CSVLogger(tmp_path / "log.csv"), callbacks.TensorBoard(tmp_path / "events"),
            callbacks.ModelCheckpoint(tmp_path / "{epoch:02d}-{val_loss:.2f}.h5"),
            callbacks.ModelCheckpoint(tmp_path / "best.safetensors", save_best_only=True),
            callbacks.ModelCheckpoint(tmp_path / "step-{batch}.h5", save_freq=3)]
    history = taught.fit(X, Y, 3, 2, 0, told, validation_data=(X, Y)).history
    rows = list(csv.DictReader(open(tmp_path / "log.csv")))
    assert [row["epoch"] for row in rows] == ["0", "1"] and float(rows[1]["val_loss"]) == history["val_loss"][1]
    names = sorted(os.listdir(tmp_path))
    assert names == [f"01-{history['val_loss'][0]:.2f}.h5", f"02-{history['val_loss'][1]:.2f}.h5", "best.safetensors",
                     "events", "log.csv", "step-1.h5"]
    assert any(name.startswith("events.out") for name in os.listdir(tmp_path / "events"))
    assert (resnet50.load_model(tmp_path / names[1]).predict(X) == taught.predict(X)).all()
    with pytest.raises(ValueError, match="there is no figure 'val_f2'"):
        taught.fit(X, Y, 6, 1, 0, [callbacks.ModelCheckpoint(tmp_path / "{val_f2}.h5")])
    more = callbacks.CSVLogger(tmp_path / "log.csv", append=True)
    taught.fit(X, Y, 6, 3, 0, [more], validation_data=(X, Y), initial_epoch=2)
    assert [row["epoch"] for row in csv.DictReader(open(tmp_path / "log.csv"))] == ["0", "1", "2"]
