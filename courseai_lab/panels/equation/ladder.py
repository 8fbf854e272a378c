"""The formula worked out inside out: what is put in, then one row for each sub-term, the present one with numbers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QSizePolicy, QWidget

from courseai_lab.panels.equation.shapes import shape_text
from courseai_lab.ui.formula.typeset import Setting, TexError, typeset
from courseai_lab.ui.numbers import fmt
from courseai_lab.ui.panel_view import Table
from courseai_lab.ui.theme import Theme, text_font

if TYPE_CHECKING:
    from courseai_lab.panels.equation.frame import Frame

LETTERS = 1.3
"""Size of the TeX, in body text sizes."""
SMALLEST = 0.55
"""The least that wide TeX is shrunk to."""
_NESTED = r"\frac{\frac"


@dataclass(frozen=True, slots=True)
class _Piece:
    """Something painted at a place: TeX, or words."""

    rect: QRectF
    setting: Setting | None = None
    text: str = ""
    color: str = ""
    px: int = 0
    bold: bool = False


@dataclass(slots=True)
class _Block:
    """A hoverable place with its pieces; ``id`` is the part's, or ""."""

    rect: QRectF
    id: str
    pieces: list[_Piece] = field(default_factory=list)
    present: bool = False


class Painted(QWidget):
    """Blocks of TeX and words, laid out for the width; ``_laid_out`` makes them from the frame."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._frame: Frame | None = None
        self._lit = ""
        self._blocks: list[_Block] = []
        self._height = 0.0
        self._renderers: dict[bytes, QSvgRenderer] = {}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self._theme = theme
        self._renderers.clear()
        self._lay_out()

    def show_frame(self, frame: Frame) -> None:
        """Show a frame."""
        self._frame = frame
        self._lay_out()

    def wanted_height(self, width: int) -> int:
        """Pixels that everything takes at this width."""
        return round(self._laid_out(width)[1])

    def sizeHint(self) -> QSize:
        """A column."""
        return QSize(360, 300)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break anew."""
        super().resizeEvent(event)
        self._lay_out()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Rows, the present one on a tinted ground, the lit one underlined by the accent."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = self._theme
        for block in self._blocks:
            if block.present or (block.id and block.id == self._lit):
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(theme.selected if block.present else theme.hover))
                painter.drawRoundedRect(block.rect, theme.radius, theme.radius)
            if block.id and block.id == self._lit:
                painter.setBrush(QColor(theme.accent))
                painter.drawRoundedRect(QRectF(block.rect.left(), block.rect.top(), 3, block.rect.height()), 1.5, 1.5)
            for piece in block.pieces:
                self._paint(painter, piece)
        painter.end()

    def _paint(self, painter: QPainter, piece: _Piece) -> None:
        if piece.setting is not None:
            renderer = self._renderers.get(piece.setting.svg)
            if renderer is None:
                renderer = self._renderers[piece.setting.svg] = piece.setting.renderer()
            renderer.render(painter, piece.rect)
            return
        font = text_font(self._theme, piece.px)
        font.setBold(piece.bold)
        painter.setFont(font)
        painter.setPen(QColor(piece.color))
        painter.drawText(piece.rect, int(Qt.TextFlag.TextWordWrap), piece.text)

    def _lay_out(self) -> None:
        self._blocks, self._height = self._laid_out(self.width())
        used = {p.setting.svg for b in self._blocks for p in b.pieces if p.setting is not None}
        self._renderers = {svg: renderer for svg, renderer in self._renderers.items() if svg in used}
        self.update()

    def _laid_out(self, width: int) -> tuple[list[_Block], float]:
        if self._frame is None or width < 40:
            return [], 0.0
        return self._blocks_of(_Layout(self._frame, self._theme, float(width)))

    def _blocks_of(self, layout: _Layout) -> tuple[list[_Block], float]:
        raise TypeError(f"{type(self).__name__} must define _blocks_of()")


