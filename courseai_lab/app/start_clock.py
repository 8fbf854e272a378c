"""When the window stood and when its first panel did, for `make bench-package`."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QTimer

from courseai_lab.app.bootstrap import leave

if TYPE_CHECKING:
    from courseai_lab.app.host import PanelHost
    from courseai_lab.app.main_window import MainWindow


PANEL = "playground"


class StartClock(QObject):
    """Opens a panel, prints ``{"window": T, "usable": T, ...}`` as JSON once its first frame stands; then ends.

    Seconds since the epoch, and with ``_cpu`` after the name the seconds of CPU that the process had used by then.

    The window counts from its first paint, a panel from its first frame drawn and the events after it served.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._times: dict[str, float] = {}
        self._ending = False
        window.installEventFilter(self)
        window.panel_opened.connect(self._follow)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Wait for the first paint."""
        if event.type() == QEvent.Type.Paint and "window" not in self._times:
            self._note("window")
            QTimer.singleShot(0, self, self._open)
        return super().eventFilter(watched, event)

    def _open(self) -> None:
        self._window.open_panel(PANEL)

    def _follow(self, host: PanelHost) -> None:
        host.drawn.connect(self._drawn)

    def _drawn(self) -> None:
        host: Any = self.sender()
        if not self._ending and host is not None and host.session.frame is not None:
            self._ending = True
            QTimer.singleShot(0, self, self._end)

    def _note(self, what: str) -> None:
        self._times[what] = time.time()
        self._times[f"{what}_cpu"] = time.process_time()

    def _end(self) -> None:
        self._note("usable")
        print(json.dumps(self._times), flush=True)
        # Not closed but left: what was open must not open again at the next start.
        leave(self._window, 0)
