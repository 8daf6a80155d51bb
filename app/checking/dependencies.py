"""What waits for what, in a graph and through its sub-graphs.

Nodes are vertices by their ids. One that uses a sub-graph is not one vertex but one a port: a wire back from one of its
outputs to an input that this output has nothing to do with is no cycle once the graph is flat.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from ..authoring.nodetype import DONE, ERROR, TRIGGER
from ..graph.wire import PortRef, Wire
from ..ports.port import Signature
from ..registry.boundary import INPUT, OUTPUT, named
from .scope import Scope


class UsePort(NamedTuple):
    """One port of a node that uses a sub-graph.

    Attributes:
        node: Id of the node.
        port: Name of the port.
        side: `in` or `out`.
    """

    node: str
    port: str
    side: str


Vertex: TypeAlias = str | UsePort


class Dependencies:
    """Which vertices wait for which.

    Args:
        scopes: The sub-graphs by name, and the outermost graph under the empty name.

    Attributes:
        scopes: The same.
    """

    def __init__(self, scopes: Mapping[str, Scope]) -> None:
        self.scopes = scopes
        self._through: dict[str, dict[str, set[str]]] = {}

    def network(self, scope: Scope) -> dict[Vertex, list[Vertex]]:
        """The vertices of a graph, each with those that cannot begin before it; optional wires are left out."""
        follow: dict[Vertex, list[Vertex]] = {}
        for node_id, node in scope.graph.nodes.items():
            name = scope.subgraph_of(node)
            if name is None or name not in self.scopes:
                follow[node_id] = []
            else:
                self._add_use(follow, node_id, name)
        if len(follow) == len(scope.graph.nodes):  # None of them uses a sub-graph.
            for wire in scope.needed:
                follow[wire.source.node].append(wire.target.node)
            return follow
        for wire in scope.needed:
            edge = edge_of(wire, follow)
            if edge is not None:
                follow[edge[0]].append(edge[1])
        return follow

    def through(self, name: str) -> dict[str, set[str]]:
        """For each input of a sub-graph, the outputs that wait for it."""
        if name not in self._through:
            self._through[name] = {}  # What a sub-graph that uses itself finds here while it is being worked out.
            self._through[name] = self._walk(self.scopes[name])
        return self._through[name]

    def _add_use(self, follow: dict[Vertex, list[Vertex]], node_id: str, name: str) -> None:
        through = self.through(name)
        signature = self.scopes[""].resolver.subgraph(name) or Signature()
        ends = [UsePort(node_id, port, "out") for port in (DONE.name, ERROR.name)]
        outputs = [UsePort(node_id, port.name, "out") for port in signature.outputs]
        follow.update({vertex: [] for vertex in (*outputs, *ends)})
        follow[UsePort(node_id, TRIGGER.name, "in")] = [*outputs, *ends]
        for port in signature.inputs:
            waiting = [vertex for vertex in outputs if vertex.port in through.get(port.name, ())]
            follow[UsePort(node_id, port.name, "in")] = [*waiting, *ends]

    def _walk(self, scope: Scope) -> dict[str, set[str]]:
        follow = self.network(scope)
        outputs = {id_: named(id_, node.params) for id_, node in scope.graph.nodes.items() if node.type == OUTPUT}
        found: dict[str, set[str]] = {}
        for node_id, node in scope.graph.nodes.items():
            if node.type == INPUT:
                ends = reached(follow, node_id)
                found[named(node_id, node.params)] = {name for end, name in outputs.items() if end in ends}
        return found


def edge_of(wire: Wire, follow: Mapping[Vertex, list[Vertex]]) -> tuple[Vertex, Vertex] | None:
    """The vertices at the ends of a wire; None if one of them is a ghost port, which has no vertex."""
    source, target = _vertex(wire.source, "out", follow), _vertex(wire.target, "in", follow)
    return (source, target) if source in follow and target in follow else None


def _vertex(ref: PortRef, side: str, follow: Mapping[Vertex, list[Vertex]]) -> Vertex:
    return ref.node if ref.node in follow else UsePort(ref.node, ref.port, side)


def reached(follow: Mapping[Vertex, list[Vertex]], start: Vertex) -> set[Vertex]:
    """The vertices that wait for this one, itself included."""
    found, waiting = {start}, [start]
    while waiting:
        for vertex in follow[waiting.pop()]:
            if vertex not in found:
                found.add(vertex)
                waiting.append(vertex)
    return found
