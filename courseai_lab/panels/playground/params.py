"""What can be set in the panel, and what is drawn."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, field_validator

from courseai_lab.contract import Params, Ui
from courseai_lab.panels.playground.params_net import NetParams

RUN = "The run"


class PlaygroundParams(NetParams):
    """Small networks on points in the plane."""

    per_frame: Annotated[
        int,
        Field(ge=1, le=500),
        Ui("Epochs per step", log=True, steer=True, more=True, group=RUN, help="Epochs between two pictures."),
    ] = 4
    until: Annotated[
        int,
        Field(ge=1, le=100_000),
        Ui("Run to epoch", log=True, steer=True, more=True, group=RUN, help="Where the run ends."),
    ] = 4000
    early_stop: Annotated[
        bool,
        Ui(
            "Early stopping",
            steer=True,
            more=True,
            group=RUN,
            help="Stop when the validation loss has not fallen for a while, and go back to the best weights.",
        ),
    ] = False
    patience: Annotated[
        int,
        Field(ge=1, le=2000),
        Ui(
            "Patience",
            unit="epochs",
            log=True,
            steer=True,
            more=True,
            group=RUN,
            when=("early_stop", (True,)),
            help="How many epochs without a new lowest validation loss are waited for.",
        ),
    ] = 100
    game: Annotated[
        bool,
        Ui(
            "Your own straight line",
            steer=True,
            more=True,
            group=RUN,
            help="Draw a line by hand and see how many points it sorts, beside the best that any line can do.",
        ),
    ] = False
    line: Annotated[
        tuple[tuple[float, float], ...],
        Field(min_length=2, max_length=2),
        Ui("Line", hidden=True, steer=True, help="Two points on your line, dragged on the picture."),
    ] = ((-1.2, -0.5), (1.2, 0.6))
    off: Annotated[
        tuple[tuple[float, ...], ...],
        Field(max_length=600),
        Ui("Units off", hidden=True, steer=True, help="Units switched off by a click: network, layer, unit, from 0."),
    ] = ()
    edits: Annotated[
        tuple[tuple[float, ...], ...],
        Field(max_length=200),
        Ui("Weights set", hidden=True, steer=True, help="Weights set by hand: network, layer, from, to, value."),
    ] = ()

    @field_validator("line")
    @classmethod
    def _apart(cls, value: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
        (a, b), (c, d) = value
        if max(abs(v) for v in (a, b, c, d)) > 100.0 or abs(a - c) + abs(b - d) < 1e-6:
            raise ValueError("The line goes through two different points within 100 of zero.")
        return value

    @field_validator("off")
    @classmethod
    def _units(cls, value: tuple[tuple[float, ...], ...]) -> tuple[tuple[float, ...], ...]:
        if any(len(one) != 3 or any(v != int(v) or not 0 <= v < 64 for v in one) for one in value):
            raise ValueError("A unit that is off is three whole numbers from 0: network, layer, unit.")
        return tuple(dict.fromkeys(value))

    @field_validator("edits")
    @classmethod
    def _weights(cls, value: tuple[tuple[float, ...], ...]) -> tuple[tuple[float, ...], ...]:
        places = [one[:4] for one in value]
        if any(len(one) != 5 for one in value) or any(v != int(v) or not -1 <= v < 64 for p in places for v in p):
            raise ValueError("A weight set by hand is five numbers: network, layer, from (-1: bias), to, value.")
        if any(abs(one[4]) > 1000.0 for one in value):
            raise ValueError("A weight set by hand is within 1000 of zero.")
        return value


class Pane(StrEnum):
    """The parts of the picture."""

    NETWORK = "network"
    BOARD = "board"
    LOSS = "loss"
    ACCURACY = "accuracy"
    CONFUSION = "confusion"
    WEIGHTS = "weights"
    GRADIENTS = "gradients"
    CODE = "code"


PANE_NAMES = {
    Pane.NETWORK: "network",
    Pane.BOARD: "decision boundary",
    Pane.LOSS: "loss",
    Pane.CONFUSION: "confusion matrix",
    Pane.WEIGHTS: "weight histogram",
    Pane.GRADIENTS: "gradient norms",
    Pane.CODE: "as PyTorch",
}


class Surface(StrEnum):
    """How the output is coloured."""

    PROBABILITY = "probability"
    CLASSES = "classes"


class Brush(StrEnum):
    """What a click on the picture paints."""

    NONE = "none"
    FIRST = "0"
    SECOND = "1"
    THIRD = "2"
    FOURTH = "3"
    FIFTH = "4"
    SIXTH = "5"
    ERASE = "erase"


BRUSH_NAMES = {
    Brush.NONE: "no brush",
    **{Brush(str(k)): f"class {k}" for k in range(6)},
    Brush.ERASE: "erase painted",
}


class Shown(StrEnum):
    """Which points are drawn, and counted in the confusion matrix."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


class PlaygroundLook(Params):
    """What is drawn."""

    panes: Annotated[
        tuple[Pane, ...],
        Field(min_length=1, max_length=len(Pane)),
        Ui("Parts", names=PANE_NAMES, help="Parts of the picture."),
    ] = (Pane.NETWORK, Pane.BOARD, Pane.LOSS, Pane.ACCURACY, Pane.WEIGHTS, Pane.GRADIENTS)
    surface: Annotated[
        Surface, Ui("Background", help="The output's probability (or value), or only the class that wins.")
    ] = Surface.PROBABILITY
    points: Annotated[
        tuple[Shown, ...],
        Field(max_length=len(Shown)),
        Ui("Points", help="Which points are drawn; those for validation and test are hollow."),
    ] = (Shown.TRAIN, Shown.TEST)
    brush: Annotated[
        Brush, Ui("Brush", names=BRUSH_NAMES, help="What a click or drag on the points' picture paints.")
    ] = Brush.NONE
    counted: Annotated[Shown, Ui("Confusion of", more=True, help="Which points the confusion matrix counts.")] = (
        Shown.TEST
    )
    mark_wrong: Annotated[bool, Ui("Ring wrong ones", more=True, help="Ring the points that are sorted wrongly.")] = (
        False
    )
    best_line: Annotated[
        bool, Ui("Show a best line", more=True, help="With your own line: draw one that sorts as many as any line can.")
    ] = False
    log_loss: Annotated[bool, Ui("Log scale for the loss", more=True, help="For the loss curves.")] = False
