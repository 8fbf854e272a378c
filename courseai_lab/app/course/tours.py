"""The tour that is on: which step, how to leave it, where it is taken up again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from courseai_lab.app.course.feature import CourseFeature
    from courseai_lab.app.course.page import LessonPage
    from courseai_lab.app.course.tour_guide import TourGuide
    from courseai_lab.app.main_window import MainWindow
    from courseai_lab.ui.theme import Theme


class Tours(QObject):
    """Begins tours and keeps the step each has reached."""

    def __init__(self, course: CourseFeature, window: MainWindow) -> None:
        super().__init__(course)
        self._course = course
        self._window = window
        self._guide: TourGuide | None = None
        self._page: LessonPage | None = None

    @property
    def on(self) -> bool:
        """Whether a tour is on."""
        return self._guide is not None

    @property
    def guide(self) -> TourGuide | None:
        """What leads through the tour that is on."""
        return self._guide

    def begin(self, page: LessonPage, tour_id: str) -> None:
        """Begin a tour, or take it up where it was left."""
        from courseai_lab.app.course.tour_guide import TourGuide

        self.leave()
        card = page.tour_cards[tour_id]
        reached = self._course.progress.of(page.lesson.id).tours.get(tour_id, 0)
        start = reached if reached < len(card.tour.steps) else 0
        guide = TourGuide(card.tour, lambda: self._course.player.host, self._window.themes.theme, start, self)
        guide.moved.connect(self._moved)
        guide.ended.connect(self._ended)
        card.next_asked.connect(guide.advance)
        card.leave_asked.connect(guide.leave)
        self._guide, self._page = guide, page
        guide.begin()
        page.area.ensureWidgetVisible(card)

    def leave(self) -> None:
        """Stop the tour that is on; it can be taken up again."""
        if self._guide is not None:
            self._guide.leave()

    def set_theme(self, theme: Theme) -> None:
        """Follow the theme."""
        if self._guide is not None:
            self._guide.set_theme(theme)

    def _moved(self, step: int) -> None:
        if self._page is None or self._guide is None:
            return
        tour_id = self._guide.tour.id
        self._course.progress.toured(self._page.lesson.id, tour_id, step)
        self._page.tour_cards[tour_id].show_step(step)
        self._window.actions_registry.refresh()

    def _ended(self, done: bool) -> None:
        guide, self._guide = self._guide, None
        page, self._page = self._page, None
        if guide is None or page is None:
            return
        card = page.tour_cards[guide.tour.id]
        card.next_asked.disconnect(guide.advance)
        card.leave_asked.disconnect(guide.leave)
        step = len(guide.tour.steps) if done else guide.step
        self._course.progress.toured(page.lesson.id, guide.tour.id, step)
        card.show_rest(step, done)
        guide.deleteLater()
        self._window.actions_registry.refresh()
