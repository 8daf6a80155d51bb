"""An event that is set once, and that Ctrl-C cannot break.

`threading.Event` takes a lock in Python code: Ctrl-C that comes while the main thread waits there may leave it taken
for ever, and whoever sets the event hangs. Here every waiter has a lock of its own, and nothing is ever held.
"""

from __future__ import annotations

import contextlib
import threading


class Latch:
    """Something that happens once, and that threads wait for."""

    __slots__ = ("_is_set", "_waiters")

    def __init__(self) -> None:
        self._is_set = False
        self._waiters: list[threading.Lock] = []

    def is_set(self) -> bool:
        """Whether it has happened."""
        return self._is_set

    def set(self) -> None:
        """It happens now. May come between any two lines, also of `wait`."""
        self._is_set = True
        while self._waiters:
            with contextlib.suppress(IndexError):  # Another thread, or this one's interrupt, was faster.
                self._waiters.pop().release()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it happens.

        Args:
            timeout: Seconds after which the wait ends; None for never.
        Returns:
            Whether it has happened.
        """
        if self._is_set:
            return True
        gate = threading.Lock()
        gate.acquire()
        self._waiters.append(gate)
        try:
            if not self._is_set:  # It may have happened just before the gate was there to be opened.
                gate.acquire(timeout=-1 if timeout is None else min(max(timeout, 0.0), threading.TIMEOUT_MAX))
        finally:
            with contextlib.suppress(ValueError):
                self._waiters.remove(gate)
        return self._is_set
