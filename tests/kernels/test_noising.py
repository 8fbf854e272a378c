import diffusers
import numpy as np
import pytest
import torch

from courseai_lab.kernels import schedules as ks
from courseai_lab.kernels.noising import noised, to_bytes


def picture(device: str) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(3)
    x0, eps = (torch.randn(5, 6, 3, generator=generator) for _ in range(2))
    return x0.to(device), eps.to(device)


def test_equals_diffusers_add_noise(device: str) -> None:
    x0, eps = picture(device)
    t = torch.tensor([0, 13, 500, 999])
    theirs = diffusers.DDPMScheduler(1000).add_noise(x0.expand(4, -1, -1, -1), eps.expand(4, -1, -1, -1), t.to(device))
    s = ks.linear(1000)
    ours = noised(x0, eps, torch.from_numpy(s.signal[t]), torch.from_numpy(s.noise[t]))
    assert ours.device == x0.device and ours.dtype == x0.dtype
    torch.testing.assert_close(ours, theirs, atol=2e-6, rtol=1e-6)  # both in float32


def test_equals_diffusers_flow(device: str) -> None:
    x0, eps = picture(device)
    theirs = diffusers.FlowMatchEulerDiscreteScheduler(1000, shift=3.0)
    t = theirs.timesteps[[100, 700]]
    expected = theirs.scale_noise(x0.expand(2, -1, -1, -1), t, eps.expand(2, -1, -1, -1))
    s = ks.flow(1000, shift=3.0)
    at = [899, 299]
    ours = noised(x0, eps, torch.from_numpy(s.signal[at]), torch.from_numpy(s.noise[at]))
    torch.testing.assert_close(ours, expected, atol=2e-6, rtol=2e-6)


def test_any_number_of_weights(device: str) -> None:
    x0, eps = picture(device)
    weights = torch.rand(2, 4, generator=torch.Generator().manual_seed(1))
    out = noised(x0, eps, weights, 1 - weights)
    assert out.shape == (2, 4, 5, 6, 3)
    torch.testing.assert_close(out[1, 2], weights[1, 2] * x0 + (1 - weights[1, 2]) * eps, atol=1e-6, rtol=1e-6)


def test_noise_only_and_image_only(device: str) -> None:
    x0, eps = picture(device)
    out = noised(x0, eps, torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0]))
    assert torch.equal(out[0], x0) and torch.equal(out[1], eps)


@pytest.mark.parametrize(("value", "byte"), [(-1.0, 0), (0.0, 128), (1.0, 255), (-3.0, 0), (7.0, 255), (0.2, 153)])
def test_bytes(value: float, byte: int, device: str) -> None:
    x = torch.tensor([value], device=device)
    assert to_bytes(x).tolist() == [byte]
    assert x.item() == torch.tensor(value).item()  # the input is left alone


def test_arrays_give_what_tensors_give() -> None:
    x0, eps = picture("cpu")
    signal, noise = torch.rand(2, 4), torch.rand(2, 4)
    ours = noised(x0.numpy(), eps.numpy(), signal.numpy(), noise.numpy())
    theirs = noised(x0, eps, signal, noise)
    np.testing.assert_array_equal(ours, theirs.numpy())
    np.testing.assert_array_equal(to_bytes(ours), to_bytes(theirs).numpy())
