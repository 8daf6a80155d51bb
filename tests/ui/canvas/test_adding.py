"""Nodes come from what is typed, dropped and pasted; into wires, beside their neighbours."""

from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest
from qtpy.QtCore import QMimeData, QPointF, Qt, QUrl
from qtpy.QtGui import QDragEnterEvent, QDropEvent
from qtpy.QtWidgets import QApplication

from animaweave.graph.wire import PortRef
from animaweave.ui.canvas.view import NODE_TYPE_MIME
from tests.ui.canvas.test_gestures import wires

NONE, LEFT = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "coins.png"
    iio.imwrite(path, np.zeros((4, 4, 3), np.uint8))
    return path


def mime(*paths: Path, text: str = "", node_type: str = "") -> QMimeData:
    data = QMimeData()
    if paths:
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    if text:
        data.setText(text)
    if node_type:
        data.setData(NODE_TYPE_MIME, node_type.encode())
    return data


def drop(canvas, data: QMimeData, at) -> bool:
    """Drop it; whether the canvas wanted it."""
    enter = QDragEnterEvent(at, Qt.DropAction.CopyAction, data, LEFT, NONE)
    canvas.dragEnterEvent(enter)
    if enter.isAccepted():
        canvas.dropEvent(QDropEvent(QPointF(at), Qt.DropAction.CopyAction, data, LEFT, NONE))
    return enter.isAccepted()


@pytest.mark.parametrize(
    ("text", "node_type", "value"),
    [("3.5", "math.constant", 3.5), ("-2e3", "math.constant", -2000), ("'a b'", "text.constant", "a b")],
)
def test_a_typed_number_or_text_becomes_a_constant(qtbot, editor, canvas, text, node_type, value):
    qtbot.keyClick(canvas, Qt.Key.Key_Tab)
    qtbot.keyClicks(canvas.search.field, text)
    qtbot.keyClick(canvas.search.field, Qt.Key.Key_Return)
    (node,) = editor.graph.nodes.values()
    assert (node.type, node.params["value"]) == (node_type, value)


def test_a_picture_that_is_dropped_gets_its_reader_with_a_path_beside_the_graph(editor, canvas, hand, picture):
    editor.save(picture.parent / "graph.weave.json")
    assert drop(canvas, mime(picture), hand.at(100, 100))
    (node,) = editor.graph.nodes.values()
    assert (node.type, node.params["path"]) == ("image.load", "coins.png")


def test_a_file_that_nothing_reads_is_refused_with_its_name(qtbot, editor, canvas, hand, tmp_path):
    (tmp_path / "notes.xyz").write_text("?")
    with qtbot.waitSignal(editor.trouble) as told:
        drop(canvas, mime(tmp_path / "notes.xyz"), hand.at(0, 0))
    assert told.args == ["notes.xyz: expected a file that some node reads, found .xyz; add its vessel"]
    assert not editor.graph.nodes


def test_a_graph_that_is_dropped_is_to_be_opened(qtbot, canvas, hand, tmp_path):
    file = tmp_path / "other.weave.json"
    with qtbot.waitSignal(canvas.graph_dropped) as told:
        drop(canvas, mime(file), hand.at(0, 0))
    assert told.args == [file]


def test_what_is_no_file_is_not_taken(canvas, hand):
    assert not drop(canvas, mime(text="hello"), hand.at(0, 0))


def test_a_node_type_from_the_palette_goes_into_the_wire_it_is_dropped_on_and_undo_takes_it_back(editor, canvas, hand):
    for place in range(2):
        editor.add_node("math.add", (place * 500, 0))
    editor.wire(PortRef("add", "result"), PortRef("add_2", "a"))
    before = editor.root.dumps()
    canvas.scene_.sync()
    shown = canvas.scene_.wires[0]
    at = hand.at((shown.begin[0] + shown.end[0]) / 2, (shown.begin[1] + shown.end[1]) / 2)
    drop(canvas, mime(node_type="math.multiply"), at)
    assert set(wires(editor)) == {"add.result -> multiply.a", "multiply.result -> add_2.a"}
    editor.undo()
    assert editor.root.dumps() == before


def test_a_new_node_pushes_aside_what_it_would_cover_and_undo_takes_it_back(editor, canvas):
    for place in range(3):
        editor.add_node("math.add", (place * 180, 0))
    before = editor.root.dumps()
    canvas.add("math.multiply", QPointF(100, 20))
    canvas.scene_.sync()
    boxes = canvas.scene_.boxes
    for one in range(len(boxes)):
        for other in range(one):
            a, b = boxes[one], boxes[other]
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
    editor.undo()
    assert editor.root.dumps() == before


@pytest.mark.parametrize("as_file", [True, False])
def test_a_file_is_pasted_from_the_file_manager_or_by_its_path(editor, canvas, picture, as_file):
    clipboard = QApplication.clipboard()
    clipboard.setMimeData(mime(picture) if as_file else mime(text=str(picture)))
    canvas.paste()
    (node,) = editor.graph.nodes.values()
    assert node.type == "image.load"


@pytest.mark.parametrize(
    "text", ["", "hello", "{", "[1]", "\0", '{"nodes": 3}', "file:///nowhere.png", "9" * 5000 + "x"]
)
def test_pasting_what_is_nothing_of_ours_says_so_and_changes_nothing(qtbot, editor, canvas, text):
    editor.add_node("math.add", (0, 0))
    before = editor.root.dumps()
    QApplication.clipboard().setMimeData(mime(text=text))
    with qtbot.waitSignal(editor.trouble):
        canvas.paste()
    assert editor.root.dumps() == before
