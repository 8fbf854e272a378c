"""What every panel owes: one test over all that are found by folder."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QImage, QMouseEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from courseai_lab.contract import (
    BadValue,
    Cancelled,
    Ctx,
    FieldSpec,
    Panel,
    Params,
    Run,
    Seeds,
    State,
    arrays,
    default_state,
    discover,
    fields,
    run_frames,
)
from courseai_lab.contract.link import unpack
from courseai_lab.contract.state import state_from_json
from courseai_lab.ui.formula import check_tex
from courseai_lab.ui.panel_view import PanelView, ViewSettings
from courseai_lab.ui.theme import load_theme

PANELS = discover()
SOME = 3
"""Frames compared and drawn: enough to see steps differ, few enough to stay fast."""


@pytest.fixture(params=PANELS, ids=[p.id for p in PANELS])
def panel(request: pytest.FixtureRequest) -> Panel:
    return request.param


def some_frames(panel: Panel, state: State, count: int = SOME) -> list[Any]:
    out = []
    for frame in run_frames(panel, state):
        out.append(frame)
        if len(out) == count:
            break
    return out


def same(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray):
        return a.shape == b.shape and a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind in "fc")
    if isinstance(a, float):
        return a == b or (math.isnan(a) and math.isnan(b))
    if isinstance(a, tuple):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    return a == b


def same_frame(a: Any, b: Any) -> list[str]:
    """Names of the fields that differ."""
    return [name for name in type(a).__slots__ if not same(getattr(a, name), getattr(b, name))]


def extremes(spec: FieldSpec) -> Iterator[tuple[Any, bool]]:
    """Values at the ends of a range and just past them, each with whether it is to be accepted."""
    if spec.kind == "int":
        for end, out in ((spec.lo, -1), (spec.hi, 1)):
            if end is not None:
                yield int(end), True
                yield int(end) + out, False
    elif spec.kind == "float":
        for end, is_open, towards in ((spec.lo, spec.lo_open, math.inf), (spec.hi, spec.hi_open, -math.inf)):
            if end is not None:
                inside = math.nextafter(end, towards) if is_open else end
                yield (inside if not spec.ui.log or inside > 1e-12 else 1e-9), True
                yield (end if is_open else math.nextafter(end, -towards)), False
        yield math.nan, False
        yield math.inf, False
    elif spec.kind in ("choice", "switch"):
        for choice in spec.choices or (True, False):
            yield choice, True
        yield "no such choice", False
    elif spec.kind == "choices":
        for choice in spec.choices:
            yield (choice,), True
        yield ("no such choice",), False
    elif spec.kind == "color":
        yield "#000000", True
        yield "black", False


def test_the_record_says_what_people_need(panel: Panel) -> None:
    assert panel.title and panel.summary.endswith(".") and panel.lessons
    assert len(panel.summary) <= 120
    folder = panel.package.rsplit(".", 1)[1]
    assert folder == panel.id.replace("-", "_")


def test_it_says_which_own_files_it_takes(panel: Panel) -> None:
    files = [spec.file for spec in fields(panel.compute().Params) if spec.file is not None]
    assert panel.takes == tuple(dict.fromkeys(file.kind for file in files if not file.endings))
    for file in files:
        names = {spec.name for spec in fields(panel.compute().Params)}
        assert not file.roles or (file.columns in names and file.word_role in ("", *file.roles))


def test_listing_panels_imports_neither_torch_nor_qt() -> None:
    code = (
        "import sys; from courseai_lab.contract import discover; discover(); "
        "print(','.join(sorted({m.split('.')[0] for m in sys.modules}"
        " & {'torch', 'PySide6', 'numpy', 'numba', 'pydantic', 'vispy', 'pyqtgraph'})))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == ""


def test_compute_knows_no_qt(panel: Panel) -> None:
    code = f"import sys; import {panel.package}.compute; print('PySide6' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"


def test_state_round_trip(panel: Panel) -> None:
    state = default_state(panel)
    assert state_from_json(panel, json.loads(json.dumps(state.to_json()))) == state
    assert state_from_json(panel, unpack(state.to_link())) == state


def test_every_parameter_explains_itself(panel: Panel) -> None:
    compute = panel.compute()
    for model in (compute.Params, compute.Look):
        for spec in fields(model):
            assert spec.label
            assert spec.ui.help or spec.ui.hidden, f"{spec.name} has no help"
            if spec.kind in ("int", "float") and not spec.ui.hidden:
                assert spec.lo is not None and spec.hi is not None, f"{spec.name} needs a range"
            if spec.ui.symbol:
                assert check_tex(spec.ui.symbol) == [], spec.name
            if spec.ui.when is not None:
                assert spec.ui.when[0] in model.model_fields, f"{spec.name} hangs on a field that is not there"


def test_extremes_are_accepted_and_beyond_is_refused(panel: Panel) -> None:
    state = default_state(panel)
    for model, values in ((type(state.params), state.params), (type(state.look), state.look)):
        for spec in fields(model):
            for value, good in extremes(spec):
                if good:
                    assert getattr(values.patched(**{spec.name: value}), spec.name) == value
                else:
                    with pytest.raises(BadValue) as caught:
                        values.patched(**{spec.name: value})
                    assert spec.name in str(caught.value)


def test_every_extreme_gives_a_first_frame(panel: Panel) -> None:
    state = default_state(panel)
    compute = panel.compute()
    for spec in fields(type(state.params)):
        for value, good in extremes(spec):
            if not good:
                continue
            changed = replace(state, params=state.params.patched(**{spec.name: value}))
            frame = some_frames(panel, changed, 1)[0]
            said = compute.sentence(frame, changed.params, changed.look)
            assert said.strip().endswith((".", "!", "?")), f"{spec.name}={value}: {said!r}"


def test_the_same_state_gives_the_same_frames(panel: Panel) -> None:
    state = default_state(panel)
    first, second = some_frames(panel, state), some_frames(panel, state)
    assert [same_frame(a, b) for a, b in zip(first, second, strict=True)] == [[] for _ in first]


def test_frames_hold_what_their_axes_say(panel: Panel) -> None:
    for frame in some_frames(panel, default_state(panel)):
        lengths: dict[str, int] = {}
        for array, axes in arrays(frame).values():
            assert not array.flags.writeable and array.base is None
            for name, length in zip(axes.axes, array.shape, strict=True):
                assert lengths.setdefault(name, length) == length


def test_it_stops_at_the_first_tick(panel: Panel) -> None:
    def stop(_share: float | None, _note: str) -> None:
        raise Cancelled

    state = default_state(panel)
    run = Run(panel.compute(), state, Ctx("cpu", state.seeds, stop))
    with pytest.raises(Cancelled):
        while run.step() is not None:
            pass


def test_global_random_state_is_left_alone(panel: Panel) -> None:
    import torch

    before, torch_before = np.random.get_state()[1].copy(), torch.get_rng_state().clone()
    some_frames(panel, default_state(panel))
    assert (np.random.get_state()[1] == before).all()
    assert torch.equal(torch.get_rng_state(), torch_before)


def test_presets_are_states_with_words_and_run(panel: Panel) -> None:
    presets = panel.presets()
    assert len({p.id for p in presets}) == len(presets) >= 3
    for preset in presets:
        assert preset.title and len(preset.note) > 20, preset.id
        state = state_from_json(panel, preset.state)
        assert some_frames(panel, state, 1)


def test_formula_terms_marks_and_readings_fit_together(panel: Panel) -> None:
    compute, state = panel.compute(), default_state(panel)
    frame = some_frames(panel, state)[-1]
    make = getattr(compute, "formula", None)
    formula = make(state.params, state.look) if make else None
    if formula is not None:
        assert check_tex(formula.plain()) == []
        named = {name for name, _ in formula.pieces() if name}
        assert named == {term.id for term in formula.terms}
        assert all(term.meaning for term in formula.terms)
        readings = compute.readings(frame, state.params, state.look) if hasattr(compute, "readings") else {}
        assert set(readings) <= named, "a reading belongs to a term of the formula"
    if hasattr(compute, "marks"):
        assert set(compute.marks(frame, state.params)) <= set(type(state.params).model_fields)


def drawn(view: PanelView, frame: Any, params: Params, look: Params) -> QImage:
    view.show_frame(frame, params, look)
    for _ in range(2):
        # Layouts asked for by the drawing are made before the picture is taken, as they are on a screen.
        QCoreApplication.processEvents()
    image = QImage(view.size(), QImage.Format.Format_RGB32)
    view.render(image, QPoint())
    return image


def pixels(image: QImage) -> np.ndarray:
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[..., :3].copy()


@pytest.mark.parametrize("theme", ["dark", "light", "projector"])
def test_drawing(qtbot: QtBot, panel: Panel, theme: str) -> None:
    state = default_state(panel)
    frames = some_frames(panel, state)
    view = panel.view()(ViewSettings(load_theme(theme), opengl=False))
    qtbot.addWidget(view)
    view.resize(QSize(900, 620))
    view.show()
    qtbot.waitExposed(view)
    first = drawn(view, frames[-1], state.current, state.look)
    assert len(np.unique(pixels(first).reshape(-1, 3), axis=0)) > 20, "the picture is blank"
    again = drawn(view, frames[-1], state.current, state.look)
    assert (pixels(first) == pixels(again)).all(), "drawing twice gives two pictures"
    drawn(view, frames[0], state.current, state.look)
    back = drawn(view, frames[-1], state.current, state.look)
    assert (pixels(first) == pixels(back)).all(), "the picture depends on what was drawn before"
    assert all(table.header and len(table.rows) >= 0 for table in view.tables())


def test_it_folds_into_a_narrow_dock(qtbot: QtBot, panel: Panel) -> None:
    state = default_state(panel)
    frame = some_frames(panel, state)[-1]
    view = panel.view()(ViewSettings(load_theme("light"), opengl=False))
    qtbot.addWidget(view)
    view.resize(QSize(380, 420))
    view.show()
    qtbot.waitExposed(view)
    assert view.minimumSizeHint().width() <= 400
    assert len(np.unique(pixels(drawn(view, frame, state.current, state.look)).reshape(-1, 3), axis=0)) > 10


def other_states(panel: Panel) -> Iterator[State]:
    """Prepared states and the ends of every whole number: frames of other lengths, widths and numbers of series."""
    start = default_state(panel)
    yield start
    for preset in panel.presets():
        yield state_from_json(panel, preset.state)
    for spec in fields(type(start.params)):
        for value, good in extremes(spec) if spec.kind == "int" else ():
            if good:
                yield replace(start, params=start.params.patched(**{spec.name: value}))


def rest_pointer(view: PanelView, at: float) -> None:
    """Move the pointer onto every part of the picture, so that each keeps what is under it."""
    for child in view.findChildren(QWidget):
        # The tooltip of one part is a child, too, and gone when the pointer comes to the next.
        if isValid(child) and child.isVisible():
            point = QPointF(child.width() * at, child.height() * at)
            where = child.mapToGlobal(point)
            none = Qt.MouseButton.NoButton
            event = QMouseEvent(QEvent.Type.MouseMove, point, where, none, none, Qt.KeyboardModifier.NoModifier)
            QCoreApplication.sendEvent(child, event)


def test_a_resting_pointer_survives_every_other_frame(qtbot: QtBot, panel: Panel) -> None:
    """A frame may be shorter, narrower or have fewer parts than the one the pointer rests on."""
    view = panel.view()(ViewSettings(load_theme("dark"), opengl=False))
    qtbot.addWidget(view)
    view.resize(QSize(640, 900))
    view.show()
    qtbot.waitExposed(view)
    start = default_state(panel)
    usual = some_frames(panel, start)[-1]
    with qtbot.captureExceptions() as raised:
        for number, state in enumerate(other_states(panel)):
            drawn(view, some_frames(panel, state, 1)[0], state.current, state.look)
            rest_pointer(view, (0.55, 0.85)[number % 2])
        drawn(view, usual, start.current, start.look)
    assert not raised, raised[0]


def test_what_it_does_to_warm_up_can_be_done_and_stopped(panel: Panel) -> None:
    """Compiling ahead computes something, ticks between its examples, and so can be left."""
    warm = getattr(panel.compute(), "warm", None)
    if warm is None:
        return
    ticks: list[float | None] = []
    warm(Ctx("cpu", Seeds(), lambda share, note: ticks.append(share)))
    assert ticks

    def leave(share: float | None, note: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        warm(Ctx("cpu", Seeds(), leave))
