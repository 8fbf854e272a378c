"""Makes `.venv` ready for the lab: `python packaging/prepare.py [--extras test,dev]`.

Creates the environment, installs the pinned packages, and on Debian and Ubuntu the shared libraries that Qt
and OpenGL need. Does nothing, within milliseconds, when all is as it should be.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections import deque
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from courseai_lab.app import system  # noqa: E402  (found only from the checkout's root)

VENV = ROOT / ".venv"
STAMP = VENV / "courseai-lab.json"
PYTHONS = ((3, 11), (3, 13))


class Failed(Exception):
    """One sentence for the person at the keyboard."""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--extras", default="", help="extras of pyproject.toml, separated by commas")
    extras = {name for name in parser.parse_args(argv).extras.split(",") if name}
    try:
        check_python(sys.version_info[:2])
        install_system(extras)
        make_venv()
        install_packages(extras)
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; the next run goes on from here.", file=sys.stderr)
        return 130
    return 0


def check_python(version: tuple[int, ...]) -> None:
    lowest, highest = PYTHONS
    if not lowest <= version <= highest:
        raise Failed(f"The lab needs Python 3.11, 3.12 or 3.13; this is {version[0]}.{version[1]}.")


def venv_python() -> Path:
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def venv_works() -> bool:
    """False for no environment, one whose Python is gone, is out of range, or has no pip."""
    probe = "import sys, pip; print(sys.version_info[:2] >= (3, 11) and sys.version_info[:2] <= (3, 13))"
    try:
        answer = subprocess.run([venv_python(), "-c", probe], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return answer.stdout.strip() == "True"


def make_venv() -> None:
    if venv_python().exists() and (stamped("venv") == str(VENV) or (stamped("venv") is None and venv_works())):
        return
    print(f"Making {VENV.name} with Python {sys.version_info[0]}.{sys.version_info[1]}", flush=True)
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise Failed(f"Python could not make {VENV}: {(answer.stdout + answer.stderr).strip()}")


def install_system(extras: set[str]) -> None:
    """Installs missing libraries where apt-get can; elsewhere, and where that fails, names them."""
    needs = system.missing_libraries()
    if "test" in extras:
        needs += system.missing_programs()
    if system.is_debian() and not VENV.is_dir() and not has_ensurepip():
        package = f"python3.{sys.version_info[1]}-venv"
        needs.append(system.Need((package,), package))
    if not needs:
        return
    if not system.is_debian():
        print(system.how_to_get(needs), file=sys.stderr)
        return
    packages = system.debian_packages(needs)
    print(f"Installing system packages: {' '.join(packages)}", flush=True)
    if not apt_get(packages):
        raise Failed(f"apt-get did not bring all packages. {system.how_to_get(needs)}")


def has_ensurepip() -> bool:
    """Debian ships Python without the part of `venv` that brings pip."""
    probe = [sys.executable, "-c", "import ensurepip, venv"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


def apt_get(packages: list[str]) -> bool:
    """Tries with the package lists at hand, then with fresh ones. Asks sudo for the right to where needed."""
    prefix: list[str] = []
    if os.geteuid():
        if not shutil.which("sudo"):
            return False
        prefix = ["sudo"] if sys.stdin.isatty() else ["sudo", "-n"]
    prefix += ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    install = [*prefix, "install", "-y", "--no-install-recommends", *packages]
    first = subprocess.run(install, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if first.returncode == 0:
        return True
    subprocess.run([*prefix, "update"], check=False, stdout=subprocess.DEVNULL)
    return subprocess.run(install, check=False, stdout=subprocess.DEVNULL).returncode == 0


def digest() -> str:
    """Changes when what is to be installed changes, and with nothing else."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = {key: project[key] for key in ("build-system", "project")}
    text = json.dumps(wanted, sort_keys=True) + (ROOT / "constraints.txt").read_text(encoding="utf-8")
    return hashlib.sha256(text.encode()).hexdigest()


def stamped(key: str) -> object:
    """What the stamp in the environment says of `key`: "venv", "digest" or "extras"; None when it says nothing."""
    try:
        return json.loads(STAMP.read_text(encoding="utf-8"))[key]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def install_packages(extras: set[str]) -> None:
    want = digest()
    known = stamped("extras")
    have = {str(name) for name in known} if isinstance(known, list) else set()
    if stamped("digest") == want and extras <= have:
        return
    extras = extras | have
    target = ".[" + ",".join(sorted(extras)) + "]" if extras else "."
    print("Installing packages (the first time this downloads a few hundred MB)", flush=True)
    options = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off", "-c", "constraints.txt"]
    pip([str(venv_python()), "-m", "pip", "install", *options, "-e", target])
    stamp = {"venv": str(VENV), "digest": want, "extras": sorted(extras)}
    STAMP.write_text(json.dumps(stamp) + "\n", encoding="utf-8")


def pip(command: list[str]) -> None:
    """Runs pip with one moving line on a terminal, and with a line for each large download elsewhere."""
    live = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns - 1
    last: deque[str] = deque(maxlen=25)
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            last.append(line)
            step = progress_of(line)
            if step and live:
                print(f"\r\x1b[K  {step}"[: width + 5], end="", flush=True)
            elif step and (re.search(r"\d\d MB|GB", step) or step.startswith("installing")):
                print(f"  {step}", flush=True)
    if live:
        print("\r\x1b[K", end="", flush=True)
    if process.returncode:
        raise Failed("".join(last) + "pip could not install the lab's packages; its last lines are above.")


def progress_of(line: str) -> str:
    """What a line of pip's tells of its progress, short; empty when nothing."""
    found = re.match(r"\s*(Collecting|Downloading|Building wheel for) (\S+)(.*)", line)
    if found:
        what = found[2].rsplit("/", 1)[-1]
        size = re.search(r"\(([\d.]+ [kMG]B)\)", found[3])
        return f"{found[1].lower()} {what}" + (f" ({size[1]})" if size else "")
    return "installing" if line.startswith("Installing collected packages") else ""


if __name__ == "__main__":
    raise SystemExit(main())
