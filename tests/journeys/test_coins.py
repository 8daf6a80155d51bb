"""A newcomer counts coins: builds the graph from nothing by mouse and keys, runs it, exports it, runs the export."""

import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtWidgets import QApplication, QLineEdit

from animaweave.graph.wire import PortRef
from animaweave.library import Graph
from animaweave.ui.editor import Editor
from animaweave.ui.export import export_command
from animaweave.ui.preferences import Preferences
from animaweave.ui.recent import RecentFiles
from animaweave.ui.theme import Theme
from animaweave.ui.window import MainWindow

COINS = Path(__file__).parents[2] / "examples" / "coins.png"
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
PATIENCE_MS = 30_000


@pytest.fixture
def window(qtbot, qapp, tmp_path) -> Iterator[MainWindow]:
    theme = Theme("dark")
    editor = Editor(graph=Graph())
    made = MainWindow(editor, theme, Preferences(tmp_path / "preferences.json"), RecentFiles(tmp_path / "recent.json"))
    made.resize(1400, 900)
    made.show()
    qtbot.waitExposed(made)
    made.canvas.reset_zoom()
    made.canvas.centerOn(450, 150)
    yield made
    editor.history.mark_saved()  # Nobody is there to answer.
    made.close()
    made.deleteLater()


def test_coins_are_counted_by_mouse_and_keys_and_again_without_a_window(qtbot, window, tmp_path):
    canvas, editor = window.canvas, window.editor
    shutil.copy(COINS, tmp_path / "coins.png")

    def scene_point(x: float, y: float) -> QPoint:
        return canvas.mapFromScene(QPointF(x, y))

    def add(words: str, x: float, y: float) -> str:
        before = set(editor.graph.nodes)
        qtbot.mouseDClick(canvas.viewport(), LEFT, NONE, scene_point(x, y))
        qtbot.keyClicks(canvas.search.field, words)
        qtbot.keyClick(canvas.search.field, Qt.Key.Key_Return)
        (added,) = set(editor.graph.nodes) - before
        return added

    def port(text: str, *, is_output: bool) -> QPoint:
        canvas.scene_.sync()
        ref = PortRef.parse(text)
        place = canvas.scene_.nodes[ref.node].port(ref, is_output=is_output)
        assert place is not None
        return scene_point(*place)

    def wire(source: str, target: str) -> None:
        begin, end = port(source, is_output=True), port(target, is_output=False)
        qtbot.mousePress(canvas.viewport(), LEFT, NONE, begin)
        qtbot.mouseMove(canvas.viewport(), (begin + end) / 2)
        qtbot.mouseMove(canvas.viewport(), end)
        qtbot.mouseRelease(canvas.viewport(), LEFT, NONE, end)
        assert f"{source} -> {target}" in [str(made) for made in editor.graph.wires]

    def type_value(node: str, name: str, text: str) -> None:
        canvas.scene_.sync()
        shown = canvas.scene_.nodes[node]
        x, y, width, height = shown.shape.editors[name]
        qtbot.mouseClick(canvas.viewport(), LEFT, NONE, scene_point(shown.x + x + width / 2, shown.y + y + height / 2))
        (field,) = [shown for shown in canvas.findChildren(QLineEdit, "value_field") if shown.isVisible()]
        field.selectAll()
        qtbot.keyClicks(field, text)
        qtbot.keyClick(field, Qt.Key.Key_Return)

    load = add("load picture", 0, 0)
    type_value(load, "path", str(tmp_path / "coins.png"))
    mask = add("otsu", 240, 0)
    large = add("remove small", 480, 0)
    type_value(large, "smallest", "100")
    count = add("count objects", 720, 0)
    result = add("output", 960, 0)
    type_value(result, "name", "coins")
    wire(f"{load}.image", f"{mask}.image")
    wire(f"{mask}.mask", f"{large}.mask")
    wire(f"{large}.mask", f"{count}.mask")
    wire(f"{count}.number", f"{result}.value")

    with qtbot.waitSignal(editor.run_ended, timeout=PATIENCE_MS):
        qtbot.keyClick(window, Qt.Key.Key_F5)
    assert editor.result is not None
    assert editor.result.status == "success", editor.result.errors
    qtbot.waitUntil(lambda: editor.values.get(PortRef(count, "number")) is not None)
    canvas.scene_.sync()
    shown = canvas.scene_.nodes[count].look
    assert shown.state == "done"
    assert shown.preview is not None
    assert shown.preview.text == "24"
    assert canvas.scene_.nodes[mask].look.preview is not None
    assert canvas.scene_.nodes[mask].look.preview.kind == "picture"

    file = tmp_path / "my coins.weave.json"
    assert editor.save(file)
    line = export_command(editor)
    QApplication.clipboard().setText(line)
    program, *words = shlex.split(QApplication.clipboard().text())
    command = [sys.executable, "-m", "animaweave", *words, "--json"]
    assert program == "animaweave"
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert '"coins": 24' in ran.stdout

    while editor.history.can_undo:
        editor.undo()
    assert not editor.graph.nodes
