"""A real 3D panel in real docks: floated, tabbed, split and in full screen, its picture stays."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from courseai_lab.app.main_window import MainWindow
from courseai_lab.ui.surface3d import SurfaceView, probe_gl

ROUNDS = 20


def colours(widget: QWidget) -> int:
    """How many different colours the widget shows."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    data = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return len(np.unique(data[: image.height(), : image.width(), :3].reshape(-1, 3), axis=0))


@pytest.mark.parametrize("round_trip", ["float", "full screen", "arrange"])
def test_the_surface_survives(qtbot: QtBot, open_window: Callable[..., MainWindow], round_trip: str) -> None:
    assert probe_gl().works, "Xvfb draws OpenGL in software"
    window = open_window("courseai_lab.panels")
    window.open_panel("noise-schedule")
    host = window.open_panel("loss-surface")
    assert host is not None
    with qtbot.waitSignal(host.drawn, timeout=60_000):
        pass
    surface = host.view.findChild(SurfaceView)
    assert surface is not None
    qtbot.waitUntil(lambda: colours(surface) > 200, timeout=10_000)
    before = colours(surface)
    moves = {
        "float": ("panel.float", "view.dock-all"),
        "full screen": ("panel.full-screen", "panel.full-screen"),
        "arrange": ("view.columns", "view.reset"),
    }[round_trip]
    for number in range(ROUNDS):
        for move in moves:
            window.actions_registry.run(move)
            qtbot.waitUntil(lambda: surface.isVisible() and colours(surface) > before // 4, timeout=10_000)
        assert surface.renderer == "opengl", f"fell back in round {number}"
