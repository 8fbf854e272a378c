"""Data sets of the plane for the playground: two to six classes, or a value; noise, balance and split exactly as asked.

Coordinates lie within about -1.5 .. 1.5. ``noise`` is the standard deviation added to each coordinate.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from courseai_lab.kernels import datasets2d

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
TRAIN, VALIDATION, TEST = 0, 1, 2


class DataName(StrEnum):
    """The data sets."""

    CIRCLE = "circle"
    XOR = "xor"
    CORNERS = "corners"
    GAUSSIANS = "gaussians"
    SPIRAL = "spiral"
    MOONS = "moons"
    SWISS_ROLL = "swiss_roll"
    CHECKERBOARD = "checkerboard"
    RINGS = "rings"
    PLANE = "plane"
    BUMPS = "bumps"


REGRESSION = (DataName.PLANE, DataName.BUMPS)
MANY_CLASSES = (DataName.GAUSSIANS, DataName.SPIRAL, DataName.SWISS_ROLL, DataName.CHECKERBOARD, DataName.RINGS)
"""Sets that have as many classes as asked for; the other classified ones have two."""


@dataclass(frozen=True, slots=True)
class Points:
    """``x`` float64 [sample xy]; ``y`` [sample]: class numbers, or values; ``split`` [sample]: TRAIN, VALIDATION, TEST.

    ``classes`` is 0 for values.
    """

    x: Floats
    y: Floats
    split: NDArray[np.int64]
    classes: int


def class_counts(n: int, classes: int, balance: float) -> tuple[int, ...]:
    """``n`` samples shared out: each class has the same factor fewer than the one before, the last ``balance`` times
    the first; at least 1 each."""
    weight = balance ** (np.arange(classes) / max(classes - 1, 1))
    counts = np.maximum(1, np.floor(n * weight / weight.sum())).astype(int)
    counts[0] += n - counts.sum()
    return tuple(int(c) for c in counts)


def draw(
    name: DataName, n: int, noise: float, classes: int, balance: float, rng: np.random.Generator
) -> tuple[Floats, Floats, int]:
    """Points [sample xy], their classes or values [sample], and the number of classes (0 for values); shuffled."""
    if name in REGRESSION:
        x = rng.uniform(-1.5, 1.5, (n, 2))
        value = _plane(x) if name is DataName.PLANE else _bumps(x)
        return x, value + noise * rng.standard_normal(n), 0
    if name is DataName.CORNERS:
        x = np.array([[-1.0, -1.0], [1.0, 1.0], [-1.0, 1.0], [1.0, -1.0]])
        return x + noise * rng.standard_normal(x.shape), np.array([0.0, 0.0, 1.0, 1.0]), 2
    count = classes if name in MANY_CLASSES else 2
    counts = class_counts(n, count, balance)
    parts = [_CLASSES[name](k, count, m, rng) for k, m in enumerate(counts)]
    x = np.concatenate(parts) + noise * rng.standard_normal((n, 2))
    y = np.repeat(np.arange(count, dtype=np.float64), counts)
    order = rng.permutation(n)
    return np.ascontiguousarray(x[order]), y[order], count


def split(n: int, train_share: float) -> NDArray[np.int64]:
    """The first share of samples is for training, half of the rest for validation, the other half for testing.

    Where there are at least three samples, each part has one.
    """
    train = min(max(round(n * train_share), 1), max(n - 2, 1))
    validation = (n - train + 1) // 2
    out = np.full(n, TEST, dtype=np.int64)
    out[:train] = TRAIN
    out[train : train + validation] = VALIDATION
    return out


def _plane(x: Floats) -> Floats:
    return np.asarray((x[:, 0] + x[:, 1]) / 3.0)


_BUMPS = ((-0.75, 0.75, 1.0), (0.75, 0.75, -1.0), (-0.75, -0.75, -1.0), (0.75, -0.75, 1.0), (0.0, 0.0, 0.6))


def _bumps(x: Floats) -> Floats:
    """Five Gaussian hills and hollows of width 0.4."""
    return np.asarray(sum(h * np.exp(-((x[:, 0] - a) ** 2 + (x[:, 1] - b) ** 2) / 0.32) for a, b, h in _BUMPS))


def _one_of_two(source: Callable[[int, float, np.random.Generator], tuple[Floats, Floats]]) -> Callable[..., Floats]:
    def sample(k: int, classes: int, n: int, rng: np.random.Generator) -> Floats:
        x, y = source(2 * n, 0.0, rng)
        return x[y == k]

    return sample


def _circle(k: int, classes: int, n: int, rng: np.random.Generator) -> Floats:
    """A disc of radius 0.6 (class 1) in a band from 0.9 to 1.3 (class 0), evenly by area."""
    low, high = ((0.9, 1.3), (0.0, 0.6))[k]
    radius = np.sqrt(rng.uniform(low**2, high**2, n))
    return _polar(radius, rng.uniform(0.0, 2.0 * np.pi, n))


def _gaussians(k: int, classes: int, n: int, rng: np.random.Generator) -> Floats:
    """A round cloud of standard deviation 0.22 on a circle of radius 0.95."""
    angle = np.pi / 4.0 + 2.0 * np.pi * k / classes
    return 0.95 * np.array([np.cos(angle), np.sin(angle)]) + 0.22 * rng.standard_normal((n, 2))


def _spiral(k: int, classes: int, n: int, rng: np.random.Generator) -> Floats:
    """An Archimedean arm of one and a half turns; two thirds of that where there are more than two."""
    s = np.sqrt(rng.uniform(0.01, 1.0, n))
    turns = 3.0 * np.pi if classes == 2 else 2.0 * np.pi
    return _polar(1.4 * s, turns * s + 2.0 * np.pi * k / classes)


def _swiss_roll(k: int, classes: int, n: int, rng: np.random.Generator) -> Floats:
    """One rolled band of two turns, cut along its length into the classes."""
    s = np.sqrt(rng.uniform((0.15 + 0.85 * k / classes) ** 2, (0.15 + 0.85 * (k + 1) / classes) ** 2, n))
    return _polar(1.4 * s, 4.0 * np.pi * s)


def _checkerboard(k: int, classes: int, n: int, rng: np.random.Generator) -> Floats:
    """Squares of side 0.7, four by four; the class of a square is (row + column) modulo the classes."""
    squares = np.array([(i, j) for i in range(4) for j in range(4) if (i + j) % classes == k])
    chosen = squares[rng.integers(0, len(squares), n)]
    return (chosen - 2.0 + rng.uniform(0.06, 0.94, (n, 2))) * 0.7


def _rings(k: int, classes: int, n: int, rng: np.random.Generator) -> Floats:
    """A ring; the classes' rings lie inside each other, the first outermost."""
    return _polar(np.full(n, 1.35 * (classes - k) / classes), rng.uniform(0.0, 2.0 * np.pi, n))


def _polar(radius: Floats, angle: Floats) -> Floats:
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


_CLASSES: Mapping[DataName, Callable[[int, int, int, np.random.Generator], Floats]] = MappingProxyType(
    {
        DataName.CIRCLE: _circle,
        DataName.XOR: _one_of_two(datasets2d.xor),
        DataName.MOONS: _one_of_two(datasets2d.moons),
        DataName.GAUSSIANS: _gaussians,
        DataName.SPIRAL: _spiral,
        DataName.SWISS_ROLL: _swiss_roll,
        DataName.CHECKERBOARD: _checkerboard,
        DataName.RINGS: _rings,
    }
)
