"""Whether a lesson keeps its word: formulas set, scenes run, links lead somewhere, numbers are the panel's."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from courseai_lab.contract import LabError, fields
from courseai_lab.lessons.course import Course
from courseai_lab.lessons.errors import LessonError
from courseai_lab.lessons.lesson import Lesson, Scene
from courseai_lab.lessons.question_header import Question
from courseai_lab.lessons.questions import Equal, judge, truth
from courseai_lab.lessons.scene import Snapshot, Stage, number_at, patch_of, readings, value_at
from courseai_lab.lessons.text import Link, Tex, formulas, links, parse_inline, parse_value, plain, walk
from courseai_lab.lessons.tour import Condition

WORDS = (100, 600)
_MINUS = str.maketrans({"−": "-", "\u202f": "", "\u2009": "", "\u00a0": "", " ": "", ",": ""})
_NUMBER = re.compile(r"([-+]?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+)|×10(?:\^?\{?)([-⁻]?[\d⁰¹²³⁴⁵⁶⁷⁸⁹]+)\}?)?(%?)")
_SUPER = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a lesson promises and does not keep."""

    file: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}{f', line {self.line}' if self.line else ''}: {self.sentence}"


@dataclass(frozen=True, slots=True)
class Tools:
    """What this package may not know: ``tex`` says what is wrong with a formula ("" for nothing), ``equal`` compares
    two expressions."""

    tex: Callable[[str], str]
    equal: Equal


def check_course(course: Course) -> list[Problem]:
    """The outline and the glossary, without any lesson."""
    problems: list[Problem] = []
    known = {row.id for row in course.outline.rows} | set(course.written())
    for term in course.glossary.values():
        problems += [
            Problem("glossary.toml", 0, f"the term {term.id} names the lesson {lesson}, which is not in the outline.")
            for lesson in term.lessons
            if lesson not in known
        ]
    return problems


def check_lesson(lesson_id: str, course: Course, stage: Stage, tools: Tools) -> list[Problem]:
    """Everything that is wrong with a lesson; a scene that does not run hides what hangs on it."""
    try:
        lesson = course.lesson(lesson_id)
    except LessonError as error:
        return [Problem(error.file, error.line, str(error).partition(": ")[2])]
    frames: dict[str, Snapshot] = {}
    problems = [*_form(lesson, course), *_formulas(lesson, tools), *_scenes(lesson, stage, frames)]
    problems += [*_links(lesson, course, frames), *_questions(lesson, frames, tools), *_tours(lesson, frames)]
    return [Problem(lesson.file, line, sentence) for line, sentence in problems]


Found = Iterator[tuple[int, str]]


def _form(lesson: Lesson, course: Course) -> Found:
    """What every lesson has."""
    row = course.outline.row(lesson.id)
    if row is not None and row.panel != lesson.panel:
        yield 2, f"the outline serves {lesson.id} by the panel {row.panel}, not by {lesson.panel}."
    if row is not None and row.title != lesson.title:
        yield 2, f"the outline calls {lesson.id} '{row.title}'."
    known = {r.id for r in course.outline.rows} | set(course.written())
    for other in lesson.prerequisites:
        if other not in known:
            yield 2, f"the prerequisite {other} is no lesson of the course."
    for what, there in (("objectives", lesson.objectives), ("sources", lesson.sources)):
        if not there:
            yield 2, f"the lesson names no {what}."
    if not any(question.scene for question in lesson.questions):
        yield 2, "no question is asked before a scene, so nothing is predicted."
    headings = [block for block in lesson.blocks if block.kind == "heading"]
    last = lesson.blocks[-1] if lesson.blocks else None
    if not headings or plain(headings[-1].items[0]) != "In short" or last is None or last.kind != "bullets":
        yield lesson.text_line, "the text must end with '## In short' and two to four bullets."
    elif not 2 <= len(last.items) <= 4:
        yield last.line, f"'In short' has {len(last.items)} bullets; two to four are read."
    words = sum(len(plain(item).split()) for block in lesson.blocks for item in block.items if block.kind != "formula")
    if not WORDS[0] <= words <= WORDS[1]:
        yield lesson.text_line, f"the text has {words} words; a lesson has 150 to 400."


