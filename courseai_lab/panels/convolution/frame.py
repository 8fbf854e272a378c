"""What there is to see at one place of the window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from courseai_lab.contract import Axes

QUANTITIES = ("n", "kernel", "stride", "dilation", "before", "after", "span", "out", "left_over", "extra")
"""Rows of ``Frame.size``; "before" and "after" are padding, cut off instead where transposed."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One window of the walk and all pictures around it; what a study does not need is None.

    Weights are ``kernel / divisor``: whole numbers over one divisor wherever a kernel is made of them.
    """

    study: str
    step: int
    input_note: str
    kernel_note: str
    notes: tuple[str, ...]
    value_range: tuple[float, float]
    x: Annotated[np.ndarray, Axes("channel row column", help="what is slid over: the input with its padding")]
    inner: tuple[int, int, int, int]
    y: Annotated[np.ndarray, Axes("map yrow ycolumn", help="the output")]
    y_range: tuple[float, float]
    kernel: Annotated[np.ndarray, Axes("depth krow kcolumn", help="weights times the divisor, as they are given")]
    applied: Annotated[np.ndarray, Axes("depth krow kcolumn", help="weights times the divisor, as they are slid")]
    divisor: float
    bias: float
    flipped: bool
    editable: bool
    transposed: bool
    channel: int
    depth: int
    map: int
    size: Annotated[np.ndarray | None, Axes("quantity axis", help="numbers of the size formula, rows then columns")] = (
        None
    )
    rows_read: Annotated[np.ndarray | None, Axes("row", help="whether any window reads this row")] = None
    columns_read: Annotated[np.ndarray | None, Axes("column", help="whether any window reads this column")] = None
    at: tuple[int, int] = (0, 0)
    window_rows: Annotated[np.ndarray | None, Axes("wrow", help="rows of x under the window")] = None
    window_columns: Annotated[np.ndarray | None, Axes("wcolumn", help="columns of x under the window")] = None
    window: Annotated[np.ndarray | None, Axes("wrow wcolumn", help="what stands under the window")] = None
    outside: Annotated[np.ndarray | None, Axes("wrow wcolumn", help="which of it is padding or an inserted zero")] = (
        None
    )
    products: Annotated[np.ndarray | None, Axes("wrow wcolumn", help="weight x divisor x value")] = None
    row_sums: Annotated[
        np.ndarray | None, Axes("wrow", help="what each row of the window adds (of a maximum: its largest)")
    ] = None
    channel_sums: Annotated[np.ndarray | None, Axes("depth", help="sum of each channel's products")] = None
    value: float = 0.0
    winner: tuple[int, int] | None = None
    probe: tuple[int, int] | None = None
    reached_rows: Annotated[np.ndarray | None, Axes("yrow", help="whether the row reads the marked pixel's row")] = None
    reached_columns: Annotated[np.ndarray | None, Axes("ycolumn", help="the same for columns")] = None
    reached: int = 0
    pool: str = ""
    y_shifted: Annotated[np.ndarray | None, Axes("map yrow ycolumn", help="the output of the shifted input")] = None
    change: Annotated[np.ndarray | None, Axes("yrow ycolumn", help="shifted minus unshifted, mean of channels")] = None
    kept_input: float = 0.0
    kept_output: float = 0.0
    kept_sampled: float = 0.0
    tolerance: float = 0.0
    gradient: Annotated[np.ndarray | None, Axes("cell", help="paths from each input cell to one unit")] = None
    gradient_map: Annotated[np.ndarray | None, Axes("grow gcolumn", help="the same over the picture")] = None
    field_sizes: Annotated[np.ndarray | None, Axes("layer", help="receptive field by the formula, from the input")] = (
        None
    )
    field_jumps: Annotated[np.ndarray | None, Axes("layer", help="input cells between neighbours")] = None
    field_measured: Annotated[np.ndarray | None, Axes("layer", help="receptive field found by the gradient")] = None
    cone_layer: Annotated[np.ndarray | None, Axes("mark", help="layer of each unit that the last one depends on")] = (
        None
    )
    cone_at: Annotated[np.ndarray | None, Axes("mark", help="its place in input cells from the middle")] = None
    singular: Annotated[np.ndarray | None, Axes("term", help="singular values of the weights")] = None
    split_columns: Annotated[np.ndarray | None, Axes("used krow", help="columns of the terms")] = None
    split_rows: Annotated[np.ndarray | None, Axes("used kcolumn", help="rows of the terms")] = None
    rebuilt: Annotated[np.ndarray | None, Axes("krow kcolumn", help="the terms added up")] = None
    half: Annotated[
        np.ndarray | None,
        Axes("map hrow hcolumn", help="after the first column alone, over the square root of the divisor"),
    ] = None
    through: Annotated[np.ndarray | None, Axes("map yrow ycolumn", help="after all columns and rows")] = None
    rank: int = 0
    costs: tuple[int, int] = (0, 0)
    away: float = 0.0
    spectra: Annotated[np.ndarray | None, Axes("spectrum frow fcolumn", help="log10(1 + magnitude) of x, w, y")] = None
    wave: tuple[int, int] = (0, 0)
    complexes: Annotated[np.ndarray | None, Axes("factor part", help="real and imaginary part of X, W, X W, Y")] = None
