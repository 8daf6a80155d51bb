"""How much memory a run needs at most, as NumPy and Python tell it of each array, beside what it cannot do without."""

from __future__ import annotations

import gc
import random
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from dask._task_spec import Task, TaskRef
from dask.local import get_sync

import animaweave as aw
from animaweave.registry.lookup import Registry

from .row import Row, compared, within
from .work import MB, blank, mean, plus, registry

NAME = "memory"
BIG_MB, CONSUMERS = 64.0, 20
LINK_MB, LINKS = 8.0, 50
NODES, SEED = 120, 3

Sizes = dict[int, int]


def rows() -> Iterator[Row]:
    """The peak for one array with many consumers, for a chain, and for a random graph."""
    yield from _fan()
    yield from _chain()
    yield _chance()


def _fan() -> Iterator[Row]:
    graph = aw.Graph("fan")
    graph.add("bench.blank", id="array", params={"x": 3, "megabytes": BIG_MB})
    others: dict[Any, Any] = {"array": Task("array", blank, 3, BIG_MB)}
    for node in range(CONSUMERS):
        graph.add("bench.mean", id=f"n{node}")
        graph.connect("array.result", f"n{node}.array")
        others[node] = Task(node, mean, TaskRef("array"))
    ours, dask = _ours(graph, [3.0] * CONSUMERS), _dask(others, [*range(CONSUMERS)], [3.0] * CONSUMERS)
    case = f"{BIG_MB:g} MB to {CONSUMERS} consumers"
    yield compared(NAME, case, ours / MB, "MB", "one array", BIG_MB, at_most=1.05)
    yield compared(NAME, case, ours / MB, "MB", "dask, synchronous", dask / MB)


def _chain() -> Iterator[Row]:
    graph = aw.Graph("chain")
    graph.add("bench.blank", id="n0", params={"x": 3, "megabytes": LINK_MB})
    others: dict[Any, Any] = {0: Task(0, blank, 3, LINK_MB)}
    for node in range(1, LINKS + 1):
        graph.add("bench.plus", id=f"n{node}")
        graph.connect(f"n{node - 1}.result", f"n{node}.array")
        others[node] = Task(node, plus, TaskRef(node - 1))
    graph.add("bench.mean", id="end")
    graph.connect(f"n{LINKS}.result", "end.array")
    others["end"] = Task("end", mean, TaskRef(LINKS))
    answer = [3.0 + LINKS]
    ours, dask = _ours(graph, answer), _dask(others, ["end"], answer)
    case = f"chain of {LINKS} x {LINK_MB:g} MB"
    # A fiftieth of a buffer is what Python itself takes.
    yield within(NAME, case, ours / MB / LINK_MB, "buffers", at_most=2.02)
    yield compared(NAME, case, ours / MB, "MB", "dask, synchronous", dask / MB)


def _chance() -> Row:
    """A random graph, against what the values alive in the order in which the nodes ran need."""
    dice = random.Random(SEED)
    before = [tuple(dice.sample(range(node), min(node, dice.choice((0, 1, 1, 2, 2, 3))))) for node in range(NODES)]
    sizes = {node: dice.randrange(MB // 8, MB) for node in range(NODES)}
    ran: list[int] = []
    graph = aw.Graph("chance")
    for node, sources in enumerate(before):
        graph.add("noting.make", id=f"n{node}", params={"number": node, "size": sizes[node]})
        for place, source in enumerate(sources):
            graph.connect(f"n{source}.result", f"n{node}.arrays[{place}]")
    plan = aw.compile(graph, registry=_noting(ran))
    with aw.Engine(plan, 1) as engine:
        engine.run()
        ran.clear()
        ours = _peak_bytes(lambda: engine.run().outputs)
    optimum, largest = least_bytes(ran, before, sizes), max(sizes.values())
    against = f"{optimum / MB:.2f} MB alive in this order, and one buffer"
    case = f"{NODES} random nodes of {MB // 8 / MB:g} to 1 MB"
    return within(NAME, case, ours / MB, "MB", at_most=(optimum + largest) / MB, against=against)


def _noting(ran: list[int]) -> Registry:
    """Node types that note in which order they ran."""
    noting = aw.Vessel("noting")

    @noting.node
    def make(*arrays: Any, number: int, size: int) -> Any:
        """An array of its own."""
        ran.append(number)
        return np.full(size, sum(int(array[0]) for array in arrays) & 0x7F, np.int8)

    known = registry()
    known.add(noting)
    return known


def least_bytes(ran: list[int], before: list[tuple[int, ...]], sizes: Sizes) -> int:
    """The peak of what must be there at once: results not read by all yet, those that nobody reads, and one's own.

    Args:
        ran: Nodes in the order in which they ran.
        before: For each node, the nodes that it reads.
        sizes: Bytes of each node's result.
    """
    readers: dict[int, int] = {}
    for sources in before:
        for source in sources:
            readers[source] = readers.get(source, 0) + 1
    alive = peak = 0
    for node in ran:
        alive += sizes[node]
        peak = max(peak, alive)
        for source in before[node]:
            readers[source] -= 1
            alive -= 0 if readers[source] else sizes[source]
    return peak


def _ours(graph: aw.Graph, answer: list[float]) -> int:
    with aw.Engine(aw.compile(graph, registry=registry())) as engine:
        return _peak_bytes(lambda: _checked(list(engine.run().outputs.values()), answer))


def _dask(graph: dict[Any, Any], wanted: list[Any], answer: list[float]) -> int:
    return _peak_bytes(lambda: _checked(list(get_sync(graph, wanted)), answer))


def _checked(found: list[Any], answer: list[float]) -> None:
    if found != answer:
        raise AssertionError(f"expected {answer}, found {found}")


def _peak_bytes(call: Callable[[], object]) -> int:
    """The most bytes that a call had at once, above what was there before."""
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        call()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
