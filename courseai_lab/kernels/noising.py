"""The forward process: images with noise mixed in."""

from __future__ import annotations

import torch


def noised(x0: torch.Tensor, eps: torch.Tensor, signal: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
    """Ho et al. (2020), eq. 4, and its kin: x_t = signal_t x_0 + noise_t eps, one eps for all.

    ``x0`` and ``eps`` have one same shape [...]; ``signal`` and ``noise`` one same shape [k ...], any number of axes.
    Returns [k... x0...] on x0's device and in its dtype.
    """
    shape = signal.shape + (1,) * x0.ndim
    signal, noise = (w.to(device=x0.device, dtype=x0.dtype).reshape(shape) for w in (signal, noise))
    return torch.addcmul(signal * x0, noise, eps)


def to_bytes(x: torch.Tensor) -> torch.Tensor:
    """-1..1 to 0..255 (uint8, rounded); values beyond are shown as pure black or white. Same shape."""
    return x.add(1).mul(127.5).round_().clamp_(0, 255).to(torch.uint8)
