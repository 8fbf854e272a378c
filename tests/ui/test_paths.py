"""Resources are found in a checkout, a wheel and a frozen app alike; user folders are made where asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from courseai_lab import paths


def _resources(folder: Path) -> Path:
    (folder / "resources" / "themes").mkdir(parents=True)
    (folder / "resources" / "themes" / "tokens.json").write_text("{}")
    return folder / "resources"


def test_checkout_has_them_beside_the_package() -> None:
    assert paths.resource("themes", "tokens.json").is_file()
    assert paths.resource("icons").is_dir()


def test_wheel_has_them_inside_the_package(tmp_path: Path) -> None:
    package = tmp_path / "courseai_lab"
    inside = _resources(package)
    _resources(tmp_path)
    assert paths.resources_root(package) == inside


def test_frozen_app_may_keep_the_shape_of_the_checkout(tmp_path: Path) -> None:
    beside = _resources(tmp_path)
    assert paths.resources_root(tmp_path / "courseai_lab") == beside


def test_somebody_elses_resources_are_not_taken(tmp_path: Path) -> None:
    (tmp_path / "resources").mkdir()
    with pytest.raises(FileNotFoundError, match="Installing the app again"):
        paths.resources_root(tmp_path / "courseai_lab")


@pytest.mark.parametrize("parts", [("..", "pyproject.toml"), ("icons", "..", "..", "x"), ("/etc/passwd",)])
def test_no_way_out_of_the_resources(parts: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="below the resources folder"):
        paths.resource(*parts)


def test_user_folders_follow_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(paths.HOME_VARIABLE, str(tmp_path / "home"))
    folders = [paths.config_dir(), paths.cache_dir(), paths.data_dir()]
    assert folders == [tmp_path / "home" / name for name in ("config", "cache", "data")]
    assert all(folder.is_dir() for folder in folders)


def test_user_folders_follow_the_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(paths.HOME_VARIABLE, raising=False)
    made = tmp_path / "standard"
    monkeypatch.setattr(paths.platformdirs, "user_config_dir", lambda *_args, **_kw: str(made))
    assert paths.config_dir() == made and made.is_dir()
