"""One open panel at work: its state, its frames, where it stands in them, and its run in the lane."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from courseai_lab.contract import LabError, Patch, State
from courseai_lab.contract.state import Effect, steered
from courseai_lab.engine.lane import Lane
from courseai_lab.engine.panel_run import PanelRun
from courseai_lab.engine.store import Store


class PanelSession(PanelRun):
    """The model of one open panel. The window binds its shell to the signals and calls the methods; it draws nothing.

    Made by ``Engine.open``. ``tick`` is called at 60 Hz while there is something to do.
    """

    def propose(self, patch: Patch) -> None:
        """Carry out a wish: check it, remember how to undo it, then redraw, steer or run anew."""
        try:
            if self.rules:
                self.rules.check(replace(self.state, params=self.wished, steering=()), patch)
            if self._steers_live(patch):
                self.wished.patched(**patch.params)
                self._sent.append(patch)
                self._lane.steer(self.key, self._token, dict(patch.params))
                return
            if patch.params or patch.seeds:
                # What is still on its way into the run would be lost with it.
                patch = replace(patch, params={**self._sent_params(), **patch.params})
            effect = self.store.apply(patch, self._branch_step())
        except LabError as error:
            self._refuse(error)
            return
        self._restart_watched(effect)
        if effect == "steer" and self.panel.answers:
            # What it was steered to is on the frame after the one it was steered at.
            self.playback.index = None
        self._carry_out(effect, patch.gesture)

    def load(self, state: State, label: str) -> None:
        """Take a whole other state (preset, link, file); one undo step."""
        effect = self.store.replace(state, label)
        self._jump(state.frame)
        self._carry_out("run" if effect == "nothing" else effect, "")

    def take_store(self, store: Store) -> None:
        """Go on with the history that this panel had before it was closed; the store is in the state opened here."""
        store.state, self.store = self.store.state, store
        self.state_changed.emit()

    def follow(self, index: int) -> None:
        """Show the frame of ``index``, or the last one before it, and compute up to it: a pinned run in step."""
        self.playback.play(False)
        self.playback.index = max(0, index)
        if self.running and not self.panel.ahead and self.panel.timeline == "steps":
            self._allow(max(self._allowance, index + 1))
        self._show()
        self.timeline_changed.emit()

    def undo(self) -> None:
        """Take the last change back."""
        self._travel(self.store.undo, self.store.undo_is_whole)

    def redo(self) -> None:
        """Make it again."""
        self._travel(self.store.redo, self.store.redo_is_whole)

    def set_visible(self, visible: bool) -> None:
        """A hidden panel computes nothing; one that is seen for the first time begins. A closed one stays as it is."""
        if visible == self._visible or self._closed:
            return
        self._visible = visible
        self._busy_since = None
        self._lane.hold(self.key, not visible)
        if visible and not self._began:
            self._begin()
        elif visible:
            self.timeline_changed.emit()
        self.visible_changed.emit(visible)

    def set_cap(self, cap_bytes: int) -> None:
        """Keep frames of at most so many bytes."""
        self._reel.set_cap(cap_bytes)

    def move_to(self, lane: Lane) -> None:
        """Go on on another device: the run begins again there, up to where it stands."""
        if lane is self._lane:
            return
        self._lane.forget(self.key)
        self._lane = lane
        self._lane.hold(self.key, not self._visible)
        if self._began:
            self._begin(stood=self.index)

    def play(self, on: bool) -> None:
        """Start or stop. From the end of a finished run, playing starts over; after a cancel it computes on."""
        at_end = self.index >= self.timeline.count - 1
        if on and not self.running and at_end:
            if self.total is None and self._began:
                self._begin(stood=self.index)
            elif self.index > 0:
                self.playback.index = 0
        elif on and self.playback.index is None and self.panel.ahead and not self.running:
            self.playback.index = 0
        self.playback.play(on)
        self._show()
        self.timeline_changed.emit()

    def step(self, delta: int) -> None:
        """Go ``delta`` frames on or back; one past the end computes the next one."""
        self.playback.play(False)
        newest = self.timeline.count - 1
        target = max(0, (self._reach() if self.waiting_for_frame else self.index) + delta)
        if delta == 1 and target <= newest:
            target = max(target, self.timeline.after(self.index))
        if self.running and not self.panel.ahead and (self.waiting_for_frame or target > newest):
            self._allow(max(self._allowance, target + 1))
        else:
            target = min(target, max(0, newest))
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
        """The same run from its first frame, playing (steering is forgotten only by a change of parameters)."""
        self.playback.index = 0 if self.panel.ahead else None
        self.playback.play(True)
        self._begin(stood=0)

    def retry(self) -> None:
        """After a failure: the same again."""
        self._begin()

    def cancel(self) -> None:
        """Stop computing; what has been computed stays."""
        self._lane.stop(self.key)
        self.running = False
        self._sent.clear()
        self._reel.end(self._token)
        self._end_progress()
        self.playback.play(False)
        self.timeline_changed.emit()

    def close(self) -> None:
        """The panel is gone. Its window may still hide and show what is left of it."""
        self._closed = True
        self._visible = False
        self._lane.forget(self.key)

    def tick(self, seconds: float, now: float) -> None:
        """Move with time and show what is due, once."""
        if not self._visible:
            return
        if self.running and self._busy_since is None and self._waits_for_frame():
            self._busy_since = now
        if self.playback.playing:
            self._advance(self.playback.due(seconds))
        self._show()

    def _steers_live(self, patch: Patch) -> bool:
        """Whether a wish can be sent into the run as it goes, because its newest frame is on screen."""
        count = self.timeline.count
        at_newest = self.playback.index is None or (self.index == count - 1 and self._allowance <= count)
        replayed = not self.state.steering or self.state.steering[-1].step < count
        return (
            bool(patch.params)
            and not patch.look
            and not patch.seeds
            and not self.panel.ahead
            and self.running
            and not self.waiting_for_frame
            and at_newest
            and replayed
            and set(patch.params) <= steered(type(self.state.params))
        )

    def _branch_step(self) -> int | None:
        """The frame after which a steered change holds; None: it begins a run of its own."""
        if self.panel.timeline == "none" or self.index < 0:
            return None
        if self.playback.index is not None:
            return self.index
        if self.panel.ahead or not self.running:
            return None
        return (self._stood or None) if self.waiting_for_frame else self.index

    def _carry_out(self, effect: Effect, gesture: str) -> None:
        if effect in ("run", "steer"):
            self._begin(gesture)
        if effect != "nothing":
            self.state_changed.emit()
        if effect == "redraw" and self.frame is not None:
            self.frame_changed.emit()

    def _jump(self, frame: int | None) -> None:
        """Go where a state that was taken as a whole says; without a place, as a panel opens."""
        self.playback.index = frame if frame is not None else self._first_index()
        self.playback.play(self.panel.autoplay and frame is None)

    def _travel(self, go: Callable[[], Effect], whole: bool) -> None:
        before = self.state
        self._sent.clear()
        effect = go()
        if whole:
            self._jump(self.state.frame)
        same_start = (before.params, before.seeds) == (self.state.params, self.state.seeds)
        if effect == "run" and not whole and same_start:
            # Only what was steered: the run is computed again up to where it stands, not begun again.
            self._begin(stood=self.index)
            self.state_changed.emit()
        else:
            if not whole:
                self._restart_watched(effect)
            self._carry_out(effect, "")

    def _restart_watched(self, effect: Effect) -> None:
        """Another run that is watched is watched from its first frame; one computed ahead keeps its place."""
        if effect == "run" and not self.panel.ahead:
            self.playback.index = None

    def _advance(self, due: int) -> None:
        if due == 0 or self.waiting_for_frame:
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
        if not self.waiting_for_frame:
            self.store.look_at(self.playback.index)
        if frame is self.frame and index == self.index:
            return
        self.index, self.frame = index, frame
        self.frame_changed.emit()
        self.timeline_changed.emit()
