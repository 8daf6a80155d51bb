"""The inspector: what it shows of the selected node, and what is edited there."""

from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot
from qtpy import QtCore, QtGui, QtWidgets

from animaweave.graph.wire import PortRef
from animaweave.library import Graph
from animaweave.registry.lookup import Registry
from animaweave.ui.editor import Editor
from animaweave.ui.inspector.inspector import Inspector
from animaweave.ui.inspector.section import Row
from animaweave.ui.inspector.values import Card, Line
from animaweave.ui.window import MainWindow
from tests.ui.conftest import find

KEY, LEFT = QtCore.Qt.Key, QtCore.Qt.MouseButton.LeftButton


@pytest.fixture
def editor(window: MainWindow) -> Editor:
    return window.editor


@pytest.fixture
def inspector(window: MainWindow) -> Inspector:
    return window.inspector


def texts(widget: QtWidgets.QWidget) -> list[str]:
    QtWidgets.QApplication.processEvents()  # What is new is laid out.
    return [text.text() for text in widget.findChildren(QtWidgets.QLabel) if text.isVisible()]


# ---------------------------------------------------------------- which node


def test_without_a_node_it_says_what_will_be_here(inspector: Inspector) -> None:
    assert texts(inspector) == ["Select a node to see its parameters and last values."]


def test_the_head_names_the_node_and_its_type(editor: Editor, inspector: Inspector) -> None:
    editor.add_node("image.remove_small", (0, 0))
    assert find(inspector, QtWidgets.QLabel, "node_title").text() == "Remove small"
    assert inspector.title.name.text() == "remove_small"
    assert find(inspector, QtWidgets.QLabel, "node_type").text() == "· image.remove_small"


def test_no_name_of_a_shipped_node_is_cut(editor: Editor, inspector: Inspector) -> None:
    for node_type in editor.registry.node_types():
        editor.add_node(node_type.id, (0, 0))
        QtWidgets.QApplication.processEvents()
        for row in inspector.findChildren(Row):
            label = row.label
            assert label.fontMetrics().horizontalAdvance(label.text()) <= label.width(), (node_type.id, label.text())


def test_several_nodes_are_counted(editor: Editor, inspector: Inspector) -> None:
    editor.select([editor.add_node("math.add", (0, 0)), editor.add_node("math.add", (0, 0))])
    assert texts(inspector) == ["2 nodes are selected."]


def test_it_lets_go_of_a_node_that_is_removed_and_of_a_document(editor: Editor, inspector: Inspector) -> None:
    node = editor.add_node("math.add", (0, 0))
    editor.delete([node])
    assert not inspector.title.isVisible()
    editor.undo()
    editor.select([node])
    assert inspector.title.isVisible()
    editor.replace(Graph("another", catalogue=editor.graph.catalogue))
    assert not inspector.title.isVisible()


# ---------------------------------------------------------------- the name


def test_a_name_is_changed_by_typing_another(qtbot: QtBot, editor: Editor, inspector: Inspector) -> None:
    editor.add_node("math.add", (0, 0))
    name = inspector.title.name
    name.selectAll()
    qtbot.keyClicks(name, "total")
    qtbot.keyClick(name, KEY.Key_Return)
    assert list(editor.graph.nodes) == ["total"]
    editor.undo()
    assert name.text() == "add"


def test_a_name_that_is_taken_is_refused_with_the_reason(qtbot: QtBot, editor: Editor, inspector: Inspector) -> None:
    editor.add_node("math.constant", (0, 0))
    editor.add_node("math.add", (0, 0))
    name = inspector.title.name
    name.selectAll()
    qtbot.keyClicks(name, "constant")
    qtbot.keyClick(name, KEY.Key_Return)
    assert name.text() == "add"
    assert any("constant" in text for text in texts(inspector.title))


# ---------------------------------------------------------------- parameters


