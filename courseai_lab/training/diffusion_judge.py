"""Trains the judge `scene-judge` on ground truth: python -m courseai_lab.training.diffusion_judge --data DIR --out DIR.

Unlike the generator it learns from all pairs of shape and colour, those that the generator never sees included: a
judge must not be prejudiced. Half of its pictures come straight from the renderer, half through the autoencoder
(`scene-vae` in --out), because generated pictures carry the autoencoder's softness; a little noise is added to all.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from dataclasses import asdict

import torch
from torch import Tensor
from torch.nn import functional as F

from courseai_lab.networks.diffusion_blocks import fast_layout
from courseai_lab.networks.diffusion_judge import (
    CELL,
    GRID,
    PARTS,
    Judge,
    JudgeConfig,
    Seen,
    judge_request,
    look,
    seen_in,
)
from courseai_lab.networks.vae import Vae, load_vae
from courseai_lab.networks.world import COLOURS, SHAPES, TEXTURES, Relation
from courseai_lab.networks.world_captions import read_caption, write_caption
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
from courseai_lab.training.diffusion_data import Pictures, Split, pictures

JUDGED, EVERY = 1024, 100


def targets(truth: Sequence[Sequence[Seen]], device: torch.device | str) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Heat [image 2 16 16]; of things: image, grid, row, column [thing 4], classes [thing 3], boxes [thing 3]."""
    heat = torch.zeros(len(truth), 2, GRID, GRID)
    axis = torch.arange(GRID) + 0.5
    where, kinds, boxes = [], [], []
    for i, things in enumerate(truth):
        for thing in things:
            gx, gy, grid = thing.x / CELL, thing.y / CELL, int(thing.glass)
            column, row = (min(max(int(value), 0), GRID - 1) for value in (gx, gy))
            bump = torch.exp(-((axis - gx) ** 2) / 1.4)[None, :] * torch.exp(-((axis - gy) ** 2) / 1.4)[:, None]
            heat[i, grid] = torch.maximum(heat[i, grid], bump)
            heat[i, grid, row, column] = 1.0
            where.append((i, grid, row, column))
            kinds.append((SHAPES.index(thing.shape), COLOURS.index(thing.colour), TEXTURES.index(thing.texture)))
            boxes.append((gx - column, gy - row, math.log(thing.radius)))
    places, classes, sizes = (torch.tensor(rows, device=device) for rows in (where, kinds, boxes))
    return heat.to(device), places, classes, sizes


def detection_loss(grids: Tensor, truth: Sequence[Sequence[Seen]]) -> Tensor:
    """Penalty-reduced focal loss on the heat (Law & Deng 2018), cross-entropy and absolute error at the centres."""
    heat, where, kinds, boxes = targets(truth, grids.device)
    centre = heat == 1.0
    logit = grids[:, :, 0]
    p = logit.sigmoid()
    hit = F.logsigmoid(logit) * (1 - p) ** 2
    miss = F.logsigmoid(-logit) * p**2 * (1 - heat) ** 4
    focal = -torch.where(centre, hit, miss).sum() / len(where)
    image, grid, row, column = where.unbind(1)
    at = grids[image, grid, :, row, column]  # [thing part]
    _, shape, colour, texture, box = at.split(PARTS, dim=1)
    named = sum(F.cross_entropy(part, kinds[:, k]) for k, part in enumerate((shape, colour, texture)))
    return focal + named + 2 * (box - boxes).abs().mean()


def softened(vae: Vae, image: Tensor, rng: torch.Generator) -> Tensor:
    """The second half of a batch seen through the autoencoder, noise of up to 0.04 on all."""
    half = len(image) // 2
    with torch.no_grad():
        again = vae.decode(vae.encode(image[half:]))
    image = torch.cat((image[:half], again))
    level = 0.04 * torch.rand((len(image), 1, 1, 1), generator=rng, device=image.device)
    return image + level * torch.randn(image.shape, generator=rng, device=image.device)


def mixed_batch(data: Pictures, special: Pictures, size: int, rng: torch.Generator) -> tuple[Tensor, list[list[Seen]]]:
    """Images and what they show: three quarters of `data`, a quarter of `special` after its first JUDGED pictures."""
    few = size // 4
    common = torch.randint(len(data), (size - few,), generator=rng)
    rare = torch.randint(JUDGED, len(special), (few,), generator=rng)
    parts = ((data, common), (special, rare))
    order = torch.randperm(size, generator=rng)
    image = torch.cat([source.images(index) for source, index in parts])[order]
    truth = [seen_in(source.scene(int(i))) for source, index in parts for i in index]
    return image, [truth[int(i)] for i in order]


