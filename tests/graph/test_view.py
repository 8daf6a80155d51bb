"""How a graph looks: kept apart from what it does, each change gives back what undoes it."""

import json
import math

import pytest

from animaweave.errors import EditError
from animaweave.graph.document import Graph
from animaweave.graph.exchange import copy, paste
from animaweave.graph.view import Bookmark, Frame, Note


def test_positions_are_written_as_people_would() -> None:
    graph = Graph()
    graph.add("x.y", id="a")
    assert graph.move("a", 260.0, 0.125) is None
    assert '"a": {"pos": [260, 0.125]}' in graph.dumps()
    assert graph.move("a", 1, 2) == (260, 0.125)
    assert graph.view.position("a") == (1, 2)
    assert graph.view.position("b") is None


def test_a_position_that_no_canvas_has_is_refused() -> None:
    graph = Graph()
    graph.add("x.y", id="a")
    graph.add("x.y", id="b")
    before = graph.dumps()
    for value in (math.nan, math.inf, -2e9, 10**400):
        with pytest.raises(EditError) as caught:
            graph.view.move({"a": (1, 1), "b": (0, value)})
        assert str(caught.value) == f"expected a coordinate within ±1e9, found {value!r}"
        with pytest.raises(EditError):
            graph.view.set_camera(0, 0, value)
    text = copy(graph, graph.nodes)
    with pytest.raises(EditError):
        paste(
            graph, text.replace('"nodes": {}, "frames"', '"nodes": {"a": {"pos": [0, 0]}}, "frames"'), offset=(0, 2e9)
        )
    assert graph.dumps() == before


def test_many_nodes_move_at_once_and_back_told_once() -> None:
    graph = Graph()
    for name in "abc":
        graph.add("x.y", id=name)
    graph.move("a", 1, 1)
    saved = graph.dumps()
    told: list[str] = []
    graph.events.view_changed.connect(told.append)
    before = graph.view.move({"a": (5, 5), "b": (6, 6)})
    assert before == {"a": (1, 1), "b": None}
    assert told == ["nodes"]
    graph.view.move(before)
    assert graph.dumps() == saved


def test_what_a_later_version_keeps_of_a_node_survives_a_move() -> None:
    text = '{"format": "animaweave/graph", "version": 1, "nodes": {"a": {"type": "x.y"}}, '
    graph = Graph.loads(text + '"view": {"nodes": {"a": {"later": 1}}}}')
    before = graph.move("a", 1, 2)
    assert '{"pos": [1, 2], "later": 1}' in graph.dumps()
    graph.view.move({"a": before})
    assert '{"later": 1}' in graph.dumps()


def test_frames_notes_bookmarks_and_the_camera_are_replaced_and_written() -> None:
    graph = Graph()
    told: list[str] = []
    graph.events.view_changed.connect(told.append)
    assert graph.view.set_frames([Frame(title="Load", pos=(0, 0), size=(400, 300), colour="#7fb2e5")]) == ()
    assert graph.view.set_notes([Note(text="# Why\nBecause.")]) == ()
    assert graph.view.set_bookmarks([Bookmark(name="start", camera=(1, 2, 0.5))]) == ()
    graph.view.set_camera(10.0, 20.5, 2)
    view = json.loads(graph.dumps())["view"]

    assert told == ["frames", "notes", "bookmarks", "camera"]
    assert view == {
        "nodes": {},
        "frames": [{"title": "Load", "size": [400, 300], "colour": "#7fb2e5"}],
        "notes": [{"text": "# Why\nBecause."}],
        "bookmarks": [{"name": "start", "camera": [1, 2, 0.5]}],
        "camera": [10, 20.5, 2.0],
    }
    assert graph.view.set_frames([])[0].title == "Load"
    assert Graph.loads(graph.dumps()).view.notes == graph.view.notes


def test_looks_are_written_in_the_order_of_the_nodes_and_wires() -> None:
    graph = Graph()
    for name in "abc":
        graph.add("x.y", id=name)
    first, second = graph.connect("a.x", "b.y"), graph.connect("b.x", "c.y")
    for name in "cab":
        graph.move(name, 1, 1)
    graph.view.set_collapsed(["c", "a"])
    graph.view.set_reroutes(second, [(1, 1), (2, 2)])
    graph.view.set_reroutes(first, [(3, 3)])
    view = json.loads(graph.dumps())["view"]

    assert list(view["nodes"]) == ["a", "b", "c"]
    assert view["collapsed"] == ["a", "c"]
    assert view["wires"] == [["a.x", "b.y", [[3, 3]]], ["b.x", "c.y", [[1, 1], [2, 2]]]]
    assert graph.view.set_reroutes(first, []) == ((3, 3),)
    assert len(json.loads(graph.dumps())["view"]["wires"]) == 1
