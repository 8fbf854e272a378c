"""The run as a PyTorch program, to read and to copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QPlainTextEdit, QPushButton, QWidget

from courseai_lab.ui.theme import text_font

if TYPE_CHECKING:
    from courseai_lab.ui.theme import Theme


class CodePane(QWidget):
    """Text with a button that copies it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = QPlainTextEdit(self)
        self._text.setReadOnly(True)
        self._text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._text.setAccessibleName("The run as PyTorch code")
        self._copy = QPushButton("Copy code", self)
        self._copy.clicked.connect(self._copied)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's type."""
        self._text.setFont(text_font(theme, theme.caption_px, mono=True))
        self._place()

    def show_code(self, code: str) -> None:
        """Show a program; the same one again leaves the reader where they are."""
        if code != self._text.toPlainText():
            self._text.setPlainText(code)

    @property
    def code(self) -> str:
        """The program shown."""
        return self._text.toPlainText()

    def _copied(self) -> None:
        QGuiApplication.clipboard().setText(self.code)

    def _place(self) -> None:
        size = self._copy.sizeHint()
        self._text.setGeometry(0, 0, self.width(), self.height())
        self._copy.setGeometry(self.width() - size.width() - 20, 4, size.width(), size.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The button stays in its corner."""
        super().resizeEvent(event)
        self._place()

    def minimumSizeHint(self) -> QSize:
        """Small enough for a narrow dock."""
        return QSize(160, 110)
