"""What goes into the package, in which shape: without building one."""

from __future__ import annotations

import configparser
import hashlib
import importlib
import plistlib
import subprocess
import sys
import tarfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from PySide6.QtGui import QImage

from courseai_lab.contract import discover
from courseai_lab.networks.loader import models
from courseai_lab.paths import resource

OURS = ("contents", "trim", "manifest", "licences", "icons", "installers")


@pytest.fixture
def part(root: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """A module of the folder `packaging`, which is no package; forgotten after the test."""
    monkeypatch.syspath_prepend(root / "packaging")
    for name in OURS:
        monkeypatch.delitem(sys.modules, name, raising=False)

    def load(name: str) -> ModuleType:
        module = importlib.import_module(name)
        for ours in OURS:
            if ours in sys.modules:
                monkeypatch.setitem(sys.modules, ours, sys.modules[ours])
        return module

    return load


def test_everything_the_lab_finds_by_name_or_folder_is_packed(part: Callable[[str], ModuleType], root: Path) -> None:
    contents = part("contents")
    modules = set(contents.lab_modules())
    places = {f"{folder}/{Path(file).name}" for file, folder in contents.lab_data()}
    for panel in discover():
        assert {panel.package, f"{panel.package}.compute", f"{panel.package}.view"} <= modules
        beside = root / panel.package.replace(".", "/") / "presets.json"
        assert not beside.is_file() or beside.relative_to(root).as_posix() in places
    for network in models(resource("models")):
        for file in network.folder.iterdir():
            assert file.relative_to(root).as_posix() in places
    assert {f"resources/course/{p.name}" for p in resource("course").glob("*.md")} <= places
    assert not any(name.startswith(("courseai_lab.training", "tests")) for name in modules)
    assert not any("__pycache__" in place or "screenshots" in place for place in places)


@pytest.mark.parametrize(
    ("place", "stays"),
    [
        ("torch/bin/torch_shm_manager", True),
        ("torch/bin/protoc", False),
        ("torch/lib/libtorch_cpu.so", True),
        ("torch/lib/libjitbackend_test.so", False),
        ("torch/include/ATen/ATen.h", False),
        ("torch/_dynamo/config.py", True),
        ("torch/nn/modules/linear.py", False),
        ("PySide6/Qt/plugins/platforms/libqxcb.so", True),
        ("PySide6/Qt/plugins/platforms/libqoffscreen.so", True),
        ("PySide6/Qt/plugins/tls/libqopensslbackend.so", False),
        ("PySide6\\Qt\\translations\\qtbase_de.qm", False),
        ("vispy/glsl/math/constants.glsl", True),
    ],
)
def test_what_stays_and_what_goes(part: Callable[[str], ModuleType], place: str, stays: bool) -> None:
    assert part("contents").wanted(place) is stays


def test_each_shipped_distribution_has_its_licence(part: Callable[[str], ModuleType]) -> None:
    names = part("contents").distributions()
    assert {"torch", "numba", "llvmlite", "PySide6_Essentials", "numpy", "sympy"} <= set(names)
    assert not {"pytest", "scipy", "transformers", "matplotlib"} & set(names)
    text = part("licences").licences(names)
    for name in names:
        assert f"\n{name} " in text
    assert "brings no licence text" not in text
    for words in ("GNU Lesser General Public License", "may be replaced", "SIL OPEN FONT LICENSE", "CourseAI Lab"):
        assert words.lower() in text.lower()


def test_a_package_is_the_same_in_two_builds(part: Callable[[str], ModuleType], tmp_path: Path) -> None:
    trim, manifest, installers = part("trim"), part("manifest"), part("installers")
    said = []
    for name in ("one", "two"):
        module = tmp_path / name / "courseai_lab" / "answer.py"
        module.parent.mkdir(parents=True)
        module.write_text("ANSWER = 6 * 7\n")
        module.with_name("link.py").symlink_to("answer.py")
        trim.compile_modules(module.parent)
        said.append(manifest.manifest(tmp_path / name, ["numpy"]))
        with tarfile.open(tmp_path / f"{name}.tar", "w", format=tarfile.GNU_FORMAT) as archive:
            installers._add(archive, tmp_path / name, "lab")
    assert said[0]["files"] == said[1]["files"] and not manifest.differences(*said)
    assert any(name.endswith(".pyc") for name in said[0]["files"])
    entry = said[0]["files"]["courseai_lab/answer.py"]
    assert entry == {"bytes": 15, "sha256": hashlib.sha256(b"ANSWER = 6 * 7\n").hexdigest()}
    assert (tmp_path / "one.tar").read_bytes() == (tmp_path / "two.tar").read_bytes()
    (tmp_path / "two" / "more").touch()
    assert manifest.differences(said[0], manifest.manifest(tmp_path / "two", [])) == ["more"]


def test_only_libraries_nobody_asks_for_go(
    part: Callable[[str], ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trim = part("trim")
    asks = {
        "_module.so": {"liba.so.1"},
        "liba.so.1": {"libb.so"},
        "libb.so": set(),
        "libc.so": {"libd.so"},
        "libd.so": set(),
    }
    files = [tmp_path / ("PySide6" if name == "_module.so" else ".") / name for name in asks]
    monkeypatch.setattr(trim, "needed", lambda path: asks[path.name])
    assert [path.name for path in trim.unneeded(tmp_path, files)] == ["libc.so", "libd.so"]


@pytest.mark.skipif(sys.platform != "linux", reason="ELF is Linux's")
def test_a_library_that_does_not_load_any_more_is_recognised(part: Callable[[str], ModuleType], tmp_path: Path) -> None:
    import _ctypes

    trim = part("trim")
    good = Path(_ctypes.__file__)
    assert trim.loadable(good)
    data = bytearray(good.read_bytes())
    start, size = int.from_bytes(data[32:40], "little"), int.from_bytes(data[54:56], "little")
    loads = [start + n * size for n in range(data[56]) if int.from_bytes(data[start + n * size :][:4], "little") == 1]
    data[loads[-1] + 8] ^= 8  # its place in the file, off by eight bytes
    bad = tmp_path / "bad.so"
    bad.write_bytes(data)
    assert not trim.loadable(bad)


def test_the_desktop_learns_of_files_and_links(part: Callable[[str], ModuleType], root: Path, tmp_path: Path) -> None:
    part("installers").linux_share(tmp_path)
    entry = configparser.ConfigParser(interpolation=None)
    entry.optionxform = str  # type: ignore[assignment,method-assign]
    entry.read(tmp_path / "applications" / "courseai-lab.desktop", encoding="utf-8")
    desktop = entry["Desktop Entry"]
    assert desktop["MimeType"].split(";")[:2] == ["application/x-courseai-lab", "x-scheme-handler/courseai-lab"]
    assert desktop["Exec"].endswith("%u") and desktop["Icon"] == "courseai-lab"
    kinds = ElementTree.parse(tmp_path / "mime" / "packages" / "courseai-lab.xml").getroot()
    name = "{http://www.freedesktop.org/standards/shared-mime-info}"
    assert [glob.get("pattern") for glob in kinds.iter(f"{name}glob")] == ["*.lab"]
    for size in (16, 256):
        for place in ("apps/courseai-lab", "mimetypes/application-x-courseai-lab"):
            icon = QImage(str(tmp_path / "icons" / "hicolor" / f"{size}x{size}" / f"{place}.png"))
            assert (icon.width(), icon.height()) == (size, size)
            colours = {icon.pixel(x, y) for x in range(size) for y in range(size)}
            assert len(colours) > 20 and icon.pixelColor(0, 0).alpha() == 0
    plist = plistlib.loads((root / "packaging" / "macos" / "entitlements.plist").read_bytes())
    assert plist["com.apple.security.cs.allow-jit"] is True
    assert part("contents").info_plist()["CFBundleURLTypes"][0]["CFBundleURLSchemes"] == ["courseai-lab"]


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script for Linux")
def test_the_menu_entry_comes_and_goes_and_the_users_files_stay(root: Path, tmp_path: Path) -> None:
    lab, home = tmp_path / "a lab & 100% $mine", tmp_path / "höme"
    for file in ("applications/courseai-lab.desktop", "mime/packages/courseai-lab.xml"):
        (lab / "share" / file).parent.mkdir(parents=True, exist_ok=True)
        (lab / "share" / file).write_bytes((root / "packaging" / "linux" / Path(file).name).read_bytes())
    script = lab / "integrate.sh"
    script.write_bytes((root / "packaging" / "linux" / "integrate.sh").read_bytes())
    own = home / ".local" / "share" / "courseai-lab" / "mine.lab"
    own.parent.mkdir(parents=True)
    own.write_text("{}")
    environ = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
    subprocess.run(["sh", script], env=environ, check=True, stdout=subprocess.DEVNULL)
    entry = home / ".local" / "share" / "applications" / "courseai-lab.desktop"
    text = entry.read_text(encoding="utf-8")
    quoted = str(lab).replace("$", r"\\$").replace("%", "%%")  # a dollar sign as the specification writes it
    assert f'\nExec="{quoted}/courseai-lab" %u\n' in text and f"\nTryExec={lab}/courseai-lab\n" in text
    subprocess.run(["sh", script, "--remove"], env=environ, check=True, stdout=subprocess.DEVNULL)
    assert not entry.exists() and own.read_text() == "{}"
