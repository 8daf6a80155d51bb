"""Figures of real runs: how often, how long, at what cost and after what wait nodes ran."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from animaweave.authoring import Context
from animaweave.engine.engine import Engine
from animaweave.engine.observe.metrics import LONG
from tests.engine.lab import PATIENCE_S, Gate, Lab, states, stay_until_cancelled, until
from tests.engine.observe import scenes

Start = Callable[..., Engine]

BURN_NS = 3_000_000
SLEEP_S = 0.02


def burn(value: Any = None) -> int:
    """Computes for as much CPU time as is said; at the top of a module, so that a worker finds it."""
    until_ns = time.thread_time_ns() + BURN_NS
    while time.thread_time_ns() < until_ns:
        pass
    return 1


def doze(value: Any = None) -> int:
    """Takes as long as is said, and hardly any CPU time."""
    threading.Event().wait(SLEEP_S)
    return 1


def rows(engine: Engine) -> dict[str, np.void]:
    return dict(zip([node.id for node in engine.plan.nodes], engine.metrics(), strict=True))


def test_runs_failures_and_skips_of_an_engine_are_counted(lab: Lab, start: Start) -> None:
    engine = start(
        lab.graph("a:one bad:fail off:one twice:fail s:switch", controls=("s.no off.trigger",),
                  twice={"retry": {"attempts": 2}})
    )  # fmt: skip
    for _ in range(7):
        engine.run()

    found = {name: (int(row["runs"]), int(row["failures"]), int(row["skips"])) for name, row in rows(engine).items()}

    assert found == {"a": (7, 0, 0), "bad": (7, 7, 0), "off": (0, 0, 7), "twice": (7, 7, 0), "s": (7, 0, 0)}


def test_latencies_are_those_of_the_nodes(lab: Lab, start: Start) -> None:
    @lab.node
    def slow(value: int) -> int:
        threading.Event().wait(0.02)
        return value

    engine = start(lab.graph("a:one b:slow c:need", "a.result b.value", "b.result c.value"), workers=1)
    result = engine.run()
    found = rows(engine)

    assert 20e6 <= found["b"]["last_ns"] < 1e9
    assert found["a"]["last_ns"] < 20e6
    assert found["c"]["last_ns"] < 20e6
    assert result.nodes["b"].ms == pytest.approx(found["b"]["last_ns"] / 1e6)
    assert result.elapsed_s >= 0.02


def test_nodes_that_did_not_run_took_no_time(lab: Lab, start: Start) -> None:
    result = start(lab.graph("s:switch off:one bad:fail", controls=("s.no off.trigger",))).run()

    assert result.nodes["off"].ms is None
    assert result.nodes["bad"].ms is not None
    assert result.nodes["s"].ms is not None


def test_figures_stay_right_while_one_looks_at_full_speed(lab: Lab, start: Start) -> None:
    graph = lab.graph("n0:plus")
    for number in range(1, 60):
        graph.add("lab.plus", id=f"n{number}")
        graph.connect(f"n{max(0, number - 7)}.result", f"n{number}.a")
    engine = start(graph, workers=3)
    over = threading.Event()
    looks: list[np.ndarray] = []
    problems: list[Exception] = []

    def look() -> None:
        while not over.is_set():
            try:
                table = engine.metrics()
            except Exception as problem:  # noqa: BLE001 - told below
                problems.append(problem)
                return
            looks.append(table[["runs", "total_ns", "depth", "p50_ns"]].copy())

    lookers = [threading.Thread(target=look) for _ in range(2)]
    for looker in lookers:
        looker.start()
    runners = [threading.Thread(target=lambda: [engine.run() for _ in range(150)]) for _ in range(2)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join(PATIENCE_S)
    over.set()
    for looker in lookers:
        looker.join(PATIENCE_S)

    assert problems == []
    assert engine.metrics()["runs"].tolist() == [300] * 60
    assert engine.metrics()["depth"].tolist() == [0] * 60
    assert len(looks) > 5
    for table in looks:
        assert (table["runs"] <= 300).all()
        assert (table["depth"] <= 2).all()
        assert ((table["p50_ns"] > 0) == (table["runs"] > 0)).all()


def test_a_reset_while_the_engine_runs_loses_nothing_that_comes_after(lab: Lab, start: Start) -> None:
    graph = lab.graph(" ".join(f"n{number}:plus" for number in range(50)))
    engine = start(graph, workers=2)
    over = threading.Event()

    def reset() -> None:
        while not over.is_set():
            engine._executor.metrics.reset()

    resetter = threading.Thread(target=reset)
    resetter.start()
    for _ in range(200):
        engine.run()
    over.set()
    resetter.join()
    engine._executor.metrics.reset()
    for _ in range(3):
        engine.run()

    assert engine.metrics()["runs"].tolist() == [3] * 50


def test_journals_stay_short_in_a_stream_that_nobody_looks_at(lab: Lab, start: Start) -> None:
    engine = start(lab.graph(" ".join(f"n{number}:plus" for number in range(50))), workers=1)
    lengths = []
    for _ in range(300):
        engine.run()
        lengths.append(sum(len(journal.entries) for journal in engine._executor.metrics._journals))

    assert max(lengths) <= LONG + 2 * 50 + 4
    assert min(lengths[1:]) < lengths[0]  # Some were folded.
    assert engine.metrics()["runs"].tolist() == [300] * 50


# ---------------------------------------------------------------- CPU time


@pytest.mark.parametrize("placement", ["inline", "thread", "process"])
def test_a_node_that_computes_is_told_from_one_that_only_takes_long(lab: Lab, start: Start, placement: str) -> None:
    lab.node(burn)
    lab.node(doze)
    engine = start(lab.graph("b:burn d:doze", b={"placement": placement}, d={"placement": placement}), workers=2)
    engine.run()
    engine.reset_metrics()
    engine.run()
    engine.metrics()  # From here on it is known that they take long.
    engine.run()

    found = rows(engine)

    measured = 1 if placement == "inline" else 2
    assert found["b"]["cpu_ns"] >= measured * BURN_NS
    assert found["b"]["cpu_ns"] <= found["b"]["cpu_wall_ns"] * 1.05
    assert found["d"]["cpu_wall_ns"] >= measured * SLEEP_S * 1e9
    assert found["d"]["cpu_ns"] < found["d"]["cpu_wall_ns"] / 2


def test_quick_nodes_stay_on_the_short_way_and_are_not_measured(lab: Lab, start: Start) -> None:
    engine = start(lab.graph("a:one b:need", "a.result b.value"), workers=1)
    for _ in range(3):
        engine.run()
        engine.metrics()

    run = engine.submit()
    assert bytes(run.epoch.plan.stages) == bytes(2)
    run.result(PATIENCE_S)
    assert engine.metrics()["cpu_wall_ns"].tolist() == [0, 0]


def test_a_long_node_is_measured_also_inside_of_a_sub_graph(lab: Lab, start: Start) -> None:
    lab.node(burn)
    graph = scenes.declare(lab).graph("list:numbers")
    scenes.inside(graph, "body", "b:burn", "from.value b.value", "b.result to.value")
    graph.add("control.for_each", id="each", params={"graph": "body"})
    graph.connect("list.result", "each.n")
    engine = start(graph, workers=1)
    engine.run()
    list(engine.inner_metrics())
    engine.run()

    ((plan, table),) = engine.inner_metrics()
    (row,) = (row for node, row in zip(plan.nodes, table, strict=True) if node.id == "each/b")
    assert row["runs"] == 6
    assert row["cpu_ns"] >= 3 * BURN_NS
    assert rows(engine)["each"]["cpu_wall_ns"] == 0


def test_a_failure_is_not_measured_and_the_attempt_that_went_well_is(lab: Lab, start: Start) -> None:
    left = iter((1,))

    @lab.node
    def unsteady() -> int:
        for _ in left:
            raise ValueError("not yet")
        return burn()

    engine = start(lab.graph("u:unsteady", u={"retry": {"attempts": 2}}))
    engine.run()

    assert rows(engine)["u"]["cpu_ns"] >= BURN_NS
    assert rows(engine)["u"]["cpu_wall_ns"] <= rows(engine)["u"]["total_ns"]


def test_a_node_that_is_given_up_leaves_no_figure_behind(
    lab: Lab, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("animaweave.engine.launches.GRACE_S", 0)
    gate = Gate()

    @lab.node
    def deaf() -> int:
        gate()
        return 1

    engine = start(lab.graph("d:deaf", d={"placement": "thread", "timeout": 0.01}))
    assert states(engine.run()) == {"d": "failed"}
    gate.open()
    engine.close()

    row = rows(engine)["d"]
    assert (row["failures"], row["cpu_wall_ns"]) == (1, 0)


# ---------------------------------------------------------------- waiting


@pytest.fixture
def gate(lab: Lab) -> Gate:
    """Where the node `stay` stays."""
    gate = Gate()

    @lab.node
    def stay(value: Any = None) -> Any:
        gate()
        return value

    return gate


def park(engine: Engine, gate: Gate, runs: int) -> list[Any]:
    """Begin runs, of which the first stays in the node and the others wait in its mailbox."""
    first = engine.submit()
    gate.await_arrival()
    others = [engine.submit() for _ in range(runs - 1)]
    until(lambda: all(run.epoch.waiting for run in others))
    return [first, *others]


def test_a_depth_between_two_looks_is_not_missed(lab: Lab, start: Start, gate: Gate) -> None:
    engine = start(lab.graph("a:one s:stay", "a.result s.value"), workers=4)
    runs = park(engine, gate, 4)
    gate.open()
    for run in runs:
        assert run.result(PATIENCE_S).status == "success"

    row = rows(engine)["s"]
    assert (row["depth_peak"], row["depth"]) == (3, 0)


def test_each_wait_in_the_mailbox_is_timed(lab: Lab, start: Start, gate: Gate) -> None:
    engine = start(lab.graph("a:one s:stay", "a.result s.value"), workers=3)
    began_ns = time.perf_counter_ns()
    runs = park(engine, gate, 3)
    parked_ns = time.perf_counter_ns()
    threading.Event().wait(SLEEP_S)
    opened_ns = time.perf_counter_ns()
    gate.open()
    for run in runs:
        run.result(PATIENCE_S)
    ended_ns = time.perf_counter_ns()

    row = rows(engine)["s"]

    assert row["waits"] == 2
    assert 2 * (opened_ns - parked_ns) <= row["waited_ns"] <= 2 * (ended_ns - began_ns)
    assert row["waited_ns"] / 2 <= row["longest_wait_ns"] <= ended_ns - began_ns


def test_a_reset_while_epochs_wait_forgets_the_depth_and_counts_the_waits_that_end_after_it(
    lab: Lab, start: Start, gate: Gate
) -> None:
    engine = start(lab.graph("a:one s:stay", "a.result s.value"), workers=3)
    runs = park(engine, gate, 3)
    engine.reset_metrics()
    assert not engine._executor.metrics.table()["depth_peak"].any()
    gate.open()
    for run in runs:
        run.result(PATIENCE_S)

    row = rows(engine)["s"]
    assert (row["waits"], row["runs"]) == (2, 3)
    assert row["waited_ns"] >= row["longest_wait_ns"] > 0


def test_an_epoch_that_is_cancelled_in_the_mailbox_has_not_waited_for_a_start(
    lab: Lab, start: Start, gate: Gate
) -> None:
    engine = start(lab.graph("a:one s:stay", "a.result s.value"), workers=3)
    first, second, third = park(engine, gate, 3)
    second.cancel()
    assert states(second.result(PATIENCE_S)) == {"a": "completed", "s": "cancelled"}
    assert rows(engine)["s"]["depth"] == 1
    gate.open()
    for run in (first, third):
        assert run.result(PATIENCE_S).status == "success"

    row = rows(engine)["s"]
    assert (row["runs"], row["waits"], row["depth_peak"], row["depth"]) == (2, 1, 2, 0)


@pytest.mark.parametrize("is_abandoned", [False, True])
def test_nothing_waits_any_more_once_all_runs_are_cancelled(lab: Lab, start: Start, *, is_abandoned: bool) -> None:
    gate = Gate()

    @lab.node
    def stay(ctx: Context) -> None:
        gate.reached.set()
        if is_abandoned:
            gate()
        else:
            stay_until_cancelled(ctx)

    engine = start(lab.graph("s:stay"), workers=3)
    runs = park(engine, gate, 3)
    for run in reversed(runs):
        run.cancel()
    for run in runs:
        run.give_up_after(0 if is_abandoned else PATIENCE_S)
        run.result(PATIENCE_S)
    gate.open()

    row = rows(engine)["s"]
    assert (row["waits"], row["depth"], row["depth_peak"]) == (0, 0, 2)


def test_the_wait_for_a_thread_counts(lab: Lab, start: Start) -> None:
    engine = start(lab.graph("a:one t:need", "a.result t.value", t={"placement": "thread"}))
    for _ in range(3):
        engine.run()

    found = rows(engine)
    assert (found["t"]["runs"], found["t"]["waits"], found["a"]["waits"]) == (3, 3, 0)
    assert 0 < found["t"]["longest_wait_ns"] <= found["t"]["waited_ns"]


def test_the_wait_for_a_worker_counts_and_is_no_part_of_the_latency(lab: Lab, start: Start) -> None:
    lab.node(doze)
    graph = lab.graph("a:doze b:doze")
    for node in "ab":
        graph.set_run(node, placement="process")
    engine = start(graph, workers=1)
    engine.run()
    engine.reset_metrics()
    began_ns = time.perf_counter_ns()
    engine.run()
    elapsed_ns = time.perf_counter_ns() - began_ns

    found = rows(engine)
    waited = sorted(found[node]["longest_wait_ns"] for node in "ab")
    assert waited[1] >= SLEEP_S * 1e9
    assert waited[0] < waited[1] - SLEEP_S * 1e9 / 2
    for node in "ab":
        assert found[node]["last_ns"] >= SLEEP_S * 1e9
        assert found[node]["longest_wait_ns"] + found[node]["last_ns"] <= elapsed_ns


@pytest.mark.parametrize("workers", [1, 3])
def test_figures_of_a_stream_count_each_epoch_once(lab: Lab, start: Start, workers: int) -> None:
    graph = scenes.declare(lab).graph("src:given b:bump t:own_thread", "src.result b.value", "b.result t.value",
                                      t={"placement": "thread"})  # fmt: skip
    graph.set_param("src", "count", 40)
    engine = start(graph, workers)
    assert len(list(engine.stream(in_flight=4))) == 40

    table = engine.metrics()

    assert table["runs"].tolist() == [40, 40, 40]
    assert (table["depth_peak"] <= 4).all()
    assert (table["depth"] == 0).all()
    assert (table["waited_ns"] >= table["longest_wait_ns"]).all()
    assert rows(engine)["t"]["waits"] >= 40


def test_epochs_of_a_stream_pile_up_before_its_slowest_node(lab: Lab, start: Start, gate: Gate) -> None:
    engine = start(lab.graph("a:plus s:stay end:need", "a.result s.value", "s.result end.value"), workers=2)
    found: list[int] = []
    stream = threading.Thread(
        target=lambda: found.extend(
            result.outputs["end.result"]
            for result in engine.stream(({"a.a": number} for number in range(6)), in_flight=4)
        )
    )
    stream.start()
    until(lambda: rows(engine)["s"]["depth"] == 3)
    gate.open()
    stream.join(PATIENCE_S)

    assert found == list(range(10, 16))
    row = rows(engine)["s"]
    assert row["depth_peak"] == 3
    assert 3 <= row["waits"] <= 5


def test_what_a_source_takes_for_a_value_counts_for_it(lab: Lab, start: Start) -> None:
    @lab.node
    def slow() -> Iterator[int]:
        for number in range(2):
            burn()
            yield number

    engine = start(lab.graph("src:slow b:need", "src.result b.value"), workers=1)
    list(engine.stream(in_flight=1))

    row = rows(engine)["src"]
    assert row["runs"] == 2
    assert row["total_ns"] >= 2 * BURN_NS
    assert 2 * BURN_NS <= row["cpu_ns"] <= row["cpu_wall_ns"] * 1.05
