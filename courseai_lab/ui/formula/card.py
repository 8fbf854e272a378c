"""The small card near a term: what it means, and its value now."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from courseai_lab.ui.theme import Theme


class TermCard(QFrame):
    """Floats under its term like a tooltip; never takes the focus or the pointer."""

    def __init__(self, theme: Theme, owner: QWidget) -> None:
        super().__init__(owner, Qt.WindowType.ToolTip | Qt.WindowType.WindowTransparentForInput)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setProperty("role", "card")
        self.meaning = QLabel()
        self.meaning.setWordWrap(True)
        self.meaning.setTextFormat(Qt.TextFormat.PlainText)
        self.value = QLabel()
        self.value.setProperty("role", "title")
        self.value.setTextFormat(Qt.TextFormat.PlainText)
        self._layout = QVBoxLayout(self)
        self._layout.addWidget(self.meaning)
        self._layout.addWidget(self.value)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self._theme = theme
        self._layout.setContentsMargins(theme.gap(3), theme.gap(2), theme.gap(3), theme.gap(2))
        self._layout.setSpacing(theme.gap(1))

    def show_at(self, owner: QWidget, box: QRectF, meaning: str, value: str) -> None:
        """Show it below ``box`` (in ``owner``'s coordinates), inside the screen."""
        self.meaning.setText(meaning)
        self.value.setText(value)
        self.value.setVisible(bool(value))
        longest = self.meaning.fontMetrics().horizontalAdvance(meaning)
        self.meaning.setFixedWidth(min(longest + 4, self._theme.text_px * 22))
        self.adjustSize()
        at = owner.mapToGlobal(QPoint(round(box.left()), round(box.bottom()) + self._theme.gap(2)))
        screen = owner.screen().availableGeometry()
        at.setX(max(screen.left(), min(at.x(), screen.right() - self.width())))
        if at.y() + self.height() > screen.bottom():
            at.setY(owner.mapToGlobal(QPoint(0, round(box.top()))).y() - self.height() - self._theme.gap(2))
        self.move(at)
        self.show()
