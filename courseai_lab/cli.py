"""The command `courseai-lab`: the window, and everything that needs none.

Nothing heavy is imported before a command needs it: `courseai-lab panels` loads neither torch nor Qt.
"""

from __future__ import annotations

import argparse
import difflib
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from courseai_lab.app.arguments import command_parser, window_parser
from courseai_lab.contract import BadValue, LabError, Panel, discover, find

if TYPE_CHECKING:
    from courseai_lab.contract import FieldSpec, State

Panels = tuple[Panel, ...]


class RunFailed(Exception):
    """A panel's own mathematics failed; one sentence."""


def main(argv: Sequence[str] | None = None, panels: Panels | None = None) -> int:
    """Run a command line; returns 0, 1 when something failed, 2 when something was asked for that cannot be.

    `panels` are those there are, found by folder when left out.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    _obey_policy()
    try:
        if words and words[0] in COMMANDS:
            given = command_parser(_about_commands()).parse_args(words)
            code = COMMANDS[words[0]](given, discover() if panels is None else panels)
            print(end="", flush=True)
            return code
        return open_window(words, panels)
    except LabError as error:
        return _complain(str(error), 2)
    except BrokenPipeError:
        # Whoever read our output has enough of it (`courseai-lab params x | head`); nothing more can be said there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return _complain(f"{error.filename or 'file'}: {error.strerror or error}", 2)
    except RunFailed as error:
        return _complain(str(error), 1)
    except KeyboardInterrupt:
        return _complain("Stopped.", 130)


def _obey_policy() -> None:
    """What the policy of this machine decides, before any folder is used."""
    from courseai_lab.app.policy import apply_policy

    wrong = apply_policy()
    if wrong and sys.stderr is not None:
        print(f"courseai-lab: {wrong}", file=sys.stderr)


def _complain(sentence: str, code: int) -> int:
    print(f"courseai-lab: {sentence}", file=sys.stderr)
    return code


def open_window(words: list[str], panels: Panels | None = None) -> int:
    """Open the lab on what the command line names."""
    given = window_parser(_about_commands()).parse_args(words)
    if given.panel is None and (given.set or given.seed or given.preset or given.steer or given.frame is not None):
        raise BadValue("--set, --seed, --preset, --steer and --frame change a panel: name it with --panel ID.")
    if given.panel is not None and given.target is not None:
        raise BadValue("Open either a file or link, or a panel with --panel, not both at once.")
    if given.target is not None and "://" not in given.target and not Path(given.target).exists():
        raise BadValue(_no_such_target(given.target))
    if given.smoke:
        from courseai_lab.app import smoke

        return smoke.main(panels)
    _set_defaults()
    from courseai_lab.app import system

    if given.target is not None and "://" in given.target:
        from courseai_lab.contract.link import unpack

        unpack(given.target)
    state = None
    if given.panel is not None:
        state = _state(find(given.panel, panels), given).to_json()
    if not system.has_display():
        return _complain(system.NO_DISPLAY, 1)
    from courseai_lab.app import bootstrap

    timed = {"clock": True} if given.time_start else {}
    return bootstrap.main(target=given.target, state=state, safe=given.safe_mode, **timed)


def _no_such_target(word: str) -> str:
    near = difflib.get_close_matches(word, COMMANDS, n=1)
    if near:
        return f"There is no command and no file '{word}'; did you mean {near[0]}?"
    return f"There is no file '{word}'; the commands are {', '.join(COMMANDS)}."


def list_panels(given: argparse.Namespace, panels: Panels) -> int:
    """list the panels there are"""
    if given.json:
        keys = ("id", "title", "summary", "series", "lessons", "keywords", "timeline")
        _print_json([{key: getattr(panel, key) for key in keys} for panel in panels])
        return 0
    width = max((len(panel.id) for panel in panels), default=0)
    for panel in panels:
        lessons = f" Lessons {', '.join(panel.lessons)}." if panel.lessons else ""
        print(f"{panel.id:<{width}}  {panel.title}: {panel.summary}{lessons}")
    return 0


def list_params(given: argparse.Namespace, panels: Panels) -> int:
    """list a panel's settings, their ranges and defaults"""
    from courseai_lab.app.settings_schema import schema
    from courseai_lab.contract import fields

    panel = find(given.panel, panels)
    if given.json:
        _print_json(schema(panel))
        return 0
    compute = panel.compute()
    print(f"{panel.title}: {panel.summary}")
    for heading, model in (("parameters", compute.Params), ("display", compute.Look)):
        specs = fields(model)
        if specs:
            print(f"\n{heading}")
            width = max(len(spec.name) for spec in specs)
            for spec in specs:
                print(f"  {spec.name:<{width}}  {_about(spec)}")
    presets = panel.presets()
    if presets:
        print("\npresets")
        width = max(len(preset.id) for preset in presets)
        for preset in presets:
            print(f"  {preset.id:<{width}}  {preset.title}: {preset.note}")
    return 0


