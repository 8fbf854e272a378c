"""What the dot product of random vectors does to softmax as they get longer, measured and in theory.

Vaswani et al. (2017), footnote 4: for components of mean 0 and variance 1, q . k has mean 0 and variance d. Given q,
the scores of independent normal keys are independent normals of variance |q|^2, so what softmax makes of them is a
function of sigma = |q| alone; that function is found here by quadrature, with no random number.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from courseai_lab.kernels.attention_steps import entropy_bits, softmax_rows, softmax_slope

Floats = NDArray[np.float64]
SIZES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024)
CHUNK = 40
"""Draws at a time: what keeps the memory under 12 MB at 64 keys."""


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """Over random draws, for each size d: raw scores q . k and the same divided by sqrt(d).

    variance, entropy (bits), slope, largest: [2 size], row 0 without and row 1 with the division; variance of the
    scores, means of the others. error: [2 size], standard error of the entropy's mean. samples: [2 size draw key],
    softmax weights of the first draws.
    """

    variance: Floats
    entropy: Floats
    slope: Floats
    largest: Floats
    error: Floats
    samples: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Theory:
    """Expected variance of the scores, entropy (bits) and slope, each [2 size] as in ``Measured``."""

    variance: Floats
    entropy: Floats
    slope: Floats


def scores_by_size(rng: np.random.Generator, draws: int, keys: int, sizes: tuple[int, ...] = SIZES) -> Floats:
    """q . k for random normal q and ``keys`` keys, [size draw key]; each size takes the first d components of one draw.

    Raises ValueError when the sizes do not rise.
    """
    if list(sizes) != sorted(set(sizes)) or sizes[0] < 1:
        raise ValueError("The sizes must rise from 1 or more.")
    q = rng.standard_normal((draws, 1, sizes[-1]), dtype=np.float32)
    k = rng.standard_normal((draws, keys, sizes[-1]), dtype=np.float32)
    starts = np.array([0, *sizes[:-1]])
    blocks = np.add.reduceat(q * k, starts, axis=-1, dtype=np.float64)  # [draw key size]
    return np.ascontiguousarray(np.moveaxis(np.cumsum(blocks, axis=-1), -1, 0))


def measure(
    rng: np.random.Generator,
    draws: int,
    keys: int,
    shown: int = 16,
    sizes: tuple[int, ...] = SIZES,
    tick: Callable[[int, int], None] = lambda _done, _total: None,
) -> Measured:
    """Draw ``draws`` queries, each with ``keys`` keys of its own, and see what softmax makes of their scores."""
    parts = []
    for start in range(0, draws, CHUNK):
        tick(start, draws)
        parts.append(scores_by_size(rng, min(CHUNK, draws - start), keys, sizes))
    raw = np.concatenate(parts, axis=1)  # [size draw key]
    roots = np.sqrt(np.array(sizes, dtype=np.float64))
    both = np.stack([raw, raw / roots[:, None, None]])
    weights = softmax_rows(both)
    entropy = entropy_bits(weights)
    return Measured(
        both.var(axis=(2, 3)),
        entropy.mean(-1),
        softmax_slope(weights).mean(-1),
        weights.max(-1).mean(-1),
        entropy.std(-1) / math.sqrt(draws),
        weights[:, :, :shown].copy(),
    )


def theory(keys: int, sizes: tuple[int, ...] = SIZES) -> Theory:
    """The expectations of ``measure`` over q and k, by quadrature over |q|, which follows the chi distribution."""
    d = np.array(sizes, dtype=np.float64)
    grid = np.concatenate([[0.0], np.geomspace(0.05, 1.2 * math.sqrt(sizes[-1]) + 8, 64)])
    known = np.array([of_deviation(float(sigma), keys) for sigma in grid])  # [sigma 2]
    entropy, slope = np.empty((2, len(sizes))), np.empty((2, len(sizes)))
    for at, size in enumerate(sizes):
        radius, density = _chi(size)
        for row, unit in enumerate((1.0, 1 / math.sqrt(size))):
            sigma = radius * unit
            entropy[row, at] = np.trapezoid(density * np.interp(sigma, grid, known[:, 0]), radius)
            slope[row, at] = np.trapezoid(density * np.interp(sigma, grid, known[:, 1]), radius)
    return Theory(np.stack([d, np.ones_like(d)]), entropy, slope)


def of_deviation(sigma: float, keys: int) -> tuple[float, float]:
    """Expected entropy (bits) and slope of the softmax of ``keys`` independent normal scores of deviation ``sigma``.

    With Z the sum of exp(s): E ln Z = int (exp(-e^u) - M(u)^n) du (Frullani), where M(u) = E exp(-e^(u + s)); and
    E sum a^2 = n int E[e^(2(u+s)) exp(-e^(u+s))] M(u)^(n-1) du. By Stein's lemma E sum a s = sigma^2 (1 - E sum a^2).
    """
    if keys < 1 or sigma < 0:
        raise ValueError("Softmax needs at least one key and a deviation of 0 or more.")
    if sigma == 0:
        return math.log2(keys), 1 - 1 / keys
    step = min(0.1, sigma / 6)
    reach = 8 * sigma
    u = np.arange(-reach - math.log(keys) - 12, reach + 40, step)
    side = math.ceil(reach / step)
    weight = np.exp(-0.5 * (step / sigma * np.arange(-side, side + 1)) ** 2)
    weight /= weight.sum()
    wide = u[0] + step * np.arange(-side, len(u) + side)
    power = np.exp(np.minimum(wide, 50.0))
    none = np.clip(_smoothed(np.exp(-power), weight), 0.0, 1.0)  # M(u)
    twice = np.maximum(_smoothed(np.exp(2 * np.minimum(wide, 50.0) - power), weight), 0.0)
    log_z = step * float(np.sum(np.exp(-np.exp(np.minimum(u, 50.0))) - none**keys))
    squares = min(1.0, keys * step * float(np.sum(twice * none ** (keys - 1))))
    entropy = (log_z - sigma**2 * (1 - squares)) / math.log(2)
    return min(max(entropy, 0.0), math.log2(keys)), 1 - squares


def _smoothed(values: Floats, weight: Floats) -> Floats:
    """The valid part of a convolution, by FFT."""
    length = 1 << (len(values) + len(weight) - 2).bit_length()
    made = np.fft.irfft(np.fft.rfft(values, length) * np.fft.rfft(weight, length), length)
    return np.asarray(made[len(weight) - 1 : len(values)])


def _chi(size: int) -> tuple[Floats, Floats]:
    """Points and the chi density of ``size`` degrees of freedom there (the length of a normal vector)."""
    root = math.sqrt(size)
    radius = np.linspace(max(0.0, root - 7), root + 7, 401)
    with np.errstate(divide="ignore"):
        logs = (size - 1) * np.log(radius) if size > 1 else np.zeros_like(radius)
    density = np.exp(logs - radius**2 / 2 - (size / 2 - 1) * math.log(2) - math.lgamma(size / 2))
    return radius, density / np.trapezoid(density, radius)
