"""Colours of the functions, the same on every page, and a table in those colours."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from courseai_lab.ui.panel_view import Table
from courseai_lab.ui.plots.series import Dash
from courseai_lab.ui.theme import Theme, text_font

# Eight colours for thirteen functions: kin share a colour and differ by their dashes.
PAINT: MappingProxyType[str, tuple[str, Dash]] = MappingProxyType(
    {
        "identity": ("muted", "solid"),
        "sigmoid": ("class0", "solid"),
        "tanh": ("class1", "solid"),
        "relu": ("class2", "solid"),
        "leaky_relu": ("class2", "dashed"),
        "elu": ("class3", "solid"),
        "selu": ("class3", "dashed"),
        "gelu": ("class4", "solid"),
        "gelu_tanh": ("class4", "dotted"),
        "silu": ("class5", "solid"),
        "mish": ("class6", "solid"),
        "softplus": ("class7", "solid"),
        "own": ("text", "solid"),
    }
)


class FunctionTable(QTableWidget):
    """One row for each function: its name in its colour, then numbers as text."""

    def __init__(self, title: str, theme: Theme, parent: QWidget) -> None:
        super().__init__(0, 0, parent)
        self._theme = theme
        self._title = title
        self._header: tuple[str, ...] = ()
        self.setAccessibleName(title)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setFrameShape(QTableWidget.Shape.NoFrame)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        header.setMinimumSectionSize(20)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme; the cells come with the next frame."""
        self._theme = theme
        self.setRowCount(0)
        font = text_font(theme, theme.caption_px)
        self.setFont(font)
        self.horizontalHeader().setFont(font)
        self.verticalHeader().setDefaultSectionSize(round(theme.caption_px * 1.9))

    def show_rows(self, header: Sequence[str], ids: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """``header`` names the columns, ``ids`` the functions, ``rows`` their cells, the label first."""
        self.setColumnCount(len(header))
        self.setHorizontalHeaderLabels(list(header))
        self.setRowCount(len(rows))
        font = text_font(self._theme, self._theme.caption_px)
        for row, (name, cells) in enumerate(zip(ids, rows, strict=True)):
            for column, text in enumerate(cells):
                item = self.item(row, column) or QTableWidgetItem()
                item.setText(text)
                side = Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight
                item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
                item.setForeground(QColor(self._theme.color(PAINT[name][0] if column == 0 else "text")))
                item.setFont(font)
                if self.item(row, column) is None:
                    self.setItem(row, column, item)
        self._header = tuple(header)

    def wanted_height(self) -> int:
        """Pixels for all rows."""
        row = self.verticalHeader().defaultSectionSize()
        return row * (self.rowCount() + 1) + self.horizontalHeader().height() - row + 12

    def table(self) -> list[Table]:
        """The same as values."""
        rows = [
            [item.text() if (item := self.item(r, c)) is not None else "" for c in range(self.columnCount())]
            for r in range(self.rowCount())
        ]
        return [Table(self._title, self._header, rows)] if self._header else []

    def minimumSizeHint(self) -> QSize:
        """Small enough for a narrow dock; it scrolls."""
        return QSize(160, 60)
