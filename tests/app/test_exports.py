"""Exports from the window: the dialog, long ones beside it, code and notebook, and what is said."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from courseai_lab.app.export_dialog import ExportDialog
from courseai_lab.app.export_window import Choice, choice_from, figure_of
from courseai_lab.app.exports import Exports
from courseai_lab.app.host import PanelHost
from courseai_lab.app.main_window import MainWindow
from courseai_lab.app.records import read_record
from courseai_lab.ui.values_table import ValuesTable


def opened(qtbot: QtBot, window: MainWindow, name: str) -> PanelHost:
    host = window.open_panel(name)
    assert host is not None
    enough = 4 if name == "counter" else 1
    if enough > 1:
        host.session.play(True)
    qtbot.waitUntil(lambda: host.session.timeline.count >= enough and host.session.frame is not None, timeout=10_000)
    host.session.play(False)
    return host


def exports(window: MainWindow) -> Exports:
    made = window.features["Exports"]
    assert isinstance(made, Exports)
    return made


def finished(qtbot: QtBot, window: MainWindow) -> str:
    qtbot.waitUntil(lambda: not exports(window).running, timeout=20_000)
    return window.status.currentMessage()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], Path]:
    """Answer the next file dialog with this name."""

    def answer(name: str) -> Path:
        def chosen(*words: object) -> tuple[str, str]:
            return (str(tmp_path / name) if name else ""), str(words[3])

        monkeypatch.setattr(QFileDialog, "getSaveFileName", chosen)
        return tmp_path / name

    return answer


def test_what_was_chosen_is_remembered_and_nonsense_is_not() -> None:
    choice = Choice(".webp", 3, 800, 600, "dark", True, True)
    assert choice_from(choice.pairs()) == choice
    assert (
        choice_from([("kind", ".exe"), ("scale", "9"), ("width", "1e9"), ("theme", "pink"), ("title", "1")]) == Choice()
    )


def test_the_dialog_says_how_large_it_becomes_and_writes_it(
    qtbot: QtBot, window: MainWindow, asked: Callable[[str], Path]
) -> None:
    host = opened(qtbot, window, "counter")
    exports(window).ask_figure()
    dialog = window.findChild(ExportDialog)
    assert dialog is not None and dialog.choice == Choice()
    figure = figure_of(host, window.themes.theme)
    assert f"{figure.pixels[0]:,}".replace(",", " ") in dialog._words.text()
    with qtbot.waitSignal(dialog._soon.timeout, timeout=3000):
        dialog._width.setValue(400)
    assert not dialog._picture.pixmap().isNull()
    dialog._look.setCurrentIndex(dialog._look.findData("dark"))
    dialog._title.setChecked(True)
    dialog._scale.setCurrentIndex(dialog._scale.findData(1))
    dialog._height.setValue(300)
    dialog._ask_copy()
    data = QGuiApplication.clipboard().mimeData()
    assert data.hasImage() and b"courseai-lab" in data.data("image/png").data()
    path = asked("a")  # a name without an ending gets the kind's
    dialog._ask_save()
    with Image.open(path.with_suffix(".png")) as image:
        assert image.width == 400 and image.height > 300
        assert image.getpixel((399, 0)) == (0x12, 0x15, 0x1C)
    assert read_record(path.with_suffix(".png"))["panel"] == "counter"
    assert choice_from(window.settings.value.export) == Choice(".png", 1, 400, 300, "dark", True, False)
    assert window.status.currentMessage() == "Saved a.png."


def test_a_still_has_no_animations_and_a_run_has(qtbot: QtBot, window: MainWindow) -> None:
    for several in (True, False):
        host = opened(qtbot, window, "counter")
        if not several:
            host.view.propose(steps=1)
            qtbot.waitUntil(lambda host=host: host.session.timeline.count == 1, timeout=5000)
        exports(window).ask_figure()
        dialog = window.findChildren(ExportDialog)[-1]
        assert (dialog._kind.findData(".gif") >= 0) == several
        if several:
            dialog._kind.setCurrentIndex(dialog._kind.findData(".gif"))
            assert not dialog._look.isEnabled() and not dialog._copy.isEnabled() and not dialog._caption.isEnabled()
        dialog.reject()


def test_the_dialog_goes_with_its_panel(qtbot: QtBot, window: MainWindow) -> None:
    opened(qtbot, window, "counter")
    exports(window).ask_figure()
    dialog = window.findChild(ExportDialog)
    assert dialog is not None
    dialog._scale.setCurrentIndex(dialog._scale.findData(3))
    with qtbot.waitSignal(dialog.finished, timeout=3000):
        window.docks.current.close()  # type: ignore[union-attr]
    assert choice_from(window.settings.value.export).scale == 3


def test_the_window_closes_in_the_middle_of_an_export(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    host = opened(qtbot, window, "counter")
    exports(window).save_figure(host, Choice(".gif", 1, 320, 240), tmp_path / "a.gif")
    window.close()
    assert not exports(window).running and not list(tmp_path.glob("*.gif"))


def test_an_animation_is_made_beside_the_window(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    host = opened(qtbot, window, "counter")
    choice = Choice(".gif", 1, 320, 240)
    exports(window).save_figure(host, choice, tmp_path / "a.gif")
    assert len(exports(window).running) == 1
    assert finished(qtbot, window) == "Saved a.gif."
    assert read_record(tmp_path / "a.gif")["panel"] == "counter"
    exports(window).save_figure(host, choice, tmp_path / "b.gif")
    window.docks.current.close()  # type: ignore[union-attr]
    assert finished(qtbot, window) == "b.gif was not written: it was stopped."
    assert not (tmp_path / "b.gif").exists()


def test_code_and_notebook_of_a_panel_and_of_one_that_has_none(
    qtbot: QtBot, open_window: Callable[..., MainWindow], asked: Callable[[str], Path]
) -> None:
    window = open_window()
    opened(qtbot, window, "still")
    for command in ("panel.code", "panel.copy-code", "panel.notebook"):
        window.actions_registry.run(command)
        assert "cannot be written as a program yet" in window.status.currentMessage()
    lab = open_window("courseai_lab.panels")
    opened(qtbot, lab, "line-fit")
    path = asked("line.py")
    lab.actions_registry.run("panel.code")
    lab.actions_registry.run("panel.copy-code")
    assert path.read_text(encoding="utf-8") == QGuiApplication.clipboard().text()
    path = asked("line.ipynb")
    lab.actions_registry.run("panel.notebook")
    assert finished(qtbot, lab) == "Saved line.ipynb."
    assert json.loads(path.read_text(encoding="utf-8"))["nbformat"] == 4
    path = asked("line.csv")
    lab.actions_registry.run("panel.data")
    assert path.exists()
    lab.actions_registry.run("panel.values")
    table = lab.findChild(ValuesTable)
    assert table is not None and len(table.tables) >= 3
    table.close()


def test_what_cannot_be_written_is_said(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    host = opened(qtbot, window, "counter")
    exports(window).save_figure(host, Choice(".png"), tmp_path / "no" / "a.png")
    assert "does not exist" in window.status.currentMessage()
    exports(window).save_figure(host, Choice(".gif"), tmp_path / "no" / "a.gif")
    assert "does not exist" in window.status.currentMessage() and not exports(window).running
