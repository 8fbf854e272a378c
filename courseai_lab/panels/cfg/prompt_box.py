"""A prompt, typed on the picture, with completion of the words that were taught."""

from __future__ import annotations

from PySide6.QtCore import QStringListModel, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QHideEvent
from PySide6.QtWidgets import QCompleter, QLineEdit, QWidget

from courseai_lab.ui.theme import Theme, text_font

PAUSE_MS = 250
"""What is typed is drawn when the fingers rest so long."""


class PromptBox(QLineEdit):
    """``typed`` carries the text after a pause, at Enter and when the focus goes; ``left`` says that typing is over."""

    typed = Signal(str)
    left = Signal()

    def __init__(self, theme: Theme, parent: QWidget, name: str, hint: str, most: int) -> None:
        super().__init__(parent)
        self._said = ""
        self.setAccessibleName(name)
        self.setPlaceholderText(hint)
        self.setMaxLength(most)
        self.setClearButtonEnabled(True)
        self._words = QStringListModel(self)
        self._known: tuple[str, ...] = ()
        self._completer = QCompleter(self._words, self)
        self._completer.setWidget(self)
        self._completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._completer.activated.connect(self._complete)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._say)
        self.textEdited.connect(self._edited)
        self.returnPressed.connect(self._say)
        self.set_theme(theme)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self.setFont(text_font(theme, theme.text_px))

    def set_words(self, words: tuple[str, ...]) -> None:
        """The words that completion offers."""
        if words and words != self._known:
            self._known = words
            self._words.setStringList(list(words))

    def show_text(self, text: str) -> None:
        """Show a text that was not typed here; what is being typed stays."""
        if text != self._said and not self._pause.isActive():
            self._said = text
            if text != self.text():
                self.setText(text)

    def high(self) -> int:
        """Pixels of height."""
        return self.sizeHint().height()

    def _edited(self, text: str) -> None:
        self._pause.start()
        before = text[: self.cursorPosition()]
        word = before.rpartition(" ")[2]
        self._completer.setCompletionPrefix(word)
        found = self._completer.completionCount()
        exact = found == 1 and self._completer.currentCompletion().lower() == word.lower()
        if word and found and not exact:
            self._completer.complete()
        elif (popup := self._completer.popup()) is not None:
            popup.hide()

    def _complete(self, word: str) -> None:
        at = self.cursorPosition()
        before, after = self.text()[:at], self.text()[at:]
        head = before[: len(before) - len(before.rpartition(" ")[2])] + word
        self.setText((head + " " if not after else head) + after)
        self.setCursorPosition(len(head) + (0 if after else 1))
        self._pause.start()

    def _say(self) -> None:
        self._pause.stop()
        text = self.text()
        if text != self._said:
            self._said = text
            self.typed.emit(text)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Qt's hook."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._say()
            self.left.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        """Qt's hook."""
        self._pause.stop()
        super().hideEvent(event)
