"""Commands of the menu Panel: export, copies, full screen, from one panel to the next."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from courseai_lab.app.actions import Command
from courseai_lab.contract import LabError

if TYPE_CHECKING:
    from courseai_lab.app.main_window import MainWindow


def commands(w: MainWindow) -> list[Command]:
    def some() -> bool:
        return w.host is not None

    return [
        Command(
            "panel.export",
            "Export figure…",
            lambda: _export_figure(w),
            "Panel",
            "Ctrl+E",
            "export",
            enabled=lambda: w.has_frame,
            hint="PNG, SVG, PDF, or a GIF of the run",
        ),
        Command(
            "panel.data",
            "Export data…",
            lambda: _export_data(w),
            "Panel",
            "Ctrl+Shift+E",
            "table",
            enabled=lambda: w.has_frame,
            hint="The arrays of the frame on screen as NPZ, CSV or JSON",
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


def _export_figure(w: MainWindow) -> None:
    from courseai_lab.app.export_window import export_figure

    host = w.host
    assert host is not None
    kinds = "PNG picture (*.png);;SVG drawing (*.svg);;PDF drawing (*.pdf);;GIF of the run (*.gif)"
    name, _ = QFileDialog.getSaveFileName(w, "Export figure", f"{host.panel.id}.png", kinds)
    if name:
        _say_result(w, name, lambda: export_figure(host, w.themes.theme, Path(name)))


def _export_data(w: MainWindow) -> None:
    from courseai_lab.app.export_window import export_data

    host = w.host
    assert host is not None
    kinds = "NumPy arrays (*.npz);;CSV table (*.csv);;JSON (*.json)"
    name, _ = QFileDialog.getSaveFileName(w, "Export data", f"{host.panel.id}.npz", kinds)
    if name:
        _say_result(w, name, lambda: export_data(host, Path(name)))


def _say_result(w: MainWindow, name: str, work: Callable[[], None]) -> None:
    try:
        work()
        w.status.say(f"Saved {Path(name).name}.")
    except LabError as error:
        w.status.say(str(error))
    except OSError as error:
        w.status.say(f"{Path(name).name} could not be saved: {error.strerror or error}.")
