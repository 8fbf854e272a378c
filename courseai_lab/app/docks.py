"""The docks: one per open panel; float, tab, split, full screen, arrange, save and restore."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QDockWidget, QHBoxLayout, QMainWindow, QToolButton, QVBoxLayout, QWidget

from courseai_lab.ui.icons import icon, icon_size
from courseai_lab.ui.theme import Theme

if TYPE_CHECKING:
    from courseai_lab.app.host import PanelHost

AREA = Qt.DockWidgetArea.RightDockWidgetArea


class DockTitle(QWidget):
    """The title bar: the panel's own top row, with buttons to float and to close; dragging it moves the dock."""

    def __init__(self, dock: QDockWidget, top: QWidget, theme: Theme) -> None:
        super().__init__(dock)
        self._float = self._button("Take out of the window, or put back")
        self._float.clicked.connect(lambda: dock.setFloating(not dock.isFloating()))
        self._close = self._button("Close panel")
        self._close.clicked.connect(dock.close)
        self._line = QHBoxLayout(self)
        self._line.setSpacing(0)
        self._line.addWidget(top, 1)
        self._line.addWidget(self._float)
        self._line.addWidget(self._close)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Follow the theme."""
        for button, name in ((self._float, "float"), (self._close, "close")):
            button.setIcon(icon(name, theme, "muted"))
            button.setIconSize(icon_size(theme))
        self._line.setContentsMargins(0, 0, theme.gap(2), 0)

    def _button(self, words: str) -> QToolButton:
        button = QToolButton(self)
        button.setToolTip(words)
        button.setAccessibleName(words)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button


class PanelDock(QDockWidget):
    """A dock that says when the user closes it."""

    closing = Signal(object)
    front_changed = Signal()

    def __init__(self, name: str, host: PanelHost, theme: Theme, parent: QMainWindow) -> None:
        super().__init__(host.panel.title, parent)
        self.setObjectName(name)
        self.host = host
        self._theme = theme
        self.title: DockTitle | None = None
        self.take_shell()
        self.setAllowedAreas(Qt.DockWidgetArea.AllDockWidgetAreas)
        self.front = False
        """Whether it can be seen: a dock behind another tab counts as visible for Qt, but says here that it is not."""
        self.visibilityChanged.connect(self._follow)

    def take_shell(self) -> None:
        """Hold the panel's shell, its top row serving as the title bar."""
        shell = self.host.shell
        self.setWidget(shell)
        self.title = DockTitle(self, shell.top, self._theme)
        self.setTitleBarWidget(self.title)
        shell.show()

    def give_shell(self) -> None:
        """Give the shell its top row back, before it goes elsewhere."""
        column = self.host.shell.layout()
        assert isinstance(column, QVBoxLayout)
        column.insertWidget(0, self.host.shell.top)
        title, self.title = self.title, None
        self.setTitleBarWidget(QWidget(self))
        if title is not None:
            title.deleteLater()

    def set_theme(self, theme: Theme) -> None:
        """Follow the theme."""
        self._theme = theme
        self.host.set_theme(theme)
        if self.title is not None:
            self.title.set_theme(theme)

    def _follow(self, visible: bool) -> None:
        self.front = visible
        self.front_changed.emit()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Closing a dock closes its panel."""
        event.accept()
        self.closing.emit(self)


class FullScreen(QWidget):
    """One panel filling the screen; F11 or Esc gives it back."""

    left = Signal()

    def __init__(self, title: str) -> None:
        super().__init__(None, Qt.WindowType.Window)
        self.setWindowTitle(title)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    def take(self, shells: Sequence[QWidget]) -> None:
        """Show these shells and fill the screen."""
        for shell in shells:
            self._column.addWidget(shell)
            shell.show()
        self.showFullScreen()

    def give_back(self) -> None:
        """The shells are in their docks again."""
        self.hide()
        self.deleteLater()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """The way back."""
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_F11):
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """The window manager's close button means the same."""
        event.ignore()
        self.left.emit()


