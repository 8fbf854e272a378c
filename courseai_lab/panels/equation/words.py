"""The panel in words: formula, live values of its terms, marks on sliders, and what is seen now."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

from courseai_lab.contract import Formula, Mark
from courseai_lab.kernels.formula_typed import MAX_NUMBERS, typed_formula
from courseai_lab.kernels.number_text import number, percent
from courseai_lab.panels.equation.frame import Frame
from courseai_lab.panels.equation.headlines import headline
from courseai_lab.panels.equation.params import Equation, EquationLook, EquationParams
from courseai_lab.panels.equation.shapes import shape_text


def formula(p: EquationParams, look: EquationLook) -> Formula:
    """The formula that is taken apart."""
    return headline(p)


def reading(frame: Frame, id: str) -> str:
    """Live value and shape of a part."""
    k = frame.ids.index(id)
    shape = shape_text(frame.shapes[k])
    if not frame.known(id):
        return f"not worked out yet; {shape}"
    if not frame.shapes[k]:
        return f"{number(frame.number(id))}; one number"
    if frame.focus[k] is None:
        return f"shape {shape}"
    return f"{number(frame.number(id))} at the marked place; shape {shape}"


def readings(frame: Frame, p: EquationParams, look: EquationLook) -> Mapping[str, float | str]:
    """Live value and shape of every term of the formula."""
    out: dict[str, float | str] = {}
    for term in headline(p).terms:
        if term.id in frame.ids:
            out[term.id] = reading(frame, term.id)
        elif term.id == "time":
            out["time"] = f"{frame.fact('t'):.0f} of 0 to 999"
    return out


def marks(frame: Frame, p: EquationParams) -> Mapping[str, tuple[Mark, ...]]:
    """The largest stable learning rate of the valley, well-known values, and the names of one's own numbers."""
    out: dict[str, tuple[Mark, ...]] = {
        "beta1": (Mark(0.9, "usual"),),
        "beta2": (Mark(0.999, "usual"),),
        "dpo_beta": (Mark(0.1, "usual"),),
        "kl_weight": (Mark(1.0, "the bound"),),
        "temperature": (Mark(1.0, "plain softmax"),),
    }
    if p.equation in (Equation.UPDATE, Equation.MOMENTUM):
        limit = frame.fact("limit")
        out["lr"] = (Mark(limit, "diverges above"),) if limit <= 2.5 else ()
    if p.equation is Equation.OWN:
        names = typed_formula(p.typed).variables
        for k in range(MAX_NUMBERS):
            out[f"n{k + 1}"] = (Mark(0.0, f"{names[k]} = 0" if k < len(names) else "not in this formula"),)
    return out


def sentence(frame: Frame, p: EquationParams, look: EquationLook) -> str:
    """Which sub-term has just been worked out, or, at the end, what the formula has done."""
    if frame.done < frame.steps:
        done = f"Step {frame.done} of {frame.steps}"
        nearest = frame.ids.index(frame.worked[frame.done])
        coming = f"next, {frame.meanings[nearest]}"
        if frame.done == 0:
            return f"The numbers are put in; {coming}."
        last = frame.worked[frame.done - 1]
        k = frame.ids.index(last)
        return (
            f"{done}: {frame.meanings[k]} = {number(frame.number(last))}; {coming}."
            if (not math.isnan(frame.number(last)))
            else f"{done}: {frame.meanings[k]}; {coming}."
        )
    return _ENDS[p.equation](frame, p)


def _update(f: Frame, p: EquationParams) -> str:
    w, new, best = f.number("w"), f.number("new"), p.best
    went = f"The slope is {number(f.number('g'))}, so w goes from {number(w)} to {number(new)}"
    if abs(new - best) > abs(w - best) * (1 + 1e-12):
        return f"{went}: further from the lowest point than before, for η is above 2/k = {number(f.fact('limit'))}."
    if (new - best) * (w - best) < 0:
        return f"{went}: past the lowest point, to the other side, but nearer."
    return f"{went}; the loss falls from {number(_loss(p, w))} to {number(_loss(p, new))}."


def _loss(p: EquationParams, w: float) -> float:
    return 0.5 * p.curvature * (w - p.best) ** 2


def _momentum(f: Frame, p: EquationParams) -> str:
    kept, g = f.number("kept"), f.number("g")
    if kept == 0:
        return f"There is no velocity yet: the step is the gradient's alone, {number(f.number('step'))}."
    how = "add up" if kept * g > 0 else "pull against each other"
    return (
        f"Kept velocity {number(kept)} and gradient {number(g)} {how}: the step is {number(f.number('step'))}, "
        f"where the gradient alone would have made it {number(p.lr * g)}."
    )


