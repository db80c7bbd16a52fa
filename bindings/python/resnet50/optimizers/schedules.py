"""Learning rates over the steps of a training, with Keras's formulas. SPDX-License-Identifier: MIT"""
import math
from typing import List, Optional, Sequence


class LearningRateSchedule:
    """The rate of a step, counted from 0 over all fits of an optimiser. Of your own: a subclass with __call__()."""

    def __call__(self, step: int) -> float:
        raise NotImplementedError(f"{type(self).__name__}: has no __call__(step)")


def _check_steps(name: str, steps: float) -> float:
    if not steps > 0:
        raise ValueError(f"{name} {steps!r}: must be above 0")
    return float(steps)


class ExponentialDecay(LearningRateSchedule):
    """initial_learning_rate * decay_rate ** (step / decay_steps); staircase: whole powers only."""

    def __init__(self, initial_learning_rate: float, decay_steps: float, decay_rate: float,
                 staircase: bool = False) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = _check_steps("decay_steps", decay_steps)
        self.decay_rate = decay_rate
        self.staircase = staircase

    def __call__(self, step: int) -> float:
        power = step / self.decay_steps
        return float(self.initial_learning_rate * self.decay_rate ** (math.floor(power) if self.staircase else power))


class InverseTimeDecay(LearningRateSchedule):
    """initial_learning_rate / (1 + decay_rate * step / decay_steps); staircase: whole quotients only."""

    def __init__(self, initial_learning_rate: float, decay_steps: float, decay_rate: float,
                 staircase: bool = False) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = _check_steps("decay_steps", decay_steps)
        self.decay_rate = decay_rate
        self.staircase = staircase

    def __call__(self, step: int) -> float:
        times = step / self.decay_steps
        return self.initial_learning_rate / (1 + self.decay_rate * (math.floor(times) if self.staircase else times))


class PiecewiseConstantDecay(LearningRateSchedule):
    """values[0] up to and with step boundaries[0], values[1] up to boundaries[1], ...; values has one more."""

    def __init__(self, boundaries: Sequence[int], values: Sequence[float]) -> None:
        if len(values) != len(boundaries) + 1 or list(boundaries) != sorted(boundaries):
            raise ValueError(f"{len(boundaries)} ascending boundaries want {len(boundaries) + 1} values, "
                             f"not {len(values)}")
        self.boundaries: List[int] = list(boundaries)
        self.values: List[float] = list(values)

    def __call__(self, step: int) -> float:
        return self.values[sum(step > boundary for boundary in self.boundaries)]


class PolynomialDecay(LearningRateSchedule):
    """Down to end_learning_rate within decay_steps, as (1 - step / decay_steps) ** power; cycle: again and again, over
    multiples of decay_steps."""

    def __init__(self, initial_learning_rate: float, decay_steps: float, end_learning_rate: float = 0.0001,
                 power: float = 1.0, cycle: bool = False) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = _check_steps("decay_steps", decay_steps)
        self.end_learning_rate = end_learning_rate
        self.power = power
        self.cycle = cycle

    def __call__(self, step: int) -> float:
        steps = self.decay_steps * max(1, math.ceil(step / self.decay_steps)) if self.cycle else self.decay_steps
        left = 1 - min(step, steps) / steps
        return float((self.initial_learning_rate - self.end_learning_rate) * left ** self.power
                     + self.end_learning_rate)


def _cosine(share: float, alpha: float) -> float:
    return (1 - alpha) * 0.5 * (1 + math.cos(math.pi * share)) + alpha


class CosineDecay(LearningRateSchedule):
    """Half a cosine within decay_steps, down to the share alpha of the rate; before it, with warmup_target, a straight
    way from initial_learning_rate to warmup_target within warmup_steps."""

    def __init__(self, initial_learning_rate: float, decay_steps: float, alpha: float = 0.0, *,
                 warmup_target: Optional[float] = None, warmup_steps: int = 0) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = _check_steps("decay_steps", decay_steps)
        self.alpha = alpha
        self.warmup_target = warmup_target
        self.warmup_steps = warmup_steps

    def __call__(self, step: int) -> float:
        start = self.initial_learning_rate
        if self.warmup_target is None:
            return start * _cosine(min(step / self.decay_steps, 1), self.alpha)
        if step < self.warmup_steps:
            return start + (self.warmup_target - start) * step / self.warmup_steps
        share = min((step - self.warmup_steps) / self.decay_steps, 1)
        return self.warmup_target * _cosine(share, self.alpha)


class CosineDecayRestarts(LearningRateSchedule):
    """CosineDecay that begins anew: SGDR. Each period is t_mul times as long and starts at m_mul times the rate of the
    one before."""

    def __init__(self, initial_learning_rate: float, first_decay_steps: float, t_mul: float = 2.0, m_mul: float = 1.0,
                 alpha: float = 0.0) -> None:
        if t_mul < 1:
            raise ValueError(f"t_mul {t_mul!r}: must be at least 1")
        self.initial_learning_rate = initial_learning_rate
        self.first_decay_steps = _check_steps("first_decay_steps", first_decay_steps)
        self.t_mul, self.m_mul, self.alpha = t_mul, m_mul, alpha

    def __call__(self, step: int) -> float:
        factor, period, start = 1.0, self.first_decay_steps, 0.0
        while step >= start + period:
            start, period, factor = start + period, period * self.t_mul, factor * self.m_mul
        cosine = 0.5 * factor * (1 + math.cos(math.pi * (step - start) / period))
        return self.initial_learning_rate * ((1 - self.alpha) * cosine + self.alpha)
