"""Fitting a line or a polynomial to points: losses with their terms, the closed form, and gradient descent.

Lines are y = w x + b. Arrays are float64; x and y are [point].
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LOST = 1e12
"""A coefficient beyond this many times the data's own size has diverged."""


@dataclass(frozen=True, slots=True)
class Loss:
    """A loss that is a mean over points. ``terms(e, delta)`` are the points' shares before the mean is taken,

    ``slope(e, delta)`` their derivatives by the error e = y - prediction.
    """

    title: str
    terms: Callable[[Floats, float], Floats]
    slope: Callable[[Floats, float], Floats]


def _huber(e: Floats, delta: float) -> Floats:
    a = np.abs(e)
    return np.where(a <= delta, 0.5 * e * e, delta * (a - 0.5 * delta))


LOSSES: Mapping[str, Loss] = MappingProxyType(
    {
        "mse": Loss("MSE", lambda e, delta: e * e, lambda e, delta: 2.0 * e),
        "mae": Loss("MAE", lambda e, delta: np.abs(e), lambda e, delta: np.sign(e)),
        # Huber (1964), equation of section 4; the same scaling as torch.nn.HuberLoss.
        "huber": Loss("Huber", _huber, lambda e, delta: np.clip(e, -delta, delta)),
    }
)


def to_model(line: tuple[float, float], shift: float, spread: float) -> tuple[float, float]:
    """Slope and intercept on (x - shift) / spread of a line given in the units of the data."""
    w, b = line
    return w * spread, b + w * shift


def from_model(line: tuple[float, float], shift: float, spread: float) -> tuple[float, float]:
    """Slope and intercept in the units of the data of a line on (x - shift) / spread."""
    w, b = line
    return w / spread, b - w * shift / spread


def loss_value(name: str, error: Floats, delta: float = 1.0) -> float:
    """The mean of a loss over the errors [point]; NaN without points. ``delta``: where Huber turns from square to
    straight, in units of y."""
    return float(LOSSES[name].terms(error, delta).mean()) if error.size else float("nan")


def r_squared(y: Floats, error: Floats) -> float:
    """1 - sum(e^2) / sum((y - mean y)^2): the share of y's variance that the line explains; NaN where y is constant."""
    if not y.size:
        return float("nan")
    total = float(((y - y.mean()) ** 2).sum())
    # What is left of a constant after rounding is no variance.
    if total <= y.size * (np.finfo(float).eps * float(np.abs(y).max())) ** 2:
        return float("nan")
    return 1.0 - float((error**2).sum()) / total


def least_squares(x: Floats, y: Floats) -> tuple[float, float]:
    """Slope and intercept with the least sum of squared errors: the closed form, w = cov(x, y) / var(x).

    Where x does not vary the slope is undetermined and 0 is taken. Raises ValueError without points.
    """
    if not x.size:
        raise ValueError("A line needs points.")
    mean_x, mean_y = float(x.mean()), float(y.mean())
    u = x - mean_x
    variance = float(u @ u)
    if not varies(x):
        return 0.0, mean_y
    w = float(u @ (y - mean_y)) / variance
    return w, mean_y - w * mean_x


def varies(x: Floats) -> bool:
    """Whether the values differ by more than rounding."""
    return bool(x.size and np.ptp(x) > 1e-12 * float(np.abs(x).max()))


def standardisation(x: Floats) -> tuple[float, float]:
    """Mean and standard deviation (over n) of x; the deviation is 1 where x does not vary."""
    return float(x.mean()), float(x.std()) if varies(x) else 1.0


def curvatures(x: Floats, name: str) -> tuple[float, float] | None:
    """Smallest and largest eigenvalue of the loss's Hessian in (w, b), or None for the absolute error, which has none.

    Plain descent is stable below 2 / largest. For Huber they hold near the minimum and are bounds elsewhere.
    """
    if name == "mae" or not x.size:
        return None
    a = np.column_stack([x, np.ones_like(x)])
    low, high = np.linalg.eigvalsh(a.T @ a * ((2.0 if name == "mse" else 1.0) / x.size))
    return float(max(low, 0.0)), float(high)


