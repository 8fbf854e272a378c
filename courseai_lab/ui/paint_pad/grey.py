"""Pads of cells: a digit or any grey picture with a soft brush, and a mask over an image."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QWidget

from courseai_lab.contract import centred_digit, grey_array, grey_text
from courseai_lab.ui.paint_pad.base import PaintPad
from courseai_lab.ui.theme import Theme

BRUSHES = {"fine": 0.6, "medium": 1.25, "broad": 2.5}
"""Radii in cells."""
GRID_FROM_PX = 8
Floats = NDArray[np.float32]


def _rgb(color: str) -> tuple[int, int, int]:
    made = QColor(color)
    return made.red(), made.green(), made.blue()


class GreyPad(PaintPad):
    """``rows`` by ``columns`` cells of grey; its value is the text of ``contract.grey_text``, "" without ink."""

    soft = 1.0
    """Width of the brush's edge, in cells."""

    def __init__(
        self, theme: Theme, name: str, rows: int = 28, columns: int = 28, parent: QWidget | None = None
    ) -> None:
        super().__init__(theme, name, parent)
        self.radius = BRUSHES["medium"]
        self._ink: Floats = np.zeros((rows, columns), np.float32)
        self._text = ""
        self._image: QImage | None = None

    @property
    def value(self) -> str:
        """The picture as text."""
        return self._text

    @property
    def ink(self) -> Floats:
        """The picture, float32 [row column] in 0..1; a copy."""
        return self._ink.copy()

    def set_value(self, value: Any) -> None:
        """Show a picture; of another size it is resampled to the pad's cells."""
        text = value or ""
        if self.painting or text == self._text:
            return
        self._ink = grey_array(text, *self._ink.shape).copy()
        self._text = text
        self._show()

    def set_size(self, rows: int, columns: int) -> None:
        """Another number of cells; what was painted is resampled. Emits nothing."""
        if (rows, columns) != self._ink.shape:
            self._ink = grey_array(self._text, rows, columns).copy()
            self._show()

    def clear(self) -> None:
        """No ink."""
        self.replace(np.zeros_like(self._ink))

    def centre(self) -> None:
        """Bring a digit to where MNIST has it; said."""
        if not self._text:
            self.said.emit("There is nothing to centre yet: draw a digit first.")
            return
        self.replace(grey_array(grey_text(centred_digit(self._ink)), *self._ink.shape))
        self.said.emit("Scaled to 20 x 20 cells, centre of mass in the middle, as in MNIST.")

    def replace(self, ink: NDArray[np.floating]) -> None:
        """Another picture [row column], as one gesture."""
        before = self._text
        self._ink = np.asarray(ink, dtype=np.float32).copy()
        self._text = grey_text(self._ink)
        self._show()
        if self._text != before:
            self.changed.emit(self._text, self.new_gesture())

    def area(self) -> QRectF:
        """The largest place with square cells, in the middle."""
        room = super().area()
        rows, columns = self._ink.shape
        cell = max(min(room.width() / columns, room.height() / rows), 0.5)
        width, height = cell * columns, cell * rows
        return QRectF(room.center().x() - width / 2, room.center().y() - height / 2, width, height)

    def step(self) -> tuple[float, float]:
        """One cell."""
        rows, columns = self._ink.shape
        return 1 / columns, 1 / rows

    def where(self) -> str:
        """The cell under the cursor."""
        row, column = self._cell(self.cursor_at)
        return f"row {row + 1}, column {column + 1}, ink {self._ink[row, column]:.2f}"

    def dab(self, start: QPointF, end: QPointF, erase: bool, first: bool) -> bool:
        """Ink or erase along a line."""
        cover = self._cover(start, end)
        wanted = np.minimum(self._ink, 1.0 - cover) if erase else np.maximum(self._ink, cover)
        self._ink = wanted.astype(np.float32)
        text = grey_text(self._ink)
        if text == self._text:
            return False
        self._text = text
        self._show()
        return True

    def paint(self, painter: QPainter, area: QRectF) -> None:
        """The cells, with lines between them where there is room."""
        if self._image is None:
            self._image = self.image()
        painter.drawImage(area, self._image)
        rows, columns = self._ink.shape
        if area.width() / columns >= GRID_FROM_PX:
            painter.setPen(QPen(QColor(self.theme.grid), 1))
            x = [area.left() + area.width() * k / columns for k in range(1, columns)]
            y = [area.top() + area.height() * k / rows for k in range(1, rows)]
            painter.drawLines([QLineF(at, area.top(), at, area.bottom()) for at in x])
            painter.drawLines([QLineF(area.left(), at, area.right(), at) for at in y])

    def image(self) -> QImage:
        """One pixel a cell: from the ground's colour to the text's."""
        low, high = (np.array(_rgb(c), np.float32) for c in (self.theme.ground, self.theme.text))
        rgb = np.ascontiguousarray((low + self._ink[..., None] * (high - low) + 0.5).astype(np.uint8))
        rows, columns = self._ink.shape
        return QImage(rgb.data, columns, rows, 3 * columns, QImage.Format.Format_RGB888).copy()

    def paint_cursor(self, painter: QPainter) -> None:
        """A frame around the cell."""
        row, column = self._cell(self.cursor_at)
        dx, dy = self.step()
        box = QRectF(self.pixel(QPointF(column * dx, row * dy)), self.pixel(QPointF((column + 1) * dx, (row + 1) * dy)))
        for color, grow in ((self.theme.ground, 2.0), (self.theme.accent, 1.0)):
            painter.setPen(QPen(QColor(color), 1.5))
            painter.drawRect(box.adjusted(-grow, -grow, grow, grow))

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        super().set_theme(theme)
        self._show()

    def _show(self) -> None:
        self._image = None
        self.update()

    def _cell(self, at: QPointF) -> tuple[int, int]:
        rows, columns = self._ink.shape
        return min(int(at.y() * rows), rows - 1), min(int(at.x() * columns), columns - 1)

    def _cover(self, start: QPointF, end: QPointF) -> Floats:
        """How much of each cell a stroke of the brush covers, 0..1 [row column]."""
        rows, columns = self._ink.shape
        y, x = np.mgrid[0:rows, 0:columns] + 0.5
        ax, ay, bx, by = start.x() * columns, start.y() * rows, end.x() * columns, end.y() * rows
        dx, dy = bx - ax, by - ay
        length = dx * dx + dy * dy
        along = np.clip(((x - ax) * dx + (y - ay) * dy) / length, 0.0, 1.0) if length else 0.0
        far = np.hypot(x - ax - along * dx, y - ay - along * dy)
        return np.asarray(np.clip((self.radius - far) / self.soft + 0.5, 0.0, 1.0), dtype=np.float32)


