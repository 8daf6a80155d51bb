"""Which sub-graphs use which: their names in `graph.NAME`, and how deep they lie."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .circles import groups
from .plain import BadValue

if TYPE_CHECKING:
    from .document import Graph

DEEPEST_SUBGRAPH = 64
PREFIX = "graph."


def used_by(graph: Graph, known: Mapping[str, Graph]) -> list[str]:
    """Names of the sub-graphs, among `known`, that a graph's nodes use; in order of first use."""
    names = dict.fromkeys(node.type[len(PREFIX) :] for node in graph.nodes.values() if node.type.startswith(PREFIX))
    return [name for name in names if name in known]


def needed_by(graph: Graph, known: Mapping[str, Graph]) -> list[str]:
    """Names of the sub-graphs that a graph needs, those that its sub-graphs use included."""
    found: dict[str, None] = {}
    waiting = used_by(graph, known)
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found[name] = None
            waiting.extend(used_by(known[name], known))
    return list(found)


def check_depth(graph: Graph) -> None:
    """Refuse sub-graphs that lie in one another too deeply; a circle of them counts as one level.

    Raises:
        BadValue: They do; the message shows the way down.
    """
    uses = {name: used_by(inner, graph.subgraphs) for name, inner in graph.subgraphs.items()}
    depth: dict[str, int] = {}
    deeper: dict[str, str | None] = {}
    for group in groups(uses):
        below = [name for member in group for name in uses[member] if name not in group]
        deepest = max(below, key=lambda name: depth[name], default=None)
        for member in group:
            depth[member] = 1 if deepest is None else depth[deepest] + 1
            deeper[member] = deepest
    top = max(depth, key=lambda name: depth[name], default=None)
    if top is None or depth[top] <= DEEPEST_SUBGRAPH:
        return
    way: list[str] = []
    step: str | None = top
    while step is not None:
        way.append(step)
        step = deeper[step]
    raise BadValue(
        f"expected sub-graphs at most {DEEPEST_SUBGRAPH} deep, found {depth[top]}: "
        f"{' > '.join(way[:3])} > … > {way[-1]}; put some into others",
        "$.subgraphs",
    )
