"""Kernels that are a column times a row, and kernels as sums of such: rank, pairs, multiplications saved."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """``kernel = sum over r of outer(columns[r], rows[r])``, strongest first.

    ``singular`` [term] are the singular values (all of them), ``rank`` how many count.
    """

    singular: np.ndarray
    columns: np.ndarray
    rows: np.ndarray
    rank: int

    def sum_of(self, terms: int) -> np.ndarray:
        """The first ``terms`` added up, [row column]: the best kernel of that rank (Eckart and Young 1936)."""
        return np.einsum("tr,tc->rc", self.columns[:terms], self.rows[:terms])


def split_kernel(w: np.ndarray) -> Split:
    """Singular value decomposition of ``w`` [row column] as columns [term row] times rows [term column].

    A kernel of rank 1 is split without square roots: one of its own rows, and how many times it stands in each row,
    so that whole numbers stay whole. Terms share the singular value's square root otherwise.
    """
    left, singular, right = np.linalg.svd(np.asarray(w, dtype=np.float64), full_matrices=False)
    limit = singular[0] * max(w.shape) * np.finfo(np.float64).eps * 4 if len(singular) else 0.0
    rank = int((singular > limit).sum())
    root = np.sqrt(singular)
    columns, rows = (left * root).T.copy(), root[:, None] * right
    if rank == 1:
        sizes = np.abs(w).sum(axis=1)
        base = int(np.where(sizes > 0, sizes, np.inf).argmin())
        row = np.asarray(w[base], dtype=np.float64)
        times = w @ row / (row @ row)
        rows[0], columns[0] = row, times
    else:
        turn = np.where(columns.sum(axis=1) < 0, -1.0, 1.0)[:, None]
        columns, rows = columns * turn, rows * turn
    return Split(singular, columns, rows, rank)


def multiplications(high: int, wide: int, terms: int) -> tuple[int, int]:
    """Multiplications for one output cell: with the whole kernel, and as ``terms`` columns and rows."""
    return high * wide, terms * (high + wide)
