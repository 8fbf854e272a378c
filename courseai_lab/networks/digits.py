"""The digit network: a small convolutional classifier of 28 x 28 images, and digits drawn by our own strokes.

Images are [image 1 28 28], ink 1 on paper 0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from courseai_lab.networks.loader import MAX_BYTES, ModelFileError, load_into, read_header

SIDE = 28
ARCHITECTURE = "digits"


@dataclass(frozen=True, slots=True)
class Layers:
    """Every stage of a forward pass: maps [image channel row column], then the flat ones [image unit].

    conv1 and conv2 are before the rectifier, pool1 and pool2 after rectifier and pooling; probabilities sum to 1.
    """

    conv1: Tensor
    pool1: Tensor
    conv2: Tensor
    pool2: Tensor
    hidden: Tensor
    logits: Tensor
    probabilities: Tensor


class DigitNetwork(nn.Module):
    """conv 5 x 5 to 16, pool, conv 5 x 5 to 32, pool, 64 units, 10 classes (after LeCun et al. 1998)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 5, padding=2)
        self.conv2 = nn.Conv2d(16, 32, 5, padding=2)
        self.hidden = nn.Linear(32 * 7 * 7, 64)
        self.classes = nn.Linear(64, 10)

    def forward(self, images: Tensor) -> Tensor:
        """Logits [image class]."""
        return self.stages(images).logits

    def stages(self, images: Tensor) -> Layers:
        """All stages of a forward pass; ValueError unless the images are [image 1 28 28]."""
        if images.dim() != 4 or tuple(images.shape[1:]) != (1, SIDE, SIDE):
            raise ValueError(f"The digit network reads [image 1 {SIDE} {SIDE}], not {list(images.shape)}.")
        conv1 = self.conv1(images)
        pool1 = F.max_pool2d(F.relu(conv1), 2)
        conv2 = self.conv2(pool1)
        pool2 = F.max_pool2d(F.relu(conv2), 2)
        hidden = F.relu(self.hidden(pool2.flatten(1)))
        logits = self.classes(hidden)
        return Layers(conv1, pool1, conv2, pool2, hidden, logits, logits.softmax(-1))


def load(folder: Path, max_bytes: int = MAX_BYTES) -> DigitNetwork:
    """The digit network of a model folder; ModelFileError says in one sentence what is wrong with its files."""
    if read_header(folder, max_bytes).config.get("architecture") != ARCHITECTURE:
        raise ModelFileError("The weights file does not describe a digit network of this program.")
    network = DigitNetwork()
    load_into(network, folder, max_bytes)
    return network


Point = tuple[float, float]


def _arc(x: float, y: float, rx: float, ry: float, begin: float, end: float) -> list[Point]:
    """Points of an ellipse's arc; angles in degrees, clockwise from the right as the screen shows it."""
    turns = [math.radians(begin + (end - begin) * step / 24) for step in range(25)]
    return [(x + rx * math.cos(turn), y + ry * math.sin(turn)) for turn in turns]


def strokes(digit: int) -> list[list[Point]]:
    """Pen strokes of a digit in the unit square (x right, y down); ValueError outside 0 to 9."""
    drawn: Mapping[int, list[list[Point]]] = {
        0: [_arc(0.5, 0.5, 0.24, 0.36, -90, 270)],
        1: [[(0.40, 0.25), (0.52, 0.14), (0.52, 0.86)]],
        2: [[*_arc(0.5, 0.33, 0.22, 0.19, -170, 35), (0.28, 0.85), (0.75, 0.85)]],
        3: [[*_arc(0.48, 0.31, 0.20, 0.17, -150, 90), *_arc(0.48, 0.67, 0.23, 0.19, -90, 150)]],
        4: [[(0.58, 0.14), (0.26, 0.62), (0.78, 0.62)], [(0.62, 0.40), (0.62, 0.88)]],
        5: [[(0.72, 0.15), (0.36, 0.15), (0.32, 0.47), *_arc(0.48, 0.63, 0.23, 0.22, -120, 145)]],
        6: [[(0.62, 0.13), (0.40, 0.34), (0.29, 0.60), *_arc(0.49, 0.66, 0.20, 0.20, 190, 550)]],
        7: [[(0.26, 0.16), (0.74, 0.16), (0.46, 0.87)]],
        8: [[*_arc(0.5, 0.31, 0.17, 0.17, 90, 450), *_arc(0.5, 0.67, 0.21, 0.19, -90, 270)]],
        9: [[*_arc(0.50, 0.34, 0.20, 0.20, 0, -360), (0.70, 0.36), (0.66, 0.62), (0.58, 0.87)]],
    }
    if digit not in drawn:
        raise ValueError(f"A digit is 0 to 9, not {digit}.")
    return drawn[digit]


def drawn_digit(digit: int, turn: float = 0.0, size: float = 1.0, pen: float = 0.045, side: int = SIDE) -> Tensor:
    """A digit drawn by our own strokes [side side], ink 1 on paper 0.

    Args:
        digit: 0 to 9.
        turn: degrees clockwise about the middle.
        size: 1 fills the middle 20 of 28 pixels' height, as in MNIST.
        pen: half the pen's width, as a share of the side.
        side: pixels.
    """
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    axis = (torch.arange(side) + 0.5) / side
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    ink = torch.full((side, side), torch.inf)
    for stroke in strokes(digit):
        placed = [_place(point, cos, sin, size) for point in stroke]
        for begin, end in pairwise(placed):
            ink = torch.minimum(ink, _distance(x, y, begin, end))
    return ((pen - ink) * side + 0.5).clamp(0.0, 1.0)


def _place(point: Point, cos: float, sin: float, size: float) -> Point:
    x, y = point[0] - 0.5, point[1] - 0.5
    return 0.5 + size * (cos * x - sin * y), 0.5 + size * (sin * x + cos * y)


def _distance(x: Tensor, y: Tensor, begin: Point, end: Point) -> Tensor:
    """Distance from each (x, y) to a segment."""
    dx, dy = end[0] - begin[0], end[1] - begin[1]
    along = ((x - begin[0]) * dx + (y - begin[1]) * dy) / max(dx * dx + dy * dy, 1e-12)
    along = along.clamp(0.0, 1.0)
    return torch.hypot(x - begin[0] - along * dx, y - begin[1] - along * dy)


def drawn_set(
    turns: Sequence[float] = (-10.0, 0.0, 10.0), sizes: Sequence[float] = (0.9, 1.0)
) -> tuple[Tensor, Tensor]:
    """Every digit at every turn and size: images [image 1 28 28] and labels [image]."""
    made = [(drawn_digit(d, turn, size), d) for d in range(10) for turn in turns for size in sizes]
    return torch.stack([image for image, _ in made])[:, None], torch.tensor([digit for _, digit in made])
