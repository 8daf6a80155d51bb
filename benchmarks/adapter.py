"""Our engine for a comparison that is kept elsewhere: `engine_peers.py`, which gives every engine the same work.

    python engine_peers.py run --peers AnimaWeave --cases chain1000,latency --adapter benchmarks/adapter.py:AnimaWeave

Run it with the interpreter that has this project. The harness loads this file by its path, and gives graphs as numbered
functions (`fns`) with the numbers of those that each reads (`pre`); a node that reads nothing is called with the run's
input.
"""

from __future__ import annotations

import inspect
import sys
import types
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from engine_peers import Peer  # type: ignore[import-not-found]

import animaweave as aw
from animaweave.registry.lookup import Registry

# The harness loads this file under the name `adapter`, by which workers must find it too.
sys.path.append(str(Path(__file__).parent))

there = aw.Vessel("there")


@there.node(placement="process")
def burn(x: Any) -> Any:
    """The harness's work for a core, in a worker process; None only wakes the process."""
    if x is None:
        return None
    from engine_peers import burn as work  # noqa: PLC0415 - in the worker, which finds the harness by its path

    return work(x)


@there.node(placement="process")
def plus(a: Any) -> Any:
    """One more, in a worker process."""
    return a + 1


class AnimaWeave(Peer):  # type: ignore[misc]
    """The engine, its actors started once a graph."""

    name, package = "animaweave", "animaweave"

    def start(self, workers: int = 1) -> None:
        """Note how many threads or processes there may be."""
        self.workers = workers
        self.engines: list[aw.Engine] = []

    def build(self, g: Any, known: dict[Any, str] | None = None) -> Any:
        """The graph's engine, how a run is told its input, and the names of its results.

        Args:
            g: The harness's graph.
            known: Node types to take for some functions; others are declared here.
        """
        registry, kinds = Registry(), _Kinds(known or {})
        registry.add(there)
        registry.add(kinds.vessel)
        graph = aw.Graph("peer")
        sources = [node for node, before in enumerate(g.pre) if not before]
        for node, (function, before) in enumerate(zip(g.fns, g.pre, strict=True)):
            first = {} if before else {_ports(function, 1)[0]: 0}
            graph.add(kinds.of(function), id=f"n{node}", params=first)
            for port, other in zip(_ports(function, len(before)), before, strict=True):
                graph.connect(f"n{other}.result", f"n{node}.{port}")
        ends = [f"n{node}.{_ports(g.fns[node], 1)[0]}" for node in sources]
        name = ends[0]
        if len(ends) > 1:
            name = str(graph.add("graph.input", id="x", params={"default": 0}).id)
            for end in ends:
                graph.connect("x.value", end)
        plan = aw.compile(graph, registry=registry)
        self.engines.append(aw.Engine(plan, self.workers))
        return self.engines[-1], name, [f"n{node}.result" for node in g.sinks]

    def run(self, exe: Any, x: Any) -> list[Any]:
        """One run."""
        engine, name, wanted = exe
        result = engine.run({name: x})
        if result.status != "success":
            raise RuntimeError("; ".join(f"{node}: {error}" for node, error in result.errors.items()))
        return [result.outputs[output] for output in wanted]

    def stream(self, exe: Any, xs: Iterable[Any]) -> Iterator[list[Any]]:
        """One answer an input."""
        engine, name, wanted = exe
        for result in engine.stream({name: x} for x in xs):
            yield [result.outputs[output] for output in wanted]

    def build_cpu(self, g: Any) -> Any:
        """The same in worker processes, which are warm then."""
        exe = self.build(g, {function: "there.burn" for function in g.fns if function.__name__ == "burn"})
        self.run(exe, None)
        return exe

    def ship_start(self) -> None:
        """A worker process, warm."""
        self.start(1)
        one = types.SimpleNamespace(pre=[()], fns=[plus], sinks=[0])
        self.shipping = self.build(one, {plus: "there.plus"})
        self.ship(1)

    def ship(self, a: Any) -> Any:
        """Through a worker process and back."""
        return self.run(self.shipping, a)[0]

    def stop(self) -> None:
        """End all threads and processes."""
        for engine in self.engines:
            engine.close()


class _Kinds:
    """Node types made of the harness's functions, which bear no annotations and stay as they are."""

    def __init__(self, known: dict[Any, str]) -> None:
        self.vessel = aw.Vessel("peer")
        self._known = dict(known)

    def of(self, function: Callable[..., Any]) -> str:
        """The node type of a function."""
        kind = self._known.get(function)
        if kind is None:
            own = types.FunctionType(
                function.__code__, function.__globals__, f"{function.__name__}_{len(self._known)}",
                function.__defaults__, function.__closure__,
            )  # fmt: skip
            own.__annotations__ = {**dict.fromkeys(inspect.signature(function).parameters, Any), "return": Any}
            self.vessel.node(own)
            kind = self._known[function] = f"peer.{own.__name__}"
        return kind


def _ports(function: Callable[..., Any], count: int) -> list[str]:
    """The first inputs of a function, so many."""
    names: list[str] = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is parameter.VAR_POSITIONAL:
            return [*names, *(f"{parameter.name}[{place}]" for place in range(count - len(names)))]
        names.append(parameter.name)
    return names[:count]
