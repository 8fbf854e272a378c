"""What can be set about the data: which points, how many, how noisy, how split, and which features are read."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints, field_validator

from courseai_lab.contract import FileKind, Params, Ui
from courseai_lab.kernels.classes2d import MANY_CLASSES
from courseai_lab.kernels.expression import MAX_LENGTH, ExpressionError, parse

DATA = "Data"
FEATURES = "Features"
MAX_PAINTED = 500


class Source(StrEnum):
    """The data sets, by their names in ``kernels.classes2d``, and one's own file."""

    CIRCLE = "circle"
    XOR = "xor"
    CORNERS = "corners"
    GAUSSIANS = "gaussians"
    SPIRAL = "spiral"
    MOONS = "moons"
    SWISS_ROLL = "swiss_roll"
    CHECKERBOARD = "checkerboard"
    RINGS = "rings"
    PLANE = "plane"
    BUMPS = "bumps"
    OWN = "own"


class Feature(StrEnum):
    """What the network reads of a point."""

    X = "x"
    Y = "y"
    XX = "xx"
    YY = "yy"
    XY = "xy"
    SIN_X = "sin_x"
    SIN_Y = "sin_y"
    OWN = "own"


FEATURE_NAMES = {
    Feature.XX: "x²",
    Feature.YY: "y²",
    Feature.XY: "x·y",
    Feature.SIN_X: "sin 4x",
    Feature.SIN_Y: "sin 4y",
    Feature.OWN: "own",
}
_MANY = tuple(Source(name.value) for name in MANY_CLASSES)


class DataParams(Params):
    """Points in the plane, and what the network reads of them."""

    dataset: Annotated[
        Source,
        Ui(
            "Data",
            help="Points of two or more classes, or with a value each (plane and bumps).",
            names={
                Source.XOR: "XOR",
                Source.CORNERS: "XOR, four corners",
                Source.GAUSSIANS: "Gaussians",
                Source.SWISS_ROLL: "Swiss roll",
                Source.PLANE: "plane (regression)",
                Source.BUMPS: "bumps (regression)",
                Source.OWN: "own file",
            },
        ),
    ] = Source.CIRCLE
    table: Annotated[
        str,
        FileKind("table", columns="columns", roles=("x", "y", "label"), word_role="label"),
        Field(max_length=4096),
        Ui(
            "File",
            help="CSV with columns for x, y and a class (a word, or 0 to 5) or a value; scaled to fit the picture.",
            when=("dataset", (Source.OWN,)),
        ),
    ] = ""
    columns: Annotated[
        str,
        Field(max_length=400),
        Ui(
            "Columns of x, y and class",
            help="Three names, or numbers counted from 1, with commas between; left empty, the first three.",
            more=True,
            group=DATA,
            when=("dataset", (Source.OWN,)),
        ),
    ] = ""
    noise: Annotated[
        float, Field(ge=0, le=0.6), Ui("Noise", help="Standard deviation added to each coordinate, or to the value.")
    ] = 0.08
    classes: Annotated[
        int,
        Field(ge=2, le=6),
        Ui("Classes", help="How many classes there are.", more=True, group=DATA, when=("dataset", _MANY)),
    ] = 2
    size: Annotated[
        int, Field(ge=10, le=1000), Ui("Points", log=True, more=True, group=DATA, help="How many points are drawn.")
    ] = 500
    train_share: Annotated[
        float,
        Field(ge=0.05, le=0.95),
        Ui(
            "Share for training",
            more=True,
            steer=True,
            group=DATA,
            help="The rest is shared evenly between validation and test; neither is trained on.",
        ),
    ] = 0.5
    balance: Annotated[
        float,
        Field(ge=0.05, le=1),
        Ui("Balance", more=True, group=DATA, help="Size of the last class as a share of the first; 1 is even."),
    ] = 1.0
    features: Annotated[
        tuple[Feature, ...],
        Field(min_length=1, max_length=len(Feature)),
        Ui("Features", names=FEATURE_NAMES, more=True, group=FEATURES, help="What the network reads of each point."),
    ] = (Feature.X, Feature.Y)
    own_feature: Annotated[
        str,
        StringConstraints(max_length=MAX_LENGTH),
        Ui(
            "Own feature",
            more=True,
            group=FEATURES,
            when=("features", (Feature.OWN,)),
            help="A function of x and y, such as sqrt(x^2 + y^2).",
        ),
    ] = "sqrt(x^2 + y^2)"
    painted: Annotated[
        tuple[tuple[float, ...], ...],
        Field(max_length=MAX_PAINTED),
        Ui("Painted points", hidden=True, steer=True, help="Points painted on the picture: x, y, class or value."),
    ] = ()

    @field_validator("own_feature")
    @classmethod
    def _readable(cls, value: str) -> str:
        try:
            parse(value)
        except ExpressionError as error:
            raise ValueError(str(error)) from None
        return value

    @field_validator("features")
    @classmethod
    def _in_order(cls, value: tuple[Feature, ...]) -> tuple[Feature, ...]:
        return tuple(one for one in Feature if one in value)

    @field_validator("painted")
    @classmethod
    def _triples(cls, value: tuple[tuple[float, ...], ...]) -> tuple[tuple[float, ...], ...]:
        if any(len(point) != 3 or max(abs(v) for v in point) > 100.0 for point in value):
            raise ValueError("A painted point is three numbers: x, y and its class or value, each within 100 of zero.")
        return value
