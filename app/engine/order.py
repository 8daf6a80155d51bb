"""Nodes that run alone: such a node starts when no other node of its run is running, and none starts until it ends.

Used only where a plan has such nodes; every node then asks before it starts. Nobody waits here: who may not start yet
is kept, and given back to be run when the time has come.

A node that runs a sub-graph only waits for what is inside, so it does not ask. If it is to run alone itself, it does,
and then only what is inside of it may start; that may run alone in turn.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .epoch import Epoch


_lock = threading.Lock()
"""Held for a moment; one for all, since most runs have no such nodes and none needs a lock then."""


class Order:
    """Who runs, and who has to wait for that."""

    __slots__ = ("_alone", "_lock", "_running", "_waiting")

    def __init__(self) -> None:
        self._lock = _lock
        # How many run that need not be alone; and those that do, the outermost first, each inside the one before it.
        self._running = 0
        self._alone: list[tuple[Epoch, int]] = []
        self._waiting: list[tuple[Epoch, int, bool]] = []

    def enter(self, epoch: Epoch, node: int, *, alone: bool) -> bool:
        """Begin to run a node; tell whether it may. If not, it is kept until somebody leaves."""
        with self._lock:
            if self._may_start(epoch, alone=alone):
                self._begin(epoch, node, alone=alone)
                return True
            self._waiting.append((epoch, node, alone))
            return False

    def enter_now(self, epoch: Epoch, node: int, *, alone: bool) -> bool:
        """The same, but one that may not is not kept: it asks again by itself."""
        with self._lock:
            if not self._may_start(epoch, alone=alone):
                return False
            self._begin(epoch, node, alone=alone)
            return True

    def leave(self, epoch: Epoch, node: int) -> list[tuple[Epoch, int]]:
        """End a node.

        Returns:
            Nodes that may ask again now, each with its epoch.
        """
        with self._lock:
            if (epoch, node) in self._alone:
                self._alone.remove((epoch, node))
            else:
                self._running -= 1
            if self._running:
                return []
            # First come, first served: who runs alone is not overtaken for ever.
            ready = [entry for entry in self._waiting if self._is_inside(entry[0])]
            self._waiting = [entry for entry in self._waiting if not self._is_inside(entry[0])]
        return [(other, waiting) for other, waiting, _ in ready]

    def withdraw(self, epoch: Epoch, node: int) -> bool:
        """Take out a node that was just kept; tell whether nobody else has taken it out before."""
        with self._lock:
            kept = [entry for entry in self._waiting if entry[:2] != (epoch, node)]
            is_out = len(kept) < len(self._waiting)
            self._waiting = kept
        return is_out

    def take_out(self, epoch: Epoch) -> list[int]:
        """Take out the nodes of an epoch that wait."""
        with self._lock:
            taken = [node for owner, node, _ in self._waiting if owner is epoch]
            self._waiting = [entry for entry in self._waiting if entry[0] is not epoch]
        return taken

    def _begin(self, epoch: Epoch, node: int, *, alone: bool) -> None:
        if alone:
            self._alone.append((epoch, node))
        else:
            self._running += 1

    def _may_start(self, epoch: Epoch, *, alone: bool) -> bool:
        if not self._is_inside(epoch):
            return False
        if not self._running:
            return True
        return not alone and not any(is_alone and self._is_inside(other) for other, _, is_alone in self._waiting)

    def _is_inside(self, epoch: Epoch) -> bool:
        """Whether an epoch is the work of the node that runs alone now, if one does."""
        return not self._alone or epoch.is_inside(*self._alone[-1])
