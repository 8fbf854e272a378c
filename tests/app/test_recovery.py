"""Nothing is lost: kill -9 in the middle of saving, a disk that is full, a crash of the whole lab, two labs at once."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from courseai_lab.app import atomic
from courseai_lab.app.atomic import previous, write_bytes, write_keeping_previous
from courseai_lab.app.log import FILE, last_lines, start_log, stop_log
from courseai_lab.app.main_window import MainWindow
from courseai_lab.app.recovery import Recovery, Writer

SAVES_FOR_EVER = """
import sys
from pathlib import Path
from courseai_lab.app.atomic import write_keeping_previous
path, number = Path(sys.argv[1]), int(sys.argv[2])
while True:
    number += 1
    write_keeping_previous(path, (f"{number} " * 40_000 + "end").encode())
    sys.stdout.write(f"{number}\\n")
    sys.stdout.flush()
"""
KILLS = 25
LEFT = {"format": "courseai-lab/lab", "format_version": 1, "panels": [{"state": {"panel": "still"}}]}

LAB = """
import sys
from PySide6.QtCore import QCoreApplication, Qt, QTimer
from courseai_lab.app import bootstrap
from courseai_lab.app.system import set_defaults
set_defaults()
from PySide6.QtWidgets import QApplication
from courseai_lab.contract import discover
QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
application = QApplication(["lab"])
window = bootstrap.build_window(application, thumbnails=False, panels=discover("tests.fakes"))
window.show()
window.restart.look()
window.autosave.written.connect(lambda number: print(number, window.host.session.state.current.by, flush=True))
for by in (2.0, 7.0):
    window.open_panel("still", {"panel": "still", "params": {"by": by}})
