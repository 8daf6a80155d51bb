"""Work off the GUI thread, and the way back."""

import threading
from collections.abc import Iterator
from functools import partial

import pytest
from pytestqt.qtbot import QtBot
from qtpy import QtWidgets

from animaweave.ui.background import Background


@pytest.fixture
def background(qapp: object) -> Iterator[Background]:
    background = Background()
    yield background
    background.close()


def test_work_is_done_on_another_thread_and_what_follows_on_this_one(background: Background, qtbot: QtBot) -> None:
    threads: list[int] = []
    background.start(threading.get_ident, lambda there: threads.extend((there, threading.get_ident())))
    qtbot.waitUntil(lambda: len(threads) == 2)
    assert threads[0] != threads[1] == threading.get_ident()


def test_posts_are_called_in_order(background: Background, qtbot: QtBot) -> None:
    called: list[int] = []
    for number in range(100):
        background.post(partial(called.append, number))
    assert called == []
    qtbot.waitUntil(lambda: len(called) == 100)
    assert called == list(range(100))


def test_work_that_fails_is_logged_and_nothing_follows(
    background: Background, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    followed: list[object] = []
    background.start(lambda: 1 / 0, followed.append)
    qtbot.waitUntil(lambda: "ZeroDivisionError" in caplog.text)
    assert followed == []


def test_after_closing_nothing_is_called_and_no_thread_is_left(qtbot: QtBot) -> None:
    background = Background()
    go = threading.Event()
    called: list[object] = []
    background.start(go.wait, called.append)
    background.post(lambda: called.append("late"))
    threading.Timer(0, go.set).start()
    background.close()
    background.post(lambda: called.append("later"))
    QtWidgets.QApplication.processEvents()
    assert called == []
