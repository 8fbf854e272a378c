"""What the pictures beside the formula share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QRect, Signal
from PySide6.QtWidgets import QWidget

from courseai_lab.ui.plots import HandleMove, Handles, Plot
from courseai_lab.ui.theme import Theme

if TYPE_CHECKING:
    from courseai_lab.panels.equation.frame import Frame
    from courseai_lab.panels.equation.params import EquationParams

GAP = 8
LIT = 2.4
Constrain = Callable[[int, float, float, np.ndarray], tuple[float, float]]
Places = list[tuple[QWidget, QRect]]


class Picture(QObject):
    """Draws one formula's picture; a term that is pointed at is drawn thicker.

    ``wished`` carries parameters that a drag or click asks for and whether it is over; ``pointed`` a term's id.
    """

    wished = Signal(object, bool)
    pointed = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme
        self.lit = ""
        self._page = parent
        self._hooked: set[Handles] = set()

    def show_frame(self, frame: Frame, params: EquationParams) -> None:
        """Draw a frame."""
        raise TypeError(f"{type(self).__name__} must define show_frame()")

    def widgets(self) -> Sequence[QWidget]:
        """The parts shown now, in reading order."""
        raise TypeError(f"{type(self).__name__} must define widgets()")

    def columns(self, width: int) -> int:
        """How many parts stand side by side."""
        return 1

    def least(self) -> int:
        """Least height of a part, in pixels at standard type."""
        return 180

    def plan(self, width: int, height: int, x: int = 0, y: int = 0) -> tuple[Places, int]:
        """Places of the parts in an area ``width`` wide, filling ``height``; the height needed."""
        parts = list(self.widgets())
        columns = max(1, min(self.columns(width), len(parts)))
        rows = -(-len(parts) // columns)
        least = round(self.least() * min(self.theme.text_px / 13, 1.5))
        need = rows * least + GAP * (rows - 1)
        tall = max(least, (height - GAP * (rows - 1)) // rows)
        wide = (width - GAP * (columns - 1)) // columns
        out = [
            (part, QRect(x + (k % columns) * (wide + GAP), y + (k // columns) * (tall + GAP), wide, tall))
            for k, part in enumerate(parts)
        ]
        return out, need

    def plot(self, title: str) -> Plot:
        """A plot on the page."""
        return Plot(self.theme, self._page, title=title)

    def width(self, *ids: str) -> float:
        """How thick the line of these terms is."""
        return LIT if self.lit in ids else 1.0

    def handle(
        self,
        plot: Plot,
        name: str,
        points: Sequence[Sequence[float]] | np.ndarray,
        moved: Callable[[HandleMove], None],
        constrain: Constrain | None = None,
    ) -> None:
        """Draggable points whose moves go to ``moved``."""
        handles = plot.handles(name, points, constrain=constrain)
        if handles not in self._hooked:
            self._hooked.add(handles)
            handles.moved.connect(moved)

    def bars(self, plot: Plot, values: np.ndarray, chosen: int, role: str, name: str, *, lit: bool = False) -> None:
        """One bar for each element, the chosen one in the accent."""
        edges = np.arange(len(values) + 1) + 0.5
        rest = values.copy()
        rest[chosen] = 0.0
        alone = np.zeros_like(values)
        alone[chosen] = values[chosen]
        plot.bars(f"_{name}", edges, rest, role=role)
        plot.bars(f"_{name} chosen", edges, alone, color="accent" if not lit else "text")
        plot.hline("_zero", 0.0, label="", dash="thin")
