"""Trains the denoiser `scene-unet`: python -m courseai_lab.training.diffusion_unet --data DIR --out DIR.

Needs `scene-vae`, `scene-clip` and `scene-judge` in --out. Latents are encoded once; every step draws captions anew
and drops 12 in 100 of them, so that one network holds both the conditional and the unconditional prediction
(Ho & Salimans 2022). Target: v (Salimans & Ho 2022) on the cosine schedule, mean squared error, averaged weights.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from courseai_lab.networks.clip import PAD, Clip, key_mask, load_clip, tokenize
from courseai_lab.networks.diffusion import noise_schedule
from courseai_lab.networks.diffusion_blocks import fast_layout
from courseai_lab.networks.unet import T_MAX, UNet, UNetConfig
from courseai_lab.networks.vae import Vae, load_vae
from courseai_lab.networks.world_captions import write_caption
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
from courseai_lab.training.diffusion_clip import caption_rng
from courseai_lab.training.diffusion_data import Pictures, pictures
from courseai_lab.training.diffusion_score import score
from courseai_lab.training.diffusion_vae import batches

DROPOUT, EVERY = 0.12, 200


@dataclass(frozen=True, slots=True)
class Frozen:
    """What the denoiser learns from: scaled latents [scene 4 8 8] of the training pictures, and the text encoder."""

    latents: Tensor
    clip: Clip
    data: Pictures


@torch.no_grad()
def encode_all(vae: Vae, data: Pictures, device: torch.device) -> Tensor:
    """Scaled latents [scene 4 8 8] of all pictures."""
    progress, parts, done = Progress("latents", len(data)), [], 0
    for image in batches(data, device):
        parts.append(vae.encode(image))
        done += len(image)
        progress(done)
    return torch.cat(parts)


def stratified_times(count: int, rng: torch.Generator) -> Tensor:
    """Times [image] of 0..999, one from each of `count` equal parts, in random order: less noise in the loss."""
    device = rng.device
    places = (torch.arange(count, device=device) + torch.rand(count, generator=rng, device=device)) / count
    return (places * T_MAX).long()[torch.randperm(count, generator=rng, device=device)]


def denoising_loss(unet: UNet, frozen: Frozen, index: Tensor, seed: int, step: int) -> Tensor:
    """Mean squared error of v for the scenes `index` [image] at training step `step`."""
    device = frozen.latents.device
    rng, chance = stream(seed, "denoise", step, device), caption_rng(seed, step)
    texts = [write_caption(frozen.data.scene(int(i)), chance) for i in index]
    dropped = chance.random(len(texts)) < DROPOUT
    tokens = tokenize(["" if drop else text for text, drop in zip(texts, dropped, strict=True)], device)
    tokens = tokens[:, : int((tokens != PAD).sum(1).max())]
    with torch.no_grad():
        words = frozen.clip.text.conditioning(tokens)
    x0 = frozen.latents[index.to(device)]
    t, eps = stratified_times(len(x0), rng), torch.randn(x0.shape, generator=rng, device=device)
    schedule = noise_schedule()
    alpha = torch.from_numpy(schedule.signal).to(device, torch.float32)[t][:, None, None, None]
    sigma = torch.from_numpy(schedule.noise).to(device, torch.float32)[t][:, None, None, None]
    x = (alpha * x0 + sigma * eps).contiguous(memory_format=torch.channels_last)
    v = unet(x, unet.clock(t), unet.hear(words, key_mask(tokens)))
    return F.mse_loss(v, alpha * eps - sigma * x0)


def train(frozen: Frozen, options: argparse.Namespace) -> UNet:
    """The averaged network after `options.steps` steps; goes on from the checkpoint where there is one."""
    device, checkpoint = torch.device(options.device), options.work / "scene-unet.pt"
    seed_everything(options.seed)
    unet = fast_layout(UNet(UNetConfig(words=2 * frozen.clip.config.width)).to(device))
    optimizer = torch.optim.AdamW(unet.parameters(), betas=(0.9, 0.99), weight_decay=0.01)
    ema, state, start = Ema(unet, options.ema), load_checkpoint(checkpoint, device), 0
    if state is not None:
        start = state["step"]
        unet.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        ema.load_state_dict(state["ema"])
    progress, smooth = Progress("unet", options.steps, start), 0.0
    for step in range(start, options.steps):
        set_lr(optimizer, cosine(step, options.steps, options.lr, 100, options.lr / 50))
        index = torch.randint(len(frozen.data), (options.batch,), generator=stream(options.seed, "unet", step))
        loss = denoising_loss(unet, frozen, index, options.seed, step)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(unet.parameters(), 1.0)
        optimizer.step()
        ema.update(unet)
        if (step + 1) % EVERY == 0 or step + 1 == options.steps:
            state = {"step": step + 1, "model": unet.state_dict(), "ema": ema.state_dict()}
            save_checkpoint(checkpoint, state | {"optimizer": optimizer.state_dict()})
        smooth = loss.item() if step == start else 0.98 * smooth + 0.02 * loss.item()
        progress(step + 1, loss=smooth)
    unet.load_state_dict(ema.weights)
    return unet.eval().requires_grad_(False)


CARD = """The denoising U-Net of the miniature text-to-image system: latents of 8 x 8 x 4, residual blocks,
self-attention, cross-attention to the words of `scene-clip`'s text encoder, time embedding, v-prediction
on the cosine schedule with T = 1000, 12 % caption dropout, averaged weights.

How it is judged: captions of two things with a relation, 12 steps of DPM-Solver++(2M), one picture a caption, looked at
by `scene-judge` (see its card; its own accuracy is the ceiling). `right`: number, every colour on its shape, and
the relation, all as asked. `test` has combinations of shape and colour that training shows, `held_out` in every
caption at least one that it never shows. `single` are captions of one thing. Frechet distance in the features of
`scene-clip`'s image encoder, equal sample sizes: generated against unseen scenes, and the floor, unseen against
other unseen scenes.

Licence and data: all pictures and captions are computed by this repository's own code.
"""


def main(given: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = arguments(__doc__ or "", steps=12000)
    parser.add_argument("--batch", type=int, default=64, help="latents a step (default 64)")
    parser.add_argument("--lr", type=float, default=1.5e-3, help="peak learning rate (default 0.0015)")
    parser.add_argument("--note", default="", help="how these weights came about, for the card")
    parser.add_argument("--ema", type=float, default=0.998, help="decay of the averaged weights (default 0.998)")
    parser.add_argument("--pictures", type=int, default=24576, help="training pictures (default 24576)")
    options = parser.parse_args(given)
    torch.set_num_threads(options.threads)
    device = torch.device(options.device)
    data = pictures(options.data, "train", options.pictures, options.seed, device)
    vae = fast_layout(load_vae(options.out / "scene-vae").to(device))
    clip = load_clip(options.out / "scene-clip").to(device)
    unet = train(Frozen(encode_all(vae, data, device), clip, data), options)
    folder = options.out / "scene-unet"
    size = save_weights(folder, unet.state_dict(), asdict(unet.config))
    figures: dict[str, object] = {
        "parameters": sum(value.numel() for value in unet.parameters()),
        "bytes": size,
        "steps": options.steps,
        "latents_seen": options.steps * options.batch,
        "seed": options.seed,
        "trained_on": device_name(device),
        "note": options.note,
    }
    write_card(folder, "scene-unet", CARD, figures | score(options.out, options.data, options.seed, device))


if __name__ == "__main__":
    main()
