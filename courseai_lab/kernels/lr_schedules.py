"""Learning-rate schedules: the factor that multiplies the base rate at each step, as torch defines it.

Every schedule takes the step indices and its own parameters and returns factors of the same shape; the
rate at step `t` is `lr * factor[t]`, and step 0 is the first update. Steps count updates, not epochs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

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


def multi_step(t: Floats, milestones: Sequence[float], gamma: float) -> Floats:
    """torch MultiStepLR: gamma to the power of how many of the `milestones` (steps) are reached."""
    return np.asarray(gamma ** np.searchsorted(np.sort(np.asarray(milestones, dtype=np.float64)), t, side="right"))


def polynomial(t: Floats, period: float, power: float) -> Floats:
    """torch PolynomialLR: (1 - t / period) ** power, and 0 from `period` on; power 1 is a straight line."""
    return np.asarray((1.0 - np.minimum(t / period, 1.0)) ** power)


def warm_restarts(t: Floats, period: float, growth: float, floor: float) -> Floats:
    """Loshchilov and Hutter (2017), equation 5; torch CosineAnnealingWarmRestarts.

    Cosines one after the other: the first takes `period` steps, each next one `growth` (at least 1) times as many.
    """
    if growth == 1.0:
        return cosine(t % period, period, floor)
    # The cycle k starts at period (growth^k - 1) / (growth - 1); rounding must not put its first step before it.
    cycle = np.floor(np.log(t / period * (growth - 1.0) + 1.0) / np.log(growth) + 1e-9)
    start = period * (growth**cycle - 1.0) / (growth - 1.0)
    return cosine(t - start, period * growth**cycle, floor)


def one_cycle(
    t: Floats, period: float, share: float, start_div: float, final_div: float, straight: float = 0.0
) -> Floats:
    """Smith and Topin (2018); torch OneCycleLR with two phases, as a share of its max_lr.

    From 1 / `start_div` up to 1 in `share` of the `period` steps, then down to 1 / (`start_div` `final_div`) at the
    last step; along cosines, or straight lines where `straight` is not 0.
    """
    top, last = share * period - 1.0, period - 1.0
    low, end = 1.0 / start_div, 1.0 / (start_div * final_div)
    with np.errstate(divide="ignore", invalid="ignore"):
        up, down = t / top, (t - top) / (last - top)
    if straight:
        return np.where(t <= top, low + (1.0 - low) * up, 1.0 + (end - 1.0) * down)
    rise = 1.0 + (low - 1.0) * (1.0 + np.cos(np.pi * up)) / 2.0
    fall = end + (1.0 - end) * (1.0 + np.cos(np.pi * down)) / 2.0
    return np.where(t <= top, rise, fall)


def cyclic(t: Floats, period: float, floor: float, shrink: float = 1.0, decay: float = 1.0) -> Floats:
    """Smith (2017); torch CyclicLR with both sides of `period` / 2 steps, as a share of its max_lr.

    Triangles from `floor` to 1. Their height shrinks by `shrink` from one cycle to the next (0.5: triangular2) and by
    `decay` with every step (exp_range).
    """
    cycle = np.floor(1.0 + t / period)
    x = 1.0 + t / period - cycle
    rise = np.where(x <= 0.5, x / 0.5, (x - 1.0) / -0.5)
    return np.asarray(floor + (1.0 - floor) * rise * shrink ** (cycle - 1.0) * decay**t)


def stable_decay(t: Floats, period: float, share: float, floor: float, root: float = 0.0) -> Floats:
    """Hu et al. (2024), MiniCPM's warm-up-stable-decay without its warm-up.

    1 until the last `share` of the `period` steps, then down to `floor` along a straight line, or, where `root` is not
    0, along 1 - sqrt (Haegele et al. 2024). Past `period` it stays at the floor.
    """
    length = max(share * period, 1.0)
    gone = np.clip((t - (period - length)) / length, 0.0, 1.0)
    return np.asarray(floor + (1.0 - floor) * (1.0 - (np.sqrt(gone) if root else gone)))


def inverse_sqrt(t: Floats, scale: float) -> Floats:
    """Vaswani et al. (2017), section 5.3, from the end of the warm-up on: sqrt(scale / (scale + t))."""
    return np.asarray(np.sqrt(scale / (scale + t)))


def warmed_up(factor: Callable[[Floats], Floats], t: Floats, warmup: float, start: float) -> Floats:
    """Linear warm-up, then any schedule; torch SequentialLR of LinearLR(start, 1, warmup) and that schedule.

    The factor climbs from `start` to 1 over `warmup` steps; `factor` then counts from 0.
    """
    climb = start + (1.0 - start) * np.minimum(t, warmup) / max(warmup, 1.0)
    return np.where(t < warmup, climb, factor(np.maximum(t - warmup, 0.0)))


@dataclass(slots=True)
class Plateau:
    """torch ReduceLROnPlateau (mode min, relative threshold), one look at the loss at a time.

    A loss that is not below the best one times (1 - `threshold`) is bad; after more than `patience` bad ones in a row
    `rate` is multiplied by `factor`, down to `floor` at most, and the next `cooldown` looks do not count.
    """

    rate: float
    factor: float
    patience: int
    threshold: float = 1e-4
    cooldown: int = 0
    floor: float = 0.0
    best: float = np.inf
    bad: int = 0
    cooling: int = 0

    def look(self, loss: float) -> float:
        """Take in a loss (one that is no number is bad); the rate from now on."""
        if loss < self.best * (1.0 - self.threshold):
            self.best, self.bad = loss, 0
        else:
            self.bad += 1
        if self.cooling > 0:
            self.cooling, self.bad = self.cooling - 1, 0
        if self.bad > self.patience:
            lower = max(self.rate * self.factor, self.floor)
            # torch's eps: a change that small is not made.
            self.rate = lower if self.rate - lower > 1e-8 else self.rate
            self.cooling, self.bad = self.cooldown, 0
        return self.rate


def reduce_on_plateau(losses: Floats, plateau: Plateau, every: int = 1) -> Floats:
    """The rate of every step, shape [step], where `plateau` looks after every `every` steps.

    `losses` [step + 1] is the loss before each step and after the last. `plateau` is used up by this.
    """
    rates = np.empty(len(losses) - 1)
    for step in range(len(rates)):
        rates[step] = plateau.look(float(losses[step])) if step and step % every == 0 else plateau.rate
    return rates


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
        "multi_step": LrSchedule(
            "multi-step", multi_step, ("milestones", "gamma"), r"\eta_t = \eta\,\gamma^{\#\{m \leq t\}}"
        ),
        "polynomial": LrSchedule("polynomial", polynomial, ("period", "power"), r"\eta_t = \eta\,(1 - t/P)^{p}"),
        "warm_restarts": LrSchedule(
            "cosine with warm restarts",
            warm_restarts,
            ("period", "growth", "floor"),
            r"\eta_t = \eta\left(f + \frac{1-f}{2}\left(1+\cos\frac{\pi t_{cur}}{P_i}\right)\right)",
        ),
        "one_cycle": LrSchedule(
            "one-cycle",
            one_cycle,
            ("period", "share", "start_div", "final_div", "straight"),
            r"\eta_t = \eta/d \rightarrow \eta \rightarrow \eta/(d\,e)",
        ),
        "cyclic": LrSchedule(
            "cyclic",
            cyclic,
            ("period", "floor", "shrink", "decay"),
            r"\eta_t = \eta\,(f + (1-f)\,\mathrm{tri}(t/P))",
        ),
        "stable_decay": LrSchedule(
            "stable, then decay",
            stable_decay,
            ("period", "share", "floor", "root"),
            r"\eta_t = \eta\,(f + (1-f)(1 - (t-S)/D))\ (t>S)",
        ),
        "inverse_sqrt": LrSchedule("inverse square root", inverse_sqrt, ("scale",), r"\eta_t = \eta\sqrt{s/(s+t)}"),
    }
)


def lr_factors(name: str, steps: int, **parameters: Any) -> Floats:
    """Factors of the first `steps` updates. Shape [step]; raises ValueError for bad names or values."""
    if name not in LR_SCHEDULES:
        raise ValueError(f"There is no learning-rate schedule '{name}'; choose one of {', '.join(LR_SCHEDULES)}.")
    schedule = LR_SCHEDULES[name]
    if set(parameters) != set(schedule.parameters):
        wanted = ", ".join(schedule.parameters) or "no parameters"
        raise ValueError(f"The schedule '{name}' takes {wanted}; it was given {', '.join(parameters) or 'none'}.")
    for key in ("period", "gamma", "scale"):
        if key in parameters and not parameters[key] > 0.0:
            raise ValueError(f"'{key}' of the schedule '{name}' must be positive, not {parameters[key]}.")
    return schedule.factor(np.arange(steps, dtype=np.float64), **parameters)
