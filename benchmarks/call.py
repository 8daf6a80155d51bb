"""A trivial call of a warm worker, beside a bare process that answers pickles in a pipe, and a ProcessPoolExecutor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from typing import Any

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
    with beside(plus_one, workers=1, pool_bytes=POOL_BYTES) as both:

        def ours(number: int) -> Any:
            return both.workers.call(function, (number,))

        # One peer at a time: the executor's threads are still at it when its answer is there.
        yield _row("bare pipe", medians_s({"bare pipe": both.ask, NAME: ours}, rounds=ROUNDS), at_most=1.5)
        with ProcessPoolExecutor(1, CONTEXT) as executor:

            def theirs(number: int) -> Any:
                return executor.submit(plus_one, number).result()

            yield _row("ProcessPoolExecutor", medians_s({"ProcessPoolExecutor": theirs, NAME: ours}, rounds=ROUNDS))


def _row(peer: str, medians: Mapping[str, float], at_most: float | None = None) -> Row:
    us = {name: median * 1e6 for name, median in medians.items()}
    return compared(NAME, "trivial call", us[NAME], "µs", peer, us[peer], at_most=at_most)


def plus_one(number: int) -> int:
    """The trivial function."""
    return number + 1
