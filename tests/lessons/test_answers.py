"""Answers are scored, explained and kept; what a lesson promises is checked against the panels."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from courseai_lab.app.atomic import write_bytes
from courseai_lab.app.course.tools import equal_expressions, tools
from courseai_lab.contract import BadState, LabError, discover
from courseai_lab.lessons.check import agrees, check_course, check_lesson
from courseai_lab.lessons.course import Course
from courseai_lab.lessons.lesson import parse_lesson
from courseai_lab.lessons.progress import Progress
from courseai_lab.lessons.question_header import CurveSource, Question
from courseai_lab.lessons.questions import curve_gap, judge, truth
from courseai_lab.lessons.scene import Stage, patch_of
from courseai_lab.lessons.tour import parse_condition
from tests.lessons.sample import BODY, HEADER, text, write_course

FAKES = discover("tests.fakes")
BECAUSE = ("right {answer}", "low", "high")


def verdict(question: Question, given: object, true: object) -> tuple[float, str]:
    found = judge(question, given, true, equal_expressions, lambda value: f"{value:g}")
    return found.share, found.because


def test_numbers_within_the_tolerance_are_right_and_the_side_chooses_the_words() -> None:
    relative = Question("q", "number", "?", answer=10.0, because=BECAUSE, tolerance=0.1)
    assert verdict(relative, 11.0, 10.0) == (1.0, "right 10")
    assert verdict(relative, 8.0, 10.0) == (0.5, "low")
    assert verdict(relative, 20.0, 10.0) == (0.0, "high")
    exact = Question("q", "number", "?", answer=0.0, because=("ok", "no"), absolute=0.5)
    assert verdict(exact, 0.5, 0.0) == (1.0, "ok") and verdict(exact, 3.0, 0.0) == (0.0, "no")
    assert verdict(Question("q", "number", "?", because=BECAUSE), -96.0, -100.0) == (1.0, "right -100")


def test_points_and_curves_are_measured_in_shares_of_their_ranges() -> None:
    point = Question("q", "point", "?", because=BECAUSE, tolerance=0.1, x_range=(0.0, 10.0), y_range=(0.0, 100.0))
    assert verdict(point, (5.9, 50.0), (5.0, 50.0))[0] == 1.0
    assert verdict(point, (5.0, 35.0), (5.0, 50.0)) == (0.5, "low")
    assert verdict(point, (9.9, 99.0), (5.0, 50.0)) == (0.0, "high")
    curve = Question("q", "curve", "?", because=BECAUSE, tolerance=0.1, x_range=(0.0, 1.0), y_range=(0.0, 2.0))
    xs = np.linspace(0, 1, 11)
    true = (xs, 2 * xs)
    assert verdict(curve, [(0.0, 0.0), (1.0, 2.0)], true)[0] == 1.0
    # A flat line at 0 lies below by the mean of x, a half of the range.
    assert abs(curve_gap(curve, [(0.0, 0.0), (1.0, 0.0)], true)).mean() == pytest.approx(0.5, abs=1e-3)
    assert verdict(curve, [(0.0, 0.0), (1.0, 0.0)], true) == (0.0, "low")
    assert verdict(curve, [(0.0, 0.4), (1.0, 2.4)], true) == (0.5, "high")
    with pytest.raises(LabError, match="outside its x range"):
        curve_gap(curve, [(0.0, 0.0)], (xs + 5, xs))


def test_picks_have_an_explanation_each() -> None:
    pick = Question("q", "pick", "?", choices=("a", "b"), answer=1, because=("no a", "yes"))
    assert verdict(pick, 1, 1) == (1.0, "yes") and verdict(pick, 0, 1) == (0.0, "no a")


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("2*(w*x+b-y)*x", True),
        ("2*x^2*w + 2*x*b - 2*x*y", True),
        ("x*2*(b - y + x*w)", True),
        ("2*(w*x+b-y)", False),
        ("2*(w*x+b-y)*abs(x)", False),
        ("2*(w*x", False),
        ("__import__('os')", False),
        ("2*(w*x+b-y)*x + 1e-3", False),
    ],
)
def test_blanks_take_every_equal_expression(typed: str, right: bool) -> None:
    said = equal_expressions(typed, "2*(w*x+b-y)*x", ("w", "x", "b", "y"))
    assert (said == "") is right
    question = Question(
        "q", "blank", "?", lines=("d = [[2*(w*x+b-y)*x]]", "e = [[w]]"), given={"w": 1, "x": 2, "b": 0, "y": 1}
    )
    share, because = verdict(question, [typed, "w"], question.blanks)
    assert share == (1.0 if right else 0.5) and (right or because.startswith("Gap 1: "))


def test_logarithms_count_only_where_they_have_a_value() -> None:
    assert equal_expressions("log(a) - log(b)", "log(a/b)", ("a", "b")) != ""
    assert equal_expressions("-log(1/a)", "log(a)", ("a",)) == ""


def test_truths_come_from_the_scene(tmp_path: Path) -> None:
    lesson = parse_lesson(text(), "1.1.1.md")
    stage = Stage(FAKES)

    def snapshot(scene_id: str) -> object:
        scene = lesson.scene(scene_id)
        assert scene is not None
        return stage.snapshot(scene)

    assert [truth(question, snapshot) for question in lesson.questions] == [4.0, 0, ("by*(n - 1)",)]  # type: ignore[arg-type]
    with pytest.raises(LabError, match="no field 'nothing'"):
        truth(Question("q", "curve", "?", answer=CurveSource("slow", "nothing", "noise")), snapshot)  # type: ignore[arg-type]
    with pytest.raises(LabError, match="There is no parameter speed"):
        patch_of(FAKES[0], "speed=3")
    assert patch_of(FAKES[0], "by=3&dots=2").look == {"dots": 2}


@pytest.mark.parametrize(
    ("written", "now", "right"),
    [
        ("13.1", 13.149, True),
        ("13.1", 13.151, False),
        ("−0.50", -0.504, True),
        ("57 %", 0.5701, True),
        ("57 %", 57.2, True),
        ("57 %", 0.59, False),
        ("10242", 10242.0011, True),
        ("10,242", 10242.4, True),
        ("1.65×10⁻⁸", 1.652e-8, True),
        ("1.65e-8", 1.66e-8, False),
        ("3 of 4", "3 of 4", True),
        ("4", "2", False),
        ("∞", float("inf"), True),
        ("words", 3.0, False),
    ],
)
def test_a_number_in_the_text_agrees_at_the_digits_written(written: str, now: float | str, right: bool) -> None:
    assert agrees(written, now) is right


def problems(folder: Path, header: str = HEADER, body: str = BODY) -> str:
    course = Course(write_course(folder, header, body))
    found = check_lesson("1.1.1", course, Stage(FAKES), tools())
    return "\n".join(str(problem) for problem in (*check_course(course), *found))


def test_a_good_lesson_has_no_problems(tmp_path: Path) -> None:
    assert problems(tmp_path) == ""


@pytest.mark.parametrize(
    ("part", "old", "new", "words"),
    [
        ("body", "[4](value", "[5](value", "the text says 5, but slow/total is 4.0"),
        ("body", "term:add", "term:sum", "no term 'sum'"),
        ("body", "(scene:slow)", "(scene:none)", "no scene 'none'"),
        ("body", "do:by=2", "do:by=200", "cannot be carried out"),
        ("body", "tour:first", "tour:last", "no tour 'last'"),
        ("body", "t_n", r"\nonsense_n", "is not known and would be printed"),
        ("body", "## In short", "## At last", "must end with '## In short'"),
        ("body", "slow/total", "slow/nothing", "no field 'nothing'"),
        ("header", 'title = "Counting"', 'title = "Numbers"', "the outline calls 1.1.1 'Counting'"),
        ("header", "params = { by = 1.0", "params = { by = 99.0", "the scene 'slow': by cannot be 99"),
        ("header", "params = { by = 1.0", 'params = { trouble = "error", by = 1.0', "failed: ZeroDivisionError"),
        ("header", 'light = "by"', 'light = "volume"', "lights 'volume', which no panel of it has"),
        ("header", "frame.total > 10", "frame.size > 10", "no field 'size'"),
        ("header", "by >= 3", "speed >= 3", "there is no parameter speed"),
        ("header", 'field = "total"', 'field = "noise"', "is no number; give it all its indices"),
        ("header", "[[by*(n - 1)]]", "[[by*(n - ]]", "the question 'sum'"),
        ("header", 'sources = ["Peano, Arithmetices principia (1889)"]', "sources = []", "names no sources"),
    ],
)
def test_what_a_lesson_does_not_keep_is_found(tmp_path: Path, part: str, old: str, new: str, words: str) -> None:
    header, body = (HEADER.replace(old, new, 1), BODY) if part == "header" else (HEADER, BODY.replace(old, new, 1))
    assert (header, body) != (HEADER, BODY)
    assert words in problems(tmp_path, header, body)


def test_progress_is_kept_exported_and_reset(tmp_path: Path) -> None:
    path = tmp_path / "progress.json"
    lesson = parse_lesson(text(), "1.1.1.md")
    mine = Progress(path, write_bytes)
    mine.opened("1.1.1", "slow")
    mine.answered("1.1.1", "end", 0.5)
    mine.answered("1.1.1", "end", 0.0)
    mine.answered("1.1.1", "double", None)
    mine.toured("1.1.1", "first", 1)
    again = Progress(path, write_bytes)
    done = again.of("1.1.1")
    assert done.scenes == ("slow",) and done.answers["end"].share == 0.5 and done.answers["end"].tries == 2
    assert done.score(lesson) == (0.5, 1) and done.share(lesson) == pytest.approx(3 / 5)
    assert done.tours == {"first": 1} and again.last == ("1.1.1", "slow")
    other = Progress(None, write_bytes)
    other.take_bytes(again.to_bytes())
    assert other.lessons == again.lessons
    other.reset()
    assert other.lessons == {} and not (tmp_path / "none").exists()
    again.reset("1.1.1")
    assert Progress(path, write_bytes).of("1.1.1").scenes == ()


def test_damaged_progress_counts_as_none_and_a_newer_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "progress.json"
    for raw in (b"{", b"[]", b'{"format": "courseai-lab/progress", "version": 99}', b"[" * 5000):
        path.write_bytes(raw)
        assert Progress(path, write_bytes).lessons == {}
        with pytest.raises(BadState):
            Progress(None, write_bytes).take_bytes(raw)
    wild = {"scenes": ["a", 3], "answers": {"q": {"share": 7, "tries": -1}, "r": 3}, "tours": {"t": "x"}, "read": 1}
    data = {"format": "courseai-lab/progress", "version": 1, "lessons": {"1.1.1": wild, "../x": {}}, "last": [1]}
    path.write_bytes(json.dumps(data).encode())
    kept = Progress(path, write_bytes)
    assert list(kept.lessons) == ["1.1.1"] and kept.of("1.1.1").scenes == ("a",) and kept.last == ("", "")
    assert kept.of("1.1.1").answers["q"].share == 0.0

    def full(_path: Path, _data: bytes) -> None:
        raise OSError("disk full")

    full_disk = Progress(path, full)
    full_disk.opened("1.1.1", "b")
    assert full_disk.of("1.1.1").scenes == ("a", "b")


def test_conditions_compare_numbers_words_and_choices() -> None:
    for text_, now, holds in (
        ("w > 1.5", 2, True),
        ("w <= -1e-3", 0.0, False),
        ("loss == mae", "mae", True),
        ("outlier == on", True, True),
        ("panes != map", ("map", "loss"), False),
        ("panes == map", ("map", "loss"), True),
    ):
        condition = parse_condition(text_)
        assert condition is not None and condition.holds(now) is holds, text_
    for bad in ("w", "w = 1", "w > x", "f(x) > 1", "reading.a[0] > 1", "a.b.c > 1", "w > 1; b < 2"):
        assert parse_condition(bad) is None, bad
