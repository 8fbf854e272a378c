"""The presenter's column: what the hall sees, notes, what comes next, clock and timer, the poll."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTime, QTimer, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QScrollArea, QSpinBox, QToolButton, QVBoxLayout, QWidget

from courseai_lab.app.course.rich_text import RichText
from courseai_lab.app.lecture.camera import Camera
from courseai_lab.app.lecture.deck import Deck, Slide
from courseai_lab.app.lecture.desk import Desk
from courseai_lab.app.lecture.glass import Glass
from courseai_lab.app.lecture.poll_editor import PollEditor
from courseai_lab.ui.icons import icon, icon_size
from courseai_lab.ui.theme import Theme

SHAPE = 0.6
TICK_MS = 500


class HallPicture(QWidget):
    """What the hall sees, small."""

    def __init__(self, desk: Desk, camera: Camera, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.glass = Glass(desk, theme, camera.current, self, mirror=True)
        self.setAccessibleName("What the hall sees")
        camera.taken.connect(self.glass.update)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """In the shape of a projector."""
        return QSize(320, round(320 * SHAPE))

    def hasHeightForWidth(self) -> bool:  # noqa: N802 - Qt's name
        """Its shape stays."""
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        """Its shape stays."""
        return round(width * SHAPE)

    def resizeEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        """The glass fills it, but for a frame."""
        self.glass.setGeometry(self.rect().adjusted(2, 2, -2, -2))

    def paintEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        """A frame."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().mid())
        painter.end()


