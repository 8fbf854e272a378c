"""Trains the picture autoencoder `scene-vae`: python -m courseai_lab.training.diffusion_vae --data DIR --out DIR.

The loss is the mean absolute error of pixels and of their differences to the right and below (so that outlines stay
sharp without an adversary), plus a small KL term. Afterwards each latent channel is shifted and scaled to zero mean
and unit deviation over the training set.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor

from courseai_lab.networks.vae import Vae, VaeConfig
from courseai_lab.training.common import (
    Ema,
    Progress,
    arguments,
    cosine,
    device_name,
    load_checkpoint,
    save_checkpoint,
    save_weights,
    seed_everything,
    set_lr,
    stream,
    write_card,
)
from courseai_lab.training.diffusion_data import Pictures, pictures
from courseai_lab.training.diffusion_metrics import psnr, ssim

KL_WEIGHT, EDGE_WEIGHT, EVERY = 4e-6, 0.5, 200


def loss_terms(vae: Vae, image: Tensor, noise: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Mean absolute error of pixels, of neighbours' differences, and KL per image in nats."""
    posterior = vae.posterior(image)
    error = vae.reconstruct(posterior.sample(noise)) - image
    edges = error.diff(dim=2).abs().mean() + error.diff(dim=3).abs().mean()
    return error.abs().mean(), edges, posterior.kl().mean()


def train(data: Pictures, options: argparse.Namespace, checkpoint: Path) -> Vae:
    """The averaged network after `options.steps` steps; goes on from the checkpoint where there is one."""
    device = torch.device(options.device)
    seed_everything(options.seed)
    vae = Vae(VaeConfig()).to(device, memory_format=torch.channels_last)
    ema, optimizer = Ema(vae, 0.998), torch.optim.AdamW(vae.parameters(), betas=(0.9, 0.99), weight_decay=1e-3)
    state, start = load_checkpoint(checkpoint, device), 0
    if state is not None:
        start = state["step"]
        vae.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        ema.load_state_dict(state["ema"])
    progress = Progress("vae", options.steps, start)
    for step in range(start, options.steps):
        set_lr(optimizer, cosine(step, options.steps, options.lr, 100, options.lr / 50))
        index = torch.randint(len(data), (options.batch,), generator=stream(options.seed, "batch", step))
        image = data.images(index, device).contiguous(memory_format=torch.channels_last)
        pixel, edge, kl = loss_terms(vae, image, stream(options.seed, "noise", step, device))
        optimizer.zero_grad(set_to_none=True)
        (pixel + EDGE_WEIGHT * edge + KL_WEIGHT * kl).backward()
        torch.nn.utils.clip_grad_norm_(vae.parameters(), 1.0)
        optimizer.step()
        ema.update(vae)
        if (step + 1) % EVERY == 0 or step + 1 == options.steps:
            state = {"step": step + 1, "model": vae.state_dict(), "ema": ema.state_dict()}
            save_checkpoint(checkpoint, state | {"optimizer": optimizer.state_dict()})
        progress(step + 1, pixel=float(pixel), edge=float(edge), kl=float(kl))
    vae.load_state_dict(ema.weights)
    return vae.eval().requires_grad_(False)


def batches(data: Pictures, device: torch.device | str, size: int = 64, most: int | None = None) -> Iterator[Tensor]:
    """All images (or the first `most`), in order, in batches."""
    count = len(data) if most is None else min(most, len(data))
    for begin in range(0, count, size):
        index = torch.arange(begin, min(begin + size, count))
        yield data.images(index, device).contiguous(memory_format=torch.channels_last)


@torch.no_grad()
def set_scale(vae: Vae, data: Pictures, device: torch.device | str, most: int = 4096) -> None:
    """Make each latent channel zero-mean and of unit deviation over (part of) the training set."""
    means = torch.cat([vae.posterior(image).mean for image in batches(data, device, most=most)])
    vae.shift.copy_(means.mean(dim=(0, 2, 3), keepdim=True))
    vae.scale.copy_(means.std(dim=(0, 2, 3), keepdim=True))


@torch.no_grad()
def measure(vae: Vae, data: Pictures, device: torch.device | str, most: int = 1024) -> dict[str, float | list[float]]:
    """PSNR and SSIM of reconstructions in [0, 1], and the scaled latents' statistics."""
    ratios, likeness, latents, spreads, kls = [], [], [], [], []
    for image in batches(data, device, most=most):
        posterior = vae.posterior(image)
        latent = (posterior.mean - vae.shift) / vae.scale
        again = vae.decode(latent)
        ratios.append(psnr((again + 1) / 2, (image + 1) / 2))
        likeness.append(ssim((again + 1) / 2, (image + 1) / 2))
        latents.append(latent)
        spreads.append((0.5 * posterior.logvar).exp() / vae.scale)
        kls.append(posterior.kl())
    z = torch.cat(latents)
    return {
        "psnr_db": float(torch.cat(ratios).mean()),
        "ssim": float(torch.cat(likeness).mean()),
        "latent_mean": [round(float(v), 4) for v in z.mean(dim=(0, 2, 3))],
        "latent_std": [round(float(v), 4) for v in z.std(dim=(0, 2, 3))],
        "latent_kurtosis": float(((z - z.mean()) / z.std()).pow(4).mean()),
        "posterior_std": float(torch.cat(spreads).mean()),
        "kl_nats": float(torch.cat(kls).mean()),
    }


CARD = """The picture autoencoder of the miniature text-to-image system: 64 x 64 x 3 to 8 x 8 x 4 and back, factor 8 with
four channels as in Stable Diffusion. It knows only the rendered scenes of the captioned world.

Architecture: patches of 4 x 4 pixels, 3 x 3 convolutions and residual blocks at 16 and 8 pixels a side, KL-regularised.
`posterior_std` is the mean deviation of q(z|x) in units of the scaled latents. Measured on scenes that training has
not seen: `test` has the training's combinations of shape and colour, `held_out` at least one that it never shows.

Licence and data: all pictures are computed by this repository's own renderer.
"""


def main() -> None:
    parser = arguments(__doc__ or "", steps=5000)
    parser.add_argument("--batch", type=int, default=32, help="images a step (default 32)")
    parser.add_argument("--lr", type=float, default=2e-3, help="peak learning rate (default 0.002)")
    parser.add_argument("--pictures", type=int, default=24576, help="training pictures (default 24576)")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    device = torch.device(options.device)
    data = pictures(options.data, "train", options.pictures, options.seed, device)
    work = options.work or options.out / ".work"
    vae = train(data, options, work / "scene-vae.pt")
    set_scale(vae, data, device)
    folder = options.out / "scene-vae"
    size = save_weights(folder, vae.state_dict(), asdict(vae.config))
    figures: dict[str, object] = {
        "parameters": sum(value.numel() for value in vae.parameters()),
        "bytes": size,
        "steps": options.steps,
        "images_seen": options.steps * options.batch,
        "seed": options.seed,
        "trained_on": device_name(device),
    }
    for split in ("test", "held_out"):
        judged = pictures(options.data, split, 1024, options.seed, device)  # type: ignore[arg-type]
        figures[split] = measure(vae, judged, device)
    write_card(folder, "scene-vae", CARD, figures)


if __name__ == "__main__":
    main()
