"""What can be set in the panel."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from courseai_lab.contract import FileKind, Grey, Paint, Params, Points, Text, Ui
from courseai_lab.kernels.schedules import Name, check_knots
from courseai_lab.kernels.timesteps import Spacing

MAX_KNOTS = 12
KNOTS: Points = ((0.0, 1.0), (0.2, 0.96), (0.4, 0.78), (0.6, 0.42), (0.8, 0.1), (1.0, 0.002))
NAMES = {
    Name.LINEAR: "linear",
    Name.SCALED_LINEAR: "scaled linear",
    Name.COSINE: "cosine",
    Name.SIGMOID: "sigmoid",
    Name.SIGMOID_ALPHA_BAR: "sigmoid ᾱ",
    Name.SQRT: "sqrt",
    Name.KARRAS: "Karras / EDM",
    Name.VP_CONTINUOUS: "VP continuous",
    Name.FLOW: "flow",
    Name.DRAWN: "draw your own",
}


def _own(name: Name, symbol: str, help: str, *, log: bool = False, label: str = "") -> Ui:
    """The control of a number that belongs to one schedule: under that schedule's heading, while it is shown."""
    return Ui(label, symbol, help=help, log=log, more=True, group=NAMES[name], when=("schedules", (name,)))


def _beta(name: Name, end: bool) -> Ui:
    which = "last" if end else "first"
    return _own(
        name,
        r"\beta_T" if end else r"\beta_1",
        f"Noise added in the {which} step.",
        log=True,
        label=f"{which.capitalize()} beta",
    )


Beta = Annotated[float, Field(ge=1e-6, le=0.999)]


