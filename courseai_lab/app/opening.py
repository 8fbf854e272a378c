"""Opening a panel or a whole window: what cannot be opened is said, and the rest opens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QMimeData

from courseai_lab.app.log import note_failure
from courseai_lab.app.targets import is_target, may_open
from courseai_lab.app.workspace import CarriedFile, Opened, Workspace
from courseai_lab.contract import LabError, UnknownPanel, find

if TYPE_CHECKING:
    from courseai_lab.app.host import PanelHost
    from courseai_lab.app.main_window import MainWindow


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many panels opened; one sentence for each that did not; the entries of panels this lab does not have."""

    opened: int
    refused: tuple[str, ...] = ()
    unknown: tuple[Opened, ...] = ()
    notes: tuple[str, ...] = ()

    def sentence(self) -> str:
        """What there is to say about it, empty when all is as it was saved."""
        said = []
        if self.refused:
            total = self.opened + len(self.refused)
            kept = " It stays in the lab file." if self.unknown else ""
            said.append(f"{len(self.refused)} of {total} panels did not open: {self.refused[0]}{kept}")
        if self.notes:
            more = f" (And {len(self.notes) - 1} more such.)" if len(self.notes) > 1 else ""
            said.append(self.notes[0] + more)
        return " ".join(said)


class Opener:
    """Opens things in a window."""

    def __init__(self, window: MainWindow, files: Path) -> None:
        self._window = window
        self._files = files

    def panel(
        self,
        name: str,
        state: Mapping[str, Any] | None = None,
        dock_name: str = "",
        carried: Sequence[CarriedFile] | None = None,
    ) -> tuple[PanelHost | None, tuple[str, ...]]:
        """Make a panel's host and dock it; what is wrong is said and gives None. Also: notes about its files.

        ``carried``: the files that came with a state from elsewhere; None for a state of this very window.
        """
        window = self._window
        notes: tuple[str, ...] = ()
        try:
            from courseai_lab.app.host import PanelHost
            from courseai_lab.contract.state import default_state, state_from_json

            panel = find(name, window.panels)
            opened = default_state(panel) if state is None else state_from_json(panel, state)
            if carried is not None:
                from courseai_lab.app.carried import unpack_files

                opened, notes = unpack_files(opened, carried, self._files)
            host = PanelHost(window.engine, panel, opened, window.themes.theme, window.opengl(), window)
        except LabError as error:
            window.status.say(str(error))
            return None, ()
        except Exception as error:
            # A panel that is broken must not take the others with it.
            note_failure(f"The panel {name} did not open.")
            window.status.say(f"The panel {name} did not open: {type(error).__name__}: {error}.")
            return None, ()
        taken = {dock.objectName() for dock in window.docks}
        name_now = dock_name if dock_name and dock_name not in taken else window.docks.free_name(panel.id)
        window.take_in(host, name_now)
        if notes:
            host.shell.set_notice(" ".join(notes))
        return host, notes

    def workspace(self, workspace: Workspace, own: bool = False) -> Outcome:
        """Open several panels with their arrangement; what cannot be opened is left out and said in the outcome.

        ``own``: it is this very window's, as it was left; its files are where they were.
        """
        from courseai_lab.contract.state import panel_id

        window = self._window
        refused: list[str] = []
        unknown: list[Opened] = []
        notes: list[str] = []
        first = len(window.docks) == 0
        if workspace.layout:
            window.docks.give_way(entry.name for entry in workspace.panels)
        for entry in workspace.panels:
            try:
                name = panel_id(entry.state)
                find(name, window.panels)
            except LabError as error:
                refused.append(str(error))
                if isinstance(error, UnknownPanel):
                    unknown.append(entry)
                continue
            host, said = self.panel(name, entry.state, entry.name, None if own else workspace.files)
            notes += said
            if host is None:
                refused.append(window.status.currentMessage())
            elif entry.pinned is not None:
                host.set_pinned(entry.pinned)
        if workspace.geometry and first:
            window.restoreGeometry(QByteArray(workspace.geometry))
        if workspace.course is not None:
            from courseai_lab.app.course.kept import restore_course

            restore_course(window, workspace.course, lambda: window.docks.restore(workspace.layout))
        else:
            window.docks.restore(workspace.layout)
        opened = len(workspace.panels) - len(refused)
        return Outcome(opened, tuple(refused), tuple(unknown), tuple(dict.fromkeys(notes)))


def dropped(mime: QMimeData) -> list[str]:
    """What of a drop the window opens: files that may hold a state, or a link or command as text."""
    files = [url.toLocalFile() for url in mime.urls() if url.isLocalFile() and may_open(url.toLocalFile())]
    text = mime.text() if mime.hasText() else ""
    return files or ([text] if is_target(text) else [])
