"""Surfaces with new heights in every frame: frames per second beside vispy, pyqtgraph and matplotlib.

    python -m tests.bench.bench_surface [--json FILE]

Needs a display with OpenGL (``xvfb-run`` gives one that draws in software). All take turns in one run, so that what
else the machine does meanwhile falls on all alike. matplotlib draws without a window, which favours it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

SIDES = (64, 128, 256, 512)
SIZE = (800, 600)
TARGET = 2.0
ROUNDS = 5
ROUND_SECONDS = 0.25
SLOW_SECONDS = 1.0

Draw = Callable[[np.ndarray], None]


@dataclass(frozen=True)
class Contender:
    """Somebody who draws a grid's heights, when ``draw`` is called, before it returns."""

    name: str
    show: Callable[[], None]
    hide: Callable[[], None]
    draw: Draw


def _heights(side: int) -> list[np.ndarray]:
    x = np.linspace(-2, 2, side)
    return [np.sin(2 * x + k)[None, :] + np.cos(3 * x - k)[:, None] for k in range(4)]


def _until(done: Callable[[], bool]) -> None:
    from PySide6.QtWidgets import QApplication

    limit = perf_counter() + 30
    while not done():
        QApplication.processEvents()
        if perf_counter() > limit:
            raise TimeoutError("A window was not painted within 30 seconds.")


def _lab(side: int) -> Contender:
    from courseai_lab.ui.surface3d import Scene, Surface, SurfaceView

    x = np.linspace(-2, 2, side)
    view = SurfaceView()
    view.resize(*SIZE)
    view.set_scene(Scene(Surface(x, x, np.zeros((side, side)), z_range=(-2, 2))))

    def draw(z: np.ndarray) -> None:
        assert view.canvas is not None, "OpenGL is needed to compare with peers that draw with it."
        count = view.canvas.draws
        view.set_scene(Scene(Surface(x, x, z, z_range=(-2, 2))))
        _until(lambda: view.canvas is None or view.canvas.draws > count)

    return Contender("courseai-lab", view.show, view.hide, draw)


def _vispy(side: int) -> Contender:
    from vispy import scene

    x = np.linspace(-2, 2, side)
    canvas = scene.SceneCanvas(app="pyside6", size=SIZE, vsync=False, keys=None)
    box = canvas.central_widget.add_view()
    box.camera = scene.TurntableCamera(up="z", fov=28, distance=9)
    plot = scene.visuals.SurfacePlot(x=x, y=x, z=np.zeros((side, side)), shading="smooth", parent=box.scene)
    drawn = [0]

    def count(event: object) -> None:
        drawn[0] += 1

    canvas.events.draw.connect(count)

    def draw(z: np.ndarray) -> None:
        before = drawn[0]
        plot.set_data(z=z)
        canvas.update()
        _until(lambda: drawn[0] > before)

    return Contender("vispy SurfacePlot (lit)", canvas.native.show, canvas.native.hide, draw)


def _pyqtgraph(side: int) -> Contender:
    import pyqtgraph.opengl as gl

    class Window(gl.GLViewWidget):
        drawn = 0

        def paintGL(self, *args: object, **kwargs: object) -> None:
            super().paintGL(*args, **kwargs)
            self.drawn += 1

    x = np.linspace(-2, 2, side)
    window = Window()
    window.resize(*SIZE)
    window.setCameraPosition(distance=9)
    plot = gl.GLSurfacePlotItem(x=x, y=x, z=np.zeros((side, side)), shader="shaded", computeNormals=True)
    window.addItem(plot)

    def draw(z: np.ndarray) -> None:
        before = window.drawn
        plot.setData(z=z)
        window.update()
        _until(lambda: window.drawn > before)

    return Contender("pyqtgraph GLSurfacePlotItem (lit)", window.show, window.hide, draw)


def _matplotlib(side: int) -> Contender:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    x = np.linspace(-2, 2, side)
    grid_x, grid_y = np.meshgrid(x, x)
    figure = Figure(figsize=(SIZE[0] / 100, SIZE[1] / 100), dpi=100)
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_subplot(projection="3d")

    def draw(z: np.ndarray) -> None:
        for old in list(axes.collections):
            old.remove()
        axes.plot_surface(grid_x, grid_y, z, rcount=side, ccount=side, cmap="viridis", linewidth=0)
        canvas.draw()

    return Contender("matplotlib plot_surface", lambda: None, lambda: None, draw)


def _turn(contender: Contender, heights: list[np.ndarray], known: list[float]) -> list[float]:
    """Seconds of each frame of one turn; a contender known to be slow gets one turn only."""
    if known and median(known) > SLOW_SECONDS:
        return []
    if not known:
        contender.draw(heights[-1])
    frames: list[float] = []
    end = perf_counter() + ROUND_SECONDS
    while not frames or perf_counter() < end:
        start = perf_counter()
        contender.draw(heights[len(frames) % len(heights)])
        frames.append(perf_counter() - start)
    return frames


def _speeds(side: int, contenders: list[Contender]) -> dict[str, float]:
    """Frames per second by contender: the median frame over all turns."""
    heights = _heights(side)
    for contender in contenders:
        contender.show()
    frames: dict[str, list[float]] = {c.name: [] for c in contenders}
    for _ in range(ROUNDS):
        for contender in contenders:
            frames[contender.name] += _turn(contender, heights, frames[contender.name])
    for contender in contenders:
        contender.hide()
    return {name: 1 / median(times) for name, times in frames.items()}


def rows() -> Iterator[dict[str, object]]:
    """A row for each grid and peer."""
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QApplication

    if QApplication.instance() is None:
        QApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    application = QApplication.instance() or QApplication(sys.argv[:1])
    application.setQuitOnLastWindowClosed(False)
    kept = []  # a peer's window crashes another's when it is destroyed between them
    for side in SIDES:
        kept.append([make(side) for make in (_lab, _vispy, _pyqtgraph, _matplotlib)])
        speeds = _speeds(side, kept[-1])
        ours = speeds.pop("courseai-lab")
        for peer, theirs in speeds.items():
            ratio = ours / theirs
            yield {
                "name": f"surface {side} x {side}, new heights in every frame",
                "value": ours,
                "unit": "frames/s",
                "peer": peer,
                "peer_value": theirs,
                "ratio": ratio,
                "target": TARGET,
                "ok": ratio >= TARGET,
            }


def main() -> int:
    """Print the rows, write them with ``--json``; 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    if sys.platform == "linux":
        os.environ.setdefault("QT_QPA_PLATFORM", "xcb")
        os.environ.setdefault("PYOPENGL_PLATFORM", "glx")
    found = []
    for row in rows():
        found.append(row)
        print(
            f"{row['name']:<45} {row['value']:8.1f} {row['unit']}   {row['peer']:<34} {row['peer_value']:8.2f}"
            f"   x {row['ratio']:6.1f}   {'ok' if row['ok'] else 'BELOW TARGET'}",
            flush=True,
        )
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
    return 0 if all(row["ok"] for row in found) else 1


if __name__ == "__main__":
    sys.exit(main())
