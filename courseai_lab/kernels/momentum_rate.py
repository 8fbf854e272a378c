"""How fast gradient descent with momentum converges on a quadratic, in closed form.

On an eigendirection of curvature lambda the pair (theta, b) is multiplied each step by a 2 x 2 matrix with
characteristic polynomial z^2 - (1 + beta - alpha lambda) z + beta; the error shrinks by its spectral radius
(Polyak 1964; Recht and Wright, Optimization for Data Analysis, section 4.2). torch's convention:
b <- beta b + g, theta <- theta - alpha b.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def spectral_radius(alpha: ArrayLike, beta: ArrayLike, curvature: ArrayLike) -> Floats:
    """Largest root size of z^2 - (1 + beta - alpha lambda) z + beta, broadcast over the arguments."""
    a, b, c = (np.asarray(value, dtype=np.float64) for value in (alpha, beta, curvature))
    half = (1.0 + b - a * c) / 2.0
    square = half * half - b
    real = np.abs(half) + np.sqrt(np.maximum(square, 0.0))
    return np.where(square < 0.0, np.sqrt(np.maximum(b, 0.0)), real)


def convergence_rate(alpha: ArrayLike, beta: ArrayLike, mu: float, L: float) -> Floats:
    """Factor per step of the slowest direction for curvatures from mu to L; 1 or more does not converge.

    The radius is quasi-convex in the curvature, so its maximum over mu..L is at one of the two ends.
    """
    return np.maximum(spectral_radius(alpha, beta, mu), spectral_radius(alpha, beta, L))


def rate_map(alphas: Floats, betas: Floats, mu: float, L: float) -> Floats:
    """`convergence_rate` over a grid. Shape [beta alpha]."""
    return convergence_rate(alphas[None, :], betas[:, None], mu, L)


def largest_stable_rate(L: float, beta: float = 0.0) -> float:
    """2 (1 + beta) / L: past this learning rate the steepest direction grows (2 / L without momentum)."""
    return 2.0 * (1.0 + beta) / L


def best_momentum(mu: float, L: float) -> tuple[float, float]:
    """Polyak (1964): the (alpha, beta) of fastest convergence, whose rate is sqrt(beta).

    alpha = 4 / (sqrt L + sqrt mu)^2, beta = ((sqrt L - sqrt mu) / (sqrt L + sqrt mu))^2.
    """
    low, high = np.sqrt(mu), np.sqrt(L)
    return float(4.0 / (high + low) ** 2), float(((high - low) / (high + low)) ** 2)
