"""Pictures in rows and columns, drawn as raw images; each can be clicked and reached by keys."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from courseai_lab.ui.panel_view import Table
from courseai_lab.ui.theme import Theme, text_font

GAP = 4
LARGEST = 260


class Gallery(QWidget):
    """``clicked`` carries the number of a picture, row by row from 0."""

    clicked = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget, title: str) -> None:
        super().__init__(parent)
        self._theme = theme
        self._title = title
        self._source: np.ndarray | None = None
        self._images: list[QImage | None] = []
        self._captions: tuple[str, ...] = ()
        self._rows: tuple[str, ...] = ()
        self._columns: tuple[str, ...] = ()
        self._across = 0
        self._chosen = -1
        self._cursor = -1
        self.setAccessibleName(title)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self._theme = theme
        self.update()

    def show_pictures(
        self,
        pixels: np.ndarray,
        captions: Sequence[str] = (),
        *,
        done: np.ndarray | None = None,
        rows: Sequence[str] = (),
        columns: Sequence[str] = (),
        chosen: int = -1,
    ) -> None:
        """``pixels`` [picture 64 64 rgb], or [row column 64 64 rgb] with names; ``done`` says which are drawn yet."""
        if pixels is not self._source:
            flat = pixels.reshape(-1, *pixels.shape[-3:])
            drawn = np.ones(len(flat), bool) if done is None else done.ravel()
            self._images = [to_image(one) if ready else None for one, ready in zip(flat, drawn, strict=True)]
            self._source = pixels
            self._across = pixels.shape[1] if pixels.ndim == 5 else 0
        self._captions, self._rows, self._columns = tuple(captions), tuple(rows), tuple(columns)
        self._chosen = chosen if chosen < len(self._images) else -1
        if self._cursor >= len(self._images):
            self._cursor = -1
        lines = [caption for caption in self._captions if caption]
        self.setAccessibleDescription("; ".join(lines[:16]))
        self.update()

    # Places

    def _fonts(self) -> tuple[QFont, QFontMetricsF]:
        font = text_font(self._theme, self._theme.caption_px)
        return font, QFontMetricsF(font)

    def _margins(self) -> tuple[float, float, float]:
        """Pixels left for row names, above for column names, below each picture for its caption."""
        _, metrics = self._fonts()
        left = max((metrics.horizontalAdvance(name) for name in self._rows), default=0.0)
        left = min(left + 8, 0.2 * self.width()) if left else 0.0
        line = metrics.lineSpacing()
        return left, line if self._columns else 0.0, line if any(self._captions) else 0.0

    def _shape(self, width: float, height: float) -> tuple[int, float]:
        """Columns and the side of a picture, as large as fits."""
        count = max(len(self._images), 1)
        left, above, below = self._margins()

        def side(columns: int) -> float:
            rows = -(-count // columns)
            across = (width - left - GAP * (columns - 1)) / columns
            return min(across, (height - above - rows * (below + GAP)) / rows, LARGEST * self._theme.text_px / 13)

        columns = self._across or max(range(1, count + 1), key=side)
        return columns, max(side(columns), 8.0)

    def place(self, k: int) -> QRectF:
        """Where picture ``k`` is."""
        columns, side = self._shape(self.width(), self.height())
        left, above, below = self._margins()
        row, column = divmod(k, columns)
        return QRectF(left + column * (side + GAP), above + row * (side + below + GAP), side, side)

    def needed(self, width: int, least: int) -> int:
        """Pixels of height for pictures of at least ``least`` a side."""
        count = max(len(self._images), 1)
        left, above, below = self._margins()
        columns = self._across or max(1, int((width - left + GAP) // (least + GAP)))
        columns = min(columns, count)
        side = min((width - left - GAP * (columns - 1)) / columns, least)
        return round(above + -(-count // columns) * (side + below + GAP))

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt's hook."""
        painter = QPainter(self)
        self._paint(painter)
        painter.end()

    def paint_figure(self, painter: QPainter, rect: QRectF) -> bool:
        """Paint it for a figure, laid out for ``rect``."""
        before = self.geometry()
        self.resize(rect.size().toSize())
        painter.save()
        painter.translate(rect.topLeft())
        self._paint(painter)
        painter.restore()
        self.setGeometry(before)
        return True

    def _paint(self, painter: QPainter) -> None:
        theme = self._theme
        font, metrics = self._fonts()
        painter.setFont(font)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for k, image in enumerate(self._images):
            rect = self.place(k)
            if image is None:
                painter.fillRect(rect, QColor(theme.raised))
            else:
                painter.drawImage(rect, image)
            caption = self._captions[k] if k < len(self._captions) else ""
            if caption:
                self._text(painter, QRectF(rect.left(), rect.bottom(), rect.width(), metrics.lineSpacing()), caption)
            if k == self._chosen or (k == self._cursor and self.hasFocus()):
                painter.setPen(QPen(QColor(theme.accent), 2.5 * theme.text_px / 13))
                painter.drawRect(rect.adjusted(1, 1, -1, -1))
        for k, name in enumerate(self._columns):
            rect = self.place(k)
            self._text(painter, QRectF(rect.left(), 0, rect.width(), metrics.lineSpacing()), name)
        for k, name in enumerate(self._rows):
            rect = self.place(k * max(self._across, 1))
            self._text(painter, QRectF(0, rect.top(), rect.left() - 6, rect.height()), name, wrap=True)

    def _text(self, painter: QPainter, rect: QRectF, text: str, *, wrap: bool = False) -> None:
        painter.setPen(QColor(self._theme.muted))
        if wrap:
            flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(rect, flags, text)
            return
        shown = QFontMetricsF(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter, shown)

    # Mouse and keys

    def _at(self, event: QMouseEvent) -> int:
        return next((k for k in range(len(self._images)) if self.place(k).contains(event.position())), -1)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Qt's hook."""
        over = self._at(event) >= 0
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the picture under the pointer."""
        at = self._at(event)
        if event.button() == Qt.MouseButton.LeftButton and at >= 0:
            self._cursor = at
            self.clicked.emit(at)
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go from picture to picture, Enter chooses."""
        count = len(self._images)
        columns = self._shape(self.width(), self.height())[0]
        moves = {
            Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -columns, Qt.Key.Key_Down: columns,
        }  # fmt: skip
        if event.key() in moves and count:
            start = self._cursor if self._cursor >= 0 else max(self._chosen, 0)
            self._cursor = min(max(start + moves[Qt.Key(event.key())], 0), count - 1)
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and 0 <= self._cursor < count:
            self.clicked.emit(self._cursor)
        else:
            super().keyPressEvent(event)

    def table(self) -> list[Table]:
        """What stands under the pictures, for screen readers."""
        across = max(self._across, 1)
        names = [
            f"{self._rows[k // across]}, {self._columns[k % across]}" if self._rows and self._columns else str(k + 1)
            for k in range(len(self._images))
        ]
        captions = [*self._captions, *[""] * (len(names) - len(self._captions))]
        return [Table(self._title, ("picture", "what it shows"), list(zip(names, captions, strict=False)))]

    def minimumSizeHint(self) -> QSize:
        """Small enough for a narrow dock."""
        return QSize(120, 60)


def to_image(pixels: np.ndarray) -> QImage:
    """uint8 [row column rgb] as an image that owns its memory."""
    height, width, _ = pixels.shape
    data = np.ascontiguousarray(pixels)
    return QImage(data.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
