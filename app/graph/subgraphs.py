"""Which sub-graphs use which: by the node type `graph.NAME` or a parameter that names one; and how deep they lie."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .circles import groups
from .plain import BadValue

if TYPE_CHECKING:
    from .document import Graph
    from .node import Node

DEEPEST_SUBGRAPH = 64
PREFIX = "graph."
RESERVED = ("input", "output")
"""Names that no sub-graph may have: `graph.input` and `graph.output` are node types."""

NAMED_BY: Mapping[str, tuple[str, ...]] = {
    "control.for_each": ("graph",),
    "control.while": ("graph", "test"),
    "control.fold": ("graph",),
    "control.catch": ("graph",),
}
"""Parameters that name sub-graphs, by node type: those of the nodes that run one in a way of their own."""


def uses(node: Node) -> list[str]:
    """Names of the sub-graphs that a node uses, whether there are any of these names or not."""
    if node.type.startswith(PREFIX):
        name = node.type.removeprefix(PREFIX)
        return [] if name in RESERVED else [name]
    return list(named_by(node).values())


def named_by(node: Node) -> dict[str, str]:
    """The sub-graphs that a node's parameters name, by parameter."""
    named = {param: node.params.get(param) for param in NAMED_BY.get(node.type, ())}
    return {param: name for param, name in named.items() if isinstance(name, str) and name}


def used_by(graph: Graph, known: Mapping[str, Graph]) -> list[str]:
    """Names of the sub-graphs, among `known`, that a graph's nodes use; in order of first use."""
    names = dict.fromkeys(name for node in graph.nodes.values() for name in uses(node))
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
