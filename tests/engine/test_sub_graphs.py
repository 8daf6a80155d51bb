"""Sub-graphs that are run as a whole: their settings and signals, cancels inside, what users see of them, memory."""

import gc
import threading
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from animaweave.authoring import Context
from animaweave.engine.engine import Engine
from animaweave.engine.observe.inside import by_path, totals
from animaweave.errors import GraphError
from animaweave.graph.document import Graph
from tests.engine.lab import PATIENCE_S, Gate, Lab, assert_nothing_left, fill, stay_until_cancelled, until
from tests.engine.nests import FedLab, failing, inside, mapping, nest, squares, states


@pytest.fixture
def lab() -> Lab:
    """A vessel to add nodes to."""
    return FedLab()


@pytest.fixture(params=[1, 2, 4])
def workers(request: pytest.FixtureRequest) -> int:
    """How many threads run nodes."""
    return int(request.param)


# -- a sub-graph as a whole -------------------------------------------------------------------------------------------


def using(nodes: str, *wires: str, inputs: str = "value", outputs: str = "result", **run: Any) -> Graph:
    """A graph whose node `use` uses a sub-graph."""
    graph = Graph()
    inside(graph, "part", nodes, *wires, inputs=inputs, outputs=outputs)
    graph.add("graph.part", id="use")
    graph.set_run("use", **run)
    return graph


WIRES = ("value.value check.value", "check.result result_out.value")


def test_a_use_is_tried_again_as_a_whole(lab, workers):
    tries: list[int] = []

    @lab.node(pure=False)
    def flaky(value: Any) -> Any:
        tries.append(value)
        if len(tries) < 3:
            raise OSError("not yet")
        return value

    graph = using("check:flaky", *WIRES, retry={"attempts": 3, "on": ["OSError"]})

    assert lab.run(graph, {"use.value": [7]}, workers).outputs == {"use.result": [7]}
    assert len(tries) == 3


def test_a_use_that_fails_gives_its_default(lab, workers):
    graph = using("check:fail_at", *WIRES, on_error={"default": {"result": 0}})
    fill(graph, "after:need", "use.result after.value")

    assert lab.run(graph, {"use.value": 3}, workers).outputs == {"after.result": 0}
    assert lab.run(graph, {"use.value": 4}, workers).outputs == {"after.result": 4}


def test_a_use_whose_time_is_over_is_cancelled_inside(lab, workers):
    @lab.node(pure=False)
    def stay(ctx: Context, value: Any) -> Any:
        stay_until_cancelled(ctx)

    graph = using("check:stay", *WIRES, timeout=0.02)

    result = lab.run(graph, {"use.value": 3}, workers)

    assert (result.errors["use"].type, result.errors["use"].message) == (
        "TimedOut",
        "it took longer than its timeout of 0.02 s",
    )


def test_a_use_whose_nodes_do_not_look_at_their_context_is_given_up(lab, monkeypatch, caplog):
    monkeypatch.setattr("animaweave.engine.launches.GRACE_S", 0.02)
    gate = Gate()

    @lab.node(pure=False)
    def stay(value: Any) -> Any:
        gate()
        return value

    graph = using("check:stay", *WIRES, timeout=0.02)
    graph.subgraphs["part"].set_run("check", placement="thread")
    with lab.engine(graph) as engine:
        result = engine.run({"use.value": 3})
        assert "goes on in the background" in result.errors["use"].message
        gate.open()
        assert_nothing_left(engine)


def test_a_use_that_is_bypassed_passes_its_input_on(lab):
    assert lab.run(using("check:fail_at", *WIRES, bypass=True), {"use.value": 3}).outputs == {"use.result": 3}


def test_a_use_that_is_disabled_skips_what_is_behind(lab):
    graph = using("check:fail_at", *WIRES, disabled=True, retry={"attempts": 2})
    fill(graph, "after:need", "use.result after.value")

    assert states(lab.run(graph, {"use.value": 3})) == {"use": "skipped", "after": "skipped"}


AS_CALL = {"retry": {"attempts": 2}}


