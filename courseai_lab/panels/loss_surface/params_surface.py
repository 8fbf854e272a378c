"""What can be set about the surface."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, field_validator

from courseai_lab.contract import Params, Points, Ui
from courseai_lab.kernels.expression import MAX_LENGTH, parse


class SurfaceName(StrEnum):
    """The surfaces a ball can be dropped on."""

    REGRESSION = "regression"
    QUADRATIC = "quadratic"
    ROSENBROCK = "rosenbrock"
    HIMMELBLAU = "himmelblau"
    BEALE = "beale"
    BOOTH = "booth"
    SADDLE = "saddle"
    RASTRIGIN = "rastrigin"
    ACKLEY = "ackley"
    RAVINE = "ravine"
    CLIFF = "cliff"
    NETWORK = "network"
    CUSTOM = "custom"


SURFACE_NAMES = {
    SurfaceName.REGRESSION: "Linear regression",
    SurfaceName.QUADRATIC: "Quadratic bowl",
    SurfaceName.ROSENBROCK: "Rosenbrock",
    SurfaceName.HIMMELBLAU: "Himmelblau",
    SurfaceName.BEALE: "Beale",
    SurfaceName.BOOTH: "Booth",
    SurfaceName.SADDLE: "Saddle",
    SurfaceName.RASTRIGIN: "Rastrigin",
    SurfaceName.ACKLEY: "Ackley",
    SurfaceName.RAVINE: "Winding ravine",
    SurfaceName.CLIFF: "Cliff",
    SurfaceName.NETWORK: "A real network",
    SurfaceName.CUSTOM: "Type f(x, y)",
}


class Dataset(StrEnum):
    """Two-class data for the network."""

    MOONS = "moons"
    CIRCLES = "circles"
    SPIRAL = "spiral"
    XOR = "xor"
    BLOBS = "blobs"


class LineData(StrEnum):
    """Where the points of the linear regression come from."""

    DRAWN = "drawn"
    LINKED = "linked"


LINE_DATA_NAMES: dict[object, str] = {LineData.DRAWN: "drawn by chance", LineData.LINKED: "of the line panel"}
MAX_LINE_POINTS = 2000


class Directions(StrEnum):
    """How the plane through the network's weights is chosen."""

    RANDOM = "random"
    PATH = "path"


class Activation(StrEnum):
    """The network's nonlinearity."""

    TANH = "tanh"
    RELU = "relu"


class Criterion(StrEnum):
    """The network's loss."""

    LOGISTIC = "logistic"
    MSE = "mse"


def _own(
    surface: SurfaceName,
    label: str,
    symbol: str,
    help: str,
    *,
    log: bool = False,
    more: bool = True,
    unit: str = "",
    names: dict[object, str] | None = None,
) -> Ui:
    """The control of a number that belongs to one surface: under its heading, while it is shown."""
    group = SURFACE_NAMES[surface] if more else ""
    return Ui(label, symbol, unit, help, log=log, more=more, group=group, when=("surface", (surface,)), names=names)


def _net(label: str, help: str, *, symbol: str = "", log: bool = False, names: dict[object, str] | None = None) -> Ui:
    group = SURFACE_NAMES[SurfaceName.NETWORK]
    when = ("surface", (SurfaceName.NETWORK,))
    return Ui(label, symbol, help=help, log=log, more=True, group=group, when=when, names=names)


