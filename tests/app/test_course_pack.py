"""Course packs: good ones are kept whole, hostile ones are refused before anything is on the disk."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from courseai_lab import cli
from courseai_lab.app import course_pack
from courseai_lab.app.course import listing
from courseai_lab.app.course_pack import BadPack, Pack
from courseai_lab.app.policy import POLICY_VARIABLE, apply_policy, policy_file

MANIFEST = 'name = "linz"\ntitle = "Evenings in Linz"\nversion = "1.0"\n'
LESSON = """+++
id = "linz.first"
title = "A first evening"
panel = "line-fit"
objectives = ["See a line."]
sources = ["Our own."]

[[scenes]]
id = "start"
title = "A line"
+++

Drag the line.
"""
GOOD: dict[str, str | bytes] = {"pack.toml": MANIFEST, "linz.first.md": LESSON}
PNG = b"\x89PNG\r\n\x1a\n"


def packed(path: Path, files: dict[str, str | bytes], change: Callable[[zipfile.ZipInfo], None] | None = None) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name)
            entry.filename = name  # ZipInfo tidies up what it is given; whoever means harm does not
            entry.compress_type = zipfile.ZIP_DEFLATED
            if change is not None:
                change(entry)
            archive.writestr(entry, data)
    return path


def test_a_pack_is_kept_listed_replaced_and_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COURSEAI_LAB_HOME", str(tmp_path / "höme"))
    file = packed(
        tmp_path / "p.zip",
        {**GOOD, "linz.extra.md": LESSON.replace("linz.first", "linz.extra"), "picture.png": PNG + b"..."},
    )
    assert course_pack.inspect(file) == Pack("linz", "Evenings in Linz", "1.0", ("linz.extra", "linz.first"))
    assert cli.main(["lessons", "--install", str(file)]) == 0
    assert "2 lessons (linz.extra, linz.first)" in capsys.readouterr().out
    course = listing.shipped()
    assert course.lesson("linz.first").title == "A first evening" and "linz.first" in course.written()
    assert "1.1.3a" in course.written()
    assert cli.main(["lessons"]) == 0
    assert "linz.first" in capsys.readouterr().out
    newer = packed(tmp_path / "q.zip", {**GOOD, "pack.toml": MANIFEST.replace("1.0", "2.0")})
    home = tmp_path / "höme" / "data" / "packs"
    assert course_pack.install(newer, home).version == "2.0"
    broken = packed(tmp_path / "r.zip", {**GOOD, "linz.extra.md": "no lesson"})
    assert cli.main(["lessons", "--install", str(broken)]) == 2
    assert "linz.extra.md" in capsys.readouterr().err
    assert [path.name for path in home.iterdir()] == ["linz"]
    assert sorted(path.name for path in (home / "linz").iterdir()) == ["linz.first.md", "pack.toml"]
    assert course_pack.installed(home, tmp_path / "nowhere") == (
        Pack("linz", "Evenings in Linz", "2.0", ("linz.first",)),
    )
    assert cli.main(["lessons", "--remove", "linz"]) == 0 and not (home / "linz").exists()
    assert cli.main(["lessons", "--remove", "../linz"]) == 2
    assert "no course pack" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"../linz.md": "x"}, "plain files in no folder"),
        ({"/etc/passwd": "x"}, "plain files in no folder"),
        ({"..\\linz.md": "x"}, "plain files in no folder"),
        ({"C:evil.md": "x"}, "plain files in no folder"),
        ({"sub/linz.b.md": "x"}, "plain files in no folder"),
        ({"con.md": "x"}, "plain files in no folder"),
        ({".hidden.md": "x"}, "plain files in no folder"),
        ({"linz\x1b[2J.md": "x"}, "plain files in no folder"),
        ({"evil.py": "x"}, "files that end in .md, .toml, .png"),
        ({"noending": "x"}, "files that end in"),
        ({"linz.big.md": "ab" * 150_000}, "at most 200,000 are taken"),
        ({"zeros.png": PNG + bytes(4_000_000)}, "more than 200 times"),
        ({"fake.png": "<script>"}, "is no PNG picture"),
        ({"linz.bin.md": b"\xff\xfe\x00"}, "is not UTF-8"),
        ({"LINZ.FIRST.md": "x"}, "two files of the name"),
        ({"1.1.3a.md": "x"}, "lessons of a pack begin with its name"),
        ({"other.first.md": "x"}, "lessons of a pack begin with its name"),
        ({"pack.toml": "name = "}, "not valid TOML"),
        ({"pack.toml": MANIFEST.replace("linz", "../up")}, "small letters and digits"),
        ({"pack.toml": MANIFEST.replace("linz", "nul")}, "small letters and digits"),
        ({"pack.toml": 'name = "linz"\ntitle = 3\nversion = "1"'}, "must give title"),
        ({f"linz.n{n}.md": "x" for n in range(500)}, "at most 500"),
    ],
)
def test_a_hostile_pack_is_refused_and_leaves_nothing(tmp_path: Path, files: dict[str, str], sentence: str) -> None:
    file, home = packed(tmp_path / "p.zip", {**GOOD, **files}), tmp_path / "packs"
    with pytest.raises(BadPack, match=sentence):
        course_pack.install(file, home)
    assert not home.exists() and sorted(p.name for p in tmp_path.iterdir()) == ["p.zip"]


def test_links_devices_encryption_and_false_sizes_are_refused(tmp_path: Path) -> None:
    def link(entry: zipfile.ZipInfo) -> None:
        entry.external_attr = 0o120777 << 16

    with pytest.raises(BadPack, match="a folder, a link or a device"):
        course_pack.inspect(packed(tmp_path / "link.zip", GOOD, link))
    file = packed(tmp_path / "plain.zip", GOOD)
    good = file.read_bytes()
    directory = good.index(b"PK\x01\x02")
    locked = bytearray(good)
    locked[directory + 8] |= 1
    short = bytearray(good)
    struct.pack_into("<I", short, directory + 24, 3)  # the size it will have, understated
    for data, sentence in (
        (locked, "encrypted"),
        (short, "not as long|no sound zip"),
        (good[: len(good) // 2], "no sound zip"),
        (b"PK", "no sound zip"),
        (good.replace(LESSON.encode()[:0] + b"PK\x01\x02", b"PK\x09\x09"), "no sound zip"),
    ):
        file.write_bytes(data)
        with pytest.raises(BadPack, match=sentence):
            course_pack.inspect(file)
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    file.write_bytes(empty.getvalue())
    with pytest.raises(BadPack, match=r"no pack\.toml"):
        course_pack.inspect(file)


def test_what_the_policy_of_a_machine_decides(tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    environ = {POLICY_VARIABLE: str(file), "COURSEAI_LAB_PACKS": "/own/packs"}
    assert "no policy file" in apply_policy(dict(environ))
    file.write_text(json.dumps({"settings_folder": str(tmp_path / "s"), "packs_folder": "/room/packs"}))
    assert apply_policy(environ) == ""
    assert environ["COURSEAI_LAB_HOME"] == str(tmp_path / "s") and environ["COURSEAI_LAB_PACKS"] == "/own/packs"
    for text, sentence in (
        ("{", "left out"),
        ("[]", "must be a JSON object"),
        ('{"models_folder": "not/absolute"}', "take an absolute path"),
        ('{"color": "red"}', "'color' was left out"),
        (" " * 30_000, "20,000 bytes"),
    ):
        file.write_text(text)
        fresh = {POLICY_VARIABLE: str(file)}
        assert sentence in apply_policy(fresh)
        assert set(fresh) == {POLICY_VARIABLE}
    assert policy_file({}, "linux").as_posix() == "/etc/courseai-lab/policy.json"
    assert policy_file({"PROGRAMDATA": r"D:\Data"}, "win32").name == "policy.json"
    assert apply_policy({}, "darwin") == ""
