"""The rules of guidance against their formulas, and against the torch version that samplers use."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from courseai_lab.kernels.guidance import SHAPES, Guidance, Shape, angle, guided
from courseai_lab.networks.diffusion import guide


def pair(images: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    rng = torch.Generator().manual_seed(1)
    return (torch.randn((images, 4, 8, 8), generator=rng, dtype=torch.float64) for _ in range(2))  # type: ignore[return-value]


def test_each_image_has_its_own_scale() -> None:
    c, u = pair()
    scales = torch.tensor([0.0, 1.0, 7.5], dtype=torch.float64)[:, None, None, None]
    out = guided(c, u, scales)
    for k, scale in enumerate((0.0, 1.0, 7.5)):
        torch.testing.assert_close(out[k : k + 1], guide(c[k : k + 1], u[k : k + 1], scale))
        np.testing.assert_allclose(out[k], (1 - scale) * u[k].numpy() + scale * c[k].numpy(), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("phi", [0.3, 1.0])
def test_rescaling_is_lin_et_al(phi: float) -> None:
    c, u = pair()
    plain, out = guided(c, u, 9.0), guided(c, u, 9.0, phi)
    for k in range(3):
        wanted = plain[k].numpy() * (phi * np.std(c[k].numpy(), ddof=1) / np.std(plain[k].numpy(), ddof=1) + 1 - phi)
        np.testing.assert_allclose(out[k], wanted, rtol=1e-12)
    if phi == 1.0:
        torch.testing.assert_close(out.std(dim=(1, 2, 3)), c.std(dim=(1, 2, 3)))


@pytest.mark.parametrize("shape", list(Shape))
def test_every_course_has_the_same_mean(shape: Shape) -> None:
    shares = (np.arange(2000) + 0.5) / 2000
    rule = Guidance(7.0, shape)
    assert np.mean([rule.at(float(share)) for share in shares]) == pytest.approx(7.0, abs=1e-5)
    assert np.mean([SHAPES[shape](float(share)) for share in shares]) == pytest.approx(1.0, abs=1e-6)


def test_the_interval_includes_its_ends_and_is_none_outside() -> None:
    rule = Guidance(5.0, low=0.3, high=0.7)
    assert [rule.at(share) for share in (0.29, 0.3, 0.5, 0.7, 0.71)] == [1.0, 5.0, 5.0, 5.0, 1.0]
    assert Guidance(5.0, Shape.RISING).at(1.0) == 1.0 and Guidance(5.0, Shape.RISING).at(0.0) == 9.0
    assert Guidance(5.0, Shape.FALLING).at(1.0) == 9.0


@pytest.mark.parametrize("degrees", [0.0, 1e-5, 30.0, 90.0, 179.99, 180.0])
def test_angles_small_and_large(degrees: float) -> None:
    turn = math.radians(degrees)
    a = torch.tensor([2.0, 0.0], dtype=torch.float64)
    b = 3 * torch.tensor([math.cos(turn), math.sin(turn)], dtype=torch.float64)
    assert angle(a, b) == pytest.approx(degrees, rel=1e-6, abs=1e-9)
    assert angle(a, torch.zeros(2)) == 0.0
