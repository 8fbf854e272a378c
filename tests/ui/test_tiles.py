"""A page placed by a plan: parts go where it says, those it leaves out are hidden, and too much scrolls."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QLabel, QWidget

from courseai_lab.ui.tiles import Plan, Tiles


class Host(QWidget):
    """Two labels, the second only where it is wide."""

    def __init__(self) -> None:
        super().__init__()
        self.tiles = Tiles(self.plan, self)
        self.first, self.second = QLabel("first", self.tiles.page), QLabel("second", self.tiles.page)

    def plan(self, width: int, height: int) -> Plan:
        tall = max(height, 300)
        if width < 200:
            return Plan(((self.first, QRect(0, 0, width, tall)),), 300)
        half = width // 2
        return Plan(((self.first, QRect(0, 0, half, tall)), (self.second, QRect(half, 0, half, tall))), 300)

    def resizeEvent(self, event: Any) -> None:
        self.tiles.resize(self.size())


def test_parts_follow_the_plan(qtbot: Any) -> None:
    host = Host()
    qtbot.addWidget(host)
    host.resize(400, 500)
    with qtbot.waitExposed(host):
        host.show()
    assert host.first.geometry() == QRect(0, 0, 200, 500) and host.second.isVisible()
    host.resize(180, 500)
    assert host.second.isHidden() and host.first.width() == 180
    host.resize(400, 200)
    assert host.second.isVisible() and host.tiles.page.height() == 300
    assert host.tiles.verticalScrollBar().maximum() == 100
    assert not host.tiles.horizontalScrollBar().isVisible()
    assert host.tiles.needed(400) == 300


def test_a_figure_holds_every_part_and_leaves_them_in_place(qtbot: Any) -> None:
    host = Host()
    qtbot.addWidget(host)
    host.resize(400, 400)
    with qtbot.waitExposed(host):
        host.show()
    before = host.second.geometry()
    image = QImage(600, 150, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFFFF)
    painter = QPainter(image)
    assert host.tiles.paint_parts(painter, QRectF(0, 0, 600, 150))
    painter.end()
    left = {image.pixel(x, y) for x in range(150) for y in range(150)}
    right = {image.pixel(x, y) for x in range(150, 300) for y in range(150)}
    assert len(left) > 1 and len(right) > 1
    assert host.second.geometry() == before
