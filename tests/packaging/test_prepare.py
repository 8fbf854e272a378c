"""The set-up script: when it works, when it has nothing to do, and what it says when it cannot."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from courseai_lab.app import system

LIBRARY = system.Need(("libxcb-cursor.so.0",), "libxcb-cursor0")


@pytest.fixture
def prepare(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, with a `.venv` of its own that has a Python and no pip run behind it."""
    spec = importlib.util.spec_from_file_location("prepare_under_test", root / "packaging" / "prepare.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "STAMP", tmp_path / ".venv" / "courseai-lab.json")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    return module


@pytest.fixture
def installs(prepare: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What pip is asked to install, instead of installing it."""
    asked: list[str] = []
    monkeypatch.setattr(prepare, "pip", lambda command: asked.append(command[-1]))
    return asked


def test_packages_are_installed_when_something_changed_and_only_then(
    prepare: ModuleType, installs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare.install_packages(set())
    prepare.install_packages(set())
    assert installs == ["."]
    prepare.install_packages({"test", "dev"})
    prepare.install_packages({"test"})
    prepare.install_packages(set())
    assert installs == [".", ".[dev,test]"]
    monkeypatch.setattr(prepare, "digest", lambda: "another")
    prepare.install_packages({"bench"})
    assert installs[2:] == [".[bench,dev,test]"], "what was installed before stays"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"digest": 1}', '{"digest": null, "extras": 3}'])
def test_a_damaged_stamp_counts_for_nothing(prepare: ModuleType, installs: list[str], text: str) -> None:
    prepare.STAMP.write_text(text)
    prepare.install_packages(set())
    assert installs == ["."]
    assert json.loads(prepare.STAMP.read_text())["extras"] == []


def test_the_environment_is_made_anew_when_it_was_moved_or_broken(
    prepare: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        made.append(command)
        return subprocess.CompletedProcess(command, 0, "", "")

    prepare.STAMP.write_text(json.dumps({"venv": str(prepare.VENV), "digest": "", "extras": []}))
    monkeypatch.setattr(prepare.subprocess, "run", run)
    prepare.make_venv()
    assert made == []
    prepare.STAMP.write_text(json.dumps({"venv": "/elsewhere/.venv", "digest": "", "extras": []}))
    prepare.make_venv()
    assert made == [[sys.executable, "-m", "venv", "--clear", str(prepare.VENV)]]
    prepare.STAMP.unlink()
    prepare.venv_python().unlink()
    prepare.make_venv()
    assert len(made) == 2


def test_the_digest_follows_what_is_installed(root: Path, prepare: ModuleType, tmp_path: Path) -> None:
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_text((root / name).read_text(encoding="utf-8"), encoding="utf-8")
    prepare.ROOT = tmp_path
    project = tmp_path / "pyproject.toml"
    first = prepare.digest()
    project.write_text(project.read_text().replace("line-length = ", "line-length = 1"))
    assert prepare.digest() == first, "a linter's setting installs nothing"
    project.write_text(project.read_text().replace('"numpy>=', '"numpy>=0'))
    assert prepare.digest() != first


@pytest.mark.parametrize(("version", "good"), [((3, 10), False), ((3, 11), True), ((3, 13), True), ((3, 14), False)])
def test_python_versions(prepare: ModuleType, version: tuple[int, int], good: bool) -> None:
    if good:
        prepare.check_python(version)
    else:
        with pytest.raises(prepare.Failed, match=r"needs Python 3\.11, 3\.12 or 3\.13"):
            prepare.check_python(version)


def test_elsewhere_than_on_debian_libraries_are_named(
    prepare: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(system, "missing_libraries", lambda: [LIBRARY])
    monkeypatch.setattr(system, "is_debian", lambda: False)
    prepare.install_system(set())
    assert capsys.readouterr().err == ("Missing libxcb-cursor.so.0: install them with your system's package manager.\n")


def test_on_debian_what_is_missing_is_installed_and_a_failure_says_what(
    prepare: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(system, "missing_libraries", lambda: [LIBRARY])
    monkeypatch.setattr(system, "missing_programs", lambda: list(system.PROGRAMS_FOR_TESTS))
    monkeypatch.setattr(system, "is_debian", lambda: True)
    monkeypatch.setattr(prepare, "apt_get", lambda packages: asked.append(packages) or True)
    prepare.install_system({"test"})
    assert asked == [["libxcb-cursor0", "xvfb"]]
    monkeypatch.setattr(prepare, "apt_get", lambda packages: False)
    with pytest.raises(prepare.Failed, match=r"sudo apt-get install libxcb-cursor0$"):
        prepare.install_system(set())
    assert capsys.readouterr().out.endswith("Installing system packages: libxcb-cursor0\n")


@pytest.mark.parametrize(
    ("line", "step"),
    [
        ("Collecting torch<2.14,>=2.10 (from courseai-lab==0.1.0)\n", "collecting torch<2.14,>=2.10"),
        (
            "  Downloading https://host/torch-2.13.0-cp311.whl (190.2 MB)\n",
            "downloading torch-2.13.0-cp311.whl (190.2 MB)",
        ),
        (
            "  Downloading torch-2.13.0-cp311.whl.metadata (31 kB)\n",
            "downloading torch-2.13.0-cp311.whl.metadata (31 kB)",
        ),
        ("Installing collected packages: torch\n", "installing"),
        ("Requirement already satisfied: torch\n", ""),
    ],
)
def test_progress(prepare: ModuleType, line: str, step: str) -> None:
    assert prepare.progress_of(line) == step


def test_a_failing_pip_shows_its_last_lines(prepare: ModuleType) -> None:
    code = "import sys; print('ERROR: no such version'); sys.exit(3)"
    with pytest.raises(prepare.Failed, match="ERROR: no such version\npip could not install"):
        prepare.pip([sys.executable, "-c", code])


def test_the_shell_script_refuses_a_python_that_does_not_fit(root: Path) -> None:
    answer = subprocess.run(
        ["sh", "packaging/setup.sh"],
        cwd=root,
        env={"PATH": "/usr/bin:/bin", "PYTHON": "/no/python"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 1
    assert answer.stderr == "PYTHON=/no/python is not a Python 3.11, 3.12 or 3.13.\n"


def test_constraints_pin_all_that_is_asked_for_and_name_no_host(root: Path) -> None:
    import tomllib

    lines = (root / "constraints.txt").read_text().splitlines()
    pins = {line.partition("==")[0].lower().replace("_", "-") for line in lines if not line.startswith("#")}
    assert all("==" in line and "/" not in line and "--" not in line for line in lines if not line.startswith("#"))
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    asked = project["dependencies"] + [r for extra in project["optional-dependencies"].values() for r in extra]
    names = {r.split(";")[0].split(">")[0].split("<")[0].split("=")[0].strip().lower() for r in asked}
    assert names - pins == set()
