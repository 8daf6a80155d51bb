"""Nodes that run a sub-graph: for each item, pass after pass, with failures caught, or as a whole that is retried."""

import gc
import threading
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from animaweave.authoring import Context
from animaweave.checking.checker import check
from animaweave.engine.compiler.plan import Plan
from animaweave.engine.engine import Engine
from animaweave.engine.observe.inside import by_path, totals
from animaweave.engine.result import Result
from animaweave.errors import GraphError
from animaweave.graph.document import Graph
from tests.engine.lab import PATIENCE_S, Gate, Lab, assert_nothing_left, fill, stay_until_cancelled, until


class FedLab(Lab):
    """A lab whose graphs get an input for whatever a node needs and nothing is wired to, under the port's name."""

    def compile(self, graph: Graph, **how: Any) -> Plan:
        for number, finding in enumerate(check(graph, self.registry)):
            if finding.code == "AW107" and finding.node in graph.nodes:
                port = f"{finding.node}.{finding.port}"
                graph.add("graph.input", id=f"fed_{number}", params={"name": port})
                graph.connect(f"fed_{number}.value", port)
        return super().compile(graph, **how)


def states(result: Result) -> dict[str, str]:
    """What became of each node but those inputs."""
    return {node_id: node.state for node_id, node in result.nodes.items() if not node_id.startswith("fed")}


@pytest.fixture
def lab() -> Lab:
    """A vessel to add nodes to."""
    return FedLab()


@pytest.fixture(params=[1, 2, 4])
def workers(request: pytest.FixtureRequest) -> int:
    """How many threads run nodes."""
    return int(request.param)


@pytest.fixture(autouse=True)
def numbers(lab: Lab) -> None:
    """Nodes on numbers."""

    @lab.node
    def square(value: Any) -> Any:
        return value * value

    @lab.node
    def fail_at(value: Any, at: Any = 3) -> Any:
        if value == at:
            raise ValueError(f"{value} is no good")
        return value

    @lab.node
    def less(value: Any, than: Any = 5) -> bool:
        return bool(value < than)

    @lab.node
    def add(a: Any, b: Any = 1) -> Any:
        return a + b

    @lab.node
    def bump(value: Any) -> Any:
        return value + 1


def inside(graph: Graph, name: str, nodes: str, *wires: str, inputs: str = "", outputs: str = "", **how: Any) -> Graph:
    """Add a sub-graph.

    Args:
        inputs: Names of its inputs; `name=Signal` gives a type.
        outputs: The same for its outputs.
    """
    inner = graph.add_subgraph(name)
    for kind, words in (("input", inputs), ("output", outputs)):
        for word in words.split():
            port, _, hint = word.partition("=")
            node_id = port if kind == "input" else f"{port}_out"
            inner.add(f"graph.{kind}", id=node_id, params={"name": port, **({"type": hint} if hint else {})})
    fill(inner, nodes, *wires, **how)
    return inner


def mapping(nodes: str, *wires: str, **params: Any) -> Graph:
    """A graph whose node `loop` runs a sub-graph, with input `value` and output `result`, for every item."""
    graph = Graph()
    inside(graph, "body", nodes, *wires, inputs="value", outputs="result")
    graph.add("control.for_each", id="loop", params={"graph": "body", **params})
    return graph


def squares(**params: Any) -> Graph:
    return mapping("square:square", "value.value square.value", "square.result result_out.value", **params)


def failing(**params: Any) -> Graph:
    return mapping("check:fail_at", "value.value check.value", "check.result result_out.value", **params)


# -- for each ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([], []),
        ([3], [9]),
        (list(range(50)), [n * n for n in range(50)]),
        ((1, 2), [1, 4]),
        (np.arange(4), [0, 1, 4, 9]),
        (range(3), [0, 1, 4]),
    ],
)
def test_for_each_keeps_the_order_of_what_has_items(lab, workers, items, expected):
    result = lab.run(squares(), {"loop.value": items}, workers)

    assert result.outputs == {"loop.result": expected}
    assert result.status == "success"


def test_an_array_hands_over_its_rows_and_a_vector_plain_numbers(lab, workers):
    kinds: list[str] = []

    @lab.node(pure=False)
    def note(value: Any) -> Any:
        kinds.append(type(value).__name__)
        return value

    graph = mapping("note:note", "value.value note.value", "note.result result_out.value")

    rows = lab.run(graph, {"loop.value": np.ones((2, 3))}, workers).outputs["loop.result"]
    lab.run(graph, {"loop.value": np.array([0.5])}, workers)

    assert kinds == ["ndarray", "ndarray", "float"]
    assert [row.shape for row in rows] == [(3,), (3,)]


