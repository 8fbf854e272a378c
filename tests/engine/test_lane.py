"""The lane by itself: fair turns, back-pressure, latest wins, and orders that cross each other."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Generator, Iterator

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from courseai_lab.contract import Ctx
from courseai_lab.engine.lane import Lane
from courseai_lab.engine.mailbox import Delivered, Event, Failed, Finished, Notice, Steered
from courseai_lab.engine.task import AHEAD_OF_WINDOW, GRACE_SECONDS, Task, monotonic
from tests.engine.lane_kernels import Frame, Gate, Reader, count, order
from tests.fakes.counter.compute import Params


@pytest.fixture
def lane(qapp: QApplication) -> Iterator[Lane]:
    lane = Lane("cpu")
    yield lane
    lane.start()  # a test that never started it may still end it
    assert lane.close(5000)


def frames(events: list[Event], key: int) -> list[Delivered]:
    return [e for e in events if isinstance(e, Delivered) and e.key == key]


def at_least(key: int, number: int) -> Callable[[list[Event]], bool]:
    return lambda events: len(frames(events, key)) >= number


def test_two_endless_panels_share_and_the_last_touched_goes_first(lane: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Reader(lane)
    lane.begin(order(1, 1, count))
    lane.begin(order(2, 2, count))
    # Long ago: who was touched last has no lasting advantage.
    monkeypatch.setattr("courseai_lab.engine.lane.monotonic", lambda: monotonic() + 60)
    lane.start()
    many = 8 * AHEAD_OF_WINDOW
    reader.until(lambda e: at_least(1, many)(e) and at_least(2, many)(e))
    assert isinstance(reader.events[0], Delivered) and reader.events[0].key == 2
    turns = [reader.events[0].key]
    for event in reader.events:
        if event.key != turns[-1]:
            turns.append(event.key)
    assert len(turns) > 4, "they take turns; one does not wait for the end of the other"
    shares = [len(frames(reader.events, key)) for key in (1, 2)]
    assert min(shares) > 0.4 * max(shares), f"and about as many frames each, not {shares}"


def test_the_window_that_does_not_drain_stops_the_lane(lane: Lane) -> None:
    reader = Reader(lane)
    lane.begin(order(1, 1, count))
    lane.begin(order(2, 2, count))
    lane.start()
    full = threading.Event()

    def filled() -> bool:
        return all(lane.mailbox.waiting(key) >= AHEAD_OF_WINDOW for key in (1, 2))

    reader.until_lane(filled)
    lane.chore(full.set)
    assert full.wait(10), "the lane is idle and does chores"
    assert [lane.mailbox.waiting(key) for key in (1, 2)] == [AHEAD_OF_WINDOW, AHEAD_OF_WINDOW]
    reader.take()
    reader.until(lambda e: at_least(1, AHEAD_OF_WINDOW + 10)(e) and at_least(2, AHEAD_OF_WINDOW + 10)(e))


def test_who_waits_longest_goes_next_unless_another_was_touched() -> None:
    old, new = Task(1, touched=1.0, served=50.0), Task(2, touched=40.0, served=49.0)
    assert max((old, new), key=lambda t: t.urgency) is new, "both have had their turn: the longer wait counts"
    old.touched = 51.0
    assert max((old, new), key=lambda t: t.urgency) is old
    new.touched = 52.0
    assert max((old, new), key=lambda t: t.urgency) is new


def test_what_is_allowed_while_an_order_is_taken_counts(lane: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Reader(lane)

    def press_step(task: Task) -> None:
        lane.allow(1, 5)  # at the worst moment: the order is taken, the run not yet made

    monkeypatch.setattr("courseai_lab.engine.lane._close", press_step)
    lane.begin(order(1, 1, count, allowance=1))
    lane.start()
    reader.until(at_least(1, 5))


def test_a_stop_while_an_order_is_taken_counts(lane: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = threading.Event()

    def press_cancel(task: Task) -> None:
        lane.stop(1)
        taken.set()

    monkeypatch.setattr("courseai_lab.engine.lane._close", press_cancel)
    lane.begin(order(1, 1, count))
    lane.start()
    assert taken.wait(10)
    idle = threading.Event()
    lane.chore(idle.set)
    assert idle.wait(10) and not frames(lane.mailbox.drain()[0], 1)


def test_steering_sent_right_after_a_begin_is_not_lost(lane: Lane) -> None:
    reader = Reader(lane)
    lane.begin(order(1, 7, count, allowance=3))
    lane.steer(1, 7, {"by": 5.0})
    lane.start()
    events = reader.until(at_least(1, 3))
    assert [e.step for e in events if isinstance(e, Steered)] == [0]
    assert [e.frame.value for e in frames(events, 1)] == [0, 5, 10]


def test_a_panel_that_leaves_and_comes_back_at_once_runs(lane: Lane) -> None:
    reader = Reader(lane)
    gate = Gate()
    lane.begin(order(1, 1, gate.run))
    lane.start()
    assert gate.inside.wait(10)
    lane.forget(1)
    lane.begin(order(1, 2, count, allowance=2))
    reader.until(at_least(1, 2))
    assert gate.left.wait(10), "the run it left was closed, where it ran"


def test_closing_a_panel_inside_a_tick_frees_the_lane(lane: Lane) -> None:
    reader = Reader(lane)
    gate = Gate()
    lane.begin(order(1, 1, gate.run))
    lane.start()
    assert gate.inside.wait(10)
    lane.begin(order(2, 1, count, allowance=1))
    lane.forget(1)
    reader.until(at_least(2, 1))
    assert gate.left.is_set() and not frames(reader.events, 1)


def test_a_hidden_panel_leaves_a_long_frame_and_takes_it_up_again(lane: Lane) -> None:
    reader = Reader(lane)
    gate = Gate()
    lane.begin(order(1, 1, gate.run))
    lane.start()
    assert gate.inside.wait(10)
    lane.hold(1, True)
    lane.begin(order(2, 1, count, allowance=1))
    reader.until(at_least(2, 1))
    assert gate.left.wait(10), f"it ticked for {GRACE_SECONDS} s and was left"
    gate.open.set()
    lane.hold(1, False)
    reader.until(at_least(1, 3))
    assert gate.entered == 2
    assert [e.index for e in frames(reader.events, 1)][:3] == [0, 1, 2]


def test_a_kernel_that_raises_anything_does_not_end_the_lane(lane: Lane) -> None:
    reader = Reader(lane)

    def leaves(p: Params, ctx: Ctx) -> Generator[Frame, Params, None]:
        yield Frame(0.0, "")
        raise SystemExit(3)

    def not_even_a_generator(p: Params, ctx: Ctx) -> Generator[Frame, Params, None]:
        raise KeyError("at once")

    lane.begin(order(1, 1, leaves))
    lane.begin(order(2, 1, not_even_a_generator))
    lane.start()
    reader.until(lambda events: sum(isinstance(e, Failed) for e in events) == 2)
    lane.begin(order(3, 1, count, allowance=1))
    reader.until(at_least(3, 1))


class Hungry:
    """Out of memory ``times`` times at its third frame; on which devices it ran, and whether it let go of its array."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.devices: list[str] = []
        self.kept: weakref.ref[np.ndarray] | None = None
        self.let_go: list[bool] = []

    def look(self) -> None:
        """Called when the allocator gives back what nobody uses: too early, if somebody still does."""
        self.let_go.append(self.kept is not None and self.kept() is None)

    def run(self, p: Params, ctx: Ctx) -> Generator[Frame, Params, None]:
        """Count to six."""
        self.devices.append(ctx.device)
        value = 0.0
        for step in range(6):
            if step == 3 and self.times:
                self.times -= 1
                large = np.zeros(1000)
                self.kept = weakref.ref(large)
                raise MemoryError("on purpose")
            p = yield Frame(value, ctx.device)
            value += p.by


