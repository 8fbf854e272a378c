"""Where the parts go: networks and boards above, charts in a row below; one column where it is narrow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QWidget

NARROW, GAP = 620, 8


@dataclass(frozen=True, slots=True)
class Plan:
    """Widgets with their places, and the height of it all."""

    places: tuple[tuple[QWidget, QRect], ...]
    height: int


def plan(
    pairs: Sequence[tuple[QWidget | None, QWidget | None]],
    charts: Sequence[QWidget],
    width: int,
    height: int,
    scale: float,
) -> Plan:
    """Places for each network's (drawing, board) and the ``charts``, at least as high as is needed to see anything."""
    if width < NARROW * min(scale, 1.3):
        return _column(pairs, charts, width, scale)
    per_row = max(1, min(len(charts), round(width / (230 * min(scale, 1.4)))))
    lines = -(-len(charts) // per_row)
    low = round(150 * scale)
    shown = [pair for pair in pairs if pair != (None, None)]
    upper = round((250 if len(shown) < 2 else 400) * scale) if shown else 0
    height = max(height, upper + lines * low)
    bottom = max(lines * low, round(height * (0.3 if lines < 2 else 0.42))) if shown and lines else height * bool(lines)
    top = QRect(0, 0, width, height - bottom)
    places = _one(*shown[0], top) if len(shown) == 1 else _several(shown, top)
    for line in range(lines):
        row = charts[line * per_row : (line + 1) * per_row]
        y, end = height - bottom + bottom * line // lines, height - bottom + bottom * (line + 1) // lines
        places += _row(row, QRect(0, y + GAP, width, end - y - GAP))
    return Plan(tuple(places), height)


def _one(net: QWidget | None, board: QWidget | None, area: QRect) -> list[tuple[QWidget, QRect]]:
    if net is None or board is None:
        return [(widget, area) for widget in (net, board) if widget is not None]
    # The board is square, with room for its axis and bar; the drawing takes the rest.
    right = min(area.height() + 90, round(0.5 * area.width()))
    left = area.width() - right
    return [
        (net, QRect(area.x(), area.y(), left - GAP, area.height())),
        (board, QRect(area.x() + left, area.y(), right, area.height())),
    ]


def _several(pairs: Sequence[tuple[QWidget | None, QWidget | None]], area: QRect) -> list[tuple[QWidget, QRect]]:
    out: list[tuple[QWidget, QRect]] = []
    for k, (net, board) in enumerate(pairs):
        x, end = area.width() * k // len(pairs), area.width() * (k + 1) // len(pairs)
        cell = QRect(area.x() + x, area.y(), end - x - GAP * (k + 1 < len(pairs)), area.height())
        half = cell.height() // 2 if net is not None and board is not None else cell.height()
        if net is not None:
            out.append((net, QRect(cell.x(), cell.y(), cell.width(), half)))
        if board is not None:
            out.append((board, QRect(cell.x(), cell.bottom() + 1 - half, cell.width(), half)))
    return out


def _row(widgets: Sequence[QWidget], area: QRect) -> list[tuple[QWidget, QRect]]:
    out = []
    for k, widget in enumerate(widgets):
        x, end = area.width() * k // len(widgets), area.width() * (k + 1) // len(widgets)
        out.append((widget, QRect(area.x() + x, area.y(), end - x - GAP * (k + 1 < len(widgets)), area.height())))
    return out


def _column(
    pairs: Sequence[tuple[QWidget | None, QWidget | None]], charts: Sequence[QWidget], width: int, scale: float
) -> Plan:
    places: list[tuple[QWidget, QRect]] = []
    y = 0
    tall = [(board, round(min(0.78 * width, 330 * scale))) for _, board in pairs if board is not None]
    nets = [(net, round(min(0.75 * width, 260 * scale))) for net, _ in pairs if net is not None]
    ordered = [one for pair in zip(tall, nets, strict=True) for one in pair] if len(tall) == len(nets) else tall + nets
    for widget, high in [*ordered, *((chart, round(160 * scale)) for chart in charts)]:
        places.append((widget, QRect(0, y, width, high)))
        y += high + GAP
    return Plan(tuple(places), max(y - GAP, 100))
