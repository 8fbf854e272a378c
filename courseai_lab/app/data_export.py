"""A frame's arrays as a file: NumPy's npz, JSON, or one long table as CSV. No Qt.

All three name the axes. npz and JSON also carry the state that gives these numbers again.
"""

from __future__ import annotations

import csv
import dataclasses
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from courseai_lab.app.headless import checked_target, record, replacing
from courseai_lab.contract import Axes, BadValue, State, arrays

ENDINGS = {".npz": "NumPy arrays", ".csv": "one long table", ".json": "JSON"}
META = "__meta__"
MAX_ROWS = 5_000_000


def save_frame(frame: Any, state: State, index: int, path: Path) -> None:
    """Write the frame of this index; the file's ending says how. Raises BadValue, OSError."""
    checked_target(path, ENDINGS)
    with replacing(path) as temporary:
        _WRITERS[path.suffix.lower()](frame, state, index, temporary)


def scalars(frame: Any) -> dict[str, Any]:
    """The frame's fields that are no arrays: numbers, text, None and tuples of these."""
    return {
        field.name: getattr(frame, field.name)
        for field in dataclasses.fields(frame)
        if not isinstance(getattr(frame, field.name), np.ndarray)
    }


def _meta(frame: Any, state: State, index: int) -> dict[str, Any]:
    return {
        "format": "courseai-lab/data",
        "format_version": 1,
        "state": record(state, index),
        "values": plain(scalars(frame)),
        "axes": {name: _axes(axes) for name, (_, axes) in arrays(frame).items()},
    }


def _axes(axes: Axes) -> dict[str, Any]:
    return {"names": list(axes.axes), "unit": axes.unit, "help": axes.help}


def _write_npz(frame: Any, state: State, index: int, path: Path) -> None:
    """Each array under its field's name, and `__meta__`: a text of JSON with axes, other values and the state."""
    data = {name: array for name, (array, _) in arrays(frame).items()}
    meta = json.dumps(_meta(frame, state, index), allow_nan=False)
    np.savez_compressed(path, allow_pickle=False, **data, **{META: np.array(meta)})


def _write_json(frame: Any, state: State, index: int, path: Path) -> None:
    """As `__meta__` of npz, and `arrays`: nested lists. What is no number is "NaN", "Infinity" or "-Infinity"."""
    data = {name: plain(_short(array).tolist()) for name, (array, _) in arrays(frame).items()}
    with path.open("w", encoding="utf-8") as file:
        json.dump({**_meta(frame, state, index), "arrays": data}, file, allow_nan=False, ensure_ascii=False)
        file.write("\n")


def _write_csv(frame: Any, state: State, index: int, path: Path) -> None:
    """A row per number: its array, its place along each axis of the frame (empty where it has none), its value."""
    found = arrays(frame)
    rows = sum(array.size for array, _ in found.values())
    if rows > MAX_ROWS:
        raise BadValue(f"This frame has {rows:,} numbers, too many for a table (at most {MAX_ROWS:,}): export .npz.")
    with path.open("w", encoding="utf-8", newline="") as file:
        _table(frame, found, file)


def _table(frame: Any, found: dict[str, tuple[np.ndarray, Axes]], file: TextIO) -> None:
    axes = list(dict.fromkeys(axis for _, names in found.values() for axis in names.axes))
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["array", *axes, "value", "unit"])
    for name, (array, names) in found.items():
        for place, value in _cells(array):
            along = dict(zip(names.axes, place, strict=True))
            writer.writerow([name, *(along.get(axis, "") for axis in axes), value, names.unit])
    for name, value in scalars(frame).items():
        if isinstance(value, int | float | str):
            writer.writerow([name, *("" for _ in axes), value, ""])


def _cells(array: np.ndarray) -> Iterator[tuple[tuple[int, ...], Any]]:
    numbers = _short(array)
    for place in np.ndindex(numbers.shape):
        yield place, numbers[place].item()


def _short(array: np.ndarray) -> np.ndarray:
    """float32 as the float64 of the same shortest text: widened as it is, it would show digits never computed."""
    return array.astype("U").astype(np.float64) if array.dtype in (np.float16, np.float32) else array


def plain(value: Any) -> Any:
    """`value` as JSON types: tuples as lists, complex numbers as pairs, what is no number as text."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, complex):
        return [plain(value.real), plain(value.imag)]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


_WRITERS: dict[str, Callable[[Any, State, int, Path], None]] = {
    ".npz": _write_npz,
    ".csv": _write_csv,
    ".json": _write_json,
}
