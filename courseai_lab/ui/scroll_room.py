"""How much room a page has inside a scroll area, decided before it is laid out."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QScrollArea


def scroll_room(area: QScrollArea, size: QSize, needed: Callable[[int, int], int]) -> QSize:
    """The room beside the vertical scroll bar of ``area``, which fills ``size``; shows the bar only where it is needed.

    ``needed(width, height)`` is the height of the page laid out in that room. The bar is set here and nowhere else: one
    that comes and goes by itself changes the width, the width changes the page, and the page the bar, for ever.
    """
    scrolls = needed(size.width(), size.height()) > size.height()
    policy = Qt.ScrollBarPolicy.ScrollBarAlwaysOn if scrolls else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
    area.setVerticalScrollBarPolicy(policy)
    bar = area.verticalScrollBar().sizeHint().width() if scrolls else 0
    return QSize(size.width() - bar, size.height())
