"""The transport: play, step, scrub and speed of a run that has steps."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from courseai_lab.contract import Mark
from courseai_lab.ui.icons import icon, icon_size
from courseai_lab.ui.numbers import fmt
from courseai_lab.ui.param_form.scale import Scale
from courseai_lab.ui.param_form.slider import ValueSlider
from courseai_lab.ui.theme import Theme

SPEEDS = Scale(0.1, 10.0, log=True)
_NARROW = 560
_STANDARD_TEXT = 13


class Transport(QWidget):
    """Buttons, a scrub slider over the frames recorded so far, and the speed. Shows what it is told; plays nothing."""

    play_toggled = Signal(bool)
    step_asked = Signal(int)
    seek_asked = Signal(int)
    speed_changed = Signal(float)
    loop_toggled = Signal(bool)
    restart_asked = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._index, self._count = 0, 0
        self._total: int | None = None
        self._playing = False
        self._two_rows: bool | None = None
        self.to_start = self._button("to-start", "To the first step (Home)", self._go_to_start)
        self.back = self._button("step-back", "One step back (Left)", lambda: self.step_asked.emit(-1))
        self.play = self._button("play", "Play (Space)", self.toggle)
        self.step = self._button("step", "One step on (Right)", lambda: self.step_asked.emit(1))
        self.to_end = self._button("to-end", "To the newest step (End)", self._go_to_end)
        self.restart = self._button("retry", "Run again from the start", self.restart_asked.emit)
        self.loop = self._button("loop", "Play over and over", None)
        self.loop.setCheckable(True)
        self.loop.toggled.connect(self.loop_toggled)
        self.scrub = ValueSlider(Scale(0, 1, whole=True), theme, "scrub")
        self.scrub.setAccessibleName("Step shown")
        self.scrub.chosen.connect(self._scrubbed)
        self.where = QLabel()
        self.where.setProperty("role", "muted")
        self.where.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.speed = ValueSlider(SPEEDS, theme, "speed")
        self.speed.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.speed.setAccessibleName("Speed")
        self.speed.set_value(1.0)
        self.speed.chosen.connect(self._speed_chosen)
        self.speed.reset_asked.connect(lambda: self.set_speed(1.0, tell=True))
        self.speed_label = QLabel()
        self.speed_label.setProperty("role", "muted")
        self._build()
        self.set_theme(theme)
        self.set_speed(1.0)
        self.set_position(0, 0, None, False, False)

    def _build(self) -> None:
        self._grid = QGridLayout(self)
        self._buttons = QWidget()
        line = QHBoxLayout(self._buttons)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(0)
        for button in (self.to_start, self.back, self.play, self.step, self.to_end):
            line.addWidget(button)
        self._tail = QWidget()
        line = QHBoxLayout(self._tail)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(0)
        for widget in (self.restart, self.loop, self.speed, self.speed_label):
            line.addWidget(widget)

    def set_position(self, index: int, count: int, total: int | None, running: bool, playing: bool) -> None:
        """Frame ``index`` of ``count`` recorded is shown; ``total`` is the last step's number of frames when known.

        ``running``: more frames are being computed. ``playing``: frames follow by themselves.
        """
        self._index, self._count, self._total, self._playing = index, count, total, playing
        last = max(count - 1, (total or 0) - 1, 1)
        if last != self.scrub.maximum():
            self.scrub.set_scale(Scale(0, last, whole=True))
        if not self.scrub.dragging:
            self.scrub.set_value(float(max(0, index)))
        self.scrub.set_limit(max(0, count - 1) if total is not None and count < total else None)
        known = total if total is not None else count
        more = " so far" if total is None and running else ""
        # Frames are shown as people count steps: the first frame is the state before step 1.
        self.where.setText(f"step {fmt(max(0, index))} of {fmt(max(0, known - 1))}{more}" if count else "no steps yet")
        self.scrub.setAccessibleDescription(self.where.text())
        self.play.setIcon(icon("pause" if playing else "play", self._theme))
        self.play.setToolTip("Pause (Space)" if playing else "Play (Space)")
        self.play.setAccessibleName("Pause" if playing else "Play")
        for button in (self.to_start, self.back):
            button.setEnabled(index > 0)
        self.to_end.setEnabled(index < count - 1)
        self.step.setEnabled(index < count - 1 or running or total is None or count < total)
        self.scrub.setEnabled(count > 1)

    def set_speed(self, speed: float, tell: bool = False) -> None:
        """Show a speed, 0.1 to 10; ``tell`` also emits it."""
        self.speed.set_value(SPEEDS.held(speed))
        self.speed_label.setText(f"{fmt(speed, 2, trim=True)}×")
        self.speed.setAccessibleDescription(f"{fmt(speed, 2, trim=True)} times")
        if tell:
            self.speed_changed.emit(speed)

    def set_loop(self, on: bool) -> None:
        """Show whether it plays over and over; emits nothing."""
        self.loop.blockSignals(True)
        self.loop.setChecked(on)
        self.loop.blockSignals(False)

    def toggle(self) -> None:
        """Ask for play or pause, whichever is not."""
        self.play_toggled.emit(not self._playing)

    def take_key(self, key: int, shift: bool) -> bool:
        """Do what a key asks for (Space, arrows, Home, End); False when it means nothing here."""
        far = 10 if shift else 1
        if key == Qt.Key.Key_Space:
            self.toggle()
        elif key == Qt.Key.Key_Left:
            self.step_asked.emit(-far)
        elif key == Qt.Key.Key_Right:
            self.step_asked.emit(far)
        elif key == Qt.Key.Key_Home:
            self._go_to_start()
        elif key == Qt.Key.Key_End:
            self._go_to_end()
        else:
            return False
        return True

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self._theme = theme
        for button in self._buttons.findChildren(QToolButton) + self._tail.findChildren(QToolButton):
            name = str(button.property("icon_name"))
            if button is self.play:
                name = "pause" if self._playing else "play"
            button.setIcon(icon(name, theme))
            button.setIconSize(icon_size(theme))
        self.scrub.set_theme(theme)
        self.speed.set_theme(theme)
        self.speed.set_marks((Mark(1.0, ""),))
        self.speed.setFixedWidth(theme.text_px * 6)
        self._grid.setContentsMargins(theme.gap(2), 0, theme.gap(2), theme.gap(1))
        self._grid.setHorizontalSpacing(theme.gap(2))
        self._grid.setVerticalSpacing(0)
        self.speed_label.setMinimumWidth(round(theme.text_px * 2.6))
        self._two_rows = None
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """One line, or two where it is narrow."""
        super().resizeEvent(event)
        self._arrange()

    def minimumSizeHint(self) -> QSize:
        """Two lines, the wider of which is the buttons."""
        width = self._buttons.sizeHint().width() + self._tail.sizeHint().width() + 5 * self._theme.gap(2)
        return QSize(width, super().minimumSizeHint().height())

    def _arrange(self) -> None:
        two = self.width() < _NARROW * self._theme.text_px / _STANDARD_TEXT
        if two == self._two_rows:
            return
        self._two_rows = two
        for widget in (self._buttons, self.scrub, self.where, self._tail):
            self._grid.removeWidget(widget)
        if two:
            self._grid.addWidget(self.scrub, 0, 0, 1, 2)
            self._grid.addWidget(self.where, 0, 2)
            self._grid.addWidget(self._buttons, 1, 0)
            self._grid.addWidget(self._tail, 1, 1, 1, 2, Qt.AlignmentFlag.AlignRight)
        else:
            for column, widget in enumerate((self._buttons, self.scrub, self.where, self._tail)):
                self._grid.addWidget(widget, 0, column)
        for column in range(4):
            self._grid.setColumnStretch(column, 1 if column == 1 else 0)
        self.updateGeometry()

    def _button(self, name: str, tip: str, act: object) -> QToolButton:
        button = QToolButton()
        button.setProperty("icon_name", name)
        button.setToolTip(tip)
        button.setAccessibleName(tip.partition(" (")[0])
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        if act is not None:
            button.clicked.connect(act)
        return button

    def _go_to_start(self) -> None:
        self.seek_asked.emit(0)

    def _go_to_end(self) -> None:
        self.seek_asked.emit(max(0, self._count - 1))

    def _scrubbed(self, value: float, _gesture: str) -> None:
        wanted = min(round(value), max(0, self._count - 1))
        self.scrub.set_value(float(wanted))
        self.seek_asked.emit(wanted)

    def _speed_chosen(self, value: float, _gesture: str) -> None:
        self.set_speed(value, tell=True)
