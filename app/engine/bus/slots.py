"""Slots of the bus: a value lies here from its producer's end to its last consumer's.

The plan counted the consumers, so freeing is arithmetic, never a search. Holds are references too: a result keeps its
value to the end of the run. Invariant: after a run, live slots == held slots.

Nothing here locks: whoever puts or frees holds the executor's routing lock. What was freed is handed back to be
dropped outside of it, since a value's `__del__` is foreign code and may call back.
"""

from __future__ import annotations

from typing import Any

from ...errors import BusError
from ..compiler.plan import Plan
from .weight import WEIGHTLESS, Weight, buffer_bytes


class Bus:
    """Bytes that lie in an engine's slots, over all its epochs.

    Attributes:
        live_bytes: In slots now.
        peak_bytes: The most there ever were at once.
        freed_bytes: Freed so far at the end of a last consumer.
    """

    def __init__(self) -> None:
        self.live_bytes = self.peak_bytes = self.freed_bytes = 0
        self._buffers: dict[int, list[int]] = {}  # By id of the owner: how many slots use it, its bytes.

    def add(self, weight: Weight) -> int:
        """Count a value in; a buffer that is there already adds nothing.

        Returns:
            Bytes added.
        """
        added = weight.own
        for owner in weight.buffers:
            entry = self._buffers.get(id(owner))
            if entry is None:
                self._buffers[id(owner)] = entry = [0, buffer_bytes(owner)]
                added += entry[1]
            entry[0] += 1
        self.live_bytes += added
        self.peak_bytes = max(self.peak_bytes, self.live_bytes)
        return added

    def is_alone(self, owner: Any) -> bool:
        """Whether one slot alone uses the buffer."""
        entry = self._buffers.get(id(owner))
        return entry is not None and entry[0] == 1

    def remove(self, weight: Weight) -> int:
        """Count a value out; a buffer goes with the last slot that uses it.

        Returns:
            Bytes that nothing in the bus needs any longer.
        """
        removed = weight.own
        for owner in weight.buffers:
            entry = self._buffers[id(owner)]
            entry[0] -= 1
            if not entry[0]:
                removed += entry[1]
                del self._buffers[id(owner)]
        self.live_bytes -= removed
        return removed


class Slots:
    """The slots of one epoch.

    Attributes:
        values: What lies in each slot.
        references: For each slot, the inputs and holds that have not given it back.
        weights: For slots whose value weighs something.
        freed_bytes: Freed in this epoch at the end of a last consumer.
        peak_bytes: The most that lay in the bus while this epoch put something in.
    """

    __slots__ = ("_bus", "_plan", "freed_bytes", "peak_bytes", "references", "values", "weights")

    def __init__(self, plan: Plan, bus: Bus) -> None:
        self._plan, self._bus = plan, bus
        self.values: list[Any] = list(plan.values)
        self.references = list(plan.references)
        self.weights: dict[int, Weight] = {}
        self.freed_bytes = self.peak_bytes = 0

    def put(self, slot: int, value: Any, weight: Weight) -> int:
        """Store a value that weighs something.

        Returns:
            Bytes that it added to the bus.
        """
        self.values[slot] = value
        self.weights[slot] = weight
        added = self._bus.add(weight)
        self.peak_bytes = max(self.peak_bytes, self._bus.live_bytes)
        return added

    def release(self, slot: int, dropped: list[Any]) -> int:
        """Give back one reference; the last one frees the value.

        Args:
            slot: The slot.
            dropped: Takes the value freed, to be dropped outside the lock.
        Returns:
            Bytes freed; 0 while others hold the value.
        Raises:
            BusError: The slot is empty; the message names node and port.
        """
        left = self.references[slot] - 1
        if left < 0:
            raise BusError(f"{self._place(slot)}: given back more often than it is used")
        self.references[slot] = left
        return 0 if left else self.free(slot, dropped)

    def free(self, slot: int, dropped: list[Any]) -> int:
        """Empty a slot whose references are all given back.

        Returns:
            Bytes freed.
        """
        dropped.append(self.values[slot])
        self.values[slot] = None
        weight = self.weights.pop(slot, WEIGHTLESS)
        if weight is WEIGHTLESS:
            return 0
        freed = self._bus.remove(weight)
        self._bus.freed_bytes += freed
        self.freed_bytes += freed
        return freed

    def exchange(self, slot: int, value: Any, weight: Weight) -> int:
        """Put the same value in another form in place of one that lies there.

        Returns:
            Bytes by which the bus is lighter.
        """
        before = self._bus.live_bytes
        self._bus.remove(self.weights.pop(slot, WEIGHTLESS))
        self.put(slot, value, weight)
        return before - self._bus.live_bytes

    def clear(self, keep: set[int], dropped: list[Any]) -> None:
        """Empty all slots but some, which nothing but a hold keeps from now on.

        Args:
            keep: Slots to keep, for `hand_over`.
            dropped: Takes the values freed, to be dropped outside the lock.
        """
        for slot in {*self.live(), *self.weights} - keep:
            self.free(slot, dropped)
        # A thread that is still in a node goes on counting in the old list, where nothing becomes zero any more.
        self.references[:] = [0] * len(self.references)
        self.references = [int(slot in keep) for slot in range(len(self.references))]

    def hand_over(self, slot: int) -> Any:
        """Take a held value out for good; it is the caller's now, and not counted as freed.

        Raises:
            BusError: Nothing is held there.
        """
        if self.references[slot] != 1:
            raise BusError(f"{self._place(slot)}: {self.references[slot]} references at the end of the run, expected 1")
        self.references[slot] = 0
        value, self.values[slot] = self.values[slot], None
        weight = self.weights.pop(slot, None)
        if weight is not None:
            self._bus.remove(weight)
        return value

    def live(self) -> list[int]:
        """The slots whose references are not all given back; constants have none."""
        return [slot for slot, references in enumerate(self.references) if references]

    def _place(self, slot: int) -> str:
        producer = self._plan.producers[slot]
        if producer is None:
            return f"constant {slot}"
        node, port = producer
        return f"{self._plan.nodes[node].id}.{port}"
