"""`courseai-lab --smoke`: opens every panel, loads every network, reads every lesson, and says in a table what works.

Meant for an installed lab on a machine nobody has seen: it needs no network, no display and no files of the user's,
and leaves nothing behind but compiled kernels in the cache.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from courseai_lab.app import system
from courseai_lab.contract import LabError, Panel, discover

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from courseai_lab.app.host import PanelHost
    from courseai_lab.app.main_window import MainWindow

PATIENCE_MS = 120_000
MOST_OF_ONE_COLOUR = 0.99995
FEWEST_COLOURS = 16


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was tried; ``wrong`` is empty when it works."""

    kind: str
    name: str
    seconds: float
    said: str = ""
    wrong: str = ""


def main(panels: tuple[Panel, ...] | None = None) -> int:
    """Try everything in a window with empty settings; prints the table. 0 when all works, 1 otherwise."""
    import os

    system.set_defaults()
    if not system.has_display():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtCore import QCoreApplication, Qt

    from courseai_lab.app import bootstrap
    from courseai_lab.app.application import Application
    from courseai_lab.app.main_window import MainWindow
    from courseai_lab.ui.theme import ThemeManager

    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    application = Application(["courseai-lab"])
    found = discover() if panels is None else panels
    with tempfile.TemporaryDirectory(prefix="courseai-lab-") as folder:
        themes = ThemeManager(application, "dark", 1.0)
        opengl = bootstrap.OpenGL(application)
        window = MainWindow(found, themes, Path(folder), Path(folder), opengl, thumbnails=False, safe=True)
        window.show()
        rows = []
        for row in trials(window):
            print(line(row), flush=True)
            rows.append(row)
        window.close()
    wrong = sum(bool(row.wrong) for row in rows)
    print(f"{len(rows) - wrong} of {len(rows)} work." if wrong else f"All {len(rows)} work.")
    bootstrap.leave(window, int(wrong > 0))


def line(row: Row) -> str:
    """One line of the table."""
    mark = "FAILS" if row.wrong else "works"
    return f"{mark}  {row.kind:<8} {row.name:<28} {row.seconds:6.2f} s  {row.wrong or row.said}".rstrip()


def trials(window: MainWindow) -> Iterator[Row]:
    """Everything there is, one after the other."""
    yield _tried("drawing", "OpenGL", lambda: _about_opengl(window))
    for panel in window.panels:
        yield _tried("panel", panel.id, lambda panel=panel: try_panel(window, panel))  # type: ignore[misc]
    yield from networks()
    yield from lessons(window.panels)


def _tried(kind: str, name: str, trial: Callable[[], str]) -> Row:
    begun = time.perf_counter()
    try:
        said, wrong = trial(), ""
    except Exception as error:
        said, wrong = "", f"{type(error).__name__}: {error}"
    return Row(kind, name, time.perf_counter() - begun, said, wrong)


def _about_opengl(window: MainWindow) -> str:
    """No OpenGL is no failure: three-dimensional pictures are then drawn without it, and that is said."""
    from courseai_lab.ui.surface3d import probe_gl

    if window.opengl():
        return f"{probe_gl().renderer}"
    return f"{probe_gl().reason} Three-dimensional pictures are drawn without it."


def try_panel(window: MainWindow, panel: Panel) -> str:
    """Open a panel, wait for its first frame, look at its picture, close it; what was seen.

    Raises RuntimeError where it does not open, fails, takes too long, or draws nothing.
    """
    host = window.open_panel(panel.id)
    if host is None:
        raise RuntimeError(window.status.currentMessage() or "it did not open")
    try:
        _await_frame(host)
        picture = host.view.grab().toImage()
        share, colours = spread(picture)
        if share > MOST_OF_ONE_COLOUR or colours < FEWEST_COLOURS:
            raise RuntimeError(f"its picture is blank: {share:.1%} of it has one colour, {colours} colours in all")
        return f"{picture.width()} × {picture.height()} px, {colours} colours"
    finally:
        for dock in [dock for dock in window.docks if dock.host is host]:
            dock.close()


