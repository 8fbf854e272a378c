"""The hall's own window: the picture, what lies over it, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QMouseEvent, QResizeEvent, QScreen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from courseai_lab.app.lecture.camera import Camera
from courseai_lab.app.lecture.desk import Desk
from courseai_lab.app.lecture.glass import Glass
from courseai_lab.ui.theme import Theme

if TYPE_CHECKING:
    from PySide6.QtCore import QRect

FIRST = QSize(960, 600)


class Hall(QWidget):
    """Fills the second screen; without one it is a window to drag there, where a double click fills the screen."""

    closed = Signal()

    def __init__(self, desk: Desk, camera: Camera, theme: Theme) -> None:
        super().__init__(None, Qt.WindowType.Window)
        self.setWindowTitle("The hall – CourseAI Lab")
        self._camera = camera
        self.glass = Glass(desk, theme, camera.current, self, mirror=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.glass)
        camera.taken.connect(self.glass.update)

    def open_on(self, screen: QScreen | None) -> None:
        """Fill this screen, or be a window."""
        if screen is not None:
            place: QRect = screen.geometry()
            self.setGeometry(place)
            self.showFullScreen()
        else:
            self.resize(FIRST)
            self.show()

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self.glass.set_theme(theme)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Pictures as sharp as this window is large."""
        super().resizeEvent(event)
        self._camera.width = round(self.width() * self.devicePixelRatioF())
        self._camera.note()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Fill the screen, or be a window again."""
        if self.isFullScreen():
            self.showNormal()
        else:
            self.showFullScreen()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Without the hall's window there is no presenter's view."""
        event.ignore()
        self.closed.emit()


def second_screen(first: QScreen | None) -> QScreen | None:
    """A screen other than the one the window is on, or None."""
    return next((screen for screen in QGuiApplication.screens() if screen is not first), None)
