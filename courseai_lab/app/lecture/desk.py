"""What the lecturer holds: a tool, ink, the light, the zoomed part, what is frozen or blank, the poll and the timer.

All places are shares of the picture, 0 to 1 from its left and top, so that every window that shows it agrees.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from time import monotonic
from typing import Literal

from PySide6.QtCore import QEasingCurve, QObject, QPointF, QRectF, QVariantAnimation, Signal
from PySide6.QtWidgets import QApplication, QStyle

from courseai_lab.app.lecture.poll import Poll

Tool = Literal["none", "laser", "spotlight", "pen", "zoom"]
WHOLE = QRectF(0.0, 0.0, 1.0, 1.0)
COLORS = ("accent", "data", "model", "loss", "gradient")
"""The pen's colours, by what they mean; the first is for what means nothing else."""
PEN = 0.006
"""The pen's width as a share of the picture's height."""
SMALLEST = 0.05
MOVE_MS = 180
RADII = (0.04, 0.6)
MOST_POINTS = 4000


@dataclass(frozen=True, slots=True)
class Stroke:
    """One line of the pen: colour by role, points in order."""

    color: str
    points: tuple[tuple[float, float], ...]


class Desk(QObject):
    """Changed by keys, toolbar and pointer; drawn by every ``Glass``."""

    changed = Signal()
    moved = Signal()
    """Only the pointer moved."""

    def __init__(self, parent: QObject, clock: Callable[[], float] = monotonic) -> None:
        super().__init__(parent)
        self.tool: Tool = "none"
        self.color = COLORS[0]
        self.pointer: QPointF | None = None
        self.radius = 0.18
        """Of the spotlight, as a share of the picture's height."""
        self.region = QRectF(WHOLE)
        """The part of the picture that fills it now."""
        self.frozen = False
        self.blank = False
        self.poll: Poll | None = None
        self.timer = Timer(clock)
        self._page = 0
        self._ink: dict[int, list[tuple[Stroke, ...]]] = {}
        self._wanted = QRectF(WHOLE)
        self._move: QVariantAnimation | None = None

    @property
    def strokes(self) -> tuple[Stroke, ...]:
        """What the pen drew on this scene."""
        history = self._ink.get(self._page)
        return history[-1] if history else ()

    @property
    def zoomed(self) -> bool:
        """Whether less than the whole picture is wanted."""
        return self._wanted != WHOLE

    def turn_to(self, page: int) -> None:
        """Another scene: with its own ink, all of it in sight, nothing frozen."""
        self._page = page
        self.frozen = self.blank = False
        self.poll = None
        self.show_region(WHOLE, animated=False)

    def take(self, tool: Tool) -> None:
        """Take a tool; the same again puts it down."""
        self.tool = "none" if tool == self.tool else tool
        self.pointer = None if self.tool == "none" else self.pointer
        self.changed.emit()

    def take_color(self, index: int) -> None:
        """A colour of the pen; brings the pen to hand."""
        self.color = COLORS[index % len(COLORS)]
        self.tool = "pen"
        self.changed.emit()

    def point(self, at: QPointF | None) -> None:
        """The pointer is over this place of the picture, or over none."""
        if at != self.pointer:
            self.pointer = at
            self.moved.emit()

    def begin_stroke(self, at: QPointF) -> None:
        """The pen touches the picture."""
        self._note((*self.strokes, Stroke(self.color, ((at.x(), at.y()),))))

    def extend_stroke(self, at: QPointF) -> None:
        """The pen moves on."""
        history = self._ink.get(self._page)
        if not history or not history[-1]:
            return
        *before, last = history[-1]
        if len(last.points) < MOST_POINTS and last.points[-1] != (at.x(), at.y()):
            history[-1] = (*before, replace(last, points=(*last.points, (at.x(), at.y()))))
            self.moved.emit()

    def undo(self) -> bool:
        """Take the last line (or the clearing) back; False when there is none."""
        history = self._ink.get(self._page)
        if not history:
            return False
        history.pop()
        self.changed.emit()
        return True

    def clear(self) -> None:
        """Wipe the pen's lines off this scene; can be undone."""
        if self.strokes:
            self._note(())

    def resize_light(self, steps: float) -> None:
        """A larger or smaller spotlight."""
        self.radius = min(RADII[1], max(RADII[0], self.radius * 1.15**steps))
        self.moved.emit()

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """So many times closer, the place ``at`` staying where it is; far enough out it is the whole picture."""
        now, at = self._wanted, at if at is not None else self._wanted.center()
        side = min(1.0, max(SMALLEST, now.width() / factor))
        if side >= 0.999:
            self.show_region(WHOLE)
            return
        share = QPointF((at.x() - now.x()) / now.width(), (at.y() - now.y()) / now.height())
        self.show_region(QRectF(at.x() - share.x() * side, at.y() - share.y() * side, side, side))

    def show_region(self, region: QRectF, animated: bool = True) -> None:
        """Fill the picture with a part of it, held inside and in the picture's shape; moved there, not jumped."""
        side = min(1.0, max(SMALLEST, region.width(), region.height()))
        x = min(1.0 - side, max(0.0, region.center().x() - side / 2))
        y = min(1.0 - side, max(0.0, region.center().y() - side / 2))
        self._wanted = QRectF(x, y, side, side)
        if self._move is not None:
            self._move.stop()
            self._move = None
        if not animated or not moves():
            self._show(self._wanted)
            return
        self._move = QVariantAnimation(self)
        self._move.setDuration(MOVE_MS)
        self._move.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._move.setStartValue(QRectF(self.region))
        self._move.setEndValue(self._wanted)
        self._move.valueChanged.connect(self._show)
        self._move.start()

    def pan(self, dx: float, dy: float) -> None:
        """Move the zoomed part."""
        if self.zoomed:
            self.show_region(self._wanted.translated(dx, dy), animated=False)

    def set_frozen(self, on: bool) -> None:
        """Hold the picture as it is, whatever is changed behind it."""
        self.frozen = on
        self.changed.emit()

    def set_blank(self, on: bool) -> None:
        """Show nothing at all."""
        self.blank = on
        self.changed.emit()

    def set_poll(self, poll: Poll | None) -> None:
        """The audience's predictions, or none."""
        self.poll = poll
        self.changed.emit()

    def _note(self, strokes: tuple[Stroke, ...]) -> None:
        self._ink.setdefault(self._page, []).append(strokes)
        self.changed.emit()

    def _show(self, region: QRectF) -> None:
        self.region = QRectF(region)
        self.changed.emit()


