"""The command palette: type a few letters of anything the window can do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

WIDTH, HEIGHT = 640, 420


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of the palette."""

    id: str
    text: str
    hint: str = ""
    keys: str = ""


def score(query: str, text: str) -> int | None:
    """How well ``query`` matches ``text``: None for not at all, higher is better.

    Every letter must occur in order. Of all the ways to place them the best counts: letters at the start of a word and
    letters in a row weigh more, and a short text beats a long one.
    """
    letters = [letter for letter in query.lower() if not letter.isspace()]
    lower = text.lower()
    starts = [i == 0 or not lower[i - 1].isalnum() for i in range(len(lower))]
    best: dict[int, int] = {-1: 0}
    for letter in letters:
        places = [i for i, other in enumerate(lower) if other == letter]
        best = {
            place: max(
                worth + (8 if place == before + 1 else -min(place - before, 8)) + (10 if starts[place] else 0)
                for before, worth in best.items()
                if before < place
            )
            for place in places
            if any(before < place for before in best)
        }
        if not best:
            return None
    return max(best.values()) * 4 - len(text) // 8


def rank(query: str, choices: Sequence[Choice]) -> list[Choice]:
    """The choices that match, best first; all of them, in their order, for an empty query."""
    if not query.strip():
        return list(choices)
    scored = [(max(_scores(query, c), default=None), c) for c in choices]
    found = [(s, c) for s, c in scored if s is not None]
    return [c for _, c in sorted(found, key=lambda pair: -pair[0])]


def _scores(query: str, choice: Choice) -> list[int]:
    named = score(query, choice.text)
    hinted = score(query, choice.hint) if choice.hint else None
    return [s for s in (named, None if hinted is None else hinted - 40) if s is not None]


class Palette(QFrame):
    """An overlay near the top of its parent; ``chosen`` carries the id. Esc or losing focus closes it."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("palette")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self._choices: Sequence[Choice] = ()
        self._edit = QLineEdit(self)
        self._edit.setPlaceholderText("Type a command, a panel or a preset")
        self._edit.setAccessibleName("Command palette")
        self._list = QListWidget(self)
        self._list.setAccessibleName("Commands found")
        self._list.setUniformItemSizes(True)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._empty = QLabel("Nothing matches. Fewer letters find more.", self)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.addWidget(self._edit)
        layout.addWidget(self._list, 1)
        layout.addWidget(self._empty, 1)
        self._edit.textChanged.connect(self._filter)
        self._edit.installEventFilter(self)
        self._list.itemClicked.connect(self._take)
        self.hide()

    def open(self, choices: Sequence[Choice]) -> None:
        """Show the palette over these choices."""
        self._choices = choices
        parent = self.window()
        width = min(WIDTH, parent.width() - 32)
        self.setGeometry((parent.width() - width) // 2, 48, width, min(HEIGHT, parent.height() - 96))
        self._edit.clear()
        self._filter("")
        self.show()
        self.raise_()
        self._edit.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows move in the list while the typing goes on; Enter takes, Esc closes."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            key = event.key()
            if key in (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
                step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}[
                    Qt.Key(key)
                ]
                last = self._list.count() - 1
                self._list.setCurrentRow(max(0, min(last, self._list.currentRow() + step)))
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._take(self._list.currentItem())
                return True
            if key == Qt.Key.Key_Escape:
                self.hide()
                return True
        if event.type() == QEvent.Type.FocusOut:
            self.hide()
        return super().eventFilter(watched, event)

    def _filter(self, query: str) -> None:
        self._list.clear()
        for choice in rank(query, self._choices)[:200]:
            line = choice.text + (f"    {choice.keys}" if choice.keys else "")
            item = QListWidgetItem(line)
            item.setToolTip(choice.hint)
            item.setData(Qt.ItemDataRole.UserRole, choice.id)
            self._list.addItem(item)
        self._list.setCurrentRow(0)
        self._list.setVisible(self._list.count() > 0)
        self._empty.setVisible(self._list.count() == 0)

    def _take(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.hide()
            self.chosen.emit(item.data(Qt.ItemDataRole.UserRole))
