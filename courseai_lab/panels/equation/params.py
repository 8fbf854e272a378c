"""What can be set in the panel. A parameter that is a term of a formula has the term's id as its name."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from courseai_lab.contract import Matrix, Params, Ui
from courseai_lab.kernels.expression import MAX_LENGTH
from courseai_lab.kernels.formula_typed import typed_formula

SIDE = 16
MAX_TOKENS = 6
STREAM_STEPS = 200


class Equation(StrEnum):
    """The formulas."""

    UPDATE = "update"
    MOMENTUM = "momentum"
    ADAM = "adam"
    FORWARD = "forward"
    ATTENTION = "attention"
    SOFTMAX = "softmax"
    CROSS_ENTROPY = "cross_entropy"
    LAYER_NORM = "layer_norm"
    VAE = "vae"
    DPO = "dpo"
    OWN = "own"


EQUATION_NAMES = {
    Equation.UPDATE: "update rule",
    Equation.MOMENTUM: "momentum",
    Equation.ADAM: "Adam",
    Equation.FORWARD: "forward process",
    Equation.ATTENTION: "attention",
    Equation.SOFTMAX: "softmax",
    Equation.CROSS_ENTROPY: "cross-entropy",
    Equation.LAYER_NORM: "LayerNorm",
    Equation.VAE: "VAE bound",
    Equation.DPO: "DPO loss",
    Equation.OWN: "your own",
}


class Stream(StrEnum):
    """Where Adam's gradients come from."""

    NETWORK = "network"
    CONSTANT = "constant"
    NOISY = "noisy"
    ALTERNATING = "alternating"
    SPARSE = "sparse"
    FADING = "fading"


STREAM_NAMES = {Stream.NETWORK: "one weight of a network in training"}
_E = Equation
_DESCENT = (_E.UPDATE, _E.MOMENTUM)
_CLASSES = (_E.SOFTMAX, _E.CROSS_ENTROPY)
_ELEMENT = (*_CLASSES, _E.LAYER_NORM)


def _of(
    *equations: Equation,
    label: str = "",
    symbol: str = "",
    help: str,
    log: bool = False,
    more: bool = False,
    step: float | None = None,
) -> Ui:
    """A control that is shown with these formulas."""
    return Ui(label, symbol, help=help, log=log, more=more, step=step, when=("equation", equations))


def _own(number: int) -> Ui:
    help = "Letters name numbers in the order in which they first appear; the mark says which this is."
    return _of(_E.OWN, label=f"Number {number}", help=help, step=0.1, more=number > 3)


Number = Annotated[float, Field(ge=-10, le=10)]
Logit = Annotated[float, Field(ge=-20, le=20)]


