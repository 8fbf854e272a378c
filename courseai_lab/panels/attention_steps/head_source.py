"""One layer of the shipped story transformer on a sentence, as plain matrices in float64."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from courseai_lab.contract import BadValue, Ctx
from courseai_lab.networks import tokenizer as tokenizers
from courseai_lab.networks import transformer as transformers
from courseai_lab.panels.attention_steps.params import MOST_TOKENS
from courseai_lab.paths import resource

Floats = np.ndarray
MODEL = "story"


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """What a layer's attention works with.

    labels: the pieces. x: the normalised stream that is projected [token width]. w: [kind head width dim] with kinds
    q, k, v; b: [kind head dim]. cos, sin: [token dim/2], the angles that turn q and k. w_o [head*dim width], b_o
    [width]. left_out: pieces of the sentence beyond those shown.
    """

    labels: tuple[str, ...]
    x: Floats
    w: Floats
    b: Floats
    cos: Floats
    sin: Floats
    w_o: Floats
    b_o: Floats
    left_out: int


def read_layer(sentence: str, layer: int, ctx: Ctx) -> Layer:
    """Run the network on a sentence and take one layer apart; raises BadValue for an empty sentence."""
    return ctx.memo(("layer", sentence, layer), lambda: _read(sentence, layer, ctx))


def _read(sentence: str, layer: int, ctx: Ctx) -> Layer:
    folder = resource("models", MODEL)
    network = ctx.memo(("network", MODEL), lambda: transformers.load(folder))
    pieces = ctx.memo(("pieces", MODEL), lambda: tokenizers.load(folder))
    ids = pieces.encode(sentence.strip())
    if not ids:
        raise BadValue("The sentence is empty: type at least one word.", "sentence")
    ctx.tick(note="reading the sentence")
    kept = torch.tensor(ids[:MOST_TOKENS])
    with torch.no_grad():
        stream = network.trace(kept).residual[layer]
        block = network.stack[layer]
        x = block.norm1(stream)
    config = network.config
    shape = (3, config.heads, config.head_width)
    weight = block.qkv.weight.view(*shape, config.width).transpose(-1, -2)
    return Layer(
        tuple(pieces.label(piece) for piece in ids[:MOST_TOKENS]),
        _plain(x),
        _plain(weight),
        _plain(block.qkv.bias.view(shape)),
        _plain(network.cos[: len(kept)]),
        _plain(network.sin[: len(kept)]),
        _plain(block.out.weight.T),
        _plain(block.out.bias),
        len(ids) - len(kept),
    )


def _plain(tensor: torch.Tensor) -> Floats:
    return np.ascontiguousarray(tensor.detach().cpu().numpy().astype(np.float64))
