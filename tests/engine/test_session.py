"""The engine driven as the window drives it, over a panel that counts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from courseai_lab.contract import Panel, Patch, Seeds, default_state, run_to_frame
from courseai_lab.contract.state import state_from_json
from courseai_lab.engine.core import Engine
from tests.engine.bench import PANELS, Bench


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Bench]:
    bench = Bench(qtbot)
    yield bench
    assert bench.engine.shut_down()


def test_a_watched_run_gives_its_first_frame_and_waits(bench: Bench) -> None:
    session = bench.open()
    bench.until(session, lambda: session.index == 0)
    assert session.running and session.timeline.count == 1
    assert session.frame.total == 0


def test_play_goes_on_and_pause_holds(bench: Bench) -> None:
    session = bench.open()
    bench.until(session, lambda: session.index == 0)
    session.play(True)
    bench.until(session, lambda: session.index >= 5)
    session.play(False)
    held = session.timeline.count
    session.step(-2)
    assert session.index == session.playback.index and session.frame.total == session.index
    session.seek(0)
    assert session.frame.total == 0
    assert session.timeline.count <= held + 3


def test_step_past_the_end_computes_one_frame(bench: Bench) -> None:
    session = bench.open()
    bench.until(session, lambda: session.index == 0)
    session.step(1)
    bench.until(session, lambda: session.index == 1)
    assert session.frame.total == 1 and session.timeline.count == 2


def test_an_ahead_run_is_computed_whole_and_played(bench: Bench) -> None:
    session = bench.open("still", steps=40)
    bench.until(session, lambda: not session.running)
    assert session.timeline.count == 40 and session.index == 39 and session.total == 40
    session.play(True)
    assert session.index < 39
    bench.until(session, lambda: session.index == 39 and not session.playback.playing)


def test_loop_starts_over(bench: Bench) -> None:
    session = bench.open("still", steps=5)
    bench.until(session, lambda: not session.running)
    session.set_loop(True)
    session.set_speed(10)
    session.play(True)
    seen: list[int] = []
    session.frame_changed.connect(lambda: seen.append(session.index))
    bench.until(session, lambda: seen.count(4) >= 2)
    assert session.playback.playing


def test_steering_is_recorded_and_replays_exactly(bench: Bench) -> None:
    session = bench.open()
    session.set_speed(10)
    session.play(True)
    bench.until(session, lambda: session.index >= 3)
    with bench.qtbot.waitSignal(session.state_changed, timeout=5000):
        session.propose(Patch(params={"by": -2.0}))
    bench.until(session, lambda: session.index >= session.state.steering[-1].step + 6)
    session.play(False)
    assert session.state.current.by == -2.0 and session.state.params.by == 1.0
    again = state_from_json(PANELS["counter"], session.state.to_json())
    frame, index = run_to_frame(PANELS["counter"], again, session.index)
    assert index == session.index
    assert frame.total == session.frame.total
    assert (frame.noise == session.frame.noise).all()


def test_going_back_and_steering_branches(bench: Bench) -> None:
    session = bench.open()
    session.set_speed(10)
    session.play(True)
    bench.until(session, lambda: session.index >= 10)
    session.play(False)
    session.seek(4)
    session.propose(Patch(params={"by": 5.0}))
    assert [s.step for s in session.state.steering] == [4]
    session.step(1)
    bench.until(session, lambda: session.index == 5 and session.frame.total != 5)
    assert session.frame.total == 4 + 5


def test_latest_wins_over_a_run_that_never_gives_a_frame(bench: Bench) -> None:
    session = bench.open(trouble="endless")
    with bench.qtbot.waitSignal(session.progress_changed, timeout=5000, check_params_cb=lambda p: p is not None):
        pass
    session.propose(Patch(params={"trouble": "none"}))
    bench.until(session, lambda: session.index == 0)


def test_a_failure_is_a_card_and_retry_works(bench: Bench) -> None:
    session = bench.open("still", trouble="error")
    with bench.qtbot.waitSignal(session.failed, timeout=5000) as caught:
        pass
    sentence, report = caught.args
    assert "ZeroDivisionError: on purpose" in sentence
    assert "Traceback" in report and '"trouble": "error"' in report
    assert session.timeline.count == 3, "what was computed before stays"
    session.propose(Patch(params={"trouble": "none"}))
    bench.until(session, lambda: not session.running)
    assert session.timeline.count == 100


def test_out_of_memory_is_tried_again_and_then_said(bench: Bench) -> None:
    session = bench.open("still", trouble="memory")
    with bench.qtbot.waitSignal(session.failed, timeout=5000) as caught:
        pass
    assert "not enough memory" in caught.args[0]
    assert session.timeline.count == 3, "frames computed again are not announced twice"


def test_a_bad_frame_is_named(bench: Bench) -> None:
    session = bench.open("still", trouble="bad frame")
    with bench.qtbot.waitSignal(session.failed, timeout=5000) as caught:
        pass
    assert "noise" in caught.args[0] and "axes" in caught.args[0]


def test_a_refused_value_changes_nothing(bench: Bench) -> None:
    session = bench.open()
    with bench.qtbot.waitSignal(session.rejected, timeout=1000) as caught:
        session.propose(Patch(params={"by": 99.0}))
    assert caught.args == ["by", "by cannot be 99.0: it must be a number from -10 to 10."]
    assert session.state.current.by == 1.0 and not session.store.can_undo


def test_hidden_panels_compute_nothing(bench: Bench) -> None:
    other = bench.open("still")
    hidden = bench.engine.open(PANELS["still"], default_state(PANELS["still"]))
    bench.until(other, lambda: not other.running)
    assert hidden.timeline.count == 0
    hidden.set_visible(True)
    bench.until(hidden, lambda: not hidden.running)
    assert hidden.timeline.count == 100


def test_undo_gives_back_the_same_frames(bench: Bench) -> None:
    session = bench.open("still", steps=10)
    bench.until(session, lambda: not session.running)
    before = session.frame.noise
    session.propose(Patch(seeds={"sample": 7}))
    bench.until(session, lambda: not session.running and session.timeline.count == 10)
    assert not (session.frame.noise == before).all()
    session.undo()
    assert session.state.seeds == Seeds()
    bench.until(session, lambda: not session.running and session.index == 9)
    assert (session.frame.noise == before).all()


def test_a_drag_is_one_undo_step(bench: Bench) -> None:
    session = bench.open("still", steps=5)
    for value in (2.0, 3.0, 4.0):
        session.propose(Patch(params={"by": value}, gesture="drag"))
    session.propose(Patch(look={"dots": 5}))
    assert session.store.history() == ["By: 1 to 4", "Dots: 3 to 5"]
    session.undo()
    session.undo()
    assert session.state.current.by == 1.0 and not session.store.can_undo and session.store.can_redo


def test_shut_down_while_computing(qtbot: QtBot) -> None:
    engine = Engine("cpu")
    for trouble in ("endless", "none"):
        state, _ = default_state(PANELS["counter"]).apply(Patch(params={"trouble": trouble}))
        engine.open(PANELS["counter"], state).set_visible(True)
    assert engine.shut_down()


def test_devices_are_looked_for_in_the_lane(bench: Bench) -> None:
    with bench.qtbot.waitSignal(bench.engine.devices_found, timeout=20_000):
        bench.engine.look_for_devices()
    assert bench.engine.devices[0].name == "cpu"


def test_two_panels_share_the_lane(bench: Bench) -> None:
    first, second = bench.open("still", steps=5000), bench.open("still", steps=5000)
    bench.until(first, lambda: not first.running)
    bench.until(second, lambda: not second.running)
    assert first.timeline.count == second.timeline.count == 5000


def test_panel_records_are_what_the_engine_needs() -> None:
    assert all(isinstance(panel, Panel) for panel in PANELS.values())


def test_the_answer_to_a_wish_is_fetched_when_it_comes(bench: Bench) -> None:
    """The wish itself wakes the 60 Hz timer; were the answer left to its beat, it would come up to 16 ms later."""
    session = bench.open("still", steps=3)
    bench.until(session, lambda: not session.running)
    bench.engine._timer.stop()
    bench.engine._timer.setInterval(60_000)
    bench.engine._shown = 0.0  # the last picture is long past
    session.propose(Patch(params={"by": 7.0}))
    bench.until(session, lambda: not session.waiting_for_frame and session.index == 2)
    assert session.frame.total == 14


def test_a_closed_session_is_not_woken_by_a_window_that_is_still_there(bench: Bench) -> None:
    session = bench.open()
    bench.engine.close_session(session)
    heard: list[bool] = []
    session.visible_changed.connect(heard.append)
    session.set_visible(False)
    session.set_visible(True)
    assert heard == [] and not session.visible
