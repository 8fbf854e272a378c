"""What a saved window keeps of the course."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from courseai_lab.app.main_window import MainWindow


def saved_course(window: MainWindow) -> Mapping[str, Any] | None:
    """The lesson and scene that are open, or None."""
    from courseai_lab.app.course.feature import CourseFeature

    course = window.features["CourseFeature"]
    assert isinstance(course, CourseFeature)
    return course.saved()


def restore_course(window: MainWindow, data: Mapping[str, Any], lay: Callable[[], object]) -> None:
    """Show the course, lay the window with ``lay``, then open the lesson that was open."""
    from courseai_lab.app.course.feature import CourseFeature

    course = window.features["CourseFeature"]
    assert isinstance(course, CourseFeature)
    course.show()
    lay()
    course.restore(data)
