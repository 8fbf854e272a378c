"""Schedules against diffusers (float32, hence 1e-6) and against closed forms in float64."""

import diffusers
import numpy as np
import pytest
import torch
from diffusers.schedulers.scheduling_ddim import rescale_zero_terminal_snr
from scipy.integrate import quad
from scipy.interpolate import PchipInterpolator

from courseai_lab.kernels import schedules as ks

KNOTS = ((0.0, 1.0), (0.25, 0.95), (0.5, 0.6), (0.75, 0.1), (1.0, 0.001))
ALL = {name: make for name, make in ks.SCHEDULES.items() if name is not ks.Name.DRAWN}


def make(name: ks.Name, steps: int) -> ks.Schedule:
    return ks.drawn(steps, knots=KNOTS) if name is ks.Name.DRAWN else ks.SCHEDULES[name](steps)


def assert_same_chain(ours: ks.Schedule, theirs: diffusers.DDPMScheduler) -> None:
    np.testing.assert_allclose(ours.beta, theirs.betas.numpy(), atol=1e-6, rtol=0)
    # diffusers multiplies in float32: past 1,000 factors its own rounding is what differs
    tolerance = 1e-6 if ours.steps <= 1000 else 3e-6
    np.testing.assert_allclose(ours.alpha_bar, theirs.alphas_cumprod.numpy(), atol=tolerance, rtol=0)
    np.testing.assert_allclose(ours.alpha_bar, np.cumprod(1 - ours.beta), atol=1e-12)


@pytest.mark.parametrize("steps", [10, 100, 1000, 4000])
@pytest.mark.parametrize(
    ("make_ours", "beta_schedule"),
    [(ks.linear, "linear"), (ks.scaled_linear, "scaled_linear"), (ks.sigmoid, "sigmoid")],
)
@pytest.mark.parametrize("betas", [(1e-4, 0.02), (0.00085, 0.012), (0.01, 0.3)])
def test_beta_schedules_equal_diffusers(make_ours, beta_schedule, betas, steps) -> None:
    theirs = diffusers.DDPMScheduler(steps, beta_start=betas[0], beta_end=betas[1], beta_schedule=beta_schedule)
    assert_same_chain(make_ours(steps, beta_start=betas[0], beta_end=betas[1]), theirs)


@pytest.mark.parametrize("steps", [10, 100, 1000, 4000])
def test_cosine_equals_diffusers(steps: int) -> None:
    assert_same_chain(ks.cosine(steps), diffusers.DDPMScheduler(steps, beta_schedule="squaredcos_cap_v2"))


def test_cosine_equals_its_formula_where_beta_is_not_capped() -> None:
    def f(t: np.ndarray) -> np.ndarray:
        return np.cos((t / 1000 + 0.008) / 1.008 * np.pi / 2) ** 2

    expected = f(np.arange(1, 1001)) / f(np.array(0))
    np.testing.assert_allclose(ks.cosine(1000).alpha_bar[:-1], expected[:-1], atol=1e-12)
    assert ks.cosine(1000).beta[-1] == 0.999


def test_linear_terminal_values_by_hand() -> None:
    # Lin et al. (2024), section 3.1: Stable Diffusion ends at sqrt(alpha-bar) = 0.068265, SNR 0.004682.
    sd = ks.scaled_linear(1000)
    assert sd.sqrt_alpha_bar[-1] == pytest.approx(0.068265, abs=5e-7)
    assert np.exp(sd.log_snr[-1]) == pytest.approx(0.004682, abs=5e-7)
    # and with two steps the products are done on paper
    two = ks.linear(2, beta_start=0.1, beta_end=0.5)
    np.testing.assert_allclose(two.alpha_bar, [0.9, 0.45], rtol=1e-14)
    np.testing.assert_allclose(two.sigma, np.sqrt([0.1 / 0.9, 0.55 / 0.45]), rtol=1e-14)


@pytest.mark.parametrize("steps", [10, 1000])
def test_sigma_equals_euler_discrete(steps: int) -> None:
    theirs = diffusers.EulerDiscreteScheduler(steps)
    # Their 1 - alpha-bar in float32 is off by up to 6e-8, which is 1e-4 of sigma at the first step and fades after.
    np.testing.assert_allclose(ks.linear(steps).sigma[::-1], theirs.sigmas[:-1].numpy(), rtol=2e-6, atol=2e-6)


