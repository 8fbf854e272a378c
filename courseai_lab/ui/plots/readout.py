"""The cross-hair: values of all lines at one x, drawn over the picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from courseai_lab.ui.numbers import fmt
from courseai_lab.ui.plots.series import Series, nearest
from courseai_lab.ui.theme import Theme, text_font


@dataclass(frozen=True, slots=True)
class Value:
    """One line's sample, in data coordinates, and the line's colour."""

    name: str
    color: str
    x: float
    y: float


def values(series: list[Series], x: float, theme: Theme, log: bool) -> list[Value]:
    """The sample nearest to ``x`` of every visible line whose x is ordered."""
    found = []
    for one in series:
        if one.visible and one.kind == "line" and one.ordered and one.x.size and not one.name.startswith("_"):
            i = nearest(one, x, log)
            found.append(Value(one.name, theme.color(one.style.paint), float(one.x[i]), float(one.y[i])))
    return found


def next_sample(one: Series, x: float | None, forward: bool, count: int) -> float:
    """x of the sample ``count`` after (or before) the one nearest to ``x``; without x the first (or last)."""
    if x is None:
        return float(one.x[0 if forward else -1])
    index = nearest(one, x, False) + (count if forward else -count)
    return float(one.x[int(np.clip(index, 0, one.x.size - 1))])


def paint(
    painter: QPainter,
    theme: Theme,
    picture: QRectF,
    at: float,
    found: list[Value],
    places: list[QPointF],
    head: tuple[str, float],
) -> None:
    """A hairline at ``at``, a dot on each line, and a box with the values on the side that has room."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(theme.control), theme.line_live))
    painter.drawLine(QPointF(at, picture.top()), QPointF(at, picture.bottom()))
    for value, place in zip(found, places, strict=True):
        if np.isfinite(place.y()) and picture.contains(place):
            painter.setPen(QPen(QColor(theme.ground), 1.5))
            painter.setBrush(QColor(value.color))
            radius = 3.5 * theme.text_px / 13
            painter.drawEllipse(place, radius, radius)
    name, x = head
    exact = found[0].x if found else x
    rows = [(name, fmt(int(exact) if float(exact).is_integer() and abs(exact) < 1e9 else exact), theme.muted)]
    rows += [(value.name, fmt(value.y), value.color) for value in found]
    box(painter, theme, picture, at, rows)


def box(
    painter: QPainter,
    theme: Theme,
    picture: QRectF,
    at: float,
    rows: list[tuple[str, str, str]],
    top: float | None = None,
) -> None:
    """Rows of (name, number, colour) beside ``at``, from ``top`` (default: of the picture); numbers in one column."""
    font = text_font(theme, theme.caption_px)
    metrics = QFontMetricsF(font)
    painter.setFont(font)
    names = max(metrics.horizontalAdvance(row[0]) for row in rows)
    numbers = max(metrics.horizontalAdvance(row[1]) for row in rows)
    width, height = names + numbers + theme.gap(6), metrics.height() * len(rows) + theme.gap(2.5)
    left = at + theme.gap(2) if at + theme.gap(3) + width <= picture.right() else at - theme.gap(2) - width
    left = min(max(left, picture.left()), max(picture.right() - width, picture.left()))
    highest, lowest = picture.top() + theme.gap(1), picture.bottom() - theme.gap(1) - height
    frame = QRectF(left, highest if top is None else max(highest, min(top, lowest)), width, height)
    ground = QColor(theme.raised)
    ground.setAlphaF(0.94)
    painter.setPen(QPen(QColor(theme.outline), theme.outline_px))
    painter.setBrush(ground)
    painter.drawRoundedRect(frame, theme.radius / 2, theme.radius / 2)
    y = frame.top() + theme.gap(1.25)
    for name, number, color in rows:
        painter.setPen(QColor(color))
        painter.drawText(QRectF(left + theme.gap(2), y, names + 2, metrics.height()), 0, name)
        painter.setPen(QColor(theme.text))
        line = QRectF(left, y, width - theme.gap(2), metrics.height())
        painter.drawText(line, int(Qt.AlignmentFlag.AlignRight), number)
        y += metrics.height()


def paint_focus(painter: QPainter, theme: Theme, rect: QRectF) -> None:
    """The keyboard focus ring around a picture."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(theme.accent), 2))
    painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), theme.radius / 2, theme.radius / 2)
