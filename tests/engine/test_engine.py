"""The engine as a caller sees it: runs, inputs, cancel, timeouts, threads, closing."""

import contextvars
import gc
import logging
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest

import animaweave as aw
from animaweave.authoring import Context, Field
from animaweave.engine.engine import Engine
from animaweave.errors import EngineError, InputError, NotAllowed
from tests.engine.lab import PATIENCE_S, Gate, Lab, assert_nothing_left, states, stay_until_cancelled, until

Start = Callable[..., Engine]
COOPERATIVE_S = 0.1
"""Within this, a cancel returns when nodes co-operate."""


def own_threads() -> set[str]:
    return {thread.name for thread in threading.enumerate() if thread.name.startswith("animaweave")}


# ---------------------------------------------------------------- runs and actors


def test_runs_over_and_over_use_the_same_actors(lab: Lab, start: Start) -> None:
    engine = start(lab.graph("a:plus b:plus", "a.result b.a"))
    actors = list(engine._executor.turns.actors)

    outputs = [engine.run({"a.a": number}).outputs for number in range(200)]

    assert outputs == [{"b.result": number + 20} for number in range(200)]
    assert engine._executor.turns.actors == actors
    assert all(actor.is_alive() for actor in actors)
    assert_nothing_left(engine)


def test_concurrent_runs_do_not_mix(lab: Lab, start: Start) -> None:
    graph = lab.graph("x:plus")
    graph.set_param("x", "b", 0)
    for number in range(30):
        graph.add("lab.plus", id=f"n{number}", b=number)
        graph.connect("x.result" if number < 5 else f"n{number - 5}.result", f"n{number}.a")
    engine = start(graph, workers=4)
    expected = [sum(range(number % 5, number + 1, 5)) for number in range(25, 30)]
    wrong: list[Any] = []

    def run(base: int) -> None:
        for number in range(base, base + 100):
            outputs = engine.run({"x.a": number}).outputs
            if list(outputs.values()) != [number + extra for extra in expected]:
                wrong.append((number, outputs))

    threads = [threading.Thread(target=run, args=(1000 * k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []
    assert_nothing_left(engine)


def test_a_result_stays_as_it_was_when_the_engine_runs_again(lab: Lab, start: Start) -> None:
    engine = start(lab.graph("a:plus bad:fail"))
    first = engine.run({"a.a": 1})
    second = engine.run({"a.a": 2})

    assert first.outputs == {"a.result": 11}
    assert second.outputs == {"a.result": 12}
    assert states(first) == states(second) == {"a": "completed", "bad": "failed"}
    assert repr(first) == "<Result partial: a.result>"


def test_an_empty_graph_runs(lab: Lab) -> None:
    result = lab.run(lab.graph(""))

    assert (result.status, result.outputs, dict(result.nodes)) == ("success", {}, {})
    assert repr(result) == "<Result success: no outputs>"


def test_a_node_is_called_once_a_run(lab: Lab) -> None:
    graph = lab.graph("x:nothing")
    for number in range(50):
        graph.add("lab.nothing", id=f"n{number}", value=number)

    lab.run(graph, workers=4)

    assert sorted(lab.calls) == sorted(["nothing None", *(f"nothing {number}" for number in range(50))])


def test_nodes_run_in_a_copy_of_the_callers_context(lab: Lab, start: Start) -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")

    @lab.node
    def look(value: Any = None) -> str:
        seen = variable.get()
        variable.set("changed by a node")
        return seen

    graph = lab.graph("")
    for number in range(20):
        graph.add("lab.look", id=f"n{number}")
    engine = start(graph, workers=3)
    variable.set("the caller's")

    seen = set(engine.run().outputs.values()) | set(engine.submit().result(PATIENCE_S).outputs.values())

    assert seen <= {"the caller's", "changed by a node"}
    assert "the caller's" in seen
    assert variable.get() == "the caller's"


def test_at_most_so_many_threads_run_nodes_as_the_engine_has_workers(lab: Lab, start: Start) -> None:
    lock, now, most = threading.Lock(), 0, 0
    arrived = threading.Semaphore(0)

    @lab.node
    def busy() -> int:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        arrived.release()
        for _ in range(20_000):  # Long enough to be met by another thread, if there were one.
            pass
        with lock:
            now -= 1
        return threading.get_ident()

    graph = lab.graph(" ".join(f"n{number}:busy" for number in range(40)))
    one, two = start(graph, workers=1), start(graph, workers=2)

    for _ in range(3):
        assert set(one.run().outputs.values()) == {threading.get_ident()}
    assert most == 1
    for _ in range(5):
        two.run()
        two.submit().result(PATIENCE_S)
    assert most <= 2


def test_several_threads_run_nodes_that_take_long(lab: Lab, start: Start) -> None:
    meeting = threading.Barrier(3)

    @lab.node
    def meet() -> int:
        return meeting.wait(PATIENCE_S)

    engine = start(lab.graph("a:meet b:meet c:meet"), workers=3)

    assert sorted(engine.run().outputs.values()) == [0, 1, 2]
    assert sorted(engine.submit().result(PATIENCE_S).outputs.values()) == [0, 1, 2]


def test_a_node_made_ready_by_another_thread_is_run(lab: Lab, start: Start) -> None:
    gate = Gate()

    @lab.node
    def slow() -> int:
        gate()
        return 1

    engine = start(lab.graph("a:slow b:one c:total", "a.result c.items[0]", "b.result c.items[1]"), workers=2)
    run = engine.submit()
    gate.await_arrival()
    gate.open()

    assert run.result(PATIENCE_S).outputs == {"c.result": 2}


def test_a_graph_runs_from_the_librarys_face(lab: Lab) -> None:
    graph = lab.graph("a:plus bad:fail")

    result = aw.run(graph, {"a.a": 1}, registry=lab.registry, targets=["a.result"])
    patient = aw.run(graph, {"a.a": 1}, registry=lab.registry, workers=1, timeout=PATIENCE_S)

    assert (result.status, result.outputs) == ("success", {"a.result": 11})
    assert (patient.status, patient.outputs) == ("partial", {"a.result": 11})


def test_a_stream_takes_one_set_of_inputs_after_another(lab: Lab, start: Start) -> None:
    engine = start(lab.graph("a:plus"))
    taken: list[int] = []

    def inputs() -> Iterator[dict[str, int]]:
        for number in range(1000):
            taken.append(number)
            yield {"a.a": number}

    results = engine.stream(inputs(), in_flight=1)
    first = [next(results).outputs["a.result"] for _ in range(3)]

    assert first == [10, 11, 12]
    assert taken == [0, 1, 2], "no more is taken than is asked for"


def test_a_failed_epoch_does_not_end_a_stream(lab: Lab, start: Start) -> None:
    @lab.node
    def half(value: int) -> int:
        if value % 2:
            raise ValueError("odd")
        return value // 2

    engine = start(lab.graph("x:plus a:half", "x.result a.value"))

    statuses = [result.status for result in engine.stream({"x.a": n, "x.b": 0} for n in range(4))]

    assert statuses == ["success", "failed", "success", "failed"]


# ---------------------------------------------------------------- inputs


def test_inputs_go_by_the_names_of_the_graph_and_by_parameter(lab: Lab, start: Start) -> None:
    graph = lab.graph("number:graph.input named:graph.input sum:plus", "number.value sum.a", "named.value sum.b")
    graph.set_param("number", "type", "int")
    graph.set_param("named", "type", "int")
    graph.set_param("named", "name", "much")
    graph.set_param("named", "default", 5)
    graph.add("lab.plus", id="other", a=1)
    engine = start(graph)

    assert engine.run({"number": 1}).outputs == {"sum.result": 6, "other.result": 11}
    assert engine.run({"number": 1, "much": 2, "other.b": 3}).outputs == {"sum.result": 3, "other.result": 4}
    assert engine.run({"number": 1}).outputs == {"sum.result": 6, "other.result": 11}


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"nmber": 1}, "the graph has no input `nmber`; did you mean `number`?"),
        ({"sum.bb": 1}, "the graph has no input `sum.bb`; did you mean `sum.b`?"),
        ({"sum.a": 1}, "the graph has no input `sum.a`; did you mean `sum.b`?"),
        ({"zzz": 1}, "the graph has no input `zzz`; it has 'number', 'sum.b'"),
        ({}, "input `number` has no value; give one, such as run({'number': …})"),
        ({"number": "one"}, 'input `number`: expected a whole number, found "one"'),
        ({"number": None}, "input `number`: expected a whole number, found null"),
        ({"number": 1, "sum.b": 1.5}, "input `sum.b`: expected a whole number, found 1.5"),
    ],
)
def test_wrong_inputs_are_refused_with_a_sentence(lab: Lab, start: Start, inputs: dict[str, Any], message: str) -> None:
    graph = lab.graph("number:graph.input sum:plus", "number.value sum.a")
    graph.set_param("number", "type", "int")
    engine = start(graph)

    with pytest.raises(InputError) as caught:
        engine.run(inputs)

    assert str(caught.value) == message
    assert_nothing_left(engine)
    assert engine.run({"number": 1}).status == "success"


