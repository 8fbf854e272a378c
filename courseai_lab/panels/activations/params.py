"""What can be set in the panel."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, field_validator

from courseai_lab.contract import Params, Ui
from courseai_lab.kernels.activations import Name, Shape, own_function
from courseai_lab.kernels.expression import MAX_LENGTH

NAMES = {
    Name.IDENTITY: "none (identity)",
    Name.SIGMOID: "sigmoid",
    Name.TANH: "tanh",
    Name.RELU: "ReLU",
    Name.LEAKY_RELU: "leaky ReLU",
    Name.ELU: "ELU",
    Name.SELU: "SELU",
    Name.GELU: "GELU",
    Name.GELU_TANH: "GELU (tanh)",
    Name.SILU: "SiLU / Swish",
    Name.MISH: "Mish",
    Name.SOFTPLUS: "softplus",
    Name.OWN: "your own",
}


class Page(StrEnum):
    """What is looked at."""

    CURVES = "curves"
    DISTRIBUTION = "distribution"
    LAYERS = "layers"
    CHAIN = "chain"
    GUIDE = "guide"


class Kind(StrEnum):
    """Shapes of the input distribution, each scaled to the chosen mean and standard deviation."""

    NORMAL = "normal"
    UNIFORM = "uniform"
    TWO_PEAKS = "two_peaks"
    SKEWED = "skewed"
    HEAVY = "heavy"


KIND_NAMES = {
    Kind.NORMAL: "normal",
    Kind.UNIFORM: "uniform",
    Kind.TWO_PEAKS: "two peaks",
    Kind.SKEWED: "skewed (exponential)",
    Kind.HEAVY: "heavy tails (Laplace)",
}
ONE_NEURON = (Page.CURVES, Page.DISTRIBUTION, Page.CHAIN)
WITH_BIAS = (*ONE_NEURON, Page.LAYERS)
WITH_INPUT = (Page.CURVES, Page.CHAIN)
WITH_SAMPLES = (Page.DISTRIBUTION, Page.LAYERS)
DEEP = (Page.LAYERS, Page.CHAIN)


def _of(name: Name, label: str, symbol: str, help: str, *, log: bool = False) -> Ui:
    """The control of a number that belongs to one function: shown while that function is."""
    return Ui(label, symbol, help=help, log=log, when=("functions", (name,)))


class ActivationParams(Params):
    """Activation functions: which, on what neuron, and what is looked at."""

    page: Annotated[
        Page,
        Ui(
            "Look at",
            help="Curves and slopes, samples through one neuron, many layers, one chain, or when to use which.",
        ),
    ] = Page.CURVES
    functions: Annotated[
        tuple[Name, ...],
        Field(min_length=1, max_length=len(Name)),
        Ui("Functions", names=NAMES, help="Each can be switched on and off; all that are on are compared."),
    ] = (Name.SIGMOID, Name.TANH, Name.RELU)
    x: Annotated[
        float,
        Field(ge=-6, le=6),
        Ui("Input", "x", step=0.1, when=("page", WITH_INPUT), help="The input read off; drag it on the picture."),
    ] = 1.0
    weight: Annotated[
        float,
        Field(ge=-5, le=5),
        Ui(
            "Weight",
            "w",
            step=0.1,
            when=("page", ONE_NEURON),
            help="Multiplies the input: a large weight squeezes the curve, a negative one mirrors it.",
        ),
    ] = 1.0
    bias: Annotated[
        float,
        Field(ge=-8, le=8),
        Ui(
            "Bias",
            "b",
            step=0.1,
            when=("page", WITH_BIAS),
            help="Added before the function: moves the curve sideways, by −b/w.",
        ),
    ] = 0.0
    distribution: Annotated[
        Kind,
        Ui("Inputs", names=KIND_NAMES, when=("page", WITH_SAMPLES), help="The distribution the inputs are drawn from."),
    ] = Kind.NORMAL
    mean: Annotated[
        float,
        Field(ge=-5, le=5),
        Ui("Mean of the inputs", r"\mu", step=0.1, when=("page", WITH_SAMPLES), help="Where the inputs lie."),
    ] = 0.0
    std: Annotated[
        float,
        Field(ge=0.05, le=10),
        Ui(
            "Spread of the inputs",
            r"\sigma",
            log=True,
            when=("page", WITH_SAMPLES),
            help="Standard deviation of the inputs.",
        ),
    ] = 1.0
    layers: Annotated[
        int,
        Field(ge=1, le=50),
        Ui("Layers", "k", when=("page", DEEP), help="How many layers, or neurons in the chain, follow each other."),
    ] = 20
    gain: Annotated[
        float,
        Field(ge=0.1, le=4),
        Ui(
            "Gain of the weights",
            "g",
            log=True,
            when=("page", (Page.LAYERS,)),
            help="Weights are drawn with standard deviation g/√width: 1 is Xavier's and LeCun's choice, √2 is He's.",
        ),
    ] = 1.0
    width: Annotated[
        int,
        Field(ge=8, le=256),
        Ui("Units in a layer", log=True, more=True, when=("page", (Page.LAYERS,)), help="How wide every layer is."),
    ] = 64
    own: Annotated[
        str,
        Field(max_length=MAX_LENGTH),
        Ui(
            "Your own f(x)",
            when=("functions", (Name.OWN,)),
            help="A function of x, such as x*sigmoid(2*x) or max(x, x^3/9).",
        ),
    ] = "x*sigmoid(x) - sin(3*x)/5"
    leak: Annotated[
        float,
        Field(ge=-0.5, le=1),
        _of(Name.LEAKY_RELU, "Leaky ReLU's slope", r"\alpha", "Slope left of the hinge: 0 is ReLU, 1 a straight line."),
    ] = 0.1
    elu_alpha: Annotated[
        float,
        Field(ge=0.1, le=3),
        _of(Name.ELU, "ELU's floor", r"\alpha", "Far to the left ELU goes to minus this."),
    ] = 1.0
    swish_beta: Annotated[
        float,
        Field(ge=0, le=10),
        _of(
            Name.SILU,
            "Swish's beta",
            r"\beta",
            "1 is SiLU, 0 a straight line of slope 1/2, large values approach ReLU.",
        ),
    ] = 1.0
    softplus_beta: Annotated[
        float,
        Field(ge=0.1, le=10),
        _of(
            Name.SOFTPLUS,
            "Softplus' beta",
            r"\beta",
            "The larger, the sharper the bend and the closer to ReLU.",
            log=True,
        ),
    ] = 1.0

    @field_validator("functions")
    @classmethod
    def _each_once(cls, value: tuple[Name, ...]) -> tuple[Name, ...]:
        return tuple(name for name in Name if name in value)

    @field_validator("own")
    @classmethod
    def _readable(cls, value: str) -> str:
        own_function(value)
        return value

    def shape(self) -> Shape:
        """The functions' parameters as the kernel takes them."""
        return Shape(self.leak, self.elu_alpha, self.swish_beta, self.softplus_beta, own_function(self.own))


class ActivationLook(Params):
    """What is drawn."""

    tangents: Annotated[bool, Ui("Tangents", help="Draw the slope at the input as a short straight line.")] = True
