"""The convolution panel: a 512 x 512 RGB picture with a 7 x 7 kernel to a painted frame, and its peers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from PySide6.QtWidgets import QApplication
from scipy import signal
from torch.nn import functional as F

from courseai_lab.contract import Ctx, check_frame
from courseai_lab.contract.ctx import Memo
from courseai_lab.kernels.convolution import correlate, padded, plan_axis, sources
from courseai_lab.panels.convolution import compute
from courseai_lab.panels.convolution.view import View
from courseai_lab.ui.panel_view import ViewSettings
from courseai_lab.ui.theme import load_theme

REPEATS = 15
SIDE, TAPS = 512, 7
PAINTED_MS = 100.0


def _best_ms(call: Callable[[], Any], repeats: int = REPEATS) -> float:
    """The fastest of ``repeats`` calls, in milliseconds: what the code costs, not what else the machine does."""
    call()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return 1e3 * min(times)


def rows() -> Iterator[dict[str, Any]]:
    """One row a measurement."""
    torch.set_num_threads(1)
    yield from _kernels()
    yield from _painted()


def _kernels() -> Iterator[dict[str, Any]]:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((3, SIDE, SIDE)).astype(np.float32)
    axis = plan_axis(SIDE, TAPS, padding="same")
    place = sources(axis)
    big = torch.from_numpy(x)[None]
    for name, groups in (("each channel by itself", 3), ("channels summed", 1)):
        w = rng.standard_normal((groups, 3 // groups, TAPS, TAPS)).astype(np.float32)
        weights = torch.from_numpy(w)
        ours = _best_ms(lambda: correlate(padded(x, place, place), w, axis, axis, groups))  # noqa: B023
        peers = {
            "torch conv2d": lambda: F.conv2d(big, weights, padding=TAPS // 2, groups=groups),  # noqa: B023
            "scipy.signal (by FFT)": lambda: [
                signal.correlate(x[c], w.reshape(3, TAPS, TAPS)[c], mode="same", method="auto")  # noqa: B023
                for c in range(3)
            ],
        }
        for peer, call in peers.items():
            value = _best_ms(call, 5)
            yield {
                "name": f"convolution: {SIDE} px RGB, {TAPS} x {TAPS}, {name}, padding included",
                "value": ours,
                "unit": "ms",
                "peer": peer,
                "peer_value": value,
                "ratio": value / ours,
                "target": 1.0,
                "ok": ours <= value,
            }


def _painted() -> Iterator[dict[str, Any]]:
    app = QApplication.instance() or QApplication([])
    view = View(ViewSettings(load_theme("dark"), opengl=False))
    view.resize(1000, 640)
    view.show()
    app.processEvents()
    for name, more in (("grey", {"colour": "grey"}), ("RGB", {"colour": "rgb"})):
        p = compute.Params().patched(side=SIDE, size=TAPS, **more)
        run = compute.run(p, Ctx(memo=Memo()))
        next(run)
        kinds = iter(("gaussian", "sobel_x") * 100)

        def change() -> None:
            wanted = p.patched(kind=next(kinds))  # noqa: B023
            view.show_frame(check_frame(run.send(wanted)), wanted, compute.Look())  # noqa: B023
            view.repaint()

        value = _best_ms(change)
        yield {
            "name": f"convolution: another kernel to painted frame, {SIDE} px {name}, {TAPS} x {TAPS}",
            "value": value,
            "unit": "ms",
            "target": PAINTED_MS,
            "ok": value <= PAINTED_MS,
        }
        step = _best_ms(lambda: _step(view, run, wanted=p.patched(kind="sobel_x")), 40)  # noqa: B023
        yield {
            "name": f"convolution: one step of the window to painted frame, {SIDE} px {name}",
            "value": step,
            "unit": "ms",
            "target": 33.0,
            "ok": step <= 33.0,
        }


def _step(view: View, run: Any, wanted: compute.Params) -> None:
    view.show_frame(check_frame(run.send(wanted)), wanted, compute.Look())
    view.repaint()
