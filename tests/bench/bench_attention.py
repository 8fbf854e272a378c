"""Attention of the story transformer on one core: from a text to the painted frame, and beside transformers' GPT-2."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import torch
from PySide6.QtCore import QPoint, QSize
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from courseai_lab.contract import Ctx, find
from courseai_lab.networks.generation import Sampling, generate
from courseai_lab.networks.reading import shipped
from courseai_lab.panels.attention_heatmap.compute import Frame, Look, Params, run
from courseai_lab.paths import resource
from courseai_lab.ui.panel_view import PanelView, ViewSettings
from courseai_lab.ui.theme import load_theme

SIZE = QSize(1100, 760)
STORY = "There was once a little boy who lived with his mother in a house at the edge of the wood. "
LENGTHS = ((12, 100.0), (128, 200.0), (512, None))


def _best_ms(call: Callable[[], Any], repeats: int = 5) -> float:
    """The fastest of ``repeats`` calls, in milliseconds."""
    call()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return 1e3 * min(times)


def _text(tokens: int, letter: str) -> str:
    """A text of exactly ``tokens`` tokens with the start piece; ``letter`` makes it another text of that length."""
    reader = shipped(resource("models", "story"), "story transformer")
    ids = reader.tokenizer.encode(STORY * (1 + tokens // 15))[: tokens - 2]
    text = reader.tokenizer.decode(ids) + letter
    while len(reader.encode(text)) > tokens:
        ids = ids[:-1]
        text = reader.tokenizer.decode(ids) + letter
    return text


def _paint(view: PanelView) -> None:
    image = QImage(SIZE, QImage.Format.Format_RGB32)
    view.render(image, QPoint())


def _frame(params: Params, ctx: Ctx) -> Frame:
    return next(run(params, ctx))


def rows() -> Iterator[dict[str, Any]]:
    """One row a measurement, on one thread."""
    torch.set_num_threads(1)
    app = QApplication.instance() or QApplication([])
    view = find("attention-heatmap").view()(ViewSettings(load_theme("dark"), opengl=False))
    view.resize(SIZE)
    view.show()
    app.processEvents()
    ctx, look = Ctx(), Look()
    for tokens, target in LENGTHS:
        texts = [_text(tokens, letter) for letter in "abcdefgh"]

        def change(texts: list[str] = texts) -> None:
            """Another text of the same length: read, derive, draw, paint. Nothing of it was kept."""
            params = Params(text=texts.pop())
            view.show_frame(_frame(params, ctx), params, look)
            _paint(view)

        took = _best_ms(change)
        row = {"name": f"attention: {tokens} tokens, all 24 heads, text to painted frame", "value": took, "unit": "ms"}
        yield row if target is None else row | {"target": target, "ok": took <= target}
    yield from _panning(view, app, ctx, look)
    yield from _forward()
    yield from _generation()
    view.close()


def _panning(view: Any, app: Any, ctx: Ctx, look: Look) -> Iterator[dict[str, Any]]:
    """Frames a second while the map of 512 tokens is dragged, whole window painted."""
    params = Params(text=_text(512, "z"))
    view.show_frame(_frame(params, ctx), params, look)
    chart = view._map
    chart._look_at(100.0, 100.0, 200.0)
    image = QImage(chart.size(), QImage.Format.Format_RGB32)
    times = []
    for step in range(60):
        start = time.perf_counter()
        chart.pan(3.0 if step % 20 < 10 else -3.0, 2.0 if step % 20 < 10 else -2.0)
        chart.render(image, QPoint())
        app.processEvents()
        times.append(time.perf_counter() - start)
    value = 1 / statistics.median(times)
    yield {
        "name": "attention: panning the map of 512 tokens",
        "value": value,
        "unit": "frames/s",
        "target": 30.0,
        "ok": value >= 30,
    }


def _forward() -> Iterator[dict[str, Any]]:
    """The forward pass with all weights kept, against transformers' eager GPT-2 of the same shape."""
    reader = shipped(resource("models", "story"), "story transformer")
    config = reader.network.config
    import transformers

    peer: Any = transformers.GPT2LMHeadModel(
        transformers.GPT2Config(
            vocab_size=config.vocabulary,
            n_positions=config.context,
            n_embd=config.width,
            n_layer=config.layers,
            n_head=config.heads,
            attn_implementation="eager",
        )
    ).eval()
    for tokens, _ in LENGTHS:
        ids = reader.encode(_text(tokens, "q")).ids
        with torch.no_grad():
            theirs = _best_ms(lambda: peer(ids[None], output_attentions=True, output_hidden_states=True))  # noqa: B023
        mine = _best_ms(lambda: reader.read(ids))  # noqa: B023
        ratio = theirs / mine
        yield {
            "name": f"attention: forward pass of {tokens} tokens, all weights kept",
            "value": mine,
            "unit": "ms",
            "peer": "transformers GPT-2, eager",
            "peer_value": theirs,
            "ratio": ratio,
            "target": 0.8,
            "ok": ratio >= 0.8,
        }


def _generation() -> Iterator[dict[str, Any]]:
    """Tokens a second, with the cache of keys and values and without."""
    reader = shipped(resource("models", "story"), "story transformer")
    ids = reader.encode(STORY).ids.tolist()

    def write(count: int, cached: bool) -> float:
        start = time.perf_counter()
        made = generate(reader.network, ids, count, Sampling(), torch.Generator().manual_seed(0), cached=cached)
        return len(list(made)) / (time.perf_counter() - start)

    write(5, True)
    fast, slow = write(200, True), write(60, False)
    yield {
        "name": "attention: generation with the cache",
        "value": fast,
        "unit": "tokens/s",
        "peer": "without the cache",
        "peer_value": slow,
        "ratio": fast / slow,
        "target": 1.0,
        "ok": fast >= slow,
    }
