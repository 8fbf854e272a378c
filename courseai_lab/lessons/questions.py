"""Answers: what is true, how near the learner came, and which explanation belongs to the answer that was given."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from courseai_lab.contract import LabError
from courseai_lab.lessons.question_header import BLANK, CurveSource, Question, Source
from courseai_lab.lessons.scene import Snapshot, curve_at, number_at, pair_at

Equal = Callable[[str, str, Sequence[str]], str]
"""``equal(typed, expected, names)``: "" when both are equal as functions of these names, else one sentence."""
Curve = tuple[np.ndarray, np.ndarray]
HALF = 3.0
"""An answer within so many tolerances is worth half."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an answer came out: ``share`` from 0 to 1 of what it is worth, and why."""

    share: float
    because: str

    @property
    def right(self) -> bool:
        """Whether it counts as right."""
        return self.share >= 1.0


def truth(question: Question, snapshot: Callable[[str], Snapshot]) -> Any:
    """The true answer: an index, a number, a point, a curve (x, y), or the blanks. ``snapshot``: a scene's, by its id.

    Raises LabError when the frame does not hold it, or holds no finite number.
    """
    answer = question.answer
    if question.kind == "blank":
        return question.blanks
    if isinstance(answer, CurveSource):
        xs, ys = curve_at(snapshot(answer.scene), answer.x, answer.y, answer.row)
        if not (np.isfinite(xs).all() and np.isfinite(ys).all()):
            raise LabError(f"The curve that answers '{question.id}' is not finite.")
        return xs, ys
    if isinstance(answer, Source):
        return _from_frame(question, answer, snapshot(answer.scene))
    return answer


def _from_frame(question: Question, source: Source, snapshot: Snapshot) -> Any:
    if question.kind == "point":
        point = pair_at(snapshot, source)
        if not all(map(math.isfinite, point)):
            raise LabError(f"The point that answers '{question.id}' is not finite.")
        return point
    value = number_at(snapshot, source)
    if isinstance(value, str) or not math.isfinite(value):
        raise LabError(f"The answer to '{question.id}' is no finite number but {value}.")
    return value


def judge(question: Question, given: Any, true: Any, equal: Equal, say: Callable[[float], str]) -> Verdict:
    """Compare an answer with the truth. ``say`` writes a number as the lab does."""
    if question.kind == "blank":
        return _judge_blanks(question, given, equal)
    share, which = _SCORES[question.kind](question, given, true)
    text = question.because[min(which, len(question.because) - 1)] if question.because else ""
    return Verdict(share, text.replace("{answer}", _answer_text(question, true, say)))


def answer_text(question: Question, true: Any, say: Callable[[float], str]) -> str:
    """The truth in words, for a page of answers."""
    return _answer_text(question, true, say)


def blank_names(question: Question) -> tuple[str, ...]:
    """The variables a blank may use: those that are given."""
    return tuple(question.given)


def blank_parts(line: str) -> list[str]:
    """A line cut at its gaps: text, gap, text, ... ; gaps have odd places."""
    return BLANK.split(line)


def _answer_text(question: Question, true: Any, say: Callable[[float], str]) -> str:
    if question.kind == "pick":
        return question.choices[int(true)]
    if question.kind == "number":
        return say(float(true)) + (f" {question.unit}" if question.unit else "")
    if question.kind == "point":
        return f"({say(true[0])}, {say(true[1])})"
    if question.kind == "blank":
        return ", ".join(true)
    return f"from {say(float(true[1][0]))} to {say(float(true[1][-1]))}"


def _score_pick(question: Question, given: Any, true: Any) -> tuple[float, int]:
    return float(given == true), int(given)


def _score_number(question: Question, given: Any, true: Any) -> tuple[float, int]:
    off = abs(given - true)
    allowed = question.absolute if question.absolute is not None else question.tolerance * abs(true)
    allowed = max(allowed, 1e-12)
    which = 0 if off <= allowed * (1 + 1e-9) else 1 if given < true else 2
    return _worth(off / allowed), which


def _score_point(question: Question, given: Any, true: Any) -> tuple[float, int]:
    spans = [high - low for low, high in (question.x_range, question.y_range)]
    off = math.hypot(*((g - t) / span for g, t, span in zip(given, true, spans, strict=True)))
    worth = _worth(off / question.tolerance)
    return worth, 0 if worth == 1.0 else 1 if given[1] < true[1] else 2


def _score_curve(question: Question, given: Any, true: Any) -> tuple[float, int]:
    gap = curve_gap(question, given, true)
    off = float(np.abs(gap).mean())
    worth = _worth(off / question.tolerance)
    return worth, 0 if worth == 1.0 else 1 if gap.mean() < 0 else 2


def curve_gap(question: Question, given: Sequence[tuple[float, float]], true: Curve, places: int = 200) -> np.ndarray:
    """Drawn minus true at even places where both are, as a share of the y range; beyond it counts as its edge."""
    xs, ys = np.asarray(given, dtype=float).T
    low, high = max(question.x_range[0], true[0][0]), min(question.x_range[1], true[0][-1])
    if low >= high:
        raise LabError(f"The curve that answers '{question.id}' lies outside its x range.")
    at = np.linspace(low, high, places)
    order = np.argsort(xs, kind="stable")
    bottom, top = question.y_range
    drawn = np.clip(np.interp(at, xs[order], ys[order]), bottom, top)
    return (drawn - np.clip(np.interp(at, *true), bottom, top)) / (top - bottom)


def _judge_blanks(question: Question, given: Sequence[str], equal: Equal) -> Verdict:
    names = blank_names(question)
    wrong = []
    right = 0
    for number, (typed, expected) in enumerate(zip(given, question.blanks, strict=True), 1):
        said = equal(typed, expected, names) if typed.strip() else "it is still empty."
        right += not said
        if said:
            wrong.append(f"Gap {number}: {said}")
    share = right / len(question.blanks)
    if wrong:
        return Verdict(share, " ".join(wrong))
    return Verdict(1.0, question.because[0] if question.because else "All of it is right.")


def _worth(tolerances: float) -> float:
    if tolerances <= 1 + 1e-9:
        return 1.0
    return 0.5 if tolerances <= HALF else 0.0


_SCORES: Mapping[str, Callable[[Question, Any, Any], tuple[float, int]]] = {
    "pick": _score_pick,
    "number": _score_number,
    "point": _score_point,
    "curve": _score_curve,
}