class MaskPad(GreyPad):
    """Cells that are in or out, over an image; in is tinted and edged."""

    soft = 1e-3

    def __init__(
        self, theme: Theme, name: str, rows: int = 64, columns: int = 64, parent: QWidget | None = None
    ) -> None:
        super().__init__(theme, name, rows, columns, parent)
        self._below: QImage | None = None

    def set_below(self, pixels: NDArray[np.uint8] | None) -> None:
        """The image that is masked, uint8 [row column 3], or none."""
        if pixels is None:
            self._below = None
        else:
            rgb = np.ascontiguousarray(pixels)
            height, width = rgb.shape[:2]
            self._below = QImage(rgb.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
        self._show()

    def image(self) -> QImage:
        """One pixel a cell: the accent where it is in, see-through elsewhere."""
        rows, columns = self._ink.shape
        rgba = np.zeros((rows, columns, 4), np.uint8)
        rgba[..., :3] = _rgb(self.theme.accent)
        rgba[..., 3] = (self._ink * 150 + 0.5).astype(np.uint8)
        return QImage(rgba.data, columns, rows, 4 * columns, QImage.Format.Format_RGBA8888).copy()

    def paint(self, painter: QPainter, area: QRectF) -> None:
        """Image, tint, edge."""
        if self._below is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(area, self._below)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        if self._image is None:
            self._image = self.image()
        painter.drawImage(area, self._image)
        painter.setPen(QPen(QColor(self.theme.accent), 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.SquareCap))
        painter.drawLines(self._edges(area))

    def _edges(self, area: QRectF) -> list[QLineF]:
        inside = np.pad(self._ink >= 0.5, 1)
        rows, columns = self._ink.shape
        w, h = area.width() / columns, area.height() / rows
        lines = []
        for row, column in np.argwhere(inside[1:-1, :-1] != inside[1:-1, 1:]).tolist():
            x, y = area.left() + column * w, area.top() + row * h
            lines.append(QLineF(x, y, x, y + h))
        for row, column in np.argwhere(inside[:-1, 1:-1] != inside[1:, 1:-1]).tolist():
            x, y = area.left() + column * w, area.top() + row * h
            lines.append(QLineF(x, y, x + w, y))
        return lines
