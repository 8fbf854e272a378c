"""Values as tables: sorted, copied, saved; and what a picture says to a screen reader."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFocusEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QTableView, QWidget
from pytestqt.qtbot import QtBot

from courseai_lab.ui import spoken
from courseai_lab.ui.panel_view import PanelView, Table, ViewSettings
from courseai_lab.ui.plots import Plot
from courseai_lab.ui.theme_tokens import load_theme
from courseai_lab.ui.values_table import TableModel, ValuesTable, markdown, shown, tab_names, tsv

MIXED = Table("loss", ("name", "x"), [["b|c", 2.0], ["a", float("nan")], ["d", -0.125], ["e", 10.0]])


def test_sorting_puts_numbers_in_order_and_what_is_none_last(qapp: QApplication) -> None:
    model = TableModel(MIXED)
    model.sort(1)
    assert [row[0] for row in model.ordered.rows] == ["d", "b|c", "e", "a"]
    assert model.headerData(0, Qt.Orientation.Vertical) == "3"
    model.sort(0, Qt.SortOrder.DescendingOrder)
    assert [row[0] for row in model.ordered.rows] == ["e", "d", "b|c", "a"]
    model.sort(-1)
    assert model.ordered.rows == MIXED.rows
    index = model.index(2, 1)
    assert (
        model.data(index) == "−0.125"
        and model.data(model.index(0, 1)) == "2.000"
        and model.data(index, Qt.ItemDataRole.ToolTipRole) == "-0.125"
    )
    assert [shown(v) for v in (2.0, float("nan"), float("-inf"), True, -3, "t")] == [
        "2",
        "–",
        "−∞",
        "yes",
        "−3",
        "t",
    ]


def test_tabs_are_told_apart() -> None:
    same = [Table("loss over step", ("step", name), []) for name in ("SGD", "Adam")]
    assert tab_names([*same, MIXED, Table("", (), [])]) == ["SGD", "Adam", "loss", "Table 4"]


def test_copies_have_all_digits(qapp: QApplication) -> None:
    table = Table("t", ("a\tb", "c"), [[1 / 3, "x\ny"], [2, "p|q"]])
    assert tsv(table) == "a b\tc\n0.3333333333333333\tx y\n2\tp|q\n"
    assert markdown(table) == "| a b | c |\n| ---: | :--- |\n| 0.3333333333333333 | x y |\n| 2 | p\\|q |\n"
    assert markdown(Table("", ("a",), [])) == "| a |\n| :--- |\n"


def test_the_window_follows_the_picture_when_asked(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    now = [[Table("one", ("k",), [[1.5]]), MIXED]]
    window = ValuesTable("Walk", lambda: now[0], parent)
    window._tabs.setCurrentIndex(1)
    page = window._tabs.currentWidget()
    assert isinstance(page, QTableView)
    page.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    window.copy_tsv()
    assert QGuiApplication.clipboard().text().splitlines()[1] == "d\t-0.125"
    window.copy_markdown()
    assert "b\\|c" in QGuiApplication.clipboard().text()
    window.save(tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()[:2] == ["name,x", "d,-0.125"]
    window.save(tmp_path / "no" / "a.csv")
    assert window._said.text() == "a.csv could not be saved: No such file or directory."
    now[0] = [MIXED]
    window.read()
    assert window._tabs.tabText(window._tabs.currentIndex()) == "loss" and len(window.tables) == 1
    now[0] = []
    window.read()
    assert window._nothing.isVisibleTo(window) and not window._save.isEnabled()
    window.copy_tsv()


def test_a_million_rows_are_not_made_into_text(qapp: QApplication) -> None:
    class Rows(list[list[float]]):
        asked = 0

        def __getitem__(self, index: object) -> list[float]:  # type: ignore[override]
            Rows.asked += 1
            return [0.5]

        def __len__(self) -> int:
            return 1_000_000

    parent = QWidget()
    window = ValuesTable("", lambda: [Table("many", ("v",), Rows())], parent)
    window.show()
    window._tabs.currentWidget().grab()
    assert 0 < Rows.asked < 2_000
    parent.deleteLater()


def test_a_picture_describes_itself_when_it_may_be_heard(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    class View(PanelView):
        def build(self) -> None:
            self.plot = Plot(self.theme, self, title="Loss by step")
            self.plot.set_axes("step", "loss")

        def draw(self, frame: object, params: object, look: object) -> None:
            steps = np.arange(5.0)
            self.plot.begin()
            self.plot.line("SGD", steps, np.exp(-steps) * float(frame))  # type: ignore[arg-type]
            self.plot.end()

    view = View(ViewSettings(load_theme("light"), False))
    qtbot.addWidget(view)
    view.show()
    view.draw(1.0, None, None)
    keeper = spoken.Spoken(view)
    keeper.touch()
    assert not keeper._later.isActive(), "nobody listens"
    QApplication.sendEvent(view.plot, QFocusEvent(QEvent.Type.FocusIn))
    said = view.plot.accessibleDescription()
    assert "loss over step: 5 rows, step from 0 to 4.00, SGD from 0.0183 to 1.00" in said
    assert said.endswith("first step 0, SGD 1.00; last step 4.00, SGD 0.0183.")
    monkeypatch.setattr(spoken.QAccessible, "isActive", staticmethod(lambda: True))
    view.draw(2.0, None, None)
    keeper.touch()
    assert keeper._later.isActive() and "to 2.00" not in view.plot.accessibleDescription(), "not for every frame"
    with qtbot.waitSignal(keeper._later.timeout, timeout=3000):
        pass
    assert "from 0.0366 to 2.00" in view.plot.accessibleDescription()


def test_words_for_few_and_many_tables() -> None:
    assert spoken.describe([]) == ""
    assert spoken.describe([Table("", ("a", "b"), [[1, 0.5]])]) == "a 1, b 0.500."
    assert spoken.describe([Table("t", ("a",), [])]) == "t: no values."
    assert "And 2 more" in spoken.describe([Table("t", ("a",), [])] * 8)
