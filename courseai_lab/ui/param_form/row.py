"""One parameter in the form: label with symbol and unit, reset, the control, and what was wrong with a typed value."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QEnterEvent, QFont, QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from courseai_lab.contract import FieldSpec, Mark
from courseai_lab.ui.formula.typeset import TexError, typeset
from courseai_lab.ui.icons import icon, icon_pixmap, icon_size
from courseai_lab.ui.param_form.arrays import array_control
from courseai_lab.ui.param_form.choices import ChipsControl, SwitchControl, choice_control
from courseai_lab.ui.param_form.control import Control, NumberControl, PairControl, allowed_words
from courseai_lab.ui.param_form.files import FileControl
from courseai_lab.ui.param_form.texts import ColorControl, LongTextControl, TextControl
from courseai_lab.ui.theme import Theme, text_font

STEER_TIP = "Changes while it runs, without starting again."


def make_control(spec: FieldSpec, theme: Theme) -> Control:
    """The control of a parameter's kind; a pad where it is painted."""
    if spec.paint is not None:
        from courseai_lab.ui.param_form.painted import PaintControl

        return PaintControl(spec, theme)
    makers = {
        "float": NumberControl,
        "int": NumberControl,
        "switch": SwitchControl,
        "choice": choice_control,
        "choices": ChipsControl,
        "text": LongTextControl if spec.ui.multiline else TextControl,
        "color": ColorControl,
        "file": FileControl,
        "vector": array_control,
        "matrix": array_control,
        "points": array_control,
        "pair": PairControl,
    }
    return makers[spec.kind](spec, theme)


class _Label(QLabel):
    """The words beside a control; a double click resets."""

    reset_asked = Signal()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Back to the default."""
        self.reset_asked.emit()

    def sizeHint(self) -> QSize:
        """All words in one line."""
        return QSize(self.fontMetrics().horizontalAdvance(self.text()) + 2, self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        """The longest word: between words it wraps."""
        widest = max((self.fontMetrics().horizontalAdvance(word) for word in self.text().split()), default=0)
        return QSize(widest + 2, self.fontMetrics().height())


def _dot(theme: Theme, ratio: float) -> QPixmap:
    """The quiet mark of a parameter that changes while it runs."""
    side = round(theme.caption_px * 0.5)
    pixmap = QPixmap(round(side * ratio), round(side * ratio))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.accent))
    painter.drawEllipse(pixmap.rect())
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def _spacer() -> QWidget:
    """Takes the room that is left in a label's line."""
    spacer = QWidget()
    spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return spacer


