"""When to use which function, with reasons."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QLabel, QWidget

from courseai_lab.panels.activations.guide import GUIDE
from courseai_lab.panels.activations.page import GAP, Page, Placed
from courseai_lab.panels.activations.paint import PAINT
from courseai_lab.ui.numbers import fmt
from courseai_lab.ui.panel_view import Table
from courseai_lab.ui.theme import Theme, text_font

if TYPE_CHECKING:
    from courseai_lab.panels.activations.compute import Frame
    from courseai_lab.panels.activations.params import ActivationLook, ActivationParams

WIDE_CARD = 330


class GuideCard(QLabel):
    """One function's advice."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._row: tuple[str, ...] = ()

    def tell(self, frame: Frame, k: int, theme: Theme) -> None:
        """Show function ``k`` of the frame."""
        assert frame.lowest is not None and frame.highest is not None
        advice = GUIDE[frame.ids[k]]
        facts = (
            f"values on −30 to 30: {fmt(float(frame.lowest[k]))} to {fmt(float(frame.highest[k]))}; "
            f"steepest slope {fmt(float(frame.steep[k]))}"
        )
        self._row = (frame.labels[k], advice.use, advice.why, advice.but, facts)
        color = theme.color(PAINT[frame.ids[k]][0])
        label, use, why, but, said = (html.escape(part) for part in self._row)
        self.setFont(text_font(theme, theme.caption_px))
        ground = f"background: {theme.raised}; border-radius: {theme.radius}px;"
        self.setStyleSheet(f"font-size: {theme.caption_px}px; color: {theme.text}; {ground}")
        self.setMargin(theme.gap(2))
        self.setText(
            f'<p style="margin:0"><b style="color:{color}; font-size:{theme.text_px}px">{label}</b></p>'
            f'<p style="margin:3px 0 0 0"><b>Use:</b> {use}</p>'
            f'<p style="margin:3px 0 0 0"><b>Why:</b> {why}</p>'
            f'<p style="margin:3px 0 0 0"><b>Watch:</b> {but}</p>'
            f'<p style="margin:3px 0 0 0; color:{theme.muted}">{said}</p>'
        )

    def table(self) -> list[Table]:
        """The same as a row."""
        return [Table(f"Guide: {self._row[0]}", ("function", "use", "why", "watch", "facts"), [self._row])]


class GuidePage(Page):
    """A card for each function that is on."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme)
        self._parent = parent
        self._cards: list[GuideCard] = []
        self._count = 0

    def show_frame(self, frame: Frame, params: ActivationParams, look: ActivationLook) -> None:
        """Write the cards."""
        self._count = len(frame.ids)
        while len(self._cards) < self._count:
            self._cards.append(GuideCard(self._parent))
        for k in range(self._count):
            self._cards[k].tell(frame, k, self.theme)

    def plan(self, width: int, height: int) -> Placed:
        """Cards in columns, each going where the shortest column ends."""
        columns = max(1, min(3, width // self.px(WIDE_CARD), max(self._count, 1)))
        wide = (width - GAP * (columns - 1)) // columns
        ends = [0] * columns
        placed = []
        for card in self._cards[: self._count]:
            k = ends.index(min(ends))
            card.ensurePolished()  # before that it would measure another font
            tall = card.heightForWidth(wide)
            placed.append((card, QRect(k * (wide + GAP), ends[k], wide, tall)))
            ends[k] += tall + GAP
        return placed, max(ends)
