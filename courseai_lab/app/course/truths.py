"""Frames of scenes computed beside the window, so that an answer is compared with the panel's own number."""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from courseai_lab.contract import Cancelled, LabError, Panel
from courseai_lab.lessons.lesson import Scene
from courseai_lab.lessons.scene import Snapshot, Stage

LEAVE_S = 1.0


class Truths(QObject):
    """Computes what is asked for, one scene after the other, in a thread that begins with the first."""

    ready = Signal(str, object)
    """A scene's key, and its ``Snapshot`` or the sentence that says why there is none."""

    def __init__(self, panels: Sequence[Panel], parent: QObject) -> None:
        super().__init__(parent)
        self._panels = tuple(panels)
        self._known: dict[str, Snapshot | str] = {}
        self._asked: set[str] = set()
        self._orders: queue.SimpleQueue[tuple[str, Scene] | None] = queue.SimpleQueue()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self.ready.connect(self._note)

    def ask(self, key: str, scene: Scene) -> Snapshot | str | None:
        """What is known of a scene; None: it is being computed, and ``ready`` will say so."""
        if key in self._known:
            return self._known[key]
        if key not in self._asked and not self._ended.is_set():
            self._asked.add(key)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="scenes", daemon=True)
                self._thread.start()
            self._orders.put((key, scene))
        return None

    def close(self) -> None:
        """The window is closing."""
        self._ended.set()
        self._orders.put(None)
        if self._thread is not None:
            self._thread.join(LEAVE_S)

    def _work(self) -> None:
        stage = Stage(self._panels, report=self._tick)
        while (order := self._orders.get()) is not None and not self._ended.is_set():
            key, scene = order
            try:
                found: Snapshot | str = stage.snapshot(scene)
            except Cancelled:
                return
            except LabError as error:
                found = str(error)
            except Exception as error:
                # Whatever a kernel raises is said where the answer would stand.
                found = f"This scene could not be computed ({type(error).__name__}: {error})."
            if not self._ended.is_set():
                self.ready.emit(key, found)

    def _tick(self, _done: float | None, _note: str) -> None:
        if self._ended.is_set():
            raise Cancelled

    def _note(self, key: str, found: Snapshot | str) -> None:
        self._known[key] = found
