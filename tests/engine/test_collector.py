"""Garbage goes in the window's thread; what stands is put aside, and looked through again when a panel has gone."""

from __future__ import annotations

import gc
import weakref

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from courseai_lab.engine.collector import Collector


class Knot:
    """Garbage only a collector finds."""

    def __init__(self) -> None:
        self.me = self


def test_what_has_settled_is_put_aside_and_comes_back_when_a_panel_goes(qapp: QApplication) -> None:
    home, was_on = QObject(), gc.isenabled()
    collector = Collector(home)
    try:
        knot: Knot | None = Knot()
        gone = weakref.ref(knot)
        collector.settled()
        collector.collect()
        assert gc.get_freeze_count() > 1000 and not gc.isenabled()
        knot = None
        gc.collect()
        assert gone() is not None, "put aside, it is not looked at"
        collector.settled()
        collector.collect()
        assert gone() is None
    finally:
        collector.stop()
    assert gc.get_freeze_count() == 0 and gc.isenabled() == was_on
