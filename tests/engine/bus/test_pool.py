"""The pool's segments: used again, within a budget, and never while an array over them is alive."""

import contextlib
import gc
import itertools
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from animaweave.engine.bus import pool as module
from animaweave.engine.bus.pool import PAGE, Arena, BufferPool, Lease

MB = 1 << 20


@pytest.fixture
def pool() -> Iterator[BufferPool]:
    """A pool of 16 MB."""
    made = BufferPool(16 * MB)
    yield made
    made.close()


def put(pool: BufferPool, array: np.ndarray) -> np.ndarray:
    placed = pool.put(array)
    assert placed is not None
    return placed


def lease(pool: BufferPool, size_bytes: int) -> Lease:
    made = pool.acquire(size_bytes)
    assert made is not None
    return made


def memory_behind(pool: BufferPool) -> int:
    """Bytes of memory that the system has given to the pool."""
    assert pool.arena is not None
    return os.fstat(int(pool.arena.key)).st_blocks * 512


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6.0).reshape(2, 3),
        np.arange(60.0).reshape(3, 4, 5)[:, ::2].T,
        np.array(3, np.int16),
        np.array([("a", 1)], [("name", "U3"), ("count", "i8")]),
        np.array(["2020-01-01"], "datetime64[D]"),
    ],
    ids=["rows", "strided", "single", "records", "dates"],
)
def test_an_array_that_is_put_there_is_the_same_and_read_only(pool: BufferPool, array: np.ndarray) -> None:
    placed = put(pool, array)

    assert (placed == array).all()
    assert (placed.shape, placed.dtype) == (array.shape, array.dtype)
    with pytest.raises(ValueError, match="WRITEABLE"):
        placed.flags.writeable = True
    assert pool.lease_behind(placed) is not None


@pytest.mark.parametrize("array", [np.array([None]), np.zeros(0)], ids=["objects", "empty"])
def test_what_has_no_plain_bytes_is_not_put_there(pool: BufferPool, array: np.ndarray) -> None:
    assert pool.put(array) is None


def test_a_segment_is_free_when_the_last_view_is_garbage_and_then_used_again(pool: BufferPool) -> None:
    first = put(pool, np.zeros(MB, np.uint8))
    offset = pool.lease_behind(first).offset  # type: ignore[union-attr]
    view = first.reshape(2, -1)[1, ::7].view(np.int8)
    del first

    assert pool.live_bytes == MB, "a view of a view keeps it"
    other = put(pool, np.ones(MB, np.uint8))
    assert pool.lease_behind(other).offset != offset  # type: ignore[union-attr]

    del view
    assert (pool.live_bytes, pool.warm_bytes) == (MB, MB)
    again = put(pool, np.ones(MB, np.uint8))
    assert pool.lease_behind(again).offset == offset  # type: ignore[union-attr]
    assert (pool.live_bytes, pool.warm_bytes) == (2 * MB, 0)


def test_a_segment_in_a_cycle_of_references_is_free_when_that_is_collected(pool: BufferPool) -> None:
    circle: list[Any] = [put(pool, np.zeros(MB, np.uint8))]
    circle.append(circle)
    del circle

    assert pool.live_bytes == MB
    gc.collect()
    assert pool.live_bytes == 0


def test_a_lease_may_end_in_the_middle_of_the_pools_own_books(pool: BufferPool) -> None:
    """As it does when garbage is collected there; a lock would never be had."""
    held = lease(pool, MB)

    with pool._lock:
        del held

    assert pool.live_bytes == 0


def test_memory_is_reserved_before_it_is_handed_out_and_given_back_in_the_end(pool: BufferPool) -> None:
    held = lease(pool, 3 * MB)
    assert memory_behind(pool) >= 3 * MB

    del held
    assert pool.trim() == 3 * MB
    assert memory_behind(pool) == 0
    assert (pool.live_bytes, pool.warm_bytes) == (0, 0)


def test_what_is_idle_is_given_back_when_the_pool_is_next_used(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now))
    with contextlib.closing(BufferPool(16 * MB, idle_s=10)) as pool:
        lease(pool, MB)
        assert pool.warm_bytes == MB
        now += 9
        assert pool.warm_bytes == MB
        now += 2
        held = lease(pool, 4096)
        assert (pool.warm_bytes, memory_behind(pool)) == (0, held.nbytes)


def test_beyond_the_budget_there_is_nothing(pool: BufferPool) -> None:
    held = [lease(pool, 4 * MB) for _ in range(4)]

    assert pool.acquire(1) is None
    assert pool.put(np.zeros(MB)) is None
    held.pop()
    assert pool.acquire(4 * MB) is not None
    assert pool.acquire(17 * MB) is None
    assert pool.acquire(1 << 60) is None
    assert not pool.problem


