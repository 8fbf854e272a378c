"""Pictures for the gallery, drawn by the panels themselves in a process of its own, one at a time, and kept on disk.

The same process leaves the panels' kernels compiled in the cache, so that nobody waits for that when a panel opens.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QTimer, Signal
from PySide6.QtGui import QPixmap

from courseai_lab import __version__
from courseai_lab.contract import Panel

SIZE = "760x475"
PATIENCE_MS = 60_000


class Thumbnails(QObject):
    """``ready`` carries a panel's id and its picture. A picture that cannot be made is simply not there."""

    ready = Signal(str, QPixmap)

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder / "thumbnails"
        self._wanted: list[tuple[str, Path]] = []
        self._making: tuple[str, Path] | None = None
        self._theme = ""
        self._process = QProcess(self)
        self._process.finished.connect(self._made)
        self._process.errorOccurred.connect(self._made)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.timeout.connect(self._process.kill)

    def show_known(self, panels: Sequence[Panel], theme: str) -> None:
        """Deliver what is on disk and queue the rest; ``make`` starts on it."""
        self._wanted.clear()
        self._theme = theme
        for panel in panels:
            path = self._folder / self._name(panel.id)
            if path.is_file():
                self._deliver(panel.id, path)
            else:
                self._wanted.append((panel.id, path))

    def make(self) -> None:
        """Make the missing pictures, one after the other."""
        if self._making is not None or not self._wanted:
            return
        self._making = self._wanted.pop(0)
        panel_id, path = self._making
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError:
            # Nowhere to keep pictures: the gallery does without.
            self._wanted.clear()
            self._making = None
            return
        program, arguments = _command()
        wish = ["render", panel_id, "--size", SIZE, "--scale", "1", "--theme", self._theme, "-o", str(path), "--warm"]
        self._process.start(program, [*arguments, *wish])
        self._patience.start(PATIENCE_MS)

    def stop(self) -> None:
        """The window closes: leave it."""
        self._wanted.clear()
        self._making = None
        self._patience.stop()
        if self._process.state() != QProcess.ProcessState.NotRunning:
            self._process.blockSignals(True)
            self._process.kill()
            self._process.waitForFinished(1000)

    def _made(self, *_why: object) -> None:
        self._patience.stop()
        made, self._making = self._making, None
        if made is None:
            return
        if made[1].is_file() and made[1].name == self._name(made[0]):
            # The theme may have changed meanwhile; a picture in the old one waits on disk for its return.
            self._deliver(*made)
        QTimer.singleShot(0, self, self.make)

    def _name(self, panel_id: str) -> str:
        return f"{panel_id}-{self._theme}-{__version__}.png"

    def _deliver(self, panel_id: str, path: Path) -> None:
        picture = QPixmap(str(path))
        if not picture.isNull():
            self.ready.emit(panel_id, picture)


def _command() -> tuple[str, list[str]]:
    """How to call the command line from here: the frozen app is its own interpreter."""
    if getattr(sys, "frozen", False):
        return sys.executable, []
    return sys.executable, ["-m", "courseai_lab"]
