"""The navigator's menu: progress as a file, forgotten, brought back; a lesson file of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox

from courseai_lab.app.atomic import write_bytes
from courseai_lab.contract import LabError

if TYPE_CHECKING:
    from courseai_lab.app.course.feature import CourseFeature
    from courseai_lab.app.main_window import MainWindow

FILTER = "Progress (*.json)"
LESSONS = "Lessons (*.md)"


def fill(menu: QMenu, window: MainWindow, course: CourseFeature) -> None:
    """Put the entries into the menu."""
    menu.addAction("Open lesson file…", lambda: open_file(window, course))
    menu.addSeparator()
    menu.addAction("Export progress…", lambda: export(window, course))
    menu.addAction("Import progress…", lambda: bring_back(window, course))
    menu.addAction("Reset progress…", lambda: reset(window, course))


def open_file(window: MainWindow, course: CourseFeature) -> None:
    """Ask for a lesson file and open it."""
    name, _ = QFileDialog.getOpenFileName(window, "Open lesson file", "", LESSONS)
    if name:
        course.open_file(Path(name))


def export(window: MainWindow, course: CourseFeature) -> None:
    """Ask for a file and write the progress into it."""
    name, _ = QFileDialog.getSaveFileName(window, "Export progress", "progress.json", FILTER)
    if not name:
        return
    path = Path(name if name.lower().endswith(".json") else f"{name}.json")
    try:
        write_bytes(path, course.progress.to_bytes())
    except OSError as error:
        window.status.say(f"{path.name} could not be written: {error.strerror or error}.")
        return
    window.status.say(f"Progress in {len(course.progress.lessons)} lessons is in {path.name}.")


def bring_back(window: MainWindow, course: CourseFeature) -> None:
    """Ask for an exported file and take what it holds in place of the progress here."""
    name, _ = QFileDialog.getOpenFileName(window, "Import progress", "", FILTER)
    if not name:
        return
    try:
        course.progress.take_bytes(Path(name).read_bytes())
    except OSError as error:
        window.status.say(f"{Path(name).name} could not be read: {error.strerror or error}.")
        return
    except LabError as error:
        window.status.say(str(error))
        return
    course.refresh()
    window.status.say(f"Progress in {len(course.progress.lessons)} lessons was taken from {Path(name).name}.")


def reset(window: MainWindow, course: CourseFeature) -> None:
    """Forget everything, when the user agrees."""
    buttons = QMessageBox.StandardButton
    answer = QMessageBox.question(
        window,
        "Reset progress?",
        "Answers, scores and marks of all lessons are forgotten. Export them first to keep them.",
        buttons.Reset | buttons.Cancel,
        buttons.Cancel,
    )
    if answer == buttons.Reset:
        course.progress.reset()
        course.refresh()
        window.status.say("The progress was forgotten.")
