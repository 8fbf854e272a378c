"""The list of all shortcuts: what each key does, and other keys for whoever wants them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from courseai_lab.app.actions import RESERVED, Command
from courseai_lab.app.palette import score

if TYPE_CHECKING:
    from courseai_lab.app.main_window import MainWindow

NAME = "shortcuts"
_ID = Qt.ItemDataRole.UserRole


class ShortcutsDialog(QDialog):
    """All commands with their keys. Search on top; the keys of the chosen command are set below."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.setObjectName(NAME)
        self.setWindowTitle("Shortcuts")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(620, 640)
        self._window = window
        self._actions = window.actions_registry
        self._build()
        self._fill()
        self._search.setFocus()

    @classmethod
    def show_over(cls, window: MainWindow) -> None:
        """Open the list, or bring the one that is open to the front."""
        found = window.findChild(QDialog, NAME)
        dialog = found if isinstance(found, cls) else cls(window)
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Down leaves the search for the list; Enter there goes to the keys."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if watched is self._search and (enter or event.key() == Qt.Key.Key_Down):
                self._table.setFocus()
                return True
            if watched is self._table and enter:
                self._keys.setFocus()
                return True
        return super().eventFilter(watched, event)

    def _build(self) -> None:
        self._search = QLineEdit(self)
        self._search.setPlaceholderText("Search commands and keys")
        self._search.setAccessibleName("Search shortcuts")
        self._search.setClearButtonEnabled(True)
        self._table = QTableWidget(0, 3, self)
        self._table.setAccessibleName("Commands and their keys")
        self._table.setHorizontalHeaderLabels(["Command", "Menu", "Keys"])
        self._table.verticalHeader().hide()
        self._table.setShowGrid(False)
        self._table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self._table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self._table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._table.setTabKeyNavigation(False)
        header = self._table.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (1, 2):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self._said = QLabel(self)
        self._said.setWordWrap(True)
        self._keys = QKeySequenceEdit(self)
        self._keys.setMaximumSequenceLength(1)
        self._keys.setAccessibleName("Keys of the chosen command")
        self._set = QPushButton("Set keys", self)
        self._set.setProperty("role", "primary")
        self._none = QPushButton("No keys", self)
        self._back = QPushButton("As it came", self)
        self._all = QPushButton("All as they came", self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(self._search)
        layout.addWidget(self._table, 1)
        layout.addWidget(self._said)
        layout.addLayout(_row(self._keys, self._set, self._none, self._back))
        layout.addLayout(_row(None, self._all))
        self._connect()

    def _connect(self) -> None:
        self._search.textChanged.connect(self._filter)
        self._table.currentCellChanged.connect(self._choose)
        self._table.cellDoubleClicked.connect(self._edit)
        self._set.clicked.connect(self._take)
        self._none.clicked.connect(self._clear)
        self._back.clicked.connect(self._reset)
        self._all.clicked.connect(self._reset_all)
        for widget in (self._search, self._table):
            widget.installEventFilter(self)
        for button in (self._set, self._none, self._back, self._all):
            button.setAutoDefault(False)

    def _fill(self) -> None:
        rows = [(c.text, c.menu.replace("/", " › "), _native(self._actions.keys(c.id)), c.id) for c in self._listed()]
        rows += [(words[:1].upper() + words[1:], "every panel", _native(keys), "") for keys, words in RESERVED.items()]
        self._table.setRowCount(len(rows))
        for row, (*cells, name) in enumerate(rows):
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                item.setData(_ID, name)
                self._table.setItem(row, column, item)
        self._table.setCurrentCell(0, 0)
        self._filter(self._search.text())

    def _listed(self) -> list[Command]:
        """What stands in a menu or has keys; the openers of single panels only once they have keys."""
        return [c for c in self._actions if c.menu or self._actions.keys(c.id) or c.id.startswith("open.")]

    def _filter(self, words: str) -> None:
        first = -1
        for row in range(self._table.rowCount()):
            texts = [self._text(row, column) for column in range(3)]
            near = not words.strip() or score(words, texts[0]) is not None
            hit = near or any(words.lower() in text.lower() for text in texts)
            self._table.setRowHidden(row, not hit)
            if hit and first < 0:
                first = row
        if first >= 0 and (self._row() < 0 or self._table.isRowHidden(self._row())):
            self._table.setCurrentCell(first, 0)

    def _text(self, row: int, column: int) -> str:
        item = self._table.item(row, column)
        return item.text() if item is not None else ""

    def _row(self) -> int:
        return self._table.currentRow()

    def _chosen(self) -> str:
        item = self._table.item(self._row(), 0)
        return str(item.data(_ID)) if item is not None else ""

    def _choose(self, *_: object) -> None:
        name = self._chosen()
        for widget in (self._keys, self._set, self._none, self._back):
            widget.setEnabled(bool(name))
        self._keys.setKeySequence(QKeySequence(self._actions.keys(name)) if name else QKeySequence())
        self._say(self._text(self._row(), 0) if name else "These keys belong to every panel and stay.")

    def _edit(self, *_: object) -> None:
        self._keys.setFocus()

    def _take(self) -> None:
        self._rekey(self._keys.keySequence().toString(QKeySequence.SequenceFormat.PortableText))

    def _clear(self) -> None:
        self._rekey("")

    def _rekey(self, keys: str) -> None:
        name = self._chosen()
        if not name:
            return
        try:
            self._actions.rekey(name, keys)
        except ValueError as error:
            self._say(str(error), wrong=True)
            return
        self._keep()

    def _reset(self) -> None:
        name = self._chosen()
        if name:
            self._actions.reset_keys(name)
            self._keep()

    def _reset_all(self) -> None:
        self._actions.load_keys(())
        self._keep()

    def _keep(self) -> None:
        self._window.change_settings(shortcuts=self._actions.changed_keys())
        row = self._row()
        self._fill()
        self._table.setCurrentCell(row, 0)
        self._choose()

    def _say(self, sentence: str, *, wrong: bool = False) -> None:
        theme = self._window.themes.theme
        self._said.setText(sentence)
        self._said.setStyleSheet(f"color: {theme.error if wrong else theme.muted};")


def _native(keys: str) -> str:
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)


def _row(*widgets: QWidget | None) -> QHBoxLayout:
    """Widgets side by side; None is a gap that gives way, the first widget otherwise takes what is left."""
    row = QHBoxLayout()
    row.setSpacing(8)
    for number, widget in enumerate(widgets):
        if widget is None:
            row.addStretch(1)
        else:
            row.addWidget(widget, 1 if number == 0 else 0)
    return row