def param(inspector: Inspector, name: str) -> Any:
    QtWidgets.QApplication.processEvents()
    return inspector.parameters.field(name)


def test_a_number_is_typed_and_a_wrong_one_is_explained(qtbot: QtBot, editor: Editor, inspector: Inspector) -> None:
    node = editor.graph.nodes[editor.add_node("image.gaussian", (0, 0))]
    box = param(inspector, "sigma").box
    box.selectAll()
    qtbot.keyClicks(box, "3.5")
    qtbot.keyClick(box, KEY.Key_Return)
    assert node.params["sigma"] == 3.5
    box.selectAll()
    qtbot.keyClicks(box, "2,0")
    qtbot.keyClick(box, KEY.Key_Return)
    assert node.params["sigma"] == 3.5
    assert any("write 2.0" in text for text in texts(inspector.parameters))
    box.selectAll()
    qtbot.keyClicks(box, "4")
    qtbot.keyClick(box, KEY.Key_Return)
    assert not any("found" in text for text in texts(inspector.parameters))


def test_arrows_step_and_the_steps_are_one_undo(qtbot: QtBot, editor: Editor, inspector: Inspector) -> None:
    node = editor.graph.nodes[editor.add_node("image.remove_small", (0, 0), {"smallest": 10})]
    box = param(inspector, "smallest").box
    for _ in range(3):
        qtbot.keyClick(box, KEY.Key_Up)
    qtbot.keyClick(box, KEY.Key_PageUp)
    assert node.params["smallest"] == 23
    editor.undo()
    assert node.params["smallest"] == 10
    assert box.text() == "10 px"


def test_a_slider_that_is_dragged_is_one_undo(qtbot: QtBot, open_window, tmp_path: Path) -> None:
    editor, inspector = ranged(open_window, tmp_path)
    node = editor.graph.nodes[editor.add_node("tune.set", (0, 0))]
    slider = param(inspector, "level").slider
    middle = slider.height() // 2
    qtbot.mousePress(slider, LEFT, pos=QtCore.QPoint(10, middle))
    for x in range(12, slider.width() - 4, 4):
        qtbot.mouseMove(slider, QtCore.QPoint(x, middle))
    qtbot.mouseRelease(slider, LEFT, pos=QtCore.QPoint(slider.width() - 4, middle))
    assert 0.8 < node.params["level"] <= 1
    editor.undo()
    assert "level" not in node.params
    assert list(editor.graph.nodes) == ["set"]


def ranged(open_window, tmp_path: Path) -> tuple[Editor, Inspector]:
    (tmp_path / "tune.py").write_text(
        "from pathlib import Path\nfrom typing import Annotated, Literal\n"
        "from animaweave.authoring import Field, Vessel\n"
        "tune = Vessel('tune')\n"
        "@tune.node\n"
        "def set(level: Annotated[float, Field(min=0, max=1)] = 0.0, mode: Literal['a', 'b'] = 'a', on: bool = False,\n"
        "        kind: Literal['the longest name', 'another long name'] = 'another long name',\n"
        "        note: Annotated[str, Field(multiline=True)] = '', word: str = 'x', sizes: tuple[int, ...] = (),\n"
        "        file: Path = Path('a.png'), limit: int | None = None) -> float:\n"
        "    '''Set the level.\n\n    It goes from `0` to `1`.\n\n    Args:\n        level: How much.\n    '''\n"
        "    return level\n"
    )
    window = open_window(Registry([tmp_path / "tune.py"]))
    return window.editor, window.inspector