def test_a_graph_without_inputs_says_that_it_has_none(lab: Lab, start: Start) -> None:
    with pytest.raises(InputError, match="the graph has no input `x`; it has none"):
        start(lab.graph("a:one")).run({"x": 1})


def test_a_value_out_of_a_parameters_range_is_refused(lab: Lab, start: Start) -> None:
    @lab.node
    def smooth(sigma: Annotated[float, Field(min=0, max=50, unit="px")] = 1.0) -> float:
        return sigma

    with pytest.raises(InputError, match=r"input `a.sigma`: expected a number from 0 to 50 \(px\), found 60"):
        start(lab.graph("a:smooth")).run({"a.sigma": 60})


# ---------------------------------------------------------------- paths


def path_nodes(lab: Lab) -> None:
    @lab.node
    def read(path: Path) -> str:
        return str(path)

    @lab.node
    def write(path: Annotated[Path, Field(save=True)] = Path("made.txt")) -> str:
        return str(path)


def test_relative_paths_to_read_are_relative_to_the_graph_file(lab: Lab, tmp_path: Path) -> None:
    path_nodes(lab)
    graph = lab.graph("r:read")
    graph.set_param("r", "path", "sub/a.txt")

    assert lab.run(graph).outputs == {"r.result": str(Path("sub/a.txt"))}
    graph.save(tmp_path / "g.weave.json")
    assert lab.run(graph).outputs == {"r.result": str(tmp_path / "sub/a.txt")}
    graph.set_param("r", "path", "/abs/a.txt")
    assert lab.run(graph).outputs == {"r.result": "/abs/a.txt"}


