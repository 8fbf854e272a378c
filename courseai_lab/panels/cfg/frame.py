"""What every page of the guidance panel shows; the fields of the other pages are None."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from courseai_lab.contract import Axes


@dataclass(frozen=True, slots=True)
class Frame:
    """`note` and `honest` are sentences for the screen: what was not understood, what the networks can and cannot."""

    page: str
    note: str = ""
    honest: str = ""
    stage: str = ""
    vocabulary: tuple[str, ...] = ()

    measures: tuple[str, ...] = ()
    curve_total: int = 0
    curve_count: int = 0
    curve_scale: Annotated[np.ndarray | None, Axes("point", help="scales measured so far, rising")] = None
    agreement: Annotated[np.ndarray | None, Axes("measure point", help="share that is as asked")] = None
    diversity: Annotated[np.ndarray | None, Axes("point", help="mean distance between two of one scale")] = None
    excess: Annotated[np.ndarray | None, Axes("point", help="plane: share off the class; pictures: share cut off")] = (
        None
    )
    agreement_now: Annotated[np.ndarray | None, Axes("measure", help="at the chosen scale")] = None
    diversity_now: float | None = None
    excess_now: float | None = None
    ceiling: float | None = None

    pictures: Annotated[np.ndarray | None, Axes("image row column channel", help="decoded, 0 to 255")] = None
    verdicts: Annotated[np.ndarray | None, Axes("image verdict", help="number, colour, shape as asked; 1 or 0")] = None
    preview: bool = False
    steps_taken: int = 0

    at: int = 0
    times: Annotated[np.ndarray | None, Axes("step", help="t / T of each step")] = None
    scales: Annotated[np.ndarray | None, Axes("step", help="the guidance scale at each step")] = None
    norm_without: Annotated[np.ndarray | None, Axes("step", help="length of v without the prompt")] = None
    norm_with: Annotated[np.ndarray | None, Axes("step", help="length of v with the prompt")] = None
    norm_difference: Annotated[np.ndarray | None, Axes("step", help="length of the difference c - u")] = None
    norm_guided: Annotated[np.ndarray | None, Axes("step", help="length of the guided v")] = None
    angle: Annotated[np.ndarray | None, Axes("step", unit="°", help="angle between c and u")] = None
    film: Annotated[np.ndarray | None, Axes("step row column channel", help="guided x0 at each step, decoded")] = None
    tiles: Annotated[np.ndarray | None, Axes("tile row column channel", help="x_t, u, c, c - u, guided; decoded")] = (
        None
    )
    plane_x: Annotated[np.ndarray | None, Axes("step xy", help="x_t in the plane of the predictions")] = None
    plane_without: Annotated[np.ndarray | None, Axes("step xy", help="x0 without the prompt")] = None
    plane_with: Annotated[np.ndarray | None, Axes("step xy", help="x0 with the prompt")] = None
    plane_guided: Annotated[np.ndarray | None, Axes("step xy", help="guided x0")] = None
    plane_share: float | None = None

    cells: Annotated[np.ndarray | None, Axes("gridrow gridcolumn row column channel", help="the X/Y grid")] = None
    cell_done: Annotated[np.ndarray | None, Axes("gridrow gridcolumn", help="whether it is computed")] = None
    row_names: tuple[str, ...] = ()
    column_names: tuple[str, ...] = ()

    wanted: str = ""
    away: str = ""
    moments: Annotated[np.ndarray | None, Axes("moment", help="t / T of each moment, 1 is pure noise")] = None
    path: Annotated[np.ndarray | None, Axes("moment sample xy", help="guided samples flowing")] = None
    learned_path: Annotated[
        np.ndarray | None, Axes("moment few xy", help="the first of them with estimated scores")
    ] = None
    learned_agreement: float | None = None
    learned_diversity: float | None = None
    learned_excess: float | None = None
    examples: Annotated[np.ndarray | None, Axes("example xy", help="what the scores were estimated from")] = None
    truth: Annotated[np.ndarray | None, Axes("truth xy", help="true draws of the wanted class")] = None
    others: Annotated[np.ndarray | None, Axes("other xy", help="true draws of the other classes")] = None
    density: Annotated[np.ndarray | None, Axes("moment y x", help="density of the wanted class, noised")] = None
    spots: Annotated[np.ndarray | None, Axes("spot xy", help="where the arrows stand")] = None
    score_without: Annotated[np.ndarray | None, Axes("moment spot xy", help="score of the other branch")] = None
    score_with: Annotated[np.ndarray | None, Axes("moment spot xy", help="score of the wanted class")] = None
    score_guided: Annotated[np.ndarray | None, Axes("moment spot xy", help="u + w (c - u) of the two scores")] = None
    arrow: Annotated[np.ndarray | None, Axes("moment", help="length of an arrow per unit of score")] = None