window.autosave.save()
application.exec()
"""


def whole(content: bytes) -> int:
    """The number that a complete file holds; fails for half a file."""
    words = content.decode().split()
    assert words[-1] == "end" and len(words) == 40_001 and len(set(words[:-1])) == 1
    return int(words[0])


def test_killed_at_random_moments_of_saving(tmp_path: Path, root: Path) -> None:
    rng = random.Random(5)
    path = tmp_path / "some.lab"
    last = 0
    for _ in range(KILLS):
        process = subprocess.Popen(
            [sys.executable, "-c", SAVES_FOR_EVER, str(path), str(last)], cwd=root, stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        first = int(process.stdout.readline())
        gone = threading.Event()
        threading.Timer(rng.uniform(0.0, 0.03), lambda p=process, g=gone: (p.kill(), g.set())).start()
        said = [first, *(int(line) for line in process.stdout.read().split())]
        assert gone.wait(10) and process.wait(10) == -signal.SIGKILL
        process.stdout.close()
        last = whole(path.read_bytes())
        assert said[-1] <= last <= said[-1] + 1, "what was said to be saved is there"
        assert last - 2 <= whole(previous(path).read_bytes()) <= last, "and so is the version before it"
    assert last > KILLS


@pytest.mark.parametrize("step", ["mkstemp", "fdopen", "fsync", "replace"])
@pytest.mark.parametrize("has_previous", [False, True])
def test_a_full_disk_at_any_step_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, has_previous: bool
) -> None:
    path = tmp_path / "some.lab"
    if has_previous:
        write_bytes(previous(path), b"oldest")
    write_bytes(path, b"old")
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic.tempfile if step == "mkstemp" else atomic.os, step, full)
    with pytest.raises(OSError, match="No space"):
        write_keeping_previous(path, b"new")
    monkeypatch.undo()
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before
    write_keeping_previous(path, b"new")
    assert (path.read_bytes(), previous(path).read_bytes()) == (b"new", b"old")


@pytest.mark.skipif(os.name == "nt", reason="links and permissions as POSIX has them")
def test_links_and_permissions_stay(tmp_path: Path) -> None:
    real, link = tmp_path / "real.lab", tmp_path / "link.lab"
    write_bytes(real, b"1")
    real.chmod(0o640)
    link.symlink_to(real)
    write_keeping_previous(link, b"2")
    assert link.is_symlink() and real.read_bytes() == b"2" and real.stat().st_mode & 0o777 == 0o640


def test_parts_of_killed_processes_are_cleared_away(tmp_path: Path) -> None:
    old, young, other = (tmp_path / name for name in (".a.lab-1.part", ".a.lab-2.part", ".b.lab-3.part"))
    for path in (old, young, other):
        path.write_bytes(b"half")
    os.utime(old, (1, 1))
    os.utime(other, (1, 1))
    write_keeping_previous(tmp_path / "a.lab", b"x")
    assert not old.exists() and young.exists() and other.exists()


def test_the_newest_is_written_and_what_the_disk_refuses_is_told(tmp_path: Path) -> None:
    path = tmp_path / "w.json"
    told: list[tuple[int, bool]] = []
    writer = Writer(lambda: path, lambda number, error: told.append((number, error is None)))
    for number in range(200):
        writer.put({"number": number})
    assert writer.flush(10) and json.loads(path.read_text()) == {"number": 199}
    assert told[-1] == (200, True) and len(told) < 200, "what was overtaken is not written"
    path.unlink()
    path.mkdir()
    writer.put({"number": -1})
    assert not writer.flush(10)
    writer.close(10)
    assert told[-1] == (201, False)


def test_a_crash_is_offered_and_a_running_lab_is_not(
    qtbot: QtBot, open_window: Callable[..., MainWindow], tmp_path: Path, root: Path
) -> None:
    environment = {**os.environ, "COURSEAI_LAB_HOME": str(tmp_path)}
    folder = tmp_path / "config"
    lab = subprocess.Popen(
        [sys.executable, "-c", LAB], cwd=root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert lab.stdout is not None and lab.stdout.readline().split() == [b"1", b"7.0"]
    window = open_window(folder=folder)
    assert not window.restart.look() and not window.restart.card.isVisible(), "it is still running"
    lab.kill()
    lab.wait(10)
    lab.stdout.close()
    assert window.restart.look() and window.restart.card.isVisible() and len(window.docks) == 0
    assert "2 panels were open today" in window.restart.card._words.text()
    lost = window.restart.lost[0].path
    window.close()
    again = open_window(folder=folder)
    assert again.restart.look(), "whoever does not answer is asked again"
    again.open_panel("counter")
    again.restart.remind()
    assert "what was open waits under Lab, Panels." in again.status.currentMessage()
    again.docks.current.close()  # type: ignore[union-attr]
    again.restart.card.restore.click()
    assert [dock.host.session.state.current.by for dock in again.docks] == [2.0, 7.0]  # type: ignore[attr-defined]
    assert not lost.exists() and not again.restart.look()
    own = next((folder / "recovery").glob("*.json"))
    assert len(json.loads(own.read_text())["panels"]) == 2, "it is kept in the new window's own file"
    again.close()
    assert not list((folder / "recovery").glob("*")), "and gone once that is closed properly"


def test_start_fresh_keeps_what_was_open_as_a_file(open_window: Callable[..., MainWindow], tmp_path: Path) -> None:
    write_bytes(
        tmp_path / "recovery" / "20200101-000000-1-a.json",
        json.dumps(LEFT).encode(),
    )
    window = open_window()
    assert window.restart.look()
    window.restart.card.fresh.click()
    assert not window.restart.card.isVisible() and not window.restart.look() and len(window.docks) == 0
    assert [path.name for path in window.document.recent] == ["Not restored.lab"]
    window.open_target(str(window.document.recent[0]))
    assert [dock.host.panel.id for dock in window.docks] == ["still"]


def test_two_labs_keep_their_own(tmp_path: Path) -> None:
    one, two = Recovery(tmp_path), Recovery(tmp_path)
    paths = [lab.claim() for lab in (one, two)]
    assert paths[0] != paths[1] and one.claim() == paths[0]
    for path in paths:
        path.write_text(json.dumps(LEFT))
    assert one.lost() == two.lost() == Recovery(tmp_path).lost() == []
    one.close(saved=True)
    two.close(saved=False)
    assert [lost.path for lost in Recovery(tmp_path).lost()] == [paths[1]]


def test_a_disk_that_refuses_is_said_once_and_tried_again(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("courseai_lab.app.recovery.write_bytes", full)
        window.open_panel("still")
        assert not window.autosave.flush()
        qtbot.waitUntil(lambda: "No space left on device" in window.status.currentMessage(), timeout=20_000)
        window.status.clearMessage()
        assert not window.autosave.flush()
        QCoreApplication.processEvents()
        assert window.status.currentMessage() == ""
    with qtbot.waitSignal(window.autosave.written, timeout=20_000):
        window.autosave.save()


def test_a_drag_is_kept_while_it_goes_on(qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    host = window.open_panel("still")
    assert host is not None
    window.autosave.flush()
    host.view.propose(by=3.0)
    timer = window.autosave._soon
    assert timer.isActive()
    left = timer.remainingTime()
    host.view.propose(by=4.0)
    assert timer.remainingTime() <= left, "a further change does not put it off"
    assert window.autosave.flush()
    kept = json.loads(window.recovery.claim().read_text())
    assert kept["panels"][0]["state"]["params"]["by"] == 4.0


def test_safe_mode_overwrites_nothing(qtbot: QtBot, open_window: Callable[..., MainWindow], tmp_path: Path) -> None:
    usual = open_window(folder=tmp_path)
    usual.open_panel("still")
    usual.change_settings(theme="dark", font_scale=1.5)
    usual.close()
    before = {p: p.read_bytes() for p in tmp_path.glob("*.json")}
    safe = open_window(folder=tmp_path, safe=True)
    assert "(safe mode)" in safe.windowTitle() and safe.settings.value.theme == "auto" and len(safe.docks) == 0
    safe.open_panel("counter")
    safe.change_settings(theme="light", font_scale=2.0)
    safe.close()
    assert {p: p.read_bytes() for p in tmp_path.glob("*.json")} == before and len(before) == 2


def test_the_log_rotates_and_the_report_names_nobody(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import logging

    from courseai_lab.app import report
    from courseai_lab.paths import log_dir

    monkeypatch.setenv("COURSEAI_LAB_HOME", str(tmp_path / "home"))
    assert start_log(log_dir())
    try:
        logger = logging.getLogger("courseai_lab.tests")
        for number in range(9000):
            logger.info("A line of the log, number %d, in %s", number, Path.home() / "secret")
        sizes = [path.stat().st_size for path in log_dir().glob(FILE + "*")]
        assert len(sizes) == 3 and max(sizes) < 420_000
        assert "number 8999" in last_lines(log_dir() / FILE, 1)[0]
        host = window.open_panel("still")
        assert host is not None
        text = report.window_report(window)
        assert str(Path.home()) not in text and "~" in text and "number 8999" in text
        assert "Open panels: still" in text and "PySide6-Essentials 6." in text and len(text) < 40_000
        with qtbot.waitSignal(host.session.failed, timeout=5000):
            host.view.propose(trouble="error")
        card = host.shell.stage.card.report
        assert "ZeroDivisionError" in card and "Packages: " in card and "The computation stopped" in card
    finally:
        stop_log()