@pytest.mark.parametrize("run", [{}, AS_CALL], ids=["flat", "call"])
@pytest.mark.parametrize("value", [3, 4])
def test_trigger_done_and_error_of_a_use_are_the_same_however_it_is_run(lab, workers, run, value):
    graph = using("check:fail_at", *WIRES, **run)
    fill(
        graph,
        "switch:switch read:read_error then:nothing closed:nothing",
        *("use.error read.error",),
        controls=("switch.yes use.trigger", "use.done then.trigger"),
    )
    lab.calls.clear()

    opened = lab.run(graph, {"use.value": value, "switch.value": True}, workers)
    shut = lab.run(graph, {"use.value": value, "switch.value": False}, workers)

    assert opened.outputs.get("read.result") == ("use/check: ValueError: 3 is no good" if value == 3 else None)
    assert lab.calls.count("nothing None") == (2 if value == 3 else 3)  # `closed` is in both runs, `then` in one.
    assert shut.outputs == {}
    assert opened.status == shut.status == "success"


@pytest.mark.parametrize("run", [{}, AS_CALL], ids=["flat", "call"])
@pytest.mark.parametrize(("is_wired", "value", "expected"), [(False, False, 1), (True, True, 1), (True, False, None)])
def test_signals_go_into_a_use_however_it_is_run(lab, workers, run, is_wired, value, expected):
    graph = using(
        "gate:control.gate one:one",
        *("one.result gate.value", "gate.value result_out.value", "one.result free_out.value"),
        inputs="go=Signal",
        outputs="result free",
        **run,
    )
    graph.subgraphs["part"].connect_control("go.value", "gate.go")
    fill(graph, "switch:switch", controls=("switch.yes use.go",) if is_wired else ())

    outputs = lab.run(graph, {"switch.value": value}, workers).outputs

    assert outputs.get("use.result") == expected
    assert outputs["use.free"] == 1  # A signal closes what it is wired to, and nothing else.


@pytest.mark.parametrize("run", [{}, AS_CALL], ids=["flat", "call"])
@pytest.mark.parametrize("value", [True, False])
def test_signals_come_out_of_a_use_however_it_is_run(lab, workers, run, value):
    graph = using("switch:switch", "value.value switch.value", outputs="yes=Signal no=Signal", **run)
    graph.subgraphs["part"].connect_control("switch.yes", "yes_out.value")
    graph.subgraphs["part"].connect_control("switch.no", "no_out.value")
    fill(graph, "yes:one no:one", controls=("use.yes yes.trigger", "use.no no.trigger"))

    assert lab.run(graph, {"use.value": value}, workers).outputs.keys() >= {"yes.result" if value else "no.result"}
    assert states(lab.run(graph, {"use.value": value}, workers))["no" if value else "yes"] == "skipped"


# -- nodes with state, generators -------------------------------------------------------------------------------------


def test_nodes_with_state_begin_anew_in_every_item(lab, workers):
    @lab.node
    class count:  # noqa: N801 - the name of the node type
        def __init__(self) -> None:
            self.seen = 0

        def __call__(self, value: Any) -> int:
            self.seen += 1
            return self.seen

    graph = mapping("count:count", "value.value count.value", "count.result result_out.value")

    assert lab.run(graph, {"loop.value": [5, 6, 7]}, workers).outputs == {"loop.result": [1, 1, 1]}


@pytest.mark.parametrize("run", [{}, AS_CALL])
def test_a_node_that_begins_epochs_is_refused_inside_of_one(lab, run):
    @lab.node
    def count() -> Iterator[int]:
        yield from range(3)

    graph = using("count:count", "count.result result_out.value", inputs="", **run)
    if run:
        with pytest.raises(GraphError, match="AW119"):
            lab.compile(graph)
    else:
        with lab.engine(graph) as engine:
            assert [result.outputs for result in engine.stream()] == [{"use.result": n} for n in range(3)]


# -- streams, cancels -------------------------------------------------------------------------------------------------


def test_epochs_of_a_stream_are_in_composites_at_once_and_stay_in_order(lab, workers):
    graph = squares()
    with lab.engine(graph, workers) as engine:
        given = [result.outputs["loop.result"] for result in engine.stream({"loop.value": range(n)} for n in range(40))]
        assert given == [[k * k for k in range(n)] for n in range(40)]
        assert_nothing_left(engine)


def test_a_stream_goes_on_after_items_that_failed(lab, workers):
    with lab.engine(failing(), workers) as engine:
        results = list(engine.stream({"loop.value": [1, n]} for n in range(6)))
        assert [result.status for result in results] == ["success"] * 3 + ["failed"] + ["success"] * 2
        assert_nothing_left(engine)


