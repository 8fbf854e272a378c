"""Commands of the menu Lab: panels, palette, files and links."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QInputDialog

from courseai_lab.app.actions import Command
from courseai_lab.app.settings import write_json

if TYPE_CHECKING:
    from courseai_lab.app.main_window import MainWindow


def commands(w: MainWindow) -> list[Command]:
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
        Command("lab.open", "Open lab file…", lambda: _open_file(w), "Lab", "Ctrl+O", "folder"),
        Command("lab.link", "Open link…", lambda: _open_link(w), "Lab", "Ctrl+L", "link"),
        Command(
            "lab.save",
            "Save lab file…",
            lambda: _save_file(w),
            "Lab",
            "Ctrl+S",
            "save",
            enabled=lambda: len(w.docks) > 0,
            hint="All open panels with their states and arrangement",
        ),
        Command("lab.quit", "Quit", lambda: _quit(w), "Lab", "Ctrl+Q"),
    ]


def _quit(w: MainWindow) -> None:
    w.close()


def _open_file(w: MainWindow) -> None:
    name, _ = QFileDialog.getOpenFileName(w, "Open lab file", "", "Lab files (*.lab *.json)")
    if name:
        w.open_target(name)


def _open_link(w: MainWindow) -> None:
    clip = QGuiApplication.clipboard().text().strip()
    start = clip if clip.startswith("courseai-lab:") else ""
    text, done = QInputDialog.getText(w, "Open link", "A link that starts with courseai-lab:", text=start)
    if done and text.strip():
        w.open_target(text.strip())


def _save_file(w: MainWindow) -> None:
    name, _ = QFileDialog.getSaveFileName(w, "Save lab file", "experiment.lab", "Lab files (*.lab)")
    if not name:
        return
    path = Path(name if name.lower().endswith((".lab", ".json")) else f"{name}.lab")
    try:
        write_json(path, w.workspace().to_json())
        w.status.say(f"Saved {len(w.docks)} panels to {path.name}.")
    except OSError as error:
        w.status.say(
            f"{path.name} could not be saved: {error.strerror or error}. An older file of that name is intact."
        )
