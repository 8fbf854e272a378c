"""Icons: every file is a clean stroke drawing, takes any colour, and is sharp at 1x and 2x."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QImage
from PySide6.QtWidgets import QApplication

from courseai_lab.paths import resource
from courseai_lab.ui.icons import icon, icon_names, icon_pixmap, svg_source
from courseai_lab.ui.theme import load_theme, palette

WANTED = """play pause step step-back to-start to-end loop speed undo redo seed pin export image table copy full-screen
exit-full-screen close search settings sun moon projector chevron-up chevron-down chevron-left chevron-right plus minus
reset eye eye-off formula info warning error check device palette dock float gallery help link folder save trash
drag-handle camera target""".split()


def _inked(image) -> dict[str, int]:  # type: ignore[no-untyped-def]
    counts: dict[str, int] = {}
    for x in range(image.width()):
        for y in range(image.height()):
            pixel = image.pixelColor(x, y)
            if pixel.alpha() == 255:
                counts[pixel.name().upper()] = counts.get(pixel.name().upper(), 0) + 1
    return counts


def test_all_wanted_icons_are_there() -> None:
    assert set(WANTED) <= set(icon_names())


@pytest.mark.parametrize("name", icon_names())
def test_drawing_follows_the_house_style(name: str) -> None:
    text = resource("icons", f"{name}.svg").read_text("utf-8")
    root = ET.fromstring(text)
    assert root.get("viewBox") == "0 0 24 24" and root.get("stroke-width") == "1.75"
    assert root.get("stroke") == "currentColor" and root.get("fill") == "none"
    assert not re.findall(r"#[0-9a-fA-F]{3,6}|url\(|<script|href", text)


@pytest.mark.parametrize("name", icon_names())
def test_icon_has_ink_inside_its_square(name: str, qapp: QApplication) -> None:
    image = icon_pixmap(name, "#FF0000", 48).toImage()
    assert set(_inked(image)) == {"#FF0000"}
    edge = [(x, y) for i in range(48) for x, y in ((i, 0), (i, 47), (0, i), (47, i))]
    assert all(image.pixelColor(x, y).alpha() == 0 for x, y in edge)


def test_states_take_their_colours(qapp: QApplication) -> None:
    theme = load_theme("dark")
    made = icon("stop", theme)
    size = QSize(24, 24)
    for mode, state, expected in (
        (QIcon.Mode.Normal, QIcon.State.Off, theme.text),
        (QIcon.Mode.Normal, QIcon.State.On, theme.accent),
        (QIcon.Mode.Disabled, QIcon.State.Off, theme.disabled),
        (QIcon.Mode.Active, QIcon.State.Off, theme.text),
    ):
        assert expected in _inked(made.pixmap(size, mode, state).toImage())


def test_palette_and_named_colours(qapp: QApplication) -> None:
    theme = load_theme("light")
    assert theme.text in _inked(icon("stop", palette(theme)).pixmap(24, 24).toImage())
    assert theme.error in _inked(icon("stop", theme, "error").pixmap(24, 24).toImage())


def test_double_pixels_are_drawn_not_scaled(qapp: QApplication) -> None:
    double = icon("search", load_theme("light")).pixmap(QSize(20, 20), 2.0, QIcon.Mode.Normal, QIcon.State.Off)
    assert double.size() == QSize(40, 40) and double.devicePixelRatio() == 2.0
    drawn = icon_pixmap("search", load_theme("light").text, 40)
    double.setDevicePixelRatio(1.0)
    form = QImage.Format.Format_ARGB32
    assert double.toImage().convertToFormat(form) == drawn.toImage().convertToFormat(form)


def test_source_is_recoloured_and_unknown_names_refused() -> None:
    assert "currentColor" not in svg_source("play", QColor("red").name())
    with pytest.raises(ValueError, match="No icon is called 'plai'"):
        svg_source("plai", "#000000")
