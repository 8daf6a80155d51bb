"""Every edit can be undone and redone to the byte, whatever came before it."""

import json

import hypothesis
import pytest
from hypothesis import strategies as st

from animaweave.errors import EditError, GraphFileError
from animaweave.graph import document, exchange
from animaweave.graph.edits import (
    AddNode,
    Connect,
    Disconnect,
    Edit,
    MoveNodes,
    RemoveNodes,
    RenameNode,
    SetParam,
    SetParams,
    SetRun,
    Together,
    UnsetParam,
)
from animaweave.graph.history import History
from animaweave.graph.pasting import Duplicate, Paste
from animaweave.graph.run_settings import Retry, RunSettings
from animaweave.graph.view import Bookmark, Frame, Note
from animaweave.graph.view_edits import LeadWire, MuteWire, SetBookmarks, SetCollapsed, SetFrames, SetNotes
from animaweave.graph.wire import PortRef
from animaweave.library import Graph
from tests import strategies as files

TYPES = ["math.add", "text.join", "graph.output", "no.such", "graph.calc"]
PORTS = ["a", "b", "texts", "result", "text", "value", "done", "trigger", "größe"]
SUBGRAPH = '{"format": "animaweave/graph", "version": 1, "nodes": {"in": {"type": "graph.input"}}}'


def clips() -> list[str]:
    """What may lie on the clipboard: plain nodes, one with a sub-graph, and no graph at all."""
    outer = Graph("clip")
    outer.add_subgraph("calc", Graph.loads(SUBGRAPH))
    outer.add("graph.calc")
    outer.add("math.add", id="gone", a=1.5)
    outer.connect("calc.done", "gone.trigger")
    outer.move("gone", 5, 6)
    return [outer.dumps(), "no graph", SUBGRAPH]


CLIPS = clips()


@st.composite
def edits(draw: st.DrawFn, graph: document.Graph) -> Edit:
    """Some edit that has to do with the graph; it may be refused."""
    ids = [*graph.nodes, "gone", "fresh"]
    node = st.sampled_from(ids)
    some = st.lists(node, max_size=3, unique=True).map(tuple)
    port = st.builds(PortRef, node, st.sampled_from(PORTS), st.sampled_from([None, None, 0, 1, 3]))
    wires = [*graph.wires, *graph.controls]
    kinds: list[st.SearchStrategy[Edit]] = [
        st.builds(
            AddNode,
            st.sampled_from(TYPES),
            st.one_of(st.none(), node),
            st.dictionaries(st.sampled_from(["a", "b"]), st.floats(-9, 9), max_size=1),
            st.one_of(st.none(), st.tuples(st.integers(-99, 99), st.floats(-99, 99))),
        ),
        some.map(RemoveNodes),
        st.builds(RenameNode, node, node),
        st.builds(SetParam, node, st.sampled_from(["a", "b"]), st.sampled_from([0.0, 2.5, 7])),
        st.builds(UnsetParam, node, st.sampled_from(["a", "b"])),
        st.builds(SetParams, node, st.dictionaries(st.text(max_size=3), files.values, max_size=2)),
        st.builds(SetRun, node, st.sampled_from([RunSettings(timeout=3), RunSettings(retry=Retry(attempts=2))])),
        st.builds(SetRun, node, st.none(), st.sampled_from([{"disabled": True}, {"timeout": None}, {"no": 1}])),
        st.builds(Connect, port, port, st.booleans()),
        st.builds(MoveNodes, st.dictionaries(node, st.tuples(st.integers(-9, 9), st.floats(-9, 9)), max_size=3)),
        st.builds(Duplicate, some),
        st.sampled_from(CLIPS).map(lambda text: Paste(text, (3, 4.5))),
        some.map(lambda chosen: Paste(exchange.copy(graph, [id_ for id_ in chosen if id_ in graph.nodes]))),
    ]
    place = st.tuples(st.integers(-9, 9), st.floats(-9, 9))
    kinds += [
        some.map(lambda chosen: SetCollapsed(frozenset(chosen).intersection(graph.nodes))),
        st.lists(st.builds(Frame, title=st.text(max_size=2), pos=place), max_size=2).map(tuple).map(SetFrames),
        st.lists(st.builds(Note, text=st.text(max_size=2), pos=place), max_size=2).map(tuple).map(SetNotes),
        st.lists(st.builds(Bookmark, name=st.text(max_size=2)), max_size=2).map(tuple).map(SetBookmarks),
    ]
    if wires:
        kinds.append(st.builds(MuteWire, st.sampled_from(wires), st.booleans()))
        kinds.append(st.builds(LeadWire, st.sampled_from(wires), st.lists(place, max_size=3).map(tuple)))
        gone = st.lists(st.sampled_from(wires), min_size=1, max_size=3, unique_by=lambda wire: wire.key).map(tuple)
        kinds.append(st.builds(Disconnect, gone, st.booleans()))
    return draw(st.one_of(kinds))


def do_undo_and_redo(data: st.DataObject, graph: document.Graph) -> None:
    history = History(graph, clock=lambda: 0)
    texts = [graph.dumps()]
    for _ in range(data.draw(st.integers(1, 8))):
        chosen = data.draw(edits(graph))
        if data.draw(st.booleans()):
            chosen = Together((chosen, data.draw(edits(graph))), "both")
        steps = history.undo_text, len(history._done)
        try:
            history.do(chosen)
        except (EditError, GraphFileError):
            assert graph.dumps() == texts[-1]
        else:
            if (history.undo_text, len(history._done)) == steps:
                assert graph.dumps() == texts[-1]
            else:
                texts.append(graph.dumps())
    for before in reversed(texts[:-1]):
        history.undo()
        assert graph.dumps() == before
    assert not history.can_undo
    for after in texts[1:]:
        history.redo()
        assert graph.dumps() == after
    assert not history.can_redo
    for before in reversed(texts[:-1]):
        history.undo()
        assert graph.dumps() == before


