"""A pad with its tools: brushes, classes, ways to draw, clear; and a line for what was done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QButtonGroup, QLabel, QToolButton, QVBoxLayout, QWidget

from courseai_lab.contract import FieldSpec, Paint
from courseai_lab.ui.flow import FlowLayout
from courseai_lab.ui.paint_pad.base import PaintPad
from courseai_lab.ui.paint_pad.curve import CurvePad
from courseai_lab.ui.paint_pad.grey import BRUSHES, GreyPad, MaskPad
from courseai_lab.ui.paint_pad.points import SPREADS, PointsPad
from courseai_lab.ui.plots.heat_paint import paint_marker
from courseai_lab.ui.theme import Theme

HINTS: Mapping[str, str] = {
    "points": "Drag to add, right-drag to erase. Keys: arrows, Space, Delete.",
    "digit": "Draw; right-drag erases. Keys: arrows, hold Space to draw, Delete.",
    "grey": "Draw; right-drag erases. Keys: arrows, hold Space to draw, Delete.",
    "mask": "Paint what is masked; right-drag erases. Keys: arrows, hold Space to paint, Delete.",
    "curve": "Draw the curve. Keys: left and right choose a knot, up and down move it, Space adds, Delete removes.",
}


def _points(paint: Paint, theme: Theme, name: str, limit: int) -> PaintPad:
    return PointsPad(theme, name, paint.x, paint.y, limit)


def _grey(paint: Paint, theme: Theme, name: str, limit: int) -> PaintPad:
    return GreyPad(theme, name, paint.rows, paint.columns)


def _mask(paint: Paint, theme: Theme, name: str, limit: int) -> PaintPad:
    return MaskPad(theme, name, paint.rows, paint.columns)


def _curve(paint: Paint, theme: Theme, name: str, limit: int) -> PaintPad:
    return CurvePad(theme, name, paint.x, paint.y, paint.monotone, min(limit, 24))


_PADS: Mapping[str, Callable[[Paint, Theme, str, int], PaintPad]] = {
    "points": _points,
    "digit": _grey,
    "grey": _grey,
    "mask": _mask,
    "curve": _curve,
}
MOST = 500


def make_pad(paint: Paint, theme: Theme, name: str, limit: int = MOST) -> PaintPad:
    """The pad that a marker asks for; ``limit``: the most points or knots."""
    return _PADS[paint.kind](paint, theme, name, limit)


class PaintBox(QWidget):
    """A pad and its tools; ``changed(value, gesture)`` is the pad's."""

    changed = Signal(object, str)

    def __init__(self, paint: Paint, theme: Theme, name: str, limit: int = MOST, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.paint = paint
        self.theme = theme
        self.pad = make_pad(paint, theme, name, limit)
        self.pad.changed.connect(self._changed)
        self.pad.said.connect(self.say)
        self._tools = QWidget(self)
        self._flow = FlowLayout(self._tools, theme.gap(1))
        self._classes: list[QToolButton] = []
        self._words = QLabel(HINTS[paint.kind], self)
        self._words.setWordWrap(True)
        self._words.setProperty("role", "caption")
        self._fill()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.gap(1))
        for widget in (self.pad, self._tools, self._words):
            layout.addWidget(widget)
        self.set_theme(theme)

    def set_value(self, value: Any) -> None:
        """Show a value; emits nothing."""
        self.pad.set_value(value)

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self.theme = theme
        self.pad.set_theme(theme)
        for label, button in enumerate(self._classes):
            button.setIcon(_class_icon(theme, label))
            button.setIconSize(QSize(theme.text_px, theme.text_px))

    def say(self, sentence: str) -> None:
        """What was done, or could not be; "" for how to paint."""
        self._words.setText(sentence or HINTS[self.paint.kind])

    def _changed(self, value: Any, gesture: str) -> None:
        self.say("")
        self.changed.emit(value, gesture)

    def _fill(self) -> None:
        pad = self.pad
        if isinstance(pad, PointsPad):
            self._classes = self._choice([f"class {k}" for k in range(self.paint.classes)], 0, self._set_class)
            self._choice([f"{name} brush" for name in SPREADS], 0, self._set_spread)
        elif isinstance(pad, GreyPad):
            self._choice([f"{name} brush" for name in BRUSHES], 1, self._set_brush)
        elif isinstance(pad, CurvePad):
            self._choice(["freehand", "knots"], 0, self._set_way)
        if self.paint.kind == "digit" and isinstance(pad, GreyPad):
            self._button("Centre", "Scale and centre the digit as MNIST has it", pad.centre)
        self._button("Straighten" if self.paint.kind == "curve" else "Clear", "Take all of it away", pad.clear)

    def _choice(self, names: Sequence[str], chosen: int, take: Callable[[int], None]) -> list[QToolButton]:
        group = QButtonGroup(self)
        buttons = []
        for index, name in enumerate(names):
            button = self._button(name.removesuffix(" brush"), name, None)
            button.setCheckable(True)
            button.setProperty("segment", True)
            button.setChecked(index == chosen)
            group.addButton(button, index)
            buttons.append(button)
        group.idClicked.connect(take)
        return buttons

    def _button(self, text: str, name: str, act: Callable[[], None] | None) -> QToolButton:
        button = QToolButton(self._tools)
        button.setText(text)
        button.setToolTip(name)
        button.setAccessibleName(name)
        button.setProperty("part", name)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        if act is not None:
            button.clicked.connect(act)
        self._flow.addWidget(button)
        return button

    def _set_class(self, index: int) -> None:
        assert isinstance(self.pad, PointsPad)
        self.pad.label = index

    def _set_spread(self, index: int) -> None:
        assert isinstance(self.pad, PointsPad)
        self.pad.spread = list(SPREADS.values())[index]

    def _set_brush(self, index: int) -> None:
        assert isinstance(self.pad, GreyPad)
        self.pad.radius = list(BRUSHES.values())[index]

    def _set_way(self, index: int) -> None:
        assert isinstance(self.pad, CurvePad)
        self.pad.freehand = index == 0


def _class_icon(theme: Theme, label: int) -> QIcon:
    side = theme.text_px
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    at = QPointF(side / 2, side / 2)
    paint_marker(painter, at, theme.class_marker(label), side * 0.8, theme.class_color(label), theme.ground)
    painter.end()
    return QIcon(pixmap)


def painted_words(spec: FieldSpec, value: Any) -> str:
    """How much is painted, in a few words."""
    paint = spec.paint
    if paint is None or not value:
        return "blank"
    if paint.kind == "points":
        return f"{len(value)} point{'s' if len(value) != 1 else ''}"
    if paint.kind == "curve":
        return f"{len(value)} knots"
    return f"{value.partition(':')[0].replace('x', ' x ')} cells"
