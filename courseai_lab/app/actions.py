"""One registry of everything the window can do; menus, shortcuts and the command palette all come from it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QMenuBar

from courseai_lab.ui.icons import icon
from courseai_lab.ui.theme import Theme

MENUS = ("Lab", "Edit", "Panel", "View", "Course", "Help")

RESERVED = {
    "Space": "play and pause",
    "Left": "one step back",
    "Right": "one step on",
    "Shift+Left": "ten steps back",
    "Shift+Right": "ten steps on",
    "Home": "to the start",
    "End": "to the end",
}
"""Keys of the transport, which every panel has for itself."""
ALSO = {"help.shortcuts": ("?",)}
"""Further keys that a command always has."""


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
        self._keys: dict[str, str] = {}

    def __iter__(self) -> Iterator[Command]:
        return iter(self._commands.values())

    def add(self, command: Command) -> QAction:
        """Register a command. Raises ValueError when its id or its shortcut is taken."""
        if command.id in self._commands:
            raise ValueError(f"the command {command.id} is there already")
        taken = self.owner(command.keys)
        if taken:
            raise ValueError(f"{command.keys} belongs to {taken} already")
        action = QAction(command.text, self._window)
        action.setObjectName(command.id)
        action.setCheckable(command.checked is not None)
        if command.hint:
            action.setToolTip(command.hint)
        action.triggered.connect(lambda _checked=False, c=command: self.run(c.id))
        self._commands[command.id] = command
        self._actions[command.id] = action
        self._press(command.id, command.keys)
        self._window.addAction(action)
        return action

    def keys(self, command_id: str) -> str:
        """The keys of a command as they are now, in portable notation; "" for none."""
        return self._keys[command_id]

    def owner(self, keys: str) -> str:
        """The id of the command these keys belong to; "" for none."""
        return next((name for name, own in self._keys.items() if keys and own == keys), "")

    def rekey(self, command_id: str, keys: str) -> None:
        """Give a command other keys, or none. Raises ValueError with one sentence when they are another command's."""
        keys = QKeySequence(keys).toString(QKeySequence.SequenceFormat.PortableText)
        owner = self.owner(keys)
        if owner not in ("", command_id):
            raise ValueError(f"{keys} belongs to “{self._commands[owner].text}” already; choose other keys.")
        if keys in RESERVED:
            raise ValueError(f"{keys} is {RESERVED[keys]} in every panel; choose other keys.")
        self._press(command_id, keys)

    def changed_keys(self) -> tuple[tuple[str, str], ...]:
        """Command and keys wherever they are not those it comes with."""
        return tuple((name, keys) for name, keys in self._keys.items() if keys != self._commands[name].keys)

    def load_keys(self, saved: tuple[tuple[str, str], ...]) -> None:
        """Give every command the keys the user chose, or those it comes with; what no longer fits is left out."""
        wanted = {name: keys for name, keys in saved if name in self._commands}
        for name, _ in self.changed_keys():
            self._press(name, "")
        for name in wanted:
            self._press(name, "")
        for name, command in self._commands.items():
            if name not in wanted:
                self._press(name, command.keys)
        for name, keys in wanted.items():
            with contextlib.suppress(ValueError):
                self.rekey(name, keys)

    def reset_keys(self, command_id: str) -> None:
        """The keys a command comes with; none where another command has them now."""
        keys = self._commands[command_id].keys
        self._press(command_id, keys if self.owner(keys) in ("", command_id) else "")

    def _press(self, command_id: str, keys: str) -> None:
        self._keys[command_id] = keys
        also = ALSO.get(command_id, ())
        self._actions[command_id].setShortcuts([QKeySequence(k) for k in (keys, *also) if k])

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
