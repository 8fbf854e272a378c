"""The binding's reference counts: PySide6 6.12.0 on Python 3.11 lost one of True or None at every emission."""

from __future__ import annotations

import sys

from PySide6.QtCore import QObject, Signal, Slot
from pytestqt.qtbot import QtBot

EMITS = 5000
NOISE = 200
"""Other code takes and gives a few references meanwhile; a leak would be of the order of the emissions."""


class Speaker(QObject):
    """Signals whose payloads and results are the objects at stake."""

    said = Signal(object)
    flagged = Signal(bool)

    @Slot(object, result=bool)
    def hear(self, value: object) -> bool:
        """Return True through the binding."""
        return True

    @Slot(bool)
    def nod(self, value: bool) -> None:
        """Return None through the binding."""


def test_reference_counts_of_true_and_none_do_not_fall(qtbot: QtBot) -> None:
    speaker = Speaker()
    speaker.said.connect(speaker.hear)
    speaker.flagged.connect(speaker.nod)
    before = sys.getrefcount(True), sys.getrefcount(None)
    for _ in range(EMITS):
        speaker.said.emit(None)
        speaker.flagged.emit(True)
        speaker.signalsBlocked()
        speaker.metaObject()
    after = sys.getrefcount(True), sys.getrefcount(None)
    assert after[0] > before[0] - NOISE
    assert after[1] > before[1] - NOISE
