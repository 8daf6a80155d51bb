"""Frames and notes: made, written, moved with what lies in them, resized, removed."""

import pytest
from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import QApplication, QPlainTextEdit

from animaweave.graph.view import Frame
from tests.ui.canvas.test_gestures import LEFT, drag


@pytest.fixture
def framed(qtbot, editor, canvas):
    """Two nodes in a frame called `sums`, and one outside."""
    for place in range(3):
        editor.add_node("math.add", (place * 260, 0))
    editor.select(["add", "add_2"])
    canvas.pieces.frame()
    write(qtbot, canvas, "sums", Qt.Key.Key_Return)
    editor.select([])
    return editor


def write(qtbot, canvas, text, *keys):
    (field,) = [one for one in canvas.findChildren(QPlainTextEdit, "decor_text") if one.isVisible()]
    field.selectAll()
    qtbot.keyClicks(field, text)
    for key in keys:
        qtbot.keyClick(field, key)
    QApplication.processEvents()


def title(canvas, hand) -> QPoint:
    (frame,) = canvas.editor.graph.view.frames
    return hand.at(frame.pos[0] + 60, frame.pos[1] + 12)


def test_a_frame_lies_around_the_selected_nodes_and_bears_the_title_typed(framed, canvas):
    (frame,) = framed.graph.view.frames
    left, top, width, height = canvas.scene_.bounds(["add", "add_2"])
    assert frame.title == "sums"
    assert frame.pos[0] < left
    assert frame.pos[1] < top
    assert frame.pos[0] + frame.size[0] > left + width
    assert frame.pos[1] + frame.size[1] > top + height


def test_a_frame_carries_the_nodes_in_it_in_one_step(qtbot, framed, canvas, hand):
    before = framed.root.dumps()
    begin = title(canvas, hand)
    drag(qtbot, canvas, begin, begin + QPoint(100, 200))
    position = framed.graph.view.position
    assert [position(node) for node in ("add", "add_2", "add_3")] == [(100, 200), (360, 200), (520, 0)]
    framed.undo()
    assert framed.root.dumps() == before


def test_esc_leaves_frame_and_nodes_where_they_were(qtbot, framed, canvas, hand):
    before = framed.root.dumps()
    begin = title(canvas, hand)
    drag(qtbot, canvas, begin, begin + QPoint(100, 200), release=False)
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    assert framed.root.dumps() == before
    assert canvas.scene_.nodes["add"].x == 0


def test_the_corner_resizes_and_nodes_stay(qtbot, framed, canvas, hand):
    (frame,) = framed.graph.view.frames
    corner = hand.at(frame.pos[0] + frame.size[0] - 4, frame.pos[1] + frame.size[1] - 4)
    drag(qtbot, canvas, corner, corner + QPoint(40, 60))
    (after,) = framed.graph.view.frames
    assert after.pos == frame.pos
    assert after.size[0] > frame.size[0]
    assert framed.graph.view.position("add") == (0, 0)


def test_a_frame_is_removed_and_what_lies_in_it_stays(qtbot, framed, canvas, hand):
    qtbot.mouseClick(canvas.viewport(), LEFT, pos=title(canvas, hand))
    canvas.delete_selection()
    assert not framed.graph.view.frames
    assert len(framed.graph.nodes) == 3
    framed.undo()
    assert len(framed.graph.view.frames) == 1


def test_a_double_click_writes_the_title_anew(qtbot, framed, canvas, hand):
    qtbot.mouseDClick(canvas.viewport(), LEFT, pos=title(canvas, hand))
    write(qtbot, canvas, "totals", Qt.Key.Key_Return)
    assert framed.graph.view.frames[0].title == "totals"
    framed.undo()
    assert framed.graph.view.frames[0].title == "sums"


def test_a_note_is_written_coloured_and_forgotten_with_esc(qtbot, editor, canvas):
    canvas.pieces.note()
    (field,) = canvas.findChildren(QPlainTextEdit, "decor_text")
    field.selectAll()
    qtbot.keyClicks(field, "**why** it is so")
    qtbot.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert editor.graph.view.notes[0].text == "**why** it is so"
    canvas.pieces.colour("#ff8800")
    assert editor.graph.view.notes[0].colour == "#ff8800"
    QApplication.processEvents()
    canvas.pieces.write(canvas.decor.chosen)
    write(qtbot, canvas, "not so", Qt.Key.Key_Escape)
    assert editor.graph.view.notes[0].text == "**why** it is so"


def test_a_colour_that_is_none_and_a_frame_without_size_are_drawn(qtbot, editor, canvas):
    editor.put_piece("frame", 0, Frame(title="", pos=(0, 0), size=(0, 0), colour="no colour"))
    canvas.viewport().repaint()
    assert canvas.grab().width() > 0
