"""What every control of the form is: shows a value, says what the user wishes, refuses with a sentence."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from courseai_lab.contract import FieldSpec, Mark
from courseai_lab.ui.numbers import MINUS, fmt
from courseai_lab.ui.param_form.number import NumberEdit, read_number
from courseai_lab.ui.param_form.scale import scale_of
from courseai_lab.ui.param_form.slider import Gestures, ValueSlider
from courseai_lab.ui.theme import Theme


def refusal(spec: FieldSpec, text: str) -> str:
    """One sentence: what was typed cannot be, and what would be right."""
    shown = text.strip() or "empty"
    shown = shown if len(shown) <= 40 else shown[:37] + "..."
    quoted = shown if shown == "empty" else f"“{shown}”"
    return f"{spec.label} cannot be {quoted}: it must be {allowed_words(spec)}."


def allowed_words(spec: FieldSpec) -> str:
    """The allowed range as people read it."""
    return spec.allowed().replace(" -", f" {MINUS}")


class Control(QWidget):
    """Base of the controls. ``head`` is a small widget for the label's line, or None; the control itself goes below."""

    changed = Signal(object, str)
    """A value the user wishes, and the gesture it belongs to."""
    refused = Signal(str)
    """What the user typed cannot be read: a sentence; "" when it is all right again."""
    reset_asked = Signal()

    def __init__(self, spec: FieldSpec, theme: Theme) -> None:
        super().__init__()
        self.spec = spec
        self.theme = theme
        self.head: QWidget | None = None
        self.gestures = Gestures(spec.name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    @property
    def has_body(self) -> bool:
        """Whether something stands below the label's line."""
        return self.layout() is not None

    @property
    def busy(self) -> bool:
        """Whether the user holds it or types into it, so that showing another value would fight them."""
        return False

    def set_value(self, value: Any) -> None:
        """Show a value; emits nothing."""
        raise TypeError(f"{type(self).__name__} must define set_value()")

    def set_marks(self, marks: tuple[Mark, ...]) -> None:
        """Show marks, where the control has an axis."""

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self.theme = theme

    def set_name(self, name: str, help_text: str) -> None:
        """Give everything that takes the focus an accessible name and description."""
        for widget in self.focusable():
            widget.setAccessibleName((widget.property("part") and f"{name}, {widget.property('part')}") or name)
            widget.setAccessibleDescription(help_text)

    def focusable(self) -> list[QWidget]:
        """The widgets that take the keyboard's focus, in order."""
        roots = [self] if self.head is None else [self.head, self]
        # The list that a combo box opens is a window of its own and no stop of the Tab key.
        found = [w for r in roots for w in [r, *r.findChildren(QWidget)] if w.window() is r.window()]
        return [w for w in found if w.focusPolicy() & Qt.FocusPolicy.TabFocus]

    def say(self, value: Any, *, nudged: bool = False) -> None:
        """Emit a wish; nudges by keys that follow closely belong together, everything else stands for itself."""
        self.refused.emit("")
        self.changed.emit(value, self.gestures.now() if nudged else "")


class NumberControl(Control):
    """A number: slider and editable number where the range is closed, else the number alone."""

    def __init__(self, spec: FieldSpec, theme: Theme) -> None:
        super().__init__(spec, theme)
        self._value: float | None = None
        self._scale = scale_of(spec)
        self.edit = NumberEdit(theme, spec.ui.unit, self._chars())
        self.edit.typed.connect(self._typed)
        self.edit.nudged.connect(self._nudged)
        self.edit.editingFinished.connect(self._released)
        self.head = self.edit
        self.slider: ValueSlider | None = None
        self._waiting: tuple[Any] | None = None
        if self._scale is not None:
            self.slider = ValueSlider(self._scale, theme, spec.name)
            self.slider.setProperty("part", "slider")
            self.slider.chosen.connect(self._slid)
            self.slider.released.connect(self._released)
            self.slider.reset_asked.connect(self.reset_asked)
            layout = QVBoxLayout(self)
            layout.setContentsMargins(0, 0, 0, 0)
            layout.addWidget(self.slider)

    @property
    def busy(self) -> bool:
        """While it is dragged or typed into."""
        return self.edit.edited or (self.slider is not None and self.slider.dragging)

    def set_value(self, value: Any) -> None:
        """Show a value; while the user drags, it waits until they let go."""
        if self.busy:
            self._waiting = (value,)
            return
        self._waiting = None
        self._value = value
        self.edit.set_number(value)
        if self.slider is not None and value is not None:
            self.slider.set_value(float(value))
            self.slider.setAccessibleDescription(fmt(value, 6, self.spec.ui.unit, trim=True))

    def set_marks(self, marks: tuple[Mark, ...]) -> None:
        """Ticks on the slider."""
        if self.slider is not None:
            self.slider.set_marks(marks)

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        super().set_theme(theme)
        self.edit.set_theme(theme)
        if self.slider is not None:
            self.slider.set_theme(theme)

    def _chars(self) -> int:
        return 6 if self._scale is not None and not self.spec.ui.log else 7

    def _slid(self, value: float, gesture: str) -> None:
        self._value = value
        self.edit.set_number(value)
        self.refused.emit("")
        self.changed.emit(value, gesture)

    def _released(self) -> None:
        if self._waiting is not None and not self.busy:
            self.set_value(self._waiting[0])

    def _nudged(self, steps: int) -> None:
        if self.slider is not None:
            self.slider.nudge(steps)
        elif self._value is not None:
            size = self.spec.ui.step or (1 if self.spec.kind == "int" else _tenth(self._value))
            self._wish(_tidy(self._value + steps * size, self.spec.kind == "int"), nudged=True)

    def _typed(self, text: str) -> None:
        self._waiting = None
        if not text.strip() and self.spec.optional:
            self.say(None)
            return
        value = read_number(text, self.spec.ui.unit)
        if value is None:
            self.refused.emit(refusal(self.spec, text))
            return
        self._wish(value)

    def _wish(self, value: float, nudged: bool = False) -> None:
        spec = self.spec
        if spec.kind == "int" and isinstance(value, float) and value.is_integer():
            value = int(value)
        if not within(spec, value):
            self.refused.emit(refusal(spec, fmt(value, 12, spec.ui.unit, trim=True)))
            return
        value = value if spec.kind == "int" else float(value)
        self._value = value
        self.edit.set_number(value)
        if self.slider is not None:
            self.slider.set_value(value)
        self.say(value, nudged=nudged)


class PairControl(Control):
    """Two numbers side by side, each within the range."""

    def __init__(self, spec: FieldSpec, theme: Theme) -> None:
        super().__init__(spec, theme)
        self._value: tuple[float, float] = (0.0, 0.0)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.gap(2))
        self.edits = (NumberEdit(theme, spec.ui.unit), NumberEdit(theme, spec.ui.unit))
        for index, edit in enumerate(self.edits):
            edit.setProperty("part", ("first", "second")[index])
            edit.typed.connect(self._typed)
            edit.nudged.connect(self._nudged)
            layout.addWidget(edit, 1)

    @property
    def busy(self) -> bool:
        """While it is typed into."""
        return any(edit.edited for edit in self.edits)

    def set_value(self, value: Any) -> None:
        """Show both numbers."""
        if self.busy:
            return
        self._value = (float(value[0]), float(value[1]))
        for edit, number in zip(self.edits, self._value, strict=True):
            edit.set_number(number)

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        super().set_theme(theme)
        for edit in self.edits:
            edit.set_theme(theme)

    def _typed(self, _text: str) -> None:
        numbers = []
        for edit in self.edits:
            number = read_number(edit.text(), self.spec.ui.unit)
            if number is None or not within(self.spec, number):
                self.refused.emit(refusal(self.spec, edit.text()))
                return
            numbers.append(float(number))
        self._wish((numbers[0], numbers[1]))

    def _nudged(self, steps: int) -> None:
        index = 0 if self.edits[0].hasFocus() else 1
        size = self.spec.ui.step or self._step(self._value[index])
        moved = _tidy(self._value[index] + steps * size, False)
        if within(self.spec, moved):
            self._wish((moved, self._value[1]) if index == 0 else (self._value[0], moved), nudged=True)

    def _step(self, value: float) -> float:
        scale = scale_of(self.spec)
        return abs(scale.nudged(scale.low, 1) - scale.low) if scale is not None and not scale.log else _tenth(value)

    def _wish(self, value: tuple[float, float], nudged: bool = False) -> None:
        self._value = value
        for edit, number in zip(self.edits, value, strict=True):
            edit.set_number(number)
        self.say(value, nudged=nudged)


def within(spec: FieldSpec, value: float) -> bool:
    """Whether a number lies in the parameter's range (and is whole where it must be)."""
    if spec.kind == "int" and not isinstance(value, int):
        return False
    if spec.lo is not None and (value < spec.lo or (spec.lo_open and value == spec.lo)):
        return False
    return not (spec.hi is not None and (value > spec.hi or (spec.hi_open and value == spec.hi)))


def _tenth(value: float) -> float:
    """A tenth of the value's own size: 0.1 for 1 to 9.99, and for 0."""
    import math

    return 10.0 ** (math.floor(math.log10(abs(value))) - 1) if value else 0.1


def _tidy(value: float, whole: bool) -> float:
    return round(value) if whole else float(f"{value:.12g}")
