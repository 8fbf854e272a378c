"""A preview of a table: its first rows, how it was read, and which column is what."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from courseai_lab.ui.theme import Theme

MAX_SPEC = 400
ROWS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class TablePreview:
    """A file's name, the ``names`` of its columns, its first ``rows`` as texts, and which columns hold numbers only.

    ``facts``: how many rows there are and how the file was read, a phrase each. ``lines``: of the rows in the file.
    """

    name: str
    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    numeric: tuple[bool, ...]
    facts: tuple[str, ...]


def columns_text(names: Sequence[str], chosen: Sequence[int]) -> str:
    """Chosen columns as a parameter holds them: by name, or by number where a name would not be found again."""
    parts = [names[k] for k in chosen]
    plain = all(part and part == part.strip() and not part.isdigit() and names.count(part) == 1 for part in parts)
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(parts)
    if plain and len(out.getvalue()) <= MAX_SPEC and "\n" not in out.getvalue():
        return out.getvalue()
    return ",".join(str(k + 1) for k in chosen)


def likely_columns(preview: TablePreview, roles: Sequence[str], word_role: str = "") -> tuple[int, ...]:
    """The first columns that fit: numbers for each role, and for the role that may hold words those with the fewest."""
    free = list(range(len(preview.names)))
    out: dict[str, int] = {}
    for role in sorted(roles, key=lambda one: one == word_role):
        wanted = [k for k in free if preview.numeric[k] != (role == word_role)] or free or [0]
        if role == word_role:
            wanted.sort(key=lambda k: len({row[k] for row in preview.rows}))
        out[role] = wanted[0]
        if wanted[0] in free:
            free.remove(wanted[0])
    return tuple(out[role] for role in roles)


class TableImport(QDialog):
    """Choose the column for each role; ``chosen(text)`` gives them as ``columns_text`` writes them."""

    chosen = Signal(str)

    def __init__(
        self,
        preview: TablePreview,
        roles: Sequence[str],
        start: Sequence[int],
        word_role: str,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Columns of {preview.name}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._preview, self._roles, self._word_role, self._theme = preview, tuple(roles), word_role, theme
        facts = QLabel(". ".join(fact[:1].upper() + fact[1:] for fact in preview.facts) + ".", self)
        facts.setWordWrap(True)
        self.table = self._table()
        self.boxes = [self._box(role, column) for role, column in zip(self._roles, start, strict=True)]
        form = QFormLayout()
        for role, box in zip(self._roles, self.boxes, strict=True):
            form.addRow(role, box)
        self.problem = QLabel(self)
        self.problem.setProperty("role", "error")
        self.problem.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        # Some systems' styles draw an icon on it, in colours of their own.
        buttons.button(QDialogButtonBox.StandardButton.Cancel).setIcon(QIcon())
        self.use = QPushButton("Use these columns", self)
        buttons.addButton(self.use, QDialogButtonBox.ButtonRole.AcceptRole)
        self.use.setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.gap(3))
        layout.addWidget(facts)
        layout.addWidget(self.table, 1)
        layout.addLayout(form)
        layout.addWidget(self.problem)
        layout.addWidget(buttons)
        self.resize(theme.text_px * 44, theme.text_px * 38)
        self._check()
        self.boxes[0].setFocus()

    @property
    def columns(self) -> tuple[int, ...]:
        """The column of each role, from 0."""
        return tuple(box.currentIndex() for box in self.boxes)

    def accept(self) -> None:
        """Say what was chosen, and go."""
        if not self.problem.text():
            self.chosen.emit(columns_text(self._preview.names, self.columns))
            super().accept()

    def _table(self) -> QTableWidget:
        preview = self._preview
        shown = preview.rows[:ROWS_SHOWN]
        table = QTableWidget(len(shown), len(preview.names), self)
        table.setAccessibleName("First rows")
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        table.setTabKeyNavigation(False)
        table.setVerticalHeaderLabels([f"line {line}" for line in preview.lines[: len(shown)]])
        for row, cells in enumerate(shown):
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                side = Qt.AlignmentFlag.AlignRight if preview.numeric[column] else Qt.AlignmentFlag.AlignLeft
                item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
                table.setItem(row, column, item)
        return table

    def _box(self, role: str, column: int) -> QComboBox:
        box = QComboBox(self)
        box.setAccessibleName(f"Column of {role}")
        for k, name in enumerate(self._preview.names):
            box.addItem(f"{k + 1}: {name}" + ("" if self._preview.numeric[k] else " (words)"))
        box.setCurrentIndex(column)
        box.currentIndexChanged.connect(self._check)
        return box

    def _check(self) -> None:
        """Say which choice cannot be; mark the chosen columns in the table's header."""
        wrong = ""
        for role, column in zip(self._roles, self.columns, strict=True):
            if not self._preview.numeric[column] and role != self._word_role:
                name = self._preview.names[column]
                wrong = f"The column {name} does not hold numbers only; {role} needs a column of numbers."
                break
        self.problem.setText(wrong)
        self.problem.setVisible(bool(wrong))
        self.use.setEnabled(not wrong)
        labels = []
        for k, name in enumerate(self._preview.names):
            used = [role for role, column in zip(self._roles, self.columns, strict=True) if column == k]
            labels.append(f"{name}\n{', '.join(used) or '–'}")
        self.table.setHorizontalHeaderLabels(labels)
        self.table.resizeColumnsToContents()
