"""Where nodes run: threads of their own, the asyncio loop, worker processes."""

import asyncio
import contextvars
import os
import threading
import time
from typing import Any

import numpy as np
import pytest

import animaweave as aw
from animaweave.authoring import Context
from animaweave.engine.engine import Engine
from animaweave.graph.document import Graph
from animaweave.registry.lookup import Registry
from tests.engine import workshop
from tests.engine.lab import PATIENCE_S, Gate, Lab, assert_nothing_left, fill, states, until

THREAD = {"placement": "thread"}
colour: contextvars.ContextVar[str] = contextvars.ContextVar("colour", default="none")


@pytest.fixture
def lab(lab: Lab) -> Lab:
    @lab.node
    def where(value: Any = None) -> str:
        return threading.current_thread().name

    @lab.node
    async def later(value: Any = 1) -> Any:
        await asyncio.sleep(0.001)
        return value

    @lab.node
    async def for_ever(value: Any = None) -> Any:
        reached.set()
        await asyncio.sleep(PATIENCE_S)

    @lab.node
    def polite(ctx: Context, value: Any = None) -> Any:
        reached.set()
        ctx.sleep(PATIENCE_S)

    @lab.node
    def paint(value: Any = None) -> str:
        return colour.get()

    @lab.node
    async def paint_later(value: Any = None) -> str:
        return colour.get()

    reached.clear()
    return lab


reached = threading.Event()


def test_nodes_that_block_do_not_hold_up_others(lab: Lab) -> None:
    meeting = threading.Barrier(100, timeout=PATIENCE_S)

    @lab.node(placement="thread")
    def meet() -> int:
        meeting.wait()
        return 1

    result = lab.run(lab.graph(" ".join(f"n{number}:meet" for number in range(100))), workers=2)

    assert result.status == "success"


def test_threads_end_with_the_engine(lab: Lab) -> None:
    before = threading.active_count()
    with lab.engine(lab.graph("a:where b:later c:where", a=THREAD, c=THREAD)) as engine:
        assert engine.run().status == "success"
    until(lambda: threading.active_count() == before)


def test_async_nodes_run_on_one_loop_at_the_same_time(lab: Lab) -> None:
    inside: list[int] = []
    all_there = asyncio.Event()

    @lab.node
    async def meet(number: int = 0) -> int:
        inside.append(number)
        if len(inside) == 50:
            all_there.set()
        await all_there.wait()
        return number

    graph = lab.graph(" ".join(f"n{number}:meet" for number in range(50)))
    assert lab.run(graph, workers=1).status == "success"


@pytest.mark.parametrize("type_", ["paint", "paint_later"])
@pytest.mark.parametrize("run", [{}, THREAD])
def test_nodes_see_the_context_variables_of_who_submitted_them(lab: Lab, type_: str, run: dict[str, Any]) -> None:
    graph = lab.graph(f"a:{type_}", a=run if type_ == "paint" else {})
    token = colour.set("red")
    try:
        with lab.engine(graph) as engine:
            run_ = engine.submit()
            colour.set("blue")
            assert run_.result(PATIENCE_S).outputs == {"a.result": "red"}
    finally:
        colour.reset(token)


@pytest.mark.parametrize(("type_", "run"), [("polite", THREAD), ("for_ever", {}), ("polite", {})])
def test_a_cancel_ends_them_within_a_tenth_of_a_second(lab: Lab, type_: str, run: dict[str, Any]) -> None:
    with lab.engine(lab.graph(f"a:{type_} b:echo", "a.result b.value", a=run)) as engine:
        going = engine.submit()
        assert reached.wait(PATIENCE_S)
        started = time.monotonic()
        going.cancel()
        assert states(going.result(PATIENCE_S)) == {"a": "cancelled", "b": "cancelled"}
        assert time.monotonic() - started < 1  # 0.1 s where nothing else has the machine.
        assert_nothing_left(engine)


