"""The open document is compared with a file, on the canvas, and the comparison follows edits."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFrame, QPushButton

from animaweave.ui.window import MainWindow
from tests.ui.conftest import find

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def edited(window: MainWindow, tmp_path: Path) -> MainWindow:
    """Saved with two nodes; since then one has gone, one has come, one has another value."""
    editor = window.editor
    for place in range(3):
        editor.add_node("math.add", (place * 260, 0))
    editor.save(tmp_path / "sums.weave.json")
    editor.delete(["add_2"])
    editor.set_param("add", "b", 5)
    editor.add_node("math.multiply", (260, 300))
    return window


def test_what_has_changed_since_saving_is_shown_and_walked_through(edited: MainWindow, qtbot: QtBot) -> None:
    edited.actions_["compare_saved"].trigger()
    bar = find(edited, QFrame, "comparison_bar")
    assert bar.label.text() == "Compared with the saved file — nodes: 1 new, 1 gone; 1 value"
    assert edited.canvas.marks.nodes == {"add": "changed", "multiply": "added"}
    assert edited.canvas.marks.ghosts == {"add_2": (260, 0)}
    button = find(edited, QPushButton, "next_change")
    for node in ("add", "multiply", "add"):
        qtbot.mouseClick(button, LEFT)
        assert edited.editor.selection == (node,)
    qtbot.mouseClick(find(edited, QPushButton, "end_comparison"), LEFT)
    assert not edited.canvas.marks.nodes
    assert bar.isHidden()


def test_the_comparison_follows_edits(edited: MainWindow, qtbot: QtBot) -> None:
    edited.actions_["compare_saved"].trigger()
    for _ in range(3):
        edited.editor.undo()
    qtbot.waitUntil(lambda: not edited.canvas.marks.nodes and not edited.canvas.marks.ghosts)
    assert "nothing has changed" in edited.comparison.summary


def test_it_ends_with_another_document(edited: MainWindow) -> None:
    edited.actions_["compare_saved"].trigger()
    edited.editor.new()
    assert not edited.comparison.title
    assert not edited.canvas.marks.ghosts


def test_a_file_that_is_no_graph_is_refused_and_nothing_is_compared(
    edited: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "no.weave.json").write_text("[]")
    with qtbot.waitSignal(edited.editor.trouble):
        edited.compare(tmp_path / "no.weave.json")
    assert not edited.comparison.title
