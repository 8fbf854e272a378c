"""Tokens twice, those that look on the left, those looked at on the right, lines between: click one token."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen, QWheelEvent
from PySide6.QtWidgets import QWidget

from courseai_lab.panels.attention_heatmap.pane import LEFT, RIGHT, Pane
from courseai_lab.ui.panel_view import Table
from courseai_lab.ui.theme import Theme

FAINT = 0.03
MOST_FAINT = 1500
LEAST_SAID = 0.01


class LinesPane(Pane):
    """``chosen`` carries the token clicked on the left or the right, ``partnered`` one clicked with Shift."""

    chosen = Signal(int)
    partnered = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget, second: bool = False) -> None:
        super().__init__(theme, parent, "Token lines of the second" if second else "Token lines")
        self._second = second
        self._top: float | None = None
        self._token = -1
        self._hover: int | None = None

    @property
    def weights(self) -> np.ndarray:
        """The weights shown [query key]."""
        found: np.ndarray = self.frame.weights_b if self._second else self.frame.weights
        return found

    @property
    def tokens(self) -> tuple[str, ...]:
        """Their tokens."""
        found: tuple[str, ...] = self.frame.tokens_b if self._second else self.frame.tokens
        return found

    def show_frame(self, frame: Any, look: Any) -> None:
        """Show a frame; a token newly chosen is brought into sight."""
        self.frame, self.look = frame, look
        token = frame.token_b if self._second else frame.token
        if self._hover is not None and self._hover >= len(self.tokens):
            self._hover = None
        if token != self._token:
            before = self._scroll(self.height())
            row, room = self._row(self.height()), self.height() - self._head()
            self._token = token
            # A token already in sight stays where it is; another one is brought to the middle.
            self._top = before if before <= token * row <= before + room - row else None
        self.update()

    # Geometry

    def _row(self, height: float) -> float:
        """Height of a token's line: what the room gives, between one line of type and two."""
        room = height - self._head() - self.theme.gap(1)
        return min(max(room / max(len(self.tokens), 1), self.line * 1.02), 1.9 * self.line)

    def _head(self) -> float:
        return 2 * self.line + self.theme.gap(3)

    def _scroll(self, height: float) -> float:
        """The first pixel shown, kept within the list; about the chosen token until the wheel is turned."""
        row, room = self._row(height), height - self._head() - self.theme.gap(1)
        top = (self._token + 0.5) * row - room / 2 if self._top is None else self._top
        return min(max(top, 0.0), max(row * len(self.tokens) - room, 0.0))

    def _middle(self, token: int, height: float) -> float:
        return self._head() + (token + 0.5) * self._row(height) - self._scroll(height)

    def _columns(self, width: float) -> tuple[float, float]:
        """x where the lines leave and where they arrive."""
        number = self.wide("0.00") + self.theme.gap(1)
        label = min(self.widest(self.tokens) + self.theme.gap(1), 0.28 * width)
        return number + label + self.theme.gap(1), width - number - label - self.theme.gap(1)

    # Painting

    def paint_picture(self, painter: QPainter, width: float, height: float, screen: bool) -> None:
        """The chosen token's lines strong, all others faint, numbers at the ends."""
        title = self.frame.title_b if self._second else self.frame.title
        self.heading(painter, title[:1].upper() + title[1:], "click a token", width)
        left, right = self._columns(width)
        gap = float(self.theme.gap(1))
        y = self.line + 2 * gap
        self.words(painter, "looks", QRectF(gap, y, left - 2 * gap, self.line), "query", RIGHT)
        self.words(painter, "is looked at", QRectF(right + gap, y, width - right - gap, self.line), "key", LEFT)
        painter.save()
        painter.setClipRect(QRectF(0, self._head(), width, height - self._head()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shown = self._in_sight(height)
        self._faint(painter, left, right, height, shown)
        token = self._hover if screen and self._hover is not None else self._token
        token = min(max(token, 0), len(self.tokens) - 1)
        self._strong(painter, token, left, right, height)
        self._names(painter, token, left, right, width, height, shown)
        painter.restore()

    def _in_sight(self, height: float) -> range:
        row, first = self._row(height), self._scroll(height)
        end = int((first + height - self._head()) / row) + 1
        return range(int(first / row), min(end, len(self.tokens)))

    def _faint(self, painter: QPainter, left: float, right: float, height: float, shown: range) -> None:
        part = self.weights[shown.start : shown.stop, shown.start : shown.stop]
        queries, keys = np.nonzero(part > FAINT)
        if len(queries) > MOST_FAINT:
            best = np.argsort(-part[queries, keys], kind="stable")[:MOST_FAINT]
            queries, keys = queries[best], keys[best]
        color = QColor(self.theme.muted)
        # In four shades: a pen for each line would cost more than the lines.
        strength = np.minimum((part[queries, keys] * 4).astype(int), 3)
        first, row = self._middle(shown.start, height), self._row(height)
        for shade in range(4):
            chosen = strength == shade
            color.setAlphaF((0.05, 0.1, 0.18, 0.3)[shade])
            painter.setPen(QPen(color, 1.0))
            ends = zip((first + row * queries[chosen]).tolist(), (first + row * keys[chosen]).tolist(), strict=True)
            painter.drawLines([QLineF(left, a, right, b) for a, b in ends])

    def _strong(self, painter: QPainter, token: int, left: float, right: float, height: float) -> None:
        """Whom it looks at in the colour of queries, who looks at it in that of keys, dashed."""
        wide = max(self.theme.line_still, 2.0) * 1.6
        ways = (("key", self.weights[:, token], False), ("query", self.weights[token], True))
        for name, weights, outgoing in ways:
            for other in np.flatnonzero(weights > LEAST_SAID).tolist():
                if other == token and not outgoing:
                    continue
                color = QColor(self.theme.role(name))
                color.setAlphaF(0.25 + 0.75 * float(min(weights[other], 1.0)))
                pen = QPen(color, max(1.0, wide * float(weights[other])))
                if not outgoing:
                    pen.setDashPattern([3.0, 2.0])
                painter.setPen(pen)
                a, b = (token, other) if outgoing else (other, token)
                painter.drawLine(QLineF(left, self._middle(a, height), right, self._middle(b, height)))

    def _names(
        self, painter: QPainter, token: int, left: float, right: float, width: float, height: float, shown: range
    ) -> None:
        gap, number = float(self.theme.gap(1)), self.wide("0.00")
        for index in shown:
            y = self._middle(index, height) - self.line / 2
            chosen = index == token
            if chosen:
                band = QColor(self.theme.selected)
                painter.fillRect(QRectF(0, y, left, self.line), band)
                painter.fillRect(QRectF(right, y, width - right, self.line), band)
            label = QRectF(number + gap, y, left - number - 2 * gap, self.line)
            self.words(painter, self.tokens[index], label, "query" if chosen else "text", RIGHT)
            label = QRectF(right + gap, y, width - right - number - 2 * gap, self.line)
            self.words(painter, self.tokens[index], label, "key" if chosen else "text", LEFT)
            for value, x, name, align in (
                (float(self.weights[index, token]), 0.0, "key", RIGHT),
                (float(self.weights[token, index]), width - number - gap, "query", RIGHT),
            ):
                if value >= LEAST_SAID:
                    self.words(painter, two_digits(value), QRectF(x, y, number + 1, self.line), name, align)

    # Pointer and keys

    def _token_at(self, y: float) -> int | None:
        if self.frame is None or y < self._head():
            return None
        token = int((y - self._head() + self._scroll(self.height())) / self._row(self.height()))
        return token if token < len(self.tokens) else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The token under the pointer shows its lines."""
        found = self._token_at(event.position().y())
        if found != self._hover:
            self._hover = found
            self.setCursor(Qt.CursorShape.PointingHandCursor if found is not None else Qt.CursorShape.ArrowCursor)
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Back to the chosen token."""
        self._hover = None
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose a token."""
        found = self._token_at(event.position().y())
        if found is None or event.button() != Qt.MouseButton.LeftButton:
            return
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.partnered.emit(found)
        else:
            self.chosen.emit(found)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll the tokens; a list that is all in sight lets the page scroll."""
        if self.frame is None:
            event.ignore()
            return
        before = self._scroll(self.height())
        self._top = before - event.angleDelta().y() / 120 * 3 * self._row(self.height())
        now = self._scroll(self.height())
        self._top = now
        event.setAccepted(now != before)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down choose the neighbour."""
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if step is None or self.frame is None:
            super().keyPressEvent(event)
        else:
            self.chosen.emit(min(max(self._token + step, 0), len(self.tokens) - 1))

    def table(self) -> list[Table]:
        """Whom the token looks at and who looks at it."""
        if self.frame is None:
            return []
        token = min(max(self._token, 0), len(self.tokens) - 1)
        rows = [
            [i, name, float(self.weights[token, i]), float(self.weights[i, token])]
            for i, name in enumerate(self.tokens)
        ]
        return [Table(f"Lines of “{self.tokens[token]}”", ("token", "text", "it looks here", "looks at it"), rows)]


def two_digits(value: float) -> str:
    """A weight with two digits after the point."""
    return f"{value:.2f}"
