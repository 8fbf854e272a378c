"""The lookup as it is worked out by hand: one row for each key, from its score to its share of the blend."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from courseai_lab.ui.numbers import fmt
from courseai_lab.ui.panel_view import Table
from courseai_lab.ui.theme import text_font

if TYPE_CHECKING:
    from courseai_lab.panels.attention_lookup.frame import Frame
    from courseai_lab.panels.attention_lookup.params import LookupParams
    from courseai_lab.ui.theme import Theme

HEADER = ("key", "score", "e^(s/T)", "weight", "value")
LIT = {"s": 1, "q": 1, "k": 1, "gain": 1, "w": 3, "temperature": 2, "v": 4, "o": 4}


def score_text(params: LookupParams, query: tuple[float, float], key: tuple[float, float], score: float) -> str:
    """One score written out with its numbers."""
    (a, b), (x, y) = ((fmt(round(v, 4)) for v in pair) for pair in (query, key))
    products = f"{a}·{_signed(x)} + {_signed(b)}·{_signed(y)}"
    gain = fmt(params.gain)
    out = {
        "dot": products,
        "scaled": f"({products}) / √2",
        "general": _turned(params, (a, b), key),
        "additive": f"tanh({gain}·({a} + {_signed(x)})) + tanh({gain}·({b} + {_signed(y)}))",
        "cosine": f"({products}) / ({fmt(math.hypot(*query))}·{fmt(math.hypot(*key))})",
    }[params.score.value]
    return f"{out} = {fmt(score)}"


def _turned(params: LookupParams, query: tuple[str, str], key: tuple[float, float]) -> str:
    """q . (W k), with the key as W leaves it."""
    c, s = math.cos(math.radians(params.turn)), math.sin(math.radians(params.turn))
    x, y = (params.gain * v for v in (c * key[0] - s * key[1], s * key[0] + c * key[1]))
    turned = [_signed(fmt(round(v, 4))) for v in (x, y)]
    return f"{query[0]}·{turned[0]} + {_signed(query[1])}·{turned[1]}"


def _signed(text: str) -> str:
    return f"({text})" if text.startswith("−") else text


class Arithmetic(QWidget):
    """Painted rows. Click one, or walk with Up and Down, to colour the plane by that key's weight."""

    chosen = Signal(int)
    """The number of the key, from 1."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._frame: Frame | None = None
        self._params: LookupParams | None = None
        self._key = 0
        self._lit = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("The lookup worked out, a row for each key")
        self.setToolTip("Click a row to colour the plane by that key's weight.")

    def set_theme(self, theme: Theme) -> None:
        """Follow a new theme."""
        self._theme = theme
        self.update()

    def show_frame(self, frame: Frame, params: LookupParams, key: int) -> None:
        """Show a frame; ``key`` (from 0) is the one whose weight colours the plane."""
        self._frame, self._params, self._key = frame, params, key
        self.setAccessibleDescription("; ".join(f"key {row[0]}: weight {fmt(row[3])}" for row in self._rows()))
        self.update()

    def light(self, name: str) -> None:
        """Emphasise the column of a term of the formula."""
        if name != self._lit:
            self._lit = name
            self.update()

    def needed(self, width: int) -> int:
        """Pixels that all rows need."""
        count = len(self._rows())
        return math.ceil((count + 2) * self._line() + self._theme.gap(2))

    def table(self) -> list[Table]:
        """The same as numbers."""
        return [
            Table("The lookup worked out", ("key", "score", "raised", "weight", "value x", "value y"), self._rows())
        ]

    def _rows(self) -> list[tuple[float, ...]]:
        f = self._frame
        if f is None or f.scores is None or f.raised is None or f.weights is None or f.values is None:
            return []
        return [
            (k + 1, float(f.scores[k]), float(f.raised[k]), float(f.weights[k]), *f.values[k].tolist())
            for k in range(len(f.scores))
        ]

    def _font(self, bold: bool = False) -> QFont:
        font = text_font(self._theme, self._theme.caption_px)
        font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        return font

    def _line(self) -> float:
        return QFontMetricsF(self._font()).height() + self._theme.gap(1)

    def _columns(self) -> list[tuple[float, float]]:
        """Left edge and width of the columns; the score takes what the others leave. Narrow: fewer."""
        metrics = QFontMetricsF(self._font())
        number, gap = metrics.horizontalAdvance("−0.000×10⁻⁰"), self._theme.gap(3)
        widths = [metrics.horizontalAdvance("key 8"), 0.0, number * 0.8, number * 1.4, number * 1.6]
        if self.width() < 460 * self._theme.scale:
            widths[2] = widths[4] = 0.0
        widths[1] = self.width() - sum(widths) - gap * (sum(w > 0 for w in widths) + 1)
        out: list[tuple[float, float]] = []
        x = float(gap)
        for width in widths:
            out.append((x, width))
            x += width + (gap if width > 0 else 0)
        return out

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt's hook."""
        painter = QPainter(self)
        self._paint(painter)
        painter.end()

    def _paint(self, painter: QPainter) -> None:
        f, p, theme = self._frame, self._params, self._theme
        if f is None or p is None or f.query is None or f.keys is None or f.blend is None:
            return
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        columns, line = self._columns(), self._line()
        painter.setFont(self._font())
        lit = LIT.get(self._lit, -1)
        heads = list(HEADER)
        if f.shift:
            heads[2] = "e^((s−max)/T)"
        if p.score.value == "general":
            heads[1] = "score: q · (W k), the key as W turns it"
        for k, (head, (x, width)) in enumerate(zip(heads, columns, strict=True)):
            if width > 0:
                self._text(painter, QRectF(x, 0, width, line), head, theme.accent if k == lit else theme.muted, k > 1)
        rows = self._rows()
        query = (float(f.query[0]), float(f.query[1]))
        for k, row in enumerate(rows):
            top = (k + 1) * line
            if k == self._key:
                painter.fillRect(QRectF(0, top, self.width(), line), QColor(theme.selected))
            key = (float(f.keys[k][0]), float(f.keys[k][1]))
            texts = (
                f"k{k + 1}", self._short(p, query, key, row[1], columns[1][1]), fmt(row[2]), fmt(row[3]),
                f"({fmt(round(row[4], 4))}, {fmt(round(row[5], 4))})",
            )  # fmt: skip
            self._bar(painter, QRectF(columns[3][0], top, columns[3][1], line), row[3])
            for c, (text, (x, width)) in enumerate(zip(texts, columns, strict=True)):
                if width > 0:
                    color = theme.color("key") if c == 0 else theme.color("value") if c == 4 else theme.text
                    self._text(painter, QRectF(x, top, width, line), text, color, c > 1, bold=c == lit)
        total = f"o = ({fmt(float(f.blend[0]))}, {fmt(float(f.blend[1]))})"
        top = (len(rows) + 1) * line
        painter.setPen(QPen(QColor(theme.grid), 1))
        painter.drawLine(QPointF(0, top), QPointF(self.width(), top))
        if columns[2][1] > 0 and f.raised is not None:
            self._text(painter, QRectF(columns[2][0], top, columns[2][1], line), f"Σ {fmt(float(f.raised.sum()))}",
                       theme.muted, True)  # fmt: skip
        spread = f"Σ w v:  {total}"
        self._text(
            painter, QRectF(0, top, self.width() - theme.gap(3), line), spread, theme.color("model"), True, bold=True
        )
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))

    def _short(
        self, p: LookupParams, query: tuple[float, float], key: tuple[float, float], score: float, room: float
    ) -> str:
        """The score written out where there is room, else its value."""
        text = score_text(p, query, key, score)
        return text if QFontMetricsF(self._font()).horizontalAdvance(text) <= room else f"= {fmt(score)}"

    def _bar(self, painter: QPainter, cell: QRectF, weight: float) -> None:
        color = QColor(self._theme.color("query"))
        color.setAlphaF(0.35)
        inside = cell.adjusted(0, 2, 0, -2)
        painter.fillRect(QRectF(inside.left(), inside.top(), inside.width() * weight, inside.height()), color)

    def _text(self, painter: QPainter, rect: QRectF, text: str, color: str, right: bool, *, bold: bool = False) -> None:
        painter.setFont(self._font(bold))
        painter.setPen(QColor(color))
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        painter.drawText(rect, int(side | Qt.AlignmentFlag.AlignVCenter), text)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Qt's hook."""
        row = int(event.position().y() // self._line()) - 1
        if event.button() == Qt.MouseButton.LeftButton and 0 <= row < len(self._rows()):
            self.chosen.emit(row + 1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and Down go from key to key."""
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
        count = len(self._rows())
        if step and count:
            self.chosen.emit((self._key + step) % count + 1)
        else:
            super().keyPressEvent(event)
