"""Rates above, the losses of the trainings below on the same steps, the code beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from courseai_lab.panels.lr_schedule import curves
from courseai_lab.panels.lr_schedule.code_pane import CodePane
from courseai_lab.ui.panel_view import PanelView
from courseai_lab.ui.plots import HandleMove, Handles, Plot

if TYPE_CHECKING:
    from courseai_lab.panels.lr_schedule.compute import Frame
    from courseai_lab.panels.lr_schedule.params import ScheduleLook, ScheduleParams

NARROW = 660
GAP = 6
MOST_WARMUP = 500
RATES = (1e-4, 10.0)


class View(PanelView):
    """The learning-rate schedule panel."""

    def build(self) -> None:
        """Make the parts."""
        self._frame: Frame | None = None
        self._params: ScheduleParams | None = None
        self._dragging = False
        self._held: dict[str, curves.Range] = {}
        self._needed = 0
        self._grips: dict[str, Handles] = {}
        self._scroll = QScrollArea(self)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._page = QWidget()
        self._scroll.setWidget(self._page)
        self._scroll.viewport().installEventFilter(self)
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._rates = Plot(self.theme, self._page, title="Learning rates")
        self._rates.setToolTip("Drag the dot: across for the warm-up, up and down for the peak rate")
        self._loss = Plot(self.theme, self._page, title="Loss of the trainings")
        self._watched = Plot(self.theme, self._page, title="Loss that plateau watches")
        self._watched.hide()
        self._code = CodePane(self.theme, self._page)
        for plot in self._plots():
            plot.hovered.connect(self._hovered)

    def _plots(self) -> tuple[Plot, ...]:
        return self._rates, self._loss, self._watched

    # Drawing

    def draw(self, frame: Frame, params: ScheduleParams, look: ScheduleLook) -> None:
        """Show a frame."""
        self._frame, self._params = frame, params
        self._rates.setVisible("rates" in look.panes)
        self._loss.setVisible("loss" in look.panes)
        self._watched.setVisible(frame.watched is not None)
        self._code.setVisible("code" in look.panes)
        self._code.show_frame(frame, params)
        self._arrange()
        curves.show_rates(self._rates, frame, params, look, self._held.get("rates"))
        self._place_grips(frame, params)
        self._rates.end()
        curves.show_loss(self._loss, frame, params, look)
        if frame.watched is not None:
            curves.show_watched(self._watched, frame, params, self._held.get("watched"))
            if params.watch == "drawn":
                points = [[x * frame.steps, y] for x, y in params.watched]
                self._grip(self._watched, "watched", np.array(points), _in_order)
            self._watched.end()

    def _place_grips(self, frame: Frame, params: ScheduleParams) -> None:
        if "multi_step" in frame.ids:
            row = frame.rates[frame.ids.index("multi_step")]
            points = [[m, row[m]] for m in params.milestones if m < frame.steps]
            if points:
                self._grip(self._rates, "milestones", np.array(points, dtype=np.float64), _sideways)
        self._grip(self._rates, "peak", np.array([[float(min(params.warmup, frame.steps - 1)), params.lr]]), self._free)

    def _grip(self, plot: Plot, name: str, points: np.ndarray, constrain: object) -> None:
        made = plot.handles(name, points, constrain=constrain)  # type: ignore[arg-type]
        if name not in self._grips:
            self._grips[name] = made
            made.moved.connect({"peak": self._peak, "milestones": self._milestone, "watched": self._drawn}[name])

    # Layout

    def _plan(self, width: int, height: int) -> tuple[list[tuple[QWidget, QRect]], int]:
        """Places of the visible parts, and the height of it all."""
        scale = self.theme.text_px / 13
        plots = [one for one in self._plots() if not one.isHidden()]
        code = not self._code.isHidden()
        places: list[tuple[QWidget, QRect]] = []
        if width < NARROW * min(scale, 2.0) or not plots:
            y = 0
            for one in plots:
                tall = round((150 if one is self._watched else 230) * scale)
                places.append((one, QRect(0, y, width, tall)))
                y += tall + GAP
            if code:
                places.append((self._code, QRect(0, y, width, self._code.needed(width))))
                y += places[-1][1].height()
            return places, max(y, 100)
        left = round(width * 0.67) if code else width
        beside = width - left - 2 * GAP
        # More than four lines have a legend above each plot.
        named = len(self._frame.names) if self._frame is not None else 0
        low = round((150 if named <= 4 else 225) * scale)
        height = max(height, low * len(plots))
        weights = [0.6 if one is self._watched else 1.0 for one in plots]
        top, unit = 0.0, height / sum(weights)
        for one, weight in zip(plots, weights, strict=True):
            places.append((one, QRect(0, round(top), left, round(unit * weight) - GAP)))
            top += unit * weight
        if code:
            places.append((self._code, QRect(left + 2 * GAP, 0, beside, height)))
        return places, height

    def _arrange(self) -> None:
        needed = self.heightForWidth(self.width())
        if needed != self._needed:
            self._needed = needed
            self.updateGeometry()
        room = self._scroll.viewport().size()
        places, height = self._plan(room.width(), room.height())
        self._page.resize(room.width(), max(height, room.height()))
        for widget, rect in places:
            widget.setGeometry(rect)

    def hasHeightForWidth(self) -> bool:
        """Where it is narrow the parts stand below each other: whoever hosts it should give it the room."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Pixels that everything needs at this width."""
        return self._plan(width, 0)[1]

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt's hook."""
        super().resizeEvent(event)
        self._scroll.resize(self.size())
        self._arrange()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The room inside the scroll bar changed."""
        if event.type() == QEvent.Type.Resize:
            self._arrange()
        return super().eventFilter(watched, event)

    def paint_figure(self, painter: QPainter, rect: QRectF) -> bool:
        """Every part as vectors, at its place on a page as wide as ``rect``."""
        places, height = self._plan(round(rect.width()), round(rect.height()))
        shrink = min(1.0, rect.height() / max(height, 1))
        painter.save()
        painter.translate(rect.topLeft())
        painter.scale(shrink, shrink)
        self._code.set_figure(True)
        for widget, place in places:
            if isinstance(widget, Plot):
                widget.paint_figure(painter, QRectF(place))
            else:
                self._paint_widget(painter, widget, place)
        self._code.set_figure(False)
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

    def _hovered(self, x: float | None) -> None:
        for plot in self._plots():
            if plot is not self.sender():
                plot.set_hover(x)
        self.point_at("lr" if x is not None else "")

    # Wishes

    def _wish(self, done: bool, **params: object) -> None:
        """Propose; everything from the first move of a drag until it is let go is one undo step."""
        if not self._dragging:
            self.begin_gesture()
            self._dragging = True
            # A picture that rescales under the hand would carry the handle off.
            self._held = {"rates": self._rates.view_range()[1], "watched": self._watched.view_range()[1]}
        if done:
            self._held = {}
        self.propose(**params)
        if done:
            self._dragging = False
            self.end_gesture()
            shown: Any = self.shown
            if shown is not None:
                self.draw(*shown)

    def _free(self, index: int, x: float, y: float, points: np.ndarray) -> tuple[float, float]:
        """The peak goes anywhere that warm-up and rate may be."""
        steps = self._frame.steps - 1 if self._frame is not None else MOST_WARMUP
        return float(np.clip(x, 0, min(MOST_WARMUP, steps))), float(np.clip(y, *RATES))

    def _peak(self, move: HandleMove) -> None:
        self._wish(move.done, warmup=round(move.x), lr=float(f"{move.y:.3g}"))

    def _milestone(self, move: HandleMove) -> None:
        frame, params = self._frame, self._params
        if frame is None or params is None:
            return
        later = [m for m in params.milestones if m >= frame.steps]
        moved = [int(np.clip(round(x), 1, frame.steps - 1)) for x in move.points[:, 0]]
        self._wish(move.done, milestones=[*moved, *later])

    def _drawn(self, move: HandleMove) -> None:
        if self._frame is not None:
            points = [(float(x / self._frame.steps), float(f"{y:.4g}")) for x, y in move.points]
            points[0], points[-1] = (0.0, points[0][1]), (1.0, points[-1][1])
            self._wish(move.done, watched=points)


def _sideways(index: int, x: float, y: float, points: np.ndarray) -> tuple[float, float]:
    """Milestones move along the steps, between their neighbours."""
    low = points[index - 1, 0] + 1 if index else 1.0
    high = points[index + 1, 0] - 1 if index < len(points) - 1 else np.inf
    return float(np.clip(x, low, max(low, high))), float(points[index, 1])


def _in_order(index: int, x: float, y: float, points: np.ndarray) -> tuple[float, float]:
    """Handles of the drawn curve stay in order; the first and the last stay at the ends."""
    height = float(np.clip(y, 1e-3, 1e6))
    if index in (0, len(points) - 1):
        return float(points[index, 0]), height
    gap = 1e-3 * float(points[-1, 0])
    return float(np.clip(x, points[index - 1, 0] + gap, points[index + 1, 0] - gap)), height
