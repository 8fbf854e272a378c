"""What is in a package: each file with its size and SHA-256, and the versions it was made from."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def version(name: str) -> str:
    """The version of a distribution that is installed here; of the builder itself, which a test does without, too."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def manifest(folder: Path, distributions: list[str]) -> dict[str, Any]:
    """Every file below `folder` in order (links with their target), and what it was made from."""
    files: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.rglob("*"), key=lambda p: p.relative_to(folder).as_posix()):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            files[name] = {"link": path.readlink().as_posix()}
        elif path.is_file():
            files[name] = {"bytes": path.stat().st_size, "sha256": sha256(path)}
    return {
        "commit": commit(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "versions": {name: version(name) for name in (*distributions, "pyinstaller")},
        "bytes": sum(entry.get("bytes", 0) for entry in files.values()),
        "file_list_sha256": hashlib.sha256("\n".join(files).encode()).hexdigest(),
        "files": files,
    }


def sha256(path: Path) -> str:
    """The file's hash, as sha256sum prints it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def commit() -> str:
    """The commit that is checked out, with a + where files differ from it; "unknown" outside a checkout."""
    try:
        name = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True)
        dirty = subprocess.run(["git", "diff", "--quiet", "HEAD"], cwd=ROOT, check=False).returncode
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return name.stdout.strip() + ("+" if dirty else "")


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Names of files that are in one manifest only."""
    return sorted(one["files"].keys() ^ other["files"].keys())


def save(path: Path, data: dict[str, Any]) -> None:
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
