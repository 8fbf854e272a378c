"""What one computation of the attention heatmap delivers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from courseai_lab.contract import Axes

WEIGHT = "attention weight, 0 to 1"


@dataclass(frozen=True, slots=True)
class Frame:
    """One sentence read by one model, under the change asked for; ``problem`` instead where there is nothing to read.

    ``layer``, ``head``, ``token``, ``partner`` are those in force: what was asked for, within what there is. ``_b``
    is the second side of a comparison. ``pool`` tokens a side share one dot of a thumbnail, the largest weight.
    """

    problem: str = ""
    model: str = ""
    note: str = ""
    causal: bool = True
    layers: int = 0
    heads: int = 0
    layer: int = 0
    head: int = 0
    token: int = 0
    partner: int = 0
    changed: str = ""
    ablated: tuple[tuple[int, int], ...] = ()
    tokens: tuple[str, ...] = ()
    title: str = ""
    weights: Annotated[np.ndarray | None, Axes("query key", help=WEIGHT)] = None
    thumbs: Annotated[np.ndarray | None, Axes("layer column row col", help="largest weight of each block")] = None
    pool: int = 1
    seen: Annotated[np.ndarray | None, Axes("query key", help="whether the mask lets the query look")] = None
    model_b: str = ""
    title_b: str = ""
    layer_b: int = 0
    head_b: int = 0
    token_b: int = 0
    problem_b: str = ""
    tokens_b: tuple[str, ...] = ()
    weights_b: Annotated[np.ndarray | None, Axes("query_b key_b", help=WEIGHT)] = None
    difference: Annotated[np.ndarray | None, Axes("query key", help="first minus second, where tokens agree")] = None
    thumbs_b: Annotated[np.ndarray | None, Axes("layer_b column_b row_b col_b", help="of the second model")] = None
    pool_b: int = 1
    seen_b: Annotated[np.ndarray | None, Axes("query_b key_b", help="whether the mask lets the query look")] = None
    q: Annotated[np.ndarray | None, Axes("dim", help="query of the token")] = None
    k: Annotated[np.ndarray | None, Axes("dim", help="key of its partner")] = None
    product: Annotated[np.ndarray | None, Axes("dim", help="q times k, element by element")] = None
    scale: float = 1.0
    dot: float = 0.0
    shift: float = 0.0
    score: float = 0.0
    weight: float = 0.0
    before_weight: float = 0.0
    hidden: bool = False
    choices: tuple[str, ...] = ()
    chance: Annotated[np.ndarray | None, Axes("choice", help="probability under the change")] = None
    plain: Annotated[np.ndarray | None, Axes("choice", help="probability in the model as it is")] = None
    actual: str = ""
    actual_chance: float = 0.0
    actual_plain: float = 0.0
    loss: float = 0.0
    loss_plain: float = 0.0
    byte_bits: float = 0.0
    byte_bits_plain: float = 0.0
    scored: int = 0
    kinds: tuple[str, ...] = ()
    scores: Annotated[np.ndarray | None, Axes("kind layer head_index", help="score of each head, 0 to 1")] = None
    order: Annotated[np.ndarray | None, Axes("kind rank", help="layer * heads + head, highest score first")] = None
    counts: tuple[int, ...] = ()
    lens_words: tuple[tuple[str, ...], ...] = ()
    lens: Annotated[np.ndarray | None, Axes("depth place", help="probability of the lens words")] = None