def _about(spec: FieldSpec) -> str:
    from courseai_lab.app.settings_schema import written

    text = f"{spec.allowed()}; default {written(spec.default)}"
    return f"{text}. {spec.ui.help}" if spec.ui.help else text


def render(given: argparse.Namespace, panels: Panels) -> int:
    """draw a panel into a PNG, SVG or PDF, or its run as a GIF, WebP, APNG or MP4"""
    _set_defaults()
    from courseai_lab.app import animation, figures
    from courseai_lab.app.headless import checked_target
    from courseai_lab.contract import run_frames, run_to_frame
    from courseai_lab.ui.theme_tokens import load_theme

    path: Path = checked_target(given.output, {**figures.ENDINGS, **animation.ENDINGS})
    animated = path.suffix.lower() in animation.ENDINGS
    if animated:
        animation.check(path)
    panel = find(given.panel, panels)
    scale = given.scale if given.scale is not None else 1.0 if animated else 2.0
    width, height = given.size or (960, 640)
    figure = figures.Figure(
        load_theme(given.theme), width, height, scale, given.size is None, given.title, given.caption
    )
    state = _state(panel, given)
    device = _device(given.device)
    figures.offscreen_application(scale)
    if animated:
        last = state.frame if given.frame is None else given.frame
        frames = _until(run_frames(panel, state, device, _progress()), last)
        shots = (figures.Shot(panel, state, frame, index) for index, frame in enumerate(frames))
        with _running(panel):
            drawn, total, figure = animation.save_animation(shots, figure, path, _progress())
        what = f"{total} frames" if drawn == total else f"{drawn} of {total} frames, evenly chosen"
    else:
        with _running(panel):
            frame, index = run_to_frame(panel, state, given.frame, device, _progress())
            figure = figures.save_figure(figures.Shot(panel, state, frame, index), figure, path)
        what = f"frame {index}"
    drawn_in_pixels = animated or path.suffix.lower() == ".png"
    across, down = figure.pixels if drawn_in_pixels else (figure.width, figure.height)
    print(f"{path}: {panel.title}, {what}, {across} × {down} px")
    if given.warm:
        from courseai_lab.app.headless import warm

        warm(panel, device)
    return 0


def export(given: argparse.Namespace, panels: Panels) -> int:
    """write a frame's arrays, with their axes, as NPZ, CSV or JSON"""
    _set_defaults()
    from courseai_lab.app import data_export
    from courseai_lab.app.headless import checked_target
    from courseai_lab.contract import arrays, run_to_frame

    checked_target(given.output, data_export.ENDINGS)
    panel = find(given.panel, panels)
    state = _state(panel, given)
    device = _device(given.device)
    with _running(panel):
        frame, index = run_to_frame(panel, state, given.frame, device, _progress())
    data_export.save_frame(frame, state, index, given.output)
    shapes = ", ".join(f"{name} ({' × '.join(map(str, a.shape))})" for name, (a, _) in arrays(frame).items())
    print(f"{given.output}: {panel.title}, frame {index}: {shapes}")
    return 0


def code(given: argparse.Namespace, panels: Panels) -> int:
    """write a panel's mathematics as a Python program with these parameters"""
    _set_defaults()
    from courseai_lab.app.code_export import panel_script, save_code

    panel = find(given.panel, panels)
    state = _state(panel, given)
    if given.output is None:
        print(panel_script(panel, state), end="")
        return 0
    save_code(panel, state, given.output)
    print(f"{given.output}: {panel.title}, {len(given.output.read_text(encoding='utf-8').splitlines())} lines")
    return 0


def notebook(given: argparse.Namespace, panels: Panels) -> int:
    """write a Jupyter notebook that computes what a panel shows, and compares"""
    _set_defaults()
    from courseai_lab.app.notebook import save_notebook

    panel = find(given.panel, panels)
    state = _state(panel, given)
    with _running(panel):
        cells = save_notebook(panel, state, given.output, _progress())
    print(f"{given.output}: {panel.title}, {cells} cells")
    return 0


def doctor(given: argparse.Namespace, panels: Panels) -> int:
    """say what the lab stands on here, and how to get what is missing"""
    _set_defaults()
    from courseai_lab.app import doctor

    if given.probe_opengl:
        _print_json(doctor.probe_opengl())
        return 0
    findings = doctor.examine()
    if given.json:
        _print_json(doctor.as_json(findings))
    else:
        print(doctor.report(findings))
    return int(any(finding.advice for finding in findings))


