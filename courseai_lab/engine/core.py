"""The engine: lanes by device, open panels' sessions, and the one 60 Hz timer that fetches what the lanes left."""

from __future__ import annotations

import itertools

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from courseai_lab.contract import Panel, State
from courseai_lab.engine.collector import Collector
from courseai_lab.engine.devices import AUTOMATIC, Device, available, resolve
from courseai_lab.engine.lane import Lane, warm_up
from courseai_lab.engine.mailbox import Event
from courseai_lab.engine.session import PanelSession
from courseai_lab.engine.task import monotonic
from courseai_lab.engine.timeline import CAP_BYTES

TICK_MS = 16


class Engine(QObject):
    """Owns the lanes and the sessions. Lives in the window's thread; made by the application, closed before it ends.

    ``cap_bytes``: what the recorded frames of all open panels may take together, each an equal share.
    """

    devices_found = Signal()
    """``devices`` is complete: the accelerators have been looked for."""
    status_changed = Signal()
    """Compute time, activity or the device in use changed."""

    def __init__(self, device: str = AUTOMATIC, cap_bytes: int = CAP_BYTES, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.devices: tuple[Device, ...] = (Device("cpu", "CPU"),)
        self.choice = device
        self._lanes: dict[str, Lane] = {}
        self._sessions: dict[int, PanelSession] = {}
        self._keys = itertools.count(1)
        self._cap = cap_bytes
        self._found: tuple[Device, ...] | None = None
        self._looking = False
        self._last = monotonic()
        self._shown = 0.0
        self._collector = Collector(self)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._painted = QTimer(self)
        self._painted.setSingleShot(True)
        # Not 0: such timers wait until nothing else is to be done, which may never be.
        self._painted.setInterval(1)
        self._painted.timeout.connect(self._kick)

    @property
    def device(self) -> str:
        """The device in use, by torch's name."""
        return resolve(self.choice, self.devices)

    @property
    def sessions(self) -> tuple[PanelSession, ...]:
        """Every open panel's session."""
        return tuple(self._sessions.values())

    def open(self, panel: Panel, state: State) -> PanelSession:
        """Make the session of a newly opened panel; nothing is computed before it is seen."""
        key = next(self._keys)
        session = PanelSession(key, panel, state, self._lane(self.device), self._cap, self)
        self._sessions[key] = session
        self._share_memory()
        session.timeline_changed.connect(self._wake)
        session.state_changed.connect(self._wake)
        return session

    def close_session(self, session: PanelSession) -> None:
        """Close a panel: its run ends at the next tick, its frames are given back."""
        if self._sessions.pop(session.key, None) is not None:
            session.close()
            session.deleteLater()
            self._share_memory()
            self._collector.settled()

    def look_for_devices(self) -> None:
        """Import torch and list the accelerators, in the lane; ``devices_found`` says when."""

        def look() -> None:
            found = self.devices
            try:
                warm_up()
                found = available()
            finally:
                # Also when torch is broken: the search is over, and the panels that need torch will say so.
                self._found = found

        self._looking = True
        self._lane("cpu").chore(look)
        self._wake()

    def choose_device(self, choice: str) -> None:
        """Move every panel to another device ("auto", "cpu", "cuda:0", "mps")."""
        self.choice = choice
        lane = self._lane(self.device)
        for session in self._sessions.values():
            session.move_to(lane)
        self.status_changed.emit()

    def shut_down(self, wait_ms: int = 2000) -> bool:
        """Stop every lane; True when all ended in time. A kernel that never ticks is abandoned, not waited for."""
        self._timer.stop()
        self._painted.stop()
        for session in tuple(self._sessions.values()):
            self.close_session(session)
        for lane in self._lanes.values():
            lane.end()
        until = monotonic() + wait_ms / 1000
        ended = [lane.close(max(1, round(1000 * (until - monotonic())))) for lane in self._lanes.values()]
        if all(ended):
            self._collector.stop()
        return all(ended)

    def _share_memory(self) -> None:
        """Recorded frames of all open panels together keep to the cap: an equal share for each."""
        share = self._cap // max(1, len(self._sessions))
        for session in self._sessions.values():
            session.set_cap(share)

    def _lane(self, device: str) -> Lane:
        if device not in self._lanes:
            lane = Lane(device, self)
            lane.posted.connect(self._arrived, Qt.ConnectionType.QueuedConnection)
            lane.start()
            self._lanes[device] = lane
        return self._lanes[device]

    def _wake(self) -> None:
        if not self._timer.isActive():
            self._last = monotonic()
            self._timer.start()

    def _arrived(self) -> None:
        """Something was left after a pause: fetch it at once, rather than up to 16 ms later.

        The pause is one of the pictures: a wish, too, wakes the timer, and its answer comes long before the next beat.
        """
        self._wake()
        if monotonic() - self._shown >= TICK_MS / 1000:
            self._tick()
            if self._timer.isActive():
                # What was drawn is painted before the next beat draws something else.
                self._timer.start()

    def _kick(self) -> None:
        """What the lanes left has been drawn and painted."""
        for lane in self._lanes.values():
            lane.kick()

    def _tick(self) -> None:
        now = monotonic()
        seconds, self._last = now - self._last, now
        by_key: dict[int, list[Event]] = {}
        progress = {}
        for lane in self._lanes.values():
            events, news = lane.mailbox.drain()
            for event in events:
                by_key.setdefault(event.key, []).append(event)
            progress.update(news)
            if events:
                self._painted.start()
        for key, session in tuple(self._sessions.items()):
            if key not in self._sessions:
                continue  # a slot of another panel closed it meanwhile
            before = session.frame
            session.receive(by_key.get(key, []), progress.get(key), now)
            session.tick(seconds, now)
            if session.frame is not before:
                self._shown = now
        if by_key:
            self.status_changed.emit()
        self._take_devices()
        if not by_key and not any(s.busy for s in self._sessions.values()) and not self._looking:
            self._timer.stop()

    def _take_devices(self) -> None:
        if not self._looking or self._found is None:
            return
        self._looking = False
        self._collector.settled()
        before = self.device
        self.devices = self._found
        if self.device != before:
            self.choose_device(self.choice)
        self.devices_found.emit()
