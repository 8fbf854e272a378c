"""What the pictures of the panel share: a heading, the theme, painting for the screen and for figures alike."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QEnterEvent, QFont, QFontMetricsF, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from courseai_lab.ui.panel_view import Table
from courseai_lab.ui.plots import colormaps, readout
from courseai_lab.ui.plots.heat_paint import indexed
from courseai_lab.ui.theme import Theme, text_font

LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
CENTRE = int(Qt.AlignmentFlag.AlignCenter)
FAINTEST = 1e-3
"""The lowest weight of the logarithmic colours."""


class Pane(QWidget):
    """One picture. A subclass paints itself in ``paint_picture`` and keeps what it shows in ``frame``."""

    over = Signal(str)
    """The formula term that the pointer is over, or "" when it leaves."""
    term = ""

    def __init__(self, theme: Theme, parent: QWidget, name: str) -> None:
        super().__init__(parent)
        self.theme = theme
        self._fonts: dict[bool, QFont] = {}
        self._line = 0.0
        self.frame: Any = None
        self.look: Any = None
        self.lit = False
        self._measured: tuple[tuple[str, ...], Theme, float] | None = None
        self.setAccessibleName(name)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self.theme = theme
        self._fonts.clear()
        self.stale()

    def stale(self) -> None:
        """Forget images made for another frame, look or theme."""
        self.update()

    def show_frame(self, frame: Any, look: Any) -> None:
        """Show a frame."""
        self.frame, self.look = frame, look
        self.stale()

    def light(self, on: bool) -> None:
        """Frame the picture, or not."""
        if on != self.lit:
            self.lit = on
            self.update()

    def paint_picture(self, painter: QPainter, width: float, height: float, screen: bool) -> None:
        """Paint everything in ``width`` by ``height``; on the ``screen`` also what follows the pointer."""
        raise TypeError(f"{type(self).__name__} must define paint_picture()")

    def table(self) -> list[Table]:
        """The values behind the picture."""
        return []

    def minimumSizeHint(self) -> QSize:
        """Small enough for a narrow dock."""
        return QSize(120, 80)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt's hook."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self.theme.ground))
        if self.frame is not None:
            painter.save()
            self.paint_picture(painter, self.width(), self.height(), True)
            painter.restore()
        if self.hasFocus():
            readout.paint_focus(painter, self.theme, QRectF(self.rect()))
        elif self.lit:
            painter.setPen(QPen(QColor(self.theme.accent), 1))
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Qt's hook."""
        if self.term:
            self.over.emit(self.term)

    def leaveEvent(self, event: QEvent) -> None:
        """Qt's hook."""
        if self.term:
            self.over.emit("")

    def paint_figure(self, painter: QPainter, rect: QRectF) -> bool:
        """The same as vectors into ``rect``."""
        if self.frame is not None:
            painter.save()
            painter.translate(rect.topLeft())
            painter.setClipRect(QRectF(0, 0, rect.width(), rect.height()))
            self.paint_picture(painter, rect.width(), rect.height(), False)
            painter.restore()
        return True

    # For subclasses

    def font_of(self, bold: bool = False) -> QFont:
        """The caption's font, made once a theme."""
        if bold not in self._fonts:
            weight = QFont.Weight.DemiBold if bold else QFont.Weight.Normal
            self._fonts[bold] = text_font(self.theme, self.theme.caption_px, weight)
            self._line = QFontMetricsF(self._fonts[bold]).height()
        return self._fonts[bold]

    @property
    def line(self) -> float:
        """Height of a line of captions."""
        self.font_of()
        return self._line

    def heading(self, painter: QPainter, text: str, more: str, width: float, color: str = "text") -> float:
        """A bold name and muted words after it in one line; returns the y below it."""
        gap = float(self.theme.gap(2))
        painter.setFont(self.font_of(bold=True))
        metrics = QFontMetricsF(painter.font())
        painter.setPen(QColor(self.theme.color(color)))
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, width - 2 * gap)
        painter.drawText(QRectF(gap, gap / 2, width - 2 * gap, self.line), LEFT, shown)
        used = metrics.horizontalAdvance(shown) + 2 * gap
        self.words(painter, more, QRectF(used + gap / 2, gap / 2, width - used - 1.5 * gap, self.line))
        return self.line + gap

    def words(self, painter: QPainter, text: str, rect: QRectF, color: str = "muted", align: int = LEFT) -> None:
        """One line of caption, cut short with dots where it is too long."""
        if rect.width() < 0.5 * self.line or not text:
            return
        painter.setFont(self.font_of())
        painter.setPen(QColor(self.theme.color(color)))
        shown = QFontMetricsF(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, rect.width() + 1)
        painter.drawText(rect, align | int(Qt.TextFlag.TextSingleLine), shown)

    def wide(self, text: str) -> float:
        """Pixels of a caption."""
        return QFontMetricsF(self.font_of()).horizontalAdvance(text)

    def widest(self, texts: tuple[str, ...]) -> float:
        """Pixels of the widest of some captions, measured once."""
        kept = self._measured
        if kept is None or kept[0] is not texts or kept[1] is not self.theme:
            metrics = QFontMetricsF(self.font_of())
            widest = max((metrics.horizontalAdvance(text) for text in dict.fromkeys(texts)), default=20.0)
            kept = self._measured = (texts, self.theme, widest)
        return kept[2]


def picture_of(
    weights: np.ndarray, seen: np.ndarray | None, look: Any, theme: Theme, kind: colormaps.MapKind = "sequential"
) -> QImage:
    """Weights [row col] as colours, one pixel each; transparent where the mask hides the key."""
    low, high, scale = scale_of(float(weights.max()), look)
    if kind == "diverging":
        low, high, scale = -look.top, look.top, "linear"
    places = colormaps.indices(weights.astype(np.float64), low, high, scale)
    if seen is not None:
        places[~seen] = colormaps.LEVELS
    return indexed(np.ascontiguousarray(places), colormaps.colors(kind, theme))


def scale_of(largest: float, look: Any) -> tuple[float, float, colormaps.Scale]:
    """The weights of the lowest and the highest colour."""
    if look.brightness == "log":
        return FAINTEST, 1.0, "log"
    return 0.0, max(largest, 1e-9) if look.brightness == "each" else look.top, "linear"


def unchanged(key: tuple[Any, ...], kept: tuple[Any, ...]) -> bool:
    """Whether a picture made for ``kept`` is right for ``key``: the same arrays, equal settings."""
    pairs = zip(key, kept, strict=False)
    return len(key) == len(kept) and all(a is b or (not isinstance(a, np.ndarray) and a == b) for a, b in pairs)
