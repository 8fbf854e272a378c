"""The numbers behind a picture as tables: to sort, to copy into a spreadsheet or a text, to save."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTableView,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from courseai_lab.ui.panel_view import PanelView, Table

Index = QModelIndex | QPersistentModelIndex
MOST_COPIED = 1_000_000
DIGITS = 6
LOOKED_AT = 500
"""Rows by which a column's decimals are chosen."""
NO_NUMBER = "–"
NOTHING = "This picture has no numbers behind it."


class TableModel(QAbstractTableModel):
    """A table as Qt's views want it: only the cells on screen are ever made into text."""

    def __init__(self, table: Table, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = table
        self._order: Sequence[int] = range(len(table.rows))
        self._decimals: dict[int, int | None] = {}

    @property
    def ordered(self) -> Table:
        """The table in the order that is shown."""
        return Table(self.table.title, self.table.header, [self.table.rows[k] for k in self._order])

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Qt's hook."""
        return 0 if parent.isValid() else len(self.table.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Qt's hook."""
        return 0 if parent.isValid() else len(self.table.header)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt's hook: text, numbers to the right, and all digits as a tip."""
        if not index.isValid():
            return None
        value = self._value(index.row(), index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return shown(value, self._decimals_of(index.column()))
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole) and isinstance(value, float):
            return "no number" if math.isnan(value) else repr(value)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            right = isinstance(value, int | float) and not isinstance(value, bool)
            side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(self, section: int, direction: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt's hook."""
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if direction == Qt.Orientation.Horizontal:
            return str(self.table.header[section])
        return str(self._order[section] + 1)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Qt's hook; a column below 0 is the order in which they came."""
        self.layoutAboutToBeChanged.emit()
        if column < 0:
            self._order = range(len(self.table.rows))
        else:
            keys = [_sort_key(self._cell(row, column)) for row in self.table.rows]
            down = order == Qt.SortOrder.DescendingOrder
            self._order = sorted(range(len(keys)), key=keys.__getitem__, reverse=down)
        self.layoutChanged.emit()

    def _decimals_of(self, column: int) -> int | None:
        """Digits after the point that all of a column gets, so that the points stand below each other."""
        if column not in self._decimals:
            rows = self.table.rows
            some = [self._cell(rows[k], column) for k in range(min(LOOKED_AT, len(rows)))]
            self._decimals[column] = _decimals([v for v in some if isinstance(v, float) and math.isfinite(v)])
        return self._decimals[column]

    def _value(self, row: int, column: int) -> Any:
        return self._cell(self.table.rows[self._order[row]], column)

    @staticmethod
    def _cell(row: Sequence[Any], column: int) -> Any:
        return row[column] if column < len(row) else ""


def _decimals(values: Sequence[float]) -> int | None:
    """As many as six significant digits of each need; None where some are too large or too small for that."""
    texts = [f"{value:.{DIGITS}g}" for value in values]
    if any("e" in text for text in texts):
        return None
    return max((len(text.partition(".")[2]) for text in texts), default=0)


def shown(value: Any, decimals: int | None = None) -> str:
    """A value in a cell, with a true minus sign: six significant digits, or so many ``decimals``."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        if math.isnan(value):
            return NO_NUMBER
        if math.isinf(value):
            return "∞" if value > 0 else "−∞"
        text = f"{value:.{DIGITS}g}" if decimals is None else f"{value:.{decimals}f}"
        return text.replace("-", "−")
    return str(value).replace("-", "−", 1) if isinstance(value, int) else str(value)


def _sort_key(value: Any) -> tuple[int, float, str]:
    """Numbers before texts, what is no number last."""
    if isinstance(value, int | float):
        return (2, 0.0, "") if math.isnan(value) else (0, float(value), "")
    return 1, 0.0, str(value)


def tab_names(tables: Sequence[Table]) -> list[str]:
    """A name for each: its title, or what is in it where several have the same."""
    titles = [table.title for table in tables]
    names = []
    for number, table in enumerate(tables, start=1):
        inside = ", ".join(str(name) for name in table.header[1:3])
        alone = table.title and titles.count(table.title) == 1
        names.append(table.title if alone else inside or f"Table {number}")
    return names


def tsv(table: Table) -> str:
    """With tabs, as spreadsheets take it from the clipboard; all digits."""
    lines = ["\t".join(_plain(cell) for cell in table.header)]
    lines += ["\t".join(_plain(cell) for cell in row) for row in table.rows]
    return "\n".join(lines) + "\n"


def markdown(table: Table) -> str:
    """As a Markdown table; all digits, numbers to the right."""
    first = table.rows[0] if len(table.rows) else ()
    sides = ["---:" if isinstance(cell, int | float) else ":---" for cell in first] or [":---"] * len(table.header)
    lines = [_bars(table.header), f"| {' | '.join(sides)} |", *(_bars(row) for row in table.rows)]
    return "\n".join(lines) + "\n"


def _bars(cells: Sequence[Any]) -> str:
    return "| " + " | ".join(_plain(cell).replace("|", "\\|") for cell in cells) + " |"


def _plain(value: Any) -> str:
    """One line, without tabs."""
    return " ".join(str(value).split())


class ValuesTable(QDialog):
    """A window beside the picture; its numbers are those of the moment it was opened, until "Read again"."""

    def __init__(self, title: str, read: Callable[[], Sequence[Table]], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Values of {title}" if title else "Values")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._name = title or "values"
        self._read = read
        self._tabs = QTabWidget()
        self._tabs.setDocumentMode(True)
        self._tabs.setAccessibleName("Tables")
        self._nothing = QLabel(NOTHING)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._said = QLabel()
        self._said.setProperty("role", "caption")
        self._copy = self._button("Copy", "With tabs, for a spreadsheet", self.copy_tsv)
        self._copy_markdown = self._button("Copy as Markdown", "For a text", self.copy_markdown)
        self._save = self._button("Save CSV…", "This table as a file", self.ask_file)
        self._again = self._button("Read again", "The numbers of the picture as it is now", self.read)
        self._arrange()
        copied = QShortcut(QKeySequence.StandardKey.Copy, self)
        copied.activated.connect(self.copy_tsv)
        self.read()

    @classmethod
    def show_over(cls, view: PanelView, title: str) -> ValuesTable:
        """Open one for all pictures of a view."""
        made = cls(title, view.tables, view)
        made.show()
        return made

    @property
    def tables(self) -> list[Table]:
        """The tables shown, each in the order that is shown."""
        return [self._model(k).ordered for k in range(self._tabs.count())]

    def read(self) -> None:
        """Take the picture's numbers as they are now; the table that was looked at stays in front."""
        front = self._tabs.tabText(self._tabs.currentIndex())
        while self._tabs.count():
            page = self._tabs.widget(0)
            self._tabs.removeTab(0)
            if page is not None:
                page.deleteLater()
        tables = list(self._read())
        for table, name in zip(tables, tab_names(tables), strict=True):
            self._tabs.addTab(self._page(table), name)
        names = [self._tabs.tabText(k) for k in range(len(tables))]
        self._tabs.setCurrentIndex(names.index(front) if front in names else 0)
        self._tabs.setVisible(bool(tables))
        self._nothing.setVisible(not tables)
        for button in (self._copy, self._copy_markdown, self._save):
            button.setEnabled(bool(tables))
        rows = sum(len(table.rows) for table in tables)
        self._said.setText(f"{rows:,} rows in {len(tables)} tables".replace(",", "\u202f") if tables else "")

    def copy_tsv(self) -> None:
        """The table in front to the clipboard, with tabs."""
        self._to_clipboard(tsv, "with tabs")

    def copy_markdown(self) -> None:
        """The table in front to the clipboard, as Markdown."""
        self._to_clipboard(markdown, "as Markdown")

    def ask_file(self) -> None:
        """Ask for a file and write the table in front."""
        name, _ = QFileDialog.getSaveFileName(self, "Save values", f"{self._name}.csv", "Table (*.csv)")
        if name:
            path = Path(name)
            self.save(path if path.suffix else path.with_suffix(".csv"))

    def save(self, path: Path) -> None:
        """Write the table in front as CSV; what goes wrong is said."""
        from courseai_lab.ui.plots.export import csv_text

        table = self._front()
        if table is None:
            return
        try:
            path.write_text(csv_text([table]), encoding="utf-8")
            self._said.setText(f"Saved {len(table.rows)} rows to {path.name}.")
        except OSError as error:
            self._said.setText(f"{path.name} could not be saved: {error.strerror or error}.")

    def sizeHint(self) -> QSize:
        """Room for a few columns."""
        return super().sizeHint().expandedTo(QSize(560, 460))

    def _to_clipboard(self, write: Callable[[Table], str], how: str) -> None:
        table = self._front()
        if table is None:
            return
        if len(table.rows) * len(table.header) > MOST_COPIED:
            self._said.setText("This table has more than a million numbers, too many to copy: save it as CSV.")
            return
        QGuiApplication.clipboard().setText(write(table))
        self._said.setText(f"{len(table.rows)} rows are on the clipboard, {how}.")

    def _front(self) -> Table | None:
        at = self._tabs.currentIndex()
        return self._model(at).ordered if at >= 0 else None

    def _model(self, index: int) -> TableModel:
        page = self._tabs.widget(index)
        assert isinstance(page, QTableView)
        model = page.model()
        assert isinstance(model, TableModel)
        return model

    def _page(self, table: Table) -> QTableView:
        page = QTableView()
        page.setModel(TableModel(table, page))
        page.setAccessibleName(table.title or "Values")
        page.setAlternatingRowColors(False)
        page.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        page.setCornerButtonEnabled(False)
        page.setSortingEnabled(True)
        # As they came, until a heading is clicked.
        page.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        page.horizontalHeader().setSortIndicatorClearable(True)
        page.horizontalHeader().setResizeContentsPrecision(50)
        page.resizeColumnsToContents()
        return page

    def _button(self, words: str, hint: str, run: Callable[[], None]) -> QPushButton:
        button = QPushButton(words)
        button.setToolTip(hint)
        button.setAutoDefault(False)
        button.clicked.connect(run)
        return button

    def _arrange(self) -> None:
        line = QHBoxLayout()
        for button in (self._copy, self._copy_markdown, self._save):
            line.addWidget(button)
        line.addStretch(1)
        line.addWidget(self._again)
        column = QVBoxLayout(self)
        column.addWidget(self._tabs, 1)
        column.addWidget(self._nothing, 1)
        column.addWidget(self._said)
        column.addLayout(line)
