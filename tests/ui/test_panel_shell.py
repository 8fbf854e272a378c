"""The shell around a panel: layout at every width, what goes up, what comes down, keys, errors, lecture mode."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QApplication, QLabel, QLineEdit, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from courseai_lab.contract import Panel, Patch, Preset, Seeds
from courseai_lab.ui.panel_shell import PanelShell, ShellAction
from courseai_lab.ui.panel_view import ViewSettings
from courseai_lab.ui.theme import Theme, load_theme, style_sheet
from tests.ui import demo_panel as demo

PRESETS = (Preset("fast", "Too fast", "The ball leaves the ravine.", {"params": {"lr": 0.9}}),)


def make(theme: Theme, panel: Panel = demo.PANEL, **functions: Any) -> PanelShell:
    view = demo.DemoView(ViewSettings(theme))
    wanted = {"sentence": demo.sentence, "formula": demo.formula, "readings": demo.readings, "marks": demo.marks}
    shell = PanelShell(panel, view, demo.DemoParams, demo.DemoLook, theme, presets=PRESETS, **{**wanted, **functions})
    shell.set_actions((ShellAction("png", "Picture (PNG)", "image"), ShellAction("", ""), ShellAction("npz", "Arrays")))
    return shell


def show(shell: PanelShell, qtbot: QtBot, width: int = 1000, height: int = 760) -> PanelShell:
    qtbot.addWidget(shell)
    shell.resize(width, height)
    params, look = demo.DemoParams(), demo.DemoLook()
    shell.set_state(params, look, Seeds(1, 2, 3), True, False)
    shell.show_frame(demo.frame(params), params, look)
    shell.set_timeline(42, 100, 201, True, False)
    shell.show()
    qtbot.waitExposed(shell)
    shell.activateWindow()
    settle()
    return shell


def settle() -> None:
    for _ in range(4):
        QApplication.processEvents()


@pytest.fixture
def shell(qtbot: QtBot) -> Iterator[PanelShell]:
    yield show(make(load_theme("light")), qtbot)


def parts(shell: PanelShell) -> list[QWidget]:
    kinds = (QAbstractButton, QAbstractSlider, QLabel, QLineEdit)
    found = [w for w in shell.findChildren(QWidget) if isinstance(w, kinds) and w.isVisible() and w.window() is shell]
    return [w for w in found if type(w).__name__ not in ("QScrollBar", "QTableCornerButton")]


@pytest.mark.parametrize("theme", ["light", "projector"])
@pytest.mark.parametrize("width", [1200, 700, 500, 400])
@pytest.mark.parametrize("more", [False, True])
def test_nothing_is_cut_and_nothing_scrolls_sideways(qtbot: QtBot, theme: str, width: int, more: bool) -> None:
    worn = load_theme(theme)
    scale = worn.text_px / 13
    made = make(worn)
    made.setStyleSheet(style_sheet(worn))
    shell = show(made, qtbot, round(width * scale), 800)
    shell.form.fold.button.setChecked(more)
    settle()
    assert shell.width() == round(width * scale), "the shell's least width is larger than the window"
    for area in shell.findChildren(QScrollArea):
        assert area.horizontalScrollBar().maximum() == 0
        assert area.widget().width() <= area.viewport().width()
    checked = 0
    for part in parts(shell):
        left = part.mapTo(shell, part.rect().topLeft()).x()
        assert left >= 0 and left + part.width() <= shell.width(), (part, part.property("text"))
        if isinstance(part, QLabel) and not part.wordWrap() and part is not shell.top.title:
            assert part.width() >= part.sizeHint().width() - 1, part.text()
        if isinstance(part, QAbstractButton):
            assert part.width() >= part.minimumSizeHint().width(), part.text()
        if isinstance(part, QLabel) and part.wordWrap():
            assert part.height() >= part.heightForWidth(part.width()), part.text()
        checked += 1
    assert checked > 25
    for row in shell.form.rows.values():
        if row.isVisible():
            assert row.height() >= row.layout().totalHeightForWidth(row.width()), row.name


@pytest.mark.parametrize("width", [1200, 900, 700, 560])
def test_the_picture_has_two_thirds(qtbot: QtBot, width: int) -> None:
    shell = show(make(load_theme("light")), qtbot, width)
    assert shell.stage.width() >= 2 / 3 * width - 8
    assert shell.form.mapTo(shell, shell.form.rect().topLeft()).x() > shell.stage.geometry().right()


def test_narrow_folds_the_form_under_the_picture(shell: PanelShell) -> None:
    shell.resize(559, 800)
    settle()
    top = shell.form.mapTo(shell, shell.form.rect().topLeft()).y()
    assert top >= shell.stage.mapTo(shell, shell.stage.rect().bottomLeft()).y()
    assert shell.stage.height() >= 200
    assert shell._area.verticalScrollBar().maximum() > 0
    assert shell._form_area.verticalScrollBar().maximum() == 0, "two scroll bars in one another"
    before = shell._body.height()
    shell.form.fold.button.setChecked(True)
    settle()
    assert shell._body.height() > before + 300
    shell.resize(1000, 760)
    settle()
    assert shell._area.verticalScrollBar().maximum() == 0


def test_very_narrow_puts_the_formula_behind_a_button(shell: PanelShell, qtbot: QtBot) -> None:
    assert shell.formula.isVisible()
    shell.top.button("formula").click()
    assert not shell.formula.isVisible()
    shell.top.button("formula").click()
    assert shell.formula.isVisible()
    shell.resize(419, 800)
    settle()
    assert not shell.formula.isVisible() and shell.top.button("formula").isVisible()
    shell.top.button("formula").click()
    dialogs = [w for w in QApplication.topLevelWidgets() if w.windowTitle() == "Formula" and w.isVisible()]
    assert len(dialogs) == 1
    dialogs[0].close()


def test_what_the_narrow_row_hides_is_in_its_menu(shell: PanelShell) -> None:
    shell.resize(400, 800)
    settle()
    shell.top._overflow.aboutToShow.emit()
    words = [action.text() for action in shell.top._overflow.actions()]
    for wanted in ("Random seeds", "Undo", "Redo", "Copy a link to this state", "Picture (PNG)", "Full screen"):
        assert wanted in words
    assert "Lesson 1.4.6" in words
    seen: list[str] = []
    shell.action_asked.connect(seen.append)
    next(a for a in shell.top._overflow.actions() if a.text() == "Arrays").trigger()
    assert seen == ["npz"]
    closed: list[bool] = []
    shell.close_asked.connect(lambda: closed.append(True))
    next(a for a in shell.top._overflow.actions() if a.text() == "Close this panel").trigger()
    assert closed == [True]


def test_everything_with_the_focus_has_a_name(shell: PanelShell) -> None:
    shell.form.fold.button.setChecked(True)
    for widget in shell.findChildren(QWidget):
        if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            text = widget.text() if isinstance(widget, QAbstractButton) else ""
            assert widget.accessibleName() or text, f"{widget} has no accessible name"


def test_signals_up(shell: PanelShell) -> None:
    seen: list[Any] = []
    for name in ("undo_asked", "redo_asked", "retry_asked", "cancel_asked", "link_asked", "full_screen_asked"):
        getattr(shell, name).connect(lambda name=name: seen.append(name))
    for name in ("preset_chosen", "frame_seeked", "action_asked", "step_asked"):
        getattr(shell, name).connect(lambda value, name=name: seen.append((name, value)))
    shell.top.button("undo").click()
    shell.top.button("redo").click()
    shell.top.button("link").click()
    shell.top.button("full-screen").click()
    shell.top.button("help").click()
    shell.top.button("presets").menu().actions()[0].trigger()
    shell.top.export_menu.actions()[0].trigger()
    shell.view.seek(7)
    shell.set_progress(0.5, "half")
    shell.footer.cancel.click()
    assert shell.transport is not None
    shell.transport.step.click()
    shell.top.seeds.again.click()
    assert seen == [
        "undo_asked",
        "link_asked",
        "full_screen_asked",
        ("action_asked", "help"),
        ("preset_chosen", PRESETS[0]),
        ("action_asked", "png"),
        ("frame_seeked", 7),
        "cancel_asked",
        ("step_asked", 1),
        "retry_asked",
    ]


def test_wishes_of_form_picture_and_seeds_go_up(shell: PanelShell) -> None:
    seen: list[Patch] = []
    shell.proposed.connect(seen.append)
    shell.form.row("clip").control.box.click()
    shell.view.propose(lr=0.1)
    seeds = shell.top.seeds
    seeds.edits["init"].setText("77")
    seeds._typed("init", "77")
    seeds._typed("data", "-1")
    assert not seeds.error.isHidden() and "0 to 2147483647" in seeds.error.text()
    seeds.new_buttons["sample"].click()
    assert [dict(p.params) for p in seen[:2]] == [{"clip": True}, {"lr": 0.1}]
    assert dict(seen[2].seeds) == {"init": 77}
    assert set(seen[3].seeds) == {"sample"} and len(seen) == 4


def test_a_frame_brings_everything_in_line(shell: PanelShell) -> None:
    assert shell.footer.sentence.text().startswith("After 120 steps the loss is 0.0123")
    assert "learning rate: how far one step goes, 0.0100" in shell.formula.accessibleDescription()
    assert shell.form.row("lr").control.slider._marks[0].label == "largest stable"
    assert shell.view.shown is not None
    assert [shell.top.seeds.edits[name].text() for name in ("data", "init", "sample")] == ["1", "2", "3"]
    assert shell.top.button("undo").isEnabled() and not shell.top.button("redo").isEnabled()


def test_pointing_lights_all_three(shell: PanelShell) -> None:
    view = shell.view
    assert isinstance(view, demo.DemoView)
    view.point_at("lr")
    assert shell.form.row("lr")._lit and shell.formula._lit == "lr"
    view.point_at("")
    assert not shell.form.row("lr")._lit and shell.formula._lit == ""
    demo.hover(shell.formula, dict(shell.formula.term_boxes())["momentum"].center())
    assert shell.form.row("momentum")._lit and view.lit == "momentum"
    shell.form.row("lr").control.slider.setFocus()
    assert shell.formula._lit == "lr" and view.lit == "lr"


def test_keys_play_and_step_but_not_while_a_control_needs_them(shell: PanelShell) -> None:
    seen: list[Any] = []
    shell.play_toggled.connect(lambda on: seen.append("play"))
    shell.step_asked.connect(seen.append)
    shell.seek_asked.connect(lambda index: seen.append(("seek", index)))
    view = shell.view
    assert isinstance(view, demo.DemoView)
    for focus in (shell, view.picture):
        seen.clear()
        focus.setFocus()
        QTest.keyClick(focus, Qt.Key.Key_Space)
        QTest.keyClick(focus, Qt.Key.Key_Right)
        QTest.keyClick(focus, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
        QTest.keyClick(focus, Qt.Key.Key_End)
        assert seen == ["play", 1, -10, ("seek", 99)], focus
    seen.clear()
    slider = shell.form.row("momentum").control.slider
    slider.setFocus()
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End):
        QTest.keyClick(slider, key)
    edit = shell.form.row("lr").control.edit
    edit.setFocus()
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_Space):
        QTest.keyClick(edit, key)
    segment = shell.form.row("surface").control.buttons[0]
    segment.setFocus()
    QTest.keyClick(segment, Qt.Key.Key_Right)
    box = shell.form.row("clip").control.box
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Space)
    assert box.isChecked()
    assert seen == []


def test_error_card(shell: PanelShell) -> None:
    shell.set_error("The loss became infinite after 12 steps. Try a learning rate below 0.2.", "Traceback: ...")
    settle()
    card = shell.stage.card
    assert card.isVisible() and shell.stage.rect().contains(card.geometry())
    assert card.sentence.height() >= card.sentence.heightForWidth(card.sentence.width())
    retried: list[bool] = []
    shell.retry_asked.connect(lambda: retried.append(True))
    card.retry.click()
    card.copy.click()
    assert retried == [True]
    assert "Traceback: ..." in QGuiApplication.clipboard().text()
    shell.clear_error()
    assert not card.isVisible()


def test_an_exception_in_a_panel_becomes_the_card(qtbot: QtBot) -> None:
    broken = [True]

    def sentence(frame: Any, params: Any, look: Any) -> str:
        if broken[0]:
            raise ZeroDivisionError("no steps")
        return "All is well."

    shell = show(make(load_theme("light"), sentence=sentence), qtbot)
    assert shell.stage.card.isVisible()
    assert "ZeroDivisionError" in shell.stage.card.sentence.text()
    assert "no steps" in shell.stage.card.report
    broken[0] = False
    params, look = demo.DemoParams(), demo.DemoLook()
    shell.show_frame(demo.frame(params), params, look)
    assert not shell.stage.card.isVisible() and shell.footer.sentence.text() == "All is well."


def test_progress_and_notice_do_not_move_the_picture(shell: PanelShell) -> None:
    before = shell.stage.geometry()
    shell.set_progress(0.25, "41 × 41 grid")
    settle()
    assert shell.footer.bar.isVisible() and shell.footer.bar.value() == 250
    assert shell.footer.cancel.isVisible() and shell.footer.note.text() == "41 × 41 grid"
    assert shell.stage.geometry() == before
    shell.set_progress(None, "")
    assert shell.footer.bar.maximum() == 0
    shell.clear_progress()
    settle()
    assert not shell.footer.cancel.isVisible() and shell.stage.geometry() == before
    shell.set_notice("The GPU ran out of memory; this runs on the CPU now.")
    assert shell.footer.notice.isVisible()
    shell.set_notice("")
    assert not shell.footer.notice.isVisible()


def test_the_sentence_does_not_make_the_picture_jump(shell: PanelShell) -> None:
    shell.footer.sentence.setText("A long sentence. " * 20)
    settle()
    height = shell.stage.height()
    shell.footer.sentence.setText("Short.")
    settle()
    assert shell.stage.height() == height


def test_lecture_mode(shell: PanelShell) -> None:
    size = shell.footer.sentence.font().pixelSize()
    shell.set_lecture(True)
    settle()
    assert not shell.top.isVisible() and not shell.form.fold.isVisible() and shell.formula.isVisible()
    assert shell.theme.text_px == round(13 * 1.8)
    assert shell.footer.sentence.fontInfo().pixelSize() == round(13 * 1.8)
    assert shell.view.theme.text_px == shell.theme.text_px
    shell.set_lecture(False)
    settle()
    assert shell.top.isVisible() and shell.form.fold.isVisible()
    assert shell.footer.sentence.font().pixelSize() == size and shell.view.theme.text_px == 13


def test_a_panel_without_time_has_no_transport(qtbot: QtBot) -> None:
    import dataclasses

    shell = show(make(load_theme("light"), dataclasses.replace(demo.PANEL, timeline="none")), qtbot)
    assert shell.transport is None
    shell.set_timeline(0, 1, 1, False, False)
    shell.setFocus()
    QTest.keyClick(shell, Qt.Key.Key_Space)


def test_a_panel_without_formula_has_no_formula_button(qtbot: QtBot) -> None:
    shell = show(make(load_theme("light"), formula=None, readings=None, marks=None), qtbot)
    assert not shell.formula.isVisible() and not shell.top.button("formula").isVisible()


@pytest.mark.parametrize("name", ["dark", "projector", "light"])
def test_themes(shell: PanelShell, name: str) -> None:
    theme = load_theme(name)
    shell.set_theme(theme)
    settle()
    assert shell.view.theme is theme and shell.theme is theme
    assert shell.formula._settings[0].svg.decode().count(theme.text) > 3


def test_errors_of_fields(shell: PanelShell) -> None:
    shell.set_field_error("lr", "Too large for this surface.")
    assert shell.form.row("lr").error.text() == "Too large for this surface."
    shell.set_field_error("", "These two do not go together.")
    assert shell.footer.notice.text() == "These two do not go together."


def test_nothing_is_seen_of_a_picture_without_a_frame(qtbot: QtBot) -> None:
    theme = load_theme("light")
    made = make(theme)
    qtbot.addWidget(made)
    made.setStyleSheet(style_sheet(theme))
    made.resize(1000, 760)
    made.set_state(demo.DemoParams(), demo.DemoLook(), Seeds(), False, False)
    made.show()
    qtbot.waitExposed(made)
    settle()
    picture = made.view.grab().toImage()
    covered = made.grab(made.view.rect().translated(made.view.mapTo(made, made.view.rect().topLeft()))).toImage()
    colors = {covered.pixelColor(x, y).name() for x in range(0, covered.width(), 7) for y in range(0, 100, 7)}
    assert colors == {theme.ground.lower()}
    assert picture != covered
