"""Attention step by step: all frames of the largest size, a painted picture, the page on the square root of d."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from courseai_lab.contract import Ctx
from courseai_lab.contract.ctx import Memo
from courseai_lab.contract.frame import check_frame
from courseai_lab.kernels.attention_scaling import measure, theory
from courseai_lab.kernels.attention_steps import Mask, attention_steps, visible
from courseai_lab.panels.attention_steps import compute

LARGEST = {"source": "random", "tokens": 16, "dim": 32, "width": 32, "value_dim": 32}


def _best_ms(call: Callable[[], Any], repeats: int = 10) -> float:
    """The fastest of ``repeats`` calls, in milliseconds."""
    call()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return 1e3 * min(times)


def _row(name: str, value: float, target: float) -> dict[str, Any]:
    return {"name": f"attention-steps: {name}", "value": value, "unit": "ms", "target": target, "ok": value <= target}


def rows() -> Iterator[dict[str, Any]]:
    """One row a measurement."""
    memo = Memo()
    usual, large = compute.Params(), compute.Params().patched(**LARGEST)
    yield _row("first frame of five tokens", _best_ms(lambda: next(compute.run(usual, Ctx(memo=memo)))), 5.0)
    every = _best_ms(lambda: [check_frame(frame) for frame in compute.run(large, Ctx(memo=memo))])
    yield _row("all frames of 16 tokens by 32", every, 60.0)
    yield from _pictures(usual, large)
    rng = np.random.default_rng(0)
    yield _row("400 random queries, 8 keys, 20 sizes up to 1,024", _best_ms(lambda: measure(rng, 400, 8), 4), 150.0)
    yield _row("theory of the same", _best_ms(lambda: theory(8), 4), 100.0)
    yield _against_torch()


def _pictures(usual: Any, large: Any) -> Iterator[dict[str, Any]]:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QSize
    from PySide6.QtGui import QImage
    from PySide6.QtWidgets import QApplication

    from courseai_lab.panels.attention_steps.view import View
    from courseai_lab.ui.panel_view import ViewSettings
    from courseai_lab.ui.theme import load_theme

    app = QApplication.instance() or QApplication([])
    for name, p in (("five tokens", usual), ("16 tokens by 32", large)):
        view = View(ViewSettings(load_theme("dark"), opengl=False))
        view.resize(QSize(1000, 620))
        image = QImage(view.size(), QImage.Format.Format_RGB32)
        seeds = iter(range(10_000))

        def fresh(p: Any = p, view: View = view, image: QImage = image, seeds: Iterator[int] = seeds) -> None:
            """A changed parameter: new numbers, a new graph, everything painted."""
            changed = p.patched(edits=[[0 if p is usual else 2, 0, 0, 0, next(seeds)]])
            frame = None
            for frame in compute.run(changed, Ctx()):
                check_frame(frame)
            view.show_frame(frame, changed, compute.Look())
            view.render(image)

        yield _row(f"a typed number to the painted picture, {name}", _best_ms(fresh), 33.0 if p is usual else 100.0)
        view.deleteLater()
    app.processEvents()


def _against_torch() -> dict[str, Any]:
    """Every stage kept, in float64, against torch's fused kernel, which keeps none."""
    q = np.random.default_rng(1).standard_normal((8, 16, 32))
    tensor, seen = torch.tensor(q), visible(Mask.CAUSAL, 16)
    mine = _best_ms(lambda: attention_steps(q, q, q, seen), 50)
    attend = torch.nn.functional.scaled_dot_product_attention
    peer = _best_ms(lambda: attend(tensor, tensor, tensor, is_causal=True), 50)
    return {
        "name": "attention-steps: 8 heads of 16 tokens by 32, every stage kept",
        "value": mine,
        "unit": "ms",
        "peer": "torch scaled_dot_product_attention (keeps no stage)",
        "peer_value": peer,
        "ratio": peer / mine,
        "target": 1.0,
        "ok": mine <= 1.0,
    }
