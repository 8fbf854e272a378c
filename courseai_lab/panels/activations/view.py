"""Five ways of looking at activation functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QResizeEvent

from courseai_lab.panels.activations.curves_page import CurvesPage
from courseai_lab.panels.activations.guide_page import GuidePage
from courseai_lab.panels.activations.page import Page
from courseai_lab.panels.activations.signal_pages import ChainPage, DistributionPage, LayersPage
from courseai_lab.ui.panel_view import PanelView
from courseai_lab.ui.theme import Theme
from courseai_lab.ui.tiles import Plan, Tiles

if TYPE_CHECKING:
    from courseai_lab.panels.activations.compute import Frame
    from courseai_lab.panels.activations.params import ActivationLook, ActivationParams

_PAGES = {"distribution": DistributionPage, "layers": LayersPage, "chain": ChainPage, "guide": GuidePage}


class View(PanelView):
    """The activation functions panel."""

    def build(self) -> None:
        """Make the page that opens; the others are made when they are first looked at."""
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._page: Page | None = None
        self._made: dict[str, Page] = {}
        self._dragging = False
        self._needed = 0
        self._tiles = Tiles(self._plan, self)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, False)

    def draw(self, frame: Frame, params: ActivationParams, look: ActivationLook) -> None:
        """Show a frame on its page."""
        page = self._of(params.page.value)
        page.theme = self.theme
        page.show_frame(frame, params, look)
        self._page = page
        self._tiles.arrange()
        needed = self._tiles.needed(self.width())
        if needed != self._needed:
            self._needed = needed
            self.updateGeometry()

    def highlight(self, name: str) -> None:
        """Light what belongs to a term on the page shown."""
        if self._page is not None:
            self._page.highlight(name)

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        for page in self._made.values():
            page.theme = theme
        super().set_theme(theme)

    def hasHeightForWidth(self) -> bool:
        """Where it is narrow the parts stand below each other: whoever hosts it should give it the room."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Pixels that everything needs at this width."""
        return self._tiles.needed(width) if self._page is not None else self.minimumSizeHint().height()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt's hook."""
        super().resizeEvent(event)
        self._tiles.resize(self.size())

    def paint_figure(self, painter: QPainter, rect: QRectF) -> bool:
        """Every part as vectors."""
        return self._tiles.paint_parts(painter, rect)

    def _of(self, name: str) -> Page:
        if name not in self._made:
            if name == "curves":
                curves = CurvesPage(self.theme, self._tiles.page)
                curves.dragged.connect(self._dragged)
                curves.pointed.connect(self.point_at)
                self._made[name] = curves
            else:
                self._made[name] = _PAGES[name](self.theme, self._tiles.page)
        return self._made[name]

    def _plan(self, width: int, height: int) -> Plan:
        if self._page is None:
            return Plan((), 0)
        places, needed = self._page.plan(width, height)
        return Plan(tuple(places), needed)

    def _dragged(self, x: float, done: bool) -> None:
        if not self._dragging:
            self.begin_gesture()
            self._dragging = True
        self.propose(x=min(max(x, -6.0), 6.0))
        if done:
            self._dragging = False
            self.end_gesture()
