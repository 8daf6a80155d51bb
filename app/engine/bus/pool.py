"""The buffer pool: big arrays lie in memory that worker processes see too, and that is used again while it is warm.

All of a pool's memory is one mapping, the *arena*: a `memfd` on Linux, an unlinked temporary file on other POSIX
systems. So a worker is given one descriptor when it starts, a handle is an offset and a length, and nothing has a name
that could be left behind. The arena is far larger than the budget and almost all of it is empty; a *segment* is a
stretch of it, a power of two of pages long, and only its first bytes have memory.

A `Lease` is the right to a segment. NumPy arrays over it keep it alive as their `base`; when the last one is garbage
the segment is warm and waits for the next user of its size. What stays unused is given back to the system.

Any thread may call in. A lease ends wherever the garbage collector finds it, so its end takes no lock: it is noted, and
the next call tidies up.
"""

from __future__ import annotations

import mmap
import os
import tempfile
import threading
import time
import weakref
from collections import deque
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
PAGE = mmap.PAGESIZE
ROOM = 8
"""The arena's addresses, as a multiple of the budget: empty room costs nothing, and stretches of a size do not get in
the way of others."""


class Arena:
    """One mapping, shared by the processes that attach it. It lives as long as an array over it.

    Attributes:
        key: By which another process attaches it: a file descriptor that it has inherited.
        bytes: All of it.
        address: Of its first byte, in this process.
        size_bytes: Its length.
    """

    def __init__(self, key: str, memory: mmap.mmap) -> None:
        self.key, self.memory = key, memory
        self.bytes: Bytes = np.frombuffer(memory, np.uint8)
        self.address: int = self.bytes.ctypes.data
        self.size_bytes = len(memory)
        self._close = weakref.finalize(self, os.close, int(key))

    @classmethod
    def create(cls, size_bytes: int, in_file: bool = not hasattr(os, "memfd_create")) -> Arena:
        """Make a new one, empty.

        Args:
            size_bytes: Its length.
            in_file: Whether an unlinked temporary file carries it, where there is no `memfd`.
        Raises:
            OSError: There is no such room.
        """
        if not hasattr(os, "pread"):
            raise OSError("this system has no memory that processes share by descriptor")
        if in_file:
            with tempfile.TemporaryFile(prefix="animaweave-") as file:
                descriptor = os.dup(file.fileno())
        else:
            descriptor = os.memfd_create("animaweave")
        try:
            os.ftruncate(descriptor, size_bytes)
            return cls(str(descriptor), mmap.mmap(descriptor, size_bytes))
        except (OSError, ValueError, OverflowError) as problem:
            os.close(descriptor)
            raise OSError(f"no {size_bytes} bytes of addresses for shared memory: {problem}") from problem

    @classmethod
    def attach(cls, key: str, size_bytes: int) -> Arena:
        """Map another process's arena into this one."""
        arena = cls(key, mmap.mmap(int(key), size_bytes))
        arena.close()  # The mapping has a descriptor of its own.
        return arena

    def offset_of(self, data: memoryview) -> int:
        """Where a buffer lies, in bytes from the beginning; negative or beyond the end if it lies elsewhere."""
        return int(np.frombuffer(data, np.uint8).ctypes.data) - self.address

    def reserve(self, begin: int, size_bytes: int) -> None:
        """Have memory behind a stretch: without it a full machine would kill whoever writes there.

        Raises:
            OSError: There is no memory left.
        """
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(int(self.key), begin, size_bytes)

    def give_back(self, begin: int, size_bytes: int) -> None:
        """Have no memory behind a stretch, where the system can do that."""
        if hasattr(mmap, "MADV_REMOVE"):
            self.memory.madvise(mmap.MADV_REMOVE, begin, size_bytes)

    def close(self) -> None:
        """Let go of the descriptor; the mapping goes with the last array over it."""
        self._close()


