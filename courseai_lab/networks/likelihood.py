"""How well a language model predicts a text, in bits: the figures of the cards, and of an intervention.

Bits per byte are comparable between models with different tokenizers, and with a compressor's output size.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from courseai_lab.networks.tokenizer import MASK, START, Tokenizer
from courseai_lab.networks.transformer import Change, Transformer


@dataclass(frozen=True, slots=True)
class MaskedScore:
    """The twin's figures: bits for each hidden piece, share guessed right at once, and how many were hidden."""

    bits: float
    accuracy: float
    hidden: int


@torch.no_grad()
def token_bits(network: Transformer, ids: Tensor, start: int, stride: int | None = None) -> Tensor:
    """Bits that a causal network needs for each token of ``ids`` [token].

    Windows of the network's whole context begin with the piece ``start`` and move on by ``stride`` (half the
    context unless given), so every token but the first ones is predicted from at least half a context.
    """
    room = network.config.context - 1
    stride = stride or (room + 1) // 2
    bits = torch.empty(len(ids))
    done = 0
    while done < len(ids):
        first = max(0, min(done + stride, len(ids)) - room) if done else 0
        window = ids[first : first + room]
        logits = network(torch.cat([ids.new_tensor([start]), window[:-1]])[None])[0]
        found = F.cross_entropy(logits.float(), window, reduction="none") / math.log(2)
        bits[done : first + len(window)] = found[done - first :].cpu()
        done = first + len(window)
    return bits


def bits_per_byte(network: Transformer, tokenizer: Tokenizer, text: str) -> float:
    """Mean bits for each byte of ``text`` under a causal network; ValueError for an empty text."""
    ids = torch.tensor(tokenizer.encode(text))
    if not len(ids):
        raise ValueError("An empty text has no bits per byte.")
    device = network.embed.weight.device
    bits = token_bits(network, ids.to(device), tokenizer.special_id(START))
    return float(bits.double().sum()) / len(text.encode("utf-8"))


def sentence_loss(network: Transformer, ids: Tensor, change: Change | None = None) -> tuple[float, Tensor]:
    """Mean bits for each token after the first under an intervention, and the logits [token vocabulary].

    A bidirectional network is scored on the tokens as it sees them (nothing hidden): a measure of change only.
    """
    logits = network.trace(ids, change).logits
    shift = 1 if network.config.causal else 0
    kept = logits[: len(ids) - shift]
    loss = F.cross_entropy(kept, ids[shift:]) / math.log(2) if len(kept) else torch.tensor(math.nan)
    return float(loss), logits


def hide(ids: Tensor, mask: int, share: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Replaces a random share of the tokens by the piece ``mask``; returns the new tokens and where."""
    drawn = torch.rand(ids.shape, generator=generator, device=generator.device).to(ids.device)
    hidden = drawn < share
    return torch.where(hidden, mask, ids), hidden


@torch.no_grad()
def masked_score(
    network: Transformer, tokenizer: Tokenizer, ids: Tensor, share: float = 0.15, seed: int = 0
) -> MaskedScore:
    """Hides a share of the tokens [token] window by window and asks a bidirectional network for them.

    Raises:
        ValueError: the draw hides nothing (a very short text).
    """
    room = network.config.context - 1
    generator = torch.Generator().manual_seed(seed)
    start = ids.new_tensor([tokenizer.special_id(START)])
    bits, right, count = 0.0, 0, 0
    for window in ids.split(room):
        shown, hidden = hide(window, tokenizer.special_id(MASK), share, generator)
        logits = network(torch.cat([start, shown])[None])[0, 1:][hidden]
        wanted = window[hidden]
        bits += float(F.cross_entropy(logits.float(), wanted, reduction="sum")) / math.log(2)
        right += int((logits.argmax(-1) == wanted).sum())
        count += len(wanted)
    if not count:
        raise ValueError("The text is too short: no token was hidden.")
    return MaskedScore(bits / count, right / count, count)
