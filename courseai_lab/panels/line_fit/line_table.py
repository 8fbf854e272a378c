"""The lines in numbers: slope, intercept and every measure of each."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QFont, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from courseai_lab.ui.numbers import fmt
from courseai_lab.ui.panel_view import Table
from courseai_lab.ui.theme import text_font

if TYPE_CHECKING:
    from courseai_lab.panels.line_fit.frame import Frame
    from courseai_lab.panels.line_fit.params import LineLook, LineParams
    from courseai_lab.ui.theme import Theme

HEADER = ("", "w", "b", "MSE", "MAE", "Huber", "R²", "held out")
MEANING = (
    "The lines of the picture",
    "Slope, in units of y over units of x",
    "Intercept, in units of y",
    "Mean squared error",
    "Mean absolute error",
    "Huber's error, with the limit set for it",
    "Share of y's variance that is explained",
    "Mean squared error on the points held out",
)
MEASURED = {"mse": 3, "mae": 4, "huber": 5, "r2": 6}
GIVES_WAY = (5, 4, 2, 1, 6)
"""Columns that give way, in this order, where there is no room for all; never the measure chosen."""


def rows(frame: Frame, params: LineParams, look: LineLook) -> list[tuple[str, str, list[float]]]:
    """Name, colour and numbers of every line shown."""
    out = [("your line", "model", [*frame.line, *frame.metrics[0]])]
    if "descent" in look.lines:
        out.append(("gradient descent", "gradient", [*frame.path[frame.step], *frame.descent]))
    if "fit" in look.lines:
        out.append(("least squares", "text", [*frame.fit, *frame.metrics[1]]))
    if len(frame.metrics) > 2:
        out.append((f"degree {params.degree}", "query", [math.nan, math.nan, *frame.metrics[2]]))
    return [(name, color, [float(v) for v in values]) for name, color, values in out]


class LineTable(QTableWidget):
    """One row for each line."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(0, len(HEADER), parent)
        self._theme = theme
        self._keep = 3
        self._held = False
        self._values: list[tuple[str, str, list[float]]] = []
        self.setAccessibleName("Lines in numbers")
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.setStyleSheet("QTableView::item:hover { background: transparent; }")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(QTableWidget.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setHorizontalHeaderLabels(HEADER)
        header.setHighlightSections(False)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's type and colours."""
        self._theme = theme
        self.setRowCount(0)
        font = text_font(theme, theme.caption_px)
        self.setFont(font)
        self.horizontalHeader().setFont(font)
        self.verticalHeader().setDefaultSectionSize(round(theme.caption_px * 1.8))

    def show_frame(self, frame: Frame, params: LineParams, look: LineLook) -> None:
        """Show a frame."""
        self._values = rows(frame, params, look)
        self._keep, self._held = MEASURED[params.loss], bool(frame.held.any())
        self.setRowCount(len(self._values))
        # Where the model works with a rescaled x, these two are still in the units of the data, and it says so.
        of_x = " of x" if frame.standardised else ""
        for column, text in enumerate((HEADER[0], f"w{of_x}", f"b{of_x}", *HEADER[3:])):
            head = self.horizontalHeaderItem(column) or QTableWidgetItem()
            head.setText(text)
            head.setToolTip(MEANING[column])
            side = Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight
            head.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            self.setHorizontalHeaderItem(column, head)
        for row, (name, color, values) in enumerate(self._values):
            for column, text in enumerate((name, *(_text(v) for v in values))):
                self._cell(row, column, text, color)
        self._fit()

    def _cell(self, row: int, column: int, text: str, color: str) -> None:
        item = self.item(row, column)
        if item is None:
            item = QTableWidgetItem()
            side = Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight
            item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            self.setItem(row, column, item)
        font = text_font(self._theme, self._theme.caption_px)
        font.setWeight(QFont.Weight.DemiBold if column in (0, self._keep) else QFont.Weight.Normal)
        item.setFont(font)
        item.setText(text)
        item.setForeground(QColor(self._theme.color(color) if column == 0 else self._theme.text))

    def _fit(self) -> None:
        """Let columns give way until the rest has room."""
        wanted = [
            max(self.horizontalHeader().sectionSizeHint(c), self.sizeHintForColumn(c)) for c in range(len(HEADER))
        ]
        hidden = set() if self._held else {7}
        for column in GIVES_WAY:
            if sum(size for c, size in enumerate(wanted) if c not in hidden) > self.viewport().width():
                hidden |= {column} - {self._keep}
        shown = [c for c in range(len(HEADER)) if c not in hidden]
        extra = max(0, self.viewport().width() - sum(wanted[c] for c in shown)) // len(shown)
        for column, size in enumerate(wanted):
            self.setColumnHidden(column, column in hidden)
            self.setColumnWidth(column, size + extra)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Other room, other columns."""
        super().resizeEvent(event)
        self._fit()

    def table(self) -> list[Table]:
        """The same as values."""
        body = [[name, *values] for name, _, values in self._values]
        return [Table("Lines", ("line", *HEADER[1:7], "held-out MSE"), body)]

    def needed(self) -> int:
        """Pixels that all rows take."""
        return (
            self.verticalHeader().defaultSectionSize() * max(self.rowCount(), 1) + self.horizontalHeader().height() + 4
        )

    def sizeHint(self) -> QSize:
        """All rows."""
        return QSize(420, self.needed())

    def minimumSizeHint(self) -> QSize:
        """Small enough for a narrow dock."""
        return QSize(160, 60)


def _text(value: float) -> str:
    return "" if math.isnan(value) else fmt(value)