class View:
    """What arrays over a stretch of an arena have as their `base`.

    Attributes:
        offset: Of its first byte, in the arena.
        nbytes: Its length.
    """

    __slots__ = ("__array_interface__", "__weakref__", "arena", "nbytes", "offset")

    def __init__(self, arena: Arena, offset: int, nbytes: int) -> None:
        self.arena, self.offset, self.nbytes = arena, offset, nbytes
        self.__array_interface__ = {
            "version": 3,
            "data": (arena.address + offset, False),
            "shape": (nbytes,),
            "typestr": "|u1",
        }

    @property
    def end(self) -> int:
        """Offset behind its last byte."""
        return self.offset + self.nbytes

    def array(self, offset: int, nbytes: int) -> Bytes:
        """A read-only array over a part of it.

        Args:
            offset: Of the part's first byte, in the arena.
            nbytes: Its length.
        """
        whole: Bytes = np.asarray(self)
        whole.flags.writeable = False
        begin = offset - self.offset
        return whole if nbytes == self.nbytes else whole[begin : begin + nbytes]


class _Segment(NamedTuple):
    """A stretch of the arena with memory behind it."""

    offset: int
    order: int
    reserved_bytes: int


class Lease(View):
    """The right to a segment, until it and all arrays over it are garbage."""

    __slots__ = ("_ended", "_segment")

    def __init__(self, arena: Arena, segment: _Segment, nbytes: int, ended: deque[_Segment]) -> None:
        super().__init__(arena, segment.offset, nbytes)
        self._segment, self._ended = segment, ended

    def __del__(self) -> None:
        self._ended.append(self._segment)

    def write(self, data: memoryview | Bytes) -> None:
        """Copy bytes to the beginning. Nobody else may read there yet."""
        np.copyto(self.arena.bytes[self.offset : self.offset + data.nbytes], np.frombuffer(data, np.uint8))


class _Addresses:
    """Which stretches of an arena are nobody's: powers of two pages long; two halves that are free become one again."""

    def __init__(self, orders: int) -> None:
        self._free: list[set[int]] = [set() for _ in range(orders)]
        self._free.append({0})

    def take(self, order: int) -> int | None:
        """The offset of a stretch, or None if there is none so long."""
        found = next((at for at in range(order, len(self._free)) if self._free[at]), None)
        if found is None:
            return None
        offset = self._free[found].pop()
        for half in range(found - 1, order - 1, -1):
            self._free[half].add(offset + (PAGE << half))
        return offset

    def give(self, offset: int, order: int) -> None:
        """Take a stretch back."""
        while (neighbour := offset ^ (PAGE << order)) in self._free[order]:
            self._free[order].remove(neighbour)
            offset = min(offset, neighbour)
            order += 1
        self._free[order].add(offset)


