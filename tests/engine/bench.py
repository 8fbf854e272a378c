"""An engine as the window drives it, and helpers to wait on what its sessions say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from courseai_lab.contract import Patch, default_state, discover
from courseai_lab.engine.core import Engine
from courseai_lab.engine.session import PanelSession

PANELS = {panel.id: panel for panel in discover("tests.fakes")}


class Bench(QObject):
    """Opens the test panels and waits on them."""

    def __init__(self, qtbot: QtBot, **engine: Any) -> None:
        super().__init__()
        self.qtbot = qtbot
        self.engine = Engine("cpu", **engine)

    def open(self, panel: str = "counter", **params: Any) -> PanelSession:
        """A visible panel with these parameters."""
        state, _ = default_state(PANELS[panel]).apply(Patch(params=params))
        session = self.engine.open(PANELS[panel], state)
        session.set_visible(True)
        return session

    def until(self, session: PanelSession, true: Callable[[], bool]) -> None:
        """Wait until something is true of a session."""
        if true():
            return
        with self.qtbot.waitSignal(session.timeline_changed, timeout=5000, check_params_cb=lambda: true()):
            pass

    def watched(self, frame: int, **params: Any) -> PanelSession:
        """A run that is watched, played to ``frame`` or a little further and paused there."""
        session = self.open("counter", **params)
        session.set_speed(10)
        session.play(True)
        self.until(session, lambda: session.index >= frame)
        session.play(False)
        self.until(session, lambda: not session.busy)
        return session

    def finished(self, **params: Any) -> PanelSession:
        """A run computed ahead, whole."""
        session = self.open("still", **params)
        self.until(session, lambda: not session.running)
        return session
