"""Which devices kernels can run on, and how to recognise that one has run out of memory. Imports torch when asked."""

from __future__ import annotations

import sys
from dataclasses import dataclass

AUTOMATIC = "auto"


@dataclass(frozen=True, slots=True)
class Device:
    """A torch device: ``name`` ("cpu", "cuda:0", "mps") and words for a person."""

    name: str
    label: str


def available() -> tuple[Device, ...]:
    """Every device of this machine, the CPU first. Imports torch (about a second): call it in the lane."""
    import torch

    found = [Device("cpu", "CPU")]
    if torch.cuda.is_available():
        found += [
            Device(f"cuda:{i}", f"GPU {i}: {torch.cuda.get_device_name(i)}") for i in range(torch.cuda.device_count())
        ]
    if torch.backends.mps.is_available():
        found.append(Device("mps", "GPU: Apple (MPS)"))
    return tuple(found)


def resolve(choice: str, devices: tuple[Device, ...]) -> str:
    """The device to use for a choice: "auto" takes the first accelerator, an absent device falls back to the CPU."""
    names = [d.name for d in devices]
    if choice in names:
        return choice
    if choice == AUTOMATIC and len(names) > 1:
        return names[1]
    return "cpu"


def is_out_of_memory(error: BaseException) -> bool:
    """Whether ``error`` says that memory ran out, on the host or on an accelerator."""
    if isinstance(error, MemoryError):
        return True
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(error, torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and "out of memory" in str(error).lower()


def drop_caches() -> None:
    """Give back what the allocators hold but nobody uses."""
    torch = sys.modules.get("torch")
    if torch is None:
        return
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()
