"""``Plot``: the one widget for curves, points, bars and bands."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QPainter, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from courseai_lab.ui.plots import fit, readout
from courseai_lab.ui.plots.export import FigureMenu
from courseai_lab.ui.plots.handles import Handles, nearest_handle
from courseai_lab.ui.plots.holder import SeriesHolder
from courseai_lab.ui.plots.legend import Legend, paint_legend, series_menu
from courseai_lab.ui.plots.series import Series
from courseai_lab.ui.theme import Theme

Range = tuple[float, float]


class Plot(SeriesHolder):
    """Series by name, on two axes.

    How series are set is in ``SeriesHolder``. Units: data coordinates everywhere, also on logarithmic axes.

    ``hovered`` carries x in data coordinates, or None when the pointer leaves; ``clicked`` carries (x, y).
    """

    hovered = Signal(object)
    clicked = Signal(float, float)

    def __init__(self, theme: Theme | None = None, parent: QWidget | None = None, *, title: str = "") -> None:
        super().__init__(theme, parent)
        from courseai_lab.ui.plots.canvas import Canvas

        self._logs = (False, False)
        self._fixed: list[Range | None] = [None, None]
        self._zoom: tuple[Range, Range] | None = None
        self._mark: float | None = None
        self._grabbed: tuple[Handles, int] | None = None
        self._pan: tuple[QPointF, tuple[Range, Range]] | None = None
        self._moved_far = False
        self._canvas = Canvas(self._theme)
        self._canvas.setParent(self)
        self._canvas.foreground = self._paint_readout
        self._legend = Legend(self)
        self._legend.toggled.connect(self.set_shown)
        self._legend.hide()
        self._canvas.viewport().installEventFilter(self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.set_title(title)
        self.set_theme(self._theme)

    # What it is

    def set_theme(self, theme: Theme) -> None:
        """Take the colours and sizes of ``theme``."""
        self._theme = theme
        self._canvas.dress(theme)
        self._name_axes()
        self._refresh()

    def set_axes(
        self,
        x: str = "",
        y: str = "",
        *,
        x_unit: str = "",
        y_unit: str = "",
        x_log: bool = False,
        y_log: bool = False,
        x_range: Range | None = None,
        y_range: Range | None = None,
        equal: bool = False,
    ) -> None:
        """Names, units and kinds of the axes; a range in data coordinates fixes one, ``equal`` gives both one scale.

        Raises ``ValueError`` for a range that is empty, or not positive on a logarithmic axis.
        """
        for name, wanted, log in (("x", x_range, x_log), ("y", y_range, y_log)):
            if wanted is not None and not (math.isfinite(wanted[0]) and wanted[0] < wanted[1] < math.inf):
                raise ValueError(f"The {name} range goes from a smaller to a larger number, not {wanted}.")
            if wanted is not None and log and wanted[0] <= 0:
                raise ValueError(f"A logarithmic {name} axis starts above 0, not at {wanted[0]}.")
        names = (f"{x} ({x_unit})" if x_unit else x, f"{y} ({y_unit})" if y_unit else y)
        logs = (x_log, y_log)
        if logs != self._logs:
            self._zoom = None
        changed = (names, logs) != (self._names, self._logs)
        self._names, self._logs, self._fixed = names, logs, [x_range, y_range]
        self._canvas.set_log(*logs)
        self._canvas.view.setAspectLocked(equal, 1.0)
        if changed:
            self._name_axes()
        self._refresh()

    def set_live(self, live: bool) -> None:
        """Thin lines while frames come in, the theme's full width when they rest."""
        if live != self._canvas.live:
            self._canvas.live = live
            self._refresh()

    # Reading it

    def set_hover(self, x: float | None) -> None:
        """Mark ``x`` (data coordinates) as if the pointer were there, for linked plots; None takes the mark away."""
        if x != self._mark:
            self._mark = x
            self._canvas.viewport().update()

    def values_at(self, x: float) -> list[readout.Value]:
        """The sample of every visible line that is nearest to ``x``: (name, colour, x, y)."""
        return readout.values(list(self._series.values()), x, self._theme, self._logs[0])

    def view_range(self) -> tuple[Range, Range]:
        """What x and y range is shown, in data coordinates."""
        (x0, x1), (y0, y1) = self._canvas.view.viewRange()
        to_data = self._canvas.to_data
        return (to_data(x0, 0), to_data(x1, 0)), (to_data(y0, 1), to_data(y1, 1))

    def pixel(self, x: float, y: float) -> QPointF:
        """Where data (x, y) is on this widget."""
        return QPointF(self._canvas.mapTo(self, self._canvas.pixel(x, y).toPoint()))

    def paint_figure(self, painter: QPainter, rect: QRectF) -> bool:
        """Paint it as vectors, laid out for ``rect``; the cross-hair stays out. Returns True."""
        shown = self._legend_series(rect.width())
        painter.save()
        painter.translate(rect.topLeft())
        area = QRectF(0, 0, rect.width(), rect.height())
        if shown:
            area.setTop(paint_legend(painter, [one for one in shown if one.shown], self._theme, area))
        before = self._canvas.geometry()
        self._canvas.resize(area.size().toSize())
        self._canvas.settle()
        self._redraw(area.width())
        self._canvas.settle()
        self._canvas.paint_vectors(painter, area)
        self._canvas.setGeometry(before)
        self._canvas.settle()
        self._redraw(self.width())
        painter.restore()
        return True

    def reset_view(self) -> None:
        """Show everything again after zooming and panning."""
        self._zoom = None
        self._refresh()

    def show_range(self, x: Range, y: Range) -> None:
        """Show this part, in data coordinates, as if zoomed to it; ``reset_view`` shows everything again."""
        to_view = self._canvas.to_view
        ends = [(float(to_view(low, axis)), float(to_view(high, axis))) for axis, (low, high) in enumerate((x, y))]
        if all(math.isfinite(low) and math.isfinite(high) and low < high for low, high in ends):
            self._zoom = (ends[0], ends[1])
            self._refresh()

    def sizeHint(self) -> QSize:
        """A comfortable size."""
        return QSizeF(480, 280).toSize() * (self._theme.text_px / 13)

    def minimumSizeHint(self) -> QSize:
        """Small enough for a narrow dock."""
        return QSize(160, 110)

    # Inside

    def _forget(self, name: str) -> None:
        self._canvas.forget(name)

    def _name_axes(self) -> None:
        for side, name in (("bottom", self._names[0]), ("left", self._names[1])):
            self._canvas.axis(side).name(name, self._theme)

    def _refresh(self) -> None:
        if self._telling or not self._differs(self._looks()):
            return
        self._arrange()
        self._redraw(self.width())
        named = ", ".join(self.series_names()) or "nothing yet"
        x, y = self._names
        self.setAccessibleDescription(f"{y or 'Values'} over {x or 'x'}: {named}. Values as table in the context menu.")

    def _looks(self) -> tuple[object, ...]:
        focused = self._focused_handles()
        kept = (self._names, self._logs, tuple(self._fixed), self._zoom, self._canvas.live)
        aspect = self._canvas.view.state["aspectLocked"]
        return (self.size(), *kept, aspect, None if focused is None else (focused.name, focused.selected))

    def _arrange(self) -> None:
        """Legend above picture, by hand: a layout would hand the legend's changing height on to the neighbours."""
        named = self._legend_series(self.width())
        top = 0
        if named:
            self._legend.show_series([one for one in self._series.values() if fit.is_named(one)], self._theme)
            top = self._legend.heightForWidth(self.width())
            self._legend.setGeometry(0, 0, self.width(), top)
        self._legend.setVisible(bool(named))
        self._canvas.setGeometry(0, top, self.width(), max(self.height() - top, 1))
        self._canvas.settle()

    def _redraw(self, width: float) -> None:
        canvas, all_series = self._canvas, list(self._series.values())
        legend = self._legend_series(width)
        canvas.show_end_labels([] if legend else fit.end_labels(canvas, all_series))
        canvas.set_range(*(self._zoom or fit.ranges(canvas, all_series, list(self._handles.values()), self._fixed)))
        canvas.plotItem.layout.activate()
        canvas.show_series(all_series)
        canvas.show_end_labels([] if legend else fit.end_labels(canvas, all_series))
        canvas.show_handles(list(self._handles.values()), self._focused_handles())
        canvas.viewport().update()

    def _legend_series(self, width: float) -> list[Series]:
        return fit.legend_series(self._canvas, list(self._series.values()), width)

    def _focused_handles(self) -> Handles | None:
        if not self.hasFocus():
            return None
        return next((one for one in self._handles.values() if one.used and len(one.points)), None)

    def _paint_readout(self, painter: QPainter) -> None:
        if self._mark is not None:
            picture = self._canvas.picture()
            at = self._canvas.pixel(self._mark, 1.0).x()
            if picture.left() - 1 <= at <= picture.right() + 1:
                found = self.values_at(self._mark)
                places = [self._canvas.pixel(value.x, value.y) for value in found]
                readout.paint(painter, self._theme, picture, at, found, places, (self._names[0] or "x", self._mark))
        if self.hasFocus():
            readout.paint_focus(painter, self._theme, QRectF(self._canvas.viewport().rect()))

    # Mouse and keyboard

    def eventFilter(self, watched: Any, event: QEvent) -> bool:
        """The picture's mouse events are handled here, not by pyqtgraph."""
        action = self._mouse.get(event.type())
        return action(self, event) if action is not None else False

    def _press(self, event: QMouseEvent) -> bool:
        if event.button() != Qt.MouseButton.LeftButton:
            return False
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._moved_far = False
        self._grabbed = self._handle_at(event.position())
        if self._grabbed is not None:
            handles, index = self._grabbed
            handles.selected = index
            handles.pressed.emit(index)
        elif self._canvas.picture().contains(event.position()):
            x_range, y_range = self._canvas.view.viewRange()
            self._pan = (event.position(), (tuple(x_range), tuple(y_range)))
        return True

    def _move(self, event: QMouseEvent) -> bool:
        position = event.position()
        if self._grabbed is not None:
            self._moved_far = True
            self._grabbed[0].drag(self._grabbed[1], *self._canvas.at(position))
            self._refresh()
        elif self._pan is not None:
            self._drag_view(position)
        else:
            inside = self._canvas.picture().contains(position)
            self._hover(self._canvas.at(position)[0] if inside else None)
            near = self._handle_at(position) is not None
            shape = Qt.CursorShape.OpenHandCursor if near else Qt.CursorShape.ArrowCursor
            self._canvas.viewport().setCursor(Qt.CursorShape.CrossCursor if inside and not near else shape)
        return True

    def _release(self, event: QMouseEvent) -> bool:
        if event.button() != Qt.MouseButton.LeftButton:
            return False
        if self._grabbed is not None:
            (handles, index), self._grabbed = self._grabbed, None
            handles.drag(index, *handles.points[index], done=True)
            self._refresh()
        elif self._pan is not None:
            self._pan = None
            if not self._moved_far:
                self.clicked.emit(*self._canvas.at(event.position()))
        return True

    def _drag_view(self, position: QPointF) -> None:
        assert self._pan is not None
        start, (xs, ys) = self._pan
        delta = position - start
        if not self._moved_far and delta.manhattanLength() < 4:
            return
        self._moved_far = True
        picture = self._canvas.picture()
        self._zoom = fit.panned((xs, ys), -delta.x() / max(picture.width(), 1), delta.y() / max(picture.height(), 1))
        self._refresh()

    def _wheel(self, event: QWheelEvent) -> bool:
        """Zoom about the pointer, but only with focus or Ctrl, so that a page of plots still scrolls."""
        turned = event.angleDelta().y()
        if not turned or not (self.hasFocus() or event.modifiers() & Qt.KeyboardModifier.ControlModifier):
            event.ignore()
            return True
        centre = self._canvas.view.mapSceneToView(event.position())
        shown = self._canvas.view.viewRange()
        zoom = fit.zoomed((shown[0], shown[1]), (centre.x(), centre.y()), 0.85 ** (turned / 120))
        if zoom is not None:
            self._zoom = zoom
            self._refresh()
        event.accept()
        return True

    def _double(self, event: QMouseEvent) -> bool:
        self.reset_view()
        return True

    def _leave(self, event: QEvent) -> bool:
        self._hover(None)
        return False

    _mouse: dict[QEvent.Type, Callable[[Plot, Any], bool]] = {
        QEvent.Type.MouseButtonPress: _press,
        QEvent.Type.MouseMove: _move,
        QEvent.Type.MouseButtonRelease: _release,
        QEvent.Type.MouseButtonDblClick: _double,
        QEvent.Type.Wheel: _wheel,
        QEvent.Type.Leave: _leave,
    }

    def _hover(self, x: float | None) -> None:
        if x != self._mark:
            self.set_hover(x)
            self.hovered.emit(x)

    def _handle_at(self, position: QPointF) -> tuple[Handles, int] | None:
        return nearest_handle(self._handles.values(), position, self._canvas.pixel, self._theme.text_px)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the chosen handle, or the cross-hair from sample to sample; Esc takes the mark away."""
        handles = self._focused_handles()
        large = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if handles is not None and handles.key(event.key(), self._step(handles), large):
            self._refresh()
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right) and self._walk(event.key() == Qt.Key.Key_Right, large):
            event.accept()
        elif event.key() == Qt.Key.Key_Escape and self._mark is not None:
            self._hover(None)
        elif event.key() == Qt.Key.Key_Home and self._zoom is not None:
            self.reset_view()
        else:
            super().keyPressEvent(event)

    def _step(self, handles: Handles) -> tuple[float, float]:
        """A hundredth of the picture, at the selected handle."""
        x, y = handles.points[handles.selected]
        picture, here = self._canvas.picture(), self._canvas.pixel(x, y)
        there = self._canvas.at(QPointF(here.x() + picture.width() / 100, here.y() - picture.height() / 100))
        return there[0] - x, there[1] - y

    def _walk(self, forward: bool, large: bool) -> bool:
        lines = [
            one for one in self._series.values() if one.visible and one.kind == "line" and one.ordered and one.x.size
        ]
        if not lines:
            return False
        self._hover(readout.next_sample(lines[0], self._mark, forward, 10 if large else 1))
        return True

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Copy, save, and switch series."""
        menu = self.build_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def build_menu(self) -> QMenu:
        """The context menu, freshly made."""
        menu = QMenu(self)
        FigureMenu(menu, self, self, self.title.lower().replace(" ", "-"))
        menu.addSeparator()
        menu.addAction("Show everything", self.reset_view).setEnabled(self._zoom is not None)
        series_menu(menu, [one for one in self._series.values() if one.used and fit.is_named(one)], self.set_shown)
        return menu

    def focusInEvent(self, event: Any) -> None:
        """Show the focus ring."""
        super().focusInEvent(event)
        self._refresh()

    def focusOutEvent(self, event: Any) -> None:
        """Take the focus ring away."""
        super().focusOutEvent(event)
        self._refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Other pixels: other reduction, other place for names."""
        super().resizeEvent(event)
        self._refresh()