class Whole(Painted):
    """The whole formula with its numbers put in, and what of it is left to work out."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self.setAccessibleName("The formula with numbers")

    def show_frame(self, frame: Frame) -> None:
        """Show a frame."""
        super().show_frame(frame)
        self.setAccessibleDescription(f"{frame.started}; worked out so far: {frame.collapsed}")

    def _blocks_of(self, layout: _Layout) -> tuple[list[_Block], float]:
        return layout.whole()


class Ladder(Painted):
    """The parts, row by row. ``pointed`` carries the id under the pointer, ``chosen`` the step that was clicked."""

    pointed = Signal(str)
    chosen = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self.setMouseTracking(True)
        self.setAccessibleName("The formula step by step")

    def show_frame(self, frame: Frame) -> None:
        """Show a frame."""
        super().show_frame(frame)
        known = [frame.known(id) for id in frame.ids]
        said = [
            f"{meaning}: {result if there else 'not yet'}"
            for meaning, result, there in zip(frame.meanings, frame.results, known, strict=True)
        ]
        self.setAccessibleDescription("; ".join(said))

    def highlight(self, id: str) -> None:
        """Light the row of a part ("" for none)."""
        if id != self._lit:
            self._lit = id
            self.update()

    def table(self) -> list[Table]:
        """Every part with its numbers."""
        if self._frame is None:
            return []
        frame = self._frame
        rows = [
            (
                id,
                meaning,
                shape_text(shape),
                " ".join(fmt(float(v), 6, trim=True) for v in frame.value(id).ravel()[:64]),
            )
            for id, meaning, shape in zip(frame.ids, frame.meanings, frame.shapes, strict=True)
            if frame.known(id)
        ]
        return [Table("Terms of the formula", ("term", "meaning", "shape", "value"), rows)]

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at what is under the pointer."""
        at = event.position()
        self.pointed.emit(next((b.id for b in self._blocks if b.id and b.rect.contains(at)), ""))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Go to the step that was clicked."""
        at = event.position()
        id = next((b.id for b in self._blocks if b.id and b.rect.contains(at)), "")
        if self._frame is not None and id in self._frame.worked:
            self.chosen.emit(self._frame.worked.index(id) + 1)

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing."""
        self.pointed.emit("")
        super().leaveEvent(event)

    def _blocks_of(self, layout: _Layout) -> tuple[list[_Block], float]:
        return layout.rows()


def _moved(piece: _Piece, down: float) -> _Piece:
    return replace(piece, rect=piece.rect.translated(0.0, down))


