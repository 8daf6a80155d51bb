"""Streams: epochs in flight, sources, nodes with state."""

import threading
import tracemalloc
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from animaweave.authoring import Context
from animaweave.engine.engine import Engine
from animaweave.errors import EngineError, InputError
from tests.engine.lab import PATIENCE_S, Gate, Lab, assert_nothing_left, states, until


class Parts(NamedTuple):
    """Two outputs of a source."""

    number: int
    square: int


@pytest.fixture
def lab(lab: Lab) -> Lab:
    @lab.node
    def half(value: int = 0) -> int:
        if value % 2:
            raise ValueError("odd")
        return value // 2

    @lab.node
    def blocking(value: int = 0) -> int:
        threading.Event().wait(0.002)
        return value

    @lab.node
    class Sum:
        """What came so far."""

        def __init__(self) -> None:
            self.sum = 0

        def __call__(self, value: int = 0) -> int:
            self.sum += value
            return self.sum

    @lab.node
    class Strict:
        """Fails unless values come in order."""

        def __init__(self) -> None:
            self.next = 0

        def __call__(self, value: int = 0) -> int:
            assert value >= self.next, (value, self.next)
            self.next = value + 1
            return value

    @lab.node
    def count(end: int = 5) -> Iterator[int]:
        yield from range(end)

    @lab.node
    def parts(end: int = 3) -> Iterator[Parts]:
        for number in range(end):
            yield Parts(number, number**2)

    return lab


def rows(node: str, count: int) -> Iterator[dict[str, int]]:
    return ({node: number} for number in range(count))


def given(engine: Engine, output: str, *args: Any, **how: Any) -> list[Any]:
    found = [result.outputs.get(output) for result in engine.stream(*args, **how)]
    assert_nothing_left(engine)
    return found


# ---------------------------------------------------------------- epochs in flight


@pytest.mark.parametrize("placement", ["inline", "thread"])
@pytest.mark.parametrize("in_flight", [1, 2, 8])
@pytest.mark.parametrize("workers", [1, 4])
def test_results_come_in_the_order_of_the_inputs(lab: Lab, workers: int, in_flight: int, placement: str) -> None:
    graph = lab.graph("a:plus b:blocking c:echo", "a.result b.value", "b.result c.value", b={"placement": placement})
    with lab.engine(graph, workers) as engine:
        assert given(engine, "c.result", rows("a.a", 40), in_flight=in_flight) == [number + 10 for number in range(40)]


def test_no_more_inputs_are_taken_than_there_is_room_for(lab: Lab) -> None:
    taken: list[int] = []

    def inputs() -> Iterator[dict[str, int]]:
        for number in range(100):
            taken.append(number)
            yield {"a.a": number}

    with lab.engine(lab.graph("a:plus"), 2) as engine:
        results = engine.stream(inputs(), in_flight=3)
        for number in range(10):
            assert next(results).outputs == {"a.result": number + 10}
            assert len(taken) == number + 3
        results.close()
        assert_nothing_left(engine)


def test_different_epochs_are_in_different_nodes_at_once(lab: Lab) -> None:
    meeting = threading.Barrier(2, timeout=PATIENCE_S)

    @lab.node
    def first(value: int) -> int:
        if value > 0:  # While the epoch before is in the second node.
            meeting.wait()
        return value

    @lab.node
    def second(value: int) -> int:
        if value < 3:
            meeting.wait()
        return value

    graph = lab.graph("in:echo a:first b:second", "in.result a.value", "a.result b.value",
                      a={"placement": "thread"}, b={"placement": "thread"})  # fmt: skip
    with lab.engine(graph, 2) as engine:
        assert given(engine, "b.result", rows("in.value", 4), in_flight=2) == [0, 1, 2, 3]


def test_one_node_never_runs_in_two_epochs_at_once(lab: Lab) -> None:
    inside, most = [0], [0]

    @lab.node(placement="thread")
    def visit(value: int = 0) -> int:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        threading.Event().wait(0.001)
        inside[0] -= 1
        return value

    with lab.engine(lab.graph("a:visit"), 4) as engine:
        assert given(engine, "a.result", rows("a.value", 30), in_flight=8) == list(range(30))
    assert most == [1]


