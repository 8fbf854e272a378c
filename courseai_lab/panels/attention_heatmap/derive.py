"""What is worked out of one reading for all heads at once: combinations, thumbnails, scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from courseai_lab.kernels.attention import Mask, rollouts
from courseai_lab.networks.head_scores import HeadKind, matching_pairs, weight_scores
from courseai_lab.networks.reading import Reader, Reading, Sentence, Tick
from courseai_lab.networks.transformer import Change

THUMB = 48
COMBINED = ("mean", "max", "rollout")
KINDS = {
    HeadKind.PREVIOUS: "previous",
    HeadKind.FIRST: "first",
    HeadKind.SAME: "same",
    HeadKind.INDUCTION: "induction",
    HeadKind.NEXT: "next",
    HeadKind.MATCHING: "matching",
}


@dataclass(frozen=True, slots=True)
class Look:
    """A reading and, for every layer, its heads combined.

    ``combined`` [3 layer query key]: the mean over heads, the largest over heads, the rollout up to the layer.
    ``thumbs`` [layer heads+3 row col]: every head and combination, the largest weight of blocks ``pool`` tokens a side.
    """

    reading: Reading
    combined: Tensor
    thumbs: np.ndarray
    pool: int

    @property
    def bytes(self) -> int:
        """Bytes held in memory."""
        return self.reading.bytes + self.combined.numel() * 4 + self.thumbs.nbytes

    def plane(self, show: str, layer: int, head: int) -> np.ndarray:
        """The weights [query key] of a head, or of a combination at its layer."""
        of = self.reading.weights[layer, head] if show == "head" else self.combined[COMBINED.index(show), layer]
        return of.numpy().astype(np.float32, copy=True)


def derive(reading: Reading, tick: Tick) -> Look:
    """Combine and shrink the weights of a reading."""
    weights = reading.weights
    mean = weights.mean(1)
    tick(0.8, "combining heads")
    combined = torch.stack([mean, weights.amax(1), rollouts(mean)])
    tick(0.9, "drawing small")
    pool = -(-weights.shape[-1] // THUMB)
    parts = (weights, combined.transpose(0, 1))
    small = torch.cat([part if pool == 1 else F.max_pool2d(part, pool, ceil_mode=True) for part in parts], dim=1)
    return Look(reading, combined, np.array(small.numpy(), dtype=np.float32), pool)


@dataclass(frozen=True, slots=True)
class Ranking:
    """Head scores by kind [kind layer head], heads by falling score [kind rank], and over how many queries each."""

    kinds: tuple[str, ...]
    scores: np.ndarray
    order: np.ndarray
    counts: tuple[int, ...]


def ranking(
    look: Look, sentence: Sentence, reader: Reader, change: Change, induction: Tensor | None, draws: int
) -> Ranking:
    """Scores on this sentence as it is read now; induction on random tokens, by the model as it is."""
    weights = look.reading.weights
    causal = (change.mask or reader.own_mask()) is not Mask.NONE
    found = weight_scores(weights, sentence.ids, sentence.pieces, causal)
    if induction is not None:
        found[HeadKind.INDUCTION] = induction
    shown = [kind for kind in KINDS if kind in found]
    scores = np.stack([found[kind].numpy().astype(np.float64) for kind in shown])
    order = np.argsort(-scores.reshape(len(shown), -1), axis=1, kind="stable")
    after = len(sentence) - 1
    lead = reader.start_id is not None
    count = {
        HeadKind.PREVIOUS: after,
        HeadKind.FIRST: after,
        HeadKind.SAME: twins(sentence.ids, causal),
        HeadKind.INDUCTION: min(64, (reader.context - lead) // 2) * draws,
        HeadKind.NEXT: after,
        HeadKind.MATCHING: len(matching_pairs(sentence.pieces)),
    }
    return Ranking(tuple(KINDS[kind] for kind in shown), scores, order, tuple(count[kind] for kind in shown))


def twins(ids: Tensor, causal: bool) -> int:
    """How many tokens have their like elsewhere, before them where ``causal``."""
    like = ids[:, None] == ids[None, :]
    like = like.tril(-1) if causal else like & ~torch.eye(len(ids), dtype=torch.bool)
    return int(like.any(-1).sum())


def words_of(probabilities: Tensor, count: int) -> list[int]:
    """The likeliest pieces of a distribution [vocabulary]."""
    return [int(piece) for piece in probabilities.topk(min(count, len(probabilities))).indices]


def union(first: Sequence[int], second: Sequence[int], most: int) -> list[int]:
    """Pieces of both in order, none twice."""
    return list(dict.fromkeys([*first, *second]))[:most]
