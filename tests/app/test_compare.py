"""A and B: pin, compare, swap, unpin, driven through the window."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from courseai_lab.app.compare import MOSTLY_LINES, Compare, Pair
from courseai_lab.app.host import PanelHost
from courseai_lab.app.main_window import MainWindow
from courseai_lab.ui.plots.behind import share_of_lines
from courseai_lab.ui.plots.holder import SeriesHolder


def compare(window: MainWindow) -> Compare:
    feature = window.features["Compare"]
    assert isinstance(feature, Compare)
    return feature


def opened(qtbot: QtBot, window: MainWindow, name: str) -> PanelHost:
    host = window.open_panel(name)
    assert host is not None
    qtbot.waitUntil(lambda: host.session.frame is not None and not host.session.waiting_for_frame, timeout=20_000)
    return host


def pinned(window: MainWindow, host: PanelHost) -> Pair:
    window.actions_registry.run("compare.pin")
    pair = compare(window).pair(host)
    assert pair is not None
    return pair


def text(view: QWidget) -> str:
    label = view.findChild(QLabel)
    assert label is not None
    return label.text()


def settled(qtbot: QtBot, host: PanelHost) -> None:
    qtbot.waitUntil(lambda: not host.session.running and not host.session.waiting_for_frame, timeout=20_000)


def test_pin_compare_swap_and_unpin(qtbot: QtBot, window: MainWindow) -> None:
    host = opened(qtbot, window, "still")
    settled(qtbot, host)
    host.shell.top.button("pin").click()
    pair = compare(window).pair(host)
    assert pair is not None and text(pair.view) == "99..." and "the same so far" in pair.bar.words.text()
    host.view.propose(by=2.0)
    host.view.propose_look(dots=1)
    qtbot.waitUntil(lambda: text(host.view) == "198.", timeout=5000)
    assert text(pair.view) == "99..."
    assert pair.bar.words.toolTip() == "By: A 2, B 1\nDots: A 1, B 3"
    assert pair.mode == "beside" and not pair.bar.modes["overlay"].isEnabled()
    assert pair.view.isVisible() and abs(pair.view.width() - host.view.width()) <= 1
    pair.bar.swap.click()
    qtbot.waitUntil(lambda: (text(host.view), text(pair.view)) == ("99...", "198."), timeout=5000)
    assert pair.bar.words.toolTip() == "By: A 1, B 2\nDots: A 3, B 1"
    window.actions_registry.run("edit.undo")
    qtbot.waitUntil(lambda: (text(host.view), text(pair.view)) == ("198.", "99..."), timeout=5000)
    pair.view.propose(by=5.0)
    assert "Swap A and B" in window.status.currentMessage() and host.session.state.current.by == 2.0  # type: ignore[attr-defined]
    pair.bar.unpin.click()
    assert host.pinned is None and compare(window).pair(host) is None and host.shell.stage.bar is None
    assert len(window.engine.sessions) == 1
    window.actions_registry.run("edit.undo")
    again = compare(window).pair(host)
    assert again is not None
    qtbot.waitUntil(lambda: text(again.view) == "99...", timeout=5000)


def test_b_keeps_step_and_rests_while_unseen(qtbot: QtBot, window: MainWindow) -> None:
    host = opened(qtbot, window, "counter")
    pair = pinned(window, host)
    host.view.propose(trouble="none", steps=60, by=3.0)
    host.session.play(True)
    qtbot.waitUntil(lambda: host.session.index >= 7, timeout=5000)
    host.session.play(False)
    qtbot.waitUntil(lambda: pair.session.index == host.session.index, timeout=5000)
    assert pair.session.frame.total * 3 == host.session.frame.total
    host.session.seek(2)
    qtbot.waitUntil(lambda: pair.session.index == 2, timeout=5000)
    opened(qtbot, window, "still")
    qtbot.waitUntil(lambda: not host.session.visible, timeout=5000)
    assert not pair.session.visible and not pair.session.busy
    kept = host.pinned
    dock = next(dock for dock in window.docks if dock.host is host)
    dock.close()
    assert len(window.engine.sessions) == 1
    window.actions_registry.run("edit.undo")
    back = next(dock.host for dock in window.docks if dock.host.panel.id == "counter")
    assert back is not host and kept is not None and back.pinned == kept
    assert compare(window).pair(back) is not None


def test_curves_are_overlaid(qtbot: QtBot, open_window: Callable[..., MainWindow]) -> None:
    window = open_window("courseai_lab.panels")
    host = opened(qtbot, window, "line-fit")
    settled(qtbot, host)
    host.session.play(False)
    mostly = share_of_lines(host.view) >= MOSTLY_LINES
    pair = pinned(window, host)
    qtbot.waitUntil(lambda: pair.mode == ("overlay" if mostly else "beside"), timeout=5000)
    pair.bar.modes["overlay"].click()
    plots = host.view.findChildren(SeriesHolder)
    plain = {one.name: one for one in plots[0].told}
    host.view.propose(noise=2.0)
    settled(qtbot, host)
    kept = {one.words: one for one in plots[0]._series.values() if one.kept}
    for name, one in kept.items():
        words = name.removeprefix("B: ")
        before = next((s for s in plain.values() if s.words == words), None)
        if before is not None and before.kind == "line":
            assert np.array_equal(one.y, before.y, equal_nan=True) and one.style.dash == "dashed"
    assert any(one.kind == "line" for one in kept.values()) and any("to drag" in name for name in kept)
    host.session.seek(3)
    host.session.seek(1)
    assert {one.words for one in plots[0]._series.values() if one.kept} == set(kept), "it stays from frame to frame"
    pair.bar.modes["beside"].click()
    assert pair.view.isVisible() and not any(one.kept for plot in plots for one in plot._series.values())
    window.change_settings(theme="dark")
    assert pair.view.theme.name == "dark" and host.shell.stage.stacked == 1
    window.resize(430, 900)
    qtbot.waitUntil(lambda: host.shell.stage.stacked == 2, timeout=5000)
    pair.bar.modes["overlay"].click()
    assert host.shell.stage.second is None
    window.actions_registry.run("compare.unpin")
    assert not any(one.kept for plot in plots for one in plot._series.values())
