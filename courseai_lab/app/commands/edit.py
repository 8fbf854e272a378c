"""Commands of the menu Edit: undo, redo, history, copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication

from courseai_lab.app.actions import Command
from courseai_lab.app.history import History

if TYPE_CHECKING:
    from courseai_lab.app.main_window import MainWindow


def commands(w: MainWindow) -> list[Command]:
    history = w.features["History"]
    assert isinstance(history, History)
    return [
        Command(
            "edit.undo",
            "Undo",
            history.undo,
            "Edit",
            "Ctrl+Z",
            "undo",
            enabled=lambda: history.can_undo,
            hint="The last thing done anywhere in the window",
        ),
        Command("edit.redo", "Redo", history.redo, "Edit", "Ctrl+Shift+Z", "redo", enabled=lambda: history.can_redo),
        Command(
            "edit.history",
            "History",
            history.show_list,
            "Edit",
            "Ctrl+H",
            "history",
            checked=lambda: history.list_shown,
            hint="Everything done, as a list; a click goes there",
        ),
        Command(
            "edit.copy-link",
            "Copy link to this state",
            lambda: _copy_link(w),
            "Edit",
            "Ctrl+Shift+C",
            "link",
            enabled=lambda: w.host is not None,
        ),
        Command(
            "edit.copy-figure",
            "Copy picture",
            lambda: _copy_figure(w),
            "Edit",
            "Ctrl+Shift+P",
            "copy",
            enabled=lambda: w.has_frame,
        ),
    ]


def _copy_link(w: MainWindow) -> None:
    if w.host is not None:
        w.host.copy_link()


def _copy_figure(w: MainWindow) -> None:
    from courseai_lab.app.export_window import figure_mime

    host = w.host
    assert host is not None
    QGuiApplication.clipboard().setMimeData(figure_mime(host, w.themes.theme))
    w.status.say("The picture is on the clipboard.")
