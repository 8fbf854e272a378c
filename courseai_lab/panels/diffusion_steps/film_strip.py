"""Stills of the whole way over one time axis: noising above, the way back below, branches off it under that."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from courseai_lab.panels.diffusion_steps.stage_row import paint_picture, to_image
from courseai_lab.ui.numbers import fmt
from courseai_lab.ui.theme import Theme, text_font

if TYPE_CHECKING:
    from courseai_lab.panels.diffusion_steps.frame import Frame

LEAST, MOST, WIDE, FEW = 22, 54, 92, 12
GRAB = 9
_KEYS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Home: -(10**6), Qt.Key.Key_End: 10**6}


class FilmStrip(QWidget):
    """Click or drag on a row to go to that moment; drag the branch mark, or B for here; arrows go frame by frame."""

    sought = Signal(int)
    """The frame asked for."""
    branched = Signal(float, bool)
    """The share of the time axis the branch mark was dragged to, and whether the drag is over."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._frame: Frame | None = None
        self._cells: np.ndarray | None = None
        self._images: list[QImage] = []
        self._branches: list[QImage] = []
        self._wanted = 0
        self._branch_at = 0.0
        self._smooth = False
        self._held = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Stills of the way")
        self.setToolTip(
            "Click or drag to go to that moment. Drag the dashed mark, or press B, to draw new noise from there on."
        )

    def set_theme(self, theme: Theme) -> None:
        """Follow a new theme."""
        self._theme = theme
        self.update()

    def show_frame(self, frame: Frame, wanted: int, branch_at: float, smooth: bool) -> None:
        """Show the stills there are; ``wanted`` branches leave at the share ``branch_at`` of the time axis."""
        if frame.film is not self._cells:
            self._cells = frame.film
            self._images = [to_image(cell) for cell in frame.film]
        self._branches = [] if frame.branches is None else [to_image(cell) for cell in frame.branches]
        self._frame, self._wanted, self._branch_at, self._smooth = frame, wanted, branch_at, smooth
        self.update()

    # Sizes

    def _font(self) -> QFont:
        return text_font(self._theme, self._theme.caption_px)

    def _line(self) -> float:
        return QFontMetricsF(self._font()).height()

    def _rows(self) -> int:
        """1: one row of stills; 2: both ways."""
        return 2 if self._frame is not None and self._frame.page == "play" else 1

    def _per_row(self) -> int:
        frame = self._frame
        if frame is None:
            return 1
        return max(sum(frame.film_back), len(frame.film_back) - sum(frame.film_back), 1)

    def _side(self, width: float) -> float:
        """Of one still."""
        most = (MOST if self._rows() == 2 else WIDE) * min(self._theme.scale, 1.3)
        count = min(self._per_row(), FEW if self._rows() == 1 else self._per_row())
        room = (width - 2 * self._theme.gap(2)) / count - self._theme.gap(1)
        return max(LEAST, min(room, most, self._closest(width)))

    def _closest(self, width: float) -> float:
        """What the two stills of a row that are nearest in time leave each other."""
        frame = self._frame
        if frame is None or self._rows() == 1:
            return width
        rows = [
            [t for t, back in zip(frame.film_t, frame.film_back, strict=True) if back is way] for way in (False, True)
        ]
        least = min((abs(b - a) for row in rows for a, b in pairwise(row)), default=frame.start)
        return 0.94 * least / self._span() * (width - MOST)

    def needed(self, width: int) -> int:
        """Pixels that all rows need."""
        side, line = self._side(width), self._line() + self._theme.gap(1)
        branch = side + line + self._theme.gap(1) if self._wanted and self._rows() == 2 else 0.0
        return math.ceil(self._rows() * (side + line) + line + branch + self._theme.gap(1))

    def _span(self) -> float:
        """The time at the right end; on the page of counts, the number of the last one."""
        frame = self._frame
        assert frame is not None
        if frame.phase == "count":
            return max(len(frame.film_t) - 1, 1)
        return float(frame.start if frame.page == "play" else frame.last)

    def _x(self, t: float) -> float:
        half = self._side(self.width()) / 2 + self._theme.gap(2)
        return half + t / self._span() * (self.width() - 2 * half)

    def _t(self, x: float) -> float:
        half = self._side(self.width()) / 2 + self._theme.gap(2)
        return (x - half) / max(self.width() - 2 * half, 1.0) * self._span()

    def _row_top(self, row: int) -> float:
        """Where the stills of a row begin: 0 noising, 1 the way back, 2 branches."""
        side, line = self._side(self.width()), self._line() + self._theme.gap(1)
        axis = line if row >= self._rows() else 0.0
        return line + row * (side + line) + axis

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt's hook."""
        painter = QPainter(self)
        if self._frame is not None:
            self._paint(painter, self._frame)
        painter.end()

    def _paint(self, painter: QPainter, frame: Frame) -> None:
        theme, side, line = self._theme, self._side(self.width()), self._line()
        painter.setRenderHints(QPainter.RenderHint.TextAntialiasing | QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font())
        heads = {"play": ("noising →", "← the way back"), "errors": ("x̂₀, predicted at each time",),
                 "leap": ("the result of …",)}[frame.page]  # fmt: skip
        for row, head in enumerate(heads):
            lit = (frame.phase == "reverse") == (row == 1)
            self._write(painter, theme.gap(2), self._row_top(row) - line - 2, head, theme.text if lit else theme.muted)
        for k in self._shown():
            t = k if frame.phase == "count" else frame.film_t[k]
            row = 1 if frame.film_back[k] else 0
            rect = QRectF(self._x(t) - side / 2, self._row_top(row), side, side)
            if frame.index >= frame.film_index[k]:
                paint_picture(painter, rect, self._images[k], self._smooth)
            now = frame.index == frame.film_index[k]
            painter.setPen(QPen(QColor(theme.accent if now else theme.outline), 2.5 if now else 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(rect)
        self._axis(painter, frame)
        if frame.phase != "count":
            self._now(painter, frame)
        if self._rows() == 2 and self._wanted:
            self._branch_row(painter, frame)
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.accent), 2))
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))

    def _shown(self) -> list[int]:
        """The stills there is room for."""
        count = len(self._images)
        if self._rows() == 2:
            return list(range(count))
        if count <= FEW:
            return list(range(count))
        room = max(2, int(self.width() / (self._side(self.width()) + self._theme.gap(1))))
        step = next(k for k in range(1, count) if (count - 1) % k == 0 and (count - 1) // k + 1 <= room)
        return list(range(0, count, step))

    def _axis(self, painter: QPainter, frame: Frame) -> None:
        """Times, or counts, below the rows."""
        top, metrics = self._row_top(self._rows() - 1) + self._side(self.width()) + 2, QFontMetricsF(self._font())
        shown = self._shown()
        right = -1e9
        for k in shown:
            if frame.film_back[k] and self._rows() == 2:
                continue
            count = frame.phase == "count"
            text = (f"{frame.film_t[k]} step" + "s" * (frame.film_t[k] > 1)) if count else f"{frame.film_t[k]}"
            text = f"t = {text}" if not count and k == shown[0] else text
            wide, x = metrics.horizontalAdvance(text), self._x(k if count else frame.film_t[k])
            left = min(max(x - wide / 2, 2.0), self.width() - wide - 2)
            if left > right + 6:
                self._write(painter, left, top, text, self._theme.muted)
                right = left + wide

    def _now(self, painter: QPainter, frame: Frame) -> None:
        row = 1 if frame.phase == "reverse" else 0
        top, side = self._row_top(row), self._side(self.width())
        painter.setPen(QPen(QColor(self._theme.accent), 2))
        x = self._x(frame.t)
        painter.drawLine(QPointF(x, top - 4), QPointF(x, top + side + 4))

    def _branch_row(self, painter: QPainter, frame: Frame) -> None:
        theme, side = self._theme, self._side(self.width())
        top = self._row_top(2)
        x = self._x(min(self._branch_at * frame.last, self._span()))
        painter.setPen(QPen(QColor(theme.color("noise")), 2, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(x, self._row_top(1) - 6), QPointF(x, self._row_top(1) + side + 6))
        painter.setBrush(QColor(theme.color("noise")))
        painter.drawEllipse(QPointF(x, self._row_top(1) + side + 4), 5, 5)
        began = f" from t = {frame.branch_t}" if frame.branch_t >= 0 else ", not there yet"
        self._write(painter, theme.gap(2), top - self._line() - 2, f"branches: new noise{began}", theme.color("noise"))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for k in range(self._wanted):
            rect = QRectF(theme.gap(2) + k * (side + theme.gap(2)), top, side, side)
            if k < len(self._branches):
                paint_picture(painter, rect, self._branches[k], self._smooth)
            painter.setPen(QPen(QColor(theme.color("noise")), 1))
            painter.drawRect(rect)
        if self._branches and frame.k_x0 > 0:
            where = "clean" if frame.t_next < 0 else f"t = {frame.t_next}"
            left = theme.gap(2) + self._wanted * (side + theme.gap(2))
            words = f"{where}, beside the way above; SNR of this step {fmt((frame.alpha / frame.sigma) ** 2)}"
            room = max(self.width() - left - theme.gap(2), 10.0)
            painter.setPen(QColor(theme.muted))
            painter.drawText(QRectF(left, top, room, side), int(Qt.TextFlag.TextWordWrap), words)

    def _write(self, painter: QPainter, x: float, top: float, text: str, color: str) -> None:
        painter.setPen(QColor(color))
        metrics = QFontMetricsF(self._font())
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, self.width() - x)
        painter.drawText(QPointF(x, top + metrics.ascent()), shown)

    # Going there

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the branch mark where the pointer is on it; otherwise go to that moment."""
        frame = self._frame
        if frame is None or event.button() != Qt.MouseButton.LeftButton:
            return
        at = event.position()
        near = abs(at.x() - self._x(min(self._branch_at * frame.last, self._span()))) < GRAB
        low = at.y() > self._row_top(1) + self._side(self.width()) * 0.55 if self._rows() == 2 else False
        self._held = "branch" if near and low and self._wanted else "time"
        self._move(at, False)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag what is held."""
        if event.buttons() & Qt.MouseButton.LeftButton and self._held:
            self._move(event.position(), False)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        if self._held == "branch":
            self._move(event.position(), True)
        self._held = ""

    def _move(self, at: QPointF, done: bool) -> None:
        frame = self._frame
        if frame is None:
            return
        t = min(max(self._t(at.x()), 0.0), self._span())
        if self._held == "branch":
            self.branched.emit(round(t / frame.last, 3), done)
        elif frame.phase == "count":
            self.sought.emit(round(t))
        else:
            back = self._rows() == 2 and at.y() >= self._row_top(1) - self._line()
            far = np.abs(frame.times - t) + np.where(frame.back == back, 0.0, 1e6)
            self.sought.emit(int(far.argmin()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and Right go from frame to frame, Home and End to the first and the last; B branches off here."""
        step, frame = _KEYS.get(Qt.Key(event.key())), self._frame
        if frame is not None and event.key() == Qt.Key.Key_B and self._rows() == 2:
            self.branched.emit(round(frame.t / frame.last, 3), True)
            return
        if step is None or frame is None:
            super().keyPressEvent(event)
            return
        self.sought.emit(min(max(frame.index + step, 0), len(frame.times) - 1))
