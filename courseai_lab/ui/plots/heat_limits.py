"""The two fields at the ends of a colour bar in which its limits are read and typed."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from courseai_lab.ui.plots.heat_model import Geometry, Heat, limit_text
from courseai_lab.ui.theme import Theme, text_font

_SHEET = """
QLineEdit {{ border: 1px solid transparent; background: transparent; padding: 0 2px; color: {muted};
  font-size: {size}px; border-radius: 4px; }}
QLineEdit:hover {{ border-color: {outline}; }}
QLineEdit:focus {{ border: 2px solid {accent}; background: {ground}; color: {text}; padding: 0 1px; }}
QLineEdit[invalid="true"] {{ border: 2px solid {error}; }}
"""


class LimitFields(QObject):
    """``edited`` carries (low, high) as typed, or None when a field was emptied: automatic limits again."""

    edited = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._low, self._high = QLineEdit(parent), QLineEdit(parent)
        self._shown = (0.0, 1.0)
        for field, name in ((self._low, "Lowest colour"), (self._high, "Highest colour")):
            field.setAccessibleName(f"{name}: value")
            field.setToolTip(f"{name}; type a number, or empty it for automatic limits")
            field.editingFinished.connect(self._finished)

    def dress(self, theme: Theme) -> None:
        """Colours and type of ``theme``."""
        sheet = _SHEET.format(
            muted=theme.muted, size=theme.caption_px, outline=theme.outline, accent=theme.accent, ground=theme.ground,
            text=theme.text, error=theme.error,
        )  # fmt: skip
        for field in (self._low, self._high):
            field.setFont(text_font(theme, theme.caption_px))
            field.setStyleSheet(sheet)

    def show_limits(self, heat: Heat, place: Geometry, *, automatic: bool) -> None:
        """Put the fields beside the bar with the present limits in them."""
        self._shown = (heat.low, heat.high)
        pairs = ((self._low, heat.low, place.low_box), (self._high, heat.high, place.high_box))
        for field, value, box in pairs:
            field.setVisible(heat.bar and not place.bar.isEmpty())
            field.setGeometry(box.toRect())
            if not field.hasFocus() or not field.isModified():
                field.setText(limit_text(value))
                field.setModified(False)
                field.setCursorPosition(0)
                self._mark(field, "")
            field.setProperty("automatic", automatic)

    def clear_limits(self) -> None:
        """Automatic limits again."""
        for field in (self._low, self._high):
            field.setModified(False)
        self.edited.emit(None)

    def refuse(self, sentence: str) -> None:
        """Say why what was typed is no range."""
        for field in (self._low, self._high):
            if field.isModified():
                self._mark(field, sentence)

    def _mark(self, field: QLineEdit, sentence: str) -> None:
        if bool(field.property("invalid")) != bool(sentence):
            field.setProperty("invalid", bool(sentence))
            field.style().unpolish(field)
            field.style().polish(field)
        field.setToolTip(sentence or "Type a number, or empty it for automatic limits")
        field.setAccessibleDescription(sentence)

    def _finished(self) -> None:
        typed = [field for field in (self._low, self._high) if field.isModified()]
        if not typed:
            return
        if any(not field.text().strip() for field in typed):
            self.clear_limits()
            return
        values = []
        for field, shown in zip((self._low, self._high), self._shown, strict=True):
            try:
                values.append(parse_number(field.text()) if field.isModified() else shown)
            except ValueError as error:
                self._mark(field, str(error))
                return
        self._accept((values[0], values[1]))

    def _accept(self, limits: tuple[float, float]) -> None:
        self.edited.emit(limits)
        for field in (self._low, self._high):
            if not field.property("invalid"):
                field.setModified(False)


def parse_number(text: str) -> float:
    """A number as people type it: with either minus sign, a decimal comma, spaces, or as ``fmt`` writes it.

    Raises ``ValueError`` with one sentence.
    """
    plain = text.strip().replace("\u202f", "").replace(" ", "").replace("−", "-").replace(",", ".")
    if "×10" in plain:
        mantissa, _, power = plain.partition("×10")
        plain = mantissa + "e" + power.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-"))
    try:
        return float(plain)
    except ValueError:
        raise ValueError(f"{text.strip()!r} is no number; write one like 0.5 or 1e-3.") from None
