"""A small field over one cell of a picture or a matrix, in which its number is typed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QDoubleValidator, QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from courseai_lab.panels.convolution.paint import cell_text


class CellEditor(QLineEdit):
    """Opens over a cell; Enter or leaving takes the number, Esc does not."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._page = parent
        self._take: Callable[[float], None] | None = None
        self._before = ""
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setValidator(QDoubleValidator(-1e6, 1e6, 6, self))
        self.setAccessibleName("Number of this cell")
        self.returnPressed.connect(self._finish)
        self.hide()

    def open_at(self, rect: QRectF, value: float, take: Callable[[float], None]) -> None:
        """Show it over ``rect`` of the parent with a value; ``take`` gets the number typed."""
        self._take = take
        wide = max(rect.width(), self.fontMetrics().horizontalAdvance("−0.0000") + 16.0)
        high = max(rect.height(), self.sizeHint().height() * 1.0)
        left = min(max(rect.center().x() - wide / 2, 0.0), max(self._page.width() - wide, 0.0))
        top = min(max(rect.center().y() - high / 2, 0.0), max(self._page.height() - high, 0.0))
        self.setGeometry(round(left), round(top), round(wide), round(high))
        self._before = cell_text(value).replace("−", "-")
        self.setText(self._before)
        self.selectAll()
        self.show()
        self.raise_()
        self.setFocus()

    def close_editor(self) -> None:
        """Forget what is typed."""
        self._take = None
        self.hide()

    def _finish(self) -> None:
        take, self._take = self._take, None
        text = self.text().replace("−", "-").replace(",", ".")
        self.hide()
        if take is None or text == self._before:
            return
        try:
            value = float(text)
        except ValueError:
            return
        if abs(value) <= 1e6:
            take(value)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc: as it was."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_editor()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Leaving it takes the number."""
        super().focusOutEvent(event)
        self._finish()
