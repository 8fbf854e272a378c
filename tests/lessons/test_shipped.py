"""Every lesson that ships keeps its word: its scenes run, its numbers are the panel's, its links lead somewhere."""

from __future__ import annotations

import json

import pytest

from courseai_lab import cli
from courseai_lab.app.course.listing import shipped
from courseai_lab.app.course.tools import tex_problem, tools
from courseai_lab.contract import discover
from courseai_lab.lessons.check import check_course, check_lesson
from courseai_lab.lessons.scene import Stage
from courseai_lab.lessons.text import Tex, walk

COURSE = shipped()


@pytest.fixture(scope="module")
def stage() -> Stage:
    """One for all lessons: a state that several of them show is computed once."""
    return Stage(discover())


@pytest.mark.parametrize("lesson_id", COURSE.written())
def test_a_shipped_lesson_keeps_its_word(lesson_id: str, stage: Stage) -> None:
    assert [str(problem) for problem in check_lesson(lesson_id, COURSE, stage, tools())] == []


def test_the_glossary_can_be_set_and_names_lessons_of_the_course() -> None:
    assert check_course(COURSE) == []
    for term in COURSE.glossary.values():
        for part in walk(term.says):
            if isinstance(part, Tex):
                assert tex_problem(part.tex) == "", term.id


def test_the_list_says_what_is_done_and_what_is_to_come(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["lessons", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert [row["id"] for row in data["lessons"]] == [row.id for row in COURSE.outline.rows]
    written = [row for row in data["lessons"] if row["written"]]
    assert [row["id"] for row in written] == list(COURSE.written()) and all(row["scenes"] for row in written)
    there = {panel.id for panel in discover()}
    named = [row for row in COURSE.outline.rows if row.kind == "I"]
    assert data["coverage"]["interactives"] == {"done": sum(r.panel in there for r in named), "all": 72}
    assert data["coverage"]["lessons"] == {"done": len(written), "all": 159}
    assert cli.main(["lessons"]) == 0
    out = capsys.readouterr().out
    assert "1.1.3a" in out and "coming" in out and out.splitlines()[-1].startswith("interactives ")
    assert cli.main(["lessons", "--check", "1.1.3a"]) == 0
    assert "1.1.3a: right" in capsys.readouterr().out
    assert cli.main(["lessons", "--check", "9.9.9"]) == 2
    assert "There is no lesson 9.9.9 yet" in capsys.readouterr().err
