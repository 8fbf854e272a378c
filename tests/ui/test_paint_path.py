"""The way from a change to pixels does each thing once, and only what changed. Counted, not timed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QSize
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from courseai_lab.contract import Seeds
from courseai_lab.ui.panel_shell import words as words_module
from courseai_lab.ui.panel_view import ViewSettings
from courseai_lab.ui.param_form import ParamForm
from courseai_lab.ui.plots import Plot, contour_map, heat_paint, reduce
from courseai_lab.ui.plots.contour_map import ContourMap
from courseai_lab.ui.surface3d import Ball, CanvasPool, SurfaceView
from courseai_lab.ui.surface3d.probe import GLProbe, probe_gl
from courseai_lab.ui.theme import load_theme
from tests.ui import demo_panel as demo
from tests.ui.surface3d_scenes import bowl
from tests.ui.test_panel_shell import make, show

X = np.linspace(0.0, 1.0, 400)
X.flags.writeable = False


class Paints(QObject):
    """Counts the paintings of a widget."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Paint
        return False

    def after(self, change: Callable[[], None]) -> int:
        """How often it is painted for a change."""
        self.count = 0
        change()
        for _ in range(4):
            QApplication.processEvents()
        return self.count


def on_screen(qtbot: QtBot, widget: QWidget, width: int = 420, height: int = 300) -> QWidget:
    qtbot.addWidget(widget)
    widget.resize(width, height)
    with qtbot.waitExposed(widget):
        widget.show()
    QApplication.processEvents()
    return widget


def counted(monkeypatch: pytest.MonkeyPatch, home: Any, name: str) -> Counter[str]:
    calls: Counter[str] = Counter()
    real = getattr(home, name)

    def call(*args: Any, **more: Any) -> Any:
        calls[name] += 1
        return real(*args, **more)

    monkeypatch.setattr(home, name, call)
    return calls


def tell(plot: Plot, height: float) -> None:
    plot.begin()
    plot.line("curve", X, height * np.sin(9 * X), role="model")
    plot.line("still", X, X**2, role="data")
    plot.vline("now", 0.5)
    plot.set_axes("x", "y")
    plot.end()


def test_a_frame_is_painted_once_and_the_same_frame_not_at_all(qtbot: QtBot) -> None:
    plot = Plot(load_theme("light"))
    tell(plot, 1.0)
    on_screen(qtbot, plot)
    paints = Paints(plot._canvas.viewport())
    assert paints.after(lambda: tell(plot, 0.5)) == 1
    assert paints.after(lambda: tell(plot, 3.0)) == 1, "another range, too"
    assert paints.after(lambda: tell(plot, 3.0)) == 0
    assert paints.after(lambda: plot.set_hover(0.3)) == 1


def test_only_the_series_that_changed_is_made_anew(qtbot: QtBot) -> None:
    plot = Plot(load_theme("light"))
    tell(plot, 1.0)
    on_screen(qtbot, plot)
    before = {name: item._path for name, item in plot._canvas._items.items()}
    tell(plot, -1.0)
    after = {name: item._path for name, item in plot._canvas._items.items()}
    assert after["curve"] is not before["curve"] and after["still"] is before["still"]
    array = np.array([0.0, 1.0])
    plot.line("still", array, array)
    array[1] = 5.0
    plot.line("still", array, array)
    assert plot._canvas._items["still"]._path.boundingRect().height() == 5.0, "written in place is changed, too"


