"""How a model learns: compile() and fit(). SPDX-License-Identifier: MIT"""
import dataclasses
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence, Union

from . import errors, feeding, freezing, losses, optimizers
from .callbacks import Callback, CallbackList
from .dataset import Dataset
from .history import History
from .telling import Teller, read_verbose
from .trainer import BatchTrainer, DatasetTrainer

if TYPE_CHECKING:
    from .model import Model

_ACCURACIES = ("accuracy", "acc", "categorical_accuracy", "sparse_categorical_accuracy")
#: what fit() sets itself, and the name that does it
_TAKEN = {"n_epochs": "epochs", "batch_size": "batch_size", "n_threads": "model.n_threads", "freeze": "trainable",
          "freeze_names": "trainable", "train_last": "trainable", "learning_rate": "the optimizer",
          "optimizer": "optimizer", "augmentation": "ImageDataGenerator", "class_weights": "class_weight",
          "n_class_weights": "class_weight", "balance": "class_weight", "on_progress": "callbacks",
          "on_schedule": "callbacks", "monitor": "EarlyStopping", "stop_patience": "EarlyStopping",
          "restore_best": "EarlyStopping", "schedule": "LearningRateScheduler", "head_epochs": "two calls of fit()",
          "ema_decay": "resnet50.capi", "label_smoothing": "CategoricalCrossentropy", "seed": "fit(seed=)",
          "resume": "resnet50.capi", "checkpoint_folder": "ModelCheckpoint", "tensorboard_folder": "TensorBoard"}


@dataclasses.dataclass
class Plan:
    """What compile() was told."""

    optimizer: optimizers.Optimizer
    loss: losses.CategoricalCrossentropy
    accuracy: str
    fields: Dict[str, Any]


def _read_metrics(metrics: Optional[Sequence[Any]]) -> str:
    """What accuracy is called in logs: the only figure of a training itself."""
    found = "accuracy"
    for metric in metrics or ():
        name = metric if isinstance(metric, str) else getattr(metric, "name", repr(metric))
        if name not in _ACCURACIES:
            raise ValueError(f"metrics: {name!r} is not measured while training, accuracy is (and macro F1 of validation "
                             "data); Model.measure() has all others")
        found = name
    return found


def make_plan(optimizer: Any, loss: Any, metrics: Optional[Sequence[Any]], fields: Dict[str, Any]) -> Plan:
    """Checked as far as it can be without data."""
    for name in fields:
        if name in _TAKEN:
            raise TypeError(f"compile() has no {name!r}: {_TAKEN[name]} says it")
    return Plan(optimizers.get(optimizer), losses.get(loss), _read_metrics(metrics), fields)


def _measure(model: "Model", validation: Any, accuracy: str, batch_size: int) -> Dict[str, float]:
    found = model.measure(*validation, batch_size=batch_size)
    return {"val_loss": found["loss"], "val_" + accuracy: found["accuracy"], "val_macro_f1": found["macro_f1"]}


def _make_fields(model: "Model", plan: Plan, batch_size: int, n_epochs: int, seed: int) -> Dict[str, Any]:
    return {**plan.optimizer.to_fields(), **freezing.get_fields(model), **plan.fields,
            "label_smoothing": plan.loss.label_smoothing, "batch_size": batch_size, "n_epochs": n_epochs,
            "seed": seed, "n_threads": model.n_threads}


def _run(model: "Model", trainer: Any, callbacks: CallbackList, epochs: range, validation: Any, accuracy: str,
         batch_size: int) -> None:
    logs: Dict[str, float] = {}
    for epoch in epochs:
        callbacks.tell("epoch_begin", epoch, {})
        logs = trainer.run_epoch(epoch, epoch == epochs[-1])
        model.changed()
        if validation is not None:
            logs.update(_measure(model, validation, accuracy, batch_size))
        callbacks.tell("epoch_end", epoch, logs)
        if model.stop_training:
            break
    callbacks.tell("train_end", logs)


def _check_options(epochs: int, initial_epoch: int, batch_size: int) -> None:
    if batch_size < 1 or epochs < 1 or not 0 <= initial_epoch:
        raise ValueError(f"batch_size {batch_size}, epochs {epochs}, initial_epoch {initial_epoch}: must be at least "
                         "1, 1, 0")


def _choose_batch_size(batch_size: Optional[int], x: Any) -> int:
    return batch_size if batch_size is not None else x.batch_size if isinstance(x, Dataset) else 32


def fit(model: "Model", plan: Optional[Plan], x: Any, y: Any, batch_size: Optional[int], epochs: int,
        verbose: Union[int, str], callbacks: Optional[Sequence[Callback]], validation_split: float,
        validation_data: Any, shuffle: bool, class_weight: Any, initial_epoch: int, steps_per_epoch: Optional[int],
        seed: int) -> History:
    """Model.fit() says what they are."""
    if plan is None:
        raise errors.StateError("fit() wants a compile() before it, which says how")
    batch_size = _choose_batch_size(batch_size, x)
    _check_options(epochs, initial_epoch, batch_size)
    if validation_split:
        if validation_data is not None:
            raise ValueError("validation_split and validation_data: one of them")
        x, y, *validation_data = feeding.split_tail(x, y, validation_split)
    source = feeding.read(model, x, y, batch_size, shuffle, seed, steps_per_epoch)
    held_out, measured = feeding.read_validation(model, validation_data)
    history, teller = History(), Teller(read_verbose(verbose))
    params = {"epochs": epochs, "verbose": teller.verbose, "steps": _count_steps(source, batch_size, plan)}
    told = CallbackList([*(callbacks or ()), history, teller], model, params)
    fields = {**_make_fields(model, plan, batch_size, max(epochs - initial_epoch, 1), seed), **told.get_fields(),
              **feeding.get_weight_fields(class_weight, model.n_classes)}
    model.stop_training, model.history = False, history
    told.tell("train_begin", {})
    trainer: Union[DatasetTrainer, BatchTrainer]
    if isinstance(source, Dataset):
        trainer = _make_trainer(model, source, held_out, fields, told, plan, shuffle, steps_per_epoch)
    else:
        measured = measured if held_out is None else (held_out, None)
        trainer = BatchTrainer(model, source, fields, told, plan.optimizer)
    try:
        _run(model, trainer, told, range(initial_epoch, epochs), measured, plan.accuracy, batch_size)
    finally:
        trainer.close()
        teller.close()
        model.changed()
    return history


def _count_steps(source: Any, batch_size: int, plan: Plan) -> int:
    n_batches = -(-len(source) // batch_size) if isinstance(source, Dataset) else len(source)
    return -(-n_batches // (plan.optimizer.gradient_accumulation_steps or 1))


def _make_trainer(model: "Model", source: Dataset, held_out: Optional[Dataset], fields: Dict[str, Any],
                  told: CallbackList, plan: Plan, shuffle: bool, n_steps: Optional[int]) -> DatasetTrainer:
    if not shuffle:
        raise ValueError("shuffle=False: each epoch shows the samples of a Dataset in an order of its own")
    feeding.check_steps(n_steps, len(source), fields["batch_size"])
    datasets: List[Dataset] = [source] + ([held_out] if held_out is not None else [])
    for dataset in datasets:
        feeding.check_names(model, dataset)
        dataset.check_model(model)
    return DatasetTrainer(model, source, held_out, {**fields, **source.get_training_fields()}, told, plan.optimizer,
                          plan.accuracy)
