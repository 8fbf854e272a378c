"""``Heatmap``: a matrix, an image or a function of two variables, as colours that can be read."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from courseai_lab.ui.numbers import fmt
from courseai_lab.ui.plots import heat_paint, readout
from courseai_lab.ui.plots.export import FigureMenu
from courseai_lab.ui.plots.handles import Handles, nearest_handle
from courseai_lab.ui.plots.heat_holder import HeatHolder
from courseai_lab.ui.plots.heat_limits import LimitFields
from courseai_lab.ui.plots.heat_model import Cell, Geometry, Overlay, geometry
from courseai_lab.ui.theme import Theme

_ARROWS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


class Heatmap(HeatHolder):
    """A map of ``values`` [rows cols], with a colour bar, the value under the pointer, and things drawn over it.

    ``clicked`` carries (row, col, value); ``hovered`` a ``Cell`` or None; ``limits_edited`` the (low, high) that
    the user typed, or None for automatic ones. What it shows is set as in ``HeatHolder``.
    """

    clicked = Signal(int, int, float)
    hovered = Signal(object)
    limits_edited = Signal(object)

    def __init__(self, theme: Theme | None = None, parent: QWidget | None = None, *, title: str = "") -> None:
        super().__init__(theme, parent)
        self._image: QImage | None = None
        self._still = QPixmap()
        self._still_of: tuple[object, ...] = ()
        self._geometry: Geometry | None = None
        self._cell: Cell | None = None
        self._grabbed: tuple[Handles, int] | None = None
        self._fields = LimitFields(self)
        self._fields.edited.connect(self._limits_typed)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.set_title(title)
        self.set_theme(self._theme)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours and sizes of ``theme``."""
        self._theme = theme
        self._fields.dress(theme)
        self._stale(picture=True)

    # Reading it

    def set_cursor_cell(self, cell: Cell | None) -> None:
        """Mark a cell as if the pointer were there, for linked maps."""
        self._cell = cell
        self.update()

    def pixel(self, x: float, y: float) -> QPointF:
        """Where data (x, y) is on this widget."""
        return self._place().pixel(x, y)

    def paint_figure(self, painter: QPainter, rect: QRectF) -> bool:
        """Paint it as vectors (cells as an image), laid out for ``rect``. Returns True."""
        painter.save()
        painter.translate(rect.topLeft())
        self._paint_all(painter, geometry(self._heat, self._theme, rect.width(), rect.height()), texts=True)
        painter.restore()
        return True

    def sizeHint(self) -> QSize:
        """A comfortable size."""
        return QSizeF(360, 300).toSize() * (self._theme.text_px / 13)

    def minimumSizeHint(self) -> QSize:
        """Small enough for a narrow dock."""
        return QSize(120, 100)

    # Inside

    def _limits_typed(self, limits: object) -> None:
        try:
            self.set_limits(limits)  # type: ignore[arg-type]
        except ValueError as error:
            self._fields.refuse(str(error))
            return
        self.limits_edited.emit(limits)

    def _stale(self, *, picture: bool = False) -> None:
        if picture:
            self._image = None
        self._geometry = None
        if not self._telling:
            self._fields.show_limits(self._heat, self._place(), automatic=self._typed is None)
            rows, cols = self._heat.values.shape
            low, high = (fmt(v) for v in self.limits)
            self.setAccessibleDescription(f"{rows} rows, {cols} columns, colours from {low} to {high}.")
            self.update()

    def _place(self) -> Geometry:
        if self._geometry is None:
            self._geometry = geometry(self._heat, self._theme, self.width(), self.height())
        return self._geometry

    def _focused_handles(self) -> Handles | None:
        if not self.hasFocus():
            return None
        return next((one for one in self._handles.values() if one.used and len(one.points)), None)

    def _paint_all(self, painter: QPainter, place: Geometry, *, texts: bool) -> None:
        self._paint_ground(painter, place, texts=texts)
        self._paint_over(painter, place)

    def _paint_ground(self, painter: QPainter, place: Geometry, *, texts: bool) -> None:
        """The map with its axes, bar and contour lines: what stays while things move over it."""
        if self._image is None:
            self._image = heat_paint.image(self._heat, self._theme)
        heat, theme = self._heat, self._theme
        heat_paint.paint_map(painter, heat, place, theme, self._image)
        heat_paint.paint_axes(painter, heat, place, theme)
        heat_paint.paint_bar(painter, heat, place, theme, texts=texts)
        contours = (one for _, one in self._shown_overlays() if one.kind == "contours")
        heat_paint.paint_overlays(painter, contours, heat, place, theme)

    def _paint_over(self, painter: QPainter, place: Geometry) -> None:
        heat, theme = self._heat, self._theme
        others = (one for _, one in self._shown_overlays() if one.kind != "contours")
        heat_paint.paint_overlays(painter, others, heat, place, theme)
        heat_paint.paint_handles(painter, self._handles.values(), place, theme, self._focused_handles())

    def _ground(self, place: Geometry) -> QPixmap:
        """The ground as a picture, painted anew only when something in it has changed."""
        contours = tuple(one for _, one in self._shown_overlays() if one.kind == "contours")
        ratio = self.devicePixelRatioF()
        heat = tuple(getattr(self._heat, name) for name in self._heat.__slots__)
        key = (self._image, heat, self._theme, place, contours, self.size(), ratio, self.font())
        if self._image is None or not _identical(key, self._still_of):
            self._still = QPixmap(self.size() * ratio)
            self._still.setDevicePixelRatio(ratio)
            self._still.fill(QColor(self._theme.ground))
            painter = QPainter(self._still)
            painter.setFont(self.font())
            self._paint_ground(painter, place, texts=False)
            painter.end()
            self._still_of = (self._image, *key[1:])
        return self._still

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt's hook."""
        place = self._place()
        ground = self._ground(place)
        painter = QPainter(self)
        painter.drawPixmap(0, 0, ground)
        self._paint_over(painter, place)
        if self._cell is not None:
            self._paint_readout(painter, place, self._cell)
        if self.hasFocus():
            readout.paint_focus(painter, self._theme, QRectF(self.rect()))
        painter.end()

    def _paint_readout(self, painter: QPainter, place: Geometry, cell: Cell) -> None:
        heat, theme = self._heat, self._theme
        at = place.pixel(*heat.centre(cell.row, cell.col))
        rows, cols = heat.values.shape
        x0, x1, y0, y1 = heat.extent
        view = abs(heat.view[1] - heat.view[0]), abs(heat.view[3] - heat.view[2])
        width = abs(x1 - x0) / cols / view[0] * place.picture.width()
        height = abs(y1 - y0) / rows / view[1] * place.picture.height()
        if not heat.smooth:
            frame = QRectF(at.x() - width / 2, at.y() - height / 2, width, height).intersected(place.picture)
            for color, pen in ((theme.ground, 3.0), (theme.text, 1.5)):
                painter.setPen(QPen(QColor(color), pen))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(frame)
        x = (
            heat.col_labels[cell.col]
            if cell.col < len(heat.col_labels)
            else fmt(cell.x)
            if heat.axes
            else str(cell.col)
        )
        y = (
            heat.row_labels[cell.row]
            if cell.row < len(heat.row_labels)
            else fmt(cell.y)
            if heat.axes
            else str(cell.row)
        )
        found = [
            (heat.x_name or ("x" if heat.axes else "column"), x, theme.muted),
            (heat.y_name or ("y" if heat.axes else "row"), y, theme.muted),
            (heat.value_name or "value", fmt(cell.value), theme.text),
        ]
        readout.box(painter, theme, QRectF(self.rect()), at.x() + width / 2, found, top=at.y() - theme.gap(4))

    # Mouse and keyboard

    def _cell_at(self, position: QPointF) -> Cell | None:
        place = self._place()
        if not place.picture.contains(position):
            return None
        x, y = place.data(position)
        row, col = self._heat.cell_at(x, y)
        return Cell(row, col, float(self._heat.values[row, col]), x, y)

    def _handle_at(self, position: QPointF) -> tuple[Handles, int] | None:
        return nearest_handle(self._handles.values(), position, self._place().pixel, self._theme.text_px)

    def _click(self, cell: Cell) -> None:
        self.clicked.emit(cell.row, cell.col, cell.value)

    def _hover(self, cell: Cell | None) -> None:
        if cell != self._cell:
            self.set_cursor_cell(cell)
            self.hovered.emit(cell)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Grab a handle, or click a cell."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._grabbed = self._handle_at(event.position())
        if self._grabbed is not None:
            self._grabbed[0].selected = self._grabbed[1]
            self._grabbed[0].pressed.emit(self._grabbed[1])
            self.update()
        elif (cell := self._cell_at(event.position())) is not None:
            self._click(cell)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag a handle, or read the value."""
        if self._grabbed is not None:
            x, y = self._place().data(event.position())
            self._grabbed[0].drag(self._grabbed[1], x, y)
            self.update()
            return
        cell = self._cell_at(event.position())
        self._hover(cell)
        near = self._handle_at(event.position()) is not None
        shape = Qt.CursorShape.CrossCursor if cell is not None else Qt.CursorShape.ArrowCursor
        self.setCursor(Qt.CursorShape.OpenHandCursor if near else shape)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let a handle go."""
        if self._grabbed is not None and event.button() == Qt.MouseButton.LeftButton:
            (handles, index), self._grabbed = self._grabbed, None
            handles.drag(index, *handles.points[index], done=True)
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """No value under the pointer any more."""
        self._hover(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the chosen handle, or the cursor from cell to cell; Enter clicks, Esc takes the cursor away."""
        handles = self._focused_handles()
        large = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        x0, x1, y0, y1 = self._heat.view
        # Up on the keyboard is up on the screen, whichever way y runs.
        step = (x1 - x0) / 100, (y1 - y0) / 100 * (1 if self._heat.up else -1)
        if handles is not None and handles.key(event.key(), step, large):
            self.update()
        elif event.key() in _ARROWS:
            self._walk(_ARROWS[Qt.Key(event.key())], 5 if large else 1)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._cell is not None:
            self._click(self._cell)
        elif event.key() == Qt.Key.Key_Escape and self._cell is not None:
            self._hover(None)
        else:
            super().keyPressEvent(event)

    def _walk(self, way: tuple[int, int], count: int) -> None:
        rows, cols = self._heat.values.shape
        down = -way[0] if self._heat.up else way[0]
        row, col = (
            (self._cell.row, self._cell.col) if self._cell else (rows // 2 - down * count, cols // 2 - way[1] * count)
        )
        self._hover(
            self.cell(int(np.clip(row + down * count, 0, rows - 1)), int(np.clip(col + way[1] * count, 0, cols - 1)))
        )

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Copy and save."""
        menu = self.build_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def build_menu(self) -> QMenu:
        """The context menu, freshly made."""
        menu = QMenu(self)
        FigureMenu(menu, self, self, self.title.lower().replace(" ", "-"))
        menu.addSeparator()
        menu.addAction("Automatic colour limits", self._fields.clear_limits).setEnabled(self._typed is not None)
        return menu

    def focusInEvent(self, event: Any) -> None:
        """Show the focus ring."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: Any) -> None:
        """Take the focus ring away."""
        super().focusOutEvent(event)
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Everything has another place."""
        super().resizeEvent(event)
        self._stale()


def _identical(key: tuple[object, ...], other: tuple[object, ...]) -> bool:
    """Whether two keys hold the same things: arrays, pictures and records of them by identity, the rest by value."""
    large = (np.ndarray, QImage, Overlay, Theme)
    return len(key) == len(other) and all(
        _identical(a, b)
        if isinstance(a, tuple) and isinstance(b, tuple)
        else a is b or (not isinstance(a, large) and a == b)
        for a, b in zip(key, other, strict=True)
    )
