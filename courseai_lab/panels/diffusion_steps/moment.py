"""One step from x_t: what is predicted there, where it leads, and the weights that make it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from courseai_lab.kernels.samplers import SAMPLERS, Grid, Sampler
from courseai_lab.kernels.schedules import Schedule
from courseai_lab.panels.diffusion_steps.denoisers import Predictor


@dataclass(frozen=True, slots=True)
class Levels:
    """From time ``t`` to ``t_next`` (-1: clean), with the weights of picture and noise at both."""

    t: int
    t_next: int
    alpha: float
    sigma: float
    alpha_next: float
    sigma_next: float

    @classmethod
    def of(cls, schedule: Schedule, t: int, t_next: int) -> Levels:
        """Read off a schedule; before its first time the picture is clean."""
        a, s = float(schedule.signal[t]), float(schedule.noise[t])
        an, sn = (1.0, 0.0) if t_next < 0 else (float(schedule.signal[t_next]), float(schedule.noise[t_next]))
        return cls(t, t_next, a, s, an, sn)

    def weights(self, sampler: Sampler) -> tuple[float, float, float, float]:
        """Of x0, x, eps and z in the next x: DDIM (Song et al. 2021, eq. 12), DDPM (Ho et al. 2020, eq. 7)."""
        a, s, an, sn = self.alpha, self.sigma, self.alpha_next, self.sigma_next
        if sampler is Sampler.DDIM:
            return an, 0.0, sn, 0.0
        between = s**2 - (a / an) ** 2 * sn**2
        spread = math.sqrt(max(0.0, between)) * sn / s
        return an * between / s**2, a / an * sn**2 / s**2, 0.0, spread


@dataclass(frozen=True, slots=True, eq=False)
class Moved:
    """The predictions at x and the next x, [image row column channel] each."""

    x0: np.ndarray
    eps: np.ndarray
    x_next: np.ndarray


def move(who: Predictor, x: np.ndarray, at: Levels, sampler: Sampler, z: np.ndarray) -> Moved:
    """One step of a sampler for images x [image row column channel] with the fresh noise z, if it wants any."""
    grid = Grid(
        np.array([float(at.t)]),
        np.array([at.alpha, at.alpha_next]),
        np.array([at.sigma, at.sigma_next]),
    )

    def model(value: Any, t: float) -> Any:
        return who.output(value, t, at.alpha, at.sigma)

    given: Any = x
    step: Any = next(SAMPLERS[sampler](model, given, grid, who.target, noise=lambda i: _any(z)))
    return Moved(step.x0, step.eps, step.x_next)


def _any(value: np.ndarray) -> Any:
    """The samplers are written for tensors; their arithmetic is that of arrays."""
    return value


def back_times(start: int, count: int) -> np.ndarray:
    """The times visited on the way back, falling from ``start``, evenly (Lin et al. 2024, "trailing"), [step]."""
    count = min(count, start + 1)
    return np.round(np.arange(count, 0, -1) / count * (start + 1)).astype(np.int64) - 1


def single(value: np.ndarray) -> np.ndarray:
    """As frames keep it: float32, its own memory."""
    return np.array(value, dtype=np.float32, order="C")
