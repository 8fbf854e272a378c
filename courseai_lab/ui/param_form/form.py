"""The form of a panel: every control follows from ``Params`` and ``Look`` alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from courseai_lab.contract import BadValue, FieldSpec, Mark, Params, Patch, fields
from courseai_lab.contract.rules import LOCKED, Rules
from courseai_lab.ui.icons import icon, icon_size
from courseai_lab.ui.param_form.row import FieldRow
from courseai_lab.ui.theme import Theme

LOOK_GROUP = "Display"


class _Fold(QWidget):
    """Controls that are not needed at first, behind a button "More"."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.button = QToolButton(self)
        self.button.setText("More")
        self.button.setCheckable(True)
        self.button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setAccessibleName("More controls")
        self.button.toggled.connect(self._toggle)
        self.inside = QWidget(self)
        self.inside.hide()
        self.column = QVBoxLayout(self.inside)
        self.column.setContentsMargins(0, 0, 0, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self.inside)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self._theme = theme
        self._toggle(self.button.isChecked())

    def _toggle(self, on: bool) -> None:
        self.inside.setVisible(on)
        self.button.setText("Fewer" if on else "More")
        self.button.setIcon(icon("chevron-down" if on else "chevron-right", self._theme, "muted"))
        self.button.setIconSize(icon_size(self._theme))
        # Unfolded is no choice that stands out; the arrow says it.
        self.button.setStyleSheet("QToolButton:checked:!hover { background: transparent; }")


