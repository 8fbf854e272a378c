"""The picture autoencoder: 64 x 64 x 3 to 8 x 8 x 4 and back, as in Stable Diffusion (factor 8, four channels).

Kingma & Welling 2014 with the small KL weight and the scaled latents of Rombach et al. 2022, section 3.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from courseai_lab.networks.diffusion_blocks import Grow, ResBlock, Trace, configured, note
from courseai_lab.networks.loader import load_into, read_header

LATENT_CHANNELS, FACTOR = 4, 8
# The finest convolutions work on 16 x 16 patches of 4 x 4 pixels: memory traffic costs more than arithmetic.
PATCH = 4


@dataclass(frozen=True, slots=True)
class VaeConfig:
    """Channels at 16 and at 8 pixels a side, and the decoder's residual blocks at 8."""

    middle: int = 48
    deep: int = 96
    blocks: int = 2


@dataclass(frozen=True, slots=True)
class Posterior:
    """q(z|x): a diagonal normal; `mean`, `logvar` [image 4 8 8], unscaled."""

    mean: Tensor
    logvar: Tensor

    def sample(self, rng: torch.Generator | None = None) -> Tensor:
        """z = mean + sigma * noise (the reparameterisation trick)."""
        noise = torch.randn(self.mean.shape, generator=rng, device=self.mean.device, dtype=self.mean.dtype)
        return self.mean + torch.exp(0.5 * self.logvar) * noise

    def kl(self) -> Tensor:
        """KL(q || N(0, I)) per image, in nats, [image]."""
        terms = self.mean**2 + self.logvar.exp() - 1 - self.logvar
        return 0.5 * terms.sum(dim=(1, 2, 3))


class Vae(nn.Module):
    """Encoder and decoder; images are [image rgb 64 64] in [-1, 1], scaled latents [image 4 8 8] near unit variance."""

    shift: Tensor
    scale: Tensor

    def __init__(self, config: VaeConfig | None = None) -> None:
        super().__init__()
        c = self.config = config or VaeConfig()
        self.enc_in = nn.Conv2d(3 * PATCH**2, c.middle, 3, padding=1)
        self.enc_down = nn.Conv2d(c.middle, c.deep, 3, stride=2, padding=1)
        self.enc_deep = ResBlock(c.deep, c.deep)
        self.enc_norm = nn.GroupNorm(8, c.deep)
        self.enc_out = nn.Conv2d(c.deep, 2 * LATENT_CHANNELS, 1)
        self.dec_in = nn.Conv2d(LATENT_CHANNELS, c.deep, 3, padding=1)
        self.dec_deep = nn.ModuleList(ResBlock(c.deep, c.deep) for _ in range(c.blocks))
        self.dec_up = Grow(c.deep, c.middle)
        self.dec_middle = ResBlock(c.middle, c.middle)
        self.dec_norm = nn.GroupNorm(8, c.middle)
        self.dec_out = nn.Conv2d(c.middle, 3 * PATCH**2, 3, padding=1)
        # Per-channel mean and deviation of the training set's latents, set once after training.
        self.register_buffer("shift", torch.zeros(1, LATENT_CHANNELS, 1, 1))
        self.register_buffer("scale", torch.ones(1, LATENT_CHANNELS, 1, 1))

    def posterior(self, image: Tensor, trace: Trace | None = None) -> Posterior:
        """q(z|x) of images [image rgb 64 64] in [-1, 1]; latents not yet scaled."""
        h = note(trace, "enc.16", F.silu(self.enc_in(F.pixel_unshuffle(image, PATCH))))
        h = note(trace, "enc.8", self.enc_deep(self.enc_down(h)))
        mean, logvar = self.enc_out(F.silu(self.enc_norm(h))).float().chunk(2, dim=1)
        return Posterior(mean, logvar.clamp(-20, 10))

    def reconstruct(self, z: Tensor, trace: Trace | None = None) -> Tensor:
        """Images [image rgb 64 64], roughly in [-1, 1], of unscaled latents."""
        h = self.dec_in(z)
        for i, block in enumerate(self.dec_deep):
            h = note(trace, f"dec.8.{i}", block(h))
        h = note(trace, "dec.16", self.dec_middle(self.dec_up(h)))
        return F.pixel_shuffle(self.dec_out(F.silu(self.dec_norm(h))), PATCH)

    def encode(self, image: Tensor, trace: Trace | None = None) -> Tensor:
        """Scaled latents [image 4 8 8] (the posterior's mean), about zero mean and unit deviation per channel."""
        return (self.posterior(image, trace).mean - self.shift) / self.scale

    def decode(self, latent: Tensor, trace: Trace | None = None) -> Tensor:
        """Images [image rgb 64 64] in [-1, 1] of scaled latents [image 4 8 8]."""
        return self.reconstruct(latent * self.scale + self.shift, trace).clamp(-1, 1)


def load_vae(folder: Path) -> Vae:
    """The shipped autoencoder; raises ModelFileError for a file that is not sound."""
    vae = Vae(configured(VaeConfig, read_header(folder).config))
    load_into(vae, folder)
    return vae
