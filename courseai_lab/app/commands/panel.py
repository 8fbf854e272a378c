"""Commands of the menu Panel: export, copies, full screen, from one panel to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseai_lab.app.actions import Command
from courseai_lab.app.exports import Exports

if TYPE_CHECKING:
    from courseai_lab.app.main_window import MainWindow


def commands(w: MainWindow) -> list[Command]:
    def some() -> bool:
        return w.host is not None

    exports = w.features["Exports"]
    assert isinstance(exports, Exports)
    return [
        Command(
            "panel.export",
            "Export figure…",
            exports.ask_figure,
            "Panel",
            "Ctrl+E",
            "export",
            enabled=lambda: w.has_frame,
            hint="PNG, SVG, PDF, or the run as GIF, WebP, animated PNG or MP4",
        ),
        Command(
            "panel.data",
            "Export data…",
            exports.ask_data,
            "Panel",
            "Ctrl+Shift+E",
            "table",
            enabled=lambda: w.has_frame,
            hint="The arrays of the frame on screen as NPZ, CSV or JSON",
        ),
        Command(
            "panel.code",
            "Export code…",
            exports.ask_code,
            "Panel",
            "",
            "formula",
            enabled=some,
            hint="The panel's mathematics as a Python program with these parameters",
        ),
        Command(
            "panel.copy-code",
            "Copy code",
            exports.copy_code,
            "Panel",
            "",
            "copy",
            enabled=some,
            hint="The same program on the clipboard",
        ),
        Command(
            "panel.notebook",
            "Export notebook…",
            exports.ask_notebook,
            "Panel",
            "",
            "book",
            enabled=some,
            hint="A Jupyter notebook that needs nothing of the lab, for Colab too",
        ),
        Command(
            "panel.values",
            "Values as table",
            exports.show_values,
            "Panel",
            "Ctrl+T",
            "table",
            enabled=lambda: w.has_frame,
            hint="The numbers behind the picture, to sort, copy and save",
        ),
        Command("panel.copy", "Open a copy beside", lambda: _open_copy(w), "Panel", "Ctrl+D", "copy", enabled=some),
        Command(
            "panel.full-screen",
            "Full screen",
            w.docks.toggle_full_screen,
            "Panel",
            "F11",
            "full-screen",
            enabled=some,
            checked=lambda: w.docks.full,
        ),
        Command("panel.float", "Float or dock", w.docks.float_current, "Panel", "Ctrl+Shift+F", "float", enabled=some),
        Command("panel.next", "Next panel", lambda: w.docks.next(1), "Panel", "Ctrl+Tab", enabled=some),
        Command("panel.previous", "Previous panel", lambda: w.docks.next(-1), "Panel", "Ctrl+Shift+Tab", enabled=some),
        Command("panel.close", "Close panel", lambda: _close_panel(w), "Panel", "Ctrl+W", "close", enabled=some),
    ]


def _close_panel(w: MainWindow) -> None:
    if w.docks.current is not None:
        w.docks.current.close()


def _open_copy(w: MainWindow) -> None:
    if w.host is not None:
        w.open_panel(w.host.panel.id, w.host.session.snapshot().to_json())