class ParamForm(QWidget):
    """All controls of a panel. Shows values, proposes patches; knows no store.

    A control shows only while it applies (``Ui.when``); a wish that the model refuses is said below its control and not
    proposed.
    """

    proposed = Signal(object)
    """A ``Patch``; consecutive ones of one drag share their ``gesture``."""
    pointed = Signal(str)
    """The parameter under the pointer or with the focus, or ""."""

    def __init__(
        self, params_type: type[Params], look_type: type[Params], theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._models: dict[str, Params] = {"params": params_type(), "look": look_type()}
        self._lecture = False
        self._rules = Rules()
        self._locked: frozenset[str] = frozenset()
        self._headings: list[tuple[QLabel, list[FieldRow]]] = []
        self.rows: dict[str, FieldRow] = {}
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._column = QVBoxLayout(self)
        self.fold = _Fold(theme, self)
        self._fill()
        self.set_theme(theme)
        self.set_values(self._models["params"], self._models["look"])
        self._order_tabs()

    def set_values(self, params: Params, look: Params) -> None:
        """Show these values; emits nothing, and does not take a slider out of the user's hand."""
        self._models = {"params": params, "look": look}
        for row in self.rows.values():
            row.set_value(getattr(self._models[row.part], row.name))
        self._show_applicable()

    def set_error(self, field: str, sentence: str) -> None:
        """Say below a control what is wrong with its value ("" takes it back)."""
        if field in self.rows:
            self.rows[field].set_error(sentence)

    def set_marks(self, marks: Mapping[str, tuple[Mark, ...]]) -> None:
        """Ticks with labels on sliders, by parameter; parameters that are not named lose theirs."""
        for name, row in self.rows.items():
            row.set_marks(tuple(marks.get(name, ())))

    def set_locked(self, names: Iterable[str]) -> None:
        """Parameters that cannot be changed at the moment."""
        self._locked = frozenset(names)
        for name, row in self.rows.items():
            row.set_locked(name in self._locked or name in self._rules.lock)

    def set_rules(self, rules: Rules) -> None:
        """What a lesson hides, locks (with a small lock and why) or limits (narrower sliders)."""
        if rules == self._rules:
            return
        self._rules = rules
        for name, row in self.rows.items():
            row.set_limits(rules.narrowed(name, row.own))
            row.set_lock_note(LOCKED if name in rules.lock else "")
        self.set_locked(self._locked)
        self._show_applicable()
        self._order_tabs()

    def highlight(self, name: str) -> None:
        """Light the control of a parameter ("" for none)."""
        for row in self.rows.values():
            row.set_lit(bool(name) and row.name == name)

    def set_lecture(self, on: bool) -> None:
        """In a lecture only the main controls are there."""
        self._lecture = on
        self._show_applicable()

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self._theme = theme
        self._column.setContentsMargins(theme.gap(1), theme.gap(1), theme.gap(1), theme.gap(1))
        self._column.setSpacing(theme.gap(1))
        self.fold.column.setSpacing(theme.gap(1))
        self.fold.set_theme(theme)
        for heading, _rows in self._headings:
            heading.setContentsMargins(theme.gap(2), theme.gap(2), 0, 0)
        for row in self.rows.values():
            row.set_theme(theme)

    def row(self, name: str) -> FieldRow:
        """The row of a parameter; raises KeyError when it has none."""
        return self.rows[name]

    def _fill(self) -> None:
        specs = [(part, spec) for part in ("params", "look") for spec in fields(type(self._models[part]))]
        shown = [(part, spec) for part, spec in specs if not spec.ui.hidden]
        for folded, column in ((False, self._column), (True, self.fold.column)):
            group = ""
            for part, spec in shown:
                if spec.ui.more != folded:
                    continue
                wanted = spec.ui.group or (LOOK_GROUP if part == "look" else "")
                if wanted and wanted != group:
                    self._heading(wanted, column)
                group = wanted
                row = self._row(part, spec, self.fold.inside if folded else self)
                if wanted:
                    self._headings[-1][1].append(row)
                column.addWidget(row)
        self._column.addWidget(self.fold)

    def _order_tabs(self) -> None:
        """Tab walks as the eye does; Qt would walk in the order in which things were made."""
        main = [row for row in self.rows.values() if not row.spec.ui.more]
        folded = [row for row in self.rows.values() if row.spec.ui.more]
        chain = [w for row in main for w in row.focusable()]
        chain += [self.fold.button, *(w for row in folded for w in row.focusable())]
        for before, after in pairwise(chain):
            QWidget.setTabOrder(before, after)

    def _row(self, part: str, spec: FieldSpec, parent: QWidget) -> FieldRow:
        row = FieldRow(spec, part, self._theme, parent)
        row.wished.connect(self._wished)
        row.pointed.connect(self.pointed)
        # A display setting may bear the name of a parameter; then the parameter keeps the short key.
        self.rows[spec.name if spec.name not in self.rows else f"{part}.{spec.name}"] = row
        return row

    def _heading(self, words: str, column: QVBoxLayout) -> None:
        heading = QLabel(words)
        heading.setProperty("role", "caption")
        column.addWidget(heading)
        self._headings.append((heading, []))

    def _wished(self, row: FieldRow, value: Any, gesture: str) -> None:
        model = self._models[row.part]
        try:
            checked = model.patched(**{row.name: value})
        except BadValue as error:
            where = self.rows.get(error.field, row)
            where.set_error(_worded(str(error), where))
            return
        self._models[row.part] = checked
        self._show_applicable()
        patch = {row.name: value}
        wish = Patch(params=patch, gesture=gesture) if row.part == "params" else Patch(look=patch, gesture=gesture)
        self.proposed.emit(wish)

    def _show_applicable(self) -> None:
        folded = 0
        for name, row in self.rows.items():
            applies = row.spec.shown(self._models[row.part]) and name not in self._rules.hide
            row.setVisible(applies)
            folded += applies and row.spec.ui.more
        for heading, rows in self._headings:
            heading.setVisible(any(not row.isHidden() for row in rows))
        self.fold.setVisible(folded > 0 and not self._lecture)


def _worded(sentence: str, row: FieldRow) -> str:
    """The model's sentence with the label in place of the parameter's bare name."""
    return row.spec.label + sentence.removeprefix(row.name) if sentence.startswith(row.name + " ") else sentence
