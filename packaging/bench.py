"""Measures the frozen lab: `python packaging/bench.py [FOLDER] [--times 5]`. Sizes, and how long a start takes.

The window counts from its first paint; the lab is usable when a panel opened with it has drawn its first frame. Medians
of warm starts; the very first start, which compiles the panel's kernels, is listed beside them.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import build

MOST_WINDOW_S, MOST_USABLE_S = 1.0, 5.0
PATIENCE_S = 120


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?", default=build.WORK / "dist" / "courseai-lab")
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--packages", type=Path, default=build.ROOT / "dist", help="where the packages are (dist)")
    given = parser.parse_args()
    program = build.program(given.folder)
    if not program.is_file():
        raise SystemExit(f"There is no frozen lab in {given.folder}: make package builds it.")
    rows = sizes(given.folder, given.packages)
    needs_display = sys.platform == "linux" and not os.environ.get("DISPLAY") and shutil.which("Xvfb")
    with (
        build.virtual_display() if needs_display else nullcontext("") as display,
        tempfile.TemporaryDirectory() as home,
    ):
        environ = build.clean_environment(Path(home))
        if display:
            environ["DISPLAY"] = display
        first = start(program, environ)
        warm = [start(program, environ) for _ in range(given.times)]
    for index, (name, most) in enumerate((("window", MOST_WINDOW_S), ("usable", MOST_USABLE_S))):
        median = statistics.median(times[index] for times in warm)
        cpu = statistics.median(times[index + 2] for times in warm)
        note = f"median of {len(warm)}, {cpu:.2f} s of them on a CPU; the very first start {first[index]:.2f} s"
        rows.append((name, median, "s", most, note))
    for name, value, unit, most, note in rows:
        print(f"{'over' if value > most else 'held':<5} {name:<10} {value:8.2f} {unit:<3} limit {most:g}  {note}")
    if hasattr(os, "getloadavg"):
        print(f"Load of this machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.")
    return int(any(value > most for _, value, _, most, _ in rows))


Row = tuple[str, float, str, float, str]


def sizes(folder: Path, packages: Path) -> list[Row]:
    """The installed size, and that of every package, in MB (10**6 bytes)."""
    installed = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file() and not p.is_symlink())
    rows: list[Row] = [("installed", installed / 1e6, "MB", build.MOST_INSTALLED_MB, folder.name)]
    for path in sorted(packages.glob("[Cc]ourse*")) if packages.is_dir() else ():
        if path.is_file() and path.suffix != ".json":
            rows.append(("download", path.stat().st_size / 1e6, "MB", build.MOST_DOWNLOAD_MB, path.name))
    return rows


def start(program: Path, environ: dict[str, str]) -> tuple[float, float, float, float]:
    """Start the lab with a panel; seconds until its window and its panel stood, and CPU seconds of each."""
    begun = time.time()
    command = [str(program), "--time-start"]
    said = subprocess.run(
        command, env=environ, capture_output=True, text=True, check=True, timeout=PATIENCE_S, cwd=environ["HOME"]
    ).stdout
    times = json.loads(said.strip().splitlines()[-1])
    return times["window"] - begun, times["usable"] - begun, times["window_cpu"], times["usable_cpu"]


if __name__ == "__main__":
    raise SystemExit(main())
