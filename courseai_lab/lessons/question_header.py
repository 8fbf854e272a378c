"""What a lesson may ask, as its header says it: the five kinds of questions, checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from courseai_lab.lessons.header import Entry, Header, is_number

Kind = Literal["pick", "number", "point", "curve", "blank"]
KINDS = ("pick", "number", "point", "curve", "blank")
BLANK = re.compile(r"\[\[(.+?)\]\]")
MAX_CHOICES = 8
_COMMON = ("id", "scene", "kind", "ask", "answer", "because")
_PLOT = ("x_range", "y_range", "x_name", "y_name", "tolerance")
_OWN: Mapping[str, tuple[str, ...]] = {
    "pick": ("choices",),
    "number": ("tolerance", "absolute", "unit"),
    "point": _PLOT,
    "curve": _PLOT,
    "blank": ("lines", "given", "hint"),
}


@dataclass(frozen=True, slots=True)
class Source:
    """Where in a scene's frame a true value stands: a field and its indices, or a reading by its term's id."""

    scene: str
    field: str = ""
    at: tuple[int, ...] = ()
    reading: str = ""


@dataclass(frozen=True, slots=True)
class CurveSource:
    """Where a true curve stands: two fields of a scene's frame, and the row where they have several."""

    scene: str
    x: str
    y: str
    row: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """A question. ``answer``: an index (pick), a number, two numbers, or where the truth stands in a frame.

    ``tolerance``: relative to the answer (number) or a share of the ranges (point, curve). ``blanks``: the expressions
    that fill the lines' gaps, in reading order.
    """

    id: str
    kind: Kind
    ask: str
    scene: str = ""
    answer: Any = None
    because: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    tolerance: float = 0.05
    absolute: float | None = None
    unit: str = ""
    x_range: tuple[float, float] = (0.0, 1.0)
    y_range: tuple[float, float] = (0.0, 1.0)
    x_name: str = "x"
    y_name: str = "y"
    lines: tuple[str, ...] = ()
    given: Mapping[str, float] = field(default_factory=dict)
    hint: tuple[str, ...] = ()

    @property
    def blanks(self) -> tuple[str, ...]:
        """What is to be filled in."""
        return tuple(found.strip() for line in self.lines for found in BLANK.findall(line))


def read_questions(header: Header, scenes: tuple[str, ...], most: int) -> tuple[Question, ...]:
    """Every ``[[questions]]`` of a lesson; raises LessonError."""
    out: list[Question] = []
    for entry in header.tables("questions", most):
        question = _question(entry, scenes)
        if any(other.id == question.id for other in out):
            entry.wrong(f"two questions have the id '{question.id}'.", "id")
        out.append(question)
    return tuple(out)


def _question(entry: Entry, scenes: tuple[str, ...]) -> Question:
    kind = cast(Kind, entry.choice("kind", KINDS))
    entry.only((*_COMMON, *_OWN[kind]))
    scene = entry.text("scene", "", 60)
    if scene and scene not in scenes:
        entry.wrong(
            f"{entry.word} belongs to a scene '{scene}' that is not there; there are {', '.join(scenes)}.", "scene"
        )
    common: dict[str, Any] = {
        "id": entry.name("id"),
        "kind": kind,
        "ask": entry.text("ask"),
        "scene": scene,
        "because": entry.texts("because", (), 12),
    }
    return Question(**common, **_READERS[kind](entry, scenes))


def _pick(entry: Entry, _scenes: tuple[str, ...]) -> dict[str, Any]:
    choices = entry.texts("choices", most=MAX_CHOICES)
    if len(choices) < 2:
        entry.wrong(f"{entry.word} needs at least two choices.", "choices")
    answer = entry.whole("answer", low=0, high=len(choices) - 1)
    given = len(entry.texts("because", (), 12))
    if given != len(choices):
        entry.wrong(f"{entry.word} has {len(choices)} choices but {given} explanations; give one for each.", "because")
    return {"choices": choices, "answer": answer}


