"""The miniature text-to-image system put together: text encoder, guided U-Net, sampler, decoder.

system = load_system(models_folder)
pictures = system.generate(["a red ball left of a blue cube"], scale=4.0, seeds=[7])
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from courseai_lab.kernels import schedules
from courseai_lab.kernels.samplers import SAMPLERS, Grid, Model, Sampler, Step, Target, make_even_grid, make_grid
from courseai_lab.kernels.schedules import Schedule
from courseai_lab.kernels.timesteps import Spacing, inference_timesteps
from courseai_lab.networks.clip import PAD, Clip, key_mask, load_clip, tokenize
from courseai_lab.networks.diffusion_blocks import Trace, fast_layout
from courseai_lab.networks.unet import T_MAX, Heard, UNet, load_unet
from courseai_lab.networks.vae import FACTOR, LATENT_CHANNELS, Vae, load_vae

SIDE = 64 // FACTOR
Scale = float | Callable[[int, float], float]
"""Guidance scale, or its value at step i and time t: a schedule, or an interval outside which it is 1."""


@cache
def noise_schedule() -> Schedule:
    """The schedule that the U-Net was trained on: cosine, T = 1000."""
    return schedules.cosine(T_MAX)


def sampling_grid(steps: int, spacing: Spacing | None = Spacing.TRAILING) -> Grid:
    """The N times and noise levels of a sampler on the network's own schedule; None spaces them evenly in lambda."""
    schedule = noise_schedule()
    if spacing is None:
        return make_even_grid(schedule.signal, schedule.noise, steps)
    return make_grid(schedule.signal, schedule.noise, inference_timesteps(schedule, steps, spacing))


def starting_noise(seeds: Sequence[int], step: int = 0) -> Tensor:
    """Standard normal latents [image 4 8 8], each from its own seed; `step` above 0 gives a sampler's fresh noise."""
    rows = [np.random.default_rng((seed, step)).standard_normal((LATENT_CHANNELS, SIDE, SIDE)) for seed in seeds]
    return torch.from_numpy(np.stack(rows).astype(np.float32))


def guide(conditional: Tensor, unconditional: Tensor, scale: float, rescale: float = 0.0) -> Tensor:
    """Ho & Salimans (2022), eq. 6 in Stable Diffusion's scale: u + scale (c - u); 1 is no guidance.

    With `rescale` (phi) above 0 the result is drawn back to the conditional prediction's deviation per image
    (Lin et al. 2024, eq. 15 and 16).
    """
    guided = unconditional + scale * (conditional - unconditional)
    if rescale == 0.0:
        return guided
    axes = tuple(range(1, guided.ndim))
    factor = conditional.std(dim=axes, keepdim=True) / guided.std(dim=axes, keepdim=True).clamp_min(1e-8)
    return guided * (rescale * factor + (1 - rescale))


@dataclass(frozen=True, slots=True)
class Prompted:
    """Prompts as the U-Net hears them: for n images, `heard` holds n conditional rows, then n unconditional ones."""

    heard: Heard
    alone: Heard
    count: int


@dataclass(frozen=True, slots=True)
class Prediction:
    """The U-Net's v at one step, [image 4 8 8] each: with the prompt, without, and guided."""

    conditional: Tensor
    unconditional: Tensor
    guided: Tensor


@dataclass(frozen=True, slots=True)
class System:
    """All four networks' shared use. Latents are scaled, [image 4 8 8]; images [image rgb 64 64] in [-1, 1]."""

    clip: Clip
    vae: Vae
    unet: UNet

    @torch.no_grad()
    def prompted(self, prompts: Sequence[str], negative: str = "") -> Prompted:
        """Encode prompts (and what to be guided away from) once; raises ValueError for one that is too long."""
        device = self.unet.places.device
        tokens = tokenize([*prompts, *([negative] * len(prompts))], device)
        tokens = tokens[:, : max(2, int((tokens != PAD).sum(1).max()))]
        heard = self.unet.hear(self.clip.text.conditioning(tokens), key_mask(tokens))
        count = len(prompts)
        return Prompted(heard, [(k[:count], v[:count], mask[:count]) for k, v, mask in heard], count)

    @torch.no_grad()
    def predict(
        self, x: Tensor, t: float, prompted: Prompted, scale: float, *, rescale: float = 0.0, trace: Trace | None = None
    ) -> Prediction:
        """v with the prompt, without it, and guided. At scale 1 without a trace only the first is computed."""
        clock = self.unet.clock(torch.tensor([t], device=x.device))
        if scale == 1.0 and trace is None:
            v = self.unet(x, clock, prompted.alone)
            return Prediction(v, v, v)
        both = self.unet(torch.cat((x, x)), clock, prompted.heard, trace)
        conditional, unconditional = both.chunk(2)
        return Prediction(conditional, unconditional, guide(conditional, unconditional, scale, rescale))

    def model(self, prompted: Prompted, scale: Scale = 4.0, *, rescale: float = 0.0) -> Model:
        """The guided network as samplers want it. A scale that is a function is asked at each new time in turn."""
        seen: dict[float, int] = {}

        def v(x: Tensor, t: float) -> Tensor:
            i = seen.setdefault(t, len(seen))
            w = scale if isinstance(scale, (int, float)) else scale(i, t)
            return self.predict(x, t, prompted, float(w), rescale=rescale).guided

        return v

    def steps(
        self,
        prompts: Sequence[str],
        seeds: Sequence[int],
        *,
        negative: str = "",
        scale: Scale = 4.0,
        rescale: float = 0.0,
        steps: int = 12,
        sampler: Sampler = Sampler.DPM_SOLVER,
        spacing: Spacing | None = Spacing.TRAILING,
        eta: float | None = None,
    ) -> Iterator[Step]:
        """The sampler's steps for one image a prompt and seed; each seed has its own noise, whatever is beside it.

        Raises ValueError when there are not as many seeds as prompts.
        """
        if len(prompts) != len(seeds):
            raise ValueError(f"every image needs a prompt and a seed: {len(prompts)} prompts, {len(seeds)} seeds")
        device = self.unet.places.device
        model = self.model(self.prompted(prompts, negative), scale, rescale=rescale)
        extra = {} if eta is None else {"eta": eta}
        x = starting_noise(seeds).to(device).contiguous(memory_format=torch.channels_last)
        yield from SAMPLERS[sampler](
            model,
            x,
            sampling_grid(steps, spacing),
            Target.V,
            noise=lambda i: starting_noise(seeds, i + 1).to(device),
            **extra,
        )

    @torch.no_grad()
    def generate(self, prompts: Sequence[str], seeds: Sequence[int], **options: object) -> Tensor:
        """Images [image rgb 64 64] in [-1, 1]; options as for `steps`."""
        x = None
        for step in self.steps(prompts, seeds, **options):  # type: ignore[arg-type]
            x = step.x_next
        if x is None:
            raise ValueError("sampling needs at least one step")
        return self.vae.decode(x)


def load_system(models: Path) -> System:
    """The shipped system from the folder of models; raises ModelFileError for a file that is not sound."""
    vae, unet = load_vae(models / "scene-vae"), load_unet(models / "scene-unet")
    return System(load_clip(models / "scene-clip"), fast_layout(vae), fast_layout(unet))