def _await_frame(host: PanelHost) -> None:
    from PySide6.QtCore import QEventLoop, QTimer
    from PySide6.QtWidgets import QApplication

    trouble: list[str] = []
    loop = QEventLoop()
    patience = QTimer(loop)
    patience.setSingleShot(True)
    patience.timeout.connect(loop.quit)

    def failed(sentence: str, _report: str) -> None:
        trouble.append(sentence)
        loop.quit()

    def drawn() -> None:
        if host.session.frame is not None:
            loop.quit()

    host.session.failed.connect(failed)
    host.drawn.connect(drawn)
    patience.start(PATIENCE_MS)
    if host.session.frame is None:
        loop.exec()
    patience.stop()
    host.drawn.disconnect(drawn)
    host.session.failed.disconnect(failed)
    if trouble:
        raise RuntimeError(trouble[0])
    if host.session.frame is None:
        raise RuntimeError(f"no frame within {PATIENCE_MS // 1000} s")
    QApplication.processEvents()


def spread(picture: QImage) -> tuple[float, int]:
    """The share of the picture that has its most common colour, and how many colours there are."""
    image = picture.convertToFormat(picture.Format.Format_RGB32)
    if image.isNull():
        return 1.0, 0
    pixels = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), -1)[:, : image.width()]
    _, counts = np.unique(pixels, return_counts=True)
    return float(counts.max() / counts.sum()), len(counts)


def networks(root: Path | None = None) -> Iterator[Row]:
    """Every network in the folder of models: each file's tensors are read and checked, and its network is built."""
    from courseai_lab.networks.loader import models
    from courseai_lab.paths import resource

    folder = resource("models") if root is None else root
    found = models(folder)
    if not found:
        yield Row("network", str(folder), 0.0, wrong="there is no network in this folder")
    for info in found:
        yield _tried("network", info.name, lambda info=info: try_network(info.folder))  # type: ignore[misc]


def try_network(folder: Path) -> str:
    """Read a network's file and card, and build the network where the lab knows how. Raises ModelFileError."""
    from courseai_lab.networks.loader import read_card, read_header, read_tensors

    header = read_header(folder)
    read_tensors(folder, header.shapes)
    read_card(folder)
    build = _builders().get(folder.name)
    if build is not None:
        build(folder)
    return f"{header.parameters:,} parameters"


def _builders() -> dict[str, Callable[[Path], Any]]:
    from courseai_lab.networks import digits, reading, scenes

    def story(folder: Path) -> Any:
        return reading.shipped(folder, folder.name)

    def system(folder: Path) -> Any:
        return scenes.load_system(folder.parent)

    return {"digits": digits.load, "story": story, "story-masked": story, **dict.fromkeys(scenes.NAMES, system)}


def lessons(panels: Sequence[Panel]) -> Iterator[Row]:
    """Every written lesson: read whole, and each of its scenes taken by its panel."""
    from courseai_lab.app.course import listing

    try:
        course = listing.shipped()
        written = course.written()
    except (LabError, OSError) as error:
        yield Row("lesson", "course", 0.0, wrong=str(error))
        return
    for lesson_id in written:
        yield _tried("lesson", lesson_id, lambda name=lesson_id: try_lesson(course, name, panels))  # type: ignore[misc]


def try_lesson(course: Any, lesson_id: str, panels: Sequence[Panel]) -> str:
    """Read a lesson and take the state of each scene. Raises LabError."""
    from courseai_lab.lessons.scene import state_of

    lesson = course.lesson(lesson_id)
    for scene in lesson.scenes:
        for shown in scene.shown:
            state_of(shown, tuple(panels))
    return f"{len(lesson.scenes)} scenes, {len(lesson.questions)} questions"


def frozen() -> bool:
    """Whether this is the installed app rather than a checkout or a wheel."""
    return bool(getattr(sys, "frozen", False))
