"""A sentence through a trained model, every head kept: what is seen, what a change does to the next word."""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from courseai_lab.contract import Ctx, Formula, Term
from courseai_lab.kernels.attention import visible
from courseai_lab.networks.reading import Reader, Sentence, score_shift
from courseai_lab.networks.transformer import Change
from courseai_lab.panels.attention_heatmap import words
from courseai_lab.panels.attention_heatmap.derive import Look as Read
from courseai_lab.panels.attention_heatmap.derive import Ranking, ranking, union, words_of
from courseai_lab.panels.attention_heatmap.frame import Frame
from courseai_lab.panels.attention_heatmap.linked import followed, selections
from courseai_lab.panels.attention_heatmap.params import AttentionLook as Look
from courseai_lab.panels.attention_heatmap.params import AttentionParams as Params
from courseai_lab.panels.attention_heatmap.sources import (
    NothingToRead,
    Source,
    change_of,
    forget,
    read,
    sentence_of,
    source,
)

__all__ = ["Frame", "Look", "Params", "followed", "formula", "readings", "run", "selections", "sentence"]

CHOICES = 5
LENS_WORDS = 3
DRAWS = 2


@dataclass(frozen=True, slots=True)
class Side:
    """One sentence read by one model under one change, and where in it one looks."""

    source: Source
    sentence: Sentence
    change: Change
    look: Read
    layer: int
    head: int
    token: int

    @property
    def reader(self) -> Reader:
        """The model."""
        return self.source.reader


def run(p: Params, ctx: Ctx) -> Generator[Frame, Params, None]:
    """One frame: the model reads the sentence as it is and as it was changed; everything shown is taken from that."""
    ctx.tick(0, 1, "loading the model")
    forget(p, ctx)
    try:
        one = source(p, ctx)
        found = sentence_of(one, p.text)
    except NothingToRead as nothing:
        yield Frame(problem=str(nothing))
        return
    ctx.tick(0.1, 1, "reading the sentence")
    change = change_of(p, one.reader)
    side = _side(one, found, change, p.layer, p.head, p.token, ctx)
    plain = _side(one, found, Change(), p.layer, p.head, p.token, ctx) if change != _calm(change) else side
    yield Frame(**_seen(side, plain, p), **_effect(side, plain, p, ctx), **_second(side, plain, p, ctx))


def _calm(change: Change) -> Change:
    """The change that changes nothing, whatever its window says."""
    return Change(window=change.window)


def _side(one: Source, found: Sentence, change: Change, layer: int, head: int, token: int, ctx: Ctx) -> Side:
    last = len(found) - 1
    at = last if token < 0 else min(token, last)
    look = read(one, found, change, ctx)
    return Side(one, found, change, look, min(layer, one.reader.layers - 1), min(head, one.reader.heads - 1), at)


def _seen(side: Side, plain: Side, p: Params) -> dict[str, Any]:
    """The picture of attention, the pair and its score."""
    look, token = side.look, side.token
    reading = look.reading
    own = reading.weights[side.layer, side.head]
    last = len(side.sentence) - 1
    partner = int(own[token].argmax()) if p.partner < 0 else min(p.partner, last)
    q, k = reading.q[side.layer, side.head, token], reading.k[side.layer, side.head, partner]
    scale = float(reading.scale[side.layer])
    shift = float(score_shift(side.change, side.reader.causal, last + 1)[token, partner])
    product = (q * k).numpy().astype(np.float32)
    dot = float(product.sum(dtype=np.float64))
    before = plain.look.reading.weights[side.layer, side.head, token, partner]
    return {
        "model": side.reader.name,
        "note": f"{side.reader.parameters:,} parameters",
        "causal": side.reader.causal,
        "layers": side.reader.layers,
        "heads": side.reader.heads,
        "layer": side.layer,
        "head": side.head,
        "token": token,
        "partner": partner,
        "changed": words.changes(side.change, side.reader),
        "ablated": tuple(sorted(side.change.ablate)),
        "tokens": tuple(words.visible(label) for label in side.sentence.labels),
        "title": words.title(p.show, side.layer, side.head),
        "weights": look.plane(p.show, side.layer, side.head),
        "thumbs": look.thumbs,
        "pool": look.pool,
        "seen": _visible(side),
        "q": q.numpy().astype(np.float32),
        "k": k.numpy().astype(np.float32),
        "product": product,
        "scale": scale,
        "dot": dot,
        "shift": shift,
        "score": dot * scale + shift,
        "weight": float(own[token, partner]),
        "before_weight": float(before),
    }


