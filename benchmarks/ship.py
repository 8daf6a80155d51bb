"""64 MB through a worker process and back, beside pickling them through a pipe."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
import numpy.typing as npt

from animaweave.engine.bus.pool import BufferPool
from animaweave.engine.placement.functions import reference
from animaweave.engine.placement.workers import Workers

from .row import Row, compared
from .timing import medians_s

NAME = "ship"
ROUNDS = 15
SIZE_BYTES = 64 << 20
POOL_BYTES = 1 << 30

Array = npt.NDArray[np.float64]


def rows() -> Iterator[Row]:
    """Milliseconds for an array to go there, be worked on, and come back."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    negating = context.Process(target=negate_all, args=(theirs,), daemon=True)
    negating.start()
    theirs.close()
    pool = BufferPool(POOL_BYTES)
    workers = Workers(2, pool)
    function = reference(negate)
    array = np.arange(SIZE_BYTES // 8, dtype=np.float64)
    placed = pool.put(array)

    def pipe(_: int) -> float:
        ours.send(array)
        return checked(ours.recv())

    medians = medians_s(
        {
            "pickle through a pipe": pipe,
            "there and back": lambda _: checked(workers.call(function, (array,))),
            "next in a chain": lambda _: checked(workers.call(function, (placed,))),
        },
        rounds=ROUNDS,
    )
    ours.close()
    negating.join()
    workers.close()
    pool.close()
    ms = {name: median * 1e3 for name, median in medians.items()}
    peer = "pickle through a pipe"
    yield compared(NAME, "there and back", ms["there and back"], "ms", peer, ms[peer], at_least=8)
    yield compared(NAME, "next in a chain", ms["next in a chain"], "ms", peer, ms[peer], at_least=12)


def checked(array: Any) -> float:
    """A figure by which a wrong answer would be seen, at no cost."""
    return float(array[-1])


def negate(array: Array) -> Array:
    """The work: one pass over the array."""
    return -array


def negate_all(pipe: Connection) -> None:
    """What the bare process does."""
    try:
        while True:
            pipe.send(negate(pipe.recv()))
    except EOFError:
        pass