@pytest.mark.parametrize("value", ["text", b"bytes", {"a": 1}, 7, None, np.array(3.0)])
def test_for_each_takes_nothing_but_lists(lab, value):
    result = lab.run(squares(), {"loop.value": value})

    assert result.errors["loop"].message == f"`value` takes a list; found a {type(value).__name__}"


def test_items_run_at_once(lab, workers):
    meeting = threading.Barrier(workers)

    @lab.node(pure=False)
    def meet(value: Any) -> str:
        meeting.wait(PATIENCE_S)
        return threading.current_thread().name

    graph = mapping("meet:meet", "value.value meet.value", "meet.result result_out.value")

    names = lab.run(graph, {"loop.value": list(range(workers))}, workers).outputs["loop.result"]

    assert len(set(names)) == workers


def test_passes_of_a_loop_in_one_item_do_not_wait_for_those_in_another(lab):
    meeting = threading.Barrier(2)

    @lab.node(pure=False)
    def meet(value: Any) -> Any:
        meeting.wait(PATIENCE_S)
        return value + 1

    graph = Graph()
    inside(graph, "step", "meet:meet", "n.value meet.value", "meet.result n_out.value", inputs="n", outputs="n")
    inside(graph, "test", "less:less", "n.value less.value", "less.result go_out.value", inputs="n", outputs="go")
    body = inside(graph, "body", "", inputs="n", outputs="n")
    body.add("control.while", id="loop", params={"graph": "step", "test": "test"})
    body.connect("n.value", "loop.n")
    body.connect("loop.n", "n_out.value")
    graph.add("control.for_each", id="all", params={"graph": "body"})

    assert lab.run(graph, {"all.n": [0, 0]}, 2).outputs == {"all.n": [5, 5]}


def test_for_each_in_for_each(lab, workers):
    graph = squares()
    outer = inside(graph, "rows", "", inputs="row", outputs="row")
    outer.add("control.for_each", id="items", params={"graph": "body"})
    outer.connect("row.value", "items.value")
    outer.connect("items.result", "row_out.value")
    graph.add("control.for_each", id="table", params={"graph": "rows"})
    graph.set_run("loop", disabled=True)

    result = lab.run(graph, {"table.row": [[1, 2], [], [3]], "loop.value": []}, workers)

    assert result.outputs == {"table.row": [[1, 4], [], [9]]}


@pytest.fixture
def sums() -> Graph:
    graph = Graph()
    inside(
        graph,
        "sum",
        "add:add",
        "a.value add.a",
        "b.value add.b",
        "add.result sum_out.value",
        inputs="a b",
        outputs="sum",
    )
    graph.add("control.for_each", id="loop", params={"graph": "sum", "over": "a, b"})
    return graph


def test_several_lists_go_side_by_side(lab, workers, sums):
    assert lab.run(sums, {"loop.a": [1, 2], "loop.b": [10, 20]}, workers).outputs == {"loop.sum": [11, 22]}


def test_lists_of_unequal_lengths_fail_the_node(lab, sums):
    result = lab.run(sums, {"loop.a": [1, 2], "loop.b": [10]})

    assert result.errors["loop"].message == "its lists differ in length: `a` has 2, `b` has 1"


def test_an_input_that_is_no_list_comes_to_every_item(lab, workers, sums):
    sums.set_param("loop", "over", "a")

    assert lab.run(sums, {"loop.a": [1, 2], "loop.b": 10}, workers).outputs == {"loop.sum": [11, 12]}


def test_an_item_that_fails_fails_the_whole_and_tells_which(lab, workers):
    result = lab.run(failing(), {"loop.value": [1, 2, 3, 4]}, workers)

    error = result.errors["loop"]
    assert (error.node, error.message) == ("loop/check", "item 2: 3 is no good")
    assert states(result) == {"loop": "failed"}
    assert result.status == "failed"


def test_no_item_begins_after_one_has_failed(lab):
    begun: list[int] = []

    @lab.node(pure=False)
    def note(value: Any) -> Any:
        begun.append(value)
        if not value:
            raise ValueError("no good")

    graph = mapping("note:note", "value.value note.value", "note.result result_out.value")
    lab.run(graph, {"loop.value": list(range(1000))}, 1)

    assert len(begun) < 5


