"""Small two-class data sets in the plane, and data for a line, drawn from a generator of the caller's.

Every set is `f(n, noise, rng) -> (x [sample xy], y [sample])` with labels 0 and 1, coordinates within about
-1.5 .. 1.5, and as even classes as n allows; `noise` is the standard deviation added to each coordinate.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Points = tuple[Floats, Floats]


def _finish(parts: tuple[Floats, Floats], noise: float, rng: np.random.Generator) -> Points:
    x = np.concatenate(parts)
    y = np.concatenate([np.zeros(len(parts[0])), np.ones(len(parts[1]))])
    x = x + noise * rng.standard_normal(x.shape)
    order = rng.permutation(len(x))
    return np.ascontiguousarray(x[order]), y[order]


def _halves(n: int) -> tuple[int, int]:
    return n - n // 2, n // 2


def moons(n: int, noise: float, rng: np.random.Generator) -> Points:
    """Two half circles of radius 1 that hook into each other, centred on the origin."""
    first, second = _halves(n)
    a, b = np.pi * rng.random(first), np.pi * rng.random(second)
    upper = np.stack([np.cos(a) - 0.5, np.sin(a) - 0.25], axis=1)
    return _finish((upper, np.stack([0.5 - np.cos(b), 0.25 - np.sin(b)], axis=1)), noise, rng)


def circles(n: int, noise: float, rng: np.random.Generator) -> Points:
    """A circle of radius 1.2 (class 0) around one of radius 0.5 (class 1)."""
    first, second = _halves(n)
    a, b = 2.0 * np.pi * rng.random(first), 2.0 * np.pi * rng.random(second)
    outer = 1.2 * np.stack([np.cos(a), np.sin(a)], axis=1)
    return _finish((outer, 0.5 * np.stack([np.cos(b), np.sin(b)], axis=1)), noise, rng)


def spiral(n: int, noise: float, rng: np.random.Generator) -> Points:
    """Two Archimedean arms of one and a half turns, half a turn apart."""

    def arm(count: int, offset: float) -> Floats:
        s = np.sqrt(rng.random(count))
        angle = 3.0 * np.pi * s + offset
        return 1.4 * s[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)

    first, second = _halves(n)
    return _finish((arm(first, 0.0), arm(second, np.pi)), noise, rng)


def xor(n: int, noise: float, rng: np.random.Generator) -> Points:
    """Four squares of side 1, a gap of 0.3 between them; class 1 where the two signs differ."""

    def squares(count: int, opposite: float) -> Floats:
        sign = np.where(rng.random(count) < 0.5, 1.0, -1.0)
        inside = 0.15 + rng.random((count, 2))
        return inside * np.stack([sign, opposite * sign], axis=1)

    first, second = _halves(n)
    return _finish((squares(first, 1.0), squares(second, -1.0)), noise, rng)


def blobs(n: int, noise: float, rng: np.random.Generator) -> Points:
    """Two round clouds of standard deviation 0.25 at (-0.7, -0.5) and (0.7, 0.5)."""
    first, second = _halves(n)
    centre = np.array([0.7, 0.5])
    low = -centre + 0.25 * rng.standard_normal((first, 2))
    return _finish((low, centre + 0.25 * rng.standard_normal((second, 2))), noise, rng)


DATASETS_2D: Mapping[str, Callable[[int, float, np.random.Generator], Points]] = MappingProxyType(
    {"moons": moons, "circles": circles, "spiral": spiral, "xor": xor, "blobs": blobs}
)


def line_data(n: int, slope: float, intercept: float, noise: float, rng: np.random.Generator) -> Points:
    """Points (u, v), each [sample]: u uniform in -1.5 .. 1.5, v = slope u + intercept + noise N(0, 1)."""
    u = rng.uniform(-1.5, 1.5, n)
    return u, slope * u + intercept + noise * rng.standard_normal(n)
