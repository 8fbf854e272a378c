"""One way to look into a language model: a sentence in, every head's attention out, whatever the model.

``Reader`` is what a panel talks to. ``ShippedReader`` wraps our own transformer; ``hf_folder.FolderReader`` wraps a
model of another maker. Changes (mask, ALiBi, heads switched off) mean the same for both.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from courseai_lab.kernels.attention import Mask, alibi_bias, visible
from courseai_lab.networks import tokenizer as bpe
from courseai_lab.networks import transformer
from courseai_lab.networks.head_scores import induction_score
from courseai_lab.networks.tokenizer import MASK, START, Tokenizer
from courseai_lab.networks.transformer import Change, Transformer

MAX_TOKENS = 512
Tick = Callable[[float, str], None]


def no_tick(_share: float, _note: str) -> None:
    """Reports to nobody."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text as tokens.

    Attributes:
        ids: token identifiers [token].
        labels: how a person reads each token.
        pieces: the bytes that each token stands for; none for special ones.
    """

    ids: Tensor
    labels: tuple[str, ...]
    pieces: tuple[bytes, ...]

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a model made of a sentence.

    Attributes:
        q, k: each head's queries and keys as they meet in the score (after rotation) [layer head token dim].
        scale: what the dot products are multiplied by [layer].
        weights: attention [layer head query key].
        residual: the stream before the first block and after each [layer+1 token width].
        bits: -log2 of the probability given to each token by those before it [token]; NaN for the first, and for
            every token where the model is not causal.
    """

    q: Tensor
    k: Tensor
    scale: Tensor
    weights: Tensor
    residual: Tensor
    bits: Tensor

    @property
    def bytes(self) -> int:
        """Bytes held in memory."""
        held = (self.q, self.k, self.weights, self.residual, self.bits)
        return sum(part.numel() * part.element_size() for part in held)