def test_a_failed_epoch_does_not_stop_the_stream(lab: Lab) -> None:
    with lab.engine(lab.graph("a:half"), 2) as engine:
        assert given(engine, "a.result", rows("a.value", 5), in_flight=3) == [0, None, 1, None, 2]


def test_a_stream_may_stop_at_the_first_failure(lab: Lab) -> None:
    with lab.engine(lab.graph("a:half"), 2) as engine:
        results = list(engine.stream(rows("a.value", 50), in_flight=4, on_error="stop"))
        assert [result.status for result in results] == ["success", "failed"]
        assert_nothing_left(engine)


def test_inputs_that_do_not_fit_are_told_once_the_results_before_them_were_given(lab: Lab) -> None:
    inputs: list[dict[str, Any]] = [{"a.a": 1}, {"a.a": 2}, {"a.a": "three"}, {"a.a": 4}]
    with lab.engine(lab.graph("a:plus"), 2) as engine:
        results = engine.stream(inputs, in_flight=4)
        assert [next(results).outputs["a.result"] for _ in range(2)] == [11, 12]
        with pytest.raises(InputError, match=r"a\.a"):
            next(results)
        assert_nothing_left(engine)


def test_what_the_inputs_raise_comes_out_and_leaves_nothing(lab: Lab) -> None:
    def inputs() -> Iterator[dict[str, int]]:
        yield {"a.a": 1}
        raise OSError("the file has gone")

    with lab.engine(lab.graph("a:plus"), 2) as engine:
        with pytest.raises(OSError, match="the file has gone"):
            list(engine.stream(inputs(), in_flight=4))
        assert_nothing_left(engine)


def test_a_stream_that_is_left_ends_what_is_under_way(lab: Lab) -> None:
    gate = Gate()

    @lab.node(placement="thread")
    def stay(ctx: Context, value: int = 0) -> int:
        if value:
            gate.reached.set()
            ctx.sleep(PATIENCE_S)
        return value

    with lab.engine(lab.graph("a:stay"), 2) as engine:
        results = engine.stream(rows("a.value", 10), in_flight=3)
        assert next(results).outputs == {"a.result": 0}
        gate.await_arrival()
        results.close()
        assert_nothing_left(engine)


def test_closing_the_engine_ends_a_stream(lab: Lab) -> None:
    engine = lab.engine(lab.graph("a:plus"), 2)
    results = engine.stream(rows("a.a", 10), in_flight=2)
    next(results)
    engine.close()

    with pytest.raises(EngineError, match="closed"):
        list(results)


def test_several_streams_and_runs_go_through_one_engine(lab: Lab) -> None:
    found: dict[int, list[Any]] = {}
    with lab.engine(lab.graph("a:blocking b:echo", "a.result b.value", a={"placement": "thread"}), 2) as engine:

        def follow(start: int) -> None:
            inputs = ({"a.value": number} for number in range(start, start + 20))
            found[start] = [result.outputs["b.result"] for result in engine.stream(inputs, in_flight=3)]

        threads = [threading.Thread(target=follow, args=(start,)) for start in (0, 100)]
        for thread in threads:
            thread.start()
        for number in range(5):
            assert engine.run({"a.value": number}).outputs == {"b.result": number}
        for thread in threads:
            thread.join(PATIENCE_S)
        assert_nothing_left(engine)

    assert found == {start: list(range(start, start + 20)) for start in (0, 100)}


def test_memory_stays_as_it_is_however_long_a_stream_is(lab: Lab) -> None:
    with lab.engine(lab.graph("a:plus b:half c:echo", "a.result b.value", "b.result c.value"), 1) as engine:
        results = engine.stream(rows("a.a", 12_000), in_flight=4)
        for _ in range(2000):
            next(results)
        tracemalloc.start()
        try:
            for _ in range(2000):
                next(results)
            before, _ = tracemalloc.get_traced_memory()
            for _ in results:
                pass
            after, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert_nothing_left(engine)

    assert after - before < 100_000


