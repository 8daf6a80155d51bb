"""In which order the nodes of a network can run.

A data wire into an optional input on a circle is *feedback*: it brings nothing in this epoch, so nobody waits for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...errors import GraphError
from ...graph.circles import groups
from ...registry.boundary import INPUT
from .lazy import Gates, insert_gates
from .wiring import FlatWire, Wiring


@dataclass(frozen=True, slots=True)
class Order:
    """The order of the nodes of a wiring.

    Attributes:
        numbers: Of the nodes, each after all that it waits for.
        index: The other way around: where in the order each node is.
        levels: How many nodes there are on each level.
        feedback: Places, among the wires, of those that nobody waits for.
        gates: What was put in before lazy inputs.
    """

    numbers: list[int]
    index: list[int]
    levels: list[int]
    feedback: set[int]
    gates: Gates

    def awaited(self, wires: list[FlatWire]) -> list[FlatWire]:
        """The data wires that nodes wait for."""
        return _awaited(wires, self.feedback)


def arrange(wiring: Wiring) -> Order:
    """Order the nodes; gates are put into wires that end at lazy inputs.

    Raises:
        GraphError: The wires make a circle that nothing can begin.
    """
    feedback: set[int] = set()
    gates: Gates = {}
    numbers, level = topological(_following(wiring, feedback))
    if len(numbers) < len(wiring.nodes):
        feedback = _find_feedback(wiring)
    if wiring.has_lazy:
        gates = insert_gates(wiring, feedback)
    if feedback or gates:
        numbers, level = topological(_following(wiring, feedback))
    if len(numbers) < len(wiring.nodes):
        done = set(numbers)
        circle = ", ".join(f"`{node.id}`" for number, node in enumerate(wiring.nodes) if number not in done)
        raise GraphError(f"wires make a circle that nothing can begin, among {circle}; take one of them out")
    index = [0] * len(numbers)
    for place, number in enumerate(numbers):
        index[number] = place
    levels = [0] * (level[-1] + 1 if level else 0)
    for one in level:
        levels[one] += 1
    return Order(numbers, index, levels, feedback, gates)


def topological(follow: Sequence[Sequence[int]]) -> tuple[list[int], list[int]]:
    """Order vertices so that each comes after all that it waits for (Kahn 1962).

    Those on a circle, and those behind it, are left out.

    Args:
        follow: For each vertex, a number, those that wait for it, one entry a wire.
    Returns:
        The vertices in order, and the level of each, from 0; levels never fall.
    """
    waits = [0] * len(follow)
    for after in follow:
        for vertex in after:
            waits[vertex] += 1
    order = [vertex for vertex, left in enumerate(waits) if not left]
    levels = [0] * len(order)
    for vertex, level in zip(order, levels, strict=True):  # Both grow meanwhile.
        for other in follow[vertex]:
            left = waits[other] = waits[other] - 1
            if not left:  # The last to come before it is on the highest level.
                order.append(other)
                levels.append(level + 1)
    return order, levels


def _awaited(wires: list[FlatWire], feedback: set[int]) -> list[FlatWire]:
    return [wire for place, wire in enumerate(wires) if place not in feedback] if feedback else wires


def _following(wiring: Wiring, feedback: set[int]) -> list[list[int]]:
    """For each node, those that wait for it."""
    numbers = wiring.numbers
    after: list[list[int]] = [[] for _ in wiring.nodes]
    for wire in _awaited(wiring.wires, feedback):
        after[wire.source].append(wire.target)
    for source, target in wiring.controls:
        after[numbers[source.node]].append(numbers[target.node])
    for source, node_id in wiring.gates:
        after[numbers[source.node]].append(numbers[node_id])
    return after


def _find_feedback(wiring: Wiring) -> set[int]:
    found = groups(dict(enumerate(_following(wiring, set()))))
    group = {number: place for place, members in enumerate(found) for number in members}
    return {
        place
        for place, wire in enumerate(wiring.wires)
        if group[wire.source] == group[wire.target] and _is_optional(wiring, wire)
    }


def _is_optional(wiring: Wiring, wire: FlatWire) -> bool:
    """Whether an input can do without its wire; that of a sub-graph's boundary can, if it has a default inside."""
    node, port = wiring.nodes[wire.target], wire.port
    if node.role == "group":  # It tells what became of all inside.
        return False
    return not port.is_required or (node.type == INPUT and port.name in node.params)
