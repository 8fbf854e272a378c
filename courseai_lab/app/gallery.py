"""The gallery: every panel with its picture, one line and its lessons; what an empty window shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from courseai_lab.app.palette import score
from courseai_lab.contract import Panel
from courseai_lab.ui.icons import paint_icon
from courseai_lab.ui.theme import Theme, text_font

SERIES = {
    "fundamentals": "Fundamentals",
    "transformers": "Transformers and language models",
    "diffusion": "Diffusion",
    "more": "Further topics",
}
CARD_WIDTH = 300


class Card(QWidget):
    """One panel, clickable; drawn by hand so that forty of them stay cheap."""

    opened = Signal(str)

    def __init__(self, panel: Panel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.panel = panel
        self._theme = theme
        self._picture: QPixmap | None = None
        self._hovered = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(f"Open {panel.title}")
        self.setAccessibleDescription(f"{panel.summary} Lessons {', '.join(panel.lessons)}.")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_theme(self, theme: Theme) -> None:
        """Follow the theme."""
        self._theme = theme
        self.updateGeometry()
        self.update()

    def set_picture(self, picture: QPixmap | None) -> None:
        """The panel's picture, drawn by the panel itself; None while there is none."""
        self._picture = picture
        self.update()

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        """Picture in 16:10, then title, two lines of text, lessons."""
        t = self._theme
        return round(width * 10 / 16) + t.title_px + 3 * round(t.text_px * 1.45) + t.gap(10)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Left button opens."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit(self.panel.id)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Enter and Space open; the others move the focus as usual."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.opened.emit(self.panel.id)
        else:
            super().keyPressEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Lift the card."""
        self._hovered = True
        self.update()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Put it down."""
        self._hovered = False
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """The card: outline, picture, title, summary, lessons."""
        t = self._theme
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        box = self.rect().adjusted(1, 1, -1, -1)
        shape = QPainterPath()
        shape.addRoundedRect(box, t.radius, t.radius)
        lively = self._hovered or self.hasFocus()
        painter.fillPath(shape, QColor(t.raised))
        self._paint_picture(painter, shape, QRect(box.left(), box.top(), box.width(), round(self.width() * 10 / 16)))
        edge = QPen(QColor(t.accent if lively else t.outline), 2 if self.hasFocus() or t.outline_px > 1 else 1)
        painter.setPen(edge)
        painter.drawPath(shape)
        self._paint_text(painter, box)
        painter.end()

    def _paint_picture(self, painter: QPainter, shape: QPainterPath, area: QRect) -> None:
        t = self._theme
        painter.save()
        painter.setClipPath(shape)
        painter.fillRect(area, QColor(t.ground))
        if self._picture is not None:
            scaled = self._picture.size().scaled(area.size(), Qt.AspectRatioMode.KeepAspectRatioByExpanding)
            target = QRect(QPoint(0, 0), scaled)
            target.moveCenter(area.center())
            painter.drawPixmap(target, self._picture)
        else:
            size = t.gap(10)
            corner = area.center() - QPoint(size // 2, size // 2)
            paint_icon(painter, "image", t.outline, corner, size)
        painter.restore()

    def _paint_text(self, painter: QPainter, box: QRect) -> None:
        t = self._theme
        left, width = box.left() + t.gap(3), box.width() - t.gap(6)
        top = round(self.width() * 10 / 16) + t.gap(3)
        title = text_font(t)
        title.setPixelSize(t.title_px)
        title.setWeight(QFont.Weight.DemiBold)
        painter.setFont(title)
        painter.setPen(QColor(t.text))
        height = round(t.title_px * 1.35)
        painter.drawText(QRect(left, top, width, height), Qt.AlignmentFlag.AlignVCenter, self.panel.title)
        line = round(t.text_px * 1.45)
        painter.setFont(text_font(t))
        painter.setPen(QColor(t.muted))
        rows = QRect(left, top + height, width, 2 * line)
        flags = Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
        painter.drawText(rows, int(flags), _two_lines(self.panel.summary, painter.fontMetrics(), width))
        caption = text_font(t)
        caption.setPixelSize(t.caption_px)
        painter.setFont(caption)
        lessons = "Lessons " + ", ".join(self.panel.lessons) if self.panel.lessons else ""
        bottom = QRect(left, rows.bottom() + t.gap(1), width, line)
        elided = painter.fontMetrics().elidedText(lessons, Qt.TextElideMode.ElideRight, width)
        painter.drawText(bottom, Qt.AlignmentFlag.AlignVCenter, elided)


class Gallery(QFrame):
    """All panels by series, searchable. ``opened`` carries a panel's id."""

    opened = Signal(str)
    dismissed = Signal()

    def __init__(self, panels: Sequence[Panel], theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("gallery")
        self.setAutoFillBackground(True)
        self._theme = theme
        self._cards = {panel.id: Card(panel, theme) for panel in panels}
        self._title = QLabel("What would you like to see?")
        self._title.setObjectName("galleryTitle")
        self._title.setWordWrap(True)
        self._search = QLineEdit()
        self._search.setPlaceholderText("Search panels, topics and lessons")
        self._search.setClearButtonEnabled(True)
        self._search.setAccessibleName("Search panels")
        self._empty = QLabel("No panel matches. Fewer letters find more.")
        self._grid = _Grid(self._cards.values(), theme)
        self._above: list[QWidget] = []
        self._extra = QWidget()
        self._extras = QVBoxLayout(self._extra)
        self._page = QVBoxLayout()
        for column in (self._extras, self._page):
            column.setContentsMargins(0, 0, 0, 0)
        self._page.addWidget(self._extra)
        self._page.addWidget(self._grid, 1)
        layout = QVBoxLayout(self)
        layout.addWidget(self._title)
        layout.addWidget(self._search)
        layout.addWidget(self._empty)
        layout.addWidget(_scrolled(self._page), 1)
        self._search.textChanged.connect(self._filter)
        self._search.returnPressed.connect(self._open_first)
        for card in self._cards.values():
            card.opened.connect(self.opened)
        self._filter("")
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Follow the theme."""
        self._theme = theme
        margin = theme.gap(6)
        layout = self.layout()
        assert layout is not None
        layout.setContentsMargins(margin, margin, margin, theme.gap(3))
        layout.setSpacing(theme.gap(4))
        self._extras.setSpacing(theme.gap(4))
        self._page.setSpacing(theme.gap(4))
        font = text_font(theme)
        font.setPixelSize(round(theme.title_px * 1.5))
        font.setWeight(QFont.Weight.DemiBold)
        self._title.setFont(font)
        self._search.setMaximumWidth(theme.gap(120))
        for card in self._cards.values():
            card.set_theme(theme)
        self._grid.set_theme(theme)

    def add_extra(self, widget: QWidget) -> None:
        """Something above the panels: what was lost, what was open last. It is shown or hidden by who made it."""
        # In a row of its own, so that what is narrower than the page still knows how high it has to be.
        row = QHBoxLayout()
        row.addWidget(widget, 1)
        row.addStretch(0)
        self._extras.addLayout(row)
        self._above.append(widget)
        self.refresh_extras()

    def refresh_extras(self) -> None:
        """Something above the panels was shown or hidden. While searching, only what is found is shown."""
        wanted = any(not widget.isHidden() for widget in self._above)
        self._extra.setVisible(wanted and not self._search.text().strip())

    def set_picture(self, panel_id: str, picture: QPixmap) -> None:
        """Give a card its picture."""
        if panel_id in self._cards:
            self._cards[panel_id].set_picture(picture)

    def focus_search(self) -> None:
        """Ready to type."""
        self._search.setFocus()
        self._search.selectAll()

    def shown_ids(self) -> tuple[str, ...]:
        """Ids of the panels that match the search, in order."""
        return tuple(card.panel.id for card in self._grid.cards)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Esc goes back to the open panels."""
        if event.key() == Qt.Key.Key_Escape:
            self.dismissed.emit()
        else:
            super().keyPressEvent(event)

    def _filter(self, query: str) -> None:
        found = [card for card in self._cards.values() if _matches(query, card.panel)]
        self.refresh_extras()
        self._grid.show_cards(found)
        self._empty.setVisible(not found)

    def _open_first(self) -> None:
        if self._grid.cards:
            self.opened.emit(self._grid.cards[0].panel.id)


def _scrolled(column: QVBoxLayout) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    page = QWidget()
    page.setLayout(column)
    area.setWidget(page)
    return area


class _Grid(QWidget):
    """Cards in columns under a heading for each series; as many columns as fit."""

    def __init__(self, cards: object, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._headings = {name: QLabel(text, self) for name, text in SERIES.items()}
        for card in list(cards):  # type: ignore[call-overload]
            card.setParent(self)
        self.cards: list[Card] = []

    def set_theme(self, theme: Theme) -> None:
        """Follow the theme."""
        self._theme = theme
        font = text_font(theme)
        font.setPixelSize(theme.title_px)
        font.setWeight(QFont.Weight.DemiBold)
        for heading in self._headings.values():
            heading.setFont(font)
        self._arrange()

    def show_cards(self, cards: list[Card]) -> None:
        """Show these and no others."""
        self.cards = cards
        for card in self.findChildren(Card):
            card.setVisible(card in cards)
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Columns follow the width."""
        self._arrange()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As wide as it is, as high as its cards."""
        return QSize(self.width(), self.minimumHeight())

    def _arrange(self) -> None:
        t = self._theme
        gap = t.gap(4)
        card_width = round(CARD_WIDTH * max(1.0, t.text_px / 13))
        columns = max(1, (self.width() + gap) // (card_width + gap))
        width = max(80, (self.width() - (columns - 1) * gap) // columns)
        if self.cards and len(self.cards) < columns:
            width = min(width, round(card_width * 1.35))
        y = 0
        for series, heading in self._headings.items():
            cards = [c for c in self.cards if c.panel.series == series]
            heading.setVisible(bool(cards))
            if not cards:
                continue
            heading.setGeometry(0, y, self.width(), round(t.title_px * 1.6))
            y += heading.height() + t.gap(2)
            height = cards[0].heightForWidth(width)
            for i, card in enumerate(cards):
                card.setGeometry((i % columns) * (width + gap), y + (i // columns) * (height + gap), width, height)
            y += -(-len(cards) // columns) * (height + gap) + gap
        self.setMinimumHeight(y)


def _matches(query: str, panel: Panel) -> bool:
    """Every word of the query occurs in the panel's words, or the whole resembles its title."""
    text = " ".join((panel.title, panel.summary, panel.id, *panel.keywords, *panel.lessons)).lower()
    words = query.lower().split()
    return all(word in text for word in words) or (len(query) > 2 and (score(query, panel.title) or 0) > 40)


def _two_lines(text: str, metrics: QFontMetrics, width: int) -> str:
    """``text`` cut so that it fills at most two lines of ``width``."""
    words = text.split()
    measure: Callable[[str], int] = metrics.horizontalAdvance
    first: list[str] = []
    while words and measure(" ".join([*first, words[0]])) <= width:
        first.append(words.pop(0))
    rest = metrics.elidedText(" ".join(words), Qt.TextElideMode.ElideRight, width)
    return " ".join(first) + (" " + rest if rest else "")
