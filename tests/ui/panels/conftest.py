"""A real editor beside a panel, as the window has them."""

from collections.abc import Callable, Iterator

import pytest
from qtpy import QtWidgets

from animaweave.library import Graph
from animaweave.ui.editor import Editor
from animaweave.ui.theme import Theme


@pytest.fixture
def theme(qapp) -> Theme:
    return Theme("dark")


@pytest.fixture
def editor(qapp) -> Iterator[Editor]:
    made = Editor(graph=Graph("drawn"))
    yield made
    made.close()


@pytest.fixture
def show(qtbot) -> Callable[[QtWidgets.QWidget], None]:
    """Shows a panel in the size of a dock."""

    def show_(panel: QtWidgets.QWidget) -> None:
        qtbot.addWidget(panel)
        panel.resize(1100, 240)
        panel.show()
        qtbot.waitExposed(panel)

    return show_
