"""What checking a graph costs: its time grows with the size of the graph alone."""

from __future__ import annotations

from collections.abc import Iterator

import animaweave as aw

from .row import Row, compared
from .timing import medians_s

NAME = "check"
ROUNDS = 7


def rows() -> Iterator[Row]:
    """Milliseconds for 1,000 nodes; four times the nodes against one time, where 16 would be quadratic."""
    small, large = ladder(1000), ladder(4000)
    medians = medians_s({"1000": lambda _: len(aw.check(small)), "4000": lambda _: len(aw.check(large))}, rounds=ROUNDS)
    yield Row(NAME, "1,000 nodes, 1,998 wires", medians["1000"] * 1e3, "ms")
    yield compared(NAME, "4,000 nodes", medians["4000"] * 1e3, "ms", "1,000 nodes", medians["1000"] * 1e3, at_most=8)


def ladder(nodes: int) -> aw.Graph:
    """A sound graph: a chain in which each node also reads the one half as far from the beginning."""
    graph = aw.Graph("ladder")
    graph.add("math.constant", id="n0")
    for node in range(1, nodes):
        graph.add("math.add", id=f"n{node}")
        graph.connect(f"n{node - 1}.result", f"n{node}.a")
        graph.connect(f"n{node // 2}.result", f"n{node}.b")
    return graph
