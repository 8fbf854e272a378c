"""Scaled dot-product attention in single steps, in float64, so that each can be checked by hand.

Vaswani et al. (2017), "Attention is all you need", eq. 1 and section 3.2.2. Small matrices in NumPy: what is drawn
needs no autograd, and a panel that opens without torch opens a second earlier.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Mask(StrEnum):
    """Which keys a query may look at."""

    NONE = "none"
    CAUSAL = "causal"
    PADDING = "padding"


class Way(StrEnum):
    """How a matrix product is put together: cell by cell, row by row, or as a sum of rank-one matrices."""

    DOT = "dot"
    ROWS = "rows"
    OUTER = "outer"


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """Everything between Q, K, V and the output.

    scores, scaled, masked, weights: [query key]; masked holds -inf where a query may not look. output: [query value].
    """

    scores: Floats
    scaled: Floats
    masked: Floats
    weights: Floats
    output: Floats


def visible(mask: Mask, tokens: int, padding: int = 0) -> Bools:
    """Boolean [query key], true where a query may look.

    causal: keys up to the query's own place. padding: every key but the last ``padding`` ones. none: every key.
    Raises ValueError for a negative ``padding`` or no tokens.
    """
    if tokens < 1 or padding < 0:
        raise ValueError("Attention needs at least 1 token and a padding of 0 or more.")
    seen = np.ones((tokens, tokens), dtype=bool)
    if mask is Mask.CAUSAL:
        return np.tril(seen)
    if mask is Mask.PADDING:
        seen[:, max(0, tokens - padding) :] = False
    return seen


def softmax_rows(scores: Floats) -> Floats:
    """Softmax along the last axis; a row that is -inf throughout becomes zeros (nothing to look at)."""
    top = np.max(scores, axis=-1, keepdims=True)
    shifted = np.exp(scores - np.where(np.isfinite(top), top, 0.0))
    total = shifted.sum(axis=-1, keepdims=True)
    return np.divide(shifted, total, out=np.zeros_like(shifted), where=total > 0)


def attention_steps(q: Floats, k: Floats, v: Floats, seen: Bools, *, divide: bool = True) -> Steps:
    """softmax(q k^T / sqrt(d) + mask) v, every stage kept. q, k [... token dim], v [... token value].

    ``divide`` false leaves the division by sqrt(d) out.
    """
    scores = q @ np.swapaxes(k, -1, -2)  # [... query key]
    scaled = scores / math.sqrt(q.shape[-1]) if divide else scores
    masked = np.where(seen, scaled, -np.inf)
    weights = softmax_rows(masked)
    return Steps(scores, scaled, masked, weights, weights @ v)


def entropy_bits(weights: Floats) -> Floats:
    """Entropy in bits along the last axis, with 0 log 0 = 0."""
    logs = np.log2(weights, out=np.zeros_like(weights), where=weights > 0)
    return np.abs(np.sum(weights * logs, axis=-1))


def softmax_slope(weights: Floats) -> Floats:
    """Size of softmax's Jacobian diag(a) - a a^T along the last axis: its trace, 1 - sum of a^2.

    The Jacobian is positive semidefinite, so the trace is the sum of its singular values (the nuclear norm): 0 where
    one weight is 1, and at most 1 - 1/n, where all n weights are equal.
    """
    return 1.0 - np.sum(weights * weights, axis=-1)


def turn(x: Floats, cos: Floats, sin: Floats) -> Floats:
    """Rotary positions (Su et al. 2021, eq. 34): turns the pairs (x_i, x_{i + dim/2}); x [token dim], cos [token half].

    Raises ValueError when ``cos`` and ``sin`` do not cover half of the dimensions.
    """
    half = x.shape[-1] // 2
    if cos.shape != (x.shape[0], half) or sin.shape != cos.shape or 2 * half != x.shape[-1]:
        raise ValueError(f"Angles of shape {cos.shape} do not turn a matrix of shape {x.shape}.")
    first, second = x[:, :half], x[:, half:]
    return np.concatenate([first * cos - second * sin, first * sin + second * cos], axis=-1)


def units(way: Way, rows: int, inner: int, cols: int) -> int:
    """In how many units a product [rows inner] [inner cols] is put together."""
    return {Way.DOT: rows * cols, Way.ROWS: rows, Way.OUTER: inner}[way]


def partial_product(a: Floats, b: Floats, way: Way, done: int, bias: Floats | None = None) -> Floats:
    """The product a b [row col] (plus ``bias`` [col]) after ``done`` units; NaN where nothing has arrived yet.

    dot: one cell a unit, row by row. rows: one row a unit, a mix of b's rows. outer: the sum of the first ``done``
    outer products of a's columns with b's rows, so every cell is there from the first on, but not yet complete.
    """
    shape = (a.shape[0], b.shape[1])
    if way is Way.OUTER:
        if done == 0:
            return np.full(shape, np.nan)
        made: Floats = a[:, :done] @ b[:done]
        return made if bias is None else made + bias
    full = a @ b if bias is None else a @ b + bias
    out = np.full(shape, np.nan)
    if way is Way.ROWS:
        out[:done] = full[:done]
    else:
        out.ravel()[:done] = full.ravel()[:done]
    return out
