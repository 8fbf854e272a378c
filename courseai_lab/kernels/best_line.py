"""The best that a single straight line can do on two classes: exact, by trying every line that differs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from courseai_lab.kernels.lazy_jit import njit

Floats = NDArray[np.float64]


def line_correct(
    x: Floats, label: NDArray[np.int64], a: tuple[float, float], b: tuple[float, float]
) -> tuple[int, int]:
    """How many points [sample xy] the line through ``a`` and ``b`` sorts rightly, and which class is on its left.

    The better of the two ways to name its sides; a point on the line counts as on its right.
    """
    left = (b[0] - a[0]) * (x[:, 1] - a[1]) - (b[1] - a[1]) * (x[:, 0] - a[0]) > 0
    ones = int((left == (label == 1)).sum())
    return (ones, 1) if 2 * ones >= len(label) else (len(label) - ones, 0)


def best_line(x: Floats, label: NDArray[np.int64]) -> tuple[int, tuple[float, float, float, float]]:
    """The most points of two classes (0 and 1) that any line sorts rightly, and two points on such a line.

    Every way to part points by a line is one of: a line through two of them, moved or turned by less than the distance
    to any other point. So all pairs are tried (n^3 / 2 steps), with every such small move.
    """
    n = len(label)
    if n == 0:
        return 0, (0.0, -1.0, 0.0, 1.0)
    sign = np.where(np.asarray(label) == 1, 1, -1).astype(np.int64)
    trivial = max(int((sign > 0).sum()), int((sign < 0).sum()))
    if n < 2:
        return trivial, _aside(x)
    found, i, j, cut, flip = _search(np.ascontiguousarray(x, dtype=np.float64), sign)
    if found <= trivial:
        return trivial, _aside(x)
    return int(found), _moved(x, int(i), int(j), int(cut), int(flip))


def _aside(x: Floats) -> tuple[float, float, float, float]:
    left = float(x[:, 0].min()) - 0.1
    return left, -1.0, left, 1.0


@njit(nogil=True, cache=True, error_model="numpy")
def _search(x, sign):  # type: ignore[no-untyped-def]
    """Most right answers, the pair of points, how many of the points on their line go left, and which way it turns."""
    n = sign.size
    best, best_i, best_j, best_cut, best_flip = -1, 0, 1, 0, 0
    on, along = np.empty(n, dtype=np.int64), np.empty(n)
    for i in range(n):
        for j in range(i + 1, n):
            dx, dy = x[j, 0] - x[i, 0], x[j, 1] - x[i, 1]
            if dx == 0.0 and dy == 0.0:
                continue
            reach = 1e-12 * (abs(dx) + abs(dy))
            score, few = 0, 0
            for k in range(n):
                side = dx * (x[k, 1] - x[i, 1]) - dy * (x[k, 0] - x[i, 0])
                if side > reach:
                    score += sign[k]
                elif side < -reach:
                    score -= sign[k]
                else:
                    on[few] = k
                    along[few] = dx * x[k, 0] + dy * x[k, 1]
                    few += 1
            order = np.argsort(along[:few])
            # Turned about a place between two of them, the points before it go to one side, those after to the other.
            total = 0
            for k in range(few):
                total += sign[on[k]]
            before = 0
            for cut in range(few + 1):
                # Points in one place go to one side together.
                apart = cut == 0 or cut == few or along[order[cut - 1]] < along[order[cut]]
                for flip in range(2 * apart):
                    turned = before - (total - before)
                    value = abs(score + (turned if flip == 0 else -turned))
                    correct = (n + value) // 2
                    if correct > best:
                        best, best_i, best_j, best_cut, best_flip = correct, i, j, cut, flip
                if cut < few:
                    before += sign[on[order[cut]]]
    return best, best_i, best_j, best_cut, best_flip


def _moved(x: Floats, i: int, j: int, cut: int, flip: int) -> tuple[float, float, float, float]:
    """Two points on the line of the pair after its small move, far enough apart to be drawn."""
    d = x[j] - x[i]
    length = float(np.hypot(*d)) or 1.0
    u = d / length
    normal = np.array([-u[1], u[0]])
    height = (x - x[i]) @ normal
    along = (x - x[i]) @ u
    on = np.abs(height) <= 1e-12 * length * 2
    gap = float(np.abs(height[~on]).min()) if (~on).any() else 1.0
    places = np.sort(along[on])
    edges = np.concatenate([[places[0] - length], places, [places[-1] + length]])
    pivot = (edges[cut] + edges[cut + 1]) / 2.0
    reach = float(np.abs(along - pivot).max()) + 1.0
    # Left of the line is up along the normal: for flip 0 the points before the pivot go left, so it rises after it.
    slope = 0.5 * gap / reach * (1.0 if flip == 0 else -1.0)
    ends = [x[i] + u * (pivot + t) + normal * (slope * t) for t in (-2.0, 2.0)]
    return float(ends[0][0]), float(ends[0][1]), float(ends[1][0]), float(ends[1][1])
