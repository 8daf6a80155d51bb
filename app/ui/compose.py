"""The edits that a gesture is made of: replacing a wire, wiring a new node, a diagnostic's fix. It changes nothing."""

from __future__ import annotations

from collections.abc import Callable

from ..checking.diagnostic import Diagnostic
from ..errors import EditError
from ..graph.document import Graph
from ..graph.edits import AddNode, Connect, Disconnect, Edit, RetypeNode, SetParams, Together, UnsetParam
from ..graph.node import FreshIds
from ..graph.view import Point
from ..graph.wire import PortRef, Wire
from ..ports.fit import compatible
from ..ports.port import Port, Signature
from ..registry.lookup import Registry

NEW_NODE_BESIDE = 220
"""Canvas units between a wire's source and a node that is put into the wire, where there is no place known between."""

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


def rewired(graph: Graph, wire: Wire, source: PortRef, target: PortRef, port_of: PortOf) -> list[Edit]:
    """Give a wire other ends; a wire on a taken data input gives way."""
    if (source, target) == wire.key:
        return []
    if target == wire.target:
        return [Disconnect((wire,), closes_up=False), Connect(source, target, wire.muted)]
    if (target.node, target.port) == (wire.target.node, wire.target.port):  # To another place of a variadic input.
        return [Disconnect((wire,)), Connect(source, PortRef(target.node, target.port), wire.muted)]
    return [Disconnect((wire,)), *wired(graph, source, target, port_of)]


def fixed(graph: Graph, registry: Registry, found: Diagnostic) -> Edit:
    """What a diagnostic's fix does.

    Raises:
        EditError: It has none, or it lies in a sub-graph.
    """
    fix = found.fix
    if fix is None or found.node is None:
        raise EditError(f"expected a finding with a fix, found one without: {found.message}")
    if found.node not in graph.nodes:
        raise EditError(f"{found.node}: expected a node of the graph on screen, found one that is not in it")
    if fix.action == "parameter":
        params = graph.nodes[found.node].params
        return SetParams(
            found.node, {fix.value if name == found.port else name: value for name, value in params.items()}
        )
    if fix.action == "unset":
        return UnsetParam(found.node, found.port or "")
    if fix.action == "type":
        return RetypeNode(found.node, fix.value)
    if found.wire is None:
        raise EditError(f"expected a finding about a wire, found one about {found.node}")
    if fix.action == "disconnect":
        return Disconnect((found.wire,))
    if fix.action == "port":
        return _with_port(found.wire, found, fix.value)
    return inserted(graph, registry, found.wire, fix.value)


def inserted(graph: Graph, registry: Registry, wire: Wire, node_type: str) -> Edit:
    """Put a node into a wire, by the first ports that fit.

    Raises:
        EditError: The type is not known, or has no ports for it.
    """
    found = registry.node_type(node_type)
    signature = Signature() if found is None else found.signature
    inputs = sorted((port for port in signature.inputs if not port.control), key=lambda port: not port.is_required)
    outputs = [port for port in signature.outputs if not port.control]
    target_node = graph.nodes[wire.target.node]
    target_type = registry.node_type(target_node.type)
    target = None if target_type is None else target_type.input(wire.target.port)
    if target is not None:
        outputs.sort(key=lambda port: not compatible(port.hint, target.hint, registry.converters).is_allowed)
    if not inputs or not outputs:
        raise EditError(f"{node_type}: expected a node type with an input and an output, found none")
    id_ = fresh_id(graph, node_type)
    edits = (
        Disconnect((wire,), closes_up=False),
        AddNode(node_type, id_, pos=_between(graph, wire)),
        Connect(wire.source, PortRef(id_, inputs[0].name)),
        Connect(PortRef(id_, outputs[0].name), wire.target, wire.muted),
    )
    return Together(edits, f"put {node_type} into a wire")


def _with_port(wire: Wire, found: Diagnostic, port: str) -> Edit:
    node = found.node or ""
    if (wire.source.node, wire.source.port) == (node, found.port):
        ends = PortRef(node, port), wire.target
    else:
        ends = wire.source, PortRef(node, port)
    return Together((Disconnect((wire,)), Connect(*ends, wire.muted)), f"wire {ends[0]} to {ends[1]}")


def _between(graph: Graph, wire: Wire) -> Point:
    places = [graph.view.position(end.node) for end in wire.key]
    known = [place for place in places if place is not None]
    if len(known) == 2:
        return (known[0][0] + known[1][0]) / 2, (known[0][1] + known[1][1]) / 2
    return (known[0][0] + NEW_NODE_BESIDE, known[0][1]) if known else (0, 0)
