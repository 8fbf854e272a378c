"""The command line: listing panels, and a figure from nothing to file."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

RUNS = 7


def seconds(*words: str, runs: int = RUNS) -> float:
    """Median time of a process, after one that warms the disk cache."""
    times = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def rows() -> Iterator[dict[str, Any]]:
    panels = seconds("-m", "courseai_lab", "panels")
    torch = seconds("-c", "import torch", runs=3)
    yield {
        "name": "courseai-lab panels",
        "value": panels,
        "unit": "s",
        "peer": "import torch alone",
        "peer_value": torch,
        "ratio": torch / panels,
        "target": "under 0.4 s",
        "ok": panels < 0.4,
    }
    from courseai_lab.contract import discover

    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "figure.png")
        for panel in discover():
            row: dict[str, Any] = {"name": f"courseai-lab render {panel.id}", "unit": "s"}
            try:
                yield row | {"value": seconds("-m", "courseai_lab", "render", panel.id, "-o", file, runs=1)}
            except subprocess.CalledProcessError:
                yield row | {"value": None, "ok": False}
