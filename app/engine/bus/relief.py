"""What is done when the values of an engine weigh more than they may: held results go to disk.

A stream begins no further epoch then; but what it has computed and nobody has taken yet, and the results of a long run,
lie there all the same. They are read again page by page when somebody looks at them.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

from .spill import spill
from .weight import share

if TYPE_CHECKING:
    from ..epoch import Epoch
    from ..shared import Shared

_logger = logging.getLogger("animaweave.engine")


class Relief:
    """Moves held results to disk.

    Args:
        budget_bytes: What may lie on the bus before it does.

    Attributes:
        spilled_bytes: Moved so far.
    """

    def __init__(self, budget_bytes: int) -> None:
        self.budget_bytes, self.spilled_bytes = budget_bytes, 0
        self._lock = threading.Lock()
        self._has_failed = False

    def is_needed(self, live_bytes: int) -> bool:
        """Whether so many bytes are too many, and something can be done about it."""
        return live_bytes > self.budget_bytes and not self._has_failed

    def relieve(self, epochs: Iterable[Epoch], shared: Shared) -> None:
        """Move results of these epochs that only their hold keeps, until the rest may lie where it is."""
        if not self._lock.acquire(blocking=False):
            return  # Another thread is at it.
        try:
            for epoch in epochs:
                for slot in set(epoch.plan.outputs.values()):
                    if self.is_needed(shared.bus.live_bytes):
                        self._move(epoch, slot, shared)
        except OSError as problem:
            self._has_failed = True
            _logger.warning("Results cannot be moved to disk to save memory: %s.", problem.strerror or problem)
        finally:
            self._lock.release()

    def _move(self, epoch: Epoch, slot: int, shared: Shared) -> None:
        slots = epoch.slots
        value = slots.values[slot]
        if slots.references[slot] != 1 or slot not in slots.weights:
            return
        moved, weight = share(spill(value))
        if moved is value:
            return
        shared.lock.acquire()
        try:
            if slots.references[slot] == 1 and slots.values[slot] is value:  # Else it was taken meanwhile.
                self.spilled_bytes += slots.exchange(slot, moved, weight)
        finally:
            shared.unlock()