@pytest.mark.parametrize("seed", range(4))
def test_a_simplified_line_is_nowhere_off(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = np.sort(rng.uniform(0, 600, 900))
    y = 150 + 120 * np.sin(x / rng.uniform(20, 90)) + rng.normal(0, 0.02 * seed, x.size)
    y[300:310] = np.nan
    few_x, few_y = reduce.simplified(x, y, (1.0, 1.0), 0.1)
    assert few_x.size < 0.5 * x.size
    kept = np.isin(x, few_x)
    good = np.isfinite(y)
    # Straight down is never nearer than at right angles, so this bounds the distance from above up to the slope.
    steep = 1 + np.abs(np.gradient(np.interp(x, x[good], y[good]), x)).max()
    for part in (slice(0, 300), slice(310, 900)):
        u, v, stay = x[part], y[part], kept[part]
        assert stay[0] and stay[-1]
        assert np.abs(np.interp(u, u[stay], v[stay]) - v).max() <= 0.1 * steep
    assert np.isnan(few_y).any(), "a gap stays a gap"


def test_a_form_touches_only_the_row_whose_value_changed(qtbot: QtBot) -> None:
    form = ParamForm(demo.DemoParams, demo.DemoLook, load_theme("light"))
    qtbot.addWidget(form)
    told: list[str] = []
    for row in form.rows.values():
        real = row.control.set_value
        row.control.set_value = lambda value, real=real, name=row.name: (told.append(name), real(value))  # type: ignore[method-assign]
    params, look = demo.DemoParams(), demo.DemoLook()
    form.set_values(params, look)
    assert told == []
    form.set_values(params.patched(lr=0.25), look)
    assert told == ["lr"]
    form.row("lr").set_error("It is refused.")
    form.set_values(params.patched(lr=0.25), look)
    assert told == ["lr", "lr"], "a row that shows a refused value is told again"


def test_what_stands_under_a_moving_ball_is_painted_once(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    grounds = counted(monkeypatch, heat_paint, "paint_map")
    lines = counted(monkeypatch, contour_map, "contour_overlay")
    heights = np.add.outer(X[:40] ** 2, X[:40] ** 2)
    heights.flags.writeable = False
    picture = ContourMap(load_theme("light"))

    def roll(at: float, surface: np.ndarray = heights) -> None:
        picture.set_surface(surface, (0.0, 1.0), (0.0, 1.0))
        picture.begin()
        picture.path("trail", [[0.0, 0.0], [at, at]])
        picture.ball("start", at, at)
        picture.end()

    roll(0.1)
    on_screen(qtbot, picture)
    paints = Paints(picture)
    first, drawn = picture.grab().toImage(), grounds["paint_map"]
    assert paints.after(lambda: roll(0.5)) == 1
    assert picture.grab().toImage() != first
    assert grounds["paint_map"] == drawn and lines["contour_overlay"] == 1
    roll(0.1)
    assert picture.grab().toImage() == first
    roll(0.1, heights + 1.0)
    picture.grab()
    assert grounds["paint_map"] == drawn + 1 and lines["contour_overlay"] == 2


def test_while_frames_run_by_words_wait_and_the_last_ones_land(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words_module, "TELL_MS", 100)
    said: list[int] = []

    def sentence(frame: Any, params: Any, look: Any) -> str:
        said.append(int(params.steps))
        return f"{params.steps} steps."

    shell = show(make(load_theme("light"), sentence=sentence), qtbot)
    shell.set_timeline(0, 100, None, True, True)
    shell.set_state(demo.DemoParams(), demo.DemoLook(), Seeds(1, 2, 3), False, False)
    said.clear()
    for steps in range(10, 60):
        params = demo.DemoParams().patched(steps=steps)
        shell.show_frame(demo.frame(params), params, demo.DemoLook())
    assert len(said) < 50 and said[0] == 10
    shell.set_timeline(1, 100, None, True, False)
    assert said[-1] == 59 and shell.footer.sentence.text() == "59 steps."


def pictured(view: SurfaceView, ball: float) -> QImage:
    view.set_scene(replace(bowl(), balls=(Ball((ball, 0.0, 0.4), "#cc3311"),)))
    return view.grab().toImage()


def test_under_a_software_driver_the_canvas_stays_out_of_the_window(qtbot: QtBot) -> None:
    if not probe_gl().works:
        pytest.fail("The tests need a display with OpenGL, as Xvfb gives.")
    for hardware in (False, True):
        pool = CanvasPool(probe=GLProbe(True, hardware, "as told"))
        view = SurfaceView(pool=pool)
        view.set_scene(bowl())
        on_screen(qtbot, view)
        assert view.canvas is not None and view.renderer == "opengl"
        native = view.canvas.native
        assert (native.window() is view.window()) == hardware and native.isVisible() == hardware
        one, other = pictured(view, 0.1), pictured(view, 0.6)
        assert one != other and pictured(view, 0.1) == one
        if not hardware:
            # What was put aside and laid under again is the very picture that is drawn whole.
            view.canvas._still = None
            view.canvas.show_scene(view.scene, view.camera, view.colors)
            whole = view.canvas.picture(QSize(view.size()), view.devicePixelRatioF())
            view.canvas.show_scene(view.scene, view.camera, view.colors)
            assert view.canvas.picture(view.size(), view.devicePixelRatioF()) == whole
        view.hide()
        pool.clear()


def test_what_may_come_later_is_drawn_after_the_main_picture_and_always_lands(qtbot: QtBot) -> None:
    drawn: list[str] = []
    told: list[str] = []

    class View(demo.DemoView):
        def draw(self, frame: Any, params: Any, look: Any) -> None:
            super().draw(frame, params, look)
            drawn.append("picture")
            for name in ("table", "curve"):
                self.draw_later(name, lambda name=name, steps=params.steps: drawn.append(f"{name} {steps}"))  # type: ignore[misc]

    def guard(part: Callable[[], None]) -> None:
        told.append("called")
        part()

    view = View(ViewSettings(load_theme("light")))
    look = demo.DemoLook()
    few, many = (demo.DemoParams().patched(steps=steps) for steps in (10, 20))
    view.show_in_turn(demo.frame(few), few, look, guard)
    assert drawn == ["picture", "table 10", "curve 10"], "unseen, it is drawn at once"
    on_screen(qtbot, view)
    drawn.clear()
    view.show_in_turn(demo.frame(few), few, look, guard)
    view.show_in_turn(demo.frame(many), many, look, guard)
    assert drawn == ["picture", "picture"]
    qtbot.waitUntil(lambda: len(drawn) == 4)
    assert drawn[2:] == ["table 20", "curve 20"] and told == ["called", "called"]
    view.show_in_turn(demo.frame(few), few, look, guard)
    view.tables()
    assert drawn[-2:] == ["table 10", "curve 10"], "who asks for the values gets those of the frame"
    view.show_in_turn(demo.frame(many), many, look, guard)
    view.show_frame(demo.frame(few), few, look)
    assert drawn[-2:] == ["table 10", "curve 10"]
    before = list(drawn)
    for _ in range(4):
        QApplication.processEvents()
    assert drawn == before, "nothing waits any more"
