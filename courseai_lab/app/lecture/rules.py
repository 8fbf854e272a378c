"""Keeps a lesson's rules on the panels of its scenes: what it hides, locks and limits, and nothing after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from courseai_lab.app.host import PanelHost
    from courseai_lab.app.main_window import MainWindow
    from courseai_lab.lessons.lesson import Lesson, Scene


class LessonRules(QObject):
    """Follows the course: on each scene the panels of the lesson's kind obey its rules, the others are free."""

    def __init__(self, window: MainWindow) -> None:
        from courseai_lab.app.course.feature import CourseFeature

        super().__init__(window)
        self._ruled: list[PanelHost] = []
        course = window.findChild(CourseFeature)
        assert course is not None
        self._course: CourseFeature = course
        course.scene_shown.connect(self._rule)
        course.lesson_changed.connect(self._free)
        window.panel_closed.connect(self._forget)

    def _rule(self, _scene: Scene) -> None:
        # Loaded with the first scene: it brings pydantic and NumPy, and the window must not wait for those.
        from courseai_lab.contract.rules import Rules

        lesson = self._course.lesson
        if lesson is None:
            return
        rules = Rules(lesson.controls.hide, lesson.controls.lock, lesson.controls.limits)
        hosts = [host for host in self._course.player.hosts if host.panel.id == lesson.panel] if rules else []
        for host in [old for old in self._ruled if old not in hosts]:
            host.set_rules(Rules())
        for host in hosts:
            host.set_rules(rules)
        self._ruled = hosts

    def _free(self, _lesson: Lesson | None) -> None:
        """Another lesson, or none."""
        from courseai_lab.contract.rules import Rules

        ruled, self._ruled = self._ruled, []
        for host in ruled:
            host.set_rules(Rules())

    def _forget(self, host: PanelHost) -> None:
        self._ruled = [one for one in self._ruled if one is not host]
