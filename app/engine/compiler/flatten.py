"""From nested sub-graphs to one flat network.

Ids become paths (`calc/add`), and a wire to a sub-graph's port ends at the boundary node inside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from msgspec import structs

from ...authoring.nodetype import NodeType
from ...errors import GraphError
from ...graph.document import Graph
from ...graph.reading import MOST_NODES
from ...graph.run_settings import PLAIN_RUN, RunSettings
from ...graph.subgraphs import PREFIX
from ...graph.wire import PortRef, Wire
from ...ports.port import Signature
from ...registry.boundary import INPUT, OUTPUT, named
from ...registry.lookup import Registry
from ...registry.resolve import Resolver


@dataclass(frozen=True, slots=True)
class FlatNode:
    """A node of the flat network.

    Attributes:
        id: Path of ids through the sub-graphs.
        node_type: Its type; None when nobody knows it.
        signature: Its ports; empty when nobody knows them.
        params: As in the graph file.
        run: How it is run.
    """

    id: str
    type: str
    node_type: NodeType | None
    signature: Signature
    params: Mapping[str, Any]
    run: RunSettings


@dataclass(slots=True)
class Network:
    """Nodes and wires without sub-graphs.

    Attributes:
        nodes: By id, in the order of the document.
        wires: Between data ports; muted ones are left out.
        controls: Between control ports; muted ones are left out.
        muted: Node and port of each input at which a muted wire ends.
        outer: Names by which users know the boundary ports of sub-graphs: `calc.sum` for `calc/out.value`.
        notes: Sentences on what the graph asks for and this engine does not do.
    """

    nodes: dict[str, FlatNode] = field(default_factory=dict)
    wires: list[tuple[PortRef, PortRef]] = field(default_factory=list)
    controls: list[tuple[PortRef, PortRef]] = field(default_factory=list)
    muted: set[tuple[str, str]] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    outer: dict[PortRef, str] = field(default_factory=dict)

    def ancestors(self, ids: set[str]) -> set[str]:
        """These nodes and all that they need, by data and by control."""
        before: dict[str, list[str]] = {}
        for source, target in (*self.wires, *self.controls):
            before.setdefault(target.node, []).append(source.node)
        found, waiting = set(ids), list(ids)
        while waiting:
            for node in before.get(waiting.pop(), ()):
                if node not in found:
                    found.add(node)
                    waiting.append(node)
        return found

    def only(self, ids: set[str]) -> Network:
        """The part of the network that these nodes make."""
        return Network(
            {node_id: node for node_id, node in self.nodes.items() if node_id in ids},
            [wire for wire in self.wires if wire[0].node in ids and wire[1].node in ids],
            [wire for wire in self.controls if wire[0].node in ids and wire[1].node in ids],
            self.muted,
            self.notes,
            self.outer,
        )


def flatten(graph: Graph, registry: Registry) -> Network:
    """Make a graph flat.

    Raises:
        GraphError: A sub-graph uses itself, or the control ports of a sub-graph's node are wired; neither runs yet.
    """
    network = Network()
    _Flattener(graph, registry, network).add(graph, "", ())
    return network


class _Flattener:
    def __init__(self, graph: Graph, registry: Registry, network: Network) -> None:
        self._graph, self._registry, self._network = graph, registry, network
        self._resolver = Resolver(graph, registry)

    def add(self, graph: Graph, prefix: str, within: tuple[str, ...]) -> None:
        for node_id, node in graph.nodes.items():
            name = _subgraph_of(node.type)
            if name is not None and name in self._graph.subgraphs:
                if name in within:
                    chain = " > ".join((*within, name))
                    raise GraphError(
                        f"`{prefix}{node_id}`: sub-graph `{name}` uses itself ({chain}), which does not run yet"
                    )
                self.add(self._graph.subgraphs[name], f"{prefix}{node_id}/", (*within, name))
                self._set_inputs(f"{prefix}{node_id}", self._graph.subgraphs[name], node.params)
                self._take_settings(f"{prefix}{node_id}", node.run)
            else:
                signature = self._resolver.signature(node) or Signature()
                node_type = self._registry.node_type(node.type)
                self._network.nodes[prefix + node_id] = FlatNode(
                    prefix + node_id, node.type, node_type, signature, node.params, node.run
                )
        if len(self._network.nodes) > MOST_NODES:
            raise GraphError(
                f"with its sub-graphs the graph has over {MOST_NODES:,} nodes, the most that run; use fewer"
            )
        self._network.wires += self._ends(graph, graph.wires, prefix)
        self._network.controls += self._ends(graph, graph.controls, prefix)

    def _ends(self, graph: Graph, wires: tuple[Wire, ...], prefix: str) -> Iterator[tuple[PortRef, PortRef]]:
        for wire in wires:
            source = self._end(graph, wire.source, prefix, OUTPUT, "value")
            target = self._end(graph, wire.target, prefix, INPUT, "default")
            if source is None or target is None:
                continue
            if wire.muted:
                self._network.muted.add((target.node, target.port))
            else:
                yield source, target

    def _end(self, graph: Graph, ref: PortRef, prefix: str, boundary: str, port: str) -> PortRef | None:
        """Where a wire really ends: inside, if its node is a sub-graph's."""
        inner = self._graph.subgraphs.get(_subgraph_of(graph.nodes[ref.node].type) or "")
        if inner is None:
            return PortRef(prefix + ref.node, ref.port, ref.index)
        for node_id, node in inner.nodes.items():
            if node.type == boundary and named(node_id, node.params) == ref.port:
                return PortRef(f"{prefix}{ref.node}/{node_id}", port)
        if ref.port in ("trigger", "done", "error"):
            raise GraphError(f"`{prefix}{ref}`: `{ref.port}` of a sub-graph's node does not run yet")
        return None  # A ghost port: `check` has said so.

    def _set_inputs(self, use: str, inner: Graph, params: Mapping[str, Any]) -> None:
        """Parameters of a sub-graph's node become the defaults of its inputs."""
        for node_id, node in inner.nodes.items():
            name = named(node_id, node.params)
            if node.type in (INPUT, OUTPUT):
                port = "default" if node.type == INPUT else "value"
                self._network.outer[PortRef(f"{use}/{node_id}", port)] = f"{use}.{name}"
            if node.type == INPUT and name in params:
                flat = self._network.nodes[f"{use}/{node_id}"]
                self._network.nodes[flat.id] = replace(flat, params={**flat.params, "default": params[name]})

    def _take_settings(self, use: str, run: RunSettings) -> None:
        """A disabled use disables all nodes inside; what else is set on it is not kept yet."""
        if run.disabled:
            for node_id, flat in self._network.nodes.items():
                if node_id.startswith(f"{use}/"):
                    self._network.nodes[node_id] = replace(flat, run=structs.replace(flat.run, disabled=True))
        if structs.replace(run, disabled=False, extra={}) != PLAIN_RUN:
            self._network.notes.append(f"run settings of a node that uses a sub-graph are not kept yet: `{use}`")


def _subgraph_of(node_type: str) -> str | None:
    """The sub-graph that a node of this type uses, or None."""
    if not node_type.startswith(PREFIX) or node_type in (INPUT, OUTPUT):
        return None
    return node_type.removeprefix(PREFIX)
