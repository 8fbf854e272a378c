"""What one step of the line panel is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from courseai_lab.contract import Axes

METRICS = ("MSE", "MAE", "Huber", "R²", "held-out MSE")
Pair = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Frame:
    """The points, three lines and their errors at one step of descent; all steps share all arrays.

    ``line``, ``fit``: slope and intercept of your line and of least squares, in the units of the data. The model's own
    coordinates are the same where x is used as it is; where x is standardised they belong to (x - shift) / spread.
    """

    step: int
    x: Annotated[np.ndarray, Axes("point")]
    y: Annotated[np.ndarray, Axes("point")]
    held: Annotated[np.ndarray, Axes("point", help="held out: no fit sees it")]
    error: Annotated[np.ndarray, Axes("point", help="y minus your line")]
    share: Annotated[np.ndarray, Axes("point", help="the point's term of the loss, before the mean is taken")]
    line: Pair
    fit: Pair
    metrics: Annotated[np.ndarray, Axes("line metric", help="your line, least squares and the polynomial; see METRICS")]
    course: Annotated[np.ndarray, Axes("step metric", help="the same of descent at every step")]
    path: Annotated[np.ndarray, Axes("step wb", help="slope and intercept at every step of descent, units of the data")]
    path_loss: Annotated[np.ndarray, Axes("step", help="loss that descent lowers")]
    best_loss: float
    shift: float
    spread: float
    model_line: Pair
    model_fit: Pair
    model_path: Annotated[np.ndarray, Axes("step wb", help="the path in the model's own coordinates")]
    map_w: Annotated[np.ndarray, Axes("map_w")]
    map_b: Annotated[np.ndarray, Axes("map_b")]
    map_loss: Annotated[np.ndarray, Axes("map_b map_w", help="loss at slope and intercept, model's coordinates")]
    curve_x: Annotated[np.ndarray | None, Axes("place")]
    curve_y: Annotated[np.ndarray | None, Axes("place", help="the polynomial")]
    degree_train: Annotated[np.ndarray | None, Axes("degree", help="MSE of the points fitted, by degree from 1")]
    degree_held: Annotated[np.ndarray | None, Axes("degree", help="MSE of the points held out")]
    x_name: str
    y_name: str
    x_range: Pair
    y_range: Pair
    rate: float
    largest_rate: float | None
    notes: tuple[str, ...]

    @property
    def descent(self) -> np.ndarray:
        """METRICS of descent's line at this step."""
        return np.asarray(self.course[self.step])

    @property
    def steps(self) -> int:
        """How many steps descent takes."""
        return len(self.path) - 1

    @property
    def standardised(self) -> bool:
        """Whether the model works with a rescaled x."""
        return (self.shift, self.spread) != (0.0, 1.0)
