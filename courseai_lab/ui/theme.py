"""The look of the app: tokens as a ``Theme``, fonts, and the manager that dresses the application in them."""

from courseai_lab.ui.theme_fonts import MONO_FAMILY, TEXT_FAMILY, load_fonts, text_font
from courseai_lab.ui.theme_manager import ThemeChoice, ThemeManager, system_theme_name
from courseai_lab.ui.theme_style import palette, style_sheet
from courseai_lab.ui.theme_tokens import THEME_NAMES, Mark, Role, Theme, ThemeName, load_theme

__all__ = [
    "MONO_FAMILY",
    "TEXT_FAMILY",
    "THEME_NAMES",
    "Mark",
    "Role",
    "Theme",
    "ThemeChoice",
    "ThemeManager",
    "ThemeName",
    "load_fonts",
    "load_theme",
    "palette",
    "style_sheet",
    "system_theme_name",
    "text_font",
]
