"""`control.for_each`, `while`, `fold` and `catch`: sub-graphs that run item by item, pass after pass, or guarded."""

import threading
from typing import Any

import numpy as np
import pytest

from animaweave.graph.document import Graph
from tests.engine.lab import PATIENCE_S, Gate, Lab, assert_nothing_left, fill
from tests.engine.nests import FedLab, failing, inside, mapping, squares, states


@pytest.fixture
def lab() -> Lab:
    """A vessel to add nodes to."""
    return FedLab()


@pytest.fixture(params=[1, 2, 4])
def workers(request: pytest.FixtureRequest) -> int:
    """How many threads run nodes."""
    return int(request.param)


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


@pytest.mark.parametrize("kind", ["for_each", "catch"])
def test_what_fails_inside_of_a_cancelled_run_is_neither_left_out_nor_caught(lab, kind):
    """Nobody can tell whether it would have failed anyway."""
    gate = Gate()

    @lab.node
    def fail_late(value: Any) -> Any:
        gate()
        raise ValueError("no good")

    graph = mapping("a:fail_late", "value.value a.value", "a.result result_out.value")
    if kind == "catch":
        graph.remove("loop")
        graph.add("control.catch", id="loop", params={"graph": "body"})
    else:
        graph.set_param("loop", "on_item_error", "leave_out")
    with lab.engine(graph) as engine:
        run = engine.submit({"loop.value": [1]})
        gate.await_arrival()
        run.cancel()
        gate.open()

        result = run.result(PATIENCE_S)
        assert (result.status, states(result)) == ("cancelled", {"loop": "cancelled"})
        assert_nothing_left(engine)
