"""Wires by hand beyond drawing one: cut, led, muted, gone on from, closed, entered by nodes; and by keys alone."""

import pytest
from qtpy.QtCore import QPoint, Qt

from animaweave.graph.wire import PortRef
from tests.ui.canvas.test_gestures import LEFT, drag, wires

ALT, CTRL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def row(editor):
    """Three sums in a row, wired, and a fourth apart."""
    for place in range(3):
        editor.add_node("math.add", (place * 260, 0))
    editor.add_node("math.multiply", (260, 300))
    editor.wire(PortRef("add", "result"), PortRef("add_2", "a"))
    editor.wire(PortRef("add_2", "result"), PortRef("add_3", "a"))
    editor.select([])
    return editor


def middle(hand, canvas, row_of=0) -> QPoint:
    """A point on the first wire."""
    canvas.scene_.sync()
    shown = canvas.scene_.wires[row_of]
    return hand.at((shown.begin[0] + shown.end[0]) / 2, (shown.begin[1] + shown.end[1]) / 2)


def test_a_knife_cuts_what_it_crosses(qtbot, row, canvas, hand):
    at = middle(hand, canvas)
    drag(qtbot, canvas, at - QPoint(10, 60), at + QPoint(10, 60), modifier=CTRL)
    assert wires(row) == ["add_2.result -> add_3.a"]
    row.undo()
    assert len(wires(row)) == 2


def test_esc_drops_the_knife_and_nothing_is_cut(qtbot, row, canvas, hand):
    at = middle(hand, canvas)
    drag(qtbot, canvas, at - QPoint(10, 60), at + QPoint(10, 60), release=False, modifier=CTRL)
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    assert len(wires(row)) == 2


def test_a_double_click_leads_a_wire_through_a_point_that_is_dragged_and_taken_away(qtbot, row, canvas, hand):
    at = middle(hand, canvas)
    qtbot.mouseDClick(canvas.viewport(), LEFT, pos=at)
    (points,) = row.graph.view.reroutes.values()
    joint = hand.at(*points[0])
    drag(qtbot, canvas, joint, joint + QPoint(0, 80))
    (moved,) = row.graph.view.reroutes.values()
    assert moved[0][1] == pytest.approx(points[0][1] + 80, abs=20)
    qtbot.mouseDClick(canvas.viewport(), LEFT, pos=hand.at(*moved[0]))
    assert not row.graph.view.reroutes
    for _ in range(3):
        row.undo()
    assert not row.graph.view.reroutes
    assert len(wires(row)) == 2


def test_a_click_selects_a_wire_and_delete_removes_it(qtbot, row, canvas, hand):
    qtbot.mouseClick(canvas.viewport(), LEFT, pos=middle(hand, canvas))
    assert canvas.chosen_wire == row.graph.wires[0]
    canvas.delete_selection()
    assert wires(row) == ["add_2.result -> add_3.a"]


def test_a_node_dropped_on_a_wire_is_put_into_it(qtbot, row, canvas, hand):
    begin = hand.header("multiply")
    shown = canvas.scene_.nodes["multiply"]
    to = middle(hand, canvas) - QPoint(0, round(shown.shape.height / 2) - 14)
    drag(qtbot, canvas, begin, to)
    assert set(wires(row)) == {"add.result -> multiply.a", "multiply.result -> add_2.a", "add_2.result -> add_3.a"}
    row.undo()
    assert len(wires(row)) == 2
    assert row.graph.view.position("multiply") == (260, 300)


def test_with_alt_it_is_not(qtbot, row, canvas, hand):
    shown = canvas.scene_.sync() and canvas.scene_.nodes["multiply"]
    to = middle(hand, canvas) - QPoint(0, round(shown.shape.height / 2) - 14)
    qtbot.mousePress(canvas.viewport(), LEFT, pos=hand.header("multiply"))
    qtbot.mouseMove(canvas.viewport(), to - QPoint(5, 0))
    canvas._gesture.move(canvas.mapToScene(to), ALT)
    qtbot.mouseRelease(canvas.viewport(), LEFT, ALT, to)
    assert len(wires(row)) == 2


def test_a_node_dragged_with_alt_leaves_its_chain_which_closes(qtbot, row, canvas, hand):
    begin = hand.header("add_2")
    drag(qtbot, canvas, begin, begin + QPoint(0, 200), modifier=ALT)
    assert wires(row) == ["add.result -> add_3.a"]
    row.undo()
    assert wires(row) == ["add.result -> add_2.a", "add_2.result -> add_3.a"]


