"""One run under way, or one epoch of a stream: watched, cancelled, waited for."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from .epoch import Epoch, State
from .executor import Executor
from .interrupts import Deferred
from .result import Result

if TYPE_CHECKING:
    from .offer import Helpers

GRACE_S = 1.0
"""Seconds that nodes have to end after a cancel before they are given up."""

_logger = logging.getLogger("animaweave.engine")

_taking = threading.Lock()
"""Held while a result is made, which takes some microseconds."""


class Run:
    """One run under way.

    Attributes:
        epoch: Its state, for those who watch.
        helpers: The offer to idle threads, if there is one.
    """

    def __init__(self, executor: Executor, epoch: Epoch) -> None:
        self.epoch = epoch
        self.helpers: Helpers | None = None
        self._executor = executor
        self._started = time.perf_counter()
        self._result: Result | None = None

    @property
    def is_done(self) -> bool:
        """Whether every node is over."""
        return self.epoch.finished.is_set()

    def cancel(self, reason: str = "cancelled") -> None:
        """Let no further node start; nodes that run are told through their context. May be called from any thread."""
        self._executor.cancel(self.epoch, reason)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the end of the run; tell whether it came."""
        return self.epoch.finished.wait(timeout)

    def result(self, timeout: float | None = None) -> Result:
        """Wait for the result.

        Args:
            timeout: Seconds after which the run is cancelled.
        """
        if not self.wait(timeout):
            self.cancel(f"it took longer than {timeout:g} s")
            self.give_up_after(GRACE_S)
        return self.take()

    def give_up_after(self, grace_s: float) -> None:
        """Wait for a cancelled run; what has not ended by then is abandoned, and said to be."""
        if not self.wait(grace_s):
            for node in self._executor.abandon(self.epoch, self.epoch.cancelled or "cancelled"):
                _logger.warning("`%s` does not look at its context and goes on in the background.", node)

    def states(self) -> Mapping[str, State]:
        """What each node is doing now, by id."""
        return {node.id: self.epoch.state(index) for index, node in enumerate(self.epoch.plan.nodes)}

    def take(self) -> Result:
        """The result of a run that is over."""
        if self._result is not None:
            return self._result
        with Deferred():
            return self.take_deferred()

    def take_deferred(self) -> Result:
        """The same, where Ctrl-C is deferred anyway."""
        with _taking:
            if self._result is None:
                elapsed = time.perf_counter() - self._started
                outputs = self._executor.end(self.epoch)
                self._result = Result(self.epoch, outputs, self._executor.metrics, elapsed)
                if self.epoch.folders is not None:
                    self.epoch.folders.remove()
            return self._result
