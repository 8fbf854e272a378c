"""One command for every panel, for the palette."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from courseai_lab.app.actions import Command

if TYPE_CHECKING:
    from courseai_lab.app.main_window import MainWindow


def commands(w: MainWindow) -> list[Command]:
    return [
        Command(f"open.{panel.id}", f"Open {panel.title}", _opener(w, panel.id), hint=panel.summary)
        for panel in w.panels
    ]


def _opener(w: MainWindow, name: str) -> Callable[[], None]:
    def run() -> None:
        w.open_panel(name)

    return run
