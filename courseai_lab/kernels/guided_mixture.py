"""Guidance in two dimensions, exactly: classes made of round normal distributions, whose scores are closed forms.

With x = cos(phi) x0 + sin(phi) eps, phi from pi/2 (noise) to 0 (data), the probability flow is dx/dphi = v, where
v = cos(phi) eps - sin(phi) x0 (Salimans & Ho 2022, appendix D). NumPy only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
HALF_PI = 0.5 * np.pi


@dataclass(frozen=True, slots=True, eq=False)
class Classes:
    """Round components: `means` [component 2], `stds` [component], `weights` [component] (sum 1), `labels` [component].

    Raises ValueError where lengths differ or a weight or deviation is not positive.
    """

    means: Floats
    stds: Floats
    weights: Floats
    labels: NDArray[np.int64]

    def __post_init__(self) -> None:
        count = len(self.means)
        if self.means.shape != (count, 2) or not (
            self.stds.shape == self.weights.shape == self.labels.shape == (count,)
        ):
            raise ValueError("every component needs a mean of two numbers, a deviation, a weight and a class")
        if not ((self.stds > 0).all() and (self.weights > 0).all()) or abs(float(self.weights.sum()) - 1) > 1e-9:
            raise ValueError("deviations and weights must be positive, and the weights must sum to 1")

    def only(self, label: int) -> Classes:
        """The components of one class, p(x | class). Raises ValueError for a class without components."""
        mine = self.labels == label
        if not mine.any():
            raise ValueError(f"there is no class {label}")
        return Classes(
            self.means[mine], self.stds[mine], self.weights[mine] / self.weights[mine].sum(), self.labels[mine]
        )

    def _shares(self, x: Floats, phi: float) -> tuple[Floats, Floats, Floats, Floats]:
        """ln w N of each component [n component], its offsets' two parts [n component], its variance [component]."""
        a, s = np.cos(phi), np.sin(phi)
        variance = (a * self.stds) ** 2 + s * s
        dx = x[:, :1] - a * self.means[:, 0]
        dy = x[:, 1:] - a * self.means[:, 1]
        logs = np.log(self.weights / (2 * np.pi * variance)) - (dx * dx + dy * dy) / (2 * variance)
        return logs, dx, dy, variance

    def log_density(self, x: Floats, phi: float = 0.0) -> Floats:
        """ln p of the noised mixture at x [n 2], [n]."""
        logs = self._shares(x, phi)[0]
        top = logs.max(axis=1)
        return np.asarray(top + np.log(np.exp(logs - top[:, None]).sum(axis=1)))

    def score(self, x: Floats, phi: float) -> Floats:
        """The gradient of ln p of the noised mixture at x [n 2], [n 2]."""
        logs, dx, dy, variance = self._shares(x, phi)
        share = np.exp(logs - logs.max(axis=1, keepdims=True))
        share /= share.sum(axis=1, keepdims=True) * variance
        return -np.stack(((share * dx).sum(axis=1), (share * dy).sum(axis=1)), axis=1)

    def velocity(self, x: Floats, phi: float) -> Floats:
        """v = cos(phi) E[eps | x] - sin(phi) E[x0 | x] at x [n 2], [n 2].

        With E[eps | x] = -sin(phi) score and x = cos x0 + sin eps this is -tan(phi) (x + score); near pure noise that
        is 0 times infinity, so there x0 is formed by itself.
        """
        a, s = np.cos(phi), np.sin(phi)
        logs, dx, dy, variance = self._shares(x, phi)
        share = np.exp(logs - logs.max(axis=1, keepdims=True))
        share /= share.sum(axis=1, keepdims=True)
        pull, shrink = share / variance, share * (a * self.stds**2 / variance)
        eps = s * np.stack(((pull * dx).sum(axis=1), (pull * dy).sum(axis=1)), axis=1)
        x0 = share @ self.means + np.stack(((shrink * dx).sum(axis=1), (shrink * dy).sum(axis=1)), axis=1)
        return np.asarray(a * eps - s * x0)

    def posterior(self, x: Floats, label: int) -> Floats:
        """The share of a class in the clean density at x [n 2], [n] in 0..1."""
        logs = self._shares(x, 0.0)[0]
        share = np.exp(logs - logs.max(axis=1, keepdims=True))
        return np.asarray(share[:, self.labels == label].sum(axis=1) / share.sum(axis=1))

    def sample(self, count: int, rng: np.random.Generator) -> tuple[Floats, NDArray[np.int64]]:
        """Draws [count 2] and their classes [count]."""
        which = rng.choice(len(self.weights), count, p=self.weights)
        return self.means[which] + self.stds[which, None] * rng.standard_normal((count, 2)), self.labels[which]


Scale = Callable[[float], float | Floats]
"""The guidance scale at time share phi / (pi / 2), one number or [n 1], one for each point."""


def guided_velocity(with_class: Classes, without: Classes, x: Floats, phi: float, scale: Scale) -> Floats:
    """Ho & Salimans (2022), eq. 6: u + w (c - u), of exact predictions."""
    u = without.velocity(x, phi)
    return np.asarray(u + scale(phi / HALF_PI) * (with_class.velocity(x, phi) - u))


def flow(
    with_class: Classes,
    without: Classes,
    noise: Floats,
    scale: Scale,
    steps: int,
    tick: Callable[[], None] | None = None,
) -> Floats:
    """Heun's method along dx/dphi = v from pure noise [n 2] to data: every point on the way, [steps + 1 n 2].

    `tick` is called before each step.
    """
    angles = np.linspace(HALF_PI, 0.0, steps + 1)
    path = np.empty((steps + 1, *noise.shape))
    x = path[0] = noise
    for i in range(steps):
        if tick is not None:
            tick()
        h = angles[i + 1] - angles[i]
        first = guided_velocity(with_class, without, x, angles[i], scale)
        second = guided_velocity(with_class, without, x + h * first, angles[i + 1], scale)
        x = path[i + 1] = x + 0.5 * h * (first + second)
    return path


def spread(x: Floats) -> float:
    """Mean distance between two different points of x [n 2]; 0 for fewer than two."""
    if len(x) < 2:
        return 0.0
    apart = np.sqrt(((x[:, None] - x[None]) ** 2).sum(axis=-1))
    return float(apart.sum() / (len(x) * (len(x) - 1)))


def smoothed(x: Floats, labels: NDArray[np.int64]) -> Classes:
    """What can be learned from examples x [n 2] of classes `labels` [n]: a kernel density estimate (Parzen 1962).

    One component an example, as wide as Silverman's rule says for its class (d = 2: std n^(-1/6), 1986, eq. 4.14).
    """
    stds = np.empty(len(x))
    for label in np.unique(labels):
        mine = labels == label
        wide = float(np.sqrt(x[mine].var(axis=0).mean())) if mine.sum() > 1 else 0.3
        stds[mine] = max(wide * mine.sum() ** (-1 / 6), 0.02)
    return Classes(x, stds, np.full(len(x), 1 / len(x)), labels.astype(np.int64))
