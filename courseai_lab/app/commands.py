"""Every command of the window, by menu. Adding one here gives it a menu entry, a shortcut and a line in the palette."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QInputDialog

from courseai_lab.app.actions import Command
from courseai_lab.app.settings import write_json
from courseai_lab.contract import LabError

if TYPE_CHECKING:
    from courseai_lab.app.main_window import MainWindow

THEMES = {"auto": "As the system", "dark": "Dark", "light": "Light", "projector": "Projector"}
FONT_STEP = 0.1


def register(window: MainWindow) -> None:
    """Register everything on the window's registry."""
    for group in (_lab, _edit, _panel, _view, _help, _openers):
        for command in group(window):
            window.actions_registry.add(command)


def _lab(w: MainWindow) -> list[Command]:
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


def _edit(w: MainWindow) -> list[Command]:
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
            enabled=lambda: _has_frame(w),
        ),
    ]


def _panel(w: MainWindow) -> list[Command]:
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
            enabled=lambda: _has_frame(w),
            hint="PNG, SVG, PDF, or a GIF of the run",
        ),
        Command(
            "panel.data",
            "Export data…",
            lambda: _export_data(w),
            "Panel",
            "Ctrl+Shift+E",
            "table",
            enabled=lambda: _has_frame(w),
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


def _view(w: MainWindow) -> list[Command]:
    def some() -> bool:
        return len(w.docks) > 0

    arrange = [
        Command(
            "view.dock-all",
            "Dock all",
            w.docks.dock_all,
            "View",
            "Ctrl+Shift+D",
            "dock",
            enabled=some,
            hint="Every floating panel back into the window",
        ),
        Command(
            "view.reset",
            "Reset layout",
            lambda: w.docks.arrange("tabs"),
            "View",
            "Ctrl+0",
            "reset",
            enabled=some,
            hint="All panels as tabs",
        ),
        Command("view.columns", "Side by side", lambda: w.docks.arrange("columns"), "View", "", "split", enabled=some),
        Command("view.rows", "One below the other", lambda: w.docks.arrange("rows"), "View", enabled=some),
    ]
    themes = [
        Command(
            f"view.theme.{name}",
            f"Theme: {text.lower() if name == 'auto' else text}",
            _theme_setter(w, name),
            "View/Theme",
            checked=_theme_is(w, name),
        )
        for name, text in THEMES.items()
    ]
    fonts = [
        Command("view.larger", "Larger type", lambda: _scale(w, FONT_STEP), "View/Type", "Ctrl++", "plus"),
        Command("view.smaller", "Smaller type", lambda: _scale(w, -FONT_STEP), "View/Type", "Ctrl+-", "minus"),
        Command("view.normal", "Normal type", lambda: w.change_settings(font_scale=1.0), "View/Type"),
    ]
    return [*arrange, *themes, *fonts]


def _help(w: MainWindow) -> list[Command]:
    return [
        Command("help.shortcuts", "Shortcuts", lambda: _shortcuts(w), "Help", "Ctrl+/", "help"),
        Command("help.about", "About CourseAI Lab", w.about, "Help", "", "info"),
    ]


def _openers(w: MainWindow) -> list[Command]:
    return [
        Command(f"open.{panel.id}", f"Open {panel.title}", _opener(w, panel.id), hint=panel.summary)
        for panel in w.panels
    ]


def _opener(w: MainWindow, name: str) -> Callable[[], None]:
    def run() -> None:
        w.open_panel(name)

    return run


def _theme_setter(w: MainWindow, name: str) -> Callable[[], None]:
    return lambda: w.change_settings(theme=name)


def _theme_is(w: MainWindow, name: str) -> Callable[[], bool]:
    return lambda: w.themes.name == name


def _with_host(w: MainWindow, method: str) -> None:
    if w.host is not None:
        getattr(w.host.session, method)()


def _copy_link(w: MainWindow) -> None:
    if w.host is not None:
        w.host.copy_link()


def _has_frame(w: MainWindow) -> bool:
    return w.host is not None and w.host.session.frame is not None


def _close_panel(w: MainWindow) -> None:
    if w.docks.current is not None:
        w.docks.current.close()


def _open_copy(w: MainWindow) -> None:
    if w.host is not None:
        w.open_panel(w.host.panel.id, w.host.session.snapshot().to_json())


def _scale(w: MainWindow, delta: float) -> None:
    w.change_settings(font_scale=min(2.0, max(0.8, round(w.themes.scale + delta, 2))))


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


def _copy_figure(w: MainWindow) -> None:
    from courseai_lab.app.export_window import figure_image

    host = w.host
    assert host is not None
    QGuiApplication.clipboard().setImage(figure_image(host, w.themes.theme))
    w.status.say("The picture is on the clipboard.")


def _say_result(w: MainWindow, name: str, work: Callable[[], None]) -> None:
    try:
        work()
        w.status.say(f"Saved {Path(name).name}.")
    except LabError as error:
        w.status.say(str(error))
    except OSError as error:
        w.status.say(f"{Path(name).name} could not be saved: {error.strerror or error}.")


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
