"""The teacher's view: lesson files written, read back, opened; and what they take away from the controls."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from courseai_lab.app.course.feature import CourseFeature
from courseai_lab.app.lecture.deck import poll_of
from courseai_lab.app.lecture.draft import Draft, draft_of, read_draft, shown_of
from courseai_lab.app.lecture.lecture import Lecture
from courseai_lab.app.lecture.teacher import TeacherDialog
from courseai_lab.app.lecture.toml_text import toml_text
from courseai_lab.app.main_window import MainWindow
from courseai_lab.contract import Patch, default_state, discover, find
from courseai_lab.lessons.lesson import Controls, Scene, Shown, parse_lesson
from courseai_lab.lessons.scene import state_of
from courseai_lab.paths import resource

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
PLAIN = st.one_of(TEXTS, st.booleans(), st.integers(-(2**63), 2**63), st.floats(allow_nan=False, allow_infinity=False))
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=8,
)
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
WORDS = TEXTS.map(lambda text: f"x{text}".strip())


@given(st.dictionaries(TEXTS, VALUES, max_size=5))
def test_what_is_written_is_read_back(tables: dict[str, Any]) -> None:
    assert tomllib.loads(toml_text(tables)) == tables


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), "\ud800", None, {1, 2}])
def test_what_toml_cannot_hold_is_refused(bad: Any) -> None:
    with pytest.raises(ValueError):
        toml_text({"x": [bad]})


SHOWN = st.builds(
    Shown,
    panel=NAMES,
    preset=st.sampled_from(["", "start"]),
    params=st.dictionaries(NAMES, PLAIN, max_size=3),
    look=st.dictionaries(NAMES, PLAIN, max_size=2),
    seeds=st.dictionaries(st.sampled_from(["data", "init"]), st.integers(0, 99), max_size=2),
    frame=st.none() | st.integers(0, 500),
)
SCENES = st.builds(
    Scene,
    id=st.just(""),
    title=WORDS,
    shown=st.lists(SHOWN, min_size=1, max_size=3).map(tuple),
    attempt=TEXTS,
    notice=TEXTS,
    lecturer=TEXTS,
    play=st.none() | st.booleans(),
)
LIMITS = st.dictionaries(
    NAMES, st.tuples(st.floats(-1e9, 0), st.floats(1e-9, 1e9)).filter(lambda p: p[0] < p[1]), max_size=2
)
DRAFTS = st.builds(
    Draft,
    id=st.just("own.first"),
    title=WORDS,
    panel=NAMES,
    minutes=st.integers(1, 240),
    objectives=st.lists(TEXTS, max_size=3).map(tuple),
    prerequisites=st.just(("1.1.2",)),
    sources=st.lists(TEXTS, max_size=2).map(tuple),
    scenes=st.lists(SCENES, min_size=1, max_size=3).map(
        lambda scenes: tuple(replace(scene, id=f"scene-{n}") for n, scene in enumerate(scenes))
    ),
    controls=st.builds(
        Controls, st.lists(NAMES, max_size=2).map(tuple), st.lists(NAMES, max_size=2).map(tuple), LIMITS
    ),
    text=st.just("A line with $x$.\n\n## In short\n\n- One.\n"),
)


@given(DRAFTS)
def test_a_lesson_comes_back_as_it_was_written(draft: Draft) -> None:
    lesson = draft.checked()
    for name in ("id", "title", "panel", "minutes", "objectives", "prerequisites", "sources", "controls", "text"):
        assert getattr(lesson, name) == getattr(draft, name), name
    assert tuple(replace(scene, line=0) for scene in lesson.scenes) == draft.scenes
    assert draft_of(lesson, draft.file_text()).file_text() == draft.file_text()


def test_a_course_lesson_keeps_its_questions_and_tours() -> None:
    path = resource("course", "1.1.3a.md")
    draft, lesson = read_draft(path), parse_lesson(path.read_text("utf-8"), path.name)
    again = draft.checked()
    assert again.questions == lesson.questions and again.tours == lesson.tours and again.text == lesson.text
    assert [scene.shown for scene in again.scenes] == [scene.shown for scene in lesson.scenes]
    first = next(i for i, scene in enumerate(draft.scenes) if any(q.scene == scene.id for q in lesson.questions))
    less = draft.without(first).checked()
    assert len(less.scenes) == len(lesson.scenes) - 1
    rest = [
        question.id for question in lesson.questions if getattr(question.answer, "scene", "") != lesson.scenes[first].id
    ]
    assert [question.id for question in less.questions] == rest and len(rest) < len(lesson.questions)
    polls = [poll_of(question) for question in lesson.questions if question.kind == "pick"]
    assert polls and all(poll.truth is not None and poll.total == 0 for poll in polls)


def test_a_state_becomes_a_scene_that_gives_it_again() -> None:
    for panel in discover("tests.fakes"):
        state = default_state(panel)
        changed, _ = state.apply(Patch(params={"by": 2.5}, look={"dots": 2}, seeds={"sample": 7}))
        shown = shown_of(changed)
        assert shown.params == {"by": 2.5} and shown.look == {"dots": 2} and shown.seeds == {"sample": 7}
        _, again = state_of(shown, discover("tests.fakes"))
        assert again.same_run(changed) and again.look == changed.look


def test_from_the_panel_to_a_lesson_that_holds(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    host = window.open_panel("still")
    assert host is not None
    host.view.propose(by=2.0)
    window.actions_registry.run("lecture.teacher")
    dialog = TeacherDialog.show_over(window)
    assert dialog.draft.panel == "still" and len(dialog.draft.scenes) == 1
    host.view.propose(by=3.0)
    dialog._add.click()
    assert [scene.shown[0].params for scene in dialog.draft.scenes] == [{"by": 2.0}, {"by": 3.0}]
    qtbot.keyClicks(dialog.title, " again")
    dialog.fields["lecturer"].setPlainText('Say "why"\nand wait.')
    dialog.scenes.setCurrentRow(0)
    dialog._down.click()
    assert [scene.shown[0].params["by"] for scene in dialog.draft.scenes] == [3.0, 2.0]
    assert dialog.draft.scenes[0].title.endswith(" again")
    dialog.table.set_limits("by", "5", "1")
    assert dialog.check() is None and "must rise" in dialog.words.text()
    dialog.table.set_limits("by", "0.5", "4")
    dialog.table.set_way("dots", "Locked")
    dialog.lesson_id.setText("no name")
    assert dialog.check() is None and "no name" in dialog.words.text()
    dialog.lesson_id.setText("own.mine")
    file = tmp_path / "mine.md"
    assert dialog.save(file), dialog.words.text()
    dialog.close()
    again = TeacherDialog.show_over(window)
    assert again.load(file) and again.draft.controls == Controls((), ("dots",), {"by": (0.5, 4.0)})
    assert not again.load(tmp_path / "none.md")
    again.close()
    window.open_target(str(file))
    course = window.features["CourseFeature"]
    assert isinstance(course, CourseFeature) and course.lesson is not None and course.lesson.id == "own.mine"
    shown = course.player.host
    assert shown is not None and shown.session.state.current.by == 3.0  # type: ignore[attr-defined]
    form = shown.shell.form
    assert form.rows["by"].spec.hi == 4.0 and not form.rows["dots"].lock.isHidden()
    with qtbot.waitSignal(shown.session.rejected):
        shown.view.propose(by=4.5)
    _give_the_lecture(qtbot, window, course)
    course.close_lesson()
    assert form.rows["by"].spec.hi == 10.0 and form.rows["dots"].lock.isHidden()


def _give_the_lecture(qtbot: QtBot, window: MainWindow, course: CourseFeature) -> None:
    """The lesson's scenes in order, its notes before the lecturer; the lesson stays where the lecture ended."""
    lecture = window.features["Lecture"]
    assert isinstance(lecture, Lecture) and lecture.begin(presenter=True)
    assert lecture.screen is not None and lecture.deck is not None and lecture.deck.at == 0
    assert 'Say "why"' in lecture.screen.side.texts["notes"].toPlainText()
    assert lecture.deck.slides[1].title in lecture.screen.side.texts["next"].toPlainText()
    lecture.act("next")
    assert lecture.on and lecture.deck.at == 1 and course.scene is course.lesson.scenes[1]  # type: ignore[union-attr]
    assert lecture.screen.shells == (course.player.host.shell,)  # type: ignore[union-attr]
    lecture.act("next")
    assert lecture.deck.at == 1, "past the end nothing happens"
    lecture.leave()
    assert course.scene is course.lesson.scenes[1] and window.themes.name != "projector"  # type: ignore[union-attr]


def test_unknown_panels_are_said(tmp_path: Path, window: MainWindow) -> None:
    window.open_panel("still")
    dialog = TeacherDialog.show_over(window)
    text = replace(dialog.draft, panel="nowhere").file_text()
    file = tmp_path / "odd.md"
    file.write_text(text, "utf-8")
    assert not dialog.load(file) and "nowhere" in dialog.words.text()
    assert find("still", window.panels)
    dialog.close()
