"""Small matrices in a row with signs between them: window, kernel, products. The kernel can be edited and turns."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEasingCurve, QEvent, QPointF, QRectF, Qt, QVariantAnimation, Signal
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QStyle, QWidget

from courseai_lab.panels.convolution.marks import Touch
from courseai_lab.panels.convolution.paint import Picture, cell_text, colors_for, text_on
from courseai_lab.ui.numbers import fmt
from courseai_lab.ui.panel_view import Table
from courseai_lab.ui.theme import Theme, text_font

BIGGEST, COMFORTABLE, SMALLEST = 64, 30, 11
TALL = 190
SHRINK, LEAST_PX = (1.0, 0.85, 0.7, 0.6), 9
TURN_MS = 400


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """One matrix: ``name`` for the pointer, ``values`` [row column] coloured from ``low`` to ``high``.

    ``sign`` stands before it. ``outside`` marks cells that are padding, ``winner`` one cell. ``flipped``: turned by 180
    degrees against how it is given; a change of it is shown as a turn.
    """

    name: str
    title: str
    values: np.ndarray
    picture: Picture
    sign: str = ""
    note: str = ""
    outside: np.ndarray | None = None
    winner: tuple[int, int] | None = None
    flipped: bool = False


def grid(name: str, title: str, values: np.ndarray, low: float, high: float, **more: object) -> Grid:
    """A matrix with signed colours where ``low`` is below 0, grey otherwise."""
    kind = "diverging" if low < 0 else "grey"
    limit = max(abs(low), abs(high)) or 1.0
    ends = (-limit, limit) if low < 0 else (low, high)
    return Grid(name, title, values, Picture(values[None], *ends, kind), **more)  # type: ignore[arg-type]


class MatrixPane(QWidget):
    """``touched`` carries the name of a matrix and a ``Touch``; ``pointed`` the name, or ""."""

    touched = Signal(str, object)
    pointed = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._grids: tuple[Grid, ...] = ()
        self._hover: tuple[str, int, int] | None = None
        self._lit = ""
        self._pressed = ""
        self._turn = QVariantAnimation(self)
        self._turn.setDuration(TURN_MS)
        self._turn.setEasingCurve(QEasingCurve.Type.InOutQuad)
        self._turn.setStartValue(0.0)
        self._turn.setEndValue(1.0)
        self._turn.valueChanged.connect(self.update)
        self._turning: Grid | None = None
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self._theme = theme
        self.update()

    def show_grids(self, grids: tuple[Grid, ...]) -> None:
        """Show matrices, left to right; a kernel that is now turned turns before the eyes."""
        before = {one.name: one for one in self._grids}
        self._grids = grids
        shapes = {one.name: one.values.shape for one in grids}
        if self._hover is not None:
            name, row, column = self._hover
            high, wide = shapes.get(name, (0, 0))
            if row >= high or column >= wide:
                self._hover = None
        for one in grids:
            old = before.get(one.name)
            turned = (
                old is not None and old.flipped != one.flipped and np.array_equal(old.values, one.values[::-1, ::-1])
            )
            if turned and self.isVisible() and self._may_move():
                self._turning = old
                self._turn.start()
        self.setAccessibleDescription("; ".join(f"{one.title}, {_by(one.values)}" for one in grids))
        self.update()

    def _may_move(self) -> bool:
        return bool(self.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration, None, self))

    def light(self, name: str) -> None:
        """Frame the matrix whose term is pointed at."""
        if name != self._lit:
            self._lit = name
            self.update()

    def table(self) -> list[Table]:
        """Every matrix."""
        out = []
        for one in self._grids:
            header = ("row", *(str(k + 1) for k in range(one.values.shape[1])))
            rows = [[k + 1, *(float(value) for value in line)] for k, line in enumerate(one.values)]
            out.append(Table(one.title, header, rows))
        return out

    def wanted_height(self, width: int) -> int:
        """Pixels of height for cells that can be read at this width."""
        if not self._grids:
            return 0
        scale = self._theme.text_px / 13
        rows = self._rows(width)
        line = self._line()
        side = self._side(rows, width, COMFORTABLE * 1.35 * scale)
        side = min(side, max(TALL * scale / max(one.values.shape[0] for one in self._grids), SMALLEST))
        return round(sum(max(one.values.shape[0] for one in row) * side + 2 * line + 14 for row in rows))

    # Where things are

    def _line(self) -> float:
        return QFontMetricsF(text_font(self._theme, self._theme.caption_px)).height()

    def _gap(self) -> float:
        return self._theme.text_px * 1.7

    def _rows(self, width: float) -> list[tuple[Grid, ...]]:
        """All side by side; below each other where their numbers would not fit."""
        least = SMALLEST * min(self._theme.text_px / 13, 1.3)
        if len(self._grids) > 1 and self._fit([self._grids], width) < least:
            half = -(-len(self._grids) // 2)
            two = [self._grids[:half], self._grids[half:]]
            if self._fit(two, width) >= least:
                return two
            return [(one,) for one in self._grids]
        return [self._grids]

    def _fit(self, rows: list[tuple[Grid, ...]], width: float) -> float:
        return min(
            (width - 8 - self._gap() * (len(row) - 1)) / max(sum(one.values.shape[1] for one in row), 1) for row in rows
        )

    def _side(self, rows: list[tuple[Grid, ...]], width: float, most: float) -> float:
        return max(min(self._fit(rows, width), most), SMALLEST)

    def places(self) -> dict[str, QRectF]:
        """Where each matrix is."""
        if not self._grids:
            return {}
        rows, line = self._rows(self.width()), self._line()
        words = len(rows) * (2 * line + 10)
        tall = (self.height() - words) / max(sum(max(one.values.shape[0] for one in row) for row in rows), 1)
        side = max(min(self._side(rows, self.width(), BIGGEST * self._theme.text_px / 13), tall), 6.0)
        out: dict[str, QRectF] = {}
        y = line + 4
        for row in rows:
            total = sum(one.values.shape[1] for one in row) * side
            gap = self._gap()
            names = [
                QFontMetricsF(text_font(self._theme, self._theme.caption_px)).horizontalAdvance(one.title)
                for one in row
            ]
            # Titles may be wider than small matrices: the gap grows as far as there is room.
            need = max(
                (name - one.values.shape[1] * side + 12 for name, one in zip(names, row, strict=True)), default=0
            )
            if len(row) > 1:
                gap = max(gap, min(need, (self.width() - 8 - total) / len(row)))
            x = (self.width() - total - gap * (len(row) - 1)) / 2
            high = max(one.values.shape[0] for one in row) * side
            for one in row:
                tall_one, wide = one.values.shape[0] * side, one.values.shape[1] * side
                out[one.name] = QRectF(x, y + (high - tall_one) / 2, wide, tall_one)
                x += wide + gap
            y += high + 2 * line + 10
        return out

    def cell_rect(self, name: str, row: int, column: int) -> QRectF:
        """Where a cell is."""
        place = self.places()[name]
        values = next(one for one in self._grids if one.name == name).values
        side = place.width() / values.shape[1]
        return QRectF(place.left() + column * side, place.top() + row * side, side, side)

    def _cell_at(self, at: QPointF, name: str = "") -> tuple[str, int, int] | None:
        for one in self._grids:
            place = self.places()[one.name]
            if name == one.name or (not name and place.contains(at)):
                high, wide = one.values.shape
                row = math.floor((at.y() - place.top()) / place.height() * high)
                column = math.floor((at.x() - place.left()) / place.width() * wide)
                return one.name, min(max(row, 0), high - 1), min(max(column, 0), wide - 1)
        return None

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt's hook."""
        painter = QPainter(self)
        self._paint(painter)
        painter.end()

    def paint_figure(self, painter: QPainter, rect: QRectF) -> bool:
        """The same as vectors."""
        before = self.geometry()
        self.setGeometry(rect.toRect())
        painter.save()
        painter.translate(rect.topLeft())
        self._paint(painter)
        painter.restore()
        self.setGeometry(before)
        return True

    def _paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(text_font(self._theme, self._theme.caption_px))
        places = self.places()
        for one in self._grids:
            self._paint_grid(painter, one, places[one.name])

    def _paint_grid(self, painter: QPainter, one: Grid, place: QRectF) -> None:
        theme, metrics = self._theme, QFontMetricsF(painter.font())
        line = metrics.height()
        painter.setPen(QColor(theme.text))
        wide = max(place.width() + self._gap(), metrics.horizontalAdvance(one.title) + 4)
        self._words(painter, QRectF(place.center().x() - wide / 2, place.top() - line - 3, wide, line), one.title)
        if one.note:
            painter.setPen(QColor(theme.muted))
            wide = max(wide, metrics.horizontalAdvance(one.note) + 4)
            self._words(painter, QRectF(place.center().x() - wide / 2, place.bottom() + 3, wide, line), one.note)
        if one.sign:
            painter.setPen(QColor(theme.text))
            painter.setFont(text_font(theme, round(theme.title_px * 1.2)))
            gap = self._gap()
            spot = QRectF(place.left() - gap, place.center().y() - gap / 2, gap, gap)
            painter.drawText(spot, Qt.AlignmentFlag.AlignCenter, one.sign)
            painter.setFont(text_font(theme, theme.caption_px))
        if self._turning is not None and one.name == self._turning.name:
            if self._turn.state() == QVariantAnimation.State.Running:
                self._paint_turning(painter, self._turning, place, float(self._turn.currentValue()))
                return
            self._turning = None
        self._paint_cells(painter, one, place, numbers=True)
        if one.name == self._lit:
            painter.setPen(QPen(QColor(theme.accent), 3))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(place.adjusted(-2, -2, 2, 2))

    def _words(self, painter: QPainter, rect: QRectF, text: str) -> None:
        rect.moveLeft(min(max(rect.left(), 0.0), max(self.width() - rect.width(), 0.0)))
        rect.setWidth(min(rect.width(), float(self.width())))
        shown = QFontMetricsF(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, shown)

    def _paint_turning(self, painter: QPainter, one: Grid, place: QRectF, done: float) -> None:
        """First mirrored left to right, then top to bottom: together a turn by 180 degrees."""
        across = math.cos(math.pi * min(2 * done, 1.0))
        down = math.cos(math.pi * max(2 * done - 1, 0.0))
        painter.save()
        painter.translate(place.center())
        painter.scale(across if abs(across) > 0.02 else 0.02, down if abs(down) > 0.02 else 0.02)
        painter.translate(-place.center())
        self._paint_cells(painter, one, place, numbers=False)
        painter.restore()

    def _paint_cells(self, painter: QPainter, one: Grid, place: QRectF, *, numbers: bool) -> None:
        theme = self._theme
        table = colors_for(one.picture, theme)
        low, high = one.picture.low, one.picture.high
        shares = np.clip((one.values - low) / max(high - low, 1e-30), 0, 1)
        rows, columns = one.values.shape
        side = place.width() / columns
        texts, px = self._texts(one, side - 3) if numbers else (None, theme.caption_px)
        painter.setFont(text_font(theme, px))
        for row in range(rows):
            for column in range(columns):
                rect = QRectF(place.left() + column * side, place.top() + row * side, side, side)
                color = QColor(*(int(part) for part in table[round(float(shares[row, column]) * 255)]))
                painter.setPen(QPen(QColor(theme.ground), 1))
                painter.setBrush(color)
                painter.drawRect(rect)
                outside = one.outside is not None and bool(one.outside[row, column])
                if outside:
                    painter.setPen(Qt.PenStyle.NoPen)
                    painter.setBrush(QBrush(QColor(theme.muted), Qt.BrushStyle.Dense6Pattern))
                    painter.drawRect(rect)
                if texts is not None:
                    painter.setPen(text_on(color))
                    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, texts[row][column])
        painter.setFont(text_font(theme, theme.caption_px))
        self._paint_pointed(painter, one, place, side)

    def _texts(self, one: Grid, room: float) -> tuple[list[list[str]] | None, int]:
        """Numbers and their height in pixels: smaller type before fewer digits; none where two digits do not fit."""
        if room < LEAST_PX / 2:
            return None, self._theme.caption_px
        for make in (cell_text, lambda v: fmt(v, 3, trim=True), lambda v: fmt(v, 2, trim=True)):
            texts = [[make(float(value)) for value in line] for line in one.values]
            # Digits are equally wide: the longest texts decide.
            most = max(len(text) for line in texts for text in line)
            longest = {text for line in texts for text in line if len(text) == most}
            for share in SHRINK:
                px = round(self._theme.caption_px * share)
                metrics = QFontMetricsF(text_font(self._theme, px))
                if px >= LEAST_PX and max(metrics.horizontalAdvance(text) for text in longest) <= room:
                    return texts, px
        return None, self._theme.caption_px

    def _paint_pointed(self, painter: QPainter, one: Grid, place: QRectF, side: float) -> None:
        theme = self._theme
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.outline), 1))
        painter.drawRect(place)
        if one.winner is not None:
            row, column = one.winner
            painter.setPen(QPen(QColor(theme.accent), 3))
            painter.drawRect(QRectF(place.left() + column * side, place.top() + row * side, side, side))
        if self._hover is not None:
            _, row, column = self._hover
            if row < one.values.shape[0] and column < one.values.shape[1]:
                painter.setPen(QPen(QColor(theme.text), 2))
                painter.drawRect(QRectF(place.left() + column * side, place.top() + row * side, side, side))

    # Pointer

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Qt's hook."""
        cell = self._cell_at(event.position())
        if cell != self._hover:
            self._hover = cell
            self.pointed.emit(cell[0] if cell is not None else "")
            self._tell(cell)
            self.update()
        if self._pressed and event.buttons():
            self._touch(event, "drag", self._pressed)

    def _tell(self, cell: tuple[str, int, int] | None) -> None:
        parts = []
        if cell is not None:
            _, row, column = cell
            for one in self._grids:
                if row < one.values.shape[0] and column < one.values.shape[1]:
                    parts.append(f"{one.title}: {cell_text(float(one.values[row, column]))}")
        self.setToolTip("\n".join(parts))

    def _touch(self, event: QMouseEvent, kind: str, name: str = "") -> None:
        cell = self._cell_at(event.position(), name)
        if cell is not None:
            right = event.buttons() & Qt.MouseButton.RightButton or event.button() == Qt.MouseButton.RightButton
            self.touched.emit(cell[0], Touch(kind, cell[1], cell[2], bool(right)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Qt's hook."""
        cell = self._cell_at(event.position())
        self._pressed = cell[0] if cell is not None else ""
        self._touch(event, "press")

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Qt's hook."""
        self._touch(event, "double")

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Qt's hook."""
        if self._pressed:
            self._touch(event, "release", self._pressed)
            self._pressed = ""

    def leaveEvent(self, event: QEvent) -> None:
        """Qt's hook."""
        if self._hover is not None:
            self._hover = None
            self.pointed.emit("")
            self.update()


def _by(values: np.ndarray) -> str:
    return f"{values.shape[0]} × {values.shape[1]}"