def train(data: Pictures, special: Pictures, vae: Vae, options: argparse.Namespace) -> Judge:
    """The averaged judge after `options.steps` steps; goes on from the checkpoint where there is one."""
    device, checkpoint = torch.device(options.device), options.work / "scene-judge.pt"
    seed_everything(options.seed)
    judge = fast_layout(Judge(JudgeConfig()).to(device))
    ema, optimizer = Ema(judge, 0.99), torch.optim.AdamW(judge.parameters(), betas=(0.9, 0.99), weight_decay=0.01)
    state, start = load_checkpoint(checkpoint, device), 0
    if state is not None:
        start = state["step"]
        judge.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        ema.load_state_dict(state["ema"])
    progress = Progress("judge", options.steps, start)
    for step in range(start, options.steps):
        set_lr(optimizer, cosine(step, options.steps, options.lr, 30))
        image, truth = mixed_batch(data, special, options.batch, stream(options.seed, "judge", step))
        image = softened(vae, image.to(device), stream(options.seed, "soft", step, device))
        grids = judge(image.contiguous(memory_format=torch.channels_last))
        loss = detection_loss(grids, truth)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(judge.parameters(), 2.0)
        optimizer.step()
        ema.update(judge)
        if (step + 1) % EVERY == 0 or step + 1 == options.steps:
            state = {"step": step + 1, "model": judge.state_dict(), "ema": ema.state_dict()}
            save_checkpoint(checkpoint, state | {"optimizer": optimizer.state_dict()})
        progress(step + 1, loss=loss.item())
    judge.load_state_dict(ema.weights)
    return judge.eval().requires_grad_(False)


@torch.no_grad()
def measure(judge: Judge, data: Pictures, vae: Vae | None, device: torch.device | str) -> dict[str, float]:
    """Share of true pictures that the judge finds as their own plain caption says; through the autoencoder if given.

    `two_things_right` is the ceiling that any generator of two-thing pictures can reach under this judge.
    """
    marks: dict[str, list[bool]] = {"right": [], "count": [], "binding": [], "relation": [], "two_things_right": []}
    for begin in range(0, len(data), 64):
        index = torch.arange(begin, min(begin + 64, len(data)))
        image = data.images(index, device).contiguous(memory_format=torch.channels_last)
        if vae is not None:
            image = vae.decode(vae.encode(image))
        for i, seen in zip(index.tolist(), look(judge, image), strict=True):
            scene = data.scene(i)
            verdict = judge_request(seen, read_caption(write_caption(scene)))
            marks["right"].append(verdict.right)
            marks["count"].append(verdict.count)
            marks["binding"].append(verdict.binding)
            if scene.relation is not Relation.NONE:
                marks["relation"].append(verdict.relation)
                marks["two_things_right"].append(verdict.right)
    return {name: sum(values) / max(1, len(values)) for name, values in marks.items()}


CARD = """The judge of the miniature text-to-image system: a centre-point detector trained on the ground truth of
rendered scenes. It says which things a picture shows (shape, colour, texture, place, size); relations follow
from places.

The figures are its own accuracy on scenes it was not trained on: the share of true pictures that it finds fully as
their caption says, straight from the renderer (`rendered`) and through the autoencoder (`decoded`). It learns from all
pairs of shape and colour, those held out from the generator included. Nothing it judges can score above these.

Licence and data: all pictures are computed by this repository's own renderer.
"""


def main(given: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = arguments(__doc__ or "", steps=800)
    parser.add_argument("--batch", type=int, default=64, help="pictures a step (default 64)")
    parser.add_argument("--lr", type=float, default=2e-3, help="peak learning rate (default 0.002)")
    parser.add_argument("--pictures", type=int, default=24576, help="training pictures (default 24576)")
    options = parser.parse_args(given)
    torch.set_num_threads(options.threads)
    device = torch.device(options.device)
    data = pictures(options.data, "train", options.pictures, options.seed, device)
    vae = fast_layout(load_vae(options.out / "scene-vae").to(device))
    special = pictures(options.data, "held_out", max(JUDGED + 1, options.pictures // 5), options.seed, device)
    judge = train(data, special, vae, options)
    folder = options.out / "scene-judge"
    size = save_weights(folder, judge.state_dict(), asdict(judge.config))
    figures: dict[str, object] = {
        "parameters": sum(value.numel() for value in judge.parameters()),
        "bytes": size,
        "steps": options.steps,
        "pictures_seen": options.steps * options.batch,
        "seed": options.seed,
        "trained_on": device_name(device),
    }
    splits: tuple[Split, ...] = ("test", "held_out")
    for split in splits:
        judged = pictures(options.data, split, JUDGED, options.seed, device)
        figures[f"{split}_rendered"] = measure(judge, judged, None, device)
        figures[f"{split}_decoded"] = measure(judge, judged, vae, device)
    write_card(folder, "scene-judge", CARD, figures)


if __name__ == "__main__":
    main()
