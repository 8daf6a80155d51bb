"""Nodes become a sub-graph, and one node that uses it takes their place; what the graph computes stays the same.

Every port with a wire across the edge of the selection becomes a port of the sub-graph, and so does every output, and
every input that has to be wired, to which nothing is wired at all. Wires across keep their places in the order.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import NamedTuple

from ..errors import EditError
from .document import Graph
from .edits import AddNode, Edit, RemoveNodes, Rewire, Together
from .node import FreshIds
from .pasting import AddSubgraph
from .ports import SIGNAL
from .subgraphs import PREFIX
from .view import Point
from .wire import PortRef, Wire, WireKey

BOUNDARY = (f"{PREFIX}input", f"{PREFIX}output")
MARGIN = 240
"""Canvas units between the nodes of a sub-graph and its inputs and outputs."""
STEP = 80
"""Canvas units from one input of a sub-graph to the next."""


@dataclass
class _Edge:
    """Ports of the sub-graph.

    Attributes:
        ports: By what each stands for: a port inside; of signals that come in, each wire, so that they are joined
            inside as they were.
    """

    taken: set[str] = field(default_factory=set)
    ports: dict[PortRef | WireKey, _Port] = field(default_factory=dict)

    def name(self, key: PortRef | WireKey, inner: PortRef, *, control: bool = False) -> str:
        """The name of a port that stands for one inside; of several that would be called the same, the node tells."""
        if key not in self.ports:
            wanted = inner.port if inner.port not in self.taken else f"{inner.node}_{inner.port}"
            name = FreshIds(self.taken).next(wanted)
            self.taken.add(name)
            self.ports[key] = _Port(name, inner, control)
        return self.ports[key].name


class _Port(NamedTuple):
    """A port of the sub-graph: its name, what it stands for inside, and whether it carries a signal."""

    name: str
    inner: PortRef
    control: bool


def encapsulate(graph: Graph, ids: Collection[str], name: str = "") -> Together:
    """The edit that puts nodes into a sub-graph; the graph stays as it is.

    Args:
        graph: The outermost graph.
        ids: The nodes; its own inputs and outputs among them stay outside.
        name: Name of the sub-graph; one that is free if empty.

    Raises:
        EditError: There is nothing to put there.
    """
    inside = [node.id for node in graph.nodes.values() if node.id in ids and node.type not in BOUNDARY]
    if not inside:
        raise EditError("expected nodes to put into a sub-graph, found none selected")
    taken = {*graph.subgraphs, "input", "output"}
    called = FreshIds(taken).next(name or "group")
    use = FreshIds(graph.nodes).next(called)
    inputs, outputs = _Edge(), _Edge()
    moves = [
        edit
        for wire in (*graph.wires, *graph.controls)
        if (edit := _moved(wire, use, set(inside), inputs, outputs)) is not None
    ]
    _expose_rest(graph, inside, inputs, outputs)
    edits: list[Edit] = [
        AddSubgraph(called, _inner(graph, inside, called, inputs, outputs)),
        AddNode(f"{PREFIX}{called}", use, pos=_middle(graph, inside)),
        *moves,
        RemoveNodes(tuple(inside)),
    ]
    return Together(tuple(edits), f"put {len(inside)} nodes into {called}")


def _moved(wire: Wire, use: str, inside: set[str], inputs: _Edge, outputs: _Edge) -> Edit | None:
    """How a wire across the edge goes on; None for any other."""
    comes_in, goes_out = wire.target.node in inside, wire.source.node in inside
    if comes_in == goes_out:
        return None
    if comes_in:
        key = wire.key if wire.control else wire.target
        return Rewire(wire, wire.source, PortRef(use, inputs.name(key, wire.target, control=wire.control)))
    return Rewire(wire, PortRef(use, outputs.name(wire.source, wire.source, control=wire.control)), wire.target)


def _expose_rest(graph: Graph, inside: list[str], inputs: _Edge, outputs: _Edge) -> None:
    """Outputs that nobody reads, and inputs that have to be wired and are not."""
    for node in inside:
        signature = graph.signature_of(node) or {}
        wires = graph.wires_of(node)
        read = {wire.source.port for wire in wires if wire.source.node == node}
        fed = {wire.target.port for wire in wires if wire.target.node == node} | graph.nodes[node].params.keys()
        for port, text in signature.get("outputs", {}).items():
            if port not in read and text != SIGNAL:
                outputs.name(PortRef(node, port), PortRef(node, port))
        for port, text in signature.get("inputs", {}).items():
            if port not in fed and text != SIGNAL and not text.startswith("*") and not text.endswith("?"):
                inputs.name(PortRef(node, port), PortRef(node, port))


def _inner(graph: Graph, inside: list[str], name: str, inputs: _Edge, outputs: _Edge) -> Graph:
    inner = Graph(name, catalogue=graph.catalogue)
    for node in inside:
        old = graph.nodes[node]
        inner.add(old.type, id=node)
        inner.set_params(node, old.params)
        inner.set_run(node, old.run)
        place = graph.view.position(node)
        if place is not None:
            inner.move(node, *place)
    for wire in (*graph.wires, *graph.controls):
        if wire.source.node in inside and wire.target.node in inside:
            join = inner.connect_control if wire.control else inner.connect
            join(wire.source, wire.target, muted=wire.muted)
    left, top, right = _bounds(graph, inside)
    fresh = FreshIds(inner.nodes)
    for edge, node_type, x in ((inputs, BOUNDARY[0], left - MARGIN), (outputs, BOUNDARY[1], right + MARGIN)):
        for number, port in enumerate(edge.ports.values()):
            params = {"name": port.name, **({"type": SIGNAL} if port.control else {})}
            end = inner.add(node_type, id=fresh.next(port.name), params=params)
            inner.move(end, x, top + STEP * number)
            join = inner.connect_control if port.control else inner.connect
            join(*((end["value"], port.inner) if edge is inputs else (port.inner, end["value"])))
    return inner


def _bounds(graph: Graph, inside: list[str]) -> tuple[float, float, float]:
    places = [place for node in inside if (place := graph.view.position(node)) is not None] or [(0.0, 0.0)]
    return min(x for x, _ in places), min(y for _, y in places), max(x for x, _ in places)


def _middle(graph: Graph, inside: list[str]) -> Point:
    places = [place for node in inside if (place := graph.view.position(node)) is not None] or [(0.0, 0.0)]
    return sum(x for x, _ in places) / len(places), sum(y for _, y in places) / len(places)
