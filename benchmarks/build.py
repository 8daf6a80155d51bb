"""What it costs to make a graph ready: to check and compile it, and to start its actors."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

import animaweave as aw

from .row import Row, within
from .work import chance, registry

NAME = "build"
SIZES = {1_000: 9, 100_000: 3}
"""Nodes, and how often graphs of that size are built."""

MOST_US = 25.0


def rows() -> Iterator[Row]:
    """Microseconds a node, for each size, and what it is made of."""
    known = registry()
    for nodes, rounds in SIZES.items():
        graph = chance(nodes).graph()
        compiled: list[float] = []
        started: list[float] = []
        for _ in range(rounds):
            begin = time.perf_counter()
            plan = aw.compile(graph, registry=known)
            between = time.perf_counter()
            engine = aw.Engine(plan)
            end = time.perf_counter()
            engine.close()
            del engine, plan
            compiled.append((between - begin) / nodes * 1e6)
            started.append((end - between) / nodes * 1e6)
        both = statistics.median(map(sum, zip(compiled, started, strict=True)))
        shares = f"compile {statistics.median(compiled):.1f}, start {statistics.median(started):.1f}"
        yield within(NAME, f"{nodes:,} random nodes", both, "µs a node", at_most=MOST_US, against=shares)
