"""What the strip says while nothing is pointed at: the arithmetic of the unit that has just arrived."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from courseai_lab.panels.attention_steps.explain import bold, explain, name_text
from courseai_lab.panels.attention_steps.graph import Graph, Node
from courseai_lab.panels.attention_steps.moment import Moment
from courseai_lab.ui.numbers import fmt
from courseai_lab.ui.theme import Theme

if TYPE_CHECKING:
    from courseai_lab.panels.attention_steps.frame import Frame

HINT = (
    "Point at a cell to see its arithmetic; click to keep it and see where it came from. "
    "Double-click a cell of X, W, Q, K or V to change it. A matrix’s name leads to its moment."
)


def narrate(frame: Frame, graph: Graph, now: Moment, theme: Theme, room: int) -> str:
    """Rich text for the present moment."""
    if not now.current:
        return HINT
    node = graph.nodes[now.current]
    if now.cell is not None:
        return explain(graph, node, *now.cell, theme, room, now.contents[node.id])
    unit = frame.at - 1
    if node.op == "product" and len(node.parents) == 2:
        left, right = (graph.nodes[name] for name in node.parents)
        mixed = _row_mix if frame.way == "rows" else _outer
        return mixed(node, left, right, unit, theme, room)
    if node.op in ("softmax", "scale", "mask", "turn") and frame.of == len(node.values):
        return explain(graph, node, unit, int(node.values[unit].argmax()), theme, room, node.values)
    name = bold(html.escape(name_text(node)))
    if node.op == "transpose" and frame.of == len(node.values):
        source = graph.nodes[node.parents[0]]
        row = ", ".join(fmt(float(v), 2, trim=True) for v in node.values[unit][: room // 8])
        row = _colored(row, node, theme)
        return f"{name}: column {unit + 1} of {html.escape(name_text(source))} becomes row {unit + 1}:<br>{row}"
    if node.op == "join" and frame.of == len(node.parents):
        source, size = graph.nodes[node.parents[unit]], node.values.shape[1] // frame.of
        columns = f"columns {unit * size + 1} to {(unit + 1) * size}" if size > 1 else f"column {unit + 1}"
        return f"{name}: the {html.escape(source.words)} becomes {columns}"
    return f"{name}: {html.escape(node.words)}"


def _colored(text: str, node: Node, theme: Theme) -> str:
    return f'<span style="color:{theme.color(node.role)}">{text}</span>' if node.role else text


def _row_name(node: Node, row: int) -> str:
    return f"“{html.escape(node.rows[row].strip() or '␣')}”" if node.rows else f"row {row + 1}"


def _row_mix(node: Node, left: Node, right: Node, row: int, theme: Theme, room: int) -> str:
    """Row ``row`` of the product is a mix of the right matrix's rows."""
    shares = left.values[row]
    order = sorted(range(len(shares)), key=lambda k: -abs(shares[k]))[: max(2, room // 18)]
    parts = [
        f"{_colored(fmt(float(shares[k]), 3), left, theme)} × {_colored(_row_name(right, k), right, theme)}"
        for k in sorted(order)
    ]
    more = f" + … {len(shares) - len(parts)} smaller" if len(parts) < len(shares) else ""
    name = html.escape(name_text(node))
    return (
        f"{bold(name)}, row {_row_name(node, row)} = a mix of the rows of {html.escape(name_text(right))}:<br>"
        + " + ".join(parts)
        + more
    )


def _outer(node: Node, left: Node, right: Node, unit: int, theme: Theme, room: int) -> str:
    """The product after ``unit`` + 1 outer products."""
    a = ", ".join(fmt(float(v), 2, trim=True) for v in left.values[: room // 12, unit])
    b = ", ".join(fmt(float(v), 2, trim=True) for v in right.values[unit, : room // 12])
    return (
        f"{bold(html.escape(name_text(node)))} = sum of {left.values.shape[1]} outer products; number {unit + 1} is "
        f"column {unit + 1} of {html.escape(name_text(left))} times row {unit + 1} of "
        f"{html.escape(name_text(right))}:<br>({_colored(a, left, theme)})ᵀ ({_colored(b, right, theme)})"
    )
