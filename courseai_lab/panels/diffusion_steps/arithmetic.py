"""The step worked out for one cell: each formula with its numbers, to be checked by hand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from courseai_lab.ui.numbers import fmt
from courseai_lab.ui.panel_view import Table
from courseai_lab.ui.theme import Theme, text_font

if TYPE_CHECKING:
    from courseai_lab.panels.diffusion_steps.cell import Cell
    from courseai_lab.panels.diffusion_steps.frame import Frame

Line = tuple[str, str, str]
"""What is worked out, the formula with its numbers, the colour role of its name."""
WIDEST = ("x̂₀ = (x_t − √(1−ᾱ) ε̂) / √ᾱ", "x_999 = √ᾱₛ x̂₀ + √(1−ᾱₛ) ε̂")
PRODUCT = "0.0000·(−0.0000)"
NEAR = 0.01
LITTLE = 0.1
_TERMS = {
    0: ("xt", "clean", "signal", "rest", "eps", "snr"),
    1: ("x0_hat", "eps_hat"),
    2: ("e_eps",),
    -1: ("x_next", "k_x0", "k_x", "k_eps", "k_z", "z", "e_v"),
}
"""The formula's terms by line, from the first or from the last."""


def _n(value: float) -> str:
    return fmt(value, 4)


def _b(value: float) -> str:
    """In brackets where a sign would collide."""
    text = _n(value)
    return f"({text})" if text.startswith("−") or "×" in text else text


def lines(frame: Frame, cell: Cell) -> tuple[Line, ...]:
    """The formulas of this moment with the cell's numbers."""
    a, s, away = frame.alpha, frame.sigma, cell.eps - cell.true
    shown = f"({_n(cell.eps)} − {_b(cell.true)})²" if abs(away) >= NEAR else f"({_n(away)})²"
    out: list[Line] = [
        ("x_t = √ᾱ x₀ + √(1−ᾱ) ε", f"{_b(a)}·{_b(cell.clean)} + {_n(s)}·{_b(cell.true)} = {_n(cell.x)}", "data"),
        _estimate(frame, cell),
        ("(ε̂ − ε)²", f"{shown} = {_n(away**2)}", "loss"),
    ]
    if frame.phase == "level":
        v, said = a * cell.true - s * cell.clean, a * cell.eps - s * cell.x0
        out.append(("(x̂₀ − x₀)²", f"({_n(cell.x0)} − {_b(cell.clean)})² = {_n((cell.x0 - cell.clean) ** 2)}", "loss"))
        out.append(
            ("v = √ᾱ ε − √(1−ᾱ) x₀", f"{_b(a)}·{_b(cell.true)} − {_n(s)}·{_b(cell.clean)} = {_n(v)}", "gradient")
        )
        out.append(("(v̂ − v)²", f"({_n(said)} − {_b(v)})² = {_n((said - v) ** 2)}", "loss"))
    elif frame.phase != "count":
        out.append(_step(frame, cell))
    return tuple(out)


def _estimate(frame: Frame, cell: Cell) -> Line:
    """How picture and noise of the prediction belong together; where hardly any picture is left, the way round that
    does not take the difference of two numbers which are nearly the same."""
    x, a, s = _n(cell.x), _n(frame.alpha), _n(frame.sigma)
    if frame.alpha >= LITTLE:
        return "x̂₀ = (x_t − √(1−ᾱ) ε̂) / √ᾱ", f"({x} − {s}·{_b(cell.eps)}) / {a} = {_n(cell.x0)}", "model"
    return "ε̂ = (x_t − √ᾱ x̂₀) / √(1−ᾱ)", f"({x} − {_b(frame.alpha)}·{_b(cell.x0)}) / {s} = {_n(cell.eps)}", "model"


def _step(frame: Frame, cell: Cell) -> Line:
    """From x_t to the next x."""
    if frame.t_next < 0:
        return "x₀ ← x̂₀", f"the last step: {_n(cell.x_next)}", "accent"
    if frame.k_x == 0:
        numbers = f"{_n(frame.k_x0)}·{_b(cell.x0)} + {_n(frame.k_eps)}·{_b(cell.eps)} = {_n(cell.x_next)}"
        return f"x_{frame.t_next} = √ᾱₛ x̂₀ + √(1−ᾱₛ) ε̂", numbers, "accent"
    numbers = (
        f"{_n(frame.k_x0)}·{_b(cell.x0)} + {_n(frame.k_x)}·{_b(cell.x)} + {_n(frame.k_z)}·{_b(cell.z)} "
        f"= {_n(cell.x_next)}"
    )
    return f"x_{frame.t_next} = a x̂₀ + b x_t + σ̃ z", numbers, "accent"


