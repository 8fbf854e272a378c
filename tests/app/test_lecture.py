"""Lecture mode, driven as a lecturer does: keys and clicker, pen, zoom, blank, freeze, presenter and hall, polls."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from courseai_lab.app.host import PanelHost
from courseai_lab.app.lecture.desk import WHOLE, Desk, Timer
from courseai_lab.app.lecture.lecture import Lecture
from courseai_lab.app.lecture.poll import Poll, paint_poll
from courseai_lab.app.lecture.screen import LectureWindow
from courseai_lab.app.main_window import MainWindow
from courseai_lab.ui.param_form.control import NumberControl
from courseai_lab.ui.theme import load_theme

K = Qt.Key


def lecture_of(window: MainWindow) -> Lecture:
    found = window.features["Lecture"]
    assert isinstance(found, Lecture)
    return found


def opened(qtbot: QtBot, window: MainWindow, name: str) -> PanelHost:
    host = window.open_panel(name)
    assert host is not None
    qtbot.waitUntil(lambda: host.session.frame is not None and not host.session.waiting_for_frame, timeout=20_000)
    return host


def screen_of(lecture: Lecture) -> LectureWindow:
    assert lecture.screen is not None
    return lecture.screen


def desk_of(lecture: Lecture) -> Desk:
    assert lecture.desk is not None
    return lecture.desk


def text(view: QWidget) -> str:
    label = view.findChild(QLabel)
    assert label is not None
    return label.text()


def laid(window: MainWindow) -> object:
    """Which panel stands where, on top of which, and how large the window is."""
    docks = [(d.objectName(), window.dockWidgetArea(d), d.isFloating(), d.front) for d in window.docks]
    return docks, [len(window.tabifiedDockWidgets(d)) for d in window.docks], window.size()


def same_pixels(image: QImage, color: QColor) -> np.ndarray:
    """Where an image has exactly this colour: a truth value for each row and column."""
    plain = image.convertToFormat(QImage.Format.Format_RGB32)
    bits = np.frombuffer(plain.constBits(), np.uint32).reshape(plain.height(), plain.bytesPerLine() // 4)
    found: np.ndarray = (bits[:, : plain.width()] & 0xFFFFFF) == (color.rgb() & 0xFFFFFF)
    return found


def inked(image: QImage, color: QColor) -> int:
    return int(same_pixels(image, color).sum())


def test_keys_come_before_sliders_and_shortcuts(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = opened(qtbot, window, "still")
    lecture = lecture_of(window)
    window.actions_registry.run("lecture.begin")
    screen, desk = screen_of(lecture), desk_of(lecture)
    assert window.themes.name == "projector" and host.shell.window() is screen and host.shell.top.isHidden()
    control = host.shell.form.rows["by"].control
    assert isinstance(control, NumberControl) and control.slider is not None
    control.slider.setFocus()
    turned: list[int] = []
    monkeypatch.setattr(lecture, "show", turned.append)
    lecture.deck.at = 5  # type: ignore[union-attr]
    for key in (K.Key_PageDown, K.Key_Right, K.Key_Down, K.Key_Space):
        qtbot.keyClick(control.slider, key)
    for key in (K.Key_PageUp, K.Key_Left, K.Key_Up, K.Key_Backspace, K.Key_Home):
        qtbot.keyClick(control.slider, key)
    assert turned == [6, 6, 6, 6, 4, 4, 4, 4, 0]
    monkeypatch.undo()
    assert host.session.state.current.by == 1.0 and not host.session.playback.playing  # type: ignore[attr-defined]
    for key in (K.Key_B, K.Key_Period):
        qtbot.keyClick(control.slider, key)
        assert desk.blank is (key == K.Key_B)
    edit = control.edit
    edit.setFocus()
    edit.clear()
    qtbot.keyClicks(edit, "2.5")
    assert edit.text() == "2.5" and not desk.blank, "what is typed into a field stays there"
    qtbot.keyClick(edit, K.Key_Return)
    qtbot.waitUntil(lambda: host.session.state.current.by == 2.5, timeout=5000)  # type: ignore[attr-defined]
    qtbot.keyClick(edit, K.Key_Escape)
    assert lecture.on
    qtbot.keyClick(host.shell, K.Key_Escape)
    assert not lecture.on


def test_theme_layout_and_state_come_back(qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    host = opened(qtbot, window, "still")
    other = opened(qtbot, window, "counter")
    window.docks.show_dock(next(dock for dock in window.docks if dock.host is host))
    lecture, layout = lecture_of(window), laid(window)
    before = host.session.snapshot()
    for how in ("escape", "close", "crash", "open", "theme"):
        assert lecture.begin(presenter=how == "close") and window.docks.full
        screen = screen_of(lecture)
        host.view.propose(by=4.0)
        lecture.act("controls")
        if how == "escape":
            qtbot.keyClick(host.shell, K.Key_Escape)
        elif how == "close":
            screen.close()
        elif how == "crash":
            monkeypatch.setattr(Desk, "set_frozen", lambda *_: 1 / 0)
            qtbot.keyClick(host.shell, K.Key_F)
            assert "ended" in window.status.currentMessage()
        elif how == "open":
            window.show_gallery(True)
            window.show_gallery(False)
        else:
            window.change_settings(theme="dark")
            lecture.leave()
        assert not lecture.on and not window.docks.full and lecture.hall is None, how
        assert window.themes.name == ("dark" if how == "theme" else "light"), how
        assert host.shell.window() is window and not host.shell.lecture and not host.shell.top.isHidden()
        assert not host.shell._form_area.isHidden(), "the controls are back"
        assert host.session.state.same_run(before), "and so is the panel's state"
        assert laid(window) == layout, how
    window.change_settings(theme="auto")
    assert other.shell.window() is window
    lecture.begin()
    next(dock for dock in window.docks if dock.host is host).close()
    assert not lecture.on and window.themes.name != "projector"
    for dock in window.docks:
        dock.close()
    assert not lecture.begin() and "Open a panel" in window.status.currentMessage()


def test_pen_undo_clear_and_zoom(qtbot: QtBot, window: MainWindow) -> None:
    opened(qtbot, window, "still")
    lecture = lecture_of(window)
    lecture.begin()
    screen, desk = screen_of(lecture), desk_of(lecture)
    screen.place()
    glass = screen.glass
    assert glass.testAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    qtbot.keyClick(screen, K.Key_3)
    assert desk.tool == "pen" and desk.color == "model"
    assert not glass.testAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    where = [QPoint(glass.width() * n // 10, glass.height() // 2) for n in range(2, 9)]
    for _line in range(2):
        qtbot.mousePress(glass, Qt.MouseButton.LeftButton, pos=where[0])
        for at in where[1:]:
            glass.mouseMoveEvent(_move(glass, at))
        qtbot.mouseRelease(glass, Qt.MouseButton.LeftButton, pos=where[-1])
    assert len(desk.strokes) == 2 and desk.strokes[0].points[-1] == pytest.approx((0.8, 0.5), abs=0.02)
    color = QColor(window.themes.theme.role("model"))
    assert inked(glass.grab().toImage(), color) > glass.width() / 3
    qtbot.keyClick(screen, K.Key_C)
    assert not desk.strokes and inked(glass.grab().toImage(), color) == 0
    qtbot.keyClick(screen, K.Key_U)
    qtbot.keyClick(screen, K.Key_U)
    assert len(desk.strokes) == 1
    desk.turn_to(1)
    assert not desk.strokes
    desk.turn_to(0)
    assert len(desk.strokes) == 1, "each scene keeps its own ink"
    qtbot.keyClick(screen, K.Key_Escape)
    assert desk.tool == "none" and lecture.on
    qtbot.keyClick(screen, K.Key_Z)
    qtbot.mousePress(glass, Qt.MouseButton.LeftButton, pos=where[0])
    glass.mouseMoveEvent(_move(glass, where[3]))
    qtbot.mouseRelease(glass, Qt.MouseButton.LeftButton, pos=where[3] + QPoint(0, glass.height() // 10))
    qtbot.waitUntil(lambda: desk.region.width() == pytest.approx(0.3, abs=0.02), timeout=5000)
    assert desk.region.contains(QPointF(0.35, 0.52)) and glass.covers and screen.camera.on
    back = glass.place(glass.on_glass(QPointF(0.3, 0.5)))
    assert (back.x(), back.y()) == pytest.approx((0.3, 0.5))
    qtbot.keyClick(screen, K.Key_0)
    qtbot.waitUntil(lambda: desk.region == WHOLE, timeout=5000)
    assert not screen.camera.on
    lecture.leave()


def test_presenter_and_hall_are_in_step(qtbot: QtBot, window: MainWindow) -> None:
    host = opened(qtbot, window, "still")
    lecture = lecture_of(window)
    window.actions_registry.run("lecture.presenter")
    hall, screen, desk = lecture.hall, screen_of(lecture), desk_of(lecture)
    assert hall is not None and hall.isVisible() and screen.side.isVisible() and screen.bar.isVisible()
    assert hall.window() is not screen and not hall.findChildren(QLabel), "the hall sees the picture alone"

    def hall_shows() -> bool:
        """Whether the hall's picture is the panel's now, whatever the scale."""
        stage = host.shell.stage
        now = stage.grab().toImage().scaled(64, 48).convertToFormat(QImage.Format.Format_Grayscale8)
        there = screen.camera.image.scaled(64, 48).convertToFormat(QImage.Format.Format_Grayscale8)
        return all(
            abs(now.pixelColor(x, y).red() - there.pixelColor(x, y).red()) < 60 for x in range(64) for y in range(48)
        )

    qtbot.waitUntil(hall_shows, timeout=5000)
    first = screen.camera.image.copy()
    host.view.propose(by=3.0)
    qtbot.waitUntil(lambda: text(host.view) == "297..." and screen.camera.image != first, timeout=5000)
    qtbot.waitUntil(hall_shows, timeout=5000)
    qtbot.keyClick(screen, K.Key_F)
    frozen = screen.camera.image.copy()
    host.view.propose(by=5.0)
    qtbot.waitUntil(lambda: text(host.view) == "495...", timeout=5000)
    screen.camera.shoot()
    assert screen.camera.image == frozen and not screen.glass.covers, "frozen in the hall, live before the lecturer"
    qtbot.keyClick(screen, K.Key_F)
    qtbot.waitUntil(lambda: screen.camera.image != frozen, timeout=5000)
    qtbot.keyClick(screen, K.Key_B)
    black = hall.glass.grab().toImage()
    assert inked(black, QColor("black")) == black.width() * black.height()
    assert inked(screen.glass.grab().toImage(), QColor("black")) == 0
    qtbot.keyClick(screen, K.Key_B)
    desk.take("laser")
    desk.point(QPointF(0.5, 0.5))
    assert inked(hall.glass.grab().toImage(), QColor("#E3001B")) > 3
    for name in ("laser", "spotlight"):
        desk.take("spotlight" if name == "laser" else "none")
        hall.glass.grab()
    desk.timer.minutes = 10
    screen.side._show_time()
    assert "of 10 min" in screen.bar.clock.text()
    qtbot.keyClick(screen, K.Key_V)
    assert lecture.hall is None and lecture.on and screen.side.isHidden()
    lecture.leave()


def test_a_poll_shows_what_was_typed(qtbot: QtBot, window: MainWindow) -> None:
    opened(qtbot, window, "still")
    lecture = lecture_of(window)
    lecture.begin(presenter=True)
    screen, desk = screen_of(lecture), desk_of(lecture)
    editor = screen.side.poll
    qtbot.keyClicks(editor.ask, "How many?")
    for (_truth, _words, count), typed in zip(editor.rows, (6, 3, 0, 1), strict=True):
        count.setFocus()
        count.selectAll()
        qtbot.keyClicks(count, str(typed))
        qtbot.keyClick(count, K.Key_Return)
    editor.rows[1][0].click()
    editor.show_button.click()
    assert desk.poll is not None and desk.poll.counts == (6, 3, 0, 1) and desk.poll.ask == "How many?"
    assert [desk.poll.bar(n) for n in range(4)] == [1.0, 0.5, 0.0, 1 / 6] and desk.poll.verdict() == ""
    assert lecture.on and not desk.blank, "digits and full stops typed into a count turn no page"
    qtbot.keyClick(screen, K.Key_R)
    assert desk.poll.told and desk.poll.verdict() == "3 of 10 said so: 30 %"
    assert editor.tell_button.isChecked()
    qtbot.keyClick(screen, K.Key_A)
    assert desk.poll is None
    lecture.leave()


def test_bars_are_as_long_as_the_counts(qapp: QApplication) -> None:
    theme = load_theme("projector")
    poll = Poll("Which?", ("one", "two", "three"), (8, 4, 2), truth=1, told=True)
    widths = []
    for one in (poll, replace(poll, counts=(8, 8, 2), told=False)):
        image = QImage(800, 600, QImage.Format.Format_RGB32)
        image.fill(QColor(theme.ground))
        painter = QPainter(image)
        card = paint_poll(painter, one, QRectF(0, 0, 800, 600), theme, 20)
        painter.end()
        assert QRectF(0, 0, 800, 600).contains(card)
        rows = same_pixels(image, QColor(theme.role("model"))).sum(axis=1)
        starts = [y for y in range(1, 588) if rows[y] and not rows[y - 1]]
        assert len(starts) == 3
        widths.append([int(rows[y : y + 12].max()) for y in starts])
    full = widths[1][0]
    assert widths[1] == pytest.approx([full, full, full / 4], abs=3)
    assert widths[0][2] == pytest.approx(full / 4, abs=3)
    with pytest.raises(ValueError, match="3 choices has 1 counts"):
        Poll("?", ("a", "b", "c"), (1,))


def test_timer_counts_without_its_pauses() -> None:
    now = [100.0]
    timer = Timer(lambda: now[0], minutes=1)
    now[0] += 42
    assert timer.text() == "0:42 of 1 min" and not timer.over
    timer.toggle()
    now[0] += 1000
    assert timer.seconds == 42 and not timer.running
    timer.toggle()
    now[0] += 3620
    assert timer.text() == "1:01:02 of 1 min" and timer.over
    timer.reset()
    assert timer.seconds == 0 and timer.running


def _move(glass: QWidget, at: QPoint) -> QMouseEvent:
    place = QPointF(at)
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    return QMouseEvent(
        QEvent.Type.MouseMove, place, QPointF(glass.mapToGlobal(at)), Qt.MouseButton.NoButton, left, none
    )


def test_a_lesson_whose_panel_was_closed_or_is_unknown(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    header = 'id = "own.x"\ntitle = "X"\npanel = "{}"\nobjectives = []\nsources = []\n[[scenes]]\nid = "a"\ntitle = "A"'
    text = f"+++\n{header}\n+++\nX.\n"
    lecture = lecture_of(window)
    for name, shows in (("still", True), ("nowhere", False)):
        file = tmp_path / "own.x.md"
        file.write_text(text.format(name), "utf-8")
        window.open_target(str(file))
        for dock in window.docks:
            dock.close()
        assert lecture.begin() is shows and lecture.on is shows
        assert not shows or lecture.deck.title == "X"  # type: ignore[union-attr]
        lecture.leave()
        assert window.themes.name == "light"
