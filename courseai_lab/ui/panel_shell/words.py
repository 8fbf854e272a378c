"""The words of a panel, the sentence and the formula's readings: no oftener than anybody can read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QObject, QTimer

from courseai_lab.contract import Params
from courseai_lab.ui.formula import FormulaView
from courseai_lab.ui.panel_shell.stage import Footer

TELL_MS = 100
"""While frames run by, words and the numbers in them change this often: laying text out costs as much as a picture."""

Sentence = Callable[[Any, Any, Any], str]
Readings = Callable[[Any, Any, Any], Mapping[str, float | str]]


class Words(QObject):
    """Brings sentence and readings in line with the frame shown: at once, or while playing every ``TELL_MS``.

    What waits is told when the pause is over or the playing ends, so the last frame always has its own words.
    ``guarded`` runs what may raise.
    """

    def __init__(
        self,
        footer: Footer,
        formula: FormulaView,
        sentence: Sentence | None,
        readings: Readings | None,
        guarded: Callable[[Callable[[], None]], bool],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._footer, self._formula = footer, formula
        self._sentence, self._readings, self._guarded = sentence, readings, guarded
        self._playing = False
        self._waiting: tuple[Any, Params, Params] | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(TELL_MS)
        self._pause.timeout.connect(self._tell_waiting)

    def show_frame(self, frame: Any, params: Params, look: Params) -> None:
        """Say what is seen in this frame. Raises what the panel's functions raise."""
        self._waiting = (frame, params, look)
        if not (self._playing and self._pause.isActive()):
            self._tell()

    def set_playing(self, playing: bool) -> None:
        """Whether frames run by."""
        self._playing = playing
        if not playing:
            self._tell_waiting()

    def _tell(self) -> None:
        if self._waiting is None:
            return
        told, self._waiting = self._waiting, None
        if self._sentence is not None:
            self._footer.sentence.setText(self._sentence(*told))
        if self._readings is not None:
            self._formula.set_readings(self._readings(*told))
        if self._playing:
            self._pause.start()

    def _tell_waiting(self) -> None:
        if self._waiting is not None:
            self._guarded(self._tell)
