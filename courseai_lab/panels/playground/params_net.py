"""What can be set about the networks and their training."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, field_validator

from courseai_lab.contract import Ui
from courseai_lab.kernels.playground_net import MAX_HIDDEN, MAX_UNITS
from courseai_lab.panels.playground.params_data import DataParams

NETWORK, PENALTY, TRAINING, SCHEDULE = "Network", "Against overfitting", "Training", "Learning-rate schedule"
SECOND, THIRD = "Network B", "Network C"


class Activation(StrEnum):
    """The activation functions, by their names in ``kernels.activation_rows``."""

    TANH = "tanh"
    RELU = "relu"
    SIGMOID = "sigmoid"
    IDENTITY = "identity"
    LEAKY_RELU = "leaky_relu"
    ELU = "elu"
    SELU = "selu"
    GELU = "gelu"
    GELU_TANH = "gelu_tanh"
    SILU = "silu"
    SOFTPLUS = "softplus"
    MISH = "mish"


class LayerActivation(StrEnum):
    """One layer's own activation, or the network's."""

    SAME = "same"
    TANH = "tanh"
    RELU = "relu"
    SIGMOID = "sigmoid"
    IDENTITY = "identity"
    LEAKY_RELU = "leaky_relu"
    ELU = "elu"
    SELU = "selu"
    GELU = "gelu"
    GELU_TANH = "gelu_tanh"
    SILU = "silu"
    SOFTPLUS = "softplus"
    MISH = "mish"


ACTIVATION_NAMES = {
    Activation.RELU: "ReLU",
    Activation.IDENTITY: "none (linear)",
    Activation.LEAKY_RELU: "leaky ReLU",
    Activation.ELU: "ELU",
    Activation.SELU: "SELU",
    Activation.GELU: "GELU",
    Activation.GELU_TANH: "GELU (tanh form)",
    Activation.SILU: "SiLU",
    Activation.MISH: "Mish",
}


class Norm(StrEnum):
    """What is normalised before each activation."""

    NONE = "none"
    BATCH = "batch"
    LAYER = "layer"


class Loss(StrEnum):
    """What is minimised."""

    CROSS_ENTROPY = "cross_entropy"
    SQUARED = "squared"
    ABSOLUTE = "absolute"
    HUBER = "huber"
    HINGE = "hinge"


class Rule(StrEnum):
    """The optimisers, by their names in ``kernels.optimizers``."""

    SGD = "sgd"
    MOMENTUM = "momentum"
    NESTEROV = "nesterov"
    ADAGRAD = "adagrad"
    RMSPROP = "rmsprop"
    ADAM = "adam"
    ADAMW = "adamw"
    AMSGRAD = "amsgrad"
    LION = "lion"


RULE_NAMES = {
    Rule.SGD: "SGD",
    Rule.MOMENTUM: "momentum",
    Rule.NESTEROV: "Nesterov",
    Rule.ADAGRAD: "AdaGrad",
    Rule.RMSPROP: "RMSprop",
    Rule.ADAM: "Adam",
    Rule.ADAMW: "AdamW",
    Rule.AMSGRAD: "AMSGrad",
    Rule.LION: "Lion",
}


class Schedule(StrEnum):
    """The learning-rate schedules, by their names in ``kernels.lr_schedules``."""

    CONSTANT = "constant"
    STEP = "step"
    EXPONENTIAL = "exponential"
    COSINE = "cosine"
    WARMUP_COSINE = "warmup_cosine"


class Compare(StrEnum):
    """How many networks are trained on the same points, from the same seeds."""

    ONE = "one"
    TWO = "two"
    THREE = "three"


def _hidden(label: str, text: str, **ui: Any) -> Any:
    return Ui(label, steer=True, more=True, help=text, **ui)


_TWO: Any = ("compare", (Compare.TWO, Compare.THREE))
_THREE: Any = ("compare", (Compare.THREE,))
_L1_HELP = "Pulls every connection towards zero by the same amount, so that many become exactly zero."
_L2_HELP = "Pulls every connection towards zero in proportion to its size, so that all become small."
Hidden = Annotated[tuple[int, ...], Field(max_length=MAX_HIDDEN)]
Rate = Annotated[float, Field(ge=1e-5, le=10)]
Strength = Annotated[float, Field(ge=0, le=1)]
Share = Annotated[float, Field(ge=0, le=0.9)]


class NetParams(DataParams):
    """The networks, and how they are trained."""

    activation: Annotated[
        Activation,
        Ui("Activation", steer=True, names=ACTIVATION_NAMES, help="What each hidden unit does with its sum."),
    ] = Activation.TANH
    lr: Annotated[Rate, Ui("Learning rate", r"\eta", log=True, steer=True, help="How far each update goes.")] = 0.1
    l1: Annotated[Strength, Ui("L1", r"\lambda_1", log=True, steer=True, help=_L1_HELP)] = 0.0
    l2: Annotated[Strength, Ui("L2", r"\lambda_2", log=True, steer=True, help=_L2_HELP)] = 0.0
    hidden: Annotated[
        Hidden,
        _hidden("Hidden layers", "Units of each hidden layer, such as 4, 2; kept weights stay.", group=NETWORK),
    ] = (4, 2)
    layer_activations: Annotated[
        tuple[LayerActivation, ...],
        Field(max_length=MAX_HIDDEN),
        Ui("Activation by layer", hidden=True, steer=True, help="One for each layer, chosen on the drawing."),
    ] = ()
    norm: Annotated[
        Norm,
        _hidden(
            "Norm",
            "Batch norm pools over the batch, layer norm over a layer's units; before the activation.",
            group=NETWORK,
        ),
    ] = Norm.NONE
    dropout: Annotated[
        Share, _hidden("Dropout", "Share of hidden units silenced at random in each update.", group=PENALTY)
    ] = 0.0
    cut: Annotated[
        bool,
        _hidden("L1 cuts for good", "A connection that L1 has brought to zero stays zero.", group=PENALTY),
    ] = True
    optimizer: Annotated[
        Rule, _hidden("Optimiser", "How a gradient becomes an update.", names=RULE_NAMES, group=TRAINING)
    ] = Rule.SGD
    momentum: Annotated[
        float,
        Field(ge=0, le=0.99),
        _hidden(
            "Momentum",
            "Share of the velocity kept at each update.",
            group=TRAINING,
            when=("optimizer", (Rule.MOMENTUM, Rule.NESTEROV, Rule.RMSPROP)),
        ),
    ] = 0.9
    batch: Annotated[
        int,
        Field(ge=1, le=1000),
        _hidden("Batch size", "Points per update; at most all that are trained on.", log=True, group=TRAINING),
    ] = 10
    loss: Annotated[
        Loss,
        _hidden(
            "Loss",
            "What is minimised; with values, cross-entropy and hinge give way to the squared error.",
            names={Loss.CROSS_ENTROPY: "cross-entropy", Loss.SQUARED: "squared error", Loss.ABSOLUTE: "absolute error"},
            group=TRAINING,
        ),
    ] = Loss.CROSS_ENTROPY
    schedule: Annotated[
        Schedule,
        _hidden(
            "Schedule",
            "How the learning rate changes from epoch to epoch.",
            names={Schedule.WARMUP_COSINE: "warm-up, then cosine"},
            group=SCHEDULE,
        ),
    ] = Schedule.CONSTANT
    period: Annotated[
        int,
        Field(ge=1, le=100_000),
        _hidden(
            "Period",
            "Epochs between drops, or to the end of the cosine.",
            unit="epochs",
            log=True,
            group=SCHEDULE,
            when=("schedule", (Schedule.STEP, Schedule.COSINE, Schedule.WARMUP_COSINE)),
        ),
    ] = 500
    factor: Annotated[
        float,
        Field(ge=0.01, le=1),
        _hidden(
            "Factor",
            "What the rate is multiplied by, at each drop or each epoch.",
            group=SCHEDULE,
            when=("schedule", (Schedule.STEP, Schedule.EXPONENTIAL)),
        ),
    ] = 0.5
    compare: Annotated[
        Compare,
        Ui(
            "Networks",
            more=True,
            names={Compare.ONE: "one", Compare.TWO: "A and B", Compare.THREE: "A, B and C"},
            group=SECOND,
            help="Train up to three side by side, on the same points and from the same first weights.",
        ),
    ] = Compare.ONE
    b_hidden: Annotated[Hidden, _hidden("B: hidden layers", "Units of each.", group=SECOND, when=_TWO)] = (4, 2)
    b_activation: Annotated[
        Activation,
        _hidden("B: activation", "What B's hidden units do.", names=ACTIVATION_NAMES, group=SECOND, when=_TWO),
    ] = Activation.TANH
    b_lr: Annotated[Rate, _hidden("B: learning rate", "How far B's updates go.", log=True, group=SECOND, when=_TWO)] = (
        0.1
    )
    b_l1: Annotated[Strength, _hidden("B: L1", _L1_HELP, log=True, group=SECOND, when=_TWO)] = 0.0
    b_l2: Annotated[Strength, _hidden("B: L2", _L2_HELP, log=True, group=SECOND, when=_TWO)] = 0.0
    b_dropout: Annotated[Share, _hidden("B: dropout", "Share silenced.", group=SECOND, when=_TWO)] = 0.0
    b_norm: Annotated[Norm, _hidden("B: norm", "Before B's activations.", group=SECOND, when=_TWO)] = Norm.NONE
    b_optimizer: Annotated[
        Rule, _hidden("B: optimiser", "How B's gradient becomes an update.", names=RULE_NAMES, group=SECOND, when=_TWO)
    ] = Rule.SGD
    c_hidden: Annotated[
        Hidden, _hidden("C: hidden layers", "Units of each; the rest is as in A.", group=THIRD, when=_THREE)
    ] = (16, 16)

    @field_validator("hidden", "b_hidden", "c_hidden")
    @classmethod
    def _layers(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if any(not 1 <= units <= MAX_UNITS for units in value):
            raise ValueError(f"A hidden layer has 1 to {MAX_UNITS} units.")
        return value
