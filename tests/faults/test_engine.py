"""Faults put into random graphs: no result is lost, no slot, thread or actor left over."""

import gc
import threading
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from animaweave.authoring import Cancelled, Context
from animaweave.engine.engine import Engine
from animaweave.engine.full_way import FullWay
from tests.engine.graphs import Spec, build, declare, specs
from tests.engine.lab import PATIENCE_S, Gate, Lab, assert_nothing_left, states, stay_until_cancelled, until
from tests.engine.reference import interpret

FAULTS: dict[str, Callable[[], Any]] = {}


class Unspeakable(Exception):
    """Nothing can be had of it."""

    def __str__(self) -> str:
        raise RuntimeError("not even a word")

    __repr__ = __str__


class Odd:
    """Refuses everything that one may do with a value."""

    def __sizeof__(self) -> int:
        raise RuntimeError("no size")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no comparison")

    def __bool__(self) -> bool:
        raise RuntimeError("no truth")

    def __hash__(self) -> int:
        raise RuntimeError("no hash")


def fault(function: Callable[[], Any]) -> Callable[[], Any]:
    """A thing that a node may do."""
    FAULTS[function.__name__] = function
    return function


@fault
def raises() -> Any:
    raise ValueError("no good")


@fault
def raises_unspeakably() -> Any:
    raise Unspeakable


@fault
def exits() -> Any:
    raise SystemExit(3)


@fault
def gives_up() -> Any:
    raise Cancelled


@fault
def recurses() -> Any:
    return recurses()


@fault
def returns_oddity() -> Any:
    return Odd()


@fault
def returns_itself() -> Any:
    found: list[Any] = []
    found.append(found)
    return found


@fault
def returns_depth() -> Any:
    found: list[Any] = []
    for _ in range(5_000):
        found = [found]
    return found


@fault
def returns_broken_array() -> Any:
    class Broken(np.ndarray):
        def __array_finalize__(self, other: Any) -> None:
            if getattr(other, "is_done", False):
                raise RuntimeError("no view")

        is_done = False

    array = np.zeros(3).view(Broken)
    array.is_done = True
    return array


@pytest.fixture(scope="module")
def lab() -> Lab:
    """A lab with nodes that break, each in its way."""
    made = Lab()
    declare(made)

    @made.node
    def break_down(how: str, after: Any = None) -> Any:
        return FAULTS[how]()

    return made


RETURNS = {name for name in FAULTS if name.startswith("returns")}


@given(nodes=specs(), how=st.sampled_from(sorted(FAULTS)), at=st.integers(0, 11), workers=st.integers(1, 3))
def test_a_node_that_breaks_in_any_way_harms_nothing_beside_it(
    lab: Lab, nodes: list[Spec], how: str, at: int, workers: int
) -> None:
    expected = interpret(nodes)
    graph = build(nodes)
    graph.add("lab.break_down", id="broken", how=how)
    graph.add("lab.need", id="behind")
    graph.connect("broken.result", "behind.value")
    gate = nodes[at % len(nodes)].id
    graph.connect_control(f"{gate}.done", "broken.trigger")
    graph.set_run("broken", activation={"trigger": "DECIDED"})

    with lab.engine(graph, workers) as engine:
        for _ in range(2):
            result = engine.run()
            found = states(result)
            assert found.pop("broken") == ("completed" if how in RETURNS else "failed")
            assert found.pop("behind") == ("completed" if how in RETURNS else "skipped")
            assert found == expected.states
            assert_nothing_left(engine)


def test_values_whose_end_raises_or_calls_back_harm_nothing(lab: Lab) -> None:
    """`__del__` is foreign code; it comes when a slot is freed."""
    seen: list[str] = []
    engines: list[Engine] = []

    class Farewell:
        def __del__(self) -> None:
            seen.append("gone")
            engines[0].metrics()

    own = Lab()

    @own.node
    def make() -> Any:
        return [Farewell()]

    @own.node
    def look(value: Any) -> int:
        return len(value)

    graph = own.graph(
        "a:make b:look c:look off:look s:switch",
        *("a.result b.value", "a.result c.value", "a.result off.value"),
        controls=("s.no off.trigger",),
    )
    with own.engine(graph, 2) as engine:
        engines.append(engine)
        for _ in range(20):
            assert engine.run().status == "success"
        assert_nothing_left(engine)
    gc.collect()
    assert seen == ["gone"] * 20


def test_a_defect_of_the_engine_itself_ends_the_run_and_not_the_engine(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Were there one, nobody may wait for ever."""
    own = Lab()
    broken = [True]
    run = FullWay.run

    def bad(self: FullWay, epoch: Any, index: int) -> Any:
        if broken and epoch.plan.nodes[index].id == "b":
            raise AssertionError("a defect")
        return run(self, epoch, index)

    monkeypatch.setattr(FullWay, "run", bad)
    graph = own.graph("a:one b:echo c:one d:echo", "a.result b.value", b={"retry": {"attempts": 2}})
    with own.engine(graph, 1) as engine:
        with pytest.raises(AssertionError, match="a defect"):
            engine.run()
        result = engine.submit().result(PATIENCE_S)
        assert result.status == "cancelled"
        assert result.reason == "the engine failed"
        until(lambda: "a defect" in caplog.text)
        broken.clear()
        assert engine.run().status == "success"
        assert engine.submit().result(PATIENCE_S).status == "success"
        assert_nothing_left(engine)


@pytest.mark.parametrize("co_operates", [True, False])
def test_a_node_that_hangs_holds_up_nobody_else(co_operates: bool) -> None:
    own = Lab()
    gate = Gate()

    @own.node
    def hang(ctx: Context) -> int:
        gate.reached.set()
        if co_operates:
            stay_until_cancelled(ctx)
        gate()
        return 1

    graph = own.graph("h:hang")
    for number in range(30):
        graph.add("lab.plus", id=f"n{number}", a=number)
    with own.engine(graph, 2) as engine:
        run = engine.submit()
        gate.await_arrival()
        while sum(state == "completed" for state in run.states().values()) < 30:
            assert not run.wait(0.001)
        run.cancel("enough")
        run.give_up_after(PATIENCE_S if co_operates else 0.0)
        result = run.result()
        gate.open()

        assert result.status == "cancelled"
        assert result.outputs == {f"n{number}.result": number + 10 for number in range(30)}, "no result is lost"
        assert_nothing_left(engine)


def test_a_thousand_runs_with_faults_leave_no_thread_slot_or_run() -> None:
    own = Lab()
    declare(own)
    graph = own.graph(
        "a:source bad:fail b:mix c:mix", "a.result b.items[0]", "bad.result b.items[1]", "a.result c.items[0]"
    )
    threads = threading.active_count()
    epochs: list[weakref.ref[Any]] = []
    with own.engine(graph, 3) as engine:
        for number in range(1000):
            run = engine.submit() if number % 3 else None
            if run is not None:
                if number % 3 == 1:
                    run.cancel()
                run.result(PATIENCE_S)
                epochs.append(weakref.ref(run))
            else:
                engine.run()
        assert_nothing_left(engine)
        assert threading.active_count() <= threads + 3
        del run
        gc.collect()
        assert not any(epoch() for epoch in epochs)
        assert engine.live_bytes == 0
