"""Drives the real window from inside and measures what a person would feel; ``bench_window`` calls it.

``python -m tests.bench.window_probe start CLOCK PANEL``: seconds from CLOCK (``time.monotonic`` of the caller) to the
first painted window, and to the first frame of PANEL on screen.
``... slider PANEL NAME VALUE...``: milliseconds from a proposed parameter to the end of the first flush to the screen
that holds its frame, one after the other; and of these, what the window's thread computed.
``... heartbeat PANEL SECONDS SETTING...``: lateness of the event loop in milliseconds while the panel computes anew
again and again.
``... leave PANEL SETTING...``: closes the window while the panel computes.
``... memory PANEL COUNT``: MiB at idle, and KiB per open and close.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any, NoReturn

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QWidget

BEAT_MS = 5


class Painted(QObject):
    """Calls ``then`` when a widget has been painted."""

    def __init__(self, widget: Any, then: Callable[[], None]) -> None:
        super().__init__(widget)
        self._then = then
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Paint, QEvent.Type.UpdateRequest):
            QTimer.singleShot(0, self, self._then)
        return False


def window() -> tuple[QApplication, Any]:
    from courseai_lab.app import bootstrap
    from courseai_lab.app.system import set_defaults

    set_defaults()
    sys.setswitchinterval(bootstrap.SWITCH_SECONDS)
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    application = QApplication(["courseai-lab"])
    return application, bootstrap.build_window(application, thumbnails=False)


def start(clock: str, panel: str) -> dict[str, float]:
    application, shown = window()
    marks: dict[str, float] = {}

    def first_paint() -> None:
        if "window" not in marks:
            marks["window"] = time.monotonic() - float(clock)
            host = shown.open_panel(panel)
            host.drawn.connect(lambda: first_frame(host.view))

    def first_frame(view: Any) -> None:
        if "frame" not in marks:
            view.repaint()
            marks["frame"] = time.monotonic() - float(clock)
            application.quit()

    Painted(shown, first_paint)
    shown.show()
    QTimer.singleShot(60_000, application.quit)
    application.exec()
    shown.close()
    return marks


def open_one(panel: str, *settings: str) -> tuple[QApplication, Any, Any]:
    """A window with one panel, its first run finished or its first frame on screen."""
    from courseai_lab.app.headless import prepared_state
    from courseai_lab.contract import find

    application, shown = window()
    shown.resize(1360, 860)
    shown.show()
    host = shown.open_panel(panel, prepared_state(find(panel), settings).to_json())
    wait(lambda: host.session.frame is not None and (not host.session.running or not host.panel.ahead))
    settle(500)
    return application, shown, host


def wait(true: Callable[[], bool], limit_ms: int = 120_000) -> None:
    end = time.monotonic() + limit_ms / 1000
    while not true():
        if time.monotonic() > end:
            raise TimeoutError("the panel gave no frame in time")
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 20)


def settle(milliseconds: int) -> None:
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


class Flushed(QObject):
    """Calls ``then`` when the window has painted what was to be painted and handed it to the screen."""

    def __init__(self, window: Any) -> None:
        super().__init__(window)
        self.then: Callable[[], None] | None = None
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.UpdateRequest or self.then is None:
            return False
        # Painting and handing over happen while this event is handled: handle it here, and look at the clock after it.
        QWidget.event(watched, event)  # type: ignore[arg-type]
        self.then()
        return True


def slider(panel: str, name: str, *values: str) -> dict[str, list[float]]:
    """One change at a time: from the wish to the screen."""
    from courseai_lab.contract import Patch, parse_settings

    _, shown, host = open_one(panel)
    model = type(host.session.state.params)
    flushed = Flushed(shown)
    taken: list[tuple[float, float]] = []
    for value in values:
        wish = Patch(params=parse_settings(model, [f"{name}={value}"]))
        taken.append(to_screen(host, flushed, wish))
        settle(120)
    shown.close()
    return {"ms": [wall for wall, _ in taken], "cpu": [cpu for _, cpu in taken]}


def to_screen(host: Any, flushed: Flushed, wish: Any) -> tuple[float, float]:
    """Milliseconds from a wish to the first frame that answers it on the screen, on the clock and in this thread.

    NaN after ten seconds.
    """
    done: list[tuple[float, int]] = []
    drawn: list[bool] = []
    waiting = QEventLoop()

    def seen() -> None:
        if not host.session.waiting_for_frame:
            drawn.append(True)

    def handed_over() -> None:
        if drawn and not done:
            done.append((time.perf_counter(), time.thread_time_ns()))
            waiting.quit()

    host.drawn.connect(seen)
    flushed.then = handed_over
    began, worked = time.perf_counter(), time.thread_time_ns()
    host.session.propose(wish)
    QTimer.singleShot(10_000, waiting.quit)
    waiting.exec()
    host.drawn.disconnect(seen)
    flushed.then = None
    if not done:
        return float("nan"), float("nan")
    return (done[0][0] - began) * 1000, (done[0][1] - worked) / 1e6


def heartbeat(panel: str, seconds: str, name: str, *settings: str) -> dict[str, float]:
    """Lateness of a chain of single shots while ``name`` (a seed) changes as soon as a run has finished."""
    import numpy as np

    from courseai_lab.contract import Patch

    _, shown, host = open_one(panel, *settings)
    host.session.play(True)
    wait(lambda: host.session.timeline.count > 5)  # its loops are compiled
    settle(500)
    late: list[float] = []
    draws: list[float] = []
    end = time.perf_counter() + float(seconds)
    loop = QEventLoop()
    seed = 0
    timer = QTimer()
    timer.setSingleShot(True)
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    due = [time.perf_counter() + BEAT_MS / 1000]
    draw = host._show_frame

    def timed() -> None:
        began = time.perf_counter()
        draw()
        draws.append((time.perf_counter() - began) * 1000)

    host.session.frame_changed.disconnect(host._show_frame)
    host.session.frame_changed.connect(timed)

    def beat() -> None:
        nonlocal seed
        now = time.perf_counter()
        late.append(max(0.0, (now - due[0]) * 1000))
        if not host.session.running or not host.session.playback.playing:
            if host.panel.ahead or not host.session.running:
                seed += 1
                host.session.propose(Patch(seeds={name: seed}))
            host.session.play(True)
        if now > end:
            loop.quit()
            return
        due[0] = time.perf_counter() + BEAT_MS / 1000
        timer.start(BEAT_MS)

    timer.timeout.connect(beat)
    timer.start(BEAT_MS)
    loop.exec()
    shown.close()
    p50, p99 = np.percentile(late, [50, 99])
    d50, d99 = np.percentile(draws, [50, 99]) if draws else (float("nan"), float("nan"))
    result = {"p50": p50, "p99": p99, "max": max(late), "beats": len(late), "draw_p50": d50, "draw_p99": d99}
    return {key: float(value) for key, value in result.items()} | {"draws": float(len(draws)), "runs": float(seed)}


def leave(panel: str, *settings: str) -> NoReturn:
    """Closes the window while the panel computes; prints the moment, the caller sees when the process is gone."""
    from courseai_lab.app import bootstrap

    application, shown, host = open_one(panel, *settings)
    host.session.restart()
    host.session.play(True)
    QTimer.singleShot(300, shown.close)
    QTimer.singleShot(299, lambda: print(json.dumps({"clock": time.monotonic()}), flush=True))
    status = application.exec()
    bootstrap.leave(shown, status)


def memory(panel: str, count: str) -> dict[str, float]:
    import psutil

    process = psutil.Process()
    _, shown = window()
    shown.show()
    settle(1000)
    idle = process.memory_info().rss

    def once() -> None:
        host = shown.open_panel(panel)
        wait(lambda: host.session.frame is not None and not host.session.running)
        settle(50)
        shown.docks.current.close()
        settle(50)
        gc.collect()

    for _ in range(3):
        once()
    one = process.memory_info().rss
    for _ in range(int(count)):
        once()
    grown = process.memory_info().rss - one
    shown.close()
    return {"idle": idle / 2**20, "each": grown / int(count) / 2**10, "after": one / 2**20}


if __name__ == "__main__":
    answer = {"start": start, "slider": slider, "heartbeat": heartbeat, "leave": leave, "memory": memory}[sys.argv[1]](
        *sys.argv[2:]
    )
    print(json.dumps(answer), flush=True)
    os._exit(0)