def test_a_stream_of_nothing_gives_nothing(lab: Lab) -> None:
    with lab.engine(lab.graph("a:plus")) as engine:
        assert given(engine, "a.result", []) == []


@pytest.mark.parametrize("in_flight", [0, -1, 1.5])
def test_nonsense_in_flight_is_refused_at_once(lab: Lab, in_flight: Any) -> None:
    with lab.engine(lab.graph("a:plus")) as engine, pytest.raises(EngineError, match="in_flight"):
        engine.stream([], in_flight=in_flight)


# ---------------------------------------------------------------- sources


def test_each_value_of_a_source_begins_an_epoch(lab: Lab) -> None:
    with lab.engine(lab.graph("s:count p:plus", "s.result p.a"), 2) as engine:
        assert given(engine, "p.result") == [10, 11, 12, 13, 14]
        assert given(engine, "p.result", [{"s.end": 2}] * 9) == [10, 11], "its inputs are those of the first epoch"


def test_a_source_may_have_several_outputs(lab: Lab) -> None:
    with lab.engine(lab.graph("s:parts t:total", "s.number t.items[0]", "s.square t.items[1]"), 2) as engine:
        assert given(engine, "t.result") == [0, 2, 6]


def test_several_sources_advance_together_and_the_shortest_ends_the_stream(lab: Lab) -> None:
    graph = lab.graph("s:count p:parts t:total n:nothing", "s.result t.items[0]", "p.square t.items[1]",
                      "s.result n.value")  # fmt: skip
    with lab.engine(graph, 2) as engine:
        assert given(engine, "t.result") == [0, 2, 6]
    assert sorted(lab.calls) == ["nothing 0", "nothing 1", "nothing 2"], "nothing ran of an epoch that never was"


def test_a_source_is_asked_only_when_there_is_room_and_closed_at_the_end(lab: Lab) -> None:
    @lab.node
    def endless() -> Iterator[int]:
        try:
            for number in range(10**9):
                lab.calls.append(f"gave {number}")
                yield number
        finally:
            lab.calls.append("closed")

    with lab.engine(lab.graph("s:endless"), 2) as engine:
        results = engine.stream(in_flight=2)
        assert [next(results).outputs["s.result"] for _ in range(3)] == [0, 1, 2]
        assert len(lab.calls) <= 4
        results.close()
        assert lab.calls[-1] == "closed"
        assert_nothing_left(engine)


def test_what_a_source_raises_fails_its_node_and_ends_the_stream(lab: Lab) -> None:
    @lab.node
    def breaks() -> Iterator[int]:
        yield 1
        raise ValueError("no more")

    with lab.engine(lab.graph("s:breaks p:plus", "s.result p.a"), 2) as engine:
        first, second = engine.stream()
        assert_nothing_left(engine)

    assert first.outputs == {"p.result": 11}
    assert states(second) == {"s": "failed", "p": "skipped"}
    assert str(second.errors["s"]) == "ValueError: no more"


def test_a_run_of_a_graph_with_a_source_names_the_stream(lab: Lab) -> None:
    with lab.engine(lab.graph("s:count")) as engine:
        for run in (engine.run, engine.submit):
            with pytest.raises(EngineError, match=r"`s`.*use `stream` instead"):
                run()


def test_a_stream_without_inputs_and_sources_is_refused(lab: Lab) -> None:
    with lab.engine(lab.graph("a:plus")) as engine, pytest.raises(EngineError, match="needs sets of inputs"):
        engine.stream()


# ---------------------------------------------------------------- nodes with state


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("in_flight", [1, 6])
def test_a_node_with_state_sees_epochs_in_order(lab: Lab, workers: int, in_flight: int) -> None:
    graph = lab.graph("b:blocking s:sum t:strict", "b.result s.value", "b.result t.value", b={"placement": "thread"})
    with lab.engine(graph, workers) as engine:
        sums = given(engine, "s.result", rows("b.value", 40), in_flight=in_flight)

    assert sums == [sum(range(number + 1)) for number in range(40)]