def descend(
    x: Floats,
    y: Floats,
    name: str,
    start: tuple[float, float],
    rate: float,
    steps: int,
    delta: float = 1.0,
    tick: Callable[[int], None] = lambda step: None,
) -> Floats:
    """Plain gradient descent on all points, theta <- theta - rate * gradient. Path [step wb], the start first.

    A run that diverges stays where it was last finite and below ``LOST`` times the data's size. ``tick`` is told the
    step now and then, and may raise.
    """
    slope = LOSSES[name].slope
    path = np.empty((steps + 1, 2))
    w, b = start
    path[0] = w, b
    bound = LOST * max(1.0, float(np.abs(y).max(initial=0.0)), abs(w), abs(b))
    for step in range(1, steps + 1):
        if step % 64 == 1:
            tick(step)
        pull = slope(y - (w * x + b), delta)
        next_w, next_b = w + rate * float((pull * x).mean()), b + rate * float(pull.mean())
        if not (abs(next_w) < bound and abs(next_b) < bound):
            path[step:] = w, b
            break
        w, b = next_w, next_b
        path[step] = w, b
    return path


def loss_grid(x: Floats, y: Floats, name: str, ws: Floats, bs: Floats, delta: float = 1.0) -> Floats:
    """The loss at every slope and intercept: [len(bs) len(ws)]."""
    if name == "mse":
        # The squares expand into moments, so that the size of the data does not matter; about the means, for accuracy.
        mx, my = x.mean(), y.mean()
        u, v = x - mx, y - my
        off = my - ws[None, :] * mx - bs[:, None]
        return np.asarray((v @ v - 2.0 * ws * (u @ v) + ws**2 * (u @ u))[None, :] / x.size + off**2)
    out = np.empty((len(bs), len(ws)))
    terms = LOSSES[name].terms
    for k, w in enumerate(ws):
        out[:, k] = terms((y - w * x)[None, :] - bs[:, None], delta).mean(axis=1)
    return out


@dataclass(frozen=True, slots=True, eq=False)
class Polynomial:
    """A polynomial through its Chebyshev ``coefficients`` [power] on x scaled from (``low``, ``high``) to -1..1."""

    coefficients: Floats
    low: float
    high: float

    def __call__(self, x: Floats) -> Floats:
        """Its values at x, of the same shape."""
        return np.asarray(np.polynomial.chebyshev.chebval(self._scaled(x), self.coefficients))

    def _scaled(self, x: Floats) -> Floats:
        return np.asarray((2.0 * x - self.low - self.high) / ((self.high - self.low) or 1.0))


def fit_polynomial(x: Floats, y: Floats, degree: int) -> Polynomial:
    """The polynomial with the least sum of squared errors, by singular values (numpy.linalg.lstsq).

    Powers of x are so nearly parallel that degree 15 would drown in rounding; Chebyshev polynomials on the scaled x
    are not, and span the same curves. With more coefficients than distinct x the smallest coefficients are taken.
    """
    low, high = float(x.min()), float(x.max())
    blank = Polynomial(np.zeros(1), low, high)
    design = np.polynomial.chebyshev.chebvander(blank._scaled(x), degree)
    return Polynomial(np.asarray(np.linalg.lstsq(design, y, rcond=None)[0], dtype=np.float64), low, high)


def held_back(count: int, share: float, offset: float) -> NDArray[np.bool_]:
    """Which of ``count`` points are held back from fitting: about ``share`` of them, spread evenly.

    Steps of the golden ratio, from ``offset`` in 0..1: adding a point changes nothing for the others.
    """
    golden = (np.sqrt(5.0) - 1.0) / 2.0
    return np.asarray((offset + golden * np.arange(1, count + 1)) % 1.0 < share)