def test_paths_to_write_lie_below_the_output_folder(lab: Lab, tmp_path: Path) -> None:
    path_nodes(lab)
    graph = lab.graph("w:write")
    graph.set_param("w", "path", "sub/../a.txt")
    graph.save(tmp_path / "g.weave.json")
    out = tmp_path / "out"

    assert lab.run(graph, out=out).outputs == {"w.result": str(out / "a.txt")}
    assert lab.run(graph, {"w.path": Path("b.txt")}, out=out).outputs == {"w.result": str(out / "b.txt")}
    assert lab.run(graph, {"w.path": "b.txt"}, out=out).outputs == {"w.result": str(out / "b.txt")}
    assert lab.run(graph, {"w.path": out / "c.txt"}, out=out).outputs == {"w.result": str(out / "c.txt")}


def test_a_default_path_to_write_lies_below_the_output_folder(lab: Lab, tmp_path: Path) -> None:
    path_nodes(lab)

    assert lab.run(lab.graph("w:write"), out=tmp_path).outputs == {"w.result": str(tmp_path / "made.txt")}


def test_an_input_of_the_graph_that_is_a_path_to_write_lies_below_the_output_folder(lab: Lab, tmp_path: Path) -> None:
    path_nodes(lab)
    graph = lab.graph("target:graph.input w:write", "target.value w.path")
    graph.set_param("target", "type", "Path")
    graph.set_param("target", "default", "a.txt")
    graph.save(tmp_path / "g.weave.json")
    out = tmp_path / "out"

    assert lab.run(graph).outputs == {"w.result": str(tmp_path / "a.txt")}
    assert lab.run(graph, out=out).outputs == {"w.result": str(out / "a.txt")}
    assert lab.run(graph, {"target": "b.txt"}, out=out).outputs == {"w.result": str(out / "b.txt")}
    graph.set_param("target", "default", "../a.txt")
    with pytest.raises(NotAllowed, match=r"target\.default: \.\./a\.txt lies outside"):
        lab.compile(graph, out=out)


