"""The transport: what its buttons, slider and keys ask for, and what it shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from courseai_lab.ui.theme import load_theme
from courseai_lab.ui.transport import Transport


@pytest.fixture
def transport(qtbot: QtBot) -> Iterator[Transport]:
    made = Transport(load_theme("light"))
    qtbot.addWidget(made)
    made.resize(900, 60)
    made.show()
    qtbot.waitExposed(made)
    yield made


def asked(transport: Transport) -> list[tuple[str, Any]]:
    seen: list[tuple[str, Any]] = []
    transport.play_toggled.connect(lambda on: seen.append(("play", on)))
    transport.step_asked.connect(lambda delta: seen.append(("step", delta)))
    transport.seek_asked.connect(lambda index: seen.append(("seek", index)))
    transport.speed_changed.connect(lambda speed: seen.append(("speed", speed)))
    transport.loop_toggled.connect(lambda on: seen.append(("loop", on)))
    transport.restart_asked.connect(lambda: seen.append(("restart", None)))
    return seen


def test_buttons_ask(transport: Transport) -> None:
    transport.set_position(5, 20, 101, True, False)
    seen = asked(transport)
    transport.play.click()
    transport.set_position(5, 20, 101, True, True)
    transport.play.click()
    transport.step.click()
    transport.back.click()
    transport.to_start.click()
    transport.to_end.click()
    transport.loop.click()
    transport.restart.click()
    assert seen == [
        ("play", True),
        ("play", False),
        ("step", 1),
        ("step", -1),
        ("seek", 0),
        ("seek", 19),
        ("loop", True),
        ("restart", None),
    ]


def test_showing_a_position_asks_for_nothing(transport: Transport) -> None:
    seen = asked(transport)
    transport.set_position(42, 100, 201, True, True)
    transport.set_speed(2.0)
    transport.set_loop(True)
    assert seen == []
    assert transport.where.text() == "step 42 of 200"
    assert transport.scrub.maximum() == 200 and transport.scrub.exact == 42
    assert transport.play.accessibleName() == "Pause"
    transport.set_position(42, 100, None, True, False)
    assert transport.where.text() == "step 42 of 99 so far"
    assert transport.play.accessibleName() == "Play"


def test_ends_switch_off_what_leads_nowhere(transport: Transport) -> None:
    transport.set_position(0, 0, None, False, False)
    assert not transport.back.isEnabled() and not transport.scrub.isEnabled()
    transport.set_position(9, 10, 10, False, False)
    assert not transport.step.isEnabled() and not transport.to_end.isEnabled() and transport.back.isEnabled()
    transport.set_position(9, 10, 20, False, False)
    assert transport.step.isEnabled()


def test_scrubbing_stops_at_what_is_recorded(transport: Transport) -> None:
    transport.set_position(10, 51, 101, True, False)
    seen = asked(transport)
    track = transport.scrub._track()
    for share in (0.3, 0.9):
        at = QPoint(round(track.left() + share * track.width()), round(track.center().y()))
        QTest.mouseClick(transport.scrub, Qt.MouseButton.LeftButton, pos=at)
    assert [name for name, _ in seen] == ["seek", "seek"]
    assert abs(seen[0][1] - 30) <= 1
    assert seen[1][1] == 50 and transport.scrub.exact == 50


def test_speed_is_logarithmic_from_a_tenth_to_ten(transport: Transport) -> None:
    seen = asked(transport)
    transport.speed.setFocus()
    QTest.keyClick(transport.speed, Qt.Key.Key_Home)
    QTest.keyClick(transport.speed, Qt.Key.Key_End)
    QTest.mouseDClick(transport.speed, Qt.MouseButton.LeftButton)
    assert seen == [("speed", 0.1), ("speed", 10.0), ("speed", 1.0)]
    assert transport.speed_label.text() == "1×"
    track = transport.speed._track()
    assert transport.speed._x(1.0) == pytest.approx(track.center().x())


@pytest.mark.parametrize(
    ("key", "shift", "wanted"),
    [
        (Qt.Key.Key_Space, False, ("play", True)),
        (Qt.Key.Key_Left, False, ("step", -1)),
        (Qt.Key.Key_Right, True, ("step", 10)),
        (Qt.Key.Key_Left, True, ("step", -10)),
        (Qt.Key.Key_Home, False, ("seek", 0)),
        (Qt.Key.Key_End, False, ("seek", 49)),
    ],
)
def test_keys(transport: Transport, key: Qt.Key, shift: bool, wanted: tuple[str, Any]) -> None:
    transport.set_position(10, 50, 101, True, False)
    seen = asked(transport)
    assert transport.take_key(key, shift)
    assert seen == [wanted]
    assert not transport.take_key(Qt.Key.Key_A, False)


def test_narrow_takes_two_rows_and_cuts_nothing(transport: Transport) -> None:
    transport.set_position(1234, 2000, 5001, True, False)
    for width in (1200, 700, 500, 400, 320):
        transport.resize(width, transport.sizeHint().height())
        transport._grid.activate()
        for part in (transport._buttons, transport.scrub, transport.where, transport._tail):
            assert part.geometry().left() >= 0 and part.geometry().right() <= width, (width, part)
            assert part.width() >= part.minimumSizeHint().width()
        assert transport.scrub.width() >= 100
        assert (transport.scrub.y() < transport._buttons.y()) == (width < 560)
