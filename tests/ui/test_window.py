"""The window: menus and keys, files and their questions, docks that come back, trouble told where the user looks."""

import json
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from qtpy import QtCore, QtWidgets

from animaweave.graph.wire import PortRef
from animaweave.registry.lookup import Registry
from animaweave.ui.actions.action import SEPARATOR
from animaweave.ui.actions.catalogue import ACTIONS, MENUS
from animaweave.ui.window import MainWindow
from tests.engine.lab import Lab
from tests.ui.conftest import Open, find

KEY, NO, CTRL, SHIFT = (
    QtCore.Qt.Key,
    QtCore.Qt.KeyboardModifier.NoModifier,
    QtCore.Qt.KeyboardModifier.ControlModifier,
    QtCore.Qt.KeyboardModifier.ShiftModifier,
)
LEFT = QtCore.Qt.MouseButton.LeftButton


def label(window: MainWindow, name: str) -> str:
    return str(find(window, QtWidgets.QLabel, name).text())


def answer(qtbot: QtBot, button: QtWidgets.QMessageBox.StandardButton) -> None:
    """Click a button of the question that will come."""

    def click() -> None:
        box = QtWidgets.QApplication.activeModalWidget()
        assert isinstance(box, QtWidgets.QMessageBox)
        qtbot.mouseClick(box.button(button), LEFT)

    QtCore.QTimer.singleShot(0, click)


# ---------------------------------------------------------------- actions


def test_every_action_has_a_name_and_words_of_its_own() -> None:
    names = [action.name for action in ACTIONS]
    assert len(set(names)) == len(names)
    keys = [key for action in ACTIONS for key in action.keys]
    assert len(set(keys)) == len(keys)
    for action in ACTIONS:
        assert action.tip
        assert action.text[0] == action.text[0].upper()


def test_every_action_is_in_a_menu_and_every_menu_entry_is_an_action() -> None:
    shown = [name for _, names in MENUS for name in names if name != SEPARATOR]
    assert sorted(shown) == sorted([*(action.name for action in ACTIONS), "recent", "panels"])


@pytest.mark.parametrize("name", ["run", "stop", "undo", "redo", "export_json", "fit_all", "add_node"])
def test_tests_and_scripts_find_actions_by_name(window: MainWindow, name: str) -> None:
    assert window.actions_[name].objectName() == name


def test_what_cannot_be_done_is_disabled(window: MainWindow) -> None:
    names = ("undo", "redo", "cut", "copy", "duplicate", "run", "stream", "stop", "export_json")
    assert not any(window.actions_[name].isEnabled() for name in names)
    window.editor.add_node("math.add", (0, 0))
    enabled = {name for name in names if window.actions_[name].isEnabled()}
    assert enabled == {"undo", "cut", "copy", "duplicate", "run", "stream", "export_json"}


def test_undo_and_redo_by_key_say_what_they_do(qtbot: QtBot, window: MainWindow) -> None:
    window.editor.add_node("math.add", (0, 0))
    assert window.actions_["undo"].text() == "Undo add math.add"
    qtbot.keyClick(window, KEY.Key_Z, CTRL)
    assert not window.editor.graph.nodes
    assert window.actions_["redo"].text() == "Redo add math.add"
    qtbot.keyClick(window, KEY.Key_Z, CTRL | SHIFT)
    assert list(window.editor.graph.nodes) == ["add"]


def test_edit_keys_belong_to_the_canvas(qtbot: QtBot, window: MainWindow) -> None:
    window.editor.add_node("math.add", (0, 0))
    field = window.inspector.title.name
    field.setFocus()
    qtbot.keyClick(field, KEY.Key_End)
    qtbot.keyClick(field, KEY.Key_Backspace)
    qtbot.keyClick(field, KEY.Key_A, CTRL)
    qtbot.keyClick(field, KEY.Key_Delete)
    assert list(window.editor.graph.nodes) == ["add"]
    window.canvas.setFocus()
    qtbot.keyClick(window.canvas, KEY.Key_Delete)
    assert not window.editor.graph.nodes


