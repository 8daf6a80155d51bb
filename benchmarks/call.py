"""A trivial call of a warm worker, beside a bare process that answers pickles in a pipe, and a ProcessPoolExecutor."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from animaweave.engine.placement.functions import reference

from .row import Row, compared
from .timing import medians_s
from .worker import CONTEXT, beside

NAME = "call"
ROUNDS = 2000
POOL_BYTES = 64 << 20


def rows() -> Iterator[Row]:
    """Microseconds a call."""
    function = reference(plus_one)
    with beside(plus_one, workers=1, pool_bytes=POOL_BYTES) as both, ProcessPoolExecutor(1, CONTEXT) as executor:
        medians = medians_s(
            {
                "bare pipe": both.ask,
                "ProcessPoolExecutor": lambda number: executor.submit(plus_one, number).result(),
                "animaweave": lambda number: both.workers.call(function, (number,)),
            },
            rounds=ROUNDS,
        )
    us = {name: median * 1e6 for name, median in medians.items()}
    yield compared(NAME, "trivial call", us["animaweave"], "µs", "bare pipe", us["bare pipe"], at_most=1.5)
    peer = "ProcessPoolExecutor"
    yield compared(NAME, "trivial call", us["animaweave"], "µs", peer, us[peer])


def plus_one(number: int) -> int:
    """The trivial function."""
    return number + 1
