"""All that runs nodes beside the scheduler's threads; each part starts when it is first needed."""

from __future__ import annotations

import threading
import time

from ..actors.scheduler import Scheduler
from .loop import Loop

MOST_THREADS = 512
"""Threads for nodes that block; more such nodes wait for one of them to end."""


class Places:
    """Where nodes run.

    Args:
        workers: How many processes there may be.

    Attributes:
        threads: An elastic pool for nodes that block.
        loop: For async nodes, and what happens after a while.
    """

    def __init__(self, workers: int) -> None:
        self.threads = Scheduler(MOST_THREADS)
        self.loop = Loop()
        self._workers = workers
        self._lock = threading.Lock()

    def close(self, timeout: float) -> list[str]:
        """End all of it.

        Args:
            timeout: Seconds that what runs has to end.
        Returns:
            Names of threads that run on, in nodes that do not look at their context.
        """
        until = time.monotonic() + timeout
        left = [] if self.loop.close(timeout) else ["animaweave-loop"]
        return left + self.threads.close(max(0.0, until - time.monotonic()))
