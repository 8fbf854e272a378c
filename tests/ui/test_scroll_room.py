"""A page whose height follows its width settles at once, with the bar or without it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QScrollArea
from pytestqt.qtbot import QtBot

from courseai_lab.ui.scroll_room import scroll_room


@pytest.mark.parametrize(("height", "scrolls"), [(299, True), (300, False), (301, False)])
def test_the_bar_is_there_exactly_when_the_page_does_not_fit(qtbot: QtBot, height: int, scrolls: bool) -> None:
    area = QScrollArea()
    qtbot.addWidget(area)
    area.resize(400, height)
    # Without the bar the page needs 300; beside the bar it would fit again: the case that never settled.
    room = scroll_room(area, QSize(400, height), lambda width, _height: 300 if width == 400 else 200)
    assert (area.verticalScrollBarPolicy() == Qt.ScrollBarPolicy.ScrollBarAlwaysOn) is scrolls
    assert (room.width() < 400) is scrolls and room.height() == height
