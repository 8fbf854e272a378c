"""One registry of everything the window can do; menus, shortcuts and the command palette all come from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QMenuBar

from courseai_lab.ui.icons import icon
from courseai_lab.ui.theme import Theme

MENUS = ("Lab", "Edit", "Panel", "View", "Help")


@dataclass(frozen=True, slots=True)
class Command:
    """Something that can be done: ``menu`` "" keeps it to the palette; ``keys`` in Qt's portable notation."""

    id: str
    text: str
    run: Callable[[], None]
    menu: str = ""
    keys: str = ""
    icon: str = ""
    enabled: Callable[[], bool] | None = None
    checked: Callable[[], bool] | None = None
    hint: str = ""


class Actions:
    """The registry. ``add`` makes the QAction; ``refresh`` brings enabled and checked up to date."""

    def __init__(self, window: QMainWindow) -> None:
        self._window = window
        self._commands: dict[str, Command] = {}
        self._actions: dict[str, QAction] = {}

    def __iter__(self) -> Iterator[Command]:
        return iter(self._commands.values())

    def add(self, command: Command) -> QAction:
        """Register a command. Raises ValueError when its id or its shortcut is taken."""
        if command.id in self._commands:
            raise ValueError(f"the command {command.id} is there already")
        taken = next((c.id for c in self if command.keys and c.keys == command.keys), None)
        if taken:
            raise ValueError(f"{command.keys} belongs to {taken} already")
        action = QAction(command.text, self._window)
        action.setObjectName(command.id)
        action.setCheckable(command.checked is not None)
        if command.keys:
            action.setShortcut(QKeySequence(command.keys))
        if command.hint:
            action.setToolTip(command.hint)
        action.triggered.connect(lambda _checked=False, c=command: self.run(c.id))
        self._commands[command.id] = command
        self._actions[command.id] = action
        self._window.addAction(action)
        return action

    def action(self, command_id: str) -> QAction:
        """The QAction of a command."""
        return self._actions[command_id]

    def run(self, command_id: str) -> None:
        """Do it, if it can be done now."""
        command = self._commands[command_id]
        if command.enabled is None or command.enabled():
            command.run()
        self.refresh()

    def refresh(self) -> None:
        """Bring every action's state up to date."""
        for name, command in self._commands.items():
            action = self._actions[name]
            if command.enabled is not None:
                action.setEnabled(command.enabled())
            if command.checked is not None:
                action.setChecked(command.checked())

    def set_theme(self, theme: Theme) -> None:
        """Icons in the theme's colours."""
        for name, command in self._commands.items():
            if command.icon:
                self._actions[name].setIcon(icon(command.icon, theme))

    def build_menus(self, bar: QMenuBar) -> dict[str, QMenu]:
        """Fill the menu bar, in the order of registration."""
        menus = {name: bar.addMenu(name) for name in MENUS}
        for menu in menus.values():
            menu.aboutToShow.connect(self.refresh)
            menu.setToolTipsVisible(True)
        for name, command in self._commands.items():
            if command.menu:
                top, _, sub = command.menu.partition("/")
                menus[command.menu] = menus.get(command.menu) or menus[top].addMenu(sub)
                menus[command.menu].addAction(self._actions[name])
        return menus
