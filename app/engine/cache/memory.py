"""Results in memory, the least recently used dropped first; a buffer that several of them share is counted once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

from ..bus.slots import Bus
from ..bus.weight import Weight, share

ENTRY_BYTES = 500
"""Counted for each result besides its values, so that results that weigh nothing cannot become too many."""

_MOST_REMEMBERED = 100_000
"""Dropped results of which it is remembered that they were there."""


class Memory:
    """Results by digest. May be used from any thread.

    Args:
        budget_bytes: What they may weigh together.

    Attributes:
        evictions: Results dropped so far to stay within the budget.
    """

    def __init__(self, budget_bytes: int) -> None:
        self.budget_bytes = budget_bytes
        self.evictions = 0
        self._bus = Bus()
        self._lock = threading.Lock()
        self._results: OrderedDict[bytes, tuple[tuple[Any, ...], Weight]] = OrderedDict()
        self._dropped: OrderedDict[bytes, str] = OrderedDict()

    def find(self, digest: bytes) -> tuple[Any, ...] | None:
        """The values of a result, or None."""
        with self._lock:
            found = self._results.get(digest)
            if found is None:
                return None
            self._results.move_to_end(digest)
        return tuple(map(own_containers, found[0]))

    def keep(self, digest: bytes, values: tuple[Any, ...]) -> None:
        """Keep the values of a result, and drop others until all are within the budget."""
        shared = [share(own_containers(value)) for value in values]
        weight = Weight(
            ENTRY_BYTES + sum(weight.own for _, weight in shared),
            tuple(buffer for _, weight in shared for buffer in weight.buffers),
        )
        result = (tuple(value for value, _ in shared), weight)
        dropped: list[Any] = []  # Let go of outside the lock: a value's `__del__` is foreign code and may call back.
        with self._lock:
            self._remove(digest, dropped)
            added = self._bus.add(weight)
            self._results[digest] = result
            self._dropped.pop(digest, None)
            if added > self.budget_bytes:
                self._drop(digest, f"its result alone is larger than {shown_bytes(self.budget_bytes)}", dropped)
            while self._bus.live_bytes > self.budget_bytes:
                oldest = next(iter(self._results))
                self._drop(
                    oldest, f"its result had been dropped to stay within {shown_bytes(self.budget_bytes)}", dropped
                )

    def why_gone(self, digest: bytes) -> str:
        """Why a result that was here is not here any more; empty if it never was."""
        with self._lock:
            return self._dropped.get(digest, "")

    def clear(self) -> None:
        """Drop all results."""
        dropped: list[Any] = []
        with self._lock:
            for digest in tuple(self._results):
                self._remove(digest, dropped)
                self._remember(digest, "the cache had been cleared")

    @property
    def held_bytes(self) -> int:
        """What all results weigh now."""
        return self._bus.live_bytes

    def __len__(self) -> int:
        return len(self._results)

    # -- under the lock -------------------------------------------------------------------------------------------

    def _drop(self, digest: bytes, why: str, dropped: list[Any]) -> None:
        self._remove(digest, dropped)
        self._remember(digest, why)
        self.evictions += 1

    def _remove(self, digest: bytes, dropped: list[Any]) -> None:
        result = self._results.pop(digest, None)
        if result is not None:
            self._bus.remove(result[1])
            dropped.append(result)

    def _remember(self, digest: bytes, why: str) -> None:
        self._dropped[digest] = why
        if len(self._dropped) > _MOST_REMEMBERED:
            self._dropped.popitem(last=False)


def shown_bytes(number: int) -> str:
    """A number of bytes as people say it: `512 MB`."""
    for unit, size in (("GB", 2**30), ("MB", 2**20), ("kB", 2**10)):
        if number >= size:
            return f"{number / size:.3g} {unit}"
    return f"{number} bytes"


def own_containers(value: Any) -> Any:
    """A value whose containers nobody else has: whoever was given a list may write into it."""
    try:
        return _copied(value)
    except RecursionError:  # It contains itself; the copy must, too.
        return value


def _copied(value: Any) -> Any:
    kind = type(value)
    if kind is list or kind is tuple:
        return kind([_copied(item) for item in value])
    if kind is dict:
        return {key: _copied(item) for key, item in value.items()}
    return set(value) if kind is set else value
