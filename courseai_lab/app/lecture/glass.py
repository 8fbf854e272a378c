"""What lies over a picture: ink, light, a frozen or zoomed image, the poll; in the hall the picture itself as well."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QWidget

from courseai_lab.app.lecture.desk import PEN, WHOLE, Desk, Stroke
from courseai_lab.app.lecture.poll import paint_poll
from courseai_lab.ui.theme import Theme

DIM = 165
"""How dark it is around the spotlight, 0 to 255."""
LASER = 0.012
"""The laser point's radius as a share of the picture's height."""
BADGES = {"frozen": "The hall sees a frozen picture", "blank": "The hall is blank", "zoomed": "The hall sees this part"}


class Glass(QWidget):
    """Over a picture that fills it. Draws what is on the desk; with a tool in hand it takes the pointer.

    ``image``: the picture (while it is frozen, zoomed or shown elsewhere), or None. ``mirror``: this is the hall's own
    window, that always shows the image and takes no pointer. ``presenter``: the hall has a window of its own, so the
    picture below stays as it is, and badges say what the hall sees.
    """

    def __init__(
        self, desk: Desk, theme: Theme, image: Callable[[], QImage | None], parent: QWidget, mirror: bool = False
    ) -> None:
        super().__init__(parent)
        self._desk, self._theme, self._image, self._mirror = desk, theme, image, mirror
        self.presenter = False
        self._frame: QRectF | None = None
        self._rubber: tuple[QPointF, QPointF] | None = None
        self._pan: QPointF | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("The lecture's picture")
        desk.changed.connect(self._follow)
        desk.moved.connect(self.update)
        self._follow()

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self._theme = theme
        self.update()

    def set_frame(self, frame: QRectF) -> None:
        """Where the whole picture is, in the glass's pixels; it may reach beyond the glass."""
        if frame != self._frame:
            self._frame = frame
            self.update()

    @property
    def covers(self) -> bool:
        """Whether it shows an image in place of the live picture below."""
        desk = self._desk
        return self._mirror or (not self.presenter and (desk.frozen or desk.zoomed or desk.region != WHOLE))

    def picture(self) -> QRectF:
        """Where the picture is: as it lies below; zoomed, or in the hall, as large as its shape leaves room."""
        room = QRectF(self.rect())
        if self._mirror:
            image = self._image()
            shape = QRectF(image.rect()) if image is not None else room
        else:
            shape = self._frame if self._frame is not None else room
            if not self.covers or self._desk.region == WHOLE:
                return shape
        if shape.isEmpty() or room.isEmpty():
            return room
        scale = min(room.width() / shape.width(), room.height() / shape.height())
        fitted = QRectF(0, 0, shape.width() * scale, shape.height() * scale)
        fitted.moveCenter(room.center())
        return fitted

    def place(self, at: QPointF) -> QPointF:
        """A place of the picture (shares) from a place on the glass (pixels)."""
        room, part = self.picture(), self._part()
        return QPointF(
            part.x() + (at.x() - room.x()) / max(1.0, room.width()) * part.width(),
            part.y() + (at.y() - room.y()) / max(1.0, room.height()) * part.height(),
        )

    def on_glass(self, at: QPointF) -> QPointF:
        """The other way round."""
        room, part = self.picture(), self._part()
        return QPointF(
            room.x() + (at.x() - part.x()) / part.width() * room.width(),
            room.y() + (at.y() - part.y()) / part.height() * room.height(),
        )

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """The pen touches, or a part to zoom into begins; without a tool a zoomed picture is moved."""
        at = self.place(event.position())
        if self._desk.tool == "pen":
            self._desk.begin_stroke(at)
        elif self._desk.tool == "zoom":
            if event.button() == Qt.MouseButton.RightButton:
                self._desk.zoom(0.5, at)
            else:
                self._rubber = (event.position(), event.position())
        elif self._desk.tool == "none":
            self._pan = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Draw, frame, move or point."""
        desk, at = self._desk, event.position()
        if desk.tool == "pen" and event.buttons():
            desk.extend_stroke(self.place(at))
        elif self._rubber is not None:
            self._rubber = (self._rubber[0], at)
            self.update()
        elif self._pan is not None and event.buttons():
            before, now = self.place(self._pan), self.place(at)
            self._pan = at
            desk.pan(before.x() - now.x(), before.y() - now.y())
        if desk.tool in ("laser", "spotlight"):
            desk.point(self.place(at))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Zoom to what was framed, or twice as close to where it was clicked."""
        rubber, self._rubber, self._pan = self._rubber, None, None
        if rubber is None:
            return
        first, last = self.place(rubber[0]), self.place(rubber[1])
        framed = QRectF(first, last).normalized()
        if max(framed.width(), framed.height()) < 0.02:
            self._desk.zoom(2.0, last)
        else:
            self._desk.show_region(framed)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """The size of the light, or how close the picture is."""
        steps = event.angleDelta().y() / 120
        if self._desk.tool == "spotlight":
            self._desk.resize_light(steps)
        else:
            self._desk.zoom(1.25**steps, self.place(event.position()))
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """The pointer is elsewhere."""
        super().leaveEvent(event)
        self._desk.point(None)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Image, ink, light, poll; in this order."""
        desk = self._desk
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        if desk.blank and not self.presenter:
            painter.fillRect(self.rect(), Qt.GlobalColor.black)
            painter.end()
            return
        room = self.picture()
        if self.covers:
            painter.fillRect(self.rect(), QColor(self._theme.ground))
            image = self._image()
            if image is not None and not image.isNull():
                part = desk.region
                size = QRectF(image.rect())
                source = QRectF(part.x() * size.width(), part.y() * size.height(), part.width() * size.width(), 1)
                source.setHeight(part.height() * size.height())
                painter.drawImage(room, image, source)
        painter.setClipRect(room.intersected(QRectF(self.rect())))
        for stroke in desk.strokes:
            self._paint_stroke(painter, stroke, room)
        self._paint_light(painter, room)
        if desk.poll is not None and not self.presenter:
            # The presenter works on the picture below, and sees the poll in the hall's small picture.
            seen = room.intersected(QRectF(self.rect()))
            paint_poll(painter, desk.poll, seen, self._theme, max(9.0, min(seen.height(), 0.6 * seen.width()) / 26))
        self._paint_marks(painter, room)
        painter.end()

    def _paint_stroke(self, painter: QPainter, stroke: Stroke, room: QRectF) -> None:
        points = [self.on_glass(QPointF(x, y)) for x, y in stroke.points]
        width = max(2.0, PEN * room.height() / self._part().height())
        pen = QPen(QColor(self._theme.color(stroke.color)), width)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if len(points) == 1:
            painter.drawPoint(points[0])
            return
        path = QPainterPath(points[0])
        # Through the middles of what the hand drew: the corners of a slow pointer do not show.
        for before, after in pairwise(points[1:]):
            path.quadTo(before, (before + after) / 2)
        path.lineTo(points[-1])
        painter.drawPath(path)

    def _paint_light(self, painter: QPainter, room: QRectF) -> None:
        desk = self._desk
        if desk.pointer is None or desk.tool not in ("laser", "spotlight"):
            return
        at = self.on_glass(desk.pointer)
        painter.setPen(Qt.PenStyle.NoPen)
        if desk.tool == "laser":
            radius = max(4.0, LASER * room.height())
            color = QColor("#E3001B")
            for size, alpha in ((2.2, 60), (1.5, 110), (1.0, 255)):
                color.setAlpha(alpha)
                painter.setBrush(color)
                painter.drawEllipse(at, size * radius, size * radius)
            painter.setBrush(QColor("#FFFFFF"))
            painter.drawEllipse(at, 0.35 * radius, 0.35 * radius)
            return
        radius = desk.radius * room.height()
        dark = QPainterPath()
        dark.addRect(room)
        light = QPainterPath()
        light.addEllipse(at, radius, radius)
        painter.setBrush(QBrush(QColor(0, 0, 0, DIM)))
        painter.drawPath(dark.subtracted(light))

    def _paint_marks(self, painter: QPainter, room: QRectF) -> None:
        """The frame being drawn; for the presenter what the hall sees."""
        desk = self._desk
        pen = QPen(QColor(self._theme.accent), 2, Qt.PenStyle.DashLine)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._rubber is not None:
            painter.setPen(pen)
            painter.drawRect(QRectF(*self._rubber).normalized())
        if not self.presenter:
            return
        if desk.region != WHOLE:
            painter.setPen(pen)
            painter.drawRect(QRectF(self.on_glass(desk.region.topLeft()), self.on_glass(desk.region.bottomRight())))
        words = [BADGES[name] for name in ("blank", "frozen", "zoomed") if getattr(desk, name)]
        if words:
            self._paint_badge(painter, room, words[0])

    def _paint_badge(self, painter: QPainter, room: QRectF, words: str) -> None:
        font = painter.font()
        font.setPixelSize(self._theme.text_px)
        painter.setFont(font)
        size = painter.fontMetrics().size(0, words)
        box = QRectF(room.left() + 8, room.top() + 8, size.width() + 24, size.height() + 12)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.accent))
        painter.drawRoundedRect(box, 6, 6)
        painter.setPen(QColor(self._theme.on_accent))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

    def _part(self) -> QRectF:
        """The part of the picture that this glass shows."""
        return QRectF(WHOLE) if self.presenter else self._desk.region

    def _follow(self) -> None:
        tool = self._desk.tool
        through = self._mirror or (tool == "none" and not self.covers and not (self._desk.blank and not self.presenter))
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, through)
        shapes = {"pen": Qt.CursorShape.CrossCursor, "zoom": Qt.CursorShape.CrossCursor}
        if tool in ("laser", "spotlight"):
            self.setCursor(Qt.CursorShape.BlankCursor)
        elif tool in shapes:
            self.setCursor(shapes[tool])
        elif self.covers and self._desk.zoomed:
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        else:
            self.unsetCursor()
        self.update()