def test_epochs_in_which_it_is_skipped_or_that_failed_before_it_do_not_hold_it_up(lab: Lab) -> None:
    with lab.engine(lab.graph("h:half s:sum", "h.result s.value"), 4) as engine:
        sums = given(engine, "s.result", rows("h.value", 9), in_flight=5)

    assert sums == [0, None, 1, None, 3, None, 6, None, 10]


def test_a_chain_of_nodes_with_state_keeps_the_order(lab: Lab) -> None:
    graph = lab.graph("a:sum b:sum c:strict", "a.result b.value", "b.result c.value")
    with lab.engine(graph, 4) as engine:
        found = given(engine, "c.result", rows("a.value", 30), in_flight=8)

    assert found == [number * (number + 1) * (number + 2) // 6 for number in range(30)]


def test_state_begins_anew_with_each_run_and_stream(lab: Lab) -> None:
    with lab.engine(lab.graph("s:sum"), 2) as engine:
        assert engine.run({"s.value": 5}).outputs == engine.run({"s.value": 5}).outputs == {"s.result": 5}
        for _ in range(2):
            assert given(engine, "s.result", rows("s.value", 4)) == [0, 1, 3, 6]


def test_a_class_that_cannot_be_made_fails_its_node_in_each_epoch(lab: Lab) -> None:
    @lab.node
    class Broken:
        """Cannot be made."""

        def __init__(self) -> None:
            raise OSError("no licence")

        def __call__(self, value: int = 0) -> int:
            return value

    with lab.engine(lab.graph("a:broken b:echo"), 2) as engine:
        results = list(engine.stream(rows("a.value", 3)))
        assert_nothing_left(engine)

    assert [str(result.errors["a"]) for result in results] == ["OSError: no licence"] * 3
    assert {result.status for result in results} == {"partial"}


def test_an_epoch_that_is_cancelled_lets_the_next_one_pass(lab: Lab) -> None:
    gate = Gate()

    @lab.node
    class Slow:
        """Stays in its first epoch."""

        def __call__(self, ctx: Context, value: int = 0) -> int:
            if not value:
                gate.reached.set()
                ctx.sleep(PATIENCE_S)
            return value

    with lab.engine(lab.graph("a:slow"), 2) as engine:
        found: list[Any] = []

        def follow() -> None:
            found.extend(result.status for result in engine.stream(rows("a.value", 3), in_flight=3))

        thread = threading.Thread(target=follow)
        thread.start()
        gate.await_arrival()
        until(lambda: len(engine.runs) == 3)
        engine.runs[0].cancel()
        thread.join(PATIENCE_S)
        assert_nothing_left(engine)

    assert found == ["cancelled", "success", "success"]


def test_epochs_that_were_held_up_at_a_node_do_not_hold_each_other_up_for_ever(lab: Lab) -> None:
    """Each would else run up to the node at which the one before it waits, and be taken up again there."""

    def step(name: str) -> None:
        def run(value: int = 0) -> int:
            lab.calls.append(f"{name}{value}")
            if lab.calls.count("b0") == 1 and name == "b":
                raise ValueError("not yet")
            return value

        run.__name__ = name
        lab.node(run)

    for name in "abc":
        step(name)
    graph = lab.graph(
        "a:a b:b c:c", "a.result b.value", "b.result c.value", b={"retry": {"attempts": 2, "delay": 0.05}}
    )
    with lab.engine(graph, 1) as engine:
        for _ in engine.stream(({"a.value": value} for value in range(20)), in_flight=4):
            pass
    assert lab.calls[:5] == ["a0", "b0", "a1", "a2", "a3"]
    assert lab.calls[-30:] == [f"{name}{value}" for value in range(10, 20) for name in "abc"]
