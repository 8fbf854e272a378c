"""Inference steps against diffusers' own schedulers."""

import diffusers
import numpy as np
import pytest

from courseai_lab.kernels import schedules as ks
from courseai_lab.kernels.timesteps import Spacing, inference_timesteps, noise_levels

DISCRETE = [Spacing.LEADING, Spacing.TRAILING, Spacing.LINSPACE]


@pytest.mark.parametrize("steps", [10, 37, 1000])
@pytest.mark.parametrize("spacing", DISCRETE)
def test_equal_ddim(spacing: Spacing, steps: int) -> None:
    theirs = diffusers.DDIMScheduler(steps, timestep_spacing=spacing.value)
    schedule = ks.linear(steps)
    for count in {1, 2, 3, 4, 7, 10, 20, 30, 37, 49, 50, 250, 999, 1000}:
        if count > steps:
            continue
        theirs.set_timesteps(count)
        expected = theirs.timesteps.numpy()
        if len(expected) != count:  # diffusers' arange can give one step too many
            expected = expected[:count]
        np.testing.assert_array_equal(inference_timesteps(schedule, count, spacing), expected)


def test_offset_moves_leading_steps() -> None:
    theirs = diffusers.DDIMScheduler(1000, timestep_spacing="leading", steps_offset=1)
    theirs.set_timesteps(50)
    ours = inference_timesteps(ks.linear(1000), 50, Spacing.LEADING, steps_offset=1)
    np.testing.assert_array_equal(ours, theirs.timesteps.numpy())
    assert ours[0] == 981 and ours[-1] == 1


@pytest.mark.parametrize("count", [1, 5, 20, 50])
def test_karras_equals_euler_discrete(count: int) -> None:
    theirs = diffusers.EulerDiscreteScheduler(1000, 0.00085, 0.012, "scaled_linear", use_karras_sigmas=True)
    theirs.set_timesteps(count)
    schedule = ks.scaled_linear(1000)
    ours = inference_timesteps(schedule, count, Spacing.KARRAS)
    if count == 1:  # diffusers takes the one sigma of "linspace", which is t = 0; a sampler starts from noise
        assert ours == [999]
        return
    np.testing.assert_allclose(ours, theirs.timesteps.numpy(), atol=2e-3)  # float32 in a flat logarithm
    np.testing.assert_allclose(np.interp(ours[[0, -1]], np.arange(1000), schedule.sigma), [14.6146, 0.0292], rtol=2e-3)


def test_karras_with_zero_terminal_snr_uses_diffusers_floor() -> None:
    theirs = diffusers.EulerDiscreteScheduler(
        1000, 0.00085, 0.012, "scaled_linear", use_karras_sigmas=True, rescale_betas_zero_snr=True
    )
    theirs.set_timesteps(20)
    schedule = ks.zero_terminal_snr(ks.scaled_linear(1000))
    assert noise_levels(schedule)[-1] == pytest.approx(float(theirs.sigmas[0]), rel=1e-5)
    ours = inference_timesteps(schedule, 20, Spacing.KARRAS)
    np.testing.assert_allclose(ours, theirs.timesteps.numpy(), atol=1e-2)


def test_karras_on_karras_is_even() -> None:
    ours = inference_timesteps(ks.karras(101), 11, Spacing.KARRAS)
    np.testing.assert_allclose(ours, np.arange(100, -1, -10), atol=0.1)


def test_flow_visits_the_noise_levels_of_diffusers() -> None:
    theirs = diffusers.FlowMatchEulerDiscreteScheduler(1000, shift=3.0)
    theirs.set_timesteps(sigmas=np.linspace(1, 1 / 25, 25))
    schedule = ks.flow(1000, shift=3.0)
    ours = inference_timesteps(schedule, 25, Spacing.TRAILING).astype(int)
    np.testing.assert_allclose(schedule.noise[ours], theirs.sigmas[:-1].numpy(), atol=1e-6)


def test_flow_karras_equals_diffusers() -> None:
    theirs = diffusers.FlowMatchEulerDiscreteScheduler(1000, use_karras_sigmas=True)
    theirs.set_timesteps(12)
    schedule = ks.flow(1000)
    ours = inference_timesteps(schedule, 12, Spacing.KARRAS)
    np.testing.assert_allclose(np.interp(ours, np.arange(1000), schedule.noise), theirs.sigmas[:-1].numpy(), atol=1e-6)


@pytest.mark.parametrize("spacing", list(Spacing))
@pytest.mark.parametrize("name", [n for n in ks.Name if n is not ks.Name.DRAWN])
def test_falling_and_inside_for_every_schedule(name: ks.Name, spacing: Spacing) -> None:
    for steps, count in ((10, 1), (10, 10), (1000, 50), (4000, 4000)):
        t = inference_timesteps(ks.SCHEDULES[name](steps), count, spacing)
        assert t.shape == (count,) and np.isfinite(t).all()
        assert (np.diff(t) < 0).all() and t[0] <= steps - 1 and t[-1] >= 0


def test_refusals() -> None:
    with pytest.raises(ValueError, match="from 1 to T = 10, not 11"):
        inference_timesteps(ks.linear(10), 11)
    with pytest.raises(ValueError, match="asks for step 10, and the last one is 9"):
        inference_timesteps(ks.linear(10), 10, steps_offset=1)
