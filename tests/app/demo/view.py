"""A view that paints by itself."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from courseai_lab.ui.panel_view import PanelView


class Canvas(QWidget):
    points: list[QPointF] = []
    color = "#000000"

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.translate(self.width() / 2, self.height() / 2)
        painter.setPen(QPen(QColor(self.color), 2))
        painter.drawPolyline(self.points)
        painter.end()


class View(PanelView):
    def build(self) -> None:
        layout = QVBoxLayout(self)
        self.canvas = Canvas(self)
        self.title = QLabel("", self)
        layout.addWidget(self.title)
        layout.addWidget(self.canvas, 1)

    def draw(self, frame: Any, params: Any, look: Any) -> None:
        self.canvas.color = self.theme.role("model")
        self.canvas.points = [QPointF(40 * x, 40 * y) for x, y in frame.path.tolist()]
        self.title.setText(f"{look.label} {frame.count}")
        self.canvas.update()
