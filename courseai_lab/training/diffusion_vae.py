"""Trains the picture autoencoder `scene-vae`: python -m courseai_lab.training.diffusion_vae --data DIR --out DIR.

The loss is the mean absolute error of pixels and of their differences to the right and below (so that outlines
stay sharp without an adversary), weighted towards the things, plus a small KL term. Afterwards each
latent channel is shifted and scaled to zero mean and unit deviation over the training set.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor

from courseai_lab.networks.diffusion_blocks import fast_layout
from courseai_lab.networks.vae import Vae, VaeConfig
from courseai_lab.networks.world import Scene
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
from courseai_lab.training.diffusion_data import SIDE, Pictures, pictures
from courseai_lab.training.diffusion_metrics import psnr, ssim

KL_WEIGHT, EDGE_WEIGHT, THING_WEIGHT = 4e-6, 0.5, 7.0
JUDGED, EVERY = 1024, 200


def thing_weights(scenes: Sequence[Scene], device: torch.device | str) -> Tensor:
    """Weight of each pixel, [scene 1 64 64], of mean 1: more within a thing's circle, most for a small thing."""
    axis = torch.arange(SIDE) + 0.5
    weights = torch.ones(len(scenes), 1, SIDE, SIDE)
    for i, scene in enumerate(scenes):
        for thing in scene.things:
            distance = torch.hypot(axis[None, :] - thing.x, axis[:, None] - thing.y)
            inside = (distance < 1.08 * thing.radius + 1).to(torch.float32)
            weights[i, 0] = torch.maximum(weights[i, 0], 1 + inside * THING_WEIGHT * min(1.0, 12 / thing.radius))
    return (weights / weights.mean(dim=(2, 3), keepdim=True)).to(device)


def loss_terms(vae: Vae, image: Tensor, weights: Tensor, noise: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Weighted mean absolute error of pixels, of neighbours' differences, and KL per image in nats."""
    posterior = vae.posterior(image)
    error = vae.reconstruct(posterior.sample(noise)) - image
    down = (error.diff(dim=2) * weights[:, :, 1:]).abs().mean()
    right = (error.diff(dim=3) * weights[:, :, :, 1:]).abs().mean()
    return (error * weights).abs().mean(), down + right, posterior.kl().mean()


def fix_encoder(vae: Vae, ema: Ema) -> None:
    """From now on the encoder is its average and does not learn: latents made with it stay valid."""
    averaged = {name: value for name, value in ema.weights.items() if name.startswith("enc_")}
    vae.load_state_dict(averaged, strict=False)
    for name, parameter in vae.named_parameters():
        parameter.requires_grad_(not name.startswith("enc_"))


def train(data: Pictures, options: argparse.Namespace, checkpoint: Path) -> Vae:
    """The averaged network after `options.steps` steps; goes on from the checkpoint where there is one."""
    device = torch.device(options.device)
    seed_everything(options.seed)
    vae = fast_layout(Vae(VaeConfig()).to(device))
    ema, optimizer = Ema(vae, 0.998), torch.optim.AdamW(vae.parameters(), betas=(0.9, 0.99), weight_decay=1e-3)
    state, start = load_checkpoint(checkpoint, device), 0
    if state is not None:
        start = state["step"]
        vae.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        ema.load_state_dict(state["ema"])
    if options.decoder_only:
        fix_encoder(vae, ema)
    progress = Progress("vae", options.steps, start)
    for step in range(start, options.steps):
        set_lr(optimizer, cosine(step, options.steps, options.lr, 100, options.lr / 50))
        index = torch.randint(len(data), (options.batch,), generator=stream(options.seed, "batch", step))
        image = data.images(index, device).contiguous(memory_format=torch.channels_last)
        weights = thing_weights([data.scene(int(i)) for i in index], device)
        pixel, edge, kl = loss_terms(vae, image, weights, stream(options.seed, "noise", step, device))
        optimizer.zero_grad(set_to_none=True)
        (pixel + EDGE_WEIGHT * edge + KL_WEIGHT * kl).backward()
        torch.nn.utils.clip_grad_norm_(vae.parameters(), 1.0)
        optimizer.step()
        ema.update(vae)
        if (step + 1) % EVERY == 0 or step + 1 == options.steps:
            state = {"step": step + 1, "model": vae.state_dict(), "ema": ema.state_dict()}
            save_checkpoint(checkpoint, state | {"optimizer": optimizer.state_dict()})
        progress(step + 1, pixel=pixel.item(), edge=edge.item(), kl=kl.item())
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
def measure(vae: Vae, data: Pictures, device: torch.device | str) -> dict[str, float | list[float]]:
    """PSNR and SSIM of reconstructions in [0, 1], and the scaled latents' statistics."""
    ratios, likeness, latents, spreads, kls = [], [], [], [], []
    for image in batches(data, device):
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


CARD = """The picture autoencoder of the miniature text-to-image system: 64 x 64 x 3 to 8 x 8 x 4 and back, factor 8
with four channels as in Stable Diffusion. It knows only the rendered scenes of the captioned world.

Architecture: patches of 4 x 4 pixels, 3 x 3 convolutions and residual blocks at 16 and 8 pixels a side, KL-regularised.
`posterior_std` is the mean deviation of q(z|x) in units of the scaled latents. Measured on scenes that training has
not seen: `test` has the training's combinations of shape and colour, `held_out` at least one that it never shows.

Licence and data: all pictures are computed by this repository's own renderer.
"""


def main(given: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = arguments(__doc__ or "", steps=5000)
    parser.add_argument("--batch", type=int, default=32, help="images a step (default 32)")
    parser.add_argument("--lr", type=float, default=2e-3, help="peak learning rate (default 0.002)")
    parser.add_argument("--pictures", type=int, default=24576, help="training pictures (default 24576)")
    parser.add_argument("--decoder-only", action="store_true", help="go on with the encoder as it is")
    options = parser.parse_args(given)
    torch.set_num_threads(options.threads)
    device = torch.device(options.device)
    data = pictures(options.data, "train", options.pictures, options.seed, device)
    vae = train(data, options, options.work / "scene-vae.pt")
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
        judged = pictures(options.data, split, JUDGED, options.seed, device)  # type: ignore[arg-type]
        figures[split] = measure(vae, judged, device)
    write_card(folder, "scene-vae", CARD, figures)


if __name__ == "__main__":
    main()
