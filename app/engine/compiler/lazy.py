"""Inputs that are computed only when their node asks for them.

A wire into a lazy input gets a gate: a node that hands the value on once it has been asked for. What nothing but such
gates needs waits for the same word, or learns that it will never come. Both are found here, once for all runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ...authoring.nodetype import NodeType
from ...graph.run_settings import PLAIN_RUN
from ...ports.port import Port, Signature
from .network import FlatNode
from .wiring import FlatWire, Wiring

Gates: TypeAlias = Mapping[int, Sequence[tuple[str, int]]]
"""For each node with lazy inputs: how it asks for each (`then`, `items[2]`), and the gate's number."""

_GATE = Signature((Port(name="value", hint=Any),), (Port(name="result", hint=Any),))


@dataclass(slots=True)
class Asked:
    """What waits for lazy inputs, by number.

    Attributes:
        before: For each gate, the nodes that start when it is asked for, itself among them.
        by: For each node that waits so, how many gates it is there for.
    """

    before: dict[int, list[int]] = field(default_factory=dict)
    by: dict[int, int] = field(default_factory=dict)


def insert_gates(wiring: Wiring, feedback: set[int]) -> Gates:
    """Put a gate into every wire that ends at a lazy input.

    Args:
        wiring: Takes the gates; its wires are led through them.
        feedback: Places of wires that bring nothing.
    """
    nodes, wires = wiring.nodes, wiring.wires
    gates: dict[int, list[tuple[str, int]]] = {}
    lazy = [
        place
        for place, wire in enumerate(wires)
        if wire.port.field.lazy and not nodes[wire.target].run.bypass and place not in feedback
    ]
    items: dict[tuple[int, str], int] = {}
    for number in sorted(lazy, key=lambda number: wires[number].index or 0):
        wire, gate = wires[number], len(nodes)
        node_type = NodeType("graph", "gate", _hand_on, _GATE)
        node_id = f"{wiring.target_of(wire)}?"
        nodes.append(FlatNode(node_id, "graph.gate", node_type, _GATE, {}, PLAIN_RUN, role="gate"))
        wires[number] = FlatWire(wire.source, wire.place, gate, _GATE.inputs[0])
        wires.append(FlatWire(gate, 0, wire.target, wire.port, wire.index, wire.verify))
        place = wire.port.name
        if wire.index is not None:
            # Items move up where one before them brings nothing, so they are counted as the node sees them.
            items[wire.target, place] = item = items.get((wire.target, place), -1) + 1
            place = f"{place}[{item}]"
        gates.setdefault(wire.target, []).append((place, gate))
    return gates


def only_lazy(gates: Gates, order: Sequence[int], wires: Sequence[tuple[int, int, bool]], needed: set[int]) -> Asked:
    """Find the nodes that nothing but lazy inputs needs.

    `done` or `error` of a sub-graph's use does not need the nodes of which it tells: it can tell that they were not
    asked for. But where a node that asks waits for it in turn, they must not wait for each other.

    Args:
        gates: What `insert_gates` gave.
        order: All nodes, each after those that it needs.
        wires: Those that are waited for, of data and of control: source, target, and whether a wire only tells of what
            became of its source.
        needed: Nodes that are needed in any case, since their outputs are results.
    """
    found = Asked()
    own = {gate for pairs in gates.values() for _, gate in pairs}
    leads = _leads_to(set(gates), wires)
    after: dict[int, list[int]] = {}
    before: dict[int, list[int]] = {}
    for start, end, tells in wires:
        if tells and end not in leads:
            continue
        after.setdefault(start, []).append(end)
        before.setdefault(end, []).append(start)
    lazy = set(own)
    for node in reversed(order):
        if node not in needed and after.get(node) and all(other in lazy for other in after[node]):
            lazy.add(node)
    for gate in sorted(own):
        members, seen = [gate], {gate}
        for node in members:  # It grows meanwhile.
            for source in before.get(node, ()):
                if source in lazy and source not in own and source not in seen:
                    seen.add(source)
                    members.append(source)
        found.before[gate] = members
        for node in members:
            found.by[node] = found.by.get(node, 0) + 1
    return found


def _leads_to(nodes: set[int], wires: Sequence[tuple[int, int, bool]]) -> set[int]:
    """These nodes and all that they wait for."""
    before: dict[int, list[int]] = {}
    for start, end, _ in wires:
        before.setdefault(end, []).append(start)
    found, waiting = set(nodes), list(nodes)
    while waiting:
        for node in before.get(waiting.pop(), ()):
            if node not in found:
                found.add(node)
                waiting.append(node)
    return found


def _hand_on(value: Any) -> Any:
    return value
