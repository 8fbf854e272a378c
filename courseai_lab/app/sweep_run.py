"""Computes the cells of a sweep, one after the other, beside the panel that it belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from courseai_lab.app.sweep_plan import Cell
from courseai_lab.contract import Panel
from courseai_lab.engine.core import Engine


class SweepRun(QObject):
    """``wanted``: the index of the frame to stop at, or None for the end of each run."""

    drawn = Signal(int, object, int)
    """A cell's number, its frame, the frame's index."""
    failed = Signal(int, str)
    """A cell's number, and why it has no frame."""
    progressed = Signal(float, str)
    """The share that is done, 0 to 1, and what is being computed."""
    ended = Signal()

    def __init__(
        self, engine: Engine, panel: Panel, cells: Sequence[Cell], wanted: int | None, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._panel = panel
        self._cells = tuple(cells)
        self._wanted = wanted
        self._at = -1
        self._session: Any = None

    @property
    def running(self) -> bool:
        """Whether there is something left to compute."""
        return self._session is not None

    def start(self) -> None:
        """Begin with the first cell."""
        self._next()

    def cancel(self) -> None:
        """Leave the rest; what has been computed stays."""
        self._close()
        self._at = len(self._cells)

    def _next(self) -> None:
        self._close()
        self._at += 1
        while self._at < len(self._cells):
            cell = self._cells[self._at]
            if cell.state is not None:
                self._compute(cell)
                return
            self.failed.emit(self._at, cell.trouble)
            self._at += 1
        self.progressed.emit(1.0, "")
        self.ended.emit()

    def _compute(self, cell: Cell) -> None:
        assert cell.state is not None
        self._tell(0.0)
        frame = self._wanted if self._panel.timeline == "steps" else None
        self._session = session = self._engine.open(self._panel, replace(cell.state, frame=frame))
        session.play(False)
        session.timeline_changed.connect(self._look)
        session.progress_changed.connect(self._progress)
        session.failed.connect(self._fail)
        session.set_visible(True)

    def _look(self) -> None:
        """Whether the frame that is wanted has come."""
        session = self._session
        if session is None or session.timeline.kept == 0 or session.waiting_for_frame:
            return
        come = self._wanted is not None and self._panel.timeline == "steps" and session.timeline.count > self._wanted
        if come or not session.running:
            index, frame = session.timeline.at(session.timeline.count if self._wanted is None else self._wanted)
            number = self._at
            self._close()
            self.drawn.emit(number, frame, index)
            if self._at == number:
                self._next()
        elif session.total is None and self._wanted:
            self._tell(session.timeline.count / (self._wanted + 1))

    def _fail(self, sentence: str, _report: str) -> None:
        number = self._at
        self._close()
        self.failed.emit(number, sentence)
        if self._at == number:
            self._next()

    def _progress(self, progress: tuple[float | None, str] | None) -> None:
        if progress is not None:
            self._tell(progress[0] or 0.0)

    def _tell(self, share: float) -> None:
        self.progressed.emit((self._at + min(1.0, share)) / len(self._cells), self._cells[self._at].title)

    def _close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            self._engine.close_session(session)
