"""Sentences, formulas and live values of the panel."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from courseai_lab.contract import Formula, Term
from courseai_lab.kernels.attention_steps import Mask, Way
from courseai_lab.kernels.number_text import number, percent, plural
from courseai_lab.panels.attention_steps.frame import Frame
from courseai_lab.panels.attention_steps.params import Page, Source, StepsLook, StepsParams

STAGE_WORDS = {
    "x": "X: one row of numbers for each token",
    "q": "Q: what each token looks for",
    "k": "K: what each token offers",
    "v": "V: what each token hands over",
    "q_flat": "queries, before they are turned by their positions",
    "k_flat": "keys, before they are turned by their positions",
    "k_t": "K is transposed: its rows become columns",
    "scores": "scores: every query times every key",
    "scaled": "every score is divided by √d",
    "masked": "where a query may not look, the score becomes −∞",
    "weights": "softmax: every row becomes shares that sum to 1",
    "output": "output: every row mixes the rows of V by its weights",
    "heads": "every head attends by itself",
    "concat": "the heads' outputs are put side by side",
    "y": "the joined heads are multiplied by W_O",
}
WAYS = {
    Way.DOT: "cell by cell, each a row times a column",
    Way.ROWS: "row by row, each a mix of the right matrix's rows",
    Way.OUTER: "as a sum of outer products, a column times a row each",
}
_Q = r"\term{q}{Q}"
_K = r"\term{k}{K}"
_V = r"\term{v}{V}"


def sentence(frame: Frame, params: StepsParams, look: StepsLook) -> str:
    """What is seen now, with its numbers."""
    if frame.page == Page.SCALE.value:
        return _scale_sentence(frame, params)
    done = frame.stage == len(frame.stages) - 1 and frame.at == frame.of
    if not done:
        said = _stage_sentence(frame)
    elif frame.page == Page.HEADS.value:
        said = _heads_sentence(frame)
    else:
        said = _result_sentence(frame, params)
    return f"{said} {frame.note}".strip()


def _stage_sentence(frame: Frame) -> str:
    name = frame.stages[frame.stage]
    text = STAGE_WORDS[name]
    if frame.of > 1:
        text += f"; {frame.at} of {frame.of}"
        products = {"q", "k", "v", "q_flat", "k_flat", "scores", "output", "y"}
        turned = name in ("q", "k") and frame.q_flat is not None
        if name in products and not turned:
            text += f", {WAYS[Way(frame.way)]}"
    return text[0].upper() + text[1:] + "."


def _result_sentence(frame: Frame, params: StepsParams) -> str:
    assert frame.weights is not None and frame.entropy is not None
    assert frame.other_weights is not None and frame.other_entropy is not None
    if not frame.weights.any():
        return "Every token is padding: there is nothing to look at, so all weights are 0 and the output is 0."
    open_to = np.full(len(frame.weights), frame.weights.shape[1])
    if frame.masked is not None:
        open_to = np.count_nonzero(frame.masked > -np.inf, axis=1)
    # A row that sees one key alone has no choice: its 100 % says nothing.
    telling = frame.weights * (open_to > 1)[:, None] if (open_to > 1).any() else frame.weights
    row, col = (int(i) for i in np.unravel_index(int(np.argmax(telling)), telling.shape))
    most = np.log2(open_to[row])
    other = "without √d" if params.divide else "with √d"
    said = (
        f"The sharpest look: “{_word(frame, row)}” gives {percent(float(frame.weights[row, col]))} of its weight to "
        f"“{_word(frame, col)}”, entropy {_bits(float(frame.entropy[row]))} of at most {number(float(most))} bits; "
        f"{other} it would be {percent(float(frame.other_weights[row, col]))} and "
        f"{_bits(float(frame.other_entropy[row]))} bits."
    )
    if params.source is Source.HEAD and params.mask is not Mask.CAUSAL:
        said += " The network itself was trained with the causal mask."
    return said


def _bits(value: float) -> str:
    return "under 0.001" if 0 < value < 1e-3 else number(value)


def _word(frame: Frame, at: int) -> str:
    return frame.labels[at].strip() or "␣"


def _heads_sentence(frame: Frame) -> str:
    assert frame.h_q is not None and frame.h_v is not None and frame.concat is not None
    assert frame.w_o is not None and frame.y is not None
    count, tokens, dim = frame.h_q.shape
    value = frame.h_v.shape[2]
    return (
        f"{plural(count, 'head')} of d = {dim}: each turns {tokens} tokens into {tokens} × {value}; side by side they "
        f"are {tokens} × {frame.concat.shape[1]}, and W_O ({frame.w_o.shape[0]} × {frame.w_o.shape[1]}) makes "
        f"{tokens} × {frame.y.shape[1]} of them."
    )


def _scale_sentence(frame: Frame, params: StepsParams) -> str:
    assert frame.sizes is not None and frame.variance is not None and frame.entropy_bits is not None
    assert frame.slope is not None and frame.largest is not None
    at = frame.stage
    raw, divided = frame.variance[:, at]
    return (
        f"d = {int(frame.sizes[at])}: the variance of q·k is {number(float(raw))} (theory: {int(frame.sizes[at])}), "
        f"after division by √d {number(float(divided))} (theory: 1). Without it the largest of {params.keys} weights "
        f"is {percent(float(frame.largest[0, at]))} on average, the entropy {number(float(frame.entropy_bits[0, at]))} "
        f"bits and softmax's slope {number(float(frame.slope[0, at]))}; with it "
        f"{percent(float(frame.largest[1, at]))}, {number(float(frame.entropy_bits[1, at]))} bits and "
        f"{number(float(frame.slope[1, at]))}. Dots are measured, lines are theory."
    )


def formula(params: StepsParams, look: StepsLook) -> Formula:
    """Eq. 1 of Vaswani et al. (2017), the joined heads of its section 3.2.2, or the variance of its footnote 4."""
    if params.page is Page.SCALE:
        return Formula(
            r"\term{variance}{\mathrm{Var}(q \cdot k)} = \sum_{i=1}^{d} \mathrm{Var}(q_i k_i) = d, \qquad "
            r"\term{divided}{\mathrm{Var}\left(\frac{q \cdot k}{\sqrt{d}}\right)} = 1, \qquad "
            r"\term{slope}{\mathrm{tr}\,\frac{\partial a}{\partial s}} = 1 - \sum_j a_j^2",
            (
                Term("variance", "variance of the product of two random vectors of length d"),
                Term("divided", "its variance after the division", "model"),
                Term("slope", "size of softmax's Jacobian: 0 where one weight is 1, so nothing is learned", "gradient"),
            ),
        )
    if params.page is Page.HEADS:
        return Formula(
            r"\term{heads}{\mathrm{head}_h} = \mathrm{attention}(X W_Q^h,\, X W_K^h,\, X W_V^h), \qquad "
            r"\term{y}{Y} = \term{concat}{\mathrm{concat}(\mathrm{head}_1, \ldots, \mathrm{head}_H)}\, \term{w_o}{W_O}",
            (
                Term("heads", "each head attends with its own matrices"),
                Term("concat", "the heads' outputs side by side"),
                Term("w_o", "mixes the heads and brings them back to the width of the stream"),
                Term("y", "what attention adds to the stream"),
            ),
        )
    inside = (r"\frac{Q K^\top}{\sqrt{d}}" if params.divide else r"Q K^\top") + (
        r" + M" if params.mask is not Mask.NONE else ""
    )
    start = (
        rf"{_Q} = X W_Q,\;\; {_K} = X W_K,\;\; {_V} = X W_V, \qquad "
        if params.source in (Source.TYPED, Source.RANDOM)
        else rf"{_Q},\; {_K},\; {_V}: \qquad "
    )
    terms = [
        Term("q", "queries, one row per token: what it looks for", "query"),
        Term("k", "keys, one row per token: what it offers", "key"),
        Term("v", "values, one row per token: what it hands over", "value"),
        Term("weights", "attention weights: each row sums to 1"),
        Term("output", "each row is a mix of the rows of V"),
    ]
    return Formula(
        start + r"\term{output}{O} = \term{weights}{\mathrm{softmax}\left(" + inside + r"\right)}\, V", tuple(terms)
    )


def _shape(array: np.ndarray) -> str:
    return " × ".join(str(n) for n in array.shape)


def readings(frame: Frame, params: StepsParams, look: StepsLook) -> Mapping[str, float | str]:
    """Shapes of the matrices, or the numbers at the present d."""
    if frame.page == Page.SCALE.value:
        assert frame.variance is not None and frame.slope is not None
        at = frame.stage
        return {
            "variance": float(frame.variance[0, at]),
            "divided": float(frame.variance[1, at]),
            "slope": f"{number(float(frame.slope[0, at]))} without, {number(float(frame.slope[1, at]))} with √d",
        }
    names = ("concat", "w_o", "y") if frame.page == Page.HEADS.value else ("q", "k", "v", "weights", "output")
    out = {name: _shape(getattr(frame, name)) for name in names}
    if frame.h_out is not None:
        out["heads"] = f"{frame.h_out.shape[0]} of {frame.h_out.shape[1]} × {frame.h_out.shape[2]}"
    return out
