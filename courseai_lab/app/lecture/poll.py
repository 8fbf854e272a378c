"""A poll of the hall: predictions counted by the lecturer, drawn as bars, beside the truth once it is told."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF

from courseai_lab.ui.theme import Theme

MOST_CHOICES = 8
MOST_COUNT = 9999
WRAP = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft


@dataclass(frozen=True, slots=True)
class Poll:
    """A question, its choices, how many chose each. ``truth``: the right choice's index, None where none is known."""

    ask: str
    choices: tuple[str, ...]
    counts: tuple[int, ...]
    truth: int | None = None
    told: bool = False
    """Whether the truth is shown."""

    def __post_init__(self) -> None:
        if len(self.choices) != len(self.counts):
            raise ValueError(f"a poll of {len(self.choices)} choices has {len(self.counts)} counts")

    @property
    def total(self) -> int:
        """How many took part."""
        return sum(self.counts)

    def share(self, index: int) -> float:
        """The share that chose this, 0 to 1; 0 while nobody took part."""
        return self.counts[index] / self.total if self.total else 0.0

    def bar(self, index: int) -> float:
        """The bar's length, 0 to 1 of the longest there is."""
        return self.counts[index] / max(max(self.counts, default=0), 1)

    def with_count(self, index: int, count: int) -> Poll:
        """The same with another count."""
        counts = list(self.counts)
        counts[index] = min(MOST_COUNT, max(0, count))
        return replace(self, counts=tuple(counts))

    def verdict(self) -> str:
        """How many were right, once the truth is told."""
        if not self.told or self.truth is None or not self.total:
            return ""
        right = self.counts[self.truth]
        return f"{right} of {self.total} said so: {100 * self.share(self.truth):.0f} %"


def paint_poll(painter: QPainter, poll: Poll, room: QRectF, theme: Theme, unit: float) -> QRectF:
    """Draw the card into the right part of ``room``, type ``unit`` pixels high or smaller; returns where it is."""
    layout = _Layout(painter.font(), poll, room, unit)
    while layout.card.height() > room.height() - unit and unit > 7:
        unit *= 0.9
        layout = _Layout(painter.font(), poll, room, unit)
    card = layout.card
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(theme.outline), max(1.0, unit / 12)))
    painter.setBrush(QColor(theme.ground))
    painter.drawRoundedRect(card, unit / 2, unit / 2)
    x, y, inner = card.left() + unit, card.top() + 0.8 * unit, card.width() - 2 * unit
    painter.setPen(QColor(theme.text))
    painter.setFont(layout.strong)
    painter.drawText(QRectF(x, y, inner, layout.ask), WRAP, poll.ask)
    y += layout.ask + 0.4 * unit
    for index, choice in enumerate(poll.choices):
        right, high = poll.told and index == poll.truth, layout.choices[index]
        painter.setFont(layout.strong if right else layout.font)
        painter.setPen(QColor(theme.text if right or not poll.told else theme.muted))
        painter.drawText(QRectF(x, y, inner - 5 * unit, high), WRAP, choice)
        painter.drawText(QRectF(x, y, inner, high), Qt.AlignmentFlag.AlignRight, f"{poll.counts[index]}")
        y += high + 0.15 * unit
        _bar(painter, poll, index, QRectF(x, y, inner, 0.75 * unit), theme)
        y += 1.35 * unit
    if poll.verdict():
        painter.setFont(layout.strong)
        painter.setPen(QColor(theme.role("data")))
        painter.drawText(QRectF(x, y, inner, 1.6 * unit), Qt.AlignmentFlag.AlignLeft, poll.verdict())
    return card


class _Layout:
    """How high everything on the card is with type of this size, and so where the card is."""

    def __init__(self, base: QFont, poll: Poll, room: QRectF, unit: float) -> None:
        self.font, self.strong = QFont(base), QFont(base)
        for font in (self.font, self.strong):
            font.setPixelSize(max(7, round(unit)))
        self.strong.setWeight(QFont.Weight.DemiBold)
        width = min(room.width() - unit, max(20 * unit, room.width() * 0.4))
        inner = width - 2 * unit
        self.ask = _height(self.strong, poll.ask, inner) if poll.ask else 0.0
        self.choices = [_height(self.strong, choice, inner - 5 * unit) for choice in poll.choices]
        height = 1.6 * unit + self.ask + sum(h + 1.5 * unit for h in self.choices) + (2 * unit if poll.verdict() else 0)
        self.card = QRectF(room.right() - width - unit / 2, room.center().y() - height / 2, width, height)
        self.card.moveTop(max(room.top(), self.card.top()))


def _bar(painter: QPainter, poll: Poll, index: int, room: QRectF, theme: Theme) -> None:
    """Predictions have the model's colour; the true choice is framed in the colour of truth, with a tick."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.outline))
    painter.drawRect(QRectF(room.left(), room.bottom() - 1, room.width(), 1))
    painter.setBrush(QColor(theme.role("model")))
    bar = QRectF(room.left(), room.top(), room.width() * poll.bar(index), room.height())
    painter.drawRoundedRect(bar, room.height() / 6, room.height() / 6)
    if poll.told and index == poll.truth:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.role("data")), room.height() / 5))
        painter.drawRoundedRect(room, room.height() / 6, room.height() / 6)
        size = room.height() * 0.8
        at = QPointF(room.right() - 1.6 * size, room.center().y())
        points = [QPointF(0, 0), QPointF(0.35 * size, 0.35 * size), QPointF(size, -0.35 * size)]
        painter.drawPolyline(QPolygonF([at + point for point in points]))


def _height(font: QFont, text: str, width: float) -> float:
    metrics = QFontMetricsF(font)
    return metrics.boundingRect(QRectF(0, 0, max(10.0, width), 10_000), Qt.TextFlag.TextWordWrap, text or " ").height()
