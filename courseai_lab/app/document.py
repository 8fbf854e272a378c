"""The lab file that a window shows: opened, changed, saved, gone back to; and recent files."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMessageBox

from courseai_lab.app.atomic import previous, write_keeping_previous
from courseai_lab.app.targets import is_lesson, is_target, read_target
from courseai_lab.app.workspace import MAX_FILE, Opened, Workspace
from courseai_lab.contract import BadState, LabError

if TYPE_CHECKING:
    from courseai_lab.app.main_window import MainWindow
    from courseai_lab.contract import State

ENDING = ".lab"
FILTER = "Lab files (*.lab)"
OPENS = (
    "All that opens (*.lab *.lab~ *.json *.md *.png *.apng *.svg *.pdf *.gif *.webp *.mp4);;Lab files (*.lab *.lab~);;"
    "Lessons (*.md);;"
    "Figures of the lab (*.png *.apng *.svg *.pdf *.gif *.webp *.mp4)"
)
MOST_RECENT = 12
log = logging.getLogger(__name__)


class Document(QObject):
    """Knows which lab file the window shows and whether it was changed since it was saved."""

    changed = Signal()
    """Another file, saved, or changed."""
    recent_changed = Signal()

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.path: Path | None = None
        self.modified = False
        self._kept: tuple[State, ...] = ()
        self._left_out: tuple[Opened, ...] = ()
        self._discarded = False
        window.panel_opened.connect(self._follow)
        window.panel_closed.connect(self._check_without)

    @property
    def name(self) -> str:
        """The file's name, empty for a window that was never saved."""
        return self.path.name if self.path is not None else ""

    @property
    def has_previous(self) -> bool:
        """Whether the version before the last save is there."""
        return self.path is not None and previous(self.path).is_file()

    @property
    def recent(self) -> tuple[Path, ...]:
        """Lab files opened or saved last, newest first, that are still there."""
        return tuple(path for path in map(Path, self._window.settings.value.recent_files) if path.is_file())

    def open(self, target: str, beside: bool = False) -> None:
        """Open a link, a command, a lab file or an exported figure; what is wrong is said.

        A lab file becomes the window's file, in place of another; unless panels are open that belong to none, or
        ``beside`` is wished for: then it opens beside them.
        """
        window = self._window
        if is_lesson(target):
            from courseai_lab.app.course.feature import CourseFeature

            course = window.findChild(CourseFeature)
            assert course is not None
            course.open_file(Path(target.strip()).absolute())
            return
        try:
            workspace = read_target(target, window.panels)
        except LabError as error:
            log.info("Not opened: %s", error)
            window.status.say(str(error))
            return
        path = None if is_target(target) else Path(target).absolute()
        if path is None or path.suffix.lower() != ENDING:
            self._say(window.opener.workspace(workspace).sentence(), "")
            return
        if self.path is not None and not beside and not self.close_file():
            return
        takes = len(window.docks) == 0
        outcome = window.opener.workspace(workspace)
        if takes:
            self._take(path, outcome.unknown)
        self.note_recent(path)
        where = "" if takes else " beside what was open"
        self._say(outcome.sentence(), f"Opened {path.name}{where}.")

    def open_state(self, workspace: Workspace, own: bool = False) -> None:
        """Open what was left or lost, with the file that it belonged to."""
        window = self._window
        outcome = window.opener.workspace(workspace, own)
        if workspace.file and outcome.opened:
            self._take(Path(workspace.file), outcome.unknown)
            if workspace.modified:
                self._kept = ()
                self._check()
        self._say(outcome.sentence(), "")

    def open_previous(self) -> None:
        """Show the version before the last save in place of this one; the file itself changes with the next save."""
        path = self.path
        if path is None or not self.has_previous:
            return
        try:
            workspace = read_target(str(previous(path)))
        except LabError as error:
            self._window.status.say(str(error))
            return
        if not self.close_file():
            return
        outcome = self._window.opener.workspace(workspace)
        self._take(path, outcome.unknown)
        self._kept = ()
        self._check()
        self._say(outcome.sentence(), f"This is {path.name} as it was before the last save. Save keeps it.")

    def new(self) -> None:
        """Close all panels and the file, when the user agrees."""
        if self.close_file():
            self._window.show_gallery(True)

    def close_file(self) -> bool:
        """Close the file and every panel; False when the user would rather not."""
        if not self.may_close():
            return False
        for dock in self._window.docks:
            dock.close()
        self.path, self._left_out, self._discarded = None, (), False
        self._keep()
        return True

    def may_close(self) -> bool:
        """Whether unsaved changes of a named file are saved or may be lost; asks only when there are any."""
        if self.path is None or not self.modified or _session_ends():
            return True
        buttons = QMessageBox.StandardButton
        answer = QMessageBox.question(
            self._window,
            "Save changes?",
            f"{self.name} has changes that are not saved.",
            buttons.Save | buttons.Discard | buttons.Cancel,
            buttons.Save,
        )
        if answer == buttons.Save:
            return self.save()
        self._discarded = answer != buttons.Cancel
        return self._discarded

    def as_left(self) -> Workspace:
        """The window as the next start should find it: only its file, when its changes were not to be kept."""
        if self._discarded and self.path is not None:
            return Workspace(file=str(self.path))
        return self._window.workspace()

    def save(self) -> bool:
        """Save into the window's file, or ask for one; True when it was saved."""
        return self.save_as() if self.path is None else self._write(self.path)

    def save_as(self) -> bool:
        """Ask for a file and save into it; True when it was saved."""
        start = str(self.path) if self.path is not None else "experiment.lab"
        name, _ = QFileDialog.getSaveFileName(self._window, "Save lab file", start, FILTER)
        if not name:
            return False
        return self._write(Path(name if name.lower().endswith(ENDING) else name + ENDING).absolute())

    def note_recent(self, path: Path) -> None:
        """Remember a file among the recent ones."""
        known = [str(path), *(name for name in self._window.settings.value.recent_files if name != str(path))]
        self._window.change_settings(recent_files=tuple(known[:MOST_RECENT]))
        self.recent_changed.emit()

    def forget_recent(self) -> None:
        """Empty the list of recent files; the files stay."""
        self._window.change_settings(recent_files=())
        self.recent_changed.emit()

    def _write(self, path: Path) -> bool:
        from courseai_lab.app.carried import pack_files

        window = self._window
        states = self._states()
        packed = pack_files(states)
        here = window.workspace()
        whole = replace(here, panels=here.panels + self._left_out, files=packed.files, file="", modified=False)
        try:
            data = json.dumps(whole.to_json(), indent=1).encode()
            if len(data) > MAX_FILE:
                raise BadState(f"{path.name} would have {len(data) / 1e6:.0f} MB: close some panels first.")
            write_keeping_previous(path, data)
        except OSError as error:
            log.warning("Not saved: %s", error)
            reason = error.strerror or str(error)
            window.status.say(f"{path.name} could not be saved: {reason}. What was saved before is still there.")
            return False
        except LabError as error:
            window.status.say(str(error))
            return False
        self._take(path, self._left_out)
        self.note_recent(path)
        count = len(window.docks)
        note = f" {packed.notes[0]}" if packed.notes else ""
        window.status.say(f"Saved {count} {'panel' if count == 1 else 'panels'} to {path.name}.{note}")
        return True

    def _take(self, path: Path, left_out: tuple[Opened, ...]) -> None:
        self.path, self._left_out = path, left_out
        self._keep()

    def _keep(self) -> None:
        self._kept = self._states()
        self._check()

    def _follow(self, host: object) -> None:
        host.state_changed.connect(self._check)  # type: ignore[attr-defined]
        self._check()

    def _check_without(self, _host: object) -> None:
        self._check()

    def _check(self) -> None:
        """The frame looked at does not count: playing a run changes nothing that anybody would want to save."""
        now = self._states()
        same = len(now) == len(self._kept) and all(_same(a, b) for a, b in zip(now, self._kept, strict=True))
        self.modified = self.path is not None and not same
        self.changed.emit()

    def _states(self) -> tuple[State, ...]:
        return tuple(dock.host.session.snapshot() for dock in self._window.docks)

    def _say(self, sentence: str, otherwise: str) -> None:
        if sentence or otherwise:
            self._window.status.say(sentence or otherwise)


def _session_ends() -> bool:
    """The system shuts down: nobody may be asked any more, and what is not saved is kept for the next start."""
    application = QGuiApplication.instance()
    return isinstance(application, QGuiApplication) and application.isSavingSession()


def _same(one: State, other: State) -> bool:
    return one is other or (one.same_run(other) and one.look == other.look)
