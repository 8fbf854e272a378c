"""The strip under the picture: the arithmetic of the cell that is pointed at, and the colour bars."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QTextDocument
from PySide6.QtWidgets import QSizePolicy, QWidget

from courseai_lab.panels.attention_steps.explain import cell_text
from courseai_lab.ui.plots import colormaps
from courseai_lab.ui.theme import Theme, text_font

_CENTRE = int(Qt.AlignmentFlag.AlignCenter)


class Reading(QWidget):
    """Rich text over a fixed number of lines, and two colour bars under it."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._html = ""
        self._limit: float | None = None
        self._document = QTextDocument(self)
        self._document.setDocumentMargin(0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self._theme = theme
        self.update()

    def say(self, text: str, limit: float | None) -> None:
        """Show rich text; ``limit`` ends the signed colour bar, None leaves it out (each matrix has its own)."""
        if (text, limit) != (self._html, self._limit):
            self._html, self._limit = text, limit
            self._document.setHtml(text)
            self.setAccessibleDescription(self._document.toPlainText())
            self.update()

    def lines(self, width: int) -> int:
        """Lines of text that are kept free."""
        return 4 if width >= 520 * self._theme.text_px / 13 else 6

    def wanted(self, width: int) -> int:
        """Pixels of height at this width."""
        return round(self.lines(width) * 1.5 * self._theme.text_px + self._bar() + 14)

    def room(self, width: int) -> int:
        """How many terms of a sum fit."""
        letters = width * (self.lines(width) - 1.6) / (0.56 * self._theme.text_px)
        return max(3, int(letters / 13.5))

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
        self._document.setTextWidth(self.width() - 16)
        painter.save()
        painter.translate(8, 4)
        painter.setClipRect(QRectF(0, 0, self.width() - 16, self.height() - self._bar() - 6))
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
        y, x = self.height() - self._bar(), 8.0
        if self._limit is not None:
            x = self._one(painter, x, y, "diverging", cell_text(-self._limit), cell_text(self._limit), "")
        self._one(painter, x, y, "sequential", "0", "1", "weights")

    def _one(
        self, painter: QPainter, x: float, y: float, kind: colormaps.MapKind, low: str, high: str, name: str
    ) -> float:
        theme, tall = self._theme, self._bar()
        metrics = painter.fontMetrics()
        painter.setPen(QColor(theme.muted))
        for text, wide in ((f"{name} {low}".strip(), 0.0), ("", 7.5 * theme.caption_px), (high, 0.0)):
            if text:
                across = metrics.horizontalAdvance(text) + 6
                painter.drawText(QRectF(x, y, across, tall), _CENTRE, text)
                x += across
            else:
                colors = colormaps.colors(kind, theme)
                image = QImage(colors.tobytes(), 256, 1, 256 * 3, QImage.Format.Format_RGB888).copy()
                area = QRectF(x, y + 0.3 * tall, wide, 0.4 * tall)
                painter.drawImage(area, image)
                painter.setPen(QColor(theme.outline))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(area)
                painter.setPen(QColor(theme.muted))
                x += wide
        return x + 2 * theme.caption_px

    def sizeHint(self) -> QSize:
        """A strip."""
        return QSize(600, self.wanted(600))
