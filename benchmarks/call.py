"""A trivial call of a warm worker, beside a bare process that answers pickles in a pipe, and a ProcessPoolExecutor."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.connection import Connection
from typing import Any

from animaweave.engine.bus.pool import BufferPool
from animaweave.engine.placement.functions import reference
from animaweave.engine.placement.workers import Workers

from .row import Row, compared
from .timing import medians_s

NAME = "call"
ROUNDS = 2000
POOL_BYTES = 64 << 20


def rows() -> Iterator[Row]:
    """Microseconds a call."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    echoing = context.Process(target=echo, args=(theirs,), daemon=True)
    echoing.start()
    theirs.close()
    pool = BufferPool(POOL_BYTES)
    workers = Workers(1, pool)
    function = reference(plus_one)

    def pipe(number: int) -> Any:
        ours.send(number)
        return ours.recv()

    with ProcessPoolExecutor(1, context) as executor:
        medians = medians_s(
            {
                "bare pipe": pipe,
                "ProcessPoolExecutor": lambda number: executor.submit(plus_one, number).result(),
                "animaweave": lambda number: workers.call(function, (number,)),
            },
            rounds=ROUNDS,
        )
    ours.close()
    echoing.join()
    workers.close()
    pool.close()
    us = {name: median * 1e6 for name, median in medians.items()}
    yield compared(NAME, "trivial call", us["animaweave"], "µs", "bare pipe", us["bare pipe"], at_most=1.5)
    peer = "ProcessPoolExecutor"
    yield compared(NAME, "trivial call", us["animaweave"], "µs", peer, us[peer])


def plus_one(number: int) -> int:
    """The trivial function."""
    return number + 1


def echo(pipe: Connection) -> None:
    """What the bare process does: the function's work without a function to be found and called."""
    try:
        while True:
            pipe.send(pipe.recv() + 1)
    except EOFError:
        pass