def test_select_copy_paste_and_duplicate_by_key(qtbot: QtBot, window: MainWindow) -> None:
    window.editor.add_node("math.add", (0, 0))
    window.canvas.setFocus()
    for key in (KEY.Key_A, KEY.Key_C, KEY.Key_V, KEY.Key_D):
        qtbot.keyClick(window.canvas, key, CTRL)
    assert len(window.editor.graph.nodes) == 3


def test_a_refused_edit_is_told_on_the_canvas(qtbot: QtBot, window: MainWindow) -> None:
    QtWidgets.QApplication.clipboard().setText("no graph at all")
    window.actions_["paste"].trigger()
    assert window.message_bar.isVisible()
    assert not window.editor.graph.nodes


# ---------------------------------------------------------------- files


def test_the_name_of_the_document_and_its_unsaved_edits_show(window: MainWindow, tmp_path: Path) -> None:
    assert window.windowTitle() == "untitled[*] — AnimaWeave Studio"
    window.editor.add_node("math.add", (0, 0))
    assert window.isWindowModified()
    assert window.editor.save(tmp_path / "sum.weave.json")
    assert (window.windowTitle(), window.isWindowModified()) == ("sum.weave.json[*] — AnimaWeave Studio", False)
    assert label(window, "file_name") == "sum.weave.json"


