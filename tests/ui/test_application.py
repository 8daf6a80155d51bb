"""What starts the window tells of faults instead of losing them."""

import sys

import pytest
from pytestqt.qtbot import QtBot

from animaweave.errors import EditError
from animaweave.ui.application import Faults, window_icon
from animaweave.ui.theme import Theme
from animaweave.ui.window import MainWindow


def test_a_fault_in_the_window_is_told_and_nothing_ends(window: MainWindow, capsys: pytest.CaptureFixture[str]) -> None:
    faults = Faults(window.editor)
    try:
        raise ZeroDivisionError("division by zero")
    except ZeroDivisionError:
        faults(*sys.exc_info())
    assert "ZeroDivisionError: division by zero. Save your work." in window.message_bar.label.text()
    assert "Traceback" in capsys.readouterr().err


def test_a_refusal_is_told_in_its_own_words(window: MainWindow, capsys: pytest.CaptureFixture[str]) -> None:
    Faults(window.editor)(EditError, EditError("there is no node `x`"), None)
    assert window.message_bar.label.text() == "there is no node `x`"


def test_the_icon_comes_in_the_sizes_of_task_bars(qtbot: QtBot, theme: Theme) -> None:
    assert [size.width() for size in window_icon(theme).availableSizes()] == [16, 32, 64, 128]
