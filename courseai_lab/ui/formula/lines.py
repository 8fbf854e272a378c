"""Where a formula's lines stand: broken at wide spaces, scaled down together where it is narrow."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF

from courseai_lab.ui.formula.typeset import Setting

LARGE = 1.45
"""Size of a formula's letters, in body text sizes; ``SMALLEST`` is the least that is still legible."""
SMALLEST = 0.95
GAP = 1.6
"""Space between parts on one line, in body text sizes."""
_BREAK = re.compile(r"\\qquad|\\\\(?:\[[^\]]*\])?")
_ENVIRONMENT = re.compile(r"\\(begin|end)\b")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the formula where it is drawn; ``scale`` is from its own pixels to the widget's."""

    setting: Setting
    rect: QRectF
    scale: float

    def boxes(self) -> list[tuple[str, QRectF]]:
        """The terms' places in the widget."""
        return [
            (
                name,
                QRectF(
                    self.rect.left() + box.left() * self.scale,
                    self.rect.top() + box.top() * self.scale,
                    box.width() * self.scale,
                    box.height() * self.scale,
                ),
            )
            for name, box in self.setting.boxes
        ]


def arrange(
    settings: Sequence[Setting], room: float, left: float, spacing: float, text_px: float
) -> tuple[list[Line], bool]:
    """Lines not wider than ``room`` pixels, and whether their letters are large enough to be read.

    All parts are scaled by the one factor that lets the widest fit; parts stand side by side while there is room.
    """
    widest = max((s.width for s in settings), default=1.0)
    scale = min(1.0, room / widest)
    gap = text_px * GAP * scale
    lines: list[Line] = []
    x, y = 0.0, spacing
    row: list[tuple[Setting, float]] = []
    for setting in [*settings, None]:
        if setting is None or (row and x + setting.width * scale > room + 0.5):
            rise = max((one.height - one.depth for one, _ in row), default=0.0) * scale
            for one, at in row:
                top = y + rise - (one.height - one.depth) * scale
                rect = QRectF(left + at, top, one.width * scale, one.height * scale)
                lines.append(Line(one, rect, scale))
            y += rise + max((one.depth for one, _ in row), default=0.0) * scale + spacing
            x, row = 0.0, []
        if setting is not None:
            row.append((setting, x))
            x += setting.width * scale + gap
    return lines, scale * LARGE >= SMALLEST


def split_lines(tex: str) -> list[str]:
    r"""The parts between ``\qquad`` and ``\\`` that stand outside braces, environments and ``\left ... \right``."""
    parts: list[str] = []
    start = 0
    for match in _BREAK.finditer(tex):
        before = tex[: match.start()]
        plain = re.sub(r"\\[{}]", "", before)
        inside = plain.count("{") != plain.count("}")
        inside |= len(re.findall(r"\\left(?![a-z])", before)) != len(re.findall(r"\\right(?![a-z])", before))
        opened = _ENVIRONMENT.findall(before)
        if not inside and opened.count("begin") == opened.count("end"):
            parts.append(tex[start : match.start()])
            start = match.end()
    parts.append(tex[start:])
    return [part for part in parts if part.strip()]
