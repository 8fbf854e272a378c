"""The stages of one moment as pictures side by side, and the cell that is worked out, marked on each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from courseai_lab.ui.theme import Theme, text_font

NOISE_SPAN = 3.0
MOST_SIDE = 300
LEAST_SIDE = 84
_KEYS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


@dataclass(frozen=True, slots=True)
class Stage:
    """One picture, uint8 [high wide colour], its name, what it is, and its colour role, the formula's term."""

    picture: np.ndarray
    name: str
    note: str
    role: str
    term: str
    noise: bool = False


def noise_picture(values: np.ndarray, latent: bool) -> np.ndarray:
    """Noise [row column channel] from -3 to 3 as greys or colours; four latent channels as a two by two mosaic."""
    if latent:
        top, bottom = (np.concatenate([values[:, :, k], values[:, :, k + 1]], axis=1) for k in (0, 2))
        values = np.concatenate([top, bottom], axis=0)[:, :, None]
    return np.clip((values / NOISE_SPAN + 1) * 127.5 + 0.5, 0, 255).astype(np.uint8)


def to_image(pixels: np.ndarray) -> QImage:
    """uint8 [row column channel] as a picture that owns its memory."""
    height, width, channels = pixels.shape
    kind = QImage.Format.Format_Grayscale8 if channels == 1 else QImage.Format.Format_RGB888
    return QImage(np.ascontiguousarray(pixels).data, width, height, width * channels, kind).copy()


def paint_picture(painter: QPainter, rect: QRectF, image: QImage, smooth: bool) -> None:
    """Fill a square; pixels stay pixels when enlarged unless ``smooth``, and are averaged when made smaller."""
    shrinks = rect.width() * painter.device().devicePixelRatioF() < image.width()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth or shrinks)
    painter.drawImage(rect, image)


