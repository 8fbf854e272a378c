"""Every command of the window, one module for each group.

A command added to a group gets a menu entry, a shortcut and a line in the palette; a new group is one more module
with ``commands(window)`` and one more line in ``GROUPS``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseai_lab.app.commands import compare, course, data, edit, help, lab, lecture, openers, panel, view

if TYPE_CHECKING:
    from courseai_lab.app.main_window import MainWindow

GROUPS = (lab, edit, panel, data, compare, view, lecture, course, help, openers)


def register(window: MainWindow) -> None:
    """Register everything on the window's registry."""
    for group in GROUPS:
        for command in group.commands(window):
            window.actions_registry.add(command)
    window.actions_registry.load_keys(window.settings.value.shortcuts)
