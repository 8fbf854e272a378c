"""What every test stands on: own folders, a device to run on, one QApplication, and nothing left behind.

`device` gives the torch device name a test runs on: "cpu", and under `pytest -m gpu` each accelerator that
torch sees, and only those. Tests that use `qtbot` or `qapp` fail when they leave a widget, a running thread or
an active timer.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parents[1]

# All of this is read when torch, numba, Qt and OpenGL are first imported, which is after this file.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ.setdefault("GOMP_SPINCOUNT", "0")
os.environ.setdefault("NUMBA_CACHE_DIR", str(ROOT / "build" / "numba"))
# In a process with Qt, matplotlib would open its figures in windows and wait for somebody to close them.
os.environ["MPLBACKEND"] = "Agg"
if sys.platform == "linux":
    # Under Wayland too: the windows belong into Xvfb, not onto the desktop of whoever runs the tests.
    os.environ["QT_QPA_PLATFORM"] = "xcb"
    os.environ["PYOPENGL_PLATFORM"] = "glx"

hypothesis.settings.register_profile("lab", deadline=None, derandomize=True, database=None, max_examples=50)
hypothesis.settings.load_profile("lab")


def _asks_for_gpu(config: pytest.Config) -> bool:
    expression = config.option.markexpr or ""
    return "gpu" in expression and "not gpu" not in expression


def _accelerators() -> list[str]:
    import torch

    names = [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    return names + (["mps"] if torch.backends.mps.is_available() else [])


def pytest_configure(config: pytest.Config) -> None:
    if _asks_for_gpu(config) and not _accelerators():
        raise pytest.UsageError("`pytest -m gpu` needs a CUDA or MPS device and torch sees none here.")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "device" not in metafunc.fixturenames:
        return
    names: list[Any] = ["cpu"]
    if _asks_for_gpu(metafunc.config):
        names += [pytest.param(name, marks=pytest.mark.gpu) for name in _accelerators()]
    metafunc.parametrize("device", names)


@pytest.fixture(scope="session", autouse=True)
def _own_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Settings, caches and data of the tests never meet those of the person who runs them."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSEAI_LAB_HOME", str(home / "lab"))
        for kind in ("CONFIG", "DATA", "STATE", "CACHE"):
            patch.setenv(f"XDG_{kind}_HOME", str(home / kind.lower()))
        yield


@pytest.fixture(scope="session")
def qapp_cls() -> type:
    """pytest-qt makes its application from this; contexts must be shared before it exists."""
    from PySide6.QtCore import QCoreApplication, Qt
    from PySide6.QtWidgets import QApplication

    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    return QApplication


@pytest.fixture(autouse=True)
def _nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Autouse makes this the first fixture set up and the last torn down: after the test's own clean-up."""
    if not {"qtbot", "qapp"} & set(request.fixturenames):
        yield
        return
    before = _alive()
    yield
    left = _new(before)
    for settle in (_let_go, lambda: _finish(_new(before)), gc.collect, _let_go, gc.collect, _let_go):
        if not left:
            return
        settle()
        left = _new(before)
    if left:
        pytest.fail("left behind by this test: " + "; ".join(sorted(_describe(thing) for thing in left)))


def _alive() -> dict[int, Any]:
    """Widgets, active timers and running threads, by identity; kept alive so that no identity is reused."""
    import shiboken6
    from PySide6.QtCore import QThread, QTimer
    from PySide6.QtWidgets import QApplication

    application = QApplication.instance()
    found: list[Any] = list(threading.enumerate())
    if isinstance(application, QApplication):
        # Qt keeps the tool tip's label for itself once one was shown.
        found += [w for w in application.allWidgets() if w.metaObject().className() != "QTipLabel"]
    for wrapper in shiboken6.getAllValidWrappers():
        if isinstance(wrapper, QTimer) and wrapper.isActive():
            found.append(wrapper)
        elif isinstance(wrapper, QThread) and wrapper.isRunning() and wrapper is not QThread.currentThread():
            found.append(wrapper)
    return {id(thing): thing for thing in found}


def _new(before: dict[int, Any]) -> list[Any]:
    return [thing for key, thing in _alive().items() if key not in before]


def _let_go() -> None:
    """Deferred deletes and what was posted are done."""
    from PySide6.QtCore import QCoreApplication, QEvent

    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    QCoreApplication.processEvents()


def _finish(left: list[Any]) -> None:
    """Threads in their last lines may end."""
    from PySide6.QtCore import QThread

    for thing in left:
        if isinstance(thing, QThread):
            thing.wait(1000)
        elif isinstance(thing, threading.Thread):
            thing.join(1.0)


def _describe(thing: Any) -> str:
    if isinstance(thing, threading.Thread):
        return f"thread {thing.name!r}"
    name = thing.objectName()
    kind = f"{type(thing).__module__}.{type(thing).__qualname__}"
    return f"{kind} {name!r}" if name else kind


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT
