"""The schedules and the other closed choices of the panel, with what they are called."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

MAX_STEPS = 2000
SAMPLES = 200
"""Points that the network is trained on."""


class Name(StrEnum):
    """The schedules."""

    CONSTANT = "constant"
    STEP = "step"
    MULTI_STEP = "multi_step"
    EXPONENTIAL = "exponential"
    POLYNOMIAL = "polynomial"
    COSINE = "cosine"
    WARM_RESTARTS = "warm_restarts"
    ONE_CYCLE = "one_cycle"
    WSD = "wsd"
    INVERSE_SQRT = "inverse_sqrt"
    PLATEAU = "plateau"
    CYCLIC = "cyclic"


NAMES = {
    Name.CONSTANT: "constant",
    Name.STEP: "step",
    Name.MULTI_STEP: "multi-step",
    Name.EXPONENTIAL: "exponential",
    Name.POLYNOMIAL: "polynomial",
    Name.COSINE: "cosine",
    Name.WARM_RESTARTS: "warm restarts",
    Name.ONE_CYCLE: "one-cycle",
    Name.WSD: "WSD",
    Name.INVERSE_SQRT: "inverse square root",
    Name.PLATEAU: "reduce on plateau",
    Name.CYCLIC: "cyclic",
}
OWN_START = (Name.ONE_CYCLE, Name.PLATEAU, Name.CYCLIC)
"""These begin in their own way and take no warm-up: torch joins none to them either, or it would be undone."""

Task = Literal["moons", "circles", "xor", "spiral", "blobs"]
Rule = Literal["sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw"]
RULES: dict[Rule, str] = {
    "sgd": "SGD",
    "momentum": "momentum 0.9",
    "nesterov": "Nesterov 0.9",
    "rmsprop": "RMSprop",
    "adam": "Adam",
    "adamw": "AdamW",
}
Watch = Literal["training", "staircase", "noisy", "drawn"]
Pane = Literal["rates", "loss", "code"]
