"""What can be set about the optimisers: which ones race, and each one's own numbers."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, field_validator

from courseai_lab.contract import Ui
from courseai_lab.kernels.optimizers import OPTIMIZERS, Hyper, hyper_row
from courseai_lab.panels.loss_surface.params_surface import SurfaceParams


class Rule(StrEnum):
    """The optimisers, by their name in the kernels' table."""

    SGD = "sgd"
    MOMENTUM = "momentum"
    NESTEROV = "nesterov"
    ADAGRAD = "adagrad"
    RMSPROP = "rmsprop"
    ADAM = "adam"
    ADAMW = "adamw"
    AMSGRAD = "amsgrad"
    LION = "lion"


RULE_NAMES = {rule: OPTIMIZERS[rule.value].title for rule in Rule}

Rate = Annotated[float, Field(ge=1e-6, le=10)]
Share = Annotated[float, Field(ge=0, le=0.9999)]
Tiny = Annotated[float, Field(ge=1e-12, le=1)]
Decay = Annotated[float, Field(ge=0, le=1)]


def _rate(rule: Rule) -> Ui:
    return Ui(
        f"{RULE_NAMES[rule]} rate",
        r"\eta",
        help=f"Learning rate of {RULE_NAMES[rule]}.",
        log=True,
        when=("optimizers", (rule,)),
    )


def _own(rule: Rule, label: str, symbol: str, help: str, *, log: bool = False, more: bool = True) -> Ui:
    group = RULE_NAMES[rule] if more else ""
    label = label if more else f"{RULE_NAMES[rule]} {label[0].lower()}{label[1:]}"
    return Ui(label, symbol, help=help, log=log, more=more, group=group, when=("optimizers", (rule,)))


def _mu(rule: Rule, *, more: bool = False) -> Ui:
    return _own(rule, "Memory", r"\mu", "Share of the velocity that is kept from step to step.", more=more)


def _beta(rule: Rule, which: int) -> Ui:
    if which == 1:
        return _own(rule, "First memory", r"\beta_1", "Share of the averaged gradient that is kept.")
    what = "averaged gradient" if rule is Rule.LION else "averaged squared gradient"
    return _own(rule, "Second memory", r"\beta_2", f"Share of the {what} that is kept.")


def _eps(rule: Rule) -> Ui:
    return _own(rule, "Floor", r"\epsilon", "Keeps the division finite where gradients are tiny.", log=True)


def _decay(rule: Rule) -> Ui:
    if OPTIMIZERS[rule.value].decay == "L2":
        return _own(rule, "Weight decay", r"\lambda", "L2: added to the gradient, so it goes through the memories.")
    return _own(rule, "Weight decay", r"\lambda", "Decoupled: taken from the weights, beside the gradient.")


