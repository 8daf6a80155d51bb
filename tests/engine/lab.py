"""A vessel of a test's own, and graphs written as words."""

import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from animaweave.authoring import Context, ErrorInfo, Signal, Vessel
from animaweave.engine.compiler.compile import compile as compile_graph
from animaweave.engine.compiler.plan import Plan
from animaweave.engine.engine import Engine
from animaweave.engine.result import Result
from animaweave.graph.document import Graph
from animaweave.registry.lookup import Registry

PATIENCE_S = 20.0
"""How long a test waits for what must happen; only a failing test waits so long."""


class Pair(NamedTuple):
    """Two outputs."""

    left: Any
    right: Any


class Switch(NamedTuple):
    """Two branches, of which one is open."""

    yes: Signal
    no: Signal


class Gate:
    """A place in a node at which it stays until the test lets it go on; the node says when it is there."""

    def __init__(self) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()

    def __call__(self) -> None:
        """Wait here."""
        self.reached.set()
        assert self.opened.wait(PATIENCE_S)

    def await_arrival(self) -> None:
        """Wait until somebody is here."""
        assert self.reached.wait(PATIENCE_S)

    def open(self) -> None:
        """Let all go on."""
        self.opened.set()


class Lab:
    """A vessel `lab` to which a test adds nodes, and the graphs made of them.

    Attributes:
        calls: Names that nodes wrote down, in order.
    """

    def __init__(self) -> None:
        self.vessel = Vessel("lab")
        self.calls: list[str] = []
        self._registry: Registry | None = None
        self._declare()

    def _declare(self) -> None:
        node = self.vessel.node

        @node
        def one() -> int:
            return 1

        @node
        def echo(value: Any = None) -> Any:
            return value

        @node
        def need(value: Any) -> Any:
            return value

        @node
        def plus(a: int = 0, b: int = 10) -> int:
            return a + b

        @node
        def total(*items: Any) -> Any:
            return sum(items)

        @node
        def gather(*items: Any) -> list[Any]:
            return list(items)

        @node
        def fail(value: Any = None) -> Any:
            raise ValueError("no good")

        @node
        def fail_twice(value: Any = None) -> Pair:
            raise ValueError("no good")

        @node
        def pair(value: Any = None) -> Pair:
            return Pair(value, -value)

        @node
        def switch(value: bool = True) -> Switch:
            return Switch(Signal.when(value), Signal.when(not value))

        @node
        def read_error(error: ErrorInfo) -> str:
            return f"{error.node}: {error}"

        @node
        def nothing(value: Any = None) -> None:
            self.calls.append(f"nothing {value}")

    def node(self, function: Callable[..., Any] | None = None, **facts: Any) -> Any:
        """Declare a node, as `Vessel.node` does."""
        return self.vessel.node(function, **facts) if function is not None else self.vessel.node(**facts)

    @property
    def registry(self) -> Registry:
        """The vessels that ship, and the lab."""
        if self._registry is None:
            self._registry = Registry()
            self._registry.add(self.vessel)
        return self._registry

    def graph(self, nodes: str, *wires: str, controls: tuple[str, ...] = (), **run: Any) -> Graph:
        """A graph.

        Args:
            nodes: `id:type` words; the types are the lab's, unless they have a dot.
            wires: `a.x b.y` words.
            controls: The same for control wires.
            run: How nodes are run, by id.
        """
        graph = Graph()
        fill(graph, nodes, *wires, controls=controls, **run)
        return graph

    def compile(self, graph: Graph, **how: Any) -> Plan:
        """The graph's plan."""
        return compile_graph(graph, registry=self.registry, **how)

    def engine(self, graph: Graph, workers: int = 2, **how: Any) -> Engine:
        """An engine for the graph; the test closes it."""
        return Engine(self.compile(graph, **how), workers)

    def run(self, graph: Graph, inputs: Any = None, workers: int = 2, **how: Any) -> Result:
        """Compile and run once."""
        with self.engine(graph, workers, **how) as engine:
            result = engine.run(inputs)
            assert_nothing_left(engine)
            return result


def fill(graph: Any, nodes: str, *wires: str, controls: tuple[str, ...] = (), **run: Any) -> None:
    """Put nodes and wires, written as words, into a graph."""
    for word in nodes.split():
        node_id, _, node_type = word.partition(":")
        graph.add(node_type if "." in node_type else f"lab.{node_type}", id=node_id)
    for wire in wires:
        graph.connect(*wire.split())
    for wire in controls:
        graph.connect_control(*wire.split())
    for node_id, settings in run.items():
        graph.set_run(node_id, **settings)


def until(condition: Callable[[], bool]) -> None:
    """Wait for a state that nothing tells of."""
    patience = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < patience
        threading.Event().wait(0.001)


def assert_nothing_left(engine: Engine) -> None:
    """No run is under way, and nothing of any run is left on the bus."""
    executor = engine._executor
    # A run is over a moment before the thread that ran it has put its things away, and so is a message answered.
    shared = engine._shared
    executors = (executor, *shared.executors())
    until(lambda: not engine.runs and all(set(one.turns.busy) <= {0, 3} for one in executors))
    assert [epoch for one in executors for epoch in one.epochs] == []
    assert engine.live_bytes == 0
    assert shared.bus._buffers == {}
    assert not shared.completions
    assert not any(mailbox.items for one in executors for mailbox in one.turns._mailboxes)


def states(result: Result) -> dict[str, str]:
    """What became of each node."""
    return {node_id: node.state for node_id, node in result.nodes.items()}


def stay_until_cancelled(ctx: Context) -> None:
    """Stay inside a node until the run is cancelled, as a node that looks at its context does."""
    ctx.sleep(PATIENCE_S)
    raise AssertionError("nobody cancelled the run")
