"""The picture of the pages on heads: all matrices, hovered, chosen, traced and edited."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from courseai_lab.panels.attention_steps import flow_paint
from courseai_lab.panels.attention_steps.cell_editor import CellEditor
from courseai_lab.panels.attention_steps.flow_layout import Placed, lay_out
from courseai_lab.panels.attention_steps.flow_paint import Scale
from courseai_lab.panels.attention_steps.graph import Graph
from courseai_lab.panels.attention_steps.scene import Place, Scene, largest
from courseai_lab.ui.panel_view import Table
from courseai_lab.ui.plots import readout
from courseai_lab.ui.theme import Theme

_ARROWS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}
_PAGES = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}
_PAD = 8.0
KEPT = 8
"""Arrangements kept: hosts ask for the height at several widths before they settle."""


class Flow(QWidget):
    """Draws a ``Scene``.

    ``hovered`` carries the ``Place`` under the pointer or None; ``chosen`` one that was clicked or walked to, or None;
    ``typed`` a place and the text typed into it ("" takes an edit back); ``sought`` the node whose name was clicked.
    """

    hovered = Signal(object)
    chosen = Signal(object)
    typed = Signal(object, str)
    sought = Signal(str)
    cleared = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._scene: Scene | None = None
        self._known: dict[tuple[object, ...], Placed] = {}
        self._room = (0, 0)
        self._hover: Place | None = None
        self._accent = ""
        self._images: dict[str, tuple[np.ndarray, Scale, QImage]] = {}
        self._trace: tuple[Place, Graph, dict[str, np.ndarray]] | None = None
        self._editor: CellEditor | None = None
        self._editing: Place | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Matrices of attention")

    # What it is

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self._theme = theme
        self._images.clear()
        self._known.clear()
        self.update()

    def show_scene(self, scene: Scene) -> None:
        """Show a scene; a cell that is no longer there is not kept."""
        self._scene = scene
        if self._hover is not None and not self._is_there(self._hover):
            self._hover = None
            self.hovered.emit(None)
        if self._editing is not None and not self._is_there(self._editing):
            self._close_editor()
        self.update()

    def accent(self, node: str) -> None:
        """Emphasise one matrix."""
        if node != self._accent:
            self._accent = node
            self.update()

    @property
    def looked_at(self) -> Place | None:
        """The cell under the pointer, or the chosen one while nothing is under way."""
        scene = self._scene
        if self._hover is not None or scene is None:
            return self._hover
        return None if scene.moment.current else scene.chosen

    def wanted(self, width: int, height: int) -> int:
        """Pixels of height needed in a room of this size."""
        placed = self._placed_in(width, height)
        return math.ceil(placed.height + 2 * _PAD) if placed is not None else 100

    def table(self) -> list[Table]:
        """Every matrix as a table."""
        if self._scene is None:
            return []
        out = []
        for node in self._scene.graph.nodes.values():
            cols = node.cols or tuple(str(j + 1) for j in range(node.values.shape[1]))
            rows = node.rows or tuple(str(i + 1) for i in range(node.values.shape[0]))
            content = self._scene.moment.contents[node.id]
            shown = content if content is not None else np.full(node.values.shape, np.nan)
            body = [(name, *(float(v) for v in line)) for name, line in zip(rows, shown, strict=True)]
            out.append(Table(node.words.capitalize(), ("", *cols), body))
        return out

    def _is_there(self, place: Place) -> bool:
        node = self._scene.graph.nodes.get(place.node) if self._scene is not None else None
        return node is not None and node.has(place.row, place.col)

    # Layout

    def set_room(self, width: int, height: int) -> None:
        """The room that the arrangement is chosen for; the widget itself may be higher."""
        if self._room != (width, height):
            self._room = (width, height)
            self.update()

    def _placed_in(self, width: int, height: int) -> Placed | None:
        if self._scene is None:
            return None
        graph = self._scene.graph
        shapes = tuple((n.id, n.name, n.values.shape, n.rows, n.cols) for n in graph.nodes.values())
        key = (shapes, graph.layouts, width, height, self._theme, self._scene.read)
        if key not in self._known:
            while len(self._known) >= KEPT:
                del self._known[next(iter(self._known))]
            self._known[key] = lay_out(graph, self._theme, width - 2 * _PAD, height - 2 * _PAD, read=self._scene.read)
        return self._known[key]

    def _offset(self, placed: Placed) -> QPointF:
        spare = (self.width() - placed.width) / 2
        down = (self.height() - placed.height) / 2
        return QPointF(max(_PAD, min(spare, 60.0)), max(_PAD, min(down, 30.0)))

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """All matrices."""
        painter = QPainter(self)
        painter.setClipRect(event.rect())
        self._paint(painter, self._placed_in(*self._room), self._offset)
        if self.hasFocus():
            readout.paint_focus(painter, self._theme, QRectF(self.rect()))
        painter.end()

    def paint_figure(self, painter: QPainter, rect: QRectF) -> bool:
        """The same as vectors, laid out for ``rect``. Returns True."""
        if self._scene is None:
            return False
        placed = lay_out(self._scene.graph, self._theme, rect.width(), rect.height(), read=self._scene.read)
        painter.save()
        painter.translate(rect.topLeft())
        shrink = min(1.0, rect.height() / max(placed.height, 1.0), rect.width() / max(placed.width, 1.0))
        painter.scale(shrink, shrink)
        self._paint(painter, placed, lambda _placed: QPointF(0, 0))
        painter.restore()
        return True

    def _paint(self, painter: QPainter, placed: Placed | None, offset: object) -> None:
        scene = self._scene
        if scene is None or placed is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.save()
        painter.translate(offset(placed))  # type: ignore[operator]
        traced = self._traced(scene)
        for before, box in pairwise(one for one in placed.boxes if one.below):
            if abs(before.cells.top() - box.cells.top()) < 1:
                flow_paint.paint_sign(painter, box, scene.graph.nodes[box.node], before, self._theme)
        for box in placed.boxes:
            node = scene.graph.nodes[box.node]
            values = scene.moment.contents[node.id]
            scale = self._scale(scene, node.id)
            flow_paint.paint_box(
                painter,
                box,
                node,
                values,
                scale,
                self._theme,
                numbers=scene.numbers,
                current=node.id == scene.moment.current,
                accented=node.id == self._accent,
                image=self._image(node.id, values, scale) if values is not None else None,
            )
            if traced is not None:
                flow_paint.paint_dim(painter, box, traced.get(node.id), self._theme)
                place = self.looked_at
                if place is not None and place.node == node.id:
                    flow_paint.paint_chosen(painter, box, node, place.row, place.col, self._theme)
            elif node.id in scene.moment.lit:
                flow_paint.paint_lit(painter, box, node, scene.moment.lit[node.id], self._theme, 2.0)
        painter.restore()

    def _traced(self, scene: Scene) -> dict[str, np.ndarray] | None:
        """Where the hovered or chosen cell came from; None while neither is there."""
        place = self.looked_at
        if place is None or not self._is_there(place):
            return None
        if self._trace is None or self._trace[0] != place or self._trace[1] is not scene.graph:
            self._trace = (place, scene.graph, scene.graph.trace(place.node, place.row, place.col))
        return self._trace[2]

    def _scale(self, scene: Scene, node: str) -> Scale:
        one = scene.graph.nodes[node]
        return Scale(scene.limits.get(one.group) or largest([one.values]))

    def _image(self, node: str, values: np.ndarray, scale: Scale) -> QImage:
        assert self._scene is not None
        kept = self._images.get(node)
        if kept is None or kept[0] is not values or kept[1] != scale:
            image = flow_paint.image_of(values, self._scene.graph.nodes[node], scale, self._theme)
            kept = self._images[node] = (values, scale, image)
        return kept[2]

    # Mouse and keyboard

    def place_at(self, position: QPointF) -> Place | None:
        """The cell at a position on the widget."""
        placed = self._placed_in(*self._room)
        if placed is None or self._scene is None:
            return None
        at = position - self._offset(placed)
        for box in placed.boxes:
            if box.cells.contains(at):
                rows, cols = self._scene.graph.nodes[box.node].values.shape
                row = int((at.y() - box.cells.top()) / box.cells.height() * rows)
                col = int((at.x() - box.cells.left()) / box.cells.width() * cols)
                return Place(box.node, min(row, rows - 1), min(col, cols - 1))
        return None

    def _title_at(self, position: QPointF) -> str:
        placed = self._placed_in(*self._room)
        if placed is None:
            return ""
        at = position - self._offset(placed)
        return next((box.node for box in placed.boxes if box.title.contains(at)), "")

    def cell_rect(self, place: Place) -> QRectF:
        """Where a cell is on the widget; empty when it is not shown."""
        placed = self._placed_in(*self._room)
        box = next((one for one in placed.boxes if one.node == place.node), None) if placed is not None else None
        if placed is None or box is None or self._scene is None:
            return QRectF()
        return box.cell(self._scene.graph.nodes[place.node], place.row, place.col).translated(self._offset(placed))

    def matrix_rect(self, node: str) -> QRectF:
        """Where the first picture of a matrix that is worked out there is on the widget, its name included."""
        placed = self._placed_in(*self._room)
        found = [one for one in placed.boxes if one.node == node] if placed is not None else []
        if placed is None or not found:
            return QRectF()
        return found[0].cells.united(found[0].title).translated(self._offset(placed))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Hover."""
        self._set_hover(self.place_at(event.position()))
        title = self._hover is None and bool(self._title_at(event.position()))
        self.setCursor(Qt.CursorShape.PointingHandCursor if title else Qt.CursorShape.ArrowCursor)

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer is gone."""
        self._set_hover(None)
        super().leaveEvent(event)

    def _set_hover(self, place: Place | None) -> None:
        if place != self._hover:
            self._hover = place
            self.hovered.emit(place)
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a cell, or let the chosen one go; a matrix's name leads to the moment it is complete."""
        if event.button() != Qt.MouseButton.LeftButton or self._scene is None:
            return
        self._close_editor()
        place = self.place_at(event.position())
        if place is None:
            title = self._title_at(event.position())
            if title:
                self.sought.emit(title)
            elif self._scene.chosen is not None:
                self.chosen.emit(None)
            return
        self.chosen.emit(None if place == self._scene.chosen else place)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Edit a cell."""
        place = self.place_at(event.position())
        if place is not None:
            self._open_editor(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows walk, Page keys change the matrix, Enter or a digit edits, Delete takes an edit back, Esc lets go."""
        chosen = self._scene.chosen if self._scene is not None else None
        if event.key() in _ARROWS or event.key() in _PAGES:
            moved = self._walked(chosen, event.key())
            if moved is not None:
                self.chosen.emit(moved)
        elif chosen is None or not self._is_there(chosen):
            super().keyPressEvent(event)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2):
            self._open_editor(chosen)
        elif event.key() == Qt.Key.Key_Delete:
            self.typed.emit(chosen, "")
        elif event.key() == Qt.Key.Key_Escape:
            self.chosen.emit(None)
        elif event.text() and event.text() in "0123456789.-−+":
            self._open_editor(chosen, event.text())
        else:
            super().keyPressEvent(event)

    def _walked(self, chosen: Place | None, key: int) -> Place | None:
        """The cell that a key leads to: the first one of all when none was chosen."""
        if self._scene is None:
            return None
        names = list(self._scene.graph.nodes)
        if chosen is None or not self._is_there(chosen):
            return Place(names[0], 0, 0)
        if key in _PAGES:
            return Place(names[(names.index(chosen.node) + _PAGES[Qt.Key(key)]) % len(names)], 0, 0)
        down, across = _ARROWS[Qt.Key(key)]
        moved = Place(chosen.node, chosen.row + down, chosen.col + across)
        return moved if self._is_there(moved) else None

    def _open_editor(self, place: Place, text: str | None = None) -> None:
        assert self._scene is not None
        node = self._scene.graph.nodes[place.node]
        if node.edit < 0:
            self.typed.emit(place, "?")
            return
        self._close_editor()
        now = f"{float(node.values[place.row, place.col]):.6g}" if text is None else text
        self._editor = CellEditor(now, self.cell_rect(place), self, replace=text is None)
        self._editor.finished.connect(self._finish)
        self._editing = place

    def _finish(self, text: str | None) -> None:
        place = self._editing
        self._close_editor()
        if text is not None and place is not None:
            self.typed.emit(place, text)

    def _close_editor(self) -> None:
        editor, self._editor, self._editing = self._editor, None, None
        if editor is not None:
            editor.hide()
            editor.deleteLater()
            self.setFocus()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Edits, and what can be done with them."""
        if self._scene is None:
            return
        place = self.place_at(QPointF(event.pos()))
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if place is not None:
            node = self._scene.graph.nodes[place.node]
            menu.addAction("Edit this cell…", lambda: self._open_editor(place)).setEnabled(node.edit >= 0)
            taken = menu.addAction("Take back this edit", lambda: self.typed.emit(place, ""))
            taken.setEnabled((place.row, place.col) in node.edited)
        edited = any(node.edited for node in self._scene.graph.nodes.values())
        menu.addAction("Take back all edits", self.cleared.emit).setEnabled(edited)
        menu.popup(event.globalPos())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another arrangement."""
        super().resizeEvent(event)
        self._close_editor()

    def sizeHint(self) -> QSize:
        """A comfortable size."""
        return QSize(760, 480)

    def minimumSizeHint(self) -> QSize:
        """Small enough for a narrow dock."""
        return QSize(200, 160)
