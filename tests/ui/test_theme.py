"""The tokens hold their promises of contrast and distance, and Qt wears them."""

from __future__ import annotations

import itertools
from dataclasses import FrozenInstanceError

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase, QFontInfo, QFontMetricsF, QPalette
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QPushButton, QSlider, QVBoxLayout, QWidget

from courseai_lab.ui import color
from courseai_lab.ui.theme import THEME_NAMES, Role, ThemeManager, load_fonts, load_theme, system_theme_name, text_font

TOGETHER = (("data", "model", "loss", "gradient", "noise"), ("data", "loss", "noise", "query", "key", "value"))


def test_contrast_agrees_with_wcag_examples() -> None:
    assert color.contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    # #767676 on white is the well-known lightest grey that passes 4.5:1.
    assert color.contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)


def test_lab_agrees_with_published_values() -> None:
    # sRGB red under D65, Lindbloom's calculator.
    assert color.lab(color.rgb("#FF0000")) == pytest.approx([53.24, 80.09, 67.20], abs=0.05)
    back = color.from_lab(color.lab(color.rgb("#3982FC")))
    assert back == pytest.approx(color.rgb("#3982FC"), abs=1e-6)


def test_simulated_sight_keeps_grey_and_merges_the_right_pairs() -> None:
    for sight in color.SIGHTS:
        grey = color.simulate(color.rgb("#808080"), sight)
        assert grey == pytest.approx(color.rgb("#808080"), abs=0.003)
    # A red and a green that a deuteranope confuses, but a normal eye never.
    assert color.distance("#A56E00", "#6E8B00", "normal") > 30
    assert color.distance("#A56E00", "#6E8B00", "deutan") < 20


@pytest.mark.parametrize("name", THEME_NAMES)
@pytest.mark.parametrize("token", ["text", "muted", "accent", "ok", "warning", "error"])
def test_text_is_legible_on_ground_and_raised(name: str, token: str) -> None:
    theme = load_theme(name)
    for ground in (theme.ground, theme.raised):
        assert color.contrast(theme.color(token), ground) >= 4.5


@pytest.mark.parametrize("name", THEME_NAMES)
def test_text_is_legible_on_accent_and_selection(name: str) -> None:
    theme = load_theme(name)
    assert color.contrast(theme.on_accent, theme.accent) >= 4.5
    assert color.contrast(theme.on_accent, theme.accent_hover) >= 4.5
    for ground in (theme.selected, theme.hover, theme.pressed):
        assert color.contrast(theme.text, ground) >= 4.5
    assert color.contrast(theme.control, theme.ground) >= 3


@pytest.mark.parametrize("name", THEME_NAMES)
@pytest.mark.parametrize("role", list(Role))
def test_roles_stand_out_from_the_ground(name: str, role: Role) -> None:
    theme = load_theme(name)
    assert color.contrast(theme.role(role), theme.ground) >= 4.5


@pytest.mark.parametrize("name", THEME_NAMES)
@pytest.mark.parametrize("sight", color.SIGHTS)
def test_roles_and_classes_are_told_apart_by_every_eye(name: str, sight: color.Sight) -> None:
    theme = load_theme(name)
    for group in TOGETHER:
        for one, other in itertools.combinations(group, 2):
            assert color.distance(theme.role(one), theme.role(other), sight) >= 24, (one, other)
    for one, other in itertools.combinations(theme.classes, 2):
        assert color.distance(one, other, sight) >= 24, (one, other)


@pytest.mark.parametrize("name", THEME_NAMES)
def test_classes_have_colours_and_shapes(name: str) -> None:
    theme = load_theme(name)
    assert len(set(theme.classes)) == len(set(theme.markers)) == 8
    assert all(color.contrast(c, theme.ground) >= 3 for c in theme.classes)
    looks = {(theme.class_color(i), theme.class_marker(i)) for i in range(64)}
    assert len(looks) == 64


def test_look_of_the_projector_is_larger() -> None:
    light, projector = load_theme("light"), load_theme("projector")
    assert (projector.text_px, projector.title_px, projector.caption_px) == (22, 26, 20)
    assert (light.text_px, light.title_px, light.caption_px) == (13, 15, 12)
    assert projector.line_live == 3 and projector.unit == 6 and light.unit == 4


def test_scale_enlarges_type_and_is_bounded() -> None:
    assert load_theme("dark", 2.0).text_px == 26
    with pytest.raises(ValueError, match=r"0\.8 to 2\.0"):
        load_theme("dark", 2.5)


