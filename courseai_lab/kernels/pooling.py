"""Pooling: a window that keeps its largest value, its mean or its length, and what a shift of the input leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal

import numpy as np

from courseai_lab.kernels.convolution import Axis

PoolKind = Literal["max", "average", "l2"]


def _l2(windows: np.ndarray) -> np.ndarray:
    return np.sqrt(np.square(windows.astype(np.float64)).sum(axis=(-2, -1)))


_POOL: Mapping[PoolKind, Callable[[np.ndarray], np.ndarray]] = MappingProxyType(
    {
        "max": lambda windows: windows.max(axis=(-2, -1)),
        "average": lambda windows: windows.mean(axis=(-2, -1), dtype=np.float64),
        "l2": _l2,
    }
)


def pool(x: np.ndarray, rows: Axis, columns: Axis, kind: PoolKind) -> np.ndarray:
    """Each window of ``x`` [channel row column] as one number, float32 [channel rows.out columns.out].

    max (Zhou and Chellappa 1988), mean (LeCun et al. 1990), or l2 = sqrt(sum of squares), as torch's ``lp_pool2d``.
    The axes say window, step and dilation; they must not be padded.
    """
    view = np.lib.stride_tricks.sliding_window_view(x, (rows.kernel, columns.kernel), axis=(1, 2))
    return _POOL[kind](view[:, :: rows.step, :: columns.step]).astype(np.float32)


def winner(window: np.ndarray) -> tuple[int, int]:
    """Row and column of the largest value of ``window`` [row column]; of equal ones the first in reading order."""
    row, column = np.unravel_index(int(window.argmax()), window.shape)
    return int(row), int(column)


def shifted(x: np.ndarray, down: int, right: int) -> np.ndarray:
    """``x`` [channel row column] moved by whole pixels; what comes in at the edge repeats the edge."""
    _, high, wide = x.shape
    rows = np.clip(np.arange(high) - down, 0, high - 1)
    columns = np.clip(np.arange(wide) - right, 0, wide - 1)
    return np.ascontiguousarray(x[:, rows][:, :, columns])


def unchanged(before: np.ndarray, after: np.ndarray, tolerance: float) -> float:
    """Share of cells (all channels counted) that differ by at most ``tolerance``, of those that hold anything.

    A cell that is 0 within ``tolerance`` before and after does not count: on an empty background nothing can change.
    1.0 when no cell holds anything.
    """
    first, second = before.astype(np.float64), after.astype(np.float64)
    used = np.maximum(np.abs(first), np.abs(second)) > tolerance
    return float((np.abs(first - second)[used] <= tolerance).mean()) if used.any() else 1.0