class NoiseParams(Params):
    """Noise schedules on one image: which, how many steps, and where a sampler's few steps fall."""

    schedules: Annotated[
        tuple[Name, ...],
        Field(min_length=1, max_length=len(Name)),
        Ui(names=NAMES, help="The schedules compared, each with its own row of images."),
    ] = (Name.LINEAR, Name.SCALED_LINEAR, Name.COSINE)
    time: Annotated[
        float,
        Field(ge=0, le=1),
        Ui(
            "Time",
            "t/T",
            help="The moment looked at, as a share of all steps; drag the line on the picture.",
            step=0.01,
        ),
    ] = 0.5
    steps: Annotated[
        int,
        Field(ge=10, le=4000),
        Ui("Time steps", "T", log=True, help="Into how many steps the way from image to noise is cut."),
    ] = 1000
    zero_snr: Annotated[
        bool,
        Ui(
            "Zero terminal SNR",
            help="Rescale chains of betas so that the last step is noise alone (Lin et al. 2024).",
        ),
    ] = False
    spacing: Annotated[
        Spacing,
        Ui("Sampler's steps", help="How the few steps that a sampler takes are spread over the T steps."),
    ] = Spacing.LEADING
    count: Annotated[
        int, Field(ge=1, le=1000), Ui("Steps taken", "N", log=True, help="How many steps the sampler takes.")
    ] = 20
    image: Annotated[
        Literal["photograph", "digit", "scene", "coffee", "rocket", "drawn", "own"],
        Ui(names={"drawn": "drawn digit", "own": "own picture"}, help="The image that is noised."),
    ] = "photograph"
    drawing: Annotated[
        Grey,
        Paint("digit"),
        Ui("Drawn digit", when=("image", ("drawn",)), help="Ink on 28 by 28 cells, white on black as in MNIST."),
    ] = ""
    file: Annotated[
        Text,
        FileKind("image"),
        Ui("Picture file", when=("image", ("own",)), help="A PNG, JPEG or WebP file; its centred square is used."),
    ] = ""
    size: Annotated[
        Literal[32, 64, 128, 256],
        Ui("Resolution", unit="px", more=True, help="Pixels a side before noise is added; every pixel gets its own."),
    ] = 128
    cells: Annotated[
        int, Field(ge=3, le=15), Ui("Images in a row", more=True, help="How many moments each row of images shows.")
    ] = 7
    steps_offset: Annotated[
        int,
        Field(ge=0, le=10),
        Ui(
            "Offset",
            more=True,
            when=("spacing", ("leading",)),
            help="Moves leading steps up (Stable Diffusion uses 1).",
        ),
    ] = 0
    spacing_rho: Annotated[
        float,
        Field(ge=0.5, le=20),
        Ui(
            "Spacing curve",
            r"\rho_N",
            more=True,
            when=("spacing", ("karras",)),
            help="Even steps in sigma^(1/rho); higher puts more of them at low noise.",
        ),
    ] = 7.0

    linear_start: Annotated[Beta, _beta(Name.LINEAR, False)] = 1e-4
    linear_end: Annotated[Beta, _beta(Name.LINEAR, True)] = 0.02
    scaled_start: Annotated[Beta, _beta(Name.SCALED_LINEAR, False)] = 0.00085
    scaled_end: Annotated[Beta, _beta(Name.SCALED_LINEAR, True)] = 0.012
    cosine_s: Annotated[
        float,
        Field(ge=0, le=0.2),
        _own(Name.COSINE, "s", "Keeps the first steps from being too small.", label="Offset"),
    ] = 0.008
    cosine_cap: Annotated[
        float, Field(ge=0.1, le=0.9999), _own(Name.COSINE, r"\beta_{\max}", "No beta is larger.", label="Largest beta")
    ] = 0.999
    sigmoid_start: Annotated[Beta, _beta(Name.SIGMOID, False)] = 1e-4
    sigmoid_end: Annotated[Beta, _beta(Name.SIGMOID, True)] = 0.02
    sigmoid_span: Annotated[
        float,
        Field(ge=0.5, le=15),
        _own(Name.SIGMOID, "", "The sigmoid is seen from minus this to plus this.", label="Span"),
    ] = 6.0
    gate_start: Annotated[
        float, Field(ge=-6, le=0), _own(Name.SIGMOID_ALPHA_BAR, "a", "Where on the sigmoid t = 0 lies.", label="Start")
    ] = -3.0
    gate_end: Annotated[
        float, Field(ge=0.5, le=6), _own(Name.SIGMOID_ALPHA_BAR, "b", "Where on the sigmoid t = T lies.", label="End")
    ] = 3.0
    gate_tau: Annotated[
        float,
        Field(ge=0.1, le=3),
        _own(Name.SIGMOID_ALPHA_BAR, r"\tau", "Temperature: higher is flatter.", log=True, label="Temperature"),
    ] = 1.0
    sqrt_s: Annotated[
        float,
        Field(ge=1e-6, le=0.2),
        _own(Name.SQRT, "s", "Noise there is from the start.", log=True, label="Offset"),
    ] = 1e-4
    karras_min: Annotated[
        float,
        Field(ge=1e-4, le=0.5),
        _own(Name.KARRAS, r"\sigma_{\min}", "The lowest noise level.", log=True, label="Smallest sigma"),
    ] = 0.002
    karras_max: Annotated[
        float,
        Field(ge=1, le=1000),
        _own(Name.KARRAS, r"\sigma_{\max}", "The highest noise level.", log=True, label="Largest sigma"),
    ] = 80.0
    karras_rho: Annotated[
        float,
        Field(ge=0.5, le=20),
        _own(Name.KARRAS, r"\rho", "Even steps in sigma^(1/rho); 7 in the paper.", label="Curve"),
    ] = 7.0
    vp_min: Annotated[
        float,
        Field(ge=0.01, le=5),
        _own(Name.VP_CONTINUOUS, r"\beta_{\min}", "Rate of noising at t = 0.", log=True, label="First rate"),
    ] = 0.1
    vp_max: Annotated[
        float,
        Field(ge=1, le=100),
        _own(Name.VP_CONTINUOUS, r"\beta_{\max}", "Rate of noising at t = T.", log=True, label="Last rate"),
    ] = 20.0
    flow_shift: Annotated[
        float,
        Field(ge=0.1, le=20),
        _own(
            Name.FLOW,
            "",
            "Above 1, more of the time is spent at high noise, as large pictures need.",
            log=True,
            label="Shift",
        ),
    ] = 1.0
    knots: Annotated[
        Points,
        Field(min_length=2, max_length=MAX_KNOTS),
        Ui("Own curve", hidden=True, help="Points (t/T, alpha-bar) of the curve drawn by hand, falling from (0, 1)."),
    ] = KNOTS

    @field_validator("schedules")
    @classmethod
    def _each_once(cls, value: tuple[Name, ...]) -> tuple[Name, ...]:
        return tuple(name for name in Name if name in value)

    @field_validator("knots")
    @classmethod
    def _falling(cls, value: Any) -> Any:
        check_knots(value)
        return value


class Quantity(StrEnum):
    """The curves that can be shown."""

    ALPHA_BAR = "alpha_bar"
    BETA = "beta"
    SQRT_ALPHA_BAR = "sqrt_alpha_bar"
    SIGMA = "sigma"
    LOG_SNR = "log_snr"


QUANTITY_NAMES = {
    Quantity.ALPHA_BAR: "ᾱ",
    Quantity.BETA: "β",
    Quantity.SQRT_ALPHA_BAR: "√ᾱ",
    Quantity.SIGMA: "σ",
    Quantity.LOG_SNR: "log SNR",
}


class NoiseLook(Params):
    """What is drawn."""

    main: Annotated[
        Quantity, Ui("Large curve", names=QUANTITY_NAMES, help="Click a small curve to make it the large one.")
    ] = Quantity.ALPHA_BAR
    curves: Annotated[
        tuple[Quantity, ...],
        Field(max_length=len(Quantity)),
        Ui("Small curves", names=QUANTITY_NAMES, help="Shown beside the large one."),
    ] = tuple(Quantity)
    ticks: Annotated[bool, Ui("Sampler's steps", help="Mark the steps that the sampler takes.")] = True
    log_beta: Annotated[
        bool, Ui("Log scale for β", more=True, help="Otherwise the largest beta flattens the others.")
    ] = True
