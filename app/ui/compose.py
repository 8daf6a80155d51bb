"""The edits that a gesture is made of: replacing a wire, wiring a new node. It changes nothing."""

from __future__ import annotations

from collections.abc import Callable

from ..graph.document import Graph
from ..graph.edits import Connect, Disconnect, Edit
from ..graph.node import FreshIds
from ..graph.wire import PortRef, Wire
from ..ports.port import Port

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
