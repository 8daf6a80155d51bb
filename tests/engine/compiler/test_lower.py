"""From a network to a plan: converters, order, slots, counts, names."""

from typing import Annotated, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from animaweave.authoring import Signal
from animaweave.engine.compiler.order import topological
from animaweave.engine.compiler.plan import FULL, QUICK
from animaweave.errors import GraphError
from animaweave.graph.document import Graph
from tests.engine.lab import Lab, fill, states


@pytest.fixture
def lengths(lab: Lab) -> Lab:
    """A lab with labels, and converters from length to area and on to cost."""
    length = Annotated[float, lab.vessel.label("Length")]
    area = Annotated[float, lab.vessel.label("Area")]
    cost = Annotated[float, lab.vessel.label("Cost")]

    @lab.vessel.converter
    def square(value: length) -> area:
        lab.calls.append("square")
        if value < 0:
            raise ValueError("a length is not negative")
        return value**2

    @lab.vessel.converter
    def price(value: area) -> cost:
        lab.calls.append("price")
        return 2 * value

    @lab.node
    def measure(value: float = 3.0) -> length:
        return value

    @lab.node
    def paint(value: area) -> float:
        return value

    @lab.node
    def pay(value: cost) -> float:
        return value

    @lab.node
    def whole(value: int) -> int:
        return value

    return lab


# ---------------------------------------------------------------- converters


def test_a_converter_on_a_wire_is_a_node_of_the_plan(lengths: Lab) -> None:
    graph = lengths.graph("m:measure p:paint", "m.length p.value")

    plan = lengths.compile(graph)
    result = lengths.run(graph)

    assert [(node.id, node.is_converter) for node in plan.nodes] == [
        ("m", False), ("m.length>lab.square", True), ("p", False),
    ]  # fmt: skip
    assert plan.nodes[1].type == "lab.square"
    assert result.outputs == {"p.result": 9.0}
    assert list(result.nodes) == ["m", "p"]


def test_a_converter_is_put_in_once_for_all_wires_from_an_output(lengths: Lab) -> None:
    graph = lengths.graph(
        "m:measure p1:paint p2:paint c1:pay c2:pay other:measure p3:paint",
        *("m.length p1.value", "m.length p2.value", "m.length c1.value", "m.length c2.value", "other.length p3.value"),
    )

    plan = lengths.compile(graph)
    result = lengths.run(graph)

    assert sorted(node.id for node in plan.nodes if node.is_converter) == [
        "m.length>lab.square", "m.length>lab.square.result>lab.price", "other.length>lab.square",
    ]  # fmt: skip
    assert sorted(lengths.calls) == ["price", "square", "square"]
    assert result.outputs == {
        "p1.result": 9.0,
        "p2.result": 9.0,
        "c1.result": 18.0,
        "c2.result": 18.0,
        "p3.result": 9.0,
    }


def test_a_converter_that_fails_is_named_and_skips_what_is_behind(lengths: Lab) -> None:
    graph = lengths.graph("m:measure p:paint other:one", "m.length p.value")
    graph.set_param("m", "value", -1.0)

    result = lengths.run(graph)

    assert states(result) == {"m": "completed", "m.length>lab.square": "failed", "p": "skipped", "other": "completed"}
    assert result.nodes["p"].reason == "upstream `m.length>lab.square` failed"
    assert result.errors["m.length>lab.square"].message == "a length is not negative"


def test_an_output_that_is_converted_is_no_result(lengths: Lab) -> None:
    assert list(lengths.run(lengths.graph("m:measure p:paint", "m.length p.value")).outputs) == ["p.result"]


def test_a_value_on_a_checked_wire_is_looked_at(lengths: Lab) -> None:
    graph = lengths.graph("any:echo w:whole", "any.result w.value")

    graph.set_param("any", "value", 3)
    assert lengths.run(graph).outputs == {"w.result": 3}
    graph.set_param("any", "value", "three")
    result = lengths.run(graph)
    assert str(result.errors["w"]).startswith("ValueMismatch: expected a whole number, found ")


# ---------------------------------------------------------------- order, slots


def test_nodes_stand_in_an_order_in_which_they_can_run(lab: Lab) -> None:
    graph = lab.graph(
        "c:need b:need a:one d:one", "b.result c.value", "a.result b.value", controls=("c.done d.trigger",)
    )

    plan = lab.compile(graph)

    assert [node.id for node in plan.nodes] == ["a", "b", "c", "d"]
    assert (plan.levels, plan.width) == (4, 1)
    assert plan.start == (0,)
    assert plan.pending == (0, 1, 1, 1)


