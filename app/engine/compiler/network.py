"""A graph made flat: nodes and wires without sub-graphs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct

from ...authoring.nodetype import DONE, ERROR, NodeType
from ...graph.run_settings import RunSettings
from ...graph.wire import PortRef
from ...ports.port import Signature
from .plan import InnerPlan, Role

SETTLED_PORT = "all"
"""The control input of `done` of a sub-graph's use, at which the nodes inside tell of their ends."""

ERRORS_PORT = "items"
"""The input of `error` of a sub-graph's use, at which the nodes inside tell of their errors."""

HIDDEN = {DONE.name: ">done", ERROR.name: ">error"}
"""What the engine calls these outputs of a node whose type declares others of the same names."""


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


class FlatNode(Struct, frozen=True, gc=False):
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
