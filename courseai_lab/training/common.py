"""What the training scripts share: random streams, resumable checkpoints, averaged weights, cards, progress.

Every random draw of a training comes from a generator made of ``(seed, stream, step)``. A run that is
interrupted and resumed therefore draws exactly what an unbroken run would have drawn, and no generator state has
to be saved.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import platform
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor, nn

from courseai_lab.networks.loader import CARD, MAX_BYTES, WEIGHTS, ModelFileError


def stream(seed: int, name: str, step: int = 0, device: torch.device | str = "cpu") -> torch.Generator:
    """A generator for draw number ``step`` of the stream ``name``: same arguments, same numbers, on one device."""
    digest = hashlib.sha256(f"{seed}/{name}/{step}".encode()).digest()
    return torch.Generator(device=device).manual_seed(int.from_bytes(digest[:7], "little"))


def seed_everything(seed: int) -> None:
    """Seeds torch's global generator (used by ``nn.init``) and asks for deterministic kernels."""
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.backends.cudnn.benchmark = False


def write_atomic(path: Path, data: bytes) -> None:
    """Writes ``data`` to a neighbouring file, syncs it and renames it over ``path``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.part")
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def save_checkpoint(path: Path, state: Mapping[str, Any]) -> None:
    """Saves a nested mapping of tensors and plain values; a run killed half-way leaves the old file whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.part")
    with temporary.open("wb") as file:
        torch.save(dict(state), file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def load_checkpoint(path: Path, device: torch.device | str = "cpu") -> dict[str, Any] | None:
    """The checkpoint saved at ``path``, or None where there is none. Reads tensors and plain values only."""
    if not path.is_file():
        return None
    state: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
    return state


class Ema:
    """Exponential moving average of a module's weights (Polyak averaging): ``e <- d e + (1 - d) w``.

    ``d`` warms up as ``min(decay, (1 + n) / (10 + n))`` so that early averages are not stuck at initialisation.
    """

    def __init__(self, module: nn.Module, decay: float = 0.999) -> None:
        self.decay = decay
        self.updates = 0
        self.weights = {name: value.detach().clone() for name, value in module.state_dict().items()}

    @torch.no_grad()
    def update(self, module: nn.Module) -> None:
        """Moves the average towards the module's present weights; integer buffers are copied."""
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        self.updates += 1
        for name, value in module.state_dict().items():
            if value.is_floating_point():
                self.weights[name].lerp_(value, 1 - decay)
            else:
                self.weights[name].copy_(value)

    def state_dict(self) -> dict[str, Any]:
        """For a checkpoint."""
        return {"updates": self.updates, "weights": self.weights}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """From a checkpoint."""
        self.updates = int(state["updates"])
        for name, value in state["weights"].items():
            self.weights[name].copy_(value)


def cosine(step: int, total: int, peak: float, warmup: int, floor: float = 0.0) -> float:
    """Learning rate at ``step``: linear from 0 to ``peak`` in ``warmup`` steps, then half a cosine to ``floor``."""
    if step < warmup:
        return peak * (step + 1) / warmup
    done = min(1.0, (step - warmup) / max(1, total - warmup))
    return floor + (peak - floor) * 0.5 * (1 + math.cos(math.pi * done))


def set_lr(optimizer: torch.optim.Optimizer, lr: float) -> None:
    """Sets one learning rate for every parameter group."""
    for group in optimizer.param_groups:
        group["lr"] = lr


def save_weights(
    folder: Path,
    weights: Mapping[str, Tensor],
    config: Mapping[str, Any],
    dtype: torch.dtype = torch.float16,
    max_bytes: int = MAX_BYTES,
) -> int:
    """Writes ``model.safetensors`` with the configuration in its metadata; returns its size in bytes.

    Raises:
        ModelFileError: a value overflows ``dtype``, or the file would be larger than ``max_bytes``.
    """
    tensors = {name: value.detach().to("cpu", dtype).contiguous().clone() for name, value in weights.items()}
    for name, tensor in tensors.items():
        if not bool(torch.isfinite(tensor).all()):
            raise ModelFileError(f"The tensor {name!r} holds values that {dtype} cannot.")
    # One key only: safetensors writes several in any order, and the same weights should give the same bytes.
    data = save(tensors, metadata={"config": json.dumps(dict(config), sort_keys=True)})
    if len(data) > max_bytes:
        raise ModelFileError(f"The weights take {len(data):,} bytes; at most {max_bytes:,} are shipped.")
    write_atomic(folder / WEIGHTS, data)
    return len(data)


def write_card(folder: Path, title: str, text: str, figures: Mapping[str, Any]) -> None:
    """Writes ``card.md``: title, text, and the measured figures as a fenced JSON block that a test can read."""
    block = json.dumps(dict(figures), indent=2, sort_keys=True)
    card = f"# {title}\n\n{text.strip()}\n\n## Figures\n\n```json\n{block}\n```\n"
    write_atomic(folder / CARD, card.encode())


def device_name(device: torch.device) -> str:
    """The device for a card, as ``CPU (x86_64)`` or the accelerator's own name."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else f"CPU ({platform.machine()})"


class Progress:
    """Prints one line every ``every`` seconds: step, total, the given values, speed and time left."""

    def __init__(self, name: str, total: int, start: int = 0, every: float = 10.0) -> None:
        self.name, self.total, self.start, self.every = name, total, start, every
        self.began = self.last = time.monotonic()

    def __call__(self, step: int, **values: float) -> None:
        """Tells that ``step`` steps are done; the last one is always printed."""
        now = time.monotonic()
        if now - self.last < self.every and step < self.total:
            return
        self.last = now
        rate = (step - self.start) / max(now - self.began, 1e-9)
        left = (self.total - step) / max(rate, 1e-9)
        shown = " ".join(f"{key} {value:.4g}" for key, value in values.items())
        print(f"{self.name} {step}/{self.total} {shown} | {rate:.2f} steps/s, {left:.0f} s left", flush=True)


def arguments(description: str, steps: int, seed: int = 0) -> argparse.ArgumentParser:
    """The options that every training script takes."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", type=Path, required=True, help="folder of the training data")
    parser.add_argument("--out", type=Path, required=True, help="folder that receives the model's folder")
    parser.add_argument("--work", type=Path, default=Path("build/training"), help="checkpoints")
    parser.add_argument("--steps", type=int, default=steps, help=f"optimiser steps (default {steps})")
    parser.add_argument("--seed", type=int, default=seed, help=f"seed of every random stream (default {seed})")
    parser.add_argument("--device", default="cpu", help="cpu, cuda or mps (default cpu)")
    parser.add_argument("--threads", type=int, default=2, help="CPU threads (default 2)")
    return parser
