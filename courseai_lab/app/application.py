"""The application object: also hears when the system asks to open a file or a link."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication


class Application(QApplication):
    """``open_asked`` carries a path or a link: macOS sends what was clicked instead of starting the lab with it."""

    open_asked = Signal(str)

    def event(self, event: QEvent) -> bool:
        """Events of the application itself; those of widgets do not come by here."""
        if isinstance(event, QFileOpenEvent):
            self.open_asked.emit(event.file() or event.url().toString())
            return True
        return super().event(event)
