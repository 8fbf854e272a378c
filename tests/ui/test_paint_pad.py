"""Paint pads by mouse and keys: plain values, one gesture a stroke, and the form's row for them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated, Any

import numpy as np
import pytest
from pydantic import Field
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from courseai_lab.contract import Grey, Matrix, Paint, Params, Patch, Points, grey_array
from courseai_lab.ui.paint_pad import CurvePad, GreyPad, MaskPad, PaintPad
from courseai_lab.ui.paint_pad.curve import simplified
from courseai_lab.ui.param_form import ParamForm
from courseai_lab.ui.theme import load_theme

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


class PaintedParams(Params):
    digit: Annotated[Grey, Paint("digit")] = ""
    mask: Annotated[Grey, Paint("mask", 16, 16)] = ""
    points: Annotated[Matrix, Field(max_length=12), Paint("points", x=(0, 10), y=(-2, 2), classes=3)] = ()
    curve: Annotated[Points, Paint("curve", x=(0, 1), y=(0, 1), monotone="falling")] = ((0.0, 1.0), (1.0, 0.0))


class PlainLook(Params):
    pass


class Host:
    """A form whose wishes are taken, as a store does."""

    def __init__(self) -> None:
        self.form = ParamForm(PaintedParams, PlainLook, load_theme("light"))
        self.params = PaintedParams()
        self.patches: list[Patch] = []
        self.form.proposed.connect(self.take)

    def take(self, patch: Patch) -> None:
        self.patches.append(patch)
        self.params = self.params.patched(**patch.params)
        self.form.set_values(self.params, PlainLook())

    def pad(self, name: str) -> Any:
        self.form.row(name).control.open.setChecked(True)
        return self.form.row(name).control.box.pad

    def press(self, name: str, button: str) -> None:
        box = self.form.row(name).control.box
        next(b for b in box.findChildren(type(self.form.row(name).control.open)) if b.text() == button).click()


@pytest.fixture
def host(qtbot: QtBot) -> Iterator[Host]:
    made = Host()
    qtbot.addWidget(made.form)
    made.form.resize(340, 1700)
    made.form.show()
    qtbot.waitExposed(made.form)
    made.form.activateWindow()
    yield made


def stroke(pad: PaintPad, places: list[tuple[float, float]], button: Qt.MouseButton = LEFT) -> None:
    area = pad.area()
    points = [QPoint(round(area.left() + x * area.width()), round(area.top() + y * area.height())) for x, y in places]
    QTest.mousePress(pad, button, pos=points[0])
    for point in points[1:]:
        QTest.mouseMove(pad, point)
    QTest.mouseRelease(pad, button, pos=points[-1])


def test_a_stroke_is_one_gesture_and_the_other_button_erases(host: Host) -> None:
    pad = host.pad("digit")
    stroke(pad, [(0.3, 0.2), (0.6, 0.3), (0.5, 0.8)])
    gestures = {patch.gesture for patch in host.patches}
    assert len(host.patches) > 1 and len(gestures) == 1 and "" not in gestures
    ink = grey_array(host.params.digit)
    assert ink.max() == 1.0 and 0 < (ink > 0).mean() < 0.3
    assert ink[int(0.55 * 28), int(0.55 * 28)] > 0.9 and ink[20, 2] == 0.0
    stroke(pad, [(x, y) for y in (0.1, 0.3, 0.5, 0.7, 0.9) for x in (0.0, 1.0)], RIGHT)
    assert len({patch.gesture for patch in host.patches}) == 2
    assert grey_array(host.params.digit).sum() < ink.sum() / 2


def test_the_brush_the_centring_and_clear(host: Host) -> None:
    pad = host.pad("digit")
    host.press("digit", "Centre")
    assert "nothing to centre" in host.form.row("digit").control.box._words.text()
    host.press("digit", "fine")
    stroke(pad, [(0.1, 0.1), (0.1, 0.4)])
    thin = grey_array(host.params.digit).sum()
    host.press("digit", "Centre")
    assert "as in MNIST" in host.form.row("digit").control.box._words.text()
    rows, columns = np.nonzero(grey_array(host.params.digit) > 0.3)
    assert 12 <= columns.mean() <= 15 and np.ptp(rows) >= 17
    host.press("digit", "Clear")
    assert host.params.digit == ""
    host.press("digit", "broad")
    stroke(pad, [(0.1, 0.1), (0.1, 0.4)])
    assert grey_array(host.params.digit).sum() > 2 * thin


def test_keys_draw_while_space_is_held(host: Host) -> None:
    pad = host.pad("mask")
    pad.setFocus()
    QTest.keyPress(pad, Qt.Key.Key_Space)
    for _ in range(4):
        QTest.keyClick(pad, Qt.Key.Key_Right)
    QTest.keyRelease(pad, Qt.Key.Key_Space)
    assert len({patch.gesture for patch in host.patches}) == 1
    ink = grey_array(host.params.mask, 16, 16)
    assert set(np.unique(ink)) == {0.0, 1.0} and np.ptp(np.nonzero(ink)[1]) >= 4
    assert "row 9, column 13" in pad.accessibleDescription()
    QTest.keyClick(pad, Qt.Key.Key_Delete)
    assert grey_array(host.params.mask, 16, 16).sum() < ink.sum()
    assert pad.accessibleName() == "Mask, pad"


def test_points_have_a_class_a_place_and_a_limit(host: Host) -> None:
    pad = host.pad("points")
    host.press("points", "class 2")
    stroke(pad, [(0.5, 0.25)])
    assert host.params.points == ((pytest.approx(5, abs=0.1), pytest.approx(1, abs=0.05), 2.0),)
    host.press("points", "wide")
    stroke(pad, [(0.02 * k, 0.9) for k in range(50)])
    assert len(host.params.points) == 12
    assert all(0 <= x <= 10 and -2 <= y <= 2 for x, y, _ in host.params.points)
    assert "12 points already" in host.form.row("points").control.box._words.text()
    host.press("points", "exact")
    stroke(pad, [(0.5, 0.25)], RIGHT)
    assert len(host.params.points) == 11


def test_a_curve_is_drawn_falling_and_set_by_knots(host: Host) -> None:
    pad = host.pad("curve")
    assert isinstance(pad, CurvePad)
    stroke(pad, [(0.1 * k, 0.2 + 0.3 * np.sin(k)) for k in range(1, 10)])
    knots = host.params.curve
    assert (knots[0][0], knots[-1][0]) == (0.0, 1.0) and len(knots) <= 24
    assert all(a[0] < b[0] and a[1] >= b[1] for a, b in pairwise(knots))
    host.press("curve", "Straighten")
    host.press("curve", "knots")
    stroke(pad, [(0.5, 0.5), (0.5, 0.2)])
    assert len(host.params.curve) == 3 and host.params.curve[1] == pytest.approx((0.5, 0.8), abs=0.03)
    stroke(pad, [(0.5, 0.2)], RIGHT)
    assert len(host.params.curve) == 2
    pad.setFocus()
    QTest.keyClick(pad, Qt.Key.Key_Space)
    QTest.keyClick(pad, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert host.params.curve[1] == pytest.approx((0.5, host.params.curve[1][1])) and len(host.params.curve) == 3
    QTest.keyClick(pad, Qt.Key.Key_Delete)
    assert len(host.params.curve) == 2


def test_few_knots_hold_a_curve_close() -> None:
    x = np.linspace(0, 1, 201)
    y = np.sin(3 * x)
    kept = simplified(x, y, 24, 0.004)
    assert len(kept) <= 24 and np.abs(np.interp(x, x[kept], y[kept]) - y).max() <= 0.004


def test_a_pad_of_another_size_keeps_what_was_painted(qtbot: QtBot) -> None:
    pad = GreyPad(load_theme("dark"), "Kernel", 7, 7)
    qtbot.addWidget(pad)
    pad.replace(np.eye(7))
    with qtbot.assertNotEmitted(pad.changed):
        pad.set_size(5, 5)
    assert pad.ink.shape == (5, 5) and pad.ink[2, 2] > 0.4 > 0.05 > pad.ink[0, 4]
    pad.set_value("")
    assert not pad.ink.any()


def test_a_mask_lies_over_an_image(host: Host) -> None:
    pad = host.pad("mask")
    assert isinstance(pad, MaskPad)
    pad.set_below(np.full((4, 4, 3), (200, 30, 60), np.uint8))
    stroke(pad, [(0.5, 0.5)])
    seen, area = pad.grab().toImage(), pad.area()
    far, near = (seen.pixelColor(round(area.left() + k * area.width()), round(area.center().y())) for k in (0.1, 0.53))
    assert far.getRgb()[:3] == (200, 30, 60) and near.getRgb()[:3] != (200, 30, 60)
    pad.set_below(None)
    assert pad.grab().toImage().pixelColor(round(area.left() + 9), round(area.center().y())).name() == "#ffffff"


def test_every_theme_paints_every_pad(host: Host) -> None:
    stroke(host.pad("digit"), [(0.3, 0.2), (0.6, 0.8)])
    pictures = []
    for name in ("light", "dark", "projector"):
        host.form.set_theme(load_theme(name))
        pictures.append([host.pad(field).grab().toImage() for field in ("digit", "mask", "points", "curve")])
    assert all(light != dark for light, dark in zip(pictures[0], pictures[1], strict=True))