class Timer:
    """Time since the lecture began, without its pauses; counts towards ``minutes`` when there are any."""

    def __init__(self, clock: Callable[[], float], minutes: int = 0) -> None:
        self._clock = clock
        self.minutes = minutes
        self._done = 0.0
        self._since: float | None = clock()

    @property
    def running(self) -> bool:
        """Whether time counts."""
        return self._since is not None

    @property
    def seconds(self) -> float:
        """How long it has been running."""
        return self._done + (self._clock() - self._since if self._since is not None else 0.0)

    @property
    def over(self) -> bool:
        """Whether the planned time is used up."""
        return bool(self.minutes) and self.seconds > 60 * self.minutes

    def toggle(self) -> None:
        """Pause or go on."""
        if self._since is None:
            self._since = self._clock()
        else:
            self._done, self._since = self.seconds, None

    def reset(self) -> None:
        """From nought."""
        self._done = 0.0
        self._since = self._clock() if self._since is not None else None

    def text(self) -> str:
        """``12:05``, or ``12:05 of 20 min``."""
        whole = int(self.seconds)
        hours, rest = divmod(whole, 3600)
        clock = f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"
        return f"{clock} of {self.minutes} min" if self.minutes else clock


def moves() -> bool:
    """Whether the system wants motion."""
    style = QApplication.style()
    return bool(style.styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration) > 0)