class Side(QScrollArea):
    """Beside the panel in the presenter's window; on one screen only its poll, when that is wanted."""

    chosen = Signal(int)
    """The scene of this index is wished for."""
    ticked = Signal()
    """The timer moved on, or was changed."""

    def __init__(self, deck: Deck, desk: Desk, camera: Camera, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._deck, self._desk, self._theme = deck, desk, theme
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = QWidget(self)
        self._column = QVBoxLayout(inside)
        self.hall = HallPicture(desk, camera, theme, inside)
        self.wall = QLabel(inside)
        self.wall.setProperty("role", "title")
        self.wall.setAccessibleName("Time of day")
        self.timer = QLabel(inside)
        self.timer.setAccessibleName("Time since the lecture began")
        self.pause, self.again = self._tool("Pause the timer   T"), self._tool("Timer from nought")
        self.pause.clicked.connect(self._pause)
        self.again.clicked.connect(self._again)
        self.minutes = QSpinBox(inside)
        self.minutes.setRange(0, 600)
        self.minutes.setSuffix(" min")
        self.minutes.setSpecialValueText("no limit")
        self.minutes.setAccessibleName("Planned minutes")
        self.minutes.setValue(desk.timer.minutes)
        self.minutes.valueChanged.connect(self._plan)
        self.scenes = QComboBox(inside)
        self.scenes.setAccessibleName("Scene")
        self.scenes.addItems([f"{n}. {slide.title}" for n, slide in enumerate(deck.slides, 1)])
        self.scenes.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.scenes.activated.connect(self.chosen)
        self.texts = {name: RichText(theme, inside) for name in ("notes", "try", "notice", "next")}
        self._heads = {name: self._head(words) for name, words in _WORDS.items()}
        self.polls = QComboBox(inside)
        self.polls.setAccessibleName("Prediction of the lesson")
        self.polls.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.polls.activated.connect(self._take_poll)
        self.poll = PollEditor(theme, inside)
        self.poll.changed.connect(self._poll_changed)
        self.poll.shown.connect(self._poll_shown)
        self._arrange()
        self.setWidget(inside)
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self._show_time)
        desk.changed.connect(self._follow)
        self.set_theme(theme)
        self._show_time()

    def show_slide(self, index: int) -> None:
        """Another scene is on screen."""
        slides = self._deck.slides
        slide = slides[index] if 0 <= index < len(slides) else Slide("")
        after = slides[index + 1] if index + 1 < len(slides) else None
        self.scenes.setCurrentIndex(index)
        words = {"notes": slide.notes, "try": slide.attempt, "notice": slide.notice}
        words["next"] = f"**{after.title}** {after.attempt or after.notice}" if after else "This is the last scene."
        for name, text in words.items():
            self.texts[name].set_line(text)
        self._slide = slide
        self.polls.clear()
        self.polls.addItems(["A question of your own", *(poll.ask for poll in slide.polls)])
        self.polls.setVisible(self._wide and bool(slide.polls))
        self.polls.setCurrentIndex(1 if slide.polls else 0)
        self._take_poll(self.polls.currentIndex())
        self._show_parts()

    def set_presenter(self, on: bool) -> None:
        """All of it, or the poll alone."""
        self._wide = on
        self._show_parts()

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self._theme = theme
        gap = theme.gap(3)
        self._column.setContentsMargins(gap, gap, gap, gap)
        self._column.setSpacing(theme.gap(2))
        self.hall.glass.set_theme(theme)
        for text in self.texts.values():
            text.set_theme(theme)
        for button, name in ((self.pause, "timer"), (self.again, "reset")):
            button.setIcon(icon(name, theme))
            button.setIconSize(icon_size(theme))
        self.setFixedWidth(theme.text_px * 22)

    def showEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        """Time is seen to pass."""
        self._tick.start()

    def hideEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        """Nobody looks at the clock."""
        self._tick.stop()

    def _arrange(self) -> None:
        self._wide = True
        self._slide = Slide("")
        clock = QHBoxLayout()
        clock.addWidget(self.wall)
        clock.addStretch(1)
        clock.addWidget(self.timer)
        clock.addWidget(self.pause)
        clock.addWidget(self.again)
        self._column.addLayout(clock)
        planned = QHBoxLayout()
        self._planned = QLabel("Planned", self)
        self._planned.setProperty("role", "caption")
        planned.addWidget(self._planned)
        planned.addWidget(self.minutes)
        planned.addStretch(1)
        self._column.addLayout(planned)
        self._column.addWidget(self.hall)
        self._column.addWidget(self.scenes)
        for name in ("notes", "try", "notice", "next"):
            self._column.addWidget(self._heads[name])
            self._column.addWidget(self.texts[name])
        self._column.addWidget(self._heads["poll"])
        self._column.addWidget(self.polls)
        self._column.addWidget(self.poll)
        self._column.addStretch(1)

    def _show_parts(self) -> None:
        for widget in (
            *(self.wall, self.timer, self.pause, self.again, self._planned, self.minutes),
            *(self.hall, self.scenes, self._heads["next"], self.texts["next"]),
        ):
            widget.setVisible(self._wide)
        slide = self._slide
        for name, text in (("notes", slide.notes), ("try", slide.attempt), ("notice", slide.notice)):
            for widget in (self._heads[name], self.texts[name]):
                widget.setVisible(self._wide and bool(text))
        self.polls.setVisible(bool(slide.polls))

    def _show_time(self) -> None:
        timer = self._desk.timer
        self.wall.setText(QTime.currentTime().toString("HH:mm"))
        self.timer.setText(timer.text())
        color = self._theme.error if timer.over else self._theme.text if timer.running else self._theme.muted
        self.timer.setStyleSheet(f"color: {color};")
        self.ticked.emit()

    def _pause(self) -> None:
        self._desk.timer.toggle()
        self._show_time()

    def _again(self) -> None:
        self._desk.timer.reset()
        self._show_time()

    def _plan(self, minutes: int) -> None:
        self._desk.timer.minutes = minutes
        self._show_time()

    def _take_poll(self, index: int) -> None:
        from courseai_lab.app.lecture.poll_editor import EMPTY

        poll = self._slide.polls[index - 1] if 0 < index <= len(self._slide.polls) else EMPTY
        self.poll.set_poll(poll, self._desk.poll is not None)
        if self._desk.poll is not None:
            self._desk.set_poll(poll)

    def _poll_changed(self, poll: object) -> None:
        if self._desk.poll is not None:
            self._desk.set_poll(self.poll.poll)

    def _poll_shown(self, on: bool) -> None:
        self._desk.set_poll(self.poll.poll if on else None)

    def _follow(self) -> None:
        poll = self._desk.poll
        self.poll.set_poll(poll if poll is not None else self.poll.poll, poll is not None)

    def _head(self, words: str) -> QLabel:
        label = QLabel(words)
        label.setProperty("role", "caption")
        return label

    def _tool(self, words: str) -> QToolButton:
        button = QToolButton(self)
        button.setToolTip(words)
        button.setAccessibleName(words.partition("   ")[0])
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button


_WORDS = {"notes": "Notes", "try": "To try", "notice": "To notice", "next": "Next", "poll": "Poll of the hall"}
