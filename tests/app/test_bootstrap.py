"""Starting and leaving as whole processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

LEAVE = """
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
for trouble in sys.argv[1:]:
    host = window.open_panel("counter", {"panel": "counter", "params": {"trouble": trouble}})
    assert host is not None
QTimer.singleShot(400, window.close)
status = application.exec()
print("left", flush=True)
bootstrap.leave(window, status)
"""


@pytest.mark.parametrize("troubles", [["none"], ["endless"], ["deaf"], ["none", "endless"]], ids=" ".join)
def test_leaving_while_panels_compute(troubles: list[str], tmp_path: Path, root: Path, qapp: object) -> None:
    environment = {**os.environ, "COURSEAI_LAB_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", LEAVE, *troubles], cwd=root, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "left"
    assert "Destroyed while thread" not in done.stderr


def test_the_window_opens_from_the_command_line_with_a_state(tmp_path: Path, root: Path, qapp: object) -> None:
    code = (
        "from PySide6.QtCore import QTimer\n"
        "from courseai_lab.app import bootstrap, main_window\n"
        "take_in = main_window.MainWindow.take_in\n"
        "def watch(self, host, name):\n"
        "    take_in(self, host, name)\n"
        "    host.drawn.connect(lambda: (print(host.panel.id, host.session.state.current.steps), self.close()))\n"
        "main_window.MainWindow.take_in = watch\n"
        "from courseai_lab.cli import main\n"
        "raise SystemExit(main(['--panel', 'noise-schedule', '--set', 'steps=50']))\n"
    )
    environment = {**os.environ, "COURSEAI_LAB_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, env=environment, capture_output=True, text=True, timeout=90
    )
    assert done.returncode == 0, done.stderr
    assert "noise-schedule 50" in done.stdout
    assert (tmp_path / "config" / "workspace.json").is_file()


def test_the_window_stands_before_the_libraries_are_loaded(tmp_path: Path) -> None:
    """Features and commands are attached by then: none of them may bring what takes a tenth of a second to import."""
    code = (
        "import sys\n"
        "from PySide6.QtWidgets import QApplication\n"
        "from courseai_lab.app import bootstrap\n"
        "application = QApplication(['x'])\n"
        "window = bootstrap.build_window(application, thumbnails=False)\n"
        "window.show()\n"
        "heavy = {'numpy', 'pydantic', 'torch', 'numba', 'pyqtgraph', 'vispy', 'ziamath', 'PIL'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
        "sys.stdout.flush()\n"
        "import os; os._exit(0)\n"
    )
    environ = {**os.environ, "COURSEAI_LAB_HOME": str(tmp_path)}
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environ)
    assert said.stdout.strip() == "[]"
