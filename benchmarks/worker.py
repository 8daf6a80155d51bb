"""Warm workers of ours, and beside them a bare process that answers pickles in a pipe with nobody in between."""

from __future__ import annotations

import contextlib
import multiprocessing
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from animaweave.engine.bus.pool import BufferPool
from animaweave.engine.placement.workers import Workers

CONTEXT = multiprocessing.get_context("spawn")
"""How the processes of peers are started: as ours are."""


class Beside(NamedTuple):
    """What is compared.

    Attributes:
        workers: Ours.
        pool: Their shared memory.
        ask: Sends something to the bare process and gives its answer.
    """

    workers: Workers
    pool: BufferPool
    ask: Callable[[Any], Any]


@contextlib.contextmanager
def beside(answer: Callable[[Any], Any], *, workers: int, pool_bytes: int) -> Iterator[Beside]:
    """Start both.

    Args:
        answer: The work of the bare process; at the top of a module.
        workers: How many of ours.
        pool_bytes: Their budget of shared memory.
    """
    ours, theirs = CONTEXT.Pipe()
    process = CONTEXT.Process(target=_answer, args=(theirs, answer), daemon=True)
    process.start()
    theirs.close()

    def ask(question: Any) -> Any:
        ours.send(question)
        return ours.recv()

    pool = BufferPool(pool_bytes)
    crew = Workers(workers, pool)
    try:
        yield Beside(crew, pool, ask)
    finally:
        ours.close()
        process.join()
        crew.close()
        pool.close()


def _answer(pipe: Connection, answer: Callable[[Any], Any]) -> None:
    with contextlib.suppress(EOFError):
        while True:
            pipe.send(answer(pipe.recv()))
