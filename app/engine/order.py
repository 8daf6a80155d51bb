"""Nodes that run alone: such a node starts when no other node of its run is running, and none starts until it ends.

Used only where a plan has such nodes; every node then asks before it starts. Nobody waits here: who may not start yet
is kept, and given back to be run when the time has come.
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

    __slots__ = ("_is_alone", "_lock", "_running", "_waiting")

    def __init__(self) -> None:
        self._lock = _lock
        self._running = 0
        self._is_alone = False
        self._waiting: list[tuple[Epoch, int, bool]] = []

    def enter(self, epoch: Epoch, node: int, *, alone: bool) -> bool:
        """Begin to run a node; tell whether it may. If not, it is kept until somebody leaves."""
        with self._lock:
            if self._may_start(alone=alone):
                self._running += 1
                self._is_alone = alone
                return True
            self._waiting.append((epoch, node, alone))
            return False

    def leave(self) -> list[tuple[Epoch, int]]:
        """End a node.

        Returns:
            Nodes that may ask again now, each with its epoch.
        """
        with self._lock:
            self._running -= 1
            if self._running:
                return []
            self._is_alone = False
            waiting, self._waiting = self._waiting, []
        # First come, first served: who runs alone is not overtaken for ever.
        return [(epoch, node) for epoch, node, _ in waiting]

    def take_out(self, epoch: Epoch) -> list[int]:
        """Take out the nodes of an epoch that wait."""
        with self._lock:
            taken = [node for owner, node, _ in self._waiting if owner is epoch]
            self._waiting = [entry for entry in self._waiting if entry[0] is not epoch]
        return taken

    def _may_start(self, *, alone: bool) -> bool:
        if self._is_alone or any(is_alone for _, _, is_alone in self._waiting):
            return not self._running and not self._waiting
        return not (alone and self._running)
