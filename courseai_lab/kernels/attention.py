"""Scaled dot-product attention (Vaswani et al. 2017, eq. 1) with its masks, every stage returned.

Shapes: q is [... query dim], k is [... key dim], v is [... key value]. Positions: key j stands at j, and the
queries are the last ones, so query i stands at ``keys - queries + i`` (as in cached generation).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import torch
from torch import Tensor


class Mask(StrEnum):
    """Which keys a query may look at."""

    CAUSAL = "causal"
    WINDOW = "window"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Attention:
    """The stages: scores [... query key] (scaled, biased; -inf where masked), weights [... query key], and
    output [... query value]."""

    scores: Tensor
    weights: Tensor
    output: Tensor


def distances(queries: int, keys: int, device: torch.device | str = "cpu") -> Tensor:
    """How far each key lies behind each query [query key]; negative for keys that come later."""
    where = torch.arange(keys - queries, keys, device=device)
    return where[:, None] - torch.arange(keys, device=device)[None, :]


def visible(mask: Mask, queries: int, keys: int, window: int = 64, device: torch.device | str = "cpu") -> Tensor:
    """Boolean [query key], true where a query may look.

    causal: keys up to the query. window: of those, the nearest ``window`` with the query's own
    (sliding-window attention, Beltagy et al. 2020, causal form). none: every key.

    Raises:
        ValueError: ``window`` under 1.
    """
    if window < 1:
        raise ValueError(f"A window needs at least 1 position, not {window}.")
    behind = distances(queries, keys, device)
    if mask is Mask.NONE:
        return torch.ones_like(behind, dtype=torch.bool)
    seen = behind >= 0
    return seen & (behind < window) if mask is Mask.WINDOW else seen


def alibi_slopes(heads: int) -> Tensor:
    """One slope for each head, 2^(-8 h / heads) for h = 1..heads (Press et al. 2022, section 3) [head]."""
    return torch.exp2(-8.0 * torch.arange(1, heads + 1) / heads)


def alibi_bias(slopes: Tensor, queries: int, keys: int) -> Tensor:
    """What ALiBi adds to the scores, -slope times the distance either way [... query key]; slopes [...]."""
    far = distances(queries, keys, slopes.device).abs().to(slopes.dtype)
    return -slopes[..., None, None] * far


def attend(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    seen: Tensor | None = None,
    bias: Tensor | None = None,
    scale: float | None = None,
) -> Attention:
    """Attention(q, k, v) = softmax(q k^T scale + bias) v, over the keys that ``seen`` allows.

    ``scale`` is 1 / sqrt(dim) unless given; ``seen`` and ``bias`` broadcast to [... query key]. A query that
    may look at nothing gets weights of zero.
    """
    scale = 1 / math.sqrt(q.shape[-1]) if scale is None else scale
    scores = (q @ k.transpose(-2, -1)) * scale  # [... query key]
    if bias is not None:
        scores = scores + bias
    if seen is not None:
        scores = scores.masked_fill(~seen, -math.inf)
    weights = torch.softmax(scores, dim=-1)
    if seen is not None:
        weights = weights.masked_fill(~seen, 0.0)
    return Attention(scores, weights, weights @ v)


def entropy(weights: Tensor) -> Tensor:
    """Entropy of each query's weights in bits [... query], 0 log 0 = 0."""
    return -torch.special.xlogy(weights, weights).sum(-1) / math.log(2)


def rollout(layers: Tensor) -> Tensor:
    """Attention rollout (Abnar and Zuidema 2020): product of (A + I) / 2 over the layers [query key].

    ``layers`` are weights averaged over heads [layer query key]; rows of the result sum to 1.
    """
    return rollouts(layers)[-1] if len(layers) else torch.eye(layers.shape[-1], dtype=layers.dtype)


def rollouts(layers: Tensor) -> Tensor:
    """The rollout up to every layer, [layer query key]; see ``rollout``."""
    eye = torch.eye(layers.shape[-1], dtype=layers.dtype, device=layers.device)
    found = torch.empty_like(layers)
    for index, weights in enumerate(layers):
        mixed = (weights + eye) * 0.5
        found[index] = mixed @ found[index - 1] if index else mixed
    return found
