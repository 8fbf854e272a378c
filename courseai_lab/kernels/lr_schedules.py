"""Learning-rate schedules: the factor that multiplies the base rate at each step, as torch defines it.

Every schedule takes the step indices and its own parameters and returns factors of the same shape; the
rate at step `t` is `lr * factor[t]`, and step 0 is the first update. Steps count updates, not epochs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def constant(t: Floats) -> Floats:
    """The base rate at every step."""
    return np.ones_like(t)


def step_decay(t: Floats, period: float, gamma: float) -> Floats:
    """torch StepLR: gamma ** (t // period). `period` in steps, at least 1."""
    return np.asarray(gamma ** np.floor(t / period))


def exponential(t: Floats, gamma: float) -> Floats:
    """torch ExponentialLR: gamma ** t."""
    return np.asarray(gamma**t)


def cosine(t: Floats, period: float, floor: float) -> Floats:
    """Loshchilov and Hutter (2017), equation 5 without restarts; torch CosineAnnealingLR.

    floor + (1 - floor)(1 + cos(pi t / period)) / 2; `floor` is eta_min as a share of the base rate. Past
    `period` the cosine comes back up, as torch's does.
    """
    return np.asarray(floor + (1.0 - floor) * (1.0 + np.cos(np.pi * t / period)) / 2.0)


def warmup_cosine(t: Floats, warmup: float, period: float, floor: float, start: float) -> Floats:
    """Linear warm-up, then cosine; torch SequentialLR of LinearLR(start, 1, warmup) and CosineAnnealingLR.

    The factor climbs from `start` to 1 over `warmup` steps, then follows `cosine` until step `period`.
    """
    climb = start + (1.0 - start) * np.minimum(t, warmup) / max(warmup, 1.0)
    return np.where(t < warmup, climb, cosine(t - warmup, max(period - warmup, 1.0), floor))


@dataclass(frozen=True, slots=True)
class LrSchedule:
    """One row of `LR_SCHEDULES`: the factor function and the names of the parameters it takes after `t`."""

    title: str
    factor: Callable[..., Floats]
    parameters: tuple[str, ...]
    tex: str


LR_SCHEDULES: Mapping[str, LrSchedule] = MappingProxyType(
    {
        "constant": LrSchedule("constant", constant, (), r"\eta_t = \eta"),
        "step": LrSchedule("step", step_decay, ("period", "gamma"), r"\eta_t = \eta\,\gamma^{\lfloor t/P \rfloor}"),
        "exponential": LrSchedule("exponential", exponential, ("gamma",), r"\eta_t = \eta\,\gamma^{t}"),
        "cosine": LrSchedule(
            "cosine",
            cosine,
            ("period", "floor"),
            r"\eta_t = \eta\left(f + \frac{1-f}{2}\left(1+\cos\frac{\pi t}{P}\right)\right)",
        ),
        "warmup_cosine": LrSchedule(
            "warm-up, then cosine",
            warmup_cosine,
            ("warmup", "period", "floor", "start"),
            r"\eta_t = \eta\,\frac{t}{W}\ (t<W),\ \mathrm{then\ cosine}",
        ),
    }
)


def lr_factors(name: str, steps: int, **parameters: float) -> Floats:
    """Factors of the first `steps` updates. Shape [step]; raises ValueError for bad names or values."""
    if name not in LR_SCHEDULES:
        raise ValueError(f"There is no learning-rate schedule '{name}'; choose one of {', '.join(LR_SCHEDULES)}.")
    schedule = LR_SCHEDULES[name]
    if set(parameters) != set(schedule.parameters):
        wanted = ", ".join(schedule.parameters) or "no parameters"
        raise ValueError(f"The schedule '{name}' takes {wanted}; it was given {', '.join(parameters) or 'none'}.")
    for key in ("period", "gamma"):
        if key in parameters and not parameters[key] > 0.0:
            raise ValueError(f"'{key}' of the schedule '{name}' must be positive, not {parameters[key]}.")
    return schedule.factor(np.arange(steps, dtype=np.float64), **parameters)
