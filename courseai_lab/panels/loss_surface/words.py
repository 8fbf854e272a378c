"""The panel in words: formulas of the optimisers, live values of their terms, marks on sliders, what is seen now."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from courseai_lab.contract import Formula, Mark, Term
from courseai_lab.kernels.momentum_rate import largest_stable_rate
from courseai_lab.kernels.surfaces import SURFACES
from courseai_lab.panels.loss_surface.params import LossLook, LossParams
from courseai_lab.panels.loss_surface.params_rules import RULE_NAMES, Rule
from courseai_lab.panels.loss_surface.params_surface import Directions, SurfaceName

if TYPE_CHECKING:
    from courseai_lab.panels.loss_surface.frame import Frame

SHOWN_RULES = 2
_G = r"\term{gradient}{g}"
_M = r"\term{velocity}{m}"
_V = r"\term{squares}{v}"
_T = r"\term{theta}{\theta}"
_HATS = rf"{_M}" r" \leftarrow \beta_1 m + (1-\beta_1)\," rf"{_G},\; {_V}" r" \leftarrow \beta_2 v + (1-\beta_2)\,g^2"
_STEP = r"\frac{\hat m}{\sqrt{\hat v}+\epsilon}"

_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def _lr(rule: Rule) -> str:
    return rf"\term{{lr_{rule.value}}}{{\eta}}\,"


def _mu(rule: Rule) -> str:
    return rf"\term{{mu_{rule.value}}}{{\mu}}"


_RULES: Mapping[Rule, str] = MappingProxyType(
    {
        Rule.SGD: rf"{_T} \leftarrow \theta - {_lr(Rule.SGD)}{_G}",
        Rule.MOMENTUM: rf"\term{{velocity}}{{b}} \leftarrow {_mu(Rule.MOMENTUM)}\, b + {_G},\; "
        rf"{_T} \leftarrow \theta - {_lr(Rule.MOMENTUM)}b",
        Rule.NESTEROV: rf"\term{{velocity}}{{b}} \leftarrow {_mu(Rule.NESTEROV)}\, b + {_G},\; "
        rf"{_T} \leftarrow \theta - {_lr(Rule.NESTEROV)}(g + \mu b)",
        Rule.ADAGRAD: rf"\term{{squares}}{{G}} \leftarrow G + {_G}^2,\; "
        rf"{_T} \leftarrow \theta - {_lr(Rule.ADAGRAD)}\frac{{g}}{{\sqrt{{G}}+\epsilon}}",
        Rule.RMSPROP: rf"{_V} \leftarrow \alpha v + (1-\alpha)\,{_G}^2,\; "
        rf"{_T} \leftarrow \theta - {_lr(Rule.RMSPROP)}\frac{{g}}{{\sqrt{{v}}+\epsilon}}",
        Rule.ADAM: rf"{_HATS},\; {_T} \leftarrow \theta - {_lr(Rule.ADAM)}{_STEP}",
        Rule.ADAMW: rf"{_HATS},\; {_T} \leftarrow (1-\eta\lambda)\,\theta - {_lr(Rule.ADAMW)}{_STEP}",
        Rule.AMSGRAD: rf"{_HATS},\; {_T} \leftarrow \theta - {_lr(Rule.AMSGRAD)}"
        r"\frac{\hat m}{\sqrt{\hat v_{\max}}+\epsilon}",
        Rule.LION: rf"{_T} \leftarrow \theta - {_lr(Rule.LION)}"
        rf"\mathrm{{sign}}(\beta_1 {_M} + (1-\beta_1)\,{_G})",
    }
)
_TERMS = MappingProxyType(
    {
        "loss": Term("loss", "the loss, which the ball's height shows", "loss"),
        "theta": Term("theta", "the two parameters: where the ball is"),
        "gradient": Term("gradient", "the gradient, uphill; noisy where minibatches are on", "gradient"),
        "velocity": Term("velocity", "the remembered gradient, which keeps the ball rolling"),
        "squares": Term("squares", "sum or average of squared gradients, for each coordinate"),
    }
)
_SURFACE_TEX = MappingProxyType(
    {
        SurfaceName.NETWORK: r"\term{loss}{L}(a,b) = L(\theta_{end} + a\,d_1 + b\,d_2)",
        SurfaceName.CUSTOM: r"\term{loss}{f}(x,y)",
    }
)


def formula(p: LossParams, look: LossLook) -> Formula:
    """The surface and the update rules of the first optimisers chosen."""
    parts = [_surface_tex(p)]
    shown = p.optimizers[:SHOWN_RULES]
    parts += [rf"\mathrm{{{RULE_NAMES[rule]}:}}\; {_RULES[rule]}" for rule in shown]
    tex = r" \qquad ".join(parts)
    named = {name for name, _ in Formula(tex).pieces() if name}
    terms = [term for name, term in _TERMS.items() if name in named]
    for rule in shown:
        if f"lr_{rule.value}" in named:
            terms.append(Term(f"lr_{rule.value}", f"learning rate of {RULE_NAMES[rule]}"))
        if f"mu_{rule.value}" in named:
            terms.append(Term(f"mu_{rule.value}", f"share of {RULE_NAMES[rule]}'s velocity kept at each step"))
    return Formula(tex, tuple(terms))


def _surface_tex(p: LossParams) -> str:
    if p.surface in _SURFACE_TEX:
        return _SURFACE_TEX[p.surface]
    left, _, right = SURFACES[p.surface.value].tex.partition("=")
    head = left.strip()
    return rf"\term{{loss}}{{{head[0]}}}{head[1:]} = {right}"


def readings(frame: Frame, p: LossParams, look: LossLook) -> Mapping[str, float | str]:
    """Live values of the formula's terms at the step shown, by racer."""
    shown = [k for k, rule in enumerate(frame.rules) if Rule(rule) in p.optimizers[:SHOWN_RULES]]
    named = {term.id for term in formula(p, look).terms}
    out: dict[str, float | str] = {}
    pairs = {"theta": frame.path, "gradient": frame.gradient, "velocity": frame.velocity, "squares": frame.squares}
    for name, values in pairs.items():
        texts = [
            f"{frame.labels[k]} ({number(values[k, frame.at(k), 0])}, {number(values[k, frame.at(k), 1])})"
            for k in shown
            if not np.isnan(values[k, frame.at(k)]).any()
        ]
        out[name] = " · ".join(texts)
    out["loss"] = " · ".join(f"{frame.labels[k]} {number(frame.loss[k, frame.at(k)])}" for k in shown)
    update = min(frame.step, len(frame.factor) - 1)
    for k in shown:
        out.setdefault(f"lr_{frame.rules[k]}", float(frame.learning_rate[k] * frame.factor[update]))
        out.setdefault(f"mu_{frame.rules[k]}", float(frame.memory[k]))
    return {name: value for name, value in out.items() if name in named and value != ""}