def test_sqrt_equals_its_formula() -> None:
    steps, s = 2000, 1e-4
    ours = ks.sqrt(steps, s=s)
    expected = (1 - np.sqrt(np.arange(1, steps + 1) / steps + s)) / (1 - np.sqrt(s))
    np.testing.assert_allclose(ours.alpha_bar[:-1], expected[:-1], atol=1e-12)
    assert ours.beta[-1] == 0.999  # the formula turns negative at t = T


def test_sqrt_stays_capped_once_the_formula_is_negative() -> None:
    ours = ks.sqrt(100, s=0.3)
    assert np.isfinite(ours.log_snr).all()
    assert (ours.beta[71:] == 0.999).all()


def test_sigmoid_alpha_bar_ends_and_symmetry() -> None:
    ours = ks.sigmoid_alpha_bar(1000)
    assert ours.alpha_bar[-1] == pytest.approx(1e-9)
    assert ours.alpha_bar[499] == pytest.approx(0.5, abs=1e-12)  # t = 1/2 is the sigmoid's own centre
    assert ours.alpha_bar[249] + ours.alpha_bar[749] == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("steps", [10, 40, 1000])
def test_karras_equals_diffusers_edm(steps: int) -> None:
    theirs = diffusers.EDMEulerScheduler(
        sigma_min=0.002, sigma_max=80.0, rho=7.0, num_train_timesteps=steps, final_sigmas_type="zero"
    )
    theirs.set_timesteps(steps)
    np.testing.assert_allclose(ks.karras(steps).sigma[::-1], theirs.sigmas[:-1].numpy(), rtol=2e-6)


def test_vp_continuous_equals_the_integral_of_beta() -> None:
    ours = ks.vp_continuous(20, beta_min=0.3, beta_max=12.0)
    for i in (0, 7, 19):
        integral, _ = quad(lambda t: 0.3 + t * (12.0 - 0.3), 0, (i + 1) / 20)
        assert ours.alpha_bar[i] == pytest.approx(np.exp(-integral), rel=1e-12)
    np.testing.assert_allclose(np.cumprod(1 - ours.beta), ours.alpha_bar, rtol=1e-12)


@pytest.mark.parametrize("steps", [10, 1000])
@pytest.mark.parametrize("shift", [0.5, 1.0, 3.0, 6.0])
def test_flow_equals_diffusers(steps: int, shift: float) -> None:
    theirs = diffusers.FlowMatchEulerDiscreteScheduler(steps, shift=shift)
    ours = ks.flow(steps, shift=shift)
    np.testing.assert_allclose(ours.noise[::-1], theirs.sigmas.numpy(), atol=1e-6)
    np.testing.assert_allclose(ours.signal, 1 - ours.noise, atol=1e-14)
    assert np.isneginf(ours.log_snr[-1]) and ours.alpha_bar[-1] == 0


def test_shift_moves_log_snr_by_a_constant() -> None:
    # Esser et al. (2024), section 5.3.2: the shift is -2 ln(shift) in log-SNR.
    plain, shifted = ks.flow(50), ks.flow(50, shift=3.0)
    np.testing.assert_allclose(shifted.log_snr[:-1] - plain.log_snr[:-1], -2 * np.log(3), atol=1e-12)


def test_drawn_goes_through_its_knots() -> None:
    ours = ks.drawn(400, knots=KNOTS)
    x, y = np.array(KNOTS).T
    np.testing.assert_allclose(ours.alpha_bar, PchipInterpolator(x, y)(np.arange(1, 401) / 400), atol=1e-12)
    np.testing.assert_allclose(np.cumprod(1 - ours.beta), ours.alpha_bar, rtol=1e-9)


