"""What ports each node of a graph has: from its node type, its parameters, or the sub-graph that it uses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ..authoring.control import Signal
from ..authoring.nodetype import NodeType
from ..errors import ValueMismatch
from ..graph.document import Graph
from ..graph.node import Node
from ..graph.subgraphs import PREFIX
from ..graph.wire import PortRef
from ..ports.port import MISSING, Port, Signature
from .boundary import INPUT, OUTPUT, as_input, named
from .composite import composite_ports
from .foretold import Told, foretold
from .inference import Inference
from .lookup import Registry


class Resolver:
    """Signatures of the nodes of one graph and of its sub-graphs.

    A node whose type is unknown, or whose `type` parameter is no type, has none.
    """

    def __init__(self, graph: Graph, registry: Registry) -> None:
        self._graph, self._registry = graph, registry
        self._subgraphs: dict[str, Signature] = {}
        self._under_way: set[str] = set()
        self._node_types: dict[str, NodeType | None] = {}
        self._plain: dict[str, Signature] = {}  # By id of a node type whose nodes all have the same ports.

    def node_type(self, type_id: str) -> NodeType | None:
        """The node type of this id or alias, or None; looked up once for all nodes of the graph."""
        known = self._node_types
        if type_id not in known:
            known[type_id] = self._registry.node_type(type_id)
        return known[type_id]

    def signature(self, node: Node) -> Signature | None:
        """The ports of a node, or None."""
        type_id = node.type
        if type_id in self._plain:
            return self._plain[type_id]
        node_type = self.node_type(type_id)
        if node_type is not None:
            if not node_type.composite and node_type.ports_of is None:
                return self._plain.setdefault(type_id, node_type.signature)
            return self.of_type(node_type, node.params)
        return self.subgraph(type_id.removeprefix(PREFIX)) if type_id.startswith(PREFIX) else None

    def of_type(self, node_type: NodeType, params: Mapping[str, Any]) -> Signature | None:
        """The ports of a node of this type with these parameters, or None."""
        if node_type.composite:
            name = params.get("graph")
            inner = self.subgraph(name) if isinstance(name, str) else None
            return composite_ports(node_type, params, inner or Signature())
        if node_type.ports_of is None:
            return node_type.signature
        try:
            return node_type.ports_of(params, self._registry.label)
        except ValueMismatch:
            return None

    def signatures(self, graph: Graph | None = None) -> dict[str, Signature | None]:
        """The ports of all nodes of a graph, by id.

        Args:
            graph: One of the sub-graphs; the outer graph by default.
        """
        return {node_id: self.signature(node) for node_id, node in (graph or self._graph).nodes.items()}

    def subgraph(self, name: str) -> Signature | None:
        """The ports of a node that uses a sub-graph; None if there is no such sub-graph.

        Nor has one any while its own ports are being found, as when it uses itself: `check` says more about that.
        """
        inner = self._graph.subgraphs.get(name)
        if inner is None or name in self._under_way:
            return None
        if name not in self._subgraphs:
            self._under_way.add(name)
            self._subgraphs[name] = self._boundary(inner)
            self._under_way.discard(name)
        return self._subgraphs[name]

    def inference(
        self, graph: Graph, signatures: Mapping[str, Signature | None] | None = None, without: PortRef | None = None
    ) -> Inference:
        """What flows along the wires of a graph.

        Args:
            graph: The outer graph or one of its sub-graphs.
            signatures: The ports of its nodes, where they are known already.
            without: An input whose wires are left out.
        """
        left_out = None if without is None else (without.node, without.port)

        def wires() -> Iterator[tuple[PortRef, PortRef]]:
            for wire in graph.wires:
                if not wire.muted and (left_out is None or (wire.target.node, wire.target.port) != left_out):
                    yield wire.source, wire.target

        return Inference(
            graph.nodes,
            self.signatures(graph) if signatures is None else signatures,
            wires(),
            self._registry.converters,
            self._told(graph, wires),
        )

    def _told(self, graph: Graph, wires: Callable[[], Iterable[tuple[PortRef, PortRef]]]) -> Told:
        """What nodes say of their outputs before they run."""
        telling = [
            (node, found) for node in graph.nodes.values() if (found := self.node_type(node.type)) and found.infer
        ]
        if not telling:
            return {}
        folder = None if self._graph.path is None else self._graph.path.resolve().parent
        return foretold(telling, {(target.node, target.port) for _, target in wires()}, folder)

    def _boundary(self, inner: Graph) -> Signature:
        """The ports of a graph as a node of it has them: what its boundary declares, or what flows there."""
        ends = [(node_id, node) for node_id, node in inner.nodes.items() if node.type in (INPUT, OUTPUT)]
        inference = self.inference(inner)
        hints = inference.outer([PortRef(node_id, "value") for node_id, _ in ends])
        inputs: list[Port] = []
        outputs: list[Port] = []
        for (node_id, node), inferred in zip(ends, hints, strict=True):
            signature = self.signature(node)
            declared = signature.outputs[0].hint if signature is not None else Any
            hint = Signal if declared is Signal else inferred
            port = Port(name=named(node_id, node.params), hint=hint, control=hint is Signal)
            if node.type == INPUT:
                inputs.append(as_input(port, port.name, node.params.get("default", MISSING)))
            else:
                outputs.append(port)
        return Signature(tuple(inputs), tuple(outputs))


def signatures(graph: Graph, registry: Registry) -> dict[str, Signature | None]:
    """The ports of all nodes of a graph, by id; None for nodes whose type is not known."""
    return Resolver(graph, registry).signatures()
