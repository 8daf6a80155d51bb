"""A graph computes the same before and after nodes of it are put into a sub-graph, and one undo takes that back."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import assume, given, reject
from hypothesis import strategies as st

import animaweave as aw
from animaweave.engine.result import Result
from animaweave.errors import EditError
from animaweave.graph.document import Graph
from animaweave.graph.encapsulation import dissolve, encapsulate
from animaweave.graph.history import History
from animaweave.registry.catalogue import RegistryCatalogue
from tests.engine.graphs import Spec, build, declare, specs, weigh
from tests.engine.lab import Lab, fill


@pytest.fixture(scope="module")
def lab() -> Lab:
    made = Lab()
    declare(made)
    return made


def told(result: Result) -> tuple[str, Counter[float], int]:
    """Status, what came out, whatever it is called, and how many nodes failed."""
    return result.status, Counter(weigh(value) for value in result.outputs.values()), len(result.errors)


@given(nodes=specs(), data=st.data())
def test_any_selection_computes_the_same_in_a_sub_graph(lab: Lab, nodes: list[Spec], data: st.DataObject) -> None:
    plain = build(nodes)
    graph = Graph.loads(plain.dumps(), catalogue=RegistryCatalogue(lab.registry))
    ids = data.draw(st.sets(st.sampled_from(list(graph.nodes)), min_size=1))
    before, history = graph.dumps(), History(graph)
    sound = [found for found in aw.check(graph, lab.registry) if found.is_error] == []
    assume(sound)
    first = told(lab.run(graph))
    try:
        history.do(encapsulate(graph, ids))
    except EditError:
        reject()  # Another lies between them.
    assert len(graph.nodes) == len(nodes) - len(ids) + 1
    assert told(lab.run(graph)) == first
    (use,) = (node.id for node in graph.nodes.values() if node.type.startswith("graph."))
    history.do(dissolve(graph, use))
    assert len(graph.nodes) == len(nodes)
    assert not graph.subgraphs
    assert told(lab.run(graph)) == first
    for _ in range(2):
        history.undo()
    assert graph.dumps() == before


def chain(lab: Lab) -> Graph:
    graph = Graph(catalogue=RegistryCatalogue(lab.registry))
    fill(graph, "a:one b:plus c:plus d:plus e:total", "a.result b.a", "b.result c.a", "c.result d.a",
         "b.result e.items[0]", "d.result e.items[1]", "a.result e.items[2]")  # fmt: skip
    for number, node in enumerate("abcde"):
        graph.move(node, 200 * number, 0)
    return graph


def test_ports_are_those_that_wires_cross_and_keep_their_places(lab: Lab) -> None:
    graph = chain(lab)
    graph.set_param("c", "b", 5)
    encapsulate(graph, {"b", "c"}, "sums").apply(graph)
    assert [f"{wire.source} {wire.target}" for wire in graph.wires] == [
        "a.result sums.a", "sums.result d.a", "sums.b_result e.items[0]", "d.result e.items[1]", "a.result e.items[2]",
    ]  # fmt: skip
    assert graph.view.position("sums") == (300, 0)
    inner = graph.subgraphs["sums"]
    assert inner.nodes["c"].params == {"b": 5}
    assert aw.check(graph, lab.registry) == []
    assert lab.run(graph).outputs == {"e.result": 11 + 26 + 1}


def test_names_that_are_taken_get_a_number_and_the_graphs_own_ends_stay_outside(lab: Lab) -> None:
    graph = chain(lab)
    graph.add("graph.output", id="out")
    graph.connect("e.result", "out.value")
    graph.add_subgraph("group")
    encapsulate(graph, {"d", "e", "out"}).apply(graph)
    assert "group_2" in graph.subgraphs
    assert "out" in graph.nodes
    with pytest.raises(EditError, match="found none selected"):
        encapsulate(graph, {"out"})


def test_nodes_with_another_between_them_are_refused_by_its_name(lab: Lab) -> None:
    graph = chain(lab)
    graph.connect_control("a.done", "d.trigger")
    before = graph.dumps()
    with pytest.raises(EditError, match="found c on the way from one to another; select it too"):
        encapsulate(graph, {"b", "d"})
    with pytest.raises(EditError, match="found b, c on the way"):
        encapsulate(graph, {"a", "d"})
    assert graph.dumps() == before


def test_what_has_to_be_wired_and_what_nobody_reads_become_ports(lab: Lab) -> None:
    graph = Graph(catalogue=RegistryCatalogue(lab.registry))
    fill(graph, "n:need p:pair")
    encapsulate(graph, {"n", "p"}, "both").apply(graph)
    use: Any = graph.nodes["both"]
    found = {(one.code, one.port) for one in aw.check(graph, lab.registry)}
    assert (use.type, ("AW107", "value") in found) == ("graph.both", True)
    names = [node.params["name"] for node in graph.subgraphs["both"].nodes.values() if node.type == "graph.output"]
    assert names == ["result", "left", "right"]


def test_a_sub_graph_comes_out_where_it_was_used_with_what_was_set_there(lab: Lab) -> None:
    graph = Graph(catalogue=RegistryCatalogue(lab.registry))
    inner = graph.add_subgraph("sum")
    fill(inner, "in:graph.input p:plus q:plus out:graph.output", "in.value p.a", "in.value q.a", "p.result q.b",
         "q.result out.value")  # fmt: skip
    inner.set_params("in", {"default": 4})
    for name in ("u", "v", "w"):
        graph.add("graph.sum", id=name)
    fill(graph, "a:one e:total", "a.result v.in", "u.out e.items[0]", "v.out e.items[1]", "w.out e.items[2]")
    graph.set_param("u", "in", 2)
    first = lab.run(graph).outputs
    for name in ("u", "v"):
        dissolve(graph, name).apply(graph)
    assert lab.run(graph).outputs == first
    assert (graph.nodes["p"].params, graph.nodes["q"].params) == ({"a": 2}, {"a": 2})
    assert {"p_2", "q_2", "w"} <= graph.nodes.keys()
    assert "sum" in graph.subgraphs, "it is still used"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda graph: graph.set_run("u", timeout=3), "expected no run settings"),
        (
            lambda graph: graph.connect_control("a.done", "u.trigger"),
            "u.trigger: expected a port of the sub-graph itself",
        ),
        (lambda graph: graph.retype("u", "lab.one"), "expected a node that uses a sub-graph, found lab.one"),
    ],
)
def test_what_holds_for_all_of_it_keeps_it_together(lab: Lab, change: Any, said: str) -> None:
    graph = chain(lab)
    encapsulate(graph, {"b", "c"}, "u").apply(graph)
    change(graph)
    before = graph.dumps()
    with pytest.raises(EditError, match=said):
        dissolve(graph, "u")
    assert graph.dumps() == before