def _visible(side: Side) -> np.ndarray:
    mask = side.change.mask or side.reader.own_mask()
    tokens = len(side.sentence)
    return visible(mask, tokens, tokens, side.change.window).numpy().copy()


def _effect(side: Side, plain: Side, p: Params, ctx: Ctx) -> dict[str, Any]:
    """What comes next, the loss, what heads do, and what each layer would say."""
    now, lens_at = _guess(side, ctx)
    was = now if plain is side else _guess(plain, ctx)[0]
    pieces = union(words_of(was, CHOICES), words_of(now, CHOICES), 2 * CHOICES)
    hidden = not side.reader.causal
    actual = side.token if hidden else side.token + 1
    known = actual < len(side.sentence) and not (hidden and side.reader.mask_id is None)
    piece = int(side.sentence.ids[actual]) if known else -1
    chances = (float(now[piece]), float(was[piece])) if known else (math.nan, math.nan)
    size = len(p.text.encode("utf-8", "replace")) - len(side.sentence.pieces[0])
    if hidden:
        loss, loss_plain = (-math.log(max(chance, 1e-45)) if known else math.nan for chance in chances)
        scored, per_byte, per_byte_plain = 1, math.nan, math.nan
    else:
        (loss, per_byte), (loss_plain, per_byte_plain) = (_loss(one, size) for one in (side, plain))
        scored = len(side.sentence) - 1
    rank = _ranking(side, ctx)
    lens = torch.softmax(side.reader.unembed(lens_at).float(), -1)
    top = lens.topk(LENS_WORDS)
    return {
        "hidden": hidden,
        "choices": tuple(words.visible(side.reader.label(piece)) for piece in pieces),
        "chance": now[pieces].numpy().astype(np.float64),
        "plain": was[pieces].numpy().astype(np.float64),
        "actual": words.visible(side.sentence.labels[actual]) if known else "",
        "actual_chance": chances[0],
        "actual_plain": chances[1],
        "loss": loss,
        "loss_plain": loss_plain,
        "byte_bits": per_byte,
        "byte_bits_plain": per_byte_plain,
        "scored": scored,
        "kinds": rank.kinds,
        "scores": rank.scores,
        "order": rank.order,
        "counts": rank.counts,
        "lens_words": tuple(
            tuple(words.visible(side.reader.label(int(piece))) for piece in row) for row in top.indices
        ),
        "lens": top.values.numpy().astype(np.float64),
    }


def _guess(side: Side, ctx: Ctx) -> tuple[Tensor, Tensor]:
    """The distribution [vocabulary] asked for at the token, and the stream there by layer [layer+1 width].

    A causal model is asked what follows the token; one that sees all, what the token is when it is hidden.
    """
    look = side.look
    if not side.reader.causal and side.reader.mask_id is not None:
        ids = side.reader.hidden(side.sentence.ids, side.token)
        look = read(side.source, Sentence(ids, side.sentence.labels, side.sentence.pieces), side.change, ctx)
    stream = look.reading.residual[:, side.token]
    return torch.softmax(side.reader.unembed(stream[-1]).float(), -1), stream


def _loss(side: Side, size: int) -> tuple[float, float]:
    """Nats for each token after the first, and bits for each byte of them."""
    bits = side.look.reading.bits[1:].double()
    if not len(bits):
        return math.nan, math.nan
    return float(bits.mean()) * math.log(2), float(bits.sum()) / size if size > 0 else math.nan


