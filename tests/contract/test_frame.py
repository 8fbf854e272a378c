"""Frames: checked, read-only, axes true to shapes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import pytest

from courseai_lab.contract import Axes, Cancelled, Ctx, FrameError, Seeds, arrays, check_frame, frame_bytes
from courseai_lab.contract.ctx import Memo
from courseai_lab.contract.errors import BadValue


@dataclass(frozen=True, slots=True)
class Frame:
    path: Annotated[np.ndarray, Axes("step xy")]
    loss: Annotated[np.ndarray, Axes("step", unit="nats")]
    extra: Annotated[np.ndarray | None, Axes("k")] = None
    name: str = ""
    pair: tuple[float, int] = (0.0, 0)


def test_arrays_become_read_only_and_views_become_owners() -> None:
    base = np.arange(12.0).reshape(6, 2)
    own = np.zeros(3)
    frame = check_frame(Frame(base[:3], own))
    assert frame.path.base is None and not frame.path.flags.writeable
    assert frame.loss is own and not own.flags.writeable
    base[0, 0] = 99
    assert frame.path[0, 0] == 0
    assert list(arrays(frame)) == ["path", "loss"]
    assert frame_bytes(frame) == 6 * 8 + 3 * 8


def test_shared_arrays_stay_shared() -> None:
    path = np.zeros((3, 2))
    one, two = (check_frame(Frame(path, np.zeros(3))) for _ in range(2))
    assert one.path is two.path
    seen: set[int] = set()
    assert frame_bytes(one, seen) + frame_bytes(two, seen) == 48 + 24 + 24


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ((np.zeros(3), np.zeros(3)), "path has shape"),
        ((np.zeros((3, 2)), np.zeros(4)), "Axis step has length 4 in loss but 3 in path"),
        ((np.zeros((3, 2), dtype=object), np.zeros(3)), "dtype object"),
        (([1, 2], np.zeros(3)), "path is a list"),
        ((np.zeros((3, 2)), np.zeros(3), 1.0), "extra has Axes but holds a float"),
        ((np.zeros((3, 2)), np.zeros(3), None, np.zeros(2)), "name is an array without Axes"),
        ((np.zeros((3, 2)), np.zeros(3), None, {"a": 1}), "name is a dict"),
    ],
)
def test_what_breaks_the_contract_is_named(values: tuple[Any, ...], says: str) -> None:
    with pytest.raises(FrameError, match="(?s)" + says.replace("(", r"\(")):
        check_frame(Frame(*values))


def test_only_frozen_dataclasses_are_frames() -> None:
    @dataclass
    class Loose:
        x: float = 0.0

    with pytest.raises(FrameError, match="frozen"):
        check_frame(Loose())
    with pytest.raises(FrameError, match="dataclass"):
        check_frame(3)


def test_streams_are_independent_and_repeatable() -> None:
    a, b = Ctx(seeds=Seeds(1, 2, 3)), Ctx(seeds=Seeds(1, 5, 3))
    assert (a.rng("data").normal(size=4) == b.rng("data").normal(size=4)).all()
    assert not (a.rng("init").normal(size=4) == b.rng("init").normal(size=4)).any()
    assert not (a.rng("data", 0).normal(size=4) == a.rng("data", 1).normal(size=4)).any()
    assert a.torch_rng("data").initial_seed() == b.torch_rng("data").initial_seed()


@pytest.mark.parametrize("seed", [-1, 2**31, 1.5, True, "3"])
def test_bad_seeds(seed: Any) -> None:
    with pytest.raises(BadValue, match="whole number"):
        Seeds(seed)


def test_tick_reports_a_share_and_may_cancel() -> None:
    said: list[tuple[float | None, str]] = []
    ctx = Ctx(report=lambda share, note: said.append((share, note)))
    ctx.tick(1, 4, "a")
    ctx.tick()
    ctx.tick(9, 4)
    assert said == [(0.25, "a"), (None, ""), (1.0, "")]

    def stop(_share: float | None, _note: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        Ctx(report=stop).tick(0, 1)


def test_memo_keeps_the_last_used() -> None:
    memo = Memo(2)
    made: list[str] = []

    def make(name: str) -> str:
        made.append(name)
        return name

    for name in ("a", "b", "a", "c", "a", "b"):
        assert memo.get(name, lambda n=name: make(n)) == name
    assert made == ["a", "b", "c", "b"]
