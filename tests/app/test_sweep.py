"""Sweeps: what is computed, in turn, with progress and cancel; a click takes it; one figure of all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from courseai_lab.app import sweep_plan as plan
from courseai_lab.app.host import PanelHost
from courseai_lab.app.main_window import MainWindow
from courseai_lab.app.records import read_record
from courseai_lab.app.sweep import Sweeps
from courseai_lab.app.sweep_sheet import scale_words
from courseai_lab.app.sweep_window import SweepWindow
from courseai_lab.contract import BadValue, default_state, discover, fields, run_to_frame

PANELS = discover()


def opened(qtbot: QtBot, window: MainWindow, name: str) -> tuple[PanelHost, SweepWindow]:
    host = window.open_panel(name)
    assert host is not None
    qtbot.waitUntil(lambda: host.session.frame is not None and not host.session.waiting_for_frame, timeout=20_000)
    feature = window.features["Sweeps"]
    assert isinstance(feature, Sweeps)
    return host, feature.open(host)


def choose(row: object, specs: tuple[plan.FieldSpec, ...], name: str, values: str) -> None:
    place = [spec.name for spec in specs].index(name)
    row.combo.setCurrentIndex(place + row._optional)  # type: ignore[attr-defined]
    row.values.setText(values)  # type: ignore[attr-defined]


def done(qtbot: QtBot, sweep: SweepWindow) -> None:
    sweep.compute()
    qtbot.waitUntil(lambda: not sweep.running, timeout=30_000)


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.id)
def test_every_parameter_of_every_panel_has_usual_values_that_read_back(panel: plan.Any) -> None:
    state = default_state(panel)
    for spec in plan.sweepable(state):
        now = getattr(state.current, spec.name, getattr(state.look, spec.name, None))
        values = plan.usual_values(spec, now, plan.USUAL_ALONE)
        assert 2 <= len(values) <= plan.USUAL_ALONE and len(set(values)) == len(values), spec.name
        again = plan.typed_values(spec, plan.write_values(spec, values), plan.MOST_ALONE)
        assert again == pytest.approx(values) if spec.kind in ("int", "float") else again == values, spec.name
        cells = plan.cells(state, [plan.Axis(spec, values)])
        assert sum(cell.state is not None for cell in cells) >= 1, (spec.name, [cell.trouble for cell in cells])


@given(
    low=st.floats(-1e6, 1e6),
    width=st.floats(1e-3, 1e6),
    count=st.integers(2, 12),
    log=st.booleans(),
    whole=st.booleans(),
)
def test_a_range_goes_from_end_to_end(low: float, width: float, count: int, log: bool, whole: bool) -> None:
    kind = "int" if whole else "float"
    spec = next(s for p in PANELS for s in fields(p.compute().Params) if s.kind == kind)
    chosen = plan.Range(low, low + width, log)
    if log and low <= 0:
        with pytest.raises(BadValue, match="above 0"):
            plan.spread(spec, chosen, count)
        return
    values = plan.spread(spec, chosen, count)
    assert list(values) == sorted(set(values)) and len(values) <= count
    assert values[0] == pytest.approx(low, rel=0.006, abs=0.51 if whole else 1e-9)
    assert values[-1] == pytest.approx(low + width, rel=0.006, abs=0.51 if whole else 1e-9)


def test_what_cannot_be_swept_is_said() -> None:
    spec = next(s for p in PANELS for s in fields(p.compute().Params) if s.kind == "float")
    for text, words in (("", "commas"), ("1, x", "cannot be 'x'"), (", ".join(map(str, range(13))), "at most 12")):
        with pytest.raises(BadValue, match=words):
            plan.typed_values(spec, text, plan.MOST_ALONE)


def test_a_sweep_is_computed_and_a_click_takes_a_cell(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    host, sweep = opened(qtbot, window, "still")
    choose(sweep.first, sweep.specs, "by", "1, 2, -3, 99")
    done(qtbot, sweep)
    frames = {n: one.shot.frame.total for n, one in sweep.drawn.items()}
    assert frames == {0: 99.0, 1: 198.0, 2: -297.0}
    refused = sweep.grid.cells[3]
    assert not refused.isEnabled() and "99" in refused.toolTip() and refused.image.isNull()
    assert all(not cell.image.isNull() for cell in sweep.grid.cells[:3])
    assert len(window.engine.sessions) == 1
    sweep.grid.cells[1].looked_at.emit()
    assert sweep.sentence.text().startswith("By 2: ")
    QTest.mouseClick(sweep.grid.cells[2], Qt.MouseButton.LeftButton)
    assert host.session.state.current.by == -3.0  # type: ignore[attr-defined]
    window.actions_registry.run("edit.undo")
    assert host.session.state.current.by == 1.0  # type: ignore[attr-defined]
    for ending in ("png", "svg", "pdf"):
        path = tmp_path / f"sweep.{ending}"
        sweep.save(path)
        assert path.stat().st_size > 1000
    record = read_record(tmp_path / "sweep.png")
    assert record["panel"] == "still" and record["params"]["by"] == 1.0  # type: ignore[index]
    sweep.close()
    assert len(window.engine.sessions) == 1


def test_a_grid_of_a_watched_run_stops_at_the_step_on_screen(qtbot: QtBot, window: MainWindow) -> None:
    host, sweep = opened(qtbot, window, "counter")
    host.session.play(True)
    qtbot.waitUntil(lambda: host.session.index >= 4, timeout=5000)
    host.session.play(False)
    step = host.session.index
    choose(sweep.first, sweep.specs, "by", "1, 2")
    choose(sweep.second, sweep.specs, "dots", "1, 2, 3")
    done(qtbot, sweep)
    assert [sweep.drawn[n].title for n in range(6)][:4] == [
        "By 1, Dots 1", "By 1, Dots 2", "By 1, Dots 3", "By 2, Dots 1",
    ]  # fmt: skip
    for number, one in sweep.drawn.items():
        wanted, _ = run_to_frame(host.panel, one.shot.state, step)
        assert one.shot.index == step and one.shot.frame.total == wanted.total, number
    choose(sweep.second, sweep.specs, "by", "1, 2")
    sweep.compute()
    assert "Two different parameters" in sweep.note.text() and not sweep.running


def test_a_sweep_can_be_cancelled_and_closes_with_its_panel(qtbot: QtBot, window: MainWindow) -> None:
    host, sweep = opened(qtbot, window, "counter")
    host.view.propose(fails_at=0)
    choose(sweep.first, sweep.specs, "trouble", "none, error, endless, slow")
    sweep.compute()
    qtbot.waitUntil(lambda: len(window.engine.sessions) == 2 and "endless" in sweep.said.text(), timeout=10_000)
    sweep.cancel.click()
    assert not sweep.running and len(window.engine.sessions) == 1
    assert list(sweep.drawn) == [0] and sweep.grid.cells[3].toolTip() == "not computed"
    assert "Error" in sweep.grid.cells[1].toolTip()
    window.docks.current.close()  # type: ignore[union-attr]
    assert not sweep.isVisible() and host not in window.features["Sweeps"]._open  # type: ignore[attr-defined]


def test_pictures_share_their_scales(qtbot: QtBot, open_window: Callable[..., MainWindow]) -> None:
    window = open_window("courseai_lab.panels")
    _, sweep = opened(qtbot, window, "line-fit")
    choose(sweep.first, sweep.specs, "noise", "0, 4")
    done(qtbot, sweep)
    assert sweep.scales and "share" in sweep.said.text()
    stage = sweep._stage
    assert stage is not None
    for key, scale in sweep.scales.items():
        if scale is not None:
            alone = [stage.scales([one.shot, one.shot])[key] for one in sweep.drawn.values()]
            for i in range(0, len(scale), 2):
                assert scale[i] == min(one[i] for one in alone if one)
                assert scale[i + 1] == max(one[i + 1] for one in alone if one)
    before = sweep.grid.cells[0].image
    sweep.same.click()
    qtbot.waitUntil(lambda: not sweep.running, timeout=10_000)
    assert sweep.grid.cells[0].image != before and "own scales" in sweep.said.text()
    window.change_settings(theme="dark")
    qtbot.waitUntil(lambda: not sweep.running, timeout=10_000)
    assert sweep.grid.cells[0].image.pixelColor(3, 3).lightness() < 60


def test_what_is_shared_is_said() -> None:
    assert scale_words({}) == "Each picture has its own scales."
    assert scale_words({("Plot", 0): (0, 1, 0, 1)}) == "All pictures share the limits of their axes."
    some = scale_words({("Plot", 0): (0, 1, 0, 1), ("Heatmap", 0): None})
    assert some.endswith("Where colours differ a hundredfold, each picture has its own.")