@pytest.mark.parametrize("path", ["../a.txt", "/abs/a.txt", "sub/../../a.txt"])
def test_paths_to_write_that_lead_out_of_the_output_folder_are_refused(lab: Lab, tmp_path: Path, path: str) -> None:
    path_nodes(lab)
    graph = lab.graph("w:write")
    graph.set_param("w", "path", path)

    with pytest.raises(NotAllowed) as caught:
        lab.compile(graph, out=tmp_path)
    assert str(caught.value).startswith(f"w.path: {Path(path)} lies outside of the output folder {tmp_path}")
    graph.unset_param("w", "path")
    with lab.engine(graph, out=tmp_path) as engine, pytest.raises(NotAllowed, match=r"w\.path: .* lies outside"):
        engine.run({"w.path": Path(path)})


def test_a_link_does_not_lead_out_of_the_output_folder(lab: Lab, tmp_path: Path) -> None:
    path_nodes(lab)
    out = tmp_path / "out"
    out.mkdir()
    (out / "away").symlink_to(tmp_path)
    graph = lab.graph("w:write")
    graph.set_param("w", "path", "away/a.txt")

    with pytest.raises(NotAllowed):
        lab.compile(graph, out=out)


# ---------------------------------------------------------------- cancel


def test_a_run_cancelled_while_nodes_run_ends_at_once_when_they_co_operate(lab: Lab, start: Start) -> None:
    reached = threading.Event()

    @lab.node
    def stay(ctx: Context) -> int:
        reached.set()
        stay_until_cancelled(ctx)
        return 1

    engine = start(lab.graph("first:one a:stay b:need c:need", "a.result b.value", "b.result c.value"), workers=1)
    run = engine.submit()
    assert reached.wait(PATIENCE_S)
    before = time.perf_counter()
    run.cancel("no longer wanted")
    result = run.result(PATIENCE_S)
    took = time.perf_counter() - before

    assert result.status == "cancelled"
    assert result.reason == "no longer wanted"
    assert {node: state for node, state in states(result).items() if node != "first"} == dict.fromkeys(
        "abc", "cancelled"
    )
    assert result.nodes["b"].reason == "no longer wanted"
    assert took < COOPERATIVE_S
    assert_nothing_left(engine)


def test_a_cancelled_node_may_look_return_early_and_has_then_completed(lab: Lab, start: Start) -> None:
    reached = threading.Event()

    @lab.node
    def look(ctx: Context) -> int:
        reached.set()
        while not ctx.is_cancelled:
            pass
        return 1

    engine = start(lab.graph("a:look b:need", "a.result b.value"))
    run = engine.submit()
    assert reached.wait(PATIENCE_S)
    run.cancel()
    result = run.result(PATIENCE_S)

    assert states(result) == {"a": "completed", "b": "cancelled"}
    assert result.status == "cancelled"


def test_a_run_cancelled_before_anything_ran_calls_no_node(lab: Lab, start: Start) -> None:
    gate = Gate()

    @lab.node
    def hold(value: Any = None) -> int:
        gate()
        lab.calls.append("ran")
        return 1

    engine = start(lab.graph("a:hold"), workers=1)
    first = engine.submit()
    gate.await_arrival()
    second = engine.submit()
    second.cancel()
    result = second.result(PATIENCE_S)
    gate.open()

    assert states(result) == {"a": "cancelled"}
    assert first.result(PATIENCE_S).status == "success"
    assert lab.calls == ["ran"]


def test_a_cancelled_run_does_not_wait_for_a_node_that_runs_for_another(lab: Lab, start: Start) -> None:
    gate = Gate()

    @lab.node
    def hold(value: int) -> int:
        gate()
        return value

    engine = start(lab.graph("x:plus a:hold b:need", "x.result a.value", "a.result b.value"), workers=3)
    first = engine.submit({"x.a": 1})
    gate.await_arrival()
    second = engine.submit({"x.a": 2})
    until(lambda: second.states() == {"x": "completed", "a": "waiting", "b": "waiting"})
    before = time.perf_counter()
    second.cancel()
    result = second.result(PATIENCE_S)
    took = time.perf_counter() - before
    gate.open()

    assert result.status == "cancelled"
    assert states(result) == {"x": "completed", "a": "cancelled", "b": "cancelled"}
    assert took < COOPERATIVE_S
    assert first.result(PATIENCE_S).outputs == {"b.result": 11}
    assert engine.run({"x.a": 3}).outputs == {"b.result": 13}
    assert_nothing_left(engine)


