"""The popover of the three random seeds."""

from __future__ import annotations

import secrets
from dataclasses import fields

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QToolButton, QWidget

from courseai_lab.contract import Patch, Seeds
from courseai_lab.contract.ctx import MAX_SEED
from courseai_lab.ui.icons import icon, icon_size
from courseai_lab.ui.param_form.number import NumberEdit, read_number
from courseai_lab.ui.theme import Theme

WORDS = {
    "data": ("Data", "The examples that are drawn."),
    "init": ("Start", "The weights that training starts from."),
    "sample": ("Chance", "Noise, minibatches and samples on top."),
}
_NEW_BELOW = 10_000


class SeedsPopover(QFrame):
    """A number for each seed, "new" for another one, and "same again" to repeat the run exactly."""

    wished = Signal(object)
    """A ``Patch`` of seeds."""
    again_asked = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("role", "card")
        self._seeds = Seeds()
        self.edits: dict[str, NumberEdit] = {}
        self.new_buttons: dict[str, QToolButton] = {}
        self._grid = QGridLayout(self)
        for row, field in enumerate(fields(Seeds)):
            self._add(row, field.name, theme)
        self.error = QLabel()
        self.error.setProperty("role", "error")
        self.error.setWordWrap(True)
        self.error.hide()
        self.again = QPushButton("Same again")
        self.again.setToolTip("Run again with the same seeds: everything comes out the same.")
        self.again.clicked.connect(self.again_asked)
        self.all_new = QPushButton("All new")
        self.all_new.setToolTip("New numbers for all three.")
        self.all_new.clicked.connect(lambda: self._wish({field.name: new_seed() for field in fields(Seeds)}))
        rows = len(self.edits)
        self._grid.addWidget(self.error, rows, 0, 1, 3)
        self._grid.addWidget(self.all_new, rows + 1, 0)
        self._grid.addWidget(self.again, rows + 1, 1, 1, 2)
        self.set_theme(theme)

    def set_seeds(self, seeds: Seeds) -> None:
        """Show seeds; emits nothing."""
        self._seeds = seeds
        for name, edit in self.edits.items():
            edit.set_number(getattr(seeds, name))
        self.error.hide()

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self._grid.setContentsMargins(theme.gap(3), theme.gap(3), theme.gap(3), theme.gap(3))
        self._grid.setHorizontalSpacing(theme.gap(2))
        self._grid.setVerticalSpacing(theme.gap(2))
        for edit in self.edits.values():
            edit.set_theme(theme)
        for button in self.new_buttons.values():
            button.setIcon(icon("seed", theme))
            button.setIconSize(icon_size(theme))

    def show_below(self, anchor: QWidget) -> None:
        """Open it under a button, inside the screen."""
        self.adjustSize()
        at = anchor.mapToGlobal(QPoint(anchor.width() - self.width(), anchor.height()))
        screen = anchor.screen().availableGeometry()
        at.setX(max(screen.left(), min(at.x(), screen.right() - self.width())))
        at.setY(min(at.y(), screen.bottom() - self.height()))
        self.move(at)
        self.show()
        self.edits["data"].setFocus()

    def _add(self, row: int, name: str, theme: Theme) -> None:
        words, tip = WORDS[name]
        label = QLabel(words)
        label.setToolTip(tip)
        edit = NumberEdit(theme, chars=10)
        edit.setAccessibleName(f"{words} seed")
        edit.setToolTip(tip)
        edit.typed.connect(lambda text, name=name: self._typed(name, text))
        edit.nudged.connect(lambda steps, name=name: self._nudged(name, steps))
        new = QToolButton()
        new.setToolTip(f"A new number for {words.lower()}")
        new.setAccessibleName(f"New {words.lower()} seed")
        new.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        new.clicked.connect(lambda _on=False, name=name: self._wish({name: new_seed()}))
        for column, widget in enumerate((label, edit, new)):
            self._grid.addWidget(widget, row, column)
        self.edits[name] = edit
        self.new_buttons[name] = new

    def _typed(self, name: str, text: str) -> None:
        value = read_number(text)
        if not isinstance(value, int) or not 0 <= value <= MAX_SEED:
            self.error.setText(f"A seed is a whole number from 0 to {MAX_SEED}.")
            self.error.show()
            self.adjustSize()
            return
        self._wish({name: value})

    def _nudged(self, name: str, steps: int) -> None:
        self._wish({name: min(MAX_SEED, max(0, getattr(self._seeds, name) + steps))})

    def _wish(self, seeds: dict[str, int]) -> None:
        self.error.hide()
        self.wished.emit(Patch(seeds=seeds))


def new_seed() -> int:
    """A number short enough to be read aloud; which one it is is up to chance."""
    return secrets.randbelow(_NEW_BELOW)
