"""Problems lists what is wrong, leads there, and mends what can be mended at one click."""

import pytest
from qtpy import QtWidgets
from qtpy.QtCore import Qt

from animaweave.ui.panels.problems import FIX, PROBLEM, WHERE, Problems


@pytest.fixture
def problems(editor, theme, show) -> Problems:
    panel = Problems(editor, theme)
    show(panel)
    return panel


def texts(problems: Problems, column: int) -> list[str]:
    model = problems.table.model()
    return [model.index(row, column).data(Qt.ItemDataRole.DisplayRole) for row in range(model.rowCount())]


def click(qtbot, problems: Problems, row: int, column: int) -> None:
    place = problems.table.visualRect(problems.table.model().index(row, column)).center()
    qtbot.mouseClick(problems.table.viewport(), Qt.MouseButton.LeftButton, pos=place)


@pytest.fixture
def misspelt(editor, qtbot) -> None:
    """A graph in which a parameter has the wrong name."""
    with qtbot.waitSignal(editor.diagnostics_changed):
        editor.add_node("math.add", (0, 0), {"a": 1, "b": 2})
        editor.add_node("image.gaussian", (200, 0), {"sigmaa": 3.0})
    qtbot.waitUntil(lambda: any(found.fix for found in editor.diagnostics))


def test_a_sound_graph_has_no_problems(problems) -> None:
    label = problems.findChild(QtWidgets.QLabel)
    assert label.isVisible()
    assert label.text() == "No problems"
    assert not problems.table.isVisible()


def test_problems_are_listed_with_the_worst_first(problems, editor, misspelt) -> None:
    ranks = [finding.severity.rank for finding in sorted(editor.diagnostics, key=lambda found: found.severity.rank)]
    assert ranks == sorted(ranks)
    assert len(ranks) > 1
    assert len(texts(problems, PROBLEM)) == len(ranks)
    assert problems.table.isVisible()
    assert "gaussian.sigmaa" in texts(problems, WHERE)


def test_a_click_selects_the_node_and_asks_to_show_it(problems, editor, qtbot, misspelt) -> None:
    row = texts(problems, WHERE).index("gaussian.sigmaa")
    editor.select([])
    with qtbot.waitSignal(problems.reveal) as told:
        click(qtbot, problems, row, PROBLEM)
    assert told.args == ["gaussian"]
    assert editor.selection == ("gaussian",)


def test_enter_leads_there_too(problems, editor, qtbot, misspelt) -> None:
    row = texts(problems, WHERE).index("gaussian.sigmaa")
    problems.table.setCurrentIndex(problems.table.model().index(row, PROBLEM))
    editor.select([])
    with qtbot.waitSignal(problems.reveal):
        qtbot.keyClick(problems.table, Qt.Key.Key_Return)
    assert editor.selection == ("gaussian",)


def test_one_click_mends_what_has_a_fix_and_undo_brings_it_back(problems, editor, qtbot, misspelt) -> None:
    row = texts(problems, WHERE).index("gaussian.sigmaa")
    assert texts(problems, FIX)[row] == "Rename to sigma"
    with qtbot.waitSignal(editor.diagnostics_changed):
        click(qtbot, problems, row, FIX)
    assert dict(editor.graph.nodes["gaussian"].params) == {"sigma": 3.0}
    qtbot.waitUntil(lambda: "gaussian.sigmaa" not in texts(problems, WHERE))
    editor.undo()
    qtbot.waitUntil(lambda: "gaussian.sigmaa" in texts(problems, WHERE))


def test_a_node_that_fails_is_a_problem_until_it_runs_well(problems, editor, qtbot) -> None:
    editor.add_node("math.divide", (0, 0), {"a": 1.0, "b": 0.0})
    with qtbot.waitSignal(editor.run_ended):
        editor.run_graph()
    assert any("cannot divide 1 by 0" in text for text in texts(problems, PROBLEM))
    editor.set_param("divide", "b", 2.0)
    with qtbot.waitSignal(editor.run_ended):
        editor.run_graph()
    assert not any("cannot divide" in text for text in texts(problems, PROBLEM))


def test_a_hidden_panel_catches_up_when_it_is_shown(problems, editor, qtbot) -> None:
    problems.hide()
    with qtbot.waitSignal(editor.diagnostics_changed):
        editor.add_node("image.gaussian", (200, 0), {"sigmaa": 3.0})
    qtbot.waitUntil(lambda: bool(editor.diagnostics))
    assert not texts(problems, PROBLEM)
    problems.show()
    assert "gaussian.sigmaa" in texts(problems, WHERE)


def test_a_problem_can_be_copied(problems, editor, qtbot, misspelt) -> None:
    row = texts(problems, WHERE).index("gaussian.sigmaa")
    problems.table.setCurrentIndex(problems.table.model().index(row, PROBLEM))
    qtbot.keyClick(problems.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert "at gaussian.sigmaa" in QtWidgets.QApplication.clipboard().text()
