"""The form: every kind of control by keyboard and mouse, what it proposes, and what it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from courseai_lab.contract import Mark, Patch, fields
from courseai_lab.ui.param_form import ParamForm, ValueSlider
from courseai_lab.ui.param_form import slider as slider_module
from courseai_lab.ui.param_form.control import NumberControl
from courseai_lab.ui.theme import load_theme
from tests.ui.demo_panel import DemoLook, DemoParams, Surface


class Host:
    """A form in a window and what it proposed; accepted wishes are applied, as a store does."""

    def __init__(self, form: ParamForm) -> None:
        self.form = form
        self.params, self.look = DemoParams(), DemoLook()
        self.patches: list[Patch] = []
        self.accept = True
        form.proposed.connect(self.take)

    def take(self, patch: Patch) -> None:
        self.patches.append(patch)
        if self.accept:
            self.params = self.params.patched(**patch.params)
            self.look = self.look.patched(**patch.look)
            self.form.set_values(self.params, self.look)

    def control(self, name: str) -> Any:
        return self.form.row(name).control

    def last(self) -> dict[str, Any]:
        return {**self.patches[-1].params, **self.patches[-1].look}


@pytest.fixture
def host(qtbot: QtBot) -> Iterator[Host]:
    form = ParamForm(DemoParams, DemoLook, load_theme("light"))
    qtbot.addWidget(form)
    form.resize(320, 1600)
    form.show()
    qtbot.waitExposed(form)
    form.activateWindow()
    form.fold.button.setChecked(True)
    form.setFocus()
    yield Host(form)


def replace_text(edit: QLineEdit, text: str) -> None:
    edit.setFocus()
    edit.selectAll()
    if text.isascii():
        QTest.keyClicks(edit, text)
    else:  # QTest has no keys for other signs; pasting has.
        edit.insert(text)
    QTest.keyClick(edit, Qt.Key.Key_Return)


def drag(slider: ValueSlider, shares: list[float], release: bool = True) -> None:
    track = slider._track()
    points = [QPoint(round(track.left() + share * track.width()), round(track.center().y())) for share in shares]
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=points[0])
    for point in points[1:]:
        QTest.mouseMove(slider, point)
    if release:
        QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=points[-1])


def test_every_parameter_has_a_control_but_hidden_ones(host: Host) -> None:
    wanted = {s.name for model in (DemoParams, DemoLook) for s in fields(model) if not s.ui.hidden}
    assert set(host.form.rows) == wanted


def test_every_control_is_reached_by_tab_and_has_a_name(host: Host) -> None:
    host.form.set_values(host.params.patched(method="adam"), host.look)
    reached: list[QWidget] = []
    host.form.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    host.form.setFocus()
    for _ in range(120):
        QTest.keyClick(QApplication.focusWidget() or host.form, Qt.Key.Key_Tab)
        focus = QApplication.focusWidget()
        assert focus is not None
        if focus in reached:
            break
        reached.append(focus)
    for name, row in host.form.rows.items():
        inside = [w for w in reached if row.isAncestorOf(w)]
        assert inside, f"{name} cannot be reached by Tab"
        for widget in inside:
            assert row.spec.label in widget.accessibleName(), (name, widget)
    heights = [w.mapTo(host.form, QPoint(0, w.height())).y() for w in reached]
    assert all(after >= before - 8 for before, after in pairwise(heights)), "Tab does not follow the eye"


def test_setting_values_proposes_nothing(host: Host) -> None:
    other = host.params.patched(lr=0.5, surface=Surface.BOWL, shown=(), clip=True, note="x", mix=((2, 0), (0, 2)))
    host.form.set_values(other, host.look.patched(tint="#000000", contours=3))
    host.form.set_marks({"lr": (Mark(0.1, "here"),)})
    host.form.highlight("lr")
    assert host.patches == []
    assert host.control("lr").slider.exact == 0.5
    assert host.control("surface").buttons[1].isChecked()


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("lr", "1e-3", 0.001),
        ("lr", "0.123456789", 0.123456789),
        ("momentum", "0", 0.0),
        ("steps", "37 steps", 37),
        ("steps", "1e3", 1000),
        ("free", "−2.5", -2.5),
        ("free", "1e9", 1e9),
        ("limit", "0.5", 0.5),
        ("contours", "40", 40),
    ],
)
def test_proposals_equal_what_was_typed(host: Host, name: str, text: str, value: float) -> None:
    replace_text(host.control(name).edit, text)
    assert host.last() == {name: value}
    assert type(host.last()[name]) is type(value)
    assert bool(host.patches[-1].look) == (name == "contours")
    assert host.form.row(name).error.isHidden()


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("lr", "0", "above 0"),
        ("lr", "2", "at most 1"),
        ("lr", "fast", "“fast”"),
        ("momentum", "1", "below 1"),
        ("steps", "0", "from 1 to 5000"),
        ("steps", "2.5", "a whole number"),
        ("limit", "-1", "above 0"),
        ("free", "", "empty"),
    ],
)
def test_what_is_out_of_range_is_said_and_not_proposed(host: Host, name: str, text: str, said: str) -> None:
    row = host.form.row(name)
    edit = row.control.edit
    edit.setFocus()
    edit.selectAll()
    QTest.keyClick(edit, Qt.Key.Key_Delete)
    QTest.keyClicks(edit, text)
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert host.patches == []
    assert row.error.isVisible()
    assert said in row.error.text() and row.spec.label in row.error.text()
    assert edit.property("invalid")
    replace_text(edit, "0.5" if row.spec.kind == "float" else "5")
    assert row.error.isHidden() and not edit.property("invalid")
    assert len(host.patches) == 1


def test_empty_means_none_where_that_is_allowed(host: Host) -> None:
    replace_text(host.control("limit").edit, "0.5")
    host.control("limit").edit.selectAll()
    QTest.keyClick(host.control("limit").edit, Qt.Key.Key_Delete)
    QTest.keyClick(host.control("limit").edit, Qt.Key.Key_Return)
    assert host.last() == {"limit": None}


def test_escape_takes_typing_back(host: Host) -> None:
    edit = host.control("lr").edit
    edit.setFocus()
    edit.selectAll()
    QTest.keyClicks(edit, "0.7")
    QTest.keyClick(edit, Qt.Key.Key_Escape)
    assert edit.text() == "0.01"
    assert host.patches == []


def test_a_drag_is_one_gesture_and_proposes_every_value(host: Host) -> None:
    slider = host.control("momentum").slider
    drag(slider, [0.2, 0.3, 0.4, 0.6])
    values = [patch.params["momentum"] for patch in host.patches]
    assert len(values) == 4 and values == sorted(values)
    assert len({patch.gesture for patch in host.patches}) == 1 and host.patches[0].gesture
    first = host.patches[0].gesture
    drag(slider, [0.8, 0.7])
    assert host.patches[-1].gesture != first


def test_key_presses_close_together_are_one_gesture(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(slider_module.time, "monotonic", lambda: now[0])
    slider = host.control("momentum").slider
    slider.setFocus()
    for _ in range(3):
        QTest.keyClick(slider, Qt.Key.Key_Left)
        now[0] += 0.5
    now[0] += 0.3
    QTest.keyClick(slider, Qt.Key.Key_Left)
    gestures = [patch.gesture for patch in host.patches]
    assert gestures[0] == gestures[1] == gestures[2] != gestures[3]
    assert [patch.params["momentum"] for patch in host.patches] == [0.89, 0.88, 0.87, 0.86]


def test_keys_of_a_slider(host: Host) -> None:
    slider = host.control("contours").slider
    slider.setFocus()
    for key, value in [
        (Qt.Key.Key_Right, 13),
        (Qt.Key.Key_Up, 14),
        (Qt.Key.Key_PageUp, 24),
        (Qt.Key.Key_PageDown, 14),
        (Qt.Key.Key_Down, 13),
        (Qt.Key.Key_End, 40),
        (Qt.Key.Key_Home, 0),
    ]:
        QTest.keyClick(slider, key)
        assert host.last() == {"contours": value}
    edit = host.control("contours").edit
    edit.setFocus()
    QTest.keyClick(edit, Qt.Key.Key_Up)
    assert host.last() == {"contours": 1}


def wheel(widget: QWidget, turns: int) -> None:
    at = QPointF(widget.rect().center())
    event = QWheelEvent(
        at,
        QPointF(widget.mapToGlobal(at.toPoint())),
        QPoint(),
        QPoint(0, 120 * turns),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)


def test_the_wheel_counts_only_with_the_focus(host: Host) -> None:
    control = host.control("contours")
    host.control("lr").edit.setFocus()
    wheel(control.slider, 1)
    wheel(control.edit, 1)
    wheel(host.control("method").combo, -1)
    assert host.patches == []
    control.slider.setFocus()
    wheel(control.slider, 1)
    assert host.last() == {"contours": 13}


def test_reset_by_button_label_and_slider(host: Host, qtbot: QtBot) -> None:
    row = host.form.row("contours")
    assert row.reset_button.isHidden()
    for reset in (
        lambda: row.reset_button.click(),
        lambda: QTest.mouseDClick(row.label, Qt.MouseButton.LeftButton),
        lambda: QTest.mouseDClick(row.control.slider, Qt.MouseButton.LeftButton),
    ):
        host.form.set_values(host.params, host.look.patched(contours=30))
        assert row.reset_button.isVisible()
        reset()
        assert host.last() == {"contours": 12}
        assert row.reset_button.isHidden()


def test_a_slider_in_the_hand_is_not_moved_by_others(host: Host) -> None:
    host.accept = False
    slider = host.control("momentum").slider
    drag(slider, [0.2, 0.4], release=False)
    held = slider.exact
    host.form.set_values(host.params.patched(momentum=0.75), host.look)
    assert slider.exact == held
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton)
    assert slider.exact == 0.75


def test_what_is_being_typed_is_not_wiped_by_others(host: Host) -> None:
    for widget, text in (
        (host.control("note").line, lambda: host.control("note").line.text()),
        (host.control("story").lines, lambda: host.control("story").lines.toPlainText()),
        (host.control("momentum").edit, lambda: host.control("momentum").edit.text()),
    ):
        widget.setFocus()
        widget.selectAll()
        QTest.keyClicks(widget, "0.25")
        host.form.set_values(host.params.patched(lr=0.3, momentum=0.5), host.look)
        assert text() == "0.25"
    QTest.keyClick(host.control("momentum").edit, Qt.Key.Key_Escape)
    host.control("lr").edit.setFocus()
    assert host.control("momentum").edit.text() == "0.5", "what came meanwhile is shown when typing is taken back"


def test_clicks_are_undo_steps_of_their_own_and_nudges_of_a_number_are_one(host: Host) -> None:
    for button in host.control("shown").buttons:
        button.click()
    assert [patch.gesture for patch in host.patches] == ["", "", ""]
    edit = host.control("free").edit
    edit.setFocus()
    for _ in range(3):
        QTest.keyClick(edit, Qt.Key.Key_Up)
    assert [patch.params["free"] for patch in host.patches[3:]] == [0.1, 0.11, 0.12]
    assert len({patch.gesture for patch in host.patches[3:]}) == 1 and host.patches[-1].gesture


def test_marks_snap_lightly(host: Host) -> None:
    host.form.set_marks({"momentum": (Mark(0.4321, "best"), Mark(7.0, "outside"))})
    slider = host.control("momentum").slider
    near = slider._x(0.4321) + slider_module.SNAP_PX - 2
    track = slider._track()
    drag(slider, [0.1, (near - track.left()) / track.width()])
    assert host.last() == {"momentum": 0.4321}
    far = slider._x(0.4321) + slider_module.SNAP_PX + 4
    drag(slider, [0.1, (far - track.left()) / track.width()])
    assert host.last()["momentum"] > 0.4321
    assert slider.sizeHint().height() > host.control("contours").slider.sizeHint().height()
    host.form.set_marks({})
    assert slider.sizeHint().height() == host.control("contours").slider.sizeHint().height()


def test_choices_by_mouse_and_keys(host: Host) -> None:
    segments = host.control("surface").buttons
    segments[2].click()
    assert host.last() == {"surface": Surface.SADDLE}
    segments[2].setFocus()
    QTest.keyClick(segments[2], Qt.Key.Key_Left)
    assert host.last() == {"surface": Surface.BOWL}
    combo: QComboBox = host.control("method").combo
    assert combo.itemText(0) == "heavy ball" and combo.itemText(2) == "Adam"
    combo.setFocus()
    QTest.keyClick(combo, Qt.Key.Key_Down)
    assert host.last() == {"method": "nesterov"}
    chips = host.control("shown").buttons
    chips[2].click()
    chips[0].click()
    assert [p.params.get("shown") for p in host.patches[-2:]] == [("gradient", "look_ahead"), ("look_ahead",)]
    box: QAbstractButton = host.control("clip").box
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Space)
    assert host.last() == {"clip": True}


def test_controls_show_only_where_they_apply(host: Host) -> None:
    row = host.form.row("beta2")
    assert not row.isVisible()
    host.form.set_values(host.params.patched(method="adam"), host.look)
    assert row.isVisible()
    host.form.set_values(host.params, host.look)
    assert not row.isVisible()


def test_more_folds(host: Host) -> None:
    host.form.fold.button.setChecked(False)
    assert not host.form.row("start").isVisible() and host.form.row("lr").isVisible()
    host.form.fold.button.setFocus()
    QTest.keyClick(host.form.fold.button, Qt.Key.Key_Space)
    assert host.form.row("start").isVisible()
    assert [h.text() for h, _ in host.form._headings if h.isVisible()] == ["Display", "Words", "Arrays", "Display"]
    host.form.set_lecture(True)
    assert not host.form.row("start").isVisible() and not host.form.fold.isVisible()


def test_text_commits_on_enter_and_when_the_focus_leaves(host: Host) -> None:
    line = host.control("note").line
    replace_text(line, "Valley")
    assert host.last() == {"note": "Valley"}
    line.selectAll()
    QTest.keyClicks(line, "Gorge")
    assert host.last() == {"note": "Valley"}
    host.control("lr").edit.setFocus()
    assert host.last() == {"note": "Gorge"}
    QTest.keyClicks(line, "x" * 60)
    assert len(line.text()) == 40


def test_long_text_commits_when_typing_pauses(host: Host, qtbot: QtBot) -> None:
    lines = host.control("story").lines
    lines.setFocus()
    lines.selectAll()
    QTest.keyClicks(lines, "A dog")
    assert host.patches == []
    with qtbot.waitSignal(host.form.proposed, timeout=5000):
        pass
    assert host.last() == {"story": "A dog"}
    QTest.keyClick(lines, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is not lines


def test_colour(host: Host) -> None:
    control = host.control("tint")
    replace_text(control.line, "#ff0000")
    assert host.last() == {"tint": "#FF0000"}
    replace_text(control.line, "red!")
    assert "a colour such as" in host.form.row("tint").error.text()
    assert len(host.patches) == 1


def test_file(host: Host, tmp_path: Path) -> None:
    control = host.control("own")
    picture = tmp_path / "a.png"
    picture.write_bytes(b"x")
    replace_text(control.line, str(tmp_path / "missing.png"))
    assert "there is no file" in host.form.row("own").error.text()
    assert host.patches == []
    control.take(str(picture))
    assert host.last() == {"own": str(picture)}
    control.clear.click()
    assert host.last() == {"own": ""}
    assert not control.clear.isEnabled()


def test_arrays(host: Host) -> None:
    weights = host.control("weights")
    replace_text(weights.cells[1], "7.5")
    assert host.last() == {"weights": (1.0, 7.5, 3.0)}
    replace_text(weights.cells[0], "x")
    assert host.form.row("weights").error.isVisible() and len(host.patches) == 1
    weights.add.click()
    assert host.last()["weights"][3:] == (3.0,)
    for _ in range(5):
        weights.remove.click()
    assert len(host.params.weights) == 1 and not weights.remove.isEnabled()
    mix = host.control("mix")
    assert not mix.add.isVisible()
    replace_text(mix.cells[2], "−1")
    assert host.last() == {"mix": ((1.0, 0.0), (-1.0, 1.0))}
    start = host.control("start")
    replace_text(start.edits[1], "2")
    assert host.last() == {"start": (-1.5, 2.0)}


def test_points(host: Host) -> None:
    knots = host.control("knots")
    knots.table.item(1, 1).setText("0.5")
    assert host.last()["knots"][1] == (0.5, 0.5)
    knots.table.item(1, 1).setText("half")
    assert host.form.row("knots").error.isVisible()
    assert knots.table.item(1, 1).text() == "0.5"
    knots.table.setCurrentCell(0, 0)
    knots.remove.click()
    assert host.last() == {"knots": ((0.5, 0.5), (1.0, 1.0))}
    knots.add.click()
    assert len(host.last()["knots"]) == 3


def test_pointing(host: Host, qtbot: QtBot) -> None:
    seen: list[str] = []
    host.form.pointed.connect(seen.append)
    host.control("lr").slider.setFocus()
    assert seen[-1] == "lr"
    host.control("momentum").edit.setFocus()
    assert seen[-2:] == ["", "momentum"]
    host.form.highlight("lr")
    assert host.form.row("lr")._lit and not host.form.row("momentum")._lit


def test_locked_controls_cannot_be_changed(host: Host) -> None:
    host.form.set_locked(["steps"])
    assert not host.control("steps").slider.isEnabled() and not host.control("steps").edit.isEnabled()
    host.form.set_locked([])
    assert host.control("steps").slider.isEnabled()


def test_errors_from_the_store_are_shown(host: Host) -> None:
    host.form.set_error("steps", "Too many steps for this grid.")
    assert host.form.row("steps").error.text() == "Too many steps for this grid."
    host.form.set_error("steps", "")
    assert host.form.row("steps").error.isHidden()


def test_assistive_technology_moves_a_slider(host: Host) -> None:
    control: NumberControl = host.control("contours")
    assert control.slider is not None
    control.slider.setValue(20)
    assert host.last() == {"contours": 20}
    assert control.slider.accessibleDescription() == "20"
