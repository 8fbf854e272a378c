"""Commands of the menu Help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseai_lab.app.actions import Command

if TYPE_CHECKING:
    from courseai_lab.app.main_window import MainWindow


def commands(w: MainWindow) -> list[Command]:
    return [
        Command("help.shortcuts", "Shortcuts", lambda: _shortcuts(w), "Help", "Ctrl+/", "help"),
        Command("help.about", "About CourseAI Lab", w.about, "Help", "", "info"),
    ]


def _shortcuts(w: MainWindow) -> None:
    from PySide6.QtWidgets import QMessageBox

    rows = "".join(
        f"<tr><td style='padding-right:24px'>{c.text}</td><td>{c.keys}</td></tr>" for c in w.actions_registry if c.keys
    )
    own = (
        ("Play or pause", "Space"),
        ("Step back, step on", "Left, Right"),
        ("To the start, to the end", "Home, End"),
    )
    rows += "".join(f"<tr><td style='padding-right:24px'>{a}</td><td>{b}</td></tr>" for a, b in own)
    QMessageBox.information(w, "Shortcuts", f"<table>{rows}</table>")
