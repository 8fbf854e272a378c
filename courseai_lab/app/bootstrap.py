"""Starting the window: what must be set before anything is imported, then the window first and the rest after it."""

from __future__ import annotations

import logging
import os
import sys
import threading
import traceback
from collections.abc import Mapping, MutableMapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn

from courseai_lab import __version__
from courseai_lab.app.system import set_defaults

if TYPE_CHECKING:
    from courseai_lab.contract import Panel

log = logging.getLogger(__name__)
SETTLE_MS = 4000
SWITCH_SECONDS = 0.001


def main(
    target: str | None = None, state: Mapping[str, Any] | None = None, safe: bool = False, clock: bool = False
) -> NoReturn:
    """Open the lab and stay until it is closed.

    ``target``: a lab file or a link to open; ``state``: a panel's state as JSON. Without either, the window opens as it
    was left. ``safe``: without the graphics card, with default settings and an empty window, and nothing of the user's
    is overwritten. ``clock``: print when the window and its first panel stood, and end. Ends the process with the
    status of the event loop.
    """
    set_defaults()
    if safe:
        draw_without_graphics_card()
    sys.setswitchinterval(SWITCH_SECONDS)
    from courseai_lab.app.log import catch_crashes
    from courseai_lab.paths import log_dir, resource

    catch_crashes(log_dir())
    from PySide6.QtCore import QCoreApplication, Qt, QTimer
    from PySide6.QtGui import QIcon

    from courseai_lab.app.application import Application

    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    if safe:
        QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_UseSoftwareOpenGL)
    application = Application(["courseai-lab"])
    application.setApplicationName("CourseAI Lab")
    application.setDesktopFileName("courseai-lab")
    application.setWindowIcon(QIcon(str(resource("icons", "app", "courseai-lab.svg"))))
    window = build_window(application, safe=safe)
    sys.excepthook = _Uncaught(window)
    application.open_asked.connect(window.open_target)
    if clock:
        from courseai_lab.app.start_clock import StartClock

        StartClock(window)
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


def draw_without_graphics_card(environ: MutableMapping[str, str] = os.environ) -> None:
    """Let Mesa and Qt draw by themselves; what is imported later reads it."""
    environ["LIBGL_ALWAYS_SOFTWARE"] = "1"
    environ["QT_OPENGL"] = "software"
    environ["QT_QUICK_BACKEND"] = "software"


def build_window(
    application: Any, thumbnails: bool = True, panels: Sequence[Panel] | None = None, safe: bool = False
) -> Any:
    """The main window, dressed and empty, not yet shown; over all panels there are, unless told which."""
    from courseai_lab.app.main_window import MainWindow
    from courseai_lab.app.settings import SettingsFile
    from courseai_lab.contract import discover
    from courseai_lab.paths import cache_dir, config_dir
    from courseai_lab.ui.theme import ThemeManager

    settings = SettingsFile(config_dir(), safe).value
    themes = ThemeManager(application, settings.theme, settings.font_scale)
    found = discover() if panels is None else panels
    # In safe mode three-dimensional pictures are drawn by the lab itself: the driver is not even asked.
    opengl = (lambda: False) if safe else OpenGL(application)
    return MainWindow(found, themes, config_dir(), cache_dir(), opengl, thumbnails and not safe, safe)


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
    """What was asked for, or what was open last; a window that was lost in a crash is offered, never forced."""
    from courseai_lab.app.log import start_log
    from courseai_lab.paths import log_dir

    start_log(log_dir())
    log.info("CourseAI Lab %s starts%s.", __version__, " in safe mode" if window.safe else "")
    lost = window.restart.look()
    if target is not None:
        window.open_target(target)
    elif state is not None:
        window.open_state(state)
    elif not lost and not window.safe:
        window.restore_last()
    window.restart.remind()


class _Uncaught:
    """An exception nobody caught must not end the lab: it is printed whole and said in one sentence."""

    def __init__(self, window: Any) -> None:
        self._window = window

    def __call__(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        traceback.print_exception(kind, error, trace)
        log.error("Nobody caught this.", exc_info=(kind, error, trace))
        if threading.current_thread() is threading.main_thread():
            self._window.status.say(f"Something went wrong: {kind.__name__}: {error}. The lab goes on.")
