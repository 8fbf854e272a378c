"""Well-known kernels as numbers: whole numbers over a common divisor wherever the kernel is made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import numpy as np


class Filter(StrEnum):
    """Kernels known by name."""

    IDENTITY = "identity"
    BOX = "box"
    GAUSSIAN = "gaussian"
    BINOMIAL = "binomial"
    SHARPEN = "sharpen"
    SOBEL_X = "sobel_x"
    SOBEL_Y = "sobel_y"
    LAPLACIAN = "laplacian"
    EMBOSS = "emboss"
    MOTION = "motion"


@dataclass(frozen=True, slots=True, eq=False)
class Kernel:
    """``cells`` [row column] over ``divisor``: the weights are cells / divisor. ``asked`` is the size wished for."""

    cells: np.ndarray
    divisor: float
    asked: int

    @property
    def weights(self) -> np.ndarray:
        """float64 [row column]."""
        return self.cells / self.divisor


LEAST: Mapping[Filter, int] = MappingProxyType(
    {Filter.SOBEL_X: 2, Filter.SOBEL_Y: 2, Filter.LAPLACIAN: 3, Filter.SHARPEN: 3, Filter.EMBOSS: 2}
)
"""Sizes below which a kernel would be no such kernel."""


def binomial(size: int) -> np.ndarray:
    """A row of Pascal's triangle, [size]: the whole-number Gaussian of variance (size - 1) / 4; sums to 2^(size-1)."""
    row = np.ones(1)
    for _ in range(size - 1):
        row = np.convolve(row, [1.0, 1.0])
    return row


def gaussian(size: int, sigma: float) -> np.ndarray:
    """exp(-r^2 / 2 sigma^2) sampled on cells, normalised to sum 1, [size size]."""
    at = np.arange(size) - (size - 1) / 2
    row = np.exp(-(at**2) / (2 * sigma**2))
    two = np.outer(row, row)
    return two / two.sum()


def _centre(size: int) -> np.ndarray:
    out = np.zeros((size, size))
    out[(size - 1) // 2, (size - 1) // 2] = 1.0
    return out


def _derivative(size: int) -> np.ndarray:
    """Smoothing times difference, as Sobel's: [-1 0 1] for 3, [-1 -2 0 2 1] for 5."""
    return np.convolve(binomial(size - 1), [-1.0, 1.0])


def _sharpen(size: int) -> tuple[np.ndarray, float]:
    if size == 3:
        return np.array([[0.0, -1, 0], [-1, 5, -1], [0, -1, 0]]), 1.0
    blur = np.outer(binomial(size), binomial(size))
    return 2 * blur.sum() * _centre(size) - blur, float(blur.sum())


def _laplacian(size: int) -> np.ndarray:
    if size == 3:
        return np.array([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]])
    second = np.convolve(binomial(size - 2), [1.0, -2.0, 1.0])
    return np.outer(second, binomial(size)) + np.outer(binomial(size), second)


def _emboss(size: int) -> np.ndarray:
    at = np.arange(size)
    return (at[:, None] + at[None, :] - (size - 1)) + _centre(size)


_MAKE: Mapping[Filter, Callable[[int, float], tuple[np.ndarray, float]]] = MappingProxyType(
    {
        Filter.IDENTITY: lambda size, sigma: (_centre(size), 1.0),
        Filter.BOX: lambda size, sigma: (np.ones((size, size)), float(size * size)),
        Filter.GAUSSIAN: lambda size, sigma: (gaussian(size, sigma), 1.0),
        Filter.BINOMIAL: lambda size, sigma: (np.outer(binomial(size), binomial(size)), 4.0 ** (size - 1)),
        Filter.SHARPEN: lambda size, sigma: _sharpen(size),
        Filter.SOBEL_X: lambda size, sigma: (np.outer(binomial(size), _derivative(size)), 1.0),
        Filter.SOBEL_Y: lambda size, sigma: (np.outer(_derivative(size), binomial(size)), 1.0),
        Filter.LAPLACIAN: lambda size, sigma: (_laplacian(size), 1.0),
        Filter.EMBOSS: lambda size, sigma: (_emboss(size), 1.0),
        Filter.MOTION: lambda size, sigma: (np.eye(size), float(size)),
    }
)


def make_filter(name: Filter, size: int, sigma: float = 1.0) -> Kernel:
    """A kernel by name, ``size`` cells a side (raised to ``LEAST``); ``sigma`` in cells, for the Gaussian only.

    Sobel and Laplacian of other sizes than 3 are differences smoothed by binomial rows, as in Burt (1981).
    """
    cells, divisor = _MAKE[name](max(size, LEAST.get(name, 1)), sigma)
    return Kernel(cells, divisor, size)


def resized(cells: np.ndarray, size: int) -> np.ndarray:
    """A kernel drawn by hand at another size: cut, or with zeros around, its middle kept; [size size]."""
    out = np.zeros((size, size))
    for_rows, for_columns = (_overlap(length, size) for length in cells.shape)
    out[for_rows[1], for_columns[1]] = cells[for_rows[0], for_columns[0]]
    return out


def _overlap(old: int, new: int) -> tuple[slice, slice]:
    shift = (new - 1) // 2 - (old - 1) // 2
    start = max(0, shift)
    stop = min(new, old + shift)
    return slice(start - shift, stop - shift), slice(start, stop)
