"""Keys and gestures are told once: in the window and in the documentation; all that can be done can be searched for."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from qtpy import QtCore, QtWidgets

from animaweave.ui.actions.catalogue import ACTIONS
from animaweave.ui.keys import HANDS, keys_page
from animaweave.ui.window import MainWindow

KEY, CTRL = QtCore.Qt.Key, QtCore.Qt.KeyboardModifier.ControlModifier


def test_the_page_of_keys_is_that_of_todays_actions(root: Path, qapp: QtWidgets.QApplication) -> None:
    page = (root / "docs" / "keys.md").read_text(encoding="utf-8")
    assert page == keys_page(), "write it anew with `make keys`"
    for action in ACTIONS:
        assert not action.keys or action.tip in page
    assert all(tip in page for _, tip in HANDS)


def shown(window: MainWindow) -> list[str]:
    box = window.canvas.search.list
    return [box.item(row).text() for row in range(box.count())]


def test_ctrl_k_finds_what_can_be_done_and_does_it(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, KEY.Key_K, CTRL)
    field = window.canvas.search.field
    assert field.placeholderText() == "Search actions"
    assert not any(text.startswith("Undo") for text in shown(window)), "there is nothing to undo"
    qtbot.keyClicks(field, "light")
    assert shown(window)[0].startswith("Light")
    qtbot.keyClick(field, KEY.Key_Return)
    assert window.theme.choice == "light"
    assert window.canvas.search.isHidden()


@pytest.mark.parametrize("words", ["second", "constant 2.5", "math 2.5"])
def test_ctrl_f_finds_a_node_by_id_type_and_value_and_goes_there(qtbot: QtBot, window: MainWindow, words: str) -> None:
    for name, value in (("first", 1.5), ("second", 2.5)):
        window.editor.graph.add("math.constant", id=name, value=value)
        window.editor.move({name: (3000, 2000 if name == "second" else 0)})
    qtbot.keyClick(window, KEY.Key_F, CTRL)
    field = window.canvas.search.field
    qtbot.keyClicks(field, words)
    qtbot.keyClick(field, KEY.Key_Return)
    assert window.editor.selection == ("second",)
    qtbot.waitUntil(
        lambda: window.canvas.mapToScene(window.canvas.viewport().rect()).boundingRect().contains(3010, 2010)
    )


def test_a_search_that_is_dropped_does_nothing(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, KEY.Key_K, CTRL)
    qtbot.keyClicks(window.canvas.search.field, "dark")
    qtbot.keyClick(window.canvas.search.field, KEY.Key_Escape)
    assert window.canvas.search.isHidden()
    assert window.theme.choice != "light"