def _adam(f: Frame, p: EquationParams) -> str:
    ratio = abs(f.number("step")) / p.adam_lr
    return (
        f"At step {p.t} the gradient is {number(f.number('g'))}; correction turns m = {number(f.number('m'))} into "
        f"{number(f.number('m_hat'))} and v = {number(f.number('v'))} into {number(f.number('v_hat'))}. The step is "
        f"{number(f.number('step'))}: {number(ratio)} times the learning rate, whatever the gradient's size."
    )


def _forward(f: Frame, p: EquationParams) -> str:
    return (
        f"At t = {f.fact('t'):.0f} the image enters with weight {number(f.number('signal'))} and the noise with "
        f"{number(f.number('noise'))}; their squares add up to 1. The marked pixel goes from "
        f"{number(f.number('image'))} to {number(f.number('xt'))}."
    )


def _attention(f: Frame, p: EquationParams) -> str:
    weights = f.value("weights")
    row, column = f.focus[f.ids.index("weights")] or (0, 0)
    most = int(weights[row].argmax())
    takes = f"Token {row + 1} takes {percent(float(weights[row, column]))} from token {column + 1}"
    wait = " Rows or columns without a partner in the other matrices are left out." if f.fact("waiting") else ""
    if weights[row, column] == weights[row, most]:
        return f"{takes}, from no other more; its shares add up to 1.{wait}"
    much = percent(float(weights[row, most]))
    return f"{takes}, and most, {much}, from token {most + 1}; its shares add up to 1.{wait}"


def _softmax(f: Frame, p: EquationParams) -> str:
    share = f.value("p")
    top = int(share.argmax())
    most = percent(float(share[top]))
    got = f"Class {_place(f, 'p')} gets {percent(f.number('p'))}"
    if top + 1 == _place(f, "p"):
        return f"{got}, the largest share, at T = {number(p.temperature)}; all shares add up to 1."
    return f"{got}; the largest share, {most}, goes to class {top + 1} at T = {number(p.temperature)}."


def _place(f: Frame, id: str) -> int:
    focus = f.focus[f.ids.index(id)]
    return 1 if focus is None else focus[0] + 1


def _cross_entropy(f: Frame, p: EquationParams) -> str:
    loss = f.number("loss")
    even = math.log(f.shapes[f.ids.index("logits")][0])
    sure = f"The true class {_place(f, 'logits')} has probability {percent(math.exp(-loss))}"
    return f"{sure}, so the loss is {number(loss)} nats; guessing evenly would cost {number(even)}."


def _layer_norm(f: Frame, p: EquationParams) -> str:
    return (
        f"Mean {number(f.number('mean'))} is taken off and the rest divided by {number(f.number('spread'))}: feature "
        f"{_place(f, 'features')} goes from {number(f.number('features'))} to {number(f.number('y'))}."
    )


def _vae(f: Frame, p: EquationParams) -> str:
    bound, evidence = f.number("bound"), f.fact("evidence")
    cost = number(p.kl_weight * f.number("kl"))
    said = f"Reconstruction {number(f.number('fit'))} less divergence {cost} is {number(bound)}"
    if bound > evidence:
        return f"{said}, above ln p(x) = {number(evidence)}: with β below 1 it is no bound."
    gap = number(evidence - bound)
    closes = "where encoder and true posterior agree" if p.kl_weight == 1 else "only with β = 1"
    return f"{said}; ln p(x) is {number(evidence)}, and the gap of {gap} can close {closes}."


def _dpo(f: Frame, p: EquationParams) -> str:
    h, sigma = f.number("h"), f.number("sigma")
    way = "more" if f.number("margin") > 0 else "less"
    gained = f"The preferred answer gained {number(abs(f.number('margin')))} nats {way} than the rejected one"
    right = f"the preference comes out right with {percent(sigma)}"
    return f"{gained}, a logit of {number(h)}: {right}, and {percent(1 - sigma)} of the pull is left."


def _own(f: Frame, p: EquationParams) -> str:

    value = f.number(f.ids[-1])
    given = [id for id, rule in zip(f.ids, f.rules, strict=True) if not rule]
    if math.isnan(value):
        return (
            "These numbers have no result among the real numbers: a root or logarithm of something negative, perhaps."
        )
    return f"With {len(given)} numbers put in and {f.steps} operations the result is {number(value)}."


_ENDS: Mapping[Equation, Callable[[Frame, EquationParams], str]] = MappingProxyType(
    {
        Equation.UPDATE: _update,
        Equation.MOMENTUM: _momentum,
        Equation.ADAM: _adam,
        Equation.FORWARD: _forward,
        Equation.ATTENTION: _attention,
        Equation.SOFTMAX: _softmax,
        Equation.CROSS_ENTROPY: _cross_entropy,
        Equation.LAYER_NORM: _layer_norm,
        Equation.VAE: _vae,
        Equation.DPO: _dpo,
        Equation.OWN: _own,
    }
)
