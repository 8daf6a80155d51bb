"""A window that is measured: `python -m benchmarks.window NODES STARTED` prints its figures as one line of JSON.

STARTED is when the process was started, in seconds since 1970.

Nodes of two inputs and one output stand in a grid of 260 x 200, each fed by its left neighbour and every second one
also by the one above that; the node that is dragged has four wires. A frame counts from what is done until the event
loop has nothing left to do, with the whole viewport drawn.
"""

from __future__ import annotations

import functools
import json
import math
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from qtpy import QtCore, QtGui, QtTest, QtWidgets

from animaweave.library import Graph
from animaweave.ui.application import tune_interpreter
from animaweave.ui.canvas.view import CanvasView
from animaweave.ui.editor import Editor
from animaweave.ui.preferences import Preferences
from animaweave.ui.recent import RecentFiles
from animaweave.ui.theme import Theme
from animaweave.ui.window import MainWindow

WIDTH, HEIGHT = 1600, 1000
CELL = 260, 200
FRAMES = 60
STREAM_S = 4.0

Found = dict[str, float]


def main() -> None:
    """Measure and print."""
    nodes = int(sys.argv[1])
    tune_interpreter()
    application = QtWidgets.QApplication(sys.argv[:1])
    theme = Theme("dark")
    theme.apply(application)
    editor = Editor()
    with tempfile.TemporaryDirectory() as folder:
        recent = RecentFiles(Path(folder) / "recent.json")
        window = MainWindow(editor, theme, Preferences(), recent)
        window.resize(WIDTH, HEIGHT)
        window.show()
        watch = Paints(window.canvas)
        watch.wait()
        found = {"start": time.time() - float(sys.argv[2])}
        if nodes:
            file = Path(folder) / "grid.weave.json"
            grid(nodes).save(file)
            found |= measure(window, watch, file)
        editor.close()
        print(json.dumps(found), flush=True)
    os._exit(0)  # What it takes to end a window is nobody's concern here.


def grid(nodes: int) -> Graph:
    """The graph."""
    wide = max(1, round(math.sqrt(nodes * (WIDTH / CELL[0]) / (HEIGHT / CELL[1]))))
    graph = Graph("grid")
    for number in range(nodes):
        row, column = divmod(number, wide)
        graph.add("math.add", id=f"n{number}", params={} if column else {"a": 1.0})
        graph.move(f"n{number}", column * CELL[0], row * CELL[1])
        if column:
            graph.connect(f"n{number - 1}.result", f"n{number}.a")
        if column and row and (row + column) % 2 == 0:
            graph.connect(f"n{number - wide - 1}.result", f"n{number}.b")
    return graph


class Paints(QtCore.QObject):
    """Counts how often a canvas is drawn."""

    def __init__(self, canvas: CanvasView) -> None:
        super().__init__()
        self.canvas, self.count = canvas, 0
        canvas.viewport().installEventFilter(self)

    def eventFilter(self, watched: QtCore.QObject, event: QtCore.QEvent) -> bool:  # noqa: N802 - Qt's.
        """Count."""
        self.count += event.type() == QtCore.QEvent.Type.Paint
        return False

    def wait(self, limit_s: float = 60.0) -> None:
        """Wait until it was drawn once more."""
        before, until = self.count, time.perf_counter() + limit_s
        while self.count == before:
            QtWidgets.QApplication.processEvents()
            if time.perf_counter() > until:
                raise TimeoutError(f"the canvas was not drawn for {limit_s:g} s")

    def step_ms(self, act: Callable[[], object], *, whole: bool) -> float:
        """Milliseconds from an act until all that it leads to is drawn; `whole` draws the viewport in any case."""
        before, begin = self.count, time.perf_counter()
        act()
        if whole:
            self.canvas.viewport().update()
        QtWidgets.QApplication.processEvents()
        if self.count == before:
            self.canvas.viewport().repaint()
        return (time.perf_counter() - begin) * 1000

    def median_ms(self, act: Callable[[int], object], *, whole: bool = True) -> float:
        """Median milliseconds of many such steps, after three that do not count; the act is told their number."""
        took = [self.step_ms(functools.partial(act, number), whole=whole) for number in range(FRAMES + 3)]
        return statistics.median(took[3:])


