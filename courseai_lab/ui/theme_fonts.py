"""The bundled fonts: Inter for words and numbers, JetBrains Mono for code and matrices."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtGui import QFont, QFontDatabase

from courseai_lab.paths import resource
from courseai_lab.ui.theme_tokens import Theme

TEXT_FAMILY = "Inter"
MONO_FAMILY = "JetBrains Mono"


@lru_cache(maxsize=1)
def load_fonts() -> tuple[str, ...]:
    """Register the bundled fonts with Qt, once; needs a QGuiApplication. Returns the families.

    Raises ``RuntimeError`` when a font file is damaged.
    """
    families: dict[str, None] = {}
    for path in sorted(resource("fonts").glob("*.[ot]tf")):
        number = QFontDatabase.addApplicationFont(str(path))
        if number < 0:
            raise RuntimeError(f"The font {path.name} cannot be read. Installing the app again puts it back.")
        families.update(dict.fromkeys(QFontDatabase.applicationFontFamilies(number)))
    return tuple(families)


def text_font(
    theme: Theme, px: int | None = None, weight: QFont.Weight = QFont.Weight.Normal, *, mono: bool = False
) -> QFont:
    """The theme's font: ``px`` high (default: body text), digits all equally wide, ``mono`` for code."""
    load_fonts()
    font = QFont(MONO_FAMILY if mono else TEXT_FAMILY)
    # Inter stands behind the mono face for the signs that it lacks (thin and figure spaces, superscript minus).
    font.setFamilies([MONO_FAMILY, TEXT_FAMILY, "monospace"] if mono else [TEXT_FAMILY, "sans-serif"])
    font.setPixelSize(px or theme.text_px)
    font.setWeight(weight)
    if not mono:
        font.setFeature(QFont.Tag("tnum"), 1)
    font.setStyleStrategy(QFont.StyleStrategy.PreferAntialias)
    return font
