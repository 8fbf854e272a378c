"""Keeps the whole window safe from a crash: soon after each change, and every few seconds while a run is watched."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from courseai_lab.app.log import note_failure
from courseai_lab.app.recovery import Recovery, Writer

if TYPE_CHECKING:
    from courseai_lab.app.main_window import MainWindow
    from courseai_lab.app.workspace import Workspace

SOON_MS = 700
OFTEN_MS = 4000
FLUSH_SECONDS = 3.0
log = logging.getLogger(__name__)


class Autosave(QObject):
    """Takes the window's state in the window's thread (a millisecond), writes it in another.

    A change is written at most ``SOON_MS`` later, however long a drag goes on; what has not changed is not written.
    """

    written = Signal(int)
    """The version of this number is on the disk."""
    _answered = Signal(int, str)

    def __init__(self, window: MainWindow, recovery: Recovery) -> None:
        super().__init__(window)
        self._window = window
        self._recovery = recovery
        self._writer = Writer(recovery.claim, self._tell)
        self._last: Workspace | None = None
        self._refused = False
        self._closed = False
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SOON_MS)
        self._soon.timeout.connect(self.save)
        self._often = QTimer(self)
        self._often.setInterval(OFTEN_MS)
        self._often.timeout.connect(self.save)
        self._answered.connect(self._take_answer)

    def note_change(self) -> None:
        """Something changed: keep it soon."""
        if self._closed:
            return
        if not self._soon.isActive():
            self._soon.start()
        if not self._often.isActive():
            self._often.start()

    def save(self) -> None:
        """Keep the window as it is now, unless it is as it was kept last."""
        self._soon.stop()
        try:
            now = self._window.workspace()
        except Exception:
            # Whatever a state may hold: what was kept last stays, and the window goes on (or closes) all the same.
            note_failure("The window could not be kept.")
            return
        if now == self._last or (self._last is None and not now.panels):
            return
        self._last = now
        self._writer.put(now.to_json())

    def flush(self) -> bool:
        """Keep it now, and wait until it is on the disk; False when the disk refuses it or takes too long."""
        self.save()
        return self._writer.flush(FLUSH_SECONDS)

    def close(self, saved: bool) -> None:
        """The window closes; ``saved``: what it shows is kept elsewhere."""
        self._closed = True
        self._soon.stop()
        self._often.stop()
        if not saved:
            self.save()
        self._writer.close(FLUSH_SECONDS)
        self._recovery.close(saved)

    def _tell(self, number: int, error: OSError | None) -> None:
        """In the writer's thread."""
        self._answered.emit(number, "" if error is None else error.strerror or str(error))

    def _take_answer(self, number: int, reason: str) -> None:
        said, self._refused = self._refused, bool(reason)
        if not reason:
            self.written.emit(number)
            return
        # Not kept: the next change tries again, and so does the next beat; it is said once.
        self._last = None
        if not said:
            log.warning("The window could not be kept: %s", reason)
            self._window.status.say(
                f"The window cannot be kept for a restart after a crash: {reason}. What was kept before is still "
                "there, and the lab goes on trying."
            )