class Docks(QObject):
    """The open panels of a window, as docks."""

    changed = Signal()
    """A panel was opened, closed or became the current one."""
    closed = Signal(object)
    """The host of a panel the user closed."""
    changing = Signal()
    """A panel is about to be opened, closed or laid otherwise."""

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._docks: list[PanelDock] = []
        self._current: PanelDock | None = None
        self._screen: FullScreen | None = None
        self._given: list[PanelDock] = []
        window.setDockNestingEnabled(True)
        # Without GroupedDragging: dragging whole groups makes Qt 6 use a window after it is deleted.
        window.setDockOptions(QMainWindow.DockOption.AllowNestedDocks | QMainWindow.DockOption.AllowTabbedDocks)
        window.setTabPosition(
            Qt.DockWidgetArea.AllDockWidgetAreas, window.tabPosition(Qt.DockWidgetArea.TopDockWidgetArea)
        )
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._follow_focus)
        window.tabifiedDockWidgetActivated.connect(self._follow_tab)

    def __iter__(self) -> Iterator[PanelDock]:
        return iter(tuple(self._docks))

    def __len__(self) -> int:
        return len(self._docks)

    @property
    def current(self) -> PanelDock | None:
        """The dock in use: the one with the focus, or the one that had it last."""
        return self._current

    @property
    def full(self) -> bool:
        """Whether a panel fills the screen."""
        return self._screen is not None

    def free_name(self, panel_id: str, reserved: Collection[str] = ()) -> str:
        """A dock name that is not taken, so that Qt can recognise it again."""
        taken = {dock.objectName() for dock in self._docks} | set(reserved)
        number = 1
        while f"{panel_id}-{number}" in taken:
            number += 1
        return f"{panel_id}-{number}"

    def add(self, name: str, host: PanelHost, theme: Theme) -> PanelDock:
        """Open a panel beside the current one: as a tab of it, or filling the window when it is the first."""
        self.changing.emit()
        self.leave_full_screen()
        dock = PanelDock(name, host, theme, self._window)
        dock.closing.connect(self.remove)
        dock.front_changed.connect(self.follow_visibility)
        beside = self._current if self._current in self._docks and not self._current.isFloating() else None
        if beside is None:
            beside = next((d for d in self._docks if not d.isFloating()), None)
        self._docks.append(dock)
        self._window.addDockWidget(AREA, dock)
        if beside is not None:
            self._window.tabifyDockWidget(beside, dock)
        dock.show()
        dock.raise_()
        self._number_titles()
        self._make_current(dock)
        return dock

    def remove(self, dock: PanelDock) -> None:
        """Close a panel."""
        if dock not in self._docks:
            return
        self.changing.emit()
        if dock in self._given:
            self.leave_full_screen()
        self._docks.remove(dock)
        self._window.removeDockWidget(dock)
        if self._current is dock:
            # What can be seen goes on being used; a panel behind a tab only when there is no other.
            self._current = next(
                (d for d in reversed(self._docks) if d.front), self._docks[-1] if self._docks else None
            )
        self._number_titles()
        dock.give_shell()
        self.closed.emit(dock.host)
        dock.host.close()
        # An arrangement restored before Qt deletes it must not take it for a new dock of its name.
        dock.setObjectName("")
        dock.deleteLater()
        self.changed.emit()

    def follow_visibility(self) -> None:
        """Panels that nobody can see stop computing, and go on when they are seen again."""
        minimised = self._window.isMinimized()
        for dock in self._docks:
            full = dock in self._given
            dock.host.session.set_visible(full or (dock.front and (dock.isFloating() or not minimised)))

    def float_current(self) -> None:
        """Take the current panel out of the window, or put it back."""
        self.changing.emit()
        self.leave_full_screen()
        if self._current is not None:
            floating = not self._current.isFloating()
            self._current.setFloating(floating)
            if floating:
                self._current.resize(900, 640)

    def dock_all(self) -> None:
        """Every floating panel back into the window."""
        self.changing.emit()
        self.leave_full_screen()
        for dock in self._docks:
            dock.setFloating(False)
            dock.show()

    def arrange(self, how: str) -> None:
        """Reset the layout: "tabs" puts all panels on one pile, "columns" and "rows" beside or below each other."""
        self.dock_all()
        for dock in self._docks:
            self._window.removeDockWidget(dock)
        for number, dock in enumerate(self._docks):
            if number == 0:
                self._window.addDockWidget(AREA, dock)
            elif how == "tabs":
                self._window.tabifyDockWidget(self._docks[0], dock)
            else:
                side = Qt.Orientation.Horizontal if how == "columns" else Qt.Orientation.Vertical
                self._window.splitDockWidget(self._docks[number - 1], dock, side)
            dock.show()
        if how != "tabs" and self._docks:
            side = Qt.Orientation.Horizontal if how == "columns" else Qt.Orientation.Vertical
            self._window.resizeDocks(list(self._docks), [100] * len(self._docks), side)
        if self._current is not None:
            self._current.raise_()

    def next(self, delta: int) -> None:
        """Go to the next or previous panel; from full screen to full screen."""
        if not self._docks:
            return
        full = self.full
        self.leave_full_screen()
        at = self._docks.index(self._current) if self._current in self._docks else 0
        self.show_dock(self._docks[(at + delta) % len(self._docks)])
        if full:
            self.toggle_full_screen()

    def show_dock(self, dock: PanelDock) -> None:
        """Bring a panel to the front."""
        dock.show()
        dock.raise_()
        dock.widget().setFocus()
        self._make_current(dock)

    def toggle_full_screen(self) -> None:
        """The current panel fills the screen, or goes back into its dock."""
        if self._screen is not None:
            self.leave_full_screen()
        elif self._current is not None:
            self.fill(FullScreen(self._current.windowTitle()), [self._current])

    def fill(self, screen: FullScreen, docks: Sequence[PanelDock]) -> None:
        """Give these panels to a window that fills the screen; ``leave_full_screen`` takes them back."""
        self.leave_full_screen()
        self._make_current(docks[0])
        for dock in docks:
            dock.give_shell()
        self._screen, self._given = screen, list(docks)
        # The window's shortcuts work here too: undo, type size, next panel, F11 itself.
        screen.addActions(self._window.actions())
        screen.left.connect(self.leave_full_screen)
        screen.take([dock.host.shell for dock in docks])
        docks[0].host.shell.setFocus()
        self.follow_visibility()
        self.changed.emit()

    def leave_full_screen(self) -> None:
        """Give the panels back to their docks."""
        screen, self._screen = self._screen, None
        given, self._given = self._given, []
        if screen is None:
            return
        for dock in given:
            dock.take_shell()
        screen.left.disconnect(self.leave_full_screen)
        screen.give_back()
        given[0].raise_()
        given[0].host.shell.setFocus()
        self.follow_visibility()
        self.changed.emit()

    def save(self) -> bytes:
        """The arrangement, for ``restore``."""
        return bytes(self._window.saveState(1).data())

    def restore(self, layout: bytes) -> bool:
        """Arrange as saved; False when Qt does not recognise it. Only ever given bytes whose checksum was right."""
        self.changing.emit()
        done = bool(layout) and self._window.restoreState(QByteArray(layout), 1)
        for dock in self._docks:
            if self._window.dockWidgetArea(dock) == Qt.DockWidgetArea.NoDockWidgetArea:
                # Qt drops a dock that the arrangement does not know out of the window: put it back, as a tab.
                beside = next((d for d in self._docks if d is not dock and self._has_place(d)), None)
                self._window.addDockWidget(AREA, dock)
                if beside is not None:
                    self._window.tabifyDockWidget(beside, dock)
            if dock.isHidden():
                dock.show()
        return done

    def put_in_order(self, names: Sequence[str]) -> None:
        """The order in which panels follow each other and copies are numbered."""
        self._docks.sort(key=lambda dock: names.index(dock.objectName()) if dock.objectName() in names else len(names))
        self._number_titles()

    def give_way(self, names: Iterable[str]) -> None:
        """Rename open docks that have one of these names, so that an arrangement that means others finds them."""
        wanted = set(names)
        for dock in self._docks:
            if dock.objectName() in wanted:
                dock.setObjectName(self.free_name(dock.host.panel.id, wanted))

    def _has_place(self, dock: PanelDock) -> bool:
        area = self._window.dockWidgetArea(dock)
        return area != Qt.DockWidgetArea.NoDockWidgetArea and not dock.isFloating()

    def _follow_tab(self, tab: QDockWidget) -> None:
        """A tab that was clicked brings its panel into use."""
        if isinstance(tab, PanelDock) and tab in self._docks and tab is not self._current:
            self.show_dock(tab)

    def _follow_focus(self, _old: QWidget | None, new: QWidget | None) -> None:
        while new is not None:
            if isinstance(new, PanelDock) and new in self._docks:
                self._make_current(new)
                return
            new = new.parentWidget()

    def _make_current(self, dock: PanelDock) -> None:
        if self._screen is None and dock is not self._current:
            self._current = dock
            QTimer.singleShot(0, self, self.changed.emit)

    def _number_titles(self) -> None:
        """Several copies of a panel are told apart by a number."""
        for dock in self._docks:
            same = [d for d in self._docks if d.host.panel.id == dock.host.panel.id]
            number = f" {same.index(dock) + 1}" if len(same) > 1 else ""
            dock.setWindowTitle(dock.host.panel.title + number)
