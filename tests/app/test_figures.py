"""Figures: the same picture in every format, with its state, and nothing half-written."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QByteArray
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from courseai_lab.app import animation, figures
from courseai_lab.contract import default_state, run_frames
from courseai_lab.ui.theme_tokens import THEME_NAMES, load_theme
from tests.app.demo import PANEL


@pytest.fixture
def shots() -> list[figures.Shot]:
    state = default_state(PANEL)
    return [figures.Shot(PANEL, state, frame, index) for index, frame in enumerate(run_frames(PANEL, state))]


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB")).astype(int)


@pytest.mark.parametrize("theme", THEME_NAMES)
def test_png_is_on_the_themes_ground(theme: str, shots: list[figures.Shot], tmp_path: Path, qapp: QApplication) -> None:
    figure = figures.Figure(load_theme(theme), 320, 200, 1.5)
    figures.save_figure(shots[-1], figure, tmp_path / "a.png")
    found = pixels(tmp_path / "a.png")
    assert found.shape == (300, 480, 3)
    ground = [int(figure.theme.ground[i : i + 2], 16) for i in (1, 3, 5)]
    model = [int(figure.theme.role("model")[i : i + 2], 16) for i in (1, 3, 5)]
    assert (found[-1, -1] == ground).all()
    assert (found == ground).all(-1).mean() > 0.5
    assert (np.abs(found - model).max(-1) < 8).any(), "the line has the colour of the role"


def test_figures_are_repeatable_and_leave_the_application_as_it_was(
    shots: list[figures.Shot], tmp_path: Path, qapp: QApplication
) -> None:
    before = (qapp.styleSheet(), qapp.palette().color(qapp.palette().ColorRole.Window).name(), qapp.font().family())
    figure = figures.Figure(load_theme("dark"), 300, 200)
    for name in ("a.png", "b.png"):
        figures.save_figure(shots[-1], figure, tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    after = (qapp.styleSheet(), qapp.palette().color(qapp.palette().ColorRole.Window).name(), qapp.font().family())
    assert before == after
    assert figures.draw_image(shots[-1], figure).width() == 600


def test_svg_draws_what_png_draws(shots: list[figures.Shot], tmp_path: Path, qapp: QApplication) -> None:
    figure = figures.Figure(load_theme("light"), 320, 200, 1)
    figures.save_figure(shots[-1], figure, tmp_path / "a.png")
    figures.save_figure(shots[-1], figure, tmp_path / "a.svg")
    text = (tmp_path / "a.svg").read_bytes()
    ElementTree.fromstring(text)
    image = QImage(320, 200, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(text)).render(painter)
    painter.end()
    image.save(str(tmp_path / "svg.png"))
    assert np.abs(pixels(tmp_path / "svg.png") - pixels(tmp_path / "a.png")).mean() < 2


def test_pdf_has_one_page_of_the_size_asked_for(shots: list[figures.Shot], tmp_path: Path, qapp: QApplication) -> None:
    figures.save_figure(shots[-1], figures.Figure(load_theme("light"), 960, 480), tmp_path / "a.pdf")
    data = (tmp_path / "a.pdf").read_bytes()
    assert data.startswith(b"%PDF") and b"/Count 1" in data
    assert b"/MediaBox [0 0 720 360]" in data or b"/MediaBox [0 0 720.000000 360.000000]" in data
    assert "state.json".encode("utf-16-be") in data


def test_gif_plays_the_run_at_the_panels_speed(shots: list[figures.Shot], tmp_path: Path, qapp: QApplication) -> None:
    figure = figures.Figure(load_theme("light"), 200, 150, 1)
    assert animation.save_animation(shots, figure, tmp_path / "a.gif") == (5, 5, figure)
    with Image.open(tmp_path / "a.gif") as image:
        assert (image.size, image.n_frames, image.info["duration"]) == ((200, 150), 5, 100)
        seen = set()
        for index in range(5):
            image.seek(index)
            seen.add(image.convert("RGB").tobytes())
        assert len(seen) == 5
        assert image.info["duration"] == 1500


def test_a_figure_grows_when_asked_and_its_picture_needs_it(
    shots: list[figures.Shot], tmp_path: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PANEL.view(), "heightForWidth", lambda self, width: width // 2)
    theme = load_theme("light")
    grown = figures.save_figure(shots[-1], figures.Figure(theme, 600, 200, 1.5, grow=True), tmp_path / "a.png")
    assert (grown.height, grown.pixels) == (300, (900, 450))
    assert pixels(tmp_path / "a.png").shape == (450, 900, 3)
    high = figures.Figure(theme, 600, 400, 1, grow=True)
    assert figures.save_figure(shots[-1], high, tmp_path / "a.svg") == high
    exact = figures.Figure(theme, 600, 200, 1)
    assert figures.save_figure(shots[-1], exact, tmp_path / "a.png") == exact
    _, _, grown = animation.save_animation(shots, figures.Figure(theme, 400, 150, 1, grow=True), tmp_path / "a.gif")
    assert grown.height == 200


@pytest.mark.parametrize("total", [1, 2, 9, 10, 11, 12, 40, 41, 1000])
def test_thinning_is_even_and_keeps_the_last(total: int) -> None:
    given = [figures.Shot(PANEL, None, None, index) for index in range(total)]  # type: ignore[arg-type]
    kept, count, stride = animation.thinned(iter(given), 10)
    places = [shot.index for shot in kept]
    assert count == total and len(kept) <= 11
    assert places[:-1] == list(range(0, total, stride))[: len(places) - 1]
    assert places[-1] == total - 1
    assert len(kept) >= min(total, 5)


def test_a_failed_drawing_leaves_the_old_file(
    shots: list[figures.Shot], tmp_path: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"old")

    def fail(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setitem(figures._WRITERS, ".png", fail)
    with pytest.raises(OSError, match="disk is full"):
        figures.save_figure(shots[-1], figures.Figure(load_theme("light")), path)
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]
