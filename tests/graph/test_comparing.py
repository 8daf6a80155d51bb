"""Two graphs are compared: what has come, gone, changed, and what only looks otherwise."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from animaweave.graph.comparing import compare
from animaweave.library import Graph


@pytest.fixture
def graph() -> Graph:
    graph = Graph("sums")
    graph.add("math.add", id="one", params={"a": 1})
    graph.add("math.add", id="two")
    graph.connect("one.result", "two.a")
    inner = graph.add_subgraph("calc")
    inner.add("math.add", id="in", params={"a": 3})
    return graph


def said(before: Graph, after: Graph) -> list[str]:
    return [str(change) for change in compare(before, after)]


def test_equal_graphs_have_no_changes(graph: Graph) -> None:
    assert compare(graph, graph.copy()) == []


def test_what_came_went_and_changed_is_said(graph: Graph) -> None:
    after = graph.copy()
    after.remove("two")
    after.add("math.multiply", id="three")
    after.connect("one.result", "three.a")
    after.set_param("one", "a", 2)
    after.set_run("one", timeout=3)
    after.subgraphs["calc"].set_param("in", "a", 4)
    after.add_subgraph("more")
    after.name = "products"
    assert said(graph, after) == [
        'graph name: "sums" → "products"',
        "one.a: 1.0 → 2.0",
        "how it runs: one.timeout is new: 3",
        'node two has gone: "math.add"',
        'node three is new: "math.multiply"',
        "wire one.result -> two.a has gone",
        "wire one.result -> three.a is new",
        "calc/in.a: 3.0 → 4.0",
        "sub-graph more is new",
    ]


def test_the_other_way_round_everything_is_reversed(graph: Graph) -> None:
    after = graph.copy()
    after.remove("two")
    opposite = {"added": "removed", "removed": "added", "changed": "changed"}
    forth, back = compare(graph, after), compare(after, graph)
    assert [(opposite[c.what], c.place, c.after, c.before) for c in forth] == [
        (c.what, c.place, c.before, c.after) for c in back
    ]


def test_looks_are_told_apart(graph: Graph) -> None:
    after = graph.copy()
    after.move("one", 5, 5)
    after.view.set_collapsed({"two"})
    assert all(change.is_looks for change in compare(graph, after))
    assert said(graph, after) == ["one lies elsewhere", "two is collapsed"]


def test_a_muted_wire_is_a_change_and_names_both_nodes(graph: Graph) -> None:
    after = graph.copy()
    after.mute(after.wires[0])
    (change,) = compare(graph, after)
    assert (str(change), change.nodes) == ('wire one.result -> two.a: "not muted" → "muted"', ("one", "two"))


def test_changes_name_their_nodes_with_the_sub_graph(graph: Graph) -> None:
    after = graph.copy()
    after.subgraphs["calc"].set_param("in", "a", 4)
    assert compare(graph, after)[0].nodes == ("calc/in",)


@settings(max_examples=40)
@given(st.lists(st.integers(0, 5), max_size=6), st.lists(st.integers(0, 5), max_size=6))
def test_each_node_that_is_in_one_graph_alone_is_told_once(first: list[int], second: list[int]) -> None:
    graphs = []
    for numbers in (first, second):
        graphs.append(Graph())
        for number in dict.fromkeys(numbers):
            graphs[-1].add("math.add", id=f"n{number}")
    changes = compare(*graphs)
    assert {c.place for c in changes if c.what == "removed"} == {f"n{n}" for n in set(first) - set(second)}
    assert {c.place for c in changes if c.what == "added"} == {f"n{n}" for n in set(second) - set(first)}