@pytest.mark.parametrize(("type_", "run"), [("polite", {}), ("polite", THREAD), ("for_ever", {})])
def test_a_node_past_its_timeout_fails_and_its_branch_alone(lab: Lab, type_: str, run: dict[str, Any]) -> None:
    graph = lab.graph(f"a:{type_} b:echo c:one", "a.result b.value", a={**run, "timeout": 0.02})
    result = lab.run(graph)

    assert states(result) == {"a": "failed", "b": "skipped", "c": "completed"}
    assert result.errors["a"].type == "TimedOut"
    assert "longer than its timeout of 0.02 s" in result.errors["a"].message


def test_one_that_does_not_look_is_given_up_and_what_it_returns_later_is_thrown_away(
    lab: Lab, caplog: pytest.LogCaptureFixture
) -> None:
    gate = Gate()

    @lab.node
    def deaf() -> int:
        gate()
        return 1

    with lab.engine(lab.graph("a:deaf b:one", a={"timeout": 0.02})) as engine:
        result = engine.run()
        assert states(result) == {"a": "failed", "b": "completed"}
        assert "goes on in the background" in result.errors["a"].message
        assert any("`a`" in line for line in caplog.messages)
        assert_nothing_left(engine)
        gate.open()
        assert engine.run().outputs == {"a.result": 1, "b.result": 1}


def test_each_attempt_has_its_own_timeout(lab: Lab) -> None:
    @lab.node
    def third_time(ctx: Context) -> int:
        lab.calls.append("try")
        if len(lab.calls) < 3:
            ctx.sleep(PATIENCE_S)
        return len(lab.calls)

    settings = {"timeout": 0.05, "retry": {"attempts": 3}}
    assert lab.run(lab.graph("a:third_time", a=settings)).outputs == {"a.result": 3}


def test_waiting_for_another_attempt_holds_up_no_thread(lab: Lab) -> None:
    @lab.node
    def never() -> int:
        reached.set()
        raise OSError("busy")

    graph = lab.graph("a:never b:one", a={"retry": {"attempts": 2, "delay": 1000}})
    with lab.engine(graph, 1) as engine:
        run = engine.submit()
        until(lambda: run.states() == {"a": "running", "b": "completed"})
        run.cancel()
        assert states(run.result(PATIENCE_S))["a"] == "cancelled"
        assert_nothing_left(engine)


def test_an_async_node_that_raises_fails_and_one_that_cancels_itself_too(lab: Lab) -> None:
    @lab.node
    async def bad() -> int:
        await asyncio.sleep(0)
        raise ValueError("no good")

    @lab.node
    async def cancels() -> int:
        raise asyncio.CancelledError

    result = lab.run(lab.graph("a:bad b:cancels c:later"))

    assert states(result) == {"a": "failed", "b": "failed", "c": "completed"}
    assert str(result.errors["a"]) == "ValueError: no good"


@pytest.mark.parametrize("kind", [SystemExit, GeneratorExit, asyncio.InvalidStateError, StopAsyncIteration])
def test_whatever_an_async_node_raises_fails_it_alone(lab: Lab, kind: type[BaseException]) -> None:
    @lab.node
    async def bad() -> int:
        await asyncio.sleep(0)
        raise kind("no good")

    with lab.engine(lab.graph("a:bad b:later c:bad")) as engine:
        for _ in range(2):
            result = engine.submit().result(PATIENCE_S)
            assert states(result) == {"a": "failed", "b": "completed", "c": "failed"}
            assert str(result.errors["a"]) == f"{kind.__name__}: no good"
        assert_nothing_left(engine)


# ---------------------------------------------------------------- worker processes


@pytest.fixture(scope="module")
def registry() -> Registry:
    registry = Registry()
    registry.add(workshop.workshop)
    return registry


