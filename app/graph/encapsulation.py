"""Nodes become a sub-graph, and one node that uses it takes their place; the other way round; and a twin for one use.

What the graph computes stays the same. Every port with a wire across the edge of the selection becomes a port of the
sub-graph, and so does every output, and every input that has to be wired, to which nothing is wired at all. Wires
across keep their places in the order.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import NamedTuple

from ..errors import EditError
from .contents import Removed
from .document import Graph
from .edits import AddNode, Edit, RemoveNodes, Restore, RetypeNode, Rewire, SetParams, Together
from .node import FreshIds, Node
from .pasting import AddSubgraph, RemoveSubgraph
from .ports import SIGNAL
from .run_settings import PLAIN_RUN
from .subgraphs import PREFIX, RESERVED, named_by
from .view import Looks, NodeView, Point, short
from .wire import PortRef, Wire, WireKey

BOUNDARY = (f"{PREFIX}input", f"{PREFIX}output")
MARGIN = 240
"""Canvas units between the nodes of a sub-graph and its inputs and outputs."""
STEP = 260
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
        graph: The graph, which may be a sub-graph itself.
        ids: The nodes; its own inputs and outputs among them stay outside.
        name: Name of the sub-graph; one that is free if empty.

    Raises:
        EditError: There is nothing to put there, or what stays outside lies on the way from one to another.
    """
    inside = [node.id for node in graph.nodes.values() if node.id in ids and node.type not in BOUNDARY]
    if not inside:
        raise EditError("expected nodes to put into a sub-graph, found none selected")
    between = _between(graph, set(inside))
    if between:
        raise EditError(
            f"expected nodes with none between them, found {', '.join(between)} on the way from one to another;"
            " select it too"
        )
    taken = {*graph.outermost.subgraphs, *RESERVED}
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


def _between(graph: Graph, inside: set[str]) -> list[str]:
    """Nodes outside that both follow a node inside and lead to one: with them the sub-graph would wait for itself."""
    follow: dict[str, list[str]] = {}
    lead: dict[str, list[str]] = {}
    for wire in (*graph.wires, *graph.controls):
        follow.setdefault(wire.source.node, []).append(wire.target.node)
        lead.setdefault(wire.target.node, []).append(wire.source.node)
    both = _reached(follow, inside) & _reached(lead, inside)
    return [node for node in graph.nodes if node in both and node not in inside]


def _reached(steps: dict[str, list[str]], start: set[str]) -> set[str]:
    """Nodes at the end of any way of one step or more."""
    found: set[str] = set()
    rest = list(start)
    while rest:
        for node in steps.get(rest.pop(), ()):
            if node not in found:
                found.add(node)
                rest.append(node)
    return found


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
    within = [wire for wire in (*graph.wires, *graph.controls) if {end.node for end in wire.key} <= set(inside)]
    view, keys = graph.view, {wire.key for wire in within}
    inner.restore(
        Removed(
            nodes=tuple(enumerate(graph.nodes[node].copy() for node in inside)),
            wires=tuple(enumerate(wire for wire in within if not wire.control)),
            controls=tuple(enumerate(wire for wire in within if wire.control)),
            looks=Looks(
                {node: view.nodes[node] for node in inside if node in view.nodes},
                view.collapsed.intersection(inside),
                {key: points for key, points in view.reroutes.items() if key in keys},
            ),
        )
    )
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


def dissolve(graph: Graph, node: str) -> Together:
    """The edit that puts what a sub-graph holds in the place of a node that uses it; the graph stays as it is.

    The sub-graph itself goes if nobody else uses it, and no other was added after it.

    Args:
        graph: The graph that the node lies in.
        node: The node.

    Raises:
        EditError: It uses no sub-graph, or what is set or wired there holds for all of it together.
    """
    use = graph.nodes[node]
    name = use.type.removeprefix(PREFIX)
    outer = graph.outermost
    inner = outer.subgraphs.get(name) if use.type.startswith(PREFIX) else None
    if inner is None:
        raise EditError(f"{node}: expected a node that uses a sub-graph, found {use.type}")
    if use.run is not PLAIN_RUN:
        raise EditError(f"{node}: expected no run settings, since they hold for all of it together; reset them first")
    parts = _Parts(graph, node, inner)
    edits: list[Edit] = [
        Restore(parts.brought()),
        *parts.moves(),
        RemoveNodes((node,)),
    ]
    others = [other for part in (outer, *outer.subgraphs.values()) for other in part.nodes.values() if other is not use]
    is_used = any(other.type == use.type or name in named_by(other).values() for other in others)
    if not is_used and list(outer.subgraphs)[-1] == name:
        edits.append(RemoveSubgraph(name))
    return Together(tuple(edits), f"dissolve {node}")


