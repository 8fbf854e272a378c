"""The lecture's toolbar: small, at the lower edge, there when the pointer moves and gone when it rests."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from courseai_lab.app.lecture.desk import COLORS, Desk
from courseai_lab.ui.flow import FlowLayout
from courseai_lab.ui.icons import icon, icon_size
from courseai_lab.ui.theme import Theme

REST_MS = 2500
BUTTONS: tuple[tuple[str, str, str], ...] = (
    ("previous", "chevron-left", "Previous scene   ← or Page Up"),
    ("next", "chevron-right", "Next scene   → or Page Down"),
    ("laser", "laser", "Laser pointer   L"),
    ("spotlight", "spotlight", "Spotlight; the wheel changes its size   S"),
    ("pen", "pen", "Pen   D"),
    ("undo", "undo", "Take the last line back   U"),
    ("clear", "trash", "Wipe the lines off   C"),
    ("zoom", "zoom", "Zoom: frame a part, or click   Z; + and −"),
    ("whole", "zoom-fit", "The whole picture   0"),
    ("freeze", "freeze", "Freeze the picture   F"),
    ("blank", "blank", "Blank the screen   B or ."),
    ("play", "play", "Play or pause the panel   P"),
    ("poll", "poll", "Poll of the hall   A; R tells the truth"),
    ("controls", "sliders", "Controls or the picture alone   K"),
    ("presenter", "notes", "Presenter's view in a window of its own   V"),
    ("leave", "close", "End the lecture   Esc"),
)
CHECKABLE = frozenset({"laser", "spotlight", "pen", "zoom", "freeze", "blank", "poll", "controls", "presenter"})
COLOR_WORDS = ("the accent", "data", "the model", "loss", "the gradient")


class Bar(QFrame):
    """``asked`` carries an action's name, as keys have it (``keys.KEYS``)."""

    asked = Signal(str)

    def __init__(self, desk: Desk, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self._resting = True
        self.setProperty("role", "card")
        self.setAutoFillBackground(True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.title = QLabel(self)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.clock = QLabel(self)
        self.clock.setAccessibleName("Time since the lecture began")
        self.buttons = {name: self._button(name, words) for name, _, words in BUTTONS}
        self.colors = [self._button(f"color-{n}", f"Pen in the colour of {COLOR_WORDS[n]}   {n + 1}") for n in range(5)]
        line = QHBoxLayout()
        line.addWidget(self.title, 1)
        line.addWidget(self.clock)
        self._flow = FlowLayout(None, 2)
        for name, _, _ in BUTTONS:
            self._flow.addWidget(self.buttons[name])
            if name == "pen":
                for color in self.colors:
                    self._flow.addWidget(color)
        self._column = QVBoxLayout(self)
        self._column.addLayout(line)
        self._column.addLayout(self._flow)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._sink)
        desk.changed.connect(self.follow)
        self.set_theme(theme)

    @property
    def floating(self) -> bool:
        """Whether it lies over the picture and goes when nothing moves."""
        return self._resting

    def set_floating(self, on: bool) -> None:
        """Over the picture, or a fixed part of the window."""
        self._resting = on
        self._rest.stop()
        self.setVisible(not on)

    def wake(self) -> None:
        """The pointer moved, or another scene came: be there for a while."""
        if self._resting:
            if self.isHidden():
                self.show()
                self.raise_()
            self._rest.start()

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self._theme = theme
        self._column.setContentsMargins(theme.gap(3), theme.gap(1.5), theme.gap(3), theme.gap(1.5))
        for name, picture, _ in BUTTONS:
            self.buttons[name].setIcon(icon(picture, theme))
            self.buttons[name].setIconSize(icon_size(theme) * 0.9)
        self.follow()

    def follow(self) -> None:
        """Show what is in hand."""
        desk = self._desk
        states = {name: desk.tool == name for name in ("laser", "spotlight", "pen", "zoom")}
        states |= {"freeze": desk.frozen, "blank": desk.blank, "poll": desk.poll is not None}
        for name, on in states.items():
            self.buttons[name].setChecked(on)
        self.buttons["whole"].setEnabled(desk.zoomed)
        for name in ("undo", "clear"):
            self.buttons[name].setVisible(desk.tool == "pen" or bool(desk.strokes))
        for index, button in enumerate(self.colors):
            button.setVisible(desk.tool == "pen")
            button.setChecked(desk.color == COLORS[index])
            button.setIcon(_dot(self._theme.color(COLORS[index]), self._theme.text_px))
            button.setIconSize(QSize(self._theme.text_px, self._theme.text_px))

    def say(self, title: str, clock: str, over: bool) -> None:
        """Where the lecture is and how long it has been going on; ``over``: longer than planned."""
        if self.title.text() != title:
            self.title.setText(title)
        if self.clock.text() != clock:
            self.clock.setText(clock)
        color = self._theme.error if over else self._theme.muted
        self.clock.setStyleSheet(f"color: {color};")

    def hideEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        """Nothing runs while it cannot be seen."""
        self._rest.stop()
        super().hideEvent(event)  # type: ignore[arg-type]

    def _sink(self) -> None:
        if self._resting and not self.underMouse():
            self.hide()
        elif self._resting:
            self._rest.start()

    def _button(self, name: str, words: str) -> QToolButton:
        button = QToolButton(self)
        button.setToolTip(words)
        button.setAccessibleName(words.partition("   ")[0])
        button.setCheckable(name in CHECKABLE or name.startswith("color-"))
        # By Tab, not by a click: a click leaves the keys to the lecture.
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(lambda: self._click(name))
        return button

    def _click(self, name: str) -> None:
        self.asked.emit(name)
        self.follow()


def _dot(color: str, side: int) -> QIcon:
    picture = QPixmap(2 * side, 2 * side)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(color))
    painter.drawEllipse(picture.rect().adjusted(2, 2, -2, -2))
    painter.end()
    return QIcon(picture)