class _Layout:
    """Places everything, top down."""

    def __init__(self, frame: Frame, theme: Theme, width: float) -> None:
        self.frame, self.theme, self.width = frame, theme, width
        self.pad = float(theme.gap(2))
        self.size = theme.text_px * LETTERS
        self.y = self.pad
        self.out: list[_Block] = []

    def rows(self) -> tuple[list[_Block], float]:
        """What is put in, then every part that is worked out."""
        self.givens()
        for k, id in enumerate(self.frame.worked):
            self.row(k, id)
        return self.out, self.y + self.pad

    def whole(self) -> tuple[list[_Block], float]:
        """The formula with its numbers, and what of it is left; side by side, below each other, or what fits."""
        frame, theme = self.frame, self.theme
        room, size = self.width - 2 * self.pad, self.size * 1.1
        block = _Block(QRectF(), "")
        x, y, tall = self.pad, self.y, 0.0
        # A fraction in a fraction takes the typesetter 0.1 s: too long for every move of a slider, which is made with
        # everything worked out. While it is worked out step by step, the long form is set once and kept.
        long = _NESTED in frame.started and frame.done == frame.steps
        lines = [] if long else [(frame.started, theme.text)]
        if long or (frame.done and frame.collapsed != frame.started):
            lines.append((frame.collapsed, theme.accent))
        for tex, color in lines:
            first = "" if block.pieces else frame.tex[-1]
            setting, w, h = self.tex(f"{first} = {tex}", color, room, size)
            if setting is None or w > room + 1:  # smaller than legible: the rows below say it all
                continue
            if x + w > self.pad + room + 1:
                x, y, tall = self.pad, y + tall + theme.gap(1), 0.0
            block.pieces.append(_Piece(QRectF(x, y, w, h), setting))
            x, tall = x + w + theme.gap(2), max(tall, h)
        # Side by side the two stand on one middle line.
        rows = {piece.rect.top() for piece in block.pieces}
        if len(rows) == 1 and len(block.pieces) == 2:
            block.pieces = [_moved(piece, (tall - piece.rect.height()) / 2) for piece in block.pieces]
        self.out.append(block)
        return self.out, (y + tall + self.pad) if block.pieces else 0.0

    def tex(self, tex: str, color: str, room: float, size: float | None = None) -> tuple[Setting | None, float, float]:
        """Setting and its size where ``room`` pixels are to be had; no setting where TeX cannot say it."""
        try:
            setting = typeset(tex, size or self.size, color)
        except TexError:
            return None, 0.0, 0.0
        scale = max(SMALLEST, min(1.0, room / setting.width))
        return setting, setting.width * scale, setting.height * scale

    def words(self, text: str, color: str, left: float, top: float, room: float, px: int, bold: bool = False) -> _Piece:
        font = text_font(self.theme, px)
        font.setBold(bold)
        flags = int(Qt.TextFlag.TextWordWrap)
        box = QFontMetricsF(font).boundingRect(QRectF(0, 0, room, 1e5), flags, text)
        return _Piece(QRectF(left, top, room, box.height() + 1), None, text, color, px, bold)

    def givens(self) -> None:
        """What is put in: symbols with values, in lines."""
        frame, theme = self.frame, self.theme
        x, line, gap = self.pad, 0.0, float(theme.gap(4))
        for id, tex, rule, shape in zip(frame.ids, frame.tex, frame.rules, frame.shapes, strict=True):
            if rule:
                continue
            setting, w, h = self.tex(tex, theme.text, self.width)
            number = frame.number(id)
            text = f" = {fmt(number, trim=True)}" if number == number else f"  {shape_text(shape)}"
            font = text_font(theme)
            wide = QFontMetricsF(font).horizontalAdvance(text)
            tall = max(h, QFontMetricsF(font).height())
            if x + w + wide > self.width - self.pad and x > self.pad:
                x, self.y, line = self.pad, self.y + line + theme.gap(1), 0.0
            base = self.y + tall / 2
            block = _Block(QRectF(x - 4, self.y - 2, w + wide + 8, tall + 4), id)
            block.pieces.append(_Piece(QRectF(x, base - h / 2, w, h), setting))
            under = QRectF(x + w, base - QFontMetricsF(font).height() / 2, wide + 4, QFontMetricsF(font).height())
            block.pieces.append(_Piece(under, None, text, theme.text, theme.text_px))
            self.out.append(block)
            x += w + wide + gap
            line = max(line, tall)
        self.y += line + theme.gap(3)

    def row(self, k: int, id: str) -> None:
        """One sub-term: symbols; for the present one also numbers; the result; what it means."""
        frame, theme = self.frame, self.theme
        at = frame.ids.index(id)
        done, present = k < frame.done, k == frame.done - 1 and frame.done < frame.steps
        block = _Block(QRectF(), id, present=present)
        color = theme.text if done else theme.muted
        room = self.width - 2 * self.pad
        top = self.y + theme.gap(1)
        setting, w, h = self.tex(f"{frame.tex[at]} = {frame.rules[at]}", color, room * 0.68)
        if setting is not None:
            block.pieces.append(_Piece(QRectF(self.pad, top, w, h), setting))
        number = frame.number(id)
        text = fmt(number, trim=False) if number == number or not frame.shapes[at] else shape_text(frame.shapes[at])
        font_height = QFontMetricsF(text_font(theme)).height()
        value = f"= {text}" if done else "= ?"
        middle = top + max(h, font_height) / 2
        wide = room - w - theme.gap(2)
        where = QRectF(self.pad + w + theme.gap(2), middle - font_height / 2, wide, font_height)
        block.pieces.append(_Piece(where, None, value, color, theme.text_px, done))
        y = top + max(h, font_height)
        if done and k == frame.done - 1:
            setting, w, h = self.tex(f"= {frame.filled[at]} = {frame.results[at]}", theme.accent, room - theme.gap(4))
            if setting is not None:
                y += theme.gap(1)
                block.pieces.append(_Piece(QRectF(self.pad + theme.gap(4), y, w, h), setting))
                y += h
        shape = f" ({shape_text(frame.shapes[at])})" if frame.shapes[at] else ""
        said = self.words(frame.meanings[at] + shape, theme.muted, self.pad, y + 2, room, theme.caption_px)
        block.pieces.append(said)
        y = said.rect.bottom() + theme.gap(1)
        block.rect = QRectF(0, self.y, self.width, y - self.y)
        self.out.append(block)
        self.y = y + theme.gap(1)
