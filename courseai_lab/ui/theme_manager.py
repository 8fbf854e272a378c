"""One object that keeps the app in one theme and tells everything that draws itself when it changes."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from courseai_lab.ui.theme_fonts import load_fonts, text_font
from courseai_lab.ui.theme_style import palette, style_sheet
from courseai_lab.ui.theme_tokens import MAX_SCALE, MIN_SCALE, THEME_NAMES, Theme, ThemeName, load_theme

ThemeChoice = Literal["auto", "dark", "light", "projector"]


def system_theme_name(app: QGuiApplication) -> ThemeName:
    """``dark`` or ``light``, as the system asks; ``light`` where it does not say."""
    return "dark" if app.styleHints().colorScheme() == Qt.ColorScheme.Dark else "light"


class ThemeManager(QObject):
    """Dresses a QApplication: Fusion, palette, style sheet and font, from one theme.

    ``changed`` carries the new ``Theme`` after it is applied. With ``auto`` it follows the system.
    """

    changed = Signal(object)

    def __init__(self, app: QApplication, name: str = "auto", scale: float = 1.0) -> None:
        super().__init__(app)
        self._app = app
        self._name: ThemeChoice = "auto"
        self._scale = 1.0
        load_fonts()
        app.setStyle("Fusion")
        app.styleHints().colorSchemeChanged.connect(self._system_changed)
        self._theme = load_theme(system_theme_name(app))
        self.set(name, scale)

    @property
    def theme(self) -> Theme:
        """The theme now worn; with ``auto`` the one that stands for it."""
        return self._theme

    @property
    def name(self) -> ThemeChoice:
        """What was asked for: auto, dark, light or projector."""
        return self._name

    @property
    def scale(self) -> float:
        """Font scale, 0.8 to 2.0."""
        return self._scale

    def set(self, name: str | None = None, scale: float | None = None) -> None:
        """Change the theme, the font scale (held within 0.8 to 2.0), or both.

        Raises ``ValueError`` for an unknown name.
        """
        if name is not None:
            if name not in ("auto", *THEME_NAMES):
                raise ValueError(f"No theme is called {name!r}; give auto, {', '.join(THEME_NAMES)}.")
            self._name = name  # type: ignore[assignment]
        if scale is not None:
            self._scale = min(MAX_SCALE, max(MIN_SCALE, round(float(scale), 2)))
        self._apply()

    def _system_changed(self) -> None:
        if self._name == "auto":
            self._apply()

    def _apply(self) -> None:
        chosen = system_theme_name(self._app) if self._name == "auto" else self._name
        self._theme = load_theme(chosen, self._scale)
        # From one sheet to another Qt works out both for every widget; through an empty one it takes a tenth of that.
        self._app.setStyleSheet("")
        self._app.setPalette(palette(self._theme))
        self._app.setFont(text_font(self._theme))
        self._app.setStyleSheet(style_sheet(self._theme))
        self.changed.emit(self._theme)
