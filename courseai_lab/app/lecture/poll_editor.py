"""The lecturer types in what the hall predicts: one count for each choice, and which choice is true."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from courseai_lab.app.lecture.poll import MOST_CHOICES, MOST_COUNT, Poll
from courseai_lab.ui.theme import Theme

EMPTY = Poll("", ("A", "B", "C", "D"), (0, 0, 0, 0))


class PollEditor(QWidget):
    """Shows a poll and says how it is changed. ``changed`` carries the ``Poll``."""

    changed = Signal(object)
    shown = Signal(bool)
    """Whether the hall is to see it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.poll = EMPTY
        self._showing = False
        self.ask = QLineEdit(self)
        self.ask.setPlaceholderText("Question to the hall")
        self.ask.setAccessibleName("Question to the hall")
        self.ask.textEdited.connect(lambda text: self._change(ask=text))
        self.grid = QGridLayout()
        self.grid.setColumnStretch(1, 1)
        self._truth = QButtonGroup(self)
        self._truth.idToggled.connect(self._choose)
        self.rows: list[tuple[QRadioButton, QLineEdit, QSpinBox]] = []
        self.more = QPushButton("Add a choice", self)
        self.more.setProperty("role", "quiet")
        self.more.clicked.connect(self._add)
        self.show_button = QPushButton("Show to the hall", self)
        self.show_button.setCheckable(True)
        self.show_button.toggled.connect(self._toggle)
        self.tell_button = QPushButton("Tell the truth", self)
        self.tell_button.setCheckable(True)
        self.tell_button.setToolTip("Marks the true choice beside the predictions   R")
        self.tell_button.toggled.connect(lambda on: self._change(told=on))
        hint = QLabel("Counts of raised hands; the mark on the left is the truth.", self)
        hint.setProperty("role", "caption")
        hint.setWordWrap(True)
        buttons = QHBoxLayout()
        buttons.addWidget(self.show_button)
        buttons.addWidget(self.tell_button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.gap(2))
        column.addWidget(self.ask)
        column.addLayout(self.grid)
        column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(hint)
        column.addLayout(buttons)
        self.set_poll(EMPTY, False)

    def set_poll(self, poll: Poll, showing: bool) -> None:
        """Show a poll; emits nothing."""
        self.poll, self._showing = poll, showing
        while len(self.rows) < len(poll.choices):
            self._row()
        while len(self.rows) > len(poll.choices):
            for widget in self.rows.pop():
                self._drop(widget)
        shared: tuple[QObject, ...] = (self.ask, self.show_button, self.tell_button, self._truth)
        for part in shared:
            part.blockSignals(True)
        self.ask.setToolTip(poll.ask)
        if self.ask.text() != poll.ask:
            self.ask.setText(poll.ask)
            self.ask.setCursorPosition(0)
        self.show_button.setChecked(showing)
        self.tell_button.setChecked(poll.told)
        self.tell_button.setEnabled(poll.truth is not None)
        self._truth.setExclusive(False)
        self._fill_rows(poll)
        self._truth.setExclusive(True)
        for part in shared:
            part.blockSignals(False)
        self.more.setVisible(len(self.rows) < MOST_CHOICES)

    def _fill_rows(self, poll: Poll) -> None:
        for index, (truth, words, count) in enumerate(self.rows):
            truth.setChecked(index == poll.truth)
            for widget in (words, count):
                widget.blockSignals(True)
            if words.text() != poll.choices[index]:
                words.setText(poll.choices[index])
                words.setCursorPosition(0)
            words.setAccessibleName(f"Choice {index + 1}")
            if count.value() != poll.counts[index]:
                count.setValue(poll.counts[index])
            count.setAccessibleName(f"How many say {poll.choices[index]}")
            for widget in (words, count):
                widget.blockSignals(False)

    def _row(self) -> None:
        index = len(self.rows)
        truth, words, count = QRadioButton(self), QLineEdit(self), QSpinBox(self)
        truth.setToolTip("This one is true")
        truth.setAccessibleName(f"Choice {index + 1} is true")
        self._truth.addButton(truth, index)
        count.setRange(0, MOST_COUNT)
        words.textEdited.connect(lambda text: self._rename(index, text))
        count.valueChanged.connect(lambda value: self._count(index, value))
        for column, widget in enumerate((truth, words, count)):
            self.grid.addWidget(widget, index, column)
            widget.show()
        self.rows.append((truth, words, count))

    def _drop(self, widget: QWidget) -> None:
        if isinstance(widget, QRadioButton):
            self._truth.removeButton(widget)
        self.grid.removeWidget(widget)
        widget.setParent(None)
        widget.deleteLater()

    def _add(self) -> None:
        poll = self.poll
        letter = chr(ord("A") + len(poll.choices))
        self._take(replace(poll, choices=(*poll.choices, letter), counts=(*poll.counts, 0)))

    def _rename(self, index: int, text: str) -> None:
        choices = list(self.poll.choices)
        choices[index] = text
        self._take(replace(self.poll, choices=tuple(choices)))

    def _count(self, index: int, value: int) -> None:
        self._take(self.poll.with_count(index, value))

    def _choose(self, index: int, on: bool) -> None:
        if on:
            self._take(replace(self.poll, truth=index))

    def _change(self, **values: object) -> None:
        self._take(replace(self.poll, **values))  # type: ignore[arg-type]

    def _take(self, poll: Poll) -> None:
        self.set_poll(poll, self._showing)
        self.changed.emit(poll)

    def _toggle(self, on: bool) -> None:
        self._showing = on
        self.shown.emit(on)
