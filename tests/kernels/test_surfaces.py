"""Surfaces against autograd of independently written formulas, known minima, and curvature by finite differences."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from courseai_lab.kernels.expression import parse
from courseai_lab.kernels.race import regression_moments
from courseai_lab.kernels.surfaces import (
    CUSTOM,
    SURFACES,
    expression_args,
    heights,
    quadratic_curvatures,
    surface_args,
    value_and_gradient,
)

U = np.array([-1.0, -0.3, 0.4, 1.2, 2.0])
V = np.array([0.1, 0.9, 1.4, 2.0, 3.3])
TURN = 0.4


def bowl(x, y):
    turn = torch.tensor([[math.cos(TURN), math.sin(TURN)], [-math.sin(TURN), math.cos(TURN)]], dtype=torch.float64)
    z = torch.stack([x, y])
    return 0.5 * z @ turn.T @ torch.diag(torch.tensor([1.0, 10.0], dtype=torch.float64)) @ turn @ z


ORACLES = {
    "regression": lambda w, b: ((w * torch.tensor(U) + b - torch.tensor(V)) ** 2).mean(),
    "quadratic": bowl,
    "rosenbrock": lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2,
    "himmelblau": lambda x, y: (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2,
    "beale": lambda x, y: sum((c - x + x * y**k) ** 2 for c, k in ((1.5, 1), (2.25, 2), (2.625, 3))),
    "booth": lambda x, y: (x + 2 * y - 7) ** 2 + (2 * x + y - 5) ** 2,
    "saddle": lambda x, y: x**2 - y**2 + 0.1 * y**4,
    "rastrigin": lambda x, y: 20 + sum(z**2 - 10 * torch.cos(2 * torch.pi * z) for z in (x, y)),
    "ackley": lambda x, y: (
        20
        + math.e
        - 20 * torch.exp(-0.2 * torch.sqrt((x**2 + y**2) / 2))
        - torch.exp((torch.cos(2 * torch.pi * x) + torch.cos(2 * torch.pi * y)) / 2)
    ),
    "ravine": lambda x, y: (x**2 + 50 * (y - torch.sin(x)) ** 2) / 2,
    "cliff": lambda x, y: (x**2 + y**2) / 10 + 2 * (1 + torch.tanh(12 * (x - 1))),
}


def args_of(name: str):
    return surface_args(name, regression_moments(U, V) if name == "regression" else None)


@pytest.mark.parametrize("name", SURFACES)
def test_value_and_gradient_equal_autograd(name: str) -> None:
    x0, x1, y0, y1 = SURFACES[name].domain
    for x, y in np.random.default_rng(3).uniform((x0, y0), (x1, y1), (25, 2)):
        point = torch.tensor([x, y], dtype=torch.float64, requires_grad=True)
        expected = ORACLES[name](point[0], point[1])
        expected.backward()
        value, slope = value_and_gradient(args_of(name), x, y)
        assert value == pytest.approx(expected.item(), rel=1e-10, abs=1e-10)
        np.testing.assert_allclose(slope, point.grad.numpy(), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", SURFACES)
def test_known_minima_are_minima(name: str) -> None:
    args = args_of(name)
    minima = SURFACES[name].minima(args.p)
    assert len(minima) >= 1
    for x, y in minima:
        value, slope = value_and_gradient(args, x, y)
        np.testing.assert_allclose(slope, 0.0, atol=1e-9)
        for angle in np.linspace(0, 2 * np.pi, 12, endpoint=False):
            near, _ = value_and_gradient(args, x + 1e-3 * np.cos(angle), y + 1e-3 * np.sin(angle))
            assert near > value


@pytest.mark.parametrize("name", SURFACES)
def test_heights_are_the_values_on_the_grid(name: str) -> None:
    x0, x1, y0, y1 = SURFACES[name].domain
    xs, ys = np.linspace(x0, x1, 7), np.linspace(y0, y1, 5)
    args = args_of(name)
    grid = heights(args, xs, ys)
    assert grid.shape == (5, 7)
    np.testing.assert_array_equal(grid, [[value_and_gradient(args, x, y)[0] for x in xs] for y in ys])


@pytest.mark.parametrize("name", SURFACES)
def test_start_lies_in_the_domain_and_above_the_minimum(name: str) -> None:
    kind, args = SURFACES[name], args_of(name)
    x0, x1, y0, y1 = kind.domain
    assert x0 < kind.start[0] < x1 and y0 < kind.start[1] < y1
    lowest = min(value_and_gradient(args, *at)[0] for at in kind.minima(args.p))
    assert value_and_gradient(args, *kind.start)[0] > lowest


@pytest.mark.parametrize("name", ["quadratic", "regression", "booth"])
def test_curvatures_are_the_hessian_s_eigenvalues(name: str) -> None:
    args = args_of(name)
    step = 1e-4
    columns = [
        (value_and_gradient(args, 0.3 + a, 0.2 + b)[1] - value_and_gradient(args, 0.3 - a, 0.2 - b)[1]) / (2 * step)
        for a, b in ((step, 0.0), (0.0, step))
    ]
    assert quadratic_curvatures(args) == pytest.approx(np.linalg.eigvalsh(np.array(columns)), rel=1e-6)
    assert quadratic_curvatures(surface_args("beale")) is None


def test_surfaces_without_a_minimum_say_so_by_an_empty_list() -> None:
    assert SURFACES["saddle"].minima(np.array([0.0])).shape == (0, 2)
    flat = regression_moments(np.ones(4), V[:4])
    assert SURFACES["regression"].minima(flat).shape == (0, 2)


def test_codes_are_the_table_s_order() -> None:
    assert [kind.code for kind in SURFACES.values()] == list(range(CUSTOM))


def test_a_typed_surface_has_its_heights() -> None:
    args = expression_args(parse("x^2 + 3*y"))
    np.testing.assert_allclose(heights(args, np.array([1.0, 2.0]), np.array([0.0, 1.0])), [[1, 4], [4, 7]])
