"""Small pictures of numbers: the next word, what heads do, the logit lens, a query times a key."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from courseai_lab.panels.attention_heatmap.pane import CENTRE, LEFT, RIGHT, Pane
from courseai_lab.ui.numbers import fmt
from courseai_lab.ui.panel_view import Table
from courseai_lab.ui.plots import colormaps
from courseai_lab.ui.theme import Theme

KIND_NAMES = {
    "previous": "previous token",
    "first": "first token",
    "same": "same token",
    "induction": "induction",
    "next": "next token",
    "matching": "bracket or quote",
}
DEFINITIONS = {
    "previous": "mean weight on the token just before",
    "first": "mean weight on the first token",
    "same": "mean weight on other places with the same token",
    "induction": "random tokens said twice: mean weight on what followed the token the first time",
    "next": "mean weight on the token just after",
    "matching": "mean weight of a closing quote or bracket on its opening one",
}


class NextPane(Pane):
    """The next word's probabilities, as the model is and under the change, and the loss on the sentence."""

    def paint_picture(self, painter: QPainter, width: float, height: float, screen: bool) -> None:
        """A pair of bars for each word."""
        frame, theme, gap = self.frame, self.theme, float(self.theme.gap(1))
        token = frame.tokens[frame.token]
        title = f"If “{token}” were hidden" if frame.hidden else f"What comes after “{token}”"
        y = self.heading(painter, title, "", width)
        losses = self._losses()
        foot = height - self.line * len(losses) - gap
        if frame.changed:
            y = self._key(painter, y, width)
        label = min(max(self.wide(word) for word in frame.choices) + 3 * gap, 0.35 * width)
        number = self.wide("100 % → 0.99 %" if frame.changed else "0.99 %") + gap
        high = 1.5 * self.line if frame.changed else 1.3 * self.line
        count = max(1, min(len(frame.choices), int((foot - y) / high)))
        for k in range(count):
            top = y + k * high
            self.words(painter, frame.choices[k], QRectF(gap, top, label - gap, high - 3), "text", RIGHT)
            bars = [(float(frame.plain[k]), "muted", False)] if frame.changed else []
            bars.append((float(frame.chance[k]), "model", True))
            thick = (high - 4) / len(bars)
            for row, (chance, name, filled) in enumerate(bars):
                room = width - label - number - 3 * gap
                bar = QRectF(label + gap, top + row * thick + 1, max(room * chance, 1.0), thick - 2)
                color = QColor(theme.color(name))
                painter.setPen(QPen(color, 1))
                painter.setBrush(color if filled else Qt.BrushStyle.NoBrush)
                painter.drawRect(bar)
            said = " → ".join(share(chance) for chance, _, _ in bars)
            self.words(painter, said, QRectF(width - number - gap, top, number, high - 3), "text", RIGHT)
        for row, text in enumerate(losses):
            ink = "text" if frame.changed else "muted"
            self.words(painter, text, QRectF(2 * gap, foot + row * self.line, width - 3 * gap, self.line), ink)

    def _key(self, painter: QPainter, y: float, width: float) -> float:
        gap = float(self.theme.gap(1))
        x = 2 * gap
        for text, name, filled in (("as trained", "muted", False), (self.frame.changed, "model", True)):
            ink = QColor(self.theme.color(name))
            painter.setPen(QPen(ink, 1))
            painter.setBrush(ink if filled else Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(x, y + self.line / 2 - gap, 2 * gap, 2 * gap))
            self.words(painter, text, QRectF(x + 3 * gap, y, width - x - 4 * gap, self.line), name)
            x += self.wide(text) + 6 * gap
        return y + self.line + gap

    def _losses(self) -> list[str]:
        frame = self.frame
        if math.isnan(frame.loss):
            return []
        unit = "nats for this token" if frame.hidden else "nats a token"
        bytes_ = not math.isnan(frame.byte_bits)
        if not frame.changed:
            more = f", {fmt(frame.byte_bits)} bits a byte" if bytes_ else ""
            return [f"Loss {fmt(frame.loss)} {unit}{more}"]
        out = [f"Loss {fmt(frame.loss_plain)} → {fmt(frame.loss)} {unit} ({signed(frame.loss - frame.loss_plain)})"]
        if bytes_:
            out.append(f"{fmt(frame.byte_bits_plain)} → {fmt(frame.byte_bits)} bits a byte")
        return out

    def table(self) -> list[Table]:
        """Words and their probabilities."""
        if self.frame is None:
            return []
        frame = self.frame
        rows = [[w, float(a), float(b)] for w, a, b in zip(frame.choices, frame.plain, frame.chance, strict=True)]
        losses = [["nats", frame.loss_plain, frame.loss], ["bits a byte", frame.byte_bits_plain, frame.byte_bits]]
        return [
            Table("Next token", ("token", "as trained", "changed"), rows),
            Table("Loss", ("unit", "as trained", "changed"), losses),
        ]


