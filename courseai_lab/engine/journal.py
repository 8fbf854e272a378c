"""One history for a whole window: changes of every panel and of the arrangement, in the order they were made. No Qt.

The states live in the panels' stores; the journal only knows whose turn it is. It follows the stores (``Store.told``),
so the two cannot disagree, whoever asks a store to undo.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal, Protocol

from courseai_lab.engine.store import MAX_UNDO, Happened, Store

Kind = Literal["changed", "pinned", "arranged"]
Pinned = Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Which panels are open, by key and in order, and how they lie: whatever the desk needs to lay them so again."""

    panels: tuple[str, ...] = ()
    layout: bytes = b""


class Desk(Protocol):
    """What carries out a step of the history: the window."""

    def undo_in(self, panel: str) -> None:
        """Take the last change of this panel's store back."""

    def redo_in(self, panel: str) -> None:
        """Make it again."""

    def arrange(self, wanted: Arrangement) -> None:
        """Close and reopen panels (with the stores they had) until exactly these are open, and lay them so."""

    def pin(self, panel: str, pinned: Pinned) -> None:
        """Show this state (JSON) as the panel's B, or none."""

    def forget(self, panel: str) -> None:
        """No step can bring this closed panel back."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step. ``before`` and ``after``: two ``Arrangement`` or two ``Pinned``; a changed state is in its store.

    Neighbours with the same ``group`` above 0 are one step for people.
    """

    kind: Kind
    label: str
    panel: str = ""
    before: Any = None
    after: Any = None
    group: int = 0
    when: float = 0.0


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the history as people see it. ``stop``: how many steps are done when this is the last one done."""

    label: str
    panel: str
    when: float
    stop: int


def _nobody() -> None:
    """Tell nobody."""


class Journal:
    """Steps done and steps taken back. A new step forgets those taken back; over ``most`` the oldest go."""

    def __init__(self, desk: Desk, most: int = MAX_UNDO, clock: Callable[[], float] = time.time) -> None:
        self.told: Callable[[], None] = _nobody
        """Hears of every change of the history."""
        self.due: Callable[[], None] = _nobody
        """Asked before a panel's step is added: what came earlier and is not in the journal yet comes first."""
        self._desk = desk
        self._most = most
        self._clock = clock
        self._steps: list[Step] = []
        self._done = 0
        self._stores: dict[str, Store] = {}
        self._open: set[str] = set()
        self._groups = itertools.count(1)
        self._group = 0

    def opened(self, panel: str, store: Store) -> None:
        """A panel is open: follow its store."""
        self._stores[panel] = store
        self._open.add(panel)
        store.told = partial(self._hear, panel)

    def closed(self, panel: str) -> None:
        """A panel was closed. Its store is kept for as long as a step may bring it back."""
        self._open.discard(panel)

    def store(self, panel: str) -> Store:
        """The store of a panel, open or waiting; raises KeyError for one that is forgotten."""
        return self._stores[panel]

    def arranged(self, before: Arrangement, after: Arrangement, label: str) -> None:
        """Panels were opened, closed or laid otherwise."""
        if before != after:
            self._add(Step("arranged", label, "", before, after))

    def pinned(self, panel: str, before: Pinned, after: Pinned, label: str) -> None:
        """A panel has another B, or none."""
        if before != after:
            self._add(Step("pinned", label, panel, before, after))

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is done inside is one step for people."""
        self._group = next(self._groups)
        try:
            yield
        finally:
            self._group = 0

    @property
    def position(self) -> int:
        """How many steps are done: the ``stop`` of the present row, or 0 before the first."""
        return self._done

    def rows(self) -> list[Row]:
        """Every step, done or taken back, oldest first; a group is one row."""
        out: list[Row] = []
        for place, step in enumerate(self._steps, 1):
            together = place > 1 and step.group and self._steps[place - 2].group == step.group
            if together and place - 1 != self._done:
                out[-1] = replace(out[-1], stop=place)
            else:
                out.append(Row(step.label, step.panel, step.when, place))
        return out

    @property
    def undo_label(self) -> str:
        """Words for what ``undo`` would take back, or ""."""
        return self._steps[self._done - 1].label if self._done else ""

    @property
    def redo_label(self) -> str:
        """Words for what ``redo`` would make again, or ""."""
        return self._steps[self._done].label if self._done < len(self._steps) else ""

    def undo(self) -> None:
        """Take the last step back, whichever panel it was in."""
        stops = [row.stop for row in self.rows() if row.stop < self._done]
        self.go_to(stops[-1] if stops else 0)

    def redo(self) -> None:
        """Make the step last taken back again."""
        stops = [row.stop for row in self.rows() if row.stop > self._done]
        if stops:
            self.go_to(stops[0])

    def go_to(self, stop: int) -> None:
        """Travel until so many steps are done."""
        stop = max(0, min(stop, len(self._steps)))
        while self._done != stop:
            before = self._done
            self._back() if stop < before else self._on()
            if abs(self._done - stop) >= abs(before - stop):
                break
        self.told()

    def undo_in(self, panel: str) -> None:
        """Take back the last change inside one panel, though something else was done since.

        What happens in one panel does not depend on another, so its last step may change places with those after it.
        """
        place = self._last_in(panel)
        if place is not None:
            span = self._whole_group(place)
            self._steps[self._done : self._done] = self._steps[span.start : span.stop]
            del self._steps[span.start : span.stop]
            self.undo()

    def redo_in(self, panel: str) -> None:
        """Make the change last taken back inside one panel again."""
        place = self._next_in(panel)
        if place is not None:
            span = self._whole_group(place)
            moved = self._steps[span.start : span.stop]
            del self._steps[span.start : span.stop]
            self._steps[self._done : self._done] = moved
            self.redo()

    def can_undo_in(self, panel: str) -> bool:
        """Whether ``undo_in`` would do something."""
        return self._last_in(panel) is not None

    def can_redo_in(self, panel: str) -> bool:
        """Whether ``redo_in`` would do something."""
        return self._next_in(panel) is not None

    def _hear(self, panel: str, happened: Happened, label: str) -> None:
        if happened == "new":
            self.due()
            self._add(Step("changed", label, panel))
            return
        if happened == "undone":
            self._turn(self._last_changed(panel), -1)
        elif happened == "redone":
            place = next((i for i in range(self._done, len(self._steps)) if self._is_change(i, panel)), None)
            self._turn(place, 1)
        else:
            self._drop_redo_of(panel)
            place = self._last_changed(panel)
            if place is not None and happened == "more":
                self._steps[place] = replace(self._steps[place], label=label, when=self._clock())
            elif place is not None:
                del self._steps[place]
                self._done -= 1
        self.told()

    def _turn(self, place: int | None, way: int) -> None:
        """The step at ``place`` was taken back (-1) or made again (1) by its store: bring it to the border."""
        if place is None:
            return
        step = self._steps.pop(place)
        if way < 0:
            self._done -= 1
            self._steps.insert(self._done, step)
        else:
            self._steps.insert(self._done, step)
            self._done += 1

    def _back(self) -> None:
        step = self._steps[self._done - 1]
        if step.kind == "changed":
            self._desk.undo_in(step.panel)
            return
        self._carry_out(step, step.before)
        self._done -= 1

    def _on(self) -> None:
        step = self._steps[self._done]
        if step.kind == "changed":
            self._desk.redo_in(step.panel)
            return
        self._carry_out(step, step.after)
        self._done += 1

    def _carry_out(self, step: Step, wanted: Any) -> None:
        if step.kind == "pinned":
            self._desk.pin(step.panel, wanted)
        else:
            self._desk.arrange(wanted)

    def _add(self, step: Step) -> None:
        gone, self._steps[self._done :] = self._steps[self._done :], []
        for panel in {one.panel for one in gone if one.kind == "changed"}:
            self._stores[panel].forget_redo()
        self._steps.append(replace(step, group=self._group, when=self._clock()))
        self._done += 1
        over = max(0, len(self._steps) - self._most)
        old, self._steps[:over] = self._steps[:over], []
        self._done -= over
        for panel in {one.panel for one in old if one.kind == "changed"}:
            left = sum(self._is_change(place, panel) for place in range(self._done))
            self._stores[panel].trim(left)
        if gone or old:
            self._sweep()
        self.told()

    def _sweep(self) -> None:
        """Let closed panels go that no step names any more."""
        named = {step.panel for step in self._steps} | self._open
        for step in self._steps:
            if step.kind == "arranged":
                named.update(step.before.panels, step.after.panels)
        for panel in [one for one in self._stores if one not in named]:
            del self._stores[panel]
            self._desk.forget(panel)

    def _drop_redo_of(self, panel: str) -> None:
        """A drag went on after something was taken back in this panel: its store has forgotten that."""
        kept = [s for s in self._steps[self._done :] if not (s.kind == "changed" and s.panel == panel)]
        self._steps[self._done :] = kept

    def _is_change(self, place: int, panel: str) -> bool:
        return self._steps[place].kind == "changed" and self._steps[place].panel == panel

    def _last_changed(self, panel: str) -> int | None:
        return next((i for i in range(self._done - 1, -1, -1) if self._is_change(i, panel)), None)

    def _last_in(self, panel: str) -> int | None:
        """The last step done inside ``panel``; one before it was closed counts no more."""
        return next((i for i in range(self._done - 1, -1, -1) if self._steps[i].panel == panel), None)

    def _next_in(self, panel: str) -> int | None:
        """The next step inside ``panel``, when nothing closes it before."""
        for place in range(self._done, len(self._steps)):
            step = self._steps[place]
            if step.panel == panel:
                return place
            if step.kind == "arranged" and panel not in step.after.panels:
                return None
        return None

    def _whole_group(self, place: int) -> range:
        """The neighbours that are one step with the one at ``place``."""
        group, first, last = self._steps[place].group, place, place
        while group and first > 0 and self._steps[first - 1].group == group:
            first -= 1
        while group and last + 1 < len(self._steps) and self._steps[last + 1].group == group:
            last += 1
        return range(first, last + 1)
