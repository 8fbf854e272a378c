"""Formula, live values and the sentence below the picture."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from courseai_lab.contract import Formula, Term
from courseai_lab.kernels.number_text import number, percent
from courseai_lab.panels.attention_lookup.params import LookupLook, LookupParams, Page, Rule, Score

if TYPE_CHECKING:
    from courseai_lab.panels.attention_lookup.frame import Frame

_SCORE_TEX = {
    Score.DOT: r"\term{q}{q}\cdot \term{k}{k_i}",
    Score.SCALED: r"\frac{\term{q}{q}\cdot \term{k}{k_i}}{\sqrt{d}}",
    Score.GENERAL: r"\term{q}{q}^\top \term{gain}{W}\, \term{k}{k_i}",
    Score.ADDITIVE: r"\sum_j \tanh\left(\term{gain}{g}\,(\term{q}{q}_j + \term{k}{k}_{i,j})\right)",
    Score.COSINE: r"\frac{\term{q}{q}\cdot \term{k}{k_i}}{|q|\,|k_i|}",
}
_RULE_TEX = {
    Rule.SUM: r"\term{state}{S} \leftarrow S + v\,k^\top",
    Rule.DECAY: r"\term{state}{S} \leftarrow \term{rate}{\lambda}\, S + v\,k^\top",
    Rule.DELTA: r"\term{state}{S} \leftarrow S + \term{rate}{\lambda}\,(v - S k)\,k^\top",
}
_Q = Term("q", "The query: what is asked for.", "query")
_K = Term("k", "A key: what each entry answers to.", "key")
_GAIN = Term("gain", "The learned matrix; here a rotation times a gain, or a gain alone.")


def formula(p: LookupParams, look: LookupLook) -> Formula:
    """The score, the softmax and the blend; or how the state is written and read."""
    if p.page is Page.MEMORY:
        tex = _RULE_TEX[p.rule] + r",\quad \term{answer}{\hat v} = S\,q"
        terms = [
            Term("state", "The recurrent state: d times d numbers, however many pairs it is to hold."),
            Term(
                "answer", "What the state gives for a query; right when its nearest symbol is the one stored.", "value"
            ),
        ]
        if p.rule is not Rule.SUM:
            terms.append(Term("rate", "The share that stays, or the step of the correction."))
        return Formula(tex, tuple(terms))
    tex = (
        r"\term{s}{s_i} = " + _SCORE_TEX[p.score] + r",\quad \term{w}{w_i} = "
        r"\frac{e^{s_i/\term{temperature}{T}}}{\sum_j e^{s_j/T}},\quad \term{o}{o} = \sum_i w_i\, \term{v}{v_i}"
    )
    terms = [
        Term("s", "How well the query fits key i."),
        _Q,
        _K,
        Term("w", "The share of key i: all shares add up to 1."),
        Term("temperature", "Divides the scores: small picks one key, large spreads over all."),
        Term("o", "The blend: the answer of the lookup.", "model"),
        Term("v", "What entry i holds.", "value"),
    ]
    if p.score in (Score.GENERAL, Score.ADDITIVE):
        terms.append(_GAIN)
    return Formula(tex, tuple(terms))


def readings(frame: Frame, p: LookupParams, look: LookupLook) -> dict[str, float | str]:
    """Live values by term."""
    if frame.weights is None or frame.scores is None or frame.blend is None or frame.query is None:
        share = frame.state_right
        held: dict[str, float | str] = {"state": f"{p.dim} × {p.dim} = {p.dim * p.dim} numbers"}
        if share is not None and frame.step:
            held["answer"] = f"{percent(float(share[: frame.step].mean()))} right"
        return held if p.rule is Rule.SUM else {**held, "rate": p.rate}
    top = int(frame.weights.argmax())
    out: dict[str, float | str] = {
        "q": _pair(frame.query),
        "k": f"k{top + 1} = {_pair(p.keys[top])}",
        "s": f"s{top + 1} = {number(float(frame.scores[top]))}",
        "w": f"w{top + 1} = {number(float(frame.weights[top]))}",
        "temperature": p.temperature,
        "o": _pair(frame.blend),
        "v": f"v{top + 1} = {_pair(p.values[top])}",
    }
    if p.score in (Score.GENERAL, Score.ADDITIVE):
        out["gain"] = p.gain
    return out


def _pair(point: object) -> str:
    x, y = (float(v) for v in point)  # type: ignore[attr-defined]
    return f"({number(round(x, 4))}, {number(round(y, 4))})"


def sentence(frame: Frame, p: LookupParams, look: LookupLook) -> str:
    """What is seen now, with its numbers."""
    if frame.weights is not None and frame.blend is not None:
        top = int(frame.weights.argmax())
        most = math.log2(p.keys_shown)
        return (
            f"Key {top + 1} gets {percent(float(frame.weights[top]))} of the weight; the blend is "
            f"{_pair(frame.blend)}. The weights are spread over {number(frame.entropy)} of at most {number(most)} bits."
        )
    state, attention = frame.state_right, frame.attention_right
    assert state is not None and attention is not None
    size = p.dim * p.dim
    if frame.step == 0:
        return f"An empty state of {size} numbers, and no pair yet. Play: pairs are written one by one."
    seen = slice(0, frame.step)
    pairs = "1 pair" if frame.step == 1 else f"{frame.step} pairs"
    return (
        f"After {pairs}, the state of {size} numbers gives back {percent(float(state[seen].mean()))} of them right, "
        f"the first one {percent(float(state[0]))} of the time; attention, with {frame.step * 2 * p.dim} numbers, "
        f"{percent(float(attention[seen].mean()))}. Guessing gives {percent(frame.chance)}."
    )
