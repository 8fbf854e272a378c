"""Which seeds a run reads is noted, and the others change nothing: what a window leaves out of its seeds is true."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from courseai_lab.contract import Ctx, Panel, Run, Seeds, State, arrays, default_state, discover
from courseai_lab.contract.ctx import STREAMS, Memo, Stream

FRAMES = 2


def frames(panel: Panel, state: State, asked: set[Stream]) -> list[list[bytes]]:
    """The bytes of every array of the first frames."""
    run = Run(panel.compute(), state, Ctx("cpu", state.seeds, asked=asked))
    try:
        steps = iter(run.step, None)
        return [
            [np.ascontiguousarray(array).tobytes() for array, _ in arrays(frame).values()]
            for frame in islice(steps, FRAMES)
        ]
    finally:
        run.close()


@pytest.mark.parametrize("panel", discover(), ids=lambda panel: panel.id)
def test_a_seed_that_is_not_read_changes_nothing(panel: Panel) -> None:
    state = default_state(panel)
    asked: set[Stream] = set()
    first = frames(panel, state, asked)
    others = {stream: getattr(state.seeds, stream) + 7 for stream in STREAMS if stream not in asked}
    if others:
        assert frames(panel, replace(state, seeds=replace(state.seeds, **others)), set()) == first


def test_what_is_read_is_noted_and_a_key_is_not() -> None:
    ctx, plain = Ctx("cpu", Seeds(1, 2, 3)), Seeds(1, 2, 3)
    assert ctx.seeds == plain and plain == ctx.seeds and hash(ctx.seeds) == hash(plain)
    assert ctx.seeds != Seeds(1, 2, 4)
    memo = Memo()
    assert memo.get(("key", ctx.seeds), lambda: 5) == memo.get(("key", plain), lambda: 6) == 5
    assert ctx.asked == set()
    ctx.rng("sample", 4)
    assert ctx.asked == {"sample"}
    assert ctx.seeds.init == 2 and ctx.asked == {"sample", "init"}
