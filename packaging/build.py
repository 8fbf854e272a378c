"""Builds the lab's installers for the system it runs on: `python packaging/build.py [--out dist]`.

Freezes the lab with PyInstaller, trims it, adds the licences, tries every panel inside it, and packs it: a .deb, a
.tar.xz and (where appimagetool is) an AppImage on Linux, an Inno Setup installer on Windows, a dmg on macOS. Prints a
manifest with the size and hash of what was made.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import contents
import icons
import installers
import licences
import manifest
import trim

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / "build" / "package"
MOST_INSTALLED_MB, MOST_DOWNLOAD_MB = 650, 200
SMOKE_SECONDS = 900


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="where the packages go (dist)")
    parser.add_argument("--no-smoke", action="store_true", help="do not try the panels in the frozen lab")
    parser.add_argument("--quick", action="store_true", help="pack with little compression, to try what was built")
    parser.add_argument(
        "--same-as", type=Path, metavar="MANIFEST", help="fail when the files are not those of this one"
    )
    given = parser.parse_args(argv)
    version = lab_version()
    bundle = freeze()
    trim.trim(bundle)
    text = licences.licences(contents.distributions(), bundle)
    (inside(bundle) / "LICENCES.txt").write_text(text, encoding="utf-8")
    check_panels(bundle)
    if not given.no_smoke:
        smoke(bundle)
    given.out.mkdir(parents=True, exist_ok=True)
    said = manifest.manifest(bundle, contents.distributions())
    manifest.save(given.out / f"courseai-lab-{version}-{sys.platform}.manifest.json", said)
    made = installers.pack(bundle, given.out, version, 1 if given.quick else 6)
    report(said, made)
    if given.same_as is not None:
        other = json.loads(given.same_as.read_text(encoding="utf-8"))
        odd = manifest.differences(said, other)
        print("The same files." if not odd else f"{len(odd)} files are in one build only: {', '.join(odd[:10])}")
        return int(bool(odd))
    return 0


def lab_version() -> str:
    sys.path.insert(0, str(ROOT))
    from courseai_lab import __version__

    return __version__


def freeze() -> Path:
    """Run PyInstaller; the folder with the frozen lab."""
    out = WORK / "dist"
    shutil.rmtree(out, ignore_errors=True)
    if sys.platform in contents.ICONS:
        icons.container("courseai-lab", WORK / contents.ICONS[sys.platform])
    command = [sys.executable, "-m", "PyInstaller", str(ROOT / "packaging" / "courseai-lab.spec"), "--noconfirm"]
    command += ["--distpath", str(out), "--workpath", str(WORK / "work"), "--log-level", "WARN"]
    # The same order of everything that Python hashes, in every build.
    environ = {**os.environ, "PYTHONHASHSEED": "0", "SOURCE_DATE_EPOCH": "1577836800", "OMP_NUM_THREADS": "1"}
    subprocess.run(command, cwd=ROOT, env=environ, check=True)
    return out / "CourseAI Lab.app" if sys.platform == "darwin" else out / "courseai-lab"


def inside(bundle: Path) -> Path:
    """Where the frozen modules and resources are."""
    return bundle / "Contents" / "Resources" if sys.platform == "darwin" else bundle / "_internal"


def program(bundle: Path) -> Path:
    """The program that prints what it is asked."""
    if sys.platform == "darwin":
        return bundle / "Contents" / "MacOS" / "courseai-lab"
    return bundle / ("courseai-lab-cli.exe" if sys.platform == "win32" else "courseai-lab")


def clean_environment(home: Path) -> dict[str, str]:
    """What a program finds on a machine that has never seen Python: no PATH to it, a home of its own."""
    keep = ("DISPLAY", "XAUTHORITY", "SYSTEMROOT", "WINDIR", "COMSPEC")
    environ = {name: os.environ[name] for name in keep if name in os.environ}
    return environ | {
        "HOME": str(home),
        "USERPROFILE": str(home),
        "LOCALAPPDATA": str(home),
        "PATH": "",
        "LANG": "C.UTF-8",
    }


def check_panels(bundle: Path) -> None:
    """The frozen lab has the panels that the source has."""
    source = [sys.executable, "-m", "courseai_lab", "panels", "--json"]
    with tempfile.TemporaryDirectory() as home:
        ours = subprocess.run(source, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=True).stdout
        frozen = subprocess.run(
            [program(bundle), "panels", "--json"], capture_output=True, text=True, encoding="utf-8", check=True,
            env=clean_environment(Path(home)), cwd=home,
        ).stdout  # fmt: skip
    if json.loads(ours) != json.loads(frozen):
        raise SystemExit("The frozen lab lists other panels than the source.")
    print(f"The frozen lab has the source's {len(json.loads(ours))} panels.", flush=True)


def smoke(bundle: Path) -> None:
    """Every panel, network and lesson works in a folder nobody may write to, for a user with an odd home."""
    with tempfile.TemporaryDirectory() as room:
        home = Path(room, "Höme of Ünïcode 学")
        home.mkdir()
        command = [str(program(bundle)), "--smoke"]
        environ = clean_environment(home)
        if sys.platform == "linux" and "DISPLAY" not in environ and shutil.which("Xvfb"):
            with virtual_display() as display:
                subprocess.run(
                    command, check=True, timeout=SMOKE_SECONDS, cwd=room, env={**environ, "DISPLAY": display}
                )
        else:
            subprocess.run(command, check=True, timeout=SMOKE_SECONDS, cwd=room, env=environ)


@contextmanager
def virtual_display() -> Iterator[str]:
    """An X server of its own that draws into memory; its name, once it answers."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1600x1000x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL) as server:
        os.close(write)
        try:
            with os.fdopen(read) as answer:
                yield f":{answer.readline().strip()}"
        finally:
            server.terminate()


def report(said: dict[str, object], made: list[Path]) -> None:
    """Sizes beside their limits, and the hash of every package."""
    total = said["bytes"]
    assert isinstance(total, int)
    print(f"installed  {total / 1e6:7.1f} MB (limit {MOST_INSTALLED_MB})  file list {said['file_list_sha256']}")
    for path in made:
        size = path.stat().st_size / 1e6
        print(f"download   {size:7.1f} MB (limit {MOST_DOWNLOAD_MB})  {manifest.sha256(path)}  {path.name}")


if __name__ == "__main__":
    raise SystemExit(main())
