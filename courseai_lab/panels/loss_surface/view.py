"""The surface in 3D and from above, the loss by step, the finishing table: one race, linked everywhere."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from courseai_lab.contract import Line, Selection
from courseai_lab.panels.loss_surface import curves
from courseai_lab.panels.loss_surface.layout import Plan, plan
from courseai_lab.panels.loss_surface.map_pane import MapPane, nearest_step
from courseai_lab.panels.loss_surface.race_table import RaceTable
from courseai_lab.panels.loss_surface.scene import make_scene, make_surface
from courseai_lab.ui.heatmap import ContourMap
from courseai_lab.ui.panel_view import PanelView
from courseai_lab.ui.plots import HandleMove, Handles, Plot
from courseai_lab.ui.scroll_room import scroll_room
from courseai_lab.ui.surface3d import Surface, SurfacePoint, SurfaceView

if TYPE_CHECKING:
    from courseai_lab.panels.loss_surface.frame import Frame
    from courseai_lab.panels.loss_surface.params import LossLook, LossParams

HANDLE_ROOM = 0.1
"""The handles of the start's line stand this share of the data's width inside its ends."""


class View(PanelView):
    """The loss surface panel."""

    def build(self) -> None:
        """Make the parts."""
        self._frame: Frame | None = None
        self._params: LossParams | None = None
        self._look: LossLook | None = None
        self._marked: int | None = None
        self._lit = ""
        self._surface: Surface | None = None
        self._surface_key: tuple[object, ...] = (None, None, None)
        self._surface_told: tuple[object, ...] = ()
        self._rates_of: tuple[object, ...] = (None, None, None)
        self._dragging = False
        self._line: Handles | None = None
        self._scroll = QScrollArea(self)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._page = QWidget()
        self._scroll.setWidget(self._page)
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._scene = SurfaceView(self._page, opengl=self.opengl)
        self._scene.set_theme(self.theme)  # type: ignore[arg-type]
        self._map = MapPane(self.theme, self._page)
        self._loss = Plot(self.theme, self._page, title="Loss by step")
        self._table = RaceTable(self.theme, self._page)
        self._data = Plot(self.theme, self._page, title="Data")
        self._rates = ContourMap(self.theme, self._page, title="Momentum's convergence")
        self._rate = Plot(self.theme, self._page, title="Effective rate")
        self._squares = Plot(self.theme, self._page, title="Squared gradients")
        self._small: dict[str, tuple[QWidget, Callable[[Frame], None]]] = {
            "loss": (self._loss, self._draw_loss),
            "table": (self._table, self._table.show_frame),
            "data": (self._data, self._draw_data),
            "rates": (self._rates, self._draw_rates),
            "rate": (self._rate, self._draw_rate),
            "squares": (self._squares, self._draw_squares),
        }
        self._connect()

    def _connect(self) -> None:
        self._scene.clicked.connect(self._surface_clicked)
        self._scene.hovered.connect(self._surface_hovered)
        self._scene.fell_back.connect(self._fell_back)
        self._map.dropped.connect(self._dropped)
        self._map.step_hovered.connect(self._mark)
        self._rates.clicked.connect(self._rates_clicked)
        for plot in (self._loss, self._rate, self._squares):
            plot.hovered.connect(self._step_hovered)
            plot.clicked.connect(self._step_clicked)

    def _fell_back(self, why: str) -> None:
        self.notice.emit(str(why))

    # Drawing

    def draw(self, frame: Frame, params: LossParams, look: LossLook) -> None:
        """Show a frame."""
        if self._frame is not None and frame.path is not self._frame.path:
            self._marked = None
        self._frame, self._params, self._look = frame, params, look
        shown = self._wanted(frame, look)
        for widget in self._parts():
            widget.setVisible(widget in shown)
        self._arrange()
        self._draw_marked()
        for name, (widget, _) in self._small.items():
            if widget in shown:
                self.draw_later(name, partial(self._draw_small, name))

    def _draw_small(self, name: str) -> None:
        """Draw a part beside the pictures of the surface: these are seen first."""
        widget, show = self._small[name]
        if self._frame is not None and not widget.isHidden():
            show(self._frame)

    def _draw_loss(self, frame: Frame) -> None:
        assert self._look is not None
        curves.show_loss(self._loss, frame, self._look, self.theme)

    def _draw_data(self, frame: Frame) -> None:
        curves.show_data(self._data, frame, self.theme)
        self._place_line(frame)

    def _draw_rate(self, frame: Frame) -> None:
        curves.show_pair(self._rate, frame, frame.rate, "effective rate", self.theme)

    def _draw_squares(self, frame: Frame) -> None:
        curves.show_pair(self._squares, frame, frame.squares, "squared gradients", self.theme)

    def _draw_rates(self, frame: Frame) -> None:
        """The map of convergence is the same for all steps of a run: it is drawn anew for another run only."""
        of = (frame.map_factor, frame.path, self.theme)
        if any(a is not b for a, b in zip(of, self._rates_of, strict=True)):
            curves.show_rates(self._rates, frame, self.theme, of[0] is not self._rates_of[0])
            self._rates_of = of

    def _draw_marked(self) -> None:
        """The two pictures of the surface, with the step that is pointed at."""
        frame, look = self._frame, self._look
        if frame is None or look is None:
            return
        if not self._scene.isHidden():
            key = (frame.height, frame.x, self.theme)
            told = (look.contours, look.heights)
            if told != self._surface_told or any(a is not b for a, b in zip(key, self._surface_key, strict=True)):
                self._surface = make_surface(frame, look, self.theme)
                self._surface_key, self._surface_told = key, told
            assert self._surface is not None
            self._scene.set_scene(make_scene(frame, look, self.theme, self._surface, self._marked, self._lit))
        if not self._map.isHidden():
            self._map.show_frame(frame, look, self._marked, self._lit)

    def _parts(self) -> tuple[QWidget, ...]:
        return (
            self._scene,
            self._map,
            self._loss,
            self._table,
            self._data,
            self._rates,
            self._rate,
            self._squares,
        )

    def _wanted(self, frame: Frame, look: LossLook) -> list[QWidget]:
        """The parts that are asked for and that this surface has."""
        parts = {
            self._scene: "surface" in look.panes,
            self._map: "map" in look.panes,
            self._loss: "loss" in look.panes,
            self._table: "table" in look.panes,
            self._data: "data" in look.panes and frame.data is not None,
            self._rates: "rates" in look.panes and frame.map_factor is not None,
            self._rate: "rate" in look.glyphs,
            self._squares: "squares" in look.glyphs and bool((frame.squares == frame.squares).any()),
        }
        return [widget for widget, wanted in parts.items() if wanted]

    def _place_line(self, frame: Frame) -> None:
        """Two handles on the start's line, where the data are fitted by one."""
        if frame.label is not None:
            return
        w, b = frame.path[0, 0]
        low, high = curves.data_span(frame)
        inside = HANDLE_ROOM * (high - low)
        points = [[u, w * u + b] for u in (low + inside, high - inside)]
        line = self._data.handles("start", points, constrain=_upright)
        if self._line is None:
            self._line = line
            line.moved.connect(self._line_moved)

    def highlight(self, name: str) -> None:
        """Light a term on the pictures: its arrows appear; an optimiser's own number leaves only that one bright."""
        if name != self._lit:
            self._lit = name
            self._draw_marked()

    def follow(self, selection: Selection) -> None:
        """Another panel's line is where the ball starts: stand there, so that both show the same."""
        frame, params = self._frame, self._params
        if frame is not None and params is not None and isinstance(selection, Line) and _on_a_line(params):
            self.seek(frame.lead)

    # Layout

    def _plan(self, width: int, height: int) -> Plan:
        visible = [widget for widget in self._parts() if not widget.isHidden()]
        big = [widget for widget in visible if widget in (self._scene, self._map)]
        small = [widget for widget in visible if widget not in big]
        return plan(big, small, width, height, self.theme.text_px / 13)

    def _arrange(self) -> None:
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
        self.draw_waiting()
        made = self._plan(round(rect.width()), round(rect.height()))
        shrink = min(1.0, rect.height() / max(made.height, 1))
        painter.save()
        painter.translate(rect.topLeft())
        painter.scale(shrink, shrink)
        for widget, place in made.places:
            if isinstance(widget, SurfaceView | Plot | ContourMap):
                widget.paint_figure(painter, QRectF(place))
            else:
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

    # One step, marked everywhere

    def _mark(self, step: int | None) -> None:
        frame = self._frame
        if frame is None or step == self._marked:
            return
        self._marked = None if step is None else min(max(step, 0), frame.steps)
        for plot in (self._loss, self._rate, self._squares):
            plot.set_hover(None if self._marked is None else float(self._marked))
        self._draw_marked()
        self.point_at("loss" if self._marked is not None else "")

    def _step_hovered(self, x: float | None) -> None:
        self._mark(None if x is None else round(x))

    def _surface_hovered(self, point: SurfacePoint | None) -> None:
        if self._frame is not None:
            self._mark(None if point is None else nearest_step(self._frame, point.x, point.y))

    def _step_clicked(self, x: float, y: float) -> None:
        frame = self._frame
        if frame is not None:
            self.seek(frame.lead + min(max(round(x), 0), frame.steps))

    # Wishes

    def _surface_clicked(self, point: SurfacePoint) -> None:
        self._dropped(point.x, point.y, True)

    def _dropped(self, x: float, y: float, done: bool) -> None:
        """Drop the ball at (x, y); once it is let go it rolls from there."""
        if not self._dragging:
            self.begin_gesture()
            self._dragging = True
        self.propose(start=(x, y))
        if done:
            self._dragging = False
            self.end_gesture()
            self.seek(self._frame.lead if self._frame is not None else 0)

    def _line_moved(self, move: HandleMove) -> None:
        """The start's line was dragged: the ball starts at its slope and intercept."""
        (u1, v1), (u2, v2) = move.points.tolist()
        slope = (v2 - v1) / (u2 - u1)
        self._dropped(slope, v1 - slope * u1, move.done)

    def _rates_clicked(self, rate: float, memory: float) -> None:
        """Take rate and memory from the map of convergence."""
        frame = self._frame
        if frame is None or rate <= 0.0:
            return
        wish = {}
        if "momentum" in frame.rules:
            wish = {"lr_momentum": rate, "mu_momentum": max(memory, 0.0)}
        elif "sgd" in frame.rules:
            wish = {"lr_sgd": rate}
        self.propose(**wish)


def _on_a_line(params: LossParams) -> bool:
    """Whether this is the loss over the points of an open line panel."""
    return params.surface.value == "regression" and params.line_data.value == "linked"


def _upright(index: int, x: float, y: float, points: np.ndarray) -> tuple[float, float]:
    """The line's handles move up and down only."""
    return float(points[index][0]), y
