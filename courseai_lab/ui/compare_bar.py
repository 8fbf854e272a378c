"""The line above two results: what differs between them, how both are shown, swap and unpin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from courseai_lab.ui.flow import FlowLayout
from courseai_lab.ui.icons import icon, icon_size
from courseai_lab.ui.panel_view import PanelView
from courseai_lab.ui.theme import Theme

Mode = Literal["overlay", "beside"]
MODES: dict[Mode, tuple[str, str]] = {
    "overlay": ("Overlay", "B's lines, paler and dashed, behind A's in the same plots"),
    "beside": ("Side by side", "B's whole picture beside A's"),
}
MOST_LISTED = 4
WIDE = 620


@dataclass(frozen=True, slots=True)
class Difference:
    """A parameter that differs: its name, and both values in a few letters."""

    label: str
    a: str
    b: str


class CompareBar(QWidget):
    """Says what differs between A (what is worked on) and B (what was pinned). Knows no engine."""

    swap_asked = Signal()
    unpin_asked = Signal()
    mode_chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._differences: tuple[Difference, ...] = ()
        self._trouble = ""
        self._theme = theme
        self.words = QLabel(self)
        self.words.setTextFormat(Qt.TextFormat.RichText)
        self.words.setWordWrap(True)
        self.words.setAccessibleName("What differs between A and B")
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self._group = QButtonGroup(self)
        self.modes: dict[Mode, QPushButton] = {}
        for mode, (text, tip) in MODES.items():
            button = QPushButton(text, self)
            button.setCheckable(True)
            button.setToolTip(tip)
            button.clicked.connect(lambda _on=False, mode=mode: self.mode_chosen.emit(mode))
            self._group.addButton(button)
            self.modes[mode] = button
        self.swap = QPushButton("Swap", self)
        self.swap.setToolTip("B becomes what is worked on, and A is pinned")
        self.swap.clicked.connect(self.swap_asked)
        self.unpin = QPushButton(self)
        self.unpin.setToolTip("Unpin B")
        self.unpin.setAccessibleName("Unpin B")
        self.unpin.clicked.connect(self.unpin_asked)
        self._grid = QGridLayout(self)
        self._row = QWidget(self)
        self._buttons = FlowLayout(self._row, theme.gap(1))
        self._all = (*self.modes.values(), self.swap, self.unpin)
        for button in self._all:
            self._buttons.addWidget(button)
        self._grid.setColumnStretch(0, 1)
        self._wide: bool | None = None
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self._theme = theme
        self._grid.setContentsMargins(theme.gap(3), theme.gap(1), theme.gap(2), theme.gap(1))
        self._grid.setSpacing(theme.gap(1))
        self._buttons.setSpacing(theme.gap(1))
        self.unpin.setIcon(icon("close", theme))
        self.unpin.setIconSize(icon_size(theme))
        self._say()
        self._wide = None
        self._arrange()
        self._fit()

    def show_differences(self, differences: Sequence[Difference]) -> None:
        """List what differs."""
        if tuple(differences) != self._differences:
            self._differences = tuple(differences)
            self._say()

    def show_mode(self, mode: Mode, overlay: bool) -> None:
        """Which way both are shown; ``overlay``: whether there are lines that can lie over each other."""
        self.modes[mode].setChecked(True)
        self.modes["overlay"].setEnabled(overlay)
        none = "This picture has no lines that could lie over each other"
        self.modes["overlay"].setToolTip(MODES["overlay"][1] if overlay else none)

    def show_trouble(self, sentence: str) -> None:
        """Why B cannot be shown; "" when it can."""
        if sentence != self._trouble:
            self._trouble = sentence
            self._say()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The words get a line of their own where there is little room."""
        super().resizeEvent(event)
        self._arrange()
        self._fit()

    def hasHeightForWidth(self) -> bool:
        """No: it fixes its own height. One part that asks for it would make its neighbours, the pictures, ask too."""
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Raised, with a hairline below."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.raised))
        line = self._theme.outline_px
        painter.fillRect(0, self.height() - line, self.width(), line, QColor(self._theme.outline))
        painter.end()

    def _arrange(self) -> None:
        wide = self.width() * 13 / self._theme.text_px >= WIDE
        if wide == self._wide:
            return
        self._wide = wide
        self._grid.removeWidget(self.words)
        self._grid.removeWidget(self._row)
        self._grid.addWidget(self.words, 0, 0)
        # Beside the words the buttons stand in one line; below them they wrap where they must.
        line = sum(button.sizeHint().width() for button in self._all) + self._buttons.spacing() * len(self._all)
        self._row.setMinimumWidth(line if wide else 0)
        self._grid.addWidget(self._row, 0 if wide else 1, 1 if wide else 0)

    def _fit(self) -> None:
        """As high as the words and buttons need at this width."""
        self._grid.activate()
        height = self._grid.totalHeightForWidth(max(1, self.width()))
        if height < 0:
            height = self._grid.totalSizeHint().height()
        if height != self.maximumHeight() or height != self.minimumHeight():
            self.setFixedHeight(height)

    def _say(self) -> None:
        self._write()
        self._fit()

    def _write(self) -> None:
        if self._trouble:
            self.words.setText(f"<span style='color:{self._theme.warning}'>B: {escape(self._trouble)}</span>")
            return
        if not self._differences:
            self.words.setText("A and B are the same so far: change something, and compare.")
            self.words.setToolTip("")
            return
        listed = [self._one(one) for one in self._differences[:MOST_LISTED]]
        more = len(self._differences) - MOST_LISTED
        if more > 0:
            listed.append(f"<span style='color:{self._theme.muted}'>and {more} more</span>")
        self.words.setText("&nbsp;&nbsp; ".join(listed))
        plain = "\n".join(f"{one.label}: A {one.a}, B {one.b}" for one in self._differences)
        self.words.setToolTip(plain)
        self.words.setAccessibleDescription(plain)

    def _one(self, one: Difference) -> str:
        muted = self._theme.muted
        a, b = (escape(value).replace(" ", "&nbsp;") for value in (one.a, one.b))
        return (
            f"<span style='color:{muted}'>{escape(one.label)}</span> "
            f"<b>A</b>&nbsp;{a} <span style='color:{muted}'><b>B</b>&nbsp;{b}</span>"
        )


class Beside(QWidget):
    """A picture with its caption, to stand beside another."""

    def __init__(self, words: str, picture: PanelView, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._caption = QLabel(words, self)
        self._caption.setProperty("role", "caption")
        self._picture = picture
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._caption)
        column.addWidget(picture, 1)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self._caption.setContentsMargins(theme.gap(3), theme.gap(1), theme.gap(3), 0)
        self._picture.set_theme(theme)

    def hasHeightForWidth(self) -> bool:
        """No: two pictures share the height that there is."""
        return False
