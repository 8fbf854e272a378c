"""`python -m tests.bench [--only NAME ...] [--json FILE]`: measures, prints one table, writes JSON."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
KEYS = ("name", "value", "unit", "peer", "peer_value", "ratio", "target", "ok")
VERSIONS = ("PySide6-Essentials", "torch", "numpy", "numba", "pyqtgraph", "vispy", "matplotlib")
MODULE_SECONDS = 900
Row = dict[str, Any]


def main() -> int:
    known = sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measures the lab beside its peers.")
    parser.add_argument("--only", nargs="+", choices=known, default=known, metavar="NAME", help=", ".join(known))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here too")
    parser.add_argument("--inside", choices=known, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        return run_inside(given.inside, given.json)
    rows: list[Row] = []
    start = time.perf_counter()
    with display():
        for name in given.only:
            print(f"measuring {name} ...", file=sys.stderr, flush=True)
            rows += run_module(name)
    print(table(rows))
    if given.json:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        result = {"machine": machine(), "seconds": round(time.perf_counter() - start, 1), "rows": rows}
        given.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        print(f"written to {given.json}")
    missed = [row["name"] for row in rows if row.get("ok") is False]
    print(f"{len(rows)} figures, {len(missed)} short of their target{': ' if missed else ''}{', '.join(missed)}")
    return int(any(row.get("error") for row in rows))


def run_module(name: str) -> list[Row]:
    """The rows of one module, measured in a process of its own; a failure is a row too."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.json"
        command = [sys.executable, "-m", "tests.bench", "--inside", name, "--json", str(file)]
        failure = ""
        try:
            code = subprocess.run(command, cwd=ROOT, timeout=MODULE_SECONDS, check=False).returncode
            failure = f"ended with {code}" if code else ""
        except subprocess.TimeoutExpired:
            failure = f"took more than {MODULE_SECONDS} s"
        rows: list[Row] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    module = f"bench_{name}"
    found = [{"module": module, **row} for row in rows]
    if failure:
        found.append({"module": module, "name": f"{module} {failure}", "value": None, "ok": False, "error": failure})
    return found


def run_inside(name: str, file: Path) -> int:
    """Measures here, writing after every row, so that what was measured is kept whatever comes next."""
    rows: list[Row] = []
    for row in importlib.import_module(f"tests.bench.bench_{name}").rows():
        unknown = set(row) - set(KEYS)
        if unknown or "name" not in row or "value" not in row:
            raise TypeError(f"bench_{name}: a row needs name and value, and knows {', '.join(KEYS)}: {row}")
        rows.append({key: native(value) for key, value in row.items()})
        file.write_text(json.dumps(rows), encoding="utf-8")
        print(f"  {row['name']}: {number(row['value'])} {row.get('unit') or ''}", file=sys.stderr, flush=True)
    return 0


def native(value: Any) -> Any:
    """NumPy's numbers as Python's."""
    return value.item() if hasattr(value, "item") else value


@contextlib.contextmanager
def display() -> Iterator[None]:
    """A virtual display with software OpenGL, the same everywhere; the one there is where Xvfb is not."""
    program = shutil.which("Xvfb")
    if not program:
        yield
        return
    reader, writer = os.pipe()
    command = [program, "-displayfd", str(writer), "-screen", "0", "1600x1000x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL) as server:
        os.close(writer)
        with os.fdopen(reader) as answer:
            os.environ["DISPLAY"] = f":{answer.readline().strip()}"
        os.environ["QT_QPA_PLATFORM"] = "xcb"
        try:
            yield
        finally:
            server.terminate()


def machine() -> Row:
    versions = {name: importlib.metadata.version(name) for name in VERSIONS}
    return {
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "versions": versions,
    }


def number(value: Any) -> str:
    """Three significant digits, no exponent for everyday sizes."""
    if value is None:
        return ""
    if isinstance(value, bool | str):
        return str(value)
    if value == 0 or 1e-3 <= abs(value) < 1e6:
        digits = 3 if abs(value) < 1 else 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
        return f"{value:,.{digits}f}"
    return f"{value:.2e}"


def table(rows: list[Row]) -> str:
    """Ours, theirs, the ratio, the target: aligned, one block per module."""
    head = ["", "ours", "unit", "theirs", "peer", "ratio", "target", ""]
    lines: list[list[str]] = []
    module = ""
    for row in rows:
        if row["module"] != module:
            module = row["module"]
            lines.append([module.removeprefix("bench_").upper(), *[""] * 7])
        ratio = row.get("ratio")
        verdict = {True: "ok", False: "SHORT", None: ""}[row.get("ok")]
        cells = [f"  {row['name']}", number(row["value"]), row.get("unit") or "", number(row.get("peer_value"))]
        cells += [row.get("peer") or "", f"{number(ratio)} x" if ratio is not None else ""]
        lines.append([*cells, str(row.get("target") or ""), verdict])
    widths = [max(len(line[i]) for line in [head, *lines]) for i in range(len(head))]
    right = {1, 3, 5}
    return "\n".join(
        "  ".join(
            c.rjust(w) if i in right else c.ljust(w) for i, (c, w) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in [head, *lines]
    )


if __name__ == "__main__":
    raise SystemExit(main())
