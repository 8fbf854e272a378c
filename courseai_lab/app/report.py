"""What "Copy report" copies: versions, device, open panels and the last lines of the log; no names and no data."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from courseai_lab import __version__
from courseai_lab.app.log import CRASH_FILE, FILE, last_lines

if TYPE_CHECKING:
    from courseai_lab.app.main_window import MainWindow

PACKAGES = ("PySide6-Essentials", "torch", "numpy", "numba", "pydantic", "pyqtgraph", "vispy", "PyOpenGL", "pillow")
LOG_LINES = 60
CRASH_LINES = 40


def window_report(window: MainWindow) -> str:
    """The report of the Help menu."""
    engine = window.engine
    lines = [
        *_where(engine.device),
        f"Devices: {', '.join(device.label for device in engine.devices)}",
        f"Safe mode: {'yes' if window.safe else 'no'}",
        f"Open panels: {', '.join(dock.host.panel.id for dock in window.docks) or 'none'}",
        *_logs(),
    ]
    return without_names("\n".join(lines))


def panel_report(failure: str, device: str) -> str:
    """The report of a panel's error card: ``failure`` is what the run said, with the state it ran from."""
    return without_names("\n".join([failure, *_where(device), *_logs(20)]))


def without_names(text: str) -> str:
    """The text without the user's home folder and name, which stand in most paths."""
    home = str(Path.home())
    for known in {home, os.path.realpath(home), home.replace("\\", "\\\\"), home.replace("\\", "/")}:
        if len(known) > 3:
            text = text.replace(known, "~")
    return text


def _where(device: str) -> Iterable[str]:
    yield f"CourseAI Lab {__version__}, Python {platform.python_version()}"
    yield f"System: {platform.system()} {platform.release()} {platform.machine()}, {os.cpu_count()} cores"
    yield f"Device: {device}; windows by {_platform_name()}"
    yield "Packages: " + ", ".join(f"{name} {_version(name)}" for name in PACKAGES)


def _logs(count: int = LOG_LINES) -> Iterable[str]:
    from courseai_lab.paths import log_dir

    folder = log_dir()
    for title, name, most in (("Log", FILE, count), ("Crashes", CRASH_FILE, CRASH_LINES)):
        lines = last_lines(folder / name, most)
        if lines:
            yield f"\n{title}, the last {len(lines)} lines:"
            yield from lines


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def _platform_name() -> str:
    from PySide6.QtGui import QGuiApplication

    return QGuiApplication.platformName()