class BufferPool:
    """Segments of shared memory within a budget.

    Args:
        budget_bytes: The most memory that it has, warm segments included.
        idle_s: Seconds after which a warm segment is given back, when the pool is next used.

    Attributes:
        problem: Why there is no memory beyond the budget's limit; empty as long as the system gave what was asked for.
    """

    def __init__(self, budget_bytes: int, idle_s: float = 10.0) -> None:
        self.budget_bytes, self.idle_s, self.problem = budget_bytes, idle_s, ""
        pages = max(1, -(-budget_bytes // PAGE))
        orders = (pages * ROOM - 1).bit_length()
        self.arena: Arena | None = None
        try:
            self.arena = Arena.create(PAGE << orders)
        except OSError as problem:
            self.problem = str(problem)
        self._addresses = _Addresses(orders)
        self._lock = threading.Lock()
        self._ended: deque[_Segment] = deque()
        self._warm: list[list[tuple[float, _Segment]]] = [[] for _ in range(orders + 1)]
        self._warm_bytes = self._reserved_bytes = 0

    @property
    def live_bytes(self) -> int:
        """Memory of segments in use."""
        with self._lock:
            self._tidy()
            return self._reserved_bytes - self._warm_bytes

    @property
    def warm_bytes(self) -> int:
        """Memory of segments that wait for their next use."""
        with self._lock:
            self._tidy()
            return self._warm_bytes

    def acquire(self, size_bytes: int, *, warm_only: bool = False) -> Lease | None:
        """Take a segment; its content is anything.

        Args:
            size_bytes: How much is needed; at least 1.
            warm_only: Take none that would first have to be given memory.
        Returns:
            The lease; None if the budget is used up or the machine has no memory.
        """
        if self.arena is None:
            return None
        needed = -(-size_bytes // PAGE) * PAGE
        order = (needed // PAGE - 1).bit_length()
        if order >= len(self._warm):
            return None
        with self._lock:
            self._tidy()
            warm = self._warm[order]
            if warm and (warm[-1][1].reserved_bytes >= needed or not warm_only):
                segment = warm.pop()[1]
                self._warm_bytes -= segment.reserved_bytes
            elif warm_only or (offset := self._addresses.take(order)) is None:
                return None
            else:
                segment = _Segment(offset, order, 0)
            missing = max(0, needed - segment.reserved_bytes)
            if missing and not self._make_room(missing):
                self._put_away(segment)
                return None
            self._reserved_bytes += missing
        if missing:
            # Outside of the lock: the system clears the pages, which takes its time.
            try:
                self.arena.reserve(segment.offset + segment.reserved_bytes, missing)
            except OSError as problem:
                self.problem = f"no memory for {size_bytes} bytes: {problem.strerror}"
                with self._lock:
                    self._reserved_bytes -= missing
                    self._put_away(segment)
                return None
        return Lease(
            self.arena, segment._replace(reserved_bytes=segment.reserved_bytes + missing), size_bytes, self._ended
        )

    def put(self, array: npt.NDArray[Any]) -> npt.NDArray[Any] | None:
        """Copy an array into a segment.

        Returns:
            A read-only array of the same shape and type; None if there is no room, or its items are Python objects.
        """
        if array.dtype.hasobject or not array.nbytes or (lease := self.acquire(array.nbytes)) is None:
            return None
        plain = np.ascontiguousarray(array)
        lease.write(plain.reshape(-1).view(np.uint8))
        return lease.array(lease.offset, array.nbytes).view(array.dtype).reshape(array.shape)

    def lease_behind(self, value: Any) -> Lease | None:
        """The lease that an array or memoryview lies in, if it is one of this pool."""
        while not isinstance(value, Lease):
            if isinstance(value, np.ndarray):
                value = value.base
            elif isinstance(value, memoryview):
                value = value.obj
            else:
                return None
        return value if value.arena is self.arena else None

    def trim(self, idle_s: float = 0.0) -> int:
        """Give warm segments back to the system.

        Args:
            idle_s: Those that have been unused for so many seconds; all by default.
        Returns:
            Bytes given back.
        """
        with self._lock:
            self._take_back()
            return self._give_back_older(time.monotonic() - idle_s)

    def close(self) -> None:
        """Give everything back; arrays that are still alive keep their memory."""
        self.trim()
        with self._lock:
            arena, self.arena = self.arena, None
            if arena is not None:
                arena.close()

    # What follows is called with the lock taken.

    def _tidy(self) -> None:
        self._take_back()
        if self._warm_bytes:
            self._give_back_older(time.monotonic() - self.idle_s)

    def _take_back(self) -> None:
        while self._ended:
            self._put_away(self._ended.popleft())

    def _put_away(self, segment: _Segment) -> None:
        if segment.reserved_bytes:
            self._warm[segment.order].append((time.monotonic(), segment))
            self._warm_bytes += segment.reserved_bytes
        else:
            self._addresses.give(segment.offset, segment.order)

    def _give_back_older(self, moment: float) -> int:
        before = self._reserved_bytes
        for warm in self._warm:
            while warm and warm[0][0] <= moment:
                self._give_back(warm)
        return before - self._reserved_bytes

    def _make_room(self, size_bytes: int) -> bool:
        """Give the oldest warm segments back until so much fits into the budget."""
        while self._reserved_bytes + size_bytes > self.budget_bytes:
            oldest = min((warm for warm in self._warm if warm), key=lambda warm: warm[0][0], default=None)
            if oldest is None:
                return False
            self._give_back(oldest)
        return True

    def _give_back(self, warm: list[tuple[float, _Segment]]) -> None:
        _, segment = warm.pop(0)
        self._warm_bytes -= segment.reserved_bytes
        self._reserved_bytes -= segment.reserved_bytes
        if self.arena is not None:
            self.arena.give_back(segment.offset, segment.reserved_bytes)
        self._addresses.give(segment.offset, segment.order)
