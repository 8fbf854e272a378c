"""Commands of the menu Lab: panels, palette, files and links."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QInputDialog

from courseai_lab.app.actions import Command
from courseai_lab.app.document import OPENS
from courseai_lab.app.targets import is_target
from courseai_lab.contract import LabError
from courseai_lab.contract.link import MAX_LINK

if TYPE_CHECKING:
    from courseai_lab.app.main_window import MainWindow
    from courseai_lab.app.sharing import Shared


def commands(w: MainWindow) -> list[Command]:
    def some() -> bool:
        return len(w.docks) > 0

    return [
        Command(
            "lab.gallery",
            "Panels",
            lambda: w.show_gallery(not w.gallery.isVisible()),
            "Lab",
            "Ctrl+N",
            "gallery",
            checked=lambda: w.gallery.isVisible(),
            hint="All panels, with pictures",
        ),
        Command(
            "lab.palette",
            "Command palette",
            w.open_palette,
            "Lab",
            "Ctrl+K",
            "command",
            hint="Type a few letters of anything the lab can do",
        ),
        Command("lab.new", "New lab", w.document.new, "Lab", hint="Closes all panels, and the lab file if one is open"),
        Command(
            "lab.open",
            "Open…",
            lambda: _open_file(w),
            "Lab",
            "Ctrl+O",
            "folder",
            hint="A lab file, or a figure that the lab exported",
        ),
        Command(
            "lab.link",
            "Open link…",
            lambda: _open_link(w),
            "Lab",
            "Ctrl+L",
            "link",
            hint="A link or a command that was copied from a lab",
        ),
        Command(
            "lab.save",
            "Save",
            lambda: _do(w.document.save),
            "Lab",
            "Ctrl+S",
            "save",
            enabled=some,
            hint="All open panels with their states, arrangement and files of your own",
        ),
        Command("lab.save-as", "Save as…", lambda: _do(w.document.save_as), "Lab", "Ctrl+Shift+S", "", enabled=some),
        Command(
            "lab.previous",
            "Open previous version",
            w.document.open_previous,
            "Lab",
            "",
            "history",
            enabled=lambda: w.document.has_previous,
            hint="The lab file as it was before the last save",
        ),
        Command(
            "lab.copy-link",
            "Copy link to this window",
            lambda: _copy_window(w, as_link=True),
            "Lab",
            enabled=some,
            hint="All open panels in one link",
        ),
        Command(
            "lab.copy-text",
            "Copy this window as text",
            lambda: _copy_window(w, as_link=False),
            "Lab",
            enabled=some,
            hint="One readable command for each panel; Open link takes them back",
        ),
        Command(
            "edit.copy-text",
            "Copy this state as text",
            lambda: _copy_panel(w),
            "Edit",
            enabled=lambda: w.host is not None,
            hint="A readable command; Open link takes it back, and so does a terminal",
        ),
        Command("lab.quit", "Quit", lambda: _quit(w), "Lab", "Ctrl+Q"),
    ]


def _quit(w: MainWindow) -> None:
    w.close()


def _do(work: Callable[[], bool]) -> None:
    """A command has no answer to give."""
    work()


def _open_file(w: MainWindow) -> None:
    folder = str(w.document.path.parent) if w.document.path is not None else ""
    name, _ = QFileDialog.getOpenFileName(w, "Open", folder, OPENS)
    if name:
        w.open_target(name)


def _open_link(w: MainWindow) -> None:
    clip = QGuiApplication.clipboard().text().strip()
    start = clip if is_target(clip) and len(clip) <= MAX_LINK else ""
    text, done = QInputDialog.getText(w, "Open link", "A link, or a command copied from a lab:", text=start)
    if not done or not text.strip():
        return
    # One line of input cannot hold line ends: what was pasted from the clipboard is taken from there.
    target = clip if start and text.strip() == " ".join(start.split()) else text.strip()
    if is_target(target):
        w.open_target(target)
    else:
        w.status.say("This is no link of the lab: links begin with courseai-lab:, commands with courseai-lab --panel.")


def _copy_window(w: MainWindow, as_link: bool) -> None:
    from courseai_lab.app.sharing import as_commands, window_link

    hosts = [dock.host for dock in w.docks]
    states = [host.session.snapshot() for host in hosts]
    panels = [host.panel for host in hosts]
    _copy(
        w,
        lambda: window_link(w.workspace(), states) if as_link else as_commands(list(zip(panels, states, strict=True))),
    )


def _copy_panel(w: MainWindow) -> None:
    from courseai_lab.app.sharing import as_commands

    host = w.host
    if host is not None:
        _copy(w, lambda: as_commands([(host.panel, host.session.snapshot())]))


def _copy(w: MainWindow, make: Callable[[], Shared]) -> None:
    try:
        shared = make()
    except LabError as error:
        w.status.say(str(error))
        return
    QGuiApplication.clipboard().setText(shared.text)
    w.status.say(shared.sentence)