class EquationParams(Params):
    """A formula and the numbers that are put into it."""

    equation: Annotated[Equation, Ui("Formula", names=EQUATION_NAMES, help="The formula that is taken apart.")] = (
        Equation.UPDATE
    )
    typed: Annotated[
        str,
        Field(max_length=MAX_LENGTH),
        _of(
            _E.OWN,
            label="Your formula",
            help=r"TeX such as \frac{a}{1 + e^{-x}}, or plain such as a/(1 + exp(-x)); up to six letters name numbers.",
        ),
    ] = r"\frac{1}{1 + e^{-(w x + b)}}"
    w: Annotated[
        float,
        Field(ge=-6, le=6),
        _of(*_DESCENT, label="Starting weight", symbol="w", help="Where it starts; drag the ball.", step=0.1),
    ] = 4.0
    lr: Annotated[
        float,
        Field(ge=0.001, le=2.5),
        _of(*_DESCENT, label="Learning rate", symbol=r"\eta", help="How much of the gradient a step takes.", log=True),
    ] = 0.3
    momentum: Annotated[
        float,
        Field(ge=0, le=0.99),
        _of(_E.MOMENTUM, label="Momentum", symbol=r"\beta", help="Share of the velocity that each step keeps."),
    ] = 0.9
    taken: Annotated[
        int,
        Field(ge=0, le=60),
        _of(*_DESCENT, label="Updates before", help="How many updates have been made before the one that is shown."),
    ] = 0
    curvature: Annotated[
        float,
        Field(ge=0.1, le=3),
        _of(*_DESCENT, label="Curvature", symbol="k", help="How narrow the valley is.", more=True),
    ] = 1.0
    best: Annotated[
        float,
        Field(ge=-4, le=4),
        _of(*_DESCENT, label="Lowest point", symbol="w^*", help="Where the loss is lowest.", more=True),
    ] = 0.0
    stream: Annotated[
        Stream,
        Ui("Gradients", names=STREAM_NAMES, when=("equation", (_E.ADAM,)), help="The gradients that Adam is given."),
    ] = Stream.NETWORK
    t: Annotated[
        int,
        Field(ge=1, le=STREAM_STEPS),
        _of(_E.ADAM, label="Step", symbol="t", help="The step taken apart; click a curve to choose it."),
    ] = 5
    adam_lr: Annotated[
        float,
        Field(ge=1e-4, le=1),
        _of(_E.ADAM, label="Learning rate", symbol=r"\eta", help="About the size of every step.", log=True),
    ] = 0.02
    beta1: Annotated[
        float,
        Field(ge=0, le=0.999),
        _of(
            _E.ADAM, label="Memory of the mean", symbol=r"\beta_1", help="How long the mean of the gradients remembers."
        ),
    ] = 0.9
    beta2: Annotated[
        float,
        Field(ge=0, le=0.9999),
        _of(
            _E.ADAM, label="Memory of the size", symbol=r"\beta_2", help="How long the mean of their squares remembers."
        ),
    ] = 0.999
    eps: Annotated[
        float,
        Field(ge=1e-10, le=0.1),
        _of(
            _E.ADAM,
            label="Epsilon",
            symbol=r"\varepsilon",
            help="Keeps the division from exploding.",
            log=True,
            more=True,
        ),
    ] = 1e-8
    time: Annotated[
        float,
        Field(ge=0, le=1),
        _of(_E.FORWARD, label="Time", symbol="t/T", help="How far the noising has come.", step=0.01),
    ] = 0.4
    schedule: Annotated[
        Literal["linear", "scaled_linear", "cosine"],
        _of(_E.FORWARD, label="Schedule", help="How fast the image gives way to noise, over 1,000 steps."),
    ] = "linear"
    picture: Annotated[
        Literal["digit", "photograph", "scene"], _of(_E.FORWARD, label="Picture", help="The image that is noised.")
    ] = "digit"
    row: Annotated[int, Field(ge=0, le=SIDE - 1), Ui(hidden=True, help="Row of the marked pixel.")] = 8
    column: Annotated[int, Field(ge=0, le=SIDE - 1), Ui(hidden=True, help="Column of the marked pixel.")] = 8
    q: Annotated[
        Matrix, _of(_E.ATTENTION, label="Queries", symbol="Q", help="One row for each token, at most 6 by 6.")
    ] = ((1.0, 0.0), (0.0, 1.0), (2.0, 1.0))
    k: Annotated[
        Matrix,
        _of(
            _E.ATTENTION,
            label="Keys",
            symbol="K",
            help="One row for each token; what the queries lack in width is left out.",
        ),
    ] = ((1.0, 1.0), (0.0, 2.0), (2.0, -1.0))
    v: Annotated[
        Matrix,
        _of(_E.ATTENTION, label="Values", symbol="V", help="One row for each key; keys without a value are left out."),
    ] = (
        (1.0, 0.0),
        (0.0, 1.0),
        (-1.0, 2.0),
    )
    causal: Annotated[bool, _of(_E.ATTENTION, label="Causal mask", help="No token may look at a later one.")] = False
    query: Annotated[int, Field(ge=0, le=MAX_TOKENS - 1), Ui(hidden=True, help="Row whose numbers are shown.")] = 2
    key: Annotated[int, Field(ge=0, le=MAX_TOKENS - 1), Ui(hidden=True, help="Column whose numbers are shown.")] = 0
    logits: Annotated[
        tuple[Logit, ...],
        Field(min_length=2, max_length=8),
        _of(*_CLASSES, label="Logits", symbol="z", help="One number for each class; drag the bars."),
    ] = (2.0, 1.0, -0.5, 0.3)
    features: Annotated[
        tuple[Logit, ...],
        Field(min_length=2, max_length=8),
        _of(_E.LAYER_NORM, label="Features", symbol="x", help="What comes in for one token; drag the bars."),
    ] = (3.0, -1.0, 0.5, 6.0)
    element: Annotated[
        int,
        Field(ge=1, le=8),
        _of(*_ELEMENT, label="Element", symbol="i", help="Which class or feature the numbers are for; the true class."),
    ] = 1
    temperature: Annotated[
        float,
        Field(ge=0.05, le=10),
        _of(_E.SOFTMAX, label="Temperature", symbol="T", help="Below 1 sharpens, above 1 flattens.", log=True),
    ] = 1.0
    scale: Annotated[
        float, Field(ge=-3, le=3), _of(_E.LAYER_NORM, label="Scale", symbol=r"\gamma", help="Learned factor.", step=0.1)
    ] = 1.0
    shift: Annotated[
        float, Field(ge=-3, le=3), _of(_E.LAYER_NORM, label="Shift", symbol=r"\beta", help="Learned shift.", step=0.1)
    ] = 0.0
    ln_eps: Annotated[
        float,
        Field(ge=1e-8, le=1),
        _of(_E.LAYER_NORM, label="Epsilon", symbol=r"\varepsilon", help="Under the root.", log=True, more=True),
    ] = 1e-5
    observed: Annotated[
        float, Field(ge=-5, le=5), _of(_E.VAE, label="Observation", symbol="x", help="What was seen.", step=0.1)
    ] = 2.0
    latent_mean: Annotated[
        float,
        Field(ge=-4, le=4),
        _of(_E.VAE, label="Encoder's mean", symbol=r"\mu", help="Where the encoder puts z; drag it.", step=0.1),
    ] = 0.6
    latent_std: Annotated[
        float,
        Field(ge=0.05, le=3),
        _of(_E.VAE, label="Encoder's spread", symbol=r"\sigma", help="How unsure the encoder is.", log=True),
    ] = 0.8
    decoder_gain: Annotated[
        float,
        Field(ge=-3, le=3),
        _of(_E.VAE, label="Decoder's gain", symbol="a", help="The decoder expects x near a z.", more=True),
    ] = 1.5
    decoder_noise: Annotated[
        float,
        Field(ge=0.1, le=3),
        _of(_E.VAE, label="Decoder's spread", symbol="s", help="What it allows around that.", log=True, more=True),
    ] = 0.8
    kl_weight: Annotated[
        float,
        Field(ge=0, le=10),
        _of(_E.VAE, label="Weight of the divergence", symbol=r"\beta", help="1 is the bound itself."),
    ] = 1.0
    logp_w: Annotated[
        float,
        Field(ge=-60, le=0),
        _of(_E.DPO, label="Preferred, model", symbol=r"\ln\pi_w", help="Log-probability of the preferred answer."),
    ] = -18.0
    logp_w_ref: Annotated[
        float,
        Field(ge=-60, le=0),
        _of(_E.DPO, label="Preferred, reference", symbol=r"\ln\rho_w", help="The same under the frozen model."),
    ] = -20.0
    logp_l: Annotated[
        float,
        Field(ge=-60, le=0),
        _of(_E.DPO, label="Rejected, model", symbol=r"\ln\pi_l", help="Log-probability of the rejected answer."),
    ] = -21.0
    logp_l_ref: Annotated[
        float,
        Field(ge=-60, le=0),
        _of(_E.DPO, label="Rejected, reference", symbol=r"\ln\rho_l", help="The same under the frozen model."),
    ] = -17.0
    dpo_beta: Annotated[
        float,
        Field(ge=0.01, le=1),
        _of(_E.DPO, label="Beta", symbol=r"\beta", help="How strongly the reference holds the model back.", log=True),
    ] = 0.1
    n1: Annotated[Number, _own(1)] = 1.0
    n2: Annotated[Number, _own(2)] = 1.5
    n3: Annotated[Number, _own(3)] = -0.5
    n4: Annotated[Number, _own(4)] = 1.0
    n5: Annotated[Number, _own(5)] = 1.0
    n6: Annotated[Number, _own(6)] = 1.0
    sweep: Annotated[
        int,
        Field(ge=1, le=6),
        _of(_E.OWN, label="Number along the axis", help="Which of the numbers the curve is drawn over."),
    ] = 2

    @field_validator("typed")
    @classmethod
    def _readable(cls, value: str) -> str:
        typed_formula(value)
        return value

    @model_validator(mode="after")
    def _fits(self) -> EquationParams:
        for name in ("q", "k", "v"):
            rows = getattr(self, name)
            wide = {len(row) for row in rows}
            if not 1 <= len(rows) <= MAX_TOKENS or len(wide) != 1 or not 1 <= min(wide) <= MAX_TOKENS:
                raise ValueError(f"{name} must have 1 to {MAX_TOKENS} rows, all equally long, of at most {MAX_TOKENS}.")
            if any(abs(value) > 100 for row in rows for value in row):
                raise ValueError(f"{name} must hold numbers from -100 to 100.")
        return self

    def numbers(self) -> tuple[float, ...]:
        """The six named numbers."""
        return (self.n1, self.n2, self.n3, self.n4, self.n5, self.n6)


class EquationLook(Params):
    """What is drawn."""

    numbers: Annotated[bool, Ui("Numbers in the formula", help="Show the formula with the numbers put in.")] = True
