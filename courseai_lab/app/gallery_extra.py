"""What the gallery shows beside the panels: a window that was not closed properly, and recent files."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from courseai_lab.ui.flow import FlowLayout
from courseai_lab.ui.icons import icon, icon_pixmap, icon_size
from courseai_lab.ui.theme import Theme

MOST_SHOWN = 6
NAME_CHARACTERS = 24


class RecoveryCard(QFrame):
    """Asks, and never forces: what was open can be restored, or left."""

    restore_asked = Signal()
    fresh_asked = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.setAccessibleName("The lab did not close properly")
        self._picture = QLabel()
        self._title = QLabel("The lab did not close properly.")
        self._words = QLabel()
        self._words.setProperty("role", "muted")
        for label in (self._title, self._words):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.restore = QPushButton("Restore")
        self.restore.setProperty("role", "primary")
        self.restore.setToolTip("Opens what was open, as it was")
        self.restore.clicked.connect(self.restore_asked)
        self.fresh = QPushButton("Start fresh")
        self.fresh.setToolTip("Leaves it closed; it stays among the recent files until the next time")
        self.fresh.clicked.connect(self.fresh_asked)
        self._column = QVBoxLayout()
        self._column.addWidget(self._title)
        self._column.addWidget(self._words)
        self._buttons = FlowLayout()
        self._buttons.addWidget(self.restore)
        self._buttons.addWidget(self.fresh)
        self._column.addLayout(self._buttons)
        self._line = QHBoxLayout(self)
        self._line.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        self._line.addLayout(self._column, 1)
        _as_high_as_needed(self)
        self.hide()
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self._line.setContentsMargins(theme.gap(4), theme.gap(4), theme.gap(4), theme.gap(4))
        self._line.setSpacing(theme.gap(3))
        self._column.setSpacing(theme.gap(2))
        self._buttons.setSpacing(theme.gap(2))
        self.setMaximumWidth(theme.gap(160))
        self._picture.setPixmap(
            icon_pixmap("history", theme.accent, icon_size(theme).width(), self.devicePixelRatioF())
        )

    def show_lost(self, titles: Sequence[str], when: float, more: int) -> None:
        """What was open, until when (seconds since 1970), and how many more such windows there are."""
        count = f"{len(titles)} panels were" if len(titles) != 1 else "One panel was"
        names = ", ".join(titles[:3]) + (f" and {len(titles) - 3} more" if len(titles) > 3 else "")
        moment = time.localtime(when)
        today = moment[:3] == time.localtime()[:3]
        day = "today" if today else f"on {moment.tm_mday} {time.strftime('%B', moment)}"
        others = "One more window waits" if more == 1 else f"{more} more windows wait"
        further = f" {others} after this one." if more else ""
        self._words.setText(f"{count} open {day} at {time.strftime('%H:%M', moment)}: {names}.{further}")
        self.show()


def _as_high_as_needed(widget: QWidget) -> None:
    """Lines wrap in a narrow window: the height follows the width, and is never less than that."""
    policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    policy.setHeightForWidth(True)
    widget.setSizePolicy(policy)


class RecentFiles(QWidget):
    """Lab files opened or saved last, as a line of buttons; nothing when there are none."""

    opened = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._heading = QLabel("Recent files")
        self._heading.setProperty("role", "muted")
        self._flow = FlowLayout(spacing=theme.gap(2))
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addWidget(self._heading)
        self._column.addLayout(self._flow)
        self._buttons: list[QToolButton] = []
        _as_high_as_needed(self)
        self.hide()
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self._theme = theme
        self._column.setSpacing(theme.gap(2))
        self._flow.setSpacing(theme.gap(2))
        for button in self._buttons:
            self._dress(button)

    def show_files(self, paths: Sequence[Path]) -> None:
        """These, newest first; names that occur twice are told apart by their folder."""
        for button in self._buttons:
            self._flow.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._buttons = []
        names = [path.name for path in paths]
        for path in paths[:MOST_SHOWN]:
            name = path.stem if names.count(path.name) == 1 else f"{path.parent.name}/{path.stem}"
            button = QToolButton(self)
            button.setText(name if len(name) <= NAME_CHARACTERS else name[: NAME_CHARACTERS - 1] + "…")
            button.setToolTip(str(path))
            button.setAccessibleName(f"Open {path.name}")
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _checked=False, name=str(path): self.opened.emit(name))
            self._dress(button)
            self._flow.addWidget(button)
            button.show()
            self._buttons.append(button)
        self.setVisible(bool(self._buttons))

    def _dress(self, button: QToolButton) -> None:
        button.setIcon(icon("folder", self._theme, "muted"))
        size = icon_size(self._theme).width()
        button.setIconSize(QSize(size, size))
