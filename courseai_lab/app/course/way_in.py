"""The gallery's door to the course."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPushButton, QSizePolicy

if TYPE_CHECKING:
    from courseai_lab.app.gallery import Gallery


class WayIn(QPushButton):
    """Stands above the panels while the course is not shown."""

    def __init__(self, gallery: Gallery, enter: Callable[[], None]) -> None:
        super().__init__("Take the course: lessons that drive these panels")
        self._gallery = gallery
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.clicked.connect(lambda: enter())
        gallery.add_extra(self)

    def offer(self, on: bool) -> None:
        """Show it, or not."""
        self.setVisible(on)
        self._gallery.refresh_extras()
