"""Commands of the menu Course."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseai_lab.app.actions import Command
from courseai_lab.app.course.feature import CourseFeature

if TYPE_CHECKING:
    from courseai_lab.app.main_window import MainWindow

MENU = "Course"


def commands(w: MainWindow) -> list[Command]:
    course = w.features["CourseFeature"]
    assert isinstance(course, CourseFeature)

    def in_lesson() -> bool:
        return course.lesson is not None

    return [
        Command(
            "course.show",
            "Lessons",
            lambda: course.show(not course.shown),
            MENU,
            "Ctrl+J",
            "book",
            checked=lambda: course.shown,
            hint="All lessons of the course, beside the panels",
        ),
        Command(
            "course.continue",
            "Continue the course",
            lambda: _go_on(course),
            MENU,
            "Ctrl+Shift+J",
            "play",
            hint="Where you were, or the first lesson",
        ),
        Command(
            "course.of-panel",
            "Lesson of this panel",
            lambda: _of_panel(w, course),
            MENU,
            "F1",
            "help",
            enabled=lambda: w.host is not None,
            hint="The lesson that the panel in use belongs to",
        ),
        Command("course.next", "Next scene", lambda: course.step(1), MENU, "Ctrl+PgDown", "step", enabled=in_lesson),
        Command(
            "course.previous",
            "Previous scene",
            lambda: course.step(-1),
            MENU,
            "Ctrl+PgUp",
            "step-back",
            enabled=in_lesson,
        ),
        Command("course.leave", "Leave the lesson", course.close_lesson, MENU, "", "close", enabled=in_lesson),
        Command(
            "course.leave-tour", "Leave the tour", course.tours.leave, MENU, "Esc", enabled=lambda: course.tours.on
        ),
        Command("course.open-file", "Open lesson file…", lambda: _open_file(w, course), MENU, "", "folder"),
    ]


def _go_on(course: CourseFeature) -> None:
    course.show()
    course.go_on()


def _of_panel(w: MainWindow, course: CourseFeature) -> None:
    if not course.open_lesson_of_panel() and w.host is not None:
        lessons = w.host.panel.lessons
        names = f"{'Lesson' if len(lessons) == 1 else 'Lessons'} {', '.join(lessons)}"
        told = f"{names} of this panel are still to come." if lessons else "This panel belongs to no lesson."
        w.status.say(told.replace(" are ", " is ") if len(lessons) == 1 else told)


def _open_file(w: MainWindow, course: CourseFeature) -> None:
    from courseai_lab.app.course.progress_menu import open_file

    open_file(w, course)
