"""One picture with what is marked on it: the window, cells never read, outputs not reached yet, a marked pixel."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from courseai_lab.panels.convolution.marks import Shown, Touch, at_least, runs
from courseai_lab.panels.convolution.paint import cell_text, colors_for, picture_image, text_on
from courseai_lab.ui.numbers import fmt
from courseai_lab.ui.panel_view import Table
from courseai_lab.ui.theme import Theme, text_font

NUMBERS_FROM = 2.3
"""Numbers are written into cells that are so many times as wide as the type is high."""
MOST_IN_TABLE = 64


class PicturePane(QWidget):
    """A picture with marks. ``touched`` carries a ``Touch``; ``pointed`` says whether the pointer is over it."""

    touched = Signal(object)
    pointed = Signal(bool)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shown: Shown | None = None
        self._image: QImage | None = None
        self._scaled: tuple[tuple[int, int, float], QImage] | None = None
        self._hover: tuple[int, int] | None = None
        self._glow: tuple[np.ndarray, str, QImage] | None = None
        self._lit = False
        self._pressed = False
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self._theme = theme
        self._image = self._scaled = self._glow = None
        self.update()

    def show_picture(self, shown: Shown) -> None:
        """Show it; the same values keep the image that was made of them."""
        before = self._shown
        same = before is not None and (
            before.picture.values is shown.picture.values
            and (before.picture.low, before.picture.high, before.picture.kind)
            == (shown.picture.low, shown.picture.high, shown.picture.kind)
        )
        if not same:
            self._image = self._scaled = None
        self._shown = shown
        high, wide = shown.picture.values.shape[1:]
        if self._hover is not None and not (self._hover[0] < high and self._hover[1] < wide):
            self._hover = None
        self.setAccessibleName(shown.title)
        self.setAccessibleDescription(f"{high} rows, {wide} columns. {shown.note}")
        self.update()

    def light(self, on: bool) -> None:
        """Frame it while its term of the formula is pointed at."""
        if on != self._lit:
            self._lit = on
            self.update()

    def table(self) -> list[Table]:
        """The first channel's values around what is marked."""
        if self._shown is None:
            return []
        values = self._shown.picture.values[0]
        top, left = 0, 0
        if max(values.shape) > MOST_IN_TABLE and self._shown.cell is not None:
            top, left = (max(0, at - MOST_IN_TABLE // 2) for at in self._shown.cell)
        part = values[top : top + MOST_IN_TABLE, left : left + MOST_IN_TABLE]
        header = ("row", *(str(left + k + 1) for k in range(part.shape[1])))
        rows = [[top + k + 1, *(float(value) for value in line)] for k, line in enumerate(part)]
        return [Table(self._shown.title, header, rows)]

    # Where things are

    def place(self) -> QRectF:
        """Where the picture is, under its title and above its bar."""
        assert self._shown is not None
        high, wide = self._shown.picture.values.shape[1:]
        line = QFontMetricsF(text_font(self._theme, self._theme.caption_px)).height()
        room = QRectF(2, line + 4, max(self.width() - 4, 8), max(self.height() - 2 * line - 12, 8))
        side = min(room.width() / wide, room.height() / high)
        place = QRectF(0, 0, side * wide, side * high)
        place.moveTo(room.left() + (room.width() - place.width()) / 2, room.top())
        return place

    def cell_rect(self, row: float, column: float, high: float = 1, wide: float = 1) -> QRectF:
        """Where cells are."""
        assert self._shown is not None
        place = self.place()
        side = place.width() / self._shown.picture.values.shape[2]
        return QRectF(place.left() + column * side, place.top() + row * side, wide * side, high * side)

    def _cell_at(self, at: QPointF, clamp: bool) -> tuple[int, int] | None:
        if self._shown is None:
            return None
        place = self.place()
        if not clamp and not place.contains(at):
            return None
        high, wide = self._shown.picture.values.shape[1:]
        row = int(np.floor((at.y() - place.top()) / place.height() * high))
        column = int(np.floor((at.x() - place.left()) / place.width() * wide))
        return min(max(row, 0), high - 1), min(max(column, 0), wide - 1)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt's hook."""
        painter = QPainter(self)
        self._paint(painter, self.devicePixelRatioF(), screen=True)
        painter.end()

    def paint_figure(self, painter: QPainter, rect: QRectF) -> bool:
        """The same as vectors, without the pointer."""
        before = self.geometry()
        self.setGeometry(rect.toRect())
        painter.save()
        painter.translate(rect.topLeft())
        self._paint(painter, 2.0, screen=False)
        painter.restore()
        self.setGeometry(before)
        return True

    def _paint(self, painter: QPainter, ratio: float, *, screen: bool) -> None:
        shown, theme = self._shown, self._theme
        if shown is None:
            return
        painter.setFont(text_font(theme, theme.caption_px))
        place = self.place()
        self._paint_image(painter, place, ratio)
        painter.save()
        painter.setClipRect(place.adjusted(-1, -1, 1, 1))
        self._paint_ring(painter, shown, place)
        self._paint_numbers(painter, shown, place)
        self._paint_unvisited(painter, shown, place)
        self._paint_unread(painter, shown)
        painter.restore()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_reached(painter, shown)
        self._paint_marks(painter, shown, place)
        self._paint_words(painter, shown, place, screen)

    def _paint_image(self, painter: QPainter, place: QRectF, ratio: float) -> None:
        assert self._shown is not None
        if self._image is None:
            self._image = picture_image(self._shown.picture, self._theme)
        wide, high = max(1, round(place.width() * ratio)), max(1, round(place.height() * ratio))
        key = (wide, high, ratio)
        if self._scaled is None or self._scaled[0] != key:
            mode = Qt.TransformationMode.SmoothTransformation
            if wide >= self._image.width():
                mode = Qt.TransformationMode.FastTransformation
            scaled = self._image.scaled(wide, high, Qt.AspectRatioMode.IgnoreAspectRatio, mode)
            scaled.setDevicePixelRatio(ratio)
            self._scaled = (key, scaled)
        painter.drawImage(place, self._scaled[1])
        if self._shown.glow is not None:
            self._paint_glow(painter, place, self._shown.glow)

    def _paint_glow(self, painter: QPainter, place: QRectF, glow: np.ndarray) -> None:
        color = QColor(self._theme.role("gradient"))
        if self._glow is None or self._glow[0] is not glow or self._glow[1] != self._theme.name:
            alpha = np.clip(np.sqrt(glow) * 215, 0, 215).astype(np.uint32)
            veil = np.where(glow > 0, np.maximum(alpha, 60), 0).astype(np.uint32)
            # Premultiplied, as Qt wants it.
            parts = (color.red(), color.green(), color.blue())
            red, green, blue = (veil * np.uint32(part) // np.uint32(255) for part in parts)
            words = np.ascontiguousarray(veil << 24 | red << 16 | green << 8 | blue).astype(np.uint32)
            kind = QImage.Format.Format_ARGB32_Premultiplied
            image = QImage(words.data, words.shape[1], words.shape[0], words.shape[1] * 4, kind).copy()
            self._glow = (glow, self._theme.name, image)
        painter.drawImage(place, self._glow[2])

    def _paint_ring(self, painter: QPainter, shown: Shown, place: QRectF) -> None:
        if shown.inner is None:
            return
        r0, r1, c0, c1 = shown.inner
        high, wide = shown.picture.values.shape[1:]
        if (r0, r1, c0, c1) == (0, high, 0, wide) or r1 <= r0 or c1 <= c0:
            return
        inside = self.cell_rect(r0, c0, r1 - r0, c1 - c0)
        veil = QColor(self._theme.ground)
        veil.setAlphaF(0.5)
        for rect in (
            QRectF(place.left(), place.top(), place.width(), inside.top() - place.top()),
            QRectF(place.left(), inside.bottom(), place.width(), place.bottom() - inside.bottom()),
            QRectF(place.left(), inside.top(), inside.left() - place.left(), inside.height()),
            QRectF(inside.right(), inside.top(), place.right() - inside.right(), inside.height()),
        ):
            painter.fillRect(rect, veil)
        painter.setPen(QPen(QColor(self._theme.role("data")), 1.0, Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(inside)

    def _paint_numbers(self, painter: QPainter, shown: Shown, place: QRectF) -> None:
        values = shown.picture.values[0]
        high, wide = values.shape
        side = place.width() / wide
        if side < 14 or max(high, wide) > 40:
            return
        painter.setPen(QPen(QColor(self._theme.grid), 1))
        for k in range(1, wide):
            x = place.left() + k * side
            painter.drawLine(QPointF(x, place.top()), QPointF(x, place.bottom()))
        for k in range(1, high):
            y = place.top() + k * side
            painter.drawLine(QPointF(place.left(), y), QPointF(place.right(), y))
        if side < NUMBERS_FROM * self._theme.caption_px or len(shown.picture.values) > 1 or self._image is None:
            return
        metrics = QFontMetricsF(painter.font())
        last = high * wide if shown.done is None or shown.unvisited == "full" else shown.done[0] * wide + shown.done[1]
        for (row, column), value in np.ndenumerate(values):
            if row * wide + column > last:
                break  # Not reached yet: its number is not known.
            text = cell_text(float(value))
            if metrics.horizontalAdvance(text) > side - 2:
                text = fmt(float(value), 2, trim=True)
            if metrics.horizontalAdvance(text) <= side - 2:
                painter.setPen(text_on(self._image.pixelColor(column, row)))
                painter.drawText(self.cell_rect(row, column), Qt.AlignmentFlag.AlignCenter, text)

    def _paint_unvisited(self, painter: QPainter, shown: Shown, place: QRectF) -> None:
        if shown.done is None or shown.unvisited == "full":
            return
        i, j = shown.done
        here = self.cell_rect(i, j)
        veil = QColor(self._theme.ground)
        veil.setAlphaF(0.72 if shown.unvisited == "faint" else 1.0)
        painter.fillRect(QRectF(here.right(), here.top(), place.right() - here.right(), here.height()), veil)
        painter.fillRect(QRectF(place.left(), here.bottom(), place.width(), place.bottom() - here.bottom()), veil)

    def _paint_unread(self, painter: QPainter, shown: Shown) -> None:
        if shown.read is None or (shown.read[0].all() and shown.read[1].all()):
            return
        high, wide = shown.picture.values.shape[1:]
        veil = QColor(self._theme.ground)
        veil.setAlphaF(0.55)
        hatch = QBrush(QColor(self._theme.role("loss")), Qt.BrushStyle.BDiagPattern)
        for axis, mask in enumerate(shown.read):
            for start, stop in runs(~mask):
                rect = (
                    self.cell_rect(start, 0, stop - start, wide)
                    if axis == 0
                    else self.cell_rect(0, start, high, stop - start)
                )
                painter.fillRect(rect, veil)
                painter.fillRect(rect, hatch)

    def _paint_reached(self, painter: QPainter, shown: Shown) -> None:
        if shown.reached is None:
            return
        color = QColor(self._theme.role("gradient"))
        painter.setPen(QPen(color, 2))
        color.setAlphaF(0.45)
        painter.setBrush(color)
        rows, columns = (runs(mask) for mask in shown.reached)
        for top, bottom in rows:
            for left, right in columns:
                rect = self.cell_rect(top, left, bottom - top, right - left)
                painter.drawRect(at_least(rect, 4.0))

    def _paint_marks(self, painter: QPainter, shown: Shown, place: QRectF) -> None:
        theme = self._theme
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if shown.probe is not None and min(shown.probe) >= 0:
            self._frame(painter, at_least(self.cell_rect(*shown.probe), 6.0), theme.role("gradient"))
        if shown.box is not None:
            top, left, high, wide = shown.box
            painter.save()
            painter.setClipRect(place.adjusted(-1, -1, 1, 1))
            self._frame(painter, self.cell_rect(top, left, high, wide), theme.role("gradient"))
            painter.restore()
        if shown.window is not None and len(shown.window[0]) and len(shown.window[1]):
            rows, columns = shown.window
            whole = self.cell_rect(
                float(rows[0]), float(columns[0]), float(rows[-1] - rows[0] + 1), float(columns[-1] - columns[0] + 1)
            )
            self._frame(painter, at_least(whole.intersected(place) if len(rows) > 20 else whole, 6.0), theme.accent)
            spread = (len(rows) > 1 and rows[1] - rows[0] > 1) or (len(columns) > 1 and columns[1] - columns[0] > 1)
            if spread and self.cell_rect(0, 0).width() >= 2:
                painter.setPen(QPen(QColor(theme.accent), 1))
                for row in rows.tolist():
                    for column in columns.tolist():
                        painter.drawRect(self.cell_rect(row, column))
        if shown.cell is not None:
            self._frame(painter, at_least(self.cell_rect(*shown.cell), 6.0), theme.accent)
        if self._lit:
            self._frame(painter, place, theme.accent)

    def _frame(self, painter: QPainter, rect: QRectF, color: str) -> None:
        """A frame that is seen on dark and on light."""
        width = max(2.0, self._theme.line_still)
        painter.setPen(QPen(QColor(self._theme.ground), width + 2))
        painter.drawRect(rect)
        painter.setPen(QPen(QColor(color), width))
        painter.drawRect(rect)

    def _paint_words(self, painter: QPainter, shown: Shown, place: QRectF, screen: bool) -> None:
        theme, metrics = self._theme, QFontMetricsF(painter.font())
        line = metrics.height()
        painter.setPen(QColor(theme.text))
        title = metrics.elidedText(shown.title, Qt.TextElideMode.ElideRight, self.width() - 4.0)
        painter.drawText(QRectF(2, 1, self.width() - 4, line), Qt.AlignmentFlag.AlignCenter, title)
        bottom = QRectF(2, place.bottom() + 4, self.width() - 4, line)
        if screen and self._hover is not None:
            row, column = self._hover
            values = " ".join(cell_text(float(one[row, column])) for one in shown.picture.values[:3])
            text = f"row {row + shown.first[0]}, column {column + shown.first[1]}: {values}"
            painter.drawText(
                bottom,
                Qt.AlignmentFlag.AlignCenter,
                metrics.elidedText(text, Qt.TextElideMode.ElideRight, bottom.width()),
            )
            return
        self._paint_bar(painter, shown, bottom, metrics)

    def _paint_bar(self, painter: QPainter, shown: Shown, rect: QRectF, metrics: QFontMetricsF) -> None:
        theme, picture = self._theme, shown.picture
        low, high = (fmt(value, trim=True) for value in (picture.low, picture.high))
        bar = min(theme.gap(20), rect.width() / 3)
        widths = metrics.horizontalAdvance(low), metrics.horizontalAdvance(high)
        note = f"{shown.note}" if shown.note else ""
        gap = theme.gap(1.5)
        room = rect.width() - bar - sum(widths) - 4 * gap
        note = note if metrics.horizontalAdvance(note) <= room else ""
        total = sum(widths) + bar + 2 * gap + (metrics.horizontalAdvance(note) + 2 * gap if note else 0)
        x = rect.left() + (rect.width() - total) / 2
        painter.setPen(QColor(theme.muted))
        base = rect.top() + metrics.ascent()
        painter.drawText(QPointF(x, base), low)
        x += widths[0] + gap
        table = np.ascontiguousarray(colors_for(picture, theme))
        strip = QImage(table.data, 256, 1, 768, QImage.Format.Format_RGB888)
        painter.drawImage(QRectF(x, rect.top() + rect.height() * 0.25, bar, rect.height() * 0.5), strip)
        x += bar + gap
        painter.drawText(QPointF(x, base), high)
        if note:
            painter.drawText(QPointF(x + widths[1] + 2 * gap, base), note)

    # Pointer

    def _touch(self, event: QMouseEvent, kind: str, clamp: bool) -> None:
        cell = self._cell_at(event.position(), clamp)
        if cell is not None:
            right = event.buttons() & Qt.MouseButton.RightButton or event.button() == Qt.MouseButton.RightButton
            shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self.touched.emit(Touch(kind, *cell, bool(right or shift)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Qt's hook."""
        if self._cell_at(event.position(), False) is not None:
            self._pressed = True
            self._touch(event, "press", False)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Qt's hook."""
        self._touch(event, "double", False)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Qt's hook."""
        cell = self._cell_at(event.position(), False)
        self.setCursor(Qt.CursorShape.CrossCursor if cell is not None else Qt.CursorShape.ArrowCursor)
        if cell != self._hover:
            self._hover = cell
            self.pointed.emit(cell is not None)
            self.update()
        if self._pressed and event.buttons():
            self._touch(event, "drag", True)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Qt's hook."""
        if self._pressed:
            self._pressed = False
            self._touch(event, "release", True)

    def leaveEvent(self, event: QEvent) -> None:
        """Qt's hook."""
        if self._hover is not None:
            self._hover = None
            self.pointed.emit(False)
            self.update()
