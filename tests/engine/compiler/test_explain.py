from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st

from animaweave.engine.compiler.explain import explain
from tests.engine.lab import Lab


def test_order_levels_and_width_are_those_of_the_plan(lab: Lab) -> None:
    graph = lab.graph("a:one b:one sum:plus end:need", "a.result sum.a", "b.result sum.b", "sum.result end.value")

    explanation = explain(lab.compile(graph))

    assert [(node.id, node.level, node.waits) for node in explanation.nodes] == [
        ("a", 0, 0), ("b", 0, 0), ("sum", 1, 2), ("end", 2, 1),
    ]  # fmt: skip
    assert explanation.levels == (2, 1, 1)
    assert (explanation.width, explanation.wires) == (2, 3)
    assert explanation.parallelism == pytest.approx(4 / 3)


@given(wires=st.sets(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=40))
def test_whatever_the_graph_levels_agree_with_the_plan_and_the_longest_way_is_one(wires: set[tuple[int, int]]) -> None:
    lab = Lab()
    graph = lab.graph(" ".join(f"n{number}:gather" for number in range(12)))
    for place, (low, high) in enumerate(sorted(wires)):
        if low < high:
            graph.connect(f"n{low}.result", f"n{high}.items[{place}]")
    plan = lab.compile(graph)

    explanation = explain(plan)

    level = {node.id: node.level for node in explanation.nodes}
    assert (len(explanation.levels), explanation.width) == (plan.levels, plan.width)
    assert [level[node_id] for node_id in explanation.critical_path] == list(range(plan.levels))
    reads = {(node.id, consumer.node) for node in explanation.nodes for r in node.routes for consumer in r.consumers}
    assert all(step in reads for step in zip(explanation.critical_path, explanation.critical_path[1:], strict=False))
    assert all(level[source] < level[target] for source, target in reads)


def test_a_route_names_each_input_and_counts_consumers_and_holds(lab: Lab) -> None:
    graph = lab.graph(
        "a:one all:gather echo:echo",
        *("a.result all.items[0]", "a.result all.items[1]", "a.result echo.value"),
        controls=("a.done echo.trigger",),
    )

    (a, *_) = explain(lab.compile(graph, targets=["a.result", "all", "echo"])).nodes

    data, done = a.routes
    assert sorted(map(str, data.consumers)) == ["all.items[0]", "all.items[1]", "echo.value"]
    assert (data.results, data.references, data.is_control) == (("a.result",), 4, False)
    assert (done.port, [str(consumer) for consumer in done.consumers], done.is_control) == (
        "done", ["echo.trigger"], True,
    )  # fmt: skip


def test_a_wire_on_a_circle_is_feedback_and_adds_no_level(lab: Lab) -> None:
    graph = lab.graph("a:echo b:need", "a.result b.value", "b.result a.value")

    explanation = explain(lab.compile(graph))

    assert explanation.feedback == (("b.result", "a.value"),)
    assert explanation.levels == (1, 1)
    assert explanation.critical_path == ("a", "b")


def test_a_converter_is_shown_as_the_node_that_it_is(lab: Lab) -> None:
    length = Annotated[float, lab.vessel.label("Length")]
    area = Annotated[float, lab.vessel.label("Area")]

    @lab.vessel.converter
    def square(value: length) -> area:
        return value**2

    @lab.node
    def measure() -> length:
        return 3.0

    @lab.node
    def paint(value: area) -> float:
        return value

    explanation = explain(lab.compile(lab.graph("m:measure p:paint", "m.length p.value")))

    (converter,) = explanation.converters
    assert (converter.id, converter.type, converter.level) == ("m.length>lab.square", "lab.square", 1)
    assert explanation.critical_path == ("m", "m.length>lab.square", "p")


def test_what_a_run_must_give_and_may_set_is_told_with_its_type(lab: Lab) -> None:
    graph = lab.graph("size:graph.input sum:plus", "size.value sum.a")
    graph.set_param("size", "type", "int")

    explanation = explain(lab.compile(graph))

    assert {(one.name, one.type, one.is_required) for one in explanation.inputs} == {
        ("size", "int", True), ("sum.b", "int", False),
    }  # fmt: skip


def test_a_node_that_is_left_out_says_why(lab: Lab) -> None:
    graph = lab.graph("a:one", a={"disabled": True})

    (node,) = explain(lab.compile(graph)).nodes

    assert node.skip == "it is disabled"


def test_an_empty_graph_is_explained_too(lab: Lab) -> None:
    explanation = explain(lab.compile(lab.graph("")))

    assert (explanation.nodes, explanation.levels, explanation.critical_path) == ((), (), ())
    assert (explanation.width, explanation.parallelism) == (0, 0.0)
    assert explanation.as_json()["nodes"] == []
