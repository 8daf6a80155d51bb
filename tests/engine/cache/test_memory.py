"""Results in memory."""

import threading
from typing import Any

import numpy as np
import pytest

from animaweave.engine.cache.memory import ENTRY_BYTES, Memory

MB = 2**20


def name(number: int) -> bytes:
    return number.to_bytes(20, "big")


def array() -> np.ndarray[Any, Any]:
    return np.zeros(MB, np.uint8)


def held(memory: Memory, *numbers: int) -> list[int]:
    return [number for number in numbers if memory.find(name(number)) is not None]


def test_a_result_is_found_until_there_is_too_much_and_it_was_not_used_longest() -> None:
    memory = Memory(3 * MB + 10_000)
    for number in (1, 2, 3):
        memory.keep(name(number), (array(),))
    assert held(memory, 2, 3, 1) == [2, 3, 1]
    memory.keep(name(4), (array(),))
    assert held(memory, 1, 2, 3, 4) == [1, 3, 4]
    assert memory.evictions == 1
    assert 3 * MB <= memory.held_bytes <= memory.budget_bytes
    assert memory.why_gone(name(2)) == "its result had been dropped to stay within 3.01 MB"
    assert memory.why_gone(name(5)) == ""


def test_a_buffer_that_many_share_is_counted_once() -> None:
    memory, shared = Memory(2 * MB), array()
    for number in range(20):
        memory.keep(name(number), (shared[number:], {"all": shared}))
    assert len(memory) == 20
    assert memory.evictions == 0
    assert memory.held_bytes < 1.1 * MB


def test_what_is_larger_than_the_budget_drops_nothing_else() -> None:
    memory = Memory(MB)
    memory.keep(name(1), ("small",))
    memory.keep(name(2), (array(), array()))
    assert held(memory, 1, 2) == [1]
    assert memory.why_gone(name(2)) == "its result alone is larger than 1 MB"


def test_results_that_weigh_nothing_are_not_kept_without_end() -> None:
    memory = Memory(10 * ENTRY_BYTES)
    for number in range(100):
        memory.keep(name(number), (number,))
    assert len(memory) == 10


def test_a_result_that_is_kept_again_is_held_once() -> None:
    memory = Memory(10 * MB)
    for _ in range(3):
        memory.keep(name(1), (array(),))
    assert memory.held_bytes == MB + ENTRY_BYTES


def test_clearing_lets_everything_go() -> None:
    memory = Memory(10 * MB)
    memory.keep(name(1), (array(),))
    memory.clear()
    assert (len(memory), memory.held_bytes, held(memory, 1)) == (0, 0, [])
    assert memory.why_gone(name(1)) == "the cache had been cleared"
    memory.keep(name(1), (1,))
    assert memory.why_gone(name(1)) == ""


def test_arrays_are_held_without_a_copy_and_read_only() -> None:
    memory, original = Memory(10 * MB), array()
    memory.keep(name(1), (original, [original]))
    found = memory.find(name(1))
    assert found is not None
    for got in (found[0], found[1][0]):
        assert np.shares_memory(got, original)
        with pytest.raises(ValueError, match="read-only"):
            got[0] = 1


def test_whoever_writes_into_a_list_that_was_kept_or_found_changes_nothing() -> None:
    memory = Memory(MB)
    given: Any = {"items": [1, (2, [3])], "set": {4}}
    memory.keep(name(1), (given,))
    for _ in range(2):
        given["items"].append("more")
        given["set"].clear()
        found = memory.find(name(1))
        assert found == ({"items": [1, (2, [3])], "set": {4}},)
        given = found[0]
        given["items"][1][1].clear()


def test_a_list_that_contains_itself_is_held() -> None:
    within: list[Any] = []
    within.append(within)
    memory = Memory(MB)
    memory.keep(name(1), (within,))
    assert memory.find(name(1)) is not None


def test_a_value_that_asks_the_cache_while_it_is_dropped_does_no_harm() -> None:
    memory = Memory(ENTRY_BYTES + 500)
    asked: list[Any] = []

    class Asks:
        def __del__(self) -> None:
            asked.append(memory.find(name(1)))

    memory.keep(name(1), (Asks(),))
    memory.keep(name(2), (Asks(),))
    memory.clear()
    assert asked == [None, None]


def test_threads_that_keep_and_find_at_once_leave_the_books_right() -> None:
    memory, shared = Memory(20 * MB), [array() for _ in range(8)]

    def work(first: int) -> None:
        for number in range(300):
            place = (first * 31 + number * 7) % 50
            memory.keep(name(place), (shared[place % 8], [place]))
            found = memory.find(name(place))
            assert found is None or found[1] == [place]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(memory) == 50
    memory.clear()
    assert memory.held_bytes == 0
