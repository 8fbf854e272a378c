"""Fewer points with the same picture: what a screen of so many pixels can show, and no more."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def is_ordered(x: Floats) -> bool:
    """Whether ``x`` [n] never falls and has no NaN, so that it can be cut into pixel columns."""
    return bool(x.size < 2 or np.all(x[1:] >= x[:-1]))


def columns(x: Floats, y: Floats, low: float, high: float, count: int) -> tuple[Floats, Floats]:
    """``y`` [n] over ordered ``x`` [n], cut to ``low..high``: first, lowest, highest and last of ``count`` columns.

    Every extreme survives, so a spike of one sample among a million stays visible. NaN stay where a whole
    column is NaN. One neighbour outside each end is kept, so that the line leaves the picture where it should.
    """
    start = max(int(np.searchsorted(x, low, "left")) - 1, 0)
    stop = min(int(np.searchsorted(x, high, "right")) + 1, x.size)
    x, y = x[start:stop], y[start:stop]
    if x.size <= 4 * count or high <= low:
        return x, y
    edges = low + np.arange(count + 1) * ((high - low) / count)
    starts = np.unique(np.concatenate([[0], np.searchsorted(x, edges)]))
    starts = starts[starts < x.size]
    ends = np.append(starts[1:], x.size) - 1
    lowest, highest = np.fmin.reduceat(y, starts), np.fmax.reduceat(y, starts)
    middle = (x[starts] + x[ends]) / 2
    xs = np.stack([x[starts], middle, middle, x[ends]], axis=1)
    ys = np.stack([y[starts], lowest, highest, y[ends]], axis=1)
    return xs.ravel(), ys.ravel()


def path(x: Floats, y: Floats, pixel: tuple[float, float]) -> tuple[Floats, Floats]:
    """A path in any direction, without the points that fall on the same ``pixel`` (width, height) as the one before."""
    if x.size <= 4096:
        return x, y
    column, row = np.floor(x / pixel[0]), np.floor(y / pixel[1])
    keep = np.ones(x.size, dtype=bool)
    keep[1:-1] = (column[1:-1] != column[:-2]) | (row[1:-1] != row[:-2])
    return x[keep], y[keep]