def _formulas(lesson: Lesson, tools: Tools) -> Found:
    said = [(tex, line) for tex, line in formulas(lesson.blocks)]
    for text, line in _short_texts(lesson):
        try:
            parts = parse_inline(text)
        except LessonError as error:
            yield line, f"in '{text[:50]}': {str(error).partition(': ')[2]}"
            continue
        said += [(part.tex, line) for part in walk(parts) if isinstance(part, Tex)]
    for tex, line in said:
        wrong = tools.tex(tex)
        if wrong:
            yield line, f"the formula ${tex[:60]}$: {wrong}"


def _short_texts(lesson: Lesson) -> Iterator[tuple[str, int]]:
    for scene in lesson.scenes:
        for text in (scene.title, scene.attempt, scene.notice, scene.lecturer):
            yield text, scene.line
    for question in lesson.questions:
        for text in (question.ask, *question.choices, *question.because, *question.hint):
            yield text, 2
    for tour in lesson.tours:
        for step in tour.steps:
            yield step.say, 2


def _scenes(lesson: Lesson, stage: Stage, frames: dict[str, Snapshot]) -> Found:
    for scene in lesson.scenes:
        try:
            stage.snapshots(scene)
            frames[scene.id] = stage.snapshot(scene)
        except LabError as error:
            yield scene.line, f"the scene '{scene.id}': {error}"
        except Exception as error:
            # A kernel may raise anything; the other scenes are looked at all the same.
            yield scene.line, f"the scene '{scene.id}' failed: {type(error).__name__}: {error}"


def _links(lesson: Lesson, course: Course, frames: dict[str, Snapshot]) -> Found:
    for link, line in links(lesson.blocks):
        wrong = _link(link, lesson, course, frames)
        if wrong:
            yield line, wrong


def _link(link: Link, lesson: Lesson, course: Course, frames: dict[str, Snapshot]) -> str:
    if link.kind == "term":
        return "" if link.target in course.glossary else f"the glossary has no term '{link.target}'."
    if link.kind == "scene":
        return "" if lesson.scene(link.target) else f"there is no scene '{link.target}'."
    if link.kind == "lesson":
        known = course.outline.row(link.target) is not None or course.has(link.target)
        return "" if known else f"there is no lesson '{link.target}'."
    if link.kind == "tour":
        return "" if any(tour.id == link.target for tour in lesson.tours) else f"there is no tour '{link.target}'."
    if link.kind == "do":
        return _do(link.target, frames)
    return _value(link, lesson, frames)


def _do(target: str, frames: dict[str, Snapshot]) -> str:
    """A change must fit the panel of one of the scenes."""
    wrong = ""
    for snapshot in frames.values():
        try:
            snapshot.state.apply(patch_of(snapshot.panel, target))
            return ""
        except LabError as error:
            wrong = wrong or f"the link do:{target} cannot be carried out: {error}"
    return wrong


def _value(link: Link, lesson: Lesson, frames: dict[str, Snapshot]) -> str:
    ref = parse_value(link.target)
    assert ref is not None
    if lesson.scene(ref.scene) is None:
        return f"the value {link.target} names no scene of this lesson."
    if ref.scene not in frames:
        return ""
    try:
        now = number_at(frames[ref.scene], ref)
    except LabError as error:
        return f"the value {link.target}: {error}"
    written = plain(link.inside)
    return "" if agrees(written, now) else f"the text says {written}, but {link.target} is {now}."


def agrees(written: str, now: float | str) -> bool:
    """Whether a number as written is the panel's, at the digits written; a share may be written as a percentage."""
    if isinstance(now, str):
        if written.strip() == now.strip():
            return True
        found = _NUMBER.search(now.translate(_MINUS))
        if found is None:
            return False
        now = _parsed(found)[0]
    found = _NUMBER.fullmatch(written.translate(_MINUS))
    if found is None:
        return (written.strip(), now) in (("∞", math.inf), ("−∞", -math.inf))
    value, place = _parsed(found)
    scales = (1.0, 100.0) if found[6] else (1.0,)
    return any(abs(now * scale - value) <= place * (0.5 + 1e-6) for scale in scales)


