"""Draws every panel and each of its presets in every theme: `python packaging/figures.py build/figures`.

Beside the pictures lies index.html, which shows all of them for looking at.
"""

from __future__ import annotations

import argparse
import html
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from courseai_lab.app import figures, system
from courseai_lab.contract import Panel, State, default_state, discover, run_to_frame
from courseai_lab.contract.state import state_from_json
from courseai_lab.ui.theme_tokens import THEME_NAMES, load_theme

SIZES = {"dark": (960, 640), "light": (960, 640), "projector": (1280, 800)}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--panel", help="this panel only")
    given = parser.parse_args()
    system.set_defaults()
    figures.offscreen_application()
    given.folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for panel in discover():
        if given.panel in (None, panel.id):
            for name, state in states(panel).items():
                rows.append((f"{panel.title}: {name}", draw(panel, name, state, given.folder)))
    (given.folder / "index.html").write_text(page(rows), encoding="utf-8")
    print(f"{sum(len(files) for _, files in rows)} figures; all on one page: {given.folder / 'index.html'}")
    return 0


def states(panel: Panel) -> dict[str, State]:
    """The state the panel opens with, and its presets."""
    presets = {preset.id: state_from_json(panel, preset.state) for preset in panel.presets()}
    return {"default": default_state(panel), **presets}


def draw(panel: Panel, name: str, state: State, folder: Path) -> list[str]:
    """One state in every theme, computed once; returns the files' names."""
    frame, index = run_to_frame(panel, state)
    shot = figures.Shot(panel, state, frame, index)
    files = []
    for theme in THEME_NAMES:
        width, height = SIZES[theme]
        file = f"{panel.id}-{name}-{theme}.png"
        figures.save_figure(shot, figures.Figure(load_theme(theme), width, height, 1.0, grow=True), folder / file)
        print(folder / file, flush=True)
        files.append(file)
    return files


def page(rows: list[tuple[str, list[str]]]) -> str:
    """All pictures, a row per state."""
    parts = ["<!doctype html><meta charset=utf-8><title>Figures</title>"]
    parts.append("<style>body{font:14px sans-serif;margin:2em} img{width:32%;border:1px solid #ccc}</style>")
    for title, files in rows:
        images = " ".join(f'<a href="{html.escape(f)}"><img src="{html.escape(f)}" alt=""></a>' for f in files)
        parts.append(f"<h2>{html.escape(title)}</h2>{images}")
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    raise SystemExit(main())
