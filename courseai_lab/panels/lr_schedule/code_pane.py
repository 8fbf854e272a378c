"""The line of torch that makes each schedule, with how its training ended; to be copied."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication, QResizeEvent, QTextOption
from PySide6.QtWidgets import QFrame, QPushButton, QTextEdit, QWidget

from courseai_lab.panels.lr_schedule.curves import PAINT
from courseai_lab.ui.numbers import fmt
from courseai_lab.ui.panel_view import Table
from courseai_lab.ui.theme import MONO_FAMILY, text_font

if TYPE_CHECKING:
    from courseai_lab.panels.lr_schedule.compute import Frame
    from courseai_lab.panels.lr_schedule.params import ScheduleParams
    from courseai_lab.ui.theme import Theme

OPTIMIZERS = {
    "sgd": "SGD(model.parameters(), lr={lr})",
    "momentum": "SGD(model.parameters(), lr={lr}, momentum=0.9)",
    "nesterov": "SGD(model.parameters(), lr={lr}, momentum=0.9, nesterov=True)",
    "rmsprop": "RMSprop(model.parameters(), lr={lr})",
    "adam": "Adam(model.parameters(), lr={lr})",
    "adamw": "AdamW(model.parameters(), lr={lr})",
}


def optimizer_line(p: ScheduleParams) -> str:
    """The optimiser that the schedules are given."""
    return "optimizer = torch.optim." + OPTIMIZERS[p.rule].format(lr=f"{p.lr:.12g}")


class CodePane(QWidget):
    """Text that wraps, and scrolls where it is longer than its place; a button copies the code alone."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: list[list[object]] = []
        self.code = ""
        self.setAccessibleName("torch code of the schedules")
        self._text = QTextEdit(self)
        self._text.setReadOnly(True)
        self._text.setFrameShape(QFrame.Shape.NoFrame)
        self._text.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self._text.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._text.setTabChangesFocus(True)
        self._text.setAccessibleName("Lines of code")
        self._copy = QPushButton("Copy code", self)
        self._copy.setToolTip("Copy the lines of all schedules shown")
        self._copy.clicked.connect(self._to_clipboard)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """The ring of the focus; the text's colours come with the next frame."""
        self._theme = theme
        self._text.setStyleSheet(
            "QTextEdit { background: transparent; border: 2px solid transparent; }"
            f"QTextEdit:focus {{ border-color: {theme.accent}; }}"
        )

    def show_frame(self, frame: Frame, p: ScheduleParams) -> None:
        """Show a frame."""
        theme, head = self._theme, optimizer_line(p)
        mono = f"font-family:'{MONO_FAMILY}',monospace; font-size:{theme.caption_px}px;"
        parts = [f'<p style="{mono} color:{theme.muted}; margin:0 0 10px 0;">{html.escape(head)}</p>']
        self._rows, lines = [], ["import torch", "from torch.optim import lr_scheduler", "", head]
        for k, name in enumerate(frame.names):
            end = "diverged" if frame.diverged(k) else f"loss {fmt(float(frame.loss[k, -1]))} at the end"
            right = f"{fmt(100 * float(frame.right[k]))}\u202f%\u00a0right"
            color = theme.color(PAINT[frame.ids[k]][0])
            parts.append(
                f'<p style="margin:0 0 2px 0;"><span style="color:{color}; font-weight:600;">{html.escape(name)}</span>'
                f'<span style="color:{theme.muted};">&nbsp; {end}, {right}</span></p>'
                f'<p style="{mono} margin:0 0 12px 0;">{html.escape(frame.code[k])}</p>'
            )
            lines += ["", f"# {name}", frame.code[k]]
            self._rows.append([name, float(frame.loss[k, -1]), float(frame.right[k]), frame.code[k]])
        self.code = "\n".join(lines) + "\n"
        self._text.setFont(text_font(theme))
        text = f'<div style="color:{theme.text};">{"".join(parts)}</div>'
        if self._text.property("source") != text:
            self._text.setProperty("source", text)
            self._text.setHtml(text)
        self._place()

    def table(self) -> list[Table]:
        """The same as values."""
        return [Table("Schedules", ("schedule", "final loss", "share right", "torch"), self._rows)]

    def needed(self, width: int) -> int:
        """Pixels that all of it takes at this width."""
        document = self._text.document()
        before = document.textWidth()
        document.setTextWidth(max(width, 100))
        tall = round(document.size().height())
        document.setTextWidth(before)
        return tall + self._copy.sizeHint().height() + self._theme.gap(4)

    def set_figure(self, figure: bool) -> None:
        """In a figure there is no button."""
        self._copy.setVisible(not figure)

    def _place(self) -> None:
        button = self._copy.sizeHint()
        self._copy.setGeometry(self._theme.gap(1), 0, button.width(), button.height())
        top = button.height() + self._theme.gap(2)
        # A bar that comes and goes would take width, and so make the text longer.
        fits = self.needed(self.width()) <= self.height() + 1
        policy = Qt.ScrollBarPolicy.ScrollBarAlwaysOff if fits else Qt.ScrollBarPolicy.ScrollBarAlwaysOn
        self._text.setVerticalScrollBarPolicy(policy)
        self._text.setGeometry(0, top, self.width(), max(self.height() - top, 1))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt's hook."""
        super().resizeEvent(event)
        self._place()

    def _to_clipboard(self) -> None:
        QGuiApplication.clipboard().setText(self.code)

    def minimumSizeHint(self) -> QSize:
        """Small enough for a narrow dock."""
        return QSize(160, 80)
