"""A tour: says what to do, lights the control, and goes on when it has been done."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from courseai_lab.contract import LabError
from courseai_lab.lessons.scene import Snapshot, readings, value_at
from courseai_lab.lessons.tour import Condition, Tour

if TYPE_CHECKING:
    from courseai_lab.app.host import PanelHost
    from courseai_lab.ui.panel_shell import PanelShell
    from courseai_lab.ui.theme import Theme

Host = Callable[[], "PanelHost | None"]
Part = Callable[[], QRect]
"""The part of a widget that is meant, in its own pixels."""
EDGE = 5
FOLLOW_MS = 60


class Ring(QWidget):
    """A ring around another widget of a panel, that lets the mouse through and follows it where it goes."""

    def __init__(self, around: QWidget, part: Part, shell: QWidget, theme: Theme) -> None:
        super().__init__(shell)
        self._around = around
        self._part = part
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("The tour points here")
        self._timer = QTimer(self)
        self._timer.setInterval(FOLLOW_MS)
        self._timer.timeout.connect(self.follow)
        self._timer.start()
        self.follow()

    def follow(self) -> None:
        """Lie around the widget, as far as it can be seen."""
        shell = self.parentWidget()
        if shell is None or not self._around.isVisibleTo(shell):
            self.hide()
            return
        part = self._part()
        place = part.translated(self._around.mapTo(shell, QPoint(0, 0)))
        wanted = place.adjusted(-EDGE, -EDGE, EDGE, EDGE).intersected(shell.rect())
        if wanted != self.geometry():
            self.setGeometry(wanted)
        if self.isHidden():
            self.show()
            self.raise_()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """The ring alone."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self._theme.accent), 3))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(2, 2, -2, -2), self._theme.radius, self._theme.radius)
        painter.end()


class TourGuide(QObject):
    """Leads through one tour on one panel. ``moved`` tells the step; ``ended`` whether all of it was done."""

    moved = Signal(int)
    ended = Signal(bool)

    def __init__(
        self, tour: Tour, host: Callable[[], PanelHost | None], theme: Theme, start: int, parent: QObject
    ) -> None:
        super().__init__(parent)
        self.tour = tour
        self._host = host
        self._theme = theme
        self.step = min(max(0, start), len(tour.steps) - 1)
        self._ring: Ring | None = None
        self._listened: PanelHost | None = None

    def begin(self) -> None:
        """Light the first step, or the one where the tour was left."""
        self._listen()
        self._light()
        self.moved.emit(self.step)

    def advance(self) -> None:
        """The step is done, or passed over."""
        if self.step + 1 >= len(self.tour.steps):
            self._stop()
            self.ended.emit(True)
            return
        self.step += 1
        self._light()
        self.moved.emit(self.step)

    def leave(self) -> None:
        """Stop here; it can be taken up again."""
        self._stop()
        self.ended.emit(False)

    def look(self) -> None:
        """Whether the step is done now."""
        host = self._host()
        if host is not self._listened:
            self._listen()
            self._light()
        done = self.tour.steps[self.step].done
        if host is not None and done is not None and done.holds(_now(done, host)):
            self.advance()

    def set_theme(self, theme: Theme) -> None:
        """Follow the theme."""
        self._theme = theme
        self._light()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Nothing is kept from anybody; the filter only keeps the ring in its place."""
        if event.type() == QEvent.Type.Resize and self._ring is not None:
            self._ring.follow()
        return False

    def _listen(self) -> None:
        self._deaf()
        host = self._host()
        if host is not None:
            host.drawn.connect(self.look)
            host.state_changed.connect(self.look)
            host.shell.installEventFilter(self)
        self._listened = host

    def _deaf(self) -> None:
        host, self._listened = self._listened, None
        if host is not None:
            try:
                host.drawn.disconnect(self.look)
                host.state_changed.disconnect(self.look)
                host.shell.removeEventFilter(self)
            except RuntimeError:
                # The panel was closed meanwhile, and its connections with it.
                return

    def _light(self) -> None:
        self._dim()
        host, name = self._host(), self.tour.steps[self.step].light
        if host is None or not name:
            return
        shell = host.shell
        row = shell.form.rows.get(name)
        if row is not None and row.isVisibleTo(shell):
            self._ring = Ring(row, row.rect, shell, self._theme)
        elif any(term == name for term, _ in shell.formula.term_boxes()) and shell.formula.isVisibleTo(shell):
            shell.formula.highlight(name)
            self._ring = Ring(shell.formula, lambda: _term_box(shell, name), shell, self._theme)
        else:
            # Handles on the picture stand for parameters that have no control of their own.
            self._ring = Ring(shell.stage, shell.stage.rect, shell, self._theme)

    def _dim(self) -> None:
        ring, self._ring = self._ring, None
        if ring is not None:
            try:
                ring.hide()
                ring.deleteLater()
            except RuntimeError:
                # Its panel was closed.
                return

    def _stop(self) -> None:
        self._dim()
        self._deaf()


def _term_box(shell: PanelShell, name: str) -> QRect:
    """Where a term first stands in the panel's formula; the whole formula when it no longer does."""
    boxes = (box for term, box in shell.formula.term_boxes() if term == name)
    found = next(boxes, None)
    return found.toAlignedRect() if found is not None else shell.formula.rect()


def _now(condition: Condition, host: PanelHost) -> Any:
    """What a condition is about, as the panel has it now; None when there is no such thing."""
    session = host.session
    state = session.state
    if condition.subject == "param":
        return getattr(session.wished, condition.name, None)
    if condition.subject == "look":
        return getattr(state.look, condition.name, None)
    if session.frame is None or session.waiting_for_frame:
        return None
    shot = Snapshot(host.panel, state, session.frame, session.index)
    if condition.subject == "reading":
        return readings(shot).get(condition.name)
    try:
        return value_at(shot, condition.name, condition.at)
    except LabError:
        return None
