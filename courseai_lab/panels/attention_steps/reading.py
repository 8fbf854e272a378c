"""The strip under the picture: the arithmetic of the cell that is pointed at, and the colour bars."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QTextDocument
from PySide6.QtWidgets import QSizePolicy, QWidget

from courseai_lab.panels.attention_steps.explain import cell_text
from courseai_lab.ui.plots import colormaps
from courseai_lab.ui.theme import Theme, text_font

_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


class Reading(QWidget):
    """Rich text over a fixed number of lines, and two colour bars under it."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._html = ""
        self._limits: dict[str, float] = {}
        self._long = False
        self._document = QTextDocument(self)
        self._document.setDocumentMargin(0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self._theme = theme
        self.update()

    def set_long(self, long: bool) -> None:
        """Whether sums of many terms are to be expected: more lines are kept free."""
        self._long = long

    def say(self, text: str, limits: dict[str, float]) -> None:
        """Show rich text; ``limits`` end the signed colour bars, by name (none where each matrix has its own)."""
        if (text, limits) != (self._html, self._limits):
            self._html, self._limits = text, limits
            self._document.setHtml(text)
            self.setAccessibleDescription(self._document.toPlainText())
            self.update()

    def _beside(self, width: int) -> float:
        """Room for the bars beside the text; 0 where they stand below it."""
        return 29.0 * self._theme.caption_px if width >= 60 * self._theme.text_px else 0.0

    def lines(self, width: int) -> int:
        """Lines of text that are kept free."""
        wide = width >= 45 * self._theme.text_px
        return (5 if wide else 8) if self._long else (2 if wide else 4)

    def wanted(self, width: int) -> int:
        """Pixels of height at this width."""
        below = 0.0 if self._beside(width) else 2 * self._bar()
        return round(max(self.lines(width) * 1.4 * self._theme.text_px, 2 * self._bar()) + below + 12)

    def room(self, width: int) -> int:
        """How many letters of a sum fit."""
        letters = (width - 16 - self._beside(width)) * (self.lines(width) - 1) / (0.56 * self._theme.text_px)
        return max(60, int(letters))

    def _bar(self) -> float:
        return 1.7 * self._theme.caption_px

    def paintEvent(self, event: QPaintEvent) -> None:
        """The text, then the bars."""
        painter = QPainter(self)
        self.paint_on(painter)
        painter.end()

    def paint_on(self, painter: QPainter) -> None:
        """The same with any painter, in this widget's size."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = self._theme
        self._document.setDefaultFont(text_font(theme))
        self._document.setDefaultStyleSheet("")
        beside = self._beside(self.width())
        across, tall = self.width() - 16 - beside, self.height() - 6 - (0 if beside else 2 * self._bar())
        self._document.setTextWidth(across)
        painter.save()
        painter.translate(8, 4)
        painter.setClipRect(QRectF(0, 0, across, tall))
        context = self._document.documentLayout().PaintContext()
        palette = context.palette
        palette.setColor(palette.ColorRole.Text, QColor(theme.text))
        context.palette = palette
        self._document.documentLayout().draw(painter, context)
        painter.restore()
        self._bars(painter)

    def _bars(self, painter: QPainter) -> None:
        theme = self._theme
        painter.setFont(text_font(theme, theme.caption_px))
        beside = self._beside(self.width())
        x, y = (self.width() - beside, 3.0) if beside else (8.0, self.height() - 2 * self._bar())
        bars = [*((name, limit) for name, limit in self._limits.items()), ("weights", None)]
        across = min((beside or self.width() - 8.0) / 2, 14.5 * theme.caption_px)
        for at, (name, limit) in enumerate(bars):
            place = QRectF(x + at % 2 * across, y + at // 2 * self._bar(), across, self._bar())
            self._one(painter, place, name, limit)

    def _one(self, painter: QPainter, place: QRectF, name: str, limit: float | None) -> None:
        """One bar with its name and ends; without ``limit`` it goes from 0 to 1."""
        theme, metrics = self._theme, painter.fontMetrics()
        low, high = ("0", "1") if limit is None else (cell_text(-limit), cell_text(limit))
        x, y, tall = place.left(), place.top(), place.height()
        painter.setPen(QColor(theme.muted))
        painter.drawText(QRectF(x, y, 4.4 * theme.caption_px, tall), _LEFT, name)
        left, right = metrics.horizontalAdvance(low) + 4, metrics.horizontalAdvance(high) + 4
        x += 4.0 * theme.caption_px
        painter.drawText(QRectF(x, y, left, tall), _LEFT, low)
        wide = max(place.right() - x - left - right - theme.caption_px, 8.0)
        colors = colormaps.colors("sequential" if limit is None else "diverging", theme)
        image = QImage(colors.tobytes(), 256, 1, 256 * 3, QImage.Format.Format_RGB888).copy()
        area = QRectF(x + left, y + 0.3 * tall, wide, 0.4 * tall)
        painter.drawImage(area, image)
        painter.setPen(QColor(theme.outline))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(area)
        painter.setPen(QColor(theme.muted))
        painter.drawText(QRectF(area.right() + 4, y, right, tall), _LEFT, high)

    def sizeHint(self) -> QSize:
        """A strip."""
        return QSize(600, self.wanted(600))