class FieldRow(QWidget):
    """Label, symbol, control. ``part`` is "params" or "look": where its wishes go."""

    wished = Signal(object, object, str)
    """This row, the value, the gesture."""
    pointed = Signal(str)
    """Its name while the pointer is over it or the focus in it, else ""."""

    def __init__(self, spec: FieldSpec, part: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.spec = spec
        self.own = spec
        """The parameter with the panel's own range, whatever a lesson's limits leave of it."""
        self.part = part
        self._theme = theme
        self._value: Any = None
        self._told: tuple[Any] | None = None
        self._lit = False
        self._marks: tuple[Mark, ...] = ()
        self._make_control()
        self._build()
        self.set_theme(theme)
        self.control.set_name(spec.label, self._help())
        self._watch()

    def _make_control(self) -> None:
        self.control = make_control(self.spec, self._theme)
        self.control.changed.connect(self._changed)
        self.control.refused.connect(self.set_error)
        self.control.reset_asked.connect(self.reset)

    def _build(self) -> None:
        self.label = _Label(self.spec.label, self)
        self.label.setWordWrap(True)
        policy = QSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.label.setSizePolicy(policy)
        self.label.reset_asked.connect(self.reset)
        self.symbol = QLabel(self)
        self.steer = QLabel(self)
        self.steer.setToolTip(STEER_TIP)
        self.steer.setVisible(self.spec.ui.steer)
        self.lock = QLabel(self)
        self.lock.hide()
        self.reset_button = QToolButton(self)
        self.reset_button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.reset_button.setAccessibleName(f"Reset {self.spec.label}")
        self.reset_button.clicked.connect(self.reset)
        policy = self.reset_button.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.reset_button.setSizePolicy(policy)
        self.reset_button.hide()
        self.error = QLabel(self)
        self.error.setProperty("role", "error")
        self.error.setWordWrap(True)
        self.error.hide()
        self._head = QHBoxLayout()
        for widget, stretch in (
            (self.label, 0),
            (self.symbol, 0),
            (self.steer, 0),
            (self.lock, 0),
            (_spacer(), 1),
            (self.reset_button, 0),
            (self.control.head, 0),
        ):
            if widget is not None:
                self._head.addWidget(widget, stretch)
        self._column = QVBoxLayout(self)
        self._column.addLayout(self._head)
        self._column.addWidget(self.control)
        self._column.addWidget(self.error)
        self.control.setVisible(self.control.has_body)

    @property
    def name(self) -> str:
        """The parameter's name."""
        return self.spec.name

    def focusable(self) -> list[QWidget]:
        """What takes the keyboard's focus, in order."""
        return [self.reset_button, *self.control.focusable()]

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self._theme = theme
        self.control.set_theme(theme)
        self._head.setSpacing(theme.gap(1))
        self._column.setSpacing(theme.gap(0.5))
        self._column.setContentsMargins(theme.gap(2), theme.gap(1), theme.gap(2), theme.gap(1))
        self.reset_button.setIcon(icon("reset", theme, "muted"))
        self.reset_button.setIconSize(icon_size(theme) * 0.8)
        self.label.setFont(text_font(theme, weight=QFont.Weight.Medium))
        self.steer.setPixmap(_dot(theme, self.devicePixelRatioF()))
        self.lock.setPixmap(icon_pixmap("lock", theme.muted, theme.text_px, self.devicePixelRatioF()))
        self._show_symbol()
        self.label.setToolTip(self._help())
        self.symbol.setToolTip(self._help())

    def set_value(self, value: Any) -> None:
        """Show a value and whether it is the default; emits nothing. One that is shown already costs nothing."""
        if self._shows(value):
            return
        self._told = (value,)
        if value != self._value and not self.control.busy:
            self.set_error("")
        self._value = value
        self.control.set_value(value)
        self._show_reset()

    def _shows(self, value: Any) -> bool:
        """Whether it was told this very value last, and the user has neither wished nor begun to type another."""
        if self._told is None or self.control.busy or self.error.text():
            return False
        return all(type(one) is type(value) and bool(one == value) for one in (self._told[0], self._value))

    def set_marks(self, marks: tuple[Mark, ...]) -> None:
        """Marks on its slider."""
        self._marks = marks
        self.control.set_marks(marks)

    def set_error(self, sentence: str) -> None:
        """Say what is wrong below the control, or nothing any more."""
        self.error.setText(sentence)
        self.error.setVisible(bool(sentence))
        for widget in self.control.focusable():
            if bool(widget.property("invalid")) != bool(sentence):
                widget.setProperty("invalid", bool(sentence))
                widget.style().unpolish(widget)
                widget.style().polish(widget)

    def set_lit(self, on: bool) -> None:
        """Emphasise it, because something that belongs to it is pointed at."""
        if on != self._lit:
            self._lit = on
            self.update()

    def set_locked(self, on: bool) -> None:
        """Whether it can be changed at the moment."""
        self.control.setEnabled(not on)
        if self.control.head is not None:
            self.control.head.setEnabled(not on)
        self.reset_button.setEnabled(not on)
        self.label.setEnabled(not on)

    def set_lock_note(self, why: str) -> None:
        """A small lock beside the label that says why it cannot be changed; "" takes it away."""
        self.lock.setToolTip(why)
        self.lock.setAccessibleName(f"{self.spec.label}: {why}" if why else "")
        self.lock.setVisible(bool(why))

    def set_limits(self, spec: FieldSpec) -> None:
        """Take the same parameter with another range; the control is made anew, with the value it showed."""
        if spec == self.spec:
            return
        old, value = self.control, self._value
        self.spec = spec
        self._make_control()
        if old.head is not None and self.control.head is not None:
            self._head.replaceWidget(old.head, self.control.head)
            old.head.setParent(None)
            old.head.deleteLater()
        self._column.replaceWidget(old, self.control)
        old.setParent(None)
        old.deleteLater()
        self.control.setVisible(self.control.has_body)
        self._told = None
        self.set_theme(self._theme)
        self.control.set_marks(self._marks)
        self.control.set_name(spec.label, self._help())
        self._watch()
        self.set_error("")
        if value is not None or spec.optional:
            self.set_value(value)

    def reset(self) -> None:
        """Wish for the default."""
        if self.control.isEnabled() and self._value != self.spec.default:
            self._changed(self.spec.default, "")
            self.control.set_value(self.spec.default)

    def enterEvent(self, event: QEnterEvent) -> None:
        """The pointer comes."""
        self.pointed.emit(self.name)
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer leaves."""
        self.pointed.emit("")
        super().leaveEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The focus comes to, or leaves, one of its parts."""
        if event.type() == QEvent.Type.FocusIn:
            self.pointed.emit(self.name)
        elif event.type() == QEvent.Type.FocusOut:
            self.pointed.emit("")
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A soft ground and an accent line when it is lit."""
        if not self._lit:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.selected))
        painter.drawRoundedRect(QRectF(self.rect()), self._theme.radius - 2, self._theme.radius - 2)
        painter.setBrush(QColor(self._theme.accent))
        painter.drawRoundedRect(QRectF(0, 4, 3, self.height() - 8), 1.5, 1.5)
        painter.end()

    def _changed(self, value: Any, gesture: str) -> None:
        self._value = value
        self.set_error("")
        self._show_reset()
        self.wished.emit(self, value, gesture)

    def _show_reset(self) -> None:
        on = self._value != self.spec.default
        if not on and self.reset_button.hasFocus():
            self.focusNextChild()
        self.reset_button.setVisible(on)

    def _show_symbol(self) -> None:
        if not self.spec.ui.symbol:
            self.symbol.hide()
            return
        try:
            setting = typeset(self.spec.ui.symbol, self._theme.text_px * 1.25, self._theme.text)
            self.symbol.setPixmap(setting.pixmap(self.devicePixelRatioF()))
        except TexError as error:
            self.symbol.setText(self.spec.ui.symbol)
            self.symbol.setToolTip(str(error))
        self.symbol.setAccessibleName(self.spec.ui.symbol)

    def _help(self) -> str:
        spec = self.spec
        words = [spec.ui.help.rstrip(".") + "." if spec.ui.help else ""]
        allowed = allowed_words(spec)
        if spec.kind not in ("switch", "choice", "choices") and (spec.lo is not None or spec.hi is not None):
            words.append(allowed[0].upper() + allowed[1:] + ".")
        if spec.ui.steer:
            words.append(STEER_TIP)
        return " ".join(word for word in words if word)

    def _watch(self) -> None:
        for widget in self.focusable():
            widget.installEventFilter(self)
