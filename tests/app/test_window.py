"""The window driven as a user drives it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QListWidget
from pytestqt.qtbot import QtBot

from courseai_lab.app.host import PanelHost
from courseai_lab.app.main_window import MainWindow


def first_frame(qtbot: QtBot, host: PanelHost) -> None:
    if host.session.frame is None:
        with qtbot.waitSignal(host.drawn, timeout=5000):
            pass


def opened(qtbot: QtBot, window: MainWindow, name: str) -> PanelHost:
    host = window.open_panel(name)
    assert host is not None
    first_frame(qtbot, host)
    return host


def text(host: PanelHost) -> str:
    label = host.view.findChild(QLabel)
    assert label is not None
    return label.text()


def test_the_empty_window_shows_the_gallery(window: MainWindow) -> None:
    assert window.gallery.isVisible()
    assert set(window.gallery.shown_ids()) == {"counter", "still"}


def test_the_gallery_is_searched_and_opens(qtbot: QtBot, window: MainWindow) -> None:
    QTest.keyClicks(window.gallery._search, "still")
    assert window.gallery.shown_ids() == ("still",)
    QTest.keyClick(window.gallery._search, Qt.Key.Key_Return)
    assert len(window.docks) == 1 and not window.gallery.isVisible()
    assert window.host is not None
    first_frame(qtbot, window.host)


def test_a_panel_draws_and_follows_its_state(qtbot: QtBot, window: MainWindow) -> None:
    host = opened(qtbot, window, "still")
    if host.session.running:
        with qtbot.waitSignal(host.session.timeline_changed, check_params_cb=lambda: not host.session.running):
            pass
    assert text(host) == "99..."
    host.view.propose_look(dots=1)
    assert text(host) == "99."
    window.actions_registry.run("edit.undo")
    assert text(host) == "99..."
    with qtbot.waitSignal(host.drawn, check_params_cb=lambda: text(host) == "198...", timeout=5000):
        host.view.propose(by=2.0)


def test_several_copies_are_told_apart(qtbot: QtBot, window: MainWindow) -> None:
    opened(qtbot, window, "still")
    opened(qtbot, window, "counter")
    opened(qtbot, window, "still")
    assert [d.windowTitle() for d in window.docks] == ["Still 1", "Counter", "Still 2"]
    assert len({d.objectName() for d in window.docks}) == 3
    assert window.docks.current is not None
    window.docks.current.close()
    assert [d.windowTitle() for d in window.docks] == ["Still", "Counter"]


def test_arrangements(qtbot: QtBot, window: MainWindow) -> None:
    for name in ("still", "counter", "still"):
        opened(qtbot, window, name)
    docks = list(window.docks)
    window.actions_registry.run("view.columns")
    qtbot.waitUntil(lambda: docks[0].x() < docks[1].x() < docks[2].x(), timeout=3000)
    window.actions_registry.run("view.rows")
    qtbot.waitUntil(lambda: docks[0].y() < docks[1].y() < docks[2].y(), timeout=3000)
    window.actions_registry.run("view.reset")
    assert len(window.tabifiedDockWidgets(docks[0])) == 2
    docks[1].setFloating(True)
    window.actions_registry.run("view.dock-all")
    assert not any(d.isFloating() for d in docks)


def test_full_screen_and_back(qtbot: QtBot, window: MainWindow) -> None:
    host = opened(qtbot, window, "still")
    dock = window.docks.current
    assert dock is not None
    window.actions_registry.run("panel.full-screen")
    assert window.docks.full and host.shell.window() is not window
    QTest.keyClick(host.shell.window(), Qt.Key.Key_Escape)
    assert not window.docks.full and dock.widget() is host.shell and host.shell.window() is window
    window.docks.toggle_full_screen()
    dock.close()
    assert not window.docks.full and len(window.docks) == 0 and window.gallery.isVisible()


def test_the_palette_finds_and_runs(qtbot: QtBot, window: MainWindow) -> None:
    window.actions_registry.run("lab.palette")
    assert window.palette_box.isVisible()
    edit = window.palette_box._edit
    QTest.keyClicks(edit, "open coun")
    listed = window.palette_box.findChild(QListWidget)
    assert listed is not None and listed.item(0).text() == "Open Counter"
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert not window.palette_box.isVisible()
    assert [d.host.panel.id for d in window.docks] == ["counter"]
    window.open_palette()
    QTest.keyClicks(edit, "zzzzqqq")
    assert listed.count() == 0
    QTest.keyClick(edit, Qt.Key.Key_Escape)
    assert not window.palette_box.isVisible()


def test_every_command_has_one_shortcut_and_words(window: MainWindow) -> None:
    commands = list(window.actions_registry)
    keys = [c.keys for c in commands if c.keys]
    assert len(keys) == len(set(keys)) and len(commands) > 20
    assert all(c.text and window.actions_registry.action(c.id).text() == c.text for c in commands)


def test_hidden_tabs_compute_nothing(qtbot: QtBot, window: MainWindow) -> None:
    first = opened(qtbot, window, "counter")
    opened(qtbot, window, "still")
    qtbot.waitUntil(lambda: not first.session.busy, timeout=3000)
    first.session.play(True)
    assert not first.session.busy
    window.docks.next(-1)
    qtbot.waitUntil(lambda: first.session.busy, timeout=3000)


def test_a_link_travels_through_the_clipboard(qtbot: QtBot, window: MainWindow) -> None:
    host = opened(qtbot, window, "still")
    host.view.propose(by=3.0)
    window.actions_registry.run("edit.copy-link")
    link = QGuiApplication.clipboard().text()
    window.open_target(link)
    assert window.host is not host and window.host is not None
    assert window.host.session.state.current.by == 3.0  # type: ignore[attr-defined]


def test_the_window_comes_back_as_it_was(qtbot: QtBot, open_window: Callable[..., MainWindow], tmp_path: Path) -> None:
    before = open_window(folder=tmp_path)
    opened(qtbot, before, "still").view.propose(by=4.0)
    opened(qtbot, before, "counter")
    before.actions_registry.run("view.columns")
    before.change_settings(theme="dark", font_scale=1.2)
    before.close()
    after = open_window(folder=tmp_path)
    after.restore_last()
    assert [d.host.panel.id for d in after.docks] == ["still", "counter"]
    docks = list(after.docks)
    qtbot.waitUntil(lambda: docks[0].x() < docks[1].x(), timeout=3000)
    assert docks[0].host.session.state.current.by == 4.0  # type: ignore[attr-defined]
    assert after.settings.value.theme == "dark" and after.settings.value.font_scale == 1.2


def test_what_cannot_be_opened_is_said_and_the_rest_opens(window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "some.lab"
    panels = [{"state": {"panel": name}} for name in ("still", "vanished", "counter")]
    path.write_text(json.dumps({"format": "courseai-lab/lab", "format_version": 1, "panels": panels}))
    window.open_target(str(path))
    assert [d.host.panel.id for d in window.docks] == ["still", "counter"]
    assert "1 of 3 panels did not open: There is no panel 'vanished'" in window.status.currentMessage()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": "x"}', '{"panel": 3}', "\x00\x01"])
def test_damaged_files_are_answered_by_a_sentence(window: MainWindow, tmp_path: Path, content: str) -> None:
    path = tmp_path / "bad.lab"
    path.write_text(content)
    window.open_target(str(path))
    assert window.status.currentMessage().endswith(".")
    assert len(window.docks) == 0


def test_a_refused_value_is_said(qtbot: QtBot, window: MainWindow) -> None:
    host = opened(qtbot, window, "still")
    host.view.propose(by=99.0)
    assert "by cannot be 99.0" in window.status.currentMessage()


def test_a_failure_shows_a_card_and_the_window_lives(qtbot: QtBot, window: MainWindow) -> None:
    host = opened(qtbot, window, "still")
    with qtbot.waitSignal(host.session.failed, timeout=5000):
        host.view.propose(trouble="error")
    assert host.shell.stage.card.isVisible()
    with qtbot.waitSignal(host.drawn, timeout=5000):
        host.view.propose(trouble="none")
    assert not host.shell.stage.card.isVisible()


def test_the_theme_reaches_everything(qtbot: QtBot, window: MainWindow) -> None:
    host = opened(qtbot, window, "still")
    window.change_settings(theme="dark")
    assert host.view.theme.name == "dark" and host.shell.theme.name == "dark"
    window.actions_registry.run("view.larger")
    assert window.themes.scale == pytest.approx(1.1) and host.view.theme.scale == pytest.approx(1.1)


def test_a_figure_dropped_on_the_window_opens_its_state(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    from courseai_lab.app.export_window import export_figure

    host = opened(qtbot, window, "still")
    host.view.propose(by=7.0)
    first_frame(qtbot, host)
    export_figure(host, window.themes.theme, tmp_path / "figure.png")
    window.open_target(str(tmp_path / "figure.png"))
    assert window.host is not None and window.host is not host
    assert window.host.session.state.current.by == 7.0  # type: ignore[attr-defined]
