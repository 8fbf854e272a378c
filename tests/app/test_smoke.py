"""The lab tries itself: what works is said, and what does not is found."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage

from courseai_lab.app import licences, smoke
from courseai_lab.app.main_window import MainWindow
from courseai_lab.contract import Panel
from courseai_lab.networks.loader import models
from courseai_lab.paths import MODELS_VARIABLE, resource


def test_panels_that_draw_work_and_others_are_found(open_window: Callable[..., MainWindow]) -> None:
    window = open_window(safe=True)
    panel = next(p for p in window.panels if p.id == "counter")
    window.panels = (panel, Panel("gone", "Gone", "", (), "more", package="tests.fakes.gone"))
    rows = {row.name: row for row in smoke.trials(window) if row.kind in ("drawing", "panel")}
    assert rows["counter"].wrong == "" and "colours" in rows["counter"].said
    assert "gone" in rows["gone"].wrong and "FAILS" in smoke.line(rows["gone"])
    assert rows["OpenGL"].wrong == "" and len(window.docks) == 0


def test_a_blank_picture_is_recognised(open_window: Callable[..., MainWindow], monkeypatch: pytest.MonkeyPatch) -> None:
    blank = QImage(QSize(40, 30), QImage.Format.Format_RGB32)
    blank.fill(0xFF102030)
    assert smoke.spread(blank) == (1.0, 1)
    blank.setPixel(0, 0, 0xFFFFFFFF)
    assert smoke.spread(blank) == (1199 / 1200, 2)
    assert smoke.spread(QImage()) == (1.0, 0)
    window = open_window(safe=True)
    monkeypatch.setattr(smoke, "spread", lambda _picture: (0.999, 3))
    panel = next(p for p in window.panels if p.id == "counter")
    with pytest.raises(RuntimeError, match=r"its picture is blank: 99\.9% of it has one colour"):
        smoke.try_panel(window, panel)
    assert len(window.docks) == 0


def test_networks_and_lessons_are_read_whole(tmp_path: Path) -> None:
    names = [info.name for info in models(resource("models"))]
    assert [(row.name, row.wrong) for row in smoke.networks()] == [(name, "") for name in names]
    copy = tmp_path / "models" / "digits"
    shutil.copytree(resource("models", "digits"), copy)
    data = bytearray((copy / "model.safetensors").read_bytes())
    (copy / "model.safetensors").write_bytes(data[: len(data) // 2])
    (row,) = smoke.networks(tmp_path / "models")
    assert "damaged" in row.wrong
    (row,) = smoke.networks(tmp_path / "nothing")
    assert "no network" in row.wrong


def test_a_lesson_whose_panel_is_not_there_is_found() -> None:
    rows = list(smoke.lessons(()))
    assert rows and all("There is no panel" in row.wrong for row in rows)


def test_networks_of_a_rooms_own_are_used_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = resource("models")
    monkeypatch.setenv(MODELS_VARIABLE, str(tmp_path))
    assert resource("models", "digits") == shipped / "digits"
    for folder in shipped.iterdir():
        (tmp_path / folder.name).mkdir()
    assert resource("models", "digits") == tmp_path / "digits"
    assert resource("icons").is_dir()


def test_licences_are_said_without_a_frozen_app() -> None:
    text = licences.text()
    for words in ("PySide6-Essentials 6", "torch 2", "Lesser General Public License", "numpy"):
        assert words in text
