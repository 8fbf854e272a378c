"""What a local Hugging Face folder holds, found out before anything is loaded: from config.json and file headers.

Nothing here imports the optional packages. Whatever speaks against a folder is one sentence (``ModelFileError``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from courseai_lab.networks.loader import FLOATS, ModelFileError, read_header

CONFIG = "config.json"
WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl", "*.h5", "*.msgpack")
MAX_JSON_BYTES = 20_000_000
MAX_TOKENIZER_BYTES = 60_000_000
MAX_BYTES = 3_200_000_000
MAX_PARAMETERS = 1_600_000_000
MAX_HEADS = 1_600
MAX_VOCABULARY = 300_000


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of model that can be read: the class that holds it and where its parts are."""

    name: str
    model_class: str
    config_class: str
    causal: bool
    blocks: str
    norm: str
    head: str
    sizes: tuple[str, str, str, str]
    """Names in config.json of: layers, heads, width, context."""


_GPT2 = Family(
    "GPT-2", "GPT2LMHeadModel", "GPT2Config", True, "transformer.h", "transformer.ln_f", "lm_head",
    ("n_layer", "n_head", "n_embd", "n_positions"),
)  # fmt: skip
_LATER = ("num_hidden_layers", "num_attention_heads", "hidden_size", "max_position_embeddings")
_BERT = Family("BERT", "BertForMaskedLM", "BertConfig", False, "bert.encoder.layer", "", "cls", _LATER)
_LLAMA = Family(
    "Llama", "LlamaForCausalLM", "LlamaConfig", True, "model.layers", "model.norm", "lm_head", _LATER
)  # fmt: skip
ALLOWED: Mapping[str, Family] = MappingProxyType(
    {
        "GPT2LMHeadModel": _GPT2,
        "GPT2Model": _GPT2,
        "BertForMaskedLM": _BERT,
        "BertForPreTraining": _BERT,
        "LlamaForCausalLM": _LLAMA,
    }
)
"""Architectures that are read; those without a language head of their own are left out, they predict nothing."""


@dataclass(frozen=True, slots=True)
class FolderInfo:
    """A folder that may be loaded: sizes from its config.json, bytes and parameters from its weights' headers."""

    folder: Path
    family: Family
    layers: int
    heads: int
    width: int
    context: int
    vocabulary: int
    parameters: int
    bytes: int
    weights: tuple[Path, ...]

    def words(self) -> str:
        """What it is and how large, for the screen."""
        return (
            f"{self.folder.name}: {self.family.name}, {self.layers} layers of {self.heads} heads, "
            f"{self.parameters:,} parameters, {self.bytes / 1e6:,.1f} MB on disk, "
            f"{self.parameters * 4 / 1e6:,.1f} MB in memory"
        )


def look_into(path: Path) -> FolderInfo:
    """Checks a folder (or a file in it) without loading a tensor.

    Raises:
        ModelFileError: no folder or config.json, code of its own, an architecture that is not allow-listed, weights
            that are pickles, missing, damaged or too large, or no tokenizer file that can be read.
    """
    folder = path if path.is_dir() else path.parent
    if not str(path) or not folder.is_dir():
        raise ModelFileError(f"There is no model folder {path.name or str(path)!r}; choose the config.json in it.")
    config = _json(folder / CONFIG, "is what says which model this is")
    family = _family(config, folder)
    layers, heads, width, context = (_whole(config, name, folder) for name in family.sizes)
    vocabulary = _whole(config, "vocab_size", folder)
    weights = _weights(folder)
    size = sum(file.stat().st_size for file in weights)
    if size > MAX_BYTES:
        raise ModelFileError(
            f"The weights in {folder.name!r} are {size / 1e9:.1f} GB; at most {MAX_BYTES / 1e9:.1f} GB are loaded."
        )
    parameters = _parameters(weights)
    if parameters > MAX_PARAMETERS or layers * heads > MAX_HEADS or vocabulary > MAX_VOCABULARY:
        raise ModelFileError(
            f"The model in {folder.name!r} is too large for this panel: {parameters:,} parameters, {layers} layers of "
            f"{heads} heads, {vocabulary:,} pieces; at most {MAX_PARAMETERS:,} parameters, {MAX_HEADS:,} heads and "
            f"{MAX_VOCABULARY:,} pieces."
        )
    tokenizer_files(folder)
    return FolderInfo(folder, family, layers, heads, width, context, vocabulary, parameters, size, weights)


