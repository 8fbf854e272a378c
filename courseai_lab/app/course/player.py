"""Plays scenes in the window: opens or takes panels, lays them side by side, and puts everything back at the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEasingCurve, QObject, Qt, QVariantAnimation, Signal
from PySide6.QtWidgets import QDockWidget, QStyle

from courseai_lab.app.course.truths import Truths
from courseai_lab.contract import LabError, find
from courseai_lab.lessons.scene import Snapshot, patch_of, state_json

if TYPE_CHECKING:
    from courseai_lab.app.docks import PanelDock
    from courseai_lab.app.host import PanelHost
    from courseai_lab.app.main_window import MainWindow
    from courseai_lab.lessons.lesson import Scene, Shown

NARROWEST = 420
"""Panels that would be narrower than so many pixels are laid below each other."""
SPLIT_MS = 180
LOWEST = 440
"""And those that would be lower than this share one place, as tabs."""
COURSE = "course"
START = 0.75
"""The share of the room that the first panel has before the others come in."""


@dataclass(slots=True)
class _Before:
    """The window as it was when the first scene came: the arrangement, and the states of panels that were taken."""

    layout: bytes
    names: frozenset[str]
    states: dict[PanelHost, Mapping[str, Any]] = field(default_factory=dict)


class ScenePlayer(QObject):
    """``show`` a scene, ``leave`` when the lesson is over. Panels that were open are given back as they were."""

    shown = Signal(object)
    """The ``Scene`` that is now on screen."""

    def __init__(self, window: MainWindow, truths: Truths) -> None:
        super().__init__(window)
        self._window = window
        self._truths = truths
        self._before: _Before | None = None
        self._own: list[PanelHost] = []
        self._hosts: list[PanelHost] = []
        self._end_wanted = ""
        self._laid: tuple[str, ...] = ()
        self._split: QVariantAnimation | None = None
        self.scene: Scene | None = None
        window.panel_closed.connect(self._closed)
        truths.ready.connect(self._to_its_end)

    @property
    def hosts(self) -> tuple[PanelHost, ...]:
        """The panels of the scene, the lesson's own first."""
        return tuple(self._hosts)

    @property
    def host(self) -> PanelHost | None:
        """The panel that the scene is about."""
        return self._hosts[0] if self._hosts else None

    def show(self, scene: Scene) -> bool:
        """Bring the window into a scene; what is wrong is said and gives False."""
        window = self._window
        try:
            states = [state_json(shown, find(shown.panel, window.panels)) for shown in scene.shown]
        except LabError as error:
            window.status.say(f"The scene cannot be shown: {error}")
            return False
        window.docks.leave_full_screen()
        window.show_gallery(False)
        if self._before is None:
            docks = window.docks
            self._before = _Before(docks.save(), frozenset(d.objectName() for d in docks))
        hosts: list[PanelHost] = []
        for shown, state in zip(scene.shown, states, strict=True):
            host = self._take(shown, state, scene.title, hosts)
            if host is None:
                return False
            hosts.append(host)
        for host in [own for own in self._own if own not in hosts]:
            self._close(host)
        self._hosts = hosts
        self.scene = scene
        self._lay()
        self._play(scene)
        self.shown.emit(scene)
        return True

    def adopt(self, scene: Scene) -> None:
        """The window was opened again with a scene in it: its panels are the scene's, as they stand."""
        hosts: list[PanelHost] = []
        for shown in scene.shown:
            free = [dock.host for dock in self._window.docks if dock.host not in hosts]
            host = next((h for h in free if h.panel.id == shown.panel), None)
            if host is None:
                return
            hosts.append(host)
        self._hosts, self.scene = hosts, scene
        self.shown.emit(scene)

    def act(self, changes: str) -> bool:
        """Change the scene's panels: ``lr=2&steps=50`` goes to the first of them that has these settings."""
        wrong = "Show a scene first."
        for host in self._hosts:
            try:
                patch = patch_of(host.panel, changes)
                host.session.state.apply(patch)
            except LabError as error:
                wrong = str(error)
                continue
            host.session.propose(patch)
            self._bring(host)
            return True
        self._window.status.say(wrong)
        return False

    def leave(self) -> None:
        """Give back what was taken, close what was opened, lay the panels as they were."""
        before, self._before = self._before, None
        self.scene, self._hosts, self._laid, self._end_wanted = None, [], (), ""
        for host in list(self._own):
            self._close(host)
        if before is None:
            return
        for host, state in before.states.items():
            host.load_json(state, "Back from the course")
        if before.names == frozenset(d.objectName() for d in self._window.docks) and before.names:
            self._window.docks.restore(before.layout)

    def _take(self, shown: Shown, state: Mapping[str, Any], title: str, used: list[PanelHost]) -> PanelHost | None:
        assert self._before is not None
        free = [dock.host for dock in self._window.docks if dock.host not in used]
        mine = [host for host in free if host.panel.id == shown.panel]
        host = next((h for h in self._hosts if h in mine), mine[0] if mine else None)
        if host is None:
            host = self._window.open_panel(shown.panel, state)
            if host is not None:
                self._own.append(host)
            return host
        if host not in self._own and host not in self._before.states:
            self._before.states[host] = host.session.snapshot().to_json()
        host.load_json(state, title)
        return host

    def _play(self, scene: Scene) -> None:
        """As the scene wants it: playing, or standing at its frame."""
        host = self._hosts[0]
        panel = host.panel
        self._end_wanted = ""
        plays = scene.play if scene.play is not None else panel.autoplay and scene.shown[0].frame is None
        if panel.timeline != "steps":
            return
        host.session.play(plays)
        if not plays:
            self._end_wanted = key_of(scene)
            known = self._truths.ask(self._end_wanted, scene)
            if known is not None:
                self._to_its_end(self._end_wanted, known)

    def _to_its_end(self, key: str, found: Snapshot | str) -> None:
        """A scene that does not play stands at the frame that its numbers are about."""
        if key == self._end_wanted and isinstance(found, Snapshot) and self._hosts:
            self._end_wanted = ""
            self._hosts[0].session.follow(found.index)

    def _lay(self) -> None:
        """The scene's panels side by side (below each other where it is narrow), all others behind the first."""
        window = self._window
        wanted = [self._dock(host) for host in self._hosts]
        names = tuple(dock.objectName() for dock in wanted)
        if names == self._laid and wanted[0].front and not any(dock.isFloating() for dock in wanted):
            return
        docks = window.docks
        docks.dock_all()
        others = [dock for dock in docks if dock not in wanted]
        beside = window.findChild(QDockWidget, COURSE)
        width = beside.width() if beside is not None else 0
        for dock in (*wanted, *others):
            window.removeDockWidget(dock)
        side = self._side(len(wanted), width)
        for number, dock in enumerate(wanted):
            if number == 0:
                window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
            elif side is None:
                window.tabifyDockWidget(wanted[0], dock)
            else:
                window.splitDockWidget(wanted[number - 1], dock, side)
            dock.show()
        for dock in others:
            window.tabifyDockWidget(wanted[0], dock)
            dock.show()
        for dock in reversed(wanted):
            dock.raise_()
        docks.show_dock(wanted[0])
        if beside is not None:
            # While no panel stood beside it, Qt gave it the panels' room.
            window.resizeDocks([beside], [width], Qt.Orientation.Horizontal)
        self._laid = names
        if side is not None:
            self._open_up(wanted, side)

    def _side(self, count: int, taken: int) -> Qt.Orientation | None:
        """How ``count`` panels share the room that is left: beside or below each other; None: as tabs of one place."""
        if (self._window.width() - taken) / count >= NARROWEST:
            return Qt.Orientation.Horizontal
        return Qt.Orientation.Vertical if self._window.height() / count >= LOWEST else None

    def _open_up(self, docks: list[PanelDock], side: Qt.Orientation) -> None:
        """Panels that come beside the first slide in; at once where the system wants no motion."""
        if len(docks) < 2:
            return
        moves = self._window.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration) > 0
        if self._split is not None:
            self._split.stop()
        rest = len(docks) - 1

        def lay(share: Any) -> None:
            here = [dock for dock in docks if dock in tuple(self._window.docks)]
            if len(here) == len(docks):
                first = float(share)
                sizes = [round(1000 * first), *[round(1000 * (1 - first) / rest)] * rest]
                self._window.resizeDocks(here, sizes, side)

        even = 1.0 / len(docks)
        if not moves:
            lay(even)
            return
        self._split = QVariantAnimation(self)
        self._split.setDuration(SPLIT_MS)
        self._split.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._split.setStartValue(START)
        self._split.setEndValue(even)
        self._split.valueChanged.connect(lay)
        self._split.start(QVariantAnimation.DeletionPolicy.KeepWhenStopped)

    def _bring(self, host: PanelHost) -> None:
        dock = self._dock(host)
        if not dock.front:
            self._window.docks.show_dock(dock)

    def _dock(self, host: PanelHost) -> PanelDock:
        return next(dock for dock in self._window.docks if dock.host is host)

    def _close(self, host: PanelHost) -> None:
        if host in self._own:
            self._own.remove(host)
        for dock in self._window.docks:
            if dock.host is host:
                dock.close()

    def _closed(self, host: PanelHost) -> None:
        """The user closed one of the scene's panels."""
        self._own = [own for own in self._own if own is not host]
        self._hosts = [one for one in self._hosts if one is not host]
        self._laid = ()
        if self._before is not None:
            self._before.states.pop(host, None)


def key_of(scene: Scene) -> str:
    """What a scene's truth hangs on."""
    return repr(scene.shown[0])
