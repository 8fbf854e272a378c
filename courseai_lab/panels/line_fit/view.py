"""The points with three lines on them; beside them the map of (w, b), the shares of the loss and its course."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QWidget

from courseai_lab.panels.line_fit import sides
from courseai_lab.panels.line_fit.head import Head
from courseai_lab.panels.line_fit.layout import Plan, plan
from courseai_lab.panels.line_fit.line_table import LineTable
from courseai_lab.panels.line_fit.picture import MOVABLE, LinePlot
from courseai_lab.panels.line_fit.words import chosen, worked
from courseai_lab.ui.heatmap import ContourMap
from courseai_lab.ui.panel_view import PanelView
from courseai_lab.ui.plots import Plot
from courseai_lab.ui.scroll_room import scroll_room
from courseai_lab.ui.theme import text_font

if TYPE_CHECKING:
    from courseai_lab.panels.line_fit.frame import Frame
    from courseai_lab.panels.line_fit.params import LineLook, LineParams

FEWEST = 2
LARGEST = 1e9
SMALL = ("shares", "descent", "degrees")
TITLES = {"shares": "Each point's share of the loss", "descent": "Loss by step", "degrees": "Error by degree"}
HINT = "Double click adds a point, right click or Delete takes it away; Ctrl and arrows move and turn the line."


class View(PanelView):
    """The line panel."""

    def build(self) -> None:
        """Make the parts."""
        self._frame: Frame | None = None
        self._dragging = False
        self._needed = 0
        self._scroll = QScrollArea(self)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._page = QWidget()
        self._scroll.setWidget(self._page)
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._head = Head(self.theme, self._page)
        self._picture = LinePlot(self.theme, self._page)
        self._picture.setToolTip(HINT)
        self._worked = QLabel(self._page)
        self._worked.setWordWrap(True)
        self._worked.setContentsMargins(8, 0, 8, 0)
        self._worked.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._table = LineTable(self.theme, self._page)
        self._map = sides.LossMap(self.theme, self._page)
        self._small = {name: Plot(self.theme, self._page, title=TITLES[name]) for name in SMALL}
        self._small["degrees"].hide()
        self._connect()

    def _connect(self) -> None:
        self._head.best.connect(self._snap)
        self._head.typed.connect(self._typed)
        self._head.refused.connect(self.notice)
        self._picture.line_dragged.connect(self._line_dragged)
        self._picture.point_dragged.connect(self._point_dragged)
        self._picture.point_added.connect(self._point_added)
        self._picture.point_removed.connect(self._point_removed)
        self._picture.point_chosen.connect(self._choose)
        self._map.dragged.connect(self._map_dragged)
        self._map.hovered.connect(self._map_hovered)
        self._small["shares"].clicked.connect(self._share_clicked)
        self._small["shares"].hovered.connect(self._shares_hovered)
        self._small["descent"].clicked.connect(self._step_clicked)
        self._small["degrees"].clicked.connect(self._degree_clicked)

    # Drawing

    def draw(self, frame: Frame, params: LineParams, look: LineLook) -> None:
        """Show a frame."""
        self._frame = frame
        shown = self._wanted(frame, look)
        for widget in (self._table, self._map, *self._small.values()):
            widget.setVisible(widget in shown)
        point = chosen(frame, look)
        (x0, x1), (y0, y1) = frame.x_range, frame.y_range
        self._head.show_line(*frame.line, ((y1 - y0) / (x1 - x0) / 100, (y1 - y0) / 100))
        many = " · too many points to move one by one" if len(frame.x) > MOVABLE else ""
        self._worked.setText(worked(frame, params, look) + many)
        self._worked.setFont(text_font(self.theme, self.theme.text_px))
        self._picture.show_frame(frame, params, look, point)
        if self._table in shown:
            self._table.show_frame(frame, params, look)
        self._arrange()
        if self._map in shown:
            self._map.show_frame(frame, params)
        for name, plot in self._small.items():
            if plot in shown:
                sides.show(plot, name, frame, params, look, point)

    def _wanted(self, frame: Frame, look: LineLook) -> list[QWidget]:
        """The parts that are asked for and apply. The course of descent is a matter of the line alone."""
        curve = frame.degree_train is not None
        applies = {"shares": True, "descent": not curve, "degrees": curve}
        out: list[QWidget] = [self._table] if "table" in look.panes else []
        out += [self._map] if "map" in look.panes else []
        return out + [self._small[name] for name in SMALL if name in look.panes and applies[name]]

    def highlight(self, name: str) -> None:
        """Emphasise the line, the point worked out, or the errors."""
        if name != self._picture.lit:
            self._picture.lit = name
            shown: Any = self.shown
            if shown is not None:
                self.draw(*shown)

    # Layout

    def _plan(self, width: int, height: int) -> Plan:
        scale = self.theme.text_px / 13
        side = [widget for widget in (self._map, *self._small.values()) if not widget.isHidden()]
        left = width if not side else round(width * 0.64)
        foot: list[tuple[QWidget, int]] = [(self._worked, max(self._worked.heightForWidth(left), 20))]
        if not self._table.isHidden():
            foot.append((self._table, self._table.needed()))
        top = self._head.sizeHint().height()
        made = plan(self._picture, foot, side, width, height, scale)
        # The row above takes its height from the picture, or from the page where that is as low as can be.
        first = made.places[0][1]
        row = QRect(first.left(), first.top(), first.width(), top)
        picture = QRect(first.left(), first.top() + top, first.width(), first.height() - top)
        return Plan(((self._head, row), (self._picture, picture), *made.places[1:]), made.height)

    def _arrange(self) -> None:
        needed = self.heightForWidth(self.width())
        if needed != self._needed:
            self._needed = needed
            self.updateGeometry()
        room = scroll_room(self._scroll, self.size(), lambda w, h: self._plan(w, h).height)
        made = self._plan(room.width(), room.height())
        self._page.resize(room.width(), max(made.height, room.height()))
        for widget, rect in made.places:
            widget.setGeometry(rect)

    def hasHeightForWidth(self) -> bool:
        """Where it is narrow the parts stand below each other: whoever hosts it should give it the room."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Pixels that everything needs at this width."""
        return self._plan(width, 0).height

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt's hook."""
        super().resizeEvent(event)
        self._scroll.resize(self.size())
        self._arrange()

    def paint_figure(self, painter: QPainter, rect: QRectF) -> bool:
        """Every part as vectors, at its place on a page as wide as ``rect``."""
        made = self._plan(round(rect.width()), round(rect.height()))
        shrink = min(1.0, rect.height() / max(made.height, 1))
        painter.save()
        painter.translate(rect.topLeft())
        painter.scale(shrink, shrink)
        for widget, place in made.places:
            if isinstance(widget, Plot | ContourMap):
                widget.paint_figure(painter, QRectF(place))
            elif widget is not self._head:
                self._paint_widget(painter, widget, place)
        painter.restore()
        return True

    def _paint_widget(self, painter: QPainter, widget: QWidget, place: QRect) -> None:
        before = widget.geometry()
        widget.setGeometry(place)
        painter.save()
        painter.translate(place.topLeft())
        widget.render(painter, QPoint())
        painter.restore()
        widget.setGeometry(before)

    # Wishes

    def _wish(self, done: bool, **params: object) -> None:
        """Propose; everything from the first move of a drag until it is let go is one undo step."""
        if not self._dragging:
            self.begin_gesture()
            self._dragging = True
        self.propose(**params)
        if done:
            self._dragging = False
            self.end_gesture()

    def _line_dragged(self, w: float, b: float, done: bool) -> None:
        if max(abs(w), abs(b)) <= LARGEST:
            self._wish(done, w=_tidy(w), b=_tidy(b))

    def _map_dragged(self, w: float, b: float, done: bool) -> None:
        if self._frame is not None:
            shift, spread = self._frame.shift, self._frame.spread
            self._line_dragged(w / spread, b - w * shift / spread, done)

    def _snap(self) -> None:
        if self._frame is not None:
            self.propose(w=self._frame.fit[0], b=self._frame.fit[1])

    def _typed(self, name: str, value: float) -> None:
        self.propose(**{name: value})

    def _own(self, points: np.ndarray, done: bool = True) -> None:
        """The points become points set by hand, the outlier among them."""
        frame = self._frame
        if frame is not None:
            names = {"x_name": frame.x_name, "y_name": frame.y_name}
            self._wish(done, data="own", outlier=False, points=[tuple(p) for p in points.tolist()], **names)

    def _all(self) -> np.ndarray:
        assert self._frame is not None
        return np.column_stack([self._frame.x, self._frame.y])

    def _rounded(self, x: float, y: float) -> tuple[float, float]:
        """To a thousandth of the picture: finer than a pixel, and short enough to read."""
        assert self._frame is not None
        spans = (np.ptp(self._frame.x_range), np.ptp(self._frame.y_range))
        digits = [3 - int(np.floor(np.log10(span))) for span in spans]
        return round(x, digits[0]), round(y, digits[1])

    def _point_dragged(self, index: int, x: float, y: float, done: bool) -> None:
        points = self._all()
        if index < len(points):
            points[index] = self._rounded(x, y)
            self._picture.held = not done
            self._own(points, done)
            shown: Any = self.shown
            if done and shown is not None:
                self.draw(*shown)

    def _point_added(self, x: float, y: float) -> None:
        self._own(np.vstack([self._all(), self._rounded(x, y)]))

    def _point_removed(self, index: int) -> None:
        points = self._all()
        if len(points) <= FEWEST:
            self.notice.emit("A line needs at least two points, so this one stays.")
            return
        self._own(np.delete(points, index, axis=0))

    def _choose(self, index: int) -> None:
        shown: Any = self.shown
        if shown is not None and shown[2].point != index:
            self.propose_look(point=index)

    def _share_clicked(self, x: float, y: float) -> None:
        if self._frame is not None:
            self._choose(int(np.clip(round(x) - 1, 0, len(self._frame.x) - 1)))

    def _step_clicked(self, x: float, y: float) -> None:
        if self._frame is not None:
            self.seek(int(np.clip(round(x), 0, self._frame.steps)))

    def _degree_clicked(self, x: float, y: float) -> None:
        frame = self._frame
        if frame is not None and frame.degree_train is not None:
            self.propose(degree=int(np.clip(round(x), 1, len(frame.degree_train))))

    def _map_hovered(self, cell: object) -> None:
        self.point_at("w" if cell is not None else "")

    def _shares_hovered(self, x: float | None) -> None:
        self.point_at("mean" if x is not None else "")


def _tidy(value: float) -> float:
    """Six digits: more than a pixel can say."""
    return float(f"{value:.6g}")
