"""Attention as matrices that can be pointed at, traced and edited; and what the square root of d is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import QWidget

from courseai_lab.panels.attention_steps.explain import explain
from courseai_lab.panels.attention_steps.flow import Flow
from courseai_lab.panels.attention_steps.graph import Graph, build
from courseai_lab.panels.attention_steps.moment import moment
from courseai_lab.panels.attention_steps.narrate import narrate
from courseai_lab.panels.attention_steps.reading import Bars, Reading
from courseai_lab.panels.attention_steps.scaling_page import ScalingPage
from courseai_lab.panels.attention_steps.scene import Place, Scene, largest
from courseai_lab.ui.panel_view import PanelView
from courseai_lab.ui.theme import Theme
from courseai_lab.ui.tiles import Plan, Tiles

if TYPE_CHECKING:
    from courseai_lab.panels.attention_steps.frame import Frame
    from courseai_lab.panels.attention_steps.params import StepsLook, StepsParams

NARROW = 600
HIGHEST = 10_000.0
MOST_EDITS = 400


class View(PanelView):
    """The attention panel."""

    def build(self) -> None:
        """Make the flow and the strip under it; the page on √d is made when it is first looked at."""
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._frame: Frame | None = None
        self._params: StepsParams | None = None
        self._scene: Scene | None = None
        self._graph: tuple[object, Graph] | None = None
        self._scaling: ScalingPage | None = None
        self._tiles = Tiles(self._plan, self)
        self._flow = Flow(self.theme, self._tiles.page)
        self._bars = Bars(self.theme, self._tiles.page)
        self._bars.hide()
        self._reading = Reading(self.theme, self)
        self._before = -2
        self._chosen: Place | None = None
        self._needed = 0
        self._flow.hovered.connect(self._hovered)
        self._flow.chosen.connect(self._choose)
        self._flow.typed.connect(self._typed)
        self._flow.sought.connect(self._to_stage)
        self._flow.cleared.connect(self._clear_edits)

    # Drawing

    def draw(self, frame: Frame, params: StepsParams, look: StepsLook) -> None:
        """Show a frame on its page."""
        self._frame, self._params = frame, params
        if frame.page == "scale":
            self._scene = None
            if self._scaling is None:
                self._scaling = ScalingPage(self.theme, self._tiles.page, self.seek)
            self._scaling.show_frame(frame)
        else:
            graph = self._graph_of(frame, params)
            self._scene = Scene(
                graph,
                moment(frame, graph),
                _place(look.chosen, graph),
                look.numbers,
                _limits(graph, look),
                look.size.value == "read",
            )
            self._flow.show_scene(self._scene)
            self._reading.set_long(max(max(node.values.shape) for node in graph.nodes.values()) > 8)
            self._say()
        self._reading.setVisible(frame.page != "scale")
        self._arrange()
        self._follow()

    def _graph_of(self, frame: Frame, params: StepsParams) -> Graph:
        """The graph, made once for all frames that share their arrays."""
        key = frame.output if frame.page == "steps" else frame.y
        if self._graph is None or self._graph[0] is not key:
            self._graph = (key, build(frame, params))
        return self._graph[1]

    def _say(self) -> None:
        scene, frame = self._scene, self._frame
        if scene is None or frame is None:
            return
        room = self._reading.room(self.width())
        place = self._flow.looked_at
        if place is not None and place.node in scene.graph.nodes:
            node, content = scene.graph.nodes[place.node], scene.moment.contents[place.node]
            text = explain(scene.graph, node, place.row, place.col, self.theme, room, content)
        else:
            text = narrate(frame, scene.graph, scene.moment, self.theme, room)
        self._reading.say(text, scene.limits)
        self._bars.show_limits(scene.limits)

    def highlight(self, name: str) -> None:
        """Light the matrix of a formula's term."""
        self._flow.accent(name)

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        if self._scaling is not None:
            self._scaling.set_theme(theme)
        super().set_theme(theme)

    # Layout: the picture scrolls inside, so that the strip with the arithmetic is always in sight

    def _strip(self, width: int) -> int:
        return self._reading.wanted(width) if self._scene is not None else 0

    def _arrange(self) -> None:
        strip = self._strip(self.width())
        self._tiles.setGeometry(0, 0, self.width(), max(self.height() - strip, 1))
        self._tiles.arrange()
        # Hosts ask for the height at other widths too: only what was arranged is the room that is painted.
        self._flow.set_room(self._tiles.page.width(), self._tiles.height())
        self._reading.setGeometry(0, self.height() - strip, self.width(), strip)
        needed = self.heightForWidth(self.width()) if self.hasHeightForWidth() else 0
        if needed != self._needed:
            self._needed = needed
            self.updateGeometry()

    def _follow(self) -> None:
        """Scroll to the matrix under way when it begins right after the one before, as it does in play.

        With the keyboard's focus on the picture: to the cell that was walked to.
        """
        frame, before = self._frame, self._before
        current = self._scene.moment.current if self._scene is not None else ""
        assert frame is not None
        if current and frame.stage == before + 1:
            area = self._flow.matrix_rect(current).toRect()
            at, half = area.center(), area.height() // 2 + 30
            self._tiles.ensureVisible(at.x(), at.y(), 0, min(half, self._tiles.height() // 2))
        chosen = self._scene.chosen if self._scene is not None else None
        if chosen is not None and chosen != self._chosen and self._flow.hasFocus():
            middle = self._flow.cell_rect(chosen).center().toPoint()
            self._tiles.ensureVisible(middle.x(), middle.y(), 0, 40)
        self._chosen = chosen
        self._before = frame.stage if frame.at == frame.of else -2

    def _plan(self, width: int, height: int) -> Plan:
        if self._scene is None:
            if self._scaling is None or self._frame is None:
                return Plan((), 0)
            parts, needed = self._scaling.plan(width, height)
            return Plan(tuple(parts), needed)
        room = height or round(0.9 * width)
        needed, foot = self._flow.wanted(width, room), 0
        if not self._reading.bars_beside(width):
            foot = self._bars.wanted()
        tall = max(needed, height - foot)
        places: list[tuple[QWidget, QRect]] = [(self._flow, QRect(0, 0, width, tall))]
        if foot:
            places.append((self._bars, QRect(0, tall, width, foot)))
        return Plan(tuple(places), needed + foot)

    def hasHeightForWidth(self) -> bool:
        """A narrow host is asked for a picture about as high as wide; the rest scrolls inside.

        A wide one is asked for nothing: it would scroll the picture, with the strip out of sight, to fit its form.
        """
        return self.width() <= NARROW

    def heightForWidth(self, width: int) -> int:
        """Pixels of height asked for at this width."""
        least = self.minimumSizeHint().height()
        if self._frame is None or width > NARROW:
            return least
        if self._scene is None:
            return self._tiles.needed(width)
        return max(least, min(self._tiles.needed(width), round(0.95 * width)) + self._strip(width))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt's hook."""
        super().resizeEvent(event)
        self._arrange()
        self._say()

    def paint_figure(self, painter: QPainter, rect: QRectF) -> bool:
        """Every part as vectors, the strip below."""
        strip = self._strip(round(rect.width()))
        self._tiles.paint_parts(painter, rect.adjusted(0, 0, 0, -strip))
        if strip:
            before = self._reading.geometry()
            self._reading.resize(round(rect.width()), strip)
            painter.save()
            painter.translate(rect.left(), rect.bottom() - strip)
            self._reading.paint_on(painter)
            painter.restore()
            self._reading.setGeometry(before)
        return True

    # What people do

    def _hovered(self, place: Place | None) -> None:
        self._say()
        names = {"q", "k", "v", "weights", "output", "concat", "w_o", "y"}
        self.point_at(place.node if place is not None and place.node in names else "")

    def _choose(self, place: Place | None) -> None:
        self.propose_look(chosen="" if place is None else f"{place.node},{place.row},{place.col}")

    def _to_stage(self, node: str) -> None:
        if self._frame is not None:
            name = "heads" if node.startswith("h") and "heads" in self._frame.stages else node
            if name in self._frame.stages:
                self.seek(self._frame.ends[self._frame.stages.index(name)])

    def _typed(self, place: Place, text: str) -> None:
        """A number typed into a cell, "" to take an edit back, "?" for a cell that follows from others."""
        if self._scene is None or self._params is None:
            return
        node = self._scene.graph.nodes[place.node]
        if node.edit < 0:
            self.notice.emit(f"{node.words.capitalize()} follow from the matrices before: edit X, a weight, Q, K or V.")
            return
        source = tuple(type(self._params.source)).index(self._params.source)
        where = (float(source), float(node.edit), float(place.row), float(place.col))
        kept = [edit for edit in self._params.edits if tuple(edit[:4]) != where]
        if text:
            try:
                value = float(text.replace("−", "-").replace(",", "."))
            except ValueError:
                value = float("nan")
            if not abs(value) <= HIGHEST:
                self.notice.emit(f"“{text}” is no number from −{HIGHEST:g} to {HIGHEST:g}.")
                return
            if len(kept) >= MOST_EDITS:
                self.notice.emit(f"At most {MOST_EDITS} cells can be edited; take some edits back.")
                return
            kept.append((*where, value))
        self.propose(edits=tuple(kept))

    def _clear_edits(self) -> None:
        if self._params is not None:
            source = tuple(type(self._params.source)).index(self._params.source)
            self.propose(edits=tuple(edit for edit in self._params.edits if edit[0] != source))


def _limits(graph: Graph, look: StepsLook) -> dict[str, float]:
    """The end of the signed colours of every group that shares its scale."""
    if look.limit <= 0 and not look.shared:
        return {}
    groups: dict[str, list[np.ndarray]] = {}
    for node in graph.nodes.values():
        if not node.share:
            groups.setdefault(node.group, []).append(node.values)
    return {name: look.limit or largest(arrays) for name, arrays in groups.items()}


def _place(text: str, graph: Graph) -> Place | None:
    """The chosen cell of the look, if this graph has it."""
    parts = text.split(",")
    if len(parts) == 3 and parts[1].isdecimal() and parts[2].isdecimal() and parts[0] in graph.nodes:
        place = Place(parts[0], int(parts[1]), int(parts[2]))
        if graph.nodes[place.node].has(place.row, place.col):
            return place
    return None