class Arithmetic(QWidget):
    """Painted lines: on the left what, on the right the numbers; below each other where it is narrow."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._lines: tuple[Line, ...] = ()
        self._title = ""
        self._notes: tuple[str, ...] = ()
        self._lit = ""
        self._terms = 2
        self.setAccessibleName("The step worked out for one cell")

    def set_theme(self, theme: Theme) -> None:
        """Follow a new theme."""
        self._theme = theme
        self.update()

    def show_lines(self, title: str, shown: tuple[Line, ...], notes: tuple[str, ...], terms: int) -> None:
        """Show formulas of at most so many ``terms`` under a title, and sentences below them."""
        self._title, self._lines, self._notes, self._terms = title, shown, notes, terms
        self.setAccessibleDescription("; ".join(f"{what}: {numbers}" for what, numbers, _ in shown))
        self.update()

    def light(self, term: str) -> None:
        """Emphasise the line that a term of the formula is in."""
        if term != self._lit:
            self._lit = term
            self.update()

    def table(self) -> list[Table]:
        """The same as text."""
        return [Table("One cell worked out", ("formula", "numbers"), [line[:2] for line in self._lines])]

    def _font(self, bold: bool = False) -> QFont:
        font = text_font(self._theme, self._theme.caption_px)
        font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        return font

    def _row(self) -> float:
        return QFontMetricsF(self._font()).height() + self._theme.gap(1)

    def _beside(self, width: float) -> float:
        """Where the numbers begin, or 0: below the formula. By usual numbers, not by those of this very frame: the
        page must not jump while it plays."""
        names, numbers = QFontMetricsF(self._font(True)), QFontMetricsF(self._font())
        left = max(names.horizontalAdvance(what) for what in WIDEST) + self._theme.gap(4)
        right = numbers.horizontalAdvance(" + ".join([PRODUCT] * self._terms) + " = −0.0000")
        return left if left + right <= width - 2 * self._theme.gap(2) else 0.0

    def _note_rect(self, width: float, note: str) -> QRectF:
        flags = int(Qt.TextFlag.TextWordWrap)
        room = QRectF(0, 0, max(width - 2 * self._theme.gap(2), 40), 10_000)
        return QFontMetricsF(self._font()).boundingRect(room, flags, note)

    def needed(self, width: int) -> int:
        """Pixels that everything needs."""
        rows = (1 if self._title else 0) + len(self._lines) * (1 if self._beside(width) else 2)
        notes = sum(self._note_rect(width, note).height() + self._theme.gap(1) for note in self._notes)
        return math.ceil(rows * self._row() + notes + 2 * self._theme.gap(2))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt's hook."""
        painter = QPainter(self)
        self._paint(painter)
        painter.end()

    def _paint(self, painter: QPainter) -> None:
        theme, gap = self._theme, float(self._theme.gap(2))
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        y, row, width = gap, self._row(), self.width() - 2 * gap
        if self._title:
            self._text(painter, QRectF(gap, y, width, row), self._title, theme.muted, False)
            y += row
        beside = self._beside(self.width())
        lit = next((k % len(self._lines) for k, names in _TERMS.items() if self._lines and self._lit in names), -1)
        for k, (what, numbers, role) in enumerate(self._lines):
            if k == lit:
                painter.fillRect(QRectF(0, y, self.width(), row if beside else 2 * row), QColor(theme.selected))
            self._text(painter, QRectF(gap, y, width, row), what, theme.color(role), True)
            if not beside:
                y += row
            self._text(painter, QRectF(gap + beside, y, width - beside, row), numbers, theme.text, False)
            y += row
        painter.setFont(self._font())
        painter.setPen(QColor(theme.muted))
        for note in self._notes:
            high = self._note_rect(self.width(), note).height()
            painter.drawText(QRectF(gap, y, width, high + 2), int(Qt.TextFlag.TextWordWrap), note)
            y += high + theme.gap(1)

    def _text(self, painter: QPainter, rect: QRectF, text: str, color: str, bold: bool) -> None:
        """One line; what is too long is set smaller, for no digit may be missing."""
        font = self._font(bold)
        wide = QFontMetricsF(font).horizontalAdvance(text)
        if wide > rect.width() > 0:
            font.setPixelSize(max(7, int(font.pixelSize() * rect.width() / wide)))
        painter.setFont(font)
        painter.setPen(QColor(color))
        painter.drawText(rect, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), text)