def test_a_run_is_cancelled_at_any_moment_inside(lab, workers):
    runs: list[Any] = []
    left: list[None] = []

    @lab.node(pure=False)
    def count(value: Any) -> Any:
        try:
            left.pop()
        except IndexError:
            until(lambda: bool(runs))
            runs[0].cancel("enough")
        return value + 1

    with lab.engine(nest(lab, "count"), workers) as engine:
        for moment in range(15):
            left[:] = [None] * moment
            runs[:] = []
            runs.append(engine.submit({"catch.n": [0, 1, 2, 3, 4, 5]}))
            result = runs[0].result(PATIENCE_S)
            assert (result.status, result.reason) == ("cancelled", "enough")
            assert_nothing_left(engine)


def test_a_run_is_cancelled_from_outside_while_it_is_inside(lab, workers):
    begun = threading.Event()

    @lab.node(pure=False)
    def stay(ctx: Context, value: Any) -> Any:
        begun.set()
        stay_until_cancelled(ctx)

    with lab.engine(nest(lab, "stay"), workers) as engine:
        run = engine.submit({"catch.n": [0, 1, 2]})
        assert begun.wait(PATIENCE_S)
        run.cancel("enough")
        result = run.result(PATIENCE_S)
        assert (result.status, result.reason) == ("cancelled", "enough")
        assert_nothing_left(engine)


@pytest.mark.parametrize("placement", ["inline", "thread"])
def test_an_engine_is_closed_while_nodes_inside_do_not_end(lab, placement, caplog):
    gate = Gate()

    @lab.node(pure=False)
    def stay(value: Any) -> Any:
        gate()
        return value + 1

    graph = nest(lab, "stay")
    graph.subgraphs["step"].set_run("x", placement=placement)
    engine = lab.engine(graph)
    run = engine.submit({"catch.n": [0, 1, 2]})
    gate.await_arrival()

    engine.close(grace_s=0.02)
    gate.open()

    assert run.result(PATIENCE_S).status == "cancelled"
    assert_nothing_left(engine)


def test_ctrl_c_inside_cancels_the_run_and_leaves_nothing(lab, workers):
    @lab.node(pure=False)
    def interrupt(value: Any) -> Any:
        raise KeyboardInterrupt

    with lab.engine(nest(lab, "interrupt"), workers) as engine:
        for _ in range(3):
            with pytest.raises(KeyboardInterrupt):
                engine.run({"catch.n": [0, 1, 2]})
            assert_nothing_left(engine)
        assert engine.run({"catch.n": []}).status == "success"


def test_a_stream_that_is_left_leaves_nothing_inside(lab, workers):
    with lab.engine(nest(lab, "bump"), workers) as engine:
        graph_inputs = ({"catch.n": [0, 1, 2]} for _ in range(1000))
        stream = engine.stream(graph_inputs, in_flight=4)
        next(stream)
        stream.close()
        assert_nothing_left(engine)


# -- what users see ---------------------------------------------------------------------------------------------------


def test_logs_and_progress_inside_carry_the_path_of_their_node(lab, workers):
    gate = Gate()

    @lab.node(pure=False)
    def tell(ctx: Context, value: Any) -> Any:
        ctx.log("hello")
        ctx.progress(0.5, "half")
        gate()
        return value

    graph = mapping("tell:tell", "value.value tell.value", "tell.result result_out.value")
    with lab.engine(graph, workers) as engine:
        run = engine.submit({"loop.value": [1]})
        gate.await_arrival()
        assert run.epoch.progress == {"loop/tell": (0.5, "half")}
        assert np.isnan(engine.metrics()["progress"]).all()
        ((plan, rows),) = engine.inner_metrics()
        assert rows["progress"][[node.id for node in plan.nodes].index("loop/tell")] == 0.5
        gate.open()
        assert [(line.node, line.text) for line in run.result(PATIENCE_S).log] == [("loop/tell", "hello")]


def test_figures_of_nodes_inside_come_in_one_row_whatever_thread_ran_them(lab, workers):
    with lab.engine(failing(on_item_error="leave_out"), workers) as engine:
        engine.run({"loop.value": [1, 2, 3, 4, 5, 3]})
        ((plan, rows),) = engine.inner_metrics()
        by_id = dict(zip((node.id for node in plan.nodes), rows, strict=True))
        assert by_id["loop/check"]["runs"] == 6
        assert by_id["loop/check"]["failures"] == 2
        assert by_id["loop/result_out"]["skips"] == 2
        engine.reset_metrics()
        ((_, rows),) = engine.inner_metrics()
        assert not rows["runs"].any()


