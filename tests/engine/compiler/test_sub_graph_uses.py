"""Nodes that use a sub-graph, as those who run the graph know them."""

import pytest

import animaweave as aw


@pytest.fixture
def outer():
    graph = aw.Graph("outer")
    calc = graph.add_subgraph("calc")
    calc.add("graph.input", id="p", params={"name": "x", "type": "float", "default": 1.0})
    calc.add("math.add", id="add", b=10.0)
    calc.add("graph.output", id="o", name="sum")
    calc.connect("p.value", "add.a")
    calc.connect("add.result", "o.value")
    graph.add("graph.calc", id="c")
    return graph


def test_their_outputs_and_inputs_have_the_names_of_their_ports(outer):
    assert aw.run(outer).outputs == {"c.sum": 11.0}
    assert aw.run(outer, {"c.x": 3.0}).outputs == {"c.sum": 13.0}


@pytest.mark.parametrize("target", ["c", "c.sum"])
def test_they_can_be_targets(outer, target):
    outer.add("math.constant", id="k")
    assert aw.run(outer, targets=[target]).outputs == {"c.sum": 11.0}


def test_a_disabled_one_runs_nothing_inside(outer):
    outer.set_run("c", disabled=True)
    result = aw.run(outer)
    assert result.outputs == {}
    assert {node.state for node in result.nodes.values()} == {"skipped"}


def test_what_is_set_on_one_and_not_kept_is_said(outer):
    outer.set_run("c", placement="thread")
    (note,) = aw.compile(outer).notes
    assert note.startswith("`placement` and `mode` belong to the nodes inside a sub-graph; not kept on `c`")


def test_sub_graphs_that_multiply_are_refused_in_time():
    graph = aw.Graph("bomb")
    for depth in range(40):
        inner = graph.add_subgraph(f"g{depth}")
        for use in ("a", "b"):
            inner.add(f"graph.g{depth + 1}" if depth < 39 else "math.constant", id=use)
    graph.add("graph.g0", id="fuse")
    with pytest.raises(aw.GraphError, match="with its sub-graphs the graph has over 200,000 nodes"):
        aw.compile(graph)


def test_a_node_behind_a_muted_wire_is_skipped_and_the_rest_runs():
    graph = aw.Graph("muted")
    graph.add("math.constant", id="k", value=2.0)
    graph.add("math.add", id="a")
    graph.add("math.add", id="other", a=1.0, b=1.0)
    graph.connect("k.result", "a.a", muted=True)
    result = aw.run(graph)
    assert result.status == "success"
    assert result.nodes["a"].reason == "the wire to `a` is muted"
    assert result.outputs["other.result"] == 2.0


def test_what_a_node_does_to_a_list_does_not_reach_the_next_run_nor_the_caller():
    nodes = aw.Vessel("lists")

    @nodes.node
    def grow(items: list[int]) -> int:
        items.append(1)
        return len(items)

    registry = aw.Registry()
    registry.add(nodes)
    graph = aw.Graph("lists")
    graph.add("lists.grow", id="n", params={"items": [1, 2, 3]})
    mine = [1]
    with aw.Engine(aw.compile(graph, registry=registry)) as engine:
        assert [engine.run().outputs["n.result"] for _ in range(3)] == [4, 4, 4]
        assert engine.run({"n.items": mine}).outputs["n.result"] == 2
    assert mine == [1]
