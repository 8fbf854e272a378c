"""The user's own data in the window: dropped, pasted, asked about, refused with a sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from courseai_lab.app.figures import Figure, Shot, save_figure
from courseai_lab.app.main_window import MainWindow
from courseai_lab.app.own_data import places, wish
from courseai_lab.contract import FileKind, Params, Patch, Ui
from courseai_lab.ui.param_form import NumberEdit
from courseai_lab.ui.param_form.files import FileControl
from courseai_lab.ui.param_form.painted import PaintControl
from courseai_lab.ui.plots.canvas import Canvas
from courseai_lab.ui.table_import import TableImport, TablePreview, columns_text, likely_columns

TABLE = "town;size, m2;price;kind\n" + "\n".join(f"T{k};{20 + k},5;{300 + k};{'ab'[k % 2]}" for k in range(9))


@pytest.fixture
def lab(open_window: Callable[..., MainWindow]) -> MainWindow:
    return open_window("courseai_lab.panels")


@pytest.fixture
def flats(tmp_path: Path) -> Path:
    path = tmp_path / "flats.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def drop(widget: QWidget, *paths: Path) -> bool:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    at, copy, left, none = QPointF(9, 9), Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier
    enter = QDragEnterEvent(at.toPoint(), copy, mime, left, none.NoModifier)
    QApplication.sendEvent(widget, enter)
    event = QDropEvent(at, copy, mime, left, none.NoModifier)
    QApplication.sendEvent(widget, event)
    return enter.isAccepted() and event.isAccepted()


def choose(words: str) -> list[str]:
    """Click the entry of the open menu that has these words; returns all entries."""
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    entries = [action.text() for action in menu.actions() if action.text()]
    next(action for action in menu.actions() if words in action.text()).trigger()
    menu.close()
    return entries


def dialog(lab: MainWindow) -> TableImport:
    found = lab.findChildren(TableImport)
    assert len(found) == 1
    return found[0]


def test_a_table_on_the_window_finds_its_panel_and_its_columns(lab: MainWindow, flats: Path, qtbot: QtBot) -> None:
    assert drop(lab, flats)
    assert choose("Fit a line")[0] == "Which panel is to take it?"
    asked = dialog(lab)
    assert asked.columns == (1, 2) and asked.use.isEnabled()
    asked.boxes[0].setCurrentIndex(0)
    assert "town does not hold numbers only" in asked.problem.text() and not asked.use.isEnabled()
    asked.boxes[0].setCurrentIndex(2)
    asked.boxes[1].setCurrentIndex(1)
    asked.accept()
    host = lab.host
    assert host is not None and host.panel.id == "line-fit"
    wished = host.session.wished
    assert (wished.data, wished.file, wished.columns) == ("file", str(flats), 'price,"size, m2"')
    assert lab.status.currentMessage() == 'flats.csv, 9 rows; columns price,"size, m2".'
    qtbot.waitUntil(lambda: host.session.frame is not None and len(host.session.frame.x) == 9, timeout=30_000)
    assert (host.session.frame.x_name, host.session.frame.y_name) == ("price", "size, m2")
    host.session.undo()
    assert host.session.wished.file == "" and host.session.wished.data == "study"


def test_the_form_asks_for_columns_again_and_keeps_the_choice(lab: MainWindow, flats: Path) -> None:
    host = lab.open_panel("line-fit")
    assert host is not None
    control = host.shell.form.row("file").control
    assert isinstance(control, FileControl) and control.offer is not None
    # A plot and a number leave files to their panel.
    plot, edit = host.shell.findChildren(Canvas)[0].viewport(), host.shell.findChildren(NumberEdit)[0]
    assert not plot.acceptDrops() and not edit.acceptDrops() and drop(plot, flats)
    assert dialog(lab).columns == (1, 2)
    dialog(lab).boxes[1].setCurrentIndex(1)
    dialog(lab).accept()
    assert (host.session.wished.data, host.session.wished.columns) == ("file", '"size, m2","size, m2"')
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    control.columns.click()
    assert dialog(lab).columns == (1, 1)
    dialog(lab).reject()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    flats.write_text("x,y\n1,2\n1,2,3\n", encoding="utf-8")
    control.offer(str(flats))
    assert host.shell.form.row("file").error.text() == "flats.csv, line 3: 3 values, but line 1 has 2."


def test_what_a_panel_does_not_take_is_said_and_offered_elsewhere(lab: MainWindow, tmp_path: Path) -> None:
    picture = tmp_path / "small.png"
    Image.new("RGB", (40, 30), "teal").save(picture)
    first = lab.open_panel("activations")
    assert first is not None
    assert drop(first.shell, picture)
    takers = sorted(panel.title for panel in lab.panels if "image" in panel.takes)
    assert "Noise schedules" in takers
    assert lab.status.currentMessage().endswith(f"Pictures are taken by {', '.join(takers)}.")
    choose("Noise schedules")
    host = lab.host
    assert host is not None and host.panel.id == "noise-schedule"
    assert (host.session.wished.image, host.session.wished.file) == ("own", str(picture))
    assert "PNG of 40 x 30 pixels" in lab.status.currentMessage()
    broken = tmp_path / "broken.png"
    broken.write_bytes(picture.read_bytes()[:40])
    assert drop(host.shell, broken)
    assert "broken.png is not a PNG, JPEG or WebP picture." == host.shell.form.row("file").error.text()
    assert host.session.wished.file == str(picture)
    strange = tmp_path / "strange.bin"
    strange.write_bytes(b"\0\1\2")
    assert drop(host.shell, strange)
    assert "strange.bin is no file of data the lab reads" in lab.status.currentMessage()


def test_a_figure_of_the_lab_is_a_picture_and_an_experiment(lab: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    host = lab.open_panel("noise-schedule")
    assert host is not None
    qtbot.waitUntil(lambda: host.session.frame is not None, timeout=30_000)
    figure = tmp_path / "figure.png"
    shot = Shot(host.panel, host.session.snapshot(), host.session.frame, 0)
    save_figure(shot, Figure(lab.themes.theme, 320, 200, 1.0), figure)
    assert drop(host.shell, figure)
    entries = choose("Use as a picture: Picture file")
    assert entries[:2] == ["figure.png carries an experiment.", "Open the experiment in it"]
    assert host.session.wished.file == str(figure)
    count = len(lab.docks)
    assert drop(host.shell, figure)
    choose("Open the experiment")
    assert len(lab.docks) == count + 1


def test_a_stroke_on_a_pad_is_one_step_of_undo(lab: MainWindow) -> None:
    host = lab.open_panel("noise-schedule")
    assert host is not None
    host.session.propose(Patch(params={"image": "drawn"}))
    control = host.shell.form.row("drawing").control
    assert isinstance(control, PaintControl)
    pad = control.box.pad
    pad.begin(QPointF(0.2, 0.2), erase=False)
    for k in range(3, 8):
        pad.go_on(QPointF(0.1 * k, 0.1 * k))
    pad.end()
    assert host.session.wished.drawing.startswith("28x28:")
    host.session.undo()
    assert (host.session.wished.image, host.session.wished.drawing, pad.value) == ("drawn", "", "")


def test_what_is_pasted_is_kept_under_its_own_checksum(lab: MainWindow, qtbot: QtBot) -> None:
    clipboard = QApplication.clipboard()
    host = lab.open_panel("noise-schedule")
    assert host is not None
    image = QImage(30, 20, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.darkGreen)
    clipboard.setImage(image)
    lab.actions_registry.run("data.paste")
    kept = Path(host.session.wished.file)
    assert kept.parent.name == "own-data" and kept.suffix == ".png" and Image.open(kept).size == (30, 20)
    lab.actions_registry.run("data.paste")
    assert len(list(kept.parent.glob("*.png"))) == 1
    line = lab.open_panel("line-fit")
    assert line is not None
    clipboard.setText("x\ty\n1\t2\n3\t4\n")
    lab.actions_registry.run("data.paste")
    dialog(lab).accept()
    assert Path(line.session.wished.file).read_text() == "x\ty\n1\t2\n3\t4\n" and line.session.wished.columns == "x,y"
    clipboard.setText("just words")
    lab.actions_registry.run("data.paste")
    assert "nothing on the clipboard that a panel takes" in lab.status.currentMessage()


def test_lab_files_and_links_still_go_to_the_window(lab: MainWindow, tmp_path: Path) -> None:
    lab.open_panel("line-fit")
    path = tmp_path / "mine.lab"
    path.write_text("{}", encoding="utf-8")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    at, none = QPointF(9, 9), Qt.KeyboardModifier.NoModifier
    event = QDropEvent(at, Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, none)
    feature = lab.features["OwnData"]
    assert lab.host is not None
    assert not feature.eventFilter(lab.host.shell, event) and not feature.eventFilter(lab, event)


class Choices(Params):
    ways: tuple[Literal["one", "two"], ...] = ("one",)
    source: Annotated[Literal["made", "own"], Ui(when=("ways", ("two",)))] = "made"
    table: Annotated[str, FileKind("table", columns="columns", roles=("x", "y")), Ui(when=("source", ("own",)))] = ""
    columns: str = ""
    words: Annotated[str, FileKind("text")] = ""
    settings: Annotated[str, FileKind("text", endings=("json",))] = ""


def test_a_wish_brings_along_the_choices_it_belongs_to() -> None:
    found = places(Choices, ("table", "text"), Path("a.csv"))
    assert [(place.spec.name, place.kind) for place in found] == [("table", "table"), ("words", "text")]
    assert wish(Choices, Choices(), found[0], Path("a.csv"), "2,1") == {
        "table": "a.csv",
        "columns": "2,1",
        "source": "own",
        "ways": ("one", "two"),
    }
    assert wish(Choices, Choices(), found[1], Path("a.csv")) == {"words": "a.csv"}
    assert [place.spec.name for place in places(Choices, (), Path("config.json"))] == ["settings"]


@pytest.mark.parametrize(
    ("names", "chosen", "text"),
    [
        (("a", "b b", "c,d"), (2, 0), '"c,d",a'),
        (("a", "a"), (0, 1), "1,2"),
        (("a" * 300, "b" * 300), (1, 0), "2,1"),
        (("1", "b"), (0, 1), "1,2"),
    ],
)
def test_columns_as_text(names: tuple[str, ...], chosen: tuple[int, ...], text: str) -> None:
    assert columns_text(names, chosen) == text


def test_likely_columns_are_numbers_and_for_labels_the_fewest_words() -> None:
    rows = (("Anna", "1", "cat", "5"), ("Bob", "2", "dog", "6"), ("Cleo", "3", "cat", "7"))
    seen = TablePreview("t", ("who", "x", "kind", "y"), rows, (1, 2, 3), (False, True, False, True), ())
    assert likely_columns(seen, ("x", "y", "label"), "label") == (1, 3, 2)
    assert likely_columns(seen, ("a", "b", "c")) == (1, 3, 0)
