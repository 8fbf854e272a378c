"""Starting the window: what must be set before anything is imported, then the window first and the rest after it."""

from __future__ import annotations

import faulthandler
import os
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn

from courseai_lab.app.system import set_defaults

if TYPE_CHECKING:
    from courseai_lab.contract import Panel

SETTLE_MS = 4000
SWITCH_SECONDS = 0.001


def main(target: str | None = None, state: Mapping[str, Any] | None = None) -> NoReturn:
    """Open the lab and stay until it is closed.

    ``target``: a lab file or a link to open; ``state``: a panel's state as JSON. Without either, the window opens as it
    was left. Ends the process with the status of the event loop.
    """
    set_defaults()
    sys.setswitchinterval(SWITCH_SECONDS)
    faulthandler.enable()
    from PySide6.QtCore import QCoreApplication, Qt, QTimer
    from PySide6.QtWidgets import QApplication

    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    application = QApplication(["courseai-lab"])
    application.setApplicationName("CourseAI Lab")
    application.setDesktopFileName("courseai-lab")
    window = build_window(application)
    sys.excepthook = _Uncaught(window)
    window.show()
    QTimer.singleShot(0, window, lambda: _fill(window, target, state))
    QTimer.singleShot(SETTLE_MS, window, window.settle)
    leave(window, application.exec())


def leave(window: Any, status: int) -> NoReturn:
    """End with ``status``, at once: the window has saved everything and stopped what could be stopped.

    A kernel that never ticks would have to be waited for; and Python, taking down Qt's objects in an order of its own
    when the interpreter ends, now and then uses one that is gone and turns a clean end into a crash.
    """
    window.hide()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def build_window(application: Any, thumbnails: bool = True, panels: Sequence[Panel] | None = None) -> Any:
    """The main window, dressed and empty, not yet shown; over all panels there are, unless told which."""
    from courseai_lab.app.main_window import MainWindow
    from courseai_lab.app.settings import SettingsFile
    from courseai_lab.contract import discover
    from courseai_lab.paths import cache_dir, config_dir
    from courseai_lab.ui.theme import ThemeManager

    settings = SettingsFile(config_dir()).value
    themes = ThemeManager(application, settings.theme, settings.font_scale)
    found = discover() if panels is None else panels
    return MainWindow(found, themes, config_dir(), cache_dir(), OpenGL(application), thumbnails)


class OpenGL:
    """Whether OpenGL can be used here, asked once, when the first panel opens; then all views share their canvases."""

    def __init__(self, application: Any) -> None:
        self._application = application
        self._works: bool | None = None

    def __call__(self) -> bool:
        if self._works is None:
            from courseai_lab.ui.surface3d import install_pool, probe_gl

            probe = probe_gl()
            self._works = probe.works
            if probe.works:
                install_pool(self._application, probe)
        return self._works


def _fill(window: Any, target: str | None, state: Mapping[str, Any] | None) -> None:
    if target is not None:
        window.open_target(target)
    elif state is not None:
        window.open_state(state)
    else:
        window.restore_last()


class _Uncaught:
    """An exception nobody caught must not end the lab: it is printed whole and said in one sentence."""

    def __init__(self, window: Any) -> None:
        self._window = window

    def __call__(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        traceback.print_exception(kind, error, trace)
        if threading.current_thread() is threading.main_thread():
            self._window.status.say(f"Something went wrong: {kind.__name__}: {error}. The lab goes on.")
