"""The latch: what happens once, and who waits for it."""

import threading

from animaweave.engine.latch import Latch
from tests.engine.lab import PATIENCE_S, until


def test_all_who_wait_go_on_when_it_happens() -> None:
    latch, seen = Latch(), []
    threads = [threading.Thread(target=lambda: seen.append(latch.wait(PATIENCE_S))) for _ in range(5)]
    for thread in threads:
        thread.start()
    until(lambda: len(latch._waiters) == 5)
    assert not latch.is_set()
    latch.set()
    for thread in threads:
        thread.join()

    assert seen == [True] * 5
    assert latch._waiters == []


def test_who_comes_later_does_not_wait() -> None:
    latch = Latch()
    latch.set()
    latch.set()

    assert latch.wait()
    assert latch.is_set()


def test_a_wait_ends_after_its_timeout() -> None:
    latch = Latch()

    assert not latch.wait(0.001)
    assert not latch.wait(0)
    assert not latch.wait(-5)
    assert latch._waiters == []


def test_a_wait_may_be_longer_than_any_lock_takes() -> None:
    latch = Latch()
    setter = threading.Timer(0, latch.set)
    setter.start()

    assert latch.wait(1e300)
    setter.join()


def test_no_set_is_missed_however_it_meets_a_wait() -> None:
    for _ in range(500):
        latch = Latch()
        setter = threading.Thread(target=latch.set)
        setter.start()
        assert latch.wait(PATIENCE_S)
        setter.join()