class HeadsPane(Pane):
    """Every kind with its best head, and all heads ranked by one kind. ``ranked`` carries a kind, ``chosen`` a head."""

    ranked = Signal(str)
    chosen = Signal(int, int)

    def __init__(self, theme: Theme, parent: QWidget, name: str) -> None:
        super().__init__(theme, parent, name)
        self._spots: list[tuple[QRectF, str, tuple[int, int]]] = []

    def paint_picture(self, painter: QPainter, width: float, height: float, screen: bool) -> None:
        """Two columns: kinds, and the ranking."""
        frame, gap = self.frame, float(self.theme.gap(1))
        kind = self.look.kind if self.look.kind in frame.kinds else frame.kinds[0]
        at = frame.kinds.index(kind)
        y = self.heading(painter, "What heads do", "click a row", width)
        lines = wrap(f"{KIND_NAMES[kind]}: {DEFINITIONS[kind]} ({self._over(at)})", self, width - 4 * gap)
        foot = height - self.line * len(lines) - gap
        split = 0.58 * width
        spots = []
        row = self.line * 1.35
        for k, name in enumerate(frame.kinds):
            best = int(frame.order[k, 0])
            spots.append((QRectF(gap, y + k * row, split - 2 * gap, row), name, divmod(best, frame.heads)))
        count = max(0, min(frame.order.shape[1], int((foot - y) / row))) if frame.counts[at] else 0
        for k in range(count):
            head = divmod(int(frame.order[at, k]), frame.heads)
            spots.append((QRectF(split, y + k * row, width - split - gap, row), "", head))
        for rect, name, head in spots:
            if rect.bottom() <= foot:
                chosen = name == kind or (not name and head == (frame.layer, frame.head))
                of = frame.kinds.index(name) if name else at
                score = float(frame.scores[of, head[0], head[1]]) if frame.counts[of] else math.nan
                self._row(painter, rect, name, head, score, chosen)
        for k, text in enumerate(lines):
            self.words(painter, text, QRectF(2 * gap, foot + k * self.line, width - 4 * gap, self.line))
        if screen:
            self._spots = spots

    def _row(
        self, painter: QPainter, rect: QRectF, name: str, head: tuple[int, int], score: float, chosen: bool
    ) -> None:
        gap = float(self.theme.gap(1))
        if chosen:
            painter.fillRect(rect.adjusted(0, 1, 0, -1), QColor(self.theme.selected))
        number, label = self.wide("0.00") + gap, self.wide("00.00") + gap
        room = rect.width() - number - label - gap
        bar = QRectF(rect.right() - number - 2 * gap, rect.y() + 4, 0, rect.height() - 8)
        if name:
            names = min(self.wide("bracket or quote") + 2 * gap, room)
            self.words(painter, KIND_NAMES[name], QRectF(rect.x() + gap, rect.y(), names, rect.height()), "text")
            if not math.isnan(score):
                best = QRectF(rect.x() + names + gap, rect.y(), label, rect.height())
                self.words(painter, f"{head[0]}.{head[1]}", best)
        elif not math.isnan(score):
            self.words(painter, f"{head[0]}.{head[1]}", QRectF(rect.x() + gap, rect.y(), label, rect.height()), "text")
            bar = QRectF(rect.x() + label + gap, rect.y() + 4, max((room - gap) * score, 1.0), rect.height() - 8)
            painter.fillRect(bar, QColor(self.theme.role("model")))
        value = QRectF(rect.right() - number - gap / 2, rect.y(), number, rect.height())
        self.words(painter, "none" if math.isnan(score) else f"{score:.2f}", value, "text", RIGHT)

    def _over(self, at: int) -> str:
        count, kind = self.frame.counts[at], self.frame.kinds[at]
        if kind == "induction":
            return f"over {count} tokens, model as trained"
        if not count:
            return "there is none in this sentence" if kind in ("same", "matching") else "the sentence is too short"
        return f"over {count} {'token' if count == 1 else 'tokens'} of this sentence"

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A kind and its best head, or a head of the ranking."""
        for rect, name, head in self._spots if self.frame is not None else []:
            if rect.contains(event.position()):
                if name:
                    self.ranked.emit(name)
                self.chosen.emit(*head)
                return

    def table(self) -> list[Table]:
        """The ranking by each kind."""
        if self.frame is None:
            return []
        frame = self.frame
        return [
            Table(
                f"Heads by {KIND_NAMES[kind]}",
                ("head", "score"),
                [
                    [f"{cell // frame.heads}.{cell % frame.heads}", float(frame.scores[k].flat[cell])]
                    for cell in frame.order[k].tolist()
                ],
            )
            for k, kind in enumerate(frame.kinds)
        ]


class LensPane(Pane):
    """What each layer would say if it were the last (logit lens), at the token looked at."""

    def paint_picture(self, painter: QPainter, width: float, height: float, screen: bool) -> None:
        """A row a layer, three words each, darker the likelier."""
        frame, gap = self.frame, float(self.theme.gap(1))
        depths, places = frame.lens.shape
        places = min(places, max(1, int(width / (8 * self.line))))
        y = self.heading(painter, "Logit lens", f"what each layer would say at “{frame.tokens[frame.token]}”", width)
        names = ["embedding", *(f"after {layer}" for layer in range(depths - 1))]
        label = self.wide("embedding") + 2 * gap
        row = min((height - y - gap) / depths, 2 * self.line)
        every = max(1, math.ceil(self.line / max(row, 1e-6)))
        wide = (width - label - 2 * gap) / places
        table = colormaps.colors("sequential", self.theme)
        for depth in range(0, depths, every):
            top = y + depth * row
            self.words(painter, names[depth], QRectF(gap, top, label - gap, min(row * every, 2 * self.line)), "muted")
            for place in range(places):
                chance = float(frame.lens[depth, place])
                rect = QRectF(label + place * wide, top + 1, wide - 2, row * every - 2)
                red, green, blue = (int(v) for v in table[round(255 * min(chance, 1.0))])
                painter.fillRect(rect, QColor(red, green, blue))
                ink = "#000000" if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else "#FFFFFF"
                number = share(chance)
                inner = rect.adjusted(gap, 0, -gap, 0)
                if inner.width() > self.wide(number) + 1.6 * self.line:
                    self.words(painter, number, inner, ink, RIGHT)
                    inner.setRight(inner.right() - self.wide(number) - gap)
                self.words(painter, frame.lens_words[depth][place], inner, ink, LEFT)

    def table(self) -> list[Table]:
        """Words and probabilities by layer."""
        if self.frame is None:
            return []
        rows = [
            ["embedding" if depth == 0 else f"after layer {depth - 1}", word, float(chance)]
            for depth, row in enumerate(self.frame.lens_words)
            for word, chance in zip(row, self.frame.lens[depth], strict=True)
        ]
        return [Table("Logit lens", ("depth", "token", "probability"), rows)]


class NeuronPane(Pane):
    """A query and a key element by element, their product, and how its sum becomes the score."""

    term = "q"

    def paint_picture(self, painter: QPainter, width: float, height: float, screen: bool) -> None:
        """Three strips of bars above the sum."""
        frame, theme, gap = self.frame, self.theme, float(self.theme.gap(1))
        title = f"Why “{frame.tokens[frame.token]}” looks at “{frame.tokens[frame.partner]}”"
        y = self.heading(painter, title, f"head {frame.layer}.{frame.head}: query times key", width)
        lines = self._sum()
        foot = height - self.line * len(lines) - gap
        label = self.wide("q × k") + 2 * gap
        strips: tuple[tuple[str, str, np.ndarray], ...] = (
            ("q", "query", frame.q), ("k", "key", frame.k), ("q × k", "", frame.product),
        )  # fmt: skip
        high = (foot - y) / len(strips)
        table = colormaps.diverging(theme.dark)
        shown = max(float(np.abs(frame.q).max()), float(np.abs(frame.k).max()), 1e-9)
        for row, (name, role, values) in enumerate(strips):
            top = y + row * high
            most = max(float(np.abs(values).max()), 1e-9) if not role else shown
            self.words(painter, name, QRectF(gap, top, label - gap, high), role or "text", CENTRE)
            middle, half = top + high / 2, high / 2 - 3
            each = (width - label - 2 * gap) / len(values)
            painter.setPen(QPen(QColor(theme.grid), 1))
            painter.drawLine(int(label), int(middle), int(width - gap), int(middle))
            for k, value in enumerate(values.tolist()):
                size = half * value / most
                bar = QRectF(label + k * each, middle - max(size, 0), max(each - 1, 1), max(abs(size), 0.5))
                color = theme.role(role) if role else rgb(table[0 if value < 0 else 255])
                painter.fillRect(bar, QColor(color))
        for row, text in enumerate(lines):
            self.words(painter, text, QRectF(2 * gap, foot + row * self.line, width - 3 * gap, self.line), "text")

    def _sum(self) -> list[str]:
        frame = self.frame
        hidden = math.isinf(frame.shift)
        added = "" if not frame.shift else f" + ({fmt(frame.shift)})" if not hidden else ", hidden by the mask"
        first = f"Σ q×k = {fmt(frame.dot)}; × {fmt(frame.scale)}{added} = score {fmt(frame.score)}"
        if hidden:
            first = f"Σ q×k = {fmt(frame.dot)}; × {fmt(frame.scale)}, but hidden by the mask"
        second = f"softmax over the row → weight {fmt(frame.weight)}"
        if frame.changed:
            second += f" (as trained {fmt(frame.before_weight)})"
        return [first, second]

    def table(self) -> list[Table]:
        """The elements."""
        if self.frame is None:
            return []
        frame = self.frame
        rows = [[k, *map(float, row)] for k, row in enumerate(zip(frame.q, frame.k, frame.product, strict=True))]
        return [Table("Query times key", ("element", "q", "k", "q × k"), rows)]


def rgb(color: Any) -> str:
    """Three bytes as #RRGGBB."""
    return "#" + "".join(f"{int(v):02X}" for v in color)


def share(chance: float) -> str:
    """A probability in percent."""
    return fmt(100 * chance, 2 if chance < 0.995 else 3, "%") if chance >= 1e-3 else "< 0.1\u202f%"


def signed(value: float) -> str:
    """A difference with its sign."""
    return f"+{fmt(value)}" if value > 0 else fmt(value)


def wrap(text: str, pane: Pane, width: float) -> list[str]:
    """A text in lines of at most ``width`` pixels, three of them."""
    lines: list[str] = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if pane.wide(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines[:3]