@pytest.mark.parametrize("items", [[1, 3, 2, 3], [3], [3, 3, 1]])
def test_items_that_fail_may_be_left_out(lab, workers, items):
    result = lab.run(failing(on_item_error="leave_out"), {"loop.value": items}, workers)

    assert result.outputs == {"loop.result": [item for item in items if item != 3]}
    assert result.status == "success"


def test_an_item_that_gives_nothing_is_left_out_of_the_list(lab, workers):
    graph = mapping(
        "less:less switch:switch gate:control.gate",
        *(
            "value.value less.value",
            "less.result switch.value",
            "value.value gate.value",
            "gate.value result_out.value",
        ),
    )
    graph.subgraphs["body"].connect_control("switch.yes", "gate.go")

    assert lab.run(graph, {"loop.value": [7, 1, 9, 4]}, workers).outputs == {"loop.result": [1, 4]}


# -- while, fold ------------------------------------------------------------------------------------------------------


def counting(**params: Any) -> Graph:
    """A graph whose node `loop` counts `n` up to 5."""
    graph = Graph()
    inside(graph, "step", "add:add", "n.value add.a", "add.result n_out.value", inputs="n", outputs="n")
    inside(graph, "test", "less:less", "n.value less.value", "less.result go_out.value", inputs="n", outputs="go")
    graph.add("control.while", id="loop", params={"graph": "step", "test": "test", **params})
    return graph


@pytest.mark.parametrize(("start", "end"), [(0, 5), (4, 5), (5, 5), (9, 9)])
def test_while_asks_its_test_before_each_pass(lab, workers, start, end):
    assert lab.run(counting(), {"loop.n": start}, workers).outputs == {"loop.n": end}


def test_what_only_a_pass_gives_is_absent_after_none(lab):
    graph = counting()
    graph.subgraphs["step"].add("graph.output", id="extra")
    graph.subgraphs["step"].connect("add.result", "extra.value")

    assert lab.run(graph, {"loop.n": 4}).outputs == {"loop.n": 5, "loop.extra": 5}
    assert lab.run(graph, {"loop.n": 5}).outputs == {"loop.n": 5}


def test_while_without_a_test_goes_on_as_long_as_again_says(lab, workers):
    graph = Graph()
    inside(
        graph,
        "step",
        "add:add less:less",
        *("n.value add.a", "add.result n_out.value", "add.result less.value", "less.result again_out.value"),
        inputs="n",
        outputs="n again",
    )
    graph.add("control.while", id="loop", params={"graph": "step"})

    assert lab.run(graph, {"loop.n": 0}, workers).outputs == {"loop.n": 5}
    assert lab.run(graph, {"loop.n": 9}, workers).outputs == {"loop.n": 10}


@pytest.mark.parametrize(("limit", "status"), [(5, "success"), (4, "failed")])
def test_while_fails_beyond_its_limit(lab, limit, status):
    result = lab.run(counting(limit=limit), {"loop.n": 0})

    assert result.status == status
    if status == "failed":
        assert result.errors["loop"].message == (
            "it has not come to an end within 4 passes; raise `limit` if it needs more"
        )


def test_a_pass_that_fails_fails_the_loop_and_tells_which(lab):
    graph = counting()
    step = graph.subgraphs["step"]
    fill(step, "check:fail_at", "n.value check.value")

    error = lab.run(graph, {"loop.n": 1}).errors["loop"]

    assert (error.node, error.message) == ("loop/check", "pass 3: 3 is no good")


def folding() -> Graph:
    graph = Graph()
    inside(
        graph,
        "sum",
        "add:add",
        *("total.value add.a", "item.value add.b", "add.result total_out.value", "item.value item_out.value"),
        inputs="total item other",
        outputs="total item other",
    )
    graph.subgraphs["sum"].connect("other.value", "other_out.value")
    graph.add("control.fold", id="loop", params={"graph": "sum"})
    return graph


def test_fold_carries_its_state_from_item_to_item(lab, workers):
    result = lab.run(folding(), {"loop.total": 100, "loop.item": [1, 2, 3], "loop.other": "x"}, workers)

    assert result.outputs == {"loop.total": 106, "loop.item": 3, "loop.other": "x"}


