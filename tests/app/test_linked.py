"""What one panel looks at, the others follow: the bus between open panels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from courseai_lab.app.host import PanelHost
from courseai_lab.app.main_window import MainWindow
from courseai_lab.contract import Patch
from courseai_lab.contract.selection import DataPoint

Pair = tuple[MainWindow, PanelHost, PanelHost]


def params(host: PanelHost) -> Any:
    return host.session.state.current


def preset(host: PanelHost, name: str) -> Any:
    return next(p for p in host.presets if p.id == name)


def points(host: PanelHost) -> np.ndarray:
    frame: Any = host.session.frame
    return np.column_stack([frame.x, frame.y])


@pytest.fixture
def pair(qtbot: QtBot, open_window: Callable[..., MainWindow]) -> Iterator[Pair]:
    """A line panel and, opened after it, a loss surface over its points; both drawn and at rest."""
    window = open_window("courseai_lab.panels")
    # Nothing here is about how the surface is drawn.
    window.opengl = lambda: False
    line = window.open_panel("line-fit")
    assert line is not None
    qtbot.waitUntil(lambda: line.session.frame is not None, timeout=60_000)
    surface = window.open_panel("loss-surface")
    assert surface is not None
    window.docks.arrange("columns")
    surface.load_preset(preset(surface, "the-line"))
    qtbot.waitUntil(lambda: params(surface).start is not None, timeout=60_000)
    yield window, line, surface


def test_the_line_and_the_start_of_the_ball_are_one(qtbot: QtBot, pair: Pair) -> None:
    _window, line, surface = pair
    assert params(surface).start == (params(line).w, params(line).b)
    assert np.array_equal(np.array(params(surface).line_points), points(line))
    line.session.propose(Patch(params={"w": 0.25, "b": 7.5}))
    qtbot.waitUntil(lambda: params(surface).start == (0.25, 7.5))
    qtbot.waitUntil(lambda: bool(np.array_equal(surface.session.frame.path[0, 0], (0.25, 7.5))))
    shown: Any = surface.session.frame
    x, y = points(line).T
    assert shown.loss[0, 0] == pytest.approx(np.mean((0.25 * x + 7.5 - y) ** 2), rel=1e-12)
    surface.session.propose(Patch(params={"start": (2.0, 3.0)}))
    qtbot.waitUntil(lambda: (params(line).w, params(line).b) == (2.0, 3.0))


def test_points_that_move_move_the_surface(qtbot: QtBot, pair: Pair) -> None:
    _window, line, surface = pair
    moved = tuple((float(x), float(y) + 1.0) for x, y in points(line))
    line.session.propose(Patch(params={"data": "own", "points": moved}))
    qtbot.waitUntil(lambda: params(surface).line_points == moved)


def test_what_is_followed_is_undone_where_it_was_made(qtbot: QtBot, pair: Pair) -> None:
    _window, line, surface = pair
    before, steps = params(surface).start, len(surface.session.store.history())
    line.session.propose(Patch(params={"w": -1.0}))
    qtbot.waitUntil(lambda: params(surface).start[0] == -1.0)
    assert len(surface.session.store.history()) == steps
    line.session.undo()
    qtbot.waitUntil(lambda: params(surface).start == before)


def test_nothing_is_followed_while_linking_is_off(qtbot: QtBot, pair: Pair) -> None:
    window, line, surface = pair
    before = params(surface).start
    window.actions_registry.run("view.linked")
    with qtbot.waitSignal(line.drawn):
        line.session.propose(Patch(params={"w": 3.5}))
    qtbot.waitUntil(lambda: line.session.frame.line[0] == 3.5)
    assert params(surface).start == before
    window.actions_registry.run("view.linked")
    qtbot.waitUntil(lambda: params(surface).start[0] == 3.5)


def test_a_surface_of_its_own_data_goes_its_own_way(qtbot: QtBot, pair: Pair) -> None:
    _window, line, surface = pair
    surface.load_preset(preset(surface, "first-descent"))
    start = params(surface).start
    with qtbot.waitSignal(line.drawn):
        line.session.propose(Patch(params={"w": 1.75}))
    assert params(surface).start == start


def test_a_point_that_is_chosen_is_chosen_in_a_copy_too(qtbot: QtBot, pair: Pair) -> None:
    window, line, _surface = pair
    copy = window.open_panel("line-fit", line.session.snapshot().to_json())
    assert copy is not None
    window.docks.arrange("columns")
    qtbot.waitUntil(lambda: copy.session.frame is not None)
    line.session.propose(Patch(look={"point": 4}))
    qtbot.waitUntil(lambda: copy.session.state.look.point == 4)
    linked: Any = window.features["Linked"]
    x, y = points(line)[4]
    assert linked.latest(DataPoint) == DataPoint(4, x, y)


def test_a_closed_panel_is_no_longer_listened_to(pair: Pair) -> None:
    window, line, surface = pair
    linked: Any = window.features["Linked"]
    window.docks.show_dock(next(d for d in window.docks if d.host is line))
    window.actions_registry.run("panel.close")
    assert linked.latest(DataPoint) is None
    assert params(surface).start is not None


def test_a_head_that_is_looked_at_is_taken_apart_beside(qtbot: QtBot, open_window: Callable[..., MainWindow]) -> None:
    window = open_window("courseai_lab.panels")
    heatmap = window.open_panel("attention-heatmap")
    steps = window.open_panel("attention-steps", {"panel": "attention-steps", "params": {"source": "head"}})
    assert heatmap is not None and steps is not None
    window.docks.arrange("columns")
    qtbot.waitUntil(lambda: None not in (heatmap.session.frame, steps.session.frame), timeout=60_000)
    heatmap.session.propose(Patch(params={"layer": 1, "head": 4}))
    qtbot.waitUntil(lambda: (params(steps).layer, params(steps).head) == (1, 4), timeout=20_000)
    steps.session.propose(Patch(params={"layer": 3, "head": 2}))
    qtbot.waitUntil(lambda: (params(heatmap).layer, params(heatmap).head) == (3, 2), timeout=20_000)


def test_a_panel_that_comes_later_follows_and_does_not_lead(
    qtbot: QtBot, open_window: Callable[..., MainWindow]
) -> None:
    window = open_window("courseai_lab.panels")
    first = window.open_panel("noise-schedule")
    assert first is not None
    qtbot.waitUntil(lambda: first.session.frame is not None, timeout=60_000)
    first.session.propose(Patch(params={"time": 0.25}))
    qtbot.waitUntil(lambda: first.session.frame.at < 300)
    copy = window.open_panel("noise-schedule")
    assert copy is not None
    window.docks.arrange("columns")
    qtbot.waitUntil(lambda: params(copy).time == pytest.approx(0.25, abs=2e-3), timeout=60_000)
    assert params(first).time == 0.25
