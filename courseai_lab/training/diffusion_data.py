"""The pictures that the miniature text-to-image system is trained and judged on, rendered once into a folder.

Each split is one file of bytes, [scene rgb 64 64], beside a small record of how much of it is done: an interrupted
rendering goes on where it stopped.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from courseai_lab.networks.world import Scene, sample_scene
from courseai_lab.networks.world_render import render
from courseai_lab.training.common import Progress, write_atomic

SIDE = 64
Split = Literal["train", "test", "held_out"]
# Offsets from the run's seed: no scene of one split can be one of another.
_SEEDS: dict[Split, int] = {"train": 1_000, "test": 2_000, "held_out": 3_000}
_CHUNK = {"cpu": 16, "cuda": 512, "mps": 64}


@dataclass(frozen=True, slots=True)
class Pictures:
    """A split: `pixels` [scene rgb 64 64] in bytes, memory-mapped, and the seed that `scene` needs."""

    split: Split
    seed: int
    pixels: np.ndarray

    def __len__(self) -> int:
        return len(self.pixels)

    def scene(self, index: int) -> Scene:
        """Scene number `index`, as it was rendered."""
        return split_scene(self.split, self.seed, index)

    def images(self, index: Tensor | np.ndarray, device: torch.device | str = "cpu") -> Tensor:
        """Images [scene rgb 64 64] in [-1, 1]."""
        chosen = torch.from_numpy(self.pixels[np.asarray(index)])
        return chosen.to(device).to(torch.float32).div_(127.5).sub_(1.0)


def split_scene(split: Split, seed: int, index: int) -> Scene:
    """Scene number `index` of a split; "train" and "test" never show a held-out pair, "held_out" always one."""
    return sample_scene(_SEEDS[split] + seed, index, held_out=split == "held_out")


def pictures(folder: Path, split: Split, count: int, seed: int, device: torch.device | str = "cpu") -> Pictures:
    """The first `count` pictures of a split, rendered into `folder` as far as they are not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    path, record = folder / f"{split}-{seed}.bytes", folder / f"{split}-{seed}.json"
    done = json.loads(record.read_text())["done"] if record.is_file() and path.is_file() else 0
    if done < count:
        _fill(path, record, split, seed, (done, count), torch.device(device))
    pixels = np.memmap(path, dtype=np.uint8, mode="r", shape=(max(done, count), 3, SIDE, SIDE))
    return Pictures(split, seed, pixels[:count])


def _fill(path: Path, record: Path, split: Split, seed: int, part: tuple[int, int], device: torch.device) -> None:
    start, count = part
    size = 3 * SIDE * SIDE
    path.touch()
    progress, chunk = Progress(f"scenes {split}", count, start), _CHUNK[device.type]
    with path.open("r+b") as file:
        file.truncate(start * size)
        file.seek(start * size)
        for begin in range(start, count, chunk):
            scenes = [split_scene(split, seed, index) for index in range(begin, min(begin + chunk, count))]
            image = render(scenes, SIDE, device).image
            file.write(image.mul(255).round().to(torch.uint8).cpu().numpy().tobytes())
            if (begin // chunk) % 32 == 31 or begin + chunk >= count:
                file.flush()
                write_atomic(record, json.dumps({"done": min(begin + chunk, count)}).encode())
            progress(min(begin + chunk, count))
