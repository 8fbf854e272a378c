"""What the lab needs from the operating system: shared libraries for Qt and OpenGL, and a display.

Standard library only: the set-up script asks here before anything else is installed.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Need:
    """One thing the system has to provide: any of `names` will do; `package` brings it on Debian and Ubuntu."""

    names: tuple[str, ...]
    package: str

    def __str__(self) -> str:
        return self.names[0]


# What the Qt wheels link against and do not carry, and a driver for OpenGL (Mesa's or NVIDIA's).
LIBRARIES = tuple(
    Need(tuple(names.split()), package)
    for names, package in (
        ("libEGL.so.1", "libegl1"),
        ("libGL.so.1", "libgl1"),
        ("libGLX_mesa.so.0 libGLX_nvidia.so.0", "libgl1-mesa-dri libglx-mesa0"),
        ("libX11.so.6", "libx11-6"),
        ("libX11-xcb.so.1", "libx11-xcb1"),
        ("libdbus-1.so.3", "libdbus-1-3"),
        ("libfontconfig.so.1", "libfontconfig1"),
        ("libfreetype.so.6", "libfreetype6"),
        ("libglib-2.0.so.0", "libglib2.0-0"),
        ("libxcb.so.1", "libxcb1"),
        ("libxcb-cursor.so.0", "libxcb-cursor0"),
        ("libxcb-glx.so.0", "libxcb-glx0"),
        ("libxcb-icccm.so.4", "libxcb-icccm4"),
        ("libxcb-image.so.0", "libxcb-image0"),
        ("libxcb-keysyms.so.1", "libxcb-keysyms1"),
        ("libxcb-randr.so.0", "libxcb-randr0"),
        ("libxcb-render.so.0", "libxcb-render0"),
        ("libxcb-render-util.so.0", "libxcb-render-util0"),
        ("libxcb-shape.so.0", "libxcb-shape0"),
        ("libxcb-shm.so.0", "libxcb-shm0"),
        ("libxcb-sync.so.1", "libxcb-sync1"),
        ("libxcb-util.so.1", "libxcb-util1"),
        ("libxcb-xfixes.so.0", "libxcb-xfixes0"),
        ("libxcb-xkb.so.1", "libxcb-xkb1"),
        ("libxkbcommon.so.0", "libxkbcommon0"),
        ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
        ("libz.so.1", "zlib1g"),
        ("libzstd.so.1", "libzstd1"),
    )
)

PROGRAMS_FOR_TESTS = (Need(("Xvfb",), "xvfb"),)

NO_DISPLAY = (
    "There is no display to open the lab on: draw figures with `courseai-lab render PANEL -o figure.png`, "
    "or open the lab on a virtual display with `xvfb-run courseai-lab`."
)


def loads(library: str) -> bool:
    """True when the dynamic linker finds `library` and all that it needs itself."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def missing_libraries(
    needs: Iterable[Need] = LIBRARIES, found: Callable[[str], bool] = loads, platform: str = sys.platform
) -> list[Need]:
    """Shared libraries that Qt or OpenGL would miss on this machine; Windows and macOS miss none."""
    if platform != "linux":
        return []
    return [need for need in needs if not any(found(name) for name in need.names)]


def missing_programs(needs: Iterable[Need] = PROGRAMS_FOR_TESTS, platform: str = sys.platform) -> list[Need]:
    """Programs of `needs` that are not on the PATH; only Linux needs any."""
    if platform != "linux":
        return []
    return [need for need in needs if not any(shutil.which(name) for name in need.names)]


def debian_packages(needs: Iterable[Need]) -> list[str]:
    """The Debian and Ubuntu packages that bring `needs`, each once, in order."""
    return list(dict.fromkeys(package for need in needs for package in need.package.split()))


def is_debian(root: Path = Path("/")) -> bool:
    """True on Debian, Ubuntu and what derives from them: wherever apt-get installs packages."""
    return (root / "etc" / "debian_version").is_file() and shutil.which("apt-get") is not None


def how_to_get(needs: Iterable[Need]) -> str:
    """One sentence that names what is missing and how to get it; empty when nothing is."""
    missing = list(needs)
    if not missing:
        return ""
    names = ", ".join(str(need) for need in missing)
    if is_debian():
        return f"Missing {names}: sudo apt-get install {' '.join(debian_packages(missing))}"
    return f"Missing {names}: install them with your system's package manager."


def has_display(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> bool:
    """True when a window can be shown: always on Windows and macOS, elsewhere where X11 or Wayland runs.

    A Qt platform that needs neither (`QT_QPA_PLATFORM=offscreen`, `vnc`, ...) counts as a display.
    """
    if platform in ("win32", "darwin"):
        return True
    if environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"):
        return True
    return environ.get("QT_QPA_PLATFORM", "").split(":")[0] not in ("", "xcb", "wayland", "wayland-egl")


def set_defaults(environ: MutableMapping[str, str] = os.environ, platform: str = sys.platform) -> None:
    """Sets what Qt, OpenGL, OpenMP and numba read when they are first imported; what is set already stays.

    Spinning OpenMP threads starve the window on few cores. Qt on Wayland cannot share OpenGL with vispy, so it
    goes through X11 where that is there. Compiled kernels are kept in the user's cache folder.
    """
    environ.setdefault("GOMP_SPINCOUNT", "0")
    if platform == "linux" and environ.get("WAYLAND_DISPLAY") and environ.get("DISPLAY"):
        environ.setdefault("QT_QPA_PLATFORM", "xcb")
        environ.setdefault("PYOPENGL_PLATFORM", "glx")
    if "NUMBA_CACHE_DIR" not in environ:
        from courseai_lab.paths import cache_dir

        environ["NUMBA_CACHE_DIR"] = str(cache_dir() / "numba")
    if platform == "win32":
        import torch  # noqa: F401
