"""The ring is around what the keyboard reached, and only then."""

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot
from qtpy import QtCore, QtWidgets

from animaweave.ui.chrome.focus_ring import FocusRing
from animaweave.ui.theme import Theme

KEY, LEFT = QtCore.Qt.Key, QtCore.Qt.MouseButton.LeftButton


@pytest.fixture
def ring(qapp: QtWidgets.QApplication, theme: Theme) -> Iterator[FocusRing]:
    made = FocusRing(qapp, theme)
    yield made
    qapp.focusChanged.disconnect(made._on_focus)
    made.setParent(None)


@pytest.fixture
def form(qtbot: QtBot, ring: FocusRing) -> Iterator[QtWidgets.QScrollArea]:
    """A field, a button, and a field far below in what scrolls."""
    area, page = QtWidgets.QScrollArea(), QtWidgets.QWidget()
    layout = QtWidgets.QVBoxLayout(page)
    layout.addWidget(QtWidgets.QLineEdit())
    layout.addWidget(QtWidgets.QPushButton("Press"))
    layout.addSpacing(400)
    layout.addWidget(QtWidgets.QLineEdit())
    area.setWidget(page)
    area.resize(300, 200)
    qtbot.addWidget(area)
    with qtbot.waitActive(area):
        area.show()
        area.activateWindow()
    yield area
    ring.setParent(None)  # Before the window goes, and the ring with it.


def around(ring: FocusRing, widget: QtWidgets.QWidget) -> QtCore.QRect:
    corner = widget.mapTo(widget.window(), QtCore.QPoint(0, 0))
    return QtCore.QRect(corner, widget.size()).adjusted(-4, -4, 4, 4)


def test_tab_brings_the_ring_and_a_click_takes_it_away(
    qtbot: QtBot, ring: FocusRing, form: QtWidgets.QScrollArea
) -> None:
    field, button = form.findChildren(QtWidgets.QLineEdit)[0], form.findChildren(QtWidgets.QPushButton)[0]
    qtbot.mouseClick(field, LEFT)
    assert not ring.isVisible()
    qtbot.keyClick(field, KEY.Key_Tab)
    assert button.hasFocus()
    assert ring.isVisible()
    assert ring.geometry() == around(ring, button)
    qtbot.mouseClick(button, LEFT)
    assert not ring.isVisible()


def test_the_ring_follows_what_is_scrolled(qtbot: QtBot, ring: FocusRing, form: QtWidgets.QScrollArea) -> None:
    field, button = form.findChildren(QtWidgets.QLineEdit)[0], form.findChildren(QtWidgets.QPushButton)[0]
    field.setFocus()
    qtbot.keyClick(field, KEY.Key_Tab)
    before = ring.y()
    form.verticalScrollBar().setValue(10)
    assert ring.y() == before - 10
    assert ring.geometry() == around(ring, button)


def test_the_ring_goes_with_what_is_hidden(qtbot: QtBot, ring: FocusRing, form: QtWidgets.QScrollArea) -> None:
    field = form.findChildren(QtWidgets.QLineEdit)[0]
    field.setFocus()
    qtbot.keyClick(field, KEY.Key_Tab)
    target = ring.target
    assert target is not None
    target.hide()
    assert ring.target is not target


def test_the_ring_lets_clicks_through(qtbot: QtBot, ring: FocusRing, form: QtWidgets.QScrollArea) -> None:
    field, button = form.findChildren(QtWidgets.QLineEdit)[0], form.findChildren(QtWidgets.QPushButton)[0]
    field.setFocus()
    qtbot.keyClick(field, KEY.Key_Tab)
    at = button.mapTo(form, button.rect().center())
    assert form.childAt(at) is button
