"""Node types that have changed since a graph was saved: the bar that says so, the dialog with all changes, one undo."""

import json
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot
from qtpy import QtCore, QtWidgets

from animaweave import Vessel
from animaweave.registry.lookup import Registry
from animaweave.ui.dialogs.update import NODE, WHAT, UpdateDialog
from animaweave.ui.window import MainWindow
from tests.ui.conftest import Open, find

LEFT = QtCore.Qt.MouseButton.LeftButton
CHECKED, UNCHECKED = QtCore.Qt.CheckState.Checked, QtCore.Qt.CheckState.Unchecked
PORTS = {"inputs": {"subject": "str?", "radius": "float?", "old": "int?"}, "outputs": {"image": "str"}}
BLUR = {"type": "lab.blur", "params": {"radius": 3, "old": 1}}


@pytest.fixture
def window(open_window: Open) -> MainWindow:
    lab = Vessel("lab", version="2")

    @lab.node(aliases=["blur"])
    def smooth(picture: str = "", width: float = 1.0) -> str:
        """Smooth."""
        return f"{picture}{width}"

    @lab.migrate(smooth)
    def migrate(params: dict[str, Any], version: str) -> dict[str, Any]:
        if "radius" in params:
            params["width"] = params.pop("radius") / 2
        return params

    registry = Registry()
    registry.add(lab)
    return open_window(registry)


def open_old(window: MainWindow, qtbot: QtBot, folder: Path, nodes: dict[str, Any], **more: Any) -> Path:
    file = folder / "old.weave.json"
    signatures = {"lab.blur": {"version": 1, **PORTS}}
    raw = {"format": "animaweave/graph", "version": 1, "nodes": nodes, "signatures": signatures, **more}
    file.write_text(json.dumps(raw))
    window.editor.open(file)
    qtbot.waitUntil(lambda: bool(window.editor.diagnostics))
    return file


def dialog(window: MainWindow, qtbot: QtBot) -> UpdateDialog:
    qtbot.mouseClick(find(window.outdated_bar, QtWidgets.QPushButton, "update_all_here"), LEFT)
    shown = find(window, QtWidgets.QDialog, "update_dialog")
    assert isinstance(shown, UpdateDialog)
    return shown


def items(parent: QtWidgets.QTreeWidgetItem | None) -> list[QtWidgets.QTreeWidgetItem]:
    assert parent is not None
    return [item for at in range(parent.childCount()) if (item := parent.child(at)) is not None]


def rows(shown: UpdateDialog) -> dict[str, list[tuple[str, str, bool]]]:
    """By title: node, sentence, whether it will be done."""
    return {
        group.text(NODE): [(one.text(NODE), one.text(WHAT), one.checkState(NODE) == CHECKED) for one in items(group)]
        for group in items(shown.tree.invisibleRootItem())
    }


def test_all_is_shown_before_it_is_done_and_one_undo_takes_it_back(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    file = open_old(window, qtbot, tmp_path, {"a": BLUR, "b": {"type": "lab.blur"}}, wires=[["b.image", "a.subject"]])
    assert window.outdated_bar.label.text() == "The types of 2 nodes have changed since this graph was saved."
    before = window.editor.graph.dumps()
    shown = dialog(window, qtbot)
    assert rows(shown) == {
        "To be done": [
            ("a", "Parameter old, which is 1, is taken out", False),
            ("a", "The wire b.image → a.subject ends at picture", True),
            ("b", "The wire b.image → a.subject starts at result", True),
        ],
        "Done when the graph was opened": [
            ("a", "It was a lab.blur, radius (it was 3) has gone, width is 1.5", False),
            ("b", "It was a lab.blur", False),
        ],
    }
    assert shown.button.text() == "Update 2 places"
    qtbot.mouseClick(shown.button, LEFT)
    assert [str(wire.source) + str(wire.target) for wire in window.editor.graph.wires] == ["b.resulta.picture"]
    assert window.editor.graph.nodes["a"].params == {"old": 1, "width": 1.5}
    window.editor.undo()
    assert window.editor.graph.dumps() == before
    window.editor.redo()
    qtbot.waitUntil(lambda: [one.code for one in window.editor.diagnostics] == ["AW123", "AW302", "AW302"])
    window.editor.set_param("a", "width", 2.0)
    assert window.files.save()
    assert json.loads(file.read_text())["nodes"]["a"]["params"] == {"old": 1, "width": 2.0}
    qtbot.waitUntil(lambda: [one.code for one in window.editor.diagnostics] == ["AW123"])
    window.editor.unset_param("a", "old")
    qtbot.waitUntil(window.outdated_bar.isHidden)


def test_each_change_may_be_left_out_and_what_is_lost_has_to_be_chosen(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    open_old(window, qtbot, tmp_path, {"a": BLUR, "b": {"type": "lab.blur"}}, wires=[["b.image", "a.subject"]])
    shown = dialog(window, qtbot)
    loss, _, move = items(shown.tree.topLevelItem(0))
    loss.setCheckState(NODE, CHECKED)
    move.setCheckState(NODE, UNCHECKED)
    qtbot.mouseClick(shown.button, LEFT)
    assert window.editor.graph.nodes["a"].params == {"width": 1.5}
    assert [str(wire.source) + str(wire.target) for wire in window.editor.graph.wires] == ["b.imagea.picture"]


def test_nodes_in_sub_graphs_are_updated_too_and_undone(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    inner = {"nodes": {"a": BLUR, "b": {"type": "lab.smooth"}}, "wires": [["a.image", "b.picture"]]}
    open_old(window, qtbot, tmp_path, {"use": {"type": "graph.inner"}}, subgraphs={"inner": inner})
    before = window.editor.root.dumps()
    shown = dialog(window, qtbot)
    assert ("inner/a", "The wire a.image → b.picture starts at result", True) in rows(shown)["To be done"]
    qtbot.mouseClick(shown.button, LEFT)
    assert [str(wire.source) for wire in window.editor.root.subgraphs["inner"].wires] == ["a.result"]
    qtbot.waitUntil(lambda: "AW122" not in [one.code for one in window.editor.diagnostics])
    assert window.editor.is_modified
    window.editor.undo()
    assert window.editor.root.dumps() == before
    qtbot.waitUntil(lambda: "AW122" in [one.code for one in window.editor.diagnostics])


def test_nothing_is_said_of_a_graph_that_is_up_to_date(window: MainWindow, qtbot: QtBot) -> None:
    window.editor.add_node("lab.smooth", (0, 0))
    window.editor.set_run("smooth", activation={"gone": "AND"})
    qtbot.waitUntil(lambda: [one.code for one in window.editor.diagnostics] == ["AW103"])
    assert window.outdated_bar.isHidden()
    assert not window.actions_["update_all"].isEnabled()


def test_the_bar_stays_closed_until_another_graph_is_opened(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    open_old(window, qtbot, tmp_path, {"a": BLUR})
    qtbot.mouseClick(find(window.outdated_bar, QtWidgets.QToolButton, "close_outdated"), LEFT)
    window.editor.move({"a": (50, 50)})
    window.editor.set_param("a", "width", 4.0)
    qtbot.waitUntil(window.actions_["update_all"].isEnabled)
    assert window.outdated_bar.isHidden()
    open_old(window, qtbot, tmp_path, {"a": BLUR})
    qtbot.waitUntil(lambda: not window.outdated_bar.isHidden())
