"""Animations: the same frames in every format, with their state; cancelled, they leave nothing."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageSequence
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from courseai_lab.app import animation, figures
from courseai_lab.app.background_job import AnimationJob, ComputeJob
from courseai_lab.app.records import read_record
from courseai_lab.contract import BadValue, default_state, run_frames
from courseai_lab.ui.theme_tokens import load_theme
from tests.app.demo import PANEL

FAKE_FFMPEG = """#!{python}
import pathlib, sys
words = sys.argv[1:]
data = sys.stdin.buffer.read()
if "fail" in pathlib.Path(__file__).name:
    print("Unknown encoder 'none'", file=sys.stderr)
    raise SystemExit(1)
width, height = map(int, words[words.index("-s") + 1].split("x"))
frames = len(data) / (3 * width * height)
comment = words[words.index("-metadata") + 1].removeprefix("comment=")
pathlib.Path(words[-1]).write_text(f"{{frames:g}}\\n{{words[words.index('-r') + 1]}}\\n{{comment}}")
"""


@pytest.fixture
def shots() -> list[figures.Shot]:
    state = default_state(PANEL)
    return [figures.Shot(PANEL, state, frame, index) for index, frame in enumerate(run_frames(PANEL, state))]


@pytest.fixture
def figure() -> figures.Figure:
    return figures.Figure(load_theme("light"), 200, 150, 1, title=True, caption=True)


def fake_ffmpeg(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str = "ffmpeg") -> None:
    program = folder / name
    program.write_text(FAKE_FFMPEG.format(python=sys.executable), encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(animation, "ffmpeg", lambda: str(program))


@pytest.mark.parametrize("ending", [".gif", ".webp", ".apng"])
def test_every_format_holds_the_run_and_its_state(
    ending: str, shots: list[figures.Shot], figure: figures.Figure, tmp_path: Path, qapp: QApplication
) -> None:
    path = tmp_path / f"a{ending}"
    said: list[float] = []
    count, total, became = animation.save_animation(shots, figure, path, lambda done, note: said.append(done))
    assert (count, total) == (5, 5) and said == [0.2, 0.4, 0.6, 0.8, 1.0]
    assert became.height > 150 and not became.caption  # the title comes on top; a sentence would move the picture
    with Image.open(path) as image:
        assert image.size == became.pixels and image.n_frames == 5  # type: ignore[attr-defined]
        frames = [frame.convert("RGB").tobytes() for frame in ImageSequence.Iterator(image)]
    assert len(set(frames)) == 5
    assert read_record(path)["panel"] == "demo" and read_record(path)["frame"] == 4


def test_lossless_formats_show_what_was_drawn(
    shots: list[figures.Shot], figure: figures.Figure, tmp_path: Path, qapp: QApplication
) -> None:
    made = animation.plan(shots, figure)
    drawn = [image.tobytes() for image, _ in animation.drawn(made, figure) if image is not None]
    for ending in (".webp", ".apng"):
        animation.save_animation(shots, figure, tmp_path / f"a{ending}")
        with Image.open(tmp_path / f"a{ending}") as image:
            assert [frame.convert("RGB").tobytes() for frame in ImageSequence.Iterator(image)] == drawn


def test_a_video_goes_through_a_pipe(
    shots: list[figures.Shot],
    figure: figures.Figure,
    tmp_path: Path,
    qapp: QApplication,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake_ffmpeg(tmp_path, monkeypatch)
    animation.save_animation(shots, figure, tmp_path / "a.mp4")
    frames, rate, comment = (tmp_path / "a.mp4").read_text(encoding="utf-8").splitlines()
    assert (frames, rate) == ("20", "10.0000")  # five, and the last one held for a second and a half
    assert json.loads(comment)["panel"] == "demo"
    fake_ffmpeg(tmp_path, monkeypatch, "ffmpeg-fail")
    (tmp_path / "b.mp4").write_text("old", encoding="utf-8")
    with pytest.raises(OSError, match="ffmpeg could not write the video: Unknown encoder 'none'"):
        animation.save_animation(shots, figure, tmp_path / "b.mp4")
    assert (tmp_path / "b.mp4").read_text(encoding="utf-8") == "old"
    monkeypatch.setattr(animation, "ffmpeg", lambda: None)
    with pytest.raises(BadValue, match="needs the program ffmpeg, which is not on this computer"):
        animation.check(tmp_path / "a.mp4")


def test_large_pictures_mean_fewer_frames(figure: figures.Figure) -> None:
    state = default_state(PANEL)
    many = [figures.Shot(PANEL, state, None, index) for index in range(1000)]
    assert len(animation.plan(many, figure).shots) <= 151
    large = figures.Figure(figure.theme, 2000, 1500, 2)
    made = animation.plan(many, large)
    assert 6 <= len(made.shots) <= 13 and made.shots[-1].index == 999 and made.total == 1000
    assert sum(made.lasting) == pytest.approx(1000 * 1000 / PANEL.fps, rel=0.25)


def test_a_job_draws_between_events_and_can_be_stopped(
    qtbot: QtBot, qapp: QApplication, shots: list[figures.Shot], figure: figures.Figure, tmp_path: Path
) -> None:
    job = AnimationJob(shots, figure, tmp_path / "a.webp", qapp)
    steps: list[str] = []
    job.progressed.connect(lambda done, words: steps.append(words))
    with qtbot.waitSignal(job.ended, timeout=20_000) as ended:
        job.start()
    assert ended.args == [""] and steps[0] == "Frame 1 of 5" and steps[-1] == "Writing the file"
    with Image.open(tmp_path / "a.webp") as image:
        assert image.n_frames == 5  # type: ignore[attr-defined]
    stopped = AnimationJob(shots, figure, tmp_path / "b.webp", qapp)
    stopped.progressed.connect(stopped.cancel)
    with qtbot.waitSignal(stopped.ended, timeout=20_000) as ended:
        stopped.start()
    assert ended.args == [""] and stopped.cancelled
    gone = AnimationJob(shots, figure, tmp_path / "c.webp", qapp)
    with qtbot.waitSignal(gone.progressed, timeout=20_000):
        gone.start()
    gone.wait()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.webp"]


def test_what_fails_in_a_job_is_one_sentence(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path, shots: list[figures.Shot]
) -> None:
    def fails(report: object) -> None:
        raise ValueError("no such thing\nat all")

    job = ComputeJob(fails, qapp)
    with qtbot.waitSignal(job.ended, timeout=5000) as ended:
        job.start()
    assert ended.args == ["The export failed: ValueError: no such thing"]
    figure = figures.Figure(load_theme("light"), 200, 150, 1)
    lost = AnimationJob(shots, figure, tmp_path / "no" / "a.gif", qapp)
    with qtbot.waitSignal(lost.ended, timeout=20_000) as ended:
        lost.start()
    assert ended.args == ["The file could not be written: No such file or directory."]
