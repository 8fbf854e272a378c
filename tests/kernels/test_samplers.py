"""Samplers against diffusers' schedulers, against each other, and against exact solutions."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from torch import Tensor

from courseai_lab.kernels import schedules
from courseai_lab.kernels.gaussian_mixture import GaussianMixture, exact_epsilon, exact_x0
from courseai_lab.kernels.samplers import (
    SAMPLERS,
    Grid,
    Sampler,
    Target,
    estimates,
    make_even_grid,
    make_grid,
    network_output,
    sample,
)
from courseai_lab.kernels.timesteps import Spacing, inference_timesteps

T = 1000
BETAS = np.linspace(0.00085**0.5, 0.012**0.5, T) ** 2
SHAPE = (3, 2, 4, 4)
PREDICTIONS = {Target.EPSILON: "epsilon", Target.X0: "sample", Target.V: "v_prediction"}


def network(x: Tensor, t: float) -> Tensor:
    """A fixed smooth stand-in for a network, float64 in and out."""
    weight = torch.linspace(-1, 1, 32, dtype=torch.float64).reshape(1, 2, 4, 4)
    return torch.tanh(0.7 * x + weight * math.sin(t / 90)) + 0.3 * torch.roll(x, 1, -1)


def start(seed: int = 0) -> Tensor:
    return torch.randn(SHAPE, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def reference(scheduler: Any, steps: int, x: Tensor, scaled: bool, **extra: object) -> tuple[Tensor, np.ndarray]:
    """Run a diffusers scheduler by its own rules; `scaled` ones walk in x / alpha. Returns its result and its times."""
    scheduler.set_timesteps(steps)
    if scaled:
        x = x * scheduler.sigmas[0].double().hypot(torch.ones((), dtype=torch.float64))
    for t in scheduler.timesteps:
        seen = scheduler.scale_model_input(x, t)
        x = scheduler.step(network(seen, float(t)), t, x, **extra).prev_sample.double()
    return x, scheduler.timesteps.double().numpy()


def grid_of(times: np.ndarray) -> Grid:
    bar = np.cumprod(1 - BETAS)
    return make_grid(np.sqrt(bar), np.sqrt(1 - bar), times)


def noises(seed: int = 5):  # type: ignore[no-untyped-def]
    rng = torch.Generator().manual_seed(seed)
    return lambda i: torch.randn(SHAPE, generator=rng, dtype=torch.float64)


def close(mine: Tensor, theirs: Tensor) -> None:
    assert float((mine - theirs).abs().max()) < 1e-5 * max(1.0, float(theirs.abs().max()))


@pytest.mark.parametrize("target", PREDICTIONS)
@pytest.mark.parametrize("spacing", ["leading", "trailing"])
def test_ddpm_is_diffusers(target: Target, spacing: str) -> None:
    scheduler = diffusers.DDPMScheduler(
        trained_betas=BETAS, prediction_type=PREDICTIONS[target], clip_sample=False, timestep_spacing=spacing
    )
    theirs, times = reference(scheduler, 20, start(), scaled=False, generator=torch.Generator().manual_seed(5))
    close(sample(Sampler.DDPM, network, start(), grid_of(times), target, noise=noises()), theirs)


@pytest.mark.parametrize("target", PREDICTIONS)
@pytest.mark.parametrize("eta", [0.0, 0.6, 1.0])
def test_ddim_is_diffusers(target: Target, eta: float) -> None:
    scheduler = diffusers.DDIMScheduler(
        trained_betas=BETAS, prediction_type=PREDICTIONS[target], clip_sample=False, timestep_spacing="leading"
    )
    rng = torch.Generator().manual_seed(5)
    theirs, times = reference(scheduler, 25, start(), scaled=False, eta=eta, generator=rng)
    close(sample(Sampler.DDIM, network, start(), grid_of(times), target, eta=eta, noise=noises()), theirs)


@pytest.mark.parametrize("target", [Target.EPSILON, Target.V])
@pytest.mark.parametrize("spacing", ["leading", "trailing", "linspace"])
@pytest.mark.parametrize("name", [Sampler.EULER, Sampler.HEUN, Sampler.EULER_ANCESTRAL])
def test_euler_heun_and_ancestral_are_diffusers(name: Sampler, target: Target, spacing: str) -> None:
    kind: Any = {
        Sampler.EULER: diffusers.EulerDiscreteScheduler,
        Sampler.HEUN: diffusers.HeunDiscreteScheduler,
        Sampler.EULER_ANCESTRAL: diffusers.EulerAncestralDiscreteScheduler,
    }[name]
    scheduler = kind(trained_betas=BETAS, prediction_type=PREDICTIONS[target], timestep_spacing=spacing)
    extra = {"generator": torch.Generator().manual_seed(5)} if name is Sampler.EULER_ANCESTRAL else {}
    theirs, times = reference(scheduler, 20, start(), scaled=True, **extra)
    times = np.unique(times)[::-1]  # Heun visits each time but the first twice
    close(sample(name, network, start(), grid_of(times), target, noise=noises()), theirs)


@pytest.mark.parametrize("target", PREDICTIONS)
@pytest.mark.parametrize("spacing", ["leading", "trailing", "linspace"])
@pytest.mark.parametrize("steps", [1, 2, 3, 12, 30])
@pytest.mark.parametrize("name", [Sampler.DPM_SOLVER, Sampler.UNIPC])
def test_multistep_solvers_are_diffusers(name: Sampler, target: Target, spacing: str, steps: int) -> None:
    kind: Any = {
        Sampler.DPM_SOLVER: diffusers.DPMSolverMultistepScheduler,
        Sampler.UNIPC: diffusers.UniPCMultistepScheduler,
    }[name]
    scheduler = kind(
        trained_betas=BETAS,
        prediction_type=PREDICTIONS[target],
        timestep_spacing=spacing,
        final_sigmas_type="zero",
    )
    theirs, times = reference(scheduler, steps, start(), scaled=False)
    close(sample(name, network, start(), grid_of(times), target), theirs)


@pytest.mark.parametrize("name", [Sampler.EULER, Sampler.HEUN])
def test_flow_samplers_are_diffusers(name: Sampler) -> None:
    kind: Any = {
        Sampler.EULER: diffusers.FlowMatchEulerDiscreteScheduler,
        Sampler.HEUN: diffusers.FlowMatchHeunDiscreteScheduler,
    }[name]
    scheduler = kind(shift=2.0)
    scheduler.set_timesteps(15)
    x = start()
    for t in scheduler.timesteps:
        x = scheduler.step(network(x, float(t)), t, x.double()).prev_sample.double()
    times = np.array(sorted({float(t) for t in scheduler.timesteps}, reverse=True))
    sigma = np.append(times / 1000, 0.0)
    close(sample(name, network, start(), Grid(times, 1 - sigma, sigma, flow=True), Target.FLOW), x)


@pytest.mark.parametrize("target", list(Target))
def test_estimates_undo_the_target(target: Target) -> None:
    x0, eps = start(1), start(2)
    for alpha, sigma in ((0.8, 0.6), (0.3, 0.7), (1.0, 4.0)):
        x = alpha * x0 + sigma * eps
        again = estimates(network_output(x0, eps, alpha, sigma, target), x, alpha, sigma, target)
        torch.testing.assert_close(again, (x0, eps))


def test_undetermined_estimates_are_refused() -> None:
    with pytest.raises(ValueError, match="pure noise"):
        estimates(start(), start(), 0.0, 1.0, Target.EPSILON)
    with pytest.raises(ValueError, match="clean data"):
        estimates(start(), start(), 1.0, 0.0, Target.X0)


@pytest.mark.parametrize("times", [[], [3, 3], [1, 5], [1000], [-1], [[5, 3]]])
def test_bad_times_are_refused(times: list[float]) -> None:
    with pytest.raises(ValueError, match="fall within 0 to 999"):
        grid_of(np.array(times, dtype=float))


@pytest.mark.parametrize("name", [Sampler.DDPM, Sampler.EULER_ANCESTRAL])
def test_stochastic_samplers_ask_for_noise(name: Sampler) -> None:
    with pytest.raises(ValueError, match="source of noise"):
        sample(name, network, start(), grid_of(np.array([900.0, 400.0])), Target.V)


def test_ancestral_ddpm_and_ddim_with_eta_1_are_one_sampler() -> None:
    """On a variance-preserving path the three papers' stochastic steps are the same."""
    grid = grid_of(np.arange(999.0, -1, -111))
    results = [
        sample(name, network, start(), grid, Target.V, eta=1.0, noise=noises())
        for name in (Sampler.DDPM, Sampler.DDIM, Sampler.EULER_ANCESTRAL)
    ]
    torch.testing.assert_close(results[0], results[1], rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(results[0], results[2], rtol=1e-10, atol=1e-10)


def test_karras_times_give_karras_levels() -> None:
    schedule = schedules.scaled_linear(T)
    t = inference_timesteps(schedule, 9, Spacing.KARRAS)
    grid = make_grid(schedule.signal, schedule.noise, t)
    low, high = schedule.sigma[0] ** (1 / 7), schedule.sigma[-1] ** (1 / 7)
    wanted = (high + np.linspace(0, 1, 9) * (low - high)) ** 7
    np.testing.assert_allclose(grid.sigma[:-1] / grid.alpha[:-1], wanted, rtol=1e-9)
    np.testing.assert_allclose(grid.alpha**2 + grid.sigma**2, 1, rtol=1e-12)


def test_even_grids_are_even_in_lambda() -> None:
    schedule = schedules.cosine(T)
    grid = make_even_grid(schedule.signal, schedule.noise, 8)
    np.testing.assert_allclose(grid.lam[:-1], np.linspace(-4, 3, 8), atol=1e-9)
    whole = make_even_grid(schedule.signal, schedule.noise, 3, low=-99, high=99)
    assert whole.t[0] == T - 1 and whole.t[-1] == 0
    with pytest.raises(ValueError, match="range of lambda"):
        make_even_grid(schedule.signal, schedule.noise, 3, low=1, high=1)


def test_flow_times_between_whole_ones_stay_on_the_straight_path() -> None:
    schedule = schedules.flow(T, shift=3.0)
    grid = make_grid(schedule.signal, schedule.noise, np.array([900.5, 300.25]), flow=True)
    np.testing.assert_allclose(grid.alpha + grid.sigma, 1, rtol=1e-12)


# Exact solutions: a mixture whose denoiser is known, solved to high accuracy along a continuous cosine path.


def mixture() -> GaussianMixture:
    f = torch.float64
    return GaussianMixture(
        torch.tensor([0.5, 0.3, 0.2], dtype=f),
        torch.tensor([[1.2, 0.4], [-0.9, 0.8], [0.1, -1.1]], dtype=f),
        torch.tensor([[[0.10, 0.03], [0.03, 0.08]], [[0.05, 0], [0, 0.12]], [[0.2, -0.05], [-0.05, 0.1]]], dtype=f),
    )


def path(steps: int, flow: bool) -> Grid:
    """From a little below pure noise to a little above clean data, so that no step is forced to first order."""
    u = np.linspace(0.96, 0.08, steps + 1)
    alpha, sigma = (1 - u, u) if flow else (np.cos(u * np.pi / 2), np.sin(u * np.pi / 2))
    return Grid(u[:-1], alpha, sigma, flow)


def solve(name: Sampler, steps: int, flow: bool = False) -> Tensor:
    known = mixture()
    grid = path(steps, flow)
    at = {float(t): (float(a), float(s)) for t, a, s in zip(grid.t, grid.alpha, grid.sigma, strict=False)}
    end = (float(grid.alpha[-1]), float(grid.sigma[-1]))

    def model(x: Tensor, t: float) -> Tensor:
        return exact_epsilon(known, x, *at.get(t, end))

    x = torch.randn((24, 2), generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    if name is Sampler.HEUN:  # its second evaluation of the last step lies at the end of the grid
        grid = Grid(np.append(grid.t, -1.0), np.append(grid.alpha, 1.0), np.append(grid.sigma, 0.0), flow)
        for step in SAMPLERS[name](model, x, grid, Target.EPSILON):
            if step.i == steps:
                return x
            x = step.x_next
    return sample(name, model, x, grid, Target.EPSILON)


@cache
def exact(flow: bool) -> Tensor:
    """The end of the probability-flow ODE from the fixed starts, to about 1e-6."""
    return solve(Sampler.HEUN, 1536, flow)


@pytest.mark.parametrize("flow", [False, True])
@pytest.mark.parametrize(
    ("name", "order"),
    [(Sampler.DDIM, 1), (Sampler.EULER, 1), (Sampler.HEUN, 2), (Sampler.DPM_SOLVER, 2), (Sampler.UNIPC, 2)],
)
def test_convergence_order_on_the_exact_score(name: Sampler, order: int, flow: bool) -> None:
    truth = exact(flow)
    errors = [float((solve(name, n, flow) - truth).square().mean().sqrt()) for n in (64, 128)]
    measured = math.log2(errors[0] / errors[1])
    assert order - 0.2 < measured < order + (0.4 if order == 1 else 1.3), measured
    assert errors[1] < 0.03


def test_few_second_order_steps_beat_many_first_order_ones() -> None:
    """The lab's claim: 12 steps of DPM-Solver++(2M) lie nearer to the exact solution than 25 of DDIM."""
    truth = exact(False)
    error = {
        (name, n): float((solve(name, n) - truth).square().mean().sqrt())
        for name, n in ((Sampler.DPM_SOLVER, 12), (Sampler.DDIM, 12), (Sampler.DDIM, 25))
    }
    assert error[Sampler.DPM_SOLVER, 12] < error[Sampler.DDIM, 25] < error[Sampler.DDIM, 12]


def test_exact_score_is_the_gradient_of_the_density() -> None:
    known = mixture().noised(0.7, 0.5)
    x = torch.randn((20, 2), generator=torch.Generator().manual_seed(1), dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(known.log_density(x).sum(), x)
    torch.testing.assert_close(known.score(x.detach()), gradient)


def test_exact_denoiser_agrees_with_the_score() -> None:
    x = torch.randn((20, 2), generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    for alpha, sigma in ((0.9, 0.3), (0.2, 0.95)):
        x0, eps = exact_x0(mixture(), x, alpha, sigma), exact_epsilon(mixture(), x, alpha, sigma)
        torch.testing.assert_close(alpha * x0 + sigma * eps, x)
    mean = (mixture().weights[:, None] * mixture().means).sum(0)
    torch.testing.assert_close(exact_x0(mixture(), x, 0.0, 1.0), mean.expand(20, 2))


def test_mixture_density_is_that_of_scipy() -> None:
    from scipy.stats import multivariate_normal

    known = mixture()
    x = np.random.default_rng(0).normal(size=(30, 2))
    parts = [
        w * multivariate_normal(m, c).pdf(x)
        for w, m, c in zip(known.weights.numpy(), known.means.numpy(), known.covariances.numpy(), strict=True)
    ]
    np.testing.assert_allclose(known.log_density(torch.from_numpy(x)).numpy(), np.log(sum(parts)), rtol=1e-10)


def test_mixture_samples_have_its_mean_and_covariance() -> None:
    known = mixture()
    x = known.sample(40_000, torch.Generator().manual_seed(0))
    mean = (known.weights[:, None] * known.means).sum(0)
    away = known.means - mean
    spread = (known.weights[:, None, None] * (known.covariances + away[:, :, None] * away[:, None, :])).sum(0)
    assert float((x.mean(0) - mean).abs().max()) < 0.02
    assert float((torch.cov(x.T) - spread).abs().max()) < 0.03


def test_mixtures_that_are_none_are_refused() -> None:
    known = mixture()
    with pytest.raises(ValueError, match="sum to 1"):
        GaussianMixture(known.weights * 2, known.means, known.covariances)
    with pytest.raises(ValueError, match="positive definite"):
        GaussianMixture(known.weights, known.means, -known.covariances)
    with pytest.raises(ValueError, match="for each component"):
        GaussianMixture(known.weights[:2], known.means, known.covariances)
