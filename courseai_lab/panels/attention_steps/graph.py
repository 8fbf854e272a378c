"""The matrices of a frame as a graph: how each follows from others, and which cells a cell came from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from courseai_lab.panels.attention_steps.frame import Frame
    from courseai_lab.panels.attention_steps.params import StepsParams

Op = Literal["given", "product", "transpose", "turn", "scale", "mask", "softmax", "attend", "project", "join"]
EDITABLE = ("x", "w_q", "w_k", "w_v", "q", "k", "v", "w_o")
ROLES = {"q": "query", "k": "key", "v": "value"}
Column = tuple[str, str]
"""A matrix that stands above ("" for none) and the one below it."""


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One matrix [row col]; ``name`` may hold one ``_`` (what follows is set low) or ``^`` (high).

    ``edit``: its number in an edit, or -1. ``bias`` [col] is added by a product.
    """

    id: str
    name: str
    words: str
    values: np.ndarray
    op: Op = "given"
    parents: tuple[str, ...] = ()
    role: str = ""
    rows: tuple[str, ...] = ()
    cols: tuple[str, ...] = ()
    share: bool = False
    edit: int = -1
    bias: np.ndarray | None = None
    edited: frozenset[tuple[int, int]] = frozenset()

    @property
    def group(self) -> str:
        """Matrices of one group share their colour scale."""
        if self.share:
            return "weights"
        if self.id.startswith("w_"):
            return "W"
        return "scores" if self.cols and self.rows else "vectors"

    def has(self, row: int, col: int) -> bool:
        """Whether there is such a cell."""
        return 0 <= row < self.values.shape[0] and 0 <= col < self.values.shape[1]


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """Nodes in the order they are worked out; ``layouts``: ways to put them into lines of columns, widest first."""

    nodes: dict[str, Node]
    layouts: tuple[tuple[tuple[Column, ...], ...], ...]

    def trace(self, id: str, row: int, col: int) -> dict[str, np.ndarray]:
        """Boolean masks [row col], by node: the cells that this one was made from, through all stages."""
        node = self.nodes[id]
        start = np.zeros(node.values.shape, dtype=bool)
        start[row, col] = True
        masks = {id: start}
        for one in reversed(self.nodes.values()):
            if one.id in masks:
                self._parents(one, masks[one.id].copy(), masks)
        return masks

    def _parents(self, node: Node, mask: np.ndarray, masks: dict[str, np.ndarray]) -> None:
        for cell in node.edited:
            mask[cell] = False  # set by hand: it came from nowhere else
        if not mask.any():
            return
        for place, parent in enumerate(node.parents):
            if parent in self.nodes:
                shape = self.nodes[parent].values.shape
                found = _came_from(node, place, mask, shape)
                left = self.nodes[node.parents[0]]
                if place == 1 and node.op == "product" and left.share:
                    # A weight of exactly 0 (hidden by the mask) takes nothing from its value.
                    found &= np.asarray((left.values[mask.any(axis=1)] > 0).any(axis=0))[:, None]
                masks[parent] = masks[parent] | found if parent in masks else found