def measure(window: MainWindow, watch: Paints, file: Path) -> Found:
    """All that is asked of a window with a graph."""
    canvas, editor = window.canvas, window.editor
    begin = time.perf_counter()
    window.files.open(file)
    watch.wait()
    QtWidgets.QApplication.processEvents()
    found = {"open": time.perf_counter() - begin}
    settle()
    probe = busiest(editor)
    canvas.fit_all()
    settle()
    found["pan_fit"] = watch.median_ms(functools.partial(pan, canvas))
    found["zoom_fit"] = watch.median_ms(lambda number: turn_wheel(canvas, 20 if number % 20 < 10 else -20))
    canvas.fit_all()
    settle()
    found["drag_fit"] = drag(canvas, watch, probe)
    canvas.reset_zoom()
    canvas.reveal(probe)
    settle()
    found["pan_100"] = watch.median_ms(functools.partial(pan, canvas))
    canvas.reveal(probe)
    settle()
    found["drag_100"] = drag(canvas, watch, probe)
    canvas.fit_all()
    found["stream_p99"] = stream(window, watch)
    settle()
    canvas.select_all()
    settle()
    found["delete"] = watch.step_ms(canvas.delete_selection, whole=True)
    if editor.graph.nodes:
        raise RuntimeError("not everything was deleted")
    found["undo"] = watch.step_ms(editor.undo, whole=True)
    return found


def settle(seconds: float = 0.3) -> None:
    """Let everything that waits be done."""
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        QtWidgets.QApplication.processEvents()
        time.sleep(0.005)


def busiest(editor: Editor) -> str:
    """A node with four wires, near the middle."""
    ids = [id_ for id_ in editor.graph.nodes if len(editor.graph.wires_of(id_)) == 4]
    places = {id_: editor.graph.view.position(id_) or (0.0, 0.0) for id_ in ids}
    middle = [statistics.mean(place[axis] for place in places.values()) for axis in (0, 1)]
    return min(ids, key=lambda id_: math.dist(places[id_], middle))


def pan(canvas: CanvasView, number: int) -> None:
    """Go 7 pixels to and fro."""
    canvas.pan_by(QtCore.QPoint(7 if number % 20 < 10 else -7, 3 if number % 40 < 20 else -3))


def turn_wheel(canvas: CanvasView, angle: int) -> None:
    """Turn the wheel over the middle of the canvas."""
    view, buttons = canvas.viewport(), QtCore.Qt.MouseButton.NoButton
    place, inverted = QtCore.QPointF(view.rect().center()), False
    event = QtGui.QWheelEvent(
        place, QtCore.QPointF(view.mapToGlobal(place.toPoint())), QtCore.QPoint(), QtCore.QPoint(0, angle), buttons,
        QtCore.Qt.KeyboardModifier.NoModifier, QtCore.Qt.ScrollPhase.NoScrollPhase, inverted,
    )  # fmt: skip
    QtWidgets.QApplication.sendEvent(view, event)


def drag(canvas: CanvasView, watch: Paints, node: str) -> float:
    """Drag a node by its header to and fro, with the mouse; gives milliseconds a step."""
    view, left = canvas.viewport(), QtCore.Qt.MouseButton.LeftButton
    none = QtCore.Qt.KeyboardModifier.NoModifier
    x, y = canvas.editor.graph.view.position(node) or (0.0, 0.0)
    begin = canvas.mapFromScene(QtCore.QPointF(x + 60, y + 14))
    QtTest.QTest.mousePress(view, left, none, begin)

    def move(number: int) -> None:
        around = QtCore.QPoint(10 + 5 * (number % 12), 10 + 3 * (number % 7))
        QtTest.QTest.mouseMove(view, begin + around)

    took = watch.median_ms(move, whole=False)
    QtTest.QTest.mouseRelease(view, left, none, begin)
    if canvas.editor.selection != (node,) or canvas.editor.graph.view.position(node) == (x, y):
        raise RuntimeError(f"{node} was not dragged")
    canvas.editor.undo()
    return took


def stream(window: MainWindow, watch: Paints) -> float:
    """Pan while the graph streams at full rate and the panel of nodes is open; gives the 99th percentile a frame."""
    window.docks["nodes"].show()
    window.docks["nodes"].raise_()
    window.editor.run_stream()
    settle(1.5)
    until = time.perf_counter() + STREAM_S
    took: list[float] = []
    while time.perf_counter() < until:
        took.append(watch.step_ms(functools.partial(pan, window.canvas, len(took)), whole=True))
        time.sleep(0.005)
    window.editor.stop()
    while window.editor.is_running:
        QtWidgets.QApplication.processEvents()
    return sorted(took)[int(0.99 * len(took))]


if __name__ == "__main__":
    main()
