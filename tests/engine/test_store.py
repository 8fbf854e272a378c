"""The store driven in any order: history, files, validity, and live steering equal to its replay. No Qt."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from courseai_lab.contract import BadValue, Ctx, Patch, Run, State, default_state, discover, run_frames
from courseai_lab.contract.state import state_from_json
from courseai_lab.engine.store import MAX_UNDO, Store
from tests.fakes.counter import compute

COUNTER = next(panel for panel in discover("tests.fakes") if panel.id == "counter")
FRAMES = 30


def start() -> State:
    """A short count."""
    return default_state(COUNTER).apply(Patch(params={"steps": FRAMES}))[0]


def frames_of(state: State) -> list[tuple[float, bytes]]:
    """All frames, comparable."""
    return [(frame.total, frame.noise.tobytes()) for frame in run_frames(COUNTER, state)]


BY = st.floats(-10, 10, allow_nan=False)
GESTURES = st.sampled_from(["", "", "drag-1", "drag-2"])


class StoreMachine(RuleBasedStateMachine):
    """Every change goes through the store; beside it a run that is steered live, as the lane would."""

    def __init__(self) -> None:
        super().__init__()
        self.store = Store(start())
        self.begin()

    def begin(self) -> None:
        """A new live run of today's state, its first frame taken."""
        self.run = Run(compute, self.store.state, Ctx("cpu", self.store.state.seeds))  # type: ignore[arg-type]
        self.live: list[tuple[float, bytes]] = []
        self.advance(1 + (self.store.state.steering[-1].step if self.store.state.steering else 0))

    def advance(self, count: int) -> None:
        """Take up to ``count`` frames of the live run."""
        for _ in range(count):
            frame = self.run.step()
            if frame is None:
                return
            self.live.append((frame.total, frame.noise.tobytes()))

    @rule(count=st.integers(1, 6))
    def frames_come(self, count: int) -> None:
        """The run goes on."""
        self.advance(count)

    @rule(by=BY, gesture=GESTURES)
    def steer_live(self, by: float, gesture: str) -> None:
        """A knob is turned at the newest frame: into the run, then noted at its step."""
        if self.run.finished:
            return
        self.store.state.current.patched(by=by)
        self.run.steer({"by": by})
        self.store.apply(Patch(params={"by": by}, gesture=gesture), len(self.live) - 1)

    @rule(by=BY, back=st.integers(0, FRAMES))
    def steer_further_back(self, by: float, back: int) -> None:
        """Going back and turning a knob begins a branch."""
        step = max(0, len(self.live) - 1 - back)
        if self.store.apply(Patch(params={"by": by}), step) != "nothing":
            self.begin()

    @rule(fails_at=st.integers(0, 50), gesture=GESTURES)
    def set_other(self, fails_at: int, gesture: str) -> None:
        """A parameter that cannot be steered: a new run."""
        if self.store.apply(Patch(params={"fails_at": fails_at}, gesture=gesture), len(self.live) - 1) == "run":
            self.begin()

    @rule(dots=st.integers(1, 9), gesture=GESTURES)
    def set_look(self, dots: int, gesture: str) -> None:
        """Only drawn again."""
        assert self.store.apply(Patch(look={"dots": dots}, gesture=gesture), len(self.live) - 1) in (
            "redraw",
            "nothing",
        )

    @rule(seed=st.integers(0, 3))
    def set_seed(self, seed: int) -> None:
        """Another draw: a new run."""
        if self.store.apply(Patch(seeds={"sample": seed}), len(self.live) - 1) == "run":
            self.begin()

    @rule(wrong=st.sampled_from([{"by": 99.0}, {"steps": 0}, {"nothing": 1}, {"by": float("nan")}]))
    def refused(self, wrong: dict[str, Any]) -> None:
        """What is refused changes nothing."""
        before, history = self.store.state, self.store.history()
        with pytest.raises(BadValue):
            self.store.apply(Patch(params=wrong), len(self.live) - 1)
        assert (self.store.state, self.store.history()) == (before, history)

    @rule(by=BY, frame=st.none() | st.integers(0, 20))
    def load(self, by: float, frame: int | None) -> None:
        """A preset."""
        state = state_from_json(COUNTER, {"params": {"by": by, "steps": FRAMES}, "frame": frame})
        if self.store.replace(state, "A preset") == "run":
            self.begin()

    @rule(frame=st.none() | st.integers(0, 20))
    def look_at(self, frame: int | None) -> None:
        """Scrubbing is no change."""
        history = self.store.history()
        self.store.look_at(frame)
        assert self.store.history() == history

    @precondition(lambda self: self.store.can_undo)
    @rule()
    def undo(self) -> None:
        """One step back."""
        if self.store.undo() == "run":
            self.begin()

    @precondition(lambda self: self.store.can_redo)
    @rule()
    def redo(self) -> None:
        """One step on again."""
        if self.store.redo() == "run":
            self.begin()

    @rule()
    def all_the_way_back_and_forth(self) -> None:
        """Undo and redo are each other's inverse, at every step."""
        seen = [self.store.state]
        while self.store.can_undo:
            assert self.store.undo() != "nothing", "every step of the history changes something"
            seen.append(self.store.state)
        for state in reversed(seen[:-1]):
            self.store.redo()
            assert self.store.state == state

    @invariant()
    def a_file_says_the_same(self) -> None:
        """JSON, and back."""
        state = self.store.state
        assert state_from_json(COUNTER, json.loads(json.dumps(state.to_json()))) == state

    @invariant()
    def what_is_in_force_is_valid(self) -> None:
        """Parameters are checked again as if typed in."""
        current = self.store.state.current
        assert type(current).checked(current.plain()) == current
        assert self.run.params == current or self.run.finished

    @invariant()
    def a_replay_gives_the_same_frames(self) -> None:
        """The state alone gives what the live run gave."""
        assert frames_of(self.store.state)[: len(self.live)] == self.live

    def teardown(self) -> None:
        """The live run is closed."""
        self.run.close()


TestStore = StoreMachine.TestCase
TestStore.settings = settings(max_examples=30, stateful_step_count=25)


def test_a_drag_that_comes_back_leaves_no_step() -> None:
    store = Store(start())
    for by in (2.0, 3.0, 1.0):
        store.apply(Patch(params={"by": by}, gesture="drag"))
    assert store.history() == [] and store.state == start()
    store.apply(Patch(params={"by": 4.0}, gesture="drag"))
    assert store.history() == ["By: 1 to 4"]


def test_a_new_change_forgets_what_could_be_made_again() -> None:
    store = Store(start())
    store.apply(Patch(params={"by": 2.0}))
    store.undo()
    assert store.can_redo
    store.apply(Patch(look={"dots": 4}))
    assert not store.can_redo and store.history() == ["Dots: 3 to 4"]


def test_the_history_is_bounded() -> None:
    store = Store(start())
    for number in range(MAX_UNDO + 5):
        store.apply(Patch(look={"dots": 4 + number % 2}))
    assert len(store.history()) == MAX_UNDO


def test_a_whole_state_is_marked_both_ways() -> None:
    store = Store(start())
    store.replace(state_from_json(COUNTER, {"params": {"by": 2.0}}), "Preset")
    assert store.undo_is_whole
    store.undo()
    assert store.redo_is_whole and not store.undo_is_whole
