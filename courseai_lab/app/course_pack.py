"""Course packs: a zip of lessons for a room without a network, checked as a whole before anything is unpacked.

A pack holds ``pack.toml`` (``name``, ``title``, ``version``), lessons with ids of their own such as ``linz.first.md``
below the name of the pack, and pictures. Nothing in a pack is run, and none of its lessons can take the place of one
that comes with the lab.
"""

from __future__ import annotations

import re
import shutil
import stat
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from courseai_lab.contract import LabError
from courseai_lab.lessons.lesson import read_lesson

MANIFEST = "pack.toml"
MAX_ZIP = 50_000_000
MAX_FILES = 500
MAX_TOTAL = 100_000_000
MAX_RATIO = 200
"""A file that unpacks to more than this many times its packed size is a bomb, not a lesson."""
LARGEST = {".md": 200_000, ".toml": 400_000, ".png": 5_000_000}
"""The kinds of files a pack may hold, and how many bytes each may have."""
FIRST_BYTES = {".png": b"\x89PNG\r\n\x1a\n"}
NAME = re.compile(r"[a-z][a-z0-9]{1,30}")
PLACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_DEVICES = {"con", "prn", "aux", "nul", *(f"{kind}{n}" for kind in ("com", "lpt") for n in range(1, 10))}


class BadPack(LabError):
    """A pack that cannot be used; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Pack:
    """What a pack says of itself, and the ids of its lessons."""

    name: str
    title: str
    version: str
    lessons: tuple[str, ...]


def inspect(path: Path) -> Pack:
    """Check all of a pack without unpacking any file to the disk. Raises BadPack, OSError."""
    if path.stat().st_size > MAX_ZIP:
        raise BadPack(
            f"{path.name} has {path.stat().st_size / 1e6:.0f} MB; a course pack has at most {MAX_ZIP // 10**6}."
        )
    try:
        with zipfile.ZipFile(path) as archive:
            entries = _checked_entries(archive)
            contents = {entry.filename: _contents(archive, entry) for entry in entries}
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError) as error:
        raise BadPack(f"{path.name} is no sound zip file: it is damaged, encrypted, or of another kind.") from error
    return _described(contents)


def install(path: Path, folder: Path) -> Pack:
    """Unpack a pack into ``folder/<its name>``, in place of an older one of that name, as a whole or not at all.

    Raises BadPack, LessonError for a lesson that cannot be read, OSError; what was there is then as it was.
    """
    pack = inspect(path)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / pack.name
    with tempfile.TemporaryDirectory(prefix=".unpacking-", dir=folder) as room:
        fresh, old = Path(room, "new"), Path(room, "old")
        fresh.mkdir()
        with zipfile.ZipFile(path) as archive:
            for entry in _checked_entries(archive):
                (fresh / entry.filename).write_bytes(_contents(archive, entry))
        if _read(fresh) != pack:
            raise BadPack(f"{path.name} changed while it was unpacked.")
        for lesson in pack.lessons:
            read_lesson(fresh / f"{lesson}.md")
        if target.exists():
            target.rename(old)
        try:
            fresh.rename(target)
        except OSError:
            if old.exists():
                old.rename(target)
            raise
    return pack


def remove(name: str, folder: Path) -> None:
    """Take an installed pack away. Raises BadPack where there is none of this name."""
    if NAME.fullmatch(name) is None or not (folder / name / MANIFEST).is_file():
        known = ", ".join(pack.name for pack in installed(folder)) or "none"
        raise BadPack(f"There is no course pack {name[:40]}; installed are: {known}.")
    shutil.rmtree(folder / name)


def installed(*folders: Path) -> tuple[Pack, ...]:
    """The packs in these folders, by name; what is no pack is passed over."""
    return tuple(pack for pack, _ in _found(folders))


def lesson_files(*folders: Path) -> dict[str, Path]:
    """The file of every lesson of the packs in these folders; of two packs of one name the first folder's counts."""
    return {lesson: home / f"{lesson}.md" for pack, home in _found(folders) for lesson in pack.lessons}


def _found(folders: tuple[Path, ...]) -> Iterator[tuple[Pack, Path]]:
    seen: set[str] = set()
    for folder in folders:
        for home in sorted(folder.iterdir()) if folder.is_dir() else ():
            if NAME.fullmatch(home.name) is None or home.name in seen or not (home / MANIFEST).is_file():
                continue
            try:
                pack = _read(home)
            except (BadPack, OSError):
                continue
            if pack.name == home.name:
                seen.add(pack.name)
                yield pack, home


