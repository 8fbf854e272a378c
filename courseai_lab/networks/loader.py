"""Reads a shipped model's folder: ``model.safetensors`` (weights and configuration) and ``card.md``.

Only safetensors is read, never a pickle. Sizes and shapes are checked from the file's header before any tensor
is materialised, and whatever is wrong with a file is said in one sentence (``ModelFileError``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

WEIGHTS = "model.safetensors"
CARD = "card.md"
MAX_BYTES = 12_000_000
MAX_CARD_BYTES = 200_000
FLOATS = {"F16", "BF16", "F32", "F64"}
_FIGURES = re.compile(r"^```json\n(.*?)^```", re.MULTILINE | re.DOTALL)


class ModelFileError(ValueError):
    """A model file that cannot be used; the message is one sentence fit for the screen."""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """One model folder, by name; ``bytes`` is the size of its weights file."""

    name: str
    folder: Path
    bytes: int


@dataclass(frozen=True, slots=True)
class Header:
    """What a weights file says of itself before a tensor is read: shapes, number types and configuration."""

    shapes: dict[str, tuple[int, ...]]
    dtypes: dict[str, str]
    config: dict[str, Any]

    @property
    def parameters(self) -> int:
        """How many numbers the file holds."""
        return sum(torch.Size(shape).numel() for shape in self.shapes.values())


@dataclass(frozen=True, slots=True)
class Card:
    """A model's card: title, the text as Markdown, and the measured figures of its fenced JSON block."""

    title: str
    text: str
    figures: dict[str, Any]


def models(root: Path) -> tuple[ModelInfo, ...]:
    """Model folders under ``root`` (those that hold a weights file), sorted by name; reads no file."""
    if not root.is_dir():
        return ()
    found = sorted(path for path in root.iterdir() if (path / WEIGHTS).is_file())
    return tuple(ModelInfo(path.name, path, (path / WEIGHTS).stat().st_size) for path in found)


def read_card(folder: Path) -> Card:
    """The card of a model folder.

    Raises:
        ModelFileError: no card, an oversized one, or one without a title or readable figures.
    """
    path = folder / CARD
    if not path.is_file():
        raise ModelFileError(f"The model folder {folder.name!r} has no {CARD}.")
    if path.stat().st_size > MAX_CARD_BYTES:
        raise ModelFileError(f"The card of {folder.name!r} is larger than {MAX_CARD_BYTES:,} bytes.")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ModelFileError(f"The card of {folder.name!r} is not UTF-8 text.") from None
    block = _FIGURES.search(text)
    first = text.partition("\n")[0]
    if not first.startswith("# ") or block is None:
        raise ModelFileError(f"The card of {folder.name!r} needs a '# title' line and a fenced json block.")
    figures = _json_object(block.group(1), f"The figures in the card of {folder.name!r}")
    return Card(first.removeprefix("# ").strip(), text, figures)


def read_header(path: Path, max_bytes: int = MAX_BYTES) -> Header:
    """Shapes, number types and configuration of a weights file (or of the one in a folder), no tensor read.

    The configuration is the JSON object stored under the key ``config`` of the file's metadata.

    Raises:
        ModelFileError: missing, larger than ``max_bytes``, or not a sound safetensors file.
    """
    path = _weights_file(path, max_bytes)
    try:
        with safe_open(path, framework="pt") as file:
            slices = {name: file.get_slice(name) for name in file.keys()}
            shapes = {name: tuple(part.get_shape()) for name, part in slices.items()}
            dtypes = {name: str(part.get_dtype()) for name, part in slices.items()}
            metadata = file.metadata() or {}
    except (SafetensorError, OSError, ValueError) as error:
        raise ModelFileError(_damaged(path)) from error
    config = _json_object(metadata.get("config", "{}"), f"The configuration in {_label(path)}")
    return Header(shapes, dtypes, config)


def read_tensors(
    path: Path, expected: Mapping[str, tuple[int, ...]], max_bytes: int = MAX_BYTES, device: str = "cpu"
) -> dict[str, Tensor]:
    """The tensors of a weights file as float32, after their names and shapes were compared with ``expected``.

    Raises:
        ModelFileError: anything ``read_header`` refuses; a missing, extra or wrongly shaped tensor; a number type
            other than floating point; a value that is not finite.
    """
    header = read_header(path, max_bytes)
    path = _weights_file(path, max_bytes)
    _check_names(path, header, expected)
    try:
        with safe_open(path, framework="pt", device=device) as file:
            tensors = {name: file.get_tensor(name).to(torch.float32) for name in expected}
    except (SafetensorError, OSError, ValueError) as error:
        raise ModelFileError(_damaged(path)) from error
    for name, tensor in tensors.items():
        if not bool(torch.isfinite(tensor).all()):
            raise ModelFileError(f"The tensor {name!r} in {_label(path)} holds values that are not finite.")
    return tensors


def load_into(module: nn.Module, path: Path, max_bytes: int = MAX_BYTES) -> Header:
    """Loads a weights file (or the one in a folder) into ``module``, in evaluation mode and without gradients.

    The module's own state says which names and shapes are right. Returns the file's header.

    Raises:
        ModelFileError: as ``read_tensors``.
    """
    expected = {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}
    module.load_state_dict(read_tensors(path, expected, max_bytes))
    module.eval().requires_grad_(False)
    return read_header(path, max_bytes)


def _weights_file(path: Path, max_bytes: int) -> Path:
    path = path / WEIGHTS if path.is_dir() else path
    if not path.is_file():
        raise ModelFileError(f"There is no weights file {_label(path)}.")
    size = path.stat().st_size
    if size > max_bytes:
        raise ModelFileError(f"{_label(path)} is {size:,} bytes; at most {max_bytes:,} are read.")
    return path


def _check_names(path: Path, header: Header, expected: Mapping[str, tuple[int, ...]]) -> None:
    missing = sorted(expected.keys() - header.shapes.keys())
    extra = sorted(header.shapes.keys() - expected.keys())
    if missing:
        raise ModelFileError(f"{_label(path)} lacks the tensor {missing[0]!r} ({len(missing)} missing in all).")
    if extra:
        raise ModelFileError(f"{_label(path)} holds the unknown tensor {extra[0]!r} ({len(extra)} in all).")
    for name, shape in expected.items():
        if header.shapes[name] != tuple(shape):
            raise ModelFileError(
                f"The tensor {name!r} in {_label(path)} has shape {list(header.shapes[name])}, not {list(shape)}."
            )
        if header.dtypes[name] not in FLOATS:
            raise ModelFileError(
                f"The tensor {name!r} in {_label(path)} holds {header.dtypes[name]} numbers, not floating point."
            )


def _json_object(text: str, what: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise ModelFileError(f"{what} is not valid JSON.") from None
    if not isinstance(value, dict):
        raise ModelFileError(f"{what} must be a JSON object.")
    return value


def _damaged(path: Path) -> str:
    return f"{_label(path)} is not a sound safetensors file: it is damaged or of another kind."


def _label(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"
