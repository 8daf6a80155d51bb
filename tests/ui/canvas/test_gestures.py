"""What the hand does on the canvas, through real events."""

import pytest
from qtpy.QtCore import QPoint, Qt

from animaweave.graph.wire import PortRef
from animaweave.ui.canvas.view import CanvasView

LEFT = Qt.MouseButton.LeftButton
SHIFT = Qt.KeyboardModifier.ShiftModifier


def drag(qtbot, canvas, begin: QPoint, end: QPoint, *, release: bool = True, modifier=Qt.KeyboardModifier.NoModifier):
    port = canvas.viewport()
    qtbot.mousePress(port, LEFT, modifier, begin)
    for step in (0.25, 0.5, 0.75, 1.0):
        between = begin + (end - begin) * step
        qtbot.mouseMove(port, between)
    if release:
        qtbot.mouseRelease(port, LEFT, modifier, end)


@pytest.fixture
def chain(editor):
    """A picture is loaded, made a mask, counted."""
    editor.add_node("image.load", (0, 0))
    editor.add_node("image.threshold_otsu", (260, 0))
    editor.add_node("image.count_objects", (520, 0))
    editor.select([])
    return editor


def wires(editor):
    return [str(wire) for wire in editor.graph.wires]


def test_a_wire_is_drawn_from_an_output_to_an_input_that_fits(qtbot, chain, canvas, hand):
    drag(qtbot, canvas, hand.port("threshold_otsu.mask", is_output=True), hand.port("count_objects.mask"))
    assert wires(chain) == ["threshold_otsu.mask -> count_objects.mask"]
    chain.undo()
    assert wires(chain) == []


def test_a_wire_is_drawn_backwards_too(qtbot, chain, canvas, hand):
    drag(qtbot, canvas, hand.port("count_objects.mask"), hand.port("threshold_otsu.mask", is_output=True))
    assert wires(chain) == ["threshold_otsu.mask -> count_objects.mask"]


def test_a_refused_port_says_why_and_takes_no_wire(qtbot, chain, canvas, hand):
    chain.add_node("image.annotate", (520, 200))
    target = hand.port("annotate.labels")
    begin = hand.port("threshold_otsu.mask", is_output=True)
    drag(qtbot, canvas, begin, target, release=False)
    assert canvas.callout.isVisible()
    assert "image.Labels" in canvas.callout.reason
    qtbot.mouseRelease(canvas.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, target)
    assert wires(chain) == []
    assert not canvas.callout.isVisible()


def test_ports_that_fit_light_up_and_the_rest_steps_back_while_a_wire_is_drawn(qtbot, chain, canvas, hand):
    begin = hand.port("threshold_otsu.mask", is_output=True)
    drag(qtbot, canvas, begin, begin + QPoint(60, 120), release=False)
    assert canvas.nodes_.fades is not None
    assert "mask" in canvas.nodes_.fades["count_objects"].lit
    assert canvas.nodes_.fades["load"].node < 1
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    assert canvas.nodes_.fades is None
    assert wires(chain) == []


def test_a_wire_dropped_on_a_taken_input_replaces_the_one_there(qtbot, chain, canvas, hand):
    chain.add_node("image.threshold", (260, 240))
    chain.wire(PortRef("threshold_otsu", "mask"), PortRef("count_objects", "mask"))
    drag(qtbot, canvas, hand.port("threshold.mask", is_output=True), hand.port("count_objects.mask"))
    assert wires(chain) == ["threshold.mask -> count_objects.mask"]
    chain.undo()
    assert wires(chain) == ["threshold_otsu.mask -> count_objects.mask"]


def test_the_end_of_a_wire_is_taken_off_and_dropped(qtbot, chain, canvas, hand):
    chain.wire(PortRef("threshold_otsu", "mask"), PortRef("count_objects", "mask"))
    drag(qtbot, canvas, hand.port("count_objects.mask"), hand.at(480, 300))
    assert wires(chain) == []


def test_a_wire_dropped_on_the_canvas_offers_what_fits_and_wires_it(qtbot, chain, canvas, hand):
    drag(qtbot, canvas, hand.port("threshold_otsu.mask", is_output=True), hand.at(420, 320))
    assert canvas.search.isVisible()
    qtbot.keyClicks(canvas.search.field, "remove small")
    qtbot.keyClick(canvas.search.field, Qt.Key.Key_Return)
    assert "threshold_otsu.mask -> remove_small.mask" in wires(chain)
    chain.undo()
    assert "remove_small" not in chain.graph.nodes


def test_nodes_move_together_and_one_undo_puts_them_back(qtbot, chain, canvas, hand):
    chain.select(["load", "threshold_otsu"])
    begin = hand.header("load")
    drag(qtbot, canvas, begin, begin + QPoint(40, 120))
    position = chain.graph.view.position
    assert position("load") == (40, 120)
    assert position("threshold_otsu") == (300, 120)
    chain.undo()
    assert position("load") == (0, 0)
    assert position("threshold_otsu") == (260, 0)


def test_a_move_that_is_cancelled_leaves_the_document_as_it_was(qtbot, chain, canvas, hand):
    before = chain.graph.dumps()
    begin = hand.header("load")
    drag(qtbot, canvas, begin, begin + QPoint(90, 90), release=False)
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    qtbot.mouseRelease(canvas.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, begin)
    assert chain.graph.dumps() == before
    assert canvas.scene_.nodes["load"].x == 0


