"""A panel whose run answers a steered change with a frame of its own: the answer is on screen, also while it pauses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from courseai_lab.contract import Patch, default_state
from courseai_lab.engine.session import PanelSession
from tests.engine.bench import PANELS, Bench


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Bench]:
    bench = Bench(qtbot)
    yield bench
    assert bench.engine.shut_down()


def paused(bench: Bench, frame: int) -> PanelSession:
    panel = replace(PANELS["counter"], answers=True)
    session = bench.engine.open(panel, default_state(panel))
    session.set_visible(True)
    bench.until(session, lambda: session.index >= 0)
    for k in range(frame):
        session.step(1)
        bench.until(session, lambda k=k: session.index == k + 1 and not session.busy)
    return session


def test_a_change_while_it_pauses_is_shown_and_nothing_more(bench: Bench) -> None:
    session = paused(bench, 3)
    session.propose(Patch(params={"by": 7.0}))
    bench.until(session, lambda: session.index == 4)
    assert session.frame.total == 3 + 7
    bench.until(session, lambda: not session.busy)
    assert session.index == 4 == session.timeline.count - 1


def test_so_is_one_made_further_back(bench: Bench) -> None:
    session = paused(bench, 5)
    session.seek(2)
    session.propose(Patch(params={"by": 7.0}))
    bench.until(session, lambda: session.index == 3 and not session.waiting_for_frame)
    assert session.frame.total == 2 + 7
    bench.until(session, lambda: not session.busy)
    assert session.timeline.count == 4
