"""Controls whose value is a string: text, a colour."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QColorDialog,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
)

from courseai_lab.contract import FieldSpec
from courseai_lab.ui.param_form.control import Control, refusal
from courseai_lab.ui.theme import Theme

TYPING_PAUSE_MS = 700


class TextControl(Control):
    """One line; the wish is made on Enter or when the focus leaves."""

    def __init__(self, spec: FieldSpec, theme: Theme) -> None:
        super().__init__(spec, theme)
        self._shown = ""
        self.line = QLineEdit()
        if spec.max_len:
            self.line.setMaxLength(spec.max_len)
        self.line.editingFinished.connect(self._finish)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.line)

    @property
    def busy(self) -> bool:
        """While it is typed into."""
        return self.line.hasFocus() and self.line.text() != self._shown

    def set_value(self, value: Any) -> None:
        """Show a text."""
        if self.busy:
            return
        text = value or ""
        self._shown = text
        if self.line.text() != text:
            self.line.setText(text)
            self.line.setCursorPosition(0)

    def _finish(self) -> None:
        text = self.line.text()
        if text != self._shown:
            self._shown = text
            self.say(None if self.spec.optional and not text else text)


class _Lines(QPlainTextEdit):
    """Several lines that say when the focus leaves; Tab goes on to the next control."""

    def __init__(self, owner: LongTextControl) -> None:
        super().__init__()
        self._owner = owner
        self.setTabChangesFocus(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The text is done."""
        super().focusOutEvent(event)
        self._owner.commit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+Enter: the text is done."""
        if (
            event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            and event.modifiers() & Qt.KeyboardModifier.ControlModifier
        ):
            self._owner.commit()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        """Four lines."""
        return QSize(super().sizeHint().width(), self.fontMetrics().lineSpacing() * 4 + 16)

    def minimumSizeHint(self) -> QSize:
        """May be narrow."""
        return QSize(80, self.sizeHint().height())


class LongTextControl(Control):
    """Several lines; the wish is made when typing pauses, on Ctrl+Enter, or when the focus leaves."""

    def __init__(self, spec: FieldSpec, theme: Theme) -> None:
        super().__init__(spec, theme)
        self._shown = ""
        self.lines = _Lines(self)
        self.lines.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(TYPING_PAUSE_MS)
        self._pause.timeout.connect(self.commit)
        self.lines.textChanged.connect(self._typing)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.lines)

    @property
    def busy(self) -> bool:
        """While it is typed into."""
        return self.lines.hasFocus() and self.lines.toPlainText() != self._shown

    def set_value(self, value: Any) -> None:
        """Show a text."""
        if self.busy:
            return
        text = value or ""
        self._shown = text
        if self.lines.toPlainText() != text:
            self.lines.setPlainText(text)
        self._pause.stop()

    def commit(self) -> None:
        """Wish for the text as it is."""
        self._pause.stop()
        text = self.lines.toPlainText()
        if text == self._shown:
            return
        if self.spec.max_len and len(text) > self.spec.max_len:
            self.refused.emit(
                f"{self.spec.label} is {len(text)} characters long: at most {self.spec.max_len} are allowed."
            )
            return
        self._shown = text
        self.say(None if self.spec.optional and not text else text)

    def _typing(self) -> None:
        if self.lines.toPlainText() != self._shown:
            self._pause.start()


class _Swatch(QToolButton):
    """A button that shows a colour."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._color = QColor("#000000")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("part", "choose")

    def set_color(self, color: str, theme: Theme) -> None:
        """Show a colour."""
        self._color, self._theme = QColor(color), theme
        self.update()

    def sizeHint(self) -> QSize:
        """As high as a line."""
        return QSize(self._theme.text_px * 3, self._theme.text_px * 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The colour in a frame; a ring with the focus."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ring = self.hasFocus()
        painter.setPen(QPen(QColor(self._theme.accent if ring else self._theme.control), 2 if ring else 1))
        painter.setBrush(self._color)
        painter.drawRoundedRect(self.rect().adjusted(2, 2, -2, -2), self._theme.radius / 2, self._theme.radius / 2)
        painter.end()


class ColorControl(Control):
    """A swatch that opens the colour dialog, and the colour as ``#RRGGBB``."""

    def __init__(self, spec: FieldSpec, theme: Theme) -> None:
        super().__init__(spec, theme)
        self._value = ""
        self.swatch = _Swatch(theme)
        self.line = QLineEdit()
        self.line.setMaxLength(9)
        self.line.editingFinished.connect(self._finish)
        self.swatch.clicked.connect(self._choose)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.gap(2))
        layout.addWidget(self.swatch)
        layout.addWidget(self.line, 1)

    @property
    def busy(self) -> bool:
        """While it is typed into."""
        return self.line.hasFocus() and self.line.text() != self._value

    def set_value(self, value: Any) -> None:
        """Show a colour."""
        self._value = value or ""
        self.swatch.set_color(self._value or self.theme.ground, self.theme)
        if self.line.text() != self._value:
            self.line.setText(self._value)

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        super().set_theme(theme)
        self.swatch.set_color(self._value or theme.ground, theme)

    def _finish(self) -> None:
        text = self.line.text().strip()
        if text == self._value:
            return
        color = QColor(text if text.startswith("#") else "#" + text)
        if not color.isValid() or len(text.removeprefix("#")) not in (3, 6):
            self.refused.emit(refusal(self.spec, text))
            return
        self._wish(color)

    def _choose(self) -> None:
        dialog = QColorDialog(QColor(self._value), self.window())
        dialog.setWindowTitle(self.spec.label)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.colorSelected.connect(self._wish)
        dialog.open()

    def _wish(self, color: QColor) -> None:
        self.set_value(color.name().upper())
        self.say(self._value)
