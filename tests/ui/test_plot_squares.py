"""Squares on a plot are squares on the screen, whatever the units of the axes."""

from __future__ import annotations

import numpy as np
import pytest

from courseai_lab.ui.plots import Plot
from courseai_lab.ui.theme import load_theme


@pytest.fixture
def plot(qtbot):  # type: ignore[no-untyped-def]
    made = Plot(load_theme("light"), title="Test")
    qtbot.addWidget(made)
    made.set_axes("size", "price", x_range=(0.0, 10.0), y_range=(0.0, 4000.0))
    made.resize(600, 320)
    with qtbot.waitExposed(made):
        made.show()
    return made


def pixel_boxes(plot: Plot) -> list[tuple[float, float, float, float]]:
    """Left, right, top and bottom of every square in pixels of the canvas, from the shape that is painted."""
    path = plot._canvas._items["error"]._path
    boxes = []
    for polygon in path.toSubpathPolygons():
        rect = polygon.boundingRect()
        a, b = (plot._canvas.pixel(x, y) for x, y in ((rect.left(), rect.top()), (rect.right(), rect.bottom())))
        boxes.append((a.x(), b.x(), b.y(), a.y()))
    return boxes


@pytest.mark.parametrize("size", [(600, 320), (320, 600)])
def test_as_many_pixels_wide_as_high(plot: Plot, size: tuple[int, int]) -> None:
    plot.resize(*size)
    x, start, end = np.array([2.0, 6.0]), np.array([1000.0, 3000.0]), np.array([1600.0, 2500.0])
    plot.squares("error", x, start, end, lean=[1, -1])
    boxes = pixel_boxes(plot)
    assert len(boxes) == 2
    for (left, right, top, bottom), at, a, b in zip(boxes, x, start, end, strict=True):
        tall = abs(plot._canvas.pixel(at, a).y() - plot._canvas.pixel(at, b).y())
        assert tall > 10
        assert right - left == pytest.approx(tall, abs=1e-6)
        assert bottom - top == pytest.approx(tall, abs=1e-6)
    assert boxes[0][0] == pytest.approx(plot._canvas.pixel(2.0, 0.0).x())
    assert boxes[1][1] == pytest.approx(plot._canvas.pixel(6.0, 0.0).x())


def test_values_and_refusals(plot: Plot) -> None:
    plot.squares("error", [1.0], [2.0], [3.0])
    table = plot.table()[0]
    assert table.header == ("size", "price from", "price to") and table.rows == [[1.0, 2.0, 3.0]]
    with pytest.raises(ValueError, match="must be as many"):
        plot.squares("error", [1.0], [2.0], [3.0, 4.0])
    plot.squares("error", [1.0, np.nan], [2.0, 2.0], [3.0, 3.0])
    assert len(pixel_boxes(plot)) == 1
