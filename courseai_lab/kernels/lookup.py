"""Looking up by similarity: scores of a query with keys, softmax weights, and the blend of the values.

Shapes: a query q is [... dim], keys K are [key dim], values V are [key value]; all float64.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Score = Callable[[Floats, Floats, float, float], Floats]


def dot_scores(q: Floats, keys: Floats, turn: float = 0.0, gain: float = 1.0) -> Floats:
    """q . k for every key (Luong et al. 2015, "dot") [... key]."""
    return q @ keys.T


def scaled_scores(q: Floats, keys: Floats, turn: float = 0.0, gain: float = 1.0) -> Floats:
    """q . k / sqrt(dim) (Vaswani et al. 2017, equation 1) [... key]."""
    return q @ keys.T / math.sqrt(keys.shape[-1])


def general_scores(q: Floats, keys: Floats, turn: float = 0.0, gain: float = 1.0) -> Floats:
    """q^T W k with W = ``gain`` times a rotation by ``turn`` radians (Luong et al. 2015, "general") [... key]."""
    return q @ rotation(turn, gain) @ keys.T


def additive_scores(q: Floats, keys: Floats, turn: float = 0.0, gain: float = 1.0) -> Floats:
    """v . tanh(W q + U k) with W = U = ``gain`` times the identity and v of ones (Bahdanau et al. 2015) [... key].

    Each term lies between -1 and 1, so no score leaves plus or minus the dimension, however long query and key are.
    """
    return np.tanh(gain * (q[..., None, :] + keys)).sum(axis=-1)


def cosine_scores(q: Floats, keys: Floats, turn: float = 0.0, gain: float = 1.0) -> Floats:
    """The cosine of the angle between q and k, 0 where either has no length (Graves et al. 2014, equation 6)."""
    sizes = np.linalg.norm(q, axis=-1, keepdims=True) * np.linalg.norm(keys, axis=-1)
    return np.divide(q @ keys.T, sizes, out=np.zeros(sizes.shape), where=sizes > 0.0)


SCORES: Mapping[str, Score] = MappingProxyType(
    {
        "dot": dot_scores,
        "scaled": scaled_scores,
        "general": general_scores,
        "additive": additive_scores,
        "cosine": cosine_scores,
    }
)


def rotation(turn: float, gain: float = 1.0) -> Floats:
    """``gain`` times the 2 x 2 rotation by ``turn`` radians, counter-clockwise for column vectors."""
    c, s = math.cos(turn), math.sin(turn)
    return gain * np.array([[c, -s], [s, c]])


def softmax(scores: Floats, temperature: float = 1.0) -> Floats:
    """exp(s / T) / sum over the last axis, without overflow. ``temperature`` above 0."""
    scaled = scores / temperature
    raised = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


def entropy_bits(weights: Floats) -> Floats:
    """-sum w log2 w over the last axis: 0 for one key alone, log2(keys) for all alike."""
    logs = np.log2(weights, out=np.zeros_like(weights), where=weights > 0.0)
    return np.asarray(0.0 - (weights * logs).sum(axis=-1))
