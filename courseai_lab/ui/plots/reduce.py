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


FEW = 24
"""So few points are drawn as they are: what is saved would not pay for finding out."""


def simplified(x: Floats, y: Floats, pixel: tuple[float, float], slack: float = 0.1) -> tuple[Floats, Floats]:
    """A line without the points that it does not need: none lies more than ``slack`` pixels off what is drawn.

    ``pixel`` is the (width, height) of one in the units of x and y. Painting a wide smooth line costs as much as it has
    points, and a curve of a thousand samples looks the same with fifty. Pieces between gaps (NaN) are kept apart.
    """
    if x.size <= FEW:
        return x, y
    with np.errstate(all="ignore"):
        u, v = x / pixel[0], y / pixel[1]
    kept = np.arange(x.size)
    error = np.zeros(x.size - 1)  # how far the samples left out may lie off the chord from each kept one to the next
    while kept.size > FEW:
        middle = np.arange(1, kept.size - 1, 2)
        left, at, right = kept[middle - 1], kept[middle], kept[middle + 1]
        off = _off_chord(u, v, left, at, right) + np.maximum(error[middle - 1], error[middle])
        drop = off <= slack  # false where something is not a number
        if np.count_nonzero(drop) < kept.size // 16:
            break
        error[middle[drop] - 1] = off[drop]
        stay = np.ones(kept.size, dtype=bool)
        stay[middle[drop]] = False
        kept, error = kept[stay], error[stay[:-1]]
    return x[kept], y[kept]


def _off_chord(
    u: Floats, v: Floats, left: NDArray[np.int64], at: NDArray[np.int64], right: NDArray[np.int64]
) -> Floats:
    """Distance of the points ``at`` from the straight pieces ``left`` to ``right``."""
    with np.errstate(all="ignore"):
        along_u, along_v = u[right] - u[left], v[right] - v[left]
        to_u, to_v = u[at] - u[left], v[at] - v[left]
        length = along_u * along_u + along_v * along_v
        share = np.clip(np.where(length > 0, (to_u * along_u + to_v * along_v) / length, 0.0), 0.0, 1.0)
        return np.asarray(np.hypot(to_u - share * along_u, to_v - share * along_v))
