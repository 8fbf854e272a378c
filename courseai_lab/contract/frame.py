"""Frames: what a run yields. Frozen dataclasses of named, read-only CPU arrays whose axes have names."""

from __future__ import annotations

import dataclasses
import functools
import typing
from typing import Any

import numpy as np

from courseai_lab.contract.errors import FrameError

_SCALARS = (int, float, bool, str, type(None))


@dataclasses.dataclass(frozen=True, slots=True)
class Axes:
    """Names of an array's axes, outermost first (``Axes("step xy")``), with the unit and meaning of its values.

    The same axis name within one frame means the same length. ``Axes("")`` is a 0-d array.
    """

    names: str
    unit: str = ""
    help: str = ""

    @property
    def axes(self) -> tuple[str, ...]:
        """The names as a tuple."""
        return _split(self.names)


@functools.cache
def _split(names: str) -> tuple[str, ...]:
    return tuple(names.split())


@functools.cache
def _field_names(frame_type: Any) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(frame_type))


@functools.cache
def frame_axes(frame_type: Any) -> dict[str, Axes]:
    """``{field: Axes}`` of the array fields of a frame type. Raises FrameError when the type breaks the contract."""
    if not isinstance(frame_type, type) or not dataclasses.is_dataclass(frame_type):
        raise FrameError(f"{frame_type} must be a frozen dataclass to be a frame.")
    if not frame_type.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        raise FrameError(f"{frame_type.__name__} must be declared with @dataclass(frozen=True).")
    hints = typing.get_type_hints(frame_type, include_extras=True)
    out: dict[str, Axes] = {}
    for field in dataclasses.fields(frame_type):
        axes = [m for m in getattr(hints[field.name], "__metadata__", ()) if isinstance(m, Axes)]
        if axes:
            out[field.name] = axes[0]
    return out


def _axes_of(frame: Any) -> dict[str, Axes]:
    frame_type: Any = type(frame)
    return frame_axes(frame_type)


def check_frame(frame: Any) -> Any:
    """Check a frame against its type and make its arrays read-only; returns the same object.

    An array that is a view of other memory is replaced by a copy of its own. An array that already is read-only and
    owns its memory is kept as it is, so frames may share arrays by identity (a surface under a moving ball costs its
    memory once). Raises FrameError naming the field and the rule.
    """
    declared = _axes_of(frame)
    lengths: dict[str, tuple[int, str]] = {}
    frame_type: Any = type(frame)
    for name in _field_names(frame_type):
        value = getattr(frame, name)
        if isinstance(value, np.ndarray):
            if name not in declared:
                raise FrameError(f"Frame field {name} is an array without Axes.")
            _check_array(frame, name, value, declared[name], lengths)
        elif not _is_plain(value):
            raise FrameError(
                f"Frame field {name} is a {type(value).__name__}; frames hold CPU NumPy arrays, numbers, "
                "strings, None and tuples of these."
            )
        elif name in declared and value is not None:
            raise FrameError(f"Frame field {name} has Axes but holds a {type(value).__name__}.")
    return frame


def _check_array(frame: Any, name: str, array: np.ndarray, axes: Axes, lengths: dict[str, tuple[int, str]]) -> None:
    if array.dtype.kind not in "biufcU":
        raise FrameError(f"Frame field {name} has dtype {array.dtype}; numbers, booleans and strings are allowed.")
    if array.ndim != len(axes.axes):
        raise FrameError(
            f"Frame field {name} has shape {array.shape} but its axes are named '{axes.names}' ({len(axes.axes)})."
        )
    for axis, length in zip(axes.axes, array.shape, strict=True):
        known, where = lengths.setdefault(axis, (length, name))
        if known != length:
            raise FrameError(f"Axis {axis} has length {length} in {name} but {known} in {where}.")
    if array.base is not None or not array.flags.c_contiguous:
        # Frames are frozen for everyone else; this is the one moment in which a view becomes an owner.
        array = np.array(array, order="C", copy=True)
        object.__setattr__(frame, name, array)
    array.flags.writeable = False


def _is_plain(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(_is_plain(v) for v in value)
    return isinstance(value, _SCALARS)


def arrays(frame: Any) -> dict[str, tuple[np.ndarray, Axes]]:
    """``{field: (array, axes)}`` of a checked frame, in declaration order; fields that are None are left out."""
    declared = _axes_of(frame)
    return {name: (getattr(frame, name), axes) for name, axes in declared.items() if getattr(frame, name) is not None}


def frame_bytes(frame: Any, seen: set[int] | None = None) -> int:
    """Bytes of the frame's arrays; those whose ``id`` is in ``seen`` count nothing, and are added to it."""
    total = 0
    for array, _ in arrays(frame).values():
        if seen is not None:
            if id(array) in seen:
                continue
            seen.add(id(array))
        total += array.nbytes
    return total