def test_a_node_snaps_to_its_neighbours_edge(qtbot, chain, canvas, hand):
    begin = hand.header("count_objects")
    drag(qtbot, canvas, begin, begin + QPoint(-257, 200))
    assert chain.graph.view.position("count_objects")[0] == 260


def test_a_box_selects_and_a_click_on_nothing_deselects(qtbot, chain, canvas, hand):
    drag(qtbot, canvas, hand.at(-30, -40), hand.at(460, 150))
    assert set(chain.selection) == {"load", "threshold_otsu"}
    qtbot.mouseClick(canvas.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, hand.at(300, 420))
    assert chain.selection == ()


def test_shift_click_adds_to_the_selection(qtbot, chain, canvas, hand):
    qtbot.mouseClick(canvas.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, hand.header("load"))
    qtbot.mouseClick(canvas.viewport(), LEFT, Qt.KeyboardModifier.ShiftModifier, hand.header("count_objects"))
    assert chain.selection == ("load", "count_objects")


def test_a_value_is_dragged_along_its_range_as_one_step(qtbot, editor, canvas, hand):
    editor.add_node("image.gaussian", (0, 0))
    drag(qtbot, canvas, hand.value("gaussian", "sigma", 0.1), hand.value("gaussian", "sigma", 0.5))
    assert editor.graph.nodes["gaussian"].params["sigma"] == pytest.approx(25, abs=1)
    editor.undo()
    assert "sigma" not in editor.graph.nodes["gaussian"].params


def test_a_value_is_typed_on_the_node_and_a_wrong_one_is_refused_with_the_reason(qtbot, editor, canvas, hand):
    editor.add_node("image.gaussian", (0, 0))
    qtbot.mouseClick(canvas.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, hand.value("gaussian", "sigma"))
    field = canvas.findChild(object, "value_field")
    field.selectAll()
    qtbot.keyClicks(field, "2,5")
    with qtbot.waitSignal(editor.message) as told:
        qtbot.keyClick(field, Qt.Key.Key_Return)
    assert "write 2.5" in told.args[0]
    field.selectAll()
    qtbot.keyClicks(field, "2.5")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert editor.graph.nodes["gaussian"].params["sigma"] == 2.5


def test_tab_searches_and_enter_adds_a_node(qtbot, editor, canvas):
    canvas.setFocus()
    qtbot.keyClick(canvas, Qt.Key.Key_Tab)
    qtbot.keyClicks(canvas.search.field, "otsu")
    qtbot.keyClick(canvas.search.field, Qt.Key.Key_Return)
    assert [node.type for node in editor.graph.nodes.values()] == ["image.threshold_otsu"]
    assert editor.selection == ("threshold_otsu",)


def test_copy_paste_duplicate_cut_and_delete(qtbot, chain, canvas):
    chain.wire(PortRef("threshold_otsu", "mask"), PortRef("count_objects", "mask"))
    chain.select(["threshold_otsu", "count_objects"])
    canvas.copy()
    canvas.paste()
    assert len(chain.graph.nodes) == 5
    assert len(chain.graph.wires) == 2
    canvas.duplicate()
    assert len(chain.graph.nodes) == 7
    canvas.cut()
    assert len(chain.graph.nodes) == 5
    canvas.select_all()
    canvas.delete_selection()
    assert not chain.graph.nodes
    while chain.history.can_undo:
        chain.undo()
    assert not chain.graph.nodes
    while chain.history.can_redo:
        chain.redo()
    assert not chain.graph.nodes


def test_arrow_keys_move_the_selection(qtbot, chain, canvas):
    chain.select(["load"])
    canvas.setFocus()
    qtbot.keyClick(canvas, Qt.Key.Key_Right, SHIFT)
    qtbot.keyClick(canvas, Qt.Key.Key_Down, SHIFT)
    assert chain.graph.view.position("load") == (20, 20)


def test_the_wheel_zooms_around_the_pointer_and_fit_shows_all(qtbot, chain, canvas: CanvasView, hand):
    canvas.zoom_to(2.0, hand.at(0, 0))
    assert canvas.scale_ == 2.0
    before = hand.at(0, 0)
    canvas.zoom_to(0.5, before)
    assert (hand.at(0, 0) - before).manhattanLength() <= 2
    canvas.fit_all()
    room = canvas.viewport().rect()
    assert all(room.contains(hand.header(node)) for node in chain.graph.nodes)


@pytest.mark.parametrize("scale", [0.1, 0.4, 1.0])
@pytest.mark.parametrize("mode", ["dark", "light"])
def test_everything_is_drawn_at_every_distance(qtbot, chain, canvas, theme, scale, mode):
    chain.wire(PortRef("load", "image"), PortRef("threshold_otsu", "image"))
    theme.set_mode(mode)
    canvas.zoom_to(scale)
    canvas.centerOn(400, 60)
    picture = canvas.grab().toImage()
    ground = theme.colour("canvas").rgb()
    shown = canvas.scene_.nodes["threshold_otsu"]
    middle = canvas.mapFromScene(shown.x + shown.shape.width / 2, shown.y + 14)
    assert picture.pixelColor(middle).rgb() != ground


def test_an_empty_canvas_says_what_to_do(canvas, theme):
    picture = canvas.grab().toImage()
    colours = {picture.pixelColor(x, 350 + dy).rgb() for x in range(300, 700, 2) for dy in range(-40, 30, 2)}
    assert len(colours) > 3
