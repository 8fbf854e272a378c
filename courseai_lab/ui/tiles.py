"""A page of parts placed by a plan for its width and height; it scrolls down where the height is too little."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from courseai_lab.ui.scroll_room import scroll_room


@dataclass(frozen=True, slots=True)
class Plan:
    """Where each part goes on the page, and the height that all of them need. Parts left out are hidden."""

    places: tuple[tuple[QWidget, QRect], ...]
    height: int


MakePlan = Callable[[int, int], Plan]


class Tiles(QScrollArea):
    """Holds the parts (children of ``page``) of a view. ``make_plan(width, height)`` says where they go."""

    def __init__(self, make_plan: MakePlan, parent: QWidget) -> None:
        super().__init__(parent)
        self._make_plan = make_plan
        self._parts: set[QWidget] = set()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.page = QWidget()
        self.setWidget(self.page)

    def arrange(self) -> None:
        """Place everything for the present size."""
        room = scroll_room(self, self.size(), lambda width, height: self._make_plan(width, height).height)
        plan = self._make_plan(room.width(), room.height())
        self.page.resize(room.width(), max(plan.height, room.height()))
        placed = set()
        for part, place in plan.places:
            part.setGeometry(place)
            part.show()
            placed.add(part)
        for part in self._parts - placed:
            part.hide()
        self._parts |= placed

    def needed(self, width: int) -> int:
        """Pixels of height that everything needs at this width."""
        return self._make_plan(width, 0).height

    def paint_parts(self, painter: QPainter, rect: QRectF) -> bool:
        """Every part as vectors where it can, at its place on a page as wide as ``rect``. Returns True."""
        plan = self._make_plan(round(rect.width()), round(rect.height()))
        shrink = min(1.0, rect.height() / max(plan.height, 1))
        painter.save()
        painter.translate(rect.topLeft())
        painter.scale(shrink, shrink)
        for part, place in plan.places:
            as_vectors: Any = getattr(part, "paint_figure", None)
            if as_vectors is None or not as_vectors(painter, QRectF(place)):
                self._render(painter, part, place)
        painter.restore()
        return True

    def _render(self, painter: QPainter, part: QWidget, place: QRect) -> None:
        before = part.geometry()
        part.setGeometry(place)
        painter.save()
        painter.translate(place.topLeft())
        part.render(painter, QPoint(), renderFlags=QWidget.RenderFlag.DrawChildren)
        painter.restore()
        part.setGeometry(before)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt's hook."""
        super().resizeEvent(event)
        self.arrange()
