"""What a start finds: the window as it was left, or one lost in a crash, which is offered and never forced."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from courseai_lab.app.gallery_extra import RecentFiles, RecoveryCard
from courseai_lab.app.history import History
from courseai_lab.contract import LabError, find

if TYPE_CHECKING:
    from courseai_lab.app.main_window import MainWindow
    from courseai_lab.app.recovery import Lost
    from courseai_lab.app.workspace import Workspace, WorkspaceFile
    from courseai_lab.ui.theme import Theme

log = logging.getLogger(__name__)


class Restart(QObject):
    """Puts the card of a lost window and the recent files into the gallery, and does what they ask for."""

    def __init__(self, window: MainWindow, saved: WorkspaceFile) -> None:
        super().__init__(window)
        self._window = window
        self._saved = saved
        self._lost: list[Lost] = []
        theme = window.themes.theme
        self.card = RecoveryCard(theme)
        self.files = RecentFiles(theme)
        window.gallery.add_extra(self.card)
        window.gallery.add_extra(self.files)
        self.card.restore_asked.connect(self.restore)
        self.card.fresh_asked.connect(self.leave)
        self.files.opened.connect(window.open_target)
        window.document.recent_changed.connect(self.show_recent)
        self.show_recent()

    @property
    def lost(self) -> tuple[Lost, ...]:
        """Windows that nobody has decided about yet, newest first."""
        return tuple(self._lost)

    def look(self) -> bool:
        """Look for windows that were not closed properly and offer them; whether there are any."""
        self._lost = self._window.recovery.lost()
        if self._lost:
            log.info("Windows that were not closed properly: %d.", len(self._lost))
        self._offer()
        return bool(self._lost)

    def remind(self) -> None:
        """Something else was asked for and covers the offer: say where it waits, if nothing else has to be said."""
        if self._lost and not self._window.gallery.isVisible() and not self._window.status.currentMessage():
            self._window.status.say("The lab did not close properly last time: what was open waits under Lab, Panels.")

    def open_last(self) -> None:
        """Open what was open when the lab was closed."""
        saved = self._saved.load()
        if saved.file and not saved.panels:
            self._window.document.open(saved.file)
        else:
            self._open(saved)

    def restore(self) -> None:
        """Open the newest lost window; its file goes once this window is safely kept itself."""
        if not self._lost:
            return
        one = self._lost.pop(0)
        self._offer()
        self._open(self._saved.guarded(one.workspace))
        if self._window.autosave.flush():
            self._window.recovery.forget(one.path)
        else:
            log.warning("The lost window stays kept: the disk takes no new one.")

    def leave(self) -> None:
        """The newest lost window is not wanted: it stays among the recent files until the next time."""
        if not self._lost:
            return
        one = self._lost.pop(0)
        kept = self._window.recovery.set_aside(one)
        if kept is not None:
            self._window.document.note_recent(kept)
            self._window.status.say(f"It stays closed, and is kept among the recent files as {kept.stem}.")
        self._offer()

    def show_recent(self) -> None:
        """Bring the line of recent files up to date."""
        self.files.show_files(self._window.document.recent)
        self._window.gallery.refresh_extras()

    def set_theme(self, theme: Theme) -> None:
        """Follow the theme."""
        self.card.set_theme(theme)
        self.files.set_theme(theme)

    def _open(self, workspace: Workspace) -> None:
        self._saved.begin_restoring()
        self._window.document.open_state(workspace, own=True)
        history = self._window.features["History"]
        assert isinstance(history, History)
        history.begin()
        QTimer.singleShot(0, self, self._saved.end_restoring)

    def _offer(self) -> None:
        if self._lost:
            one = self._lost[0]
            titles = [self._title(entry.state) for entry in one.workspace.panels]
            self.card.show_lost(titles, one.when, len(self._lost) - 1)
        else:
            self.card.hide()
        self._window.gallery.refresh_extras()

    def _title(self, state: object) -> str:
        from courseai_lab.contract.state import panel_id

        try:
            name = panel_id(state)
            return find(name, self._window.panels).title
        except LabError:
            return "a panel that this lab does not have"