@given(
    st.integers(1, 12).flatmap(
        lambda n: st.tuples(st.just(n), st.sets(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1))))
    )
)
def test_an_order_has_all_that_is_before_a_node_before_it(graph: tuple[int, set[tuple[int, int]]]) -> None:
    count, edges = graph
    follow: list[list[int]] = [[] for _ in range(count)]
    for source, target in edges:
        follow[source].append(target)

    order, levels = topological(follow)

    place = {node: index for index, node in enumerate(order)}
    level = dict(zip(order, levels, strict=True))
    for node, on in level.items():
        assert on == max((level[source] + 1 for source, target in edges if target == node), default=0)
    for source, target in edges:
        if target in place:
            assert place[source] < place[target]
    left = set(range(count)) - set(place)
    assert all(any((source, target) in edges for source in left) for target in left), "each waits for another left out"


def test_a_plain_node_takes_the_short_way_and_others_the_full_one(lab: Lab) -> None:
    graph = lab.graph(
        "plain:echo retried:echo gated:one read:fail reader:read_error pair:pair nothing:nothing many:total",
        *("read.error reader.error", "plain.result many.items[0]", "plain.result many.items[1]"),
        controls=("plain.done gated.trigger",),
        retried={"retry": {"attempts": 2}},
    )
    plan = lab.compile(graph)
    stages = dict(zip([node.id for node in plan.nodes], plan.stages, strict=True))

    assert [name for name, stage in stages.items() if stage == QUICK] == ["reader", "many"] or [
        name for name, stage in stages.items() if stage == QUICK
    ] == ["many", "reader"]
    assert stages["plain"] == FULL, "its `done` is wired"


def test_references_count_readers_and_results(lab: Lab) -> None:
    graph = lab.graph("a:one b:total c:need", "a.result b.items[0]", "a.result b.items[1]", "a.result c.value")
    plan = lab.compile(graph)
    references = {producer: plan.references[slot] for slot, producer in enumerate(plan.producers) if producer}
    index = {node.id: number for number, node in enumerate(plan.nodes)}

    assert references == {(index["a"], "result"): 3, (index["b"], "result"): 1, (index["c"], "result"): 1}


def test_a_plan_says_what_its_nodes_do_beside_computing(lab: Lab) -> None:
    @lab.node(effects={"network", "write-files"})
    def send() -> int:
        return 1

    graph = lab.graph("a:send b:send off:send c:one", off={"disabled": True})

    assert lab.compile(graph).effects == {"network": ("a", "b"), "write-files": ("a", "b")}


# ---------------------------------------------------------------- what comes out


def test_declared_outputs_are_the_only_ones(lab: Lab) -> None:
    graph = lab.graph("a:one b:pair out:graph.output named:graph.output", "a.result out.value", "a.result named.value")
    graph.set_param("named", "name", "the number")

    assert lab.run(graph).outputs == {"out": 1, "the number": 1}


def test_without_declared_outputs_those_that_nobody_reads_are_given(lab: Lab) -> None:
    graph = lab.graph("a:one p:pair c:need bad:fail", "a.result p.value", "p.left c.value", "a.result bad.value")

    assert lab.run(graph).outputs == {"p.right": -1, "c.result": 1}


def test_an_output_may_be_given_under_two_names(lab: Lab) -> None:
    @lab.node
    def array() -> np.ndarray:
        return np.arange(3)

    graph = lab.graph("a:array x:graph.output y:graph.output", "a.result x.value", "a.result y.value")

    outputs = lab.run(graph).outputs

    assert outputs["x"].tolist() == outputs["y"].tolist() == [0, 1, 2]


def test_an_unread_error_is_no_output(lab: Lab) -> None:
    assert lab.run(lab.graph("bad:fail")).outputs == {}


# ---------------------------------------------------------------- inputs that come as they are


def test_arrays_that_the_caller_gives_are_read_only_in_nodes(lab: Lab) -> None:
    @lab.node
    def scribble(value: np.ndarray) -> int:
        value[0] = 1
        return 1

    graph = lab.graph("x:graph.input a:scribble b:scribble", "x.value a.value")
    graph.set_param("b", "value", [1, 2, 3])
    mine, own = np.zeros(3), np.zeros(3)

    result = lab.run(graph, {"x": mine, "b.value": own})

    assert {node: error.message for node, error in result.errors.items()} == dict.fromkeys(
        "ab", "assignment destination is read-only"
    )
    assert mine.tolist() == own.tolist() == [0, 0, 0]
    assert mine.flags.writeable


# ---------------------------------------------------------------- sub-graphs


