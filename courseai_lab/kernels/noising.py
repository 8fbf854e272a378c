"""The forward process: images with noise mixed in. On NumPy arrays or on torch tensors, whichever it is given.

Torch is imported only for tensors: on the CPU a picture is noised before torch would have been imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

import numpy as np

if TYPE_CHECKING:
    import torch


@overload
def noised(x0: np.ndarray, eps: np.ndarray, signal: np.ndarray, noise: np.ndarray) -> np.ndarray: ...
@overload
def noised(x0: torch.Tensor, eps: torch.Tensor, signal: torch.Tensor, noise: torch.Tensor) -> torch.Tensor: ...
def noised(x0, eps, signal, noise):  # type: ignore[no-untyped-def]
    """Ho et al. (2020), eq. 4, and its kin: x_t = signal_t x_0 + noise_t eps, one eps for all.

    ``x0`` and ``eps`` have one same shape [...]; ``signal`` and ``noise`` one same shape [k ...], any number of axes.
    Returns [k... x0...] in x0's dtype, of its kind and on its device.
    """
    shape = (*signal.shape, *(1,) * x0.ndim)
    if isinstance(x0, np.ndarray):
        signal, noise = (w.astype(x0.dtype).reshape(shape) for w in (signal, noise))
    else:
        signal, noise = (w.to(device=x0.device, dtype=x0.dtype).reshape(shape) for w in (signal, noise))
    return signal * x0 + noise * eps


@overload
def to_bytes(x: np.ndarray) -> np.ndarray: ...
@overload
def to_bytes(x: torch.Tensor) -> torch.Tensor: ...
def to_bytes(x):  # type: ignore[no-untyped-def]
    """-1..1 to 0..255 (uint8, rounded); values beyond are shown as pure black or white. Same shape and kind."""
    if isinstance(x, np.ndarray):
        levels = x + x.dtype.type(1)
        levels *= x.dtype.type(127.5)
        return np.clip(np.rint(levels, out=levels), 0, 255, out=levels).astype(np.uint8)
    import torch

    return x.add(1).mul(127.5).round_().clamp_(0, 255).to(torch.uint8)