def test_save_asks_for_a_file_and_ends_it_rightly(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = lambda *_: (str(tmp_path / "sum"), "")  # noqa: E731
    monkeypatch.setattr(QtWidgets.QFileDialog, "getSaveFileName", asked)
    window.editor.add_node("math.add", (0, 0))
    qtbot.keyClick(window, KEY.Key_S, CTRL)
    assert json.loads((tmp_path / "sum.weave.json").read_text())["nodes"] == {"add": {"type": "math.add"}}
    assert not window.editor.is_modified


def test_open_asks_for_a_file_and_remembers_it(
    qtbot: QtBot, window: MainWindow, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    coins = root / "examples" / "coins.weave.json"
    monkeypatch.setattr(QtWidgets.QFileDialog, "getOpenFileName", lambda *_: (str(coins), ""))
    qtbot.keyClick(window, KEY.Key_O, CTRL)
    assert "photo" in window.editor.graph.nodes
    menu = window.findChildren(QtWidgets.QMenu, "menu_recent")[0]
    menu.aboutToShow.emit()
    assert menu.actions()[0].text() == str(coins)
    qtbot.keyClick(window, KEY.Key_N, CTRL)
    assert not window.editor.graph.nodes
    menu.actions()[0].trigger()
    assert "photo" in window.editor.graph.nodes
    menu.actions()[-1].trigger()
    menu.aboutToShow.emit()
    assert [action.text() for action in menu.actions()] == ["No files yet"]


def test_a_file_that_is_no_graph_is_told_in_a_sentence_and_the_graph_stays(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    window.editor.add_node("math.add", (0, 0))
    window.editor.history.mark_saved()
    (tmp_path / "bad.weave.json").write_text('{"format": "animaweave/graph", "version": 1, "nodes": [')
    window.files.open(tmp_path / "bad.weave.json")
    assert window.message_bar.isVisible()
    assert "bad.weave.json" in window.message_bar.label.text()
    assert list(window.editor.graph.nodes) == ["add"]
    close = find(window.message_bar, QtWidgets.QToolButton, "close_message")
    qtbot.mouseClick(close, LEFT)
    assert not window.message_bar.isVisible()


@pytest.mark.parametrize("button", ["Save", "Discard", "Cancel"])
def test_closing_asks_about_unsaved_edits(qtbot: QtBot, window: MainWindow, tmp_path: Path, button: str) -> None:
    window.editor.add_node("math.add", (0, 0))
    window.editor.save(tmp_path / "sum.weave.json")
    window.editor.add_node("math.multiply", (0, 0))
    answer(qtbot, QtWidgets.QMessageBox.StandardButton[button])
    window.close()
    assert window.isVisible() is (button == "Cancel")
    assert ("multiply" in (tmp_path / "sum.weave.json").read_text()) is (button == "Save")


def test_closing_without_edits_asks_nothing(window: MainWindow) -> None:
    assert window.close()


# ---------------------------------------------------------------- docks


def test_docks_come_back_as_they_were_left(open_window) -> None:
    window = open_window()
    window.docks["log"].raise_()
    window.docks["palette"].hide()
    window.addDockWidget(QtCore.Qt.DockWidgetArea.LeftDockWidgetArea, window.docks["inspector"])
    window.close()
    again = open_window()
    assert not again.docks["palette"].isVisible()
    assert again.dockWidgetArea(again.docks["inspector"]) == QtCore.Qt.DockWidgetArea.LeftDockWidgetArea
    assert {dock.objectName() for dock in again.tabifiedDockWidgets(again.docks["log"])} == {
        "dock_problems",
        "dock_nodes",
        "dock_history",
        "dock_outline",
    }


def test_a_hidden_dock_is_shown_from_the_menu(window: MainWindow) -> None:
    window.docks["palette"].hide()
    entries = {entry.text(): entry for entry in window.createPopupMenu().actions()}
    assert list(entries) == ["Palette", "Inspector", "Problems", "Nodes", "Log", "History", "Outline"]
    entries["Palette"].trigger()
    assert window.docks["palette"].isVisible()


def test_a_dock_alone_has_a_title_and_one_among_tabs_has_none(window: MainWindow) -> None:
    for name, is_alone in (("palette", True), ("inspector", True), ("problems", False), ("nodes", False)):
        assert (window.docks[name].titleBarWidget().sizeHint().height() > 0) is is_alone, name


def test_the_first_shape_has_the_measures_of_the_theme(window: MainWindow) -> None:
    assert (window.docks["palette"].width(), window.docks["inspector"].width()) == (220, 296)
    heights = {"menubar": 28, "toolbar": 40, "document_bar": 32, "status": 24}
    for name, height in heights.items():
        found = find(window, QtWidgets.QWidget, name)
        assert found.height() == height, name


# ---------------------------------------------------------------- running


def test_run_by_key_and_its_end_shows_in_the_status(qtbot: QtBot, window: MainWindow) -> None:
    window.editor.add_node("math.constant", (0, 0), {"value": 2.5})
    assert label(window, "run_state") == "Ready"
    with qtbot.waitSignal(window.editor.run_ended):
        qtbot.keyClick(window, KEY.Key_F5)
        assert label(window, "run_state") == "Running"
        assert window.actions_["stop"].isEnabled()
    assert label(window, "run_state") == "Done"
    assert not window.actions_["stop"].isEnabled()
    assert "live" in label(window, "memory")


def test_the_run_button_runs(qtbot: QtBot, window: MainWindow) -> None:
    window.editor.add_node("math.constant", (0, 0))
    button = find(window, QtWidgets.QAbstractButton, "run_button")
    assert button.text() == "Run"
    with qtbot.waitSignal(window.editor.run_ended):
        qtbot.mouseClick(button, LEFT)


def test_a_stream_goes_on_until_it_is_stopped(qtbot: QtBot, window: MainWindow) -> None:
    window.editor.add_node("math.constant", (0, 0))
    qtbot.keyClick(window, KEY.Key_F5, CTRL)
    qtbot.waitUntil(lambda: label(window, "epochs").endswith("epochs/s"))
    with qtbot.waitSignal(window.editor.run_ended):
        qtbot.keyClick(window, KEY.Key_F5, SHIFT)
    assert label(window, "run_state") in ("Done", "Stopped")
    assert not window.editor.is_running


def test_the_count_of_problems_shows_and_leads_to_them(qtbot: QtBot, window: MainWindow) -> None:
    count = find(window, QtWidgets.QToolButton, "problem_count")
    assert count.text() == "No problems"
    window.editor.add_node("image.threshold", (0, 0))
    qtbot.waitUntil(lambda: count.text() == "1 problem")
    window.docks["problems"].hide()
    qtbot.mouseClick(count, LEFT)
    assert window.docks["problems"].isVisible()


# ---------------------------------------------------------------- theme, help, export


def test_the_theme_is_chosen_and_remembered(open_window) -> None:
    window = open_window()
    window.actions_["theme_light"].trigger()
    assert window.theme.mode == "light"
    assert window.actions_["theme_light"].isChecked()
    assert not window.actions_["theme_dark"].isChecked()
    find(window, QtWidgets.QToolButton, "theme_button").click()
    assert window.theme.mode == "dark"
    window.close()
    assert open_window().preferences.theme == "dark"


def test_the_page_of_keys_has_every_key(window: MainWindow) -> None:
    window.actions_["keys"].trigger()
    page = find(window, QtWidgets.QDialog, "keys_dialog")
    words = {text.text() for text in page.findChildren(QtWidgets.QLabel)}
    for action in ACTIONS:
        assert not action.keys or {action.keys[0], action.tip} <= words, action.name


def test_about_names_the_version(window: MainWindow) -> None:
    window.actions_["about"].trigger()
    page = find(window, QtWidgets.QDialog, "about_dialog")
    assert any("Version 0." in text.text() for text in page.findChildren(QtWidgets.QLabel))


def test_export_gives_a_line_to_paste(qtbot: QtBot, window: MainWindow, root: Path) -> None:
    window.files.open(root / "examples" / "coins.weave.json")
    qtbot.keyClick(window, KEY.Key_E, CTRL)
    page = find(window, QtWidgets.QDialog, "export")
    qtbot.mouseClick(find(page, QtWidgets.QPushButton, "copy_command"), LEFT)
    line = QtWidgets.QApplication.clipboard().text()
    assert line == f"animaweave run {root / 'examples' / 'coins.weave.json'}"
    assert find(page, QtWidgets.QPlainTextEdit, "export_command").toPlainText() == line
    qtbot.mouseClick(find(page, QtWidgets.QPushButton, "copy_python"), LEFT)
    assert "import animaweave" in QtWidgets.QApplication.clipboard().text()


def test_a_vessel_that_raises_is_told_in_the_palette_and_the_rest_is_there(open_window, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("raise ValueError('no luck')\n")
    window = open_window(Registry([tmp_path / "broken.py"]))
    told = label(window, "vessel_problems")
    assert "broken.py" in told
    assert "no luck" in told
    assert window.palette_.tree.model().rowCount() > 2


def test_every_value_is_checked_when_asked_for_now_and_at_the_next_start(
    qtbot: QtBot, open_window: Open, lab: Lab
) -> None:
    @lab.node
    def liar() -> int:
        return "no number"  # type: ignore[return-value]  # That is what is to be found.

    window = open_window(lab.registry)
    window.editor.add_node("lab.liar", (0, 0))
    for strict in (False, True):
        assert window.editor.strict is strict
        with qtbot.waitSignal(window.editor.run_ended):
            window.editor.run_graph()
        assert window.editor.result is not None
        assert (window.editor.result.status == "success") is not strict
        window.actions_["strict"].trigger()
    window.actions_["strict"].trigger()
    assert open_window(lab.registry).editor.strict
    window.actions_["strict"].trigger()


def test_ctrl_g_puts_the_selected_nodes_into_a_sub_graph_and_undo_takes_them_out(
    qtbot: QtBot, window: MainWindow
) -> None:
    editor = window.editor
    for name, x in (("a", 0), ("b", 250), ("c", 500)):
        editor.graph.add("math.add", id=name)
        editor.move({name: (x, 0)})
        editor.set_param(name, "a", 1.0)
    editor.wire(PortRef("a", "result"), PortRef("b", "b"))
    editor.wire(PortRef("b", "result"), PortRef("c", "b"))
    before = editor.graph.dumps()
    editor.select(["a", "b"])
    window.canvas.setFocus()
    qtbot.keyClick(window.canvas, KEY.Key_G, CTRL)
    assert editor.selection == ("group",)
    assert [f"{wire.source} {wire.target}" for wire in editor.graph.wires] == ["group.result c.b"]
    with qtbot.waitSignal(editor.run_ended):
        editor.run_graph()
    assert editor.result is not None
    assert editor.result.outputs == {"c.result": 3.0}
    editor.undo()
    assert editor.graph.dumps() == before
    assert editor.history.redo_text == "put 2 nodes into group"
