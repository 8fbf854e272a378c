"""What whoever looks after a room's computers has decided: a policy file for the machine. The standard library only.

``{"settings_folder": "/srv/lab/$USER", "models_folder": "/srv/lab/models", "packs_folder": "/srv/lab/packs"}``: any of
these, as absolute paths in which ``~`` and environment variables are read. An environment variable that is set already
counts more than the file.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, MutableMapping
from pathlib import Path

from courseai_lab.paths import HOME_VARIABLE, MODELS_VARIABLE, PACKS_VARIABLE

POLICY_VARIABLE = "COURSEAI_LAB_POLICY"
VARIABLES = {
    "settings_folder": HOME_VARIABLE,
    "models_folder": MODELS_VARIABLE,
    "packs_folder": PACKS_VARIABLE,
}
MAX_BYTES = 20_000


def policy_file(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """Where the policy of this machine would be; it need not exist."""
    named = environ.get(POLICY_VARIABLE)
    if named:
        return Path(named)
    if platform == "win32":
        return Path(environ.get("PROGRAMDATA", r"C:\ProgramData")) / "CourseAI Lab" / "policy.json"
    if platform == "darwin":
        return Path("/Library/Application Support/CourseAI Lab/policy.json")
    return Path("/etc/courseai-lab/policy.json")


def apply_policy(environ: MutableMapping[str, str] = os.environ, platform: str = sys.platform) -> str:
    """Set what the policy decides; what is wrong with the file, in one sentence, or an empty text.

    A policy that cannot be read decides nothing: the lab opens all the same.
    """
    path = policy_file(environ, platform)
    try:
        if path.stat().st_size > MAX_BYTES:
            return f"The policy file {path} was left out: it has more than {MAX_BYTES:,} bytes."
        said = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return f"There is no policy file {path}." if environ.get(POLICY_VARIABLE) else ""
    except (OSError, ValueError, RecursionError) as error:
        return f"The policy file {path} was left out: {error}."
    if not isinstance(said, dict):
        return f"The policy file {path} was left out: it must be a JSON object."
    wrong = ""
    for key, value in said.items():
        folder = os.path.expanduser(os.path.expandvars(value)) if isinstance(value, str) else ""
        if key not in VARIABLES or not os.path.isabs(folder):
            known = ", ".join(VARIABLES)
            wrong = f"In the policy file {path}, '{str(key)[:40]}' was left out: {known} take an absolute path each."
        else:
            environ.setdefault(VARIABLES[key], folder)
    return wrong