def _came_from(node: Node, place: int, mask: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The cells of parent number ``place`` that the cells of ``mask`` use."""
    found = np.zeros(shape, dtype=bool)
    in_rows, in_cols = np.asarray(mask.any(axis=1)), np.asarray(mask.any(axis=0))
    if node.op == "product":
        if place == 0:
            found[in_rows, :] = True
        else:
            found[:, in_cols] = True
    elif node.op == "transpose":
        found = mask.T.copy()
    elif node.op == "turn":
        found = mask | np.roll(mask, shape[1] // 2, axis=1)
    elif node.op == "scale":
        found = mask
    elif node.op == "mask":
        found = mask & np.isfinite(node.values)
    elif node.op in ("softmax", "attend"):
        used = (node.values > 0) & in_rows[:, None]
        rows = in_rows if place == 0 else np.asarray(used.any(axis=0))
        found = used if node.op == "softmax" else np.repeat(rows[:, None], shape[1], axis=1)
    elif node.op == "project":
        found[in_rows, :] = True
    elif node.op == "join":
        found = mask[:, place * shape[1] : (place + 1) * shape[1]].copy()
    return found


def build(frame: Frame, params: StepsParams) -> Graph:
    """The graph of a frame of the pages on heads."""
    made = _heads(frame, params) if frame.page == "heads" else _steps(frame, params)
    cells: dict[int, set[tuple[int, int]]] = {}
    for number, row, col in frame.edited.tolist() if frame.edited is not None else ():
        cells.setdefault(number, set()).add((row, col))
    own = params.head if params.source.value == "head" else 0
    first = f"h{own}_" if frame.page == "heads" else ""
    for number, where in cells.items():
        name = EDITABLE[number]
        id = name if name in made.nodes else f"{first}{name}"
        if id in made.nodes:
            made.nodes[id] = replace(made.nodes[id], edited=frozenset(where))
    return made


def _steps(frame: Frame, params: StepsParams) -> Graph:
    tokens = frame.labels
    nodes: dict[str, Node] = {}

    def add(id: str, name: str, words: str, op: Op = "given", parents: tuple[str, ...] = (), **more: object) -> None:
        values = getattr(frame, id)
        if values is not None:
            edit = EDITABLE.index(id) if id in EDITABLE else -1
            kept = tuple(parent for parent in parents if getattr(frame, parent) is not None)
            nodes[id] = Node(id, name, words, values, op, kept, edit=edit, **more)  # type: ignore[arg-type]

    add("x", "X", "input", rows=tokens, role="data")
    turned, projected = frame.q_flat is not None, frame.x is not None
    for letter in "qkv":
        add(f"w_{letter}", f"W_{letter.upper()}", f"weights of {letter.upper()}")
    for letter, what in (("q", "queries"), ("k", "keys"), ("v", "values")):
        more = {"rows": tokens, "role": ROLES[letter]}
        bias = getattr(frame, f"b_{letter}")
        source: tuple[str, ...] = ("x", f"w_{letter}") if projected else ()
        if turned and letter != "v":
            add(
                f"{letter}_flat",
                f"{letter.upper()}_0",
                f"{what} before their positions turn them",
                "product",
                source,
                bias=bias,
                **more,
            )
            add(letter, letter.upper(), f"{what}, turned by their positions", "turn", (f"{letter}_flat",), **more)
        else:
            add(letter, letter.upper(), what, "product" if projected else "given", source, bias=bias, **more)
    square = {"rows": tokens, "cols": tokens}
    add("k_t", "K^T", "keys, transposed", "transpose", ("k",), cols=tokens, role="key")
    add("scores", "Q K^T", "scores", "product", ("q", "k_t"), **square)
    root = f"√{frame.q.shape[1]}" if frame.q is not None else "√d"
    add("scaled", f"÷ {root}", "scaled scores", "scale", ("scores",), **square)
    before = "scaled" if frame.scaled is not None else "scores"
    add("masked", "mask", "masked scores", "mask", (before,), **square)
    before = "masked" if frame.masked is not None else before
    add("weights", "softmax", "weights", "softmax", (before,), share=True, **square)
    add("output", "output", "output", "product", ("weights", "v"), rows=tokens, role="value")
    return Graph(nodes, _step_layouts(nodes))


def _step_layouts(nodes: dict[str, Node]) -> tuple[tuple[tuple[Column, ...], ...], ...]:
    def column(bottom: str, top: str = "") -> list[Column]:
        return [(top if top in nodes else "", bottom)] if bottom in nodes else []

    turned = "q_flat" in nodes
    x = column("x")
    make = {letter: column(f"{letter}_flat" if turned and letter != "v" else letter, f"w_{letter}") for letter in "qkv"}
    turns = column("q") + column("k") if turned else []
    start = [*x, *make["q"], *make["k"], *make["v"]]
    scores = [*column("q"), *column("scores", "k_t")]
    rest = [*column("scaled"), *column("masked"), *column("weights")]
    end = column("output", "v")
    if turned:
        lines = [
            [[*x, *make["q"], *make["k"], *make["v"]], [*turns, *column("scores", "k_t"), *rest, *end]],
            [[*x, *make["v"]], [*make["q"], *make["k"]], turns, [*column("scores", "k_t"), *rest], end],
        ]
    else:
        lines = [
            [[*x, *make["v"], *make["k"], *make["q"], *column("scores", "k_t"), *rest, *end]],
            [start, [*scores, *rest, *end]],
            [start, scores + rest, [*column("weights"), *end]],
            [[*x, *make["q"]], [*make["k"], *make["v"]], scores, rest, [*column("weights"), *end]],
        ]
    singles = [[one] for one in (*x, *make["q"], *make["k"], *make["v"], *turns)]
    singles += [[one] for one in (*column("scores", "k_t"), *rest, *end)]
    return tuple(tuple(tuple(line) for line in each if line) for each in (*lines, singles))


def _heads(frame: Frame, params: StepsParams) -> Graph:
    assert frame.h_q is not None and frame.h_k is not None and frame.h_v is not None and frame.h_weights is not None
    assert frame.h_out is not None and frame.concat is not None and frame.w_o is not None and frame.y is not None
    tokens, count = frame.labels, len(frame.h_q)
    nodes: dict[str, Node] = {}
    if frame.x is not None:
        nodes["x"] = Node("x", "X", "input", frame.x, rows=tokens, role="data", edit=EDITABLE.index("x"))
    source: tuple[str, ...] = ("x",) if frame.x is not None else ()
    op: Op = "project" if frame.x is not None else "given"
    lines: list[tuple[Column, ...]] = []
    from_0 = params.source.value == "head"  # the network's own heads keep their numbers
    for h in range(count):
        number = h if from_0 else h + 1
        for letter, stack, what in (("q", frame.h_q, "queries"), ("k", frame.h_k, "keys"), ("v", frame.h_v, "values")):
            id, name = f"h{h}_{letter}", f"{letter.upper()}_{number}"
            nodes[id] = Node(id, name, f"{what} of head {number}", stack[h], op, source, ROLES[letter], rows=tokens)
        at, out = f"h{h}_a", f"h{h}_o"
        words = f"weights of head {number}"
        nodes[at] = Node(
            at, f"A_{number}", words, frame.h_weights[h], "attend", (f"h{h}_q", f"h{h}_k"), "", tokens, tokens, True
        )
        words = f"output of head {number}"
        nodes[out] = Node(out, f"O_{number}", words, frame.h_out[h], "product", (at, f"h{h}_v"), "value", rows=tokens)
        lines.append((("", f"h{h}_q"), ("", f"h{h}_k"), ("", f"h{h}_v"), ("", at), ("", out)))
    outs = tuple(f"h{h}_o" for h in range(count))
    nodes["concat"] = Node("concat", "concat", "joined heads", frame.concat, "join", outs, "value", rows=tokens)
    nodes["w_o"] = Node("w_o", "W_O", "output weights", frame.w_o, edit=EDITABLE.index("w_o"))
    nodes["y"] = Node("y", "Y", "output", frame.y, "product", ("concat", "w_o"), rows=tokens, bias=frame.b_o)
    first: tuple[Column, ...] = (("", "x"),) if "x" in nodes else ()
    last: tuple[Column, ...] = (("", "concat"), ("w_o", "y"))
    layouts = []
    for together in (4, 3, 2, 1):
        grouped = [sum(lines[at : at + together], ()) for at in range(0, count, together)]
        layouts.append((*([first] if first else []), *grouped, last))
    lines = [*([first] if first else []), *lines]
    return Graph(nodes, (*layouts, (*(((one,)) for line in lines for one in line), (("", "concat"),), (("w_o", "y"),))))
