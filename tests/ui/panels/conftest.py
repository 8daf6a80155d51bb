"""A real editor beside a panel, as the window has them."""

from collections.abc import Callable

import pytest
from qtpy import QtWidgets


@pytest.fixture
def show(qtbot) -> Callable[[QtWidgets.QWidget], None]:
    """Shows a panel in the size of a dock."""

    def show_(panel: QtWidgets.QWidget) -> None:
        qtbot.addWidget(panel)
        panel.resize(1100, 240)
        panel.show()
        qtbot.waitExposed(panel)

    return show_
