"""One graph while it is being checked: its ports and wires, indexed once, for rules that each look at all of it.

A sub-graph is a scope of its own, checked once however often it is used.
"""

from __future__ import annotations

import copy
import difflib
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..authoring.nodetype import DONE, ERROR, TRIGGER, NodeType
from ..graph.document import Graph
from ..graph.node import Node
from ..graph.run_settings import PLAIN_RUN
from ..graph.subgraphs import NAMED_BY, PREFIX, named_by, uses
from ..graph.wire import PortRef, Wire
from ..ports.port import Port, Signature
from ..registry.boundary import INPUT, OUTPUT
from ..registry.inference import Inference
from ..registry.lookup import Registry
from ..registry.resolve import Resolver
from .codes import CODES
from .diagnostic import Diagnostic, Fix, Place

if TYPE_CHECKING:
    from .dependencies import Dependencies

IMPLICIT_INPUTS = {TRIGGER.name: TRIGGER}
IMPLICIT_OUTPUTS = {DONE.name: DONE, ERROR.name: ERROR}


class Scope:
    """A graph or sub-graph under check.

    Args:
        graph: The graph.
        outer: The graph whose sub-graphs its nodes may use; itself for the outermost.
        registry: Knows the node types.
        resolver: Knows the ports.
        name: Name of the sub-graph; empty for the outermost graph.

    Attributes:
        dependencies: What waits for what; of all scopes of the graph.
        signatures: The ports of each node by id; None where its type is not known.
        found: The findings so far.
        looked_at: Nodes whose inputs are looked at: all, unless wires have changed since.
    """

    def __init__(self, graph: Graph, outer: Graph, registry: Registry, resolver: Resolver, name: str = "") -> None:
        self.graph, self.outer, self.registry, self.resolver, self.name = graph, outer, registry, resolver, name
        self.signatures: dict[str, Signature | None] = resolver.signatures(graph)
        self.found: list[Diagnostic] = []
        self.looked_at: Mapping[str, Node] = graph.nodes
        self.dependencies: Dependencies

    def report(
        self,
        code: str,
        message: str,
        node: str | None = None,
        port: str | None = None,
        *,
        wire: Wire | None = None,
        hint: str = "",
        fix: Fix | None = None,
        **facts: Any,
    ) -> None:
        """Add a finding; the severity is its code's, `facts` are those of a `Diagnostic`."""
        path = f"{self.name}/{node}" if self.name and node is not None else node or self.name or None
        place = Place(path, port, wire)
        self.found.append(Diagnostic(code, CODES[code].severity, message, place, hint, fix, facts=facts))

    @cached_property
    def wires(self) -> tuple[Wire, ...]:
        """The data wires that take part in a run."""
        return tuple(wire for wire in self.graph.wires if not wire.muted)

    @cached_property
    def controls(self) -> tuple[Wire, ...]:
        """The control wires that take part in a run."""
        return tuple(wire for wire in self.graph.controls if not wire.muted)

    @cached_property
    def ends(self) -> list[tuple[Wire, Port | None, Port | None]]:
        """All wires, the muted ones too, each with the ports at its ends; see `output` and `input`."""
        output, input_ = self.output, self.input
        return [(wire, output(wire.source), input_(wire.target)) for wire in self.all_wires]

    def part(self, wires: Iterable[Wire], nodes: Mapping[str, Node]) -> Scope:
        """The same graph, of which the rules about wires look at some, and at the inputs of some nodes."""
        part = copy.copy(self)
        part.looked_at = nodes
        part.ends = [(wire, self.output(wire.source), self.input(wire.target)) for wire in wires]
        return part

    def rewire(self, graph: Graph, added: Iterable[Wire], removed: Iterable[Wire]) -> None:
        """Take changes of wires.

        Args:
            graph: As it is now.
            added: Wires that have come.
            removed: Wires that have gone.
        """
        into = self.into
        self.graph = self.outer = graph
        for name in ("wires", "controls", "ends", "needed", "in_error", "is_in_order"):
            self.__dict__.pop(name, None)
        for wire in removed:
            into[wire.target.node].remove(wire)
        for wire in added:
            here = into.setdefault(wire.target.node, [])
            here.append(wire)
            if len(here) > 1:
                here.sort(key=self.all_wires.index)

    def infer_anew(self) -> None:
        """Forget what flows along the wires."""
        self.__dict__.pop("inference", None)

    def tells(self, node_id: str) -> bool:
        """Whether a node may say before running what it gives."""
        node_type = self.resolver.node_type(self.graph.nodes[node_id].type)
        return node_type is not None and node_type.infer is not None

    @property
    def all_wires(self) -> tuple[Wire, ...]:
        """All wires, of data and control and the muted ones too."""
        return (*self.graph.wires, *self.graph.controls)

    @cached_property
    def into(self) -> dict[str, list[Wire]]:
        """All wires, of data and control and the muted ones too, by the node that they end at."""
        into: dict[str, list[Wire]] = {}
        for wire in self.all_wires:
            into.setdefault(wire.target.node, []).append(wire)
        return into

    def wires_into(self, node_id: str, port: str) -> list[Wire]:
        """The same of one input."""
        return [wire for wire in self.into.get(node_id, ()) if wire.target.port == port]

    @cached_property
    def inference(self) -> Inference:
        """What flows along the wires."""
        return self.resolver.inference(self.graph, self.signatures)

    @cached_property
    def in_error(self) -> set[str]:
        """Ids of the nodes with an error, as far as the rules before this have found them."""
        prefix = f"{self.name}/" if self.name else ""
        return {found.node.removeprefix(prefix) for found in self.found if found.is_error and found.node is not None}

    def input(self, ref: PortRef) -> Port | None:
        """The input that a wire ends at; None if there is none, or the node's type is not known."""
        signature = self.signatures[ref.node]
        return None if signature is None else signature.input(ref.port) or IMPLICIT_INPUTS.get(ref.port)

    def output(self, ref: PortRef) -> Port | None:
        """The output that a wire starts at; None if there is none, or the node's type is not known."""
        signature = self.signatures[ref.node]
        return None if signature is None else signature.output(ref.port) or IMPLICIT_OUTPUTS.get(ref.port)

    @cached_property
    def needed(self) -> list[Wire]:
        """The wires that take part in a run and that the nodes at their ends wait for; a cycle of them never runs."""
        return [wire for wire, _, port in self.ends if is_needed(wire, port)]

    @cached_property
    def is_in_order(self) -> bool:
        """Whether each node stands before those that wait for it; then there is no cycle, as in most files."""
        numbers = dict(zip(self.graph.nodes, range(len(self.graph.nodes)), strict=True))
        return all(numbers[wire.source.node] < numbers[wire.target.node] for wire in self.needed)

    def subgraph_of(self, node: Node) -> str | None:
        """The sub-graph that a node uses, whether there is one of that name or not; None for other nodes."""
        if node.type in (INPUT, OUTPUT) or not node.type.startswith(PREFIX):
            return None
        return node.type.removeprefix(PREFIX)

    @cached_property
    def by_type(self) -> dict[str, list[Node]]:
        """The nodes by what they call their types: a rule about a few types need not visit all nodes."""
        found: dict[str, list[Node]] = {}
        for node in self.graph.nodes.values():
            found.setdefault(node.type, []).append(node)
        return found

    @cached_property
    def with_settings(self) -> list[Node]:
        """The nodes that say how they are run."""
        return [node for node in self.graph.nodes.values() if node.run is not PLAIN_RUN]

    @cached_property
    def node_types(self) -> dict[str, NodeType]:
        """The node types that there are nodes of, by what the nodes call them; a sub-graph is none."""
        found = {name: self.resolver.node_type(name) for name in self.by_type}
        return {name: node_type for name, node_type in found.items() if node_type is not None}

    def composite_of(self, node: Node) -> NodeType | None:
        """The type of a node that runs a sub-graph in a way of its own; None for other nodes."""
        return self.node_types.get(node.type) if node.type in NAMED_BY else None

    def inside(self, node: Node) -> Iterator[tuple[str, Node]]:
        """All nodes of the sub-graphs that a node uses, at any depth, with their places: `calc/add`."""
        known = self.outer.subgraphs
        waiting, seen = uses(node), set[str]()
        while waiting:
            name = waiting.pop()
            if name in seen or name not in known:
                continue
            seen.add(name)
            for inner in known[name].nodes.values():
                yield f"{name}/{inner.id}", inner
                waiting += uses(inner)

    def lacks_subgraph(self, node: Node) -> bool:
        """Whether a node would have the ports of a sub-graph that is not there."""
        return self.composite_of(node) is not None and named_by(node).get("graph") not in self.outer.subgraphs


def is_needed(wire: Wire, port: Port | None) -> bool:
    """Whether the node at whose port a wire ends waits for it."""
    return not wire.muted and (wire.control or port is None or port.control or port.is_required)


def places(graph: Graph, path: str, within: str = "") -> list[str]:
    """Where findings about a node of the flat graph stand.

    Args:
        graph: The outermost graph.
        path: The node's path through the nodes that use sub-graphs, such as `first/blur`.
        within: Name of the sub-graph in which the path begins; empty for the outermost graph.

    Returns:
        The places of the node and of the nodes around it, outermost first: `first`, `calc/blur`.
    """
    found: list[str] = []
    inner, prefix = (graph.subgraphs[within], f"{within}/") if within else (graph, "")
    for node_id in path.split("/"):
        found.append(f"{prefix}{node_id}")
        name = inner.nodes[node_id].type.removeprefix(PREFIX) if node_id in inner.nodes else ""
        inner, prefix = graph.subgraphs.get(name, graph), f"{name}/"
    return found


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The name that is most like this one, if any is."""
    return next(iter(difflib.get_close_matches(name, list(names), n=1)), None)