def tokenizer_files(folder: Path) -> tuple[Path, ...]:
    """tokenizer.json, or vocab.json with merges.txt, or vocab.txt; ModelFileError where there is none of them."""
    for names in (("tokenizer.json",), ("vocab.json", "merges.txt"), ("vocab.txt",)):
        files = tuple(folder / name for name in names)
        if all(file.is_file() for file in files):
            large = next((file for file in files if file.stat().st_size > MAX_TOKENIZER_BYTES), None)
            if large is not None:
                raise ModelFileError(f"{folder.name}/{large.name} is larger than {MAX_TOKENIZER_BYTES:,} bytes.")
            return files
    raise ModelFileError(
        f"The folder {folder.name!r} has no tokenizer that can be read: tokenizer.json, or vocab.json with "
        "merges.txt, or vocab.txt."
    )


def _family(config: Mapping[str, Any], folder: Path) -> Family:
    if "auto_map" in config:
        raise ModelFileError(f"The model in {folder.name!r} asks for code of its own, which is never run.")
    named = config.get("architectures")
    name = named[0] if isinstance(named, list) and named and isinstance(named[0], str) else None
    if name is None:
        raise ModelFileError(f"{folder.name}/{CONFIG} names no architecture; these are read: {', '.join(ALLOWED)}.")
    if name not in ALLOWED:
        raise ModelFileError(
            f"The architecture {name[:60]!r} of {folder.name!r} is not one of those that are read: "
            f"{', '.join(ALLOWED)}."
        )
    return ALLOWED[name]


def _weights(folder: Path) -> tuple[Path, ...]:
    if (folder / WEIGHTS).is_file():
        return (folder / WEIGHTS,)
    if (folder / INDEX).is_file():
        placed = _json(folder / INDEX, "is what says where the weights are").get("weight_map")
        names = sorted({str(name) for name in placed.values()}) if isinstance(placed, dict) else []
        files = tuple(folder / name for name in names)
        for file in files:
            if file.parent != folder or not file.name.endswith(".safetensors") or not file.is_file():
                raise ModelFileError(f"{folder.name}/{INDEX} names {file.name!r}, which is no weights file beside it.")
        if files:
            return files
        raise ModelFileError(f"{folder.name}/{INDEX} names no weights file.")
    pickle = next((file for kind in PICKLES for file in sorted(folder.glob(kind))), None)
    if pickle is not None:
        raise ModelFileError(
            f"The weights in {folder.name!r} are {pickle.name}, a file that can run code when it is opened: only "
            f"safetensors files ({WEIGHTS}) are read."
        )
    raise ModelFileError(f"The folder {folder.name!r} holds no weights: {WEIGHTS} is missing.")


def _parameters(weights: tuple[Path, ...]) -> int:
    total = 0
    for file in weights:
        header = read_header(file, MAX_BYTES)
        wrong = next((name for name, dtype in header.dtypes.items() if dtype not in FLOATS | {"BOOL", "U8", "I64"}), "")
        if wrong:
            raise ModelFileError(
                f"The tensor {wrong!r} in {file.parent.name}/{file.name} holds {header.dtypes[wrong]} numbers: "
                "quantised weights are not read, only floating point."
            )
        total += header.parameters
    return total


def _whole(config: Mapping[str, Any], name: str, folder: Path) -> int:
    value = config.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 10_000_000:
        raise ModelFileError(f"{folder.name}/{CONFIG} must give {name} as a whole number from 1.")
    return value


def _json(path: Path, role: str) -> dict[str, Any]:
    shown = f"{path.parent.name}/{path.name}"
    if not path.is_file():
        raise ModelFileError(f"There is no {shown}: it {role}.")
    if path.stat().st_size > MAX_JSON_BYTES:
        raise ModelFileError(f"{shown} is larger than {MAX_JSON_BYTES:,} bytes.")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError, OSError):
        raise ModelFileError(f"{shown} is not valid JSON.") from None
    if not isinstance(found, dict):
        raise ModelFileError(f"{shown} must be a JSON object.")
    return found
