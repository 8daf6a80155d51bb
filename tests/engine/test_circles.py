"""What is over is gone: neither an epoch nor a closed engine waits for Python's collector."""

import asyncio
import gc
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pykka import ActorDeadError
from pykka._envelope import Envelope

from animaweave.authoring import Context
from animaweave.engine import launches
from animaweave.engine.actors import PooledFuture
from animaweave.engine.compiler.compile import compile as compile_graph
from animaweave.engine.compiler.plan import Plan
from animaweave.engine.engine import Engine
from animaweave.engine.epoch import Epoch
from animaweave.graph.document import Graph
from animaweave.registry.lookup import Registry
from tests.engine.lab import PATIENCE_S, assert_nothing_left, until
from tests.engine.nests import FedLab, failing, squares
from tests.soak import work

SHORT_S = 0.005

ENDS = {
    "nodes that run here": "a:one b:fail",
    "nodes on threads": "a:threaded b:threaded_and_fails",
    "nodes on the loop": "a:later b:later_and_fails",
    "nodes with state": "a:tally",
    "nodes that end when they are told": "a:sleeps b:sleeps_later",
    "nodes that are given up": "a:is_deaf",
    "nodes that are tried again": "a:threaded_and_fails b:later_and_fails c:fail",
    "nodes with a sub-graph": "",
    "nodes with a sub-graph that fails": "",
    "nodes in a worker that is killed": "",
}


@pytest.fixture(params=ENDS)
def plan(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plan]:
    """A plan whose nodes end in one of many ways."""
    monkeypatch.setattr(launches, "GRACE_S", SHORT_S)
    over = threading.Event()
    yield plan_of(request.param, over)
    over.set()


def plan_of(ends: str, over: threading.Event) -> Plan:
    lab = FedLab()

    @lab.node(placement="thread")
    def threaded() -> int:
        return 1

    @lab.node(placement="thread")
    def threaded_and_fails() -> int:
        raise ValueError("no good")

    @lab.node
    async def later() -> int:
        return 1

    @lab.node
    async def later_and_fails() -> int:
        raise ValueError("no good")

    @lab.node
    class Tally:
        """How many calls."""

        def __init__(self) -> None:
            self.calls = 0

        def __call__(self) -> int:
            self.calls += 1
            return self.calls

    @lab.node
    def sleeps(ctx: Context) -> int:
        ctx.sleep(PATIENCE_S)
        return 1

    @lab.node
    async def sleeps_later() -> int:
        await asyncio.sleep(PATIENCE_S)
        return 1

    @lab.node
    def is_deaf() -> int:
        over.wait(10 * SHORT_S)
        return 1

    if ends == "nodes in a worker that is killed":
        graph = Graph()
        graph.add("soak.crash", id="a", number=next(n for n in range(1000) if work.strikes("kill", n)))
        registry = Registry()
        registry.add(work.vessel)
        return compile_graph(graph, registry=registry)
    if "sub-graph" in ends:
        graph = failing() if "fails" in ends else squares()
        graph.set_param("loop", "value", [1, 2, 3])
        return lab.compile(graph)
    graph = lab.graph(ENDS[ends])
    for node in graph.nodes:
        if "told" in ends or "given up" in ends:
            graph.set_run(node, timeout=SHORT_S)
        if "tried" in ends:
            graph.set_run(node, retry={"attempts": 3, "delay": 0.001})
    return lab.compile(graph)


@contextmanager
def no_collector() -> Iterator[None]:
    """Without Python's cyclic garbage collector."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def test_epochs_leave_no_circles(plan: Plan) -> None:
    with Engine(plan, 2) as engine:
        send_some(engine)
        with no_collector():
            send_some(engine)
            found = gc.collect()

    assert found == 0, f"{found} objects in circles"


def test_a_closed_engine_is_gone_as_soon_as_nobody_refers_to_it(plan: Plan) -> None:
    with no_collector():
        with Engine(plan, 2) as engine:
            send_some(engine)
            shared, executor = engine._shared, engine._executor
            parts = [engine, shared, *shared.executors(), executor.turns, executor.full_way, executor.metrics]
            left = [weakref.ref(part) for part in (*parts, *(ref._actor_weakref() for ref in executor.turns.actors))]
            del shared, executor, parts
        del engine

        # The thread of a node that was given up ends a moment later.
        until(lambda: not any(part() is not None for part in left))


def test_whoever_keeps_an_epoch_does_not_keep_all_that_come_after_it() -> None:
    plan = plan_of("nodes with state", threading.Event())
    with no_collector(), Engine(plan, 1) as engine:
        results = engine.stream([{}] * 20, in_flight=2)
        next(results)
        kept, epochs = engine.runs[0], list[weakref.ref[Epoch]]()
        for _ in results:
            epochs += [weakref.ref(run.epoch) for run in engine.runs if run is not kept]

        assert kept.is_done
        assert len(epochs) >= 10
        assert [epoch for epoch in epochs if epoch() is not None] == []


def send_some(engine: Engine) -> None:
    for _ in engine.stream([{}] * 2, in_flight=2):
        pass
    assert_nothing_left(engine)


# ---------------------------------------------------------------- what may still be asked


def test_a_closed_engine_still_tells_of_its_figures() -> None:
    lab = FedLab()
    with lab.engine(squares()) as engine:
        run = engine.submit({"loop.value": [1, 2, 3]})
        run.result(PATIENCE_S)

    run.cancel()
    assert run.take().outputs == {"loop.result": [1, 4, 9]}
    runs = dict(zip((node.id for node in engine.plan.nodes), engine.metrics()["runs"], strict=True))
    assert runs["loop"] == 1
    ((plan, rows),) = engine.inner_metrics()
    assert rows["runs"][[node.id for node in plan.nodes].index("loop/square")] == 3


def test_a_message_that_comes_just_after_an_actor_has_stopped_is_refused() -> None:
    lab = FedLab()
    with lab.engine(lab.graph("a:one")) as engine:
        (ref,) = engine._executor.turns.actors
        assert ref.ask({"ask": "node"}) == "a"
    late = PooledFuture()

    ref.actor_inbox.put(Envelope({"ask": "node"}, reply_to=late))
    ref.actor_inbox.put(Envelope("told"))

    with pytest.raises(ActorDeadError, match="a stopped before"):
        late.get(timeout=PATIENCE_S)
    assert not ref.actor_inbox.items
