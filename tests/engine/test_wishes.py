"""Wishes that come at awkward moments: in a drag, while a restart is on its way, at the end, after a cancel."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from courseai_lab.contract import Patch, State, run_to_frame
from courseai_lab.contract.state import state_from_json
from courseai_lab.engine.core import Engine
from courseai_lab.engine.lane import Lane
from courseai_lab.engine.session import PanelSession
from tests.engine.bench import PANELS, Bench

DRAG_EVENTS = 40
DRAG_MS = 16


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Bench]:
    bench = Bench(qtbot)
    yield bench
    assert bench.engine.shut_down()


def same_as_replayed(session: PanelSession, state: State | None = None) -> None:
    """The frame on screen is what the state alone gives at this index."""
    panel = PANELS[session.panel.id]
    again = state_from_json(panel, (state or session.state).to_json())
    frame, _ = run_to_frame(panel, again, session.index)
    assert frame.total == session.frame.total
    assert (frame.noise == session.frame.noise).all()


def test_a_drag_over_a_slow_first_frame_shows_frames_and_ends_on_the_last_value(bench: Bench) -> None:
    session = bench.finished(steps=5, trouble="slow")
    drawn: list[float] = []
    session.frame_changed.connect(lambda: drawn.append(session.frame.total))
    values = [1.0 + 0.1 * i for i in range(1, DRAG_EVENTS + 1)]
    dragging = QTimer()
    dragging.setInterval(DRAG_MS)
    during: list[int] = []

    def drag() -> None:
        session.propose(Patch(params={"by": values[len(during)]}, gesture="drag"))
        during.append(len(drawn))
        if len(during) == DRAG_EVENTS:
            dragging.stop()

    dragging.timeout.connect(drag)
    dragging.start()
    bench.until(session, lambda: len(during) == DRAG_EVENTS and not session.running and not session.waiting_for_frame)
    assert during[-1] >= 2, "pictures came while the slider moved"
    assert drawn == sorted(drawn), "and never an older value after a newer one"
    assert session.index == 4 and session.frame.total == pytest.approx(4 * values[-1])
    assert session.store.history() == ["By: 1 to 5"]


def test_the_step_on_screen_does_not_jump_when_a_slider_starts_the_run_anew(bench: Bench) -> None:
    session = bench.finished(steps=200)
    session.seek(150)
    before = session.frame.noise
    shown: list[tuple[int, bool]] = []
    session.frame_changed.connect(lambda: shown.append((session.index, bool((session.frame.noise == before).all()))))
    session.propose(Patch(seeds={"sample": 5}))
    bench.until(session, lambda: not session.running)
    assert shown == [(150, False)]
    shown.clear()
    session.undo()
    bench.until(session, lambda: not session.running)
    assert shown == [(150, True)]


def test_at_the_end_of_a_finished_run_the_end_stays_on_screen(bench: Bench) -> None:
    session = bench.finished(steps=60)
    shown: list[int] = []
    session.frame_changed.connect(lambda: shown.append(session.index))
    session.propose(Patch(params={"by": 3.0}))
    bench.until(session, lambda: not session.running)
    assert shown == [59] and session.frame.total == 3.0 * 59


def test_a_shorter_run_ends_where_it_ends(bench: Bench) -> None:
    session = bench.finished(steps=60)
    session.seek(50)
    session.propose(Patch(params={"steps": 10}))
    bench.until(session, lambda: not session.running and session.index == 9)
    assert session.state.frame == 9
    same_as_replayed(session)


def test_playing_goes_on_from_the_step_on_screen(bench: Bench) -> None:
    session = bench.finished(steps=500)
    session.seek(300)
    session.play(True)
    shown: list[int] = []
    session.frame_changed.connect(lambda: shown.append(session.index))
    session.propose(Patch(params={"by": 2.0}))
    bench.until(session, lambda: len(shown) > 5)
    assert min(shown) >= 300 and shown == sorted(shown)


def test_steering_after_single_steps_goes_into_the_run_as_it_is(bench: Bench) -> None:
    session = bench.watched(3)
    session.step(1)
    bench.until(session, lambda: not session.busy)
    at, token = session.index, session._token
    with bench.qtbot.waitSignal(session.state_changed, timeout=5000):
        session.propose(Patch(params={"by": 7.0}))
    assert session._token == token, "no new run"
    assert [(s.step, dict(s.patch)) for s in session.state.steering] == [(at, {"by": 7.0})]
    session.step(1)
    bench.until(session, lambda: session.index == at + 1)
    assert session.frame.total == at + 7
    same_as_replayed(session)


def test_steering_while_a_restart_is_on_its_way_is_not_lost(bench: Bench) -> None:
    session = bench.watched(5)
    session.propose(Patch(params={"steps": 50}))
    session.propose(Patch(params={"by": 4.0}))
    assert session.state.current.by == 4.0  # type: ignore[attr-defined]
    assert session.state.steering == (), "nothing of the new run is on screen: it begins so"
    bench.until(session, lambda: not session.waiting_for_frame and session.index == 0)
    session.step(1)
    bench.until(session, lambda: session.index == 1)
    assert session.frame.total == 4.0
    same_as_replayed(session)


def test_another_change_right_after_a_steered_one_keeps_both(bench: Bench) -> None:
    session = bench.watched(5)
    session.propose(Patch(params={"by": 4.0}))
    assert session.wished.by == 4.0, "the form does not fall back while it is on its way"  # type: ignore[attr-defined]
    session.propose(Patch(params={"steps": 50}))
    assert (session.state.current.by, session.state.current.steps) == (4.0, 50)  # type: ignore[attr-defined]


def test_steering_that_meets_the_end_begins_a_new_run(bench: Bench) -> None:
    session = bench.open("counter", steps=8)
    bench.until(session, lambda: session.index == 0)
    session.step(7)
    bench.until(session, lambda: session.index == 7 and not session.busy)
    assert session.running, "the run does not know yet that it has ended"
    session._sent.append(Patch(params={"by": 9.0}))  # still on its way when the end is found
    session.step(1)
    bench.until(session, lambda: session.state.current.by == 9.0)  # type: ignore[attr-defined]
    assert session.state.params.by == 9.0 and session.running  # type: ignore[attr-defined]


def test_a_branch_dragged_at_an_earlier_step_holds_the_last_value(bench: Bench) -> None:
    session = bench.watched(10)
    session.seek(4)
    for by in (2.0, 3.0, 5.0):
        session.propose(Patch(params={"by": by}, gesture="drag"))
    assert [(s.step, dict(s.patch)) for s in session.state.steering] == [(4, {"by": 5.0})]
    session.step(1)
    bench.until(session, lambda: session.index == 5 and not session.waiting_for_frame)
    assert session.frame.total == 4 + 5
    session.undo()
    bench.until(session, lambda: not session.busy)
    assert session.state.steering == () and session.index == 5 and session.frame.total == 5
    same_as_replayed(session)


def test_play_after_cancel_computes_on(bench: Bench) -> None:
    session = bench.open("still", steps=60, trouble="endless")
    with bench.qtbot.waitSignal(session.progress_changed, timeout=5000, check_params_cb=lambda p: p is not None):
        pass
    with bench.qtbot.waitSignal(session.progress_changed, timeout=5000, check_params_cb=lambda p: p is None):
        session.cancel()
    assert not session.running and not session.busy and not session.playback.playing
    session.store.apply(Patch(params={"trouble": "none"}))
    session.play(True)
    bench.until(session, lambda: session.index == 59 and not session.playback.playing)


def test_progress_is_shown_only_for_slow_work_and_is_cleared(bench: Bench) -> None:
    session = bench.open("still", steps=50)
    said: list[object] = []
    session.progress_changed.connect(said.append)
    bench.until(session, lambda: not session.running)
    assert said == []
    session.propose(Patch(params={"trouble": "endless"}))
    with bench.qtbot.waitSignal(session.progress_changed, timeout=5000):
        pass
    assert said[0] == (None, "for ever")
    session.propose(Patch(params={"trouble": "none"}))
    bench.until(session, lambda: not session.running)
    assert said[-1] is None and session.progress is None


def test_restart_plays_from_the_first_frame(bench: Bench) -> None:
    session = bench.finished(steps=30)
    session.restart()
    assert session.playback.playing
    bench.until(session, lambda: session.index == 29 and not session.playback.playing)
    watched = bench.watched(6)
    watched.restart()
    bench.until(watched, lambda: not watched.waiting_for_frame)
    assert watched.index < 3, "watched from its beginning"


def test_loading_and_taking_it_back_keeps_each_place(bench: Bench) -> None:
    session = bench.finished(steps=40)
    session.seek(30)
    session.load(state_from_json(PANELS["still"], {"params": {"by": 2.0, "steps": 20}, "frame": 7}), "Preset")
    bench.until(session, lambda: not session.running and session.index == 7)
    assert session.frame.total == 14.0 and not session.playback.playing
    session.undo()
    bench.until(session, lambda: not session.running and session.index == 30)
    assert session.frame.total == 30.0
    session.redo()
    bench.until(session, lambda: not session.running and session.index == 7)


def test_a_link_to_a_watched_run_shows_the_same_frame(bench: Bench) -> None:
    session = bench.watched(12)
    link = state_from_json(PANELS["counter"], session.snapshot().to_json())
    assert link.frame == session.index
    other = bench.engine.open(PANELS["counter"], link)
    other.set_visible(True)
    bench.until(other, lambda: other.index == session.index)
    assert other.frame.total == session.frame.total
    bench.until(other, lambda: not other.busy)
    assert other.timeline.count == session.index + 1, "and waits there"


def test_a_device_change_goes_on_where_it_stood(bench: Bench) -> None:
    session = bench.watched(9)
    at = session.index
    elsewhere = Lane("other:0", bench.engine)
    bench.engine._lanes["other:0"] = elsewhere
    elsewhere.posted.connect(bench.engine._wake)
    elsewhere.start()
    shown: list[int] = []
    session.frame_changed.connect(lambda: shown.append(session.index))
    session.move_to(elsewhere)
    bench.until(session, lambda: not session.waiting_for_frame)
    session.move_to(bench.engine._lane("cpu"))
    bench.until(session, lambda: not session.waiting_for_frame and not session.busy)
    assert session.index == at and set(shown) <= {at}
    session.step(1)
    bench.until(session, lambda: session.index == at + 1)
    same_as_replayed(session)


def test_hidden_panels_do_not_play_on(bench: Bench) -> None:
    hidden = bench.finished(steps=5000)
    hidden.seek(0)
    hidden.play(True)
    hidden.set_visible(False)
    drawn: list[int] = []
    hidden.frame_changed.connect(lambda: drawn.append(hidden.index))
    other = bench.finished(steps=60)
    other.play(True)
    bench.until(other, lambda: not other.playback.playing)
    assert drawn == [] and not hidden.busy
    hidden.set_visible(True)
    bench.until(hidden, lambda: len(drawn) > 2)


def test_the_timer_rests_when_nothing_is_pending(bench: Bench) -> None:
    session = bench.watched(3)
    with bench.qtbot.waitSignal(bench.engine._timer.timeout, timeout=5000):
        session.seek(1)
    assert not bench.engine._timer.isActive() and session.running
    session.seek(session.timeline.count - 1)
    session.step(1)
    bench.until(session, lambda: session.index == session.timeline.count - 1 and not session.busy)


def test_all_panels_together_keep_to_the_memory_cap(qtbot: QtBot) -> None:
    frame = 16  # bytes of the two numbers in a frame
    bench = Bench(qtbot, cap_bytes=400 * frame)
    first = bench.finished(steps=1000)
    assert 100 * frame < first.timeline.bytes <= 400 * frame
    second = bench.finished(steps=1000)
    assert max(first.timeline.bytes, second.timeline.bytes) <= 200 * frame
    bench.engine.close_session(first)
    second.restart()
    bench.until(second, lambda: not second.running and not second.waiting_for_frame)
    assert 200 * frame < second.timeline.bytes <= 400 * frame
    assert bench.engine.shut_down()


def test_closing_from_a_slot_of_another_panel(bench: Bench) -> None:
    first, second = bench.finished(steps=10), bench.finished(steps=10)
    engine = bench.engine

    def close() -> None:
        engine.close_session(second)

    first.frame_changed.connect(close)
    second.propose(Patch(params={"by": 2.0}))
    first.propose(Patch(params={"by": 2.0}))
    bench.until(first, lambda: not first.running)
    assert engine.sessions == (first,)
    first.frame_changed.disconnect(close)  # a cycle through the engine would end it at a bad moment


def test_a_torch_that_does_not_load_still_ends_the_search(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ImportError("no torch here")

    monkeypatch.setattr("courseai_lab.engine.core.warm_up", broken)
    with bench.qtbot.waitSignal(bench.engine.devices_found, timeout=5000):
        bench.engine.look_for_devices()
    assert [device.name for device in bench.engine.devices] == ["cpu"]


def test_shutting_down_several_lanes_waits_once(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine("cpu")
    for name in ("cpu", "other:0", "other:1"):
        engine._lane(name)
    waits: list[int] = []
    close = Lane.close
    monkeypatch.setattr(Lane, "close", lambda lane, ms: (waits.append(ms), close(lane, ms))[1])
    assert engine.shut_down(1000)
    assert len(waits) == 3 and waits == sorted(waits, reverse=True), "what is left of one second"


def test_garbage_is_collected_in_the_window_thread_only(qtbot: QtBot) -> None:
    assert gc.isenabled()
    bench = Bench(qtbot)
    assert not gc.isenabled(), "a lane must not destroy widgets that wait in a cycle"
    threads: list[threading.Thread] = []

    def note(phase: str, info: dict[str, int]) -> None:
        threads.append(threading.current_thread())

    gc.callbacks.append(note)
    try:
        bench.finished(steps=5000)
        bench.engine._collector.collect()
        with qtbot.waitSignal(bench.engine._collector._timer.timeout, timeout=5000):
            [[i] for i in range(20_000)]
    finally:
        gc.callbacks.remove(note)
    assert threads and set(threads) == {threading.main_thread()}
    assert bench.engine.shut_down() and gc.isenabled()
