"""Trains the digit network on 9,000 of the images of MNIST's test file and measures it on the other 1,000.

    python -m courseai_lab.training.digits --data DIR --out resources/models

DIR holds ``mnist10k/t10k-images-idx3-ubyte.gz`` and its labels. Every tenth image (numbers 0, 10, 20, ...) is held
out. Killed and started again with the same options, a run goes on from its last checkpoint.
"""

from __future__ import annotations

import argparse
import gzip
import math
import struct
from datetime import UTC, datetime
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from courseai_lab.networks.digits import ARCHITECTURE, SIDE, DigitNetwork, drawn_set, load
from courseai_lab.training import common

NAME = "digits"
BATCH = 64
PEAK_LR = 2e-3
MAX_IDX_BYTES = 64_000_000

CARD = """
A small convolutional classifier of 28 x 28 images of digits: 5 x 5 convolution to 16 channels, 2 x 2 maximum,
5 x 5 convolution to 32, 2 x 2 maximum, 64 hidden units, 10 classes; rectified linear units throughout.
{parameters:,} parameters, stored as float16 ({size:,} bytes).

**Trained on 9,000 of MNIST's test images, measured on the 1,000 held out** (images number 0, 10, 20, ... of the
file). MNIST's training file was not used, so this figure must not be compared with published MNIST test figures.
MNIST is by Yann LeCun, Corinna Cortes and Christopher Burges.

| measured on these weights | right |
|---|---|
| the 1,000 held-out images | {held_out:.1%} |
| {drawn_count} digits drawn by this program's own strokes | {drawn:.1%} |

## Training

{steps:,} AdamW steps of {batch} images, learning rate {peak} falling along half a cosine, weight decay 0.05. Each
image is turned by up to 12 degrees, scaled and sheared by up to 12 %, and moved by up to 2 pixels. The weights
are a moving average (decay 0.998) of the last steps. Seed {seed}; device {device}; torch {torch}; {date}.

    python -m courseai_lab.training.digits --data DIR --out resources/models --steps {steps} --seed {seed}

The same seed gives the same figures on the same device and version of torch.
"""


def read_idx(path: Path) -> Tensor:
    """A gzipped IDX file of bytes (big-endian header: 0, 0, 8, dimensions, sizes) [...]; else SystemExit."""
    try:
        with gzip.open(path) as file:
            data = file.read(MAX_IDX_BYTES)
        zero, kind, dims = struct.unpack(">HBB", data[:4])
        shape = struct.unpack(f">{dims}I", data[4 : 4 + 4 * dims])
    except (OSError, EOFError, struct.error) as error:
        raise SystemExit(f"{path.name} is not a gzipped IDX file: {error}.") from error
    body = data[4 + 4 * dims :]
    if zero or kind != 8 or len(body) != math.prod(shape):
        raise SystemExit(f"{path.name} is not a whole IDX file of bytes.")
    return torch.frombuffer(bytearray(body), dtype=torch.uint8).view(shape)


def read_mnist(folder: Path) -> tuple[Tensor, Tensor]:
    """Images [image 1 28 28] from 0 to 1, and labels [image]."""
    images = read_idx(folder / "mnist10k" / "t10k-images-idx3-ubyte.gz")
    labels = read_idx(folder / "mnist10k" / "t10k-labels-idx1-ubyte.gz")
    if images.shape[1:] != (SIDE, SIDE) or len(images) != len(labels):
        raise SystemExit(f"The images are {list(images.shape)} with {len(labels)} labels, not [n 28 28] with n.")
    return images[:, None].float() / 255, labels.long()


def augment(images: Tensor, generator: torch.Generator) -> Tensor:
    """Each image turned, scaled, sheared and moved at random, bilinear, paper outside [image 1 28 28]."""

    def spread(reach: float) -> Tensor:
        return (torch.rand(len(images), generator=generator) * 2 - 1) * reach

    turn, shear = spread(math.radians(12)), spread(0.12)
    wide, high = 1 + spread(0.12), 1 + spread(0.12)
    cos, sin = turn.cos(), turn.sin()
    right, down = spread(2 * 2 / SIDE), spread(2 * 2 / SIDE)  # 2 pixels; the grid spans -1 to 1
    rows = [
        torch.stack([cos * wide, shear - sin, right], -1),
        torch.stack([sin, cos * high, down], -1),
    ]
    maps = torch.stack(rows, 1).to(images.device)
    grid = F.affine_grid(maps, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, align_corners=False)


