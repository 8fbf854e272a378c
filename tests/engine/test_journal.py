"""One history over several panels, their states, pins and arrangement, driven in any order. No Qt."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from courseai_lab.contract import BadValue, Patch, default_state, discover, run_frames
from courseai_lab.contract.state import state_from_json
from courseai_lab.engine.journal import Arrangement, Journal, Pinned
from courseai_lab.engine.store import MAX_UNDO, Store

COUNTER = next(panel for panel in discover("tests.fakes") if panel.id == "counter")


class Window:
    """A window without a window: panels that are open, in an order and a layout, with their pins."""

    def __init__(self, most: int = MAX_UNDO) -> None:
        self.journal = Journal(self, most, clock=lambda: 0.0)
        self.at = Arrangement()
        self.pins: dict[str, Pinned] = {}
        self.made = 0
        self.forgotten: list[str] = []

    def undo_in(self, panel: str) -> None:
        self.journal.store(panel).undo()

    def redo_in(self, panel: str) -> None:
        self.journal.store(panel).redo()

    def arrange(self, wanted: Arrangement) -> None:
        for panel in self.at.panels:
            if panel not in wanted.panels:
                self.journal.closed(panel)
        for panel in wanted.panels:
            if panel not in self.at.panels:
                self.journal.opened(panel, self.journal.store(panel))
        self.at = wanted

    def pin(self, panel: str, pinned: Pinned) -> None:
        self.pins[panel] = pinned

    def forget(self, panel: str) -> None:
        self.forgotten.append(panel)

    def open(self) -> str:
        """Another panel."""
        self.made += 1
        key = f"panel {self.made}"
        self.journal.opened(key, Store(default_state(COUNTER)))
        self.lay(Arrangement((*self.at.panels, key), self.at.layout), f"Open {key}")
        return key

    def close(self, panel: str) -> None:
        self.journal.closed(panel)
        self.lay(Arrangement(tuple(p for p in self.at.panels if p != panel), self.at.layout), f"Close {panel}")

    def lay(self, wanted: Arrangement, label: str) -> None:
        before, self.at = self.at, wanted
        self.journal.arranged(before, wanted, label)

    def set_pin(self, panel: str, pinned: Pinned) -> None:
        before, self.pins[panel] = self.pins.get(panel), pinned
        self.journal.pinned(panel, before, pinned, "Pin")

    def world(self) -> Any:
        """Everything that a history has to bring back."""
        states = []
        for panel in self.at.panels:
            data = self.journal.store(panel).state.to_json()
            states.append((panel, json.dumps({**data, "frame": None}), str(self.pins.get(panel))))
        return self.at.layout, tuple(states)


class JournalMachine(RuleBasedStateMachine):
    """``trail``: the world after 0, 1, 2, ... rows of the history, as it was seen when each was made."""

    def __init__(self) -> None:
        super().__init__()
        self.window = Window()
        self.window.open()
        self.window.open()
        self.saved: list[str] = []
        self.drags = 0
        self.walk()

    @property
    def journal(self) -> Journal:
        return self.window.journal

    @property
    def row(self) -> int:
        """How many rows are done."""
        return sum(row.stop <= self.journal.position for row in self.journal.rows())

    def walk(self) -> None:
        """Look at the whole trail, from the first row to the last, and come back."""
        stop = self.journal.position
        self.trail = []
        for place in (0, *(row.stop for row in self.journal.rows())):
            self.journal.go_to(place)
            assert self.journal.position == place
            self.trail.append(self.window.world())
        self.journal.go_to(stop)

    def noted(self, before: int) -> None:
        """Something was done, or nothing came of it: the trail ends here or goes on."""
        del self.trail[before + 1 :]
        if self.row > before:
            self.trail.append(self.window.world())

    def store(self, pick: int) -> Store | None:
        panels = self.window.at.panels
        return self.journal.store(panels[pick % len(panels)]) if panels else None

    def apply(self, pick: int, patch: Patch, step: int | None = None) -> None:
        store, before = self.store(pick), self.row
        if store is not None and store.apply(patch, step) != "nothing":
            self.noted(before)

    @rule(pick=st.integers(0, 3), steps=st.integers(5, 8), seed=st.integers(0, 2), dots=st.integers(1, 4))
    def set_several(self, pick: int, steps: int, seed: int, dots: int) -> None:
        self.apply(pick, Patch(params={"steps": steps}, seeds={"sample": seed}, look={"dots": dots}))

    @rule(pick=st.integers(0, 3), by=st.sampled_from([1.0, 2.0, -3.5]), step=st.none() | st.integers(0, 6))
    def steer(self, pick: int, by: float, step: int | None) -> None:
        self.apply(pick, Patch(params={"by": by}), step)

    @rule(pick=st.integers(0, 3), values=st.lists(st.integers(1, 3), min_size=1, max_size=4))
    def drag(self, pick: int, values: list[int]) -> None:
        store, before = self.store(pick), self.row
        if store is None:
            return
        count = len(store.history())
        self.drags += 1
        effects = [store.apply(Patch(look={"dots": value}, gesture=f"drag {self.drags}")) for value in values]
        assert len(store.history()) - count <= 1 and self.row - before <= 1, "a drag is one step, or none"
        if set(effects) != {"nothing"}:
            self.noted(before)

    @rule(pick=st.integers(0, 3))
    def reset(self, pick: int) -> None:
        store, before = self.store(pick), self.row
        if store is not None and store.replace(default_state(COUNTER), "Reset") != "nothing":
            self.noted(before)

    @rule(pick=st.integers(0, 3))
    def save(self, pick: int) -> None:
        store = self.store(pick)
        if store is not None:
            self.saved.append(json.dumps(store.state.to_json()))
            frames = [list(run_frames(COUNTER, s)) for s in (store.state, self.loaded(self.saved[-1]))]
            assert [f.total for f in frames[0]] == [f.total for f in frames[1]]

    def loaded(self, text: str) -> Any:
        return state_from_json(COUNTER, json.loads(text))

    @precondition(lambda self: self.saved)
    @rule(pick=st.integers(0, 3), which=st.integers(0, 9))
    def load(self, pick: int, which: int) -> None:
        store, before = self.store(pick), self.row
        if store is not None:
            state = self.loaded(self.saved[which % len(self.saved)])
            if store.replace(state, "Load") != "nothing":
                self.noted(before)

    @rule(pick=st.integers(0, 3))
    def refused(self, pick: int) -> None:
        store = self.store(pick)
        before = self.window.world(), len(self.journal.rows())
        if store is not None:
            try:
                store.apply(Patch(params={"by": 99.0}))
            except BadValue:
                assert (self.window.world(), len(self.journal.rows())) == before
                return
            raise AssertionError("99 is out of range")

    @precondition(lambda self: len(self.window.at.panels) < 4)
    @rule()
    def open(self) -> None:
        before = self.row
        self.window.open()
        self.noted(before)

    @precondition(lambda self: self.window.at.panels)
    @rule(pick=st.integers(0, 3))
    def close(self, pick: int) -> None:
        before = self.row
        self.window.close(self.window.at.panels[pick % len(self.window.at.panels)])
        self.noted(before)

    @rule(layout=st.sampled_from([b"", b"tabs", b"columns"]))
    def lay(self, layout: bytes) -> None:
        before = self.row
        if layout != self.window.at.layout:
            self.window.lay(Arrangement(self.window.at.panels, layout), "Arrange")
            self.noted(before)

    @precondition(lambda self: self.window.at.panels)
    @rule(pick=st.integers(0, 3))
    def pin_and_swap(self, pick: int) -> None:
        panel, before = self.window.at.panels[pick % len(self.window.at.panels)], self.row
        store, pinned = self.journal.store(panel), self.window.pins.get(panel)
        with self.journal.together():
            self.window.set_pin(panel, store.state.to_json())
            if pinned is not None:
                store.replace(state_from_json(COUNTER, pinned), "Swap")
        if self.row > before:
            assert self.row == before + 1, "what is done together is one row"
            self.noted(before)

    @rule()
    def undo(self) -> None:
        before = self.row
        self.journal.undo()
        assert self.row == max(0, before - 1)

    @rule()
    def redo(self) -> None:
        before = self.row
        self.journal.redo()
        assert self.row == min(len(self.journal.rows()), before + 1)

    @rule(pick=st.integers(0, 30))
    def click_in_the_list(self, pick: int) -> None:
        stops = [0, *(row.stop for row in self.journal.rows())]
        self.journal.go_to(stops[pick % len(stops)])
        assert self.row == pick % len(stops)

    @precondition(lambda self: self.window.at.panels)
    @rule(pick=st.integers(0, 3), back=st.booleans())
    def travel_in_one_panel(self, pick: int, back: bool) -> None:
        """Only this panel changes; all others and the arrangement stay."""
        panel, before = self.window.at.panels[pick % len(self.window.at.panels)], self.window.world()
        able = self.journal.can_undo_in(panel) if back else self.journal.can_redo_in(panel)
        self.journal.undo_in(panel) if back else self.journal.redo_in(panel)
        after = self.window.world()
        assert after[0] == before[0]
        others = [[one for one in world[1] if one[0] != panel] for world in (before, after)]
        assert others[0] == others[1] and (able or before == after)
        self.walk()

    @invariant()
    def the_world_is_what_it_was_at_this_row(self) -> None:
        assert self.window.world() == self.trail[self.row]

    @invariant()
    def stores_and_journal_agree(self) -> None:
        for panel in self.window.at.panels:
            store = self.journal.store(panel)
            mine = [step for step in self.journal._steps if step.kind == "changed" and step.panel == panel]
            done = [s for s in self.journal._steps[: self.journal.position] if s in mine and s.kind == "changed"]
            assert len(store.history()) == sum(s.panel == panel for s in done)
            assert store.can_redo == (len(mine) > len(done))


TestJournal = JournalMachine.TestCase
TestJournal.settings = settings(max_examples=40, stateful_step_count=30)


def test_the_history_is_bounded_and_lets_closed_panels_go() -> None:
    window = Window(most=20)
    first = window.open()
    window.close(first)
    second = window.open()
    store = window.journal.store(second)
    for number in range(60):
        store.apply(Patch(look={"dots": 1 + number % 2}))
    assert len(window.journal.rows()) == 20 == len(store.history())
    assert window.forgotten == [first]
    window.journal.go_to(0)
    assert not store.can_undo and len(window.journal.rows()) == 20


def test_a_closed_panel_comes_back_with_its_own_history() -> None:
    window = Window()
    panel, other = window.open(), window.open()
    store = window.journal.store(panel)
    store.apply(Patch(params={"by": 2.0}))
    store.apply(Patch(params={"by": 3.0}))
    window.journal.undo()
    window.close(panel)
    window.journal.store(other).apply(Patch(look={"dots": 5}))
    window.journal.undo()
    window.journal.undo()
    assert window.at.panels == (panel, other) and window.journal.store(panel) is store
    assert store.history() == ["By: 1 to 2"]
    assert [row.label for row in window.journal.rows()][-3:] == ["By: 1 to 2", f"Close {panel}", "Dots: 3 to 5"]
    window.journal.undo_in(panel)
    assert store.state == default_state(COUNTER)
