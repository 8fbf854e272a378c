"""Which keys are the transport's, and which belong to what has the focus."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QApplication, QComboBox, QWidget

from courseai_lab.ui.transport import Transport

TRANSPORT_KEYS = {
    Qt.Key.Key_Space: "Space",
    Qt.Key.Key_Left: "Left",
    Qt.Key.Key_Right: "Right",
    Qt.Key.Key_Home: "Home",
    Qt.Key.Key_End: "End",
}
_WITH_SHIFT = (Qt.Key.Key_Left, Qt.Key.Key_Right)


def transport_shortcuts(shell: QWidget, transport: Transport) -> None:
    """Space, arrows, Home and End anywhere inside ``shell``, but not outside it; with Shift ten steps."""
    for key, words in TRANSPORT_KEYS.items():
        for shift in (False, True) if key in _WITH_SHIFT else (False,):
            shortcut = QShortcut(QKeySequence(("Shift+" if shift else "") + words), shell)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(_presser(transport, key, shift))


def belongs_to_focus(key: int, shell: QWidget, view: QWidget) -> bool:
    """Whether what has the focus inside ``shell`` may use this key of the transport itself.

    Sliders and text fields keep their keys without being asked. A picture may use the arrows; what it leaves alone
    comes back to the shell as a plain key press.
    """
    focus = QApplication.focusWidget()
    if key not in TRANSPORT_KEYS or focus is None or focus is shell:
        return False
    if isinstance(focus, QComboBox | QAbstractItemView):
        return True
    if isinstance(focus, QAbstractButton):
        return key == Qt.Key.Key_Space or (bool(focus.property("segment")) and key in _WITH_SHIFT)
    return key != Qt.Key.Key_Space and (focus is view or view.isAncestorOf(focus))


def _presser(transport: Transport, key: Qt.Key, shift: bool) -> Callable[[], None]:
    def press() -> None:
        transport.take_key(key, shift)

    return press
