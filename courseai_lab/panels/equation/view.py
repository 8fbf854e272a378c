"""The formula worked out on the left, the picture it speaks of on the right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QPainter, QResizeEvent

from courseai_lab.panels.equation.bar_pictures import (
    CrossEntropyPicture,
    DpoPicture,
    LayerNormPicture,
    OwnPicture,
    SoftmaxPicture,
    VaePicture,
)
from courseai_lab.panels.equation.ladder import Ladder, Whole
from courseai_lab.panels.equation.map_pictures import AttentionPicture, ForwardPicture
from courseai_lab.panels.equation.picture import GAP, Picture
from courseai_lab.panels.equation.training_pictures import AdamPicture, DescentPicture
from courseai_lab.ui.panel_view import PanelView
from courseai_lab.ui.theme import Theme
from courseai_lab.ui.tiles import Plan, Tiles

if TYPE_CHECKING:
    from courseai_lab.panels.equation.frame import Frame
    from courseai_lab.panels.equation.params import EquationLook, EquationParams

NARROW = 620
PICTURES: dict[str, type[Picture]] = {
    "update": DescentPicture,
    "momentum": DescentPicture,
    "adam": AdamPicture,
    "forward": ForwardPicture,
    "attention": AttentionPicture,
    "softmax": SoftmaxPicture,
    "cross_entropy": CrossEntropyPicture,
    "layer_norm": LayerNormPicture,
    "vae": VaePicture,
    "dpo": DpoPicture,
    "own": OwnPicture,
}


class View(PanelView):
    """The equation panel."""

    def build(self) -> None:
        """Make the ladder; each formula's picture is made when it is first looked at."""
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._picture: Picture | None = None
        self._made: dict[type[Picture], Picture] = {}
        self._frame: Frame | None = None
        self._params: EquationParams | None = None
        self._lit = ""
        self._dragging = False
        self._needed = 0
        self._tiles = Tiles(self._plan, self)
        self._ladder = Ladder(self.theme, self._tiles.page)
        self._whole = Whole(self.theme, self._tiles.page)
        self._numbers = True
        self._ladder.pointed.connect(self._pointed)
        self._ladder.chosen.connect(self.seek)

    def draw(self, frame: Frame, params: EquationParams, look: EquationLook) -> None:
        """Show a frame."""
        self._frame, self._params = frame, params
        self._ladder.show_frame(frame)
        self._whole.show_frame(frame)
        self._numbers = look.numbers
        kind = PICTURES[frame.equation]
        if kind not in self._made:
            made = self._made[kind] = kind(self.theme, self._tiles.page)
            made.wished.connect(self._wished)
            made.pointed.connect(self._pointed)
        self._picture = self._made[kind]
        self._show_picture()
        self._tiles.arrange()
        needed = self._tiles.needed(self.width())
        if needed != self._needed:
            self._needed = needed
            self.updateGeometry()

    def highlight(self, name: str) -> None:
        """Light a term's row and its place in the picture."""
        if name != self._lit:
            self._lit = name
            self._ladder.highlight(name)
            self._show_picture()

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        for picture in self._made.values():
            picture.theme = theme
        super().set_theme(theme)

    def hasHeightForWidth(self) -> bool:
        """Where it is narrow the parts stand below each other: whoever hosts it should give it the room."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Pixels that everything needs at this width."""
        return self._tiles.needed(width) if self._picture is not None else self.minimumSizeHint().height()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt's hook."""
        super().resizeEvent(event)
        self._tiles.resize(self.size())

    def paint_figure(self, painter: QPainter, rect: QRectF) -> bool:
        """Every part, as vectors where it can."""
        return self._tiles.paint_parts(painter, rect)

    def _show_picture(self) -> None:
        if self._picture is None or self._frame is None or self._params is None:
            return
        self._picture.theme = self.theme
        self._picture.lit = self._lit
        self._picture.show_frame(self._frame, self._params)

    def _plan(self, width: int, height: int) -> Plan:
        if self._picture is None:
            return Plan((), 0)
        top = self._whole.wanted_height(width) if self._numbers else 0
        strip = ((self._whole, QRect(0, 0, width, top)),) if top else ()
        if width < NARROW * min(self.theme.text_px / 13, 1.5):
            tall = self._ladder.wanted_height(width)
            room = self._picture.plan(width, 0)[1]
            room = max(room, height - top - tall - GAP)
            places, _ = self._picture.plan(width, room, 0, top)
            below = QRect(0, top + room + GAP, width, tall)
            return Plan((*strip, *places, (self._ladder, below)), below.bottom() + 1)
        left = round(0.4 * width)
        tall = self._ladder.wanted_height(left)
        least = self._picture.plan(width - left - GAP, 0)[1]
        full = max(height - top, least)
        places, _ = self._picture.plan(width - left - GAP, full, left + GAP, top)
        ladder = (self._ladder, QRect(0, top, left, max(tall, full)))
        return Plan((*strip, ladder, *places), top + max(tall, least))

    def _pointed(self, name: str) -> None:
        self.highlight(name)
        self.point_at(name)

    def _wished(self, params: Any, done: bool) -> None:
        if not self._dragging:
            self.begin_gesture()
            self._dragging = True
        self.propose(**params)
        if done:
            self._dragging = False
            self.end_gesture()
