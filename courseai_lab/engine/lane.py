"""The lane: one worker thread per device that gives every running panel its turns."""

from __future__ import annotations

import importlib
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

COURTESY_SECONDS = 0.05
"""The lane waits so long at most for the window to paint the frame that was asked for before it goes on."""

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
        self._news = False
        self._wanted = False
        self._painted = False
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
            else:
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
                _drop(task)
                self._wake.notify()

    def forget(self, key: int) -> None:
        """The panel is closed or has moved: stop its run and give its memory back. The key may come back at once."""
        with self._wake:
            task = self._tasks.pop(key, None)
            self._on_cpu.discard(key)
            if task is not None:
                _drop(task)
                # A generator is closed where it runs, and not in the middle of its turn.
                self._chores.append(lambda: _close(task))
                self._wake.notify()

    def chore(self, work: Callable[[], None]) -> None:
        """Have ``work`` done in the lane between turns (importing torch, compiling)."""
        with self._wake:
            self._chores.append(work)
            self._wake.notify()

    def kick(self) -> None:
        """The window has fetched frames and painted them: look again for something to do."""
        with self._wake:
            self._painted = True
            self._wake.notify()

    def end(self) -> None:
        """Stop everything at the next tick, and then the thread; waits for nothing."""
        with self._wake:
            self._closing = True
            self._wake.notify()

    def close(self, wait_ms: int = 2000) -> bool:
        """Stop everything and end the thread; True when it ended within ``wait_ms``."""
        self.end()
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
                self._call()
                self._give_way()
        for task in list(self._tasks.values()):
            _close(task)

    def _do(self, chore: Callable[[], None]) -> None:
        try:
            chore()
        except BaseException:
            # A failed warm-up must not end the lane; whoever needs the thing will see the same error, with a card.
            traceback.print_exc(file=sys.stderr)

    def _next(self) -> Task | None:
        now = monotonic()
        ready = [t for t in self._tasks.values() if t.ready(self.mailbox.waiting(t.key), now)]
        return max(ready, key=lambda t: t.urgency, default=None)

    def _turn(self, task: Task) -> None:
        began = monotonic()
        try:
            self._take_orders(task)
            while self._may_go_on(task) and self._one_frame(task):
                if self._wanted or monotonic() - began >= TURN_SECONDS:
                    break
        except Cancelled:
            self._leave(task)
        except BaseException as error:
            # Whatever a kernel does, the lane and the other panels live.
            self._rescue(task, error)
        with self._wake:
            task.served = monotonic()

    def _may_go_on(self, task: Task) -> bool:
        with self._wake:
            free = not self._closing and not task.steering
            return free and task.may_go_on(self.mailbox.waiting(task.key), monotonic())

    def _take_orders(self, task: Task) -> None:
        with self._wake:
            steering, task.steering = task.steering, []
            order = None if task.wanted is None or task.lingers(monotonic()) else task.wanted
            if order is not None:
                # In one step with taking it: what is allowed or stopped meanwhile must meet this order, not the old.
                if task.order is None or task.order.token != order.token:
                    task.announced, task.rescued = 0, False
                task.wanted, task.order, task.allowance, task.done = None, order, order.allowance, False
                task.sent.clear()
        if order is not None:
            _close(task)
            self._launch(task, order)
        self._send_in(task, steering)

    def _send_in(self, task: Task, steering: list[tuple[int, dict[str, Any]]]) -> None:
        for token, patch in steering:
            if task.order is None or task.run is None or task.order.token != token or task.run.finished:
                continue
            task.run.steer(patch)
            step = max(0, task.run.produced - 1)
            task.sent.append(Steer(step, patch))
            self._post(Steered(task.key, token, step, patch))

    def _launch(self, task: Task, order: Order) -> None:
        task.started = monotonic()
        context = Ctx(
            self._device_of(task),
            order.state.seeds,
            lambda share, note: self._tick(task, order, share, note),
            task.memo,
            order.asked,
        )
        task.run = Run(order.compute, order.state, context)

    def _device_of(self, task: Task) -> str:
        return "cpu" if task.key in self._on_cpu else self.device

    def _tick(self, task: Task, order: Order, share: float | None, note: str) -> None:
        with self._wake:
            if self._closing or task.must_stop(monotonic()):
                # Neither stopped nor superseded: the panel was hidden, and what it computes is wanted again later.
                task.parked = task.order is order and task.wanted is None and not self._closing
                raise Cancelled
        self.mailbox.report(task.key, order.token, share, note)

    def _one_frame(self, task: Task) -> bool:
        order, run = task.order, task.run
        if order is None or run is None:
            return False
        began = task.frame_began = monotonic()
        frame = run.step()
        if frame is None:
            task.done = True
            self._post(Finished(task.key, order.token, run.produced))
            return False
        if run.produced > task.announced:
            task.announced = run.produced
            if run.produced - 1 == order.reach:
                self._wanted, self._painted = True, False
            self._post(Delivered(task.key, order.token, run.produced - 1, frame, monotonic() - began))
        return True

    def _rescue(self, task: Task, error: BaseException) -> None:
        """Out of memory: drop what can be dropped and try again, then the CPU; anything else becomes a card."""
        order = task.order
        if order is None:
            _close(task)
            return
        device = self._device_of(task)
        if is_out_of_memory(error) and not task.rescued:
            task.rescued = True
            self._again(task, order, error)
            return
        if is_out_of_memory(error) and device != "cpu":
            self._on_cpu.add(task.key)
            said = f"The device {device} ran out of memory, so this panel now computes on the CPU."
            self._post(Notice(task.key, order.token, said))
            self._again(task, order, error)
            return
        task.done = True
        _close(task)
        self._post(Failed(task.key, order.token, _sentence(error), _report(error, order, device)))

    def _again(self, task: Task, order: Order, error: BaseException | None) -> None:
        """Compute the same frames once more; those already announced are not sent again."""
        _close(task)
        if error is not None:
            _let_go(error)
            task.memo.clear()
            drop_caches()
        with self._wake:
            if task.wanted is None and task.order is order:
                state = replace(order.state, steering=(*order.state.steering, *task.sent))
                task.wanted = replace(order, state=state, allowance=task.allowance)

    def _leave(self, task: Task) -> None:
        """The run was left at a tick: superseded, stopped, or hidden; a hidden one starts over when it is seen."""
        parked, task.parked = task.parked, False
        if parked and task.order is not None:
            self._again(task, task.order, None)
        _close(task)
        task.done = True

    def _post(self, event: Any) -> None:
        self._news |= self.mailbox.put(event)

    def _call(self) -> None:
        """Say that something was left, once a turn: what a quick run gives in one turn is drawn as one."""
        news, self._news = self._news, False
        if news:
            self.posted.emit()

    def _give_way(self) -> None:
        """Let the window paint the frame that is looked at before the next ones are computed.

        Two threads that want the interpreter at once would take turns, and the picture would come twice as late.
        """
        with self._wake:
            if self._wanted:
                self._wanted = False
                self._wake.wait_for(self._has_orders, COURTESY_SECONDS)

    def _has_orders(self) -> bool:
        asked = any(task.wanted is not None or task.steering for task in self._tasks.values())
        return self._painted or self._closing or bool(self._chores) or asked


def _drop(task: Task) -> None:
    task.order, task.wanted = None, None
    task.done = True
    task.steering.clear()


def _let_go(error: BaseException) -> None:
    """Empty the frames that an error still holds: their tensors are what memory ran out of."""
    link: BaseException | None = error
    while link is not None:
        traceback.clear_frames(link.__traceback__)
        link = link.__cause__ or link.__context__


def _close(task: Task) -> None:
    run, task.run = task.run, None
    if run is not None:
        try:
            run.close()
        except BaseException:
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
    """Import torch and numba in the lane, where that work is off the window's way; torch is kept to one thread.

    Kernels that numba compiles ask for it at their first call, which is in the lane, too.
    """
    import torch

    torch.set_num_threads(1)
    importlib.import_module("numba")


__all__ = ["ALL", "Lane", "Order", "warm_up"]
