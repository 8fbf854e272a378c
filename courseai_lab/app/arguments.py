"""What the command line takes: parsers that refuse in one sentence. The standard library only."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from courseai_lab import __version__
from courseai_lab.contract import BadValue

THEMES = ("light", "dark", "projector")
STREAMS = ("data", "init", "sample")


class Parser(argparse.ArgumentParser):
    """Complains in one sentence, without the usage lines above it."""

    def error(self, message: str) -> NoReturn:
        raise BadValue(message.removeprefix("argument "))


def window_parser(about: Mapping[str, str]) -> Parser:
    """What comes instead of a command: what the window is to open. `about`: each command and what it does."""
    commands = "\n".join(f"  {name:<8} {line}" for name, line in about.items())
    parser = Parser(
        prog="courseai-lab",
        description="Opens the lab: live panels that show how deep learning works.",
        epilog=f"commands that open no window (courseai-lab COMMAND --help):\n{commands}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "target", nargs="?", metavar="FILE|LINK", help="a lab file, a figure drawn by the lab, or a link"
    )
    parser.add_argument("--panel", metavar="ID", help="open this panel")
    _add_settings(parser)
    parser.add_argument("--frame", type=_frame_or_newest, metavar="K", help="the frame, counted from 0, or newest")
    parser.add_argument(
        "--safe-mode",
        action="store_true",
        help="without the graphics card, with default settings and an empty window; nothing of yours is overwritten",
    )
    parser.add_argument(
        "--smoke", action="store_true", help="try every panel, network and lesson, say in a table what works, and end"
    )
    # For `make bench-package`: say when the window and its first panel stood, and end.
    parser.add_argument("--time-start", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--version", action="version", version=f"CourseAI Lab {__version__}")
    return parser


def command_parser(about: Mapping[str, str]) -> Parser:
    """The commands and what each takes."""
    parser = Parser(prog="courseai-lab")
    commands = parser.add_subparsers(dest="command", required=True)

    def add(name: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=about[name], description=about[name])

    add("panels").add_argument("--json", action="store_true", help="for programs")
    params = add("params")
    params.add_argument("panel", metavar="PANEL", help="a panel's id, as `courseai-lab panels` lists them")
    params.add_argument("--json", action="store_true", help="as JSON Schema")
    render = add("render")
    _add_run(render)
    render.add_argument("--size", type=_size, metavar="WxH", help="logical pixels (960x640 or as high as needed)")
    render.add_argument("--scale", type=_positive, metavar="S", help="pixels per logical pixel (2; 1 for animations)")
    render.add_argument("--theme", choices=THEMES, default="light", help="the colours (light)")
    render.add_argument("--title", action="store_true", help="the panel's title above the picture")
    render.add_argument("--caption", action="store_true", help="the sentence with the numbers below it (not animated)")
    # For the window, which has its gallery's pictures made by this command once its panels can wait.
    render.add_argument("--warm", action="store_true", help=argparse.SUPPRESS)
    kinds = ".png, .svg, .pdf; animated: .gif, .webp, .apng, .mp4 (needs ffmpeg)"
    render.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help=kinds)
    export = add("export")
    _add_run(export)
    export.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help=".npz, .csv or .json")
    for name, file, needed in (("code", ".py (else it is printed)", False), ("notebook", ".ipynb", True)):
        parser_of = add(name)
        parser_of.add_argument("panel", metavar="PANEL", help="a panel's id, as `courseai-lab panels` lists them")
        _add_settings(parser_of)
        parser_of.set_defaults(frame=None)
        parser_of.add_argument("-o", "--output", type=Path, required=needed, metavar="FILE", help=file)
    lessons = add("lessons")
    lessons.add_argument("lesson", nargs="*", metavar="LESSON", help="with --check: these lessons only, such as 1.1.3a")
    lessons.add_argument("--json", action="store_true", help="for programs")
    lessons.add_argument(
        "--check", action="store_true", help="run every scene, compare every number, set every formula"
    )
    lessons.add_argument("--install", type=Path, metavar="PACK", help="check a course pack (.zip) and keep its lessons")
    lessons.add_argument("--remove", metavar="NAME", help="take an installed course pack away")
    handout = add("handout")
    handout.add_argument("lesson", metavar="LESSON", help="a lesson's id, or a lesson file of your own")
    handout.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help=".pdf or .html")
    doctor = add("doctor")
    doctor.add_argument("--json", action="store_true", help="for programs")
    doctor.add_argument("--probe-opengl", action="store_true", help=argparse.SUPPRESS)
    bench = add("bench")
    bench.add_argument("--device", default="cpu", metavar="NAME", help="cpu, cuda, cuda:1, mps (cpu)")
    bench.add_argument("--json", type=Path, metavar="FILE", help="write the figures here too")
    bench.add_argument("--panel", metavar="ID", help="this panel only")
    return parser


def _add_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting; may be repeated")
    parser.add_argument("--preset", metavar="ID", help="start from a prepared state of the panel")
    parser.add_argument(
        "--seed",
        action="append",
        type=_seed,
        default=[],
        metavar="N",
        help="of all random streams, or of one: data=N, init=N, sample=N",
    )
    parser.add_argument(
        "--steer",
        action="append",
        type=_steer,
        default=[],
        metavar="K:NAME=VALUE",
        help="a setting that changes after frame K, while the run goes on; may be repeated",
    )


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("panel", metavar="PANEL", help="a panel's id, as `courseai-lab panels` lists them")
    _add_settings(parser)
    parser.add_argument("--frame", type=_frame, metavar="K", help="the frame, counted from 0 (the last)")
    parser.add_argument("--device", default="cpu", metavar="NAME", help="cpu, cuda, cuda:1, mps (cpu)")


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,6})[x×](\d{1,6})", text)
    if not found:
        raise argparse.ArgumentTypeError(f"the size cannot be '{text}': write WIDTHxHEIGHT in pixels, such as 960x640.")
    return int(found[1]), int(found[2])


def _positive(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"the scale cannot be '{text}': it must be from 0.5 to 8.") from None


def _frame(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise argparse.ArgumentTypeError(f"the frame cannot be '{text}': it must be a whole number from 0.")
    return int(text)


def _frame_or_newest(text: str) -> int | str:
    return text if text == "newest" else _frame(text)


def _steer(text: str) -> tuple[int, str]:
    step, colon, setting = text.partition(":")
    if not colon or not step.isdecimal() or len(step) > 9:
        raise argparse.ArgumentTypeError(f"the change cannot be '{text}': write FRAME:NAME=VALUE, such as 12:lr=0.1.")
    return int(step), setting


def _seed(text: str) -> dict[str, int]:
    stream, equals, number = text.rpartition("=")
    if not number.isdecimal() or len(number) > 10 or (equals and stream not in STREAMS):
        words = "a whole number from 0 to 2147483647, or data=N, init=N, sample=N"
        raise argparse.ArgumentTypeError(f"the seed cannot be '{text}': it must be {words}.")
    return dict.fromkeys([stream] if equals else STREAMS, int(number))
