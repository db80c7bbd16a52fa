"""Optimisers under Keras's names and with Keras's defaults. SPDX-License-Identifier: MIT

What Keras and the library, which follows torch.optim, compute otherwise:
* SGD with momentum multiplies by the rate of the step at which a value moves, Keras by the one at which its gradient
  came: the same as long as the rate is.
* Adam adds epsilon to the corrected root, Keras to the plain one: 1e-7 beside gradients' size in both.
* RMSprop adds epsilon's root to the root, Keras epsilon below it: a step is between 0.7 of Keras's and the whole,
  which it is where gradients are far from 3e-4.
* Each fit() begins without momentum; `iterations`, by which schedules go, counts on.
"""
import math
from typing import Any, Dict, Optional, Union

from .. import capi
from . import schedules
from .schedules import LearningRateSchedule

__all__ = ["Adam", "AdamW", "LARS", "Optimizer", "RMSprop", "SGD", "get", "schedules"]

Rate = Union[float, LearningRateSchedule]
_OTHER_NAMES = {"lr": "learning_rate", "decay": "a schedule: optimizers.schedules.InverseTimeDecay",
                "clipnorm": "global_clipnorm, of all gradients together"}


class Optimizer:
    """What all have in common.

    learning_rate: a number >= 0, which may be changed at any time, or a LearningRateSchedule. weight_decay: decoupled,
    value -= rate * weight_decay * value, as in Keras; None: none. global_clipnorm: the norm that all gradients
    together are scaled down to. gradient_accumulation_steps: batches a step. exclude_from_weight_decay: True frees biases and batch norms
    of it. Keras's other arguments are refused by name.
    """

    _kind = capi.RESNET_OPTIMIZER_SGD

    def __init__(self, learning_rate: Rate, *, weight_decay: Optional[float] = None,
                 global_clipnorm: Optional[float] = None,
                 gradient_accumulation_steps: Optional[int] = None, exclude_from_weight_decay: bool = False,
                 name: Optional[str] = None, **more: Any) -> None:
        for refused in more:
            hint = f": it is called {_OTHER_NAMES[refused]}" if refused in _OTHER_NAMES else " here"
            raise TypeError(f"{type(self).__name__} has no {refused!r}{hint}")
        self._rate: Rate = 0.0
        self._set_rate(learning_rate)
        self.weight_decay = weight_decay
        self.global_clipnorm = global_clipnorm
        self.gradient_accumulation_steps = gradient_accumulation_steps
        self.exclude_from_weight_decay = exclude_from_weight_decay
        self.name = name or type(self).__name__.lower()
        self.iterations = 0  #: steps done, over all fits

    def _set_rate(self, rate: Any) -> None:
        if not isinstance(rate, LearningRateSchedule):
            rate = float(rate)
            if not (math.isfinite(rate) and rate >= 0):
                raise ValueError(f"learning_rate {rate!r}: must be finite and at least 0")
        self._rate = rate

    @property
    def learning_rate(self) -> float:
        """Of the next step. A number may be set, which a schedule does not allow."""
        return float(self._rate(self.iterations)) if isinstance(self._rate, LearningRateSchedule) else self._rate

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        if isinstance(self._rate, LearningRateSchedule) and not isinstance(rate, LearningRateSchedule):
            raise TypeError(f"the learning rate follows a schedule, {type(self._rate).__name__}: it cannot be set")
        self._set_rate(rate)

    def _fields(self) -> Dict[str, Any]:
        """What a kind has beyond the others."""
        return {}

    def to_fields(self) -> Dict[str, Any]:
        """Of resnet_trainer_options."""
        fields = {
            "optimizer": self._kind, "learning_rate": self.learning_rate, "weight_decay": self.weight_decay or 0.0,
            "decoupled_decay": 1, "exempt_vectors": int(self.exclude_from_weight_decay),
            "clip_norm": self.global_clipnorm,
            "accumulate": self.gradient_accumulation_steps or 1}
        return {**fields, **self._fields()}

    def __repr__(self) -> str:
        return f"<resnet50.optimizers.{type(self).__name__}: learning rate {self.learning_rate:g}>"


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum or Nesterov's."""

    def __init__(self, learning_rate: Rate = 0.01, momentum: float = 0.0, nesterov: bool = False, **more: Any) -> None:
        super().__init__(learning_rate, **more)
        self.momentum, self.nesterov = momentum, nesterov

    def _fields(self) -> Dict[str, Any]:
        return {"momentum": self.momentum, "nesterov": int(self.nesterov)}


class Adam(Optimizer):
    """Kingma and Ba 2014."""

    _kind = capi.RESNET_OPTIMIZER_ADAM

    def __init__(self, learning_rate: Rate = 0.001, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-7,
                 amsgrad: bool = False, **more: Any) -> None:
        super().__init__(learning_rate, **more)
        if amsgrad:
            raise NotImplementedError("amsgrad: the library has no AMSGrad")
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon

    def _fields(self) -> Dict[str, Any]:
        return {"beta1": self.beta_1, "beta2": self.beta_2, "epsilon": self.epsilon}


class AdamW(Adam):
    """Adam with decoupled decay: Loshchilov and Hutter 2017."""

    _kind = capi.RESNET_OPTIMIZER_ADAMW

    def __init__(self, learning_rate: Rate = 0.001, weight_decay: float = 0.004, beta_1: float = 0.9,
                 beta_2: float = 0.999, epsilon: float = 1e-7, amsgrad: bool = False, **more: Any) -> None:
        super().__init__(learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay=weight_decay, **more)


class RMSprop(Optimizer):
    """Hinton's."""

    _kind = capi.RESNET_OPTIMIZER_RMSPROP

    def __init__(self, learning_rate: Rate = 0.001, rho: float = 0.9, momentum: float = 0.0, epsilon: float = 1e-7,
                 centered: bool = False, **more: Any) -> None:
        super().__init__(learning_rate, **more)
        if centered:
            raise NotImplementedError("centered: the library's RMSprop is the plain one")
        self.rho, self.momentum, self.epsilon = rho, momentum, epsilon

    def _fields(self) -> Dict[str, Any]:
        return {"beta2": self.rho, "momentum": self.momentum, "epsilon": math.sqrt(self.epsilon)}


class LARS(Optimizer):
    """You et al. 2017, for large batches; its decay joins the gradient. eeta: the trust coefficient."""

    _kind = capi.RESNET_OPTIMIZER_LARS

    def __init__(self, learning_rate: Rate = 1.0, momentum: float = 0.9, weight_decay: float = 1e-4,
                 eeta: float = 0.001, **more: Any) -> None:
        super().__init__(learning_rate, weight_decay=weight_decay, **more)
        self.momentum, self.eeta = momentum, eeta

    def _fields(self) -> Dict[str, Any]:
        return {"momentum": self.momentum, "trust_coefficient": self.eeta, "decoupled_decay": 0}


_KINDS = {"sgd": SGD, "adam": Adam, "adamw": AdamW, "rmsprop": RMSprop, "lars": LARS}


def get(optimizer: Union[str, Optimizer]) -> Optimizer:
    """An optimiser by its name, with its defaults, or itself."""
    if isinstance(optimizer, Optimizer):
        return optimizer
    if isinstance(optimizer, str) and optimizer.lower() in _KINDS:
        made: Optimizer = _KINDS[optimizer.lower()]()  # type: ignore[abstract,unused-ignore]
        return made
    raise ValueError(f"optimizer {optimizer!r}: is none of {', '.join(sorted(_KINDS))}")
