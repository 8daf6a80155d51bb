"""What all competitors work on: graphs of trivial nodes, and nodes that keep a core or a lot of memory busy."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from typing import Any

import numpy as np
import numpy.typing as npt

import animaweave as aw
from animaweave.registry.lookup import Registry

MASK = 0xFFFF
MB = 2**20

Floats = npt.NDArray[np.float32]

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


@bench.node
def burn(x: int, rounds: int) -> int:
    """Keep the interpreter busy."""
    total = x
    for number in range(rounds):
        total = (total + number * number) & MASK
    return total


@bench.node
def stir(x: int, rounds: int) -> float:
    """Keep NumPy busy, in one piece of memory and without the interpreter."""
    array = np.linspace(0, 1, 50_000) + x
    for _ in range(rounds):
        np.sin(array, out=array)
    return float(array.sum())


@bench.node
def blank(x: int, megabytes: float) -> Floats:
    """An array of so many MB, full of one number."""
    return np.full(int(megabytes * MB / 4), x, np.float32)


@bench.node
def plus(array: Floats) -> Floats:
    """Another array, one more."""
    return array + np.float32(1)


@bench.node
def mean(array: Floats) -> float:
    """One number of an array."""
    return float(array.mean())


@dataclass(frozen=True)
class Work:
    """Nodes by number, each with the numbers of those before it that it reads; node 0 reads the run's input.

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

    def graph(self) -> aw.Graph:
        """The same as a document of ours; node k is called `n{k}`, and `n0.x` is the run's input."""
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


def chance(nodes: int, seed: int = 7) -> Work:
    """Each reads one, two or three of all before it."""
    dice = random.Random(seed)
    counts = dice.choices((1, 2, 3), (50, 35, 15), k=nodes)
    before = [tuple(dice.sample(range(node), min(node, count))) for node, count in enumerate(counts)]
    return Work("random", tuple(before))


def registry() -> Registry:
    """The node types that ship, and those of the benchmarks."""
    known = Registry()
    known.add(bench)
    return known
