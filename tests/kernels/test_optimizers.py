"""The optimisers against torch.optim step for step, Lion against its paper, clipping against torch.nn.utils."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from courseai_lab.kernels.optimizers import (
    HYPER,
    OPTIMIZERS,
    clip_by_norm,
    clip_by_value,
    clip_in_place,
    hyper_row,
    nesterov_base,
    update_all,
)

STEPS = 60


def gradient(theta: np.ndarray, t: int) -> np.ndarray:
    """A bent, changing slope, so that every state has something to remember."""
    return np.array([3.0, 0.2, -1.0]) * theta + np.sin(theta * 2.0 + 0.3 * t)


def run(name: str, h: tuple[float, ...], start: np.ndarray) -> np.ndarray:
    theta, state, path = start.copy(), (np.zeros(3), np.zeros(3), np.zeros(3)), []
    for t in range(1, STEPS + 1):
        theta, state = OPTIMIZERS[name].update(theta, gradient(theta, t), state, t, h)
        path.append(theta)
    return np.array(path)


def torch_path(make, start: np.ndarray) -> np.ndarray:
    theta = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer, path = make([theta]), []
    for t in range(1, STEPS + 1):
        theta.grad = torch.tensor(gradient(theta.detach().numpy(), t))
        optimizer.step()
        path.append(theta.detach().numpy().copy())
    return np.array(path)


START = np.array([1.5, -2.0, 0.7])
ADAM = {"lr": 0.05, "beta1": 0.8, "beta2": 0.95, "eps": 1e-6}
CASES = {
    "sgd": ({"lr": 0.1}, lambda p, wd: torch.optim.SGD(p, lr=0.1, weight_decay=wd)),
    "momentum": (
        {"lr": 0.05, "beta1": 0.85},
        lambda p, wd: torch.optim.SGD(p, lr=0.05, momentum=0.85, weight_decay=wd),
    ),
    "nesterov": (
        {"lr": 0.05, "beta1": 0.85},
        lambda p, wd: torch.optim.SGD(p, lr=0.05, momentum=0.85, nesterov=True, weight_decay=wd),
    ),
    "adagrad": ({"lr": 0.2, "eps": 1e-9}, lambda p, wd: torch.optim.Adagrad(p, lr=0.2, eps=1e-9, weight_decay=wd)),
    "rmsprop": (
        {"lr": 0.03, "beta1": 0.3, "beta2": 0.9, "eps": 1e-7},
        lambda p, wd: torch.optim.RMSprop(p, lr=0.03, alpha=0.9, momentum=0.3, eps=1e-7, weight_decay=wd),
    ),
    "adam": (ADAM, lambda p, wd: torch.optim.Adam(p, lr=0.05, betas=(0.8, 0.95), eps=1e-6, weight_decay=wd)),
    "adamw": (ADAM, lambda p, wd: torch.optim.AdamW(p, lr=0.05, betas=(0.8, 0.95), eps=1e-6, weight_decay=wd)),
    "amsgrad": (
        ADAM,
        lambda p, wd: torch.optim.Adam(p, lr=0.05, betas=(0.8, 0.95), eps=1e-6, weight_decay=wd, amsgrad=True),
    ),
}


@pytest.mark.parametrize("decay", [0.0, 0.1])
@pytest.mark.parametrize("name", CASES)
def test_equal_to_torch_step_for_step(name: str, decay: float) -> None:
    values, make = CASES[name]
    ours = run(name, hyper_row(name, **values, weight_decay=decay), START)
    np.testing.assert_allclose(ours, torch_path(lambda p: make(p, decay), START), rtol=0, atol=1e-10)


@pytest.mark.parametrize("name", CASES)
def test_defaults_are_torch_s(name: str) -> None:
    kinds = {"sgd": torch.optim.SGD, "momentum": torch.optim.SGD, "nesterov": torch.optim.SGD}
    kinds |= {"adagrad": torch.optim.Adagrad, "rmsprop": torch.optim.RMSprop, "adam": torch.optim.Adam}
    kinds |= {"adamw": torch.optim.AdamW, "amsgrad": torch.optim.Adam}
    default = kinds[name]([torch.zeros(1)]).defaults if name not in ("sgd", "momentum", "nesterov") else {}
    row = dict(zip(HYPER, OPTIMIZERS[name].defaults, strict=True))
    for ours, theirs in (("lr", "lr"), ("eps", "eps"), ("weight_decay", "weight_decay"), ("beta2", "alpha")):
        if theirs in default:
            assert row[ours] == default[theirs], ours
    if "betas" in default:
        assert (row["beta1"], row["beta2"]) == default["betas"]


def test_lion_is_the_paper_s_algorithm_2() -> None:
    """Written out number by number from Chen et al. (2023)."""
    lr, beta1, beta2, lam = 0.02, 0.9, 0.99, 0.1
    theta, m, path = list(START), [0.0, 0.0, 0.0], []
    for t in range(1, STEPS + 1):
        g = gradient(np.array(theta), t)
        for i in range(3):
            c = beta1 * m[i] + (1 - beta1) * g[i]
            direction = 1.0 if c > 0 else -1.0 if c < 0 else 0.0
            theta[i] -= lr * (direction + lam * theta[i])
            m[i] = beta2 * m[i] + (1 - beta2) * g[i]
        path.append(list(theta))
    row = hyper_row("lion", lr=lr, beta1=beta1, beta2=beta2, weight_decay=lam)
    np.testing.assert_allclose(run("lion", row, START), path, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_compiled_update_equals_the_formula(name: str) -> None:
    values = {"lr": 0.03} | ({"weight_decay": 0.05} if "weight_decay" in OPTIMIZERS[name].symbols else {})
    h = hyper_row(name, **values)
    theta, state = START.copy(), np.zeros((3, 3))
    plain = run(name, h, START)
    for t in range(1, STEPS + 1):
        update_all(OPTIMIZERS[name].code, theta, gradient(theta, t), state, t, np.array(h))
        np.testing.assert_allclose(theta, plain[t - 1], rtol=0, atol=1e-12)


def test_codes_are_the_table_s_order() -> None:
    assert [row.code for row in OPTIMIZERS.values()] == list(range(9))


@pytest.mark.parametrize("name", ["adagrad", "rmsprop", "adam", "adamw", "amsgrad"])
def test_effective_rate_is_step_over_averaged_gradient(name: str) -> None:
    h = hyper_row(name, lr=0.03, weight_decay=0.0)
    theta, state = START, (np.zeros(3), np.zeros(3), np.zeros(3))
    row = OPTIMIZERS[name]
    for t in range(1, 6):
        g = gradient(theta, t)
        after, state = row.update(theta, g, state, t, h)
        averaged = state[0] / (1 - h[1] ** t) if row.velocity == 0 else g
        np.testing.assert_allclose((theta - after) / averaged, row.rate(after, g, state, t, h), rtol=1e-9)
        theta = after


def test_nesterov_base_point_follows_sutskever() -> None:
    """phi and v of Sutskever et al. (2013), equations 3 and 4, run beside torch's variable."""
    lr, mu = 0.05, 0.85
    h = hyper_row("nesterov", lr=lr, beta1=mu)
    phi, v = START.copy(), np.zeros(3)
    theta, state = START, (np.zeros(3), np.zeros(3), np.zeros(3))
    for t in range(1, 20):
        v = mu * v - lr * gradient(phi + mu * v, t)
        phi = phi + v
        theta, state = OPTIMIZERS["nesterov"].update(theta, gradient(theta, t), state, t, h)
        np.testing.assert_allclose(nesterov_base(theta, state[0], lr, mu), phi, atol=1e-12)


