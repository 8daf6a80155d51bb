"""From nested sub-graphs to one flat network.

Ids become paths (`calc/add`), and a wire to a sub-graph's port ends at the boundary node inside. What cannot be flat
stays a *call*: a node that runs the plan of a sub-graph in epochs of its own. Such are the composite nodes of the
`control` vessel, a use inside a sub-graph that it leads back to, and one that is retried, timed or bypassed as a
whole.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from msgspec import structs

from ...authoring.nodetype import DONE, ERROR, TRIGGER, NodeType
from ...errors import GraphError
from ...graph.circles import groups
from ...graph.document import Graph
from ...graph.node import Node
from ...graph.reading import MOST_NODES
from ...graph.run_settings import PLAIN_RUN, RunSettings
from ...graph.subgraphs import PREFIX, used_by
from ...graph.wire import PortRef, Wire
from ...ports.port import Signature
from ...registry.boundary import INPUT, OUTPUT, named
from ...registry.composite import carried, over
from ...registry.lookup import Registry
from ...registry.resolve import Resolver
from .groups import Use, add_groups
from .network import Call, FlatNode, Network
from .plan import InnerPlan

_DISABLED = structs.replace(PLAIN_RUN, disabled=True)

_NO_PARAMS: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Inside:
    """Where in the nest of sub-graphs something lies.

    Attributes:
        name: Of the sub-graph around it; empty outside of all.
        path: Id of the node that uses it, from the outermost graph; empty outside of all.
        outer: What lies around that.
    """

    name: str = ""
    path: str = ""
    outer: Inside | None = None

    def around(self, names: Collection[str]) -> Inside | None:
        """The outermost use of one of these sub-graphs that lies around here, or None."""
        found, place = None, self if names else None
        while place is not None:
            if place.name in names:
                found = place
            place = place.outer
        return found


@dataclass(frozen=True, slots=True)
class Wanted:
    """A plan that is still to be made.

    Attributes:
        plan: Takes it.
        graph: The sub-graph.
        inside: Where its nodes lie.
    """

    plan: InnerPlan
    graph: Graph
    inside: Inside


class Boundary(NamedTuple):
    """The nodes of a sub-graph at which wires from around it end.

    Attributes:
        nodes: Id, node type and name of each.
        by_name: Their ids by node type and name.
    """

    nodes: list[tuple[str, str, str]]
    by_name: dict[tuple[str, str], str]


class Flattener:
    """Makes a graph flat, and then those of its sub-graphs that calls run.

    Attributes:
        wanted: Plans that calls need and that nobody has made yet.
    """

    def __init__(self, graph: Graph, registry: Registry) -> None:
        self.wanted: list[Wanted] = []
        self._graph, self._registry = graph, registry
        self._resolver = Resolver(graph, registry)
        self._made: dict[tuple[str, str, str, str], InnerPlan] = {}
        known = graph.subgraphs
        circles = groups({name: used_by(inner, known) for name, inner in known.items()})
        self._circles = {name: frozenset(circle) for circle in circles for name in circle}
        self._has_subgraphs = bool(known)
        self._boundaries: dict[int, Boundary] = {}
        self._signatures: dict[int, Signature] = {}
        self._count = 0

    def flatten(self, graph: Graph, inside: Inside) -> Network:
        """Make one graph flat.

        Args:
            graph: The outermost graph, or one of its sub-graphs.
            inside: Where its nodes lie.
        Raises:
            GraphError: With its sub-graphs the graph has too many nodes.
        """
        network = Network()
        part = _Part(self, network)
        part.add(graph, "", inside)
        part.add_groups()
        return network

    def subgraph_of(self, node_type: str) -> Graph | None:
        """The sub-graph that a node of this type uses, or None."""
        name = _subgraph_of(node_type) if self._has_subgraphs else None
        return None if name is None else self._graph.subgraphs.get(name)

    def boundary(self, graph: Graph) -> Boundary:
        """The boundary of a sub-graph, found once for all uses."""
        if id(graph) not in self._boundaries:
            nodes = [
                (node_id, node.type, named(node_id, node.params))
                for node_id, node in graph.nodes.items()
                if node.type in (INPUT, OUTPUT)
            ]
            by_name = {(node_type, name): node_id for node_id, node_type, name in reversed(nodes)}
            self._boundaries[id(graph)] = Boundary(nodes, by_name)
        return self._boundaries[id(graph)]

    def entry(self, name: str, inside: Inside) -> Inside | None:
        """Where the circle was entered that leads back to this sub-graph; None if no use of one on it lies around."""
        return inside.around(self._circles.get(name, ()))

    def count(self, nodes: int) -> None:
        """Count nodes; refuse too many."""
        self._count += nodes
        if self._count > MOST_NODES:
            raise GraphError(
                f"with its sub-graphs the graph has over {MOST_NODES:,} nodes, the most that run; use fewer"
            )

    def flat(self, node: Node, prefix: str, inside: Inside) -> FlatNode:
        """A node that is no sub-graph's, or runs one as a call."""
        name = node.type
        node_type = self._resolver.node_type(name)
        signature = self._signature(node) if prefix else self._resolver.signature(node) or Signature()
        call = self._call(node, node_type, inside) if node_type is None or node_type.composite else None
        return FlatNode(
            prefix + node.id, name, node_type, signature, node.params or _NO_PARAMS, node.run, "node", call
        )  # fmt: skip

    def _signature(self, node: Node) -> Signature:
        """The ports of a node in a sub-graph, found once for all uses."""
        if id(node) not in self._signatures:
            self._signatures[id(node)] = self._resolver.signature(node) or Signature()
        return self._signatures[id(node)]

    def _call(self, node: Node, node_type: NodeType | None, inside: Inside) -> Call | None:
        kind = "call" if node_type is None else node_type.composite
        name = _subgraph_of(node.type) if node_type is None else node.params.get("graph")
        if not kind or not isinstance(name, str) or name not in self._graph.subgraphs:
            return None
        test = node.params.get("test") if kind == "while" else None
        body = self._inner(name, node.id, inside)
        if node_type is None:
            return Call(kind, name, body)
        has_test = isinstance(test, str) and test in self._graph.subgraphs
        ports = self._resolver.subgraph(name) or Signature()
        return Call(
            kind,
            name,
            body,
            self._inner(str(test), node.id, inside) if has_test else None,
            over(node_type, node.params, ports),
            carried(node_type, node.params, ports),
        )

    def _inner(self, name: str, use: str, inside: Inside) -> InnerPlan:
        path = f"{inside.path}/{use}" if inside.path else use
        entry = self.entry(name, inside)
        # On a circle each use has one plan, however often the way leads around and by it.
        key = (path if entry is None else entry.path, inside.name, use, name)
        if key in self._made:
            return self._made[key]
        plan = self._made[key] = InnerPlan()
        self.wanted.append(Wanted(plan, self._graph.subgraphs[name], Inside(name, path, inside)))
        return plan


