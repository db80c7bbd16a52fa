"""The library's trainer, run an epoch at a time so that callbacks have the model between them.
SPDX-License-Identifier: MIT"""
import ctypes
from typing import TYPE_CHECKING, Any, Dict, Optional

from . import capi, errors, handle, options, predicting
from .cancel import CancelToken, Run, long_call
from .callbacks import CallbackList
from .dataset import Dataset
from .feeding import Batches, IntArray
from .optimizers import Optimizer

if TYPE_CHECKING:
    from .model import Model


class _TrainerToken(CancelToken):
    """A wish to stop that the trainer itself hears of: also within a validation."""

    def __init__(self, trainer: handle.Handle) -> None:  # pylint: disable=super-init-not-called
        self._handle = trainer
        self._wanted = False

    def cancel(self) -> None:
        self._wanted = True
        capi.resnet_trainer_cancel(self._handle)

    def reset(self) -> None:
        self._wanted = False

    @property
    def cancelled(self) -> bool:
        return self._wanted


class _Trainer:
    """What both kinds share: the handle, the rate, and who is told."""

    def __init__(self, model: "Model", train: Optional[Dataset], validation: Optional[Dataset], fields: Dict[str, Any],
                 told: CallbackList, optimizer: Optimizer) -> None:
        self.model, self.told, self.optimizer = model, told, optimizer
        self._hears_batches = told.hears_batches()
        self._run: Optional[Run] = None
        self._step = 0
        self._schedule = capi.resnet_schedule_callback(self._choose_rate)
        self._progress = capi.resnet_progress_callback(self._hear)
        self._options = options.make(capi.resnet_trainer_options, on_schedule=self._schedule,
                                     on_progress=self._progress, **fields)
        self._keep = (train, validation)
        self._handle = handle.create(capi.resnet_trainer, capi.resnet_trainer_free, capi.resnet_trainer_create, model,
                                     train, validation, ctypes.byref(self._options))
        self._token = _TrainerToken(self._handle)

    def close(self) -> None:
        """Frees the trainer now, with its threads and the optimiser's memory. Callbacks of C and what they raise make
        rings, which the collector would open some time later."""
        self._token.__dict__.clear()
        self.__dict__.clear()

    def _choose_rate(self, _user_data: Any, _epoch: int, _step: int, _n_steps: int, _planned: float) -> float:
        run = self._run
        assert run is not None
        try:
            if run.error is None and not run.interrupted:
                self.told.tell("train_batch_begin", self._step, {})
                return self.optimizer.learning_rate
        except BaseException as error:  # pylint: disable=broad-except
            run.fail(error)
        capi.resnet_set_error(capi.RESNET_E_CANCELLED, b"a callback failed")
        return 0.0

    def _hear(self, user_data: Any, pointer: Any) -> int:
        assert self._run is not None
        return self._run.guard(self.hear)(user_data, pointer)

    def hear(self, pointer: Any) -> bool:
        """Whether to stop."""
        raise NotImplementedError

    def end_step(self, logs: Dict[str, float]) -> None:
        """Of an epoch; callbacks may run the model as it is now."""
        self.optimizer.iterations += 1
        if self._hears_batches:
            self.model.changed()
        self.told.tell("train_batch_end", self._step, logs)
        self._step += 1


class DatasetTrainer(_Trainer):
    """Learns from a Dataset by resnet_trainer_fit(): pictures are read, changed and kept by the library."""

    def __init__(self, model: "Model", train: Dataset, validation: Optional[Dataset], fields: Dict[str, Any],
                 told: CallbackList, optimizer: Optimizer, accuracy: str) -> None:
        super().__init__(model, train, validation, fields, told, optimizer)
        self._accuracy = accuracy
        self._has_validation = validation is not None
        self._logs: Dict[str, float] = {}
        self._is_last = self._has_stopped = False

    def run_epoch(self, _epoch: int, is_last: bool) -> Dict[str, float]:
        """Its logs. Whatever ends it, the model is that of the last finished step."""
        self._step, self._logs, self._is_last, self._has_stopped = 0, {}, is_last, False
        try:
            with long_call(self._token) as run:
                run.watch(*self._keep)
                self._run = run
                capi.resnet_trainer_fit(self._handle)
        except errors.CancelledError:
            if not self._has_stopped:
                raise
        return self._logs

    def hear(self, pointer: Any) -> bool:
        told = pointer.contents
        self._logs = {self._accuracy: told.accuracy, "loss": told.loss, "learning_rate": told.learning_rate}
        if not told.epoch_done:
            self.end_step(dict(self._logs))
            self._has_stopped = self.model.stop_training
            return self._has_stopped
        if self._has_validation:
            self._logs.update({"val_" + self._accuracy: told.val_accuracy, "val_loss": told.val_loss,
                               "val_macro_f1": told.val_macro_f1})
        self._has_stopped = not self._is_last
        return self._has_stopped


#: what only a Dataset's training has
_FOR_DATASETS = ("augment", "mixup_alpha", "cutmix_alpha", "n_views", "feature_file", "tensorboard_folder", "balance",
                 "history_csv", "history_jsonl", "recalibrate_batches", "warmup_epochs")


class BatchTrainer(_Trainer):
    """Learns from batches by resnet_trainer_step(). The library does not tell how many of a batch were right, so logs
    have no accuracy."""

    def __init__(self, model: "Model", source: Batches, fields: Dict[str, Any], told: CallbackList,
                 optimizer: Optimizer) -> None:
        for name in _FOR_DATASETS:
            if name in fields:
                raise ValueError(f"{name}: is for a Dataset, or pictures as files or 8-bit arrays; these are batches")
        if fields["accumulate"] != 1:
            raise ValueError("gradient_accumulation_steps: each batch that is given is a step")
        super().__init__(model, None, None, fields, told, optimizer)
        self._source = source

    def hear(self, pointer: Any) -> bool:
        return False

    def _learn(self, x: Any, y: IntArray) -> float:
        loss = ctypes.c_double()
        values = predicting.prepare(x, lambda: self.model.recipe)
        if len(values) != len(y):
            raise ValueError(f"{len(values)} pictures have {len(y)} labels")
        with long_call(self._token) as run:
            self._run = run
            capi.resnet_trainer_step(ctypes.byref(loss), self._handle, values, len(values), values.shape[2],
                                     values.shape[3], y)
        return loss.value

    def run_epoch(self, epoch: int, _is_last: bool) -> Dict[str, float]:
        """Its logs."""
        self._step = 0
        total, n = 0.0, 0
        logs: Dict[str, float] = {}
        for x, y in self._source.iterate(epoch):
            rate = self.optimizer.learning_rate
            total += self._learn(x, y) * len(y)
            n += len(y)
            logs = {"loss": total / n, "learning_rate": rate}
            self.end_step(dict(logs))
            if self.model.stop_training:
                break
        return logs
