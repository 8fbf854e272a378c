"""What the mouse, the keys and the touchpad do on a view of a scene: turn it, point at it, drag its balls."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QSizeF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QNativeGestureEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from . import navigation
from .camera import Camera
from .description import Scene
from .picking import BallPoint, SurfacePoint, pick_ball, pick_surface

_PAN_BUTTONS = Qt.MouseButton.RightButton | Qt.MouseButton.MiddleButton


class SteeredView(QWidget):
    """Holds the scene and the camera that looks at it. Whoever draws it is told by ``_refresh``."""

    clicked = Signal(object)
    """``SurfacePoint`` (x, y) where the surface was clicked."""
    hovered = Signal(object)
    """``SurfacePoint`` (x, y) under the pointer, None when it leaves the surface."""
    ball_pressed = Signal(int)
    """Number of the draggable ball that was taken hold of."""
    ball_dragged = Signal(object)
    """``BallPoint`` (ball, x, y): where a ball is dragged to. The view does not move it: set a new scene."""
    ball_released = Signal(int)
    """Number of the ball that was let go."""
    camera_changed = Signal(object)
    """The new ``Camera``."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene: Scene | None = None
        self._camera = Camera()
        self._drag: navigation.Drag | None = None
        self._hover: SurfacePoint | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @property
    def scene(self) -> Scene | None:
        """The scene on screen."""
        return self._scene

    @property
    def camera(self) -> Camera:
        """Where the scene is seen from."""
        return self._camera

    @camera.setter
    def camera(self, camera: Camera) -> None:
        self._move(camera)

    def reset_view(self) -> None:
        """Back to the scene's own camera."""
        self._move(self._scene.camera if self._scene is not None else Camera())

    def _move(self, camera: Camera) -> None:
        if camera != self._camera:
            self._camera = camera
            self._refresh()
            self.camera_changed.emit(camera)

    def _refresh(self) -> None:
        """Another camera: draw anew."""

    def event(self, event: QEvent) -> bool:
        """Zoom by pinching."""
        if event.type() == QEvent.Type.NativeGesture and isinstance(event, QNativeGestureEvent):
            if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self._move(navigation.pinched(self._camera, event.value()))
                return True
        return super().event(event)

    def _pick(self, place: QPointF) -> SurfacePoint | None:
        if self._scene is None:
            return None
        return pick_surface(self._scene.surface, self._camera, place.x(), place.y(), self.width(), self.height())

    def _ball_at(self, place: QPointF) -> int | None:
        if self._scene is None:
            return None
        return pick_ball(self._scene, self._camera, place.x(), place.y(), self.width(), self.height())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of a ball, or begin to orbit or to move."""
        place = event.position()
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        pan = shift or bool(event.button() & _PAN_BUTTONS)
        ball = None if pan else self._ball_at(place)
        self._drag = navigation.Drag(place, place, pan, ball)
        if ball is not None:
            self.ball_pressed.emit(ball)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag what was taken hold of, or say what is under the pointer."""
        place, drag = event.position(), self._drag
        if drag is None:
            self._set_hover(self._pick(place))
            ball = self._ball_at(place)
            self.setCursor(Qt.CursorShape.ArrowCursor if ball is None else Qt.CursorShape.PointingHandCursor)
            return
        far = (place - drag.start).manhattanLength() >= QApplication.startDragDistance()
        if not (drag.moved or far):
            return
        drag.moved = True
        if drag.ball is not None:
            point = self._pick(place)
            if point is not None:
                self.ball_dragged.emit(BallPoint(drag.ball, *point))
        else:
            self._move(navigation.dragged(self._camera, drag.last, place, drag.pan, QSizeF(self.size())))
        drag.last = place

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A press that did not move is a click."""
        drag, self._drag = self._drag, None
        if drag is None:
            return
        if drag.ball is not None:
            self.ball_released.emit(drag.ball)
        elif not drag.moved and event.button() == Qt.MouseButton.LeftButton:
            point = self._pick(event.position())
            if point is not None:
                self.clicked.emit(point)

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the pointer any more."""
        self._set_hover(None)
        super().leaveEvent(event)

    def _set_hover(self, point: SurfacePoint | None) -> None:
        if point != self._hover:
            self._hover = point
            self.hovered.emit(point)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom."""
        self._move(navigation.wheeled(self._camera, event))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Orbit, move, zoom or reset."""
        if event.key() == Qt.Key.Key_Home:
            self.reset_view()
            return
        camera = navigation.keyed(self._camera, event, QSizeF(self.size()))
        if camera is None:
            super().keyPressEvent(event)
        else:
            self._move(camera)
