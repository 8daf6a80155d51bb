"""The line for the terminal works when it is pasted, and so do the lines of Python."""

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from qtpy import QtWidgets

from animaweave.errors import EditError
from animaweave.registry.lookup import Registry
from animaweave.ui.editor import Editor
from animaweave.ui.export import export_command, export_python

Edit = Callable[..., Editor]

VESSEL = """
from animaweave.authoring import Vessel

mine = Vessel("mine")


@mine.node(effects={"write-files", "network"}, pure=False)
def shout(text: str = "hello") -> str:
    \"\"\"Say it loud.\"\"\"
    return text.upper()
"""


def pasted(line: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run the line as a shell in another folder would."""
    command, *rest = shlex.split(line)
    assert command == "animaweave"
    return subprocess.run(
        [sys.executable, "-m", "animaweave", *rest],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, filter(None, sys.path)))},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_document_in_no_file_has_no_line_yet(edit: Edit) -> None:
    for export in (export_command, export_python):
        with pytest.raises(EditError, match="save it first"):
            export(edit("a:one"))


def test_the_coins_run_from_a_pasted_line_wherever_it_is_pasted(edit: Edit, root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "it's a folder"
    folder.mkdir()
    for name in ("coins.weave.json", "coins.png"):
        (folder / name).write_bytes((root / "examples" / name).read_bytes())
    editor = edit()
    editor.open(folder / "coins.weave.json")
    line = export_command(editor)
    assert line == f"animaweave run {shlex.quote(str(folder / 'coins.weave.json'))}"
    done = pasted(line, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "24" in done.stdout


def test_the_line_allows_what_the_nodes_do_and_names_vessels_that_do_not_ship(
    qapp: QtWidgets.QApplication, tmp_path: Path
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(VESSEL)
    editor = Editor(Registry([file]))
    editor.add_node("mine.shout", (0, 0))
    editor.save(tmp_path / "it.weave.json")
    line = export_command(editor)
    assert line == (f"animaweave run {tmp_path / 'it.weave.json'} --allow network --allow write-files --vessels {file}")
    done = pasted(line, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "HELLO" in done.stdout
    editor.close()


def test_nodes_in_error_are_left_out_as_they_are_in_the_window(edit: Edit, tmp_path: Path) -> None:
    editor = edit("a:math.constant b:math.add")
    editor.save(tmp_path / "it.weave.json")
    line = export_command(editor)
    assert line == f"animaweave run {tmp_path / 'it.weave.json'} --partial"
    assert "a.result" in pasted(line, tmp_path).stdout


def test_an_input_without_a_value_is_left_to_be_filled_in(edit: Edit, tmp_path: Path) -> None:
    editor = edit("in:graph.input b:math.add", "in.value b.a")
    editor.save(tmp_path / "it.weave.json")
    line = export_command(editor)
    assert line == f"animaweave run {tmp_path / 'it.weave.json'} --set in=VALUE"
    assert pasted(line.replace("VALUE", "2.5"), tmp_path).returncode == 0


def test_a_graph_that_cannot_be_compiled_has_a_line_all_the_same(edit: Edit, tmp_path: Path) -> None:
    editor = edit("a:one")
    editor.graph.add_subgraph("calc").add("graph.calc")
    editor.add_node("graph.calc", (0, 0))
    editor.save(tmp_path / "it.weave.json")
    assert export_command(editor).startswith(f"animaweave run {tmp_path / 'it.weave.json'} --partial")


def test_the_lines_of_python_give_the_outputs(edit: Edit, tmp_path: Path) -> None:
    editor = edit("a:math.constant")
    editor.save(tmp_path / "it's.weave.json")
    said: list[object] = []
    exec(export_python(editor), {"print": said.append})
    assert said == [{"a.result": 0.0}]
