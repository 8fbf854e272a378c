"""Controls for small arrays: a vector or matrix as a grid of numbers, points as a table."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from courseai_lab.contract import FieldSpec
from courseai_lab.ui.icons import icon, icon_size
from courseai_lab.ui.param_form.control import Control, refusal, within
from courseai_lab.ui.param_form.number import NumberEdit, read_number, write_number
from courseai_lab.ui.theme import Theme

VECTOR_COLUMNS = 4
MAX_GRID = 64
_ROWS_SHOWN = 5

Rows = list[list[float]]


def small_button(name: str, tip: str, theme: Theme) -> QToolButton:
    """A button with an icon only, for adding and removing."""
    button = QToolButton()
    button.setProperty("icon_name", name)
    button.setIcon(icon(name, theme))
    button.setIconSize(icon_size(theme))
    button.setToolTip(tip)
    button.setProperty("part", tip.lower())
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button


class _ArrayControl(Control):
    """What vectors, matrices and points share: rows of numbers, add and remove within the allowed lengths."""

    def __init__(self, spec: FieldSpec, theme: Theme) -> None:
        super().__init__(spec, theme)
        self.rows: Rows = []
        self.add = small_button("plus", self._words("Add"), theme)
        self.remove = small_button("minus", self._words("Remove"), theme)
        self.add.clicked.connect(self._add)
        self.remove.clicked.connect(self._remove)
        self.head = QWidget()
        line = QHBoxLayout(self.head)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(0)
        line.addWidget(self.add)
        line.addWidget(self.remove)
        fixed = spec.min_len is not None and spec.min_len == spec.max_len
        self.add.setVisible(not fixed)
        self.remove.setVisible(not fixed)

    @property
    def flat(self) -> bool:
        """Whether the value is a vector: one number a row here."""
        return self.spec.kind == "vector"

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        super().set_theme(theme)
        for button in (self.add, self.remove):
            button.setIcon(icon(str(button.property("icon_name")), theme))
            button.setIconSize(icon_size(theme))

    def set_value(self, value: Any) -> None:
        """Show the numbers."""
        if not self.busy:
            self._show(value)

    def _show(self, value: Any) -> None:
        rows = [[v] for v in value] if self.flat else [list(row) for row in value]
        self.rows = rows
        self.show_rows()
        self.add.setEnabled(self.spec.max_len is None or len(rows) < self.spec.max_len)
        self.remove.setEnabled(len(rows) > (self.spec.min_len or 0))

    def show_rows(self) -> None:
        """Bring the widgets in line with ``rows``."""
        raise TypeError(f"{type(self).__name__} must define show_rows()")

    def put(self, row: int, column: int, text: str, *, nudged: bool = False) -> bool:
        """Take a typed number; False when it is refused."""
        value = read_number(text, self.spec.ui.unit)
        if value is None or not self._inside(value):
            self.refused.emit(refusal(self.spec, text))
            return False
        whole = isinstance(self.rows[row][column], int)
        self.rows[row][column] = value if whole else float(value)
        self.say(self._value(), nudged=nudged)
        return True

    def chosen_row(self) -> int:
        """The row that "remove" takes away."""
        return len(self.rows) - 1

    def _inside(self, value: float) -> bool:
        return self.spec.lo is None or within(self.spec, value)

    def _words(self, verb: str) -> str:
        return f"{verb} " + {"vector": "number", "matrix": "row", "points": "point"}[self.spec.kind]

    def _add(self) -> None:
        new: list[float] = list(self.rows[-1]) if self.rows else ([0.0] if self.flat else [0.0, 0.0])
        self.rows = [*self.rows, new]
        self._wish()

    def _remove(self) -> None:
        if self.rows:
            at = self.chosen_row()
            self.rows = [row for index, row in enumerate(self.rows) if index != at]
            self._wish()

    def _value(self) -> tuple[Any, ...]:
        return tuple(row[0] for row in self.rows) if self.flat else tuple(tuple(row) for row in self.rows)

    def _wish(self) -> None:
        value = self._value()
        self._show(value)
        self.say(value)


class GridControl(_ArrayControl):
    """A vector or a small matrix: one number field for each entry."""

    def __init__(self, spec: FieldSpec, theme: Theme) -> None:
        super().__init__(spec, theme)
        self.cells: list[NumberEdit] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(theme.gap(1))

    @property
    def busy(self) -> bool:
        """While it is typed into."""
        return any(cell.edited for cell in self.cells)

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        super().set_theme(theme)
        for cell in self.cells:
            cell.set_theme(theme)

    def show_rows(self) -> None:
        """One field for each number; fields that are there already are kept, so the focus stays."""
        places = [(r, c) for r, row in enumerate(self.rows) for c in range(len(row))]
        while len(self.cells) > len(places):
            self.cells.pop().deleteLater()
        while len(self.cells) < len(places):
            cell = NumberEdit(self.theme, chars=5)
            cell.typed.connect(self._typed)
            cell.nudged.connect(self._nudged)
            cell.setAccessibleDescription(self.accessibleDescription())
            self.cells.append(cell)
        for index, (cell, (r, c)) in enumerate(zip(self.cells, places, strict=True)):
            at = divmod(index, VECTOR_COLUMNS) if self.flat else (r, c)
            cell.setProperty("part", f"number {index + 1}" if self.flat else f"row {r + 1}, column {c + 1}")
            cell.setAccessibleName(f"{self.spec.label}, {cell.property('part')}")
            self._grid.addWidget(cell, *at)
            before = self.cells[index - 1] if index else self.remove
            if before.window() is cell.window():
                QWidget.setTabOrder(before, cell)
            cell.set_number(self.rows[r][c])

    def _place(self, cell: NumberEdit) -> tuple[int, int]:
        index = self.cells.index(cell)
        for r, row in enumerate(self.rows):
            if index < len(row):
                return r, index
            index -= len(row)
        raise IndexError(index)

    def _typed(self, text: str) -> None:
        cell = self.sender()
        assert isinstance(cell, NumberEdit)
        row, column = self._place(cell)
        if self.put(row, column, text):
            cell.set_number(self.rows[row][column])

    def _nudged(self, steps: int) -> None:
        cell = self.sender()
        assert isinstance(cell, NumberEdit)
        row, column = self._place(cell)
        value = self.rows[row][column]
        size = self.spec.ui.step or (1 if isinstance(value, int) else 0.1)
        if self.put(row, column, repr(round(value + steps * size, 10)), nudged=True):
            cell.set_number(self.rows[row][column])


class _Table(QTableWidget):
    """A table of two columns, a few rows high."""

    def sizeHint(self) -> QSize:
        """The header and up to five rows."""
        rows = min(max(self.rowCount(), 2), _ROWS_SHOWN)
        height = self.horizontalHeader().sizeHint().height() + rows * self.verticalHeader().defaultSectionSize() + 4
        return QSize(160, height)

    def minimumSizeHint(self) -> QSize:
        """As high as its hint."""
        return QSize(120, self.sizeHint().height())


class TableControl(_ArrayControl):
    """Points, or a matrix too large for a grid: a table that scrolls in itself. Delete removes the row."""

    def __init__(self, spec: FieldSpec, theme: Theme) -> None:
        super().__init__(spec, theme)
        self.table = _Table()
        self.table.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.AnyKeyPressed
            | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectItems)
        self.table.setTabKeyNavigation(False)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.table.itemChanged.connect(self._edited)
        self._filling = False
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.table)

    @property
    def busy(self) -> bool:
        """While a cell is typed into."""
        return self.table.state() == QAbstractItemView.State.EditingState

    def show_rows(self) -> None:
        """Fill the table."""
        self._filling = True
        columns = max((len(row) for row in self.rows), default=1 if self.flat else 2)
        self.table.setRowCount(len(self.rows))
        self.table.setColumnCount(columns)
        names = ["x", "y"] if self.spec.kind == "points" else [str(c + 1) for c in range(columns)]
        self.table.setHorizontalHeaderLabels(names)
        for r, row in enumerate(self.rows):
            for c, value in enumerate(row):
                item = QTableWidgetItem(write_number(value))
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.table.setItem(r, c, item)
        self._filling = False
        self.table.updateGeometry()

    def chosen_row(self) -> int:
        """The current row, else the last."""
        row = self.table.currentRow()
        return row if 0 <= row < len(self.rows) else len(self.rows) - 1

    def _edited(self, item: QTableWidgetItem) -> None:
        if not self._filling and not self.put(item.row(), item.column(), item.text()):
            self._filling = True
            item.setText(write_number(self.rows[item.row()][item.column()]))
            self._filling = False


def array_control(spec: FieldSpec, theme: Theme) -> Control:
    """A grid for what is small by default, else a table."""
    if spec.kind == "points":
        return TableControl(spec, theme)
    default = spec.default or ()
    count = len(default) if spec.kind == "vector" else sum(len(row) for row in default)
    wide = spec.kind == "matrix" and any(len(row) > 5 for row in default)
    return TableControl(spec, theme) if count > MAX_GRID or wide else GridControl(spec, theme)
