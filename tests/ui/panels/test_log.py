"""Log gathers what nodes, application and library say, keeps 10,000 lines, follows the end unless scrolled up."""

import logging
import threading

import numpy as np
import pytest
from qtpy import QtWidgets
from qtpy.QtCore import Qt

from animaweave.engine.epoch import LogLine
from animaweave.engine.observe.metrics import ROW
from animaweave.ui.panels import log_model
from animaweave.ui.panels.log import Log
from animaweave.ui.panels.log_model import NODE, TEXT, TIME
from animaweave.ui.watch import Snapshot

logger = logging.getLogger("animaweave.test")


@pytest.fixture
def log(editor, theme, show, qtbot):
    panel = Log(editor, theme)
    show(panel)
    yield panel
    panel.close_log()


def texts(log: Log, column: int = TEXT) -> list[str]:
    model = log.table.model()
    return [model.index(row, column).data(Qt.ItemDataRole.DisplayRole) for row in range(model.rowCount())]


def test_it_says_what_belongs_here_while_nothing_was_said(log) -> None:
    assert any("appears here" in label.text() for label in log.findChildren(QtWidgets.QLabel) if label.isVisible())


def test_lines_of_all_sources_come_in_order(log, editor, qtbot) -> None:
    logger.warning("a vessel is %s", "slow")
    editor.message.emit("Saved coins.weave.json")
    editor.trouble.emit("It cannot be opened")
    line = LogLine("count", "info", "24 objects")
    editor.live.tick.emit(Snapshot(ids=(), table=np.zeros(0, ROW), states={}, log=(line,)))
    qtbot.waitUntil(lambda: len(texts(log)) == 4)
    assert texts(log) == ["a vessel is slow", "Saved coins.weave.json", "It cannot be opened", "24 objects"]
    assert texts(log, NODE) == ["", "", "", "count"]
    role = Qt.ItemDataRole.AccessibleTextRole
    levels = [log.table.model().index(row, TIME).data(role).split()[0] for row in range(4)]
    assert levels == ["warning", "info", "error", "info"]


def test_a_run_says_how_it_went(log, editor, qtbot) -> None:
    editor.add_node("math.constant", (0, 0))
    editor.run_graph()
    qtbot.waitUntil(lambda: any(text.startswith("Ran in") for text in texts(log)))


def test_any_thread_may_log(log, qtbot) -> None:
    def say() -> None:
        for _ in range(500):
            logger.info("x")

    threads = [threading.Thread(target=say) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    qtbot.waitUntil(lambda: len(texts(log)) == 2000)


def test_an_exception_is_logged_with_its_traceback(log, qtbot) -> None:
    try:
        raise ValueError("sigma is −2")
    except ValueError:
        logger.exception("It broke off.")
    qtbot.waitUntil(lambda: texts(log) == ["It broke off. …"])
    assert "ValueError: sigma is −2" in log.table.model().index(0, TEXT).data(Qt.ItemDataRole.ToolTipRole)


def test_only_lines_of_a_level_and_worse_are_shown(log, qtbot) -> None:
    logger.info("fine")
    logger.warning("odd")
    logger.error("bad")
    qtbot.waitUntil(lambda: len(texts(log)) == 3)
    qtbot.keyClick(log.level_box, Qt.Key.Key_W)
    assert texts(log) == ["odd", "bad"]
    logger.info("fine again")
    logger.error("worse")
    qtbot.waitUntil(lambda: texts(log) == ["odd", "bad", "worse"])
    qtbot.keyClick(log.level_box, Qt.Key.Key_Home)
    assert texts(log) == ["fine", "odd", "bad", "fine again", "worse"]


def test_at_most_so_many_lines_are_kept(log, qtbot, monkeypatch) -> None:
    for number in range(log_model.LIMIT + 50):
        logger.info("%d", number)
    qtbot.waitUntil(lambda: len(texts(log)) > 0)
    logger.info("last")
    qtbot.waitUntil(lambda: texts(log)[-1] == "last")
    assert len(texts(log)) == log_model.LIMIT
    assert texts(log)[0] == "51"


def test_it_follows_the_end_unless_it_was_scrolled_up(log, qtbot) -> None:
    bar = log.table.verticalScrollBar()
    for number in range(100):
        logger.info("%d", number)
    qtbot.waitUntil(lambda: len(texts(log)) == 100)
    assert bar.value() == bar.maximum() > 0
    bar.setValue(10)
    logger.info("more")
    qtbot.waitUntil(lambda: len(texts(log)) == 101)
    assert bar.value() == 10
    bar.setValue(bar.maximum())
    logger.info("and more")
    qtbot.waitUntil(lambda: len(texts(log)) == 102)
    assert bar.value() == bar.maximum()


def test_lines_are_copied_and_cleared(log, qtbot) -> None:
    logger.info("one")
    logger.warning("two")
    qtbot.waitUntil(lambda: len(texts(log)) == 2)
    qtbot.mouseClick(log.copy_button, Qt.MouseButton.LeftButton)
    lines = QtWidgets.QApplication.clipboard().text().splitlines()
    assert [line.split("  ")[1:] for line in lines] == [["info", "one"], ["warning", "two"]]
    place = log.table.visualRect(log.table.model().index(1, TEXT)).center()
    qtbot.mouseClick(log.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.keyClick(log.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QtWidgets.QApplication.clipboard().text().endswith("warning  two")
    qtbot.mouseClick(log.clear_button, Qt.MouseButton.LeftButton)
    assert texts(log) == []
    assert not log.copy_button.isEnabled()


def test_a_double_click_selects_the_node_that_wrote_it(log, editor, qtbot) -> None:
    node = editor.add_node("math.constant", (0, 0))
    editor.select([])
    editor.live.tick.emit(Snapshot(ids=(), table=np.zeros(0, ROW), states={}, log=(LogLine(node, "info", "hello"),)))
    qtbot.waitUntil(lambda: texts(log) == ["hello"])
    place = log.table.visualRect(log.table.model().index(0, TEXT)).center()
    qtbot.mouseClick(log.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(log.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert editor.selection == (node,)


def test_a_hidden_log_gathers_and_shows_it_later(log, qtbot) -> None:
    log.hide()
    logger.info("meanwhile")
    QtWidgets.QApplication.processEvents()
    assert texts(log) == []
    log.show()
    assert texts(log) == ["meanwhile"]


def test_a_log_that_has_gone_leaves_the_loggers_as_they_were(editor, theme, qtbot) -> None:
    root = logging.getLogger("animaweave")
    before = root.level, list(root.handlers)
    log = Log(editor, theme)
    qtbot.addWidget(log)
    assert len(root.handlers) == len(before[1]) + 1
    log.close_log()
    assert (root.level, list(root.handlers)) == before
    other = Log(editor, theme)
    other.deleteLater()
    qtbot.waitUntil(lambda: (root.level, list(root.handlers)) == before)