def test_out_of_memory_goes_on_where_it_was_with_what_was_steered(lane: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    reader, hungry = Reader(lane), Hungry(1)
    monkeypatch.setattr("courseai_lab.engine.lane.drop_caches", hungry.look)
    lane.begin(order(1, 1, hungry.run, allowance=2))
    lane.start()
    reader.until(at_least(1, 2))
    lane.steer(1, 1, {"by": 4.0})
    reader.until(lambda events: any(isinstance(e, Steered) for e in events))
    lane.allow(1, 100)
    events = reader.until(lambda events: any(isinstance(e, Finished) for e in events))
    assert [e.index for e in frames(events, 1)] == [0, 1, 2, 3, 4, 5], "nothing twice"
    assert [e.frame.value for e in frames(events, 1)] == [0, 1, 5, 9, 13, 17]
    assert hungry.let_go == [True], "what memory ran out of is free before the allocator is asked"


def test_a_small_device_gives_the_panel_to_the_cpu_and_says_so(qapp: QApplication) -> None:
    lane = Lane("tiny:0")  # a device that only this test knows; the kernel ignores it
    reader, hungry = Reader(lane), Hungry(2)
    lane.begin(order(1, 1, hungry.run))
    lane.start()
    events = reader.until(lambda events: any(isinstance(e, Finished) for e in events))
    assert hungry.devices == ["tiny:0", "tiny:0", "cpu"]
    assert [e.sentence for e in events if isinstance(e, Notice)] == [
        "The device tiny:0 ran out of memory, so this panel now computes on the CPU."
    ]
    assert [e.index for e in frames(events, 1)] == [0, 1, 2, 3, 4, 5]
    assert lane.close(5000)


def test_the_frame_that_is_looked_at_is_handed_over_at_once_and_painted_before_the_next(
    lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("courseai_lab.engine.lane.COURTESY_SECONDS", 3600.0)
    posted = threading.Event()
    lane.posted.connect(posted.set, Qt.ConnectionType.DirectConnection)
    lane.begin(order(1, 1, count, reach=3))
    lane.start()
    assert posted.wait(10)
    events, _ = lane.mailbox.drain()
    assert [e.index for e in frames(events, 1)] == [0, 1, 2, 3]
    assert lane.mailbox.waiting(1) == 0
    posted.clear()
    lane.kick()
    assert posted.wait(10), "it goes on when the window has painted"
    Reader(lane).until(at_least(1, 8))
    # Another wish does not wait for the picture of the one before.
    lane.begin(order(1, 2, count, reach=2))
    Reader(lane).until(lambda e: any(f.token == 2 and f.index == 2 for f in frames(e, 1)))
    lane.begin(order(1, 3, count, reach=0))
    Reader(lane).until(lambda e: any(f.token == 3 for f in frames(e, 1)))
