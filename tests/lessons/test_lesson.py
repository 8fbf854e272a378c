"""Lessons are read and refused: every complaint is one sentence with the file and the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from courseai_lab.lessons.course import Course
from courseai_lab.lessons.errors import LessonError
from courseai_lab.lessons.glossary import read_glossary
from courseai_lab.lessons.lesson import MAX_BYTES, parse_lesson, read_lesson
from courseai_lab.lessons.outline import coverage, read_outline
from courseai_lab.lessons.question_header import Source
from courseai_lab.lessons.text import Link, Tex, ValueRef, formulas, links, parse_text, parse_value, plain
from courseai_lab.paths import resource
from tests.lessons.sample import BODY, HEADER, text, write_course


def test_a_lesson_is_read_whole() -> None:
    lesson = parse_lesson(text(), "1.1.1.md")
    assert (lesson.id, lesson.title, lesson.panel, lesson.minutes) == ("1.1.1", "Counting", "still", 8)
    slow, fast = lesson.scenes
    assert slow.shown[0].params == {"by": 1.0, "steps": 5} and slow.attempt == "Count along." and slow.play is None
    assert [shown.panel for shown in fast.shown] == ["still", "counter"]
    end, double, total = lesson.questions
    assert end.answer == Source("slow", "total") and end.absolute == 0.5
    assert double.answer == 0 and lesson.asked_before("fast") == (double,) and lesson.asked_before("") == (total,)
    assert total.blanks == ("by*(n - 1)",)
    step = lesson.tours[0].steps[0]
    assert step.light == "by" and step.done is not None
    assert step.done.holds(3.0) and not step.done.holds(2.9) and not step.done.holds("three")
    assert [block.kind for block in lesson.blocks][-2:] == ["heading", "bullets"]


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ('title = "Counting"', "titel = 1", "titel", "unknown entry 'titel'; did you mean title?"),
        ('title = "Counting"\n', "", "", "the lesson needs title"),
        ('id = "1.1.1"', 'id = "../1"', "id", "write a lesson's number"),
        ('panel = "still"', "panel = 3", "panel", "must be text in quotation marks"),
        ("params = { by = 1.0, steps = 5 }", "params = 1", "params", "must be names and values"),
        ('id = "fast"', 'id = "slow"', "id", "two scenes have the id 'slow'"),
        ('scene = "slow"', 'scene = "none"', 'scene = "none"', "belongs to a scene 'none' that is not there"),
        ('kind = "pick"', 'kind = "guess"', 'kind = "guess"', "must be one of pick, number, point, curve, blank"),
        ("answer = 0\n", "answer = 2\n", "answer = 2", "a whole number from 0 to 1"),
        ('because = ["Four steps of two.", ', "because = [", "because", "has 2 choices but 1 explanations"),
        ('choices = ["at 8", "at 10"]', 'choices = ["at 8"]', "choices", "needs at least two choices"),
        ('of = "slow", field = "total"', 'of = "slow"', "answer", "names either a field or a reading"),
        ("absolute = 0.5", "absolute = true", "absolute", "must be a number, not True"),
        ("[[by*(n - 1)]]", "n", "lines", "has nothing to fill in"),
        ("given = { by = 2.0, n = 5.0 }", 'given = { by = "two" }', "given", "given of the question 'sum' must be"),
        ("by >= 3", "by becomes 3", "steps", "write a comparison such as lr > 0.1"),
        ('panel = "counter", ', "", "beside", "needs panel"),
        ('title = "By one"', 'title = "By one', "title", "this is not TOML"),
        ('objectives = ["Count."]', 'objectives = "Count."', "objectives", "must be a list of texts"),
    ],
)
def test_what_is_wrong_in_a_header_is_said_with_its_line(old: str, new: str, line: str, words: str) -> None:
    assert old in HEADER
    header = HEADER.replace(old, new, 1)
    with pytest.raises(LessonError) as refused:
        parse_lesson(text(header), "1.1.1.md")
    sentence = str(refused.value)
    assert sentence.startswith("1.1.1.md") and words in sentence and sentence.count("\n") == 0
    written = ("+++\n" + header).splitlines()
    if line:
        assert refused.value.line > 0
        assert written[refused.value.line - 1].strip().startswith(line), (refused.value.line, sentence)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("A formula $x that never ends.", "a formula is opened with $ and not closed"),
        ("# Too large\n\ntext", "headings are written ##"),
        ("$$x + y", "this formula is not closed"),
        ("A [link](http://somewhere).", "leads nowhere"),
        ("A [number](value:slow).", "is written scene/field[0,1]"),
        ("A [](scene:slow) link.", "has no words"),
        ("A `piece of code.", "code is opened with `"),
    ],
)
def test_what_is_wrong_in_a_text_is_said_with_its_line(body: str, words: str) -> None:
    with pytest.raises(LessonError) as refused:
        parse_text(f"Good words.\n\n{body}\n", "own.md", 10)
    assert words in str(refused.value) and refused.value.line == 12


def test_the_text_becomes_a_tree() -> None:
    blocks = parse_text(
        "A **bold $x_1$ word**, *one* more, `a*b` and \\$5.\n\n"
        "- first\n  goes on\n- second\n\n1. one\n2. two\n\n$$\na\n+ b\n$$\n"
    )
    assert [block.kind for block in blocks] == ["paragraph", "bullets", "numbers", "formula"]
    assert plain(blocks[0].items[0]) == "A bold x_1 word, one more, a*b and $5."
    assert [plain(item) for item in blocks[1].items] == ["first goes on", "second"]
    assert blocks[3].items[0][0] == Tex("a + b")
    assert [tex for tex, _ in formulas(blocks)] == ["x_1", "a + b"]
    (link, line), *_ = links(parse_text("see\n[13.1](value:s/metrics[0, -1])", "f", 5))
    assert line == 5 and isinstance(link, Link)
    assert parse_value(link.target) == ValueRef("s", "metrics", (0, -1))
    assert parse_value("s/reading:mse") == ValueRef("s", reading="mse")


def test_files_that_are_no_lessons_are_refused(tmp_path: Path) -> None:
    for name, raw, words in (
        ("big.md", b"+++\n" + b"#" * MAX_BYTES, "larger than"),
        ("binary.md", b"+++\n\xff\xfe", "UTF-8"),
        ("bare.md", b"Just text.", "a lesson begins with a line"),
        ("open.md", b"+++\ntitle = 1\n", "not closed"),
        ("deep.md", b"+++\nx = " + b"[" * 3000 + b"\n+++\n", "deep.md"),
    ):
        (tmp_path / name).write_bytes(raw)
        with pytest.raises(LessonError, match=words):
            read_lesson(tmp_path / name)
    with pytest.raises(LessonError, match="cannot be read"):
        read_lesson(tmp_path / "absent.md")


def test_a_course_is_a_folder(tmp_path: Path) -> None:
    course = Course(write_course(tmp_path))
    assert course.written() == ("1.1.1",) and course.has("1.1.1") and not course.has("../1.1.1")
    assert course.lesson("1.1.1").title == "Counting"
    assert "The first frame counts nothing." in course.words("1.1.1") and course.words("1.1.2") == ""
    with pytest.raises(LessonError, match="still to come"):
        course.lesson("1.1.2")
    (tmp_path / "1.1.2.md").write_text(text(), encoding="utf-8")
    with pytest.raises(LessonError, match="its file is named"):
        course.lesson("1.1.2")
    counts = coverage(course.outline, ["1.1.1"], ["still"])
    assert {name: (count.done, count.all) for name, count in counts.items()} == {
        "interactives": (1, 1),
        "notebooks": (0, 1),
        "lessons": (1, 2),
        "panels": (1, 2),
    }
    (tmp_path / "glossary.toml").write_text("add = 3\n", encoding="utf-8")
    with pytest.raises(LessonError, match="write the term add as"):
        read_glossary(tmp_path / "glossary.toml")


def test_the_shipped_outline_is_the_curriculum() -> None:
    outline = read_outline(resource("course", "outline.toml"))
    kinds = [row.kind for row in outline.rows]
    assert len(kinds) == 159 and (kinds.count("I"), kinds.count("N")) == (72, 9)
    assert {row.series for row in outline.rows} == set(outline.series)
    assert {row.module for row in outline.rows} == set(outline.modules)


def test_links_know_the_line_of_their_block() -> None:
    whole = text().splitlines()
    found = [(link, line) for link, line in links(parse_lesson(text(), "1.1.1.md").blocks)]
    assert len(found) == BODY.count("](")
    for link, line in found:
        assert any(f"({link.kind}:" in near for near in whole[line - 1 : line + 2]), (link, line)
