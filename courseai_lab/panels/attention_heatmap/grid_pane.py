"""All heads of all layers as small maps: click to enlarge, shift-click to compare, right-click to switch off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QMenu, QWidget

from courseai_lab.panels.attention_heatmap.pane import CENTRE, Pane, picture_of, unchanged
from courseai_lab.ui.numbers import fmt
from courseai_lab.ui.panel_view import Table
from courseai_lab.ui.theme import Theme

COMBINED = ("mean", "max", "rollout")
SHORT = {"mean": "mean", "max": "max", "rollout": "roll"}
_ARROWS = {Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0), Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1)}


@dataclass(frozen=True, slots=True)
class Places:
    """Where the small maps are: a corner, the distance from one to the next, the size of each."""

    left: float
    top: float
    across: float
    down: float
    wide: float
    high: float
    extra: float

    def rect(self, layer: int, column: int, heads: int) -> QRectF:
        """The place of one map; the combinations stand apart from the heads."""
        apart = self.extra if column >= heads else 0.0
        return QRectF(self.left + column * self.across + apart, self.top + layer * self.down, self.wide, self.high)


class GridPane(Pane):
    """``chosen`` and ``paired`` carry (layer, column); columns past the heads are combinations. ``toggled`` a head."""

    chosen = Signal(int, int)
    paired = Signal(int, int)
    toggled = Signal(int, int)
    restored = Signal()

    def __init__(self, theme: Theme, parent: QWidget, second: bool = False) -> None:
        super().__init__(theme, parent, "Heads of the second model" if second else "All heads")
        self._second = second
        self._image: QImage | None = None
        self._shown: tuple[Any, ...] = ()
        self._hover: tuple[int, int] | None = None

    @property
    def thumbs(self) -> np.ndarray:
        """The small maps [layer column row col]."""
        found: np.ndarray = self.frame.thumbs_b if self._second else self.frame.thumbs
        return found

    @property
    def heads(self) -> int:
        """Heads in a layer."""
        return int(self.thumbs.shape[1]) - len(COMBINED)

    def show_frame(self, frame: Any, look: Any) -> None:
        """Show a frame."""
        self.frame, self.look = frame, look
        layers, columns = self.thumbs.shape[:2]
        if self._hover is not None and (self._hover[0] >= layers or self._hover[1] >= columns):
            self._hover = None
        key = (self.thumbs, frame.seen_b if self._second else frame.seen, look.brightness, look.top)
        if not unchanged(key, self._shown):
            self._shown, self._image = key, None
        self.update()

    def stale(self) -> None:
        """Colours have changed."""
        self._image = None
        self.update()

    def current(self) -> tuple[int, int]:
        """(layer, column) of what is enlarged."""
        frame = self.frame
        if self._second:
            return frame.layer_b, frame.head_b
        kind = frame.title.split(" ")[0]
        return frame.layer, {"head": frame.head, "mean": self.heads, "maximum": self.heads + 1}.get(
            kind, self.heads + 2
        )

    # Painting

    def _places(self, width: float, height: float) -> Places:
        layers, columns = self.thumbs.shape[:2]
        gap, label = float(self.theme.gap(1)), self.wide("00") + self.theme.gap(2)
        space = 3.0 if columns < 20 else 1.0
        top = 2 * self.line + 2.5 * gap
        extra = 2 * gap
        across = (width - label - gap - extra) / columns
        down = (height - top - self.line - 2 * gap) / layers
        across, down = (max(value, 4.0 + space) for value in (min(across, 1.3 * down), min(down, 1.5 * across)))
        return Places(label, top, across, down, across - space, down - space, extra)

    def paint_picture(self, painter: QPainter, width: float, height: float, screen: bool) -> None:
        """The maps, their numbers, what is chosen, what is off."""
        frame, theme = self.frame, self.theme
        layers, columns = self.thumbs.shape[:2]
        places, gap = self._places(width, height), float(theme.gap(1))
        title = frame.model_b if self._second else f"{layers} layers of {self.heads} heads"
        self.heading(painter, title, self._more(), width)
        if self._image is None:
            self._image = self._mosaic()
        cols, rows = self._image.width() / columns, self._image.height() / layers
        painter.fillRect(places.rect(0, 0, self.heads).united(places.rect(layers - 1, columns - 1, self.heads)),
                         QColor(theme.ground))  # fmt: skip
        every = max(1, int(np.ceil(self.wide("00 ") / places.across)))
        for column in range(columns):
            rect = places.rect(0, column, self.heads)
            name = str(column) if column < self.heads else SHORT[COMBINED[column - self.heads]]
            if (column % every == 0 and column < self.heads) or self.wide("mean") <= places.across + 2:
                box = QRectF(rect.x() - 20, rect.y() - self.line - gap / 2, rect.width() + 40, self.line)
                self.words(painter, name, box, "muted", CENTRE)
        tall = max(1, int(np.ceil(self.line / places.down)))
        for layer in range(layers):
            if layer % tall == 0:
                rect = places.rect(layer, 0, self.heads)
                box = QRectF(0, rect.center().y() - self.line / 2, places.left - gap, self.line)
                self.words(painter, str(layer), box, "muted", CENTRE)
            for column in range(columns):
                rect = places.rect(layer, column, self.heads)
                painter.fillRect(rect, QColor(theme.raised))
                painter.drawImage(rect, self._image, QRectF(column * cols, layer * rows, cols, rows))
        self._marks(painter, places, screen)
        if not self._second:
            bottom = places.top + layers * places.down + gap / 2
            self.words(painter, self._hint(), QRectF(gap, bottom, width - 2 * gap, self.line),
                       "accent" if frame.ablated else "muted")  # fmt: skip

    def _more(self) -> str:
        if self._hover is None:
            pool = self.frame.pool_b if self._second else self.frame.pool
            if pool > 1:
                return f"a dot is the largest of {pool} × {pool} weights"
            return "" if self._second else f"{self.frame.model}, {self.frame.note}"
        layer, column = self._hover
        if column >= self.heads:
            return f"{COMBINED[column - self.heads]}, layer {layer}"
        if self._second or self.frame.scores is None:
            return f"head {layer}.{column}"
        scores = self.frame.scores[:, layer, column]
        best = int(scores.argmax())
        return f"head {layer}.{column}: {self.frame.kinds[best]} {fmt(float(scores[best]), 2)}"

    def _hint(self) -> str:
        if self.frame.ablated:
            return f"Off: {', '.join(f'{a}.{b}' for a, b in self.frame.ablated)}. Click here to switch on again."
        return "Click: enlarge. Shift: compare. Right: switch off."

    def _mosaic(self) -> QImage:
        """All maps in one image."""
        thumbs, seen = self.thumbs, self._shown[1]
        layers, columns, rows, cols = thumbs.shape
        if self.look.brightness == "each":
            thumbs = thumbs / np.maximum(thumbs.max((2, 3), keepdims=True), 1e-9)
        flat = thumbs.transpose(0, 2, 1, 3).reshape(layers * rows, columns * cols)
        pool = self.frame.pool_b if self._second else self.frame.pool
        if pool > 1:
            edge = rows * pool - len(seen)
            padded = np.pad(seen, ((0, edge), (0, edge)))
            seen = padded.reshape(rows, pool, cols, pool).any((1, 3))
        look = self.look
        if look.brightness == "each":
            look = look.patched(brightness="same", top=1.0)
        return picture_of(flat, np.tile(seen, (layers, columns)), look, self.theme)

    def _marks(self, painter: QPainter, places: Places, screen: bool) -> None:
        frame, theme = self.frame, self.theme
        layers, columns = self.thumbs.shape[:2]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for layer, head in () if self._second else frame.ablated:
            if layer < layers and head < self.heads:
                rect = places.rect(layer, head, self.heads)
                veil = QColor(theme.ground)
                veil.setAlphaF(0.6)
                painter.fillRect(rect, veil)
                painter.setPen(QPen(QColor(theme.error), max(theme.line_still, 2.0)))
                painter.drawLines(
                    [QLineF(rect.topLeft(), rect.bottomRight()), QLineF(rect.topRight(), rect.bottomLeft())]
                )
        painter.setBrush(Qt.BrushStyle.NoBrush)
        marked = [(self.current(), QPen(QColor(theme.accent), 3.0))]
        if not self._second and frame.weights_b is not None and frame.thumbs_b is None:
            pair = (frame.layer_b, frame.head_b)
            if pair != (frame.layer, frame.head):
                marked.append((pair, QPen(QColor(theme.role("model")), 3.0, Qt.PenStyle.DotLine)))
        for (layer, column), pen in marked:
            if layer < layers and column < columns:
                painter.setPen(pen)
                painter.drawRect(places.rect(layer, column, self.heads).adjusted(-1, -1, 1, 1))
        if screen and self._hover is not None:
            painter.setPen(QPen(QColor(theme.text), 1.5))
            painter.drawRect(places.rect(*self._hover, self.heads))

    # Pointer and keys

    def _at(self, at: QPointF) -> tuple[int, int] | None:
        if self.frame is None:
            return None
        places = self._places(self.width(), self.height())
        layers, columns = self.thumbs.shape[:2]
        for layer in range(layers):
            for column in range(columns):
                if places.rect(layer, column, self.heads).contains(at):
                    return layer, column
        return None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Name the head under the pointer."""
        found = self._at(event.position())
        if found != self._hover:
            self._hover = found
            self.setCursor(Qt.CursorShape.PointingHandCursor if found else Qt.CursorShape.ArrowCursor)
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """No head under the pointer any more."""
        self._hover = None
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose, compare or switch."""
        if event.button() != Qt.MouseButton.LeftButton or self.frame is None:
            return
        found = self._at(event.position())
        if found is None:
            layers = self.thumbs.shape[0]
            places = self._places(self.width(), self.height())
            if self.frame.ablated and event.position().y() > places.top + layers * places.down:
                self.restored.emit()
            return
        held = event.modifiers()
        if held & Qt.KeyboardModifier.ControlModifier and found[1] < self.heads:
            self.toggled.emit(*found)
        elif held & Qt.KeyboardModifier.ShiftModifier and found[1] < self.heads:
            self.paired.emit(*found)
        else:
            self.chosen.emit(*found)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can be done with a head."""
        found = self._at(QPointF(event.pos()))
        if found is None or self.frame is None:
            return
        menu = self.build_menu(*found)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def build_menu(self, layer: int, column: int) -> QMenu:
        """The menu of one head, freshly made."""
        menu = QMenu(self)
        menu.addAction("Enlarge", lambda: self.chosen.emit(layer, column))
        if column < self.heads and not self._second:
            menu.addAction("Compare with it", lambda: self.paired.emit(layer, column))
            off = (layer, column) in self.frame.ablated
            menu.addAction("Switch on" if off else "Switch off", lambda: self.toggled.emit(layer, column))
            menu.addSeparator()
            menu.addAction("Switch all on", self.restored.emit).setEnabled(bool(self.frame.ablated))
        return menu

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows choose a neighbour, Delete or Space switches it, C compares."""
        way = _ARROWS.get(Qt.Key(event.key()))
        if self.frame is None:
            super().keyPressEvent(event)
            return
        layer, column = self.current()
        layers, columns = self.thumbs.shape[:2]
        if way is not None:
            self.chosen.emit(min(max(layer + way[0], 0), layers - 1), min(max(column + way[1], 0), columns - 1))
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Space) and column < self.heads and not self._second:
            self.toggled.emit(layer, column)
        else:
            super().keyPressEvent(event)

    def table(self) -> list[Table]:
        """Every head's largest weight and scores."""
        if self.frame is None or self.frame.scores is None or self._second:
            return []
        rows = [
            [f"{layer}.{head}", *self.frame.scores[:, layer, head].tolist()]
            for layer in range(self.frame.layers)
            for head in range(self.frame.heads)
        ]
        return [Table("Head scores", ("head", *self.frame.kinds), rows)]
