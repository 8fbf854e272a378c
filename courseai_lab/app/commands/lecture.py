"""Commands of lectures: begin and end one, the presenter's view, the teacher's own lesson."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseai_lab.app.actions import Command
from courseai_lab.app.lecture.lecture import Lecture

if TYPE_CHECKING:
    from courseai_lab.app.main_window import MainWindow


def commands(w: MainWindow) -> list[Command]:
    lecture = w.features["Lecture"]
    assert isinstance(lecture, Lecture)
    return [
        Command(
            "lecture.begin",
            "Lecture mode",
            lecture.toggle,
            "View",
            "F5",
            "projector",
            enabled=lambda: lecture.on or lecture.may_begin,
            checked=lambda: lecture.on,
            hint="One scene full screen in large type, turned by a clicker; Esc ends it",
        ),
        Command(
            "lecture.presenter",
            "Lecture with presenter's view",
            lecture.toggle_presenter,
            "View",
            "Shift+F5",
            "notes",
            enabled=lambda: lecture.on or lecture.may_begin,
            hint="Notes, next scene, clock and poll here; the hall sees only the picture",
        ),
        Command(
            "lecture.teacher",
            "Teacher's view…",
            lambda: _teach(w),
            "View",
            icon="edit",
            enabled=lambda: w.host is not None,
            hint="Make a lesson of your own: scenes, words, controls that are hidden, locked or limited",
        ),
    ]


def _teach(w: MainWindow) -> None:
    from courseai_lab.app.lecture.teacher import TeacherDialog

    TeacherDialog.show_over(w)