def test_a_wire_dropped_with_ctrl_goes_on_from_there(qtbot, row, canvas, hand):
    row.unwire(row.graph.wires)
    begin, end = hand.port("add.result", is_output=True), hand.port("add_2.a")
    qtbot.mousePress(canvas.viewport(), LEFT, pos=begin)
    qtbot.mouseMove(canvas.viewport(), end)
    qtbot.mouseRelease(canvas.viewport(), LEFT, CTRL, end)
    last = hand.port("add_3.a")
    qtbot.mouseMove(canvas.viewport(), last)
    qtbot.mouseClick(canvas.viewport(), LEFT, pos=last)
    assert wires(row) == ["add.result -> add_2.a", "add_2.result -> add_3.a"]


def test_a_wire_to_one_of_several_selected_nodes_wires_them_all(qtbot, row, canvas, hand):
    row.unwire(row.graph.wires)
    row.select(["add_2", "add_3", "multiply"])
    drag(qtbot, canvas, hand.port("add.result", is_output=True), hand.port("add_2.a"))
    assert wires(row) == ["add.result -> add_2.a", "add.result -> add_3.a", "add.result -> multiply.a"]
    row.undo()
    assert wires(row) == []


def test_arrows_walk_from_node_to_node(qtbot, row, canvas):
    for key, node in [
        (Qt.Key.Key_Right, "add"),
        (Qt.Key.Key_Right, "add_2"),
        (Qt.Key.Key_Down, "multiply"),
        (Qt.Key.Key_Up, "add_2"),
        (Qt.Key.Key_Left, "add"),
    ]:
        qtbot.keyClick(canvas, key)
        assert row.selection == (node,)


def test_enter_lists_what_fits_and_wires_what_is_chosen(qtbot, row, canvas):
    row.select(["add_3"])
    qtbot.keyClick(canvas, Qt.Key.Key_Return)
    qtbot.keyClicks(canvas.search.field, "multiply.b")
    qtbot.keyClick(canvas.search.field, Qt.Key.Key_Return)
    assert "add_3.result -> multiply.b" in wires(row)


def test_what_follows_is_reconnected_when_a_node_is_deleted(row):
    row.delete_and_reconnect(["add_2"])
    assert wires(row) == ["add.result -> add_3.a"]
    row.undo()
    assert wires(row) == ["add.result -> add_2.a", "add_2.result -> add_3.a"]


def test_a_node_is_replaced_and_keeps_its_wires_and_values(qtbot, row, canvas):
    row.set_param("add_2", "b", 7)
    before = row.root.dumps()
    row.select(["add_2"])
    canvas.asking.replacement()
    qtbot.keyClicks(canvas.search.field, "math.subtract")
    qtbot.keyClick(canvas.search.field, Qt.Key.Key_Return)
    node = row.graph.nodes["add_2"]
    assert (node.type, dict(node.params)) == ("math.subtract", {"b": 7})
    assert len(wires(row)) == 2
    row.undo()
    assert row.root.dumps() == before


def test_a_muted_wire_is_left_out_and_taken_in_again(row):
    row.toggle_muted(row.graph.wires[0])
    assert row.graph.wires[0].muted
    row.toggle_muted(row.graph.wires[0])
    assert not row.graph.wires[0].muted


@pytest.mark.parametrize("setting", ["bypass", "disabled"])
def test_bypass_and_disable_are_switched_for_all_at_once(row, setting):
    row.toggle_run(["add"], setting)
    row.toggle_run(["add", "add_2"], setting)
    assert all(getattr(row.graph.nodes[node].run, setting) for node in ("add", "add_2"))
    row.toggle_run(["add", "add_2"], setting)
    assert not any(getattr(row.graph.nodes[node].run, setting) for node in ("add", "add_2"))


def test_a_collapsed_node_shows_its_title_alone_and_keeps_its_wires(row, canvas):
    canvas.scene_.sync()
    tall = canvas.scene_.nodes["add_2"].shape.height
    row.toggle_collapsed(["add_2"])
    canvas.scene_.sync()
    shown = canvas.scene_.nodes["add_2"]
    assert shown.shape.height < tall / 2
    assert canvas.scene_.wires[0].end == (shown.x, shown.y + shown.shape.height / 2)
    row.toggle_collapsed(["add_2"])
    assert not row.graph.view.collapsed
