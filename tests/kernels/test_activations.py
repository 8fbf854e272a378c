"""Activation functions against torch: values by torch.nn.functional, slopes by autograd; layers and chains too."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from courseai_lab.kernels import activations as k
from courseai_lab.kernels.activations import Name, Shape
from courseai_lab.kernels.expression import ExpressionError

SHAPE = Shape(leak=0.2, elu_alpha=1.7, swish_beta=2.5, softplus_beta=0.7, own=k.own_function("x*exp(-x^2) + relu(x)/3"))
ORACLE: dict[Name, Callable[[Tensor], Tensor]] = {
    Name.IDENTITY: lambda z: z * 1,
    Name.SIGMOID: torch.sigmoid,
    Name.TANH: torch.tanh,
    Name.RELU: F.relu,
    Name.LEAKY_RELU: lambda z: F.leaky_relu(z, 0.2),
    Name.ELU: lambda z: F.elu(z, 1.7),
    Name.SELU: F.selu,
    Name.GELU: F.gelu,
    Name.GELU_TANH: lambda z: F.gelu(z, approximate="tanh"),
    Name.SILU: lambda z: z * torch.sigmoid(2.5 * z),
    Name.MISH: F.mish,
    Name.SOFTPLUS: lambda z: F.softplus(z, 0.7, threshold=1000),
    Name.OWN: lambda z: z * torch.exp(-(z**2)) + F.relu(z) / 3,
}


@pytest.mark.parametrize("name", list(Name))
def test_value_and_slope_are_torchs(name: Name) -> None:
    z = np.concatenate([np.linspace(-20, 20, 801), [0.0, -1e-9, 1e-9, 30.0, -30.0]])
    x = torch.tensor(z, requires_grad=True)
    wanted = ORACLE[name](x)
    slope = torch.autograd.grad(wanted.sum(), x)[0]
    value, mine = k.evaluate(name, z, SHAPE)
    np.testing.assert_allclose(value, wanted.detach().numpy(), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(mine, slope.numpy(), rtol=1e-9, atol=1e-12)


def test_plain_silu_is_torchs() -> None:
    z = np.linspace(-9, 9, 101)
    np.testing.assert_allclose(k.evaluate(Name.SILU, z)[0], F.silu(torch.tensor(z)).numpy(), atol=1e-14)


@pytest.mark.parametrize("name", [n for n in Name if n is not Name.OWN])
def test_far_out_nothing_overflows(name: Name) -> None:
    value, slope = k.evaluate(name, np.array([-1e6, -750.0, 750.0, 1e6]), SHAPE)
    assert np.isfinite(value).all() and np.isfinite(slope).all()


def test_tails_keep_their_digits() -> None:
    # sigmoid'(40) = e^-40 to 17 digits; 1 - s(z) would have lost it all.
    assert k.evaluate(Name.SIGMOID, 40.0)[1] == pytest.approx(math.exp(-40), rel=1e-12)
    assert k.evaluate(Name.TANH, 30.0)[1] == pytest.approx(4 * math.exp(-60), rel=1e-12)
    assert k.normal_cdf(-10.0) == pytest.approx(0.5 * math.erfc(10 / math.sqrt(2)), rel=1e-14)


def test_the_gelu_gap_is_small_and_not_nothing() -> None:
    z = np.linspace(-6, 6, 12_001)
    gap = np.abs(k.evaluate(Name.GELU, z)[0] - k.evaluate(Name.GELU_TANH, z)[0])
    exact = F.gelu(torch.tensor(z)) - F.gelu(torch.tensor(z), approximate="tanh")
    assert gap.max() == pytest.approx(float(exact.abs().max()), rel=1e-6)
    assert 4e-4 < gap.max() < 5e-4


def test_steepest_slopes() -> None:
    assert k.steepest(Name.SIGMOID) == 0.25
    assert k.steepest(Name.TANH) == 1.0
    assert k.steepest(Name.LEAKY_RELU, Shape(leak=2.0)) == 2.0
    assert k.steepest(Name.GELU) == pytest.approx(1.1289, abs=1e-4)  # at sqrt 2: Phi(sqrt 2) + sqrt 2 phi(sqrt 2)


def test_own_function_refuses_what_is_no_function_of_x() -> None:
    with pytest.raises(ExpressionError, match="Column 1"):
        k.own_function("y + 1")
    with pytest.raises(ValueError, match="own"):
        k.evaluate(Name.OWN, 1.0)


def test_effect_counts() -> None:
    value, slope = k.evaluate(Name.RELU, np.array([-3.0, -1.0, 0.0, 2.0]))
    seen = k.effect(value, slope, 1.0)
    assert (seen.mean, seen.variance, seen.dead, seen.saturated) == (0.5, 0.75, 0.75, 0.75)
    # Known in closed form: half a standard normal through ReLU has mean 1/sqrt(2 pi) and variance 1/2 - 1/(2 pi).
    z = np.random.default_rng(0).standard_normal(400_000)
    seen = k.effect(*k.evaluate(Name.RELU, z), 1.0)
    assert seen.mean == pytest.approx(1 / math.sqrt(2 * math.pi), abs=4e-3)
    assert seen.variance == pytest.approx(0.5 - 1 / (2 * math.pi), abs=6e-3)
    assert seen.dead == pytest.approx(0.5, abs=4e-3)


@pytest.mark.parametrize("name", [Name.SIGMOID, Name.RELU, Name.GELU, Name.SELU])
def test_layers_are_torchs_forward_and_backward(name: Name) -> None:
    rng = np.random.default_rng(3)
    x, up = rng.standard_normal((2, 20, 8))
    weights = rng.standard_normal((6, 8, 8)) / math.sqrt(8)
    got = k.through_layers(name, x, weights, 0.3, up, SHAPE)
    a = torch.tensor(x, requires_grad=True)
    taken = [a]
    for w in weights:
        taken.append(ORACLE[name](taken[-1] @ torch.tensor(w) + 0.3))
    back = torch.autograd.grad(taken[-1], taken, torch.tensor(up))
    np.testing.assert_allclose(got.mean, [float(t.detach().mean()) for t in taken], rtol=1e-10)
    np.testing.assert_allclose(got.std, [float(t.detach().std(correction=0)) for t in taken], rtol=1e-10)
    np.testing.assert_allclose(got.gradient, [float(g.square().mean().sqrt()) for g in back], rtol=1e-10)


def test_dead_units_need_every_sample_dead() -> None:
    x = np.array([[1.0, -1.0], [1.0, 1.0]])
    got = k.through_layers(Name.RELU, x, np.array([[[-1.0, 0.0], [0.0, 1.0]]]), 0.0, np.ones((2, 2)))
    assert got.dead_units.tolist() == [0.5]
    assert got.saturated.tolist() == [0.75]


def test_the_chains_product_is_the_derivative() -> None:
    x = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    a = x
    for _ in range(12):
        a = torch.tanh(1.3 * a - 0.2)
    got = k.chain(Name.TANH, 0.7, 1.3, -0.2, 12)
    assert got.value[-1] == pytest.approx(float(a.detach()), rel=1e-12)
    assert got.product[-1] == pytest.approx(float(torch.autograd.grad(a, x)[0]), rel=1e-10)
    assert k.chain(Name.SIGMOID, 0.0, 1.0, 0.0, 1).product[-1] == 0.25
