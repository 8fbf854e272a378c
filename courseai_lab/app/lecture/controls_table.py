"""Every control of a panel with what a lesson does to it: shown, locked or hidden, and narrower limits."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHeaderView, QLineEdit, QTableWidget, QTableWidgetItem, QWidget

from courseai_lab.contract import FieldSpec, Panel
from courseai_lab.contract.rules import keyed
from courseai_lab.lessons.lesson import Controls
from courseai_lab.ui.numbers import fmt
from courseai_lab.ui.param_form.number import read_number

WAYS = ("Shown", "Locked", "Hidden")
NUMBERS = ("int", "float", "pair")


class ControlsTable(QTableWidget):
    """``changed`` when something is chosen or typed; ``controls`` says what, or why it cannot be."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, 4, parent)
        self.setAccessibleName("Controls of the panel")
        self.setHorizontalHeaderLabels(["Control", "In the lesson", "from", "to"])
        self.verticalHeader().hide()
        self.setShowGrid(False)
        self.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        header = self.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (1, 2, 3):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            self.setColumnWidth(column, self.fontMetrics().horizontalAdvance("0") * 16)
        self._rows: dict[str, tuple[FieldSpec, QComboBox, tuple[QLineEdit, QLineEdit] | None]] = {}
        self._panel = ""

    def show_panel(self, panel: Panel, controls: Controls) -> None:
        """List the controls of a panel."""
        compute = panel.compute()
        specs = keyed("params", compute.Params, compute.Params) | keyed("look", compute.Look, compute.Params)
        self.setRowCount(0)
        self._rows = {}
        for name, spec in specs.items():
            self._add(name, spec, controls)
        self.resizeRowsToContents()

    def controls(self) -> Controls:
        """What is set. Raises ValueError, one sentence, for limits that cannot be."""
        hide, lock = [], []
        limits: dict[str, tuple[float, float]] = {}
        for name, (spec, way, edits) in self._rows.items():
            if way.currentText() == "Hidden":
                hide.append(name)
            elif way.currentText() == "Locked":
                lock.append(name)
            pair = _limits(spec, edits) if edits is not None else None
            if pair is not None:
                limits[name] = pair
        return Controls(tuple(hide), tuple(lock), limits)

    def set_way(self, name: str, way: str) -> None:
        """Choose for a control: Shown, Locked or Hidden."""
        self._rows[name][1].setCurrentText(way)

    def set_limits(self, name: str, low: str, high: str) -> None:
        """Type limits for a control."""
        edits = self._rows[name][2]
        assert edits is not None
        for edit, text in zip(edits, (low, high), strict=True):
            edit.setText(text)

    def _add(self, name: str, spec: FieldSpec, controls: Controls) -> None:
        row = self.rowCount()
        self.insertRow(row)
        item = QTableWidgetItem(f"{spec.label}, on the picture" if spec.ui.hidden else spec.label)
        item.setToolTip(name)
        self.setItem(row, 0, item)
        way = QComboBox()
        # What has no control, but a handle on the picture, can be locked and limited only.
        way.addItems(WAYS[:2] if spec.ui.hidden else WAYS)
        way.setMinimumContentsLength(len("Locked") + 2)
        way.setAccessibleName(f"{spec.label} in the lesson")
        way.setCurrentText("Hidden" if name in controls.hide else "Locked" if name in controls.lock else "Shown")
        way.currentTextChanged.connect(lambda _text: self.changed.emit())
        self.setCellWidget(row, 1, way)
        edits = None
        if spec.kind in NUMBERS:
            edits = (QLineEdit(), QLineEdit())
            texts = controls.limits.get(name)
            for column, (edit, bound) in enumerate(zip(edits, (spec.lo, spec.hi), strict=True)):
                edit.setAccessibleName(f"{spec.label}, {('from', 'to')[column]}")
                edit.setPlaceholderText(fmt(bound, 6, trim=True) if bound is not None else "no limit")
                if texts is not None:
                    edit.setText(fmt(texts[column], 12, trim=True))
                edit.textChanged.connect(lambda _text: self.changed.emit())
                self.setCellWidget(row, 2 + column, edit)
        self._rows[name] = (spec, way, edits)


def _limits(spec: FieldSpec, edits: tuple[QLineEdit, QLineEdit]) -> tuple[float, float] | None:
    texts = [edit.text().strip() for edit in edits]
    if not any(texts):
        return None
    ends: list[float] = []
    for text, own, word in zip(texts, (spec.lo, spec.hi), ("from", "to"), strict=True):
        value = read_number(text, spec.ui.unit) if text else own
        if value is None:
            wrong = f"“{text[:30]}” is no number" if text else f"“{word}” is empty"
            raise ValueError(f"The limits of {spec.label} need two numbers: {wrong}.")
        ends.append(float(value))
    low, high = ends
    if not low < high:
        raise ValueError(f"The limits of {spec.label} must rise: {low:g} is not below {high:g}.")
    if (spec.lo is not None and low < spec.lo) or (spec.hi is not None and high > spec.hi):
        raise ValueError(f"The limits of {spec.label} lie outside the panel's own: it must be {spec.allowed()}.")
    return low, high
