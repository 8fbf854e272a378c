"""Which of a schedule's T time steps a sampler visits when it may take only N."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType

import numpy as np

from courseai_lab.kernels.schedules import Process, Schedule

# What diffusers puts in place of alpha-bar = 0, whose sigma would be infinite: float16's smallest positive number.
SMALLEST_ALPHA_BAR = 2.0**-24


class Spacing(StrEnum):
    """How the N steps are spread over 0..T-1 (names as in Lin et al. 2024, table 2)."""

    LEADING = "leading"
    TRAILING = "trailing"
    LINSPACE = "linspace"
    KARRAS = "karras"


def leading(schedule: Schedule, count: int, *, steps_offset: int = 0, rho: float = 7.0) -> np.ndarray:
    """Lin et al. (2024), table 2, "leading": 0, k, 2k, ... with k = floor(T / N), plus ``steps_offset``.

    Never visits the noisiest step unless N = T or the offset reaches it.
    """
    return (np.arange(count) * (schedule.steps // count))[::-1].astype(np.float64) + steps_offset


def trailing(schedule: Schedule, count: int, *, steps_offset: int = 0, rho: float = 7.0) -> np.ndarray:
    """Lin et al. (2024), table 2, "trailing": T, T - T/N, T - 2T/N, ... rounded, minus one. Starts at T - 1."""
    # arange's own running sum, cut to N: for some N its rounding makes one step too many.
    return np.round(np.arange(schedule.steps, 0, -schedule.steps / count))[:count] - 1


def linspace(schedule: Schedule, count: int, *, steps_offset: int = 0, rho: float = 7.0) -> np.ndarray:
    """Lin et al. (2024), table 2, "linspace": N points from 0 to T - 1, both included, rounded (half to even)."""
    return np.linspace(0, schedule.steps - 1, count).round()[::-1].copy()


def karras_spacing(schedule: Schedule, count: int, *, steps_offset: int = 0, rho: float = 7.0) -> np.ndarray:
    """Karras et al. (2022), eq. 5: N noise levels, even in sigma^(1/rho), and the (fractional) t where each falls.

    As diffusers does it: between the schedule's own smallest and largest sigma, t found on the straight lines through
    ln sigma. For flow, sigma is s and the lines go through s.
    """
    levels = noise_levels(schedule)  # [t]
    low, high = levels[0] ** (1 / rho), levels[-1] ** (1 / rho)
    ramp = np.linspace(0, 1, count) if count > 1 else np.zeros(1)
    wanted = (high + ramp * (low - high)) ** rho  # [step]
    scale: Callable[[np.ndarray], np.ndarray] = np.asarray if schedule.process is Process.FLOW else np.log
    return np.interp(scale(wanted), scale(levels), np.arange(schedule.steps))


def noise_levels(schedule: Schedule) -> np.ndarray:
    """The finite, rising levels that a sampler counts in: sigma = noise / signal, or s for flow. [t]"""
    if schedule.process is Process.FLOW:
        return schedule.noise
    finite = np.isfinite(schedule.sigma)
    stand_in = np.sqrt((1 - SMALLEST_ALPHA_BAR) / SMALLEST_ALPHA_BAR)
    return np.where(finite, schedule.sigma, max(stand_in, schedule.sigma[finite].max(initial=0.0)))


SPACINGS: Mapping[Spacing, Callable[..., np.ndarray]] = MappingProxyType(
    {
        Spacing.LEADING: leading,
        Spacing.TRAILING: trailing,
        Spacing.LINSPACE: linspace,
        Spacing.KARRAS: karras_spacing,
    }
)


def inference_timesteps(
    schedule: Schedule, count: int, spacing: Spacing = Spacing.LEADING, *, steps_offset: int = 0, rho: float = 7.0
) -> np.ndarray:
    """The N time steps visited, noisiest first, float64 [step]; whole numbers except for Karras spacing.

    ``steps_offset`` moves leading steps only, as in diffusers. Raises ValueError when N is not in 1..T, or when the
    offset moves a step past T - 1 (diffusers would fail later, with an index error).
    """
    if not 1 <= count <= schedule.steps:
        raise ValueError(f"The number of steps taken must lie from 1 to T = {schedule.steps}, not {count}.")
    t = SPACINGS[spacing](schedule, count, steps_offset=steps_offset, rho=rho)
    if t[0] > schedule.steps - 1 or t[-1] < 0:
        raise ValueError(
            f"With {count} {spacing} steps an offset of {steps_offset} asks for step {t[0]:g}, "
            f"and the last one is {schedule.steps - 1}."
        )
    return t
