"""The menu of recent files: filled when it opens, so that it is never behind."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu

from courseai_lab.app.document import Document


class RecentMenu(QObject):
    """A submenu of ``menu``, after the command that opens files."""

    def __init__(self, menu: QMenu, document: Document) -> None:
        super().__init__(menu)
        self._document = document
        self.menu = QMenu("Open recent", menu)
        after = [action.objectName() for action in menu.actions()].index("lab.open") + 1
        menu.insertMenu(menu.actions()[after], self.menu)
        menu.aboutToShow.connect(self._enable)
        self.menu.aboutToShow.connect(self._fill)
        self.menu.setToolTipsVisible(True)

    def _enable(self) -> None:
        self.menu.menuAction().setEnabled(bool(self._document.recent))

    def _fill(self) -> None:
        self.menu.clear()
        for path in self._document.recent:
            action = self.menu.addAction(path.name.replace("&", "&&"))
            action.setToolTip(str(path))
            action.triggered.connect(lambda _checked=False, name=str(path): self._document.open(name))
        self.menu.addSeparator()
        self.menu.addAction("Forget these files").triggered.connect(self._document.forget_recent)