def marks(frame: Frame, p: LossParams) -> Mapping[str, tuple[Mark, ...]]:
    """The largest stable rates, where the curvature is the same everywhere."""
    if frame.curvature is None:
        return {}
    _, L = frame.curvature
    return {
        "lr_sgd": (Mark(largest_stable_rate(L), "2/L, the largest stable rate"),),
        "lr_momentum": (Mark(largest_stable_rate(L, p.mu_momentum), "2(1 + μ)/L, the largest stable rate"),),
    }


def sentence(frame: Frame, p: LossParams, look: LossLook) -> str:
    """Who is lowest now, who has finished or diverged, and why where that is known."""
    return " ".join((*frame.notes, _standing(frame), *_told(frame, p)))


def _standing(frame: Frame) -> str:
    losses = [float(frame.loss[k, frame.at(k)]) for k in range(frame.racers)]
    alive = [k for k in range(frame.racers) if math.isfinite(losses[k]) and not gone(frame, k)]
    where = f"Step {frame.step} of {frame.steps}"
    if not alive:
        return f"{where}: no racer is left on the surface."
    best = min(alive, key=lambda k: losses[k])
    if frame.racers == 1:
        return f"{where}: {frame.labels[0]} stands at loss {number(losses[0])}."
    if frame.step == 0:
        return f"{where}: all {frame.racers} start at loss {number(losses[best])}."
    return f"{where}: {frame.labels[best]} is lowest, at loss {number(losses[best])}."


def _told(frame: Frame, p: LossParams) -> list[str]:
    out = []
    done = [(s, k) for k, s in enumerate(frame.steps_to) if s is not None and s <= frame.step and not gone(frame, k)]
    if done and frame.step > 0:
        first = min(done)
        others = f", {len(done) - 1} more since" if len(done) > 1 else ""
        out.append(
            f"{frame.labels[first[1]]} was first past the finish ({number(frame.goal)}), at step {first[0]}{others}."
        )
    out += [_divergence(frame, p, k) for k in range(frame.racers) if gone(frame, k) and frame.last[k] > 0]
    if p.surface is SurfaceName.NETWORK and p.directions is Directions.PATH and not math.isnan(frame.explained[0]):
        share = 100.0 * sum(frame.explained)
        out.append(f"The plane holds {share:.1f}\u202f% of the training path.")
    return out


def gone(frame: Frame, racer: int) -> bool:
    """Whether the racer has diverged by the step shown."""
    return bool(frame.diverged[racer]) and frame.step > int(frame.last[racer])


def _divergence(frame: Frame, p: LossParams, k: int) -> str:
    label, step = frame.labels[k], int(frame.last[k]) + 1
    text = f"{label} diverged at step {step}"
    rate = float(frame.learning_rate[k])
    if frame.curvature is not None and frame.rules[k] in ("sgd", "momentum"):
        limit = largest_stable_rate(frame.curvature[1], float(frame.memory[k]))
        name = "2/L" if frame.rules[k] == "sgd" else "2(1 + μ)/L"
        if rate > limit:
            return f"{text}: its rate {number(rate)} is above {name} = {number(limit)}."
    return f"{text}, past a million or no longer a number: lower its rate {number(rate)}, or clip."


def number(value: float) -> str:
    """Three significant digits, with a true minus sign and words for what has no digits."""
    if math.isnan(value):
        return "undefined"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    mantissa, _, power = f"{value:.3g}".partition("e")
    raised = f"×10{str(int(power)).translate(_RAISED)}" if power else ""
    return mantissa.replace("-", "−") + raised
