"""The best possible denoiser against a mixture with known score, against chance, and against its own slow way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from courseai_lab.kernels import schedules
from courseai_lab.kernels.gaussian_mixture import GaussianMixture, exact_x0
from courseai_lab.kernels.ideal_denoiser import KnownPictures, effective_count, leap
from courseai_lab.kernels.picture_sets import COUNT, shape_name, shape_picture, shape_set
from courseai_lab.kernels.samplers import Target, ddim, make_grid


@pytest.fixture
def known() -> KnownPictures:
    return KnownPictures.of(np.random.default_rng(3).standard_normal((7, 2, 2, 3)))


@pytest.mark.parametrize("alpha, sigma", [(0.9, 0.4), (0.3, 0.95), (0.0, 1.0), (1.0, 0.15)])
def test_it_is_the_posterior_mean_of_a_mixture_of_points(known: KnownPictures, alpha: float, sigma: float) -> None:
    """The exact mixture's answer tends to it as its components shrink to points."""
    rows = torch.from_numpy(known.rows)
    d = rows.shape[1]
    points = GaussianMixture(
        torch.full((7,), 1 / 7, dtype=torch.float64), rows, 1e-10 * torch.eye(d).double().repeat(7, 1, 1)
    )
    x = alpha * known.rows[2] + sigma * np.random.default_rng(1).standard_normal((5, d))
    mean, chances = known.x0(x, alpha, sigma)
    np.testing.assert_allclose(mean, exact_x0(points, torch.from_numpy(x), alpha, sigma).numpy(), atol=1e-7)
    np.testing.assert_allclose(chances.sum(-1), 1)


def test_nobody_guesses_better_on_average(known: KnownPictures) -> None:
    """Over many draws its squared error is below that of the same answer moved any way, and of the nearest picture."""
    rng = np.random.default_rng(0)
    which = rng.integers(7, size=4000)
    x = 0.6 * known.rows[which] + 0.8 * rng.standard_normal((4000, 12))
    truth, best = known.rows[which], known.x0(x, 0.6, 0.8)[0]
    error = np.mean((best - truth) ** 2)
    nearest = known.rows[known.chances(x, 0.6, 0.8).argmax(-1)]
    others = [nearest, best + 0.1, best - 0.1, 0.9 * best, 1.1 * best, known.rows.mean(0) + 0 * best]
    assert all(error < np.mean((other - truth) ** 2) for other in others)


def test_the_ends(known: KnownPictures) -> None:
    x = np.random.default_rng(4).standard_normal(12)
    np.testing.assert_allclose(known.x0(x, 0.0, 1.0)[0], known.rows.mean(0))
    assert effective_count(known.chances(x, 0.0, 1.0)) == pytest.approx(7)
    which, away = known.nearest(x[None])
    np.testing.assert_array_equal(known.x0(x, 1.0, 0.0)[0], known.rows[which[0]])
    assert away[0] == pytest.approx(np.sqrt(np.mean((known.rows - x) ** 2, axis=1)).min())
    assert effective_count(known.chances(x, 1.0, 0.0)) == 1
    assert np.isfinite(known.x0(50 * x, 1.0, 1e-4)[0]).all()
    with pytest.raises(ValueError, match="at least one"):
        KnownPictures.of(np.zeros((0, 4, 4, 3)))


def test_a_leap_is_ddim(known: KnownPictures) -> None:
    """Stepped as weights of a mix it ends where the sampler ends that steps every number."""
    rng, schedule = np.random.default_rng(8), schedules.cosine(1000)
    grid = make_grid(schedule.signal, schedule.noise, np.array([900.0, 640.0, 410.0, 200.0, 60.0]))
    noise, start = rng.standard_normal((3, 12)), known.rows[1]
    x: Any = grid.alpha[0] * start + grid.sigma[0] * noise
    model = lambda value, t: known.x0(value, *(w[list(grid.t).index(t)] for w in (grid.alpha, grid.sigma)))[0]  # noqa: E731
    for step in ddim(model, x, grid, Target.X0):  # type: ignore[arg-type]
        x = step.x_next
    np.testing.assert_allclose(leap(known, noise, start, grid.alpha, grid.sigma), x, atol=1e-12)


def test_the_sixty_four_pictures() -> None:
    pictures = shape_set(32)
    assert pictures.shape == (COUNT, 32, 32, 3) and abs(pictures).max() <= 1
    assert len({picture.tobytes() for picture in pictures}) == len({shape_name(k) for k in range(COUNT)}) == COUNT
    assert shape_name(22) == "yellow ring, bottom left"
    yellow = pictures[22]
    low_left = yellow[16:, :16] - yellow[:16, 16:][::-1, ::-1]
    assert np.abs(low_left).max() > 0.5, "the ring is in its corner"
    # The same picture at twice the size, averaged, is nearly the picture itself: it does not depend on the grid.
    twice = shape_picture(5, 64).reshape(32, 2, 32, 2, 3).mean((1, 3))
    assert np.abs(twice - shape_picture(5, 32)).mean() < 0.01
    with pytest.raises(ValueError, match="0 to 63"):
        shape_picture(64, 16)
