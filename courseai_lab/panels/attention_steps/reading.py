"""The strip under the picture: the arithmetic of the cell that is pointed at, and the colour bars."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QTextDocument
from PySide6.QtWidgets import QSizePolicy, QWidget

from courseai_lab.panels.attention_steps.explain import cell_text
from courseai_lab.ui.plots import colormaps
from courseai_lab.ui.theme import Theme, text_font

_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


class Bars(QWidget):
    """The colour bars by themselves, for the foot of the page where they do not fit beside the text."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._limits: dict[str, float] = {}

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self._theme = theme
        self.update()

    def show_limits(self, limits: dict[str, float]) -> None:
        """``limits`` end the signed colour bars, by name (none where each matrix has its own)."""
        if limits != self._limits:
            self._limits = limits
            self.update()

    def wanted(self) -> int:
        """Pixels of height."""
        return round(2 * bar_height(self._theme) + 8)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Two rows of two."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_bars(painter, QRectF(8, 4, self.width() - 16, self.height()), self._limits, self._theme)
        painter.end()


def bar_height(theme: Theme) -> float:
    """Pixels of one colour bar with its letters."""
    return 1.7 * theme.caption_px


def paint_bars(painter: QPainter, area: QRectF, limits: dict[str, float], theme: Theme) -> None:
    """A bar for each group of signed matrices and one for the weights, in rows of two."""
    painter.setFont(text_font(theme, theme.caption_px))
    across, tall = min(area.width() / 2, 14.5 * theme.caption_px), bar_height(theme)
    bars: list[tuple[str, float | None]] = [*limits.items(), ("weights", None)]
    for at, (name, limit) in enumerate(bars):
        place = QRectF(area.left() + at % 2 * across, area.top() + at // 2 * tall, across, tall)
        _paint_bar(painter, place, name, limit, theme)


def _paint_bar(painter: QPainter, place: QRectF, name: str, limit: float | None, theme: Theme) -> None:
    """One bar with its name and ends; without ``limit`` it goes from 0 to 1."""
    metrics = painter.fontMetrics()
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
    bar = QRectF(x + left, y + 0.3 * tall, wide, 0.4 * tall)
    painter.drawImage(bar, image)
    painter.setPen(QColor(theme.outline))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(bar)
    painter.setPen(QColor(theme.muted))
    painter.drawText(QRectF(bar.right() + 4, y, right, tall), _LEFT, high)


class Reading(QWidget):
    """Rich text over a fixed number of lines; the colour bars beside it where it is wide."""

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

    def bars_beside(self, width: int) -> bool:
        """Whether the colour bars stand beside the text at this width."""
        return width >= 60 * self._theme.text_px

    def _beside(self, width: int) -> float:
        return 29.0 * self._theme.caption_px if self.bars_beside(width) else 0.0

    def lines(self, width: int) -> int:
        """Lines of text that are kept free."""
        wide = width >= 38 * self._theme.text_px
        return (5 if wide else 8) if self._long else (2 if wide else 3)

    def wanted(self, width: int) -> int:
        """Pixels of height at this width."""
        text = self.lines(width) * 1.4 * self._theme.text_px
        return round((max(text, 2 * bar_height(self._theme)) if self.bars_beside(width) else text) + 12)

    def room(self, width: int) -> int:
        """How many letters of a sum fit."""
        letters = (width - 16 - self._beside(width)) * (self.lines(width) - 1) / (0.56 * self._theme.text_px)
        return max(60, int(letters))

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
        across, tall = self.width() - 16 - beside, self.height() - 6
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
        if beside:
            place = QRectF(self.width() - beside, 3, beside, self.height())
            paint_bars(painter, place, self._limits, theme)

    def sizeHint(self) -> QSize:
        """A strip."""
        return QSize(600, self.wanted(600))
