"""What a lesson hides, locks and limits: on the form, on the picture, and for prepared states."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from courseai_lab.app.main_window import MainWindow
from courseai_lab.contract import BadValue, Patch, default_state, find
from courseai_lab.contract.rules import LOCKED, Rules
from courseai_lab.ui.param_form.control import NumberControl

PACKAGE = "tests.fakes"


def test_hidden_locked_and_limited(qtbot: QtBot, window: MainWindow) -> None:
    host = window.open_panel("still")
    assert host is not None
    qtbot.waitUntil(lambda: host.session.frame is not None, timeout=20_000)
    form, session = host.shell.form, host.session
    host.set_rules(Rules(hide=("dots",), limits={"by": (0.5, 2.0)}))
    assert form.rows["dots"].isHidden() and not form.rows["by"].isHidden()
    control = form.rows["by"].control
    assert isinstance(control, NumberControl) and control.slider is not None
    control.slider.set_value(99.0)
    assert (control.spec.lo, control.spec.hi) == (0.5, 2.0)
    assert "0.5" in form.rows["by"].label.toolTip() and "2" in form.rows["by"].label.toolTip()
    with qtbot.waitSignal(session.rejected) as refused:
        host.view.propose(by=3.0)
    assert refused.args == ["by", "By cannot be 3 in this lesson: it must be from 0.5 to 2."]
    assert session.state.current.by == 1.0 and form.rows["by"].error.text().endswith("from 0.5 to 2.")  # type: ignore[attr-defined]
    host.view.propose(by=2.0)
    assert session.state.current.by == 2.0  # type: ignore[attr-defined]
    host.set_rules(Rules(lock=("by", "dots")))
    row = form.rows["by"]
    assert not row.lock.isHidden() and row.lock.toolTip() == LOCKED and not row.control.isEnabled()
    assert not row.control.slider.isEnabled() and not form.rows["dots"].isHidden()  # type: ignore[attr-defined]
    for change in ("by", "dots"):
        with qtbot.waitSignal(session.rejected) as refused:
            host.view.propose(by=1.5) if change == "by" else host.view.propose_look(dots=1)
        assert refused.args[1].endswith("is locked in this lesson.")
    host.set_rules(Rules())
    assert row.lock.isHidden() and row.control.isEnabled() and row.spec is row.own
    host.view.propose(by=3.0)
    assert session.state.current.by == 3.0  # type: ignore[attr-defined]
    edit = row.control.head
    assert edit is not None
    qtbot.keyClick(edit, Qt.Key.Key_Up)
    assert session.state.current.by > 3.0  # type: ignore[attr-defined]


def test_a_whole_state_obeys_too() -> None:
    state = default_state(find("still", _panels()))
    other, _ = state.apply(Patch(params={"by": 4.0}))
    Rules(limits={"by": (0.0, 5.0)}, hide=("by",)).check_state(state, other)
    for rules in (Rules(limits={"by": (0.0, 2.0)}), Rules(lock=("by",))):
        rules.check_state(state, state)
        with pytest.raises(BadValue):
            rules.check_state(state, other)


def _panels() -> tuple:  # type: ignore[type-arg]
    from courseai_lab.contract import discover

    return discover(PACKAGE)