def test_each_kind_of_type_has_its_field(qtbot: QtBot, open_window, tmp_path: Path) -> None:
    editor, inspector = ranged(open_window, tmp_path)
    node = editor.graph.nodes[editor.add_node("tune.set", (0, 0))]
    segments = param(inspector, "mode")
    qtbot.mouseClick(segments, LEFT, pos=QtCore.QPoint(segments.width() - 8, 10))
    qtbot.mouseClick(param(inspector, "on").box, LEFT)
    qtbot.keyClicks(param(inspector, "kind").box, "the")
    qtbot.keyClick(param(inspector, "kind").box, KEY.Key_Down)
    note = param(inspector, "note").box
    qtbot.keyClicks(note, "two")
    qtbot.keyClick(note, KEY.Key_Return)
    qtbot.keyClicks(note, "lines")
    for name, text in (("word", "hello there"), ("sizes", "[1, 2]"), ("file", "b.png")):
        line = param(inspector, name).line
        line.selectAll()
        qtbot.keyClicks(line, text)
        qtbot.keyClick(line, KEY.Key_Return)
    limit = param(inspector, "limit").box
    qtbot.keyClicks(limit, "7")
    qtbot.keyClick(limit, KEY.Key_Return)
    qtbot.waitUntil(lambda: "note" in node.params)
    values = {name: node.params.get(name) for name in ("mode", "on", "note", "word", "sizes", "file", "limit")}
    assert values == {
        "mode": "b", "on": True, "note": "two\nlines", "word": "hello there", "sizes": [1, 2], "file": "b.png",
        "limit": 7,
    }  # fmt: skip
    limit.selectAll()
    qtbot.keyClick(limit, KEY.Key_Delete)
    qtbot.keyClick(limit, KEY.Key_Return)
    assert node.params.get("limit") is None


def test_text_that_is_no_value_of_its_type_is_explained(qtbot: QtBot, open_window, tmp_path: Path) -> None:
    editor, inspector = ranged(open_window, tmp_path)
    node = editor.graph.nodes[editor.add_node("tune.set", (0, 0))]
    line = param(inspector, "sizes").line
    line.selectAll()
    qtbot.keyClicks(line, '["a"]')
    qtbot.keyClick(line, KEY.Key_Return)
    assert "sizes" not in node.params
    assert any("expected" in text for text in texts(inspector.parameters))


