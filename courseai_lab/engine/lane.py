"""The lane: one worker thread per device that gives every running panel its turns."""

from __future__ import annotations

import os
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, QThread, Signal

from courseai_lab.contract import Cancelled, Ctx, LabError, Run, Steer
from courseai_lab.engine.devices import drop_caches, is_out_of_memory
from courseai_lab.engine.mailbox import Delivered, Failed, Finished, Mailbox, Notice, Steered
from courseai_lab.engine.task import ALL, Order, Task, monotonic

TURN_SECONDS = 0.010
"""A panel keeps the lane for about this long, or for one frame, before another gets its turn."""

NICENESS = 5
"""The lane steps back for the window's thread where the system can be told so (Linux)."""


class Lane(QThread):
    """Runs panels' generators on one device. All public methods may be called from the window's thread.

    A key names a panel; a newer ``start`` of the same key supersedes the older run (latest wins). What happens is left
    in ``mailbox``; ``posted`` only says that it stopped being empty.
    """

    posted = Signal()

    def __init__(self, device: str = "cpu", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.device = device
        self.mailbox = Mailbox()
        self._wake = threading.Condition()
        self._tasks: dict[int, Task] = {}
        self._chores: list[Callable[[], None]] = []
        self._closing = False
        self._on_cpu: set[int] = set()

    def begin(self, order: Order) -> None:
        """Run ``order``; an older run of the same key is stopped at its next tick."""
        with self._wake:
            task = self._tasks.setdefault(order.key, Task(order.key))
            task.wanted = order
            task.steering.clear()
            task.touched = monotonic()
            self._wake.notify()

    def steer(self, key: int, token: int, patch: dict[str, Any]) -> None:
        """Send parameters into the run of ``token``; a ``Steered`` event says after which frame they took hold."""
        with self._wake:
            task = self._tasks.get(key)
            if task is not None:
                task.steering.append((token, patch))
                task.touched = monotonic()
                self._wake.notify()

    def allow(self, key: int, frames: int) -> None:
        """Let the run of ``key`` give up to ``frames`` frames in all (``ALL`` for no limit)."""
        with self._wake:
            task = self._tasks.get(key)
            if task is None:
                return
            if task.wanted is not None:
                task.wanted = replace(task.wanted, allowance=frames)
            task.allowance = frames
            self._wake.notify()

    def hold(self, key: int, held: bool) -> None:
        """A hidden panel computes nothing until it is seen again."""
        with self._wake:
            task = self._tasks.setdefault(key, Task(key))
            task.held = held
            self._wake.notify()

    def stop(self, key: int) -> None:
        """End the run of ``key`` at its next tick; its frames stay with whoever has them."""
        with self._wake:
            task = self._tasks.get(key)
            if task is not None:
                task.order, task.wanted = None, None
                task.done = True
                task.steering.clear()
                self._wake.notify()

    def forget(self, key: int) -> None:
        """The panel is closed: stop its run and give its memory back."""
        self.stop(key)

        def drop() -> None:
            with self._wake:
                task = self._tasks.pop(key, None)
            if task is not None:
                _close(task)

        self.chore(drop)

    def chore(self, work: Callable[[], None]) -> None:
        """Have ``work`` done in the lane between turns (importing torch, compiling)."""
        with self._wake:
            self._chores.append(work)
            self._wake.notify()

    def kick(self) -> None:
        """The window has fetched frames: look again for something to do."""
        with self._wake:
            self._wake.notify()

    def close(self, wait_ms: int = 2000) -> bool:
        """Stop everything and end the thread; True when it ended within ``wait_ms``."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        return self.wait(wait_ms)

    def run(self) -> None:
        """The thread: turns until closed."""
        _step_back()
        while True:
            with self._wake:
                while not self._closing and not self._chores and self._next() is None:
                    self._wake.wait()
                if self._closing:
                    break
                chore = self._chores.pop(0) if self._chores else None
                task = None if chore else self._next()
            if chore is not None:
                self._do(chore)
            elif task is not None:
                self._turn(task)
        for task in list(self._tasks.values()):
            _close(task)

    def _do(self, chore: Callable[[], None]) -> None:
        try:
            chore()
        except Exception:
            # A failed warm-up must not end the lane; whoever needs the thing will see the same error, with a card.
            traceback.print_exc(file=sys.stderr)

    def _next(self) -> Task | None:
        ready = [t for t in self._tasks.values() if t.ready(self.mailbox.waiting(t.key))]
        if not ready:
            return None
        # The panel last touched goes first; the others then share fairly, since a turn ages its task.
        return max(ready, key=lambda t: t.touched)

    def _turn(self, task: Task) -> None:
        began = monotonic()
        try:
            self._take_orders(task)
            while self._may_go_on(task):
                if not self._one_frame(task):
                    break
                if monotonic() - began >= TURN_SECONDS:
                    break
        except Cancelled:
            self._end(task)
        with self._wake:
            task.touched = min(task.touched, monotonic() - 1.0) if self._rivals(task) else task.touched

    def _rivals(self, task: Task) -> bool:
        return any(t is not task and t.ready(self.mailbox.waiting(t.key)) for t in self._tasks.values())

    def _may_go_on(self, task: Task) -> bool:
        with self._wake:
            return (
                not self._closing
                and task.wanted is None
                and not task.steering
                and task.ready(self.mailbox.waiting(task.key))
            )

    def _take_orders(self, task: Task) -> None:
        with self._wake:
            order, task.wanted = task.wanted, None
            steering, task.steering = task.steering, []
        if order is not None:
            _close(task)
            task.order, task.allowance, task.announced = order, order.allowance, 0
            task.sent.clear()
            self._launch(task, order)
            return
        for token, patch in steering:
            if task.order is None or task.run is None or task.order.token != token or task.run.finished:
                continue
            task.run.steer(patch)
            task.sent.append(Steer(task.run.produced - 1, patch))
            self._post(Steered(task.key, token, task.run.produced - 1, patch))

    def _launch(self, task: Task, order: Order) -> None:
        task.started = monotonic()
        task.done = False
        device = "cpu" if task.key in self._on_cpu else self.device
        context = Ctx(device, order.state.seeds, lambda share, note: self._tick(task, order, share, note), task.memo)
        task.run = Run(order.compute, order.state, context)

    def _tick(self, task: Task, order: Order, share: float | None, note: str) -> None:
        with self._wake:
            if self._closing or task.must_stop(monotonic()):
                raise Cancelled
        self.mailbox.report(task.key, order.token, share, note)

    def _one_frame(self, task: Task) -> bool:
        order, run = task.order, task.run
        if order is None or run is None:
            return False
        began = monotonic()
        try:
            frame = run.step()
        except Cancelled:
            raise
        except Exception as error:
            return self._rescue(task, order, error)
        if frame is None:
            task.done = True
            self._post(Finished(task.key, order.token, run.produced))
            return False
        if run.produced > task.announced:
            task.announced = run.produced
            self._post(Delivered(task.key, order.token, run.produced - 1, frame, monotonic() - began))
        return True

    def _rescue(self, task: Task, order: Order, error: Exception) -> bool:
        """Out of memory: drop what can be dropped and try again, then the CPU; anything else becomes a card."""
        if is_out_of_memory(error) and not order.gesture.startswith("rescue"):
            return self._again(task, order, "rescue", "")
        on_cpu = task.key in self._on_cpu or self.device == "cpu"
        if is_out_of_memory(error) and not on_cpu:
            self._on_cpu.add(task.key)
            said = f"The device {self.device} ran out of memory, so this panel now computes on the CPU."
            return self._again(task, order, "rescue on the CPU", said)
        task.done = True
        self._end(task)
        self._post(Failed(task.key, order.token, _sentence(error), _report(error, order, self.device)))
        return False

    def _again(self, task: Task, order: Order, why: str, notice: str) -> bool:
        _close(task)
        task.memo.clear()
        drop_caches()
        if notice:
            self._post(Notice(task.key, order.token, notice))
        state = replace(order.state, steering=(*order.state.steering, *task.sent))
        task.sent.clear()
        task.order = replace(order, state=state, gesture=why)
        # The same state gives the same frames: those already announced are computed again, not sent again.
        self._launch(task, task.order)
        return True

    def _end(self, task: Task) -> None:
        _close(task)
        task.done = True

    def _post(self, event: Any) -> None:
        if self.mailbox.put(event):
            self.posted.emit()


def _close(task: Task) -> None:
    run, task.run = task.run, None
    if run is not None:
        try:
            run.close()
        except Exception:
            # The run is being thrown away; what its clean-up says interests nobody, but must not end the lane.
            traceback.print_exc(file=sys.stderr)


def _sentence(error: BaseException) -> str:
    if isinstance(error, LabError):
        return str(error)
    if is_out_of_memory(error):
        return "There is not enough memory for this: choose a smaller size and press Retry."
    text = str(error).strip().splitlines()
    return f"The computation stopped: {type(error).__name__}{': ' + text[0][:200] if text else ''}."


def _report(error: BaseException, order: Order, device: str) -> str:
    import json

    from courseai_lab import __version__

    trace = "".join(traceback.format_exception(error))
    state = json.dumps(order.state.to_json(), indent=1)
    return f"CourseAI Lab {__version__}, device {device}\n\n{trace}\n{state}\n"


def _step_back() -> None:
    """Let the window's thread go first, and keep torch to one thread: two on shared cores only fight."""
    if sys.platform == "linux":
        try:
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        except OSError:
            # Not allowed here; the window is then only a little less smooth.
            return


def warm_up() -> None:
    """Import torch in the lane, where its second of work is off the window's way, and keep it to one thread."""
    import torch

    torch.set_num_threads(1)


__all__ = ["ALL", "Lane", "Order", "warm_up"]