class RuleParams(SurfaceParams):
    """The optimisers that race, and their numbers."""

    optimizers: Annotated[
        tuple[Rule, ...],
        Field(min_length=1, max_length=len(Rule)),
        Ui("Optimisers", names=RULE_NAMES, help="They start together, from where the ball is dropped."),
    ] = (Rule.SGD, Rule.MOMENTUM, Rule.ADAM)
    lr_sgd: Annotated[Rate, _rate(Rule.SGD)] = 0.15
    lr_momentum: Annotated[Rate, _rate(Rule.MOMENTUM)] = 0.03
    mu_momentum: Annotated[Share, _mu(Rule.MOMENTUM)] = 0.85
    lr_nesterov: Annotated[Rate, _rate(Rule.NESTEROV)] = 0.03
    mu_nesterov: Annotated[Share, _mu(Rule.NESTEROV)] = 0.85
    lr_adagrad: Annotated[Rate, _rate(Rule.ADAGRAD)] = 0.8
    lr_rmsprop: Annotated[Rate, _rate(Rule.RMSPROP)] = 0.05
    lr_adam: Annotated[Rate, _rate(Rule.ADAM)] = 0.1
    lr_adamw: Annotated[Rate, _rate(Rule.ADAMW)] = 0.1
    lr_amsgrad: Annotated[Rate, _rate(Rule.AMSGRAD)] = 0.1
    lr_lion: Annotated[Rate, _rate(Rule.LION)] = 0.05
    alpha_rmsprop: Annotated[
        Share, _own(Rule.RMSPROP, "Memory of squares", r"\alpha", "Share of the averaged squared gradient kept.")
    ] = 0.9
    mu_rmsprop: Annotated[Share, _mu(Rule.RMSPROP, more=True)] = 0.0
    beta1_adam: Annotated[Share, _beta(Rule.ADAM, 1)] = 0.9
    beta2_adam: Annotated[Share, _beta(Rule.ADAM, 2)] = 0.999
    beta1_adamw: Annotated[Share, _beta(Rule.ADAMW, 1)] = 0.9
    beta2_adamw: Annotated[Share, _beta(Rule.ADAMW, 2)] = 0.999
    beta1_amsgrad: Annotated[Share, _beta(Rule.AMSGRAD, 1)] = 0.9
    beta2_amsgrad: Annotated[Share, _beta(Rule.AMSGRAD, 2)] = 0.999
    beta1_lion: Annotated[Share, _beta(Rule.LION, 1)] = 0.9
    beta2_lion: Annotated[Share, _beta(Rule.LION, 2)] = 0.99
    eps_adagrad: Annotated[Tiny, _eps(Rule.ADAGRAD)] = 1e-10
    eps_rmsprop: Annotated[Tiny, _eps(Rule.RMSPROP)] = 1e-8
    eps_adam: Annotated[Tiny, _eps(Rule.ADAM)] = 1e-8
    eps_adamw: Annotated[Tiny, _eps(Rule.ADAMW)] = 1e-8
    eps_amsgrad: Annotated[Tiny, _eps(Rule.AMSGRAD)] = 1e-8
    decay_sgd: Annotated[Decay, _decay(Rule.SGD)] = 0.0
    decay_momentum: Annotated[Decay, _decay(Rule.MOMENTUM)] = 0.0
    decay_nesterov: Annotated[Decay, _decay(Rule.NESTEROV)] = 0.0
    decay_adagrad: Annotated[Decay, _decay(Rule.ADAGRAD)] = 0.0
    decay_rmsprop: Annotated[Decay, _decay(Rule.RMSPROP)] = 0.0
    decay_adam: Annotated[Decay, _decay(Rule.ADAM)] = 0.0
    decay_adamw: Annotated[Decay, _decay(Rule.ADAMW)] = 0.01
    decay_amsgrad: Annotated[Decay, _decay(Rule.AMSGRAD)] = 0.0
    decay_lion: Annotated[Decay, _decay(Rule.LION)] = 0.0

    @field_validator("optimizers")
    @classmethod
    def _each_once(cls, value: tuple[Rule, ...]) -> tuple[Rule, ...]:
        return tuple(rule for rule in Rule if rule in value)

    def hyper(self, rule: Rule, factor: float = 1.0) -> Hyper:
        """The hyperparameters of one optimiser as the kernels take them, its rate times ``factor``."""
        values: dict[str, float] = {"lr": factor * getattr(self, f"lr_{rule.value}")}
        for name in OPTIMIZERS[rule.value].symbols:
            for field in _FIELDS.get((rule, name), (f"{_PREFIX.get(name, name)}_{rule.value}",)):
                if name != "lr":
                    values[name] = getattr(self, field)
        return hyper_row(rule.value, **values)


_PREFIX = {"weight_decay": "decay"}
_FIELDS = {
    (Rule.MOMENTUM, "beta1"): ("mu_momentum",),
    (Rule.NESTEROV, "beta1"): ("mu_nesterov",),
    (Rule.RMSPROP, "beta1"): ("mu_rmsprop",),
    (Rule.RMSPROP, "beta2"): ("alpha_rmsprop",),
}
