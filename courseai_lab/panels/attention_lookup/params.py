"""What can be set: the query, its keys and values and their score; or the pairs that two memories are to keep."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, field_validator

from courseai_lab.contract import Params, Points, Ui

REACH = 3.0
"""Query, keys and values stay within this of zero."""
MOST_KEYS = 8


class Page(StrEnum):
    """What is looked at."""

    LOOKUP = "lookup"
    MEMORY = "memory"


class Score(StrEnum):
    """How well a query fits a key."""

    DOT = "dot"
    SCALED = "scaled"
    GENERAL = "general"
    ADDITIVE = "additive"
    COSINE = "cosine"


class Rule(StrEnum):
    """How a pair is written into the state."""

    SUM = "sum"
    DECAY = "decay"
    DELTA = "delta"


class Ground(StrEnum):
    """What colours the plane of queries."""

    WEIGHT = "weight"
    ENTROPY = "entropy"


KEYS: Points = ((1.6, 0.6), (0.2, 1.8), (-1.5, 0.9), (-1.0, -1.3), (1.1, -1.5), (2.4, 2.0), (-2.4, -0.4), (0.1, -2.5))
VALUES: Points = ((1.8, 1.2), (0.0, 2.2), (-1.9, 1.0), (-1.2, -1.6), (1.5, -1.4), (2.5, 2.5), (-2.6, 0.0), (0.0, -2.6))
_LOOKUP = ("page", (Page.LOOKUP,))
_MEMORY = ("page", (Page.MEMORY,))


class LookupParams(Params):
    """A soft lookup in the plane, or two memories of a sequence of pairs."""

    page: Annotated[
        Page,
        Ui(
            "Look at",
            names={Page.LOOKUP: "one lookup", Page.MEMORY: "a sequence remembered"},
            help="A query among keys in the plane, or how many pairs a fixed state keeps beside attention.",
        ),
    ] = Page.LOOKUP
    score: Annotated[
        Score,
        Ui(
            "Score",
            when=_LOOKUP,
            names={
                Score.DOT: "dot product",
                Score.SCALED: "scaled dot product",
                Score.GENERAL: "multiplicative, with W",
                Score.ADDITIVE: "additive",
                Score.COSINE: "cosine",
            },
            help="How query and key are compared: Luong's products, Bahdanau's sum, the transformer's scaled product.",
        ),
    ] = Score.DOT
    temperature: Annotated[
        float,
        Field(ge=0.05, le=20),
        Ui(
            "Temperature", "T", log=True, when=_LOOKUP, help="Scores are divided by it: small picks one key, large all."
        ),
    ] = 1.0
    keys_shown: Annotated[
        int, Field(ge=2, le=MOST_KEYS), Ui("Keys", "n", when=_LOOKUP, help="How many pairs of key and value there are.")
    ] = 5
    turn: Annotated[
        float,
        Field(ge=-180, le=180),
        Ui(
            "Turn of W",
            r"\varphi",
            unit="°",
            when=("score", (Score.GENERAL,)),
            help="W turns the key by this angle before it is compared with the query.",
        ),
    ] = 90.0
    gain: Annotated[
        float,
        Field(ge=0.1, le=5),
        Ui(
            "Gain",
            "g",
            log=True,
            when=("score", (Score.GENERAL, Score.ADDITIVE)),
            help="The size of the learned matrices: W here is g times a rotation, or g times the identity.",
        ),
    ] = 1.0
    pairs: Annotated[
        int,
        Field(ge=1, le=256),
        Ui("Pairs", "n", log=True, when=_MEMORY, help="Length of the sequence of key-value pairs."),
    ] = 24
    dim: Annotated[
        int,
        Field(ge=2, le=64),
        Ui("Dimensions", "d", when=_MEMORY, help="Of keys and values; the recurrent state holds d times d numbers."),
    ] = 16
    rule: Annotated[
        Rule,
        Ui(
            "State is written by",
            when=_MEMORY,
            names={Rule.SUM: "adding", Rule.DECAY: "fading, then adding", Rule.DELTA: "the delta rule"},
            help="Plain sum of outer products; older pairs fading; or correcting what the key gave before.",
        ),
    ] = Rule.SUM
    rate: Annotated[
        float,
        Field(ge=0, le=1),
        Ui(
            "Kept or learned",
            r"\lambda",
            when=("rule", (Rule.DECAY, Rule.DELTA)),
            help="Fading: the share of the state that stays at each pair. Delta rule: the step of its correction.",
        ),
    ] = 0.9
    noise: Annotated[
        float,
        Field(ge=0, le=2),
        Ui("Query noise", r"\epsilon", when=_MEMORY, help="How far a query is from the key it asks for, on average."),
    ] = 0.0
    sharpness: Annotated[
        float,
        Field(ge=0.5, le=100),
        Ui(
            "Sharpness",
            r"\beta",
            log=True,
            more=True,
            when=_MEMORY,
            help="Attention's scores are this times q · k; keys have length 1, so that small values blur.",
        ),
    ] = 20.0
    symbols: Annotated[
        int,
        Field(ge=2, le=64),
        Ui(
            "Symbols",
            "m",
            more=True,
            when=_MEMORY,
            help="Values are drawn from so many; guessing is right 1 time in m.",
        ),
    ] = 16
    trials: Annotated[
        int,
        Field(ge=1, le=200),
        Ui("Trials", more=True, when=_MEMORY, help="Sequences drawn for every length; shares are means over them."),
    ] = 40
    query: Annotated[tuple[float, float], Ui(hidden=True, help="The query.")] = (1.3, 1.2)
    keys: Annotated[
        Points, Field(min_length=MOST_KEYS, max_length=MOST_KEYS), Ui(hidden=True, help="Where the keys are.")
    ] = KEYS
    values: Annotated[
        Points, Field(min_length=MOST_KEYS, max_length=MOST_KEYS), Ui(hidden=True, help="Where the values are.")
    ] = VALUES

    @field_validator("keys", "values")
    @classmethod
    def _points_in_reach(cls, points: Points) -> Points:
        if any(abs(v) > REACH for point in points for v in point):
            raise ValueError(f"Keys and values lie between −{REACH:g} and {REACH:g} in both directions.")
        return points

    @field_validator("query")
    @classmethod
    def _query_in_reach(cls, point: tuple[float, float]) -> tuple[float, float]:
        if any(abs(v) > REACH for v in point):
            raise ValueError(f"The query lies between −{REACH:g} and {REACH:g} in both directions.")
        return point


class LookupLook(Params):
    """What is shown of it."""

    key: Annotated[
        int,
        Field(ge=0, le=MOST_KEYS),
        Ui(hidden=True, help="The key whose weight colours the plane, from 1; 0 for the one that weighs most."),
    ] = 0
    ground: Annotated[
        Ground,
        Ui(
            "Plane shows",
            more=True,
            names={Ground.WEIGHT: "weight of a key", Ground.ENTROPY: "how spread the weights are"},
            help="For a query at every place: the weight of the chosen key, or the entropy of all weights in bits.",
        ),
    ] = Ground.WEIGHT
    arithmetic: Annotated[
        bool, Ui("Arithmetic", more=True, help="Every score, exponential and weight written out.")
    ] = True
