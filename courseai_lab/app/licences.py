"""The licences of everything the lab ships, for the menu Help."""

from __future__ import annotations

import importlib.metadata
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QVBoxLayout

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

FILE = "LICENCES.txt"
INTRODUCTION = """\
CourseAI Lab is under the MIT licence. Qt, PySide6 and Shiboken are used under the GNU Lesser General Public License,
version 3; the fonts Inter and JetBrains Mono under the SIL Open Font License. This lab runs in a Python of yours, and
the packages it uses were installed there, each with its own licence beside it:
"""


def text() -> str:
    """The file that an installed lab carries; in a checkout or wheel a list of the packages in use and their terms."""
    carried = Path(str(getattr(sys, "_MEIPASS", ""))) / FILE
    if getattr(sys, "frozen", False) and carried.is_file():
        return carried.read_text(encoding="utf-8")
    from courseai_lab.app.doctor import PACKAGES

    return INTRODUCTION + "\n" + "\n".join(_line(name) for name in PACKAGES) + "\n"


def _line(name: str) -> str:
    try:
        said = importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError:
        return f"{name}: not installed"
    named = [line for key in ("License-Expression", "License") for line in said.get_all(key) or []]
    listed = [line.rpartition(":: ")[2] for line in said.get_all("Classifier") or [] if line.startswith("License ::")]
    terms = next((line.partition("\n")[0][:80] for line in [*named, *listed] if line.strip()), "see its own files")
    return f"{name} {said['Version']}: {terms}"


def show(parent: QWidget) -> QDialog:
    """A window with the text, to read and to copy from."""
    dialog = QDialog(parent)
    dialog.setWindowTitle("Licences")
    dialog.resize(860, 640)
    page = QPlainTextEdit(text(), dialog)
    page.setReadOnly(True)
    page.setAccessibleName("Licences")
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, dialog)
    buttons.rejected.connect(dialog.reject)
    layout = QVBoxLayout(dialog)
    layout.addWidget(page)
    layout.addWidget(buttons)
    dialog.finished.connect(dialog.deleteLater)
    dialog.show()
    return dialog
