"""Canvases are kept and used again: making and destroying one leaks memory in the graphics stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtWidgets import QWidget

from .probe import GLProbe, probe_gl

if TYPE_CHECKING:
    from .gl import SurfaceCanvas

KEPT = 6


class CanvasPool(QObject):
    """Idle canvases, parked in a hidden widget, and what the probe of OpenGL said.

    The app makes one with :func:`install_pool`; a view that finds none makes one for itself.
    """

    def __init__(self, parent: QObject | None = None, probe: GLProbe | None = None) -> None:
        super().__init__(parent)
        self._probe = probe
        self._idle: list[SurfaceCanvas] = []
        self._parking: QWidget | None = None
        self.made = 0

    @property
    def probe(self) -> GLProbe:
        """What was found out about OpenGL, asked the first time it is wanted."""
        if self._probe is None:
            self._probe = probe_gl()
        return self._probe

    @property
    def idle(self) -> int:
        """How many canvases wait to be used."""
        return len(self._idle)

    @property
    def in_window(self) -> bool:
        """Whether canvases stand in the window, where a graphics card puts them together with all else at no cost.

        A software driver would put the whole window together anew for every change of any widget in it (10 ms); there
        the canvases stay hidden, and views paint their pictures like any other.
        """
        return self.probe.hardware

    def take(self, parent: QWidget) -> SurfaceCanvas:
        """A canvas, a child of ``parent`` where canvases stand in the window.

        Raises:
            Exception: whatever vispy or the driver raises when no canvas can be made.
        """
        if self._idle:
            canvas = self._idle.pop()
        else:
            from .gl import SurfaceCanvas

            canvas = SurfaceCanvas(self.probe.samples)
            self.made += 1
        canvas.native.setParent(parent if self.in_window else self._parked())
        return canvas

    def _parked(self) -> QWidget:
        if self._parking is None:
            self._parking = QWidget()
            self._parking.setObjectName("surface-canvas-parking")
        return self._parking

    def give_back(self, canvas: SurfaceCanvas) -> None:
        """Park a canvas; beyond KEPT it is destroyed."""
        canvas.forget()
        canvas.native.hide()
        if len(self._idle) >= KEPT:
            self.discard(canvas)
            return
        canvas.native.setParent(self._parked())
        self._idle.append(canvas)

    def discard(self, canvas: SurfaceCanvas) -> None:
        """Destroy a canvas that is not to be used again."""
        canvas.forget()
        canvas.free()
        canvas.native.hide()
        canvas.native.setParent(None)
        canvas.native.deleteLater()

    def clear(self) -> None:
        """Destroy all idle canvases."""
        while self._idle:
            self.discard(self._idle.pop())
        if self._parking is not None:
            self._parking.deleteLater()
            self._parking = None


def install_pool(application: QCoreApplication, probe: GLProbe | None = None) -> CanvasPool:
    """The application's pool, which all views use; made now if there is none. It empties when the app quits."""
    found = find_pool(application)
    if found is not None:
        return found
    pool = CanvasPool(application, probe)
    pool.setObjectName("surface-canvas-pool")
    application.aboutToQuit.connect(pool.clear)
    return pool


def find_pool(application: QCoreApplication | None) -> CanvasPool | None:
    """The application's pool, or None."""
    return application.findChild(CanvasPool, "surface-canvas-pool") if application is not None else None
