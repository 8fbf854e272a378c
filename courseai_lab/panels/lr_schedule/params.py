"""Which schedules, their parameters, and the training that shows what they do."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from courseai_lab.contract import Params, Points, Ui
from courseai_lab.panels.lr_schedule.choices import MAX_STEPS, NAMES, RULES, SAMPLES, Name, Pane, Rule, Task, Watch

TRAINING = "Training"


def _of(*names: Name) -> Any:
    return ("schedules", names)


class ScheduleParams(Params):
    """Learning-rate schedules and one small training for each."""

    schedules: Annotated[
        tuple[Name, ...],
        Field(min_length=1),
        Ui(help="Each has its curve, its own training from the same start, and its line of torch.", names=NAMES),
    ] = (Name.CONSTANT, Name.STEP, Name.COSINE, Name.WSD)
    lr: Annotated[
        float,
        Field(ge=1e-4, le=10),
        Ui(label="Peak rate", symbol=r"\eta", log=True, help="The highest rate of every schedule."),
    ] = 0.5
    warmup: Annotated[
        int,
        Field(ge=0, le=500),
        Ui(
            label="Warm-up",
            symbol="W",
            unit="steps",
            help="Steps on a straight line up to the peak before the schedule begins. One-cycle, cyclic and plateau "
            "take none: they begin in their own way.",
        ),
    ] = 40
    steps: Annotated[
        int, Field(ge=50, le=MAX_STEPS), Ui(symbol="T", unit="steps", log=True, help="Length of the training.")
    ] = 600
    floor: Annotated[
        float,
        Field(ge=0, le=0.9),
        Ui(
            label="Floor",
            symbol="f",
            when=_of(Name.COSINE, Name.WARM_RESTARTS, Name.WSD, Name.CYCLIC, Name.PLATEAU),
            help="Lowest rate, as a share of the peak (torch: eta_min, base_lr, min_lr).",
        ),
    ] = 0.0
    step_period: Annotated[
        int,
        Field(ge=1, le=MAX_STEPS),
        Ui(label="Step every", symbol="P", unit="steps", log=True, when=_of(Name.STEP), group="Step", help="step_size"),
    ] = 150
    step_gamma: Annotated[
        float,
        Field(gt=0, le=1),
        Ui(label="Step factor", symbol=r"\gamma", when=_of(Name.STEP), group="Step", help="Multiplies the rate."),
    ] = 0.4
    milestones: Annotated[
        tuple[int, ...],
        Field(max_length=12),
        Ui(unit="steps", when=_of(Name.MULTI_STEP), group="Multi-step", help="Steps at which the rate falls."),
    ] = (300, 450, 540)
    multi_gamma: Annotated[
        float,
        Field(gt=0, le=1),
        Ui(
            label="Factor at each",
            symbol=r"\gamma",
            when=_of(Name.MULTI_STEP),
            group="Multi-step",
            help="Multiplies the rate at every milestone.",
        ),
    ] = 0.3
    exp_gamma: Annotated[
        float,
        Field(ge=0.9, le=1),
        Ui(
            label="Factor a step",
            symbol=r"\gamma",
            step=0.001,
            when=_of(Name.EXPONENTIAL),
            group="Exponential",
            help="Multiplies the rate at every step.",
        ),
    ] = 0.995
    poly_power: Annotated[
        float,
        Field(ge=0.1, le=5),
        Ui(
            label="Power",
            symbol="p",
            when=_of(Name.POLYNOMIAL),
            group="Polynomial",
            help="1 is a straight line to zero; larger falls faster at first.",
        ),
    ] = 2.0
    restart_period: Annotated[
        int,
        Field(ge=2, le=MAX_STEPS),
        Ui(
            label="First cycle",
            symbol="T_0",
            unit="steps",
            log=True,
            when=_of(Name.WARM_RESTARTS),
            group="Warm restarts",
            help="Length of the first cosine.",
        ),
    ] = 80
    restart_growth: Annotated[
        int,
        Field(ge=1, le=4),
        Ui(
            label="Growth",
            symbol="T_{mult}",
            when=_of(Name.WARM_RESTARTS),
            group="Warm restarts",
            help="Every cycle is this many times as long as the one before.",
        ),
    ] = 2
    cycle_share: Annotated[
        float,
        Field(ge=0.05, le=0.95),
        Ui(
            label="Rising part",
            when=_of(Name.ONE_CYCLE),
            group="One-cycle",
            help="Share of the steps on which the rate rises (pct_start).",
        ),
    ] = 0.3
    cycle_start: Annotated[
        float,
        Field(ge=1, le=1000),
        Ui(
            label="Start divisor",
            log=True,
            more=True,
            when=_of(Name.ONE_CYCLE),
            group="One-cycle",
            help="The first rate is the peak over this (div_factor).",
        ),
    ] = 25.0
    cycle_end: Annotated[
        float,
        Field(ge=1, le=1e6),
        Ui(
            label="End divisor",
            log=True,
            more=True,
            when=_of(Name.ONE_CYCLE),
            group="One-cycle",
            help="The last rate is the first one over this (final_div_factor).",
        ),
    ] = 1e4
    cycle_line: Annotated[
        Literal["cos", "linear"],
        Ui(label="Shape", more=True, when=_of(Name.ONE_CYCLE), group="One-cycle", help="anneal_strategy"),
    ] = "cos"
    wsd_share: Annotated[
        float,
        Field(ge=0.01, le=1),
        Ui(
            label="Decaying part",
            when=_of(Name.WSD),
            group="WSD: warm-up, stable, decay",
            help="Share of the steps after the warm-up on which the rate falls, at the end.",
        ),
    ] = 0.25
    wsd_shape: Annotated[
        Literal["line", "root"],
        Ui(
            label="Shape of the decay",
            more=True,
            when=_of(Name.WSD),
            group="WSD: warm-up, stable, decay",
            names={"line": "straight", "root": "1 − √"},
            help="A straight line, or one minus a square root, which falls faster at first.",
        ),
    ] = "line"
    sqrt_scale: Annotated[
        int,
        Field(ge=1, le=1000),
        Ui(
            label="Scale",
            symbol="s",
            unit="steps",
            log=True,
            when=_of(Name.INVERSE_SQRT),
            group="Inverse square root",
            help="Steps until the rate has fallen to 0.71; the Transformer takes its warm-up for it.",
        ),
    ] = 40
    plateau_factor: Annotated[
        float,
        Field(ge=0.05, le=0.95),
        Ui(
            label="Cut to",
            when=_of(Name.PLATEAU),
            group="Reduce on plateau",
            help="The rate is multiplied by this when the loss no longer falls.",
        ),
    ] = 0.4
    patience: Annotated[
        int,
        Field(ge=0, le=50),
        Ui(
            unit="looks",
            when=_of(Name.PLATEAU),
            group="Reduce on plateau",
            help="So many looks in a row without a better loss are borne.",
        ),
    ] = 2
    plateau_every: Annotated[
        int,
        Field(ge=1, le=500),
        Ui(
            label="Look every",
            unit="steps",
            log=True,
            more=True,
            when=_of(Name.PLATEAU),
            group="Reduce on plateau",
            help="How often the loss is looked at; 20 steps of 10 are one epoch.",
        ),
    ] = 20
    threshold: Annotated[
        float,
        Field(ge=0, le=0.5),
        Ui(
            more=True,
            when=_of(Name.PLATEAU),
            group="Reduce on plateau",
            help="A loss is better only when it is lower by this share of the best.",
        ),
    ] = 0.01
    cooldown: Annotated[
        int,
        Field(ge=0, le=50),
        Ui(
            unit="looks",
            more=True,
            when=_of(Name.PLATEAU),
            group="Reduce on plateau",
            help="Looks after a cut that do not count.",
        ),
    ] = 0
    watch: Annotated[
        Watch,
        Ui(
            label="Loss it watches",
            when=_of(Name.PLATEAU),
            group="Reduce on plateau",
            names={"training": "its own training", "staircase": "a staircase", "noisy": "a noisy one"},
            help="The loss curve that plateau reacts to; a drawn one has handles.",
        ),
    ] = "training"
    watched: Annotated[
        Points,
        Field(min_length=2, max_length=40),
        Ui(hidden=True, help="The drawn curve: share of the training, and loss."),
    ] = ((0.0, 1.0), (0.15, 0.5), (0.4, 0.48), (0.5, 0.25), (0.75, 0.25), (1.0, 0.24))
    tri_half: Annotated[
        int,
        Field(ge=1, le=1000),
        Ui(
            label="Half a cycle",
            unit="steps",
            log=True,
            when=_of(Name.CYCLIC),
            group="Cyclic",
            help="Steps up, and as many down (step_size_up).",
        ),
    ] = 75
    tri_mode: Annotated[
        Literal["triangular", "triangular2", "exp_range"],
        Ui(
            label="Mode",
            when=_of(Name.CYCLIC),
            group="Cyclic",
            help="Equal triangles, each half as high as the last, or shrinking by a factor at every step.",
        ),
    ] = "triangular2"
    tri_gamma: Annotated[
        float,
        Field(ge=0.9, le=1),
        Ui(
            label="Factor a step (exp_range)",
            step=0.001,
            more=True,
            when=_of(Name.CYCLIC),
            group="Cyclic",
            help="Shrinks the triangles in the mode exp_range.",
        ),
    ] = 0.995
    warmup_start: Annotated[
        float,
        Field(ge=0.001, le=1),
        Ui(label="Warm-up from", log=True, more=True, help="First rate, as a share of the peak (start_factor)."),
    ] = 0.01
    task: Annotated[
        Task, Ui(label="Data", more=True, group=TRAINING, help="200 points of two classes, to be told apart.")
    ] = "moons"
    rule: Annotated[Rule, Ui(label="Optimiser", more=True, group=TRAINING, names=RULES, help="Takes the rate.")] = (
        "momentum"
    )
    batch: Annotated[
        int,
        Field(ge=1, le=SAMPLES),
        Ui(
            label="Batch",
            unit="points",
            log=True,
            more=True,
            group=TRAINING,
            help="Points of each step: the fewer, the noisier the gradient. The batches are the same for all.",
        ),
    ] = 10
    units: Annotated[
        int,
        Field(ge=1, le=64),
        Ui(label="Hidden units", more=True, group=TRAINING, help="tanh units of the one hidden layer."),
    ] = 16

    @field_validator("milestones")
    @classmethod
    def _milestones_are_steps(cls, values: tuple[int, ...]) -> tuple[int, ...]:
        if any(not 1 <= value <= MAX_STEPS for value in values):
            raise ValueError(f"Milestones are steps from 1 to {MAX_STEPS}.")
        return tuple(sorted(set(values)))

    @field_validator("watched")
    @classmethod
    def _watched_goes_forward(cls, points: Points) -> Points:
        xs = [x for x, _ in points]
        if xs != sorted(xs) or xs[0] != 0.0 or xs[-1] != 1.0 or any(not 0.0 < y <= 1e6 for _, y in points):
            raise ValueError("The watched curve goes from 0 to 1 in order, with losses above 0.")
        return points


class ScheduleLook(Params):
    """How it is shown."""

    panes: Annotated[
        tuple[Pane, ...],
        Ui(
            help="Parts of the picture.", names={"rates": "rates", "loss": "loss of the training", "code": "torch code"}
        ),
    ] = ("rates", "loss", "code")
    log_rate: Annotated[bool, Ui(label="Rates on a log scale", help="Shows small rates; zero is then not shown.")] = (
        False
    )
    log_loss: Annotated[bool, Ui(label="Loss on a log scale", help="Shows small losses apart.")] = True
