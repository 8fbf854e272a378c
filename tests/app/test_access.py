"""Keyboard and screen reader, over every panel in the window: each control has a name, is reached, and shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QApplication, QComboBox, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from courseai_lab.app.host import PanelHost
from courseai_lab.app.main_window import MainWindow
from courseai_lab.contract import Panel, discover
from tests.app.test_use import nameless

ROUND = 400
"""More stops than any panel has."""
EDGE = 4


@pytest.fixture(params=discover(), ids=lambda panel: panel.id)
def host(qtbot: QtBot, open_window: Callable[..., MainWindow], request: pytest.FixtureRequest) -> Iterator[PanelHost]:
    panel: Panel = request.param
    window = open_window("courseai_lab.panels")
    opened = window.open_panel(panel.id)
    assert opened is not None
    qtbot.waitUntil(lambda: opened.session.frame is not None, timeout=120_000)
    opened.session.play(False)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    yield opened


def look(widget: QWidget) -> QImage:
    """The widget as it is on screen, with a little of what is around it, where a ring may be drawn."""
    shell = widget.window()
    place = QRect(widget.mapTo(shell, QPoint(-EDGE, -EDGE)), widget.size() + QSize(2 * EDGE, 2 * EDGE))
    return shell.grab(place).toImage()


def bring_into_sight(widget: QWidget) -> None:
    """Scroll every area the widget stands in, as Tab does."""
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QScrollArea):
            parent.ensureWidgetVisible(widget)
        parent = parent.parentWidget()
    QCoreApplication.processEvents()


def focusable(top: QWidget) -> list[QWidget]:
    """What takes part in the keyboard's round, the parts of compound controls left out."""
    return [
        widget
        for widget in top.findChildren(QWidget)
        if widget.isVisible()
        and widget.isEnabled()
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.focusProxy() is None
        and not isinstance(widget, QScrollArea)
        and not isinstance(widget.parentWidget(), QAbstractSpinBox | QComboBox)
        and not widget.objectName().startswith("qt_")
    ]


def by_arrows(widget: QWidget, reached: list[QWidget]) -> bool:
    """Whether it is one of several choices of which Tab reaches the one that is on, and arrows the others."""
    group = widget.group() if isinstance(widget, QAbstractButton) else None
    return group is not None and group.exclusive() and any(button in reached for button in group.buttons())


def name(widget: QWidget) -> str:
    return f"{type(widget).__name__} “{widget.accessibleName() or widget.objectName()}”"


def test_every_control_has_a_name_is_reached_and_shows_its_focus(qtbot: QtBot, host: PanelHost) -> None:
    shell = host.shell
    assert nameless(shell) == []
    wanted = focusable(shell)
    assert len(wanted) > 5
    shell.setFocus()
    reached: list[QWidget] = []
    for _ in range(ROUND):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        now = QApplication.focusWidget()
        if now is None or now in reached:
            break
        reached.append(now)
    missed = [name(widget) for widget in wanted if widget not in reached and not by_arrows(widget, reached)]
    unseen = []
    for widget in wanted:
        bring_into_sight(widget)
        shell.setFocus()
        before = look(widget)
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        QCoreApplication.processEvents()
        if widget.hasFocus() and look(widget) == before:
            unseen.append(name(widget))
    assert (missed, unseen) == ([], [])
