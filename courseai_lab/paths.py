"""Where the app's own files are, and where it may keep the user's."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

APP_NAME = "courseai-lab"
HOME_VARIABLE = "COURSEAI_LAB_HOME"
MODELS_VARIABLE = "COURSEAI_LAB_MODELS"
PACKS_VARIABLE = "COURSEAI_LAB_PACKS"

_PACKAGE = Path(__file__).resolve().parent
_MARK = Path("themes", "tokens.json")


def resources_root(package: Path = _PACKAGE) -> Path:
    """The folder that holds everything the app ships besides code.

    A wheel and a frozen app carry it inside the package, a checkout (and a frozen app that keeps the
    checkout's shape) beside it. The theme tokens mark it, so that an unrelated folder named
    ``resources`` next to an installed package is never taken for ours.

    Raises ``FileNotFoundError`` when neither place has it.
    """
    for folder in (package / "resources", package.parent / "resources"):
        if (folder / _MARK).is_file():
            return folder
    raise FileNotFoundError(
        f"The app's resources are missing: no {_MARK.as_posix()} under {package / 'resources'} "
        f"or {package.parent / 'resources'}. Installing the app again puts them back."
    )


def resource(*parts: str) -> Path:
    """Path of a shipped file or folder, e.g. ``resource("icons", "play.svg")``; it need not exist.

    Raises ``ValueError`` for a part that leads out of the resources, ``FileNotFoundError`` when the
    resources themselves are missing.
    """
    root = resources_root()
    path = root.joinpath(*parts)
    if ".." in path.parts or not path.is_relative_to(root):
        raise ValueError(f"A resource is named by parts below the resources folder, not {'/'.join(parts)!r}.")
    if parts and parts[0] == "models":
        return models_dir(root / "models").joinpath(*parts[1:])
    return path


def models_dir(shipped: Path) -> Path:
    """The folder of networks ``COURSEAI_LAB_MODELS`` names, if it has all that ``shipped`` has; else ``shipped``."""
    named = os.environ.get(MODELS_VARIABLE)
    if not named:
        return shipped
    folder = Path(named).expanduser()
    return folder if all((folder / name.name).is_dir() for name in shipped.iterdir() if name.is_dir()) else shipped


def packs_dirs() -> tuple[Path, ...]:
    """Where course packs are: the user's folder, then the machine's (``COURSEAI_LAB_PACKS``); neither need exist."""
    named = os.environ.get(PACKS_VARIABLE)
    return (data_dir() / "packs", *((Path(named).expanduser(),) if named else ()))


def config_dir() -> Path:
    """The user's settings and layouts; made if missing."""
    return _user_dir("config", platformdirs.user_config_dir(APP_NAME, appauthor=False))


def cache_dir() -> Path:
    """What may be deleted at any time (compiled kernels, thumbnails); made if missing."""
    return _user_dir("cache", platformdirs.user_cache_dir(APP_NAME, appauthor=False))


def data_dir() -> Path:
    """What the user made (lab files, recovery, progress in the course); made if missing."""
    return _user_dir("data", platformdirs.user_data_dir(APP_NAME, appauthor=False))


def log_dir() -> Path:
    """The log and what a crash leaves behind; made if missing."""
    return _user_dir("log", platformdirs.user_log_dir(APP_NAME, appauthor=False))


def _user_dir(kind: str, standard: str) -> Path:
    """``standard``, or a folder below the one named by ``COURSEAI_LAB_HOME`` (portable use, tests)."""
    home = os.environ.get(HOME_VARIABLE)
    folder = Path(home).expanduser() / kind if home else Path(standard)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
