"""Commands of the menu View: arrangement, theme, size of the type."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from courseai_lab.app.actions import Command
from courseai_lab.app.linked import Linked

if TYPE_CHECKING:
    from courseai_lab.app.main_window import MainWindow

THEMES = {"auto": "As the system", "dark": "Dark", "light": "Light", "projector": "Projector"}
FONT_STEP = 0.1


def commands(w: MainWindow) -> list[Command]:
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
    linked = Command(
        "view.linked",
        "Linked panels",
        lambda: _linked(w).switch(not _linked(w).on),
        "View",
        checked=lambda: _linked(w).on,
        hint="What one panel looks at lights in the others: a line, a data point, a token, a head",
    )
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
    return [*arrange, linked, *themes, *fonts]


def _linked(w: MainWindow) -> Linked:
    found = w.features["Linked"]
    assert isinstance(found, Linked)
    return found


def _theme_setter(w: MainWindow, name: str) -> Callable[[], None]:
    return lambda: w.change_settings(theme=name)


def _theme_is(w: MainWindow, name: str) -> Callable[[], bool]:
    return lambda: w.themes.name == name


def _scale(w: MainWindow, delta: float) -> None:
    w.change_settings(font_scale=min(2.0, max(0.8, round(w.themes.scale + delta, 2))))
