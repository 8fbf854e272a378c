"""Every panel's mathematics on the CPU, in the state it opens with and in each preset."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from courseai_lab.app.panel_bench import measure
from courseai_lab.contract import discover


def rows() -> Iterator[dict[str, Any]]:
    for timing in measure(discover(), "cpu"):
        name = f"{timing.panel}, {timing.state}"
        if timing.error:
            yield {"name": f"{name}: {timing.error}", "value": None, "ok": False}
            continue
        yield {"name": f"{name}: first frame", "value": timing.first_ms, "unit": "ms"}
        if timing.each_ms is not None:
            yield {"name": f"{name}: each of {timing.frames} frames", "value": timing.each_ms, "unit": "ms"}
