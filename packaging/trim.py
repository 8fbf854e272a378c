"""Makes a frozen lab smaller without changing what it does, and its own modules quick to load.

`strip` takes symbols that only debuggers read; libraries that nothing in the bundle asks for any more go; the lab's
modules are compiled once, so that a folder nobody may write to starts as fast as any other.
"""

from __future__ import annotations

import os
import py_compile
import re
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ELF = b"\x7fELF"
PT_LOAD = 1
SYSTEM_STAYS = ("libgomp", "libpython")


def trim(bundle: Path) -> None:
    """All of it, on the folder PyInstaller made; symbols and libraries on Linux only."""
    inside = bundle / "_internal" if (bundle / "_internal").is_dir() else bundle
    compile_modules(inside / "courseai_lab")
    if sys.platform == "linux":
        files = elf_files(bundle)
        for path in unneeded(inside, files):
            path.unlink()
        remove_dangling(inside)
        strip([path for path in files if path.exists()])
        share_copies(inside)


def compile_modules(folder: Path) -> None:
    """A compiled module beside each source, valid whatever its date: the same bytes in every build."""
    for path in sorted(folder.rglob("*.py")):
        name = path.relative_to(folder.parent).as_posix()
        mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
        py_compile.compile(str(path), dfile=name, doraise=True, invalidation_mode=mode)


def elf_files(folder: Path) -> list[Path]:
    """Every program and library of Linux below a folder, links left out, in order."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                if file.read(4) == ELF:
                    found.append(path)
    return found


def needed(path: Path) -> set[str]:
    """The libraries a program or library asks for, by the name it asks with."""
    said = subprocess.run(["readelf", "-dW", path], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"\(NEEDED\)\s+Shared library: \[([^]]+)\]", said))


def unneeded(inside: Path, files: Iterable[Path]) -> list[Path]:
    """Plain libraries (of the system, of Qt) that no module, plugin or library that stays asks for."""
    wants = {path: needed(path) for path in files}
    roots = (inside, inside / "PySide6" / "Qt" / "lib", inside / "pillow.libs")
    plain = {p for p in wants if p.parent in roots and p.name.startswith("lib") and not p.name.startswith(SYSTEM_STAYS)}
    stays = set(wants) - plain
    while True:
        asked = set().union(*(wants[path] for path in stays))
        more = {path for path in plain - stays if path.name in asked}
        if not more:
            return sorted(plain - stays)
        stays |= more


def remove_dangling(folder: Path) -> None:
    """Links whose file is gone, and folders left empty."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_symlink() and not path.exists():
            path.unlink()
        elif path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
            path.rmdir()


def strip(files: Iterable[Path]) -> None:
    """Take away what only debuggers and linkers read. The program itself carries the modules and is left alone."""
    tool = shutil.which("strip")
    if tool is None:
        raise SystemExit("strip (from binutils) is needed to make the package small: install binutils.")
    for path in files:
        if ".so" in path.name or path.name == "torch_shm_manager":
            less = path.with_name(path.name + ".stripped")
            subprocess.run([tool, "--strip-unneeded", "-o", less, path], check=True)
            if loadable(less) and less.stat().st_size < path.stat().st_size:
                less.chmod(path.stat().st_mode)
                less.replace(path)
            else:
                less.unlink()


def loadable(path: Path) -> bool:
    """Whether every part that is loaded into memory lies in the file where the loader wants it.

    Libraries that a wheel's repair tool has changed lose that when they are stripped; those stay as they are.
    """
    data = path.read_bytes()
    # ELF-64, little endian: where the program headers begin, the size of one, and how many there are.
    (start,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    for index in range(count):
        kind, _, offset, address, _, _, _, align = struct.unpack_from("<IIQQQQQQ", data, start + index * size)
        if kind == PT_LOAD and align > 1 and (offset - address) % align:
            return False
    return True


def share_copies(inside: Path) -> None:
    """Libraries that lie twice in the bundle, byte for byte: the one beside the modules becomes a link."""
    kept: dict[tuple[str, bytes], Path] = {}
    nested = [p for p in inside.rglob("*.so*") if p.is_file() and not p.is_symlink() and p.parent != inside]
    for path in sorted(nested):
        kept.setdefault((path.name, path.read_bytes()), path)
    for path in sorted(inside.glob("*.so*")):
        if path.is_symlink() or not path.is_file():
            continue
        twin = kept.get((path.name, path.read_bytes()))
        if twin is not None:
            path.unlink()
            path.symlink_to(os.path.relpath(twin, inside))
