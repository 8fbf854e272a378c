"""Shape-preserving cubic interpolation: a smooth curve through points that never rises where the points fall."""

from __future__ import annotations

import numpy as np


def pchip_slopes(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Fritsch & Butland (1984): slopes at the knots that keep the cubic between them monotone.

    Inside, the harmonic mean of the two neighbouring secants, weighted by the interval widths, and zero at a turn; at
    the two ends the three-point formula, limited so that the end interval stays monotone.

    ``x`` [knot] strictly increasing, ``y`` [knot], at least two knots. Returns dy/dx [knot]. Raises ValueError.
    """
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if x.ndim != 1 or x.shape != y.shape or len(x) < 2:
        raise ValueError(f"Knots need x and y of one same length, at least 2; got {x.shape} and {y.shape}.")
    h = np.diff(x)  # [interval]
    if not (np.isfinite(x).all() and np.isfinite(y).all() and (h > 0).all()):
        raise ValueError("Knots must be finite numbers with x strictly increasing.")
    secant = np.diff(y) / h  # [interval]
    if len(x) == 2:
        return np.repeat(secant, 2)
    left, right = secant[:-1], secant[1:]
    w_left, w_right = 2 * h[1:] + h[:-1], h[1:] + 2 * h[:-1]
    slopes = np.zeros_like(x)
    monotone = np.flatnonzero(left * right > 0)
    slopes[1:-1][monotone] = (w_left + w_right)[monotone] / (
        w_left[monotone] / left[monotone] + w_right[monotone] / right[monotone]
    )
    slopes[0] = _end_slope(h[0], h[1], secant[0], secant[1])
    slopes[-1] = _end_slope(h[-1], h[-2], secant[-1], secant[-2])
    return slopes


def _end_slope(h0: float, h1: float, s0: float, s1: float) -> float:
    slope = ((2 * h0 + h1) * s0 - h0 * s1) / (h0 + h1)
    if np.sign(slope) != np.sign(s0):
        return 0.0
    if np.sign(s0) != np.sign(s1) and abs(slope) > 3 * abs(s0):
        return float(3 * s0)
    return float(slope)


def pchip(x: np.ndarray, y: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Fritsch & Carlson (1980): the monotone cubic Hermite curve through (x, y), evaluated at ``at``.

    ``at`` [any shape] must lie within x[0]..x[-1]; values keep its shape. Raises ValueError.
    """
    slopes = pchip_slopes(x, y)
    x, y, at = (np.asarray(a, dtype=np.float64) for a in (x, y, at))
    if at.size and not (at.min() >= x[0] and at.max() <= x[-1]):
        raise ValueError(f"The curve is defined from {x[0]:g} to {x[-1]:g}; asked for outside of that.")
    k = np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(x) - 2)
    h = (x[1:] - x[:-1])[k]
    u = (at - x[k]) / h
    v = 1 - u
    return y[k] * v * v * (1 + 2 * u) + y[k + 1] * u * u * (3 - 2 * u) + h * u * v * (slopes[k] * v - slopes[k + 1] * u)
