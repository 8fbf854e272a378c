"""Garbage is collected in the window's thread only."""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

EVERY_MS = 250


class Collector(QObject):
    """Keeps Python's cycle collector out of the lanes.

    Left alone it runs in whichever thread allocates next. When that is a lane, widgets and timers that were waiting
    in a reference cycle are destroyed outside the window's thread, and Qt crashes. So it is switched off, and a timer
    does its work here, generation by generation, by Python's own thresholds. ``stop`` puts things back.

    What stands when the window has ``settled`` (torch's classes, most of all) is put aside: looking through it again
    takes 50 ms and more, in the middle of an animation.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._was_on = gc.isenabled()
        gc.disable()
        self._settling = False
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    def collect(self) -> None:
        """Collect the oldest generation whose threshold is passed."""
        if self._settling:
            self._settling = False
            gc.collect()
            gc.freeze()
            return
        for generation in (2, 1, 0):
            threshold = gc.get_threshold()[generation]
            if threshold and gc.get_count()[generation] > threshold:
                gc.collect(generation)
                return

    def settled(self) -> None:
        """Large things came or went (modules, a panel): look through everything once more, then put it aside."""
        gc.unfreeze()
        self._settling = True

    def stop(self) -> None:
        """The lanes have ended."""
        self._timer.stop()
        gc.unfreeze()
        if self._was_on:
            gc.enable()
