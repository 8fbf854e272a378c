"""The sentence, typed on the picture: every key is read at once."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from courseai_lab.ui.theme import Theme, text_font


class SentenceBox(QPlainTextEdit):
    """``typed`` carries the text at every change by hand; ``left`` says that the focus went."""

    typed = Signal(str)
    left = Signal()
    refused = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget, name: str, most: int) -> None:
        super().__init__(parent)
        self._said = ""
        self._most = most
        self.setAccessibleName(name)
        self.setPlaceholderText("Type a sentence")
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.textChanged.connect(self._changed)
        self.set_theme(theme)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self.setFont(text_font(theme, theme.text_px))

    def show_text(self, text: str) -> None:
        """Show a text that was not typed here; what is being typed stays."""
        if text != self._said:
            self._said = text
            if text != self.toPlainText():
                self.setPlainText(text)

    def high(self) -> int:
        """Pixels for two lines."""
        return round(2 * self.fontMetrics().lineSpacing() + 2 * self.document().documentMargin() + 6)

    def minimumSizeHint(self) -> QSize:
        """May be narrow."""
        return QSize(80, self.high())

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Qt's hook."""
        super().focusOutEvent(event)
        self.left.emit()

    def _changed(self) -> None:
        text = self.toPlainText()
        if text == self._said:
            return
        if len(text) > self._most:
            self.refused.emit(f"A sentence has at most {self._most} characters, not {len(text)}.")
            return
        self._said = text
        self.typed.emit(text)