@hypothesis.settings(max_examples=30)
@hypothesis.given(st.data())
def test_edits_of_a_graph_with_known_types_are_undone_and_redone_to_the_byte(data: st.DataObject) -> None:
    graph = Graph("g")
    graph.add_subgraph("calc", Graph.loads(SUBGRAPH))
    for node_type in TYPES:
        graph.add(node_type)
    graph.connect("add.error", "join.texts")
    graph.connect("join.text", "output.value")
    graph.connect("add.done", "join.trigger")
    do_undo_and_redo(data, graph)


@hypothesis.settings(max_examples=30)
@hypothesis.given(files.files(), st.data())
def test_edits_of_any_file_are_undone_and_redone_to_the_byte(raw: files.Raw, data: st.DataObject) -> None:
    do_undo_and_redo(data, document.Graph.loads(json.dumps(raw)))


@pytest.fixture
def graph() -> Graph:
    """Two texts joined, a sum, and an output."""
    graph = Graph("g")
    for id_ in ("one", "two"):
        graph.add("text.format", id=id_)
    graph.add("text.join", id="all")
    graph.connect("one.text", "all.texts")
    graph.connect("two.text", "all.texts")
    return graph


def test_a_wire_into_a_gap_leaves_the_gap_when_it_is_undone(graph: Graph) -> None:
    first, _ = graph.wires
    history = History(graph)
    history.do(Disconnect((first,), closes_up=False))
    assert [str(wire) for wire in graph.wires] == ["two.text -> all.texts[1]"]
    before = graph.dumps()
    history.do(Connect(PortRef("one", "text"), PortRef("all", "texts", 0)))
    history.undo()
    assert graph.dumps() == before
    history.do(Connect(PortRef("one", "text"), PortRef("all", "texts")))  # Behind the gap and the wire.
    history.undo()
    assert graph.dumps() == before


def test_a_new_node_does_not_look_as_a_node_did_that_the_file_only_remembers() -> None:
    text = '{"format": "animaweave/graph", "version": 1, "view": {"nodes": {"a": {"pos": [7, 7]}}, "collapsed": ["a"]}}'
    graph = document.Graph.loads(text)
    before = graph.dumps()
    inverse = AddNode("x.y", id="a").apply(graph)
    assert graph.view.position("a") is None
    assert not graph.view.collapsed
    inverse.apply(graph)
    assert graph.dumps() == before


def test_of_several_edits_all_or_none_are_done(graph: Graph) -> None:
    before = graph.dumps()
    with pytest.raises(EditError):
        Together((AddNode("math.add"), RenameNode("one", "two"))).apply(graph)
    assert graph.dumps() == before


def test_a_node_that_cannot_be_placed_is_not_added(graph: Graph) -> None:
    before = graph.dumps()
    with pytest.raises(EditError):
        AddNode("math.add", pos=(float("nan"), 0)).apply(graph)
    assert graph.dumps() == before


def test_moving_a_node_that_is_not_there_is_refused(graph: Graph) -> None:
    with pytest.raises(EditError):
        MoveNodes({"nobody": (1, 1)}).apply(graph)


def test_a_duplicate_has_the_wires_among_the_nodes_and_those_that_come_in(graph: Graph) -> None:
    graph.connect("one.done", "two.trigger")
    inverse = Duplicate(("two", "all")).apply(graph)
    assert [str(wire) for wire in graph.wires[2:]] == ["two_2.text -> all_2.texts[0]", "one.text -> all_2.texts[1]"]
    assert [str(wire) for wire in graph.controls[1:]] == ["one.done -> two_2.trigger"]
    inverse.apply(graph)
    assert list(graph.nodes) == ["one", "two", "all"]


def test_undoing_a_paste_takes_its_sub_graphs_out_again(graph: Graph) -> None:
    before = graph.dumps()
    inverse = Paste(CLIPS[0]).apply(graph)
    assert "calc" in graph.subgraphs
    again = inverse.apply(graph)
    assert graph.dumps() == before
    again.apply(graph)
    assert "calc" in graph.subgraphs


@pytest.mark.parametrize(
    ("edit", "text"),
    [
        (AddNode("image.load"), "add image.load"),
        (RemoveNodes(("a",)), "delete a"),
        (RemoveNodes(("a", "b")), "delete 2 nodes"),
        (RenameNode("a", "b"), "rename a"),
        (SetParam("a", "sigma", 2), "set a.sigma"),
        (UnsetParam("a", "sigma"), "reset a.sigma"),
        (Connect(PortRef("a", "x"), PortRef("b", "y", 1)), "wire a.x to b.y[1]"),
        (MoveNodes({"a": (1, 2)}), "move a"),
        (Paste(""), "paste"),
        (Together((AddNode("image.load"), UnsetParam("a", "b"))), "add image.load"),
        (Together((), "do this"), "do this"),
    ],
)
def test_an_edit_says_in_a_few_words_what_it_does(edit: Edit, text: str) -> None:
    assert edit.text == text
