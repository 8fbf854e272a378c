"""A sentence, its tokens' lines, maps of heads, and what they do to the next word: all linked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import QLabel

from courseai_lab.panels.attention_heatmap.bars_panes import HeadsPane, LensPane, NeuronPane, NextPane
from courseai_lab.panels.attention_heatmap.grid_pane import COMBINED, GridPane
from courseai_lab.panels.attention_heatmap.layout import Part, plan
from courseai_lab.panels.attention_heatmap.lines_pane import LinesPane
from courseai_lab.panels.attention_heatmap.map_pane import MapPane
from courseai_lab.panels.attention_heatmap.pane import Pane
from courseai_lab.panels.attention_heatmap.sentence_box import SentenceBox
from courseai_lab.ui.panel_view import PanelView
from courseai_lab.ui.theme import Theme, text_font
from courseai_lab.ui.tiles import Plan, Tiles

if TYPE_CHECKING:
    from courseai_lab.panels.attention_heatmap.frame import Frame
    from courseai_lab.panels.attention_heatmap.params import AttentionLook, AttentionParams

MOST_TEXT = 4000
WIDTHS = {"lines": 250, "map": 280, "grid": 280, "next": 250, "heads": 300, "lens": 290, "neuron": 330}


class View(PanelView):
    """The attention heatmap."""

    def build(self) -> None:
        """Make the box to type in and every picture."""
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._frame: Frame | None = None
        self._params: AttentionParams | None = None
        self._needed = 0
        self._typing = ""
        self._tiles = Tiles(self._plan, self)
        page = self._tiles.page
        self._box = SentenceBox(self.theme, page, "Sentence", MOST_TEXT)
        self._box_b = SentenceBox(self.theme, page, "Second sentence", MOST_TEXT)
        self._problem, self._problem_b = QLabel(page), QLabel(page)
        for label in (self._problem, self._problem_b):
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            label.hide()
        self._lines, self._lines_b = (LinesPane(self.theme, page, second) for second in (False, True))
        self._map, self._map_b = (MapPane(self.theme, page, second) for second in (False, True))
        self._grid, self._grid_b = (GridPane(self.theme, page, second) for second in (False, True))
        self._next = NextPane(self.theme, page, "Next token")
        self._heads = HeadsPane(self.theme, page, "What heads do")
        self._lens = LensPane(self.theme, page, "Logit lens")
        self._neuron = NeuronPane(self.theme, page, "Query times key")
        self._parts: tuple[Part, ...] = ()
        self._connect()
        self._dress()

    def _connect(self) -> None:
        self._box.typed.connect(self._typed)
        self._box_b.typed.connect(self._typed_b)
        for box in (self._box, self._box_b):
            box.left.connect(self._stop_typing)
            box.refused.connect(self.notice)
        self._map.over.connect(self.point_at)
        self._neuron.over.connect(self.point_at)
        self._lines.chosen.connect(self._choose_token)
        self._lines.partnered.connect(self._choose_partner)
        self._map.chosen.connect(self._choose_pair)
        self._grid.chosen.connect(self._enlarge)
        self._grid.paired.connect(self._pair_with)
        self._grid.toggled.connect(self._toggle)
        self._grid.restored.connect(self._restore)
        self._grid_b.chosen.connect(self._enlarge_b)
        self._heads.ranked.connect(self._rank_by)
        self._heads.chosen.connect(self._enlarge)

    # Drawing

    def draw(self, frame: Frame, params: AttentionParams, look: AttentionLook) -> None:
        """Show a frame."""
        self._frame, self._params = frame, params
        self._box.show_text(params.text)
        self._box_b.show_text(params.text_b)
        self._problem.setText(frame.problem)
        self._problem_b.setText(frame.problem_b)
        self._parts = self._wanted(frame, look)
        for part in self._parts:
            for widget in (part.widget, part.below):
                if isinstance(widget, Pane):
                    widget.show_frame(frame, look)
        self._tiles.arrange()
        needed = self._tiles.needed(self.width())
        if needed != self._needed:
            self._needed = needed
            self.updateGeometry()

    def _wanted(self, frame: Frame, look: AttentionLook) -> tuple[Part, ...]:
        """The pictures of this frame in their order, large ones first."""
        if frame.problem:
            return (Part(self._problem, 300, True),)
        both = frame.weights_b is not None
        parts: list[Part] = []
        # One head: its lines and its map. Two: the maps side by side, then the lines.
        for name, panes in (
            ("map", (self._map, self._map_b)),
            ("lines", (self._lines, self._lines_b)),
        ):
            if name in look.panes:
                parts += [Part(pane, WIDTHS[name], True) for pane in panes[: 1 + both]]
        if not both:
            parts.reverse()
        if frame.problem_b:
            parts.append(Part(self._problem_b, 200, True))
        at = min(2, len(parts))
        parts[at:at] = self._grids(frame, look)
        names = ("heads", "lens", "neuron") if "grid" in look.panes else ("next", "heads", "lens", "neuron")
        small = {"next": self._next, "heads": self._heads, "lens": self._lens, "neuron": self._neuron}
        return (*parts, *(Part(small[name], WIDTHS[name], False) for name in names if name in look.panes))

    def _grids(self, frame: Frame, look: AttentionLook) -> list[Part]:
        """All heads, with the next word below them: what is switched off there is seen here."""
        if "grid" not in look.panes:
            return []
        below = self._next if "next" in look.panes else None
        grids = [Part(self._grid, WIDTHS["grid"], True, below)]
        if frame.thumbs_b is not None:
            grids.append(Part(self._grid_b, WIDTHS["grid"], True))
        return grids

    def _plan(self, width: int, height: int) -> Plan:
        params = self._params
        if params is None:
            return Plan((), 0)
        boxes = [(self._box, self._box.high())]
        if params.compare == "sentences":
            boxes.append((self._box_b, self._box_b.high()))
        return plan(boxes, self._parts, width, height, self.theme.text_px / 13)

    def highlight(self, name: str) -> None:
        """Frame the picture that a term belongs to."""
        self._neuron.light(name in ("q", "k", "d"))
        self._map.light(name in ("weight", "alibi", "mask"))

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        super().set_theme(theme)
        self._dress()
        self._tiles.arrange()

    def _dress(self) -> None:
        for label in (self._problem, self._problem_b):
            label.setFont(text_font(self.theme, self.theme.text_px))
            label.setStyleSheet(f"color: {self.theme.text}; background: {self.theme.raised}; padding: 16px;")

    def hasHeightForWidth(self) -> bool:
        """Where it is narrow the parts stand below each other: whoever hosts it should give it the room."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Pixels that everything needs at this width."""
        return self._tiles.needed(width) if self._frame is not None else self.minimumSizeHint().height()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt's hook."""
        super().resizeEvent(event)
        self._tiles.resize(self.size())

    def paint_figure(self, painter: QPainter, rect: QRectF) -> bool:
        """Every part as vectors."""
        return self._tiles.paint_parts(painter, rect)

    # Wishes

    def _typed(self, text: str) -> None:
        self._say_typed(text=text)

    def _typed_b(self, text: str) -> None:
        self._say_typed(text_b=text)

    def _say_typed(self, **text: str) -> None:
        """All that is typed before the focus goes is one undo step."""
        if not self._typing:
            self.begin_gesture()
            self._typing = self._gesture
        self._gesture = self._typing
        self.propose(token=-1, partner=-1, **text)
        self.end_gesture()

    def _stop_typing(self) -> None:
        self._typing = ""

    def _choose_token(self, token: int) -> None:
        self.propose(token=token, partner=-1)

    def _choose_partner(self, token: int) -> None:
        self.propose(partner=token)

    def _choose_pair(self, query: int, key: int) -> None:
        self.propose(token=query, partner=key)

    def _enlarge(self, layer: int, column: int) -> None:
        if self._frame is None:
            return
        if column < self._frame.heads:
            self.propose(layer=layer, head=column, show="head", partner=-1)
        else:
            self.propose(layer=layer, show=COMBINED[column - self._frame.heads])

    def _enlarge_b(self, layer: int, column: int) -> None:
        if column < self._grid_b.heads:
            self.propose(layer_b=layer, head_b=column)

    def _pair_with(self, layer: int, head: int) -> None:
        assert self._params is not None
        kept = self._params.compare == "models"
        self.propose(layer_b=layer, head_b=head, compare="models" if kept else "heads")

    def _toggle(self, layer: int, head: int) -> None:
        assert self._params is not None
        pair = (float(layer), float(head))
        now = self._params.ablate
        self.propose(ablate=tuple(one for one in now if one != pair) if pair in now else (*now, pair))

    def _restore(self) -> None:
        self.propose(ablate=())

    def _rank_by(self, kind: str) -> None:
        self.propose_look(kind=kind)
