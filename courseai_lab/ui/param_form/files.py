"""The control of the user's own file: typed, browsed for, dropped; for a table, which of its columns are meant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QToolButton

from courseai_lab.contract import FieldSpec
from courseai_lab.ui.icons import icon, icon_size
from courseai_lab.ui.param_form.control import Control
from courseai_lab.ui.theme import Theme

FILTERS = {
    "image": ("Pictures", ("png", "jpg", "jpeg", "webp")),
    "table": ("Tables", ("csv", "tsv", "tab", "txt", "dat")),
    "text": ("Texts", ("txt", "md", "csv", "tsv")),
    "array": ("Arrays", ("npz", "npy")),
    "weights": ("Weights", ("safetensors",)),
}


class FileControl(Control):
    """The path of the user's own file: typed, browsed for, or dropped; and a button to let it go.

    ``offer`` is what takes a file that was browsed for or dropped, once it is set (the window looks into the file,
    asks for a table's columns, and proposes); without it the path is wished for as it is.
    """

    def __init__(self, spec: FieldSpec, theme: Theme) -> None:
        super().__init__(spec, theme)
        self._shown = ""
        self.offer: Callable[[str], None] | None = None
        self.setAcceptDrops(True)
        self.line = QLineEdit()
        self.line.setPlaceholderText("Drop a file here")
        self.line.setAcceptDrops(False)
        self.line.editingFinished.connect(self._finish)
        self.columns = self._button("table", "Choose the columns", "columns")
        self.columns.clicked.connect(lambda: self._offered(self._shown))
        self.columns.setVisible(spec.file is not None and bool(spec.file.roles))
        self.browse = self._button("folder", "Choose a file", "choose")
        self.browse.clicked.connect(self._browse)
        self.clear = self._button("close", "Use no file of my own", "clear")
        self.clear.clicked.connect(lambda: self.take(""))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.gap(1))
        layout.addWidget(self.line, 1)
        for button in (self.columns, self.browse, self.clear):
            layout.addWidget(button)
        self._dress()
        self._follow()

    @property
    def busy(self) -> bool:
        """While it is typed into."""
        return self.line.hasFocus() and self.line.text() != self._shown

    def set_value(self, value: Any) -> None:
        """Show a path."""
        if self.busy:
            return
        self._shown = value or ""
        self.line.setText(self._shown)
        self.line.setToolTip(self._shown)
        self._follow()

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        super().set_theme(theme)
        self._dress()

    def take(self, path: str) -> None:
        """Wish for a path, refusing one that is no readable file."""
        if path and not Path(path).expanduser().is_file():
            self.refused.emit(f"{self.spec.label}: there is no file “{path}”.")
            return
        path = str(Path(path).expanduser()) if path else ""
        changed = path != self._shown
        self._shown = path
        self.line.setText(path)
        self._follow()
        if changed:
            self.say(None if self.spec.optional and not path else path)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept a file."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Take the first file."""
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self._offered(paths[0])

    def _offered(self, path: str) -> None:
        if self.offer is not None and path:
            self.offer(path)
        else:
            self.take(path)

    def _follow(self) -> None:
        for button in (self.clear, self.columns):
            button.setEnabled(bool(self._shown))

    def _button(self, name: str, tip: str, part: str) -> QToolButton:
        button = QToolButton()
        button.setProperty("icon_name", name)
        button.setProperty("part", part)
        button.setToolTip(tip)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return button

    def _dress(self) -> None:
        for button in (self.columns, self.browse, self.clear):
            button.setIcon(icon(str(button.property("icon_name")), self.theme))
            button.setIconSize(icon_size(self.theme))

    def _finish(self) -> None:
        if self.line.text() != self._shown:
            self.take(self.line.text().strip())

    def _browse(self) -> None:
        words, endings = FILTERS.get(self.spec.file_kind, ("Files", ("*",)))
        if self.spec.file is not None and self.spec.file.endings:
            endings = self.spec.file.endings
        masks = " ".join(f"*.{ending}" for ending in endings)
        dialog = QFileDialog(self.window(), self.spec.label, str(Path(self._shown).parent) if self._shown else "")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([f"{words} ({masks})", "All files (*)"])
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._offered)
        dialog.open()