def test_what_becomes_ready_in_a_cancelled_run_does_not_wait_for_another_run_either(lab: Lab, start: Start) -> None:
    first_gate, second_gate = Gate(), Gate()

    @lab.node
    def pass_one(value: int) -> int:
        if value == 12:
            second_gate()
        return value

    @lab.node
    def hold(value: int) -> int:
        first_gate()
        return value

    graph = lab.graph("x:plus p:pass_one a:hold b:need", "x.result p.value", "p.result a.value", "a.result b.value")
    engine = start(graph, workers=3)
    first = engine.submit({"x.a": 1})
    first_gate.await_arrival()
    second = engine.submit({"x.a": 2})
    second_gate.await_arrival()
    second.cancel()
    second_gate.open()
    result = second.result(PATIENCE_S)
    first_gate.open()

    assert states(result) == {"x": "completed", "p": "completed", "a": "cancelled", "b": "cancelled"}
    assert first.result(PATIENCE_S).outputs == {"b.result": 11}
    assert_nothing_left(engine)


def test_a_run_given_up_before_it_began_leaves_nothing(lab: Lab, start: Start) -> None:
    gate = Gate()

    @lab.node
    def hold() -> int:
        gate()
        return 1

    engine = start(lab.graph("a:hold b:one c:need", "a.result c.value"), workers=1)
    first = engine.submit()
    gate.await_arrival()
    second = engine.submit()
    second.give_up_after(0.0)
    result = second.result()
    gate.open()

    assert result.status == "cancelled"
    assert set(states(result).values()) == {"cancelled"}
    assert first.result(PATIENCE_S).status == "success"
    assert engine.run().status == "success"
    assert_nothing_left(engine)


def test_a_cancel_after_the_end_changes_nothing(lab: Lab, start: Start) -> None:
    run = start(lab.graph("a:one bad:fail")).submit()
    assert run.wait(PATIENCE_S)
    assert run.is_done
    run.cancel()

    assert run.result().status == "partial"
    assert run.result() is run.result()
    assert run.result().reason == ""


def test_a_run_that_nobody_asks_for_its_result_leaves_nothing(lab: Lab, start: Start) -> None:
    @lab.node
    def array() -> np.ndarray:
        return np.ones(100)

    engine = start(lab.graph("a:array"))
    run = engine.submit()
    assert run.wait(PATIENCE_S)
    engine.close()

    assert_nothing_left(engine)