def working(nodes: str, *wires: str, **run: Any) -> Graph:
    """A graph of the workshop's nodes."""
    graph = Graph()
    fill(graph, " ".join(word.replace(":", ":workshop.") for word in nodes.split()), *wires, **run)
    return graph


def start(registry: Registry, graph: Graph, workers: int = 2) -> Engine:
    return Engine(aw.compile(graph, registry=registry), workers)


def test_nodes_run_in_worker_processes_and_arrays_go_there_and_back(registry: Registry) -> None:
    graph = working("m:make d:double e:double s:total", "m.result d.array", "d.result e.array", "e.result s.array")
    with start(registry, graph) as engine:
        for _ in range(3):
            assert engine.run().outputs == {"s.result": 4_000_000.0}
        assert_nothing_left(engine)


def test_several_run_at_once_in_processes_of_their_own(registry: Registry) -> None:
    with start(registry, working("a:pid b:pid"), 2) as engine:
        outputs = engine.run().outputs
        assert os.getpid() not in outputs.values()


@pytest.mark.parametrize("how", ["segfault", "kill"])
def test_a_worker_that_dies_fails_its_node_alone_and_is_replaced(registry: Registry, how: str) -> None:
    graph = working(f"a:{how} b:plus_one c:plus_one", "a.result b.value")
    with start(registry, graph) as engine:
        for _ in range(2):
            result = engine.run({"c.value": 1})
            assert states(result) == {"a": "failed", "b": "skipped", "c": "completed"}
            assert result.errors["a"].type == "WorkerDied"
            assert ("SIGSEGV" if how == "segfault" else "SIGKILL") in result.errors["a"].message
            assert result.outputs == {"c.result": 2}
        assert_nothing_left(engine)


def test_a_node_that_hangs_there_is_killed_at_its_timeout(registry: Registry) -> None:
    graph = working("a:hang b:plus_one", a={"timeout": 0.2})
    with start(registry, graph) as engine:
        result = engine.run()
        assert states(result) == {"a": "failed", "b": "completed"}
        assert "timeout of 0.2 s" in result.errors["a"].message
        assert_nothing_left(engine)


def test_a_node_that_died_is_tried_again_in_another_worker(registry: Registry, tmp_path: Any) -> None:
    graph = working("a:die_once", a={"retry": {"attempts": 2}})
    graph.set_param("a", "file", str(tmp_path / "died"))
    with start(registry, graph) as engine:
        assert engine.run().outputs == {"a.result": 1}


def test_what_a_node_raises_and_says_there_comes_back(registry: Registry) -> None:
    with start(registry, working("a:fail b:talk")) as engine:
        result = engine.run()

    assert str(result.errors["a"]) == "ValueError: no good"
    assert "raise ValueError" in result.errors["a"].traceback
    assert {(line.node, line.text) for line in result.log} >= {("b", "workshop: a word"), ("b", "printed")}


def test_a_cancel_ends_a_node_in_a_worker(registry: Registry, tmp_path: Any) -> None:
    graph = working("a:hang")
    graph.set_param("a", "file", str(tmp_path / "there"))
    with start(registry, graph) as engine:
        run = engine.submit()
        until((tmp_path / "there").exists)
        run.cancel()
        assert run.result(PATIENCE_S).status == "cancelled"
        assert_nothing_left(engine)


def test_a_stream_uses_several_workers(registry: Registry) -> None:
    with start(registry, working("a:plus_one b:plus_one", "a.result b.value"), 2) as engine:
        rows = ({"a.value": number} for number in range(20))
        assert [result.outputs["b.result"] for result in engine.stream(rows, in_flight=4)] == list(range(2, 22))
        assert_nothing_left(engine)


def test_arrays_that_come_from_a_worker_are_read_only(registry: Registry) -> None:
    with start(registry, working("m:make d:double", "m.result d.array")) as engine:
        array = engine.run().outputs["d.result"]

    assert not array.flags.writeable
    assert isinstance(array, np.ndarray)
