"""Attention step by step: one head, several heads, and what the square root of d is for."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np

from courseai_lab.contract import Ctx
from courseai_lab.kernels import attention_scaling as scaling
from courseai_lab.kernels.attention_steps import Mask, attention_steps, entropy_bits, visible
from courseai_lab.panels.attention_steps.frame import Frame
from courseai_lab.panels.attention_steps.linked import followed, selections
from courseai_lab.panels.attention_steps.params import Page, Source, StepsLook, StepsParams
from courseai_lab.panels.attention_steps.script import script
from courseai_lab.panels.attention_steps.sources import Given, given
from courseai_lab.panels.attention_steps.unfold import Stage, frames
from courseai_lab.panels.attention_steps.words import formula, readings, sentence

__all__ = ["Frame", "Look", "Params", "followed", "formula", "readings", "run", "script", "selections", "sentence"]

Params = StepsParams
Look = StepsLook
NETWORK_HEADS = 6


def run(p: StepsParams, ctx: Ctx) -> Generator[Frame, StepsParams, None]:
    """Frames of the chosen page, unfolding; the last one is the whole computation."""
    ctx.tick()
    yield from {Page.STEPS: _one_head, Page.HEADS: _several_heads, Page.SCALE: _scale}[p.page](p, ctx)


def _seen(p: StepsParams, tokens: int) -> np.ndarray:
    return visible(p.mask, tokens, p.padding)


def _one_head(p: StepsParams, ctx: Ctx) -> Generator[Frame, StepsParams, None]:
    """Vaswani et al. (2017), eq. 1, from X (or Q, K, V) to the output."""
    start = given(p, ctx, 1)
    q, k, v = start.q[0], start.k[0], start.v[0]
    seen = _seen(p, len(q))
    steps = attention_steps(q, k, v, seen, divide=p.divide)
    other = attention_steps(q, k, v, seen, divide=not p.divide)
    parts: dict[str, Any] = {
        **start.first,
        "q": q,
        "k": k,
        "k_t": k.T,
        "v": v,
        "scores": steps.scores,
        "scaled": steps.scaled if p.divide else None,
        "masked": steps.masked if p.mask is not Mask.NONE else None,
        "weights": steps.weights,
        "output": steps.output,
        "entropy": entropy_bits(steps.weights),
        "other_weights": other.weights,
        "other_entropy": entropy_bits(other.weights),
    }
    yield from frames(p, start.labels, start.note, _with_edits(parts, start), _head_stages(parts, start))


def _head_stages(parts: dict[str, Any], start: Given) -> list[Stage]:
    stages = []
    if "x" in parts:
        stages.append(Stage("x"))
        turned = "q_flat" in parts
        for letter in "qkv":
            into = f"{letter}_flat" if turned and letter != "v" else letter
            stages.append(Stage(into, "x", f"w_{letter}", f"b_{letter}" if turned else ""))
        stages += [Stage("q", by_row=True), Stage("k", by_row=True)] if turned else []
    else:
        stages += [Stage("q"), Stage("k"), Stage("v")]
    stages += [Stage("k_t", by_row=True), Stage("scores", "q", "k_t")]
    stages += [Stage(name, by_row=True) for name in ("scaled", "masked") if parts[name] is not None]
    return [*stages, Stage("weights", by_row=True), Stage("output", "weights", "v")]


def _several_heads(p: StepsParams, ctx: Ctx) -> Generator[Frame, StepsParams, None]:
    """Vaswani et al. (2017), section 3.2.2: heads side by side, joined, times W_O."""
    start = given(p, ctx, max(p.heads, 2) if p.source is Source.HEAD else p.heads)
    if p.heads == 1 and p.source is not Source.HEAD:
        start = _single(start, p, ctx)
    assert start.w_o is not None
    steps = attention_steps(start.q, start.k, start.v, _seen(p, start.q.shape[1]), divide=p.divide)
    concat = np.concatenate(list(steps.output), axis=1)
    y = concat @ start.w_o
    parts = {
        **{name: start.first[name] for name in ("x",) if name in start.first},
        "h_q": start.q,
        "h_k": start.k,
        "h_v": start.v,
        "h_scores": steps.masked,
        "h_weights": steps.weights,
        "h_out": steps.output,
        "concat": concat,
        "w_o": start.w_o,
        "b_o": start.b_o,
        "y": y if start.b_o is None else y + start.b_o,
    }
    stages = [Stage("x")] if "x" in parts else []
    stages += [
        Stage("heads", count=len(start.q)),
        Stage("concat", count=len(start.q)),
        Stage("y", "concat", "w_o", "b_o" if start.b_o is not None else ""),
    ]
    yield from frames(p, start.labels, start.note, _with_edits(parts, start), stages)


def _single(start: Given, p: StepsParams, ctx: Ctx) -> Given:
    """One head and its output matrix: the first of two."""
    both = given(p.patched(heads=2), ctx, 2)
    assert both.w_o is not None
    start.w_o = both.w_o[: start.v.shape[2]]
    start.edited, start.note = both.edited, both.note
    return start


def _with_edits(parts: dict[str, Any], start: Given) -> dict[str, Any]:
    """The frame's arrays, each owning its memory, so that all frames share them."""
    parts["edited"] = np.array(start.edited, dtype=np.int64).reshape(-1, 3)
    return {name: value if value is None else np.array(value, order="C") for name, value in parts.items()}


def _scale(p: StepsParams, ctx: Ctx) -> Generator[Frame, StepsParams, None]:
    """Vaswani et al. (2017), footnote 4, measured over random draws; one frame for each d."""
    measured = ctx.memo(
        ("measured", p.keys, p.draws, ctx.seeds),
        lambda: scaling.measure(ctx.rng("data"), p.draws, p.keys, tick=ctx.tick),
    )
    theory = ctx.memo(("theory", p.keys), lambda: scaling.theory(p.keys))
    common: dict[str, Any] = {
        "sizes": np.array(scaling.SIZES),
        "variance": measured.variance,
        "entropy_bits": measured.entropy,
        "entropy_error": measured.error,
        "slope": measured.slope,
        "largest": measured.largest,
        "theory_variance": theory.variance,
        "theory_entropy": theory.entropy,
        "theory_slope": theory.slope,
    }
    count = len(scaling.SIZES)
    stages = tuple(f"d {size}" for size in scaling.SIZES)
    for at in range(count):
        samples = measured.samples[:, at].copy()
        yield Frame(p.page.value, stages, at, tuple(range(count)), at + 1, count, samples=samples, **common)
