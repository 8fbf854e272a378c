"""What can be set: the input, the kernel, how it slides, and which side of it is looked at."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from courseai_lab.contract import FileKind, Matrix, Params, Text, Ui
from courseai_lab.kernels.convolution import Padding, PadMode
from courseai_lab.kernels.number_grid import parse_grid
from courseai_lab.panels.convolution.choices import (
    GRID,
    KERNEL,
    KIND_NAMES,
    MAX_GRID,
    MAX_KERNEL,
    PAD_SIDE,
    PICTURES,
    SOURCE_NAMES,
    STEP,
    STUDY_NAMES,
    WALKING,
    Groups,
    Kind,
    PoolChoice,
    Source,
    Study,
    Walk,
)


class ConvolutionParams(Params):
    """One kernel over one picture. Every change is sent into the walk, so that the window stays where it is."""

    study: Annotated[
        Study,
        Ui("Look at", names=STUDY_NAMES, steer=True, help="Which side of convolution is shown."),
    ] = Study.STEP
    source: Annotated[
        Source,
        Ui("Input", names=SOURCE_NAMES, steer=True, help="What the kernel slides over; the pad is painted on."),
    ] = Source.PHOTOGRAPH
    file: Annotated[
        Text,
        FileKind("image"),
        Ui(
            "Picture file",
            steer=True,
            when=("source", (Source.OWN,)),
            help="A PNG, JPEG or WebP file; its centred square is used.",
        ),
    ] = ""
    digit: Annotated[
        int, Field(ge=0, le=9), Ui(steer=True, when=("source", (Source.DIGIT,)), help="Which digit is drawn.")
    ] = 3
    grid: Annotated[
        Text,
        Ui(
            "Numbers",
            steer=True,
            multiline=True,
            when=("source", (Source.GRID,)),
            help="Rows of numbers, up to 16 by 16; double-click a cell on the picture to change one.",
        ),
    ] = GRID
    kind: Annotated[
        Kind,
        Ui(
            "Kernel",
            names=KIND_NAMES,
            steer=True,
            when=KERNEL,
            help="The weights that slide. Double-click a weight on the picture to change it.",
        ),
    ] = Kind.SOBEL_X
    typed: Annotated[
        Text,
        Ui(
            "Weights",
            steer=True,
            multiline=True,
            when=("kind", (Kind.TYPED,)),
            help="Rows of weights, up to 11 by 11, such as 0 1 0; fractions such as 1/9 are read.",
        ),
    ] = "1 0 -1\n2 0 -2\n1 0 -1"
    size: Annotated[
        int,
        Field(ge=1, le=MAX_KERNEL),
        Ui(
            "Kernel size",
            "k",
            steer=True,
            when=KERNEL,
            help="Weights along each side of the kernel; typed and learned kernels bring their own.",
        ),
    ] = 3
    sigma: Annotated[
        float,
        Field(ge=0.2, le=5),
        Ui(
            "Width",
            r"\sigma",
            steer=True,
            when=("kind", (Kind.GAUSSIAN,)),
            help="Standard deviation of the Gaussian, in pixels.",
        ),
    ] = 1.0
    layer: Annotated[
        Literal["conv1", "conv2"],
        Ui(
            "Layer",
            steer=True,
            names={"conv1": "first, 16 filters", "conv2": "second, 32 filters"},
            when=("kind", (Kind.LEARNED,)),
            help="Which layer of the shipped digit network; the second one slides over the 16 maps of the first.",
        ),
    ] = "conv1"
    unit: Annotated[
        int,
        Field(ge=1, le=32),
        Ui("Filter", steer=True, when=("kind", (Kind.LEARNED,)), help="Number of the learned filter in its layer."),
    ] = 1
    stride: Annotated[
        int,
        Field(ge=1, le=8),
        Ui(
            "Stride",
            "s",
            steer=True,
            when=("study", (Study.STEP, Study.FIELD)),
            help="Cells the window moves from one output to the next.",
        ),
    ] = 1
    padding: Annotated[
        Padding,
        Ui(
            "Padding",
            steer=True,
            when=STEP,
            names={"number": "so many cells"},
            help="valid: none; same: output as large as input / stride; full: wherever they overlap at all.",
        ),
    ] = "valid"
    amount: Annotated[
        int,
        Field(ge=0, le=20),
        Ui(
            "Cells of padding",
            "p",
            steer=True,
            when=("padding", ("number",)),
            help="Padding on each of the four sides.",
        ),
    ] = 1
    pad_mode: Annotated[
        PadMode,
        Ui(
            "Padded with",
            steer=True,
            more=True,
            names={"zero": "zeros", "reflect": "reflection", "replicate": "the edge", "circular": "the other side"},
            help="What stands outside the input.",
        ),
    ] = "zero"
    dilation: Annotated[
        int,
        Field(ge=1, le=8),
        Ui("Dilation", "d", steer=True, when=KERNEL, help="Cells from one weight of the kernel to the next."),
    ] = 1
    operation: Annotated[
        Literal["correlation", "convolution"],
        Ui(
            "Operation",
            steer=True,
            when=("study", (Study.STEP, Study.FOURIER)),
            help="Deep learning slides the kernel as it is (correlation); a true convolution turns it by 180 degrees.",
        ),
    ] = "correlation"
    transposed: Annotated[
        bool,
        Ui(
            steer=True,
            more=True,
            when=STEP,
            help="The way back to a larger picture: stride puts zeros between the inputs, padding is cut off.",
        ),
    ] = False
    colour: Annotated[
        Literal["grey", "rgb"],
        Ui(
            "Channels",
            steer=True,
            more=True,
            names={"grey": "grey", "rgb": "red, green, blue"},
            when=("source", PICTURES),
            help="One channel, or three.",
        ),
    ] = "grey"
    groups: Annotated[
        Groups,
        Ui(
            steer=True,
            more=True,
            names={
                "together": "1: all channels summed",
                "apart": "one for each channel",
                "pairs": "2 channels each",
                "fours": "4 channels each",
            },
            help="Which channels are summed into one output map; one for each channel is called depthwise.",
        ),
    ] = "apart"
    side: Annotated[
        Literal[16, 32, 64, 128, 256, 512],
        Ui(
            "Resolution",
            unit="px",
            steer=True,
            more=True,
            when=("source", PICTURES),
            help="Pixels along each side of the picture.",
        ),
    ] = 128
    channel: Annotated[
        int,
        Field(ge=1, le=16),
        Ui(
            "Channel written out",
            steer=True,
            more=True,
            help="Which channel's products are written out where there are several; the others are given as sums.",
        ),
    ] = 1
    walk: Annotated[
        Walk,
        Ui(
            "Play",
            steer=True,
            more=True,
            names={"cell": "cell by cell", "row": "row by row"},
            when=WALKING,
            help="How far the window goes in one step.",
        ),
    ] = "cell"
    pool: Annotated[
        PoolChoice,
        Ui(
            "Pooling",
            steer=True,
            names={
                "l2": "L2 length",
                "global_max": "global maximum",
                "global_average": "global average",
                "max": "maximum",
            },
            when=("study", (Study.POOL,)),
            help="What is kept of each window.",
        ),
    ] = "max"
    pool_size: Annotated[
        int,
        Field(ge=1, le=MAX_KERNEL),
        Ui("Pool size", "k", steer=True, when=("pool", ("max", "average", "l2")), help="Cells along the pool's side."),
    ] = 2
    pool_stride: Annotated[
        int,
        Field(ge=1, le=MAX_KERNEL),
        Ui("Pool stride", "s", steer=True, when=("pool", ("max", "average", "l2")), help="Cells the pool moves."),
    ] = 2
    shift_right: Annotated[
        int,
        Field(ge=-8, le=8),
        Ui(
            "Shift right",
            unit="px",
            steer=True,
            when=("study", (Study.POOL,)),
            help="Moves the input; what changes in the output is shown.",
        ),
    ] = 1
    shift_down: Annotated[
        int,
        Field(ge=-8, le=8),
        Ui("Shift down", unit="px", steer=True, when=("study", (Study.POOL,)), help="Moves the input downward."),
    ] = 0
    layers: Annotated[
        int,
        Field(ge=1, le=6),
        Ui(
            "Layers",
            "L",
            steer=True,
            when=("study", (Study.FIELD,)),
            help="How many equal layers of this size, stride and dilation are stacked.",
        ),
    ] = 3
    terms: Annotated[
        int,
        Field(ge=1, le=MAX_KERNEL),
        Ui(
            "Terms",
            "r",
            steer=True,
            when=("study", (Study.SEPARABLE,)),
            help="How many column-times-row terms stand in for the kernel.",
        ),
    ] = 1
    down: Annotated[float, Field(ge=0, le=1), Ui(steer=True, hidden=True)] = 0.5
    across: Annotated[float, Field(ge=0, le=1), Ui(steer=True, hidden=True)] = 0.5
    probe: Annotated[tuple[float, float] | None, Ui(steer=True, hidden=True)] = None
    wave: Annotated[tuple[float, float], Ui(steer=True, hidden=True)] = (0.06, 0.03)
    painting: Annotated[Matrix, Field(max_length=PAD_SIDE), Ui(steer=True, hidden=True)] = ()
    cells: Annotated[Matrix, Field(max_length=MAX_KERNEL), Ui(steer=True, hidden=True)] = ()

    @field_validator("grid")
    @classmethod
    def _readable_grid(cls, value: str) -> str:
        parse_grid(value, MAX_GRID)
        return value

    @field_validator("typed")
    @classmethod
    def _readable_kernel(cls, value: str) -> str:
        parse_grid(value, MAX_KERNEL, "kernel")
        return value

    @field_validator("painting")
    @classmethod
    def _pad(cls, value: Matrix) -> Matrix:
        if value and (len(value) != PAD_SIDE or any(len(row) != PAD_SIDE for row in value)):
            raise ValueError(f"A painting has {PAD_SIDE} rows of {PAD_SIDE} numbers.")
        if any(not 0 <= ink <= 255 for row in value for ink in row):
            raise ValueError("Ink on the pad goes from 0 to 255.")
        return value

    @field_validator("cells")
    @classmethod
    def _kernel(cls, value: Matrix) -> Matrix:
        if value and (len({len(row) for row in value}) != 1 or not 1 <= len(value[0]) <= MAX_KERNEL):
            raise ValueError(
                f"A painted kernel has up to {MAX_KERNEL} equally long rows of up to {MAX_KERNEL} weights."
            )
        if any(abs(weight) > 1e6 for row in value for weight in row):
            raise ValueError("A painted weight is at most a million in size.")
        return value

    @field_validator("probe")
    @classmethod
    def _pixel(cls, value: tuple[float, float] | None) -> tuple[float, float] | None:
        if value is not None and not all(0 <= part <= 1 for part in value):
            raise ValueError("A pixel is two shares of the picture from 0 to 1: down, across.")
        return value

    @field_validator("wave")
    @classmethod
    def _frequency(cls, value: tuple[float, float]) -> tuple[float, float]:
        if not all(-0.5 <= part <= 0.5 for part in value):
            raise ValueError("A frequency is two numbers of waves a pixel from -0.5 to 0.5: down, across.")
        return value


class ConvolutionLook(Params):
    """What is drawn of it."""

    zoom: Annotated[
        Literal["all", "picture", "window", "arithmetic"],
        Ui(
            "Zoom", names={"all": "all three"}, help="Pictures, the numbers of the window, the written-out sum, or all."
        ),
    ] = "all"
    unvisited: Annotated[
        Literal["faint", "hidden", "full"],
        Ui("Not reached yet", help="How output cells look that the window has not come to."),
    ] = "faint"
    brush: Annotated[
        float,
        Field(ge=-8, le=8),
        Ui("Brush", step=0.5, help="Weight that painting on a painted kernel sets; the right button sets 0."),
    ] = 1.0