def nested(lab: Lab) -> Graph:
    """`outer` uses `twice`, which uses `plus_ten` two times."""
    graph = Graph()
    inner = graph.add_subgraph("plus_ten")
    fill(inner, "x:graph.input add:plus y:graph.output", "x.value add.a", "add.result y.value")
    inner.set_param("x", "default", 1)
    twice = graph.add_subgraph("twice")
    fill(twice, "x:graph.input f:graph.plus_ten g:graph.plus_ten out:graph.output")
    for wire in ("x.value f.x", "f.y g.x", "g.y out.value"):
        twice.connect(*wire.split())
    twice.set_param("out", "name", "sum")
    twice.set_param("x", "default", 5)
    fill(graph, "t:graph.twice u:graph.twice", "t.sum u.x")
    return graph


def test_nested_sub_graphs_become_flat(lab: Lab) -> None:
    graph = nested(lab)

    plan = lab.compile(graph)
    result = lab.run(graph)

    uses = [
        f"{use}/{inner}" for use in ("t", "u") for inner in ("f/add", "f/x", "f/y", "g/add", "g/x", "g/y", "out", "x")
    ]
    assert sorted(node.id for node in plan.nodes) == sorted(uses)
    assert result.outputs == {"u.sum": 45}
    assert set(result.nodes) == set(uses)


def test_defaults_go_through_boundaries(lab: Lab) -> None:
    graph = nested(lab)
    assert lab.run(graph).outputs == {"u.sum": 5 + 20 + 20}
    graph.set_param("t", "x", 100)
    assert lab.run(graph).outputs == {"u.sum": 100 + 20 + 20}
    assert lab.run(graph, {"t.x": 0}).outputs == {"u.sum": 40}
    assert lab.run(graph, {"t/f/add.b": 0}).outputs == {"u.sum": 130}


def test_what_stays_absent_outside_takes_the_default_inside(lab: Lab) -> None:
    graph = nested(lab)
    fill(graph, "s:switch off:one", "off.result t.x", controls=("s.no off.trigger",))

    assert lab.run(graph).outputs["u.sum"] == 45


def test_a_failure_outside_takes_no_default_inside(lab: Lab) -> None:
    graph = nested(lab)
    fill(graph, "bad:fail", "bad.result t.x")

    result = lab.run(graph)

    assert result.outputs == {}
    assert {result.nodes[node].state for node in result.nodes if node != "bad"} == {"skipped"}


def test_an_error_inside_is_told_under_its_path(lab: Lab) -> None:
    graph = Graph()
    inner = graph.add_subgraph("calc")
    fill(inner, "bad:fail y:graph.output", "bad.result y.value")
    fill(graph, "c:graph.calc end:need", "c.y end.value")

    result = lab.run(graph)

    assert list(result.errors) == ["c/bad"]
    assert result.nodes["end"].reason == "upstream `c/bad` failed"


def test_a_sub_graph_on_a_circle_through_its_optional_input_runs(lab: Lab) -> None:
    graph = nested(lab)
    graph.connect("u.sum", "t.x")

    assert set(states(lab.run(graph)).values()) == {"completed"}


def test_a_sub_graph_that_uses_itself_is_refused(lab: Lab) -> None:
    graph = Graph()
    inner = graph.add_subgraph("calc")
    fill(inner, "again:graph.calc s:switch", controls=())
    fill(graph, "c:graph.calc")

    with pytest.raises(GraphError, match="calc"):
        lab.compile(graph)


# ---------------------------------------------------------------- control ports that do not run yet


def test_a_node_whose_own_control_input_is_not_wired_is_skipped(lab: Lab) -> None:
    @lab.node
    def gate(go: Signal, value: Any = 1) -> Any:
        return value

    result = lab.run(lab.graph("a:gate b:one"))

    assert states(result) == {"a": "skipped", "b": "completed"}
    assert result.nodes["a"].reason == "nothing is wired to its control input `go`"


# ---------------------------------------------------------------- circles


def test_a_circle_of_required_wires_is_refused_with_its_nodes(lab: Lab) -> None:
    graph = lab.graph("a:need b:need c:one", "a.result b.value", "b.result a.value")

    with pytest.raises(GraphError) as caught:
        lab.compile(graph)

    assert "`a` → `b` → `a`" in str(caught.value)


def test_a_circle_of_control_wires_is_refused(lab: Lab) -> None:
    with pytest.raises(GraphError, match="wait for one another"):
        lab.compile(lab.graph("a:one b:one", controls=("a.done b.trigger", "b.done a.trigger")))


def test_a_node_that_feeds_itself_gets_nothing_from_itself(lab: Lab) -> None:
    graph = lab.graph("a:plus", "a.result a.b")

    assert states(lab.run(graph)) == {"a": "completed"}
