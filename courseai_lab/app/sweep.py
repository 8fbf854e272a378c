"""Sweeps: one window for each panel that is swept, opened from the menu or the palette."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject

if TYPE_CHECKING:
    from courseai_lab.app.host import PanelHost
    from courseai_lab.app.main_window import MainWindow
    from courseai_lab.app.sweep_window import SweepWindow


class Sweeps(QObject):
    """Opens a panel's sweep, and closes it with the panel."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._open: dict[PanelHost, SweepWindow] = {}
        window.panel_closed.connect(self.close)
        window.installEventFilter(self)

    def open(self, host: PanelHost) -> SweepWindow:
        """The sweep of a panel; the one there is, when there is one."""
        shown = self._open.get(host)
        if shown is None:
            from courseai_lab.app.sweep_window import SweepWindow

            shown = self._open[host] = SweepWindow(self._window, host)
            shown.finished.connect(lambda _result: self.close(host))
        shown.show()
        shown.raise_()
        shown.activateWindow()
        return shown

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The window goes, and takes its sweeps with it."""
        if event.type() == QEvent.Type.Hide and not event.spontaneous():
            for host in list(self._open):
                self.close(host)
        return super().eventFilter(watched, event)

    def close(self, host: PanelHost) -> None:
        """The panel goes, or its sweep was closed."""
        shown = self._open.pop(host, None)
        if shown is not None:
            shown.give_back()
            shown.hide()
            shown.setParent(None)
            shown.deleteLater()
