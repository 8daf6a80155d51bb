"""Nodes shows what each node costs while the graph runs, follows the canvas both ways, and rests while hidden."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import numpy as np
import pytest
from qtpy import QtCore, QtWidgets
from qtpy.QtCore import Qt

from animaweave.engine.observe.metrics import ROW
from animaweave.library import Graph
from animaweave.ui.editor import Editor
from animaweave.ui.panels import latency, node_table
from animaweave.ui.panels.latency import LatencyPast
from animaweave.ui.panels.node_table import BYTES_OUT, FAILURES, NODE, P50, RUNS, STATE, TYPE
from animaweave.ui.panels.nodes import Nodes
from animaweave.ui.theme import Theme
from animaweave.ui.watch import Snapshot

PANELS = Path(node_table.__file__).parent


@pytest.fixture
def editor(qapp):
    graph = Graph("three")
    graph.add("math.constant", id="one", value=2.0)
    graph.add("math.add", id="sum", b=1.0)
    graph.add("math.divide", id="half", b=2.0)
    graph.connect("one.result", "sum.a")
    graph.connect("sum.result", "half.a")
    made = Editor(graph=graph)
    yield made
    made.close()


@pytest.fixture
def nodes(editor: Editor, theme: Theme, show: Callable) -> Nodes:
    panel = Nodes(editor, theme)
    show(panel)
    return panel


def column(nodes: Nodes, number: int) -> list[str]:
    model = nodes.table.model()
    return [model.index(row, number).data(Qt.ItemDataRole.DisplayRole) for row in range(model.rowCount())]


def header(nodes: Nodes, number: int) -> str:
    return nodes.table.model().headerData(number, Qt.Orientation.Horizontal, Qt.ItemDataRole.DisplayRole)


def click_row(qtbot, nodes: Nodes, node: str, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    row = column(nodes, NODE).index(node)
    place = nodes.table.visualRect(nodes.table.model().index(row, NODE)).center()
    qtbot.mouseClick(nodes.table.viewport(), Qt.MouseButton.LeftButton, modifier, place)


def click_header(qtbot, nodes: Nodes, number: int) -> None:
    bar = nodes.table.horizontalHeader()
    place = QtCore.QPoint(bar.sectionViewportPosition(number) + 20, bar.height() // 2)
    qtbot.mouseClick(bar.viewport(), Qt.MouseButton.LeftButton, pos=place)


def selected(nodes: Nodes) -> list[str]:
    return [column(nodes, NODE)[row] for row in nodes.table.selected_rows()]


def run(qtbot, editor: Editor) -> None:
    with qtbot.waitSignal(editor.run_ended):
        editor.run_graph()


def snapshot(editor: Editor, **columns: list[int]) -> Snapshot:
    """Figures as the engine gives them."""
    table = np.zeros(len(editor.graph.nodes), ROW)
    for name, values in columns.items():
        table[name] = values
    return Snapshot(ids=tuple(editor.graph.nodes), table=table, states=editor.states)


# ---------------------------------------------------------------- figures


def test_a_run_fills_the_figures(nodes, editor, qtbot) -> None:
    assert column(nodes, NODE) == ["one", "sum", "half"]
    assert column(nodes, TYPE) == ["math.constant", "math.add", "math.divide"]
    assert column(nodes, RUNS) == ["", "", ""]
    run(qtbot, editor)
    assert column(nodes, RUNS) == ["1", "1", "1"]
    assert column(nodes, FAILURES) == ["0", "0", "0"]
    assert all(column(nodes, BYTES_OUT))
    role = Qt.ItemDataRole.AccessibleTextRole
    assert nodes.table.model().index(0, STATE).data(role) == "done"


def test_figures_run_on_while_the_graph_streams(nodes, editor, qtbot) -> None:
    editor.run_stream()
    qtbot.waitUntil(lambda: int((column(nodes, RUNS)[0] or "0").replace(",", "")) > 50)
    seen = column(nodes, RUNS)[0]
    qtbot.waitUntil(lambda: column(nodes, RUNS)[0] != seen)
    with qtbot.waitSignal(editor.run_ended):
        editor.stop()
    qtbot.waitUntil(lambda: column(nodes, RUNS)[0] == f"{int(editor.live.last.table['runs'][0])}")


def test_a_column_has_one_unit_which_its_header_names(nodes, editor) -> None:
    assert header(nodes, P50) == "p50"
    editor.live.tick.emit(snapshot(editor, runs=[9, 9, 9], p50_ns=[3_650_000, 322_000, 3_100]))
    assert header(nodes, P50) == "p50 ms"
    assert column(nodes, P50) == ["3.65", "0.322", "0.003"]
    tip = nodes.table.model().index(2, P50).data(Qt.ItemDataRole.ToolTipRole)
    assert tip.replace("\u202f", " ") == "3.10 µs"


def test_figures_change_in_place_and_tell_of_the_rows_in_sight_alone(qapp, theme, show) -> None:
    graph = Graph("many")
    for _ in range(200):
        graph.add("math.constant")
    editor = Editor(graph=graph)
    nodes = Nodes(editor, theme)
    show(nodes)
    editor.live.tick.emit(first := snapshot(editor, runs=[1] * 200))
    changes: list[tuple[int, int]] = []
    resets: list[bool] = []
    nodes.table.model().dataChanged.connect(lambda top, bottom, *_: changes.append((top.row(), bottom.row())))
    nodes.table.model().modelReset.connect(lambda: resets.append(True))
    last = Snapshot(ids=first.ids, table=snapshot(editor, runs=[2] * 200).table, states=editor.states, is_last=True)
    editor.live.tick.emit(last)
    assert column(nodes, RUNS)[0] == "2"
    assert not resets
    assert len(changes) == 2, "the figures, and the states"
    assert all(bottom - top < 20 for top, bottom in changes)
    editor.close()


def test_figures_change_at_most_four_times_a_second(nodes, editor, qtbot) -> None:
    ids = tuple(editor.graph.nodes)
    begin = time.monotonic()
    changes: list[float] = []
    nodes.table.model().dataChanged.connect(lambda *_: changes.append(time.monotonic() - begin))
    number = 0

    def tick() -> bool:
        nonlocal number
        number += 1
        table = snapshot(editor, runs=[number] * 3).table
        editor.live.tick.emit(Snapshot(ids=ids, table=table, states=editor.states))
        return time.monotonic() - begin > 0.6

    qtbot.waitUntil(tick)
    assert number > len(changes)
    moments = {round(moment, 1) for moment in changes}
    assert 2 <= len(moments) <= 4
    qtbot.waitUntil(lambda: column(nodes, RUNS)[0] == str(number))


def test_reset_counts_from_nothing(nodes, editor, qtbot) -> None:
    for _ in range(3):
        run(qtbot, editor)
    assert column(nodes, RUNS) == ["3", "3", "3"]
    qtbot.mouseClick(nodes.reset_button, Qt.MouseButton.LeftButton)
    assert column(nodes, RUNS) == ["", "", ""]
    run(qtbot, editor)
    assert column(nodes, RUNS) == ["1", "1", "1"]


# ---------------------------------------------------------------- order


def test_a_click_on_a_header_sorts_and_the_third_one_restores_the_order_of_the_document(nodes, editor, qtbot) -> None:
    editor.live.tick.emit(snapshot(editor, runs=[2, 3, 1]))
    click_row(qtbot, nodes, "sum")
    click_header(qtbot, nodes, RUNS)
    assert column(nodes, NODE) == ["half", "one", "sum"]
    assert selected(nodes) == ["sum"]
    click_header(qtbot, nodes, RUNS)
    assert column(nodes, NODE) == ["sum", "one", "half"]
    click_header(qtbot, nodes, RUNS)
    assert column(nodes, NODE) == ["one", "sum", "half"]
    click_header(qtbot, nodes, NODE)
    assert column(nodes, NODE) == ["half", "one", "sum"]
    click_header(qtbot, nodes, TYPE)
    assert column(nodes, TYPE) == ["math.add", "math.constant", "math.divide"]
    assert selected(nodes) == ["sum"]


def test_the_filter_looks_at_ids_and_types_and_keeps_the_selection(nodes, editor, qtbot) -> None:
    click_row(qtbot, nodes, "half")
    qtbot.keyClicks(nodes.filter_field, "math div")
    assert column(nodes, NODE) == ["half"]
    assert selected(nodes) == ["half"]
    assert nodes.findChild(QtWidgets.QLabel, "node_count").text() == "1 of 3 nodes"
    nodes.filter_field.clear()
    assert column(nodes, NODE) == ["one", "sum", "half"]
    assert selected(nodes) == ["half"]


# ---------------------------------------------------------------- the document


def test_rows_follow_the_document(nodes, editor, qtbot) -> None:
    run(qtbot, editor)
    editor.rename("sum", "total")
    editor.delete(["half"])
    editor.add_node("math.add", (0, 0))
    qtbot.waitUntil(lambda: column(nodes, NODE) == ["one", "total", "add"])
    assert column(nodes, RUNS)[0] == "1"
    editor.undo()
    editor.undo()
    editor.undo()
    qtbot.waitUntil(lambda: column(nodes, NODE) == ["one", "sum", "half"])


def test_an_empty_graph_says_what_belongs_here(nodes, editor) -> None:
    editor.new()
    assert not nodes.table.isVisible()
    assert any("Nodes appear here" in label.text() for label in nodes.findChildren(QtWidgets.QLabel))


def test_figures_of_another_document_are_not_taken_over(nodes, editor, qtbot) -> None:
    run(qtbot, editor)
    graph = Graph("other")
    graph.add("math.constant", id="one")
    editor.replace(graph)
    assert column(nodes, NODE) == ["one"]
    assert column(nodes, RUNS) == [""]


# ---------------------------------------------------------------- selection


def test_selection_follows_both_ways(nodes, editor, qtbot) -> None:
    editor.select(["half"])
    assert selected(nodes) == ["half"]
    click_row(qtbot, nodes, "one")
    assert editor.selection == ("one",)
    click_row(qtbot, nodes, "sum", Qt.KeyboardModifier.ControlModifier)
    assert set(editor.selection) == {"one", "sum"}
    editor.select([])
    assert selected(nodes) == []


def test_without_follow_selection_both_have_their_own(nodes, editor, qtbot) -> None:
    qtbot.mouseClick(nodes.follow_box, Qt.MouseButton.LeftButton, pos=QtCore.QPoint(8, nodes.follow_box.height() // 2))
    assert not nodes.follow_box.isChecked()
    editor.select(["half"])
    assert selected(nodes) == []
    click_row(qtbot, nodes, "one")
    assert editor.selection == ("half",)
    qtbot.mouseClick(nodes.follow_box, Qt.MouseButton.LeftButton, pos=QtCore.QPoint(8, nodes.follow_box.height() // 2))
    assert selected(nodes) == ["half"]


def test_enter_asks_to_show_the_node(nodes, qtbot) -> None:
    click_row(qtbot, nodes, "sum")
    with qtbot.waitSignal(nodes.reveal) as told:
        qtbot.keyClick(nodes.table, Qt.Key.Key_Return)
    assert told.args == ["sum"]


def test_selected_rows_are_copied_as_a_table(nodes, editor, qtbot) -> None:
    run(qtbot, editor)
    click_row(qtbot, nodes, "sum")
    qtbot.keyClick(nodes.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = [line.split("\t") for line in QtWidgets.QApplication.clipboard().text().splitlines()]
    assert lines[0][:3] == ["Node", "Type", "Runs"]
    assert lines[1][:3] == ["sum", "math.add", "1"]


# ---------------------------------------------------------------- curves


def test_curves_show_the_chosen_node_and_the_memory_while_the_graph_streams(nodes, editor, qtbot) -> None:
    click_row(qtbot, nodes, "sum")
    editor.run_stream()
    qtbot.waitUntil(lambda: nodes.curves.plots is not None)
    of_node, memory = nodes.curves.plots
    qtbot.waitUntil(lambda: not of_node.is_empty and not memory.is_empty)
    assert of_node.title_row.title == "sum"
    qtbot.waitUntil(lambda: len(memory.curves[0].getData()[0]) > 5)
    ages, heights = memory.curves[1].getData()
    assert ages[-1] == 0
    assert np.nanmax(heights) <= 1
    with qtbot.waitSignal(editor.run_ended):
        editor.stop()
    click_row(qtbot, nodes, "half")
    assert of_node.title_row.title == "half"
    assert not of_node.is_empty, "the past of every node is kept"


def test_the_curves_have_the_same_height_whatever_is_drawn(nodes) -> None:
    of_node, memory = nodes.curves.make()
    memory.add(2000, 1000, 0.0)
    memory.add(2000, 1000, 1.0)
    QtWidgets.QApplication.processEvents()
    assert of_node.is_empty
    assert not memory.is_empty
    assert abs(of_node.height() - memory.height()) <= 1


def test_a_single_look_is_no_curve(nodes) -> None:
    of_node, _ = nodes.curves.make()
    of_node.choose("a")
    ids, table = ("a",), np.zeros(1, ROW)
    table["runs"], table["p50_ns"], table["p95_ns"] = 5, 1000, 2000
    of_node.add(ids, table, 0.0)
    assert of_node.is_empty
    of_node.add(ids, table, 60.0)
    assert not of_node.is_empty


def test_the_past_of_20000_nodes_takes_a_fixed_room() -> None:
    ids = tuple(map(str, range(20_000)))
    past = LatencyPast(ids)
    table = np.zeros(len(ids), ROW)
    table["runs"], table["p50_ns"], table["p95_ns"] = 100, 1000, 2000
    rows = past._p50._rows
    for tick in range(300):
        past.add(table, tick * past.period_s)
    assert past._p50._rows is rows
    assert rows.nbytes <= latency.BUDGET_BYTES
    times, p50, p95 = past.of("7") or ()
    assert len(times) == len(p50) == len(p95) == len(rows)
    assert p50[-1] == pytest.approx(1e-6)


def test_a_silence_breaks_the_curve() -> None:
    past = LatencyPast(("a",))
    table = np.zeros(1, ROW)
    table["runs"], table["p50_ns"], table["p95_ns"] = 100, 1000, 2000
    for time_s in (0.0, 0.2, 0.4, 9.0, 9.2):
        past.add(table, time_s)
    _, p50, _ = past.of("a") or ()
    assert list(np.isfinite(p50)) == [True, True, True, False, True, True]


# ---------------------------------------------------------------- hidden


def work_in_panels(editor: Editor, qtbot) -> list[str]:
    """What code of the panels runs on the GUI thread while a graph streams and is changed."""
    calls: list[str] = []

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and Path(frame.f_code.co_filename).parent == PANELS:
            calls.append(frame.f_code.co_qualname)

    sys.setprofile(note)
    try:
        with qtbot.waitSignal(editor.run_ended):
            editor.run_stream(300)
        editor.add_node("math.add", (0, 0))
        editor.select(["one"])
        QtWidgets.QApplication.processEvents()
    finally:
        sys.setprofile(None)
    return calls


def test_a_hidden_panel_does_nothing_at_all(nodes, editor, qtbot) -> None:
    assert work_in_panels(editor, qtbot)
    nodes.hide()
    assert not work_in_panels(editor, qtbot)


def test_a_panel_that_is_shown_again_catches_up(nodes, editor, qtbot) -> None:
    nodes.hide()
    run(qtbot, editor)
    editor.select(["sum"])
    editor.add_node("math.add", (0, 0))
    editor.select(["sum"])
    nodes.show()
    assert column(nodes, NODE) == ["one", "sum", "half", "add"]
    assert column(nodes, RUNS)[:3] == ["1", "1", "1"]
    assert selected(nodes) == ["sum"]
    assert nodes.is_listening


def test_both_themes_draw_the_table_and_the_plots(nodes, editor, theme, qtbot) -> None:
    editor.run_stream(40)
    with qtbot.waitSignal(editor.run_ended):
        pass
    dark = nodes.grab().toImage()
    theme.set_mode("light")
    light = nodes.grab().toImage()
    assert dark != light
