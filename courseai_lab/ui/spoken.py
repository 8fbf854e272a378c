"""What a picture says to a screen reader: title, axes, ranges, number of points, first and last values.

The text is made when somebody may hear it: as a picture gets the keyboard, and, while a screen reader is on, at most
once a second after it has been drawn. Never for every frame.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QWidget

from courseai_lab.ui.numbers import fmt
from courseai_lab.ui.panel_view import PanelView, Table

LATER_MS = 1000
MOST_TABLES, MOST_COLUMNS = 6, 4
MOST_CHARACTERS = 3000


def describe(tables: Sequence[Table]) -> str:
    """Tables in words; "" for none. A table of one row is read out, of a longer one its ranges and ends."""
    said = [text for table in tables[:MOST_TABLES] if (text := _table(table))]
    rest = len(tables) - MOST_TABLES
    if rest > 0:
        said.append(f"And {rest} more; 'Values as table' shows all.")
    return " ".join(said)


def _table(table: Table) -> str:
    count = len(table.rows)
    head = f"{table.title}: " if table.title else ""
    if count == 0:
        return f"{head}no values."
    if count == 1:
        return f"{head}{_row(table, 0)}."
    columns = table.header[:MOST_COLUMNS]
    ranges = [text for k, name in enumerate(columns) if (text := _range(str(name), table.rows, k))]
    about = f", {', '.join(ranges)}" if ranges else ""
    return f"{head}{count} rows{about}; first {_row(table, 0)}; last {_row(table, count - 1)}."


def _row(table: Table, index: int) -> str:
    row = list(table.rows[index])
    pairs = [f"{name} {_value(value)}" for name, value in zip(table.header[:MOST_COLUMNS], row, strict=False)]
    return ", ".join(pairs)


def _range(name: str, rows: Sequence[Sequence[Any]], column: int) -> str:
    values = [row[column] for row in rows if column < len(row)]
    numbers = [float(v) for v in values if isinstance(v, int | float) and math.isfinite(v)]
    if len(numbers) < 2:
        return ""
    return f"{name} from {fmt(min(numbers))} to {fmt(max(numbers))}"


def _value(value: Any) -> str:
    return fmt(value) if isinstance(value, float) else str(value)


class Spoken(QObject):
    """Keeps the accessible descriptions of one view's pictures; lives as long as the view."""

    def __init__(self, view: PanelView) -> None:
        super().__init__(view)
        self._view = view
        self._watched: WeakSet[QWidget] = WeakSet()
        self._said: WeakKeyDictionary[QWidget, tuple[str, str]] = WeakKeyDictionary()
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(LATER_MS)
        self._later.timeout.connect(self.describe_all)
        self._watch()

    def touch(self) -> None:
        """The view has drawn another frame."""
        if QAccessible.isActive() and not self._later.isActive():
            self._watch()
            self._later.start()

    def describe_all(self) -> None:
        """Bring every visible picture's description up to date."""
        for widget in self._pictures():
            self._describe(widget)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A picture that gets the keyboard says what it shows now."""
        if event.type() == QEvent.Type.FocusIn and isinstance(watched, QWidget):
            self._describe(watched)
        elif event.type() == QEvent.Type.Hide and watched is self._view:
            self._later.stop()
        elif event.type() == QEvent.Type.Show and watched is self._view:
            self._watch()
        return False

    def _watch(self) -> None:
        for widget in (self._view, *self._pictures(hidden=True)):
            if widget not in self._watched:
                self._watched.add(widget)
                widget.installEventFilter(self)

    def _pictures(self, hidden: bool = False) -> Iterator[QWidget]:
        for child in self._view.findChildren(QWidget):
            if callable(getattr(child, "table", None)) and (hidden or child.isVisibleTo(self._view)):
                yield child

    def _describe(self, widget: QWidget) -> None:
        make = getattr(widget, "table", None)
        if not callable(make):
            return
        now = widget.accessibleDescription()
        own, mine = self._said.get(widget, ("", ""))
        # What the picture says of itself comes first; it may have said something new since.
        own = own if now == mine else now
        text = f"{own} {describe(make())}".strip()[:MOST_CHARACTERS]
        self._said[widget] = (own, text)
        if text != now:
            widget.setAccessibleDescription(text)
