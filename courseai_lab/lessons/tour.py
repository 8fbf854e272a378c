"""Tours: steps that say what to do, light a control, and are over when it has been done."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from courseai_lab.lessons.header import Header

MAX_TOURS = 6
MAX_STEPS = 20
_CONDITION = re.compile(
    r"\s*(?:(frame|reading|look)\.)?([A-Za-z_]\w*)(?:\[\s*(-?\d+(?:\s*,\s*-?\d+)*)\s*\])?\s*"
    r"(<=|>=|==|!=|<|>)\s*(?:([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|([A-Za-z_][\w-]*))\s*"
)
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


@dataclass(frozen=True, slots=True)
class Condition:
    """``subject.name[at] sign value``: what a parameter, a display setting, a frame's field or a reading must be."""

    subject: Literal["param", "look", "frame", "reading"]
    name: str
    at: tuple[int, ...]
    sign: str
    value: float | str

    def holds(self, now: Any) -> bool:
        """Whether it is so, given the value now. What cannot be compared does not hold."""
        now = getattr(now, "value", now)
        if isinstance(self.value, str):
            if isinstance(now, bool):
                now = "on" if now else "off"
            if isinstance(now, list | tuple):
                inside = self.value in [str(getattr(item, "value", item)) for item in now]
                return inside if self.sign == "==" else not inside if self.sign == "!=" else False
            return self.sign in ("==", "!=") and _COMPARE[self.sign](str(now), self.value)
        try:
            return bool(_COMPARE[self.sign](float(now), self.value))
        except (TypeError, ValueError):
            return False


@dataclass(frozen=True, slots=True)
class Step:
    """What to do, which control or formula term to light ("": none), and when it is done (None: a button says so)."""

    say: str
    light: str = ""
    done: Condition | None = None


@dataclass(frozen=True, slots=True)
class Tour:
    """Steps in order."""

    id: str
    steps: tuple[Step, ...]
    title: str = ""


def parse_condition(text: str) -> Condition | None:
    """``w > 1.5``, ``frame.metrics[0,0] < 2``, ``reading.mse < 2``, ``loss == mae``, ``outlier == on``; or None."""
    found = _CONDITION.fullmatch(text) if len(text) <= 200 else None
    if found is None:
        return None
    name, at, sign, number, word = found.groups()[1:]
    subject = cast(Literal["param", "look", "frame", "reading"], found[1] or "param")
    if word is not None and sign not in ("==", "!="):
        return None
    indices = tuple(int(part) for part in at.split(",")) if at else ()
    if indices and subject in ("reading", "look"):
        return None
    return Condition(subject, name, indices, sign, float(number) if number is not None else word)


def read_tours(header: Header) -> tuple[Tour, ...]:
    """Every ``[[tour]]`` of a lesson; raises LessonError."""
    out: list[Tour] = []
    for entry in header.tables("tour", MAX_TOURS):
        entry.only(("id", "title", "steps"))
        tour_id = entry.name("id")
        if any(tour.id == tour_id for tour in out):
            entry.wrong(f"two tours have the id '{tour_id}'.", "id")
        steps = entry.data.get("steps")
        if (
            not isinstance(steps, list)
            or not 0 < len(steps) <= MAX_STEPS
            or not all(isinstance(s, dict) for s in steps)
        ):
            entry.wrong(
                f"steps of {entry.word} must be a list of 1 to {MAX_STEPS} steps {{ say = ..., done = ... }}.", "steps"
            )
        made = []
        for number, data in enumerate(steps, 1):
            part = entry.inside(data, f"step {number} of {entry.word}", "steps")
            part.only(("say", "light", "done"))
            wish = part.text("done", "", 200)
            condition = parse_condition(wish) if wish else None
            if wish and condition is None:
                part.wrong(
                    f"done of {part.word} cannot be '{wish[:60]}': write a comparison such as lr > 0.1 "
                    "or frame.loss[3] < 2."
                )
            made.append(Step(part.text("say"), part.text("light", "", 60), condition))
        out.append(Tour(tour_id, tuple(made), entry.text("title", "", 120)))
    return tuple(out)
