"""Makes the course's dock with its navigator, and joins both to the course."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseai_lab.app.course.dock import CourseDock
from courseai_lab.app.course.going_on import share
from courseai_lab.app.course.navigator import Navigator
from courseai_lab.app.course.progress_menu import fill

if TYPE_CHECKING:
    from courseai_lab.app.course.feature import CourseFeature
    from courseai_lab.app.main_window import MainWindow


def make_dock(window: MainWindow, course: CourseFeature) -> CourseDock:
    """The dock, standing left in the window."""
    panels = frozenset(panel.id for panel in window.panels)

    def done(lesson_id: str) -> float | None:
        return share(course.course, course.progress, lesson_id)

    navigator = Navigator(course.course, panels, done, window.themes.theme)
    navigator.opened.connect(course.open_lesson)
    navigator.continue_asked.connect(course.go_on)
    navigator.said.connect(window.status.say)
    fill(navigator.menu, window, course)
    return CourseDock(window, navigator)
