"""Going back: to a step of the history, to a bookmark, to a part of the graph by its map."""

import pytest
from pytestqt.qtbot import QtBot
from qtpy.QtCore import QPoint, Qt

from animaweave.graph.wire import PortRef
from animaweave.ui.window import MainWindow

LEFT = Qt.MouseButton.LeftButton
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def wide(window: MainWindow) -> MainWindow:
    """A window with three nodes far from each other."""
    for place in range(3):
        window.editor.add_node("math.add", (place * 4000, place * 3000))
    return window


def listed(window: MainWindow) -> list[str]:
    return [window.history.item(row).text() for row in range(window.history.count())]


def test_the_history_lists_what_was_done_and_goes_to_a_step(wide: MainWindow, qtbot: QtBot) -> None:
    wide.docks["history"].raise_()
    qtbot.waitUntil(lambda: listed(wide) == ["As it was opened", *["Add math.add"] * 3])
    item = wide.history.item(1)
    qtbot.mouseClick(wide.history.viewport(), LEFT, pos=wide.history.visualItemRect(item).center())
    assert list(wide.editor.graph.nodes) == ["add"]
    qtbot.waitUntil(lambda: wide.history.item(3).data(Qt.ItemDataRole.UserRole) == 2)
    item = wide.history.item(3)
    qtbot.mouseClick(wide.history.viewport(), LEFT, pos=wide.history.visualItemRect(item).center())
    assert len(wide.editor.graph.nodes) == 3


def test_a_bookmark_leads_back_to_what_was_in_view(wide: MainWindow, qtbot: QtBot) -> None:
    wide.canvas.look_at(4000, 3000, 1.0)
    wide.bookmark("the middle")
    wide.canvas.fit_all()
    qtbot.keyClick(wide, Qt.Key.Key_F, CTRL | SHIFT)
    qtbot.keyClicks(wide.canvas.search.field, "middle")
    qtbot.keyClick(wide.canvas.search.field, Qt.Key.Key_Return)
    assert wide.canvas.camera == pytest.approx((4000, 3000, 1.0), abs=2)
    wide.editor.undo()
    assert not wide.editor.graph.view.bookmarks


def test_a_click_on_the_map_goes_there_and_it_comes_back_with_the_next_window(wide: MainWindow, qtbot: QtBot) -> None:
    wide.canvas.reset_zoom()
    qtbot.keyClick(wide, Qt.Key.Key_M, CTRL | SHIFT)
    minimap = wide.canvas.minimap
    qtbot.waitUntil(minimap.isVisible)
    minimap.repaint()
    for node in ("add", "add_3"):
        shown = wide.canvas.scene_.nodes[node]
        qtbot.mouseClick(minimap, LEFT, pos=QPoint(*map(round, minimap.there(shown.x + 80, shown.y + 40))))
        x, y, width, height = wide.canvas.visible_box()
        assert x <= shown.x <= x + width
        assert y <= shown.y <= y + height
    assert wide.preferences.minimap


def test_the_outline_lists_nodes_with_their_wires_and_leads_along_them(window: MainWindow, qtbot: QtBot) -> None:
    for place in range(2):
        window.editor.add_node("math.add", (place * 4000, 0))
    window.editor.wire(PortRef("add", "result"), PortRef("add_2", "a"))
    window.docks["outline"].raise_()
    outline = window.outline
    qtbot.waitUntil(lambda: outline.topLevelItemCount() == 2)
    first = outline.topLevelItem(0)
    assert first is not None
    outline.setCurrentItem(first)
    assert window.editor.selection == ("add",)
    qtbot.keyClick(outline, Qt.Key.Key_Right)
    assert first.childCount() == 1
    wire = first.child(0)
    assert wire is not None
    assert wire.text(0) == "result → add_2.a"
    outline.setCurrentItem(wire)
    outline.itemActivated.emit(wire, 0)
    assert window.editor.selection == ("add_2",)
    x, _, width, _ = window.canvas.visible_box()
    assert x <= 4000 <= x + width


def test_the_outline_selects_what_the_canvas_does(window: MainWindow, qtbot: QtBot) -> None:
    window.docks["outline"].raise_()
    window.editor.add_node("math.add", (0, 0))
    window.editor.add_node("math.add", (300, 0))
    qtbot.waitUntil(lambda: window.outline.topLevelItemCount() == 2)
    window.editor.select(["add"])
    assert [item.text(0) for item in window.outline.selectedItems()] == ["add"]
