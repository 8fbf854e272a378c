"""An editable number: shown as people read numbers, read as people type them."""

from __future__ import annotations

import math
import re
from numbers import Integral

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QWidget

from courseai_lab.ui.numbers import MINUS, fmt
from courseai_lab.ui.theme import Theme, text_font

DIGITS = 6
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_POWER = re.compile(r"[×x*]10\^?([⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+|[-+]?\d+)$")
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_SPACES = dict.fromkeys(map(ord, "\u202f\u2009\u2007\u2008\u00a0 \t_'"))


def read_number(text: str, unit: str = "") -> float | int | None:
    """The number that ``text`` writes (``1e-3``, ``1×10⁻³``, true minus, grouped digits, its unit), or None.

    Whole numbers without point or exponent stay integers of any size.
    """
    text = text.strip().removesuffix(unit).translate(_SPACES).replace(MINUS, "-")
    power = _POWER.search(text)
    if power is not None:
        text = text[: power.start()] + "e" + power.group(1).translate(_SUPERSCRIPTS)
    if len(text) > 400 or not _NUMBER.fullmatch(text):
        return None
    if re.fullmatch(r"[-+]?\d+", text):
        return int(text)
    value = float(text)
    return value if math.isfinite(value) else None


def write_number(value: float | int, unit: str = "") -> str:
    """The text of a value in its field: up to six digits, or as many as it takes to mean exactly this value."""
    for digits in (DIGITS, 9, 12, 17):
        text = fmt(value, digits, unit, trim=True)
        if isinstance(value, Integral) or read_number(text, unit) == value:
            return text
    return text


class NumberEdit(QLineEdit):
    """A line for one number. ``typed(text)`` on Enter or when the focus leaves, after a change by the user.

    Up, Down and the Page keys (and the wheel, with the focus) ask for ``nudged(steps)``. Escape takes typing back.
    """

    typed = Signal(str)
    nudged = Signal(int)

    def __init__(self, theme: Theme, unit: str = "", chars: int = 8, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._unit = unit
        self._chars = chars
        self._shown = ""
        self._theme = theme
        # A file that is dropped here is meant for the panel, and its name is no number.
        self.setAcceptDrops(False)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.editingFinished.connect(self._finish)

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self._theme = theme
        self.updateGeometry()

    def set_number(self, value: float | int | None) -> None:
        """Show a value (None: empty); emits nothing."""
        self.set_shown("" if value is None else write_number(value, self._unit))

    def set_shown(self, text: str) -> None:
        """Show a text as it is; emits nothing."""
        self._shown = text
        if self.text() != text:
            self.setText(text)
            self.setCursorPosition(0)

    @property
    def edited(self) -> bool:
        """Whether the user is in the middle of typing."""
        return self.hasFocus() and self.text() != self._shown

    def sizeHint(self) -> QSize:
        """Room for the digits and the unit."""
        measure = QFontMetricsF(text_font(self._theme))
        unit = measure.horizontalAdvance(" " + self._unit) if self._unit else 0
        width = measure.horizontalAdvance("0") * self._chars + unit + self._theme.gap(4) + 8
        return QSize(round(width), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Room for four digits."""
        measure = QFontMetricsF(text_font(self._theme))
        return QSize(round(measure.horizontalAdvance("0") * 4) + self._theme.gap(4) + 4, self.sizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Nudge by arrows and pages; Escape takes the typing back."""
        steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1, Qt.Key.Key_PageUp: 10, Qt.Key.Key_PageDown: -10}
        key = Qt.Key(event.key())
        if key in steps:
            self._finish()
            self.nudged.emit(steps[key])
        elif key == Qt.Key.Key_Escape and self.text() != self._shown:
            self.setText(self._shown)
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Count only with the focus."""
        turned = event.angleDelta().y()
        if self.hasFocus() and turned:
            self.nudged.emit(1 if turned > 0 else -1)
            event.accept()
        else:
            event.ignore()

    def event(self, event: QEvent) -> bool:
        """Keep the keys it uses from the window's shortcuts."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if not event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
                keys = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Space)
                if event.key() in keys:
                    event.accept()
                    return True
        return super().event(event)

    def _finish(self) -> None:
        if self.text() != self._shown:
            self._shown = self.text()
            self.typed.emit(self.text())
