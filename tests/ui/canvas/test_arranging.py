"""Nodes are aligned, distributed and laid out."""

import itertools

import pytest

from animaweave.graph.wire import PortRef
from animaweave.ui.canvas.arranging import Arranging


@pytest.fixture
def arranging(canvas) -> Arranging:
    return Arranging(canvas.editor, canvas.scene_)


@pytest.fixture
def mess(editor):
    """A chain of sums, put down anyhow, with a wire over all of it."""
    for place, at in enumerate([(600, 40), (30, 400), (320, 10), (900, 700)]):
        editor.add_node("math.add", at, {"b": place})
    for one, other in [("add", "add_2"), ("add_2", "add_3"), ("add_3", "add_4")]:
        editor.wire(PortRef(one, "result"), PortRef(other, "a"))
    editor.wire(PortRef("add", "result"), PortRef("add_4", "b"))
    editor.select([])
    return editor


def places(editor):
    return {node: editor.graph.view.position(node) for node in editor.graph.nodes}


def test_a_layout_runs_from_left_to_right_and_is_undone_at_once(qtbot, mess, canvas, arranging):
    before = mess.root.dumps()
    arranging.lay_out()
    qtbot.waitUntil(lambda: mess.history.undo_text == "arrange 4 nodes")
    xs = [x for x, _ in places(mess).values()]
    assert xs == sorted(xs)
    qtbot.waitUntil(lambda: [canvas.scene_.nodes[node].x for node in mess.graph.nodes] == xs)
    mess.undo()
    assert mess.root.dumps() == before


def test_a_wire_over_nodes_is_led_past_them(qtbot, mess, canvas, arranging):
    arranging.lay_out()
    qtbot.waitUntil(lambda: mess.history.undo_text == "arrange 4 nodes")
    qtbot.waitUntil(lambda: all((n.x, n.y) == places(mess)[n.id] for n in canvas.scene_.nodes.values()))
    over = next(s for s in canvas.scene_.wires if s.wire.target == PortRef("add_4", "b"))
    for x, y in over.points:
        for node in canvas.scene_.nodes.values():
            assert not (node.x < x < node.x + node.shape.width and node.y < y < node.y + node.shape.height)


def test_only_what_leads_to_a_node_is_laid_out_and_the_node_stays(qtbot, mess, arranging):
    before = places(mess)
    arranging.lay_out_branch("add_3", is_before=True)
    qtbot.waitUntil(lambda: mess.history.undo_text == "arrange 3 nodes")
    after = places(mess)
    assert (after["add_3"], after["add_4"]) == (before["add_3"], before["add_4"])
    assert after["add"] != before["add"]


@pytest.mark.parametrize(("side", "value"), [("left", 30), ("right", 760), ("top", 10)])
def test_nodes_are_aligned(mess, canvas, arranging, side, value):
    arranging.align(["add", "add_2", "add_3"], side)
    canvas.scene_.sync()
    nodes = [canvas.scene_.nodes[node] for node in ("add", "add_2", "add_3")]
    edges = {"left": [n.x for n in nodes], "right": [n.x + n.shape.width for n in nodes], "top": [n.y for n in nodes]}
    assert edges[side] == [value] * 3


def test_gaps_become_equal(mess, canvas, arranging):
    arranging.distribute(list(mess.graph.nodes), is_across=True)
    canvas.scene_.sync()
    nodes = sorted(canvas.scene_.nodes.values(), key=lambda node: node.x)
    gaps = {round(b.x - a.x - a.shape.width, 3) for a, b in itertools.pairwise(nodes)}
    assert len(gaps) == 1
