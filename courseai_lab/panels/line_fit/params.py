"""What can be set: the data, the line, the loss, descent and the degree; and what is shown of them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from courseai_lab.contract import FileKind, Params, Points, Ui

MAX_POINTS = 2000
MAX_SIZE = 1e9
MAX_DEGREE = 15
LossName = Literal["mse", "mae", "huber", "r2"]
Pane = Literal["table", "map", "shares", "descent", "degrees"]
Drawn = Literal["segments", "squares"]
Extra = Literal["descent", "fit"]


class Data(StrEnum):
    """Where the points come from."""

    STUDY = "study"
    FLATS = "flats"
    WAVE = "wave"
    ANSCOMBE_1 = "anscombe_1"
    ANSCOMBE_2 = "anscombe_2"
    ANSCOMBE_3 = "anscombe_3"
    ANSCOMBE_4 = "anscombe_4"
    OWN = "own"
    FILE = "file"


DRAWN_BY_CHANCE = (Data.STUDY, Data.FLATS, Data.WAVE)
DATA_NAMES = {
    Data.STUDY: "hours of study and grade",
    Data.FLATS: "flats: area and rent",
    Data.WAVE: "a wave",
    Data.ANSCOMBE_1: "Anscombe I",
    Data.ANSCOMBE_2: "Anscombe II",
    Data.ANSCOMBE_3: "Anscombe III",
    Data.ANSCOMBE_4: "Anscombe IV",
    Data.OWN: "points set by hand",
    Data.FILE: "own file",
}
LOSS_NAMES: dict[LossName, str] = {"mse": "MSE", "mae": "MAE", "huber": "Huber", "r2": "R²"}
FEW: Points = ((1.0, 5.0), (2.5, 9.0), (4.0, 8.0), (5.5, 13.0), (7.0, 12.0), (8.5, 17.0))


class LineParams(Params):
    """A line, the points it is to fit, and how its error is measured and lowered."""

    VERSION = 2

    @classmethod
    def migrate(cls, data: dict[str, Any], version: int) -> dict[str, Any]:
        """Version 1 had the two columns as numbers of their own."""
        x, y = data.pop("x_column", 1), data.pop("y_column", 2)
        return data if (x, y) == (1, 2) else {**data, "columns": f"{x},{y}"}

    data: Annotated[
        Data, Ui(help="The points. Moving, adding or deleting one makes them points set by hand.", names=DATA_NAMES)
    ] = Data.STUDY
    loss: Annotated[
        LossName,
        Ui(
            help="How the errors become one number: mean of squares, of sizes, Huber's mix, or the share explained.",
            names=LOSS_NAMES,
        ),
    ] = "mse"
    huber: Annotated[
        float,
        Field(ge=0.01, le=1000),
        Ui(
            label="Huber's limit",
            symbol=r"\delta",
            log=True,
            when=("loss", ("huber",)),
            help="Errors up to this, in units of y, count squared; larger ones only in proportion.",
        ),
    ] = 1.0
    outlier: Annotated[bool, Ui(help="Adds one point far off the rest. It can be dragged like any other.")] = False
    standardised: Annotated[
        bool,
        Ui(
            label="Standardise x",
            help="Descent and its map work with (x - mean) / standard deviation instead of x as it is.",
        ),
    ] = False
    lr: Annotated[
        float,
        Field(ge=1e-6, le=2),
        Ui(label="Learning rate", symbol=r"\eta", log=True, help="Step size of gradient descent, from your line on."),
    ] = 0.02
    degree: Annotated[
        int,
        Field(ge=1, le=MAX_DEGREE),
        Ui(help="Above 1, a polynomial of this degree is fitted to the points as well, by least squares."),
    ] = 1
    held_out: Annotated[
        float,
        Field(ge=0, le=0.5),
        Ui(
            label="Held out",
            help="Share of the points that no fit sees (diamonds); the error on them tells whether a curve has learned "
            "or memorised. In force at every degree.",
            when=("degree", tuple(range(2, MAX_DEGREE + 1))),
        ),
    ] = 0.0
    steps: Annotated[int, Field(ge=1, le=1000), Ui(unit="steps", log=True, more=True, help="Steps of descent.")] = 100
    count: Annotated[
        int,
        Field(ge=2, le=500),
        Ui(
            label="Points",
            unit="points",
            log=True,
            more=True,
            when=("data", DRAWN_BY_CHANCE),
            help="How many are drawn by chance.",
        ),
    ] = 12
    noise: Annotated[
        float,
        Field(ge=0, le=4),
        Ui(
            more=True,
            when=("data", DRAWN_BY_CHANCE),
            help="How far the points lie off the true curve, as a multiple of what is usual for this data.",
        ),
    ] = 1.0
    file: Annotated[
        str,
        Field(max_length=4096),
        FileKind("table", columns="columns", roles=("x", "y")),
        Ui(label="CSV or TSV file", when=("data", (Data.FILE,)), help="Numbers in columns, up to 2000 rows."),
    ] = ""
    columns: Annotated[
        str,
        Field(max_length=400),
        Ui(
            label="Columns of x and y",
            more=True,
            when=("data", (Data.FILE,)),
            help="Two names, or two numbers counted from 1, with a comma between; left empty, the first two.",
        ),
    ] = ""
    w: Annotated[
        float,
        Field(ge=-MAX_SIZE, le=MAX_SIZE),
        Ui(label="Slope", symbol="w", hidden=True, help="Slope of your line, in units of y over units of x."),
    ] = 0.6
    b: Annotated[
        float,
        Field(ge=-MAX_SIZE, le=MAX_SIZE),
        Ui(label="Intercept", symbol="b", hidden=True, help="Height of your line at x = 0."),
    ] = 9.0
    points: Annotated[
        Points, Field(min_length=2, max_length=MAX_POINTS), Ui(hidden=True, help="The points set by hand.")
    ] = FEW

    x_name: Annotated[str, Field(max_length=40), Ui(hidden=True, help="What the points' x is called.")] = "x"
    y_name: Annotated[str, Field(max_length=40), Ui(hidden=True, help="What the points' y is called.")] = "y"

    @field_validator("points")
    @classmethod
    def _points_of_a_size(cls, points: Points) -> Points:
        if any(abs(v) > MAX_SIZE for point in points for v in point):
            raise ValueError("Points lie between minus and plus 1e9 in both directions.")
        return points


class LineLook(Params):
    """What is shown of it."""

    panes: Annotated[
        tuple[Pane, ...],
        Ui(
            help="Pictures beside the points.",
            names={
                "table": "numbers",
                "map": "map of w and b",
                "shares": "each point's share",
                "descent": "loss by step",
                "degrees": "error by degree",
            },
        ),
    ] = ("table", "map", "shares", "descent", "degrees")
    errors: Annotated[
        tuple[Drawn, ...],
        Ui(help="How errors are drawn. Squares stand for MSE and R² only: MAE and Huber do not square them all."),
    ] = ("segments", "squares")
    lines: Annotated[
        tuple[Extra, ...],
        Ui(help="Lines beside yours.", names={"descent": "gradient descent", "fit": "least squares"}),
    ] = ("descent", "fit")
    point: Annotated[
        int,
        Field(ge=-1, le=MAX_POINTS),
        Ui(hidden=True, help="The point whose error is worked out; -1 for the one with the largest share."),
    ] = -1
