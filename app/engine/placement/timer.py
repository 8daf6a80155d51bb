"""Calls things after a while: when nodes have had their time, and when one that failed is tried again.

It has a thread of its own, started when it is first needed. What is called there must not block; nodes never run there,
so none can hold up the timeout of another. All of it may be called from any thread, and goes by the monotonic clock.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
from collections.abc import Callable
from functools import partial
from time import monotonic

from ...errors import EngineError

MANY = 64
"""Entries that were called off are swept out once they are so many, and half of all."""

_logger = logging.getLogger("animaweave.engine")


class _Entry:
    """Something to be called; None once it was, or was called off."""

    __slots__ = ("call",)

    def __init__(self, call: Callable[[], None]) -> None:
        self.call: Callable[[], None] | None = call


class Timer:
    """A thread that calls things later."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # Guards all that follows.
        self._entries: list[tuple[float, int, _Entry]] = []  # A heap, by when they are due.
        self._numbers = itertools.count()
        self._off = 0  # Entries that were called off and lie here still.
        self._gate: threading.Lock | None = None  # What the thread waits at.
        self._thread: threading.Thread | None = None
        self._is_closed = False

    def after(self, seconds: float, call: Callable[[], None]) -> Callable[[], None]:
        """Call something after so many seconds, on the timer's thread.

        Returns:
            What prevents it; also when it is too late.
        Raises:
            EngineError: It is closed.
        """
        entry = _Entry(call)
        with self._lock:
            if self._is_closed:
                raise EngineError("the engine is closed; make a new one")
            heapq.heappush(self._entries, (monotonic() + seconds, next(self._numbers), entry))
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="animaweave-timer", daemon=True)
                self._thread.start()
            elif self._entries[0][2] is entry:
                self._wake()
        return partial(self._call_off, entry)

    def close(self, timeout: float) -> bool:
        """Call nothing more and end the thread; tell whether it has ended."""
        with self._lock:
            self._is_closed = True
            dropped, self._entries = self._entries, []
            self._wake()
            thread = self._thread
        del dropped
        if thread is None or thread is threading.current_thread():
            return True
        thread.join(timeout)
        return not thread.is_alive()

    def _call_off(self, entry: _Entry) -> None:
        with self._lock:
            call, entry.call = entry.call, None  # Dropped outside the lock: what it refers to may be foreign.
            if call is None:
                return
            self._off += 1
            if self._off >= MANY and 2 * self._off >= len(self._entries):
                self._entries = [one for one in self._entries if one[2].call is not None]
                heapq.heapify(self._entries)
                self._off = 0

    def _wake(self) -> None:
        if self._gate is not None:
            self._gate.release()
            self._gate = None

    def _work(self) -> None:
        while True:
            with self._lock:
                if self._is_closed:
                    return
                call, pause_s = self._next()
                gate = self._gate = threading.Lock() if call is None else None
                if gate is not None:
                    gate.acquire()
            if gate is not None:
                gate.acquire(timeout=min(pause_s, threading.TIMEOUT_MAX))
            elif call is not None:
                try:
                    call()
                except Exception:
                    _logger.exception("What was to be called after a while failed.")
                call = None

    def _next(self) -> tuple[Callable[[], None] | None, float]:
        """What is due, or None and the seconds until something may be."""
        while self._entries:
            due, _, entry = self._entries[0]
            pause_s = due - monotonic()
            if entry.call is not None and pause_s > 0:
                return None, pause_s
            heapq.heappop(self._entries)
            call, entry.call = entry.call, None
            if call is not None:
                return call, 0.0
            self._off = max(0, self._off - 1)
        return None, threading.TIMEOUT_MAX
