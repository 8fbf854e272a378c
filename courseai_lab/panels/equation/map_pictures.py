"""Pictures of formulas over whole arrays: the forward process and attention."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from courseai_lab.panels.equation.picture import Picture
from courseai_lab.ui.heatmap import Heatmap
from courseai_lab.ui.plots import HandleMove
from courseai_lab.ui.plots.heat_model import Cell
from courseai_lab.ui.theme import Theme, text_font

if TYPE_CHECKING:
    from courseai_lab.panels.equation.frame import Frame
    from courseai_lab.panels.equation.params import EquationParams


class MapBox(QWidget):
    """A heatmap with its name above, in a frame that lights up."""

    def __init__(self, id: str, title: str, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.id = id
        self._theme = theme
        self._lit = False
        self.name = QLabel(title)
        self.name.setTextFormat(Qt.TextFormat.PlainText)
        self.map = Heatmap(theme, self, title=title)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.setSpacing(2)
        layout.addWidget(self.name)
        layout.addWidget(self.map, 1)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self._theme = theme
        self.name.setFont(text_font(theme, theme.caption_px))
        self.name.setStyleSheet(f"font-size: {theme.caption_px}px; color: {theme.muted};")
        self.map.set_theme(theme)

    def light(self, on: bool) -> None:
        """Wear the accent frame, or not."""
        if on != self._lit:
            self._lit = on
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt's hook."""
        if self._lit:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(self._theme.accent), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)
            painter.end()


class MapsPicture(Picture):
    """Several maps; those of parts that are not worked out yet are empty."""

    BOXES: tuple[tuple[str, str], ...] = ()
    NUMBERS = False

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self.boxes = [MapBox(id, title, theme, parent) for id, title in self.BOXES]
        for box in self.boxes:
            box.map.clicked.connect(self._clicked)
            box.map.hovered.connect(self._hovered)

    def widgets(self) -> Sequence[QWidget]:
        """The maps."""
        return self.boxes

    def columns(self, width: int) -> int:
        """Two or three side by side."""
        return 3 if width > 620 * self.theme.text_px / 13 else 2

    def least(self) -> int:
        """Low enough for three rows."""
        return 150

    def show_frame(self, frame: Frame, params: EquationParams) -> None:
        """Draw the maps."""
        for box, (id, _) in zip(self.boxes, self.BOXES, strict=True):
            shown = id in frame.ids and frame.known(id)
            values = frame.value(id) if id in frame.ids else np.full((1, 1), np.nan)
            values = values if shown else np.full(values.shape, np.nan)
            box.light(self.lit == id)
            box.map.begin()
            self._fill(box, id, values, frame, params)
            box.map.end()

    def _fill(self, box: MapBox, id: str, values: np.ndarray, frame: Frame, params: EquationParams) -> None:
        raise TypeError(f"{type(self).__name__} must define _fill()")

    def _clicked(self, row: int, column: int, value: float) -> None:
        """A cell was chosen."""

    def _hovered(self, cell: Cell | None) -> None:
        box = self.sender().parent()
        self.pointed.emit(box.id if cell is not None and isinstance(box, MapBox) else "")


class ForwardPicture(MapsPicture):
    """Image, noise, what is left of each, their sum; and the weights over time."""

    BOXES = (
        ("image", "image x₀"),
        ("eps", "noise ε"),
        ("scaled_image", "√ᾱ · x₀"),
        ("scaled_eps", "√(1 − ᾱ) · ε"),
        ("xt", "noised image x_t"),
    )

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self.curves = self.plot("Weights over time")
        self.curves.clicked.connect(self._time)

    def widgets(self) -> Sequence[QWidget]:
        """The maps, then the curves."""
        return [*self.boxes, self.curves]

    def show_frame(self, frame: Frame, params: EquationParams) -> None:
        """Draw maps and curves."""
        super().show_frame(frame, params)
        assert frame.x is not None
        plot, t = self.curves, frame.fact("t")
        plot.begin()
        plot.line("√ᾱ", frame.x, frame.curve("signal"), role="data", width=self.width("signal"))
        plot.line("√(1−ᾱ)", frame.x, frame.curve("noise"), role="noise", width=self.width("noise"))
        plot.line("ᾱ", frame.x, frame.curve("alpha_bar"), color="muted", dash="dashed", width=self.width("alpha_bar"))
        plot.vline("_t", t, label="", color="accent", dash="solid")
        plot.set_axes("t", "weight", x_range=(0.0, float(frame.x[-1])), y_range=(-0.05, 1.05))
        self.handle(plot, "time", [[t, 0.0]], self._moved, _along)
        plot.end()

    def _fill(self, box: MapBox, id: str, values: np.ndarray, frame: Frame, params: EquationParams) -> None:
        box.map.set_data(values, kind="diverging", limits=(-2.0, 2.0))
        box.map.set_options(bar=False, numbers=False)
        box.map.markers("pixel", [[params.column + 0.5, params.row + 0.5]], color="accent", marker="square")

    def _clicked(self, row: int, column: int, value: float) -> None:
        self.wished.emit({"row": row, "column": column}, True)

    def _time(self, x: float, y: float) -> None:
        self.wished.emit({"time": min(max(x / 999, 0.0), 1.0)}, True)

    def _moved(self, move: HandleMove) -> None:
        self.wished.emit({"time": min(max(move.x / 999, 0.0), 1.0)}, move.done)


def _along(index: int, x: float, y: float, points: np.ndarray) -> tuple[float, float]:
    return min(max(x, 0.0), 999.0), float(points[index, 1])


class AttentionPicture(MapsPicture):
    """Queries, keys and values; scores, attention and output under them."""

    BOXES = (
        ("q", "queries Q"),
        ("k", "keys K"),
        ("v", "values V"),
        ("scaled", "scores S, query by key"),
        ("weights", "attention A, query by key"),
        ("out", "output O"),
    )

    def _fill(self, box: MapBox, id: str, values: np.ndarray, frame: Frame, params: EquationParams) -> None:
        kind, limits = ("sequential", (0.0, 1.0)) if id == "weights" else ("diverging", None)
        source = "masked" if id == "scaled" and "masked" in frame.ids and frame.known("masked") else id
        shown = frame.value(source) if source != id else values
        shown = np.where(np.isfinite(shown), shown, np.nan)
        box.map.set_data(shown, kind=kind, limits=limits)  # type: ignore[arg-type]
        box.map.set_options(bar=False, numbers=True)
        rows = [str(k + 1) for k in range(shown.shape[0])]
        cols = [str(k + 1) for k in range(shown.shape[1])]
        box.map.set_axes(rows=rows, cols=cols)
        if id in ("scaled", "weights"):
            row, column = frame.focus[frame.ids.index("weights")] or (0, 0)
            box.map.markers("here", [[column + 0.5, row + 0.82]], color="accent", marker="triangle")

    def _clicked(self, row: int, column: int, value: float) -> None:
        box = self.sender().parent()
        if isinstance(box, MapBox):
            both = {"query": row, "key": column}
            wish = {"scaled": both, "weights": both, "q": {"query": row}, "out": {"query": row}}
            self.wished.emit(wish.get(box.id, {"key": row}), True)