class SurfaceParams(Params):
    """Which surface, and its own numbers."""

    surface: Annotated[
        SurfaceName, Ui("Surface", names=SURFACE_NAMES, help="What the loss depends on, as a function of two numbers.")
    ] = SurfaceName.QUADRATIC
    expression: Annotated[
        str,
        Field(min_length=1, max_length=MAX_LENGTH),
        _own(
            SurfaceName.CUSTOM,
            "f(x, y)",
            "",
            "A function of x and y, such as x^2 + 3*y^2 + sin(5*x); ^ is a power.",
            more=False,
        ),
    ] = "0.5*x^2 + y^2 + sin(3*x)*cos(3*y)"
    reach: Annotated[
        float,
        Field(ge=0.1, le=100),
        _own(SurfaceName.CUSTOM, "Reach", "r", "x and y are shown from −r to r.", log=True),
    ] = 3.0
    steepest: Annotated[
        float,
        Field(ge=0.01, le=1000),
        _own(SurfaceName.QUADRATIC, "Steepest curvature", "L", "The bowl's largest second derivative.", log=True),
    ] = 10.0
    condition: Annotated[
        float,
        Field(ge=1, le=1000),
        _own(
            SurfaceName.QUADRATIC,
            "Condition number",
            r"\kappa",
            "Largest over smallest curvature: how much longer than wide the valley is.",
            log=True,
            more=False,
        ),
    ] = 25.0
    turn: Annotated[
        float,
        Field(ge=-90, le=90),
        _own(SurfaceName.QUADRATIC, "Turn", r"\varphi", "The angle of the valley with the x axis.", unit="°"),
    ] = 25.0
    rosenbrock_k: Annotated[
        float,
        Field(ge=0.1, le=1000),
        _own(SurfaceName.ROSENBROCK, "Steepness", "k", "How steep the walls of the bent valley are.", log=True),
    ] = 100.0
    saddle_q: Annotated[
        float,
        Field(ge=0, le=1),
        _own(SurfaceName.SADDLE, "Rise", "q", "Lifts the far sides; at 0 there is no minimum at all."),
    ] = 0.1
    rastrigin_a: Annotated[
        float,
        Field(ge=0, le=20),
        _own(SurfaceName.RASTRIGIN, "Ripples", "A", "Depth of the many small hollows."),
    ] = 10.0
    ravine_k: Annotated[
        float,
        Field(ge=1, le=1000),
        _own(SurfaceName.RAVINE, "Steepness", "k", "How much steeper the walls are than the floor.", log=True),
    ] = 50.0
    cliff_h: Annotated[
        float,
        Field(ge=0, le=50),
        _own(SurfaceName.CLIFF, "Height", "h", "Height of the wall."),
    ] = 4.0
    cliff_s: Annotated[
        float,
        Field(ge=1, le=100),
        _own(SurfaceName.CLIFF, "Sharpness", "s", "How sudden the wall is.", log=True),
    ] = 12.0
    line_data: Annotated[
        LineData,
        _own(
            SurfaceName.REGRESSION,
            "Data",
            "",
            "Drawn by chance, or the points of an open line panel: its line and the ball's start are then one.",
            more=False,
            names=LINE_DATA_NAMES,
        ),
    ] = LineData.DRAWN
    line_points: Annotated[Points, Field(max_length=MAX_LINE_POINTS), Ui(hidden=True, help="Points followed.")] = ()
    points: Annotated[
        int,
        Field(ge=4, le=1000),
        _own(SurfaceName.REGRESSION, "Points", "n", "How many data points the line is fitted to.", log=True),
    ] = 60
    slope: Annotated[
        float,
        Field(ge=-3, le=3),
        _own(SurfaceName.REGRESSION, "True slope", "", "Slope of the line the data are scattered about."),
    ] = 1.2
    intercept: Annotated[
        float,
        Field(ge=-3, le=3),
        _own(SurfaceName.REGRESSION, "True intercept", "", "Intercept of that line."),
    ] = 0.5
    scatter: Annotated[
        float,
        Field(ge=0, le=3),
        _own(SurfaceName.REGRESSION, "Scatter", "", "Standard deviation of the data about that line."),
    ] = 0.6
    dataset: Annotated[Dataset, _net("Data", "Two classes of points in the plane.")] = Dataset.MOONS
    samples: Annotated[int, Field(ge=20, le=2000), _net("Samples", "Points in the data set.", symbol="n", log=True)] = (
        200
    )
    spread: Annotated[float, Field(ge=0, le=0.5), _net("Data noise", "Standard deviation added to each point.")] = 0.15
    layers: Annotated[int, Field(ge=1, le=3), _net("Hidden layers", "How many hidden layers the network has.")] = 2
    units: Annotated[int, Field(ge=2, le=32), _net("Units per layer", "How many units each hidden layer has.")] = 8
    activation: Annotated[Activation, _net("Activation", "The network's nonlinearity.")] = Activation.TANH
    criterion: Annotated[
        Criterion,
        _net(
            "Loss", "What is averaged over the data.", names={Criterion.LOGISTIC: "logistic", Criterion.MSE: "squared"}
        ),
    ] = Criterion.LOGISTIC
    directions: Annotated[
        Directions,
        Ui(
            "Plane",
            help="Through the trained weights: two random filter-normalised directions (Li et al. 2018), or the two "
            "main directions of the training path (PCA).",
            names={Directions.RANDOM: "random", Directions.PATH: "training path"},
            when=("surface", (SurfaceName.NETWORK,)),
        ),
    ] = Directions.PATH
    plane_reach: Annotated[
        float,
        Field(ge=0.1, le=5),
        _net("Plane's reach", "Random directions are followed from −r to r.", symbol="r", log=True),
    ] = 1.0
    train_steps: Annotated[
        int, Field(ge=20, le=1000), _net("Training steps", "Full-batch steps of Adam that train the network.", log=True)
    ] = 150
    train_lr: Annotated[
        float, Field(ge=1e-4, le=1), _net("Training rate", "Adam's learning rate for training the network.", log=True)
    ] = 0.05

    @field_validator("expression")
    @classmethod
    def _readable(cls, value: str) -> str:
        parse(value)
        return value