def test_a_node_that_does_not_look_is_abandoned_and_said_to_be(
    lab: Lab, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    gate = Gate()

    @lab.node
    def deaf(value: Any = None) -> np.ndarray:
        gate()
        return np.ones(100)

    engine = start(lab.graph("a:deaf b:need", "a.result b.value"), workers=2)
    run = engine.submit()
    gate.await_arrival()
    run.cancel()
    run.give_up_after(0.0)
    result = run.result()

    assert result.status == "cancelled"
    assert states(result) == {"a": "cancelled", "b": "cancelled"}
    assert [record.message for record in caplog.records] == [
        "`a` does not look at its context and goes on in the background."
    ]
    gate.open()
    assert engine.run().status == "success"
    assert_nothing_left(engine)


def test_what_came_before_a_run_was_abandoned_is_kept(lab: Lab, start: Start) -> None:
    gate = Gate()

    @lab.node
    def array() -> np.ndarray:
        return np.ones(100)

    @lab.node
    def deaf(value: Any) -> Any:
        gate()
        return value

    graph = lab.graph(
        "a:array b:deaf c:echo kept:graph.output lost:graph.output", "a.result b.value", "a.result kept.value"
    )
    graph.connect("b.result", "lost.value")
    engine = start(graph, workers=2)
    run = engine.submit()
    gate.await_arrival()
    until(lambda: run.states()["kept"] == "completed")
    run.cancel()
    run.give_up_after(0.0)
    gate.open()
    until(lambda: set(engine._executor.turns.busy) == {0})
    result = run.result()

    assert list(result.outputs) == ["kept"]
    assert result.outputs["kept"].sum() == 100
    assert states(result)["b"] == "cancelled"
    assert_nothing_left(engine)


def test_a_run_abandoned_while_it_waits_for_another_runs_node_leaves_no_trace(lab: Lab, start: Start) -> None:
    gate = Gate()

    @lab.node
    def hold(value: Any = None) -> int:
        gate()
        return 1

    engine = start(lab.graph("a:hold"), workers=3)
    first, second = engine.submit(), engine.submit()
    gate.await_arrival()
    for run in (first, second):
        run.cancel()
        run.give_up_after(0.0)
    gate.open()

    assert [run.result().status for run in (first, second)] == ["cancelled", "cancelled"]
    assert [engine.run().status for _ in range(3)] == ["success"] * 3
    assert_nothing_left(engine)


def test_a_timeout_cancels_the_run(lab: Lab, start: Start) -> None:
    @lab.node
    def stay(ctx: Context) -> int:
        stay_until_cancelled(ctx)
        return 1

    engine = start(lab.graph("a:stay b:one"))

    result = engine.run(timeout=0.05)

    assert result.status == "cancelled"
    assert result.reason == "it took longer than 0.05 s"
    assert result.nodes["a"].state == "cancelled"
    assert 0.05 <= result.elapsed_s < 0.05 + 2 * COOPERATIVE_S
    assert_nothing_left(engine)


def test_a_run_in_time_is_not_touched_by_its_timeout(lab: Lab, start: Start) -> None:
    result = start(lab.graph("a:one")).run(timeout=PATIENCE_S)

    assert (result.status, result.outputs) == ("success", {"a.result": 1})


@pytest.mark.parametrize("timeout", [None, PATIENCE_S])
def test_keyboard_interrupt_in_a_node_cancels_the_run_and_is_raised(
    lab: Lab, start: Start, timeout: float | None
) -> None:
    armed = [True]

    @lab.node
    def press() -> int:
        if armed.pop():
            raise KeyboardInterrupt
        return 1

    engine = start(lab.graph("a:press b:need", "a.result b.value"))

    with pytest.raises(KeyboardInterrupt):
        engine.run(timeout=timeout)

    assert_nothing_left(engine)
    armed.append(False)
    assert engine.run(timeout=timeout).outputs == {"b.result": 1}
    assert engine.metrics()["failures"].sum() == 0


def test_keyboard_interrupt_in_a_submitted_run_cancels_it(lab: Lab, start: Start) -> None:
    @lab.node
    def press() -> int:
        raise KeyboardInterrupt

    result = start(lab.graph("a:press b:need", "a.result b.value")).submit().result(PATIENCE_S)

    assert result.status == "cancelled"
    assert states(result) == {"a": "cancelled", "b": "cancelled"}


def test_a_node_may_run_an_engine_of_its_own(lab: Lab, start: Start) -> None:
    inner = start(lab.graph("i:plus"))

    @lab.node
    def nested(value: int) -> int:
        result: int = inner.run({"i.a": value}).outputs["i.result"]
        return result

    outer = lab.graph("")
    for number in range(6):
        outer.add("lab.plus", id=f"p{number}", a=number)
        outer.add("lab.nested", id=f"n{number}")
        outer.connect(f"p{number}.result", f"n{number}.value")

    assert start(outer).run().outputs == {f"n{number}.result": number + 20 for number in range(6)}


# ---------------------------------------------------------------- closing


def test_no_thread_outlives_close(lab: Lab) -> None:
    gate = threading.Barrier(3)

    @lab.node
    def meet() -> int:
        return gate.wait(PATIENCE_S)

    engine = lab.engine(lab.graph("a:meet b:meet c:meet"), workers=3)
    engine.run()
    engine.submit().result(PATIENCE_S)
    assert own_threads()

    engine.close()

    assert not {thread for thread in own_threads() if thread in {t.name for t in engine._scheduler._threads}}
    assert own_threads() == set()


def test_close_cancels_what_runs(lab: Lab) -> None:
    reached = threading.Event()

    @lab.node
    def stay(ctx: Context) -> int:
        reached.set()
        stay_until_cancelled(ctx)
        return 1

    engine = lab.engine(lab.graph("a:stay"))
    run = engine.submit()
    assert reached.wait(PATIENCE_S)
    engine.close()

    assert run.result().status == "cancelled"
    assert run.result().reason == "the engine was closed"
    assert own_threads() == set()


def test_close_names_the_threads_that_do_not_end(lab: Lab, caplog: pytest.LogCaptureFixture) -> None:
    gate = Gate()

    @lab.node
    def deaf() -> int:
        gate()
        return 1

    engine = lab.engine(lab.graph("a:deaf"))
    run = engine.submit()
    gate.await_arrival()
    engine.close(grace_s=0.01)
    gate.open()

    assert run.result().status == "cancelled"
    assert caplog.messages[0] == "`a` does not look at its context and goes on in the background."
    assert caplog.messages[1].endswith("still runs a node that does not look at its context.")


def test_a_closed_engine_refuses_to_run(lab: Lab) -> None:
    engine = lab.engine(lab.graph("a:one"))
    engine.close()
    engine.close()

    for use in (engine.run, engine.submit):
        with pytest.raises(EngineError, match="the engine is closed; make a new one"):
            use()


def test_a_closed_engine_has_no_actors(lab: Lab) -> None:
    with lab.engine(lab.graph("a:one b:one")) as engine:
        actors = engine._executor.turns.actors
        engine.run()

    assert not any(actor.is_alive() for actor in actors)


def test_an_engine_needs_at_least_one_worker(lab: Lab) -> None:
    with pytest.raises(EngineError, match="workers is 0; it must be at least 1"):
        lab.engine(lab.graph("a:one"), workers=0)


def test_what_the_engine_does_not_do_is_said_once(lab: Lab, caplog: pytest.LogCaptureFixture) -> None:
    graph = lab.graph("a:one")
    inner = graph.add_subgraph("inner")
    inner.add("lab.one", id="b")
    graph.add("graph.inner", id="c")
    graph.set_run("c", placement="thread")
    with caplog.at_level(logging.WARNING), lab.engine(graph) as engine:
        for _ in range(3):
            assert engine.run().status == "success"

    assert caplog.messages == [
        "`placement` and `mode` belong to the nodes inside a sub-graph; not kept on `c`, which uses one"
    ]


# ---------------------------------------------------------------- memory


def test_an_array_is_gone_after_its_last_consumer(lab: Lab) -> None:
    alive: list[bool] = []
    made: list[weakref.ref[np.ndarray]] = []

    @lab.node
    def make() -> np.ndarray:
        array = np.ones(1000)
        made.append(weakref.ref(array))
        return array

    @lab.node
    def measure(value: np.ndarray) -> int:
        return len(value)

    @lab.node
    def look(value: int) -> int:
        alive.append(made[-1]() is not None)
        return value

    gc.disable()
    try:
        result = lab.run(lab.graph("a:make b:measure c:look", "a.result b.value", "b.result c.value"), workers=1)
    finally:
        gc.enable()

    assert alive == [False], "when the node behind its last consumer runs, nothing holds it"
    assert result.bytes_freed == 8000


def test_runs_leave_no_garbage(lab: Lab, start: Start) -> None:
    engine = start(lab.graph("a:plus b:echo bad:fail c:need", "a.result b.value", "bad.result c.value"), workers=1)
    for _ in range(5):
        engine.run({"a.a": 1})
    gc.collect()
    gc.disable()
    try:
        for number in range(50):
            engine.run({"a.a": number})
        found = gc.collect()
    finally:
        gc.enable()

    assert found == 0


def test_an_engine_that_is_closed_and_dropped_is_gone(lab: Lab) -> None:
    engine = lab.engine(lab.graph("a:one"))
    engine.run()
    engine.close()
    dropped = weakref.ref(engine)
    del engine
    gc.collect()

    assert dropped() is None


def test_progress_and_log_can_be_watched(lab: Lab, start: Start) -> None:
    gate = Gate()

    @lab.node
    def slow(ctx: Context) -> int:
        ctx.progress(0.4, "fitting")
        ctx.log("half way")
        ctx.log("too much", "warning")
        gate()
        return 1

    run = start(lab.graph("a:slow b:need", "a.result b.value")).submit()
    gate.await_arrival()
    assert run.epoch.progress == {"a": (0.4, "fitting")}
    assert run.states() == {"a": "running", "b": "waiting"}
    gate.open()
    result = run.result(PATIENCE_S)

    assert run.epoch.progress == {}
    assert [(line.node, line.level, line.text) for line in result.log] == [
        ("a", "info", "half way"),
        ("a", "warning", "too much"),
    ]
