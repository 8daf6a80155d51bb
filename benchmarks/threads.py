"""What more threads cost where they cannot help: trivial nodes."""

from __future__ import annotations

from collections.abc import Iterator

from .peers import animaweave
from .row import Row, compared
from .timing import medians_s
from .work import chain, chance, fan, layers

NAME = "threads"
ROUNDS = 15
NODES = 1000


def rows() -> Iterator[Row]:
    """Microseconds a node with 4 threads, against 1."""
    for work in (chain(NODES), fan(NODES), layers(NODES // 10, 10), chance(NODES)):
        with animaweave(work, workers=1) as one, animaweave(work, workers=4) as four:
            medians = medians_s({"1": one, "4": four}, rounds=ROUNDS)
        us = {name: median / len(work.before) * 1e6 for name, median in medians.items()}
        yield compared(NAME, f"{work.name}, 4 threads", us["4"], "µs a node", "1 thread", us["1"], at_most=1.3)
