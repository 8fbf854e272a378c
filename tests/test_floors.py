"""Who may import whom: the rules of pyproject.toml hold, and each one is seen to fail when it is broken."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

# (rule that has to break, file of the planted import, the import)
PLANTED = [
    ("Each floor imports", "kernels/planted.py", "from courseai_lab.app import system"),
    ("Each floor imports", "engine/planted.py", "import courseai_lab.ui"),
    ("Each floor imports", "ui/planted.py", "def later():\n    import courseai_lab.engine"),
    ("Nobody imports training", "app/planted.py", "import courseai_lab.training"),
    ("Kernels import nothing", "kernels/planted.py", "import courseai_lab.contract"),
    ("Kernels import nothing", "kernels/planted.py", "from PySide6 import QtCore"),
    ("The contract imports nothing", "contract/planted.py", "import courseai_lab.kernels"),
    ("The contract imports nothing", "contract/planted.py", "def later():\n    import pyqtgraph"),
    ("Networks import kernels only", "networks/planted.py", "import courseai_lab.contract"),
    ("Training imports networks", "training/planted.py", "import courseai_lab.contract"),
    ("The engine imports the contract only", "engine/planted.py", "import courseai_lab.kernels"),
    ("The ui imports the contract only", "ui/planted.py", "import courseai_lab.networks"),
    ("No torch and no numba", "ui/planted.py", "import torch"),
    ("No torch and no numba", "panels/planted_a/view.py", "from numba import njit"),
    ("A panel's mathematics", "panels/planted_a/compute.py", "import courseai_lab.ui"),
    ("A panel's mathematics", "panels/planted_a/compute.py", "from PySide6.QtCore import QObject"),
    ("A panel's mathematics", "panels/planted_a/compute.py", "from courseai_lab.panels.planted_a import view"),
    ("A view imports the ui", "panels/planted_a/view.py", "from courseai_lab.panels.planted_a import compute"),
    ("A view imports the ui", "panels/planted_a/view.py", "import courseai_lab.kernels"),
    ("Panels never import", "panels/planted_a/compute.py", "import courseai_lab.panels.planted_b.compute"),
    ("The application imports no inside", "app/planted.py", "import courseai_lab.panels.planted_a.compute"),
]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def broken_rules(answer: subprocess.CompletedProcess[str]) -> list[str]:
    return re.findall(r"^(.+?)\s*BROKEN", answer.stdout, re.MULTILINE)


@pytest.fixture(scope="module")
def house(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package's code with two small panels that keep the rules."""
    copy = tmp_path_factory.mktemp("house")
    shutil.copy(root / "pyproject.toml", copy)
    shutil.copytree(root / "courseai_lab", copy / "courseai_lab", ignore=lambda _, names: unwanted(names))
    for name in ("planted_a", "planted_b"):
        panel = copy / "courseai_lab" / "panels" / name
        panel.mkdir()
        (panel / "__init__.py").touch()
        (panel / "compute.py").write_text("import courseai_lab.kernels\nimport courseai_lab.contract\n")
        typed = f"    from courseai_lab.panels.{name} import compute\n"
        (panel / "view.py").write_text(
            f"from typing import TYPE_CHECKING\nimport courseai_lab.ui\nif TYPE_CHECKING:\n{typed}"
        )
    return copy


def unwanted(names: list[str]) -> set[str]:
    return {name for name in names if "." in name and not name.endswith(".py")} | ({"__pycache__"} & set(names))


def test_the_rules_hold(root: Path) -> None:
    answer = lint(root)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_the_rules_hold_in_the_copy(house: Path) -> None:
    answer = lint(house)
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize(("rule", "file", "code"), PLANTED, ids=[f"{f}: {c[:60]}" for _, f, c in PLANTED])
def test_a_planted_violation_is_seen(house: Path, rule: str, file: str, code: str) -> None:
    path = house / "courseai_lab" / file
    before = path.read_text() if path.exists() else None
    path.write_text((before or "") + code + "\n")
    try:
        answer = lint(house)
    finally:
        path.unlink() if before is None else path.write_text(before)
    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert any(name.startswith(rule) for name in broken_rules(answer)), answer.stdout


def test_every_rule_has_a_planted_violation(root: Path) -> None:
    rules = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    planted = {rule for rule, _, _ in PLANTED}
    assert [r["name"] for r in rules if not any(r["name"].startswith(rule) for rule in planted)] == []


def test_every_part_of_the_house_has_a_floor(root: Path) -> None:
    layers = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]["layers"]
    named = set(re.findall(r"courseai_lab\.(\w+)", " ".join(layers))) | {"__init__", "paths"}
    parts = {path.stem for path in (root / "courseai_lab").iterdir() if path.suffix == ".py" or is_package(path)}
    assert parts <= named


def is_package(path: Path) -> bool:
    return path.is_dir() and any(path.rglob("*.py"))


def test_the_engine_uses_qtcore_only(root: Path) -> None:
    for file in sorted((root / "courseai_lab" / "engine").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("PySide6"):
                parts = {alias.name for alias in node.names} if node.module == "PySide6" else {node.module}
                assert parts <= {"QtCore", "PySide6.QtCore"}, f"{file.name}:{node.lineno}"
            elif isinstance(node, ast.Import):
                parts = {alias.name for alias in node.names if alias.name.startswith("PySide6")}
                assert parts <= {"PySide6.QtCore"}, f"{file.name}:{node.lineno}"
