"""One open panel at work: its state, its frames, where it stands in them, and its run in the lane."""

from __future__ import annotations

import itertools
from typing import Any

from PySide6.QtCore import QObject, Signal

from courseai_lab.contract import BadValue, Panel, Patch, State
from courseai_lab.contract.state import Effect, steered
from courseai_lab.engine.lane import ALL, Lane, Order
from courseai_lab.engine.mailbox import Delivered, Event, Failed, Finished, Notice, Steered
from courseai_lab.engine.playback import Playback
from courseai_lab.engine.store import Store
from courseai_lab.engine.timeline import Timeline

SLOW_SECONDS = 0.4
"""Work longer than this shows its progress."""


class PanelSession(QObject):
    """The model of one open panel. The window binds its shell to the signals and calls the methods; it draws nothing.

    Made by ``Engine.open``. ``tick`` is called at 60 Hz while there is something to do.
    """

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

    def __init__(self, key: int, panel: Panel, state: State, lane: Lane, cap_bytes: int, parent: QObject) -> None:
        super().__init__(parent)
        self.key = key
        self.panel = panel
        self.store = Store(state)
        self.timeline = Timeline(cap_bytes)
        self.playback = Playback(panel.fps, playing=panel.autoplay, index=state.frame)
        self.frame: Any = None
        self.index = -1
        self.running = False
        self.total: int | None = None
        self.seconds = 0.0
        self._lane = lane
        self._tokens = itertools.count(1)
        self._token = 0
        self._busy_since: float | None = None
        self._progress: tuple[float | None, str] | None = None
        self._allowance = 0
        self._visible = False
        self._began = False
        self._fresh = True
        self._steer_gesture = ""
        if panel.autoplay and panel.ahead and state.frame is None:
            self.playback.index = 0

    @property
    def state(self) -> State:
        """The state as it would be saved: with the frame on screen, unless the newest is followed."""
        return self.store.state

    @property
    def busy(self) -> bool:
        """Whether time or work can change what is shown, so that the timer must go on."""
        return self._visible and (self.running or self.playback.playing)

    @property
    def waiting_for_frame(self) -> bool:
        """Whether what is on screen still belongs to the run before."""
        return self._fresh

    def propose(self, patch: Patch) -> None:
        """Carry out a wish: check it, remember how to undo it, then redraw, steer or run anew."""
        try:
            if self._steers_live(patch):
                self.state.current.patched(**patch.params)
                self._lane.steer(self.key, self._token, dict(patch.params))
                self._steer_gesture = patch.gesture
                return
            step = self.index if self.index >= 0 and self.panel.timeline == "steps" else None
            at_end = not self.running and self.playback.index is None
            effect = self.store.apply(patch, None if at_end else step)
        except BadValue as error:
            self.rejected.emit(error.field, str(error))
            self.state_changed.emit()
            return
        self._carry_out(effect, patch.gesture)

    def load(self, state: State, label: str) -> None:
        """Take a whole other state (preset, link, file); one undo step."""
        effect = self.store.replace(state, label)
        self.playback.index = state.frame if state.frame is not None else self._first_index()
        self.playback.play(self.panel.autoplay)
        self._carry_out("run" if effect == "nothing" else effect, "")

    def undo(self) -> None:
        """Take the last change back."""
        self._carry_out(self.store.undo(), "")

    def redo(self) -> None:
        """Make it again."""
        self._carry_out(self.store.redo(), "")

    def set_visible(self, visible: bool) -> None:
        """A hidden panel computes nothing; one that is seen for the first time begins."""
        if visible == self._visible:
            return
        self._visible = visible
        self._lane.hold(self.key, not visible)
        if visible and not self._began:
            self._begin()
        elif visible:
            self.timeline_changed.emit()

    def move_to(self, lane: Lane) -> None:
        """Go on on another device: the run begins again there."""
        if lane is self._lane:
            return
        self._lane.forget(self.key)
        self._lane = lane
        self._lane.hold(self.key, not self._visible)
        if self._began:
            self._begin()

    def play(self, on: bool) -> None:
        """Start or stop. From the end of a finished run, playing starts over."""
        if on and not self.running and self.index >= self.timeline.count - 1 > 0:
            self.playback.index = 0
        elif on and self.playback.index is None and self.panel.ahead and not self.running:
            self.playback.index = 0
        self.playback.play(on)
        self._show()
        self.timeline_changed.emit()

    def step(self, delta: int) -> None:
        """Go ``delta`` frames on or back; one past the end computes the next one."""
        self.playback.play(False)
        target = max(0, self.index + delta)
        if delta > 0 and target <= self.timeline.count - 1:
            target = max(target, self.timeline.after(self.index) if delta == 1 else target)
        if self.running and not self.panel.ahead and (self._fresh or target > self.timeline.count - 1):
            self._allow(max(self._allowance, target + 1))
        else:
            target = min(target, max(0, self.timeline.count - 1))
        self.playback.index = target
        self._show()
        self.timeline_changed.emit()

    def seek(self, index: int) -> None:
        """Show the frame of ``index`` (or the nearest one that is kept)."""
        self.playback.index = max(0, index)
        self._show()
        self.timeline_changed.emit()

    def set_speed(self, speed: float) -> None:
        """0.1x to 10x."""
        self.playback.set_speed(speed)
        self.timeline_changed.emit()

    def set_loop(self, on: bool) -> None:
        """Start over at the end."""
        self.playback.loop = on
        self.timeline_changed.emit()

    def restart(self) -> None:
        """The same run from its first frame (steering is forgotten only by a change of parameters)."""
        self.playback.index = 0 if self.panel.ahead else self._first_index()
        self._begin()

    def retry(self) -> None:
        """After a failure: the same again."""
        self._begin()

    def cancel(self) -> None:
        """Stop computing; what has been computed stays."""
        self._lane.stop(self.key)
        self.running = False
        self._set_progress(None)
        self.playback.play(False)
        self.timeline_changed.emit()

    def close(self) -> None:
        """The panel is gone."""
        self._visible = False
        self._lane.forget(self.key)

    def receive(self, events: list[Event], progress: tuple[int, float | None, str] | None, now: float) -> None:
        """Take in what the lane left: record every frame, note the rest. Draws nothing."""
        for event in events:
            if event.token == self._token:
                self._take(event)
        if progress is not None and progress[0] == self._token:
            self._progress = progress[1], progress[2]
        if self.running and self._busy_since is not None and now - self._busy_since > SLOW_SECONDS:
            self.progress_changed.emit(self._progress or (None, ""))

    def tick(self, seconds: float, now: float) -> None:
        """Move with time and show what is due, once."""
        if self.running and self._busy_since is None and self._waits_for_frame():
            self._busy_since = now
        if self.playback.playing:
            self._advance(self.playback.due(seconds))
        self._show()

    def _take(self, event: Event) -> None:
        if isinstance(event, Delivered):
            if self._fresh:
                self._fresh = False
                self.timeline.clear()
            self.timeline.append(event.index, event.frame)
            self.seconds = event.seconds
            self._set_progress(None)
            self.timeline_changed.emit()
        elif isinstance(event, Finished):
            self.running = False
            self.total = event.count
            self._set_progress(None)
            self.timeline_changed.emit()
        elif isinstance(event, Failed):
            self.running = False
            self._set_progress(None)
            self.playback.play(False)
            self.failed.emit(event.sentence, event.report)
            self.timeline_changed.emit()
        elif isinstance(event, Steered):
            self.store.apply(Patch(params=event.patch, gesture=self._steer_gesture), event.step)
            self.state_changed.emit()
        elif isinstance(event, Notice):
            self.noticed.emit(event.sentence)

    def _steers_live(self, patch: Patch) -> bool:
        """Whether a wish can be sent into the run as it goes, because the newest frame is on screen."""
        return (
            bool(patch.params)
            and not patch.look
            and not patch.seeds
            and not self.panel.ahead
            and self.running
            and self.timeline.count > 0
            and self.playback.index is None
            and set(patch.params) <= steered(type(self.state.params))
        )

    def _carry_out(self, effect: Effect, gesture: str) -> None:
        if effect == "nothing":
            return
        if effect in ("run", "steer"):
            if effect == "run" and not self.panel.ahead and self.playback.index is not None:
                self.playback.index = self._first_index()
            self._begin(gesture)
        self.state_changed.emit()
        if effect == "redraw":
            self.frame_changed.emit()

    def _begin(self, gesture: str = "") -> None:
        """Order a run of today's state; the old frames stay on screen until the first new one comes."""
        self._token = next(self._tokens)
        self._began = True
        self._fresh = True
        self.total = None
        self.running = True
        self._busy_since = None
        self._progress = None
        self._allowance = ALL if self.panel.ahead or self.panel.timeline == "none" else self._first_allowance()
        order = Order(self.key, self._token, self.panel.compute(), self.state, self._allowance, gesture)
        self._lane.begin(order)
        self.recovered.emit()
        self.timeline_changed.emit()

    def _first_index(self) -> int | None:
        return 0 if self.panel.autoplay and self.panel.ahead else None

    def _first_allowance(self) -> int:
        """A run that is watched gives its first frame and waits; one that replays goes on to where it stood."""
        replay = self.state.steering[-1].step if self.state.steering else 0
        return max(1, replay + 1, (self.playback.index or 0) + 1)

    def _allow(self, frames: int) -> None:
        self._allowance = frames
        self._lane.allow(self.key, frames)

    def _waits_for_frame(self) -> bool:
        return self._fresh or self._allowance > self.timeline.count

    def _advance(self, due: int) -> None:
        if due == 0 or self._fresh:
            return
        newest = self.timeline.count - 1
        at = self.index
        if at < newest:
            self.playback.index = min(newest, max(at + due, self.timeline.after(at)))
            if self.playback.index == newest and not self.panel.ahead and self.running:
                self.playback.index = None
        elif self.running and not self.panel.ahead:
            self.playback.index = None
            # A slow kernel must not run up a debt that it would later pay in one burst.
            self._allow(min(self._allowance + due, self.timeline.count + max(1, due) + 1))
        elif not self.running:
            if self.playback.loop and newest > 0:
                self.playback.index = 0
            else:
                self.playback.play(False)
                self.timeline_changed.emit()

    def _show(self) -> None:
        """Choose the frame that is due; say so only when it is another one."""
        if self.timeline.kept == 0:
            return
        wanted = self.timeline.count if self.playback.index is None else self.playback.index
        index, frame = self.timeline.at(wanted)
        if frame is self.frame and index == self.index:
            return
        self.index, self.frame = index, frame
        self.store.look_at(self.playback.index)
        self.frame_changed.emit()
        self.timeline_changed.emit()

    def _set_progress(self, progress: tuple[float | None, str] | None) -> None:
        self._busy_since = None
        self._progress = progress
        self.progress_changed.emit(progress)
