"""What checking a graph costs, the whole of it and once a wire has changed: its time grows with the size alone."""

from __future__ import annotations

from collections.abc import Iterator

import animaweave as aw
from animaweave.checking.checker import Checker

from .row import Row, compared, within
from .timing import medians_s

NAME = "check"
ROUNDS = 7
LOOKS = 51


def rows() -> Iterator[Row]:
    """Milliseconds for a graph, and for a wire; four times the nodes against one time, where 16 would be quadratic."""
    small, large, huge = ladder(1000), ladder(4000), ladder(20_000)
    medians = medians_s({"1000": lambda _: len(aw.check(small)), "4000": lambda _: len(aw.check(large))}, rounds=ROUNDS)
    yield within(NAME, "1,000 nodes, 1,998 wires", medians["1000"] * 1e3, "ms", at_most=50)
    seconds = medians_s({"huge": lambda _: len(aw.check(huge))}, rounds=3)["huge"]
    yield within(NAME, "20,000 nodes", seconds, "s", at_most=1)
    yield _one_wire("a wire comes or goes, 1,000 nodes", small)
    yield _one_wire("the same, arrays with named dimensions", pictures(1000))
    yield compared(NAME, "4,000 nodes", medians["4000"] * 1e3, "ms", "1,000 nodes", medians["1000"] * 1e3, at_most=8)


def _one_wire(case: str, graph: aw.Graph) -> Row:
    checker = Checker(graph)
    checker.prepare()
    wire = graph.wires[-1]

    def change(_: int) -> int:
        removed = graph.disconnect(wire)
        checker.rewired(graph, [], [wire])
        graph.restore(removed)
        return len(checker.rewired(graph, [wire], []))

    ms = medians_s({"change": change}, rounds=LOOKS)["change"] / 2 * 1e3
    return within(NAME, case, ms, "ms", at_most=2)


def pictures(nodes: int) -> aw.Graph:
    """A chain of filters."""
    graph = aw.Graph("pictures")
    graph.add("image.load", id="n0", params={"path": "picture.png"})
    graph.add("image.grey", id="n1")
    graph.connect("n0.image", "n1.image")
    for node in range(2, nodes):
        graph.add("image.gaussian", id=f"n{node}")
        graph.connect(f"n{node - 1}.grey", f"n{node}.image")
    return graph


def ladder(nodes: int) -> aw.Graph:
    """A sound graph: a chain in which each node also reads the one half as far from the beginning."""
    graph = aw.Graph("ladder")
    graph.add("math.constant", id="n0")
    for node in range(1, nodes):
        graph.add("math.add", id=f"n{node}")
        graph.connect(f"n{node - 1}.result", f"n{node}.a")
        graph.connect(f"n{node // 2}.result", f"n{node}.b")
    return graph
