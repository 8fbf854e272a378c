"""Panels: records of strings found by folder, whose mathematics and view are loaded on first use."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from courseai_lab.contract.errors import BadState, UnknownPanel, brief

if TYPE_CHECKING:
    from courseai_lab.contract.formula import Formula, Mark
    from courseai_lab.contract.params import Params as BaseParams
    from courseai_lab.contract.selection import Selection
    from courseai_lab.contract.state import Patch

PACKAGE = "courseai_lab.panels"
Series = Literal["fundamentals", "transformers", "diffusion", "more"]


class Compute(Protocol):
    """What a panel's ``compute`` module offers. The first five are required, the others may be left out.

    ``sentence(frame, params, look)``: one sentence, what is seen now, with its numbers. ``formula(params, look)``: the
    panel's formula, or None. ``readings(frame, params, look)``: live values of the formula's terms, by term id, as
    numbers or short text. ``marks(frame, params)``: ticks on sliders, by field.

    ``selections(frame, params, look)``: what this panel looks at, for other panels to follow (`contract.selection`).
    ``followed(selection, frame, params, look)``: the Patch with which it follows another panel's selection, or None
    where that does not concern it. Neither may depend on anything but its arguments.

    ``warm(ctx)``: compute small examples of what opening the panel does not compute, so that its kernels lie compiled
    in the cache before anybody asks for them. Called once per machine and version, in a process of its own of low
    priority after the window has settled, never where somebody waits; ticks between the examples.

    ``script(params, seeds)``: the same mathematics as a short Python program to read, run and change, for "Export
    code" and notebooks. It imports NumPy, torch and matplotlib only, nothing of ours. Its text:

    - opens with a docstring: what is computed, and from which paper;
    - is cut by lines ``# %% Heading``, the first one ``# %% Parameters`` (assignments a reader may change). Comment
      lines right below a heading, up to the first line that is none, are Markdown with TeX between dollar signs: a
      notebook shows them above the code;
    - gives the panel's numbers: data of the user's own as literals up to a cap (past it, raise BadValue with one
      sentence), random draws by the same NumPy generator, ``np.random.default_rng(np.random.SeedSequence((stream,
      seed, *key)))`` with stream 0 data, 1 init, 2 sample, or as literals; a typed expression as source written from
      its checked syntax tree, never the text that was typed;
    - defines ``results``, a dict ``{frame field: value}`` that holds what it shares with the last frame of a run, and
      prints the numbers that matter; a value may be the first rows of its field, where the program follows the first of
      several networks;
    - ends with a section that draws a figure: ``import matplotlib.pyplot as plt`` there, ``plt.show()`` last. No
      backend is chosen: matplotlib finds by itself that there is a window, a notebook, or neither.
    """

    Params: type[BaseParams]
    Look: type[BaseParams]
    Frame: type
    run: Callable[..., Generator[Any, Any, None]]
    sentence: Callable[[Any, Any, Any], str]

    formula: Callable[[Any, Any], Formula | None]
    readings: Callable[[Any, Any, Any], Mapping[str, float | str]]
    marks: Callable[[Any, Any], Mapping[str, tuple[Mark, ...]]]
    selections: Callable[[Any, Any, Any], tuple[Selection, ...]]
    followed: Callable[[Selection, Any, Any, Any], Patch | None]
    script: Callable[[Any, Any], str]
    warm: Callable[[Any], None]


@dataclass(frozen=True, slots=True)
class Preset:
    """A prepared state: ``id``, ``title``, ``note`` (what to notice, a sentence or two), ``state`` (partial JSON)."""

    id: str
    title: str
    note: str
    state: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Panel:
    """The record ``PANEL`` of a panel's ``__init__.py``: strings and numbers, so importing it imports no torch, no Qt.

    ``timeline``: "none" (a still: the newest frame is the result) or "steps" (frames are steps in time; the transport
    appears). ``ahead``: frames are computed as fast as they come and *played* at ``fps`` (a path on a
    surface); otherwise the run is held to ``fps`` times the speed chosen, and goes on only while it plays (a training
    one watches).
    ``autoplay``: opens running. ``answers``: its run shows a steered change on a frame of its own before it goes on, so
    such a change made while it pauses is computed and shown at once. ``takes``: the kinds of the user's own files that
    its parameters take (``FileKind``), so that a dropped file finds its panels without loading them all.
    """

    id: str
    title: str
    summary: str
    lessons: tuple[str, ...]
    series: Series
    keywords: tuple[str, ...] = ()
    timeline: Literal["none", "steps"] = "none"
    ahead: bool = True
    fps: float = 30.0
    autoplay: bool = False
    answers: bool = False
    takes: tuple[str, ...] = ()
    package: str = field(default="", compare=False)

    def compute(self) -> Compute:
        """The mathematics: the module ``<package>.compute`` (imports torch or numba where the panel needs them)."""
        return importlib.import_module(f"{self.package}.compute")  # type: ignore[return-value]

    def view(self) -> type:
        """The view class ``<package>.view.View`` (imports Qt)."""
        return importlib.import_module(f"{self.package}.view").View

    def presets(self) -> tuple[Preset, ...]:
        """Prepared states from ``presets.json`` beside the panel; empty when there is no such file."""
        import importlib.resources

        file = importlib.resources.files(self.package) / "presets.json"
        if not file.is_file():
            return ()
        entries = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(entries, list):
            raise BadState(f"presets.json of {self.id} must be a list.")
        return tuple(Preset(e["id"], e["title"], e["note"], {"panel": self.id, **e.get("state", {})}) for e in entries)


def discover(package: str = PACKAGE) -> tuple[Panel, ...]:
    """Every panel: one per folder of ``package`` that defines ``PANEL``, by series and title order of the course.

    Imports neither torch nor Qt. Raises TypeError when a folder's record is not a Panel or two panels share an id.
    """
    home = importlib.import_module(package)
    found: dict[str, Panel] = {}
    for info in pkgutil.iter_modules(home.__path__):
        if not info.ispkg:
            continue
        name = f"{package}.{info.name}"
        record = getattr(importlib.import_module(name), "PANEL", None)
        if not isinstance(record, Panel):
            raise TypeError(f"{name} must define PANEL, a courseai_lab.contract.Panel")
        if record.id in found:
            raise TypeError(f"{name} and {found[record.id].package} share the id {record.id}")
        found[record.id] = _homed(record, name)
    return tuple(sorted(found.values(), key=_course_order))


def find(panel_id: str, panels: tuple[Panel, ...] | None = None) -> Panel:
    """The panel of this id; raises UnknownPanel with the nearest ids."""
    import difflib

    panels = discover() if panels is None else panels
    for panel in panels:
        if panel.id == panel_id:
            return panel
    ids = [panel.id for panel in panels]
    near = difflib.get_close_matches(panel_id[:60], ids, n=3, cutoff=0.4) or ids
    raise UnknownPanel(f"There is no panel {brief(panel_id)}; did you mean {', '.join(near)}?")


def _homed(record: Panel, package: str) -> Panel:
    import dataclasses

    return dataclasses.replace(record, package=package)


def _course_order(panel: Panel) -> tuple[int, tuple[int | str, ...], str]:
    series = ("fundamentals", "transformers", "diffusion", "more").index(panel.series)
    first = panel.lessons[0] if panel.lessons else "9"
    parts: list[int | str] = [int("".join(c for c in part if c.isdigit()) or 0) for part in first.split(".")]
    return series, (*parts, *("" for _ in range(3 - len(parts)))), panel.id
