"""Every number of the formulas taken apart against torch or a closed form; their TeX says what they compute."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from courseai_lab.kernels import formula_sheets as fs
from courseai_lab.kernels import formula_sheets_nets as fn
from courseai_lab.kernels import gradient_streams as gs
from courseai_lab.kernels.expression import Const, parse
from courseai_lab.kernels.formula_parts import (
    Sheet,
    bare,
    expanded,
    number_tex,
    pack,
    steps,
    unpack,
    with_numbers,
    written,
)
from courseai_lab.kernels.formula_tex import plain_from_tex


def value(sheet: Sheet, id: str) -> np.ndarray:
    return next(part.value for part in sheet if part.id == id)


Z = np.array([2.0, 1.0, -0.5, 0.3])
QKV = tuple(np.random.default_rng(k).standard_normal((4, 3)) for k in range(3))


def test_update_rule_is_torchs() -> None:
    w = torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.SGD([w], lr=0.4)
    (0.5 * 1.5 * (w - 0.5) ** 2).backward()
    sheet = fs.update_rule(3.0, 0.4, 1.5, 0.5)
    assert value(sheet, "g") == pytest.approx(float(w.grad), rel=1e-12)
    optimiser.step()
    assert value(sheet, "new") == pytest.approx(w.item(), rel=1e-12)


def test_momentum_is_torchs_over_many_updates() -> None:
    w = torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.SGD([w], lr=0.1, momentum=0.9)
    seen = [w.item()]
    for _ in range(20):
        optimiser.zero_grad()
        (0.5 * 1.5 * (w - 0.5) ** 2).backward()
        optimiser.step()
        seen.append(w.item())
    weights, velocities = fs.descend(3.0, 0.1, 0.9, 1.5, 0.5, 20)
    np.testing.assert_allclose(weights, seen, rtol=1e-10)
    sheet = fs.momentum(weights[7], velocities[7], 0.1, 0.9, 1.5, 0.5)
    assert value(sheet, "new") == pytest.approx(seen[8], rel=1e-10)
    assert value(sheet, "velocity") == pytest.approx(velocities[8], rel=1e-10)


@pytest.mark.parametrize("stream", [*gs.STREAMS])
def test_adams_components_are_torchs(stream: str) -> None:
    g = gs.STREAMS[stream](40, np.random.default_rng(1))
    made = fs.adam_stream(g, 0.03, 0.8, 0.99, 1e-8)
    w = torch.zeros((), dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.Adam([w], lr=0.03, betas=(0.8, 0.99), eps=1e-8)
    before = 0.0
    for k, gradient in enumerate(g):
        w.grad = torch.tensor(gradient)
        optimiser.step()
        state = optimiser.state[w]
        assert made["m"][k] == pytest.approx(state["exp_avg"].item(), abs=1e-12)
        assert made["v"][k] == pytest.approx(state["exp_avg_sq"].item(), abs=1e-12)
        m0, v0 = (made["m"][k - 1], made["v"][k - 1]) if k else (0.0, 0.0)
        sheet = fs.adam(before, float(gradient), m0, v0, k + 1, 0.03, 0.8, 0.99, 1e-8)
        assert value(sheet, "new") == pytest.approx(w.item(), abs=1e-10)
        for id in ("m", "v", "m_hat", "v_hat", "root", "step"):
            assert value(sheet, id) == pytest.approx(made[id][k], abs=1e-12)
        before = w.item()


def test_the_networks_stream_is_a_real_training() -> None:
    g, weight = gs.network_stream(25, 0.05, 0.9, 0.999, 1e-8, np.random.default_rng(7))
    rng = np.random.default_rng(7)
    start, x, y = gs.network_start(rng)
    theta = [torch.tensor(p, requires_grad=True) for p in start]
    optimiser = torch.optim.Adam(theta, lr=0.05)
    for k in range(25):
        batch = rng.integers(0, len(x), gs.BATCH)
        optimiser.zero_grad()
        h = torch.tanh(torch.tensor(x[batch]) @ theta[0] + theta[1])
        F.binary_cross_entropy_with_logits(h @ theta[2] + theta[3], torch.tensor(y[batch])).backward()
        assert g[k] == pytest.approx(theta[0].grad[0, 0].item(), rel=1e-7, abs=1e-12)
        assert weight[k] == pytest.approx(theta[0][0, 0].item(), rel=1e-8)
        optimiser.step()


def test_forward_process_is_diffusers() -> None:
    from diffusers import DDPMScheduler

    scheduler = DDPMScheduler(1000, beta_schedule="linear")
    x0, eps = np.random.default_rng(0).standard_normal((2, 5, 4))
    noised = scheduler.add_noise(torch.tensor(x0), torch.tensor(eps), torch.tensor([300])).numpy()
    sheet = fs.forward_process(x0, eps, float(scheduler.alphas_cumprod[300]), (2, 1))
    np.testing.assert_allclose(value(sheet, "xt"), noised, atol=1e-6)
    assert sheet[-1].number == value(sheet, "xt")[2, 1]


def test_softmax_and_cross_entropy_are_torchs() -> None:
    z = torch.tensor(Z)
    np.testing.assert_allclose(value(fn.softmax(Z, 0.7, 1), "p"), torch.softmax(z / 0.7, 0).numpy(), rtol=1e-12)
    sheet = fn.cross_entropy(Z, 2)
    assert value(sheet, "loss") == pytest.approx(F.cross_entropy(z[None], torch.tensor([2])).item(), rel=1e-12)
    assert value(sheet, "log_sum") == pytest.approx(torch.logsumexp(z, 0).item(), rel=1e-12)
    assert np.isfinite(value(fn.softmax(np.array([20.0, -20.0]), 0.05, 0), "p")).all()


def test_layer_norm_is_torchs() -> None:
    ones = torch.ones(4, dtype=torch.float64)
    wanted = F.layer_norm(torch.tensor(Z), (4,), ones * 1.3, ones * -0.2, 1e-3)
    np.testing.assert_allclose(value(fn.layer_norm(Z, 1.3, -0.2, 1e-3, 0), "y"), wanted.numpy(), rtol=1e-10)


@pytest.mark.parametrize("causal", [False, True])
def test_attention_is_torchs(causal: bool) -> None:
    q, k, v = (torch.tensor(a)[None, None] for a in QKV)
    wanted = F.scaled_dot_product_attention(q, k, v, is_causal=causal)[0, 0]
    sheet = fn.attention(*QKV, causal, 2, 1)
    np.testing.assert_allclose(value(sheet, "out"), wanted.numpy(), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(value(sheet, "weights").sum(axis=1), 1.0)


def test_vae_bound_by_quadrature_and_against_the_evidence() -> None:
    x, mu, sigma, gain, noise = 1.7, 0.4, 0.6, 1.2, 0.9
    sheet = fn.vae_bound(x, mu, sigma, gain, noise, 1.0)
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    decoded = torch.distributions.Normal(
        torch.tensor(gain * (mu + sigma * nodes)), torch.tensor(noise, dtype=torch.float64)
    )
    fit = (decoded.log_prob(torch.tensor(x, dtype=torch.float64)).numpy() * weights).sum() / math.sqrt(2 * math.pi)
    assert value(sheet, "fit") == pytest.approx(fit, rel=1e-10)
    q, p = torch.distributions.Normal(mu, sigma), torch.distributions.Normal(0.0, 1.0)
    assert value(sheet, "kl") == pytest.approx(torch.distributions.kl_divergence(q, p).item(), rel=1e-6)
    marginal = torch.distributions.Normal(0.0, math.sqrt(gain**2 + noise**2))
    evidence = fn.log_evidence(x, gain, noise)
    assert evidence == pytest.approx(marginal.log_prob(torch.tensor(x)).item(), rel=1e-6)
    assert value(sheet, "bound") < evidence
    exact = fn.vae_bound(x, *fn.posterior(x, gain, noise), gain, noise, 1.0)
    assert value(exact, "bound") == pytest.approx(evidence, rel=1e-12)


@pytest.mark.parametrize(
    "logps", [(-18.0, -20.0, -21.0, -17.0), (-30.0, -20.0, -5.0, -17.0), (-1.0, -60.0, -60.0, -1.0)]
)
def test_dpo_is_torchs(logps: tuple[float, float, float, float]) -> None:
    w, w_ref, lose, lose_ref = logps
    wanted = -F.logsigmoid(torch.tensor(0.5 * ((w - w_ref) - (lose - lose_ref)), dtype=torch.float64)).item()
    assert value(fn.dpo_loss(w, w_ref, lose, lose_ref, 0.5), "loss") == pytest.approx(wanted, rel=1e-12)


PLAIN: dict[str, Callable[[], Sheet]] = {
    "update": lambda: fs.update_rule(-3.0, 0.5, 1.5, 0.5),
    "momentum": lambda: fs.momentum(-2.0, -1.5, 0.2, 0.5, 1.5, -1.0),
    "adam": lambda: fs.adam(-0.5, -0.4, -0.25, 0.16, 3, 0.5, 0.5, 0.75, 0.01),
    "forward": lambda: fs.forward_process(np.array([[-0.5]]), np.array([[-1.5]]), 0.36, (0, 0)),
    "vae": lambda: fn.vae_bound(-1.0, 0.5, 0.5, -1.5, 0.5, 2.0),
    "dpo": lambda: fn.dpo_loss(-3.0, -5.0, -4.0, -2.5, 0.5),
}


@pytest.mark.parametrize("name", list(PLAIN))
def test_the_tex_reads_as_the_number_it_stands_for(name: str) -> None:
    # Read back by the formula reader, the TeX of every stage and every rule must come to the part's value: a bracket
    # that is missing or a sign that is wrong would not.
    sheet = PLAIN[name]()
    for count in range(steps(sheet) + 1):
        assert _read(expanded(sheet, count)) == pytest.approx(sheet[-1].number, rel=0.03)
    for part in sheet:
        if not part.given:
            assert _read(with_numbers(part, sheet)) == pytest.approx(part.number, rel=0.03), part.id


def _read(tex: str) -> float:
    root = parse(plain_from_tex(tex), ("unused",)).root
    assert isinstance(root, Const)
    return root.value


EVERY = {
    **PLAIN,
    "softmax": lambda: fn.softmax(Z, 0.7, 1),
    "cross-entropy": lambda: fn.cross_entropy(Z, 2),
    "layer-norm": lambda: fn.layer_norm(Z, -1.3, 0.2, 1e-5, 2),
    "attention": lambda: fn.attention(*QKV, True, 0, 3),
}


@pytest.mark.parametrize("name", list(EVERY))
def test_sheets_are_whole(name: str) -> None:
    sheet = EVERY[name]()
    assert len({part.id for part in sheet}) == len(sheet)
    assert not sheet[-1].given and all(part.meaning for part in sheet)
    assert "@" not in written(sheet) + expanded(sheet, 1) and "#" not in written(sheet)
    assert expanded(sheet, steps(sheet)) == bare(sheet[-1])
    for part, back in zip(sheet, unpack(*pack(sheet)), strict=True):
        assert np.array_equal(part.value, back)


@pytest.mark.parametrize(
    ("number", "tex"),
    [(0.0, "0"), (2.0, "2"), (-0.125, "-0.125"), (1e-8, r"1.00 \cdot 10^{-8}"), (-2.5e7, r"-2.50 \cdot 10^{7}"),
     (12345.6, "12346"), (math.inf, r"\infty"), (-math.inf, r"-\infty"), (math.nan, r"\mathrm{NaN}")],
)  # fmt: skip
def test_numbers_as_tex(number: float, tex: str) -> None:
    assert number_tex(number) == tex
