"""The row above the points: snap to the best line, slope and intercept to type."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from courseai_lab.ui.param_form.number import NumberEdit, read_number
from courseai_lab.ui.theme import Theme

LARGEST = 1e9


class Head(QWidget):
    """``best`` was pressed; ``typed`` carries the field, w or b, and its number."""

    best = Signal()
    typed = Signal(str, float)
    refused = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values = {"w": 0.0, "b": 0.0}
        self._steps = {"w": 0.1, "b": 0.1}
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.gap(1), theme.gap(1), theme.gap(1), 0)
        row.setSpacing(theme.gap(2))
        self.button = QPushButton("Best line", self)
        self.button.setToolTip("Snap your line to least squares (on the points that are fitted)")
        self.button.clicked.connect(self.best)
        row.addWidget(self.button)
        self.edits = {}
        for name, words in (("w", "slope w"), ("b", "intercept b")):
            label, edit = QLabel(name, self), NumberEdit(theme, chars=7, parent=self)
            edit.setAccessibleName(f"Your line's {words}")
            edit.setToolTip(f"The {words} of your line, in the units of the data")
            label.setBuddy(edit)
            edit.typed.connect(self._typed)
            edit.nudged.connect(self._nudged)
            row.addWidget(label)
            row.addWidget(edit)
            self.edits[name] = edit
        row.addStretch(1)

    def show_line(self, w: float, b: float, steps: tuple[float, float]) -> None:
        """Show slope and intercept; ``steps``: what an arrow key changes them by."""
        self._values = {"w": w, "b": b}
        self._steps = {"w": steps[0], "b": steps[1]}
        for name, edit in self.edits.items():
            if not edit.edited:
                edit.set_number(float(f"{self._values[name]:.5g}"))

    def _name(self) -> str:
        return next(name for name, edit in self.edits.items() if edit is self.sender())

    def _typed(self, text: str) -> None:
        name, value = self._name(), read_number(text)
        if value is None or abs(value) > LARGEST:
            self.refused.emit(f"{name} is a number from -1e9 to 1e9, not '{text[:20]}'.")
            self.edits[name].set_number(self._values[name])
            return
        self.typed.emit(name, float(value))

    def _nudged(self, steps: int) -> None:
        name = self._name()
        self.typed.emit(name, self._values[name] + steps * self._steps[name])
