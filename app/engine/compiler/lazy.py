"""Inputs that are computed only when their node asks for them.

A wire into a lazy input gets a gate: a node that hands the value on once it has been asked for. What nothing but such
gates needs waits for the same word, or learns that it will never come. Both are found here, once for all runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...authoring.nodetype import NodeType
from ...graph.run_settings import PLAIN_RUN
from ...graph.wire import PortRef
from ...ports.port import Port, Signature
from .flatten import FlatNode

Ends = tuple[PortRef, PortRef]

_GATE = Signature((Port(name="value", hint=Any),), (Port(name="result", hint=Any),))


@dataclass(slots=True)
class Asked:
    """What waits for lazy inputs.

    Attributes:
        before: For each gate, the nodes that start when it is asked for, itself among them.
        by: For each node that waits so, how many gates it is there for.
    """

    before: dict[str, list[str]] = field(default_factory=dict)
    by: dict[str, int] = field(default_factory=dict)


def insert_gates(
    nodes: dict[str, FlatNode], wires: list[Ends], is_lazy: Callable[[Ends], bool]
) -> dict[str, list[tuple[str, str]]]:
    """Put a gate into every wire that ends at a lazy input.

    Args:
        nodes: Takes the gates.
        wires: Are led through them.
        is_lazy: Whether a wire ends at a lazy input.
    Returns:
        For each node with lazy inputs: how it asks for each, and the gate's id.
    """
    asked: dict[str, list[tuple[str, str]]] = {}
    lazy = [number for number, wire in enumerate(wires) if is_lazy(wire)]
    items: dict[tuple[str, str], int] = {}
    for number in sorted(lazy, key=lambda number: wires[number][1].index or 0):
        source, target = wires[number]
        gate = f"{target}?"
        node_type = NodeType("graph", "gate", _hand_on, _GATE)
        nodes[gate] = FlatNode(gate, "graph.gate", node_type, _GATE, {}, PLAIN_RUN, role="gate")
        wires[number] = (source, PortRef(gate, "value"))
        wires.append((PortRef(gate, "result"), target))
        place = target.port
        if target.index is not None:
            # Items move up where one before them brings nothing, so they are counted as the node sees them.
            items[target.node, target.port] = item = items.get((target.node, target.port), -1) + 1
            place = f"{target.port}[{item}]"
        asked.setdefault(target.node, []).append((place, gate))
    return asked


def only_lazy(
    asked: Mapping[str, Sequence[tuple[str, str]]],
    order: Sequence[str],
    wires: Sequence[Ends],
    needed: set[str],
    tells: Callable[[Ends], bool],
) -> Asked:
    """Find the nodes that nothing but lazy inputs needs.

    `done` or `error` of a sub-graph's use does not need the nodes of which it tells: it can tell that they were not
    asked for. But where a node that asks waits for it in turn, they must not wait for each other.

    Args:
        asked: What `insert_gates` gave.
        order: All nodes, each after those that it needs.
        wires: Those that are waited for, of data and of control.
        needed: Nodes that are needed in any case, since their outputs are results.
        tells: Whether a wire only tells of what became of its node.
    """
    found = Asked()
    gates = {gate for pairs in asked.values() for _, gate in pairs}
    leads = _leads_to(set(asked), wires)
    after: dict[str, list[str]] = {}
    before: dict[str, list[str]] = {}
    for start, end in wires:
        if tells((start, end)) and end.node not in leads:
            continue
        after.setdefault(start.node, []).append(end.node)
        before.setdefault(end.node, []).append(start.node)
    lazy = set(gates)
    for node_id in reversed(order):
        if node_id not in needed and after.get(node_id) and all(other in lazy for other in after[node_id]):
            lazy.add(node_id)
    for gate in gates:
        members = [gate]
        for node_id in members:
            for source in before.get(node_id, ()):
                if source in lazy and source not in gates and source not in members:
                    members.append(source)
        found.before[gate] = members
        for node_id in members:
            found.by[node_id] = found.by.get(node_id, 0) + 1
    return found


def _leads_to(nodes: set[str], wires: Sequence[Ends]) -> set[str]:
    """These nodes and all that they wait for."""
    before: dict[str, list[str]] = {}
    for start, end in wires:
        before.setdefault(end.node, []).append(start.node)
    found, waiting = set(nodes), list(nodes)
    while waiting:
        for node_id in before.get(waiting.pop(), ()):
            if node_id not in found:
                found.add(node_id)
                waiting.append(node_id)
    return found


def _hand_on(value: Any) -> Any:
    return value
