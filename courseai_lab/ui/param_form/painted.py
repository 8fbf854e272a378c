"""The control of a painted parameter: how much is painted, and a pad that unfolds below."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from courseai_lab.contract import FieldSpec
from courseai_lab.ui.icons import icon, icon_size
from courseai_lab.ui.paint_pad.box import MOST, PaintBox, painted_words
from courseai_lab.ui.param_form.control import Control
from courseai_lab.ui.theme import Theme


class PaintControl(Control):
    """``Paint…`` unfolds the pad; each stroke is one wish after another of one gesture, so one step of undo."""

    def __init__(self, spec: FieldSpec, theme: Theme) -> None:
        super().__init__(spec, theme)
        assert spec.paint is not None
        self.box = PaintBox(spec.paint, theme, spec.label, spec.max_len or MOST)
        self.box.changed.connect(self._painted)
        self.box.hide()
        self._summary = QLabel()
        self._summary.setProperty("role", "caption")
        self.open = QToolButton()
        self.open.setCheckable(True)
        self.open.setProperty("part", "paint")
        self.open.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.open.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.open.toggled.connect(self._toggle)
        self.head = QWidget()
        line = QHBoxLayout(self.head)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self._summary)
        line.addWidget(self.open)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.box)
        # Where nothing is painted yet, the pad itself says best what to do.
        self.open.setChecked(not spec.default)
        self._toggle(self.open.isChecked())
        self._dress()

    @property
    def busy(self) -> bool:
        """While a stroke goes on."""
        return self.box.pad.painting

    def set_value(self, value: Any) -> None:
        """Show a value."""
        self.box.set_value(value)
        self._summary.setText(painted_words(self.spec, value))

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        super().set_theme(theme)
        self.box.set_theme(theme)
        self._dress()

    def _painted(self, value: Any, gesture: str) -> None:
        self._summary.setText(painted_words(self.spec, value))
        self.refused.emit("")
        self.changed.emit(value, gesture)

    def _toggle(self, on: bool) -> None:
        self.box.setVisible(on)
        self.open.setText("Done" if on else "Paint…")

    def _dress(self) -> None:
        self.open.setIcon(icon("edit", self.theme))
        self.open.setIconSize(icon_size(self.theme))
