"""Undo and redo for the whole window: joins the journal to open panels, docks and the list of steps."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDockWidget

from courseai_lab.ui.theme import Theme

if TYPE_CHECKING:
    from courseai_lab.app.docks import PanelDock
    from courseai_lab.app.host import PanelHost
    from courseai_lab.app.main_window import MainWindow
    from courseai_lab.engine.journal import Arrangement, Journal
    from courseai_lab.ui.history_list import HistoryLine, HistoryWindow

BUTTON_HELD_MS = 60
Pinned = Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class _Open:
    """An open panel."""

    host: PanelHost
    dock: PanelDock


@dataclass(frozen=True, slots=True)
class _Closed:
    """What it takes to bring a closed panel back, beside the store that the journal keeps."""

    panel: str
    name: str
    state: Mapping[str, Any]
    pinned: Pinned


@dataclass(frozen=True, slots=True)
class _Seen:
    """The arrangement at one moment, with what its words need."""

    arrangement: Arrangement
    titles: Mapping[str, str]
    floating: frozenset[str]


class History(QObject):
    """One history of everything that is done in the window; the journal's desk.

    A change of the arrangement is noted when it has settled: what one action opens, closes and lays is one step.
    """

    changed = Signal()
    """What can be undone or redone is another."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._made: Journal | None = None
        self._open: dict[str, _Open] = {}
        self._closed: dict[str, _Closed] = {}
        self._titles: dict[str, str] = {}
        self._numbers = 0
        self._reviving = ""
        self._travelling = False
        self._before: _Seen | None = None
        self._known: _Seen | None = None
        self._list: HistoryWindow | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._settle_when_let_go)
        window.panel_opened.connect(self._opened)
        window.panel_closed.connect(self._shut)
        window.docks.changing.connect(self._about_to_change)
        window.installEventFilter(self)

    @property
    def journal(self) -> Journal:
        """Made with the first panel: a window that opens empty must not wait for it."""
        if self._made is None:
            from courseai_lab.engine.journal import Journal

            self._made = Journal(self)
            self._made.told = self._journal_changed
            self._made.due = self._settle
        return self._made

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return self._before is not None or (self._made is not None and self._made.position > 0)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to make again."""
        return self._made is not None and bool(self._made.redo_label)

    def undo(self) -> None:
        """Take back the last thing done anywhere in the window, and say what it was."""
        self._settle()
        words = self.journal.undo_label
        if words:
            self._travel(self.journal.undo)
            self._window.status.say(f"Undone: {words}.")

    def redo(self) -> None:
        """Make it again."""
        self._settle()
        words = self.journal.redo_label
        if words:
            self._travel(self.journal.redo)
            self._window.status.say(f"Done again: {words}.")

    def go_to(self, stop: int) -> None:
        """Travel to a line of the list."""
        self._settle()
        self._travel(lambda: self.journal.go_to(stop))

    def begin(self) -> None:
        """What is open now is where the history begins: nothing before it can be undone."""
        self._made = None
        self._closed.clear()
        self._timer.stop()
        self._before, self._known = None, self._seen()
        for key, one in self._open.items():
            self.journal.opened(key, one.host.session.store)
        self._journal_changed()

    def together(self) -> AbstractContextManager[None]:
        """What is done inside is one step."""
        self._settle()
        return self.journal.together()

    def pinned(self, host: PanelHost, before: Pinned, after: Pinned, label: str) -> None:
        """A panel got another B, or none, by the user."""
        key = self._key(host)
        if key:
            self._settle()
            self.journal.pinned(key, before, after, label)

    def lines(self) -> list[HistoryLine]:
        """The history as it is shown: the beginning, then every step."""
        from courseai_lab.ui.history_list import HistoryLine

        self._settle()
        at = self.journal.position
        rows = self.journal.rows()
        stops = [0, *(row.stop for row in rows)]
        here = max(stop for stop in stops if stop <= at)
        out = [HistoryLine("Beginning", "", "", 0, "here" if here == 0 else "done")]
        for row in rows:
            standing = "here" if row.stop == here else "done" if row.stop < here else "undone"
            clock = time.strftime("%H:%M:%S", time.localtime(row.when))
            out.append(HistoryLine(row.label, self._titles.get(row.panel, ""), clock, row.stop, standing))  # type: ignore[arg-type]
        return out

    def show_list(self) -> None:
        """Open the list of steps, or close it."""
        if self._list is None:
            from courseai_lab.ui.history_list import HistoryWindow

            self._list = HistoryWindow(self._window.themes.theme, self._window)
            self._list.chosen.connect(self.go_to)
            self._window.themes.changed.connect(self._dress)
        elif self._list.isVisible():
            self._list.hide()
            return
        self._list.show_lines(self.lines())
        corner = self._window.geometry().topRight()
        self._list.move(corner.x() - self._list.width() - 24, corner.y() + 72)
        self._list.show()
        self._list.list.setFocus()

    @property
    def list_shown(self) -> bool:
        """Whether the list is open."""
        return self._list is not None and self._list.isVisible()

    # What the journal asks for

    def undo_in(self, panel: str) -> None:
        """The journal's wish."""
        self._show(panel)
        self._open[panel].host.session.undo()

    def redo_in(self, panel: str) -> None:
        """The journal's wish."""
        self._show(panel)
        self._open[panel].host.session.redo()

    def pin(self, panel: str, pinned: Pinned) -> None:
        """The journal's wish."""
        self._show(panel)
        self._open[panel].host.set_pinned(pinned)

    def forget(self, panel: str) -> None:
        """The journal's word."""
        self._closed.pop(panel, None)

    def arrange(self, wanted: Arrangement) -> None:
        """The journal's wish: close and reopen panels until these are open, and lay them so."""
        docks = self._window.docks
        docks.leave_full_screen()
        for key in [key for key in self._open if key not in wanted.panels]:
            self._open[key].dock.close()
        for key in wanted.panels:
            if key not in self._open and key in self._closed:
                self._revive(key)
        docks.put_in_order([self._open[key].dock.objectName() for key in wanted.panels if key in self._open])
        docks.restore(wanted.layout)

    def _revive(self, key: str) -> None:
        kept = self._closed[key]
        self._reviving = key
        try:
            host = self._window.open_panel(kept.panel, kept.state, kept.name)
        finally:
            self._reviving = ""
        if host is not None:
            del self._closed[key]
            host.set_pinned(kept.pinned)

    # What happens in the window

    def _opened(self, host: PanelHost) -> None:
        dock = next((dock for dock in self._window.docks if dock.host is host), None)
        if dock is None:
            return
        session = host.session
        if self._reviving:
            key = self._reviving
            session.take_store(self.journal.store(key))
        else:
            self._numbers += 1
            key = f"{host.panel.id} {self._numbers}"
        self._open[key] = _Open(host, dock)
        self._titles[key] = host.panel.title
        self.journal.opened(key, session.store)
        host.shell.undo_asked.disconnect(session.undo)
        host.shell.redo_asked.disconnect(session.redo)
        host.shell.undo_asked.connect(lambda: self._travel_in(key, self.journal.undo_in))
        host.shell.redo_asked.connect(lambda: self._travel_in(key, self.journal.redo_in))
        dock.topLevelChanged.connect(self._moved)
        dock.dockLocationChanged.connect(self._moved)

    def _shut(self, host: PanelHost) -> None:
        key = self._key(host)
        if not key:
            return
        one = self._open.pop(key)
        state = host.session.snapshot().to_json()
        self._closed[key] = _Closed(host.panel.id, one.dock.objectName(), state, host.pinned)
        self.journal.closed(key)

    def _about_to_change(self) -> None:
        if self._travelling:
            return
        if self._before is None:
            self._before = self._seen()
        self._timer.start(0)

    def _moved(self) -> None:
        """A dock was dragged: Qt says so afterwards, so what was before is what was seen last."""
        if not self._travelling:
            self._before = self._before or self._known
            self._timer.start(0)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Mouse presses that reach the window itself are on the borders between docks."""
        if event.type() == QEvent.Type.MouseButtonPress and len(self._window.docks) > 1:
            self._about_to_change()
        return super().eventFilter(watched, event)

    def _settle_when_let_go(self) -> None:
        if QGuiApplication.mouseButtons().value:
            self._timer.start(BUTTON_HELD_MS)
        else:
            self._settle()

    def _settle(self) -> None:
        """Note what became of the arrangement since it began to change."""
        before, self._before = self._before, None
        self._timer.stop()
        if before is None or self._travelling:
            return
        self._known = self._seen()
        self.journal.arranged(before.arrangement, self._known.arrangement, _words(before, self._known))

    def _seen(self) -> _Seen:
        from courseai_lab.engine.journal import Arrangement

        docks = self._window.docks
        keys = {one.dock: key for key, one in self._open.items()}
        there = [(keys[dock], dock) for dock in docks if dock in keys]
        titles = {key: dock.windowTitle() for key, dock in there}
        floating = frozenset(key for key, dock in there if QDockWidget.isFloating(dock))
        return _Seen(Arrangement(tuple(titles), docks.save() if titles else b""), titles, floating)

    def _travel(self, go: Any) -> None:
        self._travelling = True
        try:
            go()
        finally:
            self._travelling = False
            self._timer.stop()
            self._before, self._known = None, self._seen()
        self._journal_changed()

    def _travel_in(self, key: str, go: Any) -> None:
        self._settle()
        self._travel(lambda: go(key))

    def _show(self, key: str) -> None:
        """What changes is to be seen."""
        dock = self._open[key].dock
        if not dock.front and not self._window.docks.full:
            dock.raise_()

    def _journal_changed(self) -> None:
        if self._travelling:
            return
        for key, one in self._open.items():
            one.host.shell.top.set_undo(self.journal.can_undo_in(key), self.journal.can_redo_in(key))
        if self.list_shown and self._list is not None:
            self._list.show_lines(self.lines())
        self._window.actions_registry.refresh()
        self.changed.emit()

    def _key(self, host: PanelHost) -> str:
        return next((key for key, one in self._open.items() if one.host is host), "")

    def _dress(self, theme: Theme) -> None:
        if self._list is not None:
            self._list.set_theme(theme)


def _words(before: _Seen, after: _Seen) -> str:
    opened = [after.titles[key] for key in after.arrangement.panels if key not in before.titles]
    closed = [before.titles[key] for key in before.arrangement.panels if key not in after.titles]
    if opened or closed:
        parts = [f"{word} {_named(names)}" for word, names in (("Open", opened), ("Close", closed)) if names]
        return ", ".join(parts)
    out = [after.titles[key] for key in after.titles if key in after.floating - before.floating]
    back = [after.titles[key] for key in after.titles if key in before.floating - after.floating]
    if out:
        return f"Take {_named(out)} out of the window"
    return f"Put {_named(back)} back into the window" if back else "Arrange panels"


def _named(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{len(names)} panels"
