"""One row of noised images for each schedule, lined up with the time axis above it, and all values at one time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from courseai_lab.panels.noise_schedule.track import RowMetrics, Track, draw_image, to_image
from courseai_lab.ui.numbers import fmt
from courseai_lab.ui.panel_view import Table
from courseai_lab.ui.theme import Theme, text_font

if TYPE_CHECKING:
    from courseai_lab.panels.noise_schedule.compute import Frame

VALUES = (
    ("alpha_bar", "ᾱ"),
    ("beta", "β"),
    ("sqrt_alpha_bar", "√ᾱ"),
    ("sigma", "σ"),
    ("log_snr", "log SNR"),
)
MIN_SIDE = 30
MAX_SIDE = 150
MAX_NOW = 170
_KEYS = {
    Qt.Key.Key_Left: -0.01,
    Qt.Key.Key_Down: -0.01,
    Qt.Key.Key_Right: 0.01,
    Qt.Key.Key_Up: 0.01,
    Qt.Key.Key_PageDown: -0.1,
    Qt.Key.Key_PageUp: 0.1,
}


def value_text(value: float) -> str:
    """A value of a schedule: three digits, a dash where it is not defined, a sign where it has no end."""
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return fmt(value)


class ImageRows(QWidget):
    """Rows of images under a common time axis. Drag anywhere to move the marked time; arrows and Page keys too."""

    pointed = Signal(object)
    """The time step under the pointer, or None when it leaves."""
    dragged = Signal(float, bool)
    """The share of the way (0..1) the user moved the marked time to, and whether the move is over."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._frame: Frame | None = None
        self._colors: tuple[str, ...] = ()
        self._ticks = True
        self._track = Track()
        self._hover: int | None = None
        self._backing: QPixmap | None = None
        self._images: list[list[QImage]] = []
        self._now: list[QImage] = []
        self._strips: np.ndarray | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.setAccessibleName("Images noised by each schedule")
        self.setToolTip(
            "Each picture keeps its place on the time axis above. Values beyond −1 to 1 show as black or white.\n"
            "Drag to move the marked time; arrow keys move it by a hundredth, Page keys by a tenth."
        )

    def set_theme(self, theme: Theme) -> None:
        """Follow a new theme."""
        self._theme = theme
        self._changed()

    def show_rows(self, frame: Frame, colors: tuple[str, ...], ticks: bool) -> None:
        """Show a frame; ``colors`` are those of its curves, ``ticks`` whether the sampler's steps are marked."""
        if self._strips is not frame.cells:
            self._strips = frame.cells
            self._images = [[to_image(cell) for cell in row] for row in frame.cells]
            self._backing = None
        if (colors, ticks) != (self._colors, self._ticks):
            self._backing = None
        self._now = [to_image(now) for now in frame.now]
        if self._hover is not None and self._hover > frame.last:
            self._hover = None
        self._frame, self._colors, self._ticks = frame, colors, ticks
        self.update()

    def set_track(self, track: Track) -> None:
        """Line up with the time axis above."""
        if track != self._track:
            self._track = track
            self._changed()

    def mark(self, t: int | None) -> None:
        """Mark the time step the pointer is over, here or on a curve; None for none."""
        if t != self._hover:
            self._hover = t
            self.update()

    @property
    def hovered(self) -> int | None:
        """The time step marked by ``mark``."""
        return self._hover

    def wanted_height(self, width: float, track: Track, height: float) -> int:
        """Pixels the rows take when about ``height`` is there; more than that where they would be unreadable."""
        metrics = self._metrics(width, track, height)
        rows = len(self._frame.labels) if self._frame is not None else 1
        return math.ceil(metrics.header + rows * metrics.row)

    def values(self, row: int, t: int) -> list[tuple[str, str]]:
        """Symbol and value of every quantity of a row at a time step, as shown."""
        assert self._frame is not None
        return [(symbol, value_text(float(getattr(self._frame, name)[row, t]))) for name, symbol in VALUES]

    def table(self) -> list[Table]:
        """All values at the marked time, and the time steps a sampler visits."""
        frame = self._frame
        if frame is None:
            return []
        values = [[label, *(float(getattr(frame, name)[row, frame.at]) for name, _ in VALUES)]
                  for row, label in enumerate(frame.labels)]  # fmt: skip
        taken = [[step, *(float(t) for t in frame.taken[:, step])] for step in range(frame.taken.shape[1])]
        return [
            Table(f"Values at t = {frame.at}", ("schedule", *(symbol for _, symbol in VALUES)), values),
            Table("Time steps of the sampler", ("step", *frame.labels), taken),
        ]

    def _metrics(self, width: float, track: Track, height: float) -> RowMetrics:
        theme = self._theme
        line, gap = QFontMetricsF(self._small()).height(), theme.gap(2)
        count = len(self._frame.labels) if self._frame is not None else 1
        cells = len(self._frame.cell_t) if self._frame is not None else 9
        room_beside = width - track.right - self._block() - theme.gap(6)
        beside = room_beside >= line * 3
        header, rug, below = line + theme.gap(1), theme.gap(1.5), self._below(line)
        each = (height - header) / max(count, 1) - gap
        side = each - line - rug - (0 if beside else below)
        side = math.floor(min(max(side, MIN_SIDE), (track.right - track.left) / cells - 3, MAX_SIDE * theme.scale))
        column = line * len(VALUES)
        now = min(max(each, column, line + rug + side), MAX_NOW * theme.scale, room_beside)
        return RowMetrics(header, line, rug, side, gap, beside, max(now, column) if beside else below - gap, below)

    def _here(self) -> RowMetrics:
        return self._metrics(self.width(), self._track, self.height())

    def _below(self, line: float) -> float:
        return 3 * line + self._theme.gap(2)

    def _block(self) -> float:
        """Width of the column of values."""
        font = QFontMetricsF(self._small())
        return font.horizontalAdvance("log SNR") + font.horizontalAdvance("−0.000×10⁻⁰") + self._theme.gap(4)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt's hook."""
        if self._backing is None:
            ratio = self.devicePixelRatioF()
            self._backing = QPixmap(self.size() * ratio)
            self._backing.setDevicePixelRatio(ratio)
            self._backing.fill(QColor(self._theme.ground))
            painter = QPainter(self._backing)
            self._paint_rows(painter, ratio)
            painter.end()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._backing)
        self._paint_marks(painter, screen=True)
        painter.end()

    def paint_figure(self, painter: QPainter, rect: QRectF) -> bool:
        """The rows as they are, for an exported figure: text and lines as vectors, images at twice their size."""
        painter.save()
        painter.translate(rect.topLeft())
        painter.scale(rect.width() / max(self.width(), 1), rect.height() / max(self.height(), 1))
        self._paint_rows(painter, 2.0)
        self._paint_marks(painter, screen=False)
        painter.restore()
        return True

    def _paint_rows(self, painter: QPainter, ratio: float) -> None:
        frame, theme, metrics = self._frame, self._theme, self._here()
        if frame is None:
            return
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        painter.setFont(text_font(theme, theme.caption_px))
        self._paint_header(painter, metrics)
        for row, label in enumerate(frame.labels):
            top = metrics.header + row * metrics.row
            color = QColor(theme.color(self._colors[row]))
            self._paint_name(painter, top, label, color, frame.before[row], metrics)
            if self._ticks:
                self._paint_rug(painter, top + metrics.line, frame.taken[row], color, metrics)
            y = top + metrics.line + metrics.rug
            for image, t in zip(self._images[row], frame.cell_t, strict=True):
                x = round(self._track.x(float(t)) - metrics.side / 2)
                draw_image(painter, QRectF(x, y, metrics.side, metrics.side), image, ratio)

    def _paint_header(self, painter: QPainter, metrics: RowMetrics) -> None:
        frame, theme = self._frame, self._theme
        assert frame is not None
        painter.setPen(QColor(theme.muted))
        font = QFontMetricsF(painter.font())
        every = 1 + int(
            font.horizontalAdvance(f" {frame.last} ") / ((self._track.right - self._track.left) / len(frame.cell_t))
        )
        for k, t in enumerate(frame.cell_t):
            if k % every == 0:
                x = self._track.x(float(t))
                painter.drawText(QRectF(x - 100, 0, 200, metrics.line), Qt.AlignmentFlag.AlignCenter, f"{t}")

    def _paint_name(
        self, painter: QPainter, top: float, label: str, color: QColor, before: bool, metrics: RowMetrics
    ) -> None:
        font = QFontMetricsF(painter.font())
        width = self._theme.gap(5)
        middle = top + metrics.line / 2
        pen = QPen(color, max(2.0, self._theme.line_still))
        if before:
            pen.setDashPattern([2.0, 1.5])
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        left = self._track.left
        painter.drawLine(QPointF(left, middle), QPointF(left + width, middle))
        painter.setPen(QColor(self._theme.muted if before else self._theme.text))
        rect = QRectF(left + width + self._theme.gap(1), top, self._track.right - left - width, metrics.line)
        text = font.elidedText(label, Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)

    def _paint_rug(self, painter: QPainter, top: float, taken: np.ndarray, color: QColor, metrics: RowMetrics) -> None:
        pen = QPen(color, max(1.0, self._theme.line_live))
        painter.setPen(pen)
        for t in taken:
            x = self._track.x(float(t))
            painter.drawLine(QPointF(x, top + 1), QPointF(x, top + metrics.rug - 1))

    def _now_rect(self, row: int, metrics: RowMetrics) -> QRectF:
        top = metrics.header + row * metrics.row
        if metrics.beside:
            return QRectF(self._track.right + self._theme.gap(3), top, metrics.now, metrics.now)
        side = metrics.below - metrics.gap
        return QRectF(self._theme.gap(2), top + metrics.line + metrics.rug + metrics.side + metrics.gap / 2, side, side)

    def _small(self) -> QFont:
        return text_font(self._theme, self._theme.caption_px)

    def _paint_marks(self, painter: QPainter, *, screen: bool) -> None:
        """What changes with the pointer: the marked time, the hovered one, and the values there."""
        frame, theme = self._frame, self._theme
        if frame is None:
            return
        metrics = self._here()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        painter.setFont(self._small())
        for t, name in ((frame.at, "accent"), (self._hover if screen else None, "text")):
            if t is not None:
                painter.setPen(QPen(QColor(theme.color(name)), 2.0 if name == "accent" else 1.0))
                self._paint_line(painter, self._track.x(t), metrics)
        ratio = self.devicePixelRatioF() if screen else 2.0
        for row, image in enumerate(self._now):
            draw_image(painter, self._now_rect(row, metrics), image, ratio)
        if metrics.beside:
            middle = self._now_rect(0, metrics).center().x()
            painter.setPen(QColor(theme.accent))
            painter.drawText(
                QRectF(middle - 100, 0, 200, metrics.line), Qt.AlignmentFlag.AlignCenter, f"t = {frame.at}"
            )
        t = self._hover if screen and self._hover is not None else frame.at
        self._paint_values(painter, t, metrics)
        if screen and self.hasFocus():
            painter.setPen(QPen(QColor(theme.accent), 1, Qt.PenStyle.DotLine))
            painter.drawRect(QRectF(0.5, 0.5, self.width() - 1.0, self.height() - 1.0))

    def _paint_line(self, painter: QPainter, x: float, metrics: RowMetrics) -> None:
        """One time, through the images of every row."""
        assert self._frame is not None
        for row in range(len(self._frame.labels)):
            top = metrics.header + row * metrics.row + metrics.line
            painter.drawLine(QPointF(x, top), QPointF(x, top + metrics.rug + metrics.side))

    def _paint_values(self, painter: QPainter, t: int, metrics: RowMetrics) -> None:
        frame, theme = self._frame, self._theme
        assert frame is not None
        painter.setPen(QColor(theme.accent if t == frame.at else theme.text))
        for row in range(len(frame.labels)):
            image = self._now_rect(row, metrics)
            rect = QRectF(
                image.right() + theme.gap(2), image.top(), self.width() - image.right() - theme.gap(2), image.height()
            )
            if metrics.beside:
                if row == 0 and t != frame.at:
                    painter.drawText(QRectF(rect.left(), 0, rect.width(), metrics.line), 0, f"t = {t}")
                self._paint_column(painter, rect, self.values(row, t), metrics)
            else:
                self._paint_flow(painter, rect, [("t", str(t)), *self.values(row, t)], metrics)

    def _paint_column(
        self, painter: QPainter, rect: QRectF, values: list[tuple[str, str]], metrics: RowMetrics
    ) -> None:
        font = QFontMetricsF(painter.font())
        indent = font.horizontalAdvance("log SNR") + self._theme.gap(2)
        for k, (symbol, value) in enumerate(values):
            y = rect.top() + k * metrics.line
            painter.setPen(QColor(self._theme.muted))
            painter.drawText(QPointF(rect.left(), y + font.ascent()), symbol)
            painter.setPen(QColor(self._theme.text))
            painter.drawText(QPointF(rect.left() + indent, y + font.ascent()), value)

    def _paint_flow(self, painter: QPainter, rect: QRectF, values: list[tuple[str, str]], metrics: RowMetrics) -> None:
        """Two columns of three, under the strip."""
        font, gap = QFontMetricsF(painter.font()), self._theme.gap(2)
        x = rect.left()
        for column in (values[:3], values[3:]):
            indent = max(font.horizontalAdvance(symbol) for symbol, _ in column) + gap
            for k, (symbol, value) in enumerate(column):
                y = rect.top() + k * metrics.line + font.ascent()
                painter.setPen(QColor(self._theme.muted))
                painter.drawText(QPointF(x, y), symbol)
                painter.setPen(QColor(self._theme.text))
                painter.drawText(QPointF(x + indent, y), value)
            x += indent + max(font.horizontalAdvance(value) for _, value in column) + 2 * gap

    def _changed(self) -> None:
        self._backing = None
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt's hook."""
        self._changed()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Qt's hook."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._drag(event, False)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Qt's hook."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._drag(event, False)
        elif self._frame is not None:
            inside = self._track.left <= event.position().x() <= self._track.right
            self.pointed.emit(self._step(event.position().x()) if inside else None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Qt's hook."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._drag(event, True)

    def leaveEvent(self, event: QEvent) -> None:
        """Qt's hook."""
        self.pointed.emit(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt's hook."""
        step = _KEYS.get(Qt.Key(event.key()))
        if step is None or self._frame is None:
            super().keyPressEvent(event)
            return
        share = self._frame.at / self._frame.last + step
        self.dragged.emit(min(max(share, 0.0), 1.0), True)

    def _step(self, x: float) -> int:
        assert self._frame is not None
        return round(min(max(self._track.t(x), 0.0), self._frame.last))

    def _drag(self, event: QMouseEvent, done: bool) -> None:
        if self._frame is not None:
            self.dragged.emit(self._step(event.position().x()) / self._frame.last, done)
