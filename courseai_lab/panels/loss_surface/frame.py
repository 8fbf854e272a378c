"""What the panel's computation yields: the whole race at once, and the step it stands at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from courseai_lab.contract import Axes


@dataclass(frozen=True, slots=True)
class Frame:
    """One step of a race whose whole course is known: frames of a run share their arrays and differ by ``step``.

    ``looks`` are the numbers of the racers' colours and shapes. ``lead`` frames come before step 0, while a network's
    surface is still coarse. A racer's rows after its ``last`` finite step repeat it. NaN stands where an optimiser has
    no such quantity.
    """

    step: int
    lead: int
    labels: tuple[str, ...]
    rules: tuple[str, ...]
    looks: tuple[int, ...]
    names: tuple[str, str]
    x: Annotated[np.ndarray, Axes("x", help="first parameter of the grid")]
    y: Annotated[np.ndarray, Axes("y", help="second parameter of the grid")]
    height: Annotated[np.ndarray, Axes("y x", help="loss on the grid")]
    log_heights: bool
    path: Annotated[np.ndarray, Axes("racer step xy", help="where each racer is after each step")]
    loss: Annotated[np.ndarray, Axes("racer step", help="loss there, over all data")]
    gradient: Annotated[np.ndarray, Axes("racer step xy", help="gradient as taken: noisy, before clipping")]
    velocity: Annotated[np.ndarray, Axes("racer step xy", help="remembered gradient: momentum's b, Adam's m")]
    squares: Annotated[np.ndarray, Axes("racer step xy", help="AdaGrad's sum, others' average, of squared gradients")]
    rate: Annotated[np.ndarray, Axes("racer step xy", help="effective learning rate of each coordinate")]
    base: Annotated[np.ndarray, Axes("racer step xy", help="the point that Nesterov's step looks ahead from")]
    last: Annotated[np.ndarray, Axes("racer", help="last step whose numbers are finite")]
    diverged: Annotated[np.ndarray, Axes("racer")]
    learning_rate: Annotated[np.ndarray, Axes("racer", help="learning rate before any schedule")]
    memory: Annotated[np.ndarray, Axes("racer", help="momentum's mu or beta_1; 0 without memory")]
    factor: Annotated[np.ndarray, Axes("update", help="what the schedule multiplies the rate by")]
    goal: float
    steps_to: tuple[int | None, ...]
    final: Annotated[np.ndarray, Axes("racer", help="loss at the last finite step")]
    length: Annotated[np.ndarray, Axes("racer", help="length of the path")]
    minima: Annotated[np.ndarray, Axes("minimum xy", help="known minima")]
    data: Annotated[np.ndarray | None, Axes("sample uv", help="the data behind the loss")]
    label: Annotated[np.ndarray | None, Axes("sample", help="class of each sample, 0 or 1")]
    trained_path: Annotated[np.ndarray | None, Axes("train xy", help="the training path, projected onto the plane")]
    trained_loss: Annotated[np.ndarray | None, Axes("train", help="loss of the full weights along it")]
    trained_height: Annotated[np.ndarray | None, Axes("train", help="loss of the plane under it")]
    explained: tuple[float, float]
    curvature: tuple[float, float] | None
    map_rate: Annotated[np.ndarray | None, Axes("alpha", help="learning rates of the map of convergence")]
    map_memory: Annotated[np.ndarray | None, Axes("beta", help="momentum's memories of that map")]
    map_factor: Annotated[np.ndarray | None, Axes("beta alpha", help="factor by which the error shrinks each step")]
    map_edge: Annotated[np.ndarray | None, Axes("beta", help="largest stable learning rate")]
    notes: tuple[str, ...]

    @property
    def steps(self) -> int:
        """Number of updates."""
        return self.loss.shape[1] - 1

    @property
    def racers(self) -> int:
        """Number of racers."""
        return len(self.labels)

    def at(self, racer: int, step: int | None = None) -> int:
        """The step a racer stands at: the frame's, or the last one it reached."""
        return min(self.step if step is None else step, int(self.last[racer]))
