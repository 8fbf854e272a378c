"""Figures for the cards: PSNR, SSIM and the Frechet distance."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def psnr(a: Tensor, b: Tensor) -> Tensor:
    """Peak signal-to-noise ratio in dB of images [image channel y x] in [0, 1], per image."""
    error = (a - b).pow(2).mean(dim=(1, 2, 3))
    return -10 * torch.log10(error.clamp_min(1e-10))


def ssim(a: Tensor, b: Tensor) -> Tensor:
    """Structural similarity (Wang et al. 2004) of images in [0, 1], per image.

    Gaussian window of 11 pixels and deviation 1.5, K1 = 0.01, K2 = 0.03, mean over channels and whole windows.
    """
    axis = torch.arange(11, device=a.device, dtype=a.dtype) - 5
    window = torch.exp(-(axis**2) / (2 * 1.5**2))
    window = window / window.sum()
    channels = a.shape[1]
    across = window.view(1, 1, 1, 11).expand(channels, 1, 1, 11)
    down = window.view(1, 1, 11, 1).expand(channels, 1, 11, 1)

    def blur(x: Tensor) -> Tensor:
        return F.conv2d(F.conv2d(x, across, groups=channels), down, groups=channels)

    ma, mb = blur(a), blur(b)
    va, vb, cov = blur(a * a) - ma * ma, blur(b * b) - mb * mb, blur(a * b) - ma * mb
    c1, c2 = 0.01**2, 0.03**2
    score = (2 * ma * mb + c1) * (2 * cov + c2) / ((ma**2 + mb**2 + c1) * (va + vb + c2))
    return score.mean(dim=(1, 2, 3))


def frechet(a: Tensor, b: Tensor) -> float:
    """Squared Frechet distance between normals fitted to features [sample feature] (Heusel et al. 2017).

    |m_a - m_b|^2 + tr(C_a + C_b - 2 (C_a^1/2 C_b C_a^1/2)^1/2), in float64.
    """
    a, b = a.double(), b.double()
    ca, cb = torch.cov(a.T), torch.cov(b.T)
    values, vectors = torch.linalg.eigh(ca)
    root = (vectors * values.clamp_min(0).sqrt()) @ vectors.T
    cross = torch.linalg.eigvalsh(root @ cb @ root).clamp_min(0).sqrt().sum()
    return float((a.mean(0) - b.mean(0)).pow(2).sum() + ca.trace() + cb.trace() - 2 * cross)
