"""The popover of the three random seeds."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QToolButton, QWidget

from courseai_lab.contract import Patch, Seeds
from courseai_lab.contract.ctx import MAX_SEED, STREAM_WORDS, STREAMS, Stream
from courseai_lab.ui.icons import icon, icon_size
from courseai_lab.ui.param_form.number import NumberEdit, read_number
from courseai_lab.ui.theme import Theme

TIPS: dict[Stream, str] = {
    "data": "The examples that are drawn.",
    "init": "The weights that training starts from.",
    "sample": "Noise, minibatches and samples on top.",
}
_NEW_BELOW = 10_000
_COLUMNS = 3


class SeedsPopover(QFrame):
    """A number for each seed that matters, "new" for another one, and what people do with them in a word each."""

    wished = Signal(object)
    """A ``Patch`` of seeds."""
    again_asked = Signal()
    opening = Signal()
    """It is about to be shown: the moment to say which streams matter (``set_streams``)."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("role", "card")
        self._seeds = Seeds()
        self.edits: dict[str, NumberEdit] = {}
        self.new_buttons: dict[str, QToolButton] = {}
        self._labels: dict[str, QLabel] = {}
        self._streams: tuple[Stream, ...] = STREAMS
        self._grid = QGridLayout(self)
        self.head = QLabel("Random seeds")
        self.head.setProperty("role", "title")
        self._grid.addWidget(self.head, 0, 0, 1, _COLUMNS)
        for row, name in enumerate(STREAMS, 1):
            self._add(row, name, theme)
        self.note = QLabel()
        self.note.setProperty("role", "caption")
        self.error = QLabel()
        self.error.setProperty("role", "error")
        self.again = self._button("Same again", "Run again with the same seeds: everything comes out the same.")
        self.again.clicked.connect(self.again_asked)
        self.new_noise = self._button("New noise", "Another chance seed; data and starting weights stay.")
        self.new_noise.clicked.connect(lambda: self._wish_new(("sample",)))
        self.new_data = self._button("New data", "Another data seed; starting weights and chance stay.")
        self.new_data.clicked.connect(lambda: self._wish_new(("data",)))
        self.all_new = self._button("All new", "New numbers for all of these.")
        self.all_new.clicked.connect(lambda: self._wish_new(self._streams))
        parts = (self.note, self.error, self.again, self.new_noise, self.new_data, self.all_new)
        for row, part in enumerate(parts, len(STREAMS) + 1):
            self._grid.addWidget(part, row, 0, 1, _COLUMNS)
        for words in (self.note, self.error):
            words.setWordWrap(True)
            words.hide()
        self.set_streams(STREAMS)
        self.set_theme(theme)

    def set_streams(self, streams: Sequence[Stream]) -> None:
        """Offer only the seeds that change something here."""
        self._streams = tuple(streams)
        for name, edit in self.edits.items():
            for part in (self._labels[name], edit, self.new_buttons[name]):
                part.setVisible(name in self._streams)
        self.new_noise.setVisible("sample" in self._streams)
        self.new_noise.setText("New noise, same network" if "init" in self._streams else "New noise")
        self.new_data.setVisible("data" in self._streams)
        self.new_data.setText("New data, same network" if "init" in self._streams else "New data")
        self.all_new.setVisible(len(self._streams) > 1)
        self.note.setText(_left_out(self._streams))
        self.note.setVisible(bool(self.note.text()))

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
        self.opening.emit()
        self.adjustSize()
        at = anchor.mapToGlobal(QPoint(anchor.width() - self.width(), anchor.height()))
        screen = anchor.screen().availableGeometry()
        at.setX(max(screen.left(), min(at.x(), screen.right() - self.width())))
        at.setY(min(at.y(), screen.bottom() - self.height()))
        self.move(at)
        self.show()
        first = self.edits[self._streams[0]] if self._streams else self.again
        first.setFocus()

    def _button(self, words: str, tip: str) -> QPushButton:
        button = QPushButton(words)
        button.setToolTip(tip)
        return button

    def _add(self, row: int, name: Stream, theme: Theme) -> None:
        words, tip = STREAM_WORDS[name], TIPS[name]
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
        self._labels[name] = label
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

    def _wish_new(self, streams: Sequence[Stream]) -> None:
        self._wish({name: new_seed() for name in streams})

    def _wish(self, seeds: dict[str, int]) -> None:
        self.error.hide()
        self.wished.emit(Patch(seeds=seeds))


def _left_out(streams: Sequence[Stream]) -> str:
    """Which seeds change nothing here, in a sentence."""
    without = [STREAM_WORDS[name].lower() for name in STREAMS if name not in streams]
    if not without:
        return ""
    if not streams:
        return "Nothing here is left to chance: every run comes out the same."
    return f"The seed of {' and of '.join(without)} changes nothing here."


def new_seed() -> int:
    """A number short enough to be read aloud; which one it is is up to chance."""
    return secrets.randbelow(_NEW_BELOW)
