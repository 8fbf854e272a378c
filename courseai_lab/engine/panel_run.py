"""The run behind an open panel: ordered from the lane, its frames taken in, its end, failure and progress noted."""

from __future__ import annotations

import itertools
from collections import deque
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from courseai_lab.contract import LabError, Panel, Params, Patch, State
from courseai_lab.contract.ctx import STREAMS, Stream
from courseai_lab.contract.rules import Rules
from courseai_lab.engine.lane import ALL, Lane, Order
from courseai_lab.engine.mailbox import Delivered, Event, Failed, Finished, Notice, Steered
from courseai_lab.engine.playback import Playback
from courseai_lab.engine.reel import Reel
from courseai_lab.engine.store import Store
from courseai_lab.engine.task import monotonic
from courseai_lab.engine.timeline import Timeline

SLOW_SECONDS = 0.4
"""Work longer than this shows its progress."""


class PanelRun(QObject):
    """What ``PanelSession`` stands on: the state, the frames recorded, and the run in the lane that brings more."""

    state_changed = Signal()
    """Parameters, look, seeds or what can be undone changed."""
    frame_changed = Signal()
    """Another frame is to be shown: see ``frame`` and ``index``."""
    timeline_changed = Signal()
    """Number of frames, position, playing or running changed."""
    progress_changed = Signal(object)
    """``(share or None, note)`` of slow work, or None when there is none."""
    failed = Signal(str, str)
    """The run stopped with a sentence and a report."""
    recovered = Signal()
    """A new run began: an error card can go."""
    rejected = Signal(str, str)
    """A wish was refused: field and sentence."""
    noticed = Signal(str)
    """Something worth one sentence."""
    visible_changed = Signal(bool)
    """It can be seen, or no longer: what computes for its sake rests with it."""

    def __init__(self, key: int, panel: Panel, state: State, lane: Lane, cap_bytes: int, parent: QObject) -> None:
        super().__init__(parent)
        self.key = key
        self.panel = panel
        self.store = Store(state)
        self.rules = Rules()
        """What a lesson does not let anybody change; wishes beyond it are refused."""
        self.playback = Playback(panel.fps, playing=panel.autoplay and state.frame is None, index=state.frame)
        self.frame: Any = None
        self.index = -1
        self.running = False
        self.total: int | None = None
        self.seconds = 0.0
        self._lane = lane
        self._reel = Reel(cap_bytes)
        self._tokens = itertools.count(1)
        self._token = 0
        self._oldest = 1
        self._gesture = ""
        self._stood = 0
        self._sent: deque[Patch] = deque()
        self._asked: set[Stream] = set()
        self._busy_since: float | None = None
        self._progress: tuple[float | None, str] | None = None
        self._progress_shown = False
        self._allowance = 0
        self._visible = False
        self._closed = False
        self._began = False
        if state.frame is None:
            self.playback.index = self._first_index()

    @property
    def state(self) -> State:
        """The parameters and so on in force, with the frame looked at, unless the newest is followed."""
        return self.store.state

    @property
    def wished(self) -> Params:
        """The parameters that the form shows: in force, or on their way into the run."""
        sent = self._sent_params()
        return self.state.current.patched(**sent) if sent else self.state.current

    @property
    def timeline(self) -> Timeline:
        """The frames that can be looked at."""
        return self._reel.shown

    @property
    def progress(self) -> tuple[float | None, str] | None:
        """What ``progress_changed`` said last."""
        return (self._progress or (None, "")) if self._progress_shown else None

    @property
    def streams(self) -> tuple[Stream, ...]:
        """The seeds that matter: those whose random numbers its runs drew; all while none has brought a frame."""
        return STREAMS if self.frame is None else tuple(stream for stream in STREAMS if stream in self._asked)

    @property
    def visible(self) -> bool:
        """Whether somebody can see it."""
        return self._visible

    @property
    def busy(self) -> bool:
        """Whether time or work can change what is shown, so that the timer must go on."""
        if not self._visible:
            return False
        return self.playback.playing or self._reel.gathering or (self.running and self._waits_for_frame())

    @property
    def waiting_for_frame(self) -> bool:
        """Whether what is on screen still belongs to the run before."""
        return self._reel.token != self._token or self._token == 0

    def snapshot(self) -> State:
        """The state as it is saved: opened elsewhere, it shows the very frame that is on screen here."""
        watched = self.panel.timeline == "steps" and not self.panel.ahead
        if watched and self.state.frame is None and self.index > 0 and not self.waiting_for_frame:
            return replace(self.state, frame=self.index)
        return self.state

    def receive(self, events: list[Event], progress: tuple[int, float | None, str] | None, now: float) -> None:
        """Take in what the lane left: record every frame, note the rest. Draws nothing."""
        changed = False
        for event in events:
            if event.token >= self._oldest:
                self._take(event)
                changed = True
        changed |= self._reel.turn(self._reach(), now)
        if progress is not None and progress[0] == self._token:
            self._progress = progress[1], progress[2]
        if self.running and self._busy_since is not None and now - self._busy_since > SLOW_SECONDS:
            self._progress_shown = True
            self.progress_changed.emit(self._progress or (None, ""))
        if changed:
            self.timeline_changed.emit()

    def _take(self, event: Event) -> None:
        """Frames of earlier runs of the same drag count too: otherwise a drag would show nothing before its end."""
        if isinstance(event, Delivered):
            self._reel.record(event.token, event.index, event.frame)
            self.seconds = event.seconds
            self._end_progress()
        elif isinstance(event, Finished):
            self._reel.end(event.token)
        if event.token != self._token:
            return
        if isinstance(event, Finished):
            self._finish(event.count)
        elif isinstance(event, Failed):
            self._reel.end(event.token)
            self.running = False
            self._sent.clear()
            self._end_progress()
            self.playback.play(False)
            self.state_changed.emit()
            self.failed.emit(event.sentence, event.report)
        elif isinstance(event, Steered):
            self._note_steering(event)
        elif isinstance(event, Notice):
            self.noticed.emit(event.sentence)

    def _finish(self, count: int) -> None:
        self.running = False
        self.total = count
        self._end_progress()
        if self.playback.index is not None:
            self.playback.index = min(self.playback.index, count - 1)
        late = self._sent_params()
        if late:
            # Sent while the last frame was on its way: what is wished at the end of a run is a new run.
            self._sent.clear()
            self.store.apply(Patch(params=late), None)
            self._begin()
            self.state_changed.emit()

    def _note_steering(self, event: Steered) -> None:
        gesture = self._sent.popleft().gesture if self._sent else ""
        try:
            self.store.apply(Patch(params=event.patch, gesture=gesture), event.step)
        except LabError as error:
            self._refuse(error)
            return
        if self.panel.answers and not self.playback.playing:
            self.playback.index = None
            self._allow(max(self._allowance, event.step + 2))
        self.state_changed.emit()

    def _refuse(self, error: LabError) -> None:
        # First what is true, on the form and on the picture (a handle dragged too far goes back); then why.
        self.state_changed.emit()
        if self.frame is not None:
            self.frame_changed.emit()
        self.rejected.emit(getattr(error, "field", ""), str(error))

    def _sent_params(self) -> dict[str, Any]:
        return {name: value for patch in self._sent for name, value in patch.params.items()}

    def _begin(self, gesture: str = "", stood: int | None = None) -> None:
        """Order a run of today's state; the old frames stay on screen until the new ones have come as far.

        ``stood``: how far a run that is watched is to come at once; by default to what its steering replays.
        """
        self._token = next(self._tokens)
        if not gesture or gesture != self._gesture:
            self._oldest = self._token
        self._gesture = gesture
        self._reel.expect(self._oldest, monotonic())
        self._began = True
        self._sent.clear()
        self.total = None
        self.running = True
        self._busy_since = None
        self._progress = None
        replayed = self.state.steering[-1].step + self.panel.answers if self.state.steering else 0
        self._stood = max(0, self.index if self.panel.ahead else replayed if stood is None else stood)
        free = self.panel.ahead or self.panel.timeline == "none"
        self._allowance = ALL if free else max(self._reach(), replayed if stood is None else 0) + 1
        compute = self.panel.compute()
        self._lane.begin(
            Order(self.key, self._token, compute, self.state, self._allowance, gesture, self._reach(), self._asked)
        )
        self.recovered.emit()
        self.timeline_changed.emit()

    def _reach(self) -> int:
        """The index that a run under way has to come to before it is shown."""
        if self.panel.timeline == "none":
            return 0
        return self._stood if self.playback.index is None else self.playback.index

    def _first_index(self) -> int | None:
        return 0 if self.panel.autoplay and self.panel.ahead else None

    def _allow(self, frames: int) -> None:
        self._allowance = frames
        self._lane.allow(self.key, frames)

    def _waits_for_frame(self) -> bool:
        return self.waiting_for_frame or self._allowance > self.timeline.count

    def _end_progress(self) -> None:
        self._busy_since = None
        self._progress = None
        if self._progress_shown:
            self._progress_shown = False
            self.progress_changed.emit(None)