class StageRow(QWidget):
    """Pictures in one row, or in two where it is narrow. Click one, or use the arrow keys, to choose the cell."""

    picked = Signal(float, float)
    """Row and column of the cell chosen, as shares of the picture."""
    pointed = Signal(str)
    """The formula's term whose picture the pointer is on, or ""."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._stages: tuple[Stage, ...] = ()
        self._images: list[QImage] = []
        self._cell = (0.0, 0.0)
        self._cells = (1, 1)
        self._latent = False
        self._smooth = False
        self._under = ""
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName("The stages of this step")
        self.setToolTip(
            "Click a picture to choose the cell that is worked out below; arrow keys move it.\n"
            "Pictures: beyond −1 to 1 is black or white. Noise: −3 black to 3 white."
        )

    def set_theme(self, theme: Theme) -> None:
        """Follow a new theme."""
        self._theme = theme
        self.update()

    def show_stages(
        self, stages: tuple[Stage, ...], cell: tuple[int, int], cells: tuple[int, int], latent: bool, smooth: bool
    ) -> None:
        """Show pictures; ``cell`` is the row and column chosen of ``cells``."""
        self._stages, self._cells, self._latent, self._smooth = stages, cells, latent, smooth
        self._images = [to_image(stage.picture) for stage in stages]
        self._cell = (cell[0], cell[1])
        self.setAccessibleDescription("; ".join(f"{stage.name}: {stage.note}" for stage in stages))
        self.update()

    def columns(self, width: int) -> int:
        """How many stand side by side."""
        count = max(len(self._stages), 1)
        return count if width >= 500 * min(self._theme.scale, 1.6) else min(count, 3)

    def side(self, width: int, height: float) -> float:
        """Pixels of one picture's side where ``height`` is there for all rows."""
        columns, gap = self.columns(width), self._gap()
        rows = -(-max(len(self._stages), 1) // columns)
        wide = (width - gap * (columns + 1)) / columns
        high = height / rows - self._head() - gap
        return max(min(wide, MOST_SIDE * self._theme.scale, high), min(wide, LEAST_SIDE * self._theme.scale))

    def needed(self, width: int, height: float) -> int:
        """Pixels that all need, wanting no more than ``height``."""
        rows = -(-max(len(self._stages), 1) // self.columns(width))
        return round(rows * (self.side(width, height) + self._head() + self._gap()) + self._gap())

    def _gap(self) -> float:
        return float(self._theme.gap(2))

    def _head(self) -> float:
        return 2 * QFontMetricsF(self._font()).height() + self._theme.gap(1)

    def _font(self, bold: bool = False) -> QFont:
        font = text_font(self._theme, self._theme.caption_px)
        font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        return font

    def _places(self) -> list[QRectF]:
        """The squares of the pictures, centred."""
        columns, gap = self.columns(self.width()), self._gap()
        side, head = self.side(self.width(), self.height()), self._head()
        across = (self.width() - columns * side) / (columns + 1)
        step = max(gap, min(across, gap * 3))
        left = (self.width() - columns * side - (columns - 1) * step) / 2
        return [
            QRectF(left + (k % columns) * (side + step), head + (k // columns) * (side + head + gap), side, side)
            for k in range(len(self._stages))
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt's hook."""
        painter = QPainter(self)
        self._paint(painter)
        painter.end()

    def _paint(self, painter: QPainter) -> None:
        theme = self._theme
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        line = QFontMetricsF(self._font()).height()
        for stage, image, rect in zip(self._stages, self._images, self._places(), strict=True):
            top = rect.top() - self._head()
            self._text(painter, QRectF(rect.left(), top, rect.width(), line), stage.name, theme.color(stage.role), True)
            self._text(painter, QRectF(rect.left(), top + line, rect.width(), line), stage.note, theme.muted, False)
            paint_picture(painter, rect, image, self._smooth and not stage.noise)
            painter.setPen(QPen(QColor(theme.color(stage.role)), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(rect)
            self._mark(painter, rect, stage)
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.accent), 2))
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))

    def _mark(self, painter: QPainter, rect: QRectF, stage: Stage) -> None:
        """The chosen cell: in a mosaic in each of its four parts."""
        rows, columns = self._cells
        parts = 2 if stage.noise and self._latent else 1
        high, wide = rect.height() / rows / parts, rect.width() / columns / parts
        grow = max(0.0, 3 - wide / 2)
        for part in range(parts * parts):
            x = rect.left() + (part % parts) * rect.width() / parts + self._cell[1] * wide
            y = rect.top() + (part // parts) * rect.height() / parts + self._cell[0] * high
            box = QRectF(x, y, wide, high).adjusted(-grow, -grow, grow, grow)
            for color, width in ((self._theme.ground, 3), (self._theme.accent, 1.5)):
                painter.setPen(QPen(QColor(color), width))
                painter.drawRect(box)

    def _text(self, painter: QPainter, rect: QRectF, text: str, color: str, bold: bool) -> None:
        font = self._font(bold)
        painter.setFont(font)
        painter.setPen(QColor(color))
        shown = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), shown)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the cell under the pointer."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pick(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Dragging goes on choosing; elsewhere the term under the pointer is told."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._pick(event.position())
        places = zip(self._stages, self._places(), strict=True)
        self._point(next((stage.term for stage, rect in places if rect.contains(event.position())), ""))

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is pointed at."""
        self._point("")

    def _point(self, term: str) -> None:
        if term != self._under:
            self._under = term
            self.pointed.emit(term)

    def _pick(self, at: QPointF) -> None:
        for stage, rect in zip(self._stages, self._places(), strict=True):
            if rect.contains(at):
                down, across = (at.y() - rect.top()) / rect.height(), (at.x() - rect.left()) / rect.width()
                if stage.noise and self._latent:
                    down, across = 2 * down % 1, 2 * across % 1
                self.picked.emit(min(max(down, 0.0), 1.0), min(max(across, 0.0), 1.0))
                return

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the cell by one."""
        step = _KEYS.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        row, column = (
            (min(max(at + by, 0), most - 1) + 0.5) / most
            for at, by, most in zip(self._cell, step, self._cells, strict=True)
        )
        self.picked.emit(row, column)
