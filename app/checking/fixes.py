"""What is done about a finding at one click: the edit, the same for the editor, the command line and other programs."""

from __future__ import annotations

from ..errors import EditError
from ..graph.document import Graph
from ..graph.edits import (
    AddNode,
    Connect,
    Disconnect,
    Edit,
    RetypeNode,
    Rewire,
    SetParams,
    Together,
    UnsetParam,
    Within,
)
from ..graph.node import FreshIds
from ..graph.plain import shown
from ..graph.view import Point
from ..graph.wire import PortRef, Wire
from ..ports.fit import compatible
from ..ports.port import Signature
from ..registry.lookup import Registry
from .diagnostic import Diagnostic, Fix
from .lifting import can_be_lifted, lifted

NEW_NODE_BESIDE = 220
"""Canvas units between a wire's source and a node that is put into the wire, where there is no place known between."""


def edit_of(graph: Graph, registry: Registry, found: Diagnostic) -> Edit:
    """What a finding's fix does to the outermost graph.

    Raises:
        EditError: It has none, or the graph is another by now.
    """
    if found.fix is None or found.node is None:
        raise EditError(f"expected a finding with a fix, found one without: {found.message}")
    name, _, node = found.node.rpartition("/")
    part = graph.subgraphs.get(name) if name else graph
    if part is None or node not in part.nodes:
        raise EditError(f"{found.node}: expected a node of the graph, found one that is not in it")
    edit = _in_its_graph(part, registry, found, found.fix, node)
    return Within(name, edit) if name else edit


def effect_of(graph: Graph, found: Diagnostic) -> str:
    """What a finding's fix does, as a part of a sentence; empty if it has none."""
    fix, wire, node = found.fix, found.wire, found.node or ""
    if fix is None:
        return ""
    if fix.action == "parameter":
        return f"parameter `{found.port}` is called `{fix.value}`"
    if fix.action == "unset":
        name, _, own = node.rpartition("/")
        params = (graph.subgraphs[name] if name else graph).nodes[own].params
        return f"parameter `{found.port}`, which is {shown(params.get(found.port or ''))}, is taken out"
    if fix.action == "type":
        return f"its type is `{fix.value}`"
    if fix.action == "each":
        return f"it runs for each item that comes to `{found.port}`"
    way = "" if wire is None else f"{wire.source} → {wire.target}"
    if fix.action == "disconnect":
        return f"the wire {way} is removed"
    if fix.action == "insert":
        return f"`{fix.value}` is put into the wire {way}"
    is_start = wire is not None and (wire.source.node, wire.source.port) == (node.rpartition("/")[2], found.port)
    return f"the wire {way} {'starts' if is_start else 'ends'} at `{fix.value}`"


def _in_its_graph(graph: Graph, registry: Registry, found: Diagnostic, fix: Fix, node: str) -> Edit:
    """The edit of the graph that the node lies in."""
    port = found.port or ""
    if fix.action == "parameter":
        params = graph.nodes[node].params
        return SetParams(node, {fix.value if name == port else name: value for name, value in params.items()})
    if fix.action == "unset":
        return UnsetParam(node, port)
    if fix.action == "type":
        return RetypeNode(node, fix.value)
    if found.wire is None:
        raise EditError(f"expected a finding about a wire, found one about {found.node}")
    if fix.action == "disconnect":
        return Disconnect((found.wire,))
    if fix.action == "each":
        node_type = registry.node_type(graph.nodes[node].type)
        if node_type is None or not can_be_lifted(graph.nodes[node], node_type, graph.wires_of(node)):
            raise EditError(f"{node}: expected a node that can run for each item, found another by now")
        return lifted(graph, node_type, node, port)
    if fix.action == "port":
        return _moved(found.wire, PortRef(node, port), fix.value)
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
    id_ = FreshIds(graph.nodes).next(node_type.rpartition(".")[2])
    edits = (
        Disconnect((wire,), closes_up=False),
        AddNode(node_type, id_, pos=_between(graph, wire)),
        Connect(wire.source, PortRef(id_, inputs[0].name)),
        Connect(PortRef(id_, outputs[0].name), wire.target, wire.muted),
    )
    return Together(edits, f"put {node_type} into a wire")


def _moved(wire: Wire, gone: PortRef, port: str) -> Edit:
    """Let a wire that ends at a port that is not there end at another one of the same node."""
    here = PortRef(gone.node, port)
    at_source = (wire.source.node, wire.source.port) == (gone.node, gone.port)
    return Rewire(wire, here, wire.target) if at_source else Rewire(wire, wire.source, here)


def _between(graph: Graph, wire: Wire) -> Point:
    places = [graph.view.position(end.node) for end in wire.key]
    known = [place for place in places if place is not None]
    if len(known) == 2:
        return (known[0][0] + known[1][0]) / 2, (known[0][1] + known[1][1]) / 2
    return (known[0][0] + NEW_NODE_BESIDE, known[0][1]) if known else (0, 0)
