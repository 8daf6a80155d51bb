"""Whatever is begun on the canvas and dropped with Esc leaves the graph as it was, and one undo takes back the rest."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from qtpy.QtCore import QPoint, Qt

from animaweave.graph.view import Frame, Note
from animaweave.graph.wire import PortRef
from animaweave.ui.canvas.view import CanvasView
from animaweave.ui.editor import Editor

LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
MODIFIERS = [
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
]


@pytest.fixture
def laid(editor, canvas):
    """One of everything that can be gripped."""
    for place in range(3):
        editor.add_node("math.add", (place * 260, 0))
    editor.add_node("image.gaussian", (260, 240))
    editor.wire(PortRef("add", "result"), PortRef("add_2", "a"))
    editor.wire(PortRef("add_2", "result"), PortRef("add_3", "a"))
    editor.lead(editor.graph.wires[0], [(200, 120)])
    editor.put_piece("frame", 0, Frame(title="sums", pos=(-30, -60), size=(520, 220)))
    editor.put_piece("note", 0, Note(text="a note", pos=(0, 260), size=(200, 100)))
    editor.select([])
    return editor


def grips(canvas: CanvasView) -> list[QPoint]:
    """Points of interest, in pixels: ports, headers, values, wires, joints, frame, note, nothing."""
    canvas.scene_.sync()
    scene = canvas.scene_
    found: list[tuple[float, float]] = [(-20, -50), (488, 158), (100, 300), (-200, 400), (200, 120)]
    for node in scene.nodes.values():
        found.append((node.x + 60, node.y + 14))
        found += [(node.x + x, node.y + y) for x, y in (*node.shape.inputs.values(), *node.shape.outputs.values())]
        found += [(node.x + x + w / 2, node.y + y + h / 2) for x, y, w, h in node.shape.editors.values()]
    found += [((w.begin[0] + w.end[0]) / 2, (w.begin[1] + w.end[1]) / 2) for w in scene.wires]
    return [canvas.mapFromScene(*at) for at in found]


def begin(qtbot, canvas: CanvasView, start: int, modifier: int, button: Qt.MouseButton) -> QPoint:
    points = grips(canvas)
    at = points[start % len(points)]
    qtbot.mousePress(canvas.viewport(), button, MODIFIERS[modifier], at)
    return at


WAYS = st.lists(st.tuples(st.integers(-300, 300), st.integers(-200, 200)), min_size=1, max_size=6)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.integers(0, 60), modifier=st.integers(0, 3), way=WAYS, is_pan=st.booleans())
def test_what_is_dropped_with_esc_leaves_the_graph_as_it_was(qtbot, laid: Editor, canvas, start, modifier, way, is_pan):
    before, steps = laid.root.dumps(), laid.history.undo_text
    at = begin(qtbot, canvas, start, modifier, MIDDLE if is_pan else LEFT)
    for dx, dy in way:
        qtbot.mouseMove(canvas.viewport(), at + QPoint(dx, dy))
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    qtbot.mouseRelease(canvas.viewport(), MIDDLE if is_pan else LEFT)
    assert laid.root.dumps() == before
    assert laid.history.undo_text == steps
    canvas.scene_.sync()
    assert {node.id: (node.x, node.y) for node in canvas.scene_.nodes.values()} == {
        node: laid.graph.view.position(node) for node in laid.graph.nodes
    }
    assert canvas.nodes_.fades is None
    assert canvas.wires_.hidden is None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.integers(0, 60), modifier=st.integers(0, 3), way=WAYS)
def test_what_is_carried_out_is_undone_to_the_byte(qtbot, laid: Editor, canvas, start, modifier, way):
    before = laid.root.dumps()
    done = len(laid.history._done)
    at = begin(qtbot, canvas, start, modifier, LEFT)
    for dx, dy in way:
        qtbot.mouseMove(canvas.viewport(), at + QPoint(dx, dy))
    qtbot.mouseRelease(canvas.viewport(), LEFT, MODIFIERS[modifier], at + QPoint(*way[-1]))
    canvas.search.close()
    canvas.end_gesture(cancel=True)
    assert len(laid.history._done) - done <= 1
    while len(laid.history._done) > done:
        laid.undo()
    assert laid.root.dumps() == before
