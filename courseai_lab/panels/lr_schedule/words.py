"""The panel in words: formulas of the schedules, their values, and who trained best."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from courseai_lab.contract import Formula, Term
from courseai_lab.panels.lr_schedule.choices import NAMES, OWN_START, RULES, Name
from courseai_lab.panels.lr_schedule.params import ScheduleLook, ScheduleParams

if TYPE_CHECKING:
    from courseai_lab.panels.lr_schedule.compute import Frame

SHOWN = 3
TAIL = 10
"""A last tenth of the training tells whether a loss rests."""

_TEX: Mapping[Name, tuple[str, str, str]] = MappingProxyType(
    {
        Name.CONSTANT: ("", "", ""),
        Name.STEP: ("step_gamma", r"\gamma^{\lfloor t/P \rfloor}", "falls by a factor every P steps"),
        Name.MULTI_STEP: ("multi_gamma", r"\gamma^{n(t)}", "falls by a factor at each of the n(t) milestones reached"),
        Name.EXPONENTIAL: ("exp_gamma", r"\gamma^t", "falls by a factor at every step"),
        Name.POLYNOMIAL: ("poly_power", r"(1 - t/T)^p", "falls to zero as a power of what is left"),
        Name.COSINE: (
            "floor",
            r"\left(f + (1-f)\frac{1 + \cos(\pi t/T)}{2}\right)",
            "half a cosine from the peak to the floor",
        ),
        Name.WARM_RESTARTS: (
            "restart_period",
            r"\left(f + (1-f)\frac{1 + \cos(\pi t_i/T_i)}{2}\right)",
            "half cosines, each starting at the peak again",
        ),
        Name.ONE_CYCLE: ("cycle_share", r"c(t)", "up from a small rate to the peak, then down to almost nothing"),
        Name.WSD: ("wsd_share", r"\left(1 - (1-f)\frac{t-S}{T-S}\right)_{t>S}", "constant up to S, then down to f"),
        Name.INVERSE_SQRT: ("sqrt_scale", r"\sqrt{s/(s+t)}", "falls with the square root of the time"),
        Name.PLATEAU: ("plateau_factor", r"\gamma^{n}", "falls by a factor each time the loss has stopped falling"),
        Name.CYCLIC: ("tri_half", r"(f + (1-f)\,\Delta(t))", "triangles between the floor and the peak"),
    }
)
_VALUES: Mapping[Name, Callable[[ScheduleParams], str]] = MappingProxyType(
    {
        Name.STEP: lambda p: f"γ = {p.step_gamma:g}, P = {p.step_period}",
        Name.MULTI_STEP: lambda p: f"γ = {p.multi_gamma:g} at {', '.join(map(str, p.milestones)) or 'no step'}",
        Name.EXPONENTIAL: lambda p: f"γ = {p.exp_gamma:g}",
        Name.POLYNOMIAL: lambda p: f"p = {p.poly_power:g}",
        Name.COSINE: lambda p: f"f = {p.floor:g}",
        Name.WARM_RESTARTS: lambda p: f"first cycle {p.restart_period}, each {p.restart_growth} times as long",
        Name.ONE_CYCLE: lambda p: f"up for {100 * p.cycle_share:g} % of the steps",
        Name.WSD: lambda p: f"down over the last {100 * p.wsd_share:g} %",
        Name.INVERSE_SQRT: lambda p: f"s = {p.sqrt_scale}",
        Name.PLATEAU: lambda p: f"γ = {p.plateau_factor:g}, patience {p.patience}",
        Name.CYCLIC: lambda p: f"{p.tri_half} steps up, {p.tri_half} down",
    }
)


def formula(p: ScheduleParams, look: ScheduleLook) -> Formula:
    """The rates of the first schedules chosen, t counted from the end of the warm-up."""
    parts, terms = [], {"lr": Term("lr", "the peak rate")}
    for name in p.schedules[:SHOWN]:
        term, tex, meaning = _TEX[name]
        # A hyphen would be set as a minus sign.
        words = NAMES[name].replace("-", " ").replace(" ", r"\ ")
        part = rf"\mathrm{{{words}:}}\; \eta_t = \term{{lr}}{{\eta}}"
        if term:
            part += rf"\,\term{{{term}}}{{{tex}}}"
            terms[term] = Term(term, meaning)
        parts.append(part)
    return Formula(r" \qquad ".join(parts), tuple(terms.values()))


def readings(frame: Frame, p: ScheduleParams, look: ScheduleLook) -> Mapping[str, float | str]:
    """The values behind the terms."""
    out: dict[str, float | str] = {"lr": p.lr}
    for name in p.schedules[:SHOWN]:
        if _TEX[name][0]:
            out[_TEX[name][0]] = _VALUES[name](p)
    return out


def sentence(frame: Frame, p: ScheduleParams, look: ScheduleLook) -> str:
    """Who ends lowest, who still bounces, who diverged."""
    told = [*frame.notes, _standing(frame, p), *_bounce(frame), *_plateau(frame, p), *_start(p)]
    told += [
        f"{name.capitalize()} diverged at step {int(frame.last[k]) + 1}: lower the peak rate."
        for k, name in enumerate(frame.names)
        if frame.diverged(k)
    ]
    return " ".join(told)


def _standing(frame: Frame, p: ScheduleParams) -> str:
    end = frame.loss[:, -1]
    head = f"After {frame.steps} steps of {RULES[p.rule]} on batches of {p.batch}"
    alive = np.flatnonzero(np.isfinite(end))
    if not alive.size:
        return f"{head} no training is left."
    best = int(alive[end[alive].argmin()])
    if len(frame.names) == 1:
        return f"{head}, {frame.names[0]} ends at loss {number(end[best])}."
    worst = int(alive[end[alive].argmax()])
    text = f"{head}, {frame.names[best]} ends lowest, at loss {number(end[best])}"
    return f"{text}; {frame.names[worst]} ends at {number(end[worst])}." if worst != best else f"{text}."


def _bounce(frame: Frame) -> list[str]:
    """The schedule whose loss moves most at the end, where it moves by more than a tenth of itself."""
    tail = frame.loss[:, -max(frame.steps // TAIL, 2) :]
    swing, middle = tail.std(axis=1), tail.mean(axis=1)
    swing = np.where(np.isfinite(swing), swing, -1.0)
    worst = int(swing.argmax())
    if not swing[worst] > 0.1 * middle[worst]:
        return []
    return [f"The loss of {frame.names[worst]} still swings by ±{number(swing[worst])} over the last tenth."]


def _plateau(frame: Frame, p: ScheduleParams) -> list[str]:
    if frame.cuts is None:
        return []
    if not frame.cuts.size:
        return ["Plateau never cut the rate: the loss it watches kept falling."]
    steps = [str(int(step)) for step in frame.cuts[:6]]
    return [f"Plateau cut the rate at step {', '.join(steps)}{' …' if frame.cuts.size > 6 else ''}."]


def _start(p: ScheduleParams) -> list[str]:
    own = [NAMES[name] for name in p.schedules if name in OWN_START]
    if not (p.warmup and own):
        return []
    listed = " and ".join(filter(None, (", ".join(own[:-1]), own[-1])))
    return [f"No warm-up for {listed}: it has no place before {'them' if len(own) > 1 else 'it'}."]


def number(value: float) -> str:
    """Three significant digits."""
    return f"{float(value):.3g}"
