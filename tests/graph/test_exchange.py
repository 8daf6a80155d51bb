"""A selection as text and back."""

import json

import hypothesis
import pytest
from hypothesis import strategies as st

from animaweave.errors import EditError, GraphFileError
from animaweave.graph.document import Graph
from animaweave.graph.exchange import copy, paste
from tests.strategies import Raw, exact, files


@pytest.fixture
def graph() -> Graph:
    """load -> blur -> save, with parameters, settings, looks and a sub-graph."""
    graph = Graph("pictures")
    graph.add("image.load", id="load", path="a.png")
    graph.add("graph.soften", id="blur", sigma=1.0)
    graph.add("image.save", id="save")
    graph.connect("load.image", "blur.image")
    graph.connect("blur.image", "save.image", muted=True)
    graph.connect_control("load.done", "blur.trigger")
    graph.set_run("blur", timeout=5)
    graph.view.move({"load": (0, 0), "blur": (100, 50.5)})
    graph.view.set_collapsed(["blur"])
    graph.view.set_reroutes(graph.wires[0], [(50, 25)])
    graph.add_subgraph("soften").add("image.gaussian")
    graph.add_subgraph("unused")
    graph.requires = {"image": "1", "math": "2"}
    graph.signatures = {"image.load": {"version": 1}, "image.save": {"version": 1}, "image.gaussian": {"version": 3}}
    return graph


def test_a_copied_selection_is_a_graph_file_of_its_nodes_and_what_they_need(graph: Graph) -> None:
    clip = Graph.loads(copy(graph, ["blur", graph.nodes["load"]]))
    assert list(clip.nodes) == ["load", "blur"]
    assert [str(wire) for wire in clip.wires] == ["load.image -> blur.image"]
    assert [str(wire) for wire in clip.controls] == ["load.done -> blur.trigger"]
    assert list(clip.subgraphs) == ["soften"]
    assert clip.requires == {"image": "1"}
    assert clip.signatures == {"image.load": {"version": 1}, "image.gaussian": {"version": 3}}


def test_pasting_keeps_wires_parameters_settings_and_looks_under_fresh_ids(graph: Graph) -> None:
    nodes = paste(graph, copy(graph, graph.nodes), offset=(10, 20))
    assert [node.id for node in nodes] == ["load_2", "blur_2", "save_2"]
    assert [graph.nodes[node.id] for node in nodes] == nodes
    assert dict(nodes[0].params) == {"path": "a.png"}
    assert nodes[1].run.timeout == 5
    assert [str(wire) for wire in graph.wires[2:]] == ["load_2.image -> blur_2.image", "blur_2.image -> save_2.image"]
    assert [wire.muted for wire in graph.wires[2:]] == [False, True]
    assert [str(wire) for wire in graph.controls[1:]] == ["load_2.done -> blur_2.trigger"]
    assert graph.view.position("load_2") == (10, 20)
    assert graph.view.position("blur_2") == (110, 70.5)
    assert graph.view.position("save_2") is None
    assert graph.view.collapsed == {"blur", "blur_2"}
    assert graph.view.reroutes[graph.wires[2].key] == ((60, 45),)


def test_removing_what_was_pasted_undoes_it(graph: Graph) -> None:
    before = graph.dumps()
    removed = graph.remove(*paste(graph, copy(graph, ["load", "blur"])))
    assert graph.dumps() == before
    graph.restore(removed)
    graph.remove("load_2", "blur_2")
    assert graph.dumps() == before


def test_an_equal_sub_graph_is_shared_and_a_different_one_gets_a_fresh_name(graph: Graph) -> None:
    text = copy(graph, ["blur"])
    assert paste(graph, text)[0].type == "graph.soften"
    assert list(graph.subgraphs) == ["soften", "unused"]

    graph.subgraphs["soften"].add("image.load")
    assert paste(graph, text)[0].type == "graph.soften_2"
    assert list(graph.subgraphs) == ["soften", "unused", "soften_2"]
    assert list(graph.subgraphs["soften_2"].nodes) == ["gaussian"]


