"""The course in the window, driven as a learner drives it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from courseai_lab import cli
from courseai_lab.app.course.feature import CourseFeature
from courseai_lab.app.course.page import LessonPage
from courseai_lab.app.course.plot_pad import PlotPad
from courseai_lab.app.main_window import MainWindow
from courseai_lab.app.workspace import workspace_from_json
from courseai_lab.lessons.course import Course
from courseai_lab.lessons.lesson import Lesson, parse_lesson
from courseai_lab.lessons.question_header import CurveSource, Question
from courseai_lab.lessons.text import Link
from courseai_lab.ui.theme import load_theme
from tests.lessons.sample import BODY, HEADER, text, write_course

SECOND = HEADER.replace('id = "1.1.1"', 'id = "1.1.2"', 1).replace('"Counting"', '"More counting"', 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_course(tmp_path / "course")


def course_of(window: MainWindow, folder: Path) -> CourseFeature:
    course = window.features["CourseFeature"]
    assert isinstance(course, CourseFeature)
    course.teach(Course(folder))
    return course


@pytest.fixture
def course(window: MainWindow, folder: Path) -> CourseFeature:
    return course_of(window, folder)


def page_of(course: CourseFeature) -> LessonPage:
    assert course.page is not None
    return course.page


def names(window: MainWindow) -> list[str]:
    return [dock.host.panel.id for dock in window.docks]


def test_a_lesson_is_played_through(qtbot: QtBot, window: MainWindow, course: CourseFeature) -> None:
    assert course.open_lesson("1.1.1")
    page = page_of(course)
    # Predict: the scene waits for the answer.
    page.step(1)
    assert page.scene is not None and page.scene.id == "slow" and names(window) == []
    box = page.box("end")
    box.commit()
    assert box.said.toPlainText().startswith("Type a number first") and names(window) == []
    box.field.edit.setText("5")  # type: ignore[attr-defined]
    with qtbot.waitSignal(course.scored) as scored:
        QTest.keyClick(box.field.edit, Qt.Key.Key_Return)  # type: ignore[attr-defined]
    # See: the panel is there in the scene's state, and the answer is compared with its own number.
    assert names(window) == ["still"] and scored.args is not None and scored.args[1] == 0.5
    assert box.said.toPlainText() == "Nearly. Too high: 4.00."
    host = course.player.host
    assert host is not None and host.session.state.current.by == 1.0  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: host.session.index == 4)
    assert page.cards["slow"].played and not page.cards["slow"].attempt.isHidden()
    # Next: another state in the same panel, a second one beside it.
    QTest.mouseClick(page.next_button, Qt.MouseButton.LeftButton)
    choice = page.box("double")
    choice.field.group.button(0).click()  # type: ignore[attr-defined]
    with qtbot.waitSignal(course.scored) as scored:
        QTest.mouseClick(choice.commit_button, Qt.MouseButton.LeftButton)
    assert scored.args is not None and scored.args[1] == 1.0 and names(window) == ["still", "counter"]
    assert course.player.host is host and [dock.front for dock in window.docks] == [True, True]
    # A question at the end is judged at once; hints come one after the other.
    last = page.box("sum")
    last.hint_button.click()
    assert "Hint 1 of 1" in last.said.toPlainText()
    last.field.gaps[0].setText("(n - 1)*by")  # type: ignore[attr-defined]
    with qtbot.waitSignal(course.scored):
        last.commit()
    assert "2.5 of 3 points" in page.score.text()
    # Links drive the panel and lead on.
    course.follow(Link("do", "by=3", ()))
    assert host.session.state.current.by == 3.0  # type: ignore[attr-defined]
    course.follow(Link("lesson", "1.1.2", ()))
    assert "still to come" in window.status.currentMessage()
    # Leaving puts the window back.
    course.close_lesson()
    assert names(window) == [] and course.lesson is None
    assert course.progress.of("1.1.1").share(course.course.lesson("1.1.1")) == 1.0


def test_panels_that_were_open_are_given_back(qtbot: QtBot, window: MainWindow, course: CourseFeature) -> None:
    mine = window.open_panel("still", {"panel": "still", "params": {"by": 7.0}})
    other = window.open_panel("counter")
    assert mine is not None and other is not None
    course.open_lesson("1.1.1")
    page = page_of(course)
    page.go("slow")
    page.box("end").skip()
    assert course.player.host is mine and mine.session.state.current.by == 1.0  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: "Answer: 4.00. It is 4.00." in page.box("end").said.toPlainText())
    page.go("fast")
    page.box("double").skip()
    assert names(window) == ["still", "counter"]
    # A panel closed by hand is opened again by the next scene.
    next(dock for dock in window.docks if dock.host is other).close()
    page.go("fast")
    assert sorted(names(window)) == ["counter", "still"]
    course.close_lesson()
    assert names(window) == ["still"] and mine.session.state.current.by == 7.0  # type: ignore[attr-defined]


def test_the_navigator_is_driven_by_keys(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    (folder / "1.1.2.md").write_text(text(SECOND, BODY.replace("Counting", "Walking")), encoding="utf-8")
    (folder / "outline.toml").write_text(
        (folder / "outline.toml").read_text("utf-8").replace('panel = "nowhere"', 'panel = "still"'), encoding="utf-8"
    )
    course = course_of(window, folder)
    window.actions_registry.run("course.show")
    dock = course.dock
    assert dock is not None and dock.isVisible() and not window.gallery.geometry().intersects(dock.geometry())
    navigator = dock.navigator
    assert navigator.go_on.text() == "Begin: 1.1.1 Counting"
    QTest.keyClicks(navigator.search, "walking")
    QTest.keyClick(navigator.search, Qt.Key.Key_Down)
    item = navigator.tree.currentItem()
    qtbot.waitUntil(lambda: navigator._items["1.1.1"].isHidden())
    assert item is not None and not navigator._items["1.1.2"].isHidden()
    navigator.search.setText("walking")
    QTest.keyClick(navigator.search, Qt.Key.Key_Return)
    assert course.lesson is not None and course.lesson.id == "1.1.2"
    course.close_lesson()
    assert navigator.tree.currentItem().data(0, Qt.ItemDataRole.UserRole) == "1.1.2"
    assert navigator._items["1.1.2"].text(1) == "0 %" and navigator.go_on.text().startswith("Continue: 1.1.2")
    navigator.search.setText("nothing of the kind")
    qtbot.waitUntil(lambda: navigator.nothing.isVisible())
    QTest.keyClick(navigator.search, Qt.Key.Key_Return)
    assert course.lesson is None
    window.actions_registry.run("course.continue")
    assert course.lesson is not None and course.lesson.id == "1.1.2"
    window.actions_registry.run("course.show")
    assert not dock.isVisible() and course.lesson is None


def test_lessons_to_come_are_listed_and_say_so(window: MainWindow, course: CourseFeature) -> None:
    course.show()
    assert course.dock is not None
    navigator = course.dock.navigator
    item = navigator._items["1.1.2"]
    assert item.text(1) == "coming" and navigator._items["1.1.1"].text(1) == ""
    navigator.tree.itemActivated.emit(item, 0)
    assert "More counting, is still to come" in window.status.currentMessage() and course.lesson is None


def test_a_tour_moves_on_when_the_thing_is_done(qtbot: QtBot, window: MainWindow, course: CourseFeature) -> None:
    course.open_lesson("1.1.1")
    page = page_of(course)
    course.begin_tour("first")
    assert not course.tours.on and "prediction comes first" in window.status.currentMessage()
    page.box("end").skip()
    course.begin_tour("first")
    guide = course.tours.guide
    assert guide is not None and guide.step == 0
    host = course.player.host
    assert host is not None
    ring = guide._ring
    assert ring is not None and ring.isVisibleTo(host.shell)
    row = host.shell.form.rows["by"]
    assert ring.geometry().contains(row.mapTo(host.shell, row.rect().center()))
    course.follow(Link("do", "by=2", ()))
    assert guide.step == 0
    # Left with Esc, taken up again where it was.
    window.activateWindow()
    with qtbot.waitSignal(guide.moved):
        course.follow(Link("do", "by=3", ()))
    assert guide.step == 1
    window.actions_registry.run("course.leave-tour")
    assert not course.tours.on and page.tour_cards["first"].begin_button.text() == "Go on"
    course.begin_tour("first")
    again = course.tours.guide
    assert again is not None and again.step == 1
    with qtbot.waitSignal(again.ended) as ended:
        host.session.follow(4)
    assert ended.args == [True] and page.tour_cards["first"].begin_button.text() == "Once more"


def test_a_panel_opens_its_lesson(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    (folder / "0.0.1.md").write_text(text(HEADER.replace('id = "1.1.1"', 'id = "0.0.1"', 1)), encoding="utf-8")
    course = course_of(window, folder)
    host = window.open_panel("still")
    assert host is not None
    host.shell.action_asked.emit("lesson:1.1.1")
    assert course.lesson is not None and course.lesson.id == "1.1.1"
    course.close_lesson()
    host.shell.action_asked.emit("lesson:3.9.9")
    assert window.status.currentMessage() == "There is no lesson 3.9.9." and course.lesson is None
    window.actions_registry.run("course.of-panel")
    assert course.lesson is not None and course.lesson.id == "0.0.1"
    assert window.actions_registry.keys("course.of-panel") == "F1"


def test_the_lesson_is_part_of_the_saved_window(
    qtbot: QtBot, open_window: Callable[..., MainWindow], folder: Path, tmp_path: Path
) -> None:
    first = open_window()
    course = course_of(first, folder)
    assert first.workspace().course is None
    course.open_lesson("1.1.1")
    page_of(course).box("end").skip()
    page_of(course).go("slow")
    saved = workspace_from_json(first.workspace().to_json())
    assert saved.course == {"lesson": "1.1.1", "scene": "slow"}
    second = open_window(folder=tmp_path / "second")
    taken = course_of(second, folder)
    second.open_workspace(saved)
    assert taken.lesson is not None and taken.scene is not None and taken.scene.id == "slow"
    assert [dock.host.panel.id for dock in second.docks] == ["still"] and taken.player.host is second.docks.current.host
    third = open_window(folder=tmp_path / "third")
    other = course_of(third, folder)
    broken: dict[str, Any] = {**saved.to_json(), "course": {"lesson": ["1.1.1"], "scene": 3, "file": {}}}
    third.open_workspace(workspace_from_json(broken))
    assert other.lesson is None and len(third.docks) == 1


def test_lesson_files_of_ones_own_open_like_any_other(
    window: MainWindow, course: CourseFeature, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own.md"
    own.write_text(text(HEADER.replace('id = "1.1.1"', 'id = "own.first"', 1)), encoding="utf-8")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", staticmethod(lambda *_: (str(own), "")))
    window.actions_registry.run("course.open-file")
    assert course.lesson is not None and course.lesson.id == "own.first"
    assert course.saved() == {"lesson": "own.first", "scene": "", "file": str(own)}
    own.write_text("no lesson", encoding="utf-8")
    assert not course.open_file(own) and window.status.currentMessage().startswith("own.md, line 1: a lesson begins")


def test_progress_is_exported_imported_and_reset(
    window: MainWindow, course: CourseFeature, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    course.open_lesson("1.1.1")
    course.progress.answered("1.1.1", "end", 1.0)
    course.close_lesson()
    assert course.dock is not None
    entries = {action.text(): action for action in course.dock.navigator.menu.actions()}
    file = tmp_path / "out"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", staticmethod(lambda *_: (str(file), "")))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", staticmethod(lambda *_: (str(file) + ".json", "")))
    monkeypatch.setattr(QMessageBox, "question", staticmethod(lambda *_: QMessageBox.StandardButton.Reset))
    entries["Export progress…"].trigger()
    entries["Reset progress…"].trigger()
    assert course.progress.lessons == {} and course.dock.navigator._items["1.1.1"].text(1) == ""
    entries["Import progress…"].trigger()
    assert course.progress.of("1.1.1").answers["end"].share == 1.0
    (tmp_path / "out.json").write_text("{}", encoding="utf-8")
    entries["Import progress…"].trigger()
    assert "no file of progress" in window.status.currentMessage() and course.progress.lessons


def test_a_prediction_is_placed_by_mouse_and_by_keys(qtbot: QtBot) -> None:
    theme = load_theme("light")
    point = PlotPad(Question("q", "point", "?", x_range=(0.0, 10.0), y_range=(-1.0, 1.0)), theme)
    qtbot.addWidget(point)
    point.resize(300, 200)
    assert point.answer is None
    QTest.mouseClick(point, Qt.MouseButton.LeftButton, pos=point._area().center().toPoint())
    assert point.answer == pytest.approx((5.0, 0.0), abs=0.1)
    before = point.answer
    QTest.keyClick(point, Qt.Key.Key_Right)
    assert before is not None and point.answer[0] == pytest.approx(before[0] + 0.2)  # type: ignore[index]
    point.show_truth([(5.0, 0.5)])
    locked = point.answer
    QTest.keyClick(point, Qt.Key.Key_Up)
    assert point.answer == locked
    asked = Question("q", "curve", "?", answer=CurveSource("s", "x", "y"), x_range=(0.0, 4.0), y_range=(0.0, 2.0))
    curve = PlotPad(asked, theme)
    qtbot.addWidget(curve)
    curve.resize(300, 200)
    area = curve._area()
    QTest.mousePress(curve, Qt.MouseButton.LeftButton, pos=area.bottomLeft().toPoint())
    QTest.mouseMove(curve, area.topRight().toPoint())
    QTest.mouseRelease(curve, Qt.MouseButton.LeftButton)
    curve._put(area.topRight())
    drawn = curve.answer
    assert isinstance(drawn, list) and drawn[0] == pytest.approx((0.0, 0.0), abs=0.05)
    assert drawn[16][1] == pytest.approx(1.0, abs=0.1) and drawn[-1] == pytest.approx((4.0, 2.0), abs=0.05)
    QTest.keyClick(curve, Qt.Key.Key_Down)
    assert curve.answer[-1][1] == pytest.approx(drawn[-1][1] - 0.04)  # type: ignore[index]


def test_a_term_is_explained_where_it_stands(window: MainWindow, course: CourseFeature) -> None:
    from courseai_lab.app.course.dock import TermPopover

    course.open_lesson("1.1.1")
    course.follow(Link("term", "add", ()))
    assert course.dock is not None
    popover = course.dock.findChild(TermPopover)
    assert popover is not None and popover.isVisible()
    popover.close()
    course.follow(Link("term", "none", ()))
    assert "no none" in window.status.currentMessage()


@pytest.mark.parametrize("ending", ["html", "pdf"])
def test_a_handout_has_text_figures_and_answers(tmp_path: Path, folder: Path, ending: str) -> None:
    from courseai_lab.app.course.handout import save_handout
    from courseai_lab.contract import discover

    course = Course(folder)
    out = tmp_path / f"page.{ending}"
    lesson: Lesson = parse_lesson(text(), "1.1.1.md")
    assert save_handout(lesson, course, discover("tests.fakes"), out, lambda _done, _note: None) == 3
    raw = out.read_bytes()
    if ending == "pdf":
        assert raw.startswith(b"%PDF") and raw.rstrip().endswith(b"%%EOF")
        return
    page = raw.decode()
    assert page.count('src="data:image/png;base64,') == 3 and "http://" not in page.replace("http://www.w3.org", "")
    assert page.index("Figure 2.") < page.index("Questions") < page.index('class="answers"') < page.index("by*(n - 1)")
    assert "<svg" in page and "vertical-align:" in page and "Put " in page
    assert page.index("at 10") < page.index("Four steps of two.")


def test_the_command_line_writes_handouts_and_refuses_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["handout", "1.1.3a", "-o", str(tmp_path / "x.txt")]) == 2
    assert "must end in one of .html, .pdf" in capsys.readouterr().err
    assert cli.main(["handout", "9.9.9", "-o", str(tmp_path / "x.pdf")]) == 2
    assert "There is no lesson 9.9.9" in capsys.readouterr().err
    assert cli.main(["handout", "x.audio", "-o", str(tmp_path / "x.pdf")]) == 2
    assert "Audio, is still to come" in capsys.readouterr().err


def test_the_list_of_lessons_needs_neither_torch_nor_qt() -> None:
    code = (
        "import sys; from courseai_lab import cli; cli.main(['lessons', '--json']); "
        "sys.exit(bool({'torch', 'PySide6', 'numpy', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=False, cwd=Path(cli.__file__).parents[1]
    )
    assert done.returncode == 0 and b'"coverage"' in done.stdout


def test_every_control_of_a_lesson_has_a_name(window: MainWindow, course: CourseFeature) -> None:
    from tests.app.test_use import nameless

    course.show()
    assert course.dock is not None and nameless(course.dock) == []
    course.open_lesson("1.1.1")
    page = page_of(course)
    page.go("slow")
    page.box("end").skip()
    assert nameless(course.dock) == []
