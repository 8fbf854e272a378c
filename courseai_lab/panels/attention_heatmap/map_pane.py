"""One head's weights as a map: rows look, columns are looked at; the wheel zooms, a drag pans, a click chooses."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPen, QWheelEvent
from PySide6.QtWidgets import QWidget

from courseai_lab.panels.attention_heatmap.pane import CENTRE, LEFT, RIGHT, Pane, picture_of, scale_of, unchanged
from courseai_lab.ui.numbers import fmt
from courseai_lab.ui.panel_view import Table
from courseai_lab.ui.plots import colormaps, readout
from courseai_lab.ui.plots.heat_paint import indexed
from courseai_lab.ui.theme import Theme

CLICK = 4.0
LEAST = 4.0
_ARROWS = {Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0), Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1)}


class MapPane(Pane):
    """``chosen`` carries (query, key) of a click. ``second`` shows the other side of a comparison."""

    chosen = Signal(int, int)
    term = "weight"

    def __init__(self, theme: Theme, parent: QWidget, second: bool = False) -> None:
        super().__init__(theme, parent, "Map of the second head" if second else "Map of the head")
        self._second = second
        self._image: QImage | None = None
        self._shown: tuple[Any, ...] = ()
        self._view = QRectF(0, 0, 1, 1)
        self._size = 0
        self._press: QPointF | None = None
        self._grip: QPointF | None = None
        self._hover: tuple[int, int] | None = None

    @property
    def weights(self) -> np.ndarray:
        """The weights shown [query key]."""
        found: np.ndarray = self.frame.weights_b if self._second else self.frame.weights
        return self.frame.difference if self.differs else found

    @property
    def differs(self) -> bool:
        """Whether the difference of both sides is shown."""
        return self._second and self.look.second == "difference" and self.frame.difference is not None

    @property
    def seen(self) -> np.ndarray:
        """Where the mask lets a query look [query key]; in a difference, on one side at least."""
        found: np.ndarray = self.frame.seen_b if self._second else self.frame.seen
        return found | self.frame.seen if self.differs else found

    @property
    def tokens(self) -> tuple[str, ...]:
        """Their tokens."""
        found: tuple[str, ...] = self.frame.tokens_b if self._second else self.frame.tokens
        return found

    @property
    def _kind(self) -> colormaps.MapKind:
        return "diverging" if self.differs else "sequential"

    def show_frame(self, frame: Any, look: Any) -> None:
        """Show a frame; the part looked at stays while the sentence keeps its length."""
        self.frame, self.look = frame, look
        size = len(self.tokens)
        if size != self._size:
            self._size, self._view = size, QRectF(0, 0, size, size)
        if self._hover is not None and max(self._hover) >= size:
            self._hover = None
        key = (self.weights, frame.seen_b if self._second else frame.seen, look.brightness, look.top, self.differs)
        if not unchanged(key, self._shown):
            self._shown, self._image = key, None
        self.update()

    def stale(self) -> None:
        """Colours have changed."""
        self._image = None
        self.update()

    # Geometry

    def _room(self, width: float, height: float) -> QRectF:
        """Where the map goes: as square as its part shown, labels left and above, the colour bar right."""
        gap = float(self.theme.gap(1))
        label = min(self.widest(self.tokens), 0.24 * width, 0.3 * height) + gap
        top = self.line + 2 * gap + label + self.line
        right = self.wide("≥ 0.00") + 5 * gap
        side = max(min(width - label - right - self.line, height - top - gap), 8.0)
        return QRectF(label + self.line, top, side, side)

    def _cell(self, at: QPointF) -> tuple[int, int] | None:
        room = self._room(self.width(), self.height())
        if self.frame is None or not room.contains(at):
            return None
        size = room.width() / self._view.width()
        col = int(self._view.x() + (at.x() - room.x()) / size)
        row = int(self._view.y() + (at.y() - room.y()) / size)
        return (row, col) if row < self._size and col < self._size else None

    # Painting

    def paint_picture(self, painter: QPainter, width: float, height: float, screen: bool) -> None:
        """The map, its labels, the token and the partner chosen, and the colour bar."""
        frame, theme = self.frame, self.theme
        title = frame.title_b if self._second else f"{frame.title}{', ' + frame.changed if frame.changed else ''}"
        if self.differs:
            title = f"{frame.title}, first minus second"
        self.heading(painter, title[:1].upper() + title[1:], "", width)
        room = self._room(width, height)
        if self._image is None:
            self._image = picture_of(self.weights, self.seen, self.look, theme, self._kind)
        size = room.width() / self._view.width()
        painter.save()
        painter.setClipRect(room)
        painter.fillRect(room, QColor(theme.raised))
        painter.fillRect(room, QBrush(QColor(theme.grid), Qt.BrushStyle.BDiagPattern))
        # Only the cells in sight are handed over, so that panning costs the same at any zoom.
        x0, y0 = int(self._view.x()), int(self._view.y())
        x1, y1 = min(int(self._view.right()) + 2, self._size), min(int(self._view.bottom()) + 2, self._size)
        target = QRectF(
            room.x() + (x0 - self._view.x()) * size, room.y() + (y0 - self._view.y()) * size,
            (x1 - x0) * size, (y1 - y0) * size,
        )  # fmt: skip
        painter.drawImage(target, self._image, QRectF(x0, y0, x1 - x0, y1 - y0))
        if size >= 9:
            painter.setPen(QPen(QColor(theme.ground), 1))
            painter.drawLines(
                [QLineF(target.x() + i * size, room.y(), target.x() + i * size, room.bottom()) for i in range(x1 - x0)]
            )
            painter.drawLines(
                [QLineF(room.x(), target.y() + i * size, room.right(), target.y() + i * size) for i in range(y1 - y0)]
            )
        self._marks(painter, room, size)
        painter.restore()
        painter.setPen(QPen(QColor(theme.outline), theme.outline_px))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(room)
        self._labels(painter, room, size)
        self._bar(painter, room)
        if screen and self._hover is not None:
            self._readout(painter, room, size, self._hover)

    def _rect(self, room: QRectF, size: float, row: int, col: int, rows: int, cols: int) -> QRectF:
        left, top = room.x() + (col - self._view.x()) * size, room.y() + (row - self._view.y()) * size
        return QRectF(left, top, cols * size, rows * size)

    def _marks(self, painter: QPainter, room: QRectF, size: float) -> None:
        """The chosen token's row in the colour of queries, its column in that of keys, the pair's cell."""
        frame = self.frame
        token = frame.token_b if self._second else frame.token
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for name, rect in (
            ("key", self._rect(room, size, 0, token, self._size, 1)),
            ("query", self._rect(room, size, token, 0, 1, self._size)),
        ):
            painter.setPen(QPen(QColor(self.theme.role(name)), max(self.theme.line_still, 1.5)))
            painter.drawRect(rect)
        if not self._second:
            painter.setPen(QPen(QColor(self.theme.text), max(self.theme.line_still, 1.5)))
            painter.drawRect(self._rect(room, size, token, frame.partner, 1, 1))

    def _labels(self, painter: QPainter, room: QRectF, size: float) -> None:
        """Tokens in sight, every so many where they are small; the chosen one in its colours."""
        tokens, gap = self.tokens, float(self.theme.gap(1))
        token = self.frame.token_b if self._second else self.frame.token
        step = max(1, int(np.ceil(self.line * 0.8 / max(size, 1e-6))))
        self.words(painter, "looked at (keys) →", QRectF(room.x(), self.line + gap, room.width(), self.line))
        depth = room.y() - self.line * 2 - 2 * gap
        for index in range(int(self._view.x()), min(int(self._view.right()) + 1, self._size)):
            middle = room.x() + (index + 0.5 - self._view.x()) * size
            if (index % step and index != token) or not room.left() <= middle <= room.right():
                continue
            if step > 1 and index != token and abs(index - token) < step:
                continue
            painter.save()
            painter.translate(middle, room.y() - gap / 2)
            painter.rotate(-90)
            color = "key" if index == token else "muted"
            self.words(painter, tokens[index], QRectF(0, -self.line / 2, depth, self.line), color, LEFT)
            painter.restore()
        for index in range(int(self._view.y()), min(int(self._view.bottom()) + 1, self._size)):
            middle = room.y() + (index + 0.5 - self._view.y()) * size
            if (index % step and index != token) or not room.top() <= middle <= room.bottom():
                continue
            if step > 1 and index != token and abs(index - token) < step:
                continue
            rect = QRectF(self.line, middle - self.line / 2, room.x() - self.line - gap, self.line)
            self.words(painter, tokens[index], rect, "query" if index == token else "muted", RIGHT)
        painter.save()
        painter.translate(self.line / 2 + 1, room.center().y())
        painter.rotate(-90)
        self.words(painter, "← looking (queries)", QRectF(-room.height() / 2, -self.line / 2, room.height(), self.line),
                   "muted", CENTRE)  # fmt: skip
        painter.restore()

    def _bar(self, painter: QPainter, room: QRectF) -> None:
        """The colours and what they mean."""
        gap = float(self.theme.gap(1))
        low, high, _ = scale_of(float(self.weights.max()), self.look)
        if self.differs:
            low, high = -self.look.top, self.look.top
        bar = QRectF(room.right() + 2 * gap, room.y(), 2 * gap, room.height())
        ramp = np.arange(colormaps.LEVELS - 1, -1, -1, dtype=np.uint8)[:, None]
        painter.drawImage(bar, indexed(np.ascontiguousarray(ramp), colormaps.colors(self._kind, self.theme)))
        painter.setPen(QPen(QColor(self.theme.outline), self.theme.outline_px))
        painter.drawRect(bar)
        width = self.wide("≥ 0.00") + gap
        for value, y in ((high, bar.top()), (low, bar.bottom() - self.line)):
            more = "≥ " if value == high and self.look.brightness == "same" and high < 1 else ""
            self.words(painter, more + fmt(value, trim=True), QRectF(bar.right() + gap / 2, y, width, self.line))

    def _readout(self, painter: QPainter, room: QRectF, size: float, cell: tuple[int, int]) -> None:
        row, col = cell
        rect = self._rect(room, size, row, col, 1, 1)
        value = "hidden by the mask" if not self.seen[row, col] else fmt(float(self.weights[row, col]))
        rows = [
            (f"“{self.tokens[row]}”", f"token {row}", self.theme.role("query")),
            (f"looks at “{self.tokens[col]}”", f"token {col}", self.theme.role("key")),
            ("difference" if self.differs else "weight", value, self.theme.muted),
        ]
        area = QRectF(0, 0, self.width(), self.height())
        readout.box(painter, self.theme, area, rect.right(), rows, top=rect.y())

    # Pointer and keys

    def _look_at(self, x: float, y: float, side: float) -> None:
        side = min(max(side, min(LEAST, self._size)), self._size)
        x, y = (min(max(v, 0.0), self._size - side) for v in (x, y))
        self._view = QRectF(x, y, side, side)
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the pointer; a map that is whole lets the page scroll."""
        room = self._room(self.width(), self.height())
        turn = event.angleDelta().y()
        out = turn < 0 and self._view.width() >= self._size
        if self.frame is None or not turn or out or not room.contains(event.position()):
            event.ignore()
            return
        share = (event.position() - room.topLeft()) / room.width()
        side = self._view.width() * 0.8 ** (turn / 120)
        side = min(max(side, min(LEAST, self._size)), self._size)
        lost = self._view.width() - side
        self._look_at(self._view.x() + share.x() * lost, self._view.y() + share.y() * lost, side)
        event.accept()

    def pan(self, dx: float, dy: float) -> None:
        """Move the part shown by pixels."""
        size = self._room(self.width(), self.height()).width() / self._view.width()
        self._look_at(self._view.x() - dx / size, self._view.y() - dy / size, self._view.width())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Qt's hook."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._press = self._grip = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan, or read the weight."""
        if self._grip is not None and self._press is not None and event.buttons() & Qt.MouseButton.LeftButton:
            if (event.position() - self._press).manhattanLength() > CLICK:
                moved = event.position() - self._grip
                self._grip = event.position()
                self.pan(moved.x(), moved.y())
            return
        cell = self._cell(event.position())
        if cell != self._hover:
            self._hover = cell
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A press that did not pan chooses a pair."""
        press, self._press, self._grip = self._press, None, None
        if press is not None and (event.position() - press).manhattanLength() <= CLICK:
            cell = self._cell(event.position())
            if cell is not None:
                self.chosen.emit(*cell)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """The whole map again."""
        self._look_at(0, 0, self._size)

    def leaveEvent(self, event: QEvent) -> None:
        """No weight under the pointer any more."""
        super().leaveEvent(event)
        if self._hover is not None:
            self._hover = None
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows choose the next pair, plus and minus zoom, 0 shows the whole."""
        way = _ARROWS.get(Qt.Key(event.key()))
        if self.frame is None:
            super().keyPressEvent(event)
        elif way is not None and not self._second:
            row, col = self.frame.token + way[0], self.frame.partner + way[1]
            self.chosen.emit(min(max(row, 0), self._size - 1), min(max(col, 0), self._size - 1))
        elif event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Minus, Qt.Key.Key_0):
            factor = {Qt.Key.Key_Plus: 0.8, Qt.Key.Key_Minus: 1.25}.get(Qt.Key(event.key()), 1e9)
            side = self._view.width() * factor
            middle = self._view.center()
            self._look_at(middle.x() - side / 2, middle.y() - side / 2, side)
        else:
            super().keyPressEvent(event)

    def table(self) -> list[Table]:
        """The matrix."""
        if self.frame is None:
            return []
        title = self.frame.title_b if self._second else self.frame.title
        title = f"{self.frame.title} minus {title}" if self.differs else title
        rows = [[token, *row] for token, row in zip(self.tokens, self.weights.tolist(), strict=True)]
        return [Table(f"Attention weights, {title}", ("looks \\ looked at", *self.tokens), rows)]
