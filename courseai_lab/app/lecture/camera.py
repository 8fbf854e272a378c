"""Takes the picture of a widget, larger than it is and as sharp, whenever it was painted anew."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from PySide6.QtCore import QObject, QPoint, QRect, QTimer, Signal
from PySide6.QtGui import QImage, QRegion
from PySide6.QtWidgets import QWidget

SOONEST_MS = 33
REST = 3
"""After a picture it rests so many times as long as that one took: the window itself comes first."""
MOST_PIXELS = 8_000_000
Area = tuple[QWidget, QRect]
FLAGS = QWidget.RenderFlag.DrawWindowBackground | QWidget.RenderFlag.DrawChildren


class Camera(QObject):
    """``area`` says what to take: a widget and a rectangle of it, or None. ``image`` is the last picture."""

    taken = Signal()

    def __init__(self, area: Callable[[], Area | None], parent: QObject) -> None:
        super().__init__(parent)
        self._area = area
        self._busy = False
        self._pause = SOONEST_MS
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.shoot)
        self.image = QImage()
        self.on = False
        """Whether it follows what is painted."""
        self.held = False
        """Whether it keeps the picture it has."""
        self.width = 0
        """The width in device pixels that its picture is shown at; 0: the widget's own."""

    def current(self) -> QImage:
        """The last picture, for who draws it."""
        return self.image

    def switch(self, on: bool) -> None:
        """Follow, or stop following."""
        if on and not self.on:
            self.on = True
            self.shoot()
        elif not on:
            self.on = False
            self._soon.stop()

    def hold(self, on: bool) -> None:
        """Keep this picture, whatever is painted."""
        if on and not self.held:
            self.shoot()
        self.held = on
        if not on:
            self.note()

    def note(self, painted: QObject | None = None) -> None:
        """Something was painted; a picture follows soon when it was in the area."""
        if not self.on or self.held or self._busy or self._soon.isActive():
            return
        area = self._area()
        if area is None:
            return
        if painted is None or (isinstance(painted, QWidget) and (area[0] is painted or area[0].isAncestorOf(painted))):
            self._soon.start(self._pause)

    def shoot(self) -> None:
        """Take a picture now, unless one is held."""
        area = None if self.held or self._busy else self._area()
        if area is None or area[1].isEmpty():
            return
        widget, part = area
        began = perf_counter()
        ratio = widget.devicePixelRatioF()
        scale = max(ratio, self.width / part.width())
        scale = min(scale, (MOST_PIXELS / (part.width() * part.height())) ** 0.5)
        image = QImage(round(part.width() * scale), round(part.height() * scale), QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(scale)
        image.fill(widget.palette().window().color())
        self._busy = True
        try:
            widget.render(image, QPoint(), QRegion(part), FLAGS)
        finally:
            self._busy = False
        image.setDevicePixelRatio(1.0)
        self.image = image
        self._pause = max(SOONEST_MS, round(REST * 1000 * (perf_counter() - began)))
        self.taken.emit()
