"""Graphs of trivial nodes, as what each competitor builds them from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from typing import Any

from dask._task_spec import Task, TaskRef

import animaweave as aw
from animaweave.registry.lookup import Registry

MASK = 0xFFFF

bench = aw.Vessel("bench")


@bench.node
def begin(x: int) -> int:
    """Begin with the run's input."""
    return (x + 1) & MASK


@bench.node
def add(*items: int) -> int:
    """Add up."""
    return sum(items) & MASK


@bench.node
def increase(x: int) -> int:
    """Add one."""
    return (x + 1) & MASK


@dataclass(frozen=True)
class Work:
    """Nodes by number, each with the numbers of those that it reads; node 0 reads the run's input.

    Attributes:
        name: Of the shape.
        before: For each node, the nodes that it reads.
    """

    name: str
    before: tuple[tuple[int, ...], ...]

    @cached_property
    def last(self) -> tuple[int, ...]:
        """The nodes that nobody reads."""
        read = {node for nodes in self.before for node in nodes}
        return tuple(node for node in range(len(self.before)) if node not in read)

    @cached_property
    def functions(self) -> tuple[Callable[..., int], ...]:
        """What each node runs: a source, a node of one input, or of several."""
        return tuple(begin if not before else increase if len(before) == 1 else add for before in self.before)

    def loop(self, x: int) -> list[int]:
        """The floor: a plain loop."""
        values: list[Any] = [None] * len(self.before)
        for node, (function, before) in enumerate(zip(self.functions, self.before, strict=True)):
            values[node] = function(*[values[other] for other in before]) if before else function(x)
        return [values[node] for node in self.last]

    def graphlib_loop(self, x: int) -> list[int]:
        """The floor with a scheduler: the standard library's sorter drives the loop."""
        values: list[Any] = [None] * len(self.before)
        functions, reads = self.functions, self.before
        sorter = TopologicalSorter(self._by_number)
        sorter.prepare()
        while sorter.is_active():
            for node in sorter.get_ready():
                before = reads[node]
                values[node] = functions[node](*[values[other] for other in before]) if before else functions[node](x)
                sorter.done(node)
        return [values[node] for node in self.last]

    @cached_property
    def _by_number(self) -> dict[int, tuple[int, ...]]:
        return dict(enumerate(self.before))

    def dask_graph(self) -> dict[Any, Any]:
        """The same as dask writes it; the run's input is the key `x`."""
        graph: dict[Any, Any] = {}
        for node, (function, before) in enumerate(zip(self.functions, self.before, strict=True)):
            graph[node] = Task(node, function, *(TaskRef(key) for key in before or ("x",)))
        return graph

    def graph(self) -> aw.Graph:
        """The same as a document of ours; node k is called `n{k}`."""
        graph = aw.Graph(self.name)
        for node, before in enumerate(self.before):
            kind = "begin" if not before else "increase" if len(before) == 1 else "add"
            graph.add(f"bench.{kind}", id=f"n{node}", params={} if before else {"x": 0})
            for place, other in enumerate(before):
                graph.connect(f"n{other}.result", f"n{node}.x" if len(before) == 1 else f"n{node}.items[{place}]")
        return graph


def chain(nodes: int) -> Work:
    """One after the other."""
    return Work("chain", ((), *((node,) for node in range(nodes - 1))))


def fan(nodes: int) -> Work:
    """One to all, all to one."""
    return Work("fan-out", ((), *((0,) for _ in range(nodes - 2)), tuple(range(1, nodes - 1))))


def layers(rows: int, wide: int) -> Work:
    """Rows of nodes, each of which reads three of the row before; the first reads one node."""
    before: list[tuple[int, ...]] = [()]
    before += [(0,)] * wide
    for row in range(1, rows):
        first = 1 + (row - 1) * wide
        before += [tuple(sorted({first + (k + step) % wide for step in range(3)})) for k in range(wide)]
    return Work(f"{rows}x{wide} layers", tuple(before))


def registry() -> Registry:
    """The node types that ship, and those of the benchmarks."""
    known = Registry()
    known.add(bench)
    return known
