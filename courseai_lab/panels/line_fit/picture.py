"""The points and the lines, with everything on them that the mouse can take hold of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from courseai_lab.ui.plots import HandleMove, Handles, Plot

if TYPE_CHECKING:
    from courseai_lab.panels.line_fit.frame import Frame, Pair
    from courseai_lab.panels.line_fit.params import LineLook, LineParams
    from courseai_lab.ui.theme import Theme

MOVABLE = 300
"""Up to so many points can be moved one by one."""
EDGE = 0.03
"""Dragged things stay this share of the picture away from its edges, so that the axes stay as they are."""
REACH = 0.05
"""The ends of the line stay this share of the picture apart."""
NUDGE = 0.01
TURN = {"left": "right", "right": "left"}


def clipped(line: Pair, x_range: Pair, y_range: Pair, edge: float = 0.0) -> tuple[np.ndarray, np.ndarray] | None:
    """Both ends of a line inside the picture (less ``edge`` on every side), left first; None where it never enters."""
    w, b = line
    dx, dy = edge * (x_range[1] - x_range[0]), edge * (y_range[1] - y_range[0])
    left, right = x_range[0] + dx, x_range[1] - dx
    low, high = y_range[0] + dy, y_range[1] - dy
    if w != 0.0:
        crossing = sorted(((low - b) / w, (high - b) / w))
        left, right = max(left, crossing[0]), min(right, crossing[1])
    elif not low <= b <= high:
        return None
    if not left < right:
        return None
    xs = np.array([left, right])
    return xs, np.clip(w * xs + b, low, high)


class LinePlot(Plot):
    """Points and lines. Carries wishes up: a line, a moved, added, deleted or chosen point."""

    line_dragged = Signal(float, float, bool)
    """Slope, intercept, and whether it was let go."""
    point_dragged = Signal(int, float, float, bool)
    point_added = Signal(float, float)
    point_removed = Signal(int)
    point_chosen = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent, title="Points and lines")
        self._frame: Frame | None = None
        self._index: dict[str, np.ndarray] = {}
        self._grips: dict[str, Handles] = {}
        self._pivot: np.ndarray | None = None
        self._ranges: tuple[Pair, Pair] = ((0.0, 1.0), (0.0, 1.0))
        self.held = False
        """While a point is in the hand the axes stay: else the picture would carry it off."""
        self.lit = ""

    def show_frame(self, frame: Frame, params: LineParams, look: LineLook, point: int) -> None:
        """Show a frame; ``point`` is the one that is worked out."""
        self._frame = frame
        if not self.held:
            self._ranges = (frame.x_range, frame.y_range)
        self.begin()
        self.set_axes(frame.x_name, frame.y_name, x_range=self._ranges[0], y_range=self._ranges[1])
        self._show_errors(frame, params, look)
        if params.loss == "r2":
            self.hline("mean of y", float(frame.y[~frame.held].mean()))
        if "fit" in look.lines:
            self._show_line("least squares", frame.fit, color="text", dash="dashed")
        if "descent" in look.lines:
            self._show_line("gradient descent", tuple(frame.path[frame.step]), color="gradient")
        if frame.curve_x is not None and frame.curve_y is not None:
            low, high = self._ranges[1]
            room = 3.0 * (high - low)
            inside = np.where(np.abs(frame.curve_y - (low + high) / 2) < room, frame.curve_y, np.nan)
            self.line(f"degree {params.degree}", frame.curve_x, inside, color="query")
        self._show_line("your line", frame.line, color="model", width=1.8 if self.lit in ("w", "b") else 1.3)
        big = 26.0 if self.lit in ("x", "y") else 19.0
        self.scatter("_chosen", frame.x[[point]], frame.y[[point]], color="selected", size=big)
        self._place_points(frame)
        self._place_line(frame)
        self.end()

    def _show_line(self, name: str, line: Pair, *, color: str, dash: str = "solid", width: float = 1.0) -> None:
        ends = clipped(line, *self._ranges)
        if ends is None:
            return
        xs, ys = ends
        self.line(name, xs, ys, color=color, dash="dashed" if dash == "dashed" else "solid", width=width)

    def _show_errors(self, frame: Frame, params: LineParams, look: LineLook) -> None:
        seen = ~frame.held
        x, y, e = frame.x[seen], frame.y[seen], frame.error[seen]
        if "squares" in look.errors and params.loss in ("mse", "r2"):
            # A square leans away from the line, so that it never lies across it.
            lean = np.where(e * frame.line[0] > 0, -1, 1)
            self.squares("squared errors", x, y - e, y, lean=lean, role="loss")
        if "segments" in look.errors:
            gap = np.full(len(x), np.nan)
            xs, ys = np.column_stack([x, x, gap]).ravel(), np.column_stack([y - e, y, gap]).ravel()
            self.line("_errors", xs, ys, color="loss", dash="solid", width=1.6 if self.lit in ("loss", "mean") else 0.8)

    # What can be taken hold of

    def _place_points(self, frame: Frame) -> None:
        both = {"points": np.flatnonzero(~frame.held), "held out": np.flatnonzero(frame.held)}
        self._index = both
        for name, index in both.items():
            color, marker = ("data", "circle") if name == "points" else ("muted", "diamond")
            points = np.column_stack([frame.x[index], frame.y[index]])
            if len(frame.x) > MOVABLE:
                self.scatter(name, points[:, 0], points[:, 1], color=color, marker=marker, size=5.0)
                continue
            grips = self._grip(name, points)
            grips.paint, grips.marker = color, marker

    def _place_line(self, frame: Frame) -> None:
        ends = clipped(frame.line, *self._ranges, EDGE)
        if ends is None:
            # Out of sight: its grips wait at the edge it has left by.
            (x0, x1), (y0, y1) = self._ranges
            xs = np.array([x0 + EDGE * (x1 - x0), x1 - EDGE * (x1 - x0)])
            room = EDGE * (y1 - y0)
            ends = xs, np.clip(frame.line[0] * xs + frame.line[1], y0 + room, y1 - room)
        xs, ys = ends
        places = {"left": (xs[0], ys[0]), "middle": (xs.mean(), ys.mean()), "right": (xs[1], ys[1])}
        for name, place in places.items():
            grip = self._grip(name, np.array([place]))
            grip.paint, grip.marker = "model", "diamond" if name == "middle" else "square"

    def _grip(self, name: str, points: np.ndarray) -> Handles:
        made = self.handles(name, points, constrain=self._inside)
        if name not in self._grips:
            self._grips[name] = made
            made.moved.connect(self._point_moved if name in self._index else self._line_moved)
            if name in self._index:
                made.pressed.connect(self._pressed)
        return made

    def _inside(self, index: int, x: float, y: float, points: np.ndarray) -> tuple[float, float]:
        (x0, x1), (y0, y1) = self._ranges
        dx, dy = EDGE * (x1 - x0), EDGE * (y1 - y0)
        return float(np.clip(x, x0 + dx, x1 - dx)), float(np.clip(y, y0 + dy, y1 - dy))

    def _line_moved(self, move: HandleMove) -> None:
        frame = self._frame
        if frame is None:
            return
        x, y = move.x, move.y
        if move.name == "middle":
            w = frame.line[0]
        else:
            if self._pivot is None:
                self._pivot = self._grips[TURN[move.name]].points[0].copy()
            px, py = self._pivot
            least = REACH * (self._ranges[0][1] - self._ranges[0][0])
            x = min(x, px - least) if move.name == "left" else max(x, px + least)
            w = (y - py) / (x - px)
        if move.done:
            self._pivot = None
        self.line_dragged.emit(float(w), float(y - w * x), move.done)

    def _point_moved(self, move: HandleMove) -> None:
        self.point_dragged.emit(int(self._index[move.name][move.index]), move.x, move.y, move.done)

    def _pressed(self, index: int) -> None:
        name = next(name for name, one in self._grips.items() if one is self.sender())
        self.point_chosen.emit(int(self._index[name][index]))

    def point_at_pixel(self, position: QPointF) -> int | None:
        """Index of the point under a place of this widget, if there is one."""
        frame = self._frame
        if frame is None or len(frame.x) > MOVABLE:
            return None
        away = [
            (self.pixel(float(x), float(y)) - position).manhattanLength() for x, y in zip(frame.x, frame.y, strict=True)
        ]
        nearest = int(np.argmin(away))
        return nearest if away[nearest] <= self.theme.text_px else None

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """A double click adds a point where there is none; the rest is as in any plot."""
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonDblClick:
            if event.button() == Qt.MouseButton.LeftButton and self._add_at(event.position()):
                return True
        return super().eventFilter(watched, event)

    def _add_at(self, position: QPointF) -> bool:
        frame = self._frame
        if frame is None or len(frame.x) >= MOVABLE or not self._canvas.picture().contains(position):
            return False
        self.point_added.emit(*self._inside(0, *self._canvas.at(position), np.empty((0, 2))))
        return True

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """A right click on a point deletes it; elsewhere there is the menu."""
        mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        index = self.point_at_pixel(QPointF(event.pos())) if mouse else None
        if index is None:
            super().contextMenuEvent(event)
            return
        self.point_removed.emit(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete takes the selected point out; Ctrl with arrows moves and turns the line."""
        turned = {
            Qt.Key.Key_Up: (0.0, 1.0),
            Qt.Key.Key_Down: (0.0, -1.0),
            Qt.Key.Key_Left: (-1.0, 0.0),
            Qt.Key.Key_Right: (1.0, 0.0),
        }.get(Qt.Key(event.key()))
        frame, points = self._frame, self._grips.get("points")
        if frame is not None and turned is not None and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            (x0, x1), (y0, y1) = self._ranges
            turn = turned[0] * 2 * NUDGE * (y1 - y0) / (x1 - x0)
            # About the middle of the picture, so that turning does not carry the line away.
            rise = turned[1] * NUDGE * (y1 - y0) - turn * (x0 + x1) / 2
            self.line_dragged.emit(frame.line[0] + turn, frame.line[1] + rise, True)
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and points is not None and points.used:
            if len(self._index["points"]):
                self.point_removed.emit(int(self._index["points"][points.selected]))
        else:
            super().keyPressEvent(event)