def made_unique(graph: Graph, node: str) -> Together:
    """The edit that gives a node a sub-graph of its own, equal to the one that it uses; the graph stays as it is.

    Args:
        graph: The graph that the node lies in.
        node: The node.

    Raises:
        EditError: It uses none.
    """
    use, outer = graph.nodes[node], graph.outermost
    by_param = named_by(use)
    name = use.type.removeprefix(PREFIX) if use.type.startswith(PREFIX) else next(iter(by_param.values()), "")
    if name not in outer.subgraphs:
        raise EditError(f"{node}: expected a node that uses a sub-graph, found {use.type}")
    fresh = FreshIds({*outer.subgraphs, *RESERVED}).next(name)
    twin = outer.subgraphs[name].copy()
    twin.name = fresh if twin.name == name else twin.name
    ours = {param: fresh for param, used in by_param.items() if used == name}
    edit = SetParams(node, {**use.params, **ours}) if ours else RetypeNode(node, f"{PREFIX}{fresh}")
    return Together((AddSubgraph(fresh, twin), edit), f"make {name} of {node} its own")


class _Parts:
    """What a sub-graph holds, on its way out of it."""

    def __init__(self, graph: Graph, node: str, inner: Graph) -> None:
        self._graph, self._node, self._inner = graph, node, inner
        self._own = [one for one in inner.nodes.values() if one.type not in BOUNDARY]
        taken = set(graph.nodes)
        self._ids: dict[str, str] = {}
        for one in self._own:
            self._ids[one.id] = FreshIds(taken).next(one.id)
            taken.add(self._ids[one.id])
        ends = [one for one in inner.nodes.values() if one.type in BOUNDARY]
        self._names = {one.id: str(one.params.get("name") or one.id) for one in ends}
        self._defaults = {one.id: one.params["default"] for one in ends if "default" in one.params}
        self._params = {one.id: dict(one.params) for one in self._own}
        self._wires: list[Wire] = []  # Beside those that move.
        self._moves: list[Edit] = []
        known = {*self._names.values()}
        for wire in graph.wires_of(node):
            end = wire.target if wire.target.node == node else wire.source
            if end.port not in known or wire.source.node == wire.target.node:
                raise EditError(f"{end}: expected a port of the sub-graph itself, wired to others; disconnect it first")
        for wire in (*inner.wires, *inner.controls):
            self._take(wire)

    def _take(self, wire: Wire) -> None:
        """A wire inside: it goes along, or joins what came to an input, or left from an output, of the node."""
        begins, ends = wire.source.node in self._names, wire.target.node in self._names
        if begins and ends:
            raise EditError(f"{self._node}: expected nothing that passes straight through, found {wire.source.node}")
        if not begins and not ends:
            self._wires.append(self._renamed(wire, self._out(wire.source), self._out(wire.target)))
        elif ends:
            name = self._names[wire.target.node]
            for outer in self._graph.wires_of(self._node):
                if outer.source == PortRef(self._node, name):
                    self._moves.append(Rewire(outer, self._out(wire.source), outer.target))
        else:
            self._feed(wire)

    def _feed(self, wire: Wire) -> None:
        """A wire from an input of the sub-graph: what comes to the node goes on to its end."""
        name, target = self._names[wire.source.node], self._out(wire.target)
        coming = [outer for outer in self._graph.wires_of(self._node) if outer.target == PortRef(self._node, name)]
        for outer in coming:
            if any(isinstance(move, Rewire) and move.wire is outer for move in self._moves):
                self._wires.append(self._renamed(outer, outer.source, target))
            else:
                self._moves.append(Rewire(outer, outer.source, target))
        value = self._graph.nodes[self._node].params.get(name, self._defaults.get(wire.source.node))
        if not coming and value is not None:
            if wire.target.index is not None:
                raise EditError(
                    f"{self._node}.{name}: expected a wire, found a value for one place of many; wire it first"
                )
            self._params[wire.target.node][wire.target.port] = value

    def brought(self) -> Removed:
        """Nodes and wires, as if they came back."""
        nodes = [Node(self._ids[one.id], one.type, self._params[one.id], one.run, dict(one.extra)) for one in self._own]
        data = [wire for wire in self._wires if not wire.control]
        controls = [wire for wire in self._wires if wire.control]
        return Removed(
            nodes=tuple(enumerate(nodes, len(self._graph.nodes))),
            wires=tuple(enumerate(data, len(self._graph.wires))),
            controls=tuple(enumerate(controls, len(self._graph.controls))),
            looks=Looks({self._ids[name]: look for name, look in self._looks().items()}),
        )

    def moves(self) -> list[Edit]:
        """Wires of the node that go on to what is brought."""
        return self._moves

    def _looks(self) -> dict[str, NodeView]:
        view, here = self._inner.view, self._graph.view.position(self._node) or (0.0, 0.0)
        middle = _middle(self._inner, [one.id for one in self._own])
        places = {one.id: place for one in self._own if (place := view.position(one.id)) is not None}
        return {
            name: NodeView(pos=(short(x - middle[0] + here[0]), short(y - middle[1] + here[1])))
            for name, (x, y) in places.items()
        }

    def _out(self, ref: PortRef) -> PortRef:
        return PortRef(self._ids.get(ref.node, ref.node), ref.port, ref.index)

    @staticmethod
    def _renamed(wire: Wire, source: PortRef, target: PortRef) -> Wire:
        return Wire(source, target, wire.control, wire.muted, wire.extra)
