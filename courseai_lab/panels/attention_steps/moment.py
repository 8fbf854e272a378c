"""How far the computation has come in a frame: what is there, what is under way, what is still to come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from courseai_lab.panels.attention_steps.graph import Graph, Node

if TYPE_CHECKING:
    from courseai_lab.panels.attention_steps.frame import Frame


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """``current`` is the node under way ("" at the end); ``lit`` the cells at work now, masks [row col] by node.

    ``cell`` is the single cell under way, where there is one.
    """

    contents: dict[str, np.ndarray | None]
    current: str
    lit: dict[str, np.ndarray]
    cell: tuple[int, int] | None


def moment(frame: Frame, graph: Graph) -> Moment:
    """The state of every matrix in this frame; contents None means: not yet."""
    over = frame.stage == len(frame.stages) - 1 and frame.at == frame.of
    contents: dict[str, np.ndarray | None] = {}
    for node in graph.nodes.values():
        contents[node.id] = _content(frame, node)
    if over or frame.stages[frame.stage] not in graph.nodes:
        return Moment(contents, "", {}, None)
    node = graph.nodes[frame.stages[frame.stage]]
    return Moment(contents, node.id, *_at_work(frame, graph, node))


def _content(frame: Frame, node: Node) -> np.ndarray | None:
    """What is in a matrix: all of it, a part of it, or None."""
    now = frame.stages[frame.stage]
    if node.id == now:
        return node.values if frame.now is None else frame.now
    if node.id in frame.stages:
        return node.values if frame.stages.index(node.id) < frame.stage else None
    if node.id.startswith("h") and "_" in node.id and "heads" in frame.stages:
        behind = frame.stages.index("heads") < frame.stage
        reached = now == "heads" and int(node.id[1 : node.id.index("_")]) < frame.at
        return node.values if behind or reached else None
    return node.values


def _at_work(frame: Frame, graph: Graph, node: Node) -> tuple[dict[str, np.ndarray], tuple[int, int] | None]:
    unit, (rows, cols) = frame.at - 1, node.values.shape
    mine = np.zeros((rows, cols), dtype=bool)
    cell: tuple[int, int] | None = None
    if node.op == "product" and len(node.parents) == 2:
        left, right = (np.zeros(graph.nodes[name].values.shape, dtype=bool) for name in node.parents)
        if frame.way == "outer":
            mine[:], left[:, unit], right[unit] = True, True, True
        elif frame.way == "rows":
            mine[unit], left[unit], right[:] = True, True, True
        else:
            cell = divmod(unit, cols)
            mine[cell], left[cell[0]], right[:, cell[1]] = True, True, True
        return {node.id: mine, node.parents[0]: left, node.parents[1]: right}, cell
    if node.op == "join" and frame.of > 1:
        part = cols // frame.of
        mine[:, unit * part : (unit + 1) * part] = True
        return {node.id: mine, node.parents[unit]: np.ones((rows, part), dtype=bool)}, None
    if frame.of == rows:
        mine[unit] = True
    else:
        mine[:] = True
    lit = {node.id: mine}
    for parent in node.parents:
        shape = graph.nodes[parent].values.shape
        lit[parent] = mine.T.copy() if node.op == "transpose" else mine if shape == mine.shape else np.ones(shape, bool)
    return lit, cell
