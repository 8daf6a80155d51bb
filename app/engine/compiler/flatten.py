"""From nested sub-graphs to one flat network.

Ids become paths (`calc/add`), and a wire to a sub-graph's port ends at the boundary node inside. What cannot be flat
stays a *call*: a node that runs the plan of a sub-graph in epochs of its own. Such are the composite nodes of the
`control` vessel, a use inside a sub-graph that it leads back to, and one that is retried, timed or bypassed as a
whole.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from msgspec import structs

from ...authoring.nodetype import DONE, ERROR, TRIGGER, NodeType
from ...errors import GraphError
from ...graph.circles import groups
from ...graph.document import Graph
from ...graph.reading import MOST_NODES
from ...graph.run_settings import RunSettings
from ...graph.subgraphs import PREFIX, used_by
from ...graph.wire import PortRef, Wire
from ...ports.port import Port, Signature
from ...registry.boundary import INPUT, OUTPUT, named
from ...registry.composite import carried, over
from ...registry.lookup import Registry
from ...registry.resolve import Resolver
from .plan import Absence, InnerPlan, Role


@dataclass(frozen=True, slots=True)
class Call:
    """What a node runs instead of a function.

    Attributes:
        kind: `call`, or a composite node type's `for_each`, `while`, `fold`, `catch`.
        name: Of the sub-graph.
        body: Its plan, made later.
        test: For `while`: the plan that decides on another pass, if it is one of its own.
        over: Inputs that take an item each of a list.
        state: Inputs to which the outputs of the same names hand their values for the next pass.
    """

    kind: str
    name: str
    body: InnerPlan
    test: InnerPlan | None = None
    over: tuple[str, ...] = ()
    state: tuple[str, ...] = ()


@dataclass(slots=True)
class FlatNode:
    """A node of the flat network.

    Attributes:
        id: Path of ids through the sub-graphs.
        node_type: Its type; None when nobody knows it.
        signature: Its ports; empty when nobody knows them.
        params: As in the graph file.
        run: How it is run.
        role: Why it is there.
        call: The sub-graph that it runs.
    """

    id: str
    type: str
    node_type: NodeType | None
    signature: Signature
    params: Mapping[str, Any]
    run: RunSettings
    role: Role = "node"
    call: Call | None = None


@dataclass(slots=True)
class Network:
    """Nodes and wires without sub-graphs.

    Attributes:
        nodes: By id, in the order of the document.
        wires: Between data ports; muted ones are left out.
        controls: Between control ports; muted ones are left out.
        gates: Control outputs that open or close a whole node, with its id.
        muted: Node and port of each input at which a muted wire ends.
        outer: Names by which users know the boundary ports of sub-graphs: `calc.sum` for `calc/out.value`.
        notes: Sentences on what the graph asks for and this engine does not do.
    """

    nodes: dict[str, FlatNode] = field(default_factory=dict)
    wires: list[tuple[PortRef, PortRef]] = field(default_factory=list)
    controls: list[tuple[PortRef, PortRef]] = field(default_factory=list)
    gates: list[tuple[PortRef, str]] = field(default_factory=list)
    muted: set[tuple[str, str]] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    outer: dict[PortRef, str] = field(default_factory=dict)

    def ancestors(self, ids: set[str]) -> set[str]:
        """These nodes and all that they need, by data and by control."""
        before: dict[str, list[str]] = {}
        for source, target in (*self.wires, *self.controls):
            before.setdefault(target.node, []).append(source.node)
        for source, node in self.gates:
            before.setdefault(node, []).append(source.node)
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
            [gate for gate in self.gates if gate[0].node in ids and gate[1] in ids],
            self.muted,
            self.notes,
            self.outer,
        )


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
        name = _subgraph_of(node_type)
        return None if name is None else self._graph.subgraphs.get(name)

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

    def flat(self, node: Any, prefix: str, inside: Inside) -> FlatNode:
        """A node that is no sub-graph's, or runs one as a call."""
        signature = self._resolver.signature(node) or Signature()
        node_type = self._resolver.node_type(node.type)
        call = self._call(node, node_type, inside) if node_type is None or node_type.composite else None
        return FlatNode(
            prefix + node.id, node.type, node_type, signature, node.params, node.run, call=call
        )  # fmt: skip

    def _call(self, node: Any, node_type: NodeType | None, inside: Inside) -> Call | None:
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
        self._groups: dict[str, tuple[RunSettings, set[str]]] = {}

    def add(self, graph: Graph, prefix: str, inside: Inside) -> None:
        nodes, flattener = self._network.nodes, self._flattener
        flattener.count(len(graph.nodes))
        uses: dict[str, Graph] = {}
        for node_id, node in graph.nodes.items():
            inner = flattener.subgraph_of(node.type)
            if inner is None or self._is_call(node, inside):
                flat = flattener.flat(node, prefix, inside)
                nodes[flat.id] = flat
                if flat.call is not None and node.run.placement is not None:
                    self._network.notes.append(
                        f"`placement` belongs to the nodes inside a sub-graph; not kept on `{flat.id}`, which runs one"
                    )
            else:
                uses[node_id] = inner
                use = f"{prefix}{node_id}"
                path = f"{inside.path}/{node_id}" if inside.path else node_id
                self.add(inner, f"{use}/", Inside(_subgraph_of(node.type) or "", path, inside))
                self._set_inputs(use, inner, node.params)
                self._take_settings(use, node.run)
        self._network.wires += self._ends(graph, graph.wires, prefix, uses)
        self._network.controls += self._ends(graph, graph.controls, prefix, uses)

    def _is_call(self, node: Any, inside: Inside) -> bool:
        if node.run.is_of_a_whole:
            return True
        return self._flattener.entry(_subgraph_of(node.type) or "", inside) is not None

    def _ends(
        self, graph: Graph, wires: tuple[Wire, ...], prefix: str, uses: Mapping[str, Graph]
    ) -> Iterator[tuple[PortRef, PortRef]]:
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
        for node_id, part in inner.nodes.items():
            if part.type == boundary and named(node_id, part.params) == ref.port:
                return PortRef(f"{prefix}{ref.node}/{node_id}", port)
        if ref.port not in (TRIGGER.name, DONE.name, ERROR.name):
            return None  # A ghost port: `check` has said so.
        use = f"{prefix}{ref.node}"
        self._groups.setdefault(use, (graph.nodes[ref.node].run, set()))[1].add(ref.port)
        return PortRef(f"{use}>{ref.port}", ref.port)

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
        """A disabled use disables all nodes inside; it says how signals into its inputs are joined."""
        for node_id in self._inside(use) if run.activation else ():
            flat, name = self._network.nodes[node_id], node_id.removeprefix(f"{use}/")
            mode = run.activation.get(named(name, flat.params)) if flat.type == INPUT and "/" not in name else None
            if mode is not None:
                activation = {**flat.run.activation, "value": mode}
                self._network.nodes[node_id] = replace(flat, run=structs.replace(flat.run, activation=activation))
        if run.disabled:
            for node_id in self._inside(use):
                flat = self._network.nodes[node_id]
                self._network.nodes[node_id] = replace(flat, run=structs.replace(flat.run, disabled=True))
        if run.placement is not None or run.mode != "concurrent":
            self._network.notes.append(
                f"`placement` and `mode` belong to the nodes inside a sub-graph; not kept on `{use}`, which uses one"
            )

    def _inside(self, use: str) -> list[str]:
        return [node_id for node_id in self._network.nodes if node_id.startswith(f"{use}/")]

    def add_groups(self) -> None:
        """Put in what `trigger`, `done` and `error` of uses that were made flat stand for."""
        inside = {use: self._inside(use) for use in self._groups}
        for use, (run, ports) in self._groups.items():
            for port in sorted(ports):
                _GROUPS[port](self._network, use, run, inside[use])
        for use, (_, ports) in self._groups.items():
            if TRIGGER.name in ports:
                gate = PortRef(f"{use}>{TRIGGER.name}", DONE.name)
                self._network.gates += [(gate, node_id) for node_id in self._inside(use)]
                self._network.gates += [(gate, f"{use}>{port}") for port in (DONE.name, ERROR.name) if port in ports]


