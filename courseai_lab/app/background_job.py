"""A long export beside the window: drawn bit by bit between events, written in a thread, cancelled at any time."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from PIL import Image
from PySide6.QtCore import QObject, QTimer, Signal

from courseai_lab.app.animation import Plan, Stopped, drawn, plan, write
from courseai_lab.app.figures import Figure, Shot
from courseai_lab.contract import Cancelled, LabError

T = TypeVar("T")
TURN_MS = 4
LONGEST_MS = 80
LEAVE_S = 1.0
WAIT_MS = 30
ROOM = 3
"""So many drawn frames wait for the writer at most."""


class BackgroundJob(QObject):
    """Work in a thread of its own; the window looks after it from a timer. Ends with exactly one ``ended``."""

    progressed = Signal(float, str)
    """The share that is done, and in words what is being done."""
    ended = Signal(str)
    """One sentence about what went wrong; "" when all went well, or when it was cancelled (see ``cancelled``)."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.cancelled = False
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._guarded, name="export", daemon=True)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._turn)

    def start(self) -> None:
        """Begin."""
        self._thread.start()
        self._timer.start(TURN_MS)

    def cancel(self) -> None:
        """Stop as soon as possible; nothing is left of the file."""
        self.cancelled = True

    def wait(self) -> None:
        """Stop, and wait a moment for the thread to end: the window is closing."""
        self.cancel()
        self._timer.stop()
        self._release()
        self._thread.join(LEAVE_S)

    def _work(self) -> None:
        """What the thread does; may raise."""
        raise TypeError(f"{type(self).__name__} must define _work()")

    def _look(self) -> None:
        """What the window does at every turn."""

    def _release(self) -> None:
        """Give back what was held, and let a waiting thread go on."""

    def _guarded(self) -> None:
        try:
            self._work()
        except BaseException as error:
            # Whatever it is, it is said in the window's thread; what went wrong there comes first.
            self._error = self._error or error

    def _turn(self) -> None:
        if self._thread.is_alive():
            self._look()
            return
        self._timer.stop()
        self._release()
        self.ended.emit(_sentence(self._error))


def _sentence(error: BaseException | None) -> str:
    if error is None or isinstance(error, Stopped | Cancelled):
        return ""
    if isinstance(error, LabError):
        return str(error)
    if isinstance(error, OSError):
        return f"The file could not be written: {error.strerror or error}."
    return f"The export failed: {type(error).__name__}: {str(error).partition(chr(10))[0]}"


class AnimationJob(BackgroundJob):
    """Draws the shots in the window's thread, one in each turn, and writes them in its own."""

    def __init__(self, shots: list[Shot], figure: Figure, path: Path, parent: QObject) -> None:
        super().__init__(parent)
        self.made: Plan = plan(shots, figure)
        self._path = path
        self._drawing: Iterator[tuple[Image.Image | None, Figure]] = drawn(self.made, figure)
        self._frames: queue.Queue[Image.Image | None] = queue.Queue(ROOM)
        self._count = 0
        self._all_drawn = False

    def _work(self) -> None:
        write(self._pictures(), self.made, self._path, lambda: self.cancelled)

    def _pictures(self) -> Iterator[Image.Image]:
        while (image := self._frames.get()) is not None:
            if self.cancelled:
                raise Stopped
            yield image
        if self.cancelled:
            raise Stopped

    def _look(self) -> None:
        if self.cancelled:
            self._release()
        elif self._all_drawn or self._frames.full():
            self._timer.setInterval(WAIT_MS)
        else:
            began = time.perf_counter()
            self._draw_one()
            # As long as a frame took the window has for itself, so that it stays in hand while many are drawn.
            took = round(1000 * (time.perf_counter() - began))
            self._timer.setInterval(min(max(took, TURN_MS), LONGEST_MS))

    def _draw_one(self) -> None:
        try:
            image, _ = next(self._drawing)
        except StopIteration:
            self._all_drawn = True
            self._frames.put(None)
            self.progressed.emit(1.0, "Writing the file")
            return
        except Exception as error:
            self._error = error
            self.cancel()
            return
        if image is None:
            return
        self._frames.put(image)
        self._count += 1
        total = len(self.made.shots)
        self.progressed.emit(self._count / (total + 1), f"Frame {self._count} of {total}")

    def _release(self) -> None:
        self._drawing.close()  # type: ignore[attr-defined]
        if self._thread.is_alive() and self.cancelled:
            while not self._frames.empty():
                self._frames.get_nowait()
            self._frames.put(None)


class ComputeJob(BackgroundJob):
    """Any work that reports how far it is, such as a notebook's numbers."""

    def __init__(self, work: Callable[[Callable[[float | None, str], None]], object], parent: QObject) -> None:
        super().__init__(parent)
        self._call = work
        self._done: tuple[float | None, str] = (None, "")

    def _work(self) -> None:
        self._call(self._report)

    def _report(self, done: float | None, note: str) -> None:
        if self.cancelled:
            raise Cancelled
        self._done = (done, note)

    def _look(self) -> None:
        done, note = self._done
        self._timer.setInterval(WAIT_MS)
        self.progressed.emit(-1.0 if done is None else done, note.capitalize() or "Computing")
