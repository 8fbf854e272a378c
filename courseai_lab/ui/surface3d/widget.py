"""``SurfaceView``: a scene in a widget, drawn by OpenGL where it works and in software where it does not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, QTimerEvent, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QHideEvent,
    QImage,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QApplication, QWidget

from .description import Scene, SurfaceColors
from .overlay import TextLayer, paint_focus
from .pool import CanvasPool, find_pool
from .software import Raster, paint_scene, rasterise_scene, scene_image
from .steering import SteeredView
from .style import ThemeLike

if TYPE_CHECKING:
    from .gl import SurfaceCanvas

Renderer = Literal["opengl", "software"]
REFINE_MS = 180


class SurfaceView(SteeredView):
    """A 3D scene to look at from all sides.

    Left button orbits, right or middle button (or Shift) moves the picture, wheel, pinch or two fingers zoom;
    arrow keys orbit, with Shift they move, + and - zoom, Home resets.

    Args:
        opengl: False draws in software; True or None uses OpenGL where it works.
        pool: where canvases come from; None takes the app's pool, or one of its own.
    """

    fell_back = Signal(object)
    """One sentence: OpenGL failed, and the picture is drawn in software from now on."""
    _gl_failed = Signal(str)

    def __init__(
        self, parent: QWidget | None = None, *, opengl: bool | None = None, pool: CanvasPool | None = None
    ) -> None:
        super().__init__(parent)
        self._colors = SurfaceColors()
        self._shared = pool or find_pool(QApplication.instance())
        self._pool = self._shared or CanvasPool(self)
        self._opengl = opengl is not False and self._pool.probe.works
        self._canvas: SurfaceCanvas | None = None
        self._taking = False
        self._picture: QImage | None = None
        self._texts = TextLayer(self)
        self._raster: Raster | None = None
        self._raster_of: tuple[object, ...] = ()
        self._refine = 0
        self._gl_failed.connect(self._fall_back, Qt.ConnectionType.QueuedConnection)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Surface")

    # What is shown

    @property
    def colors(self) -> SurfaceColors:
        """Colours of ground, texts and lines."""
        return self._colors

    @property
    def renderer(self) -> Renderer:
        """Who draws."""
        return "opengl" if self._opengl else "software"

    @property
    def canvas(self) -> SurfaceCanvas | None:
        """The OpenGL canvas in use, or None."""
        return self._canvas

    def set_scene(self, scene: Scene | None) -> None:
        """Show a scene, or nothing. Only what differs from the last one is drawn anew. The camera stays where the user
        put it, unless the scene brings another one than its predecessor."""
        old, self._scene = self._scene, scene
        if scene is not None:
            if old is None or old.camera != scene.camera:
                self._move(scene.camera)
            low, high = scene.surface.z_limits
            x, y, z = scene.axes.names
            self.setAccessibleDescription(f"{z} over {x} and {y}, from {low:.3g} to {high:.3g}")
        self._refresh()

    def set_colors(self, colors: SurfaceColors) -> None:
        """Other colours around the same scene."""
        self._colors = colors
        self._refresh()

    def set_theme(self, theme: ThemeLike) -> None:
        """Take ground, text and line colours from a theme."""
        base = SurfaceColors.dark() if theme.dark else SurfaceColors()
        self.set_colors(replace(base, ground=theme.ground, text=theme.text, muted=theme.muted, accent=theme.accent))

    def _refresh(self) -> None:
        if self._canvas is not None:
            self._canvas.show_scene(self._scene, self._camera, self._colors)
            self._texts.show_texts(self._scene, self._camera, self._colors)
        if self._canvas is None or not self._pool.in_window:
            self._picture = None
            self.update()

    # Figures

    def to_image(self, size: QSize, scale: float = 1.0) -> QImage:
        """The picture in ``size`` logical pixels, ``scale`` image pixels to each; always by the software twin."""
        return scene_image(self._scene, size, scale, self._colors, self._camera, self.font())

    def paint_figure(self, painter: QPainter, rect: QRectF) -> bool:
        """Draw the scene into a rectangle of any painter: widget, image, SVG or PDF."""
        painter.save()
        painter.setFont(self.font())
        paint_scene(painter, rect, self._scene, self._colors, self._camera)
        painter.restore()
        return True

    # OpenGL

    def showEvent(self, event: QShowEvent) -> None:
        """Take a canvas."""
        super().showEvent(event)
        if self._opengl and self._canvas is None and not self._taking:
            self._take()

    def hideEvent(self, event: QHideEvent) -> None:
        """Give the canvas back, so that hidden views hold none."""
        super().hideEvent(event)
        if not event.spontaneous():
            self.release()

    def release(self) -> None:
        """Give the canvas back to the app's pool, or end it where there is none; shown again, the view takes one."""
        if self._canvas is not None:
            canvas, self._canvas, self._picture = self._canvas, None, None
            self._texts.hide()
            self._pool.give_back(canvas)
        if self._shared is None:
            # Nobody else would: a hidden canvas stands in no window that could end it.
            self._pool.clear()

    def _take(self) -> None:
        # Qt makes a window anew when the first OpenGL widget enters it, and hides and shows its children meanwhile.
        self._taking = True
        try:
            canvas = self._pool.take(self)
        except Exception as error:  # whatever a driver or vispy raises: the picture must be drawn
            self._fall_back(f"{type(error).__name__}: {error}")
            return
        finally:
            self._taking = False
        self._canvas = canvas
        canvas.on_failure = self._gl_failed.emit
        native = canvas.native
        native.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        native.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        canvas.show_scene(self._scene, self._camera, self._colors)
        if self._pool.in_window:
            native.setGeometry(self.rect())
            native.show()
        self.update()
        self._texts.setGeometry(self.rect())
        self._texts.show_texts(self._scene, self._camera, self._colors)
        self._texts.show()
        self._texts.raise_()

    def _fall_back(self, reason: str) -> None:
        if not self._opengl:
            return
        self._opengl = False
        if self._canvas is not None:
            canvas, self._canvas = self._canvas, None
            self._pool.discard(canvas)
        self._texts.hide()
        self.update()
        self.fell_back.emit(f"OpenGL failed ({reason}), so surfaces are drawn in software here, which is slower.")

    def event(self, event: QEvent) -> bool:
        """Give the canvas back before the view is destroyed."""
        if event.type() == QEvent.Type.DeferredDelete:
            self.release()
        return super().event(event)

    # Software

    def paintEvent(self, event: QPaintEvent) -> None:
        """Show the hidden canvas' picture, or draw in software, unless a canvas covers the view."""
        if self._canvas is not None:
            if not self._pool.in_window:
                self._paint_picture(self._canvas)
            return
        painter = QPainter(self)
        painter.setFont(self.font())
        raster = self._drawn() if self._scene is not None and not self.size().isEmpty() else None
        paint_scene(painter, QRectF(self.rect()), self._scene, self._colors, self._camera, raster)
        paint_focus(painter, self, self._colors)
        painter.end()

    def _paint_picture(self, canvas: SurfaceCanvas) -> None:
        ratio = self.devicePixelRatioF()
        if self._picture is None or self._picture.size() != self.size() * ratio:
            self._picture = canvas.picture(self.size(), ratio)
        if self._picture.isNull():
            self._gl_failed.emit("its picture could not be read")
            return
        painter = QPainter(self)
        painter.drawImage(self.rect(), self._picture)
        painter.end()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring."""
        super().focusInEvent(event)
        self._refocus()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take it away."""
        super().focusOutEvent(event)
        self._refocus()

    def _refocus(self) -> None:
        self.update()
        self._texts.update()

    def _drawn(self) -> Raster:
        """The surface's image; one that changed a moment ago is drawn coarsely first, finely once it rests."""
        assert self._scene is not None
        ratio = self.devicePixelRatioF()
        wanted = (self._scene.surface, self._camera, self._colors, self.size(), ratio)
        if self._raster is None or self._raster_of != wanted:
            moving = self._raster is not None
            smooth = 1 if moving else 2
            size = (float(self.width()), float(self.height()))
            self._raster = rasterise_scene(self._scene.surface, self._camera, self._colors, size, ratio, smooth)
            self._raster_of = wanted
            if moving:
                self._stop_refining()
                self._refine = self.startTimer(REFINE_MS)
        return self._raster

    def timerEvent(self, event: QTimerEvent) -> None:
        """The picture has rested: draw it finely."""
        if event.timerId() == self._refine:
            self._stop_refining()
            self._raster = None
            self.update()
        else:
            super().timerEvent(event)

    def _stop_refining(self) -> None:
        if self._refine:
            self.killTimer(self._refine)
            self._refine = 0

    # Size

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The picture fills the view."""
        super().resizeEvent(event)
        if self._canvas is not None and self._pool.in_window:
            self._canvas.native.setGeometry(self.rect())
        self._texts.setGeometry(self.rect())

    def sizeHint(self) -> QSize:
        """A comfortable size for a picture."""
        return QSize(560, 440)

    def minimumSizeHint(self) -> QSize:
        """Still legible."""
        return QSize(160, 120)
