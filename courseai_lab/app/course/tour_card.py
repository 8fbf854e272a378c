"""A tour on a lesson's page: begin it, see what to do, pass a step over, leave it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from courseai_lab.app.course.rich_text import RichText
from courseai_lab.lessons.tour import Tour
from courseai_lab.ui.theme import Theme


class TourCard(QFrame):
    """Says what the tour says. ``asked`` begins it or takes it up again; the other two drive it."""

    asked = Signal(str)
    next_asked = Signal()
    leave_asked = Signal()

    def __init__(self, tour: Tour, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tour = tour
        self.setProperty("role", "card")
        self.head = QLabel(f"Tour: {tour.title}" if tour.title else "Tour")
        self.head.setWordWrap(True)
        self.say = RichText(theme)
        self.begin_button = QPushButton("Begin")
        self.next_button = QPushButton("Next step")
        self.leave_button = QPushButton("Leave")
        self.leave_button.setToolTip("Esc")
        for button in (self.next_button, self.leave_button):
            button.setProperty("role", "quiet")
        line = QHBoxLayout()
        for button in (self.begin_button, self.next_button, self.leave_button):
            line.addWidget(button)
        line.addStretch(1)
        column = QVBoxLayout(self)
        gap = theme.gap(3)
        column.setContentsMargins(gap, gap, gap, gap)
        column.setSpacing(theme.gap(2))
        column.addWidget(self.head)
        column.addWidget(self.say)
        column.addLayout(line)
        self.begin_button.clicked.connect(lambda: self.asked.emit(tour.id))
        self.next_button.clicked.connect(self.next_asked)
        self.leave_button.clicked.connect(self.leave_asked)
        self.show_rest(0)

    def set_theme(self, theme: Theme) -> None:
        """Follow the theme."""
        self.say.set_theme(theme)

    def show_step(self, step: int) -> None:
        """On its way."""
        steps = self.tour.steps
        self.say.show()
        self.say.set_line(f"**Step {step + 1} of {len(steps)}.** {steps[step].say}")
        self._show(True)
        self.next_button.setText("Done" if step + 1 == len(steps) else "Next step")

    def show_rest(self, reached: int, done: bool = False) -> None:
        """Not on its way: not begun, left at a step, or done."""
        steps = len(self.tour.steps)
        if done:
            self.say.set_line("**Done.** You did every step.")
        elif reached:
            self.say.set_line(f"You were at step {reached + 1} of {steps}.")
        self.say.setVisible(done or reached > 0)
        self.begin_button.setText("Once more" if done else "Go on" if reached else f"Begin ({steps} steps)")
        self._show(False)

    def _show(self, running: bool) -> None:
        self.begin_button.setVisible(not running)
        self.next_button.setVisible(running)
        self.leave_button.setVisible(running)