def _ranking(side: Side, ctx: Ctx) -> Ranking:
    induction = None
    if side.reader.causal:
        reader = side.reader
        induction = ctx.memo(
            ("induction", side.source.key),
            lambda: reader.induction(lambda share, _note: ctx.tick(share, 1.0, "looking for induction heads"), DRAWS),
        )
    return ranking(side.look, side.sentence, side.reader, side.change, induction, DRAWS)


def _second(side: Side, plain: Side, p: Params, ctx: Ctx) -> dict[str, Any]:
    """The other side of a comparison."""
    if p.compare == "nothing":
        return {}
    try:
        other = _other(side, plain, p, ctx)
    except NothingToRead as nothing:
        return {"problem_b": str(nothing)}
    show = "head" if p.compare == "heads" else p.show
    head = words.title(show, other.layer, other.head)
    title = {
        "before": f"{head}, as trained",
        "heads": head,
        "sentences": f"{head}, second sentence",
        "models": f"{head} of {other.reader.name}",
    }[p.compare]
    found = {
        "model_b": other.reader.name,
        "title_b": title,
        "layer_b": other.layer,
        "head_b": other.head,
        "token_b": other.token,
        "tokens_b": tuple(words.visible(label) for label in other.sentence.labels),
        "weights_b": other.look.plane(show, other.layer, other.head),
    }
    found["seen_b"] = _visible(other)
    if other.sentence.labels == side.sentence.labels:
        found["difference"] = side.look.plane(p.show, side.layer, side.head) - found["weights_b"]
    return found | ({"thumbs_b": other.look.thumbs, "pool_b": other.look.pool} if p.compare == "models" else {})


def _other(side: Side, plain: Side, p: Params, ctx: Ctx) -> Side:
    if p.compare == "before":
        return plain
    if p.compare == "heads":
        return _side(side.source, side.sentence, side.change, p.layer_b, p.head_b, p.token, ctx)
    if p.compare == "sentences":
        found = sentence_of(side.source, p.text_b)
        return _side(side.source, found, side.change, p.layer, p.head, p.token, ctx)
    one = source(p, ctx, second=True)
    change = change_of(p, one.reader, ablate=False)
    return _side(one, sentence_of(one, p.text), change, p.layer_b, p.head_b, p.token, ctx)


def sentence(frame: Frame, p: Params, look: Look) -> str:
    """What is seen now."""
    return words.sentence(frame, p)


def formula(p: Params, look: Look) -> Formula | None:
    """Vaswani et al. 2017, eq. 1, for one pair of tokens, with the mask and ALiBi (Press et al. 2022) in it."""
    tex = (
        r"\term{weight}{A_{ij}} = \mathrm{softmax}_j\left(\frac{\term{q}{q_i} \cdot \term{k}{k_j}}{\term{d}{\sqrt{d}}}"
        r" - \term{alibi}{m}\,|i - j| + \term{mask}{M_{ij}}\right)"
    )
    return Formula(
        tex,
        (
            Term("weight", "how much of its attention token i gives to token j", ""),
            Term("q", "query of the token looked at: what it looks for", "query"),
            Term("k", "key of its partner: what it offers", "key"),
            Term("d", "numbers in a query; the root keeps scores of size one", ""),
            Term("alibi", "ALiBi slope: what each token of distance costs", ""),
            Term("mask", "0 where i may look at j, minus infinity where not", ""),
        ),
    )


def readings(frame: Frame, p: Params, look: Look) -> Mapping[str, float | str]:
    """The numbers of the pair looked at."""
    if frame.problem or frame.q is None or frame.k is None:
        return {}
    return {
        "weight": frame.weight,
        "q": f"of “{frame.tokens[frame.token]}”",
        "k": f"of “{frame.tokens[frame.partner]}”",
        "d": 1 / frame.scale,
        "alibi": p.alibi,
        "mask": "−∞" if math.isinf(frame.shift) else 0.0,
    }