def test_an_equal_sub_graph_that_uses_a_different_one_is_brought_along() -> None:
    def build(inner_type: str) -> Graph:
        graph = Graph()
        graph.add("graph.outer")
        graph.add_subgraph("outer").add("graph.inner", id="use")
        graph.add_subgraph("inner").add(inner_type)
        return graph

    target = build("math.add")
    assert paste(target, copy(build("math.subtract"), ["outer"]))[0].type == "graph.outer_2"
    assert target.subgraphs["outer_2"].nodes["use"].type == "graph.inner_2"
    assert list(target.subgraphs["inner_2"].nodes) == ["subtract"]
    assert target.subgraphs["outer"].nodes["use"].type == "graph.inner"


def test_sub_graphs_pasted_into_a_sub_graph_lie_beside_it(graph: Graph) -> None:
    other = Graph()
    inner = other.add_subgraph("calc")
    paste(inner, copy(graph, ["blur"]))
    assert list(other.subgraphs) == ["calc", "soften"]
    assert list(inner.nodes) == ["blur"]
    assert copy(inner, ["blur"]) == copy(graph, ["blur"]).replace('"pictures"', '"calc"')
    assert other.signatures == {"image.gaussian": {"version": 3}}
    assert Graph.loads(other.dumps()).dumps() == other.dumps()


def test_a_variadic_input_closes_up_where_its_wires_are_left_behind() -> None:
    graph = Graph()
    for name in ("sum", "a", "b"):
        graph.add("x.y", id=name)
    graph.connect("a.x", "sum.items[0]")
    graph.connect("b.x", "sum.items[1]")
    assert [str(wire) for wire in Graph.loads(copy(graph, ["sum", "b"])).wires] == ["b.x -> sum.items[0]"]
    assert [str(wire) for wire in graph.wires] == ["a.x -> sum.items[0]", "b.x -> sum.items[1]"]


def test_text_that_is_no_graph_is_refused_and_nothing_is_added(graph: Graph) -> None:
    before = graph.dumps()
    with pytest.raises(GraphFileError) as caught:
        paste(graph, "hello")
    assert str(caught.value) == 'clipboard: $: expected a value at line 1, column 1, found "h"'
    assert graph.dumps() == before


def test_a_paste_that_finds_no_room_is_refused(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("animaweave.graph.exchange.MOST_NODES", 5)
    before = graph.dumps()
    with pytest.raises(EditError) as caught:
        paste(graph, copy(graph, graph.nodes))
    assert str(caught.value) == "expected room for 3 nodes, found a graph of 3 that may hold 5; use another"
    assert graph.dumps() == before


def test_a_node_that_is_not_there_cannot_be_copied(graph: Graph) -> None:
    with pytest.raises(EditError) as caught:
        copy(graph, ["blr"])
    assert str(caught.value) == 'expected a node of this graph, found "blr"; did you mean "blur"?'


@hypothesis.given(files(), st.data())
def test_any_selection_arrives_in_an_empty_graph_as_it_was(raw: Raw, data: st.DataObject) -> None:
    graph = Graph.loads(json.dumps(raw))
    before = graph.dumps()
    chosen = data.draw(st.lists(st.sampled_from(list(graph.nodes)), unique=True)) if graph.nodes else []
    text = copy(graph, chosen)
    target = Graph(graph.name)
    paste(target, text)

    assert graph.dumps() == before
    assert copy(target, target.nodes) == text
    for node_id in chosen:
        old, new = graph.nodes[node_id], target.nodes[node_id]
        assert exact(dict(old.params)) == exact(dict(new.params))
        assert (old.type, old.run, dict(old.extra)) == (new.type, new.run, dict(new.extra))


def test_a_subgraph_that_a_parameter_names_comes_along_and_may_get_another_name() -> None:
    source = Graph("source")
    source.add("control.while", id="loop", params={"graph": "step", "test": "goes_on", "limit": 5})
    source.add_subgraph("step").add("control.for_each", id="each", params={"graph": "item"})
    for name in ("goes_on", "item", "unused"):
        source.add_subgraph(name).add(f"math.{name}")
    target = Graph("target")
    target.add_subgraph("item").add("text.item")
    target.add_subgraph("goes_on").add("math.goes_on")

    (node,) = paste(target, copy(source, ["loop"]))

    assert list(target.subgraphs) == ["item", "goes_on", "step", "item_2"]
    assert dict(node.params) == {"graph": "step", "test": "goes_on", "limit": 5}
    assert dict(target.subgraphs["step"].nodes["each"].params) == {"graph": "item_2"}
    assert dict(source.subgraphs["step"].nodes["each"].params) == {"graph": "item"}
