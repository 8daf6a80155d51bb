"""A graph computes the same before and after nodes of it are put into a sub-graph, and one undo takes that back."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import animaweave as aw
from animaweave.engine.result import Result
from animaweave.errors import EditError
from animaweave.graph.document import Graph
from animaweave.graph.encapsulation import encapsulate
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
    history.do(encapsulate(graph, ids))
    assert len(graph.nodes) == len(nodes) - len(ids) + 1
    assert told(lab.run(graph)) == first
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


def test_what_has_to_be_wired_and_what_nobody_reads_become_ports(lab: Lab) -> None:
    graph = Graph(catalogue=RegistryCatalogue(lab.registry))
    fill(graph, "n:need p:pair")
    encapsulate(graph, {"n", "p"}, "both").apply(graph)
    use: Any = graph.nodes["both"]
    found = {(one.code, one.port) for one in aw.check(graph, lab.registry)}
    assert (use.type, ("AW107", "value") in found) == ("graph.both", True)
    names = [node.params["name"] for node in graph.subgraphs["both"].nodes.values() if node.type == "graph.output"]
    assert names == ["result", "left", "right"]
