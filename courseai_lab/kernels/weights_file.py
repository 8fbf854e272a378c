"""Weights from a user's safetensors file: the header is checked against the file before anything is read."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from courseai_lab.kernels.own_file import FileProblem, Loaded, checked_path, reason, short

MAX_BYTES = 4_000_000_000
"""Of the file; what is read into memory at once has a cap of its own."""
MAX_READ = 1_000_000_000
MAX_HEADER = 20_000_000
MAX_TENSORS = 20_000
MAX_DIMENSIONS = 8

DTYPES: Mapping[str, str] = MappingProxyType(
    {
        "F64": "<f8",
        "F32": "<f4",
        "F16": "<f2",
        "BF16": "<u2",
        "I64": "<i8",
        "I32": "<i4",
        "I16": "<i2",
        "I8": "i1",
        "U64": "<u8",
        "U32": "<u4",
        "U16": "<u2",
        "U8": "u1",
        "BOOL": "?",
    }
)
"""The types that are read; BF16 becomes float32, which holds all its values."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor of a file: its name, the file's word for its type, its shape, where its bytes begin and end."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


def list_weights(path: Path | str) -> Loaded[tuple[Tensor, ...]]:
    """What is in a file, in the order of its bytes; only the header is read. Raises FileProblem with one sentence."""
    found, size = checked_path(path, "weights")
    tensors, _ = _tensors(found, size)
    counts: dict[str, int] = {}
    for tensor in tensors:
        counts[tensor.dtype] = counts.get(tensor.dtype, 0) + math.prod(tensor.shape)
    kinds = ", ".join(f"{count} {dtype}" for dtype, count in counts.items())
    return Loaded(tensors, (f"{found.name}, {len(tensors)} tensors: {kinds} values",))


def load_weights(
    path: Path | str, names: Collection[str] | None = None, *, max_read: int = MAX_READ
) -> Loaded[dict[str, np.ndarray]]:
    """The tensors of these names (all by default) by name, as arrays of their own.

    Raises FileProblem with one sentence: damaged header, a type that is not read, more than ``max_read`` bytes, a name
    that is not there.
    """
    found, size = checked_path(path, "weights")
    tensors, start = _tensors(found, size)
    wanted = [tensor for tensor in tensors if names is None or tensor.name in names]
    if names is not None and len(wanted) < len(set(names)):
        missing = min(set(names) - {tensor.name for tensor in wanted})
        raise FileProblem(f"{found.name} has no tensor '{short(missing)}'.")
    total = sum(tensor.end - tensor.begin for tensor in wanted)
    if total > max_read:
        raise FileProblem(f"{found.name}: {total / 1e6:.0f} MB would be read; at most {max_read / 1e6:g} MB are.")
    arrays: dict[str, np.ndarray] = {}
    try:
        with found.open("rb") as file:
            for tensor in wanted:
                file.seek(start + tensor.begin)
                arrays[tensor.name] = _array(file.read(tensor.end - tensor.begin), tensor, found.name)
    except (OSError, MemoryError) as error:
        raise FileProblem(f"{found.name} cannot be read: {reason(error)}.") from None
    notes = [f"{found.name}, {len(arrays)} of {len(tensors)} tensors"]
    if any(tensor.dtype == "BF16" for tensor in wanted):
        notes.append("BF16 read as float32")
    return Loaded(arrays, tuple(notes))


def _array(data: bytes, tensor: Tensor, name: str) -> np.ndarray:
    if len(data) < tensor.end - tensor.begin:
        raise FileProblem(f"{name} is cut short within the tensor '{short(tensor.name)}'.")
    array = np.frombuffer(data, dtype=DTYPES[tensor.dtype])
    if tensor.dtype == "BF16":
        array = (array.astype(np.uint32) << 16).view(np.float32)
    return array.astype(array.dtype.newbyteorder("="), copy=True).reshape(tensor.shape)


def _tensors(path: Path, size: int) -> tuple[tuple[Tensor, ...], int]:
    """The checked header, and where the data begin."""
    name = path.name
    if size > MAX_BYTES:
        raise FileProblem(f"{name} is larger than {MAX_BYTES / 1e9:g} GB; choose a smaller file.")
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if size < 8 or not 2 <= length <= size - 8:
                raise FileProblem(f"{name} is no safetensors file, or it is cut short within its header.")
            if length > MAX_HEADER:
                raise FileProblem(f"{name} has a header of {length} bytes; at most {MAX_HEADER} are read.")
            raw = file.read(length)
    except OSError as error:
        raise FileProblem(f"{name} cannot be read: {reason(error)}.") from None
    try:
        header = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError):
        raise FileProblem(f"{name} is no safetensors file: its header is not JSON.") from None
    if not isinstance(header, dict):
        raise FileProblem(f"{name} is no safetensors file: its header is not an object of tensors.")
    header.pop("__metadata__", None)
    if not 1 <= len(header) <= MAX_TENSORS:
        raise FileProblem(f"{name} has {len(header)} tensors; 1 to {MAX_TENSORS} are read.")
    tensors = tuple(
        sorted((_tensor(key, entry, name) for key, entry in header.items()), key=lambda t: (t.begin, t.end))
    )
    _check_layout(tensors, size - 8 - length, name)
    return tensors, 8 + length


def _tensor(key: str, entry: Any, name: str) -> Tensor:
    where = f"{name}, tensor '{short(key)}'"
    if not isinstance(entry, dict) or not {"dtype", "shape", "data_offsets"} <= set(entry):
        raise FileProblem(f"{where}: its entry must give dtype, shape and data_offsets.")
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str) or dtype not in DTYPES:
        raise FileProblem(f"{where} is of type {short(str(dtype))}; the types that are read are {', '.join(DTYPES)}.")
    if not _whole(shape) or len(shape) > MAX_DIMENSIONS:
        raise FileProblem(f"{where}: its shape must be at most {MAX_DIMENSIONS} whole numbers from 0.")
    if not _whole(offsets) or len(offsets) != 2:
        raise FileProblem(f"{where}: its data_offsets must be two whole numbers from 0.")
    wanted = math.prod(shape) * np.dtype(DTYPES[dtype]).itemsize
    if offsets[1] - offsets[0] != wanted:
        taken = offsets[1] - offsets[0]
        raise FileProblem(f"{where}: its shape and type need {short(str(wanted))} bytes, but {taken} are given.")
    return Tensor(key, dtype, tuple(shape), offsets[0], offsets[1])


def _whole(values: Any) -> bool:
    return isinstance(values, list) and all(
        isinstance(v, int) and not isinstance(v, bool) and 0 <= v < 2**48 for v in values
    )


def _check_layout(tensors: tuple[Tensor, ...], there: int, name: str) -> None:
    """Every byte belongs to one tensor, as the format demands."""
    at = 0
    for tensor in tensors:
        if tensor.begin != at:
            raise FileProblem(f"{name}, tensor '{short(tensor.name)}': its bytes overlap others or leave a gap.")
        at = tensor.end
    if at != there:
        raise FileProblem(f"{name} has {there} bytes of data, but its header speaks of {at}; it may be cut short.")
