"""Kernels for the lane alone: each is what a panel's ``compute`` module offers, made of one generator function."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from courseai_lab.contract import Ctx, State
from courseai_lab.engine.lane import ALL, Lane, Order
from courseai_lab.engine.mailbox import Event
from tests.fakes.counter.compute import Look, Params


@dataclass(frozen=True, slots=True)
class Frame:
    """A number and the device it was computed on."""

    value: float
    device: str


Kernel = Callable[[Params, Ctx], Generator[Any, Any, None]]
WAIT = 10.0
"""Seconds after which a test that waits for the lane gives up."""


def order(key: int, token: int, kernel: Kernel, allowance: int = ALL, gesture: str = "", reach: int = 0) -> Order:
    """A run of ``kernel`` with default parameters."""
    compute: Any = SimpleNamespace(Params=Params, Look=Look, Frame=Frame, run=kernel)
    return Order(key, token, compute, State("counter", Params(), Look()), allowance, gesture, reach)


def count(p: Params, ctx: Ctx) -> Generator[Frame, Params, None]:
    """For ever, a frame at a time."""
    value = 0.0
    while True:
        ctx.tick()
        p = yield Frame(value, ctx.device)
        value += p.by


class Gate:
    """A kernel that ticks until it is opened, then counts; ``inside`` is set once it is computing."""

    def __init__(self) -> None:
        self.inside, self.open, self.left = threading.Event(), threading.Event(), threading.Event()
        self.entered = 0

    def run(self, p: Params, ctx: Ctx) -> Generator[Frame, Params, None]:
        """Tick, then count."""
        self.entered += 1
        try:
            while not self.open.is_set():
                self.inside.set()
                ctx.tick()
            yield from count(p, ctx)
        finally:
            self.left.set()


class Reader:
    """The window's side of a lane: takes events out as they come, and waits for the one that is wanted."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.events: list[Event] = []
        self._put = lane.mailbox.put
        self._news = threading.Condition()
        lane.mailbox.put = self._notify  # type: ignore[method-assign]

    def _notify(self, event: Event) -> bool:
        first = self._put(event)
        with self._news:
            self._news.notify_all()
        return first

    def take(self) -> list[Event]:
        """Everything that is there now."""
        events, _ = self.lane.mailbox.drain()
        self.events += events
        if events:
            self.lane.kick()
        return events

    def until(self, true: Callable[[list[Event]], bool], drain: bool = True) -> list[Event]:
        """Wait until ``true`` of all events taken so far."""
        with self._news:

            def there() -> bool:
                if drain:
                    self.take()
                return true(self.events)

            assert self._news.wait_for(there, WAIT), f"did not come; there were {self.events[-5:]}"
        return self.events

    def until_lane(self, true: Callable[[], bool]) -> None:
        """Wait until something is true of the lane, without taking anything."""
        with self._news:
            assert self._news.wait_for(true, WAIT)