class _Part:
    """One flat network in the making."""

    def __init__(self, flattener: Flattener, network: Network) -> None:
        self._flattener, self._network = flattener, network
        self._ids: list[str] = []
        self._spans: dict[str, tuple[int, int]] = {}  # By path of a use: where in that list the nodes inside are.
        self._ports: dict[str, tuple[RunSettings, set[str]]] = {}

    def add(self, graph: Graph, prefix: str, inside: Inside) -> None:
        nodes, flattener, ids = self._network.nodes, self._flattener, self._ids
        flattener.count(len(graph.nodes))
        uses: dict[str, Graph] = {}
        for node_id, node in graph.nodes.items():
            inner = flattener.subgraph_of(node.type)
            if inner is None or self._is_call(node, inside):
                flat = flattener.flat(node, prefix, inside)
                nodes[flat.id] = flat
                ids.append(flat.id)
                if flat.call is not None and flat.run.placement is not None:
                    self._network.notes.append(
                        f"`placement` belongs to the nodes inside a sub-graph; not kept on `{flat.id}`, which runs one"
                    )
            else:
                uses[node_id] = inner
                use, first = f"{prefix}{node_id}", len(ids)
                path = f"{inside.path}/{node_id}" if inside.path else node_id
                self.add(inner, f"{use}/", Inside(_subgraph_of(node.type) or "", path, inside))
                self._spans[use] = (first, len(ids))
                self._set_inputs(use, inner, node.params)
                self._take_settings(use, inner, node.run)
        self._network.wires += self._ends(graph, graph.wires, prefix, uses)
        self._network.controls += self._ends(graph, graph.controls, prefix, uses)

    def add_groups(self) -> None:
        """Put in what `trigger`, `done` and `error` of uses that were made flat stand for."""
        uses = {path: Use(run, ports, self._inside(path)) for path, (run, ports) in self._ports.items()}
        add_groups(self._network, uses)

    def _is_call(self, node: Node, inside: Inside) -> bool:
        if node.run.is_of_a_whole:
            return True
        return self._flattener.entry(_subgraph_of(node.type) or "", inside) is not None

    def _ends(
        self, graph: Graph, wires: tuple[Wire, ...], prefix: str, uses: Mapping[str, Graph]
    ) -> Iterator[tuple[PortRef, PortRef]]:
        if not prefix and not uses and not any(wire.muted for wire in wires):
            yield from [(wire.source, wire.target) for wire in wires]
            return
        for wire in wires:
            source = self._end(wire.source, graph, prefix, uses, OUTPUT, "value")
            target = self._end(wire.target, graph, prefix, uses, INPUT, "default")
            if source is None or target is None:
                continue
            if wire.muted:
                self._network.muted.add((target.node, target.port))
            else:
                yield source, target

    def _end(
        self, ref: PortRef, graph: Graph, prefix: str, uses: Mapping[str, Graph], boundary: str, port: str
    ) -> PortRef | None:
        """Where a wire really ends: inside, if its node is one of the uses of sub-graphs that are made flat."""
        inner = uses.get(ref.node)
        if inner is None:
            return PortRef(prefix + ref.node, ref.port, ref.index) if prefix else ref
        node_id = self._flattener.boundary(inner).by_name.get((boundary, ref.port))
        if node_id is not None:
            return PortRef(f"{prefix}{ref.node}/{node_id}", port)
        if ref.port not in (TRIGGER.name, DONE.name, ERROR.name):
            return None  # A ghost port: `check` has said so.
        use = f"{prefix}{ref.node}"
        self._ports.setdefault(use, (graph.nodes[ref.node].run, set()))[1].add(ref.port)
        return PortRef(f"{use}>{ref.port}", ref.port)

    def _set_inputs(self, use: str, inner: Graph, params: Mapping[str, Any]) -> None:
        """Parameters of a sub-graph's node become the defaults of its inputs."""
        nodes = self._network.nodes
        for node_id, node_type, name in self._flattener.boundary(inner).nodes:
            path = f"{use}/{node_id}"
            self._network.outer[PortRef(path, "default" if node_type == INPUT else "value")] = f"{use}.{name}"
            if node_type == INPUT and name in params:
                flat = nodes[path]
                nodes[path] = structs.replace(flat, params={**flat.params, "default": params[name]})

    def _take_settings(self, use: str, inner: Graph, run: RunSettings) -> None:
        """A disabled use disables all nodes inside; it says how signals into its inputs are joined."""
        nodes = self._network.nodes
        for node_id, node_type, name in self._flattener.boundary(inner).nodes if run.activation else ():
            mode = run.activation.get(name) if node_type == INPUT else None
            if mode is not None:
                flat = nodes[f"{use}/{node_id}"]
                activation = {**flat.run.activation, "value": mode}
                nodes[flat.id] = structs.replace(flat, run=structs.replace(flat.run, activation=activation))
        for path in self._inside(use) if run.disabled else ():
            flat = nodes[path]
            # One for all of them: what is run alike is planned once.
            settings = _DISABLED if flat.run is PLAIN_RUN else structs.replace(flat.run, disabled=True)
            nodes[path] = structs.replace(flat, run=settings)
        if run.placement is not None or run.mode != "concurrent":
            self._network.notes.append(
                f"`placement` and `mode` belong to the nodes inside a sub-graph; not kept on `{use}`, which uses one"
            )

    def _inside(self, use: str) -> list[str]:
        """The nodes inside a use, at any depth."""
        first, end = self._spans[use]
        return self._ids[first:end]


def _subgraph_of(node_type: str) -> str | None:
    """The sub-graph that a node of this type uses, or None."""
    if not node_type.startswith(PREFIX) or node_type in (INPUT, OUTPUT):
        return None
    return node_type.removeprefix(PREFIX)