def _read(home: Path) -> Pack:
    files = {path.name: path for path in home.iterdir() if path.suffix in LARGEST and path.is_file()}
    manifest = files.get(MANIFEST)
    if manifest is None or manifest.stat().st_size > LARGEST[".toml"]:
        raise BadPack(f"{home.name} has no {MANIFEST} that can be read.")
    return _described({name: manifest.read_bytes() if path == manifest else b"" for name, path in files.items()})


def _checked_entries(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Every entry, once its name, kind and sizes are right."""
    entries = archive.infolist()
    if len(entries) > MAX_FILES:
        raise BadPack(f"The pack holds {len(entries)} files; at most {MAX_FILES} are taken.")
    names: set[str] = set()
    for entry in entries:
        _check_entry(entry)
        if entry.filename.lower() in names:
            raise BadPack(f"The pack holds two files of the name {entry.filename}.")
        names.add(entry.filename.lower())
    total = sum(entry.file_size for entry in entries)
    if total > MAX_TOTAL:
        raise BadPack(f"The pack unpacks to {total / 1e6:.0f} MB; at most {MAX_TOTAL // 10**6} are taken.")
    return entries


def _check_entry(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    shown = name[:60]
    stem, dot, ending = name.rpartition(".")
    if PLACE.fullmatch(name) is None or name.split(".")[0].lower() in _DEVICES or name.endswith("."):
        raise BadPack(f"The pack may hold plain files in no folder; '{shown}' is not a name for one.")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if entry.is_dir() or kind not in (0, stat.S_IFREG):
        raise BadPack(f"The pack may hold plain files only; {shown} is a folder, a link or a device.")
    most = LARGEST.get(dot + ending)
    if not stem or most is None:
        raise BadPack(f"The pack holds {shown}; it may hold files that end in {', '.join(LARGEST)}.")
    if entry.flag_bits & 1:
        raise BadPack(f"{shown} is encrypted; a pack is read as it is.")
    if entry.file_size > most:
        raise BadPack(f"{shown} has {entry.file_size:,} bytes; at most {most:,} are taken.")
    if entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
        raise BadPack(f"{shown} unpacks to more than {MAX_RATIO} times its packed size, as no lesson does.")


def _contents(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """The file's bytes: never more than the entry says, and of the kind its name says. Raises BadPack."""
    with archive.open(entry) as file:
        data = file.read(entry.file_size + 1)
    ending = Path(entry.filename).suffix
    if len(data) != entry.file_size:
        raise BadPack(f"{entry.filename} is not as long as the pack says.")
    if not data.startswith(FIRST_BYTES.get(ending, b"")):
        raise BadPack(f"{entry.filename} is no {ending.removeprefix('.').upper()} picture.")
    if ending != ".png":
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            raise BadPack(f"{entry.filename} is not UTF-8 text.") from None
    return data


def _described(contents: dict[str, bytes]) -> Pack:
    """What ``pack.toml`` says, and the lessons beside it. Raises BadPack."""
    if MANIFEST not in contents:
        raise BadPack(f"The pack holds no {MANIFEST}: it names the pack with name, title and version.")
    try:
        said = tomllib.loads(contents[MANIFEST].decode("utf-8"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadPack(f"{MANIFEST} is not valid TOML: {error}.") from None
    values = {key: said.get(key) for key in ("name", "title", "version")}
    for key, value in values.items():
        if not isinstance(value, str) or not 0 < len(value) <= 80:
            raise BadPack(f"{MANIFEST} must give {key} as a text of 1 to 80 characters.")
    name = str(values["name"])
    if NAME.fullmatch(name) is None or name in _DEVICES:
        raise BadPack(f"The pack's name is '{name}'; it must be 2 to 31 small letters and digits, a letter first.")
    lessons = sorted(file.removesuffix(".md") for file in contents if file.endswith(".md"))
    for lesson in lessons:
        if re.fullmatch(re.escape(name) + r"\.[a-z0-9][a-z0-9-]*", lesson) is None:
            raise BadPack(f"{lesson}.md must be named {name}.something.md: lessons of a pack begin with its name.")
    if not lessons:
        raise BadPack("The pack holds no lesson.")
    return Pack(name, str(values["title"]), str(values["version"]), tuple(lessons))