class Reader(ABC):
    """A language model with ``layers`` of ``heads``; ``mask_id`` is the piece that hides a token, if there is one."""

    name: str
    layers: int
    heads: int
    context: int
    causal: bool
    parameters: int
    vocabulary: int
    mask_id: int | None
    start_id: int | None

    @abstractmethod
    def encode(self, text: str) -> Sentence:
        """The tokens of a text, with what the model wants around them."""

    @abstractmethod
    def label(self, piece: int) -> str:
        """How a person reads one token."""

    @abstractmethod
    def read(self, ids: Tensor, change: Change | None = None, tick: Tick = no_tick) -> Reading:
        """Run the model on tokens [token], 1 to ``context`` of them, under a change."""

    @abstractmethod
    def unembed(self, stream: Tensor) -> Tensor:
        """Logits [... vocabulary] of the residual stream [... width]; at an inner layer, the logit lens."""

    def own_mask(self) -> Mask:
        """What the model was trained with."""
        return Mask.CAUSAL if self.causal else Mask.NONE

    def hidden(self, ids: Tensor, token: int) -> Tensor:
        """The same tokens with one hidden behind ``mask_id``; unchanged where a model hides none."""
        if self.mask_id is None:
            return ids
        return torch.where(torch.arange(len(ids)) == token, self.mask_id, ids)

    def induction(self, tick: Tick = no_tick, draws: int = 2, seed: int = 0) -> Tensor:
        """Induction score of every head, [layer head]: random tokens said twice (Olsson et al. 2022).

        The period is 64, or what fits the context; the start piece stands before them where the model has one.
        """
        lead = [] if self.start_id is None else [self.start_id]
        period = min(64, (self.context - len(lead)) // 2)
        found = []
        for draw in range(draws):
            generator = torch.Generator().manual_seed(seed + draw)
            once = torch.randint(self.vocabulary, (period,), generator=generator)
            ids = torch.cat([torch.tensor(lead, dtype=torch.long), once, once])
            found.append(induction_score(self.read(ids, None, tick).weights, period, len(lead)))
        return torch.stack(found).mean(0)


class ShippedReader(Reader):
    """Our own transformer and its tokenizer."""

    def __init__(self, network: Transformer, tokenizer: Tokenizer, name: str) -> None:
        config = network.config
        self.network, self.tokenizer, self.name = network, tokenizer, name
        self.layers, self.heads, self.causal = config.layers, config.heads, config.causal
        self.context = min(config.context, MAX_TOKENS)
        self.parameters = sum(parameter.numel() for parameter in network.parameters())
        self.vocabulary = tokenizer.size - len(tokenizer.special)
        self.start_id = tokenizer.special_id(START)
        self.mask_id = None if config.causal else tokenizer.special_id(MASK)

    def encode(self, text: str) -> Sentence:
        """The start piece and the pieces of the text."""
        ids = [self.tokenizer.special_id(START), *self.tokenizer.encode(text)]
        pieces = tuple(self.tokenizer.piece_bytes(piece) for piece in ids)
        return Sentence(torch.tensor(ids), tuple(self.tokenizer.label(piece) for piece in ids), pieces)

    def label(self, piece: int) -> str:
        """Text, a special piece's name, or ``\\xNN`` for part of a letter."""
        return self.tokenizer.label(piece)

    @torch.no_grad()
    def read(self, ids: Tensor, change: Change | None = None, tick: Tick = no_tick) -> Reading:
        """Run the network; too quick to be stopped midway."""
        tick(0.0, "")
        return run_lean(self.network, ids, change or Change())

    @torch.no_grad()
    def unembed(self, stream: Tensor) -> Tensor:
        """Through the final norm and the tied embedding."""
        return self.network.unembed(stream)


@cache
def shipped(folder: Path, name: str) -> ShippedReader:
    """The reader of a shipped model's folder, loaded once: it never changes.

    Raises:
        ModelFileError: the folder's files are not sound.
    """
    return ShippedReader(transformer.load(folder), bpe.load(folder), name)


@torch.no_grad()
def run_lean(network: Transformer, ids: Tensor, change: Change) -> Reading:
    """``Transformer.trace`` for pictures: the same arithmetic, but no score, value or head output is kept.

    At 512 tokens most of the time goes to moving matrices of scores, so each is written where it stays.

    Raises:
        ValueError: no token, more than the context, or a head that does not exist.
    """
    config, tokens = network.config, len(ids)
    network.check(ids, change)
    shift = score_shift(change, config.causal, tokens)
    scale = config.head_width**-0.5
    cos, sin = network.cos[:tokens], network.sin[:tokens]
    q, k = (torch.empty(config.layers, config.heads, tokens, config.head_width) for _ in range(2))
    weights = torch.empty(config.layers, config.heads, tokens, tokens)
    residual = torch.empty(config.layers + 1, tokens, config.width)
    x = network.embed(ids)[None]
    residual[0] = x[0]
    for layer, block in enumerate(network.stack):
        q[layer], k[layer], v = (part[0] for part in block.project(x, cos, sin))
        scores = torch.baddbmm(shift.expand(config.heads, -1, -1), q[layer], k[layer].transpose(-2, -1), alpha=scale)
        torch.softmax(scores, -1, out=weights[layer])
        heads = weights[layer] @ v
        heads[[head for at, head in change.ablate if at == layer]] = 0.0
        x = block.merge(x, heads[None])
        residual[layer + 1] = x[0]
    bits = next_bits(network.unembed(x[0]), ids, config.causal)
    return Reading(q, k, torch.full((config.layers,), scale), weights, residual, bits)


def next_bits(logits: Tensor, ids: Tensor, causal: bool) -> Tensor:
    """-log2 p of each token given those before it [token]; NaN for the first, and for all of a model that sees all."""
    bits = torch.full((len(ids),), math.nan)
    if causal and len(ids) > 1:
        bits[1:] = F.cross_entropy(logits[:-1].float(), ids[1:], reduction="none") / math.log(2)
    return bits


def score_shift(change: Change, causal: bool, tokens: int) -> Tensor:
    """What mask and ALiBi add to every score of a sentence [query key]: -inf where a key is hidden."""
    mask = change.mask or (Mask.CAUSAL if causal else Mask.NONE)
    shift = alibi_bias(torch.tensor(float(change.alibi)), tokens, tokens)
    return shift.masked_fill(~visible(mask, tokens, tokens, change.window), -math.inf)
