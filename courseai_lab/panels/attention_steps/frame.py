"""What a run yields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from courseai_lab.contract import Axes

Array = np.ndarray | None


@dataclass(frozen=True, slots=True)
class Frame:
    """One moment: the whole computation, and how far it has been unfolded. Fields of the other pages are None.

    ``stages`` are the ids in order, ``ends`` the frame in which each is complete, ``stage`` the one under way, of
    which ``at`` of ``of`` units are done; ``now`` is what its matrix holds then (NaN: not yet), or None when it is
    complete. ``note``: what was left out, or "".
    """

    page: str
    stages: tuple[str, ...]
    stage: int
    ends: tuple[int, ...]
    at: int
    of: int
    way: str = "dot"
    labels: tuple[str, ...] = ()
    note: str = ""
    now: Annotated[Array, Axes("now_row now_col", help="the stage's matrix so far; NaN where nothing is yet")] = None

    x: Annotated[Array, Axes("token width", help="what comes in, one row per token")] = None
    w_q: Annotated[Array, Axes("width dim")] = None
    w_k: Annotated[Array, Axes("width dim")] = None
    w_v: Annotated[Array, Axes("width value")] = None
    b_q: Annotated[Array, Axes("dim")] = None
    b_k: Annotated[Array, Axes("dim")] = None
    b_v: Annotated[Array, Axes("value")] = None
    q_flat: Annotated[Array, Axes("token dim", help="queries before they are turned by their positions")] = None
    k_flat: Annotated[Array, Axes("token dim", help="keys before they are turned by their positions")] = None
    q: Annotated[Array, Axes("token dim")] = None
    k: Annotated[Array, Axes("token dim")] = None
    k_t: Annotated[Array, Axes("dim token", help="K transposed")] = None
    v: Annotated[Array, Axes("token value")] = None
    scores: Annotated[Array, Axes("query key", help="Q times K transposed")] = None
    scaled: Annotated[Array, Axes("query key", help="scores / sqrt(d); None when the division is off")] = None
    masked: Annotated[Array, Axes("query key", help="-inf where a query may not look; None without a mask")] = None
    weights: Annotated[Array, Axes("query key", help="softmax of each row")] = None
    output: Annotated[Array, Axes("query value", help="weights times V")] = None
    entropy: Annotated[Array, Axes("query", unit="bits")] = None
    other_weights: Annotated[Array, Axes("query key", help="weights with the division the other way")] = None
    other_entropy: Annotated[Array, Axes("query", unit="bits")] = None
    edited: Annotated[Array, Axes("edit place", help="matrix, row and column of each edit in force")] = None
    cos: Annotated[Array, Axes("token half", help="cosine of each token's angles")] = None
    sin: Annotated[Array, Axes("token half", help="sine of each token's angles")] = None

    h_q: Annotated[Array, Axes("head token dim")] = None
    h_k: Annotated[Array, Axes("head token dim")] = None
    h_v: Annotated[Array, Axes("head token value")] = None
    h_scores: Annotated[Array, Axes("head query key", help="scaled and masked")] = None
    h_weights: Annotated[Array, Axes("head query key")] = None
    h_out: Annotated[Array, Axes("head query value")] = None
    concat: Annotated[Array, Axes("query joined", help="the heads' outputs side by side")] = None
    w_o: Annotated[Array, Axes("joined out")] = None
    b_o: Annotated[Array, Axes("out")] = None
    y: Annotated[Array, Axes("query out", help="joined heads times W_O")] = None

    sizes: Annotated[Array, Axes("size", help="lengths d of the random vectors")] = None
    variance: Annotated[Array, Axes("case size", help="of the scores; case 0 as they are, 1 divided by sqrt(d)")] = None
    entropy_bits: Annotated[Array, Axes("case size", unit="bits", help="mean entropy of the weights")] = None
    entropy_error: Annotated[Array, Axes("case size", unit="bits", help="standard error of that mean")] = None
    slope: Annotated[Array, Axes("case size", help="mean trace of softmax's Jacobian")] = None
    largest: Annotated[Array, Axes("case size", help="mean largest weight")] = None
    theory_variance: Annotated[Array, Axes("case size")] = None
    theory_entropy: Annotated[Array, Axes("case size", unit="bits")] = None
    theory_slope: Annotated[Array, Axes("case size")] = None
    samples: Annotated[Array, Axes("case draw key", help="softmax weights of the first draws at the present d")] = None
