"""The pictures of a sweep: one staged view draws every cell, all on the same scales; and the sheet of all of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter
from PySide6.QtWidgets import QWidget

from courseai_lab.app.figures import Figure, Shot, draw_shot, show, staged
from courseai_lab.contract import Panel
from courseai_lab.ui.heatmap import Heatmap
from courseai_lab.ui.panel_view import PanelView, ViewSettings
from courseai_lab.ui.plots import Plot
from courseai_lab.ui.theme import Theme, text_font

WIDTH, HEIGHT = 440, 330
"""Room enough for a narrow panel in standard type; more for larger type, up to a point."""
LARGEST_TYPE = 1.5
SCALE = 2.0
Key = tuple[str, int]
Scales = dict[Key, tuple[float, ...] | None]
"""The scale of each heatmap and plot that is seen, by kind and number; None where one cannot serve all pictures."""
_WORDS = {"Heatmap": "colours", "Plot": "axes"}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A cell that has been computed: its place in the sweep, words, and what to draw."""

    number: int
    title: str
    shot: Shot


class Stage:
    """A view that nobody sees, kept while a sweep is open. ``close`` gives it back."""

    def __init__(self, panel: Panel, theme: Theme) -> None:
        larger = min(LARGEST_TYPE, theme.text_px / 13)
        self.figure = Figure(theme, round(WIDTH * larger), round(HEIGHT * larger), SCALE)
        self._kept = ExitStack()
        self.view = self._kept.enter_context(staged(panel, self.figure))

    def close(self) -> None:
        """The sweep is closed."""
        self._kept.close()

    def image(self, shot: Shot, scales: Scales) -> QImage:
        """One cell, with the scales that all share."""
        self._free()
        self._hold(scales)
        return draw_shot(self.view, shot, self.figure)[0]

    def scales(self, shots: Sequence[Shot]) -> Scales:
        """The scales that hold every cell: colours of heatmaps, and axes of plots that follow their data."""
        found: dict[Key, list[tuple[float, ...]]] = {}
        self._free()
        for shot in shots:
            show(self.view, shot, self.figure)
            for key, widget in _scaled(self.view).items():
                if widget.isVisibleTo(self.view) and widget.width() > 1:
                    found.setdefault(key, []).append(_scale_of(widget))
        return {key: _union(each) if _common(each) else None for key, each in found.items()}

    def paint(self, painter: QPainter, shot: Shot, scales: Scales, place: QRectF) -> None:
        """One cell as the grid shows it, as vectors where its widgets paint so."""
        self._free()
        self._hold(scales)
        show(self.view, shot, self.figure)
        # As on screen: a view's own figure may show its whole page, much smaller than the picture that was chosen.
        self.view.render(painter, place.topLeft().toPoint())

    def _hold(self, scales: Scales) -> None:
        for key, widget in _scaled(self.view).items():
            scale = scales.get(key)
            if scale is not None:
                _set_scale(widget, scale)

    def _free(self) -> None:
        for widget in _scaled(self.view).values():
            _set_scale(widget, None)


class Sheet(PanelView):
    """All cells in one figure, titles above each. ``across``: how many stand beside each other."""

    def __init__(
        self, stage: Stage, drawn: Sequence[Drawn], scales: Scales, across: int, total: int, head: str
    ) -> None:
        super().__init__(ViewSettings(stage.figure.theme, opengl=False))
        self._stage, self._drawn, self._scales = stage, tuple(drawn), scales
        self._across, self._head = across, head
        theme = stage.figure.theme
        self._line = theme.text_px + theme.gap(3)
        rows = math.ceil(total / across)
        self._gap = round(theme.gap(3))
        self.resize(
            across * (stage.figure.width + self._gap) + self._gap,
            self._line + self._gap + rows * (stage.figure.height + self._line + self._gap),
        )

    def build(self) -> None:
        """Nothing: it is only painted."""

    def paint_figure(self, painter: QPainter, rect: QRectF) -> bool:
        """Every cell at its place. Returns True."""
        theme, width, height = self._stage.figure.theme, self._stage.figure.width, self._stage.figure.height
        painter.save()
        painter.translate(rect.topLeft())
        bold = text_font(theme)
        bold.setWeight(QFont.Weight.DemiBold)
        self._write(painter, bold, theme.text, QPointF(self._gap, self._gap / 2), rect.width(), self._head)
        for one in self._drawn:
            row, column = divmod(one.number, self._across)
            left = self._gap + column * (width + self._gap)
            top = self._line + self._gap + row * (height + self._line + self._gap)
            self._write(painter, text_font(theme), theme.text, QPointF(left, top), width, one.title)
            place = QRectF(left, top + self._line, width, height)
            self._stage.paint(painter, one.shot, self._scales, place)
        painter.restore()
        return True

    def _write(self, painter: QPainter, font: QFont, color: str, at: QPointF, width: float, words: str) -> None:
        painter.setFont(font)
        painter.setPen(QColor(color))
        flags = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(QRectF(at.x(), at.y(), width, self._line), flags, words)


def scale_words(scales: Scales) -> str:
    """Says on screen what is the same in all pictures, and what is not."""
    same, apart = (
        [words for kind, words in _WORDS.items() if any(k == kind and (s is None) == none for (k, _), s in each)]
        for none, each in ((False, scales.items()), (True, scales.items()))
    )
    parts = []
    if same:
        some = "" if not apart else "some of " if set(same) & set(apart) else ""
        parts.append(f"All pictures share the limits of {some}their {' and '.join(same)}.")
    if apart:
        parts.append(f"Where {' or '.join(apart)} differ a hundredfold, each picture has its own.")
    return " ".join(parts) or "Each picture has its own scales."


def _scaled(view: QWidget) -> dict[Key, Plot | Heatmap]:
    """Plots and heatmaps of a view that can be seen, by kind and number."""
    found: dict[Key, Plot | Heatmap] = {}
    makers: tuple[tuple[str, type[Plot] | type[Heatmap]], ...] = (("Plot", Plot), ("Heatmap", Heatmap))
    for kind, cls in makers:
        for number, widget in enumerate(view.findChildren(cls)):
            found[kind, number] = widget
    return found


def _scale_of(widget: Plot | Heatmap) -> tuple[float, ...]:
    if isinstance(widget, Heatmap):
        return widget.limits
    (left, right), (low, high) = widget.view_range()
    return left, right, low, high


def _set_scale(widget: Any, scale: tuple[float, ...] | None) -> None:
    if isinstance(widget, Heatmap):
        widget.set_limits(None if scale is None else (scale[0], scale[1]))
    elif scale is None:
        widget.reset_view()
    else:
        widget.show_range((scale[0], scale[1]), (scale[2], scale[3]))


def _common(each: Sequence[tuple[float, ...]]) -> bool:
    """Whether one scale can serve all: no picture would shrink to a hundredth of its own."""
    whole = _union(each)
    if not all(math.isfinite(value) for value in whole) or len(each) < 2:
        return False
    return all(
        whole[i] < whole[i + 1] and (one[i + 1] - one[i]) * 100 >= whole[i + 1] - whole[i]
        for one in each
        for i in range(0, len(whole), 2)
    )


def _union(each: Sequence[tuple[float, ...]]) -> tuple[float, ...]:
    take: tuple[Callable[..., float], Callable[..., float]] = (min, max)
    return tuple(take[i % 2](one[i] for one in each) for i in range(len(each[0])))
