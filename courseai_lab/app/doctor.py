"""What the lab stands on here: versions, devices, OpenGL, system libraries; and what to do about what is missing."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import courseai_lab
from courseai_lab.app import system

PACKAGES = (
    "PySide6-Essentials",
    "torch",
    "numpy",
    "numba",
    "pydantic",
    "pyqtgraph",
    "vispy",
    "PyOpenGL",
    "ziamath",
    "safetensors",
    "pillow",
    "platformdirs",
)
PROBE = "--probe-opengl"
PROBE_SECONDS = 30
GL_VENDOR, GL_RENDERER, GL_VERSION = 0x1F00, 0x1F01, 0x1F02


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; `advice` is empty when all is well."""

    name: str
    value: str
    advice: str = ""


def examine() -> list[Finding]:
    """Everything there is to say, in the order it is read."""
    return [
        Finding("CourseAI Lab", courseai_lab.__version__),
        _python(),
        Finding("System", f"{platform.system()} {platform.release()} {platform.machine()}, {os.cpu_count()} cores"),
        *(_package(name) for name in PACKAGES),
        _devices(),
        _libraries(),
        _display(),
        _opengl(),
        _resources(),
        _policy(),
    ]


def report(findings: list[Finding]) -> str:
    """The findings as aligned lines, with what to do below each that needs it."""
    width = max(len(finding.name) for finding in findings)
    lines = []
    for finding in findings:
        lines.append(f"{'!' if finding.advice else ' '} {finding.name:<{width}}  {finding.value}")
        if finding.advice:
            lines.append(f"  {'':<{width}}  {finding.advice}")
    return "\n".join(lines)


def as_json(findings: list[Finding]) -> dict[str, Any]:
    """The findings for a program: `ok`, and each with its name, value and advice."""
    entries = [{"name": f.name, "value": f.value, "advice": f.advice} for f in findings]
    return {"ok": not any(f.advice for f in findings), "findings": entries}


def _python() -> Finding:
    good = (3, 11) <= sys.version_info[:2] <= (3, 13)
    return Finding("Python", platform.python_version(), "" if good else "The lab needs Python 3.11, 3.12 or 3.13.")


def _package(name: str) -> Finding:
    try:
        version = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, "missing", f"pip install {name}")
    if name == "PySide6-Essentials" and tuple(int(part) for part in version.split(".")[:2]) >= (6, 12):
        advice = 'Version 6.12 aborts within seconds on some Pythons: pip install "PySide6-Essentials>=6.8,<6.12"'
        return Finding(name, version, advice)
    return Finding(name, version)


def devices() -> list[str]:
    """Torch devices there are, the CPU first."""
    import torch

    names = [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    return ["cpu", *names, *(["mps"] if torch.backends.mps.is_available() else [])]


def _devices() -> Finding:
    try:
        import torch

        names = devices()
        words = [f"{n} ({torch.cuda.get_device_name(n)})" if n.startswith("cuda") else n for n in names]
    except (ImportError, OSError, RuntimeError) as error:
        return Finding("Devices", "none", f"torch does not start: {error}")
    return Finding("Devices", ", ".join(words))


def _libraries() -> Finding:
    missing = system.missing_libraries()
    return Finding("System libraries", "some missing" if missing else "all there", system.how_to_get(missing))


def _display() -> Finding:
    names = [f"{name}={os.environ[name]}" for name in ("DISPLAY", "WAYLAND_DISPLAY") if os.environ.get(name)]
    if system.has_display():
        return Finding("Display", ", ".join(names) or "yes")
    # No advice: a server without a display draws figures all the same.
    return Finding("Display", f"none. {system.NO_DISPLAY}")


def _opengl() -> Finding:
    """Asked in a process of its own: a broken driver ends the process that asks."""
    if not system.has_display():
        return Finding("OpenGL", "not asked: there is no display")
    start = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "courseai_lab"]
    command = [*start, "doctor", PROBE]
    fallback = "3D pictures are drawn without the graphics card; a newer graphics driver makes them faster."
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=PROBE_SECONDS, check=False)
        said = json.loads(answer.stdout)
    except (subprocess.TimeoutExpired, OSError, ValueError):
        return Finding("OpenGL", "the driver does not answer", fallback)
    return Finding("OpenGL", said["text"], "" if said["works"] else fallback)


def probe_opengl() -> dict[str, Any]:
    """Makes an OpenGL context and asks who draws; needs a display. Meant for a process of its own."""
    from PySide6.QtGui import QGuiApplication, QOffscreenSurface, QOpenGLContext

    application = QGuiApplication(["courseai-lab"])
    surface = QOffscreenSurface()
    surface.create()
    context = QOpenGLContext()
    if not context.create() or not context.makeCurrent(surface):
        return {"works": False, "text": "no context can be made"}
    functions = context.functions()
    vendor, renderer, version = (functions.glGetString(name) for name in (GL_VENDOR, GL_RENDERER, GL_VERSION))
    context.doneCurrent()
    application.processEvents()
    return {"works": True, "text": f"{version}, {renderer} ({vendor})"}


def _resources() -> Finding:
    from courseai_lab.paths import resources_root

    try:
        return Finding("Resources", str(resources_root()))
    except FileNotFoundError as error:
        return Finding("Resources", "missing", str(error))


def _policy() -> Finding:
    from courseai_lab.app.policy import VARIABLES, apply_policy, policy_file

    wrong = apply_policy(dict(os.environ))
    set_now = [f"{name}={os.environ[name]}" for name in VARIABLES.values() if os.environ.get(name)]
    where = str(policy_file()) if policy_file().is_file() else "no policy file"
    return Finding("Policy", ", ".join([where, *set_now]), wrong)
