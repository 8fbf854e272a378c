"""What one frame holds: a lookup in the plane, or two memories after some pairs. The other page's fields are None."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from courseai_lab.contract import Axes


@dataclass(frozen=True, slots=True)
class Frame:
    """``step``: pairs written so far (memory). All frames of one run of the memory share what does not change."""

    page: str
    step: int
    steps: int
    query: Annotated[np.ndarray | None, Axes("xy", help="the query")]
    keys: Annotated[np.ndarray | None, Axes("key xy")]
    values: Annotated[np.ndarray | None, Axes("key xy")]
    scores: Annotated[np.ndarray | None, Axes("key", help="before the temperature")]
    raised: Annotated[np.ndarray | None, Axes("key", help="exp of (score - shift) over temperature")]
    shift: float
    weights: Annotated[np.ndarray | None, Axes("key")]
    blend: Annotated[np.ndarray | None, Axes("xy", help="sum of weight times value")]
    entropy: float
    plane: Annotated[np.ndarray | None, Axes("plane", help="places of queries, both ways")]
    plane_weights: Annotated[np.ndarray | None, Axes("key plane_y plane_x", help="weights of a query at each place")]
    plane_entropy: Annotated[np.ndarray | None, Axes("plane_y plane_x", help="bits")]
    state: Annotated[np.ndarray | None, Axes("value_dim key_dim", help="the first trial's state after this pair")]
    state_right: Annotated[
        np.ndarray | None, Axes("pair", help="share recalled from the state, by place; NaN: not yet")
    ]
    attention_right: Annotated[np.ndarray | None, Axes("pair", help="the same by attention")]
    lengths: Annotated[np.ndarray | None, Axes("length", help="sequence lengths measured")]
    state_by_length: Annotated[np.ndarray | None, Axes("length", help="share recalled from the state")]
    attention_by_length: Annotated[np.ndarray | None, Axes("length", help="share recalled by attention")]
    chance: float
