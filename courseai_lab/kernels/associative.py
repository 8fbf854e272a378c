"""Remembering pairs of key and value: a state of fixed size that is written over and over, or a list of all pairs.

The recurrent state is a matrix S [value key], a fast-weight memory (Schmidhuber 1992; Schlag et al. 2021, "Linear
transformers are secretly fast weight programmers"): it is read by S k. Attention keeps every pair and reads by softmax.

Shapes: keys [trial pair dim], values [trial pair dim]; a vocabulary of values is [symbol dim].
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Rule = Literal["sum", "decay", "delta"]


def unit_vectors(shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
    """Random directions of length 1, the last axis the dimension."""
    drawn = rng.standard_normal(shape)
    return np.asarray(drawn / np.linalg.norm(drawn, axis=-1, keepdims=True))


def write(state: Floats, key: Floats, value: Floats, rule: Rule, rate: float) -> Floats:
    """The state [trial dim dim] after one pair (key, value) [trial dim].

    sum: S + v k^T (Hebb). decay: ``rate`` S + v k^T, so that older pairs fade. delta: S + rate (v - S k) k^T
    (Widrow & Hoff 1960), which first takes away what the key gave before. ``rate`` lies in 0..1.
    """
    if rule == "delta":
        value = rate * (value - np.einsum("tij,tj->ti", state, key))
    kept = rate * state if rule == "decay" else state
    return np.asarray(kept + value[:, :, None] * key[:, None, :])


def memorise(keys: Floats, values: Floats, rule: Rule, rate: float) -> Floats:
    """The state [trial dim dim] after all pairs of every trial, written in order."""
    trials, pairs, dim = keys.shape
    state = np.zeros((trials, dim, dim))
    for at in range(pairs):
        state = write(state, keys[:, at], values[:, at], rule, rate)
    return state


def recall(state: Floats, queries: Floats) -> Floats:
    """What the state gives for queries [trial pair dim]: S q, [trial pair dim]."""
    return np.asarray(np.einsum("tij,tpj->tpi", state, queries))


def attend(keys: Floats, values: Floats, queries: Floats, sharpness: float) -> Floats:
    """Softmax attention of queries [trial query dim] over all pairs, scores ``sharpness`` q . k; [trial query dim]."""
    scores = sharpness * np.einsum("tqd,tkd->tqk", queries, keys)
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(np.einsum("tqk,tkd->tqd", raised / raised.sum(axis=-1, keepdims=True), values))


def nearest_symbol(answers: Floats, symbols: Floats) -> Ints:
    """The number of the vocabulary's vector that points most the same way as each answer [...]."""
    return np.asarray((answers @ symbols.T).argmax(axis=-1))


def disturbed(keys: Floats, noise: float, rng: np.random.Generator) -> Floats:
    """Keys with Gaussian noise whose expected squared length is ``noise`` squared: imperfect queries."""
    return np.asarray(keys + noise / math.sqrt(keys.shape[-1]) * rng.standard_normal(keys.shape))
