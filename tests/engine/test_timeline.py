"""Recorded frames: caps, even thinning, shared memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseai_lab.contract import Axes, check_frame
from courseai_lab.engine.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Frame:
    shared: Annotated[np.ndarray, Axes("a")]
    own: Annotated[np.ndarray, Axes("b")]


def frames(count: int, own: int = 100) -> list[Frame]:
    shared = np.zeros(1000)
    return [check_frame(Frame(shared, np.full(own, i, dtype=float))) for i in range(count)]


def test_shared_arrays_count_once() -> None:
    timeline = Timeline()
    for i, frame in enumerate(frames(10)):
        timeline.append(i, frame)
    assert timeline.bytes == 1000 * 8 + 10 * 100 * 8
    timeline.clear()
    assert timeline.bytes == 0 and timeline.kept == 0 and timeline.count == 0


@given(count=st.integers(1, 400), cap=st.integers(8_000, 60_000))
def test_the_cap_holds_and_what_is_left_is_evenly_spaced(count: int, cap: int) -> None:
    timeline = Timeline(cap)
    for i, frame in enumerate(frames(count)):
        timeline.append(i, frame)
        assert timeline.bytes <= cap or timeline.kept <= 2
    assert timeline.at(0)[0] == 0
    assert timeline.newest()[0] == count - 1
    kept = [0]
    while (following := timeline.after(kept[-1])) != kept[-1]:
        kept.append(following)
    gaps = set(np.diff(kept[:-1]))
    assert len(gaps) <= 1, f"uneven: {kept}"
    assert timeline.bytes == 8000 + timeline.kept * 800


def test_at_gives_the_frame_at_or_before() -> None:
    timeline = Timeline()
    some = frames(3)
    for index, frame in zip((0, 5, 9), some, strict=True):
        timeline.append(index, frame)
    assert timeline.at(7) == (5, some[1])
    assert timeline.at(0) == (0, some[0])
    assert timeline.after(5) == 9 and timeline.after(9) == 9


def test_refuses_what_makes_no_sense() -> None:
    timeline = Timeline()
    with pytest.raises(IndexError):
        timeline.newest()
    timeline.append(4, frames(1)[0])
    with pytest.raises(ValueError, match="after"):
        timeline.append(4, frames(1)[0])
