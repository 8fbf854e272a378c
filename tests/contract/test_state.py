"""One state: JSON, links, steering, migration, and everything that can be wrong with them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courseai_lab.contract import (
    BadState,
    BadValue,
    Ctx,
    LabError,
    Patch,
    Run,
    Seeds,
    State,
    Steer,
    UnknownPanel,
    default_state,
    discover,
    find,
    run_frames,
    run_to_frame,
)
from courseai_lab.contract.link import LINK, json_object, unpack
from courseai_lab.contract.state import state_from_json
from tests.fakes.counter import compute

PANELS = {panel.id: panel for panel in discover("tests.fakes")}
COUNTER = replace(PANELS["counter"])
START = default_state(COUNTER)


def test_round_trip_through_json_and_link() -> None:
    state, _ = START.apply(Patch(params={"by": 2.5, "steps": 7}, look={"dots": 9}, seeds={"init": 4}))
    state = replace(state, steering=(Steer(2, {"by": -1.0}),), frame=5)
    again = state_from_json(COUNTER, json.loads(json.dumps(state.to_json())))
    assert again == state
    assert state_from_json(COUNTER, unpack(state.to_link())) == state
    assert again.current.by == -1.0 and again.params.by == 2.5


def test_effects_of_patches() -> None:
    assert START.apply(Patch())[1] == "nothing"
    assert START.apply(Patch(look={"dots": 3}))[1] == "nothing"
    assert START.apply(Patch(look={"dots": 4}))[1] == "redraw"
    assert START.apply(Patch(params={"by": 2.0}))[1] == "run", "nothing computed yet, nothing to steer"
    assert START.apply(Patch(params={"by": 2.0}), step=3)[1] == "steer"
    assert START.apply(Patch(params={"by": 2.0, "steps": 5}), step=3)[1] == "run"
    assert START.apply(Patch(seeds={"data": 1}), step=3)[1] == "run"


def test_steering_branches_and_forgets_what_came_after() -> None:
    state = START
    for step, value in ((3, 2.0), (6, 3.0), (9, 4.0)):
        state, _ = state.apply(Patch(params={"by": value}), step)
    assert [s.step for s in state.steering] == [3, 6, 9]
    state, _ = state.apply(Patch(params={"by": 9.0}), 6)
    assert [(s.step, dict(s.patch)) for s in state.steering] == [(3, {"by": 2.0}), (6, {"by": 9.0})]
    totals = [frame.total for frame in run_frames(COUNTER, state)]
    assert totals[:9] == [0, 1, 2, 3, 5, 7, 9, 18, 27]


def test_a_new_run_starts_from_the_current_values() -> None:
    state, _ = START.apply(Patch(params={"by": 2.0}), 3)
    state, effect = state.apply(Patch(params={"steps": 5}), 4)
    assert effect == "run" and state.params.by == 2.0 and state.steering == ()


def test_run_to_frame_and_past_the_end() -> None:
    frame, index = run_to_frame(COUNTER, START, 7)
    assert (frame.total, index) == (7, 7)
    assert run_to_frame(COUNTER, START)[1] == 99
    with pytest.raises(LabError, match="has 100 frames; frame 500 does not exist"):
        run_to_frame(COUNTER, START, 500)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format": "other"}, "not a CourseAI Lab state"),
        ({"panel": ""}, "names no panel"),
        ({"panel": "still"}, "belongs to the panel 'still'"),
        ({"format_version": 99}, "newer lab"),
        ({"format_version": "1"}, "whole number"),
        ({"version": 99}, "newer version of the panel"),
        ({"params": []}, "must be an object"),
        ({"params": {"by": 99}}, "by cannot be 99"),
        ({"params": {"zz": 1}}, "no parameter zz"),
        ({"look": {"dots": 0}}, "dots cannot be 0"),
        ({"seeds": {"init": -1}}, "whole number from 0"),
        ({"seeds": {"luck": 1}}, "no seed luck"),
        ({"seeds": 3}, "must be an object"),
        ({"steering": {}}, "must be a list"),
        ({"steering": [[1]]}, "pair"),
        ({"steering": [[-1, {"by": 1}]]}, "rising order"),
        ({"steering": [[5, {"by": 1}], [2, {"by": 1}]]}, "rising order"),
        ({"steering": [[1, {"steps": 3}]]}, "cannot be steered"),
        ({"steering": [[1, {"by": 99}]]}, "by cannot be 99"),
        ({"frame": -2}, "frame must be"),
        ({"frame": 1.5}, "frame must be"),
    ],
)
def test_what_is_wrong_with_a_state_is_said(change: Mapping[str, Any], says: str) -> None:
    with pytest.raises((BadState, BadValue)) as caught:
        state_from_json(COUNTER, {**START.to_json(), **change})
    assert says in str(caught.value) and "\n" not in str(caught.value)


def test_older_versions_are_migrated(monkeypatch: pytest.MonkeyPatch) -> None:
    def migrate(data: dict[str, Any], version: int) -> dict[str, Any]:
        assert version == 1
        return {("by" if name == "increment" else name): value for name, value in data.items()}

    monkeypatch.setattr(compute.Params, "VERSION", 2)
    monkeypatch.setattr(compute.Params, "migrate", staticmethod(migrate))
    old = {"panel": "counter", "version": 1, "params": {"increment": 3.0}}
    assert state_from_json(COUNTER, old).params.by == 3.0  # type: ignore[attr-defined]
    assert State("counter", compute.Params(), compute.Look()).to_json()["version"] == 2, (
        "what is written carries today's version"
    )


@settings(max_examples=300)
@given(st.data())
def test_damaged_links_are_answered_by_a_sentence(data: st.DataObject) -> None:
    link = START.to_link()
    kind = data.draw(st.sampled_from(["cut", "flip", "noise", "prefix"]))
    at = data.draw(st.integers(0, len(link) - 1))
    broken = {
        "cut": link[:at],
        "flip": link[:at] + data.draw(st.characters()) + link[at + 1 :],
        "noise": LINK + data.draw(st.text(max_size=200)),
        "prefix": data.draw(st.text(max_size=20)) + link,
    }[kind]
    try:
        state_from_json(COUNTER, unpack(broken))
    except LabError as error:
        assert str(error).endswith((".", "?"))


def test_a_link_that_unpacks_to_too_much_is_refused() -> None:
    import base64
    import zlib

    bomb = LINK + base64.urlsafe_b64encode(zlib.compress(b" " * 20_000_000, 9)).decode()
    with pytest.raises(BadState, match=r"8 MB|at most"):
        unpack(bomb)
    with pytest.raises(BadState, match="damaged"):
        json_object("[" * 100_000)


def test_too_long_for_a_link_is_said() -> None:
    import random

    noise = tuple((i, {"by": random.Random(i).uniform(-9, 9)}) for i in range(9000))
    state = replace(START, steering=tuple(Steer(i, patch) for i, patch in noise))
    with pytest.raises(BadState, match="lab file instead"):
        state.to_link()


def test_unknown_panels_are_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownPanel, match="did you mean counter"):
        find("conter", tuple(PANELS.values()))


def test_seeds_are_part_of_the_run() -> None:
    assert START.same_run(replace(START, look=compute.Look(dots=5), frame=3))
    assert not START.same_run(replace(START, seeds=Seeds(data=1)))


def test_steering_of_older_versions_is_migrated_with_the_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    def migrate(data: dict[str, Any], version: int) -> dict[str, Any]:
        return {("by" if name == "increment" else name): value for name, value in data.items()}

    monkeypatch.setattr(compute.Params, "VERSION", 2)
    monkeypatch.setattr(compute.Params, "migrate", staticmethod(migrate))
    old = {"version": 1, "params": {"increment": 3.0}, "steering": [[2, {"increment": 4.0}], [5, {"increment": 5.0}]]}
    state = state_from_json(COUNTER, old)
    assert [(s.step, dict(s.patch)) for s in state.steering] == [(2, {"by": 4.0}), (5, {"by": 5.0})]


def test_a_number_of_too_many_digits_is_a_damaged_file() -> None:
    with pytest.raises(BadState, match="damaged"):
        json_object('{"panel": ' + "9" * 5000 + "}")


def test_steering_at_the_frame_a_replay_stands_at_has_the_last_word() -> None:
    state = replace(START, steering=(Steer(1, {"by": 5.0}),))
    run = Run(compute, state, Ctx())  # type: ignore[arg-type]
    assert [run.step().total, run.step().total] == [0, 1]  # type: ignore[union-attr]
    run.steer({"by": 7.0})
    assert run.step().total == 8 and run.params.by == 7.0  # type: ignore[attr-defined,union-attr]
    run.close()
