"""Points on a picture that people drag, or move with the keyboard."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PySide6.QtCore import QObject, QPointF, Qt, Signal

Floats = NDArray[np.float64]
Constrain = Callable[[int, float, float, Floats], tuple[float, float]]
"""(index, x, y, points [n 2]) -> where that point may go, in data coordinates."""

_ARROWS = {
    Qt.Key.Key_Left: (-1.0, 0.0),
    Qt.Key.Key_Right: (1.0, 0.0),
    Qt.Key.Key_Up: (0.0, 1.0),
    Qt.Key.Key_Down: (0.0, -1.0),
}


@dataclass(frozen=True, slots=True)
class HandleMove:
    """A handle went to (x, y), in data coordinates; ``done`` when it was let go. ``points`` [n 2] are all of them."""

    name: str
    index: int
    x: float
    y: float
    points: Floats
    done: bool


def nearest_handle(
    handles: Iterable[Handles], position: QPointF, pixel: Callable[[float, float], QPointF], reach: float
) -> tuple[Handles, int] | None:
    """The handle, and its index, whose ``pixel(x, y)`` is nearest to ``position`` and at most ``reach`` pixels off."""
    best: tuple[float, Handles, int] | None = None
    for one in handles:
        for index, (x, y) in enumerate(one.points if one.used else ()):
            away = (pixel(x, y) - position).manhattanLength() if math.isfinite(x + y) else math.inf
            if away <= reach and (best is None or away < best[0]):
                best = (away, one, index)
    return best[1:] if best else None


class Handles(QObject):
    """Draggable points of one name. The picture that made them draws them and moves them.

    ``moved`` carries a ``HandleMove`` for every move, the last one of a drag with ``done``.
    """

    moved = Signal(object)
    pressed = Signal(int)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.name = name
        self.points: Floats = np.empty((0, 2))
        self.paint = "accent"
        self.marker = "circle"
        self.selected = 0
        self.used = True
        self.dragging = False
        self._constrain: Constrain | None = None

    def place(self, points: ArrayLike, constrain: Constrain | None = None) -> None:
        """Where the handles are, [n 2]; ignored while the user drags one. Raises ``ValueError`` for bad shapes."""
        array = np.array(points, dtype=np.float64)
        if array.ndim != 2 or array.shape[1] != 2:
            raise ValueError(f"{self.name}: handles are points of shape (n, 2), not {array.shape}.")
        self._constrain = constrain
        if not self.dragging:
            self.points = array
            self.selected = min(self.selected, max(len(array) - 1, 0))

    def drag(self, index: int, x: float, y: float, *, done: bool = False) -> None:
        """Move handle ``index`` towards (x, y), as far as the constraint lets it, and say so."""
        if self._constrain is not None:
            x, y = self._constrain(index, x, y, self.points)
        points = self.points.copy()
        points[index] = x, y
        self.points = points
        self.selected = index
        self.dragging = not done
        self.moved.emit(HandleMove(self.name, index, float(x), float(y), points, done))

    def key(self, key: int, step: tuple[float, float], large: bool) -> bool:
        """Arrows move the selected handle by ``step``, ten times that when ``large``; Page keys choose another.

        Returns whether the key meant something.
        """
        if not len(self.points):
            return False
        if key in (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
            self.selected = (self.selected + (1 if key == Qt.Key.Key_PageDown else -1)) % len(self.points)
            return True
        if key not in _ARROWS:
            return False
        dx, dy = _ARROWS[Qt.Key(key)]
        factor = 10.0 if large else 1.0
        x, y = self.points[self.selected]
        self.drag(self.selected, float(x + dx * step[0] * factor), float(y + dy * step[1] * factor), done=True)
        return True