def test_warm_segments_make_room_for_other_sizes(pool: BufferPool) -> None:
    for size in (MB, 2 * MB, 4 * MB, 8 * MB):
        lease(pool, size)
    assert pool.warm_bytes == 15 * MB

    held = lease(pool, 12 * MB)

    assert held.nbytes == 12 * MB
    assert pool.live_bytes + pool.warm_bytes <= 16 * MB
    assert memory_behind(pool) <= 16 * MB


def test_a_segment_has_no_more_memory_than_was_asked_for(pool: BufferPool) -> None:
    held = lease(pool, 4 * MB + 1)

    assert pool.live_bytes == 4 * MB + PAGE
    del held
    bigger = lease(pool, 6 * MB)
    assert pool.live_bytes == 6 * MB, "a warm segment gets what it lacks"
    assert bigger.nbytes == 6 * MB


def test_only_warm_ones_may_be_asked_for(pool: BufferPool) -> None:
    assert pool.acquire(MB, warm_only=True) is None
    lease(pool, MB)
    assert pool.acquire(MB + PAGE, warm_only=True) is None
    assert pool.acquire(MB, warm_only=True) is not None


def test_a_machine_without_memory_is_told_of(pool: BufferPool, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", refuse)

    assert pool.acquire(MB) is None
    assert "No space left on device" in pool.problem
    assert (pool.live_bytes, pool.warm_bytes) == (0, 0)


def test_a_system_that_gives_no_addresses_leaves_a_pool_without_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(os, "ftruncate", refuse)
    pool = BufferPool(MB)

    assert pool.acquire(1) is None
    assert "Cannot allocate memory" in pool.problem
    assert pool.trim() == 0
    pool.close()


def test_arrays_outlive_the_pool_and_nothing_else_does() -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    pool = BufferPool(MB)
    array = put(pool, np.arange(1000))
    pool.close()

    assert pool.acquire(1) is None
    assert array.sum() == 499_500
    del array, pool
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_pool_that_nobody_closes_leaves_no_descriptor() -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    pool = BufferPool(MB)
    array = put(pool, np.arange(1000))
    del pool, array
    gc.collect()

    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_arrays_of_other_owners_are_no_leases(pool: BufferPool) -> None:
    with contextlib.closing(BufferPool(MB)) as other:
        assert pool.lease_behind(put(other, np.zeros(9))) is None
    assert pool.lease_behind(np.frombuffer(b"123", np.uint8)) is None
    assert pool.lease_behind(put(pool, np.zeros(9)).data) is not None
    assert pool.lease_behind("text") is None


@pytest.mark.parametrize("in_file", [False, True], ids=["memfd", "file"])
def test_an_arena_is_seen_by_all_who_attach_it_and_has_no_name(in_file: bool, tmp_path: Path) -> None:
    arena = Arena.create(16 * PAGE, in_file=in_file)
    arena.reserve(PAGE, PAGE)
    other = Arena.attach(str(os.dup(int(arena.key))), arena.size_bytes)
    arena.bytes[PAGE] = 7

    assert other.bytes[PAGE] == 7
    assert os.fstat(int(arena.key)).st_nlink == 0
    arena.give_back(PAGE, PAGE)
    assert other.bytes[PAGE] == 0
    arena.close()


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(1, 40), st.integers(0, 5)), max_size=60))
def test_segments_never_overlap_and_the_books_add_up(steps: list[tuple[int, int]]) -> None:
    with contextlib.closing(BufferPool(100 * PAGE)) as pool:
        held: list[Lease] = []
        for pages, drop in steps:
            if (made := pool.acquire(pages * PAGE)) is not None:
                held.append(made)
            if drop < len(held):
                held.pop(drop)
            made = None
            stretches = sorted((one.offset, one.end) for one in held)
            assert all(end <= begin for (_, end), (begin, _) in itertools.pairwise(stretches))
            assert pool.live_bytes >= sum(one.nbytes for one in held)
            assert pool.live_bytes + pool.warm_bytes <= 100 * PAGE
        held.clear()
        assert pool.live_bytes == 0
        pool.trim()
        assert memory_behind(pool) == 0
        assert [len(stretches) for stretches in pool._addresses._free][-1] == 1, "all stretches are one again"


def test_threads_share_a_pool() -> None:
    with contextlib.closing(BufferPool(64 * MB)) as pool:
        start = threading.Barrier(4)

        def work(number: int) -> bool:
            start.wait()
            kept: list[np.ndarray] = []
            for turn in range(200):
                kept.append(put(pool, np.full(1000 * (1 + turn % 7), number * 1000 + turn)))
                if turn % 3 == 2:
                    kept.pop(0)
                if not all((array == array[0]).all() for array in kept[-3:]):
                    return False
                del kept[:-5]
            return True

        with ThreadPoolExecutor(4) as threads:
            assert all(threads.map(work, range(4)))
        gc.collect()
        assert pool.live_bytes == 0
