"""Sub-graphs in the editor: entered, edited for all uses, left; seen as they ran; undone from anywhere."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtWidgets import QLabel, QToolButton

from animaweave import library
from animaweave.errors import AnimaWeaveError
from animaweave.graph.wire import PortRef
from animaweave.ui.canvas.scene import Hit
from animaweave.ui.editor import Editor
from animaweave.ui.subgraph_library import SubgraphLibrary
from animaweave.ui.window import MainWindow
from tests.ui.conftest import find

LEFT = Qt.MouseButton.LeftButton
CTRL = Qt.KeyboardModifier.ControlModifier
TEXT = (
    '{"nodes": {"n": {"type": "math.add", "params": {"a": 1}}, "m": {"type": "math.add"}},'
    ' "wires": [["n.result", "m.a"]]}'
)


@pytest.fixture
def shown(window: MainWindow, qtbot: QtBot) -> MainWindow:
    """A window with a sub-graph `group` of `add_2`, between `add` and `add_3`."""
    editor = window.editor
    for place in range(3):
        editor.add_node("math.add", (place * 260, 0), {"b": place + 1})
    editor.set_param("add", "a", 5)
    editor.wire(PortRef("add", "result"), PortRef("add_2", "a"))
    editor.wire(PortRef("add_2", "result"), PortRef("add_3", "a"))
    editor.select(["add_2"])
    qtbot.keyClick(window.canvas, Qt.Key.Key_G, CTRL)
    assert list(editor.graph.nodes) == ["add", "add_3", "group"]
    window.canvas.reset_zoom()
    window.canvas.fit_all()
    return window


def header(window: MainWindow, node: str) -> QPoint:
    window.canvas.scene_.sync()
    one = window.canvas.scene_.nodes[node]
    return window.canvas.mapFromScene(one.x + one.shape.width / 2, one.y + 14)


def enter(window: MainWindow, qtbot: QtBot, node: str) -> None:
    qtbot.mouseDClick(window.canvas.viewport(), LEFT, pos=header(window, node))


def test_a_double_click_enters_and_the_breadcrumb_leads_back(shown: MainWindow, qtbot: QtBot) -> None:
    enter(shown, qtbot, "group")
    assert "add_2" in shown.editor.graph.nodes
    shown.canvas.scene_.sync()
    assert set(shown.canvas.scene_.nodes) == {"a", "add_2", "result"}
    qtbot.waitUntil(lambda: any(not one.isHidden() for one in shown.findChildren(QToolButton, "breadcrumb_0")))
    qtbot.mouseClick(find(shown, QToolButton, "breadcrumb_0"), LEFT)
    assert shown.editor.graph is shown.editor.root
    assert shown.editor.selection == ("group",)


def test_the_keyboard_enters_and_leaves(shown: MainWindow, qtbot: QtBot) -> None:
    shown.editor.select(["group"])
    qtbot.keyClick(shown.canvas, Qt.Key.Key_Down, CTRL)
    assert [step.name for step in shown.editor.way] == ["group"]
    qtbot.keyClick(shown.canvas, Qt.Key.Key_Up, CTRL)
    assert shown.editor.way == ()


def test_a_double_click_on_another_node_enters_nothing(shown: MainWindow, qtbot: QtBot) -> None:
    enter(shown, qtbot, "add")
    assert shown.editor.way == ()


def test_an_edit_inside_holds_for_all_uses_and_says_so(shown: MainWindow, qtbot: QtBot) -> None:
    editor = shown.editor
    editor.duplicate(["group"])
    enter(shown, qtbot, "group")
    said = "Edits hold for all 2 nodes that use it"
    qtbot.waitUntil(lambda: said in [note.text() for note in shown.findChildren(QLabel, "breadcrumbs_note")])
    editor.set_param("add_2", "b", 100)
    editor.leave()
    with qtbot.waitSignal(editor.run_ended, timeout=20_000):
        editor.run_graph()
    assert editor.result is not None
    assert editor.result.outputs["group_2.result"] == 5 + 1 + 100
    assert editor.result.outputs["add_3.result"] == 5 + 1 + 100 + 3


def test_a_node_made_unique_has_a_sub_graph_of_its_own(shown: MainWindow) -> None:
    editor = shown.editor
    editor.duplicate(["group"])
    editor.select(["group_2"])
    shown.actions_["make_unique"].trigger()
    assert editor.graph.nodes["group_2"].type == "graph.group_2"
    editor.enter("group_2")
    editor.set_param("add_2", "b", 9)
    assert editor.root.subgraphs["group"].nodes["add_2"].params["b"] == 2
    editor.undo()
    editor.undo()
    assert list(editor.root.subgraphs) == ["group"]


def test_a_dissolved_sub_graph_leaves_its_nodes(shown: MainWindow, qtbot: QtBot) -> None:
    editor = shown.editor
    editor.select(["group"])
    qtbot.keyClick(shown.canvas, Qt.Key.Key_G, CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert set(editor.graph.nodes) == {"add", "add_2", "add_3"}
    assert editor.selection == ("add_2",)
    assert not editor.root.subgraphs
    editor.undo()
    assert set(editor.graph.nodes) == {"add", "add_3", "group"}


def test_what_is_inside_shows_how_it_ran_and_goes_stale_with_an_edit(shown: MainWindow, qtbot: QtBot) -> None:
    editor = shown.editor
    with qtbot.waitSignal(editor.run_ended, timeout=20_000):
        editor.run_graph()
    editor.enter("group")
    assert editor.states["add_2"] == "done"
    assert editor.values[PortRef("add_2", "result")].text == "8"
    editor.set_param("add_2", "b", 3)
    assert editor.states["add_2"] == "stale"
    assert editor.states_by_path["group"] == "stale"


def test_a_failure_inside_is_shown_inside(shown: MainWindow, qtbot: QtBot) -> None:
    editor = shown.editor
    editor.enter("group")
    editor.add_node("math.divide", (0, 300), {"b": 0})
    editor.wire(PortRef("add_2", "result"), PortRef("divide", "a"))
    with qtbot.waitSignal(editor.run_ended, timeout=20_000):
        editor.run_graph()
    assert editor.states["divide"] == "failed"
    assert "cannot divide" in editor.reason("divide")
    assert "divide" in editor.errors
    editor.leave()
    assert editor.states["group"] == "failed"


def test_undo_shows_the_graph_in_which_it_undoes(shown: MainWindow) -> None:
    editor = shown.editor
    editor.enter("group")
    editor.move({"add_2": (400, 400)})
    editor.leave()
    editor.undo()
    assert [step.name for step in editor.way] == ["group"]
    assert editor.graph.view.position("add_2") != (400, 400)
    editor.show(())
    editor.redo()
    assert [step.name for step in editor.way] == ["group"]


def test_undoing_the_sub_graph_that_is_on_screen_leads_out_of_it(shown: MainWindow) -> None:
    shown.editor.enter("group")
    shown.editor.undo()
    assert shown.editor.graph is shown.editor.root
    assert "add_2" in shown.editor.graph.nodes


def test_a_problem_inside_is_gone_to(shown: MainWindow, qtbot: QtBot) -> None:
    editor = shown.editor
    editor.enter("group")
    editor.add_node("image.count_objects", (0, 300))
    editor.leave()
    qtbot.waitUntil(lambda: any(found.node == "group/count_objects" for found in editor.diagnostics))
    table = shown.problems.table
    row = [found.node for found in (*editor.diagnostics, *editor.failures)].index("group/count_objects")
    shown.show_problems()
    qtbot.mouseClick(table.viewport(), LEFT, pos=table.visualRect(table.model().index(row, 1)).center())
    assert [step.name for step in editor.way] == ["group"]
    assert editor.selection == ("count_objects",)


def test_saving_inside_saves_the_whole(shown: MainWindow, tmp_path: Path) -> None:
    editor = shown.editor
    editor.enter("group")
    assert editor.save(tmp_path / "whole.weave.json")
    assert list(library.Graph.load(tmp_path / "whole.weave.json").nodes) == ["add", "add_3", "group"]


def test_a_promoted_value_is_set_by_each_node_that_uses_the_sub_graph(shown: MainWindow, qtbot: QtBot) -> None:
    editor = shown.editor
    editor.duplicate(["group"])
    before = editor.root.dumps()
    enter(shown, qtbot, "group")
    editor.select(["add_2"])
    qtbot.keyClick(shown.canvas, Qt.Key.Key_P, CTRL)
    assert shown.canvas.search.list.count() == 1
    qtbot.keyClick(shown.canvas.search.field, Qt.Key.Key_Return)
    editor.leave()
    editor.set_param("group_2", "b", 50)
    with qtbot.waitSignal(editor.run_ended, timeout=20_000):
        editor.run_graph()
    assert editor.result is not None
    assert (editor.result.outputs["add_3.result"], editor.result.outputs["group_2.result"]) == (11, 56)
    editor.undo()
    editor.undo()
    assert editor.root.dumps() == before


def test_a_sub_graph_is_offered_by_the_search_but_not_inside_of_itself(shown: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(shown.canvas, Qt.Key.Key_Tab)
    qtbot.keyClicks(shown.canvas.search.field, "group")
    qtbot.keyClick(shown.canvas.search.field, Qt.Key.Key_Return)
    assert shown.editor.graph.nodes["group_2"].type == "graph.group"
    shown.editor.enter("group_2")
    qtbot.keyClick(shown.canvas, Qt.Key.Key_Tab)
    qtbot.keyClicks(shown.canvas.search.field, "graph.group")
    assert shown.canvas.search.list.count() == 0


def test_a_wire_tells_what_it_brought_last(shown: MainWindow, qtbot: QtBot) -> None:
    wire = shown.editor.graph.wires[0]
    assert "nothing yet" in shown.canvas._tip(Hit(wire=wire))
    with qtbot.waitSignal(shown.editor.run_ended, timeout=20_000):
        shown.editor.run_graph()
    assert "last: 6" in shown.canvas._tip(Hit(wire=wire))


def test_pasting_inside_brings_the_sub_graphs_along_and_undo_takes_them_away(shown: MainWindow) -> None:
    editor = shown.editor
    text = editor.copy(["group"])
    editor.new()
    editor.add_node("math.add", (0, 0))
    editor.select(["add"])
    editor.encapsulate(["add"])
    editor.enter("group")
    before = editor.root.dumps()
    editor.paste(text, (0, 300))
    assert list(editor.root.subgraphs) == ["group", "group_2"]
    editor.undo()
    assert editor.root.dumps() == before


# -- undo, whatever was done and wherever ------------------------------------------------------------------------------

STEPS = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=14)


def do(editor: Editor, what: int, one: int, other: int) -> None:
    """Something that a person might do, to nodes chosen by number; what is refused is done by nobody."""
    nodes = list(editor.graph.nodes)
    node, last = (nodes[one % len(nodes)], nodes[other % len(nodes)]) if nodes else ("", "")
    doings: list[Any] = [
        lambda: editor.add_node("math.add", (one, other)),
        lambda: editor.add_node("gone.missing", (one, other)),
        lambda: editor.wire(PortRef(node, "result"), PortRef(last, "a")),
        lambda: editor.delete([node]),
        lambda: editor.set_param(node, "b", other),
        lambda: editor.move({node: (other, one)}),
        lambda: editor.encapsulate({node, last}),
        lambda: editor.dissolve(node),
        lambda: editor.enter(node),
        editor.leave,
        lambda: editor.paste(TEXT if one % 2 else editor.copy([node, last]), (one, other)),
        lambda: editor.make_unique(node),
    ]
    try:
        if nodes or what < 2:
            doings[what]()
    except AnimaWeaveError:
        pass


@pytest.fixture(scope="module")
def random_editor(qapp: object) -> Any:
    editor = Editor(graph=library.Graph("random"))
    yield editor
    editor.close()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_undo_of_all_gives_the_file_as_it_was_and_redo_of_all_as_it_became(random_editor: Editor, steps: Any) -> None:
    editor = random_editor
    editor.new()
    for place in range(3):
        editor.add_node("math.add", (place * 200, 0))
    editor.wire(PortRef("add", "result"), PortRef("add_2", "a"))
    editor.encapsulate(["add_2"])
    editor.replace(library.Graph.loads(editor.root.dumps()))
    before = editor.root.dumps()
    for step in steps:
        do(editor, *step)
    after = editor.root.dumps()
    while editor.history.can_undo:
        editor.undo()
    assert editor.root.dumps() == before
    while editor.history.can_redo:
        editor.redo()
    assert editor.root.dumps() == after


def test_the_inspector_lets_go_of_a_node_whose_document_has_gone(shown: MainWindow, qtbot: QtBot) -> None:
    editor = shown.editor
    with qtbot.waitSignal(editor.run_ended, timeout=20_000):
        editor.run_graph()
    editor.select(["add"])
    other = library.Graph.loads(editor.root.dumps())
    editor.replace(other)  # Nodes of the same ids, which are others: what listens must not take one for another.
    shown.inspector.values.refresh()
    editor.select(["add"])
    assert shown.inspector.title.name.text() == "add"


def test_a_sub_graph_that_is_kept_is_offered_in_another_graph_and_becomes_part_of_it(
    shown: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    editor = shown.editor
    shown.canvas.library = SubgraphLibrary(tmp_path / "library")
    editor.select(["group"])
    shown.actions_["keep_subgraph"].trigger()
    assert shown.canvas.library.names() == ["group"]
    editor.new()
    qtbot.keyClick(shown.canvas, Qt.Key.Key_Tab)
    qtbot.keyClicks(shown.canvas.search.field, "group")
    qtbot.keyClick(shown.canvas.search.field, Qt.Key.Key_Return)
    assert editor.graph.nodes["group"].type == "graph.group"
    assert "add_2" in editor.root.subgraphs["group"].nodes
    editor.undo()
    assert not editor.root.subgraphs


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"nodes": 4}'])
def test_what_is_no_sub_graph_in_the_library_is_refused(
    shown: MainWindow, qtbot: QtBot, tmp_path: Path, text: str
) -> None:
    shown.canvas.library = SubgraphLibrary(tmp_path)
    (tmp_path / "odd.weave.json").write_text(text)
    before = shown.editor.root.dumps()
    with qtbot.waitSignal(shown.editor.trouble):
        shown.canvas.asking._take("odd", QPointF(0, 0))
    assert shown.editor.root.dumps() == before
