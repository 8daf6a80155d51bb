"""A vessel's file changes while the window is open: its nodes change with it, and keep what they have."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from qtpy import QtCore, QtWidgets

from animaweave.graph.wire import PortRef
from animaweave.registry.lookup import Registry
from animaweave.ui.window import MainWindow
from tests.ui.conftest import Open, find

LAB = """
from animaweave import Vessel

lab = Vessel("lab", version="{version}")


@lab.node{placement}
def smooth({ports}) -> str:
    return {result}
"""


def write(file: Path, ports: str, result: str, version: str = "1", placement: str = "", more: str = "") -> None:
    """As an editor does that saves by putting a new file in the place of the old one."""
    new = file.with_suffix(".new")
    new.write_text(LAB.format(ports=ports, result=result, version=version, placement=placement) + more)
    new.replace(file)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "vessels"
    made.mkdir()
    write(made / "lab.py", "text: str = 'a', width: float = 1.0", "text * 2")
    return made


@pytest.fixture
def window(open_window: Open, folder: Path) -> MainWindow:
    made = open_window(Registry([folder]))
    for name, x in (("a", 0), ("b", 300)):
        made.editor.graph.add("lab.smooth", id=name)
        made.editor.move({name: (x, 0)})
    made.editor.wire(PortRef("a", "result"), PortRef("b", "text"))
    made.editor.set_param("a", "width", 3.0)
    return made


def inputs(window: MainWindow, node: str) -> list[str]:
    signature = window.editor.signatures[node]
    return [] if signature is None else [port.name for port in signature.inputs]


def test_a_new_port_comes_and_wires_parameters_selection_and_history_stay(
    window: MainWindow, folder: Path, qtbot: QtBot
) -> None:
    window.editor.select(["a"])
    steps = window.editor.history.undo_text
    write(folder / "lab.py", "text: str = 'a', width: float = 1.0, edge: str = 'cut'", "text * 3")
    qtbot.waitUntil(lambda: inputs(window, "a") == ["text", "width", "edge"])
    assert [str(wire.target) for wire in window.editor.graph.wires] == ["b.text"]
    assert window.editor.graph.nodes["a"].params == {"width": 3.0}
    assert window.editor.selection == ("a",)
    assert window.editor.history.undo_text == steps
    qtbot.waitUntil(lambda: bool(window.inspector.findChildren(QtWidgets.QWidget, "param_edge")))
    with qtbot.waitSignal(window.editor.run_ended):
        window.editor.run_graph()
    assert window.editor.result is not None
    assert window.editor.result.outputs["b.result"] == "aaaaaaaaa"


def test_a_port_that_goes_leaves_its_wire_and_says_whereto(window: MainWindow, folder: Path, qtbot: QtBot) -> None:
    write(folder / "lab.py", "subject: str = 'a', width: float = 1.0", "subject")
    qtbot.waitUntil(lambda: [found.code for found in window.editor.diagnostics] == ["AW122"])
    assert [str(wire.target) for wire in window.editor.graph.wires] == ["b.text"]
    window.editor.update_all(window.editor.update_steps())
    assert [str(wire.target) for wire in window.editor.graph.wires] == ["b.subject"]


def test_what_the_new_version_migrates_is_done_as_one_edit(window: MainWindow, folder: Path, qtbot: QtBot) -> None:
    more = """

@lab.migrate(smooth)
def _(params, version):
    if "width" in params:
        params["radius"] = params.pop("width") / 2
    return params
"""
    write(folder / "lab.py", "text: str = 'a', radius: float = 1.0", "text", version="2", more=more)
    qtbot.waitUntil(lambda: dict(window.editor.graph.nodes["a"].params) == {"radius": 1.5})
    window.editor.undo()
    assert window.editor.graph.nodes["a"].params == {"width": 3.0}


def test_a_broken_file_leaves_what_there_was_and_is_told_until_it_is_mended(
    window: MainWindow, folder: Path, qtbot: QtBot
) -> None:
    write(folder / "lab.py", "text", "text")
    qtbot.waitUntil(lambda: bool(window.editor.failures))
    (failure,) = window.editor.failures
    assert failure.message.endswith(
        "lab.py:7: node `lab.smooth`: parameter `text` has no type; write `text: float`, say"
    )
    assert inputs(window, "a") == ["text", "width"]
    with qtbot.waitSignal(window.editor.run_ended):
        window.editor.run_graph()
    assert window.editor.result is not None
    assert window.editor.result.outputs["b.result"] == "aaaa"
    write(folder / "lab.py", "text: str = 'a'", "text")
    qtbot.waitUntil(lambda: not window.editor.failures)
    assert inputs(window, "a") == ["text"]


def test_a_new_file_is_found_and_one_that_is_gone_leaves_missing_nodes(
    window: MainWindow, folder: Path, qtbot: QtBot
) -> None:
    registry = window.editor.registry
    (folder / "more.py").write_text(
        "from animaweave import Vessel\nmore = Vessel('more')\n@more.node\ndef one() -> int:\n    return 1\n"
    )
    qtbot.waitUntil(lambda: registry.vessel("more") is not None)
    assert "more.one" in {node_type.id for node_type in registry.node_types()}
    (folder / "lab.py").unlink()
    qtbot.waitUntil(lambda: registry.vessel("lab") is None)
    assert window.editor.signatures["a"] is None
    assert [str(wire.target) for wire in window.editor.graph.wires] == ["b.text"]
    write(folder / "lab.py", "text: str = 'a', width: float = 1.0", "text")
    qtbot.waitUntil(lambda: inputs(window, "a") == ["text", "width"])


def test_worker_processes_run_the_new_code(window: MainWindow, folder: Path, qtbot: QtBot) -> None:
    for result in ("text * 2", "text * 5"):
        with qtbot.waitSignal(window.editor.vessels_changed):
            write(folder / "lab.py", "text: str = 'a', width: float = 1.0", result, placement='(placement="process")')
        with qtbot.waitSignal(window.editor.run_ended, timeout=20_000):
            window.editor.run_graph()
    assert window.editor.result is not None
    assert window.editor.result.outputs["b.result"] == "a" * 25


def test_the_palette_and_the_status_bar_follow(window: MainWindow, folder: Path, qtbot: QtBot) -> None:
    told: list[str] = []
    window.editor.message.connect(told.append)
    more = "\n\n@lab.node\ndef sharpen(text: str = '') -> str:\n    return text\n"
    before = window.palette_.field.placeholderText()
    write(folder / "lab.py", "text: str = 'a', width: float = 1.0", "text", more=more)
    qtbot.waitUntil(lambda: "Loaded lab anew" in told)
    assert window.palette_.field.placeholderText() != before


def test_the_traceback_is_shown_to_who_asks(window: MainWindow, folder: Path, qtbot: QtBot) -> None:
    write(folder / "lab.py", "text: str = 'a'", "text", more="\n\n1 / 0\n")
    qtbot.waitUntil(lambda: bool(window.editor.failures))
    window.show_problems()
    window.problems._show_detail(window.editor.failures[0])
    shown = find(window, QtWidgets.QDialog, "traceback_dialog")
    qtbot.mouseClick(find(shown, QtWidgets.QPushButton, "copy_traceback"), QtCore.Qt.MouseButton.LeftButton)
    copied = QtWidgets.QApplication.clipboard().text()
    assert "ZeroDivisionError: division by zero" in copied
    assert str(folder / "lab.py") in copied
    shown.close()
