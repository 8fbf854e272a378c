"""Controls for closed choices: segments, a list, chips, a switch."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QComboBox, QSizePolicy, QToolButton, QVBoxLayout

from courseai_lab.contract import FieldSpec
from courseai_lab.ui.flow import FlowLayout
from courseai_lab.ui.param_form.control import Control
from courseai_lab.ui.theme import Theme

MAX_SEGMENTS = 4
MAX_LETTERS = 30


class _Segment(QToolButton):
    """One choice as a button; may be squeezed, then its tooltip has the whole name."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.setText(words)
        self.setCheckable(True)
        self.setProperty("segment", True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setProperty("part", words)

    def sizeHint(self) -> QSize:
        """As its text needs; the style's own hint leaves more room at the sides than a narrow form has."""
        self.ensurePolished()
        width = self.fontMetrics().horizontalAdvance(self.text()) + round(self.fontMetrics().height() * 1.4)
        return QSize(width, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """As its text needs."""
        return self.sizeHint()


class SegmentControl(Control):
    """A few short choices side by side; one is on."""

    def __init__(self, spec: FieldSpec, theme: Theme) -> None:
        super().__init__(spec, theme)
        layout = FlowLayout(self, theme.gap(1), stretch=True)
        self.buttons: list[_Segment] = []
        self._group = QButtonGroup(self)
        self._choices = _values(spec)
        for index, choice in enumerate(self._choices):
            button = _Segment(spec.name_of(choice))
            self._group.addButton(button, index)
            self.buttons.append(button)
            layout.addWidget(button)
        self._group.idClicked.connect(self._picked)
        self._group.idToggled.connect(self._toggled)
        self._shown = -1

    def set_value(self, value: Any) -> None:
        """Switch one on."""
        self._shown = self._choices.index(value)
        self.buttons[self._shown].setChecked(True)

    def _picked(self, index: int) -> None:
        if index != self._shown:
            self._shown = index
            self.say(self._choices[index])

    def _toggled(self, index: int, on: bool) -> None:
        # The group's arrow keys check the neighbour without a click.
        if on and self.buttons[index].hasFocus():
            self._picked(index)


class _List(QComboBox):
    """A drop-down list that lets the wheel pass while it has no focus."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Count only with the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class ListControl(Control):
    """Many or long choices: a drop-down list."""

    def __init__(self, spec: FieldSpec, theme: Theme) -> None:
        super().__init__(spec, theme)
        self.combo = _List()
        self.combo.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.combo.setMinimumContentsLength(8)
        self.combo.setMaxVisibleItems(16)
        self._choices = _values(spec)
        self.combo.addItems([spec.name_of(choice) for choice in self._choices])
        self.combo.activated.connect(self._picked)
        self._shown = -1
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.combo)

    def set_value(self, value: Any) -> None:
        """Show one."""
        self._shown = self._choices.index(value)
        self.combo.setCurrentIndex(self._shown)

    def _picked(self, index: int) -> None:
        if index != self._shown:
            self._shown = index
            self.say(self._choices[index])


class ChipsControl(Control):
    """Several choices at once: chips that toggle; values keep the declared order."""

    def __init__(self, spec: FieldSpec, theme: Theme) -> None:
        super().__init__(spec, theme)
        layout = FlowLayout(self, theme.gap(1))
        self.buttons: list[_Segment] = []
        for choice in spec.choices:
            button = _Segment(spec.name_of(choice))
            button.clicked.connect(self._clicked)
            self.buttons.append(button)
            layout.addWidget(button)

    def set_value(self, value: Any) -> None:
        """Switch the chosen ones on."""
        for choice, button in zip(self.spec.choices, self.buttons, strict=True):
            button.setChecked(choice in value)

    def _clicked(self) -> None:
        self.say(tuple(c for c, b in zip(self.spec.choices, self.buttons, strict=True) if b.isChecked()))


class _Switch(QCheckBox):
    """On and off; Enter toggles as well as Space."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Toggle."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)


class SwitchControl(Control):
    """On or off, on the label's own line."""

    def __init__(self, spec: FieldSpec, theme: Theme) -> None:
        super().__init__(spec, theme)
        self.box = _Switch()
        self.box.setProperty("switch", True)
        self.box.clicked.connect(self._clicked)
        self.head = self.box

    def set_value(self, value: Any) -> None:
        """Show the state."""
        self.box.setChecked(bool(value))

    def _clicked(self, on: bool) -> None:
        self.say(on)


def _values(spec: FieldSpec) -> tuple[Any, ...]:
    """What can be chosen; no choice at all comes first where that is allowed."""
    return (None, *spec.choices) if spec.optional else spec.choices


def choice_control(spec: FieldSpec, theme: Theme) -> Control:
    """Segments when they are few and short, else a list."""
    names = [spec.name_of(choice) for choice in _values(spec)]
    few = len(names) <= MAX_SEGMENTS and sum(map(len, names)) <= MAX_LETTERS
    return SegmentControl(spec, theme) if few else ListControl(spec, theme)
