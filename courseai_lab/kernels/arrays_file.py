"""Arrays from a user's NPY or NPZ file, without pickle: headers are checked before anything is read."""

from __future__ import annotations

import io
import math
import struct
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeVar

import numpy as np
from numpy.lib import format as npy

from courseai_lab.kernels.own_file import FileProblem, Loaded, checked_path, reason, short

MAX_BYTES = 400_000_000
"""Of the file, and of all its arrays once unpacked."""
MAX_ARRAYS = 100
MAX_DIMENSIONS = 8
MAX_HEADER = 10_000
MOST_NAMED = 8
_KINDS = "biufc"
"""Truth values, whole numbers, numbers, complex numbers."""
T = TypeVar("T")

# What numpy's reader of headers raises for damaged ones; it tries a tokeniser for files of Python 2.
_DAMAGED_HEADER = (ValueError, SyntaxError, TypeError, KeyError, RecursionError, MemoryError, OverflowError,
                   tokenize.TokenError)  # fmt: skip
_DAMAGED_ZIP = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, IndexError, KeyError, OverflowError,
                NotImplementedError, OSError)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Header:
    """What an NPY header says, checked."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    fortran: bool

    @property
    def bytes(self) -> int:
        """Bytes of the data after the header."""
        return math.prod(self.shape) * self.dtype.itemsize


Take = Callable[[IO[bytes], int, str, int], T]
"""What is made of one array: from the open file, the bytes it is said to have, what complaints call it, the cap."""


def load_arrays(path: Path | str, *, max_bytes: int = MAX_BYTES) -> Loaded[dict[str, np.ndarray]]:
    """All arrays of a NPZ file by name, or the one of a NPY file under the file's own name without its ending.

    Numbers and truth values only, in this machine's byte order, contiguous; every header is checked against the caps
    and the file's size before its data are read. Raises FileProblem with one sentence.
    """
    name, arrays = _each(path, max_bytes, _read)
    headers = {key: _Header(array.dtype, array.shape, False) for key, array in arrays.items()}
    return Loaded(arrays, (*_notes(name, headers), *_not_finite(arrays)))


def list_arrays(path: Path | str, *, max_bytes: int = MAX_BYTES) -> Loaded[dict[str, tuple[int, ...]]]:
    """The shapes of all arrays by name; only headers are read. Raises FileProblem as ``load_arrays`` does for them."""
    name, headers = _each(path, max_bytes, _fitting_header)
    return Loaded({key: header.shape for key, header in headers.items()}, _notes(name, headers))


def _each(path: Path | str, max_bytes: int, take: Take[T]) -> tuple[str, dict[str, T]]:
    """The file's name, and what ``take`` makes of each of its arrays."""
    found, size = checked_path(path, "array")
    if size > max_bytes:
        raise FileProblem(f"{found.name} is larger than {max_bytes / 1e6:g} MB; choose a smaller file.")
    try:
        with found.open("rb") as file:
            start = file.read(6)
            file.seek(0)
            if start == npy.MAGIC_PREFIX:
                return found.name, {found.stem: take(file, size, found.name, max_bytes)}
            if start[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
                return found.name, _unzipped(file, found.name, max_bytes, take)
    except (OSError, MemoryError) as error:
        raise FileProblem(f"{found.name} cannot be read: {reason(error)}.") from None
    raise FileProblem(f"{found.name} is no NPY or NPZ file; numpy.save and numpy.savez write them.")


def _unzipped(file: IO[bytes], name: str, max_bytes: int, take: Take[T]) -> dict[str, T]:
    try:
        with zipfile.ZipFile(file) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _check_entries(entries, name, max_bytes)
            made = {}
            for entry in entries:
                with archive.open(entry) as inside:
                    where = f"{name}, array {short(entry.filename)}"
                    made[entry.filename.removesuffix(".npy")] = take(inside, entry.file_size, where, max_bytes)
            return made
    except FileProblem:
        raise
    except RuntimeError as error:
        raise FileProblem(f"{name} cannot be unpacked: {reason(error)}.") from None
    except _DAMAGED_ZIP as error:
        raise FileProblem(f"{name} is a damaged NPZ file: {reason(error)}.") from None


def _check_entries(entries: list[zipfile.ZipInfo], name: str, max_bytes: int) -> None:
    if not entries:
        raise FileProblem(f"{name} has no arrays in it.")
    if len(entries) > MAX_ARRAYS:
        raise FileProblem(f"{name} has {len(entries)} arrays; at most {MAX_ARRAYS} are read.")
    other = next((entry.filename for entry in entries if not entry.filename.endswith(".npy")), None)
    if other is not None:
        raise FileProblem(f"{name} is no NPZ file: '{short(other)}' in it is not an NPY array.")
    if len({entry.filename for entry in entries}) < len(entries):
        raise FileProblem(f"{name} is damaged: two of its arrays have the same name.")
    total = sum(entry.file_size for entry in entries)
    if total > max_bytes:
        raise FileProblem(f"{name} unpacks to {total / 1e6:.0f} MB; at most {max_bytes / 1e6:g} MB are read.")


def _fitting_header(file: IO[bytes], size: int, where: str, max_bytes: int) -> _Header:
    """The header of an array that keeps to the cap and fits into the ``size`` bytes that are said to be there."""
    header, used = _header(file, where)
    if header.bytes > max_bytes:
        raise FileProblem(f"{where} would take {header.bytes / 1e6:.3g} MB; at most {max_bytes / 1e6:g} MB are read.")
    if used + header.bytes > size:
        shape = _shape(header.shape)
        raise FileProblem(f"{where} is cut short: {shape} of {header.dtype} need {header.bytes} bytes of data.")
    return header


def _read(file: IO[bytes], size: int, where: str, max_bytes: int) -> np.ndarray:
    header = _fitting_header(file, size, where, max_bytes)
    data = file.read(header.bytes)
    if len(data) < header.bytes:
        raise FileProblem(f"{where} is cut short: {len(data)} of {header.bytes} bytes of data are there.")
    array = np.frombuffer(data, dtype=header.dtype).reshape(header.shape, order="F" if header.fortran else "C")
    return np.ascontiguousarray(array.astype(header.dtype.newbyteorder("="), copy=True)).reshape(header.shape)


def _header(file: IO[bytes], where: str) -> tuple[_Header, int]:
    """The header, checked, and how many bytes it took."""
    start = file.read(8)
    if len(start) < 8 or start[:6] != npy.MAGIC_PREFIX:
        raise FileProblem(f"{where} is no NPY array.")
    version = (start[6], start[7])
    wide = 2 if version == (1, 0) else 4
    if version not in ((1, 0), (2, 0), (3, 0)):
        raise FileProblem(f"{where} is written in version {version[0]}.{version[1]} of NPY; 1.0 to 3.0 are read.")
    length = file.read(wide)
    count = int.from_bytes(length, "little")
    if count > MAX_HEADER:
        raise FileProblem(f"{where} has a header of {count} bytes; a damaged file, for at most {MAX_HEADER} are read.")
    text = file.read(count)
    if len(length) < wide or len(text) < count:
        raise FileProblem(f"{where} is cut short within its header.")
    # Numpy's own reader takes the header apart (a literal, nothing is run); version 3 differs by being UTF-8 only.
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            shape, fortran, dtype = read(io.BytesIO(length + text), max_header_size=MAX_HEADER)
    except _DAMAGED_HEADER as error:
        raise FileProblem(f"{where} has a damaged header: {reason(error)}.") from None
    return _checked(shape, bool(fortran), dtype, where), 8 + wide + count


def _checked(shape: tuple[int, ...], fortran: bool, dtype: np.dtype[Any], where: str) -> _Header:
    if dtype.hasobject:
        raise FileProblem(f"{where} holds pickled Python objects, which can run code and are not read; save numbers.")
    if dtype.kind not in _KINDS or dtype.names is not None or dtype.itemsize > 32:
        raise FileProblem(f"{where} holds {short(str(dtype))}; numbers and truth values are read.")
    if len(shape) > MAX_DIMENSIONS:
        raise FileProblem(f"{where} has {len(shape)} dimensions; at most {MAX_DIMENSIONS} are read.")
    if any(not 0 <= side < 2**40 for side in shape):
        raise FileProblem(f"{where} has the impossible shape {short(str(shape))}.")
    return _Header(dtype, shape, fortran)


def _shape(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) if shape else "one value"


def _notes(name: str, headers: Mapping[str, _Header]) -> tuple[str, ...]:
    count = len(headers)
    notes = [f"{short(key)}: {_shape(one.shape)} {one.dtype.newbyteorder('=')}" for key, one in headers.items()]
    more = (f"and {count - MOST_NAMED} more",) if count > MOST_NAMED else ()
    return f"{name}, {count} array{'s' if count != 1 else ''}", *notes[:MOST_NAMED], *more


def _not_finite(arrays: Mapping[str, np.ndarray]) -> tuple[str, ...]:
    notes = []
    for name, array in arrays.items():
        wrong = int((~np.isfinite(array)).sum()) if array.dtype.kind in "fc" else 0
        if wrong:
            which = "1 value that is" if wrong == 1 else f"{wrong} values that are"
            notes.append(f"{short(name)} has {which} not finite")
    return tuple(notes)
