"""The leak fixtures see what a test leaves behind, and only that."""

from __future__ import annotations

from pathlib import Path

import pytest

PLANTED = """
import threading
import pytest
from PySide6.QtCore import QThread, QTimer
from PySide6.QtWidgets import QLabel, QWidget

kept = []

def test_clean(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    QLabel("a child", window)
    timer = QTimer(window)
    timer.start(1000)
    thread = threading.Thread(target=lambda: None)
    thread.start()

def test_clean_by_deferred_delete(qtbot):
    window = QWidget()
    window.deleteLater()

def test_leaves_a_widget(qtbot):
    kept.append(QWidget())

def test_leaves_a_timer(qtbot):
    timer = QTimer()
    timer.start(1000)
    kept.append(timer)

def test_leaves_a_qthread(qtbot):
    thread = QThread()
    thread.start()
    kept.append(thread)

def test_leaves_a_thread(qapp):
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait, name="stays")
    thread.start()
    kept.append((thread, stop))

def test_says_nothing_without_qt():
    kept.append(threading.Event())

@pytest.fixture(scope="session", autouse=True)
def end_planted():
    yield
    for thing in kept:
        if isinstance(thing, QThread):
            thing.quit()
            thing.wait()
        elif isinstance(thing, tuple):
            thing[1].set()

def test_device(device):
    assert device == "cpu"
"""


@pytest.fixture(scope="module")
def conftest_text(root: Path) -> str:
    return (root / "tests" / "conftest.py").read_text()


def test_leaks_are_seen(pytester: pytest.Pytester, conftest_text: str) -> None:
    pytester.makeconftest(conftest_text)
    pytester.makeini("[pytest]\nmarkers = gpu: on an accelerator\n")
    pytester.makepyfile(PLANTED)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:xvfb")
    result.assert_outcomes(passed=8, errors=4)
    result.stdout.fnmatch_lines_random(
        [
            "*ERROR*test_leaves_a_widget*",
            "*left behind by this test*QWidget*",
            "*ERROR*test_leaves_a_timer*",
            "*left behind by this test*QTimer*",
            "*ERROR*test_leaves_a_qthread*",
            "*left behind by this test*QThread*",
            "*ERROR*test_leaves_a_thread*",
            "*left behind by this test: thread 'stays'*",
        ]
    )


def test_gpu_marker_needs_a_gpu_or_runs_on_it(pytester: pytest.Pytester, conftest_text: str) -> None:
    import torch

    pytester.makeconftest(conftest_text)
    pytester.makeini("[pytest]\nmarkers = gpu: on an accelerator\n")
    pytester.makepyfile("def test_device(device):\n    assert device != 'cpu'\n")
    result = pytester.runpytest_subprocess("-m", "gpu", "-p", "no:cacheprovider", "-p", "no:xvfb")
    found = torch.cuda.device_count() + torch.backends.mps.is_available()
    if found:
        result.assert_outcomes(passed=found, deselected=1)
    else:
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines(["*needs a CUDA or MPS device and torch sees none here.*"])
