"""Running a node for each item of a list: `control.for_each` takes its place, and runs a sub-graph that has it."""

from __future__ import annotations

from collections.abc import Iterable

from ..authoring.nodetype import NodeType
from ..graph.document import Graph
from ..graph.edits import Edit, RetypeNode, SetParams, SetRun, Together
from ..graph.node import FreshIds, Node
from ..graph.pasting import AddSubgraph
from ..graph.run_settings import PLAIN_RUN
from ..graph.wire import Wire
from ..registry.boundary import INPUT, OUTPUT

EACH = "control.for_each"


def can_be_lifted(node: Node, node_type: NodeType | None, wires: Iterable[Wire]) -> bool:
    """Whether a node's wires could stay where they are, if it ran for each item.

    Args:
        node: A node of the outermost graph.
        node_type: Its type.
        wires: All its wires.
    """
    if node_type is None or node_type.composite or node_type.ports_of is not None or node.type.startswith("graph."):
        return False
    if node_type.kind not in ("function", "async"):
        return False  # A source begins epochs, and state would begin anew with each item.
    outputs = {port.name for port in node_type.signature.outputs if not port.control}
    for wire in wires:
        port = node_type.signature.input(wire.target.port) if wire.target.node == node.id else None
        is_plain = wire.source.port in outputs if port is None else not port.variadic and not port.control
        if wire.control or not is_plain or wire.target.node == wire.source.node:
            return False
    return bool(outputs)


def lifted(graph: Graph, node_type: NodeType, node_id: str, port: str) -> Edit:
    """Run a node for each item that comes to a port; its wires stay, and what it gives becomes lists.

    Args:
        graph: The outermost graph.
        node_type: The node's type.
        node_id: The node, for which `can_be_lifted` says yes.
        port: The input that a list is wired to.
    """
    node = graph.nodes[node_id]
    name = FreshIds({*graph.subgraphs, "input", "output"}).next(f"each_{node_id}")
    wired = [wire.target.port for wire in graph.wires if wire.target.node == node_id]
    params = {"graph": name, "over": port}
    edits = (
        AddSubgraph(name, _inside(node, node_type, wired)),
        RetypeNode(node_id, EACH),
        SetParams(node_id, params),
        *((SetRun(node_id, PLAIN_RUN),) if node.run is not PLAIN_RUN else ()),
    )
    return Together(edits, f"run {node_id} for each item")


def _inside(node: Node, node_type: NodeType, wired: list[str]) -> Graph:
    """The sub-graph: the node, an input for each wire that came to it, and its outputs."""
    inner = Graph(node.id)
    inner.add(node.type, id=node.id)
    inner.set_params(node.id, {name: value for name, value in node.params.items() if name not in wired})
    inner.set_run(node.id, node.run)
    fresh = FreshIds(inner.nodes)
    for number, port in enumerate(wired):
        end = inner.add(INPUT, id=fresh.next(port), name=port)
        inner.connect(end["value"], f"{node.id}.{port}")
        inner.move(end, -220, 80 * number)
    inner.move(node.id, 0, 0)
    outputs = [port.name for port in node_type.signature.outputs if not port.control]
    for number, port in enumerate(outputs):
        end = inner.add(OUTPUT, id=fresh.next(port), name=port)
        inner.connect(f"{node.id}.{port}", end["value"])
        inner.move(end, 220, 80 * number)
    return inner
