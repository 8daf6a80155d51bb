"""What each node is at: worked out from the epochs under way when somebody looks, at no cost to those who run them.

Nothing is locked, so a node that is just changing over may be seen in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..compiler.plan import SETTLED, Plan
from ..epoch import Ending, Epoch

IDLE, STARVES, BLOCKED, COMPUTES = range(4)
"""What a node does over all epochs under way, the strongest last: it is over in all of them; nothing has
come for it yet; something has come, but inputs are missing, its actor is busy or no thread is free; it runs."""

ACTIVITIES = ("idle", "starves", "blocked", "computes")
"""Words of the activities."""

ENDS = ("", "completed", "skipped", "cancelled", "failed")
"""How a node ended, the strongest last; empty where it has not."""

_CODES = {word: code for code, word in enumerate(ENDS)}


class Standing(NamedTuple):
    """How all nodes stand, an entry a node.

    Attributes:
        depth: Epochs in which something has arrived for it and it has not started.
        activity: `IDLE`, `STARVES`, `BLOCKED` or `COMPUTES`.
        ended: Place in `ENDS` of how it ended in the newest epoch under way in which it has.
        progress: From 0 to 1; NaN where it says nothing.
    """

    depth: npt.NDArray[np.int64]
    activity: npt.NDArray[np.int8]
    ended: npt.NDArray[np.int8]
    progress: npt.NDArray[np.float64]


class Onlooker:
    """Sees how the nodes of a plan stand.

    Args:
        plan: What the epochs run.
    """

    def __init__(self, plan: Plan) -> None:
        self._wires = np.array(plan.pending, np.int64)
        self._places = {node.id: index for index, node in enumerate(plan.nodes)}

    def look(self, epochs: Iterable[Epoch]) -> Standing:
        """How the nodes stand now.

        Args:
            epochs: Those under way, oldest first.
        """
        nodes = len(self._wires)
        depth, ended, progress = np.zeros(nodes, np.int64), np.zeros(nodes, np.int8), np.full(nodes, np.nan)
        is_open, computes = np.zeros(nodes, bool), np.zeros(nodes, bool)
        for epoch in tuple(epochs):
            pending = np.array(epoch.pending, np.int64)
            open_ = np.frombuffer(bytes(epoch.stages), np.uint8) != SETTLED
            queued = np.zeros(nodes, bool)
            queued[list(epoch.ready())] = True
            depth += open_ & (queued | ((pending > 0) & (pending < self._wires)))
            is_open |= open_
            computes |= open_ & (pending == 0) & ~queued
            overlay(ended, epoch.stages, epoch.endings)
            for node, (fraction, _) in epoch.progress.copy().items():
                if node in self._places:  # Else it is of a plan inside, or around.
                    progress[self._places[node]] = fraction
        activity = np.select([computes, depth > 0, is_open], [COMPUTES, BLOCKED, STARVES], IDLE).astype(np.int8)
        return Standing(depth, activity, ended, progress)


def overlay(ended: npt.NDArray[np.int8], stages: bytes | bytearray, endings: Mapping[int, Ending]) -> None:
    """Put down how the nodes of an epoch ended, over what is known of older ones."""
    ended[np.frombuffer(bytes(stages), np.uint8) == SETTLED] = _CODES["completed"]
    for node, ending in dict(endings).items():
        ended[node] = _CODES[ending.state]