def test_fold_over_nothing_gives_the_state_that_it_began_with(lab):
    result = lab.run(folding(), {"loop.total": 100, "loop.item": [], "loop.other": "x"})

    assert result.outputs == {"loop.total": 100}


def test_a_state_that_a_pass_does_not_give_stays_as_it_was(lab):
    graph = Graph()
    inside(
        graph,
        "least",
        "less:less switch:switch gate:control.gate",
        *("item.value less.value", "least.value less.than", "less.result switch.value", "item.value gate.value"),
        "gate.value least_out.value",
        inputs="least item",
        outputs="least",
        controls=("switch.yes gate.go",),
    )
    graph.add("control.fold", id="loop", params={"graph": "least"})

    assert lab.run(graph, {"loop.least": 9, "loop.item": [7, 8, 3, 5]}).outputs == {"loop.least": 3}


# -- catch ------------------------------------------------------------------------------------------------------------


def catching() -> Graph:
    graph = Graph()
    inside(
        graph,
        "risky",
        "check:fail_at twice:add",
        *("value.value check.value", "check.result result_out.value", "value.value twice.a", "value.value twice.b"),
        "twice.result twice_out.value",
        inputs="value",
        outputs="result twice",
    )
    graph.add("control.catch", id="catch", params={"graph": "risky"})
    return graph


def test_catch_gives_what_its_sub_graph_gives(lab, workers):
    result = lab.run(catching(), {"catch.value": 2}, workers)

    assert result.outputs == {"catch.result": 2, "catch.twice": 4}
    assert result.status == "success"


def test_catch_handles_a_failure_and_gives_the_error_alone(lab, workers):
    graph = catching()
    fill(graph, "read:read_error need:need", "catch.error read.error", "catch.result need.value")

    result = lab.run(graph, {"catch.value": 3}, workers)

    assert result.outputs == {"read.result": "catch/check: ValueError: 3 is no good"}
    assert result.status == "success"
    assert result.errors == {}
    assert states(result) == {"catch": "completed", "read": "completed", "need": "skipped"}


def test_catch_tells_of_the_first_of_several_failures(lab, workers):
    graph = Graph()
    inside(graph, "risky", "one:fail other:fail")
    graph.add("control.catch", id="catch", params={"graph": "risky"})
    fill(graph, "read:read_error", "catch.error read.error")

    assert lab.run(graph, None, workers).outputs == {"read.result": "catch/one: ValueError: no good"}


def test_catch_in_for_each_saves_the_other_items(lab, workers):
    graph = catching()
    graph.set_run("catch", disabled=True)
    body = inside(graph, "body", "", inputs="value", outputs="result error")
    body.add("control.catch", id="catch", params={"graph": "risky"})
    for wire in ("value.value catch.value", "catch.result result_out.value", "catch.error error_out.value"):
        body.connect(*wire.split())
    graph.add("control.for_each", id="loop", params={"graph": "body"})

    result = lab.run(graph, {"loop.value": [1, 3, 4], "catch.value": 0}, workers)

    assert result.outputs["loop.result"] == [1, 4]
    (error,) = result.outputs["loop.error"]
    assert (error.node, error.message) == ("loop/catch/check", "3 is no good")


def test_a_failure_that_is_to_stop_the_run_stops_it_even_where_it_would_be_caught(lab, workers):
    graph = catching()
    graph.subgraphs["risky"].set_run("check", on_error="stop")

    result = lab.run(graph, {"catch.value": 3}, workers)

    assert result.status == "failed"
    assert result.errors["catch"].message == "3 is no good"
    assert "catch/check" in result.reason


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


def nest(lab: Lab, node: str) -> Graph:
    """A graph with a node in a pass in an item in a caught part."""
    graph = Graph()
    inside(graph, "step", f"x:{node}", "n.value x.value", "x.result n_out.value", inputs="n", outputs="n")
    inside(graph, "test", "less:less", "n.value less.value", "less.result go_out.value", inputs="n", outputs="go")
    item = inside(graph, "item", "", inputs="n", outputs="n")
    item.add("control.while", id="while", params={"graph": "step", "test": "test"})
    part = inside(graph, "part", "", inputs="n", outputs="n")
    part.add("control.for_each", id="each", params={"graph": "item"})
    graph.add("control.catch", id="catch", params={"graph": "part"})
    for inner, node_id in ((item, "while"), (part, "each")):
        inner.connect("n.value", f"{node_id}.n")
        inner.connect(f"{node_id}.n", "n_out.value")
    return graph


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
