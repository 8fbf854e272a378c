"""``ContourMap``: a function of two variables seen from above, with contour lines, paths and balls."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike
from PySide6.QtCore import QPointF, Signal
from PySide6.QtWidgets import QWidget

from courseai_lab.ui.plots import contours
from courseai_lab.ui.plots.colormaps import MapKind, Scale
from courseai_lab.ui.plots.handles import Constrain, Handles
from courseai_lab.ui.plots.heat import Heatmap
from courseai_lab.ui.plots.heat_model import Cell, Overlay
from courseai_lab.ui.theme import Theme

CONTOURS = "_contours"


class ContourMap(Heatmap):
    """A surface from above. Values are samples at grid points, colours between them are blended.

    ``clicked`` carries (x, y) in data coordinates. Everything else is as in ``Heatmap``.
    """

    clicked = Signal(float, float)

    def __init__(self, theme: Theme | None = None, parent: QWidget | None = None, *, title: str = "") -> None:
        super().__init__(theme, parent, title=title or "Contour map")
        self._key: tuple[object, ...] = ()
        self._source: object = None
        self._lines = Overlay("contours", np.empty((0, 2, 2)), "text", ends=np.empty(0))
        self.set_options(smooth=True, numbers=False)

    def set_surface(
        self,
        values: ArrayLike,
        x_range: tuple[float, float],
        y_range: tuple[float, float],
        *,
        levels: int | ArrayLike = 12,
        kind: MapKind = "sequential",
        scale: Scale = "linear",
        limits: tuple[float, float] | None = None,
        square: bool = False,
    ) -> None:
        """``values`` [rows cols] sampled evenly, row 0 at ``y_range[0]`` and column 0 at ``x_range[0]``, ends included.

        ``levels`` is about how many round contour levels there are, or the levels themselves; 0 for none.
        Raises ``ValueError`` for fewer than 2 x 2 samples or an empty range.
        """
        array = np.asarray(values, dtype=np.float64)
        if array.ndim != 2 or min(array.shape) < 2:
            raise ValueError(f"A contour map needs at least 2 x 2 samples, not shape {array.shape}.")
        rows, cols = array.shape
        (x0, x1), (y0, y1) = x_range, y_range
        # Samples are cell centres, so the cells reach half a step further; the view ends at the outer samples.
        dx, dy = (x1 - x0) / (cols - 1) / 2, (y1 - y0) / (rows - 1) / 2
        extent = (x0 - dx, x1 + dx, y0 - dy, y1 + dy)
        self.set_data(array, extent=extent, kind=kind, scale=scale, limits=limits, square=square)
        self._heat = replace(self._heat, view=(x0, x1, y0, y1))
        count = levels if isinstance(levels, int) else tuple(np.ravel(levels).tolist())
        key = (array.shape, x_range, y_range, count, scale)
        if key != self._key or values is not self._source:
            self._source, self._key = values, key
            self._lines = contour_overlay(array, x_range, y_range, count, scale)
        self._over(CONTOURS, self._lines)

    def begin(self) -> None:
        """A frame begins; the contour lines belong to the surface and stay."""
        super().begin()
        if CONTOURS in self._overlays:
            self._used.add(CONTOURS)

    def ball(
        self, name: str, x: float, y: float, *, role: str | None = None, constrain: Constrain | None = None
    ) -> Handles:
        """A ball that can be dragged and moved by arrow keys; by default it stays inside the map."""
        return self.handles(name, [[x, y]], constrain=constrain or self._inside, role=role or "model")

    def _inside(self, index: int, x: float, y: float, points: np.ndarray) -> tuple[float, float]:
        x0, x1, y0, y1 = self._heat.view
        return float(np.clip(x, min(x0, x1), max(x0, x1))), float(np.clip(y, min(y0, y1), max(y0, y1)))

    def _cell_at(self, position: QPointF) -> Cell | None:
        """The value under the pointer is interpolated between the four samples around it."""
        cell = super()._cell_at(position)
        if cell is None:
            return None
        return Cell(cell.row, cell.col, self._bilinear(cell.x, cell.y), cell.x, cell.y)

    def _bilinear(self, x: float, y: float) -> float:
        x0, x1, y0, y1 = self._heat.view
        rows, cols = self._heat.values.shape
        across = float(np.clip((x - x0) / (x1 - x0) * (cols - 1), 0, cols - 1))
        down = float(np.clip((y - y0) / (y1 - y0) * (rows - 1), 0, rows - 1))
        col, row = min(int(across), cols - 2), min(int(down), rows - 2)
        u, v = across - col, down - row
        four = self._heat.values[row : row + 2, col : col + 2]
        return float((four[0, 0] * (1 - u) + four[0, 1] * u) * (1 - v) + (four[1, 0] * (1 - u) + four[1, 1] * u) * v)

    def _click(self, cell: Cell) -> None:
        self.clicked.emit(cell.x, cell.y)


def contour_overlay(
    array: np.ndarray,
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    count: int | tuple[float, ...],
    scale: Scale,
) -> Overlay:
    """Contour lines of ``array`` [rows cols]; on a logarithmic scale crossings are interpolated in the logarithm."""
    log = scale == "log"
    wanted = contours.levels(array, count, log=log) if isinstance(count, int) else np.array(count, dtype=np.float64)
    x, y = np.linspace(*x_range, array.shape[1]), np.linspace(*y_range, array.shape[0])
    with np.errstate(divide="ignore", invalid="ignore"):
        heights = np.log10(array) if log else array
        found = [contours.segments(heights, float(np.log10(v) if log else v), x, y) for v in wanted]
    lines = np.concatenate(found) if found else np.empty((0, 2, 2))
    return Overlay("contours", lines, "text", ends=np.repeat(wanted, [len(one) for one in found]))
