"""What the mouse, the keys and the touchpad do to the camera. Pure: events in, cameras out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QSizeF, Qt
from PySide6.QtGui import QKeyEvent, QWheelEvent

from .camera import Camera

ORBIT_PER_PIXEL = 0.4
ORBIT_STEP = 5.0
PAN_STEP = 24.0
ZOOM_STEP = 1.12
# A notch of a mouse wheel is 120 units; a touchpad counts pixels.
WHEEL_NOTCH = 120.0
TOUCHPAD_NOTCH = 60.0


@dataclass(slots=True)
class Drag:
    """A button held down: where it went down, where it was last, and what it does."""

    start: QPointF
    last: QPointF
    pan: bool
    ball: int | None = None
    moved: bool = False


def dragged(camera: Camera, start: QPointF, now: QPointF, pan: bool, size: QSizeF) -> Camera:
    """The camera after the pointer moved from ``start`` to ``now``: around the surface, or along with it."""
    moved = now - start
    if pan:
        return camera.panned(moved.x(), moved.y(), size.width(), size.height())
    return camera.orbited(-ORBIT_PER_PIXEL * moved.x(), ORBIT_PER_PIXEL * moved.y())


def wheeled(camera: Camera, event: QWheelEvent) -> Camera:
    """Closer when the wheel turns away from the user, or two fingers move up."""
    pixels = event.pixelDelta().y()
    smooth = pixels and event.phase() != Qt.ScrollPhase.NoScrollPhase
    notches = pixels / TOUCHPAD_NOTCH if smooth else event.angleDelta().y() / WHEEL_NOTCH
    return camera.zoomed(ZOOM_STEP**notches)


def pinched(camera: Camera, spread: float) -> Camera:
    """Closer when two fingers spread; ``spread`` is the relative change since the last event."""
    return camera.zoomed(max(0.2, 1.0 + spread))


def keyed(camera: Camera, event: QKeyEvent, size: QSizeF) -> Camera | None:
    """Arrows orbit, with Shift they move the picture, + and - zoom; None: not a key for the camera."""
    key = Qt.Key(event.key())
    directions = {
        Qt.Key.Key_Left: (-1, 0),
        Qt.Key.Key_Right: (1, 0),
        Qt.Key.Key_Up: (0, -1),
        Qt.Key.Key_Down: (0, 1),
    }
    if key in directions:
        dx, dy = directions[key]
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            return camera.panned(dx * PAN_STEP, dy * PAN_STEP, size.width(), size.height())
        return camera.orbited(dx * ORBIT_STEP, -dy * ORBIT_STEP)
    zooms: dict[Qt.Key, Callable[[], Camera]] = {
        Qt.Key.Key_Plus: lambda: camera.zoomed(ZOOM_STEP),
        Qt.Key.Key_Equal: lambda: camera.zoomed(ZOOM_STEP),
        Qt.Key.Key_Minus: lambda: camera.zoomed(1 / ZOOM_STEP),
    }
    return zooms[key]() if key in zooms else None
