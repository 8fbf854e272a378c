"""A query among keys and the values they blend; or two memories filling up side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import QWidget

from courseai_lab.panels.attention_lookup.arithmetic import Arithmetic
from courseai_lab.ui.heatmap import Heatmap
from courseai_lab.ui.panel_view import PanelView
from courseai_lab.ui.plots import HandleMove, Handles, Plot
from courseai_lab.ui.tiles import Plan, Tiles

if TYPE_CHECKING:
    from courseai_lab.panels.attention_lookup.frame import Frame
    from courseai_lab.panels.attention_lookup.params import LookupLook, LookupParams

REACH = 3.0
NARROW = 600
GAP = 8
LEAST = 240
Parts = list[tuple[QWidget, QRect]]


class View(PanelView):
    """The lookup panel."""

    def build(self) -> None:
        """Make the parts of both pages."""
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._frame: Frame | None = None
        self._params: LookupParams | None = None
        self._look: LookupLook | None = None
        self._needed = 0
        self._dragging = False
        self._known: set[int] = set()
        self._tiles = Tiles(self._plan, self)
        page = self._tiles.page
        self._plane = Heatmap(self.theme, page, title="Query and keys")
        self._values = Plot(self.theme, page, title="Values and their blend")
        self._sums = Arithmetic(self.theme, page)
        self._recall = Plot(self.theme, page, title="Recall by length")
        self._places = Plot(self.theme, page, title="Recall by place")
        self._state = Heatmap(self.theme, page, title="The state")
        self._sums.chosen.connect(self._choose)
        for part in (self._plane, self._values, self._sums, self._recall, self._places, self._state):
            part.hide()

    # Drawing

    def draw(self, frame: Frame, params: LookupParams, look: LookupLook) -> None:
        """Show a frame on its page."""
        self._frame, self._params, self._look = frame, params, look
        if frame.page == "lookup":
            self._draw_plane(frame, params, look)
            self._draw_values(frame, look)
            self._sums.show_frame(frame, params, self._chosen(frame, look))
        else:
            self._draw_recall(frame, params)
            self._draw_places(frame)
            self._draw_state(frame)
        self._tiles.arrange()
        needed = self._tiles.needed(self.width())
        if needed != self._needed:
            self._needed = needed
            self.updateGeometry()

    def _chosen(self, frame: Frame, look: LookupLook) -> int:
        """The key whose weight is looked at, from 0."""
        assert frame.weights is not None
        return look.key - 1 if 0 < look.key <= len(frame.weights) else int(frame.weights.argmax())

    def _draw_plane(self, frame: Frame, params: LookupParams, look: LookupLook) -> None:
        assert frame.keys is not None and frame.query is not None and frame.weights is not None
        assert frame.plane_weights is not None and frame.plane_entropy is not None
        chosen = self._chosen(frame, look)
        plane = self._plane
        plane.begin()
        half = REACH / (frame.plane_entropy.shape[0] - 1)
        extent = (-REACH - half, REACH + half, -REACH - half, REACH + half)
        if look.ground.value == "entropy":
            most = float(np.log2(len(frame.keys)))
            plane.set_data(frame.plane_entropy, extent=extent, limits=(0.0, most))
            plane.set_axes("first number", "second number", value="entropy", x_unit="", y_unit="")
        else:
            plane.set_data(frame.plane_weights[chosen], extent=extent, limits=(0.0, 1.0))
            plane.set_axes("first number", "second number", value=f"weight of key {chosen + 1}")
        plane.set_options(smooth=True)
        for k, (key, weight) in enumerate(zip(frame.keys, frame.weights, strict=True)):
            plane.path(f"to {k + 1}", np.array([frame.query, frame.query + weight * (key - frame.query)]), role="query")
            plane.markers(f"key {k + 1}", key[None], role="key", label=f"k{k + 1}", size=14.0)
        plane.arrows("q", np.zeros((1, 2)), frame.query[None], role="query")
        plane.markers("query name", frame.query[None], role="query", label="q", size=14.0)
        self._hold(plane.handles("keys", frame.keys, constrain=_inside, role="key"), self._key_moved)
        self._hold(plane.handles("query", frame.query[None], constrain=_inside, role="query"), self._query_moved)
        plane.end()

    def _draw_values(self, frame: Frame, look: LookupLook) -> None:
        assert frame.values is not None and frame.weights is not None and frame.blend is not None
        plot, blend = self._values, frame.blend
        plot.begin()
        plot.set_axes("first number", "second number", x_range=(-REACH, REACH), y_range=(-REACH, REACH), equal=True)
        for k, (value, weight) in enumerate(zip(frame.values, frame.weights, strict=True)):
            pulled = np.array([blend, blend + weight * (value - blend)])
            plot.line(f"_pull {k + 1}", pulled[:, 0], pulled[:, 1], color="value", dash="solid", width=1.5)
            plot.scatter(f"_weight {k + 1}", value[:1], value[1:], color="value", size=8.0 + 40.0 * float(weight))
        self._hold(plot.handles("values", frame.values, constrain=_inside, role="value"), self._value_moved)
        plot.scatter("blend", blend[:1], blend[1:], role="model", marker="star", size=20.0)
        plot.end()

    def _draw_recall(self, frame: Frame, params: LookupParams) -> None:
        assert frame.lengths is not None and frame.state_by_length is not None and frame.attention_by_length is not None
        plot = self._recall
        plot.begin()
        longest = float(frame.lengths[-1])
        plot.set_axes("pairs", "share recalled right", x_log=True, x_range=(1.0, longest), y_range=(0.0, 1.18))
        plot.line("attention", frame.lengths, frame.attention_by_length, role="query")
        plot.line("fixed state", frame.lengths, frame.state_by_length, role="model")
        plot.hline("guessing", frame.chance)
        plot.vline("dimensions", float(params.dim), label=f"d = {params.dim}")
        plot.vline("now", float(max(frame.step, 1)), label="now", color="accent", dash="solid")
        plot.end()

    def _draw_places(self, frame: Frame) -> None:
        assert frame.state_right is not None and frame.attention_right is not None
        plot, count = self._places, len(frame.state_right)
        places = np.arange(1, count + 1)
        plot.begin()
        plot.set_axes("pair, in the order written", "share recalled right",
                      x_range=(0.0, count + 1.0), y_range=(0.0, 1.05))  # fmt: skip
        plot.line("attention", places, frame.attention_right, role="query")
        plot.line("fixed state", places, frame.state_right, role="model")
        plot.scatter("_state", places, frame.state_right, role="model", size=6.0)
        plot.hline("guessing", frame.chance)
        plot.end()

    def _draw_state(self, frame: Frame) -> None:
        assert frame.state is not None
        self._state.begin()
        self._state.set_data(frame.state, kind="diverging")
        self._state.set_axes("key's dimension", "value's dimension", value="state")
        self._state.end()

    def highlight(self, name: str) -> None:
        """The arithmetic lights its column."""
        self._sums.light(name)

    # Layout

    def _plan(self, width: int, height: int) -> Plan:
        if self._frame is None:
            return Plan((), 0)
        scale = self.theme.text_px / 13
        least = round(LEAST * scale)
        narrow = width < NARROW * min(scale, 1.5)
        if self._frame.page == "lookup":
            tall = self._sums.needed(width) if self._look is None or self._look.arithmetic else 0
            above = max(least, height - tall - (GAP if tall else 0))
            places, used = _pair(self._plane, self._values, width, above, least, narrow)
            if tall:
                places.append((self._sums, QRect(0, used + GAP, width, tall)))
                used += GAP + tall
            return Plan(tuple(places), used)
        upper = max(least, round((height - GAP) * 0.5))
        places, used = _pair(self._recall, self._state, width, upper, least, narrow)
        lower = max(least, height - used - GAP)
        places.append((self._places, QRect(0, used + GAP, width, lower)))
        return Plan(tuple(places), used + GAP + least if height < used + GAP + lower else used + GAP + lower)

    def hasHeightForWidth(self) -> bool:
        """Where it is narrow the parts stand below each other: whoever hosts it should give it the room."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Pixels that everything needs at this width."""
        return self._tiles.needed(width) if self._frame is not None else self.minimumSizeHint().height()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt's hook."""
        super().resizeEvent(event)
        self._tiles.resize(self.size())

    def paint_figure(self, painter: QPainter, rect: QRectF) -> bool:
        """Every part as vectors."""
        return self._tiles.paint_parts(painter, rect)

    # Wishes

    def _hold(self, handles: Handles, moved: Any) -> None:
        """Listen to handles, once for each that there is."""
        if id(handles) not in self._known:
            self._known.add(id(handles))
            handles.moved.connect(moved, Qt.ConnectionType.UniqueConnection)

    def _wish(self, done: bool, **params: Any) -> None:
        if not self._dragging:
            self.begin_gesture()
            self._dragging = True
        self.propose(**params)
        if done:
            self._dragging = False
            self.end_gesture()

    def _query_moved(self, move: HandleMove) -> None:
        self._wish(move.done, query=_point(move.points[0]))

    def _key_moved(self, move: HandleMove) -> None:
        if self._params is not None:
            self._wish(move.done, keys=_with(self._params.keys, move))

    def _value_moved(self, move: HandleMove) -> None:
        if self._params is not None:
            self._wish(move.done, values=_with(self._params.values, move))

    def _choose(self, key: int) -> None:
        """Colour the plane by this key's weight; the same again goes back to the heaviest."""
        if self._look is not None:
            self.propose_look(key=0 if self._look.key == key else key)


def _pair(first: QWidget, second: QWidget, width: int, height: int, least: int, narrow: bool) -> tuple[Parts, int]:
    """Two parts side by side, or one below the other; and the height they take."""
    if narrow:
        each = max(least, (height - GAP) // 2)
        return [(first, QRect(0, 0, width, each)), (second, QRect(0, each + GAP, width, each))], 2 * each + GAP
    left = (width - GAP) * 11 // 20
    tall = max(height, least)
    return [(first, QRect(0, 0, left, tall)), (second, QRect(left + GAP, 0, width - left - GAP, tall))], tall


def _inside(index: int, x: float, y: float, points: np.ndarray) -> tuple[float, float]:
    return float(np.clip(x, -REACH, REACH)), float(np.clip(y, -REACH, REACH))


def _point(point: np.ndarray) -> tuple[float, float]:
    """To a hundredth: finer than a pixel, and short enough for a calculation by hand."""
    return round(float(point[0]), 2), round(float(point[1]), 2)


def _with(points: tuple[tuple[float, float], ...], move: HandleMove) -> tuple[tuple[float, float], ...]:
    out = list(points)
    out[move.index] = _point(move.points[move.index])
    return tuple(out)