def _parsed(found: re.Match[str]) -> tuple[float, float]:
    """The number, and what its last digit is worth."""
    sign, whole, part, power, times, _ = found.groups()
    exponent = int((power or times or "0").translate(_SUPER))
    digits = len(part or "")
    value = float(f"{sign}{whole}.{part or '0'}") * 10.0**exponent
    return value, 10.0 ** (exponent - digits)


def _questions(lesson: Lesson, frames: dict[str, Snapshot], tools: Tools) -> Found:
    def snapshot(scene: str) -> Snapshot:
        if scene not in frames:
            raise LabError("its scene does not run.")
        return frames[scene]

    for question in lesson.questions:
        try:
            wrong = _question(question, snapshot, tools)
        except LabError as error:
            wrong = str(error)
        if wrong:
            yield 2, f"the question '{question.id}': {wrong}"


def _question(question: Question, snapshot: Callable[[str], Snapshot], tools: Tools) -> str:
    """The truth can be found and, given as the answer, counts as right."""
    true = truth(question, snapshot)
    given = true
    if question.kind == "point":
        for (low, high), value, name in zip((question.x_range, question.y_range), true, "xy", strict=True):
            if not low <= value <= high:
                return f"its answer's {name} = {value:g} lies outside {name}_range."
    if question.kind == "curve":
        xs, ys = true
        inside = (ys >= question.y_range[0]) & (ys <= question.y_range[1])
        inside &= (xs >= question.x_range[0]) & (xs <= question.x_range[1])
        if not inside.any():
            return "its curve lies outside its ranges."
        given = list(zip(xs.tolist(), ys.tolist(), strict=True))
    verdict = judge(question, given, true, tools.equal, lambda value: f"{value:g}")
    return "" if verdict.right else f"its own answer counts as wrong. {verdict.because}"


def _tours(lesson: Lesson, frames: dict[str, Snapshot]) -> Found:
    for tour in lesson.tours:
        for number, step in enumerate(tour.steps, 1):
            wrong = [_condition(step.done, shot) for shot in frames.values()] if step.done is not None else []
            if wrong and all(wrong):
                yield 2, f"step {number} of the tour '{tour.id}': {wrong[0]}"
            if step.light and not any(step.light in _lightable(shot) for shot in frames.values()):
                yield 2, f"step {number} of the tour '{tour.id}' lights '{step.light}', which no panel of it has."


def _condition(condition: Condition, snapshot: Snapshot) -> str:
    """Why a condition makes no sense in a scene, or ""."""
    compute = snapshot.panel.compute()
    if condition.subject in ("param", "look"):
        model = compute.Params if condition.subject == "param" else compute.Look
        known = condition.name in {spec.name for spec in fields(model)}
        return "" if known else f"there is no parameter {condition.name}."
    if condition.subject == "reading":
        return "" if condition.name in readings(snapshot) else f"the panel reads no {condition.name}."
    try:
        value_at(snapshot, condition.name, condition.at)
    except LabError as error:
        return str(error)
    return ""


def _lightable(snapshot: Snapshot) -> set[str]:
    compute = snapshot.panel.compute()
    names = {spec.name for model in (compute.Params, compute.Look) for spec in fields(model)}
    make = getattr(compute, "formula", None)
    formula = make(snapshot.state.current, snapshot.state.look) if make is not None else None
    return names | {term.id for term in formula.terms} if formula is not None else names


def scenes_of(course: Course) -> list[tuple[Lesson, Scene]]:
    """Every scene of every lesson that can be read."""
    out = []
    for lesson_id in course.written():
        try:
            lesson = course.lesson(lesson_id)
        except LessonError:
            continue
        out += [(lesson, scene) for scene in lesson.scenes]
    return out