def _number(entry: Entry, scenes: tuple[str, ...]) -> dict[str, Any]:
    _explained(entry)
    answer = entry.data.get("answer")
    if isinstance(answer, dict):
        answer = _source(entry, answer, scenes)
    elif not is_number(answer):
        entry.wrong(f"answer of {entry.word} must be a number, or {{ of = scene, field = ..., at = [...] }}.", "answer")
    out: dict[str, Any] = {"answer": answer, "unit": entry.text("unit", "", 40), "tolerance": _share(entry, 0.05)}
    if "absolute" in entry.data:
        out["absolute"] = entry.number("absolute")
        if out["absolute"] < 0:
            entry.wrong(f"absolute of {entry.word} must not be negative.", "absolute")
    return out


def _point(entry: Entry, scenes: tuple[str, ...]) -> dict[str, Any]:
    _explained(entry)
    answer = entry.data.get("answer")
    if isinstance(answer, dict):
        answer = _source(entry, answer, scenes)
    elif isinstance(answer, list) and len(answer) == 2 and all(is_number(v) for v in answer):
        answer = (float(answer[0]), float(answer[1]))
    else:
        entry.wrong(f"answer of {entry.word} must be two numbers [x, y], or where they stand in a frame.", "answer")
    return {"answer": answer, **_plot(entry)}


def _curve(entry: Entry, scenes: tuple[str, ...]) -> dict[str, Any]:
    _explained(entry)
    data = entry.table("answer")
    part = entry.inside(data, f"answer of {entry.word}", "answer")
    part.only(("of", "x", "y", "row"))
    source = CurveSource(
        _of(entry, data, scenes), part.text("x", most=80), part.text("y", most=80), part.whole("row", 0)
    )
    return {"answer": source, **_plot(entry)}


def _blank(entry: Entry, _scenes: tuple[str, ...]) -> dict[str, Any]:
    lines = entry.texts("lines")
    if not any(BLANK.search(line) for line in lines):
        entry.wrong(f"{entry.word} has nothing to fill in: write a gap as [[its expression]] in lines.", "lines")
    given = entry.table("given", {})
    for name, value in given.items():
        if not is_number(value):
            entry.wrong(f"given of {entry.word} must be numbers, but {name[:40]} is none.", "given")
    return {"lines": lines, "given": {n: float(v) for n, v in given.items()}, "hint": entry.texts("hint", ())}


def _plot(entry: Entry) -> dict[str, Any]:
    return {
        "x_range": entry.pair("x_range"),
        "y_range": entry.pair("y_range"),
        "x_name": entry.text("x_name", "x", 60),
        "y_name": entry.text("y_name", "y", 60),
        "tolerance": _share(entry, 0.1),
    }


def _share(entry: Entry, default: float) -> float:
    value = entry.number("tolerance", default)
    if not 0 < value <= 1:
        entry.wrong(
            f"tolerance of {entry.word} must be above 0 and at most 1; 0.05 is one part in twenty.", "tolerance"
        )
    return value


def _explained(entry: Entry) -> None:
    if not 1 <= len(entry.texts("because", (), 12)) <= 3:
        entry.wrong(f"{entry.word} needs 1 to 3 explanations in because: right, too low, too high.", "because")


def _of(entry: Entry, data: Mapping[str, Any], scenes: tuple[str, ...]) -> str:
    scene = data.get("of")
    if not isinstance(scene, str) or scene not in scenes:
        entry.wrong(f"answer of {entry.word} must name one of the scenes in of: {', '.join(scenes)}.", "answer")
    return scene


def _source(entry: Entry, data: Mapping[str, Any], scenes: tuple[str, ...]) -> Source:
    part = entry.inside(data, f"answer of {entry.word}", "answer")
    part.only(("of", "field", "at", "reading"))
    at = data.get("at", [])
    if not isinstance(at, list) or not all(isinstance(i, int) and not isinstance(i, bool) for i in at):
        entry.wrong(f"at in the answer of {entry.word} must be a list of whole numbers such as [0, 1].", "answer")
    name, reading = part.text("field", "", 80), part.text("reading", "", 80)
    if bool(name) == bool(reading):
        entry.wrong(f"answer of {entry.word} names either a field or a reading.", "answer")
    return Source(_of(entry, data, scenes), name, tuple(at), reading)


_READERS = {"pick": _pick, "number": _number, "point": _point, "curve": _curve, "blank": _blank}
