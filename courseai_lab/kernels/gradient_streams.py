"""Gradient streams to feed an optimiser with: simple ones, and one weight's gradients in a real small training."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from courseai_lab.kernels.datasets2d import moons
from courseai_lab.kernels.formula_parts import Floats

SPARSE_EVERY = 20
FADE = 40.0
HIDDEN = 8
BATCH = 16
POINTS = 200


def _constant(steps: int, rng: np.random.Generator) -> Floats:
    return np.ones(steps)


def _noisy(steps: int, rng: np.random.Generator) -> Floats:
    """Mean 0.3 under noise of standard deviation 1."""
    return 0.3 + rng.standard_normal(steps)


def _alternating(steps: int, rng: np.random.Generator) -> Floats:
    return np.where(np.arange(steps) % 2 == 0, 1.0, -1.0)


def _sparse(steps: int, rng: np.random.Generator) -> Floats:
    """1 at the first step and every twentieth after it, else 0, as for a rare word."""
    return np.where(np.arange(steps) % SPARSE_EVERY == 0, 1.0, 0.0)


def _fading(steps: int, rng: np.random.Generator) -> Floats:
    return np.exp(-np.arange(steps) / FADE)


STREAMS: Mapping[str, Callable[[int, np.random.Generator], Floats]] = MappingProxyType(
    {"constant": _constant, "noisy": _noisy, "alternating": _alternating, "sparse": _sparse, "fading": _fading}
)


def network_start(rng: np.random.Generator) -> tuple[list[Floats], Floats, Floats]:
    """Weights [W1 (2, 8), b1 (8), w2 (8), b2 ()] and data x [sample xy], y [sample] of the small network."""
    x, y = moons(POINTS, 0.15, rng)
    theta = [rng.standard_normal((2, HIDDEN)) / np.sqrt(2), np.zeros(HIDDEN), rng.standard_normal(HIDDEN), np.zeros(())]
    theta[2] /= np.sqrt(HIDDEN)
    return theta, x, y


def network_gradients(theta: list[Floats], x: Floats, y: Floats) -> list[Floats]:
    """Gradients of the mean binary cross-entropy of sigmoid(w2 . tanh(x W1 + b1) + b2), by hand."""
    w1, b1, w2, b2 = theta
    h = np.tanh(x @ w1 + b1)  # [sample unit]
    z = h @ w2 + b2  # [sample]
    dz = (1 / (1 + np.exp(-z)) - y) / len(y)
    dh = dz[:, None] * w2 * (1 - h * h)  # [sample unit]
    return [x.T @ dh, dh.sum(axis=0), h.T @ dz, dz.sum()]


def network_stream(
    steps: int, lr: float, beta1: float, beta2: float, eps: float, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Gradient [step] and value before each step [step] of the first weight of a 2-8-1 tanh network.

    It learns two moons from batches of 16, all its weights with Adam of these numbers.
    """
    theta, x, y = network_start(rng)
    m, v = [np.zeros_like(p) for p in theta], [np.zeros_like(p) for p in theta]
    seen, weight = np.empty(steps), np.empty(steps)
    for t in range(1, steps + 1):
        batch = rng.integers(0, len(x), BATCH)
        with np.errstate(over="ignore"):
            gradients = network_gradients(theta, x[batch], y[batch])
        seen[t - 1], weight[t - 1] = gradients[0][0, 0], theta[0][0, 0]
        for i, g in enumerate(gradients):
            m[i] = beta1 * m[i] + (1 - beta1) * g
            v[i] = beta2 * v[i] + (1 - beta2) * g * g
            theta[i] = theta[i] - lr * (m[i] / (1 - beta1**t)) / (np.sqrt(v[i] / (1 - beta2**t)) + eps)
    return seen, weight