def train(network: DigitNetwork, images: Tensor, labels: Tensor, args: argparse.Namespace) -> common.Ema:
    """Runs the steps that are left and returns the averaged weights."""
    optimizer = torch.optim.AdamW(network.parameters(), lr=PEAK_LR, weight_decay=0.05)
    ema = common.Ema(network, 0.998)
    path = args.work / "checkpoint.pt"
    begin = 0
    state = common.load_checkpoint(path, args.device)
    if state is not None:
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        ema.load_state_dict(state["ema"])
        begin = int(state["step"])
    progress = common.Progress(NAME, args.steps, begin)
    for step in range(begin, args.steps):
        generator = common.stream(args.seed, "batch", step)
        chosen = torch.randint(len(images), (BATCH,), generator=generator)
        batch = augment(images[chosen], generator).to(args.device)
        common.set_lr(optimizer, common.cosine(step, args.steps, PEAK_LR, 100))
        loss = F.cross_entropy(network(batch), labels[chosen].to(args.device))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        ema.update(network)
        progress(step + 1, loss=float(loss.detach()))
        if (step + 1) % args.every == 0 or step + 1 == args.steps:
            saved = {"network": network.state_dict(), "optimizer": optimizer.state_dict()}
            common.save_checkpoint(path, {**saved, "ema": ema.state_dict(), "step": step + 1})
    return ema


@torch.no_grad()
def accuracy(network: DigitNetwork, images: Tensor, labels: Tensor) -> float:
    """Share of images whose likeliest class is the label."""
    right = sum(
        int((network(part).argmax(-1) == wanted).sum())
        for part, wanted in zip(images.split(250), labels.split(250), strict=True)  # type: ignore[no-untyped-call]
    )
    return right / len(labels)


def finish(ema: common.Ema, images: Tensor, labels: Tensor, args: argparse.Namespace) -> None:
    """Ships the averaged weights as float16, and the card with what those very weights reach."""
    folder = args.out / NAME
    config = {"architecture": ARCHITECTURE}
    size = common.save_weights(folder, ema.weights, config)
    network = load(folder)
    drawn = drawn_set()
    figures = {
        "held_out_accuracy": accuracy(network, images, labels),
        "held_out_images": len(labels),
        "drawn_accuracy": accuracy(network, *drawn),
        "drawn_images": len(drawn[1]),
    }
    text = CARD.format(
        parameters=sum(p.numel() for p in network.parameters()),
        size=size,
        held_out=figures["held_out_accuracy"],
        drawn=figures["drawn_accuracy"],
        drawn_count=figures["drawn_images"],
        steps=args.steps,
        batch=BATCH,
        peak=PEAK_LR,
        seed=args.seed,
        device=common.device_name(torch.device(args.device)),
        torch=torch.__version__,
        date=datetime.now(UTC).date().isoformat(),
    )
    common.write_card(folder, "Digit network", text, figures)
    print(figures)


def main(argv: list[str] | None = None) -> None:
    """Trains, ships and measures."""
    parser = common.arguments("Trains the digit network.", steps=4000)
    parser.add_argument("--every", type=int, default=500, help="steps between checkpoints (default 500)")
    args = parser.parse_args(argv)
    args.work = args.work / NAME
    torch.set_num_threads(args.threads)
    common.seed_everything(args.seed)
    images, labels = read_mnist(args.data)
    held_out = torch.arange(len(images)) % 10 == 0
    network = DigitNetwork().to(args.device)
    ema = train(network, images[~held_out], labels[~held_out], args)
    finish(ema, images[held_out], labels[held_out], args)


if __name__ == "__main__":
    main()