def test_what_a_sub_graph_takes_adds_up_under_the_path_of_its_use(lab, workers):
    with lab.engine(nest(lab, "bump"), workers) as engine:
        engine.run({"catch.n": [0, 3]})
        rows = by_path([(engine.plan, engine.metrics()), *engine.inner_metrics()])
        sums = totals(rows)
    inside = "catch/each/while"
    assert rows[f"{inside}/x"]["runs"] == 7
    assert sums.keys() == {"catch", "catch/each", inside}
    leaves = [row for path, row in rows.items() if path.startswith("catch/") and path not in sums]
    assert sums["catch"]["runs"] == sum(int(row["runs"]) for row in leaves)
    assert sums["catch"]["total_ns"] == sum(int(row["total_ns"]) for row in leaves) > 0
    assert sums["catch"]["depth_peak"] == max(int(row["depth_peak"]) for row in leaves)


# -- memory -----------------------------------------------------------------------------------------------------------


class Alive:
    """Counts the arrays of a run that are in memory."""

    def __init__(self) -> None:
        self.now = self.peak = 0
        self._lock = threading.RLock()

    def array(self, value: Any) -> Any:
        array = np.full(1000, float(value))
        with self._lock:
            self.now += 1
            self.peak = max(self.peak, self.now)
        weakref.finalize(array, self._gone)
        return array

    def _gone(self) -> None:
        with self._lock:
            self.now -= 1


def test_for_each_over_a_thousand_items_has_only_those_in_memory_that_are_under_way(lab, workers):
    alive = Alive()

    @lab.node
    def big(value: Any) -> Any:
        return alive.array(value)

    @lab.node
    def mean(value: Any) -> float:
        return float(value.mean())

    graph = mapping(
        "big:big mean:mean", "value.value big.value", "big.result mean.value", "mean.result result_out.value"
    )

    result = lab.run(graph, {"loop.value": list(range(1000))}, workers)

    assert result.outputs["loop.result"] == [float(n) for n in range(1000)]
    assert alive.peak <= 2 * workers + 1
    assert alive.now == 0


def test_a_use_frees_what_it_read_once_that_was_read_inside(lab):
    alive = Alive()
    seen: list[int] = []

    @lab.node
    def big(value: Any) -> Any:
        return alive.array(value)

    @lab.node
    def mean(value: Any) -> float:
        return float(value.mean())

    @lab.node(pure=False)
    def look(value: Any) -> Any:
        gc.collect()
        seen.append(alive.now)
        return value

    graph = Graph()
    inside(
        graph, "part", "mean:mean look:look", "value.value mean.value", "mean.result look.value",
        "look.result result_out.value", inputs="value", outputs="result",
    )  # fmt: skip
    graph.add("control.catch", id="use", params={"graph": "part"})
    fill(graph, "big:big", "big.result use.value")

    assert lab.run(graph, {"big.value": 3}).outputs == {"use.result": 3.0}
    assert seen == [0]


def test_bytes_of_what_lies_inside_are_counted(lab):
    engines: list[Engine] = []
    seen: list[int] = []

    @lab.node
    def big(value: Any) -> Any:
        return np.zeros(1000)

    @lab.node(pure=False)
    def look(value: Any) -> Any:
        seen.append(engines[0].live_bytes)
        return 0

    graph = Graph()
    inside(
        graph, "part", "look:look", "value.value look.value", "look.result result_out.value",
        inputs="value", outputs="result",
    )  # fmt: skip
    graph.add("control.catch", id="use", params={"graph": "part"})
    fill(graph, "big:big", "big.result use.value")
    with lab.engine(graph) as engine:
        engines.append(engine)
        result = engine.run({"big.value": 0})
        assert result.status == "success"
        assert seen == [8000]
        assert engine.freed_bytes == 8000
        assert_nothing_left(engine)


# -- errors that are read through the edge ----------------------------------------------------------------------------


def failing_behind_an_edge(**reader: Any) -> Graph:
    """A graph in which a node outside reads the error of a node that fails in a sub-graph."""
    graph = using("check:fail_at", "value.value check.value", "check.error result_out.value")
    fill(graph, "read:read_error", "use.result read.error")
    graph.set_run("read", **reader)
    return graph


def test_an_error_that_a_node_outside_of_the_sub_graph_has_read_is_no_failure_of_the_run(lab, workers):
    assert lab.run(failing_behind_an_edge(), {"use.value": 3}, workers).status == "success"


def test_an_error_that_leaves_the_sub_graph_but_is_read_by_nobody_fails_the_run(lab, workers):
    assert lab.run(failing_behind_an_edge(disabled=True), {"use.value": 3}, workers).status == "failed"
