"""Shows the count as a number."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QLabel, QVBoxLayout

from courseai_lab.ui.panel_view import PanelView


class View(PanelView):
    """One label."""

    def build(self) -> None:
        """The label."""
        self.label = QLabel(self)
        QVBoxLayout(self).addWidget(self.label)

    def draw(self, frame: Any, params: Any, look: Any) -> None:
        """The number, with as many dots as the look says."""
        self.label.setText(f"{frame.total:g}{'.' * look.dots}")
