"""Slots: every output port gets one, and so does every constant. Signals do not lie in slots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...authoring.control import NOT_ASKED
from ...graph.wire import PortRef
from .wiring import FlatWire, Wiring


class Slots:
    """What lies in each slot, what fills it, and who reads it.

    Args:
        wiring: The nodes.
        order: Their numbers in the order of the plan.

    Attributes:
        values: By slot: its constant, or None.
        producers: By slot: the place in the order and the output that fill it; None for a constant.
        consumers: By slot: the places in the order of those who read it, one entry a wire.
        first: By number: the slot of the node's first output; those of the others follow.
    """

    def __init__(self, wiring: Wiring, order: Sequence[int]) -> None:
        self._wiring = wiring
        self.values: list[Any] = []
        self.producers: list[tuple[int, str] | None] = []
        self.first = first = [0] * len(order)
        nodes, extras, produce = wiring.nodes, wiring.extras, self.producers.append
        slot = 0
        for index, number in enumerate(order):
            first[number] = slot
            for port in nodes[number].signature.outputs:
                produce((index, port.name))
                slot += 1
            if number in extras:
                for name in extras[number]:
                    produce((index, name))
                    slot += 1
        self.values += [None] * slot
        self.consumers: list[list[int]] = [[] for _ in range(slot)]
        for number, node in enumerate(nodes):
            if node.role == "gate":
                self.values[first[number]] = NOT_ASKED

    def add(self, value: Any) -> int:
        """A slot for a constant."""
        self.values.append(value)
        self.producers.append(None)
        self.consumers.append([])
        return len(self.values) - 1

    def at(self, ref: PortRef) -> int:
        """The slot of an output of one of the network's nodes."""
        number = self._wiring.numbers[ref.node]
        return self.first[number] + self._wiring.place(number, ref.port)

    def behind(self, wire: FlatWire) -> int:
        """The slot from which a wire brings something."""
        return self.first[wire.source] + wire.place
