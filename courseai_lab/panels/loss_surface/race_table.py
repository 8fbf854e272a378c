"""The finishing table: who reached the finish when, where each ended, how far it went."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from courseai_lab.panels.loss_surface.scene import racer_color
from courseai_lab.ui.numbers import fmt
from courseai_lab.ui.panel_view import Table
from courseai_lab.ui.theme import text_font

if TYPE_CHECKING:
    from courseai_lab.panels.loss_surface.frame import Frame
    from courseai_lab.ui.theme import Theme

HEADER = ("racer", "now", "finish", "end", "path")
MEANING = (
    "Optimiser, with the multiple of its rate",
    "Loss at the step shown",
    "Step at which the loss was first this low: the finish line",
    "Loss at the last step, or the step at which it diverged",
    "Length of the whole path",
)
GIVES_WAY = (4, 1)
"""Columns that give way, in this order, where there is no room for all; the values as table keep them."""


def cells(frame: Frame, racer: int) -> tuple[str, ...]:
    """One row of the table as text."""
    reached = frame.steps_to[racer]
    end = _loss(float(frame.final[racer]))
    return (
        frame.labels[racer],
        _loss(float(frame.loss[racer, frame.at(racer)])),
        "never" if reached is None else f"step {reached}",
        f"diverged, {int(frame.last[racer]) + 1}" if frame.diverged[racer] else end,
        fmt(float(frame.length[racer])),
    )


def _loss(value: float) -> str:
    return fmt(value) if math.isfinite(value) else "no number"


class RaceTable(QTableWidget):
    """One row for each racer."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(0, len(HEADER), parent)
        self._theme = theme
        self._goal = math.nan
        self.setAccessibleName("Finishing table")
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.setStyleSheet(
            "QTableView::item { padding: 0px 3px; } QTableView::item:hover { background: transparent; }"
            "QHeaderView::section { padding: 2px 5px; }"
        )
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(QTableWidget.Shape.NoFrame)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(False)
        header.setHighlightSections(False)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's type and colours; the racers' colours come with the next frame."""
        self._theme = theme
        self.setRowCount(0)
        font = text_font(theme, theme.caption_px)
        self.setFont(font)
        self.horizontalHeader().setFont(font)
        self.verticalHeader().setDefaultSectionSize(round(theme.caption_px * 1.9))

    def show_frame(self, frame: Frame) -> None:
        """Show a frame."""
        self.setRowCount(frame.racers)
        self._goal = frame.goal
        goal = f"≤ {fmt(frame.goal)}" if math.isfinite(frame.goal) else HEADER[2]
        for column, text in enumerate((*HEADER[:2], goal, *HEADER[3:])):
            head = self.horizontalHeaderItem(column) or QTableWidgetItem()
            head.setText(text)
            head.setToolTip(MEANING[column])
            self.setHorizontalHeaderItem(column, head)
        for k in range(frame.racers):
            for column, text in enumerate(cells(frame, k)):
                item = self.item(k, column)
                if item is None:
                    item = QTableWidgetItem()
                    side = Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight
                    item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
                    font = text_font(self._theme, self._theme.caption_px)
                    font.setBold(column == 0)
                    item.setFont(font)
                    self.setItem(k, column, item)
                item.setText(text)
                gone = column == 3 and bool(frame.diverged[k])
                color = racer_color(frame, k, self._theme) if column == 0 else self._theme.text
                item.setForeground(QColor(self._theme.error if gone else color))

        self._fit()

    def _fit(self) -> None:
        """Let columns give way until the rest has room."""
        header = self.horizontalHeader()
        wanted = [header.sectionSizeHint(c) for c in range(len(HEADER))]
        wanted = [max(size, self.sizeHintForColumn(c)) for c, size in enumerate(wanted)]
        room = self.viewport().width()
        hidden: set[int] = set()
        for column in GIVES_WAY:
            if sum(size for c, size in enumerate(wanted) if c not in hidden) > room:
                hidden.add(column)
        for column in GIVES_WAY:
            self.setColumnHidden(column, column in hidden)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Other room, other columns."""
        super().resizeEvent(event)
        self._fit()

    def table(self) -> list[Table]:
        """The same as values."""
        rows = [[self._text(row, column) for column in range(self.columnCount())] for row in range(self.rowCount())]
        goal = f"step with loss at most {fmt(self._goal)}"
        header = ("racer", "loss now", goal, "final loss, or step of divergence", "length of path")
        return [Table("Finishing table", header, rows)]

    def _text(self, row: int, column: int) -> str:
        item = self.item(row, column)
        return item.text() if item is not None else ""

    def sizeHint(self) -> QSize:
        """All rows, if there is room."""
        height = self.verticalHeader().defaultSectionSize() * (self.rowCount() + 1) + 8
        return QSize(420, height)

    def minimumSizeHint(self) -> QSize:
        """Small enough for a narrow dock; it scrolls."""
        return QSize(160, 60)
