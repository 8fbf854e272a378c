"""The network's drawing with all that can be clicked on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QDoubleSpinBox, QMenu, QToolTip, QWidget

from courseai_lab.panels.playground.board import rect_of
from courseai_lab.panels.playground.net_drawing import Edge, NetDrawing, Spot
from courseai_lab.ui.numbers import fmt

if TYPE_CHECKING:
    from courseai_lab.panels.playground.frame import Frame
    from courseai_lab.ui.theme import Theme

REACH = 5.0


class NetPane(NetDrawing):
    """One network. Its signals are wishes; nothing changes here by itself.

    ``unit_clicked`` (layer, unit), layers of hidden units from 0; ``weight_set`` (layer, source, target, value), source
    -1 for a bias; ``layers_wanted`` the hidden layers as a tuple; ``activation_wanted`` (layer, name);
    ``unit_hovered`` the number of an answering unit or None.
    """

    unit_clicked = Signal(int, int)
    weight_set = Signal(int, int, int, float)
    layers_wanted = Signal(object)
    activation_wanted = Signal(int, str)
    unit_hovered = Signal(object)

    def __init__(self, theme: Theme, activations: dict[str, str], parent: QWidget | None = None) -> None:
        super().__init__(theme, activations, parent)
        self._edited: Edge | None = None
        self._editor = QDoubleSpinBox(self)
        self._editor.setRange(-1000.0, 1000.0)
        self._editor.setDecimals(3)
        self._editor.setSingleStep(0.1)
        self._editor.setKeyboardTracking(False)
        self._editor.setAccessibleName("Weight")
        self._editor.valueChanged.connect(self._typed)
        self._editor.editingFinished.connect(self._finish)
        self._editor.hide()
        self.setMouseTracking(True)

    # Mouse

    def _spot_at(self, at: QPointF) -> Spot | None:
        return next((one for one in self._spots if one.action and one.rect.contains(at)), None)

    def _unit_at(self, at: QPointF) -> tuple[int, int] | None:
        for layer, places in enumerate(self._units):
            for j, place in enumerate(places):
                if rect_of(place, self._side).contains(at):
                    return layer, j
        return None

    def _edge_at(self, at: QPointF) -> int | None:
        best, found = REACH, None
        for k, edge in enumerate(self._edges):
            a, b = edge.line.p1(), edge.line.p2()
            if not min(a.x(), b.x()) <= at.x() <= max(a.x(), b.x()):
                continue
            way, rest = b - a, at - a
            length = (way.x() ** 2 + way.y() ** 2) ** 0.5 or 1.0
            away = abs(way.x() * rest.y() - way.y() * rest.x()) / length
            if away < best:
                best, found = away, k
        return found

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at a unit or an edge: its own map, its weight."""
        at, frame = event.position(), self._frame
        if frame is None:
            return
        spot, unit = self._spot_at(at), self._unit_at(at)
        hover: tuple[str, int, int] | None = None
        text = spot.tip if spot is not None else ""
        if spot is None and unit is not None:
            hover = ("unit", *unit)
            text = self._unit_words(frame, *unit)
        elif spot is None and (edge := self._edge_at(at)) is not None:
            hover = ("edge", edge, 0)
            one = self._edges[edge]
            cut = "" if one.alive else ", cut by L1"
            text = f"weight {fmt(one.weight)}{cut}; click to set it"
        self.setCursor(Qt.CursorShape.PointingHandCursor if spot or hover else Qt.CursorShape.ArrowCursor)
        QToolTip.showText(event.globalPosition().toPoint(), text, self)
        self._set_hover(hover)

    def _unit_words(self, frame: Frame, layer: int, unit: int) -> str:
        if layer == 0:
            return f"feature {frame.feature_names[unit]}"
        bias = float(frame.weights[frame.parts(self._net)[layer - 1][1]][unit])
        last = layer == len(frame.sizes[self._net]) - 1
        verb = "" if last else "; click to switch it off or on"
        return f"{'output' if last else f'layer {layer}, unit {unit + 1}'}: bias {fmt(bias)}{verb}"

    def _set_hover(self, hover: tuple[str, int, int] | None) -> None:
        if hover == self._hover:
            return
        self._hover = hover
        number = None
        if hover is not None and hover[0] == "unit" and hover[1] > 0 and self._frame is not None:
            number = sum(self._frame.sizes[self._net][1 : hover[1]]) + hover[2]
        self.unit_hovered.emit(number)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is pointed at any more."""
        self._set_hover(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Do what is under the pointer."""
        frame, at = self._frame, event.position()
        if frame is None or event.button() != Qt.MouseButton.LeftButton:
            return
        self._finish()
        spot, unit = self._spot_at(at), self._unit_at(at)
        if spot is not None:
            self._act(spot, frame)
        elif unit is not None and 0 < unit[0] < len(self._units) - 1:
            self.unit_clicked.emit(unit[0] - 1, unit[1])
        elif unit is None and (edge := self._edge_at(at)) is not None:
            self._edit(self._edges[edge], at)

    def _act(self, spot: Spot, frame: Frame) -> None:
        hidden = list(frame.sizes[self._net][1:-1])
        if spot.action[0] == "units":
            hidden[spot.action[1]] += spot.action[2]
            self.layers_wanted.emit(tuple(hidden))
        elif spot.action[0] == "layer":
            hidden = hidden[:-1] if spot.action[1] < 0 else [*hidden, hidden[-1] if hidden else 4]
            self.layers_wanted.emit(tuple(hidden))
        else:
            menu = QMenu(self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            layer = spot.action[1]
            for name, words in self._names.items():
                action = menu.addAction(words)
                action.setCheckable(True)
                action.setChecked(name == frame.activations[self._net][layer])
                action.triggered.connect(_Choice(self, layer, name))
            menu.popup(self.mapToGlobal(spot.rect.bottomLeft().toPoint()))

    def _edit(self, edge: Edge, at: QPointF) -> None:
        """Open the small editor at the edge."""
        self._edited = None
        self._editor.setValue(edge.weight if np.isfinite(edge.weight) else 0.0)
        self._edited = edge
        size = self._editor.sizeHint()
        x = min(max(0, round(at.x()) - size.width() // 2), self.width() - size.width())
        y = min(max(0, round(at.y()) + 8), self.height() - size.height())
        self._editor.setGeometry(x, y, size.width(), size.height())
        self._editor.show()
        self._editor.selectAll()
        self._editor.setFocus()

    def _typed(self, value: float) -> None:
        if self._edited is not None:
            self.weight_set.emit(self._edited.layer, self._edited.source, self._edited.target, float(value))

    def _finish(self) -> None:
        if self._edited is not None:
            self._edited = None
            self._editor.hide()


class _Choice:
    """Carries a menu's choice to its pane."""

    def __init__(self, pane: NetPane, layer: int, name: str) -> None:
        self._pane, self._layer, self._name = pane, layer, name

    def __call__(self, checked: bool = False) -> None:
        self._pane.activation_wanted.emit(self._layer, self._name)
