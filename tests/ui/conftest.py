"""A real window over a real editor, with its own folder for what it keeps."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot
from qtpy import QtCore, QtWidgets

from animaweave import library
from animaweave.graph.document import Graph
from animaweave.registry.catalogue import RegistryCatalogue
from animaweave.registry.lookup import Registry
from animaweave.ui.editor import Editor
from animaweave.ui.preferences import Preferences
from animaweave.ui.recent import RecentFiles
from animaweave.ui.theme import Theme
from animaweave.ui.window import MainWindow
from tests.engine.lab import Lab, fill

Open = Callable[..., MainWindow]


def find(parent: QtWidgets.QWidget, kind: type[QtWidgets.QWidget], name: str) -> Any:
    """The one widget of a kind and name that is not on its way out."""
    found = [one for one in parent.findChildren(kind, name) if not one.isHidden()]
    assert len(found) == 1, (kind, name, found)
    return found[0]


@pytest.fixture
def theme(qapp: QtWidgets.QApplication) -> Theme:
    return Theme("dark")


@pytest.fixture
def open_window(qtbot: QtBot, theme: Theme, tmp_path: Path) -> Iterator[Open]:
    """Opens windows as one user would, one after another."""
    opened: list[MainWindow] = []

    def open_(registry: Registry | None = None) -> MainWindow:
        kept = Preferences(tmp_path / "kept" / "window.json"), RecentFiles(tmp_path / "kept" / "recent.json")
        window = MainWindow(Editor(registry), theme, *kept)
        opened.append(window)
        window.resize(1280, 800)
        with qtbot.waitActive(window):
            window.show()
            window.activateWindow()
        return window

    yield open_
    for window in opened:
        window.editor.history.mark_saved()
        window.close()
        window.deleteLater()
    # Now, and here: were they left to the garbage collector, a thread of a run might be the one that destroys them.
    QtWidgets.QApplication.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete)


@pytest.fixture
def window(open_window: Open) -> MainWindow:
    return open_window()


@pytest.fixture
def editor(qapp: QtWidgets.QApplication) -> Iterator[Editor]:
    """An editor without a window, of an empty graph."""
    made = Editor(graph=library.Graph("drawn"))
    yield made
    made.close()


@pytest.fixture
def lab() -> Lab:
    """A vessel to add nodes to, before an editor is made."""
    return Lab()


@pytest.fixture
def edit(qapp: QtWidgets.QApplication, lab: Lab) -> Iterator[Callable[..., Editor]]:
    """Makes editors without a window, of a graph or of the words of one, which know the lab's nodes."""
    made: list[Editor] = []

    def edit_(graph: Graph | str | None = None, *wires: str, **how: Any) -> Editor:
        if isinstance(graph, str):
            words, graph = graph, Graph(catalogue=RegistryCatalogue(lab.registry))
            fill(graph, words, *wires, **how)
        made.append(Editor(lab.registry, graph))
        return made[-1]

    yield edit_
    for editor in made:
        editor.close()
