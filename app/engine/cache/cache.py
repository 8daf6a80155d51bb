"""The cache's face: keys for an epoch, results by key, why a node ran, and frozen values.

    keys = cache.keys(plan, values)                   # at the begin of an epoch
    found = cache.find(keys[index])                   # when a node is about to fire
    cache.keep(keys[index], outputs)                  # when it has completed
    cache.distrust(plan, keys, index)                 # when it has failed, before those behind it are looked at

It knows nothing of who runs the nodes. All of it may be used from any thread.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ...errors import EngineError
from ..bus.weight import share
from ..compiler.plan import Plan
from . import digest
from .disk import Folder
from .memory import Memory, own_containers
from .provenance import Key, Provenance
from .why import Answer, History

BUDGET_BYTES = 512 * 2**20
DISK_BUDGET_BYTES = 8 * 2**30

_MOST_NODES = 50_000
"""Nodes of the plans whose keys are not worked out from the beginning when they come again; of one plan at least."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """Figures of a cache.

    Attributes:
        hits: Results found so far.
        misses: Results looked for and not found so far.
        results: Results in memory now.
        held_bytes: What they weigh.
        evictions: Results dropped from memory so far to stay within the budget.
        frozen: Nodes whose values are frozen, as far as this program has asked.
    """

    hits: int
    misses: int
    results: int
    held_bytes: int
    evictions: int
    frozen: int


class Frozen(NamedTuple):
    """What a frozen node gives.

    Attributes:
        values: One for each output.
        digest: Of the values.
    """

    values: tuple[Any, ...]
    digest: bytes


class Cache:
    """Results of nodes by what they depend on.

    Args:
        budget_bytes: What the results in memory may weigh together; the least recently used are dropped first.
        folder: Where results outlast the program, shared with other programs; None for memory alone.
        disk_budget_bytes: What the results in the folder may weigh together.
    Raises:
        EngineError: A budget is negative.
    """

    def __init__(
        self,
        budget_bytes: int = BUDGET_BYTES,
        folder: str | Path | None = None,
        *,
        disk_budget_bytes: int = DISK_BUDGET_BYTES,
    ) -> None:
        for name, given in (("budget_bytes", budget_bytes), ("disk_budget_bytes", disk_budget_bytes)):
            if given < 0:
                raise EngineError(f"{name} is {given}; it must be 0 or more")
        self._memory = Memory(budget_bytes)
        place = None if folder is None else Path(folder).absolute()  # The program may go to another folder.
        self._disk = None if place is None else Folder(place / "results", disk_budget_bytes)
        self._frozen_disk = None if place is None else Folder(place / "frozen")
        self._frozen: dict[bytes, Frozen] = {}
        self._history = History()
        self._plans: OrderedDict[int, tuple[Plan, Provenance]] = OrderedDict()
        self._lock = threading.Lock()
        self._keys_lock = threading.Lock()
        self._hits = self._misses = 0

    # -- an epoch ---------------------------------------------------------------------------------------------------

    def keys(self, plan: Plan, values: list[Any], frozen: Mapping[int, Frozen] | None = None) -> list[Key | None]:
        """What the outputs of each node depend on, for an epoch that begins.

        Args:
            plan: What is run.
            values: The epoch's slots: constants and inputs lie in theirs.
            frozen: What nodes that are not run give instead, by index.
        Returns:
            A key for each node, in the plan's order, in a list that is the epoch's own; None for a node that is not
            pure, or behind one, or that depends on what cannot be compared: neither look for its result nor keep it.
        """
        stamps = {index: given.digest for index, given in (frozen or {}).items()}
        with self._keys_lock:
            known = self._plans.pop(id(plan), None)
            provenance = Provenance(plan) if known is None else known[1]
            self._plans[id(plan)] = plan, provenance  # The plan, too: so nothing else gets its id.
            while len(self._plans) > 1 and sum(len(each.nodes) for each, _ in self._plans.values()) > _MOST_NODES:
                self._plans.popitem(last=False)
            keys, records = provenance.records(values, stamps)
            self._history.begin(provenance, records)
        return keys

    def find(self, key: Key) -> tuple[Any, ...] | None:
        """The outputs of a node that would run; None if it has to.

        Returns:
            As they were kept. Arrays are read-only, and the cache goes on holding them: nobody may be given one to
            write into.
        """
        values = self._memory.find(key.digest)
        if values is None and self._disk is not None:
            values = self._disk.read(key.digest)
            if values is not None:
                self._memory.keep(key.digest, values)
        with self._lock:
            self._hits += values is not None
            self._misses += values is None
        why_not = "" if values is not None else self._memory.why_gone(key.digest)
        self._history.note(key.node, Answer(values is not None, why_not))
        return values

    def keep(self, key: Key, values: tuple[Any, ...]) -> None:
        """Keep the outputs of a node that completed: not of one that failed, was cancelled or given up.

        Args:
            key: From this epoch's `keys`, as it is now.
            values: One for each output that the node's function gives: `Signal`s and `Absence`s among them.
        """
        self._memory.keep(key.digest, values)
        if self._disk is not None:
            self._disk.write(key.digest, values)

    def forget(self, plan: Plan, keys: list[Key | None], index: int) -> None:
        """A node took random numbers: take away its key, and those of all behind it.

        Args:
            plan: What is run.
            keys: This epoch's.
            index: The node.
        """
        keys[index] = None
        self._history.note_distrust(plan.nodes[index].id, "it took random numbers")
        self._take_away(plan, keys, index, f"`{plan.nodes[index].id}` before it took random numbers")

    def distrust(self, plan: Plan, keys: list[Key | None], index: int) -> None:
        """A node failed: take away the keys of all behind it.

        What goes on with a default value, an error or a signal of failure would else be kept as what comes of success;
        and a failure, such as a timeout, need not come again.

        Args:
            plan: What is run.
            keys: This epoch's.
            index: The node that failed.
        """
        self._take_away(plan, keys, index, f"`{plan.nodes[index].id}` before it failed")

    def _take_away(self, plan: Plan, keys: list[Key | None], index: int, why: str) -> None:
        """Take away the keys of all behind a node."""
        behind = {index}
        # In topological order, whoever reads comes later.
        for reader in range(index, len(plan.nodes)):
            if reader in behind:
                behind.update(plan.nodes[reader].readers())
                if reader != index:
                    keys[reader] = None
                    self._history.note_distrust(plan.nodes[reader].id, why)

    def explain(self, node_id: str) -> str:
        """Why a node ran again in its last epoch, or did not, as a clause that goes on from its name.

        Such as "ran again: `sigma` changed from 1.0 to 2.0", or "was not run again: nothing that it depends on has
        changed".
        """
        return self._history.explain(node_id)

    # -- frozen values ------------------------------------------------------------------------------------------------

    def frozen(self, graph_id: str, node_id: str) -> Frozen | None:
        """What a frozen node gives; None if nothing was frozen for it."""
        place = _place(graph_id, node_id)
        found = self._frozen.get(place)
        if found is None and self._frozen_disk is not None:
            values = self._frozen_disk.read(place)
            if values is not None:
                found = self._frozen.setdefault(place, _freeze(values))
        return found

    def freeze(self, graph_id: str, node_id: str, values: tuple[Any, ...]) -> bool:
        """Keep the values that a node shall give from now on, in place of those before; they are never dropped.

        Args:
            graph_id: Tells the graph from all others.
            node_id: The node, by its path in the graph.
            values: One for each output.
        Returns:
            Whether they outlast this program: there is a folder, it can be written, and they have a form for it.
        """
        place = _place(graph_id, node_id)
        self._frozen[place] = _freeze(values)
        return self._frozen_disk is not None and self._frozen_disk.write(place, values, replace=True)

    # -- all together --------------------------------------------------------------------------------------------------

    def statistics(self) -> Statistics:
        """Figures as they are now."""
        memory = self._memory
        return Statistics(self._hits, self._misses, len(memory), memory.held_bytes, memory.evictions, len(self._frozen))

    def clear(self) -> None:
        """Drop all results, in memory and in the folder; frozen values stay."""
        self._memory.clear()
        if self._disk is not None:
            self._disk.clear()


def _freeze(values: tuple[Any, ...]) -> Frozen:
    own = tuple(share(own_containers(value))[0] for value in values)
    # What cannot be compared counts as another value each time that it is frozen.
    return Frozen(own, digest.digest(own) or secrets.token_bytes(digest.SIZE))


def _place(graph_id: str, node_id: str) -> bytes:
    place = digest.digest((graph_id, node_id))
    if place is None:
        raise AssertionError("text always has a digest")
    return place
