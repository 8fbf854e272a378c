"""Commands of the menu Help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication

from courseai_lab.app.actions import Command

if TYPE_CHECKING:
    from courseai_lab.app.main_window import MainWindow


def commands(w: MainWindow) -> list[Command]:
    return [
        Command(
            "help.shortcuts", "Shortcuts", lambda: _shortcuts(w), "Help", "Ctrl+/", "help", hint="Every key; change it"
        ),
        Command(
            "help.report",
            "Copy report",
            lambda: _copy_report(w),
            "Help",
            "",
            "copy",
            hint="Versions, device, open panels and the end of the log, for whoever helps you",
        ),
        Command("help.licences", "Licences", lambda: _licences(w), "Help", "", "book"),
        Command("help.about", "About CourseAI Lab", w.about, "Help", "", "info"),
    ]


def _shortcuts(w: MainWindow) -> None:
    from courseai_lab.app.shortcuts import ShortcutsDialog

    ShortcutsDialog.show_over(w)


def _licences(w: MainWindow) -> None:
    from courseai_lab.app.licences import show

    show(w)


def _copy_report(w: MainWindow) -> None:
    from courseai_lab.app.report import window_report

    text = window_report(w)
    QGuiApplication.clipboard().setText(text)
    w.status.say(f"A report of {len(text.splitlines())} lines is on the clipboard.")
