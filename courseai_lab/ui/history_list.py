"""The list of what was done, in the order of time: a click goes there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from courseai_lab.ui.theme import Theme, text_font

Standing = Literal["done", "here", "undone"]
LINE = Qt.ItemDataRole.UserRole
_SPOKEN = {"done": "done", "here": "you are here", "undone": "taken back"}


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One step: words, the panel it was in ("" for the window), the clock time, and what a click asks for."""

    label: str
    where: str
    clock: str
    stop: int
    standing: Standing


class HistoryWindow(QDialog):
    """Stays open beside the window; ``chosen`` carries the ``stop`` of the line that was clicked."""

    chosen = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Tool)
        self.setWindowTitle("History")
        self._theme = theme
        self._lines: tuple[HistoryLine, ...] = ()
        self.list = _List(self)
        self.list.setAccessibleName("History: what was done, oldest first")
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setUniformItemSizes(True)
        self._delegate = _Delegate(theme, self.list)
        self.list.setItemDelegate(self._delegate)
        self.list.itemClicked.connect(self._take)
        self.list.taken.connect(self._take)
        self.note = QLabel("A click, or Enter, goes back or forward to that step.", self)
        self.note.setProperty("role", "caption")
        self.note.setWordWrap(True)
        self._column = QVBoxLayout(self)
        self._column.addWidget(self.list, 1)
        self._column.addWidget(self.note)
        self.set_theme(theme)
        self.resize(theme.text_px * 28, theme.text_px * 34)

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self._theme = theme
        self._delegate.theme = theme
        self._column.setContentsMargins(theme.gap(2), theme.gap(2), theme.gap(2), theme.gap(2))
        self._column.setSpacing(theme.gap(1))
        self.list.doItemsLayout()
        self.list.viewport().update()

    def show_lines(self, lines: Sequence[HistoryLine]) -> None:
        """Show these, the present one in sight; what is there already is kept."""
        old, self._lines = self._lines, tuple(lines)
        if old == self._lines:
            return
        for row, line in enumerate(self._lines):
            item = self.list.item(row)
            if item is None:
                item = QListWidgetItem()
                self.list.addItem(item)
            if item.data(LINE) != line:
                where = f" in {line.where}" if line.where else ""
                item.setData(LINE, line)
                item.setData(
                    Qt.ItemDataRole.AccessibleTextRole, f"{line.label}{where}, {line.clock}: {_SPOKEN[line.standing]}"
                )
                item.setToolTip(f"{line.label}{where}, at {line.clock}" if line.clock else line.label)
        while self.list.count() > len(self._lines):
            self.list.takeItem(self.list.count() - 1)
        here = next((row for row, line in enumerate(self._lines) if line.standing == "here"), 0)
        self.list.setCurrentRow(here)
        self.list.scrollToItem(self.list.item(here))

    def _take(self, item: QListWidgetItem) -> None:
        self.chosen.emit(item.data(LINE).stop)


class _List(QListWidget):
    """Enter takes the line that the arrows chose."""

    taken = Signal(QListWidgetItem)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Space take; everything else is the list's."""
        item = self.currentItem()
        if item is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.taken.emit(item)
        else:
            super().keyPressEvent(event)


class _Delegate(QStyledItemDelegate):
    """A dot (full: done; ringed: here; open: taken back), the words, and quietly the panel and the time."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Two lines of text."""
        return QSize(120, self.theme.text_px + self.theme.caption_px + self.theme.gap(5))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """One step."""
        theme, line, box = self.theme, index.data(LINE), _rect(option)
        if line is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        focused, hovered = (_is(option, flag) for flag in ("State_HasFocus", "State_MouseOver"))
        if line.standing == "here" or hovered or focused:
            painter.setPen(QPen(QColor(theme.accent), 2) if focused else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.hover if hovered else theme.raised))
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), theme.radius / 2, theme.radius / 2)
        left = box.left() + theme.gap(6)
        self._paint_dot(painter, line.standing, QPointF(box.left() + theme.gap(3), box.center().y() + 0.5))
        font = text_font(theme)
        font.setWeight(QFont.Weight.DemiBold if line.standing == "here" else QFont.Weight.Normal)
        top = QRect(left, box.top() + theme.gap(1), box.right() - left - theme.gap(2), theme.text_px + theme.gap(1.5))
        painter.setPen(QColor(theme.muted if line.standing == "undone" else theme.text))
        _text(painter, font, top, line.label)
        below = QRect(left, top.bottom() + 1, top.width(), theme.caption_px + theme.gap(1.5))
        painter.setPen(QColor(theme.muted))
        words = "  ·  ".join(part for part in (line.where, line.clock) if part)
        _text(painter, text_font(theme, theme.caption_px), below, words)
        painter.restore()

    def _paint_dot(self, painter: QPainter, standing: Standing, at: QPointF) -> None:
        theme, radius = self.theme, self.theme.text_px * 0.27
        if standing == "undone":
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme.muted), 1.25))
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.accent if standing == "here" else theme.muted))
        painter.drawEllipse(at, radius, radius)
        if standing == "here":
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme.accent), 1.5))
            painter.drawEllipse(at, radius * 1.8, radius * 1.8)


def _text(painter: QPainter, font: QFont, box: QRect, words: str) -> None:
    painter.setFont(font)
    shown = QFontMetrics(font).elidedText(words, Qt.TextElideMode.ElideRight, box.width())
    painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), shown)


def _rect(option: Any) -> QRect:
    return QRect(option.rect)


def _is(option: Any, flag: str) -> bool:
    from PySide6.QtWidgets import QStyle

    return bool(option.state & getattr(QStyle.StateFlag, flag))
