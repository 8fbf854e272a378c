"""What can be set in the panel: the surface, the optimisers, the run, and what is drawn."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from courseai_lab.contract import Params, Ui
from courseai_lab.panels.loss_surface.params_rules import RuleParams

MAX_RACERS = 12
NOISE = "Minibatch noise"
SCHEDULE = "Learning-rate schedule"
CLIPPING = "Gradient clipping"


class Clip(StrEnum):
    """How gradients are clipped."""

    NONE = "none"
    VALUE = "value"
    NORM = "norm"


class Schedule(StrEnum):
    """The learning-rate schedules, by their name in the kernels' table."""

    CONSTANT = "constant"
    STEP = "step"
    EXPONENTIAL = "exponential"
    COSINE = "cosine"
    WARMUP_COSINE = "warmup_cosine"


def _when(field: str, *values: object) -> tuple[str, tuple[object, ...]]:
    return field, values


class LossParams(RuleParams):
    """Optimisers on a loss surface: where they start, how they step, and what disturbs them."""

    start: Annotated[
        tuple[float, float] | None,
        Ui("Start", hidden=True, help="Where the ball is dropped, (x, y); by default the surface's own place."),
    ] = None
    steps: Annotated[int, Field(ge=1, le=5000), Ui("Steps", log=True, help="How many updates each makes.")] = 200
    rate_factors: Annotated[
        tuple[float, ...],
        Field(min_length=1, max_length=5),
        Ui(
            "Rates side by side",
            more=True,
            help="Multiples of the learning rate: each optimiser runs once with each, such as 0.1, 1, 2.",
        ),
    ] = (1.0,)
    goal: Annotated[
        float,
        Field(ge=0.001, le=50),
        Ui(
            "Finish line",
            unit="%",
            log=True,
            more=True,
            help="A racer has finished when this share of its start's height above the lowest known loss is left.",
        ),
    ] = 1.0
    minibatch: Annotated[
        bool,
        Ui(
            "Minibatch noise",
            more=True,
            group=NOISE,
            help="Real minibatches where there are data; elsewhere Gaussian noise on the gradient, sigma²/B.",
        ),
    ] = False
    batch: Annotated[
        int,
        Field(ge=1, le=1024),
        Ui(
            "Batch size",
            "B",
            log=True,
            more=True,
            group=NOISE,
            when=_when("minibatch", True),
            help="Samples per step; the noise falls with its square root.",
        ),
    ] = 8
    sigma: Annotated[
        float,
        Field(ge=0, le=100),
        Ui(
            "Noise of one sample",
            r"\sigma",
            more=True,
            group=NOISE,
            when=_when("minibatch", True),
            help="Standard deviation of one sample's gradient, for surfaces that have no data.",
        ),
    ] = 4.0
    clipping: Annotated[
        Clip,
        Ui(
            "Clip",
            more=True,
            group=CLIPPING,
            names={Clip.NONE: "off", Clip.VALUE: "by value", Clip.NORM: "by norm"},
            help="By value: each coordinate on its own. By norm: the whole gradient, which keeps its direction.",
        ),
    ] = Clip.NONE
    clip_limit: Annotated[
        float,
        Field(ge=1e-3, le=1e3),
        Ui(
            "Limit",
            "c",
            log=True,
            more=True,
            group=CLIPPING,
            when=_when("clipping", Clip.VALUE, Clip.NORM),
            help="The largest coordinate, or the largest norm, that a gradient may have.",
        ),
    ] = 1.0
    schedule: Annotated[
        Schedule,
        Ui(
            "Schedule",
            more=True,
            group=SCHEDULE,
            names={Schedule.WARMUP_COSINE: "warm-up, then cosine"},
            help="How the learning rate changes from step to step, for all racers.",
        ),
    ] = Schedule.CONSTANT
    drop_every: Annotated[
        int,
        Field(ge=1, le=5000),
        Ui(
            "Drop every",
            unit="steps",
            log=True,
            more=True,
            group=SCHEDULE,
            when=_when("schedule", Schedule.STEP),
            help="Steps between two drops of the rate.",
        ),
    ] = 50
    drop_factor: Annotated[
        float,
        Field(ge=0.01, le=1),
        Ui(
            "Drop to",
            r"\gamma",
            more=True,
            group=SCHEDULE,
            when=_when("schedule", Schedule.STEP),
            help="What the rate is multiplied by at each drop.",
        ),
    ] = 0.5
    shrink: Annotated[
        float,
        Field(ge=0.9, le=1),
        Ui(
            "Per step",
            r"\gamma",
            more=True,
            group=SCHEDULE,
            step=0.001,
            when=_when("schedule", Schedule.EXPONENTIAL),
            help="What the rate is multiplied by at every step.",
        ),
    ] = 0.98
    warmup: Annotated[
        int,
        Field(ge=1, le=1000),
        Ui(
            "Warm-up",
            "W",
            "steps",
            log=True,
            more=True,
            group=SCHEDULE,
            when=_when("schedule", Schedule.WARMUP_COSINE),
            help="Steps over which the rate climbs to its full value.",
        ),
    ] = 20
    lowest_rate: Annotated[
        float,
        Field(ge=0, le=1),
        Ui(
            "End at",
            more=True,
            group=SCHEDULE,
            when=_when("schedule", Schedule.COSINE, Schedule.WARMUP_COSINE),
            help="The rate at the last step, as a share of the full rate.",
        ),
    ] = 0.0

    @field_validator("rate_factors")
    @classmethod
    def _positive(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if any(not 1e-3 <= factor <= 1e3 for factor in value):
            raise ValueError("Multiples of the learning rate must be numbers from 0.001 to 1000.")
        return tuple(dict.fromkeys(value))

    @field_validator("start")
    @classmethod
    def _near(cls, value: tuple[float, float] | None) -> tuple[float, float] | None:
        if value is not None and max(abs(value[0]), abs(value[1])) > 1e6:
            raise ValueError("The start must be two numbers within a million of zero.")
        return value

    @model_validator(mode="after")
    def _not_too_many(self) -> Self:
        racers = len(self.optimizers) * len(self.rate_factors)
        if racers > MAX_RACERS:
            raise ValueError(
                f"{len(self.optimizers)} optimisers at {len(self.rate_factors)} rates make {racers} racers; at most "
                f"{MAX_RACERS} can be told apart, so choose fewer of either."
            )
        return self


class Glyph(StrEnum):
    """What can be drawn at the ball, or over the steps."""

    GRADIENT = "gradient"
    VELOCITY = "velocity"
    LOOKAHEAD = "lookahead"
    RATE = "rate"
    SQUARES = "squares"


GLYPH_NAMES = {
    Glyph.GRADIENT: "−gradient",
    Glyph.VELOCITY: "velocity",
    Glyph.LOOKAHEAD: "look-ahead",
    Glyph.RATE: "effective rate",
    Glyph.SQUARES: "squared gradients",
}


class Pane(StrEnum):
    """The parts of the picture."""

    SURFACE = "surface"
    MAP = "map"
    LOSS = "loss"
    TABLE = "table"
    DATA = "data"
    RATES = "rates"


PANE_NAMES = {
    Pane.SURFACE: "3D surface",
    Pane.MAP: "contour map",
    Pane.LOSS: "loss by step",
    Pane.TABLE: "finishing table",
    Pane.DATA: "data",
    Pane.RATES: "momentum's rate",
}


class Heights(StrEnum):
    """The scale of heights and colours."""

    AUTO = "auto"
    LINEAR = "linear"
    LOG = "log"


class LossLook(Params):
    """What is drawn."""

    glyphs: Annotated[
        tuple[Glyph, ...],
        Field(max_length=len(Glyph)),
        Ui("Show at the ball", names=GLYPH_NAMES, help="Arrows and points at the ball, and curves over the steps."),
    ] = (Glyph.GRADIENT,)
    panes: Annotated[
        tuple[Pane, ...],
        Field(min_length=1, max_length=len(Pane)),
        Ui("Parts", names=PANE_NAMES, help="Parts of the picture, as far as the surface has them."),
    ] = tuple(Pane)
    whole_path: Annotated[
        bool, Ui("Path ahead", help="Draw faintly what is still to come, so that a slider's effect shows at once.")
    ] = True
    heights: Annotated[
        Heights, Ui("Height scale", help="Automatic takes a logarithm where a surface spans many powers of ten.")
    ] = Heights.AUTO
    log_loss: Annotated[bool, Ui("Log scale for the loss", more=True, help="For the curve of loss by step.")] = True
    contours: Annotated[
        int, Field(ge=0, le=40), Ui("Contour lines", more=True, help="About how many lines of equal loss.")
    ] = 14
