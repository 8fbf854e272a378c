"""Contour lines by marching squares (Lorensen and Cline 1987, in two dimensions), all cells at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from courseai_lab.ui.plots import ticks

Floats = NDArray[np.float64]

# Corners, from the lower left: 0 (row, col), 1 (row, col+1), 2 (row+1, col+1), 3 (row+1, col).
# Edges: 0 between corners 0 and 1, 1 between 1 and 2, 2 between 2 and 3, 3 between 3 and 0.
_EDGE_PAIRS: tuple[tuple[tuple[int, int], ...], ...] = (
    (), ((3, 0),), ((0, 1),), ((3, 1),), ((1, 2),), ((3, 0), (1, 2)), ((0, 2),), ((3, 2),),
    ((2, 3),), ((2, 0),), ((0, 1), (2, 3)), ((2, 1),), ((1, 3),), ((1, 0),), ((0, 3),), (),
)  # fmt: skip
_SADDLES = {5: ((0, 1), (2, 3)), 10: ((3, 0), (1, 2))}


def levels(values: Floats, count: int, *, log: bool = False) -> Floats:
    """About ``count`` round levels inside the range of the finite ``values``; with ``log`` evenly spaced logarithms."""
    finite = values[np.isfinite(values)]
    if log:
        finite = finite[finite > 0]
    if count < 1 or finite.size == 0:
        return np.empty(0)
    low, high = float(finite.min()), float(finite.max())
    if log:
        return np.logspace(np.log10(low), np.log10(high), count + 2)[1:-1] if high > low else np.empty(0)
    return np.array([v for v in ticks.ticks(low, high, count + 1) if low < v < high])


def segments(values: Floats, level: float, x: Floats, y: Floats) -> Floats:
    """The line where ``values`` [rows cols], known at ``x`` [cols] and ``y`` [rows], equals ``level``.

    Returns segments [n 2 2] as (x, y) of both ends; crossings are interpolated linearly along cell edges. Cells with a
    corner that is not finite have none. A saddle is joined the way the mean of its corners says.
    """
    if min(values.shape) < 2:
        return np.empty((0, 2, 2))
    if np.nanmax(np.abs(values), initial=0.0, where=np.isfinite(values)) > 1e150:
        # Sums and differences of the largest doubles would overflow; lines do not change with the unit.
        values, level = values * 1e-200, level * 1e-200
    corners = np.stack([values[:-1, :-1], values[:-1, 1:], values[1:, 1:], values[1:, :-1]])
    above = corners > level
    case = (above * np.array([1, 2, 4, 8])[:, None, None]).sum(axis=0)
    case[~np.isfinite(corners).all(axis=0)] = 0
    middle_above = corners.mean(axis=0) > level
    found = []
    for number in range(1, 15):
        chosen = case == number
        if number in _SADDLES:
            # The table keeps the high corners apart; a high middle joins them.
            found += _cut(corners, chosen & ~middle_above, _EDGE_PAIRS[number], level, x, y)
            found += _cut(corners, chosen & middle_above, _SADDLES[number], level, x, y)
        else:
            found += _cut(corners, chosen, _EDGE_PAIRS[number], level, x, y)
    return np.concatenate(found) if found else np.empty((0, 2, 2))


def _cut(
    corners: Floats, chosen: NDArray[np.bool_], pairs: tuple[tuple[int, int], ...], level: float, x: Floats, y: Floats
) -> list[Floats]:
    rows, cols = np.nonzero(chosen)
    if not rows.size:
        return []
    ends = [[_crossing(corners[:, rows, cols], edge, level, rows, cols, x, y) for edge in pair] for pair in pairs]
    return [np.stack([one, other], axis=1) for one, other in ends]


def _crossing(
    corners: Floats, edge: int, level: float, rows: NDArray[np.int64], cols: NDArray[np.int64], x: Floats, y: Floats
) -> Floats:
    a, b = corners[edge], corners[(edge + 1) % 4]
    share = np.clip((level - a) / (b - a), 0, 1)
    right, up = ((0, 1), (0, 0)), ((0, 0), (0, 1))
    left, down = ((1, 0), (1, 1)), ((1, 1), (1, 0))
    (col_a, col_b), (row_a, row_b) = {0: right, 1: ((1, 1), up[1]), 2: left, 3: ((0, 0), down[1])}[edge]
    px = x[cols + col_a] + share * (x[cols + col_b] - x[cols + col_a])
    py = y[rows + row_a] + share * (y[rows + row_b] - y[rows + row_a])
    return np.stack([px, py], axis=1)
