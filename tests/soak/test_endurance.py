"""The short form of `make soak`: some thousands of epochs in which all that can break does."""

import threading

from tests.soak.endurance import endure

EPOCHS = 3000


def test_streams_with_every_kind_of_fault_lose_nothing_and_leave_nothing() -> None:
    threads = threading.active_count()

    figures = endure(EPOCHS)

    assert figures.wrong == []
    assert figures.given == EPOCHS
    assert sum(figures.statuses.values()) + figures.left == EPOCHS
    assert set(figures.statuses) == {"success", "partial", "failed", "cancelled"}
    assert set(figures.struck) == {"take", "once", "twice", "later", "item", "hang", "kill"}, "each has struck"
    assert threading.active_count() == threads
