"""The way from a document's outermost graph into one of its sub-graphs, by the nodes that use them."""

from __future__ import annotations

from typing import NamedTuple

from .document import Graph
from .edits import Edit, Together, Within
from .subgraphs import uses


class Entered(NamedTuple):
    """One step of a way.

    Attributes:
        node: The node that uses the sub-graph, in the graph before it.
        name: The sub-graph.
    """

    node: str
    name: str


Way = tuple[Entered, ...]


def graph_at(root: Graph, way: Way) -> Graph:
    """The graph at the end of a way that holds."""
    return root.subgraphs[way[-1].name] if way else root


def path_of(way: Way, node: str) -> str:
    """A node with the uses that lead to it, as runs name it: `calc/add`."""
    return "/".join((*(step.node for step in way), node))


def holding(root: Graph, way: Way) -> Way:
    """As much of a way as is still there."""
    graph, held = root, []
    for step in way:
        node = graph.nodes.get(step.node)
        if node is None or step.name not in uses(node) or step.name not in root.subgraphs:
            break
        held.append(step)
        graph = root.subgraphs[step.name]
    return tuple(held)


def way_to(root: Graph, name: str) -> Way | None:
    """The shortest way to a sub-graph; None if no node leads there."""
    ways: list[Way] = [()]
    seen = {""}
    while ways:
        way = ways.pop(0)
        for node in graph_at(root, way).nodes.values():
            for used in uses(node):
                if used in root.subgraphs and used not in seen:
                    seen.add(used)
                    ways.append((*way, Entered(node.id, used)))
                    if used == name:
                        return ways[-1]
    return None


def place_of(edit: Edit) -> str | None:
    """The sub-graph that an edit of the outermost graph changes, empty for that graph itself; None for several."""
    if isinstance(edit, Within):
        return edit.name
    if isinstance(edit, Together):
        places = {place_of(one) for one in edit.edits}
        return places.pop() if len(places) == 1 else None
    return ""
