"""What a run delivers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from courseai_lab.contract import Axes

Cells = Annotated[np.ndarray, Axes("row column channel")]
Values = Annotated[np.ndarray, Axes("time")]


@dataclass(frozen=True, slots=True)
class Frame:
    """One moment: x_t, what is known and predicted of it, and the step away from it.

    ``phase`` is "forward" (the picture is being noised), "reverse", or on the other pages "level" and "count".
    ``k_x0``, ``k_x``, ``k_eps``, ``k_z`` are the weights with which ``x_next`` is made from x0, x, eps and z.
    """

    page: str
    phase: str
    index: int
    t: int
    t_next: int
    alpha: float
    sigma: float
    alpha_next: float
    sigma_next: float
    k_x0: float
    k_x: float
    k_eps: float
    k_z: float
    latent: bool
    error: float
    mixed: float
    clean: Cells
    x: Cells
    true: Cells
    eps: Cells
    x0: Cells
    x_next: Cells
    z: Annotated[np.ndarray | None, Axes("row column channel")]
    pictures: Annotated[np.ndarray, Axes("stage high wide colour", help="x_t, predicted x_0, next x, 0 to 255")]
    signal: Values
    noise: Values
    start: int
    times: Annotated[np.ndarray, Axes("frame", help="t of every frame of the whole way")]
    back: Annotated[np.ndarray, Axes("frame", help="whether that frame is on the way back")]
    film: Annotated[np.ndarray, Axes("moment high wide colour", help="stills of the way, 0 to 255")]
    film_index: tuple[int, ...] = ()
    film_t: tuple[int, ...] = ()
    film_back: tuple[bool, ...] = ()
    forward_t: Annotated[np.ndarray | None, Axes("seen")] = None
    forward_error: Annotated[np.ndarray | None, Axes("seen", help="mean squared error of the noise")] = None
    branch_t: int = -1
    branches: Annotated[np.ndarray | None, Axes("branch high wide colour")] = None
    level_t: Annotated[np.ndarray | None, Axes("level")] = None
    error_eps: Annotated[np.ndarray | None, Axes("level")] = None
    error_x0: Annotated[np.ndarray | None, Axes("level")] = None
    error_v: Annotated[np.ndarray | None, Axes("level")] = None
    counts: Annotated[np.ndarray | None, Axes("count", help="steps taken")] = None
    count_error: Annotated[np.ndarray | None, Axes("count", help="rms difference from the finest way")] = None
    count_away: Annotated[np.ndarray | None, Axes("count", help="rms difference from the nearest known picture")] = None
    caption: str = ""
    ability: str = ""
    notes: tuple[str, ...] = ()

    @property
    def last(self) -> int:
        """T - 1, the noisiest time."""
        return len(self.signal) - 1

    def frame_at(self, share: float) -> int:
        """The frame nearest to a share of the time axis, on the present way rather than on the other."""
        far = np.abs(self.times - share * self.last) + np.where(self.back == (self.phase == "reverse"), 0.0, 1e6)
        return int(far.argmin())
