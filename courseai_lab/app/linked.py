"""The bus between open panels: what one looks at, the others follow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from courseai_lab.contract import LabError

if TYPE_CHECKING:
    from courseai_lab.app.host import PanelHost
    from courseai_lab.app.main_window import MainWindow
    from courseai_lab.contract import Selection


class Linked(QObject):
    """Carries selections from panel to panel while linking is on.

    A panel's own selections come from its compute module and are told when its state has changed and is on screen;
    those of the pointer come from its view. Each goes to every other panel once: a panel that answers with the very
    same selection is not listened to, so two that follow each other come to rest.
    """

    changed = Signal(bool)
    """Linking was switched on or off."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._hosts: list[PanelHost] = []
        self._latest: dict[type, tuple[PanelHost, Selection]] = {}
        self._told: dict[PanelHost, object] = {}
        self._on = True
        window.panel_opened.connect(self._opened)
        window.panel_closed.connect(self._closed)

    @property
    def on(self) -> bool:
        """Whether panels follow each other."""
        return self._on

    def switch(self, on: bool) -> None:
        """Let panels follow each other, or leave each alone; switched on, all hear what was said last."""
        if on == self._on:
            return
        self._on = on
        if on:
            for source, selection in list(self._latest.values()):
                for host in self._others(source):
                    host.follow(selection)
        self.changed.emit(on)

    def latest(self, kind: type) -> Selection | None:
        """What was looked at last, of one type."""
        told = self._latest.get(kind)
        return told[1] if told is not None else None

    def tell(self, source: PanelHost, selection: Selection) -> None:
        """Carry a selection to every panel but the one that made it."""
        kind = type(selection)
        if self._on and self.latest(kind) == selection:
            return
        self._latest[kind] = (source, selection)
        if self._on:
            for host in self._others(source):
                host.follow(selection)

    def _others(self, source: PanelHost) -> Iterator[PanelHost]:
        return (host for host in list(self._hosts) if host is not source)

    def _opened(self, host: PanelHost) -> None:
        self._hosts.append(host)
        host.drawn.connect(self._drawn)
        host.view.selected.connect(self._pointed)

    def _closed(self, host: PanelHost) -> None:
        if host not in self._hosts:
            return
        self._hosts.remove(host)
        self._told.pop(host, None)
        host.drawn.disconnect(self._drawn)
        host.view.selected.disconnect(self._pointed)
        self._latest = {kind: told for kind, told in self._latest.items() if told[0] is not host}

    def _drawn(self) -> None:
        """A panel shows another frame: when its state is another one too, say what it looks at."""
        host: Any = self.sender()
        if host not in self._hosts:
            return
        state = host.session.state
        key = (state.params, state.look, state.seeds, state.steering)
        before = self._told.get(host)
        if before is not None and all(a is b for a, b in zip(key, before, strict=True)):  # type: ignore[call-overload]
            return
        self._told[host] = key
        heard: set[type] = set()
        if before is None and self._on:
            # Its first frame: it hears what the others said before it came, and does not talk them out of it.
            known = [(kind, told) for kind, (source, told) in self._latest.items() if source is not host]
            heard = {kind for kind, told in known if host.follow(told)}
        try:
            for selection in host.selections():
                if type(selection) not in heard:
                    self.tell(host, selection)
        except LabError as error:
            host.said.emit(str(error))

    def _pointed(self, selection: Selection) -> None:
        sender = self.sender()
        host = next((h for h in self._hosts if h.view is sender), None)
        if host is not None:
            self.tell(host, selection)
