"""A soft lookup in the plane; and pairs written one by one into a fixed state, beside attention over all of them."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import replace

import numpy as np

from courseai_lab.contract import Ctx
from courseai_lab.kernels import associative as am
from courseai_lab.kernels import lookup as kl
from courseai_lab.panels.attention_lookup.frame import Frame
from courseai_lab.panels.attention_lookup.params import REACH, LookupLook, LookupParams, Page, Rule
from courseai_lab.panels.attention_lookup.script import script
from courseai_lab.panels.attention_lookup.words import formula, readings, sentence

__all__ = ["Frame", "Look", "Params", "formula", "readings", "run", "script", "sentence"]

Params = LookupParams
Look = LookupLook
LARGEST = 20.0
"""Up to e to this power, exponentials are shown as they are; past it the largest score is taken off first."""
SIDE = 61
"""Places of the plane along each side."""
LENGTHS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
"""Sequence lengths at which recall is measured."""


def run(p: LookupParams, ctx: Ctx) -> Generator[Frame, LookupParams, None]:
    """Bahdanau et al. 2015; Luong et al. 2015; Vaswani et al. 2017. Memory: Schlag et al. 2021."""
    ctx.tick()
    if p.page is Page.LOOKUP:
        yield lookup_frame(p)
    else:
        yield from memory_frames(p, ctx)


def lookup_frame(p: LookupParams) -> Frame:
    """Scores, weights and blend of the query, and the weights of a query at every place of the plane."""
    q = np.array(p.query)
    keys, values = (np.array(points[: p.keys_shown]) for points in (p.keys, p.values))
    score, turn = kl.SCORES[p.score.value], math.radians(p.turn)
    scores = np.array(score(q, keys, turn, p.gain))
    weights = kl.softmax(scores, p.temperature)
    # Exponentials as a pocket calculator has them, unless they leave its display.
    shift = float(scores.max()) if np.abs(scores).max() / p.temperature > LARGEST else 0.0
    plane = np.linspace(-REACH, REACH, SIDE)
    places = np.stack(np.meshgrid(plane, plane), axis=-1).reshape(-1, 2)
    everywhere = kl.softmax(score(places, keys, turn, p.gain), p.temperature)  # [place key]
    return Frame(
        page=Page.LOOKUP.value,
        step=0,
        steps=0,
        query=q,
        keys=keys,
        values=values,
        scores=scores,
        raised=np.exp((scores - shift) / p.temperature),
        shift=shift,
        weights=weights,
        blend=np.array(weights @ values),
        entropy=float(kl.entropy_bits(weights)),
        plane=plane,
        plane_weights=np.array(everywhere.T.reshape(p.keys_shown, SIDE, SIDE)),
        plane_entropy=np.array(kl.entropy_bits(everywhere).reshape(SIDE, SIDE)),
        **dict.fromkeys(
            (
                "state",
                "state_right",
                "attention_right",
                "lengths",
                "state_by_length",
                "attention_by_length",
            )
        ),
        chance=math.nan,
    )


def memory_frames(p: LookupParams, ctx: Ctx) -> Generator[Frame, LookupParams, None]:
    """One frame before the first pair and one after each; recall by length first, since all frames show it."""
    symbols = am.unit_vectors((p.symbols, p.dim), ctx.rng("data", 0))
    measured = ctx.memo(_measure_key(p, ctx), lambda: _by_length(p, symbols, ctx))
    lengths, state_share, attention_share = measured
    keys, values, ids, queries = _drawn(p, p.pairs, symbols, ctx)
    state = np.zeros((p.trials, p.dim, p.dim))
    still = Frame(
        page=Page.MEMORY.value,
        step=0,
        steps=p.pairs,
        **dict.fromkeys(("query", "keys", "values", "scores", "raised", "weights", "blend")),
        shift=0.0,
        entropy=math.nan,
        **dict.fromkeys(("plane", "plane_weights", "plane_entropy")),
        state=state[0].copy(),
        state_right=np.full(p.pairs, np.nan),
        attention_right=np.full(p.pairs, np.nan),
        lengths=lengths,
        state_by_length=state_share,
        attention_by_length=attention_share,
        chance=1.0 / p.symbols,
    )
    yield still
    for at in range(p.pairs):
        ctx.tick(at, p.pairs)
        state = am.write(state, keys[:, at], values[:, at], p.rule.value, p.rate)
        seen = slice(0, at + 1)
        right = [np.full(p.pairs, np.nan) for _ in range(2)]
        asked = queries[:, seen]
        answers = (am.recall(state, asked), am.attend(keys[:, seen], values[:, seen], asked, p.sharpness))
        for share, answer in zip(right, answers, strict=True):
            share[seen] = (am.nearest_symbol(answer, symbols) == ids[:, seen]).mean(axis=0)
        yield replace(still, step=at + 1, state=state[0].copy(), state_right=right[0], attention_right=right[1])


def _measure_key(p: LookupParams, ctx: Ctx) -> tuple[object, ...]:
    rate = 1.0 if p.rule is Rule.SUM else p.rate
    return ("recall", p.dim, p.rule, rate, p.noise, p.sharpness, p.symbols, p.trials, ctx.seeds)


def _drawn(
    p: LookupParams, pairs: int, symbols: np.ndarray, ctx: Ctx
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Keys and values [trial pair dim], the values' symbols [trial pair] and queries for each key [trial pair dim]."""
    keys = am.unit_vectors((p.trials, pairs, p.dim), ctx.rng("data", 1, pairs))
    ids = ctx.rng("data", 2, pairs).integers(0, p.symbols, (p.trials, pairs))
    return keys, symbols[ids], ids, am.disturbed(keys, p.noise, ctx.rng("sample", pairs))


def _by_length(p: LookupParams, symbols: np.ndarray, ctx: Ctx) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Share of all pairs recalled after sequences of each length, from the state and by attention."""
    shares = np.empty((2, len(LENGTHS)))
    for k, pairs in enumerate(LENGTHS):
        ctx.tick(k, len(LENGTHS), "measuring recall")
        keys, values, ids, queries = _drawn(p, pairs, symbols, ctx)
        state = am.memorise(keys, values, p.rule.value, p.rate)
        for row, answer in enumerate((am.recall(state, queries), am.attend(keys, values, queries, p.sharpness))):
            shares[row, k] = (am.nearest_symbol(answer, symbols) == ids).mean()
    return np.array(LENGTHS), shares[0].copy(), shares[1].copy()
