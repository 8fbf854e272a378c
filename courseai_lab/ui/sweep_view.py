"""What a sweep looks like: one line of choices for each parameter swept, and a grid of pictures to click."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QEnterEvent, QFocusEvent, QFontMetrics, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QComboBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QSpinBox,
    QWidget,
)

from courseai_lab.ui.flow import FlowLayout
from courseai_lab.ui.param_form.number import read_number, write_number
from courseai_lab.ui.theme import Theme, text_font

ASPECT = 0.75
NARROWEST = 190


@dataclass(frozen=True, slots=True)
class Choice:
    """A parameter that can be swept: ``numbers`` when it has a range, else a closed list."""

    label: str
    numbers: bool


class AxisRow(QWidget):
    """Which parameter, which values. ``parameter_chosen(index)`` (-1: none); ``range_edited``; ``values_edited``."""

    parameter_chosen = Signal(int)
    range_edited = Signal()
    values_edited = Signal()

    def __init__(self, words: str, optional: bool, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._optional = optional
        self._choices: tuple[Choice, ...] = ()
        self.combo = QComboBox(self)
        self.combo.setAccessibleName(f"{words}: parameter")
        self.low, self.high = QLineEdit(self), QLineEdit(self)
        for edit, name in ((self.low, "from"), (self.high, "to")):
            edit.setAccessibleName(f"{words}: {name}")
            edit.setFixedWidth(theme.text_px * 6)
            edit.editingFinished.connect(self._range_changed)
        self.count = QSpinBox(self)
        self.count.setAccessibleName(f"{words}: how many values")
        self.count.valueChanged.connect(self._range_changed)
        self.log = QCheckBox("equal factors", self)
        self.log.setToolTip("Each value is the one before times the same factor, and not plus the same amount")
        self.log.toggled.connect(self._range_changed)
        self.values = QLineEdit(self)
        self.values.setAccessibleName(f"{words}: values")
        self.values.setMinimumWidth(theme.text_px * 12)
        self.values.textEdited.connect(lambda _text: self.values_edited.emit())
        self._numbers = QWidget(self)
        line = FlowLayout(self._numbers, theme.gap(1))
        parts = (QLabel("from"), self.low, QLabel("to"), self.high, QLabel("in"), self.count, QLabel("values,"))
        for part in (*parts, self.log):
            line.addWidget(part)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(theme.gap(2))
        head = QLabel(words, self)
        head.setBuddy(self.combo)
        head.setMinimumWidth(theme.text_px * 4)
        self._grid.addWidget(head, 0, 0)
        self._grid.addWidget(self.combo, 0, 1)
        self._grid.addWidget(self._numbers, 0, 2)
        self._grid.addWidget(self.values, 1, 1, 1, 2)
        self._grid.setColumnStretch(2, 1)
        self.combo.currentIndexChanged.connect(self._chosen)

    @property
    def index(self) -> int:
        """Which parameter, -1 for none."""
        return self.combo.currentIndex() - self._optional

    def show_choices(self, choices: Sequence[Choice], index: int) -> None:
        """Offer these parameters, and choose one; emits nothing."""
        self._choices = tuple(choices)
        self.combo.blockSignals(True)
        self.combo.clear()
        if self._optional:
            self.combo.addItem("nothing else")
        for choice in choices:
            self.combo.addItem(choice.label)
        self.combo.setCurrentIndex(index + self._optional)
        self.combo.blockSignals(False)
        self._fold()

    def show_range(self, low: float, high: float, log: bool, count: int, most: int) -> None:
        """Show a range; emits nothing."""
        self._quiet(True)
        self.low.setText(write_number(low))
        self.high.setText(write_number(high))
        self.log.setChecked(log)
        self.count.setRange(2, most)
        self.count.setValue(count)
        self._quiet(False)

    def range(self) -> tuple[float, float, bool, int] | None:
        """From, to, equal factors, how many; None when an end is no number."""
        low, high = read_number(self.low.text()), read_number(self.high.text())
        if low is None or high is None:
            return None
        return float(low), float(high), self.log.isChecked(), self.count.value()

    def _quiet(self, on: bool) -> None:
        for widget in (self.low, self.high, self.log, self.count):
            widget.blockSignals(on)

    def _range_changed(self) -> None:
        self.range_edited.emit()

    def _chosen(self, _index: int) -> None:
        self._fold()
        self.parameter_chosen.emit(self.index)

    def _fold(self) -> None:
        some = 0 <= self.index < len(self._choices)
        self._numbers.setVisible(some and self._choices[self.index].numbers)
        self.values.setVisible(some)


class SweepCell(QAbstractButton):
    """One picture with its values above; a click, Enter or Space takes it. ``looked_at`` when pointed at or focused."""

    looked_at = Signal()

    def __init__(self, title: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(title)
        self.setAccessibleName(title)
        self._theme = theme
        self._image = QImage()
        self._note = "waits"
        self.setEnabled(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def image(self) -> QImage:
        """The picture; null while there is none."""
        return self._image

    def show_image(self, image: QImage) -> None:
        """It has been computed."""
        self._image, self._note = image, ""
        self.setEnabled(True)
        self.setToolTip("Make this the state that is worked on")
        self.update()

    def show_note(self, note: str) -> None:
        """Why there is no picture: it waits, or it failed."""
        self._note = note
        self.setToolTip(note)
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self._theme = theme
        self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        """A picture keeps its shape."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Title and picture."""
        return round(width * ASPECT) + self._head

    def sizeHint(self) -> QSize:
        """As wide as the grid lets it."""
        return QSize(NARROWEST, self.heightForWidth(NARROWEST))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Title, picture, and a frame where the pointer or the focus is."""
        theme, painter = self._theme, QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        font = text_font(theme)
        painter.setFont(font)
        painter.setPen(QColor(theme.text))
        gap = round(theme.gap(1))
        title = QRect(gap, 0, self.width() - 2 * gap, self._head)
        words = QFontMetrics(font).elidedText(self.text(), Qt.TextElideMode.ElideRight, title.width())
        painter.drawText(title, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), words)
        box = QRectF(0, self._head, self.width(), self.height() - self._head).adjusted(1.5, 0.5, -1.5, -1.5)
        if self._image.isNull():
            painter.fillRect(box, QColor(theme.raised))
            painter.setPen(QColor(theme.muted))
            painter.setFont(text_font(theme, theme.caption_px))
            inside = box.adjusted(theme.gap(2), 0, -theme.gap(2), 0)
            painter.drawText(inside, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), self._note)
        else:
            painter.drawImage(box, self._image)
        lit = self.hasFocus() or self.underMouse()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.accent if lit and self.isEnabled() else theme.outline), 2 if lit else 1))
        painter.drawRoundedRect(box, theme.radius / 2, theme.radius / 2)
        painter.end()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Pointed at."""
        super().enterEvent(event)
        self.looked_at.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Reached by the keyboard."""
        super().focusInEvent(event)
        self.looked_at.emit()

    @property
    def _head(self) -> int:
        return round(self._theme.text_px + self._theme.gap(2))


class SweepGrid(QWidget):
    """Cells in rows of ``across`` where there is room, fewer where there is not."""

    chosen = Signal(int)
    looked_at = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._across = 1
        self.cells: list[SweepCell] = []

    def show_cells(self, titles: Sequence[str], across: int) -> None:
        """Empty cells with these titles."""
        for cell in self.cells:
            cell.hide()
            cell.deleteLater()
        self._across = across
        self.cells = []
        for number, title in enumerate(titles):
            cell = SweepCell(title, self._theme, self)
            cell.clicked.connect(lambda _on=False, number=number: self.chosen.emit(number))
            cell.looked_at.connect(lambda number=number: self.looked_at.emit(number))
            cell.show()
            self.cells.append(cell)
        self.place(self.width())

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self._theme = theme
        for cell in self.cells:
            cell.set_theme(theme)
        self.place(self.width())

    def place(self, width: int) -> int:
        """Lay the cells out for this width; returns the height that they need."""
        gap = round(self._theme.gap(2))
        fits = max(1, (width + gap) // (round(NARROWEST * self._theme.text_px / 13) + gap))
        across = min(self._across, fits)
        if not self.cells:
            return 0
        wide = (width - gap * (across - 1)) // across
        high = self.cells[0].heightForWidth(wide)
        for number, cell in enumerate(self.cells):
            row, column = divmod(number, across)
            cell.setGeometry(column * (wide + gap), row * (high + gap), wide, high)
        return -(-len(self.cells) // across) * (high + gap)
