"""A line to type a number into, over a cell."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

LEAST_WIDTH = 84


class CellEditor(QLineEdit):
    """``finished`` carries what was typed, or None when Esc changed nothing."""

    finished = Signal(object)

    def __init__(self, text: str, cell: QRectF, parent: QWidget, *, replace: bool) -> None:
        super().__init__(text, parent)
        wide = max(round(cell.width()), LEAST_WIDTH)
        tall = max(round(cell.height()), self.sizeHint().height())
        left = min(max(round(cell.center().x() - wide / 2), 0), max(parent.width() - wide, 0))
        self.setGeometry(left, round(cell.center().y() - tall / 2), wide, tall)
        self.setAccessibleName("Number of the cell")
        if replace:
            self.selectAll()
        self.returnPressed.connect(self._commit)
        self.show()
        self.setFocus()

    def _commit(self) -> None:
        self.finished.emit(self.text().strip() or "0")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc leaves the cell as it was."""
        if event.key() == Qt.Key.Key_Escape:
            self.finished.emit(None)
            return
        super().keyPressEvent(event)