def test_wrong_names_get_a_sentence() -> None:
    theme = load_theme("dark")
    with pytest.raises(ValueError, match="dark, light, projector"):
        load_theme("sepia")
    with pytest.raises(ValueError, match="the roles are data"):
        theme.role("prediction")
    with pytest.raises(ValueError, match="no colour"):
        theme.color("unit")
    with pytest.raises(FrozenInstanceError):
        theme.text = "#000000"  # type: ignore[misc]


def test_colours_are_found_by_role_token_class_and_value() -> None:
    theme = load_theme("light")
    assert theme.color("data") == theme.role("data") == theme.color("class0")
    assert theme.color("muted") == theme.muted
    assert theme.color("#123456") == "#123456"


def test_bundled_fonts_load_with_tabular_figures(qapp: QApplication) -> None:
    assert {"Inter", "JetBrains Mono"} <= set(load_fonts())
    assert QFontDatabase.styles("Inter")
    font = text_font(load_theme("dark"), px=40)
    assert QFontInfo(font).family() == "Inter"
    metrics = QFontMetricsF(font)
    assert metrics.horizontalAdvance("1111") == metrics.horizontalAdvance("0000")
    mono = QFontMetricsF(text_font(load_theme("dark"), mono=True))
    assert mono.horizontalAdvance("iiii") == mono.horizontalAdvance("MMMM")


def _controls() -> QWidget:
    box = QWidget()
    layout = QVBoxLayout(box)
    switch = QCheckBox("Switch")
    switch.setProperty("switch", True)
    for widget in (QPushButton("Run"), QComboBox(), QSlider(Qt.Orientation.Horizontal), QCheckBox("Check"), switch):
        layout.addWidget(widget)
    return box


@pytest.fixture
def manager(qapp: QApplication):  # type: ignore[no-untyped-def]
    before = (qapp.styleSheet(), qapp.palette(), qapp.font())
    made = ThemeManager(qapp, "light")
    yield made
    made.deleteLater()
    qapp.setStyleSheet(before[0])
    qapp.setPalette(before[1])
    qapp.setFont(before[2])


def test_manager_applies_and_announces(manager: ThemeManager, qapp: QApplication, qtbot) -> None:  # type: ignore[no-untyped-def]
    assert qapp.palette().color(QPalette.ColorRole.Window).name().upper() == manager.theme.ground
    with qtbot.waitSignal(manager.changed) as caught:
        manager.set("dark", 1.5)
    theme = caught.args[0]
    assert theme is manager.theme and theme.name == "dark" and theme.text_px == round(13 * 1.5)
    assert qapp.palette().color(QPalette.ColorRole.Window).name().upper() == theme.ground
    manager.set(scale=9)
    assert manager.scale == 2.0
    with pytest.raises(ValueError, match="auto, dark, light, projector"):
        manager.set("sepia")


def test_auto_follows_the_system(manager: ThemeManager, qapp: QApplication) -> None:
    manager.set("auto")
    assert manager.name == "auto" and manager.theme.name == system_theme_name(qapp)


def test_the_style_sheet_parses_and_paints_the_theme(manager: ThemeManager, qtbot, capfd) -> None:  # type: ignore[no-untyped-def]
    shots = {}
    for name in THEME_NAMES:
        manager.set(name)
        box = _controls()
        qtbot.addWidget(box)
        box.resize(300, 300)
        shots[name] = box.grab().toImage()
    assert "Could not parse" not in capfd.readouterr().err
    assert shots["dark"] != shots["light"] != shots["projector"]


def test_controls_take_the_theme_font_size(manager: ThemeManager, qtbot) -> None:  # type: ignore[no-untyped-def]
    manager.set("projector")
    button = QPushButton("Run")
    qtbot.addWidget(button)
    button.ensurePolished()
    assert button.font().pixelSize() == 22
    metrics = QFontMetricsF(button.font())
    assert metrics.horizontalAdvance("1111") == metrics.horizontalAdvance("0000")


def test_keyboard_focus_is_plain_to_see(manager: ThemeManager, qtbot) -> None:  # type: ignore[no-untyped-def]
    box = _controls()
    qtbot.addWidget(box)
    with qtbot.waitExposed(box):
        box.show()
    button = box.findChild(QPushButton)
    box.setFocus()
    calm = button.grab().toImage()
    box.activateWindow()
    button.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(button.hasFocus)
    ringed = button.grab().toImage()
    # The ring is the accent, at least 2 px wide, on the whole edge.
    accent = sum(
        ringed.pixelColor(x, y).name().upper() == manager.theme.accent
        for x in range(ringed.width())
        for y in range(ringed.height())
    )
    assert calm != ringed
    assert accent >= 2 * ringed.width()
