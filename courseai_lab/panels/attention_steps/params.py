"""What can be set, and what typed matrices must look like."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import numpy as np
from pydantic import Field, field_validator

from courseai_lab.contract import Matrix, Params, Ui
from courseai_lab.kernels.attention_steps import Mask, Way
from courseai_lab.kernels.tables import TableProblem, parse_table

MOST_TOKENS, MOST_DIMS = 16, 32
MOST_EDITS = 400
LARGEST = 10_000.0
MATRICES = ("x", "w_q", "w_k", "w_v", "q", "k", "v", "w_o")
"""Matrices that can be edited; an edit names one by its place here."""


class Page(StrEnum):
    """What is looked at."""

    STEPS = "steps"
    HEADS = "heads"
    SCALE = "scale"


class Source(StrEnum):
    """Where the numbers come from."""

    TYPED = "typed"
    TYPED_QKV = "typed_qkv"
    RANDOM = "random"
    HEAD = "head"


SOURCES = tuple(Source)
_PICTURES = (Page.STEPS, Page.HEADS)
_ROWS = "One line per row, numbers separated by blanks or commas."


def rows_of(text: str, name: str, most_rows: int = MOST_TOKENS) -> np.ndarray:
    """A typed matrix [row col]; raises ValueError with one sentence that names the line."""
    try:
        table = parse_table(text, name, max_rows=most_rows, max_columns=MOST_DIMS)
    except TableProblem as problem:
        raise ValueError(str(problem)) from None
    if np.abs(table.values).max() > LARGEST:
        raise ValueError(f"{name}: numbers go from -{LARGEST:g} to {LARGEST:g}.")
    return table.values


def _typed(label: str, source: Source, what: str) -> Ui:
    return Ui(label, more=True, multiline=True, when=("source", (source,)), help=f"{what} {_ROWS}")


class StepsParams(Params):
    """Attention over a handful of tokens."""

    page: Annotated[
        Page,
        Ui(
            "Look at",
            names={
                Page.STEPS: "one head, step by step",
                Page.HEADS: "several heads, joined",
                Page.SCALE: "why divide by √d",
            },
            help="One head with all its matrices, several heads joined, or what the length of the vectors does.",
        ),
    ] = Page.STEPS
    source: Annotated[
        Source,
        Ui(
            "Numbers",
            names={
                Source.TYPED: "typed: X and the weights",
                Source.TYPED_QKV: "typed: Q, K and V",
                Source.RANDOM: "random",
                Source.HEAD: "a head of the story network",
            },
            when=("page", _PICTURES),
            help="Typed by hand, drawn at random, or taken from the trained transformer. Any cell can be edited.",
        ),
    ] = Source.TYPED
    sentence: Annotated[
        str,
        Field(max_length=200),
        Ui("Sentence", when=("source", (Source.HEAD,)), help="Read by the network; its first 16 pieces are shown."),
    ] = "The cat saw the dog, and the cat"
    layer: Annotated[
        int,
        Field(ge=0, le=3),
        Ui("Layer", when=("source", (Source.HEAD,)), help="Layer of the network, counted from 0."),
    ] = 1
    head: Annotated[
        int,
        Field(ge=0, le=5),
        Ui("Head", when=("source", (Source.HEAD,)), help="Head of the layer, counted from 0."),
    ] = 1
    tokens: Annotated[
        int,
        Field(ge=1, le=MOST_TOKENS),
        Ui("Tokens", "n", when=("source", (Source.RANDOM,)), help="How many tokens: rows of X, Q, K and V."),
    ] = 6
    dim: Annotated[
        int,
        Field(ge=1, le=MOST_DIMS),
        Ui("Length of q and k", "d", when=("source", (Source.RANDOM,)), help="Numbers in one query and one key."),
    ] = 8
    width: Annotated[
        int,
        Field(ge=1, le=MOST_DIMS),
        Ui("Length of x", more=True, when=("source", (Source.RANDOM,)), help="Numbers in one token's vector."),
    ] = 8
    value_dim: Annotated[
        int,
        Field(ge=1, le=MOST_DIMS),
        Ui("Length of v", more=True, when=("source", (Source.RANDOM,)), help="Numbers in one value."),
    ] = 8
    heads: Annotated[
        int,
        Field(ge=1, le=8),
        Ui(
            "Heads",
            "h",
            when=("page", (Page.HEADS,)),
            help="How many heads; the first is the one of page one, the others are drawn. The story network has its 6.",
        ),
    ] = 2
    mask: Annotated[
        Mask,
        Ui(
            "Mask",
            names={Mask.NONE: "none", Mask.CAUSAL: "causal: no look ahead", Mask.PADDING: "padding at the end"},
            when=("page", _PICTURES),
            help="Which keys a query may look at; the others get the score −∞ and so the weight 0.",
        ),
    ] = Mask.NONE
    padding: Annotated[
        int,
        Field(ge=0, le=MOST_TOKENS - 1),
        Ui("Padded tokens", when=("mask", (Mask.PADDING,)), help="How many tokens at the end are only padding."),
    ] = 2
    divide: Annotated[
        bool,
        Ui("Divide by √d", r"\sqrt{d}", when=("page", _PICTURES), help="Off: the scores go into softmax as they are."),
    ] = True
    way: Annotated[
        Way,
        Ui(
            "A product is",
            names={
                Way.DOT: "dot products, cell by cell",
                Way.ROWS: "mixed rows, row by row",
                Way.OUTER: "a sum of outer products",
            },
            when=("page", _PICTURES),
            help="Three ways to see the same matrix product; press play to watch it.",
        ),
    ] = Way.DOT
    words: Annotated[
        str,
        Field(max_length=300),
        Ui("Words", more=True, when=("page", _PICTURES), help="Names of typed or random tokens, separated by blanks."),
    ] = "the cat slept it dreamed"
    x: Annotated[str, Field(max_length=8000), _typed("X", Source.TYPED, "One row per token.")] = (
        "0 0 0 1\n1 0 0 0\n0 1 0 0\n0 0 1 0\n0 2 0 0"
    )
    w_q: Annotated[str, Field(max_length=8000), _typed("W for Q", Source.TYPED, "What a token looks for.")] = (
        "0 0 0 1\n1 0 1 0\n2 0 0 0\n1 0 0 0"
    )
    w_k: Annotated[str, Field(max_length=8000), _typed("W for K", Source.TYPED, "What a token offers.")] = (
        "2 0 0 0\n0 1 0 0\n0 0 1 0\n0 0 0 2"
    )
    w_v: Annotated[str, Field(max_length=8000), _typed("W for V", Source.TYPED, "What a token hands over.")] = (
        "2 0 0 1\n0 2 0 0\n0 0 1 0\n0 0 0 -1"
    )
    q: Annotated[str, Field(max_length=8000), _typed("Q", Source.TYPED_QKV, "One query per token.")] = (
        "1 0 1 0\n0 2 0 0\n2 0 0 0\n0 0 1 1"
    )
    k: Annotated[str, Field(max_length=8000), _typed("K", Source.TYPED_QKV, "One key per token.")] = (
        "2 0 0 0\n0 1 0 0\n0 0 2 0\n1 1 0 1"
    )
    v: Annotated[str, Field(max_length=8000), _typed("V", Source.TYPED_QKV, "One value per token.")] = (
        "1 0 0\n0 1 0\n0 0 1\n1 1 1"
    )
    keys: Annotated[
        int,
        Field(ge=2, le=64),
        Ui(
            "Keys",
            "n",
            log=True,
            when=("page", (Page.SCALE,)),
            help="How many random keys each query is compared with.",
        ),
    ] = 8
    draws: Annotated[
        int,
        Field(ge=40, le=1000),
        Ui(
            "Random queries",
            log=True,
            when=("page", (Page.SCALE,)),
            help="Queries drawn, each with its own keys; seed: data. Each d uses the first d components of one draw.",
        ),
    ] = 400
    edits: Annotated[Matrix, Field(max_length=MOST_EDITS), Ui(hidden=True)] = ()

    @field_validator("x", "q", "k", "v")
    @classmethod
    def _tokens_typed(cls, text: str, info: Any) -> str:
        rows_of(text, info.field_name.upper())
        return text

    @field_validator("w_q", "w_k", "w_v")
    @classmethod
    def _weights_typed(cls, text: str, info: Any) -> str:
        rows_of(text, f"W for {info.field_name[-1].upper()}", MOST_DIMS)
        return text

    @field_validator("edits")
    @classmethod
    def _edits_readable(cls, edits: Matrix) -> Matrix:
        for edit in edits:
            whole = len(edit) == 5 and all(part == int(part) >= 0 for part in edit[:4])
            if not whole or edit[0] >= len(SOURCES) or edit[1] >= len(MATRICES) or abs(edit[4]) > LARGEST:
                raise ValueError(
                    "An edit is [source, matrix, row, column, value]: four whole numbers from 0, and a number from "
                    f"-{LARGEST:g} to {LARGEST:g}."
                )
        return edits

    def own_edits(self) -> tuple[tuple[int, int, int, float], ...]:
        """The edits of the present source, (matrix, row, col, value); a later one of the same cell counts."""
        mine = {(int(m), int(r), int(c)): v for s, m, r, c, v in self.edits if int(s) == SOURCES.index(self.source)}
        return tuple((*place, value) for place, value in mine.items())


class Size(StrEnum):
    """How large cells are."""

    FIT = "fit"
    READ = "read"


class StepsLook(Params):
    """What is drawn."""

    size: Annotated[
        Size,
        Ui(
            "Cells",
            names={Size.FIT: "all at a glance", Size.READ: "every number legible"},
            help="Fit the whole picture, or make cells so large that numbers can be read and let the page scroll.",
        ),
    ] = Size.FIT
    numbers: Annotated[bool, Ui("Numbers in the cells", help="Written where a cell is large enough.")] = True
    shared: Annotated[
        bool,
        Ui("Shared colour scales", help="One scale for X, Q, K and V, one for W, one for scores; off: each its own."),
    ] = True
    limit: Annotated[
        float,
        Field(ge=0, le=LARGEST),
        Ui("Colours reach to", more=True, help="Ends of the signed colour scale; 0 takes the largest number shown."),
    ] = 0.0
    chosen: Annotated[str, Field(max_length=40), Ui(hidden=True)] = ""
