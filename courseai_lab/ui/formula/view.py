"""A formula whose named terms can be pointed at: hover, or Tab to it and walk with the arrow keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QColor,
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QDialog, QScrollArea, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from courseai_lab.contract import Formula
from courseai_lab.ui.formula.card import TermCard
from courseai_lab.ui.formula.lines import GAP, LARGE, Line, arrange, split_lines
from courseai_lab.ui.formula.typeset import Setting, TexError, typeset
from courseai_lab.ui.icons import icon, icon_size
from courseai_lab.ui.numbers import fmt
from courseai_lab.ui.theme import Theme, text_font

MAGNIFIED = 1.8


class FormulaView(QWidget):
    """Shows a ``Formula``; breaks it into lines and scales it down where it is narrow, never below legible size.

    Where even that does not fit, a button opens it large. A formula that cannot be typeset is shown as its TeX.
    """

    pointed = Signal(str)
    """The term under the pointer or walked to, or ""."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._formula = Formula("")
        self._readings: dict[str, str] = {}
        self._settings: tuple[Setting, ...] = ()
        self._renderers: list[QSvgRenderer] = []
        self._error = ""
        self._lines: list[Line] = []
        self._fits = True
        self._lit = ""
        self._walked = -1
        self._card = TermCard(theme, self)
        self.open_button = QToolButton(self)
        self.open_button.setText("Formula")
        self.open_button.setToolTip("Show the formula large")
        self.open_button.setAccessibleName("Show the formula large")
        self.open_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.open_button.clicked.connect(self.open_large)
        self.open_button.hide()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.set_theme(theme)

    @property
    def formula(self) -> Formula:
        """What is shown."""
        return self._formula

    @property
    def error(self) -> str:
        """Why it could not be typeset, or ""."""
        return self._error

    def set_formula(self, formula: Formula) -> None:
        """Show a formula; the same one again costs nothing."""
        if formula != self._formula:
            self._formula = formula
            self._walked = -1
            self._typeset()

    def set_readings(self, readings: Mapping[str, float | str]) -> None:
        """Live values of terms, by term id: numbers, or text as it is."""
        self._readings = {
            name: value if isinstance(value, str) else fmt(float(value), 3) for name, value in readings.items()
        }
        if self._lit and self._card.isVisible():
            self._show_card(self._lit)
        self._describe()

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self._theme = theme
        self._card.set_theme(theme)
        self.open_button.setIcon(icon("formula", theme))
        self.open_button.setIconSize(icon_size(theme))
        self._typeset()

    def highlight(self, term: str) -> None:
        """Light a term ("" for none), because something that belongs to it is pointed at elsewhere."""
        if term != self._lit:
            self._lit = term
            self._card.hide()
            self.update()

    def term_boxes(self) -> list[tuple[str, QRectF]]:
        """``(term id, place in the widget)`` of every occurrence, in reading order."""
        return [box for line in self._lines for box in line.boxes()]

    def open_large(self) -> None:
        """Show the formula in a window of its own, as large as it likes."""
        dialog = QDialog(self.window())
        dialog.setWindowTitle("Formula")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        view = FormulaView(replace(self._theme, text_px=round(self._theme.text_px * MAGNIFIED)))
        view.set_formula(self._formula)
        view.setMinimumWidth(round(min(view._natural() + 2, self.screen().availableSize().width() * 0.8)))
        view.set_readings(self._readings)
        view.pointed.connect(self.pointed)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(view)
        layout = QVBoxLayout(dialog)
        layout.addWidget(area)
        size = QSize(view.minimumWidth() + 60, view.heightForWidth(view.minimumWidth()) + 80)
        dialog.resize(size.boundedTo(self.screen().availableSize() * 0.9))
        dialog.open()

    def hasHeightForWidth(self) -> bool:
        """Lines wrap."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Height of the lines at this width."""
        if self._error:
            return round(self._fallback_height(width))
        lines, fits = self._arranged(width)
        if not fits:
            return self.open_button.sizeHint().height()
        return round(max(line.rect.bottom() for line in lines) + self._theme.gap(1)) if lines else 0

    def sizeHint(self) -> QSize:
        """At its full size on one line."""
        width = round(min(self._natural(), 1200))
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        """Room for the button."""
        return QSize(min(self.open_button.sizeHint().width(), round(self._natural())), 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the lines anew."""
        super().resizeEvent(event)
        self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Lit terms on a soft ground with an accent line under them; then the formula."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._error:
            self._paint_fallback(painter)
        elif self._fits:
            for name, box in self.term_boxes():
                if name == self._lit:
                    self._paint_lit(painter, box)
            for line, renderer in zip(self._lines, self._renderers, strict=True):
                renderer.render(painter, line.rect)
        if self.hasFocus():
            painter.setPen(QPen(QColor(self._theme.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at the term under the pointer."""
        self._point(self._term_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing."""
        self._point("")
        super().leaveEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The walk is over."""
        self._walked = -1
        self._point("")
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk through the terms; Enter opens it large, Escape lets go."""
        boxes = self.term_boxes()
        step = {Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1}.get(
            Qt.Key(event.key()), 0
        )
        if step and boxes:
            start = -1 if self._walked < 0 and step > 0 else (0 if self._walked < 0 else self._walked)
            self._walked = (start + step) % len(boxes)
            self._point(boxes[self._walked][0])
            self._describe()
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.open_large()
        elif event.key() == Qt.Key.Key_Escape and self._lit:
            self._walked = -1
            self._point("")
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Keep the arrow keys from the window's shortcuts."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down):
                event.accept()
                return True
        return super().event(event)

    def _typeset(self) -> None:
        colors = tuple((t.id, self._theme.role(t.role)) for t in self._formula.terms if t.role in self._theme.roles)
        self._error = ""
        self._settings = ()
        size = self._theme.text_px * LARGE
        try:
            lines = split_lines(self._formula.tex)
            self._settings = tuple(typeset(line, size, self._theme.text, colors) for line in lines)
        except (TexError, ValueError) as error:
            self._error = str(error)
        self._renderers = [setting.renderer() for setting in self._settings]
        self.setToolTip(self._error)
        self.setVisible(bool(self._formula.tex.strip()))
        self._describe()
        self._arrange()
        self.updateGeometry()
        self.update()

    def _arrange(self) -> None:
        self._lines, self._fits = self._arranged(self.width())
        self.open_button.setVisible(not self._fits)
        self.open_button.resize(self.open_button.sizeHint())

    def _arranged(self, width: int) -> tuple[list[Line], bool]:
        room = max(1.0, width - 2 * self._margin())
        return arrange(self._settings, room, self._margin(), self._theme.gap(1), self._theme.text_px)

    def _margin(self) -> float:
        return float(self._theme.gap(3))

    def _natural(self) -> float:
        gaps = self._theme.text_px * GAP * max(0, len(self._settings) - 1)
        return sum(s.width for s in self._settings) + gaps + 2 * self._margin() + 1

    def _term_at(self, at: QPointF) -> str:
        if not self._fits:
            return ""
        inside = [
            (box.width() * box.height(), name)
            for name, box in self.term_boxes()
            if box.adjusted(-2, -3, 2, 3).contains(at)
        ]
        return min(inside)[1] if inside else ""

    def _point(self, term: str) -> None:
        if term == self._lit and (not term or self._card.isVisible()):
            return
        self._lit = term
        self.update()
        if term:
            self._show_card(term)
        else:
            self._card.hide()
        self.pointed.emit(term)

    def _show_card(self, term: str) -> None:
        boxes = self.term_boxes()
        if 0 <= self._walked < len(boxes) and boxes[self._walked][0] == term:
            box = boxes[self._walked][1]
        else:
            pointer = QPointF(self.mapFromGlobal(self.cursor().pos()))
            mine = [b for name, b in boxes if name == term]
            box = min(mine, key=lambda b: abs(b.center().x() - pointer.x())) if mine else QRectF()
        # Under the whole line, so that it covers no other part of the formula.
        bottom = max((line.rect.bottom() for line in self._lines if line.rect.intersects(box)), default=box.bottom())
        box.setBottom(max(box.bottom(), bottom))
        known = self._formula.term(term)
        self._card.show_at(self, box, known.meaning if known else term, self._readings.get(term, ""))

    def _describe(self) -> None:
        spoken = []
        for term in self._formula.terms:
            value = self._readings.get(term.id)
            spoken.append(f"{term.meaning}, {value}" if value else term.meaning)
        boxes = self.term_boxes()
        if 0 <= self._walked < len(boxes):
            known = self._formula.term(boxes[self._walked][0])
            if known is not None:
                value = self._readings.get(known.id)
                spoken = [f"{known.meaning}, {value}" if value else known.meaning]
        self.setAccessibleName(f"Formula {self._formula.plain()}" if not self._error else "Formula")
        self.setAccessibleDescription("; ".join(spoken))

    def _paint_lit(self, painter: QPainter, box: QRectF) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.selected))
        painter.drawRoundedRect(box.adjusted(-3, -3, 3, 3), 4, 4)
        painter.setBrush(QColor(self._theme.accent))
        painter.drawRoundedRect(QRectF(box.left() - 3, box.bottom() + 2, box.width() + 6, 2), 1, 1)

    def _fallback_height(self, width: int) -> float:
        measure = QFontMetricsF(text_font(self._theme, mono=True))
        room = QRectF(0, 0, max(40, width - 2 * self._margin()), 1e5)
        box = measure.boundingRect(room, int(Qt.TextFlag.TextWrapAnywhere), self._formula.tex)
        return box.height() + 2 * self._margin()

    def _paint_fallback(self, painter: QPainter) -> None:
        painter.setFont(text_font(self._theme, mono=True))
        painter.setPen(QColor(self._theme.text))
        margin = round(self._margin())
        painter.drawText(
            self.rect().adjusted(margin, margin, -margin, -margin), int(Qt.TextFlag.TextWrapAnywhere), self._formula.tex
        )
