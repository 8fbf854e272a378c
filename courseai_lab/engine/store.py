"""The state of one panel and its history: set, undo, redo. Knows no Qt, so that a test can drive it alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from courseai_lab.contract import FieldSpec, Patch, State, fields
from courseai_lab.contract.ctx import STREAM_WORDS, STREAMS
from courseai_lab.contract.state import Effect

MAX_UNDO = 500
SHORT = 24

Happened = Literal["new", "more", "gone", "undone", "redone"]
"""What became of the history: a new step; the last one grew (a drag goes on) or came to nothing; one was travelled."""


def _nobody(_happened: Happened, _label: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One step of the history: the state before it and words for what was changed; ``whole``: it was exchanged."""

    before: State
    label: str
    gesture: str = ""
    whole: bool = False


class Store:
    """Holds the state; every change goes through ``apply``, which validates it and remembers how to undo it."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.told: Callable[[Happened, str], None] = _nobody
        """Hears of every change of the history, after it: who keeps the history of a whole window listens here."""
        self._undo: list[Entry] = []
        self._redo: list[Entry] = []

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        """Whether a change taken back can be made again."""
        return bool(self._redo)

    @property
    def undo_is_whole(self) -> bool:
        """Whether the next undo gives back a whole other state (a preset was loaded), with its place in the run."""
        return self.can_undo and self._undo[-1].whole

    @property
    def redo_is_whole(self) -> bool:
        """The same for redo."""
        return self.can_redo and self._redo[-1].whole

    def history(self) -> list[str]:
        """Words for every change that can be undone, oldest first."""
        return [entry.label for entry in self._undo]

    def apply(self, patch: Patch, step: int | None = None) -> Effect:
        """Change the state; see ``State.apply``. Raises BadValue and then changes nothing."""
        state, effect = self.state.apply(patch, step)
        if effect != "nothing" and patch.follows:
            self.state = state
        elif effect != "nothing":
            before, self.state = self.state, state
            last = self._undo[-1] if self._undo else None
            if patch.gesture and last is not None and last.gesture == patch.gesture:
                self._go_on(last.before, state, patch.gesture)
            else:
                self._remember(Entry(before, _label(before, state), patch.gesture))
        return effect

    def replace(self, state: State, label: str) -> Effect:
        """Take a whole other state (a preset, a link); one undo step."""
        effect = _effect(self.state, state)
        if effect != "nothing":
            before, self.state = self.state, state
            self._remember(Entry(before, label, whole=True))
        return effect

    def look_at(self, frame: int | None) -> None:
        """Note which frame is on screen; part of the state, but not a change to undo."""
        if frame != self.state.frame:
            self.state = State(
                self.state.panel, self.state.params, self.state.look, self.state.seeds, self.state.steering, frame
            )

    def undo(self) -> Effect:
        """Take the last change back; "nothing" when there is none."""
        return self._travel(self._undo, self._redo, "undone")

    def redo(self) -> Effect:
        """Make the change last taken back again; "nothing" when there is none."""
        return self._travel(self._redo, self._undo, "redone")

    def forget_redo(self) -> None:
        """What was taken back cannot be made again: something else was done in the window since."""
        self._redo.clear()

    def trim(self, most: int) -> None:
        """Keep the ``most`` newest steps."""
        del self._undo[: max(0, len(self._undo) - most)]

    def _travel(self, source: list[Entry], target: list[Entry], word: Happened) -> Effect:
        if not source:
            return "nothing"
        entry = source.pop()
        target.append(Entry(self.state, entry.label, whole=entry.whole))
        effect = _effect(self.state, entry.before)
        self.state = entry.before
        self.told(word, entry.label)
        return effect

    def _remember(self, entry: Entry) -> None:
        self._redo.clear()
        self._undo.append(entry)
        self.trim(MAX_UNDO)
        self.told("new", entry.label)

    def _go_on(self, before: State, after: State, gesture: str) -> None:
        """A drag goes on: it stays one step, and none at all when it has come back to where it began."""
        self._undo.pop()
        self._redo.clear()
        if _effect(before, after) != "nothing":
            label = _label(before, after)
            self._undo.append(Entry(before, label, gesture))
            self.told("more", label)
        else:
            self.told("gone", "")


def _effect(old: State, new: State) -> Effect:
    if not old.same_run(new):
        return "run"
    return "nothing" if old.look == new.look else "redraw"


def _label(old: State, new: State) -> str:
    changes = [*_changes(old.current, new.current), *_changes(old.look, new.look)]
    changes += [
        f"{STREAM_WORDS[stream]} seed: {getattr(old.seeds, stream)} to {getattr(new.seeds, stream)}"
        for stream in STREAMS
        if getattr(old.seeds, stream) != getattr(new.seeds, stream)
    ]
    return ", ".join(changes[:3]) + (", ..." if len(changes) > 3 else "")


def _changes(old: Any, new: Any) -> list[str]:
    if type(old) is not type(new):
        return ["panel"]
    return [
        f"{spec.label}: {short_value(spec, getattr(old, spec.name))} to {short_value(spec, getattr(new, spec.name))}"
        for spec in fields(type(old))
        if getattr(old, spec.name) != getattr(new, spec.name)
    ]


def short_value(spec: FieldSpec, value: Any) -> str:
    """A parameter's value in a few letters, for a list of changes."""
    if value is None:
        return "none"
    if spec.kind == "choice":
        text = spec.name_of(value)
    elif spec.kind == "choices":
        text = ", ".join(spec.name_of(one) for one in value) or "none"
    elif spec.kind == "switch":
        text = "on" if value else "off"
    elif isinstance(value, float):
        text = f"{value:.4g}"
    elif spec.kind in ("points", "matrix", "vector") and len(value) > 3:
        text = f"{len(value)} {'values' if spec.kind == 'vector' else 'points' if spec.kind == 'points' else 'rows'}"
    else:
        text = str(value)
    text = " ".join(text.split()).replace("-", "\N{MINUS SIGN}") if isinstance(value, int | float) else text
    return text if len(text) <= SHORT else text[: SHORT - 3] + "..."
