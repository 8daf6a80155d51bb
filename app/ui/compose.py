"""The edits that a gesture is made of: replacing a wire, wiring a new node. It changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection

from ..graph.document import Graph
from ..graph.edits import Connect, Disconnect, Edit, RemoveNodes, RetypeNode, Rewire, SetParams
from ..graph.node import FreshIds
from ..graph.wire import PortRef, Wire
from ..ports.port import Port, Signature

PortOf = Callable[[PortRef], Port | None]
"""Gives an input port; None if it is not known."""


def fresh_id(graph: Graph, node_type: str) -> str:
    """The id that a new node of this type gets."""
    return FreshIds(graph.nodes).next(node_type.rpartition(".")[2])


def wired(graph: Graph, source: PortRef, target: PortRef, port_of: PortOf) -> list[Edit]:
    """Wire two ports; a wire on a taken data input gives way. Nothing if they are wired already."""
    port = port_of(target)
    if port is not None and port.control:
        is_there = any(wire.key == (source, target) for wire in graph.controls)
        return [] if is_there else [Connect(source, target)]
    there = next((wire for wire in graph.wires_of(target.node) if not wire.control and wire.target == target), None)
    if there is None:
        is_place = port is not None and port.variadic  # A free place of a variadic input: the next one is meant.
        return [Connect(source, PortRef(target.node, target.port) if is_place else target)]
    if there.source == source:
        return []
    return [Disconnect((there,), closes_up=False), Connect(source, target)]


def healed(graph: Graph, ids: Collection[str], fits: Callable[[PortRef, PortRef], bool]) -> list[Edit]:
    """Remove nodes, and wire what they gave on to others to what came to them, where that fits."""
    edits: list[Edit] = [RemoveNodes(tuple(ids))]
    for wire in [wire for wire in graph.wires if wire.source.node in ids and wire.target.node not in ids]:
        before = _before(graph, wire.source.node, ids, lambda source, end=wire.target: fits(source, end))  # type: ignore[misc]
        if before is not None:
            edits.append(Connect(before, wire.target, wire.muted))
    return edits


def pulled_out(graph: Graph, ids: Collection[str], fits: Callable[[PortRef, PortRef], bool]) -> list[Edit]:
    """Take the wires off that join some nodes to others, and wire what was before them to what was behind."""
    off = [wire for wire in (*graph.wires, *graph.controls) if (wire.source.node in ids) != (wire.target.node in ids)]
    edits: list[Edit] = [Disconnect(tuple(off))] if off else []
    for wire in off:
        if not wire.control and wire.source.node in ids:
            before = _before(graph, wire.source.node, ids, lambda source, end=wire.target: fits(source, end))  # type: ignore[misc]
            if before is not None:
                edits.append(Connect(before, wire.target, wire.muted))
    return edits


def _before(graph: Graph, node: str, ids: Collection[str], fits: Callable[[PortRef], bool]) -> PortRef | None:
    """The first output that comes to a node, or to one before it among others, and that fits."""
    seen, waiting = {node}, [node]
    while waiting:
        here = waiting.pop(0)
        for wire in graph.wires_of(here):
            if wire.control or wire.target.node != here or wire.source.node in seen:
                continue
            if wire.source.node in ids:
                seen.add(wire.source.node)
                waiting.append(wire.source.node)
            elif fits(wire.source):
                return wire.source
    return None


def put_into(wire: Wire, node: str, ports: tuple[str, str]) -> list[Edit]:
    """Lead a wire through a node that is there: into its first port, out of its second."""
    return [
        Disconnect((wire,), closes_up=False),
        Connect(wire.source, PortRef(node, ports[0])),
        Connect(PortRef(node, ports[1]), wire.target, wire.muted),
    ]


def replaced(graph: Graph, node: str, node_type: str, signature: Signature) -> list[Edit]:
    """Give a node another type; wires go to ports of the same name, else to the first free one that fits, else go."""
    old = graph.nodes[node]
    inputs, outputs = {port.name: port for port in signature.inputs}, {port.name: port for port in signature.outputs}
    settings = {port.name for port in (*signature.inputs, *signature.settings)}
    gone: list[Wire] = []
    moves: list[Edit] = []
    taken = {wire.target.port for wire in graph.wires_of(node) if wire.target.node == node}
    for wire in graph.wires_of(node):
        is_into = wire.target.node == node
        end, ports = (wire.target, inputs) if is_into else (wire.source, outputs)
        if end.port in ports or end.port in ("trigger", "done", "error"):
            continue
        free = [port for name, port in ports.items() if not port.control and (not is_into or name not in taken)]
        if wire.control or not free:
            gone.append(wire)
            continue
        port = free[0]
        taken.add(port.name)
        here = PortRef(node, port.name)
        moves.append(Rewire(wire, wire.source, here) if is_into else Rewire(wire, here, wire.target))
    params = {name: value for name, value in old.params.items() if name in settings}
    edits: list[Edit] = [Disconnect(tuple(gone))] if gone else []
    return [*edits, RetypeNode(node, node_type), SetParams(node, params), *moves]


def rewired(graph: Graph, wire: Wire, source: PortRef, target: PortRef, port_of: PortOf) -> list[Edit]:
    """Give a wire other ends; a wire on a taken data input gives way."""
    if (source, target) == wire.key:
        return []
    if target == wire.target:
        return [Disconnect((wire,), closes_up=False), Connect(source, target, wire.muted)]
    if (target.node, target.port) == (wire.target.node, wire.target.port):  # To another place of a variadic input.
        return [Disconnect((wire,)), Connect(source, PortRef(target.node, target.port), wire.muted)]
    return [Disconnect((wire,)), *wired(graph, source, target, port_of)]