def test_a_chosen_file_inside_the_documents_folder_is_kept_relative(
    qtbot: QtBot, open_window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor, inspector = ranged(open_window, tmp_path)
    node = editor.graph.nodes[editor.add_node("tune.set", (0, 0))]
    editor.save(tmp_path / "graph.weave.json")
    editor.select([])
    editor.select([node.id])
    browse = find(param(inspector, "file"), QtWidgets.QToolButton, "browse")
    for chosen, kept in ((tmp_path / "pics" / "c.png", "pics/c.png"), (Path("/elsewhere/d.png"), "/elsewhere/d.png")):
        monkeypatch.setattr(QtWidgets.QFileDialog, "getOpenFileName", lambda *_, chosen=chosen: (str(chosen), ""))
        qtbot.mouseClick(browse, LEFT)
        assert node.params["file"] == kept


def test_scrolling_past_a_number_changes_nothing(qtbot: QtBot, editor: Editor, inspector: Inspector) -> None:
    node = editor.graph.nodes[editor.add_node("image.gaussian", (0, 0))]
    box = param(inspector, "sigma").box
    box.clearFocus()
    wheel(box)
    assert "sigma" not in node.params
    box.setFocus()
    wheel(box)
    assert "sigma" in node.params


def wheel(widget: QtWidgets.QWidget) -> None:
    middle = QtCore.QPointF(widget.rect().center())
    event = QtGui.QWheelEvent(
        middle, widget.mapToGlobal(middle), QtCore.QPoint(), QtCore.QPoint(0, 120), QtCore.Qt.MouseButton.NoButton,
        QtCore.Qt.KeyboardModifier.NoModifier, QtCore.Qt.ScrollPhase.NoScrollPhase, False,  # noqa: FBT003
    )  # fmt: skip
    QtWidgets.QApplication.sendEvent(widget, event)


def test_a_value_goes_back_to_its_default(qtbot: QtBot, editor: Editor, inspector: Inspector) -> None:
    node = editor.graph.nodes[editor.add_node("image.remove_small", (0, 0), {"smallest": 10, "neighbours": 4})]
    shown = [
        button
        for button in inspector.parameters.findChildren(QtWidgets.QToolButton)
        if button.accessibleName() == "Reset smallest"
    ]
    qtbot.mouseClick(shown[0], LEFT)
    assert dict(node.params) == {"neighbours": 4}
    assert not shown[0].isVisible()
    qtbot.mouseClick(find(inspector, QtWidgets.QPushButton, "reset_parameters"), LEFT)
    assert dict(node.params) == {}
    editor.undo()
    assert dict(node.params) == {"neighbours": 4}


def test_a_wired_input_shows_its_source_and_leads_there(qtbot: QtBot, editor: Editor, inspector: Inspector) -> None:
    constant = editor.add_node("math.constant", (0, 0))
    total = editor.add_node("math.add", (0, 0))
    port = "a"
    editor.wire(PortRef(constant, "result"), PortRef(total, port))
    source = find(inspector, QtWidgets.QAbstractButton, f"source_{port}")
    assert source.text().startswith("constant.")
    assert port not in [name for name, *_ in inspector.parameters._fields.items()]
    qtbot.mouseClick(source, LEFT)
    assert editor.selection == (constant,)
    editor.select([total])
    editor.unwire(editor.graph.wires)
    assert param(inspector, port).isVisible()


def test_a_value_of_a_file_that_fits_no_more_is_shown_with_the_reason(
    qtbot: QtBot, editor: Editor, inspector: Inspector
) -> None:
    node = '{"type": "image.gaussian", "params": {"sigma": "x"}}'
    text = f'{{"format": "animaweave/graph", "version": 1, "nodes": {{"g": {node}}}}}'
    editor.replace(Graph.loads(text, catalogue=editor.graph.catalogue))
    editor.select(["g"])
    assert param(inspector, "sigma").box.text() == "x"
    qtbot.waitUntil(lambda: any("expected a number" in said for said in texts(inspector.parameters)))


def test_other_ports_after_a_change_make_other_rows(qtbot: QtBot, editor: Editor, inspector: Inspector) -> None:
    editor.add_node("graph.input", (0, 0))
    line = param(inspector, "type").line
    line.selectAll()
    qtbot.keyClicks(line, "bool")
    qtbot.keyClick(line, KEY.Key_Return)
    assert isinstance(param(inspector, "default").box, QtWidgets.QCheckBox)


# ---------------------------------------------------------------- run settings


def test_run_settings_are_edited(qtbot: QtBot, editor: Editor, inspector: Inspector) -> None:
    node = editor.graph.nodes[editor.add_node("math.add", (0, 0))]
    settings = inspector.run_settings
    for name, text in (("run_timeout", "30"), ("run_attempts", "3")):
        box = find(settings, QtWidgets.QWidget, name).box
        box.selectAll()
        qtbot.keyClicks(box, text)
        qtbot.keyClick(box, KEY.Key_Return)
    for name, words in (("run_placement", "thread"), ("run_on_error", "stop")):
        box = find(settings, QtWidgets.QWidget, name).box
        box.setFocus()  # As a person does; else the keys are the canvas'.
        qtbot.keyClicks(box, words)
        QtWidgets.QApplication.processEvents()
        box = find(settings, QtWidgets.QWidget, name).box
        box.activated.emit(box.currentIndex())
    for name in ("run_disabled", "run_bypass"):
        qtbot.mouseClick(find(settings, QtWidgets.QWidget, name).box, LEFT, pos=QtCore.QPoint(8, 12))
    run = node.run
    assert run.retry is not None
    assert (run.timeout, run.retry.attempts, run.placement, run.on_error) == (30, 3, "thread", "stop")
    assert run.disabled
    assert run.bypass
    for _ in range(6):
        editor.undo()
    assert node.run.timeout is None
    assert find(settings, QtWidgets.QWidget, "run_attempts").box.text() == "1"


# ---------------------------------------------------------------- values, problems, words


def test_last_values_are_shown_once_the_node_has_run(
    qtbot: QtBot, window: MainWindow, editor: Editor, inspector: Inspector, root: Path
) -> None:
    window.files.open(root / "examples" / "coins.weave.json")
    editor.select(["count"])
    qtbot.waitUntil(lambda: "Values appear here once the node has run." in texts(inspector.values))
    with qtbot.waitSignal(editor.run_ended, timeout=20_000):
        editor.run_graph()

    def said() -> set[str]:
        return {line.accessibleName() for line in inspector.values.findChildren(Line) if not line.isHidden()}

    qtbot.waitUntil(lambda: "number out: 24, int" in said())
    assert any(text.startswith("mask in: 384 × 303") for text in said())
    pictures = [card.accessibleName() for card in inspector.values.findChildren(Card) if not card.isHidden()]
    assert len(pictures) == 1


def test_problems_of_the_node_are_told_with_what_to_do(qtbot: QtBot, editor: Editor, inspector: Inspector) -> None:
    editor.add_node("image.threshold", (0, 0))
    qtbot.waitUntil(inspector.findings.isVisible)
    assert any("image" in text for text in texts(inspector.findings))
    editor.add_node("math.constant", (0, 0))
    assert not inspector.findings.isVisible()


def test_a_fix_is_done_by_its_button(qtbot: QtBot, editor: Editor, inspector: Inspector) -> None:
    text = '{"format": "animaweave/graph", "version": 1, "nodes": {"g": {"type": "image.gausian"}}}'
    editor.replace(Graph.loads(text, catalogue=editor.graph.catalogue))
    editor.select(["g"])
    qtbot.waitUntil(inspector.findings.isVisible)
    fix = find(inspector, QtWidgets.QPushButton, "fix")
    assert fix.text() == "Take image.gaussian"
    qtbot.mouseClick(fix, LEFT)
    assert editor.graph.nodes["g"].type == "image.gaussian"


def test_a_failed_node_says_why(qtbot: QtBot, editor: Editor, inspector: Inspector) -> None:
    editor.add_node("image.load", (0, 0), {"path": "no-such-file.png"})
    with qtbot.waitSignal(editor.run_ended, timeout=20_000):
        editor.run_graph()
    qtbot.waitUntil(lambda: any("no-such-file.png" in text for text in texts(inspector.findings)))


def test_the_docstring_is_shown(open_window, tmp_path: Path) -> None:
    editor, inspector = ranged(open_window, tmp_path)
    editor.add_node("tune.set", (0, 0))
    told = find(inspector, QtWidgets.QLabel, "node_help").text()
    assert "Set the level." in told
    assert "JetBrains Mono" in told
    assert find(inspector, QtWidgets.QLabel, "node_facts").text() == "Pure · tune 1"


def test_a_missing_type_says_so(editor: Editor, inspector: Inspector) -> None:
    text = '{"format": "animaweave/graph", "version": 1, "nodes": {"s": {"type": "astro.stack"}}}'
    editor.replace(Graph.loads(text, catalogue=editor.graph.catalogue))
    editor.select(["s"])
    assert "Nothing here knows astro.stack" in find(inspector, QtWidgets.QLabel, "node_help").text()


def test_a_section_folds_by_click_and_by_key(qtbot: QtBot, editor: Editor, inspector: Inspector) -> None:
    editor.add_node("image.gaussian", (0, 0))
    (head,) = [button for button in inspector.findChildren(QtWidgets.QAbstractButton) if button.text() == "Parameters"]
    qtbot.mouseClick(head, LEFT, pos=QtCore.QPoint(40, 10))
    assert not param(inspector, "sigma").isVisible()
    qtbot.keyClick(head, KEY.Key_Space)
    qtbot.waitUntil(param(inspector, "sigma").isVisible)
