"""The one place where panels ask for a user's own file, by kind: what was read, and a phrase for all that was done.

``load("table", path, roles=("x", "y"), columns="hours,grade")`` gives ``Loaded(values, notes)`` or raises FileProblem,
whose text is one sentence for the user. What each kind takes and gives is said at its own function.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

from courseai_lab.kernels.arrays_file import list_arrays, load_arrays
from courseai_lab.kernels.images import glance_image, load_image
from courseai_lab.kernels.own_file import FileProblem, Loaded, checked_path, reason
from courseai_lab.kernels.tables import load_table, preview_table
from courseai_lab.kernels.text_file import load_text
from courseai_lab.kernels.weights_file import list_weights, load_weights

Kind = Literal["table", "image", "text", "array", "weights"]
KINDS: tuple[Kind, ...] = get_args(Kind)

ENDINGS: Mapping[str, tuple[Kind, ...]] = MappingProxyType(
    {
        "csv": ("table", "text"),
        "tsv": ("table", "text"),
        "tab": ("table", "text"),
        "dat": ("table", "text"),
        "txt": ("text", "table"),
        "md": ("text",),
        "png": ("image",),
        "jpg": ("image",),
        "jpeg": ("image",),
        "webp": ("image",),
        "npy": ("array",),
        "npz": ("array",),
        "safetensors": ("weights",),
    }
)
"""What a file of this ending may be, the likeliest first."""

_STARTS: tuple[tuple[bytes, Kind], ...] = (
    (b"\x89PNG\r\n", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"RIFF", "image"),
    (b"\x93NUMPY", "array"),
    (b"PK\x03\x04", "array"),
)


def _table(path: Path | str, **options: Any) -> Loaded[Any]:
    table = load_table(path, **options)
    return Loaded(table, table.notes)


def _image(path: Path | str, size: int, **options: Any) -> Loaded[Any]:
    picture = load_image(Path(path), size, **options)
    return Loaded(picture.pixels, tuple(picture.note.split("; ")))


LOADERS: Mapping[Kind, Callable[..., Loaded[Any]]] = MappingProxyType(
    {"table": _table, "image": _image, "text": load_text, "array": load_arrays, "weights": load_weights}
)


def load(kind: Kind, path: Path | str, **options: Any) -> Loaded[Any]:
    """The user's file as this kind of content, with notes on what was done; raises FileProblem with one sentence.

    "table" gives a ``Table`` (options of ``load_table``), "image" pixels float32 [size size channel] (``size`` and
    options of ``load_image``), "text" a string, "array" and "weights" arrays by name.
    """
    return LOADERS[kind](path, **options)


def _glance_table(path: Path | str) -> tuple[str, ...]:
    seen = preview_table(path)
    return f"{seen.name}, {seen.rows} rows of {len(seen.sheet.names)} columns", seen.sheet.words()


GLANCES: Mapping[Kind, Callable[[Path | str], tuple[str, ...]]] = MappingProxyType(
    {
        "table": _glance_table,
        "image": lambda path: (glance_image(Path(path)),),
        "text": lambda path: load_text(path).notes,
        "array": lambda path: list_arrays(path).notes,
        "weights": lambda path: list_weights(path).notes,
    }
)


def glance(kind: Kind, path: Path | str) -> tuple[str, ...]:
    """What a file holds, in phrases, read as cheaply as it can be; raises FileProblem with one sentence."""
    return GLANCES[kind](path)


def kinds_of(path: Path | str) -> tuple[Kind, ...]:
    """What a file may be, by its ending, else by its first bytes; the likeliest first. Raises FileProblem."""
    found, _ = checked_path(path, "data")
    known = ENDINGS.get(found.suffix.lower().removeprefix("."))
    if known is not None:
        return known
    try:
        with found.open("rb") as file:
            start = file.read(4096)
    except OSError as error:
        raise FileProblem(f"{found.name} cannot be read: {reason(error)}.") from None
    for sign, kind in _STARTS:
        if start.startswith(sign):
            return (kind,)
    if start and b"\0" not in start:
        return ("text", "table")
    endings = ", ".join(ENDINGS)
    raise FileProblem(f"{found.name} is no file of data the lab reads; those end in {endings}.")
