"""Rules of classifier-free guidance: how strongly, when, and with what correction. Formulas only.

Time is the share t / T of the way to pure noise: 1 where sampling begins, 0 where it ends.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


class Shape(StrEnum):
    """How the scale changes while sampling."""

    CONSTANT = "constant"
    RISING = "rising"
    COSINE = "cosine"
    FALLING = "falling"


SHAPES: Mapping[Shape, Callable[[float], float]] = MappingProxyType(
    {
        Shape.CONSTANT: lambda done: 1.0,
        Shape.RISING: lambda done: 2 * done,
        Shape.COSINE: lambda done: 1 - math.cos(math.pi * done),
        Shape.FALLING: lambda done: 2 * (1 - done),
    }
)
"""Wang et al. (2024): the guidance as a function of the share of time that is done, 0 to 1; each has the mean 1."""


@dataclass(frozen=True, slots=True)
class Guidance:
    """The scale w (1 is no guidance), its course over time, the interval in which it holds, and the rescaling phi.

    Kynkaanniemi et al. (2024): outside `low` <= t / T <= `high` the scale is 1. Lin et al. (2024): `rescale` is phi.
    """

    scale: float
    shape: Shape = Shape.CONSTANT
    low: float = 0.0
    high: float = 1.0
    rescale: float = 0.0

    def at(self, share: float) -> float:
        """The scale at time `share` = t / T: 1 + (w - 1) g(1 - share) inside the interval, 1 outside."""
        # A time on the interval's edge belongs to it, whatever rounding did to it.
        if not self.low - 1e-9 <= share <= self.high + 1e-9:
            return 1.0
        return 1 + (self.scale - 1) * SHAPES[self.shape](1 - share)


def guided(conditional: Tensor, unconditional: Tensor, scale: Tensor | float, rescale: float = 0.0) -> Tensor:
    """Ho & Salimans (2022), eq. 6, in Stable Diffusion's scale: u + w (c - u), for predictions [image ...].

    `scale` is one number or [image 1 ...], one for each image. `rescale` (phi) above 0 draws each image's standard
    deviation back towards that of its conditional prediction: Lin et al. (2024), eq. 15 and 16.
    """
    out = unconditional + scale * (conditional - unconditional)
    if rescale == 0.0:
        return out
    axes = tuple(range(1, out.ndim))
    factor = conditional.std(dim=axes, keepdim=True) / out.std(dim=axes, keepdim=True).clamp_min(1e-8)
    return out * (rescale * factor + (1 - rescale))


def angle(a: Tensor, b: Tensor) -> float:
    """The angle between two arrays as vectors, in degrees from 0 to 180; 0 where one of them is zero."""
    x, y = a.double().flatten(), b.double().flatten()
    # Kahan's form keeps its digits at small angles, where the arc cosine loses them.
    nx, ny = float(x.norm()), float(y.norm())
    if nx == 0.0 or ny == 0.0:
        return 0.0
    x, y = x / nx, y / ny
    return math.degrees(2 * math.atan2(float((x - y).norm()), float((x + y).norm())))
