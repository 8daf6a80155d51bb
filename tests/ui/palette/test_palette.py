"""The palette: finding a node type, reading about it, adding it."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from qtpy import QtCore, QtGui, QtWidgets

from animaweave.authoring import NodeType
from animaweave.registry.lookup import Registry, shipped
from animaweave.ui.canvas.view import NODE_TYPE_MIME
from animaweave.ui.palette.model import COUNT, TYPE, documentation
from animaweave.ui.palette.palette import Palette
from animaweave.ui.window import MainWindow

KEY, LEFT = QtCore.Qt.Key, QtCore.Qt.MouseButton.LeftButton


def known(type_id: str) -> NodeType:
    node_type = shipped().node_type(type_id)
    assert node_type is not None
    return node_type


@pytest.fixture
def palette(window: MainWindow) -> Palette:
    return window.palette_


def groups(palette: Palette) -> dict[str, list[str]]:
    """The tree as it shows: titles of node types by title of group."""
    model = palette.tree.model()
    found = {}
    for row in range(model.rowCount()):
        group = model.index(row, 0)
        found[group.data()] = [model.index(child, 0, group).data() for child in range(model.rowCount(group))]
    return found


def row_of(palette: Palette, title: str) -> QtCore.QModelIndex:
    model = palette.tree.model()
    flags = QtCore.Qt.MatchFlag.MatchExactly | QtCore.Qt.MatchFlag.MatchRecursive
    (index, *_) = model.match(model.index(0, 0), QtCore.Qt.ItemDataRole.DisplayRole, title, 1, flags)
    return index


def point_of(palette: Palette, title: str) -> QtCore.QPoint:
    index = row_of(palette, title)
    palette.tree.expand(index.parent())
    palette.tree.scrollTo(index)
    return palette.tree.visualRect(index).center()


def test_every_node_type_is_under_its_vessel_with_a_count(palette: Palette) -> None:
    found = groups(palette)
    assert list(found) == sorted(found)
    assert next(iter(found)) == "Control"
    assert "Gaussian blur" in found["Image"]
    assert found["Graph"] == ["Input", "Output"]
    assert sum(map(len, found.values())) == len(list(shipped().node_types()))
    model = palette.tree.model()
    assert all(model.index(row, 0).data(COUNT) == len(found[model.index(row, 0).data()]) for row in range(len(found)))


def test_typed_words_leave_what_has_them_all(qtbot: QtBot, palette: Palette) -> None:
    qtbot.keyClicks(palette.field, "thresh OTSU")
    assert groups(palette) == {"Image": ["Threshold (Otsu)"]}
    qtbot.keyClick(palette.field, KEY.Key_Escape)
    assert len(groups(palette)) > 2


def test_an_id_and_the_words_of_the_docstring_are_searched_too(qtbot: QtBot, palette: Palette) -> None:
    qtbot.keyClicks(palette.field, "math.add")
    assert "Add" in groups(palette)["Math"]
    palette.field.clear()
    qtbot.keyClicks(palette.field, known("image.remove_small").help.summary)
    assert groups(palette) == {"Image": ["Remove small"]}


def test_what_is_not_there_is_said(qtbot: QtBot, palette: Palette) -> None:
    qtbot.keyClicks(palette.field, "xyzzy")
    assert not palette.tree.isVisible()
    said = [text for text in palette.findChildren(QtWidgets.QLabel) if text.text() == "Nothing of this name"]
    assert said[0].isVisible()


def test_arrows_and_enter_in_the_search_field_add_a_node(qtbot: QtBot, window: MainWindow, palette: Palette) -> None:
    qtbot.keyClicks(palette.field, "threshold")
    first = palette.tree.currentIndex().data(TYPE)
    qtbot.keyClick(palette.field, KEY.Key_Down)
    second = palette.tree.currentIndex().data(TYPE)
    assert first != second
    qtbot.keyClick(palette.field, KEY.Key_Return)
    assert [node.type for node in window.editor.graph.nodes.values()] == [second]


def test_a_double_click_adds_one_node_in_view(qtbot: QtBot, window: MainWindow, palette: Palette) -> None:
    at = point_of(palette, "Add")
    qtbot.mouseClick(palette.tree.viewport(), LEFT, pos=at)
    qtbot.mouseDClick(palette.tree.viewport(), LEFT, pos=at)
    assert [node.type for node in window.editor.graph.nodes.values()] == ["math.add"]
    x, y = window.editor.graph.view.position("add") or (0, 0)
    assert window.canvas.mapToScene(window.canvas.viewport().rect()).boundingRect().contains(x, y)


def test_enter_on_a_row_adds_it_and_the_next_one_lies_beside(
    qtbot: QtBot, window: MainWindow, palette: Palette
) -> None:
    palette.tree.setFocus()
    palette.tree.setCurrentIndex(row_of(palette, "Grey"))
    for _ in range(2):
        qtbot.keyClick(palette.tree, KEY.Key_Return)
    one, other = (window.editor.graph.view.position(node) for node in window.editor.graph.nodes)
    assert one != other


def test_a_click_folds_a_group(qtbot: QtBot, palette: Palette) -> None:
    index = row_of(palette, "Math")
    assert not palette.tree.isExpanded(index)
    qtbot.mouseClick(palette.tree.viewport(), LEFT, pos=palette.tree.visualRect(index).center())
    assert palette.tree.isExpanded(row_of(palette, "Math"))


def test_groups_stay_folded_as_they_were_after_a_search(qtbot: QtBot, palette: Palette) -> None:
    palette.tree.collapse(row_of(palette, "Image"))
    qtbot.keyClicks(palette.field, "grey")
    assert palette.tree.isExpanded(row_of(palette, "Image"))
    palette.field.clear()
    assert not palette.tree.isExpanded(row_of(palette, "Image"))


def test_another_theme_leaves_the_tree_as_it_is(window: MainWindow, palette: Palette) -> None:
    before = groups(palette)
    palette.tree.expand(row_of(palette, "Math"))
    window.actions_["theme_light"].trigger()
    assert groups(palette) == before
    assert palette.tree.isExpanded(row_of(palette, "Math"))
    assert palette.tree.isExpanded(row_of(palette, "Control"))
    assert not palette.tree.isExpanded(row_of(palette, "Image"))
    assert palette.tree.isVisible()


def test_what_is_dragged_carries_its_type_and_the_canvas_takes_it(
    qtbot: QtBot, window: MainWindow, palette: Palette
) -> None:
    data = palette.tree.model().mimeData([row_of(palette, "Gaussian blur")])
    assert bytes(data.data(NODE_TYPE_MIME).data()) == b"image.gaussian"
    target, at = window.canvas.viewport(), QtCore.QPointF(200, 100)
    none = QtCore.Qt.KeyboardModifier.NoModifier
    copy = QtCore.Qt.DropAction.CopyAction
    enter = QtGui.QDragEnterEvent(at.toPoint(), copy, data, LEFT, none)
    for event in (enter, QtGui.QDropEvent(at, copy, data, LEFT, none)):
        QtWidgets.QApplication.sendEvent(target, event)
        assert event.isAccepted()
    assert [node.type for node in window.editor.graph.nodes.values()] == ["image.gaussian"]


def test_groups_cannot_be_dragged(palette: Palette) -> None:
    assert not palette.tree.model().flags(row_of(palette, "Image")) & QtCore.Qt.ItemFlag.ItemIsDragEnabled


def test_the_tooltip_tells_what_a_node_does_with_its_ports() -> None:
    told = documentation(known("image.gaussian"))
    for words in ("Gaussian blur", "image.gaussian", "image.Grey", known("image.gaussian").help.summary):
        assert words in told


def test_favourites_and_what_was_used_last_come_first_at_the_next_start(qtbot: QtBot, open_window) -> None:
    window = open_window()
    palette = window.palette_
    palette.tree.customContextMenuRequested.emit(point_of(palette, "Annotate"))
    (menu,) = palette.findChildren(QtWidgets.QMenu)
    entries = {entry.text(): entry for entry in menu.actions()}
    entries["Add to favourites"].trigger()
    assert groups(palette)["Favourites"] == ["Annotate"]
    entries["Add to the graph"].trigger()
    assert list(window.editor.graph.nodes) == ["annotate"]
    window.editor.history.mark_saved()
    window.close()
    found = groups(open_window().palette_)
    assert list(found)[:3] == ["Favourites", "Recent", "Control"]
    assert found["Recent"] == ["Annotate"]


def test_a_users_vessel_is_in_the_palette(open_window, tmp_path: Path) -> None:
    (tmp_path / "astro.py").write_text(
        "from animaweave.authoring import Vessel\n"
        "astro = Vessel('astro', title='Astronomy', icon='no such icon')\n"
        "@astro.node\ndef stack(count: int = 3) -> int:\n    '''Stack.'''\n    return count\n"
    )
    assert groups(open_window(Registry([tmp_path / "astro.py"])).palette_)["Astronomy"] == ["Stack"]
