"""Commands for the user's own data: open a file for the panel in use, paste."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseai_lab.app.actions import Command

if TYPE_CHECKING:
    from courseai_lab.app.main_window import MainWindow
    from courseai_lab.app.own_data import OwnData


def commands(w: MainWindow) -> list[Command]:
    return [
        Command(
            "data.open",
            "Open data…",
            lambda: _own_data(w).open_dialog(),
            "Panel",
            "Ctrl+Shift+O",
            "import",
            hint="A table, picture, text, array file or weights, for the panel in use or one that takes it",
        ),
        Command(
            "data.paste",
            "Paste data",
            lambda: _own_data(w).paste(),
            "Edit",
            "Ctrl+V",
            hint="A picture, a file, or cells copied from a spreadsheet, into the panel in use",
        ),
    ]


def _own_data(w: MainWindow) -> OwnData:
    from courseai_lab.app.own_data import OwnData

    made = w.features["OwnData"]
    assert isinstance(made, OwnData)
    return made
