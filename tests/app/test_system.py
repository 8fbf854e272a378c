"""What the system has to provide, and what is said when it does not."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import pytest

from courseai_lab.app import system


def test_missing_libraries_are_those_that_do_not_load() -> None:
    gone = {"libEGL.so.1", "libGLX_mesa.so.0", "libxcb-cursor.so.0"}
    missing = system.missing_libraries(found=lambda name: name not in gone, platform="linux")
    assert [str(need) for need in missing] == ["libEGL.so.1", "libxcb-cursor.so.0"], "NVIDIA's driver will do"
    assert system.missing_libraries(found=lambda name: False, platform="darwin") == []
    assert system.loads("libc.so.6" if sys.platform == "linux" else "") is True
    assert system.loads("libnothing-such.so.99") is False


def needed(file: Path) -> set[str]:
    """The shared libraries that a 64-bit ELF file links against, from its dynamic section."""
    data = file.read_bytes()
    start, size, count = (struct.unpack_from("<" + kind, data, at)[0] for kind, at in (("Q", 40), ("H", 58), ("H", 60)))
    sections = [struct.unpack_from("<IIQQQQIIQQ", data, start + i * size) for i in range(count)]
    dynamic = next(section for section in sections if section[1] == 6)
    names = sections[dynamic[6]][4]
    entries = struct.iter_unpack("<QQ", data[dynamic[4] : dynamic[4] + dynamic[5]])
    starts = [names + value for tag, value in entries if tag == 1]
    return {data[at : data.index(b"\0", at)].decode() for at in starts}


def test_every_library_is_one_that_qt_links_against() -> None:
    """Read from the Qt wheel itself: nothing is missing from the list, and nothing is in it for no reason."""
    import PySide6

    home = Path(PySide6.__file__).parent / "Qt"
    parts = ("Core", "Gui", "Widgets", "OpenGL", "Svg", "DBus", "XcbQpa")
    files = [home / "lib" / f"libQt6{name}.so.6" for name in parts]
    files += [*home.glob("plugins/platforms/libq[xo][cf]*.so"), *home.glob("plugins/xcbglintegrations/*.so")]
    if sys.platform != "linux":
        assert system.missing_libraries() == []
        return
    assert len(files) == len(parts) + 4
    linked = set().union(*(needed(file) for file in files))
    everywhere = {f"lib{name}" for name in ("c.so.6", "m.so.6", "dl.so.2", "pthread.so.0", "stdc++.so.6", "gcc_s.so.1")}
    carried = {name for name in linked if name.startswith(("libQt6", "libicu", "ld-linux"))}
    listed = {name for need in system.LIBRARIES for name in need.names}
    drivers = {"libGLX_mesa.so.0", "libGLX_nvidia.so.0"}
    assert linked - everywhere - carried - {"libgthread-2.0.so.0"} == listed - drivers, "libgthread is part of libglib"


def test_how_to_get(monkeypatch: pytest.MonkeyPatch) -> None:
    assert system.how_to_get([]) == ""
    needs = [need for need in system.LIBRARIES if str(need) in ("libEGL.so.1", "libGLX_mesa.so.0")]
    monkeypatch.setattr(system, "is_debian", lambda: True)
    assert system.how_to_get(needs) == (
        "Missing libEGL.so.1, libGLX_mesa.so.0: sudo apt-get install libegl1 libgl1-mesa-dri libglx-mesa0"
    )
    monkeypatch.setattr(system, "is_debian", lambda: False)
    assert system.how_to_get(needs).endswith("install them with your system's package manager.")


@pytest.mark.parametrize(
    ("environ", "platform", "shown"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ""}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"QT_QPA_PLATFORM": "xcb"}, "linux", False),
        ({"QT_QPA_PLATFORM": "offscreen"}, "linux", True),
        ({"QT_QPA_PLATFORM": "vnc:size=800x600"}, "linux", True),
        ({}, "darwin", True),
        ({}, "win32", True),
    ],
)
def test_has_display(environ: dict[str, str], platform: str, shown: bool) -> None:
    assert system.has_display(environ, platform) is shown


def test_defaults_are_set_and_never_forced() -> None:
    wayland = {"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}
    system.set_defaults(wayland, "linux")
    assert (wayland["QT_QPA_PLATFORM"], wayland["PYOPENGL_PLATFORM"], wayland["GOMP_SPINCOUNT"]) == ("xcb", "glx", "0")
    assert Path(wayland["NUMBA_CACHE_DIR"]).name == "numba"
    own = {"WAYLAND_DISPLAY": "w", "DISPLAY": ":0", "QT_QPA_PLATFORM": "wayland", "GOMP_SPINCOUNT": "7"}
    system.set_defaults(own, "linux")
    assert (own["QT_QPA_PLATFORM"], own["GOMP_SPINCOUNT"]) == ("wayland", "7")
    plain = {"DISPLAY": ":0"}
    system.set_defaults(plain, "linux")
    assert "QT_QPA_PLATFORM" not in plain
