"""64 MB through a worker process and back, beside pickling them through a pipe."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from animaweave.engine.placement.functions import reference

from .row import Row, compared
from .timing import medians_s
from .worker import beside

NAME = "ship"
ROUNDS = 15
SIZE_BYTES = 64 << 20
POOL_BYTES = 1 << 30

Array = npt.NDArray[np.float64]


def rows() -> Iterator[Row]:
    """Milliseconds for an array to go there, be worked on, and come back."""
    function = reference(negate)
    array = np.arange(SIZE_BYTES // 8, dtype=np.float64)
    with beside(negate, workers=2, pool_bytes=POOL_BYTES) as both:
        placed = both.pool.put(array)
        medians = medians_s(
            {
                "pickle through a pipe": lambda _: checked(both.ask(array)),
                "there and back": lambda _: checked(both.workers.call(function, (array,))),
                "next in a chain": lambda _: checked(both.workers.call(function, (placed,))),
            },
            rounds=ROUNDS,
        )
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
