"""The lecture's window: panels filling it, the glass over their picture, the toolbar, and the presenter's column."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QRectF, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QImage, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from courseai_lab.app.docks import FullScreen
from courseai_lab.app.lecture.bar import Bar
from courseai_lab.app.lecture.camera import Area, Camera
from courseai_lab.app.lecture.deck import Deck
from courseai_lab.app.lecture.desk import Desk
from courseai_lab.app.lecture.glass import Glass
from courseai_lab.app.lecture.side import Side
from courseai_lab.ui.panel_shell import PanelShell
from courseai_lab.ui.theme import Theme

if TYPE_CHECKING:
    from PySide6.QtGui import QScreen

LETTERS = 50
"""So many lines of type are as high as the screen: what is read from the last row."""
TYPE = (18, 40)
PRESENTER_TYPE = 17


class LectureWindow(FullScreen):
    """Stays while panels come and go; ``gone`` is called when the docks take the panels back."""

    resized = Signal()

    def __init__(self, deck: Deck, desk: Desk, theme: Theme, gone: Callable[[], None]) -> None:
        super().__init__(f"{deck.title} – lecture")
        self._desk, self._theme, self._gone = desk, theme, gone
        self._shells: tuple[PanelShell, ...] = ()
        self.presenter = False
        self.hall_screen: QScreen | None = None
        row = QHBoxLayout()
        row.setSpacing(0)
        self.room = QWidget(self)
        self._panels = QHBoxLayout(self.room)
        self._panels.setContentsMargins(0, 0, 0, 0)
        self._panels.setSpacing(0)
        self.camera = Camera(self._area, self)
        self.side = Side(deck, desk, self.camera, theme, self)
        left = QVBoxLayout()
        left.setSpacing(0)
        left.addWidget(self.room, 1)
        row.addLayout(left, 1)
        row.addWidget(self.side)
        self._left = left
        self._column.addLayout(row)
        self.glass = Glass(desk, theme, self.camera.current, self)
        self.bar = Bar(desk, theme, self)
        self._place_soon = QTimer(self)
        self._place_soon.setSingleShot(True)
        self._place_soon.timeout.connect(self.place)
        self.camera.taken.connect(self.glass.update)
        desk.changed.connect(self._follow)
        self.setMinimumSize(320, 240)

    @property
    def shells(self) -> tuple[PanelShell, ...]:
        """The panels that it shows."""
        return self._shells

    def take(self, shells: Sequence[QWidget]) -> None:
        """Show these panels in place of those that went back to their docks."""
        self._shells = tuple(shell for shell in shells if isinstance(shell, PanelShell))
        for shell in self._shells:
            self._panels.addWidget(shell, 1)
            shell.show()
        if not self.isVisible():
            # Also where no window manager makes it fill the screen.
            self.setGeometry(self.screen().geometry())
        self.fit_type()
        if not self.isVisible():
            self.showFullScreen()
        self.place_soon()

    def give_back(self) -> None:
        """The panels are in their docks again: the lecture ends, unless it only turns a page."""
        self._shells = ()
        self._gone()

    def set_presenter(self, on: bool) -> None:
        """The presenter's window, or the only one."""
        self.presenter = on
        self.glass.presenter = on
        self.side.set_presenter(on)
        self.side.setVisible(on or self._desk.poll is not None)
        if on:
            self._left.addWidget(self.bar)
        else:
            self._left.removeWidget(self.bar)
            self.bar.setParent(self)
        self.bar.set_floating(not on)
        self.fit_type()
        self._follow()
        self.place_soon()

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self._theme = theme
        for part in (self.glass, self.bar, self.side):
            part.set_theme(theme)
        self.fit_type()

    def fit_type(self) -> None:
        """Type that is read from the last row: by the screen's height; in the presenter's window from the desk."""
        wanted = min(TYPE[1], max(TYPE[0], self.height() // LETTERS)) if not self.presenter else PRESENTER_TYPE
        for shell in self._shells:
            shell.set_lecture(True, wanted / self._theme.text_px)

    def place_soon(self) -> None:
        """Something moved."""
        if not self._place_soon.isActive():
            self._place_soon.start(0)

    def place(self) -> None:
        """The glass over what can be seen of the picture, the toolbar over the lower edge."""
        area = self._area()
        if area is None:
            return
        whole = QRect(area[0].mapTo(self, area[1].topLeft()), area[1].size())
        seen = whole.intersected(self._window_of_stage())
        self.glass.setGeometry(seen)
        self.glass.set_frame(QRectF(whole.translated(-seen.topLeft())))
        self.glass.raise_()
        if self.bar.floating:
            width = min(self.room.width() - 24, 46 * self._theme.text_px)
            height = self.bar.heightForWidth(width) if self.bar.hasHeightForWidth() else self.bar.sizeHint().height()
            self.bar.setGeometry((self.room.width() - width) // 2, self.height() - height - 16, width, height)
        self.bar.raise_()
        self.camera.note()

    def wake(self) -> None:
        """The pointer moved: show the toolbar, unless a tool is in hand and it is not near the edge."""
        near = self.mapFromGlobal(self.cursor().pos()).y() > 0.8 * self.height()
        if self._desk.tool == "none" or near:
            self.bar.wake()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Type and glass follow the size."""
        super().resizeEvent(event)
        self.fit_type()
        self.place_soon()
        self.resized.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """F11 means nothing here; Esc is taken before it comes here."""
        event.ignore()

    def closeEvent(self, event: QCloseEvent) -> None:
        """The window manager's button ends the lecture."""
        event.ignore()
        self._gone()

    def _area(self) -> Area | None:
        """The picture: the stage of one panel, also what is scrolled out of sight; of several panels everything."""
        if not self._shells:
            return None
        if len(self._shells) > 1:
            return self.room, self.room.rect()
        stage = self._shells[0].stage
        return stage, stage.rect()

    def _window_of_stage(self) -> QRect:
        """Where the picture can be seen at all: between formula and sentence."""
        if len(self._shells) != 1:
            return self.room.geometry()
        port = self._shells[0].picture_port
        return QRect(port.mapTo(self, QPoint(0, 0)), port.size())

    def _follow(self) -> None:
        """The camera works while somebody sees its pictures; frozen, it holds the one it has."""
        desk = self._desk
        needed = self.presenter or self.glass.covers
        self.camera.hold(desk.frozen)
        if not self.presenter:
            close = 1.0 / max(desk.region.width(), 0.25)
            self.camera.width = round(self.glass.width() * self.devicePixelRatioF() * close)
        self.camera.switch(needed)
        self.side.setVisible(self.presenter or desk.poll is not None)

    def picture(self) -> QImage:
        """What the hall sees of the panel, without ink."""
        return self.camera.image