def _add_trigger(network: Network, use: str, run: RunSettings, _: Sequence[str]) -> None:
    _add_group(network, f"{use}>trigger", Signature(), RunSettings(activation=run.activation, disabled=run.disabled))


def _add_done(network: Network, use: str, run: RunSettings, inside: Sequence[str]) -> None:
    done = f"{use}>done"
    _add_group(network, done, Signature(), RunSettings(activation={TRIGGER.name: "AND"}, disabled=run.disabled))
    network.controls += [(_own(network, node_id, DONE), PortRef(done, SETTLED_PORT)) for node_id in inside]


def _add_error(network: Network, use: str, run: RunSettings, inside: Sequence[str]) -> None:
    error = f"{use}>error"
    signature = Signature(
        (Port(name=ERRORS_PORT, hint=ERROR.hint, variadic=True),), (Port(name=ERROR.name, hint=ERROR.hint),)
    )
    _add_group(network, error, signature, RunSettings(disabled=run.disabled), _first_error)
    network.wires += [
        (_own(network, node_id, ERROR), PortRef(error, ERRORS_PORT, index)) for index, node_id in enumerate(inside)
    ]


def _own(network: Network, node_id: str, port: Port) -> PortRef:
    """The `done` or `error` that tells how a node ended, whatever its type declares of that name."""
    declared = network.nodes[node_id].signature.output(port.name)
    return PortRef(node_id, port.name if declared is None else HIDDEN[port.name])


SETTLED_PORT = "all"
"""The control input of `done` of a sub-graph's use, at which the nodes inside tell of their ends."""

ERRORS_PORT = "items"
"""The input of `error` of a sub-graph's use, at which the nodes inside tell of their errors."""

HIDDEN = {DONE.name: ">done", ERROR.name: ">error"}
"""What the engine calls these outputs of a node whose type declares others of the same names."""

_GROUPS = {TRIGGER.name: _add_trigger, DONE.name: _add_done, ERROR.name: _add_error}


def _add_group(network: Network, node_id: str, signature: Signature, run: RunSettings, function: Any = None) -> None:
    node_type = NodeType("graph", "group", function or _nothing, signature)
    network.nodes[node_id] = FlatNode(node_id, "graph.group", node_type, signature, {}, run, role="group")


def _nothing() -> None:
    """Stands for work where only signals matter."""


def _first_error(*items: Any) -> Any:
    """The first error that came."""
    return items[0] if items else Absence("nothing inside failed")


def _subgraph_of(node_type: str) -> str | None:
    """The sub-graph that a node of this type uses, or None."""
    if not node_type.startswith(PREFIX) or node_type in (INPUT, OUTPUT):
        return None
    return node_type.removeprefix(PREFIX)
