"""The picture of a plot: a pyqtgraph scene that shows records of series. Imported with the first plot only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen

from courseai_lab.ui.plots import reduce
from courseai_lab.ui.plots.axes import EndLabel, EndLabels, TickAxis
from courseai_lab.ui.plots.handles import Handles
from courseai_lab.ui.plots.series import Series
from courseai_lab.ui.theme import Theme, text_font

Floats = NDArray[np.float64]

# pyqtgraph would walk all objects at exit and take items out of scenes that are gone already.
pg.setConfigOption("exitCleanup", False)

_SYMBOLS = {
    "circle": "o", "triangle": "t1", "square": "s", "diamond": "d", "cross": "x", "plus": "+", "star": "star",
    "triangle-down": "t", "arrow": "t2",
}  # fmt: skip
_DASHES = {"dotted": [1.0, 2.2], "dashed": [5.0, 3.0]}


class AreaItem(pg.GraphicsObject):
    """A line, or a filled shape with an outline or without, in view coordinates."""

    def __init__(self) -> None:
        super().__init__()
        self._path, self._room = QPainterPath(), QRectF()
        self._brush, self._pen = QBrush(), QPen(Qt.PenStyle.NoPen)

    def show_path(self, path: QPainterPath, fill: QColor | None, pen: QPen) -> None:
        """Show another shape, or with no ``fill`` a line."""
        self.prepareGeometryChange()
        self._path, self._brush, self._pen = path, QBrush(fill) if fill is not None else QBrush(), pen
        self._room = path.controlPointRect()
        self.update()

    def boundingRect(self) -> QRectF:
        """Qt's hook."""
        return self._room

    def paint(self, painter: QPainter, option: object, widget: object = None) -> None:
        """Qt's hook."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(self._brush)
        painter.setPen(self._pen)
        painter.drawPath(self._path)


class Canvas(pg.PlotWidget):
    """A scene with two axes, a picture and end labels. What the mouse does is decided by the plot that owns it."""

    def __init__(self, theme: Theme) -> None:
        view = pg.ViewBox(enableMenu=False)
        super().__init__(viewBox=view, axisItems={side: TickAxis(side) for side in ("left", "bottom")})
        self.theme = theme
        self.log = (False, False)
        self.live = False
        self.view = view
        self.foreground: Callable[[QPainter], None] | None = None
        self._items: dict[str, Any] = {}
        self._handle_items: dict[str, Any] = {}
        self._drawn: dict[str, tuple[object, ...]] = {}
        self._ranged: tuple[object, ...] = ()
        self._settled: QSize | None = None
        # pyqtgraph would cache the background, and a new colour does not reach its cache.
        self.setCacheMode(Canvas.CacheModeFlag.CacheNone)
        # A picture is told whole and painted once; the scene need not add up what each item covered before and after.
        self.setViewportUpdateMode(Canvas.ViewportUpdateMode.NoViewportUpdate)
        view.setMouseEnabled(False, False)
        view.disableAutoRange()
        view.setDefaultPadding(0)
        self.plotItem.hideButtons()
        self.plotItem.setMenuEnabled(False)
        # Never shown, but without a parent pyqtgraph's menu outlives the plot.
        self.plotItem.ctrlMenu.setParent(self, Qt.WindowType.Popup)
        for side in ("left", "bottom"):
            # Behind the curves: the grid belongs to the axes.
            self.axis(side).setZValue(-1000)
        self.labels = EndLabels(view)
        self.plotItem.layout.addItem(self.labels, 2, 3)
        self.setFrameShape(pg.PlotWidget.Shape.NoFrame)
        # A scene takes every drop and does nothing with it; a file dropped on a plot is meant for the panel.
        self.setAcceptDrops(False)
        self.viewport().setAcceptDrops(False)
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def axis(self, side: str) -> TickAxis:
        """The axis at ``left`` or ``bottom``."""
        axis: TickAxis = self.plotItem.getAxis(side)
        return axis

    def dress(self, theme: Theme) -> None:
        """Colours and type of ``theme``; series take theirs at the next ``show_series``."""
        self.theme = theme
        self.setBackground(QColor(theme.ground))
        # On the right there is room for half of the last number under the axis.
        self.plotItem.layout.setContentsMargins(theme.gap(1), theme.gap(2), theme.gap(4), theme.gap(1))
        for side in ("left", "bottom"):
            self.axis(side).dress(theme)

    def set_log(self, x: bool, y: bool) -> None:
        """Which axes are logarithmic."""
        self.log = (x, y)
        self.axis("bottom").log, self.axis("left").log = x, y

    def to_view(self, values: Floats | float, axis: int) -> Any:
        """Data to view coordinates of axis 0 (x) or 1 (y); not a number where a logarithm has no value."""
        if not self.log[axis]:
            return values
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log10(values)
        return np.where(np.isfinite(logs), logs, np.nan)

    def to_data(self, value: float, axis: int) -> float:
        """View to data coordinates."""
        return float(10.0**value) if self.log[axis] else float(value)

    def pixel(self, x: float, y: float) -> QPointF:
        """Where data (x, y) is on the widget."""
        return self.view.mapViewToScene(QPointF(float(self.to_view(x, 0)), float(self.to_view(y, 1))))

    def at(self, position: QPointF) -> tuple[float, float]:
        """Data under a point of the widget."""
        point = self.view.mapSceneToView(position)
        return self.to_data(point.x(), 0), self.to_data(point.y(), 1)

    def picture(self) -> QRectF:
        """The rectangle of the picture on the widget, without axes."""
        return self.view.sceneBoundingRect()

    def set_range(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        """Show this range, in view coordinates."""
        asked = (x, y, self.log, self.size(), self.view.state["aspectLocked"])
        if asked != self._ranged:
            self._ranged = asked
            self.view.setRange(xRange=x, yRange=y, padding=0, disableAutoRange=True)

    def show_series(self, series: list[Series]) -> None:
        """Make the scene show exactly these; a name that is known keeps its item, drawn anew only if it changed."""
        here = (tuple(map(tuple, self.view.viewRange())), self.picture().size(), self.log, self.live)
        for one in series:
            item = self._items.get(one.name)
            if item is None:
                item = self._items[one.name] = _MAKERS[one.kind]()
                item.setZValue(_DEPTH[one.kind] - 5 * one.kept)
                self.plotItem.addItem(item, ignoreBounds=True)
                self._drawn.pop(one.name, None)
            drawn = self._drawn.get(one.name)
            if drawn is not None and drawn[0] is one and drawn[1] is self.theme and drawn[2:] == (one.visible, here):
                continue
            self._drawn[one.name] = (one, self.theme, one.visible, here)
            item.setVisible(one.visible)
            if isinstance(item, RuleItem) and item.text is not None:
                item.text.setVisible(one.visible and bool(one.extra.get("label")))
            if one.visible:
                _UPDATERS[one.kind](self, item, one)

    def forget(self, name: str) -> None:
        """Take a series out for good."""
        item = self._items.pop(name, None)
        if item is not None:
            self.plotItem.removeItem(item)
            if isinstance(item, RuleItem) and item.text is not None:
                self.plotItem.removeItem(item.text)

    def show_handles(self, handles: list[Handles], focused: Handles | None) -> None:
        """Draw the handles; the selected one of ``focused`` wears the focus ring."""
        theme = self.theme
        for one in handles:
            wanted = (one.points.tobytes(), one.used, one.paint, one.marker, one is focused and one.selected, self.log)
            if self._drawn.get(f"handles {one.name}") == (theme.name, theme.scale, wanted):
                continue
            self._drawn[f"handles {one.name}"] = (theme.name, theme.scale, wanted)
            item = self._handle_items.get(one.name)
            if item is None:
                item = self._handle_items[one.name] = pg.ScatterPlotItem(pxMode=True, antialias=True)
                item.setZValue(30)
                self.plotItem.addItem(item, ignoreBounds=True)
            item.setVisible(one.used)
            color, size = QColor(theme.color(one.paint)), theme.text_px * 0.95
            rings = [one is focused and i == one.selected for i in range(len(one.points))]
            item.setData(
                x=np.atleast_1d(self.to_view(one.points[:, 0], 0)),
                y=np.atleast_1d(self.to_view(one.points[:, 1], 1)),
                size=[size * (1.35 if ring else 1.0) for ring in rings],
                pen=[pg.mkPen(QColor(theme.text if ring else theme.ground), width=2) for ring in rings],
                brush=QBrush(color),
                symbol=_SYMBOLS.get(one.marker, "o"),
            )

    def show_end_labels(self, labels: list[EndLabel]) -> None:
        """Names beside the ends of lines."""
        self.labels.show_labels(labels, self.theme)

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        """What is on the screen only, never in an exported figure: the cross-hair and its values."""
        if self.foreground is not None:
            painter.save()
            painter.resetTransform()
            self.foreground(painter)
            painter.restore()

    def settle(self) -> None:
        """Bring the layout to the present size at once, shown or not."""
        if self.size() != self._settled:
            self._settled = self.size()
            self.resizeEvent(None)
        self.plotItem.layout.activate()

    def paint_vectors(self, painter: QPainter, rect: QRectF) -> None:
        """Paint the scene into ``rect`` as vectors."""
        items = [item for item in self.scene().items() if hasattr(item, "setExportMode")]
        options = {"antialias": True, "background": None, "painter": painter, "resolutionScale": 1.0}
        for item in items:
            item.setExportMode(True, options)
        for side in ("left", "bottom"):
            self.axis(side).vector = True
        try:
            self.scene().prepareForPaint()
            painter.setBrush(Qt.BrushStyle.NoBrush)
            # The widget's size, not the viewport's: that one lags behind while nothing is on the screen.
            self.scene().render(painter, rect, QRectF(self.rect()), Qt.AspectRatioMode.IgnoreAspectRatio)
        finally:
            for item in items:
                item.setExportMode(False)
            for side in ("left", "bottom"):
                self.axis(side).vector = False

    def pen(self, one: Series) -> QPen:
        """The pen of a line: thin while it lives (wide ones are ten times slower), dashes as its role says."""
        width = self.theme.line_live if self.live else self.theme.line_still
        if one.style.dash == "thin" or one.kind in ("vline", "hline"):
            width = self.theme.line_live
        pen = QPen(QColor(self.theme.color(one.style.paint)), width * one.style.width)
        pen.setCosmetic(True)
        if one.style.dash in _DASHES:
            pen.setDashPattern(_DASHES[one.style.dash])
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        return pen

    def release(self) -> None:
        """Let go of everything that points back here, so that Python frees it at once."""
        self.foreground = None
        self.close()


def _line(canvas: Canvas, item: Any, one: Series) -> None:
    x, y = canvas.to_view(one.x, 0), canvas.to_view(one.y, 1)
    (low, high), _ = canvas.view.viewRange()
    width, height = max(canvas.picture().width(), 100.0), max(canvas.picture().height(), 100.0)
    pixel = ((high - low) / width or 1.0, float(np.ptp(canvas.view.viewRange()[1])) / height or 1.0)
    x, y = reduce.columns(x, y, low, high, int(width)) if one.ordered else reduce.path(x, y, pixel)
    pen = canvas.pen(one)
    if pen.widthF() > 1:
        x, y = reduce.simplified(x, y, pixel)
    item.show_path(pg.arrayToQPath(x, y, connect="finite"), None, pen)


def _scatter(canvas: Canvas, item: Any, one: Series) -> None:
    theme = canvas.theme
    x, y = canvas.to_view(one.x, 0), canvas.to_view(one.y, 1)
    keep = np.isfinite(x) & np.isfinite(y)
    edge = pg.mkPen(QColor(theme.ground), width=0.75)
    size = one.style.size * theme.text_px / 13
    if one.labels is None:
        brush = QBrush(QColor(theme.color(one.style.paint)))
        item.setData(x=x[keep], y=y[keep], size=size, symbol=_SYMBOLS.get(one.style.marker, "o"), brush=brush, pen=edge)
        return
    labels = one.labels[keep]
    brushes = {k: QBrush(QColor(theme.class_color(int(k)))) for k in np.unique(labels)}
    symbols = {k: _SYMBOLS[theme.class_marker(int(k))] for k in brushes}
    item.setData(
        x=x[keep], y=y[keep], size=size, pen=edge,
        brush=[brushes[k] for k in labels], symbol=[symbols[k] for k in labels],
    )  # fmt: skip


def _bars(canvas: Canvas, item: AreaItem, one: Series) -> None:
    edges, counts = canvas.to_view(one.x, 0), canvas.to_view(one.y, 1)
    base = canvas.view.viewRange()[1][0] if canvas.log[1] else 0.0
    path = QPainterPath()
    for left, right, height in zip(edges[:-1], edges[1:], counts, strict=True):
        if np.isfinite(left) and np.isfinite(right) and np.isfinite(height):
            path.addRect(QRectF(left, base, right - left, height - base))
    color = QColor(canvas.theme.color(one.style.paint))
    fill = QColor(color)
    fill.setAlphaF(0.45)
    pen = QPen(color, canvas.theme.line_live)
    pen.setCosmetic(True)
    item.show_path(path, fill, pen)


def _band(canvas: Canvas, item: AreaItem, one: Series) -> None:
    assert one.top is not None
    x, low, high = canvas.to_view(one.x, 0), canvas.to_view(one.y, 1), canvas.to_view(one.top, 1)
    path = QPainterPath()
    good = np.isfinite(x) & np.isfinite(low) & np.isfinite(high)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], good, [False]]).astype(np.int8)))
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        xs = np.concatenate([x[start:stop], x[start:stop][::-1]])
        ys = np.concatenate([low[start:stop], high[start:stop][::-1]])
        path.addPath(pg.arrayToQPath(xs, ys, connect="all"))
    fill = QColor(canvas.theme.color(one.style.paint))
    fill.setAlphaF(0.22)
    item.show_path(path, fill, QPen(Qt.PenStyle.NoPen))


def _squares(canvas: Canvas, item: AreaItem, one: Series) -> None:
    assert one.top is not None and one.labels is not None
    x, start, end = canvas.to_view(one.x, 0), canvas.to_view(one.y, 1), canvas.to_view(one.top, 1)
    (left, right), (low, high) = canvas.view.viewRange()
    corners = [canvas.view.mapViewToScene(QPointF(*corner)) for corner in ((left, low), (right, high))]
    size = corners[1] - corners[0]
    # View units across for each one up, so that both sides cover the same number of pixels.
    across = (right - left) / max(size.x(), 1.0) * max(-size.y(), 1.0) / ((high - low) or 1.0)
    width = np.abs(end - start) * across * one.labels
    path = QPainterPath()
    for at, wide, foot, tip in zip(x, width, start, end, strict=True):
        if np.isfinite(at) and np.isfinite(wide):
            path.addRect(QRectF(at, foot, wide, tip - foot).normalized())
    color = QColor(canvas.theme.color(one.style.paint))
    fill = QColor(color)
    fill.setAlphaF(0.13)
    color.setAlphaF(0.6)
    pen = QPen(color, canvas.theme.line_live)
    pen.setCosmetic(True)
    item.show_path(path, fill, pen)


def _mark(canvas: Canvas, item: RuleItem, one: Series) -> None:
    axis = 0 if one.kind == "vline" else 1
    value = float(canvas.to_view(float(one.x[0]), axis))
    (left, right), (low, top) = canvas.view.viewRange()
    path = QPainterPath(QPointF(*((value, low) if axis == 0 else (left, value))))
    path.lineTo(*((value, top) if axis == 0 else (right, value)))
    item.show_path(path, None, canvas.pen(one))
    if not one.extra.get("label"):
        return
    if item.text is None:
        item.text = pg.TextItem()
        canvas.plotItem.addItem(item.text, ignoreBounds=True)
    text = item.text
    text.setText(one.extra["label"], QColor(canvas.theme.color(one.style.paint)))
    text.setFont(text_font(canvas.theme, canvas.theme.caption_px))
    # Near the right edge a name stands left of its line, so that it is never cut.
    late = axis == 0 and value > left + 0.7 * (right - left)
    text.setAnchor((1.0 if late else 0.0, 0.0) if axis == 0 else (0.0, 1.0))
    text.setPos(*((value, top) if axis == 0 else (left, value)))


class RuleItem(AreaItem):
    """A straight line across the picture, with a text once it has been given one."""

    text: pg.TextItem | None = None


_MAKERS: dict[str, Callable[[], Any]] = {
    "line": AreaItem,
    "scatter": lambda: pg.ScatterPlotItem(pxMode=True, antialias=True),
    "bars": AreaItem,
    "band": AreaItem,
    "squares": AreaItem,
    "vline": RuleItem,
    "hline": RuleItem,
}
_UPDATERS: dict[str, Callable[[Canvas, Any, Series], None]] = {
    "line": _line,
    "scatter": _scatter,
    "bars": _bars,
    "band": _band,
    "squares": _squares,
    "vline": _mark,
    "hline": _mark,
}
_DEPTH = {"band": 1, "bars": 2, "squares": 3, "vline": 4, "hline": 4, "line": 10, "scatter": 12}
