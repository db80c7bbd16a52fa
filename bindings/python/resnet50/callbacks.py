"""What hears of a training as it goes, as keras.callbacks. SPDX-License-Identifier: MIT

A callback's exception ends the fit and comes out of it; the model is that of the last finished step.
"""
import csv
import math
import os
import re
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Sequence, Union

import numpy as np

from .options import Text, encode_path

if TYPE_CHECKING:
    from .model import Model
    from .recipe import FloatArray

Logs = Optional[Dict[str, float]]

__all__ = ["CSVLogger", "Callback", "CallbackList", "EarlyStopping", "LambdaCallback", "LearningRateScheduler",
           "ModelCheckpoint", "ReduceLROnPlateau", "TensorBoard", "TerminateOnNaN"]


class Callback:
    """Subclass it and overwrite what is of interest. `self.model` is what learns: setting its stop_training to True
    ends the fit after this step, or epoch; its optimizer.learning_rate may be changed. Epochs and batches
    (steps) count from 0. logs: loss, accuracy, learning_rate so far in the epoch; at its end with
    validation data also val_loss, val_accuracy, val_macro_f1."""

    def __init__(self) -> None:
        self._model: Optional["Model"] = None
        self.params: Dict[str, Any] = {}

    @property
    def model(self) -> "Model":
        """Of the fit that runs, or ran last."""
        model = getattr(self, "_model", None)
        if model is None:
            raise RuntimeError(f"{type(self).__name__}: has heard of no fit yet")
        return model  # type: ignore[no-any-return]

    def set_model(self, model: "Model") -> None:
        """Called before a fit."""
        self._model = model

    def set_params(self, params: Dict[str, Any]) -> None:
        """Called before a fit, with {"epochs", "steps", "verbose"}."""
        self.params = params

    def get_fields(self) -> Dict[str, Any]:
        """Fields of resnet_trainer_options by which the library itself does what is wanted."""
        return {}

    def on_train_begin(self, logs: Logs = None) -> None:
        """Before the first epoch of a fit."""

    def on_train_end(self, logs: Logs = None) -> None:
        """After the last."""

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Before an epoch."""

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """After an epoch and its validation."""

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Before a step; the rate may still be changed."""

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """After a step; calls on_batch_end(), an older name."""
        self.on_batch_end(batch, logs)

    def on_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Older name."""


class CallbackList:
    """Several that are told as one."""

    def __init__(self, callbacks: Sequence[Callback], model: "Model", params: Dict[str, Any]) -> None:
        for one in callbacks:
            if not isinstance(one, Callback):
                raise TypeError(f"callbacks: {type(one).__name__} is no Callback")
        self.callbacks = list(callbacks)
        for one in self.callbacks:
            one.set_model(model)
            one.set_params(params)

    def get_fields(self) -> Dict[str, Any]:
        """Of all."""
        return {name: value for one in self.callbacks for name, value in one.get_fields().items()}

    def hears_batches(self) -> bool:
        """Whether any does something between the steps."""
        names = ("on_train_batch_begin", "on_train_batch_end", "on_batch_end")
        return any(getattr(getattr(one, name), "__func__", None) is not getattr(Callback, name)
                   for one in self.callbacks for name in names)

    def tell(self, event: str, *arguments: Any) -> None:
        """Calls the method on_<event> of each."""
        for one in self.callbacks:
            getattr(one, f"on_{event}")(*arguments)


class _Judge:
    """Whether a figure has become better."""

    def __init__(self, monitor: str, mode: str, min_delta: float) -> None:
        if mode not in ("auto", "min", "max"):
            raise ValueError(f"mode {mode!r}: is none of 'auto', 'min', 'max'")
        rises = mode == "max" or (mode == "auto" and any(word in monitor for word in ("acc", "f1", "auc")))
        self.monitor = monitor
        self.sign = -1.0 if rises else 1.0
        self.min_delta = abs(min_delta)

    @property
    def worst(self) -> float:
        return self.sign * math.inf

    def read(self, logs: Logs) -> float:
        """The figure; a fit that does not have it is refused."""
        if self.monitor not in (logs or {}):
            hint = ": validation_data are wanted" if self.monitor.startswith("val_") else ""
            raise ValueError(f"monitor {self.monitor!r}: there are {', '.join(sorted(logs or {}))}{hint}")
        return (logs or {})[self.monitor]

    def is_better(self, value: float, best: float) -> bool:
        return self.sign * value < self.sign * best - self.min_delta


class EarlyStopping(Callback):
    """Ends a fit once `monitor` has not become better for `patience` epochs in a row. restore_best_weights: the model
    then has the values of its best epoch."""

    def __init__(self, monitor: str = "val_loss", min_delta: float = 0.0, patience: int = 0, verbose: int = 0,
                 mode: str = "auto", baseline: Optional[float] = None, restore_best_weights: bool = False,
                 start_from_epoch: int = 0) -> None:
        super().__init__()
        self._judge = _Judge(monitor, mode, min_delta)
        self.patience, self.verbose = patience, verbose
        self.baseline = baseline
        self.restore_best_weights = restore_best_weights
        self.start_from_epoch = start_from_epoch
        self.on_train_begin()

    def on_train_begin(self, logs: Logs = None) -> None:
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best = self._judge.worst
        self.best_weights: Optional[Dict[str, "FloatArray"]] = None

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        value = self._judge.read(logs)
        if epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self.best_weights, self.best_epoch = self.model.state_dict(), epoch
        self.wait += 1
        if self._judge.is_better(value, self.best):
            self.best, self.best_epoch = value, epoch
            if self.restore_best_weights:
                self.best_weights = self.model.state_dict()
            if self.baseline is None or self._judge.is_better(value, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: Logs = None) -> None:
        if self.stopped_epoch and self.verbose:
            print(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.best_weights is not None:
            self.model.load_state_dict(self.best_weights)
            if self.verbose:
                print(f"Restoring model weights from the end of the best epoch: {self.best_epoch + 1}.")


class ReduceLROnPlateau(Callback):
    """Multiplies the learning rate by `factor`, not below min_lr, once `monitor` has not become better for `patience`
    epochs; `cooldown` epochs after that do not count."""

    def __init__(self, monitor: str = "val_loss", factor: float = 0.1, patience: int = 10, verbose: int = 0,
                 mode: str = "auto", min_delta: float = 1e-4, cooldown: int = 0, min_lr: float = 0.0) -> None:
        super().__init__()
        if not 0 <= factor < 1:
            raise ValueError(f"factor {factor!r}: must be in [0, 1)")
        self._judge = _Judge(monitor, mode, min_delta)
        self.factor, self.patience, self.verbose = factor, patience, verbose
        self.cooldown, self.min_lr = cooldown, min_lr
        self.on_train_begin()

    def on_train_begin(self, logs: Logs = None) -> None:
        self.best = self._judge.worst
        self.wait = self.cooldown_counter = 0

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        value = self._judge.read(logs)
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.wait = 0
        if self._judge.is_better(value, self.best):
            self.best, self.wait = value, 0
        elif self.cooldown_counter <= 0:
            self.wait += 1
            if self.wait >= self.patience:
                self._reduce(epoch)

    def _reduce(self, epoch: int) -> None:
        optimizer = self.model.optimizer
        old = optimizer.learning_rate
        if old <= self.min_lr:
            return
        optimizer.learning_rate = max(old * self.factor, self.min_lr)
        self.cooldown_counter, self.wait = self.cooldown, 0
        if self.verbose:
            print(f"Epoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to {optimizer.learning_rate:g}.")


class LearningRateScheduler(Callback):
    """The rate of each epoch: schedule(epoch, rate), or schedule(epoch)."""

    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        super().__init__()
        self.schedule, self.verbose = schedule, verbose

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        optimizer = self.model.optimizer
        optimizer.learning_rate = _call_schedule(self.schedule, epoch, optimizer.learning_rate)
        if self.verbose:
            print(f"Epoch {epoch + 1}: LearningRateScheduler setting learning rate to {optimizer.learning_rate:g}.")


def _call_schedule(schedule: Callable[..., Any], epoch: int, rate: float) -> float:
    import inspect  # slow to import, and seldom wanted
    try:
        inspect.signature(schedule).bind(epoch, rate)
    except TypeError:
        found = schedule(epoch)
    except ValueError:  # a function without a signature
        found = schedule(epoch, rate)
    else:
        found = schedule(epoch, rate)
    if isinstance(found, bool) or not isinstance(found, (int, float, np.floating, np.integer)):
        raise ValueError(f"the schedule gave {found!r} for epoch {epoch}, which is no number")
    return float(found)


class ModelCheckpoint(Callback):
    """Saves the model after each epoch, or with save_best_only when `monitor` is better than ever. filepath: ends in
    .h5 or .safetensors, and may name {epoch:02d} and figures, {val_loss:.2f}. save_freq: "epoch", or every so many
    steps, whatever save_best_only says."""

    def __init__(self, filepath: Text, monitor: str = "val_loss", verbose: int = 0, save_best_only: bool = False,
                 save_weights_only: bool = False, mode: str = "auto", save_freq: Union[str, int] = "epoch",
                 initial_value_threshold: Optional[float] = None) -> None:
        super().__init__()
        self.filepath = os.fspath(filepath)
        if not self.filepath.lower().endswith((".h5", ".hdf5", ".safetensors")):
            raise ValueError(f"{self.filepath}: what is written is .h5 (which Keras reads) or .safetensors")
        if save_freq != "epoch" and not (isinstance(save_freq, int) and save_freq > 0):
            raise ValueError(f"save_freq {save_freq!r}: is neither 'epoch' nor a number of steps")
        if save_freq != "epoch" and save_best_only:
            raise ValueError("save_best_only goes by figures of whole epochs: save_freq='epoch'")
        self._judge = _Judge(monitor, mode, 0.0)
        self.verbose, self.save_best_only, self.save_freq = verbose, save_best_only, save_freq
        self.save_weights_only = save_weights_only  #: a file of weights is a whole model here
        self.best = self._judge.worst if initial_value_threshold is None else initial_value_threshold
        self._epoch = self._n_steps = 0

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        self._n_steps += 1
        if isinstance(self.save_freq, int) and self._n_steps % self.save_freq == 0:
            self._save(self._epoch, {**(logs or {}), "batch": batch + 1})

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        if self.save_freq != "epoch":
            return
        if self.save_best_only:
            value = self._judge.read(logs)
            if not self._judge.is_better(value, self.best):
                return
            self.best = value
        self._save(epoch, logs or {})

    def _save(self, epoch: int, logs: Dict[str, Any]) -> None:
        try:
            path = self.filepath.format(epoch=epoch + 1, **logs)
        except KeyError as error:
            raise ValueError(f"{self.filepath}: there is no figure {error}; there are {', '.join(logs)}") from None
        self.model.save(path)
        if self.verbose:
            print(f"Epoch {epoch + 1}: saving model to {path}")


class CSVLogger(Callback):
    """A line an epoch: its number, then the figures by name. append: to what is there."""

    def __init__(self, filename: Text, separator: str = ",", append: bool = False) -> None:
        super().__init__()
        self.filename, self.separator, self.append = os.fspath(filename), separator, append
        self._keys: Optional[List[str]] = None

    def on_train_begin(self, logs: Logs = None) -> None:
        self._keys = None
        if not self.append:
            with open(self.filename, "w", encoding="utf-8"):
                pass
        elif os.path.exists(self.filename):
            with open(self.filename, encoding="utf-8", newline="") as file:
                head = next(csv.reader(file, delimiter=self.separator), None)
            self._keys = head[1:] if head else None

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        logs = logs or {}
        with open(self.filename, "a", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=self.separator, lineterminator="\n")
            if self._keys is None:
                self._keys = sorted(logs)
                writer.writerow(["epoch", *self._keys])
            writer.writerow([epoch, *(logs.get(key, "NA") for key in self._keys)])


class TensorBoard(Callback):
    """Event files of the library's own in log_dir: loss, accuracy, macro F1, learning rate, images a second, an entry
    an epoch. Keras's histograms, graphs, profiles and pictures are refused by name."""

    def __init__(self, log_dir: Text = "logs", histogram_freq: int = 0, write_graph: bool = False,
                 update_freq: Union[str, int] = "epoch", **more: Any) -> None:
        super().__init__()
        self.log_dir = log_dir
        wrong = [name for name, value in (("histogram_freq", histogram_freq), ("write_graph", write_graph),
                                          ("update_freq", update_freq != "epoch"), *more.items()) if value]
        if wrong:
            raise NotImplementedError(f"TensorBoard: {wrong[0]}: what is written are scalars, each epoch")

    def get_fields(self) -> Dict[str, Any]:
        return {"tensorboard_folder": encode_path(self.log_dir)}


class TerminateOnNaN(Callback):
    """As every fit does of its own: a loss that is no number ends it, with StateError."""


class LambdaCallback(Callback):
    """Functions in place of a subclass: LambdaCallback(on_epoch_end=lambda epoch, logs: print(logs))."""

    def __init__(self, **functions: Optional[Callable[..., Any]]) -> None:
        super().__init__()
        for name, function in functions.items():
            if not re.match("on_[a-z_]+$", name) or not hasattr(Callback, name):
                raise TypeError(f"LambdaCallback: {name} is no event of a training")
            if function is not None:
                setattr(self, name, function)
