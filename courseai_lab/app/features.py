"""What joins the window beyond its frame: each feature is one module, attached once the window stands.

A feature is a class made with the window. It listens to ``panel_opened`` and ``panel_closed``, adds what it needs to a
panel's host, and keeps no panel alive. The window knows none of them by name.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from courseai_lab.app.main_window import MainWindow

FEATURES: tuple[str, ...] = (
    "courseai_lab.app.linked:Linked",
    "courseai_lab.app.history:History",
    "courseai_lab.app.compare:Compare",
    "courseai_lab.app.sweep:Sweeps",
    "courseai_lab.app.own_data:OwnData",
    "courseai_lab.app.exports:Exports",
    "courseai_lab.app.course.feature:CourseFeature",
    "courseai_lab.app.lecture.lecture:Lecture",
    "courseai_lab.app.lecture.rules:LessonRules",
)
"""``module:Class``, made in this order with the window as argument and parent."""


def attach(window: MainWindow, features: tuple[str, ...] = FEATURES) -> dict[str, QObject]:
    """Make every feature, by the name of its class; they live as long as the window."""
    made: dict[str, QObject] = {}
    for reference in features:
        module, _, name = reference.partition(":")
        made[name] = getattr(import_module(module), name)(window)
    return made