@pytest.mark.parametrize("limit", [0.5, 3.0, 50.0])
def test_clipping_equals_torch(limit: float) -> None:
    g = np.array([3.0, -4.0, 0.1])
    by_value, by_norm = torch.zeros(3, dtype=torch.float64), torch.zeros(3, dtype=torch.float64)
    for parameter in (by_value, by_norm):
        parameter.grad = torch.tensor(g)
    torch.nn.utils.clip_grad_value_([by_value], limit)
    torch.nn.utils.clip_grad_norm_([by_norm], limit)
    np.testing.assert_allclose(clip_by_value(g, limit), by_value.grad.numpy(), atol=1e-12)
    np.testing.assert_allclose(clip_by_norm(g, limit), by_norm.grad.numpy(), atol=1e-12)
    first, second = g.copy(), g.copy()
    clip_in_place(first, limit, 0.0)
    clip_in_place(second, 0.0, limit)
    np.testing.assert_allclose(first, clip_by_value(g, limit), atol=1e-15)
    np.testing.assert_allclose(second, clip_by_norm(g, limit), atol=1e-15)


def test_bad_names_are_refused_with_what_would_be_right() -> None:
    with pytest.raises(ValueError, match="choose one of sgd, momentum"):
        hyper_row("sdg")
    with pytest.raises(ValueError, match="SGD has no 'beta1'; it takes lr, weight_decay"):
        hyper_row("sgd", beta1=0.9)