def bench(given: argparse.Namespace, panels: Panels) -> int:
    """measure how fast the panels' mathematics is on a device"""
    _set_defaults()
    from courseai_lab.app import panel_bench

    device = panel_bench.checked_device(given.device)
    chosen = panels if given.panel is None else (find(given.panel, panels),)
    timings = list(panel_bench.measure(chosen, device))
    print(panel_bench.table(timings))
    if given.json is not None:
        given.json.write_text(json.dumps(panel_bench.as_json(timings), indent=1) + "\n", encoding="utf-8")
    return int(any(timing.error for timing in timings))


def lessons(given: argparse.Namespace, panels: Panels) -> int:
    """list the course: lessons, scenes, what is done of all; or check that they keep their word"""
    from courseai_lab.app.course import listing

    if given.install is not None or given.remove is not None:
        return _change_packs(given)
    course = listing.shipped()
    if given.check:
        _set_defaults()

        def quiet(_line: str) -> None:
            """The report is JSON."""

        wrong, reports = listing.check(course, panels, given.lesson, quiet if given.json else print)
        if given.json:
            _print_json({"wrong": wrong, "lessons": reports})
        return int(wrong > 0)
    if given.json:
        _print_json(listing.listed(course, panels))
    else:
        print("\n".join(listing.lines(course, panels)).strip())
    return 0


def _change_packs(given: argparse.Namespace) -> int:
    from courseai_lab.app import course_pack
    from courseai_lab.paths import packs_dirs

    folder = packs_dirs()[0]
    if given.remove is not None:
        course_pack.remove(given.remove, folder)
        print(f"The course pack {given.remove} is gone.")
    if given.install is not None:
        pack = course_pack.install(given.install, folder)
        print(f"{pack.title} {pack.version}: {len(pack.lessons)} lessons ({', '.join(pack.lessons)})")
    return 0


def handout(given: argparse.Namespace, panels: Panels) -> int:
    """write a lesson as pages to hand out: text, figures of every scene, questions, answers"""
    _set_defaults()
    from courseai_lab.app.course import handout, listing

    course = listing.shipped()
    lesson = listing.find_lesson(course, given.lesson)
    pictures = handout.save_handout(lesson, course, panels, given.output, _progress())
    print(f"{given.output}: {lesson.id} {lesson.title}, {pictures} figures")
    return 0


COMMANDS: dict[str, Callable[[argparse.Namespace, Panels], int]] = {
    "panels": list_panels,
    "params": list_params,
    "render": render,
    "export": export,
    "code": code,
    "notebook": notebook,
    "lessons": lessons,
    "handout": handout,
    "doctor": doctor,
    "bench": bench,
}


def _set_defaults() -> None:
    """What has to be set before anything heavy is imported."""
    from courseai_lab.app.system import set_defaults

    set_defaults()


def _about_commands() -> dict[str, str]:
    return {name: (call.__doc__ or "").splitlines()[0] for name, call in COMMANDS.items()}


def _state(panel: Panel, given: argparse.Namespace) -> State:
    from courseai_lab.app.text_form import given_state

    return given_state(panel, given)


def _device(name: str) -> str:
    if name == "cpu":
        return name
    from courseai_lab.app.panel_bench import checked_device

    return checked_device(name)


@contextmanager
def _running(panel: Panel) -> Iterator[None]:
    """What a kernel raises becomes one sentence; where it happened is in the report of the window's error card."""
    try:
        yield
    except (LabError, OSError):
        raise
    except Exception as error:
        sentence = str(error).strip().partition("\n")[0]
        raise RunFailed(f"The panel {panel.id} failed: {type(error).__name__}: {sentence}") from error


def _until(frames: Iterator[Any], last: int | None) -> Iterator[Any]:
    for index, frame in enumerate(frames):
        yield frame
        if index == last:
            return


def _progress() -> Callable[[float | None, str], None]:
    """Says on a terminal how far a run is; says nothing into a file or pipe."""
    if sys.stderr is None or not sys.stderr.isatty():
        return lambda _done, _note: None
    shown = -1

    def report(done: float | None, note: str) -> None:
        nonlocal shown
        percent = -1 if done is None else int(100 * done)
        if percent != shown:
            shown = percent
            print(f"\r\x1b[K{percent} % {note}" if percent < 100 else "\r\x1b[K", end="", file=sys.stderr, flush=True)

    return report


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))
