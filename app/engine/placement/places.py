"""All that runs nodes beside the scheduler's threads; each part starts when it is first needed."""

from __future__ import annotations

import threading
import time

from ...errors import EngineError
from ..actors.scheduler import Scheduler
from ..bus.pool import BufferPool
from .loop import Loop
from .timer import Timer
from .workers import Workers

MOST_THREADS = 512
"""Threads for nodes that block; more such nodes wait for one of them to end."""


class Places:
    """Where nodes run.

    Args:
        workers: How many processes there may be.
        pool_bytes: The most memory that they share with this one.
        processes: Workers of somebody else's, who goes on with them; its own if None.

    Attributes:
        threads: An elastic pool for nodes that block.
        loop: For async nodes.
        timer: For what happens after a while.
    """

    def __init__(self, workers: int, pool_bytes: int, processes: Workers | None = None) -> None:
        self.threads = Scheduler(MOST_THREADS)
        self.loop = Loop()
        self.timer = Timer()
        self._limit, self._pool_bytes = workers, pool_bytes
        self._workers, self._are_own = processes, processes is None
        self._lock = threading.Lock()
        self._is_closed = False

    @property
    def workers(self) -> Workers:
        """The worker processes.

        Raises:
            EngineError: All is closed.
        """
        with self._lock:
            if self._is_closed:
                raise EngineError("the engine is closed; make a new one")
            if self._workers is None:
                self._workers = Workers(self._limit, BufferPool(self._pool_bytes))
            return self._workers

    def close(self, grace_s: float, patience_s: float) -> list[str]:
        """End all of it.

        Args:
            grace_s: Seconds that worker processes have to end by themselves.
            patience_s: Seconds to wait for threads that run nodes.
        Returns:
            Names of threads that run on, in nodes that do not look at their context.
        """
        until = time.monotonic() + patience_s
        with self._lock:
            self._is_closed = True
        if self._workers is not None and self._are_own:
            self._workers.close(grace_s)
            self._workers.pool.close()
        left = [] if self.timer.close(grace_s) else ["animaweave-timer"]
        left += [] if self.loop.close(patience_s) else ["animaweave-loop"]
        return left + self.threads.close(max(0.0, until - time.monotonic()))
