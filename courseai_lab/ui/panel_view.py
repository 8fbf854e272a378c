"""``PanelView``: the base of every panel's view. It draws frames and proposes changes, no more."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QRectF, QSize, QTimer, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from courseai_lab.contract import Params, Patch, Selection
from courseai_lab.ui.theme import Theme

Guard = Callable[[Callable[[], None]], Any]
"""Calls drawing code and deals with what it raises."""


@dataclass(frozen=True, slots=True)
class ViewSettings:
    """What a view is told about where it is drawn: the theme, and whether OpenGL may be used."""

    theme: Theme
    opengl: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """Values behind a picture: ``header`` and ``rows`` of numbers or text; ``title`` says which part of the picture."""

    title: str
    header: tuple[str, ...]
    rows: Sequence[Sequence[Any]]


class PanelView(QWidget):
    """The picture of one panel.

    A subclass writes ``build`` (make the child widgets, once) and ``draw`` (show a frame; idempotent, computes nothing,
    changes nothing, may be called many times); what may come a moment after the main picture goes to
    ``draw_later``. Its only ways up are ``propose``, ``propose_look``, ``seek``, ``point_at`` and ``publish``.

    Children with a method ``set_theme(theme)`` follow the theme by themselves; the last frame is drawn again after it.
    """

    proposed = Signal(object)
    """A ``Patch`` the user wishes, made on the picture."""
    pointed = Signal(str)
    """The formula term or parameter the pointer is over on the picture, or "" when it leaves."""
    sought = Signal(int)
    """The user asks for the frame of this index (clicked a step on a curve)."""
    selected = Signal(object)
    """What the pointer is on, as a ``contract.Selection``, for other panels to light."""
    notice = Signal(str)
    """One sentence for the status line, such as a fall back from OpenGL."""

    def __init__(self, settings: ViewSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._gesture = ""
        self._gestures = itertools.count(1)
        self._shown: tuple[Any, Params, Params] | None = None
        self._guard: Guard | None = None
        self._waiting: dict[str, tuple[Callable[[], None], Guard]] = {}
        self._part_timer = QTimer(self)
        self._part_timer.setSingleShot(True)
        self._part_timer.setInterval(1)
        self._part_timer.timeout.connect(self._draw_next)
        self.build()

    @property
    def theme(self) -> Theme:
        """The theme in force."""
        return self._settings.theme

    @property
    def opengl(self) -> bool:
        """Whether 3D may be drawn by OpenGL here; otherwise the software twin draws it."""
        return self._settings.opengl

    def build(self) -> None:
        """Make the child widgets. Called once, before the first ``draw``."""
        raise TypeError(f"{type(self).__name__} must define build()")

    def draw(self, frame: Any, params: Any, look: Any) -> None:
        """Show a frame. ``params`` are the current parameters, ``look`` the display settings."""
        raise TypeError(f"{type(self).__name__} must define draw()")

    def show_frame(self, frame: Any, params: Params, look: Params) -> None:
        """Draw a frame and remember it for redraws (called by whoever hosts the view)."""
        self._shown = (frame, params, look)
        self.draw(frame, params, look)

    def show_in_turn(self, frame: Any, params: Params, look: Params, guard: Guard) -> None:
        """As ``show_frame``, on the screen: what ``draw`` leaves for later comes part by part, called by ``guard``."""
        self._guard = guard if self.isVisible() else None
        try:
            self.show_frame(frame, params, look)
        finally:
            self._guard = None

    def draw_later(self, name: str, part: Callable[[], None]) -> None:
        """Draw a part of the picture when the parts before it are on the screen; anywhere else, now.

        A part that still waits under this ``name`` is replaced and keeps its place, so each is drawn in the end.
        """
        if self._guard is not None:
            self._waiting[name] = (part, self._guard)
            self._part_timer.start()
        else:
            self._waiting.pop(name, None)
            part()

    def draw_waiting(self) -> None:
        """Draw now whatever still waits."""
        while self._waiting:
            self._draw_next()

    def _draw_next(self) -> None:
        if self._waiting:
            part, guard = self._waiting.pop(next(iter(self._waiting)))
            guard(part)
        if self._waiting:
            self._part_timer.start()

    @property
    def shown(self) -> tuple[Any, Params, Params] | None:
        """The frame, parameters and look last drawn, or None."""
        return self._shown

    def set_theme(self, theme: Theme) -> None:
        """Follow a new theme: tell the children, then draw the same frame again."""
        self._settings = ViewSettings(theme, self._settings.opengl)
        for child in self.findChildren(QWidget):
            follow = getattr(child, "set_theme", None)
            if follow is not None and not _has_follower_between(child, self):
                follow(theme)
        if self._shown is not None:
            self.draw(*self._shown)

    def highlight(self, name: str) -> None:
        """Emphasise what belongs to the formula term or parameter ``name`` ("" for nothing). Optional."""

    def follow(self, selection: Selection) -> None:
        """Light what another panel looks at, where this picture shows the same thing. Optional."""

    def publish(self, selection: Selection) -> None:
        """Say what the pointer is on, so that other panels can light it."""
        self.selected.emit(selection)

    def tables(self) -> list[Table]:
        """The values behind the picture, for "values as table" and screen readers; by default those of the plots."""
        self.draw_waiting()
        out: list[Table] = []
        for child in self.findChildren(QWidget):
            table = getattr(child, "table", None)
            if callable(table) and child.isVisibleTo(self):
                out.extend(table())
        return out

    def paint_figure(self, painter: QPainter, rect: QRectF) -> bool:
        """Paint the picture as vector graphics into ``rect`` and return True; False: render the widget.

        Overridden by views that can do better than rendering their widgets one by one.
        """
        return False

    def propose(self, **params: Any) -> None:
        """Wish for parameters; the store checks them and decides what has to happen."""
        self.proposed.emit(Patch(params=params, gesture=self._gesture))

    def propose_look(self, **look: Any) -> None:
        """Wish for display settings: the same frame is drawn again, nothing is computed."""
        self.proposed.emit(Patch(look=look, gesture=self._gesture))

    def begin_gesture(self) -> None:
        """A drag begins: what is proposed until ``end_gesture`` is one undo step."""
        self._gesture = f"view-{next(self._gestures)}"

    def end_gesture(self) -> None:
        """The drag is over."""
        self._gesture = ""

    @contextmanager
    def one_gesture(self) -> Iterator[None]:
        """Several proposals that belong together as one undo step."""
        self.begin_gesture()
        try:
            yield
        finally:
            self.end_gesture()

    def seek(self, index: int) -> None:
        """Ask for the frame of this index."""
        self.sought.emit(index)

    def point_at(self, name: str) -> None:
        """Say which term or parameter the pointer is over, so that formula and form can light it."""
        self.pointed.emit(name)

    def minimumSizeHint(self) -> QSize:
        """Small enough for a narrow dock; pictures scale."""
        return QSize(260, 200)


def _has_follower_between(child: QWidget, top: QWidget) -> bool:
    """Whether an ancestor below ``top`` follows the theme itself and so will tell ``child``."""
    parent = child.parentWidget()
    while parent is not None and parent is not top:
        if hasattr(parent, "set_theme"):
            return True
        parent = parent.parentWidget()
    return False
