"""Commands of the menu Edit: undo, redo, copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication

from courseai_lab.app.actions import Command

if TYPE_CHECKING:
    from courseai_lab.app.main_window import MainWindow


def commands(w: MainWindow) -> list[Command]:
    return [
        Command(
            "edit.undo",
            "Undo",
            lambda: _with_host(w, "undo"),
            "Edit",
            "Ctrl+Z",
            "undo",
            enabled=lambda: w.host is not None and w.host.session.store.can_undo,
        ),
        Command(
            "edit.redo",
            "Redo",
            lambda: _with_host(w, "redo"),
            "Edit",
            "Ctrl+Shift+Z",
            "redo",
            enabled=lambda: w.host is not None and w.host.session.store.can_redo,
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


def _with_host(w: MainWindow, method: str) -> None:
    if w.host is not None:
        getattr(w.host.session, method)()


def _copy_link(w: MainWindow) -> None:
    if w.host is not None:
        w.host.copy_link()


def _copy_figure(w: MainWindow) -> None:
    from courseai_lab.app.export_window import figure_image

    host = w.host
    assert host is not None
    QGuiApplication.clipboard().setImage(figure_image(host, w.themes.theme))
    w.status.say("The picture is on the clipboard.")