@pytest.mark.parametrize("steps", [10, 100, 1000, 4000])
@pytest.mark.parametrize("name", list(ks.Name))
def test_every_schedule_is_consistent(name: ks.Name, steps: int) -> None:
    s = make(name, steps)
    assert s.steps == steps
    assert all(a.shape == (steps,) and a.dtype == np.float64 for a in (s.beta, s.signal, s.noise, s.log_snr))
    assert (np.diff(s.alpha_bar) < 0).all() and (s.alpha_bar >= 0).all() and (s.alpha_bar <= 1).all()
    finite = s.alpha_bar > 0
    np.testing.assert_allclose(s.sigma[finite], s.noise[finite] / s.signal[finite], rtol=1e-9)
    np.testing.assert_allclose(s.log_snr[finite], -2 * np.log(s.sigma[finite]), atol=1e-9)
    np.testing.assert_allclose(s.alpha_bar[finite], (1 / (1 + s.sigma**2))[finite], rtol=1e-9)
    a, b = s.unit_variance()
    if s.process is not ks.Process.FLOW:
        np.testing.assert_allclose(a**2 + b**2, 1, atol=1e-12)
    has_beta = s.process is ks.Process.VP
    assert np.isnan(s.beta).all() != has_beta
    assert has_beta or any("no beta" in note for note in s.notes)
    assert ("alpha_bar" in s.equivalent) != has_beta


@pytest.mark.parametrize("name", [n for n in ks.Name if make(n, 10).process is ks.Process.VP])
def test_zero_terminal_snr_equals_diffusers(name: ks.Name) -> None:
    before = make(name, 1000)
    ours = ks.zero_terminal_snr(before)
    theirs = rescale_zero_terminal_snr(torch.from_numpy(before.beta))
    np.testing.assert_allclose(ours.beta, theirs.numpy(), atol=1e-9)
    assert ours.alpha_bar[-1] == 0 and ours.beta[-1] == 1 and np.isneginf(ours.log_snr[-1])
    assert ours.alpha_bar[0] == pytest.approx(before.alpha_bar[0], rel=1e-12)


def test_zero_terminal_snr_in_a_diffusers_scheduler() -> None:
    theirs = diffusers.DDIMScheduler(1000, 0.00085, 0.012, beta_schedule="scaled_linear", rescale_betas_zero_snr=True)
    ours = ks.zero_terminal_snr(ks.scaled_linear(1000))
    np.testing.assert_allclose(ours.alpha_bar, theirs.alphas_cumprod.numpy(), atol=1e-6, rtol=0)
    # beta is a ratio of small numbers there, in float32; the test above compares it in float64
    np.testing.assert_allclose(ours.beta, theirs.betas.numpy(), atol=1e-5, rtol=0)


def test_nothing_left_stays_a_chain() -> None:
    drowned = ks.linear(4000, beta_start=0.5, beta_end=1.0)  # alpha-bar underflows to 0 on the way
    for s in (drowned, ks.zero_terminal_snr(drowned)):
        assert (s.alpha_bar[-2000:] == 0).all() and np.isposinf(s.sigma[-1]) and not np.isnan(s.log_snr).any()
        assert (s.beta > 0).all() and (s.beta <= 1).all()


@pytest.mark.parametrize("name", [ks.Name.FLOW, ks.Name.KARRAS])
def test_zero_terminal_snr_needs_betas(name: ks.Name) -> None:
    with pytest.raises(ValueError, match="rescales a chain of betas"):
        ks.zero_terminal_snr(make(name, 10))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ks.linear(1), "T must be"),
        (lambda: ks.linear(10, beta_end=1.5), "beta_end must be above 0 and at most 1"),
        (lambda: ks.cosine(10, max_beta=1.0), "max_beta"),
        (lambda: ks.karras(10, sigma_min=5, sigma_max=2), "sigma_min must lie below"),
        (lambda: ks.flow(10, shift=0), "shift"),
        (lambda: ks.sigmoid_alpha_bar(10, start=2, end=1), "start must lie below end"),
        (lambda: ks.drawn(10, knots=((0, 1),)), "at least 2 knots"),
        (lambda: ks.drawn(10, knots=((0, 1), (0.5, 0.2), (1, 0.4))), "from 0.2 to 0.4 between t/T = 0.5 and 1"),
        (lambda: ks.drawn(10, knots=((0, 0.9), (1, 0.4))), "start at 1"),
        (lambda: ks.drawn(10, knots=((0, 1), (0.9, 0.4))), "exactly 0 to exactly 1"),
        (lambda: ks.drawn(10, knots=((0, 1), (1, -0.4))), "below 0"),
    ],
)
def test_bad_values_are_refused_in_one_sentence(call, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        call()
    assert str(caught.value).count("\n") == 0
