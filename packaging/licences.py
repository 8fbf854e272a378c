"""The licences of everything that is shipped, in one text, from what the installed packages say of themselves."""

from __future__ import annotations

import importlib.metadata
import re
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NAMES = re.compile(r"(^|/)(licen[cs]e|copying|notice|authors\.txt$|ftl)[^/]*$", re.IGNORECASE)
MOST_BYTES = 400_000

QT = """\
Qt, PySide6 and Shiboken are used under the GNU Lesser General Public License, version 3. They are not changed; their
libraries lie as files of their own in the folder PySide6 (Linux, Windows) or Frameworks (macOS) of the installed lab
and may be replaced there by libraries of the same version that you built yourself; nothing in the lab prevents it, and
what replaces them may be examined and debugged. Their source is published by the Qt Project at https://download.qt.io
under the version named above. The terms of the LGPL and of the GPL, which it builds on, follow.
"""

OWN_TEXT = {
    # Packages whose wheels bring no text: where in this file their terms stand.
    "PySide6_Essentials": "See Qt above.",
    "shiboken6": "See Qt above.",
    "PyOpenGL": "Copyright Michael C. Fletcher and contributors. The BSD licence, in NumPy's words in this file.",
    "latex2mathml": "Copyright Ronie Martinez. The MIT licence, in the words at the top of this file.",
}

SYSTEM = """\
On Linux the package carries libraries of the system it was built on, so that it runs where they are missing, each under
its own terms: the X11 client libraries libX11, libxcb and xcb-util (MIT/X11), libxkbcommon (MIT/X11), fontconfig and
FreeType (MIT, FreeType licence), GLib (LGPL 2.1 or later), D-Bus (AFL 2.1 or GPL 2), libsystemd (LGPL 2.1 or later),
libgcrypt and libgpg-error (LGPL 2.1 or later), libcap (BSD), lz4 (BSD), Zstandard (BSD), XZ (0BSD), PCRE2 (BSD), zlib,
libpng, expat (MIT), brotli (MIT), libffi (MIT), libuuid (BSD), bzip2 (BSD), and the GNU run-time libraries libstdc++,
libgcc and libgomp (GPL 3 with the GCC Runtime Library Exception). Where Debian's packages install them, their full
texts are below.
"""


def licences(distributions: list[str], bundle: Path | None = None) -> str:
    """The whole text: the lab's own licence, fonts, Python, every distribution, Qt's terms, the system's libraries."""
    version = importlib.metadata.version("PySide6_Essentials")
    parts = [
        "CourseAI Lab: licences of everything this package holds\n",
        section("CourseAI Lab", "MIT", (ROOT / "LICENSE").read_text(encoding="utf-8")),
        *(section(f"Font: {path.stem.removeprefix('OFL-')}", "SIL OFL 1.1", path.read_text(encoding="utf-8"))
          for path in sorted((ROOT / "resources" / "fonts").glob("OFL-*.txt"))),
        section(f"Python {sys.version.split()[0]}", "PSF-2.0", python_licence()),
        section("PyInstaller's start program", "GPL-2.0-or-later with an exception for what it starts", bootloader()),
        section(f"Qt {version}", "LGPL-3.0", QT + "\n" + common("LGPL-3") + "\n" + common("GPL-3")),
    ]  # fmt: skip
    parts += [of_distribution(name) for name in distributions]
    if sys.platform == "linux":
        parts.append(section("Libraries of the system", "see each", SYSTEM + system_texts(bundle)))
    return "\n".join(parts)


def section(title: str, terms: str, text: str) -> str:
    """One part of the text below a heading that is found by searching for its name."""
    rule = "=" * 100
    return f"{rule}\n{title}\nLicence: {terms}\n{rule}\n\n{text.strip()}\n"


def of_distribution(name: str) -> str:
    """What an installed distribution says of its licence, and every licence file it brings."""
    found = importlib.metadata.distribution(name)
    said = found.metadata
    named = [short(text) for key in ("License-Expression", "License") for text in said.get_all(key) or []]
    terms = next(filter(None, named), "") or classifiers(said.get_all("Classifier"))
    texts = []
    for file in sorted(found.files or [], key=str):
        if NAMES.search(file.as_posix()) and ".py" not in file.suffix:
            path = Path(str(found.locate_file(file)))
            if path.is_file() and path.stat().st_size <= MOST_BYTES:
                texts.append(f"[{file.name}]\n{path.read_text(encoding='utf-8', errors='replace').strip()}")
    body = "\n\n".join(dict.fromkeys(texts)) or OWN_TEXT.get(name) or "The package brings no licence text of its own."
    return section(f"{said['Name']} {said['Version']}", terms or "see its text", body)


def short(text: str) -> str:
    """A licence's name; some packages put its whole text where the name belongs."""
    first = text.strip().partition("\n")[0]
    return first if len(first) <= 80 else ""


def classifiers(lines: list[str] | None) -> str:
    """The licence as the package's classifiers name it."""
    return ", ".join(line.rpartition(":: ")[2] for line in lines or [] if line.startswith("License ::"))


def python_licence() -> str:
    """The licence text of the Python that is shipped."""
    for folder in (sysconfig.get_path("stdlib"), sys.base_prefix):
        for name in ("LICENSE.txt", "LICENSE"):
            path = Path(str(folder), name)
            if path.is_file():
                return path.read_text(encoding="utf-8")
    return "Python Software Foundation License, version 2: https://docs.python.org/3/license.html"


def bootloader() -> str:
    """PyInstaller's terms: its start program may be given away with anything."""
    return (
        "The program that starts the lab is PyInstaller's, under the GNU General Public License, version 2 or later, "
        "with the special exception that allows to build and give away programs of any licence with it: "
        "https://pyinstaller.org. Its version stands in the manifest."
    )


def common(name: str) -> str:
    """A licence text as Debian keeps it; elsewhere where it is published."""
    path = Path("/usr/share/common-licenses") / name
    if path.is_file():
        return path.read_text(encoding="utf-8")
    return f"https://www.gnu.org/licenses/{name.lower()}.0.txt"


def system_texts(bundle: Path | None, root: Path = Path("/")) -> str:
    """Debian's copyright files of the system libraries in the bundle; empty where dpkg does not know them."""
    import subprocess

    if bundle is None:
        return ""
    names = {path.name for path in (bundle / "_internal").glob("lib*.so*") if not path.is_symlink()}
    packages: set[str] = set()
    for name in sorted(names):
        try:
            said = subprocess.run(["dpkg", "-S", f"*/{name}"], capture_output=True, text=True, check=False).stdout
        except OSError:
            return ""
        packages |= {line.split(":")[0] for line in said.splitlines()[:1]}
    texts = []
    for package in sorted(packages):
        path = root / "usr" / "share" / "doc" / package / "copyright"
        if path.is_file():
            texts.append(f"[{package}]\n{path.read_text(encoding='utf-8', errors='replace').strip()}")
    return "\n\n".join(["", *texts])
