"""Parameters of guidance: the scale and its rules for all pages, prompts for pictures, classes for the plane."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import Field, StringConstraints, field_validator

from courseai_lab.contract import Params, Ui
from courseai_lab.kernels.guidance import Shape

MOST_TEXT = 200
MOST_PROMPTS = 6
MOST_COLUMNS = 7


class Page(StrEnum):
    """What is looked at."""

    EXACT = "exact"
    PICTURES = "pictures"
    MECHANISM = "mechanism"
    GRID = "grid"


class Solver(StrEnum):
    """The samplers, by the names that the kernel gives them (kept here so that the plane needs no torch)."""

    DPM_SOLVER = "dpm-solver++2m"
    UNIPC = "unipc"
    DDIM = "ddim"
    EULER = "euler"
    HEUN = "heun"
    EULER_ANCESTRAL = "euler-ancestral"
    DDPM = "ddpm"


class Layout(StrEnum):
    """Where the classes of the plane lie."""

    PETALS = "petals"
    RING = "ring"
    PAIR = "pair"


class Label(StrEnum):
    """The classes of the plane."""

    A = "A"
    B = "B"
    C = "C"


class Away(StrEnum):
    """What guidance leads away from, in the plane."""

    ALL = "all"
    A = "A"
    B = "B"
    C = "C"


class Axis(StrEnum):
    """What the rows of the X/Y grid are; its columns are scales."""

    SEED = "seed"
    STEPS = "steps"
    PROMPT = "prompt"


class Arrows(StrEnum):
    """Which arrows stand on the large map."""

    NONE = "none"
    WITHOUT = "without"
    WITH = "with"
    GUIDED = "guided"


_PAGES = {
    Page.EXACT: "In 2D, exactly",
    Page.PICTURES: "Pictures",
    Page.MECHANISM: "One step, taken apart",
    Page.GRID: "X/Y grid",
}
_SOLVERS = {
    Solver.DPM_SOLVER: "DPM-Solver++ (2M)",
    Solver.UNIPC: "UniPC",
    Solver.DDIM: "DDIM",
    Solver.EULER: "Euler",
    Solver.HEUN: "Heun",
    Solver.EULER_ANCESTRAL: "Euler ancestral",
    Solver.DDPM: "DDPM",
}
SOLVERS = MappingProxyType(_SOLVERS)
_SHAPES = {Shape.CONSTANT: "constant", Shape.RISING: "rising", Shape.COSINE: "rising, cosine", Shape.FALLING: "falling"}
_LAYOUTS = {
    Layout.PETALS: "petals, meeting in the middle",
    Layout.RING: "ring, side by side",
    Layout.PAIR: "two clouds",
}
_AXES = {Axis.SEED: "seed", Axis.STEPS: "steps", Axis.PROMPT: "prompt"}
_PICTURED = (Page.PICTURES, Page.MECHANISM, Page.GRID)
_ON_PICTURES = ("page", _PICTURED)
_ON_PLANE = ("page", (Page.EXACT,))

PromptText = Annotated[str, StringConstraints(max_length=MOST_TEXT)]


class CfgParams(Params):
    """Guidance: u + w (c - u)."""

    page: Annotated[
        Page,
        Ui(label="Show", names=_PAGES, help="Exactly in two dimensions, or on pictures of the shipped networks."),
    ] = Page.EXACT
    scale: Annotated[
        float,
        Field(ge=0, le=20),
        Ui(
            label="Guidance scale", symbol="w", step=0.5,
            when=("page", (Page.EXACT, Page.PICTURES, Page.MECHANISM)),
            help="0: the prompt is ignored. 1: no guidance. Above: what the prompt changes is exaggerated w times.",
        ),
    ] = 4.0  # fmt: skip
    layout: Annotated[
        Layout, Ui(label="Classes", names=_LAYOUTS, when=_ON_PLANE, help="Where the classes lie in the plane.")
    ] = Layout.PETALS
    wanted: Annotated[Label, Ui(label="Wanted class", when=_ON_PLANE, help="The class that is asked for.")] = Label.A
    away: Annotated[
        Away,
        Ui(
            label="Away from", names={Away.ALL: "all classes (no prompt)"}, when=_ON_PLANE,
            help="The unconditional branch; a class here is what a negative prompt is.",
        ),
    ] = Away.ALL  # fmt: skip
    learned: Annotated[
        int,
        Field(ge=0, le=200),
        Ui(
            label="Learn from", unit="examples a class", when=_ON_PLANE,
            help="0: exact only. Above: the same flow beside it with scores estimated from so many examples a class.",
        ),
    ] = 0  # fmt: skip
    points: Annotated[
        int, Field(ge=50, le=1000), Ui(label="Samples", more=True, when=_ON_PLANE, help="How many points flow.")
    ] = 300
    flow_steps: Annotated[
        int,
        Field(ge=8, le=200),
        Ui(label="Steps of the flow", more=True, when=_ON_PLANE, help="Steps of Heun's method from noise to data."),
    ] = 64
    prompt: Annotated[PromptText, Ui(hidden=True, help="What is asked for.")] = "a red ball at night"
    negative: Annotated[PromptText, Ui(hidden=True, help="What guidance leads away from; empty: no prompt.")] = ""
    images: Annotated[
        int,
        Field(ge=1, le=16),
        Ui(label="Images", when=("page", (Page.PICTURES,)), help="How many pictures, each from a noise of its own."),
    ] = 9
    rows: Annotated[
        Axis, Ui(label="Rows are", names=_AXES, when=("page", (Page.GRID,)), help="What changes from row to row.")
    ] = Axis.SEED
    columns: Annotated[
        tuple[float, ...],
        Ui(label="Scales", when=("page", (Page.GRID,)), help="The guidance scales of the columns, 1 to 7 of them."),
    ] = (0.0, 1.0, 2.0, 4.0, 8.0, 14.0, 20.0)
    prompts: Annotated[
        str,
        StringConstraints(max_length=MOST_TEXT * MOST_PROMPTS),
        Ui(
            label="Prompts", multiline=True, when=("rows", (Axis.PROMPT,)),
            help="One prompt a line, at most 6: the rows of the grid.",
        ),
    ] = "a red ball at night\ntwo blue cubes on the grass\na yellow star in a studio\nthree pink balls"  # fmt: skip
    image: Annotated[
        int,
        Field(ge=1, le=16),
        Ui(label="Picture", when=("page", (Page.MECHANISM,)), help="Which of the pictures is taken apart."),
    ] = 1
    step: Annotated[
        int,
        Field(ge=1, le=50),
        Ui(label="At step", when=("page", (Page.MECHANISM,)), help="The sampling step that is taken apart."),
    ] = 4
    steps: Annotated[
        int, Field(ge=1, le=50), Ui(label="Sampling steps", when=_ON_PICTURES, help="How many steps the sampler takes.")
    ] = 12
    sampler: Annotated[
        Solver, Ui(label="Sampler", names=_SOLVERS, when=_ON_PICTURES, help="How noise is turned into a picture.")
    ] = Solver.DPM_SOLVER
    seed: Annotated[
        int, Field(ge=0, le=9999), Ui(label="Seed", help="The noise of the first picture; the next has the next seed.")
    ] = 0
    shape: Annotated[
        Shape,
        Ui(
            label="Scale over time", names=_SHAPES, more=True, group="Rules",
            help="Whether the scale stays, rises or falls while sampling; its mean stays the same.",
        ),
    ] = Shape.CONSTANT  # fmt: skip
    low: Annotated[
        float,
        Field(ge=0, le=1),
        Ui(label="Interval from", unit="t/T", more=True, group="Rules", help="Below this time there is no guidance."),
    ] = 0.0
    high: Annotated[
        float,
        Field(ge=0, le=1),
        Ui(label="Interval to", unit="t/T", more=True, group="Rules", help="Above this time there is no guidance."),
    ] = 1.0
    rescale: Annotated[
        float,
        Field(ge=0, le=1),
        Ui(
            label="Rescale", symbol=r"\phi", more=True, group="Rules", when=_ON_PICTURES,
            help="Draws the guided prediction's spread back to that of the conditional one: 0 not at all, 1 fully.",
        ),
    ] = 0.0  # fmt: skip

    @field_validator("columns")
    @classmethod
    def _few_scales(cls, value: Any) -> Any:
        if not 1 <= len(value) <= MOST_COLUMNS or not all(0 <= scale <= 20 for scale in value):
            raise ValueError(f"The columns must be 1 to {MOST_COLUMNS} scales, each from 0 to 20.")
        return value

    @field_validator("prompts")
    @classmethod
    def _few_prompts(cls, value: str) -> str:
        lines = [line for line in value.splitlines() if line.strip()]
        if not 1 <= len(lines) <= MOST_PROMPTS or any(len(line) > MOST_TEXT for line in lines):
            raise ValueError(f"The prompts must be 1 to {MOST_PROMPTS} lines of at most {MOST_TEXT} characters.")
        return value

    def lines(self) -> tuple[str, ...]:
        """The prompts of the grid."""
        return tuple(line.strip() for line in self.prompts.splitlines() if line.strip())


class CfgLook(Params):
    """Display settings."""

    moment: Annotated[
        float,
        Field(ge=0, le=1),
        Ui(label="Moment in 2D", help="In 2D: 0 is pure noise, where sampling begins; 1 is its end."),
    ] = 1.0
    arrows: Annotated[
        Arrows,
        Ui(
            label="Arrows in 2D",
            more=True,
            names={Arrows.NONE: "none", Arrows.WITHOUT: "without class", Arrows.WITH: "with class"},
            help="In 2D: which score stands as arrows on the large map.",
        ),
    ] = Arrows.NONE
    paths: Annotated[bool, Ui(label="Paths in 2D", more=True, help="In 2D: the ways that samples take.")] = True
    judged: Annotated[bool, Ui(label="Verdicts", more=True, help="The judge's verdict under each picture.")] = True
