"""The editor for a long time: `python -m tests.soak.editor SECONDS`. Edits, sub-graphs, undo, runs; memory and frames.

One window does what people do, over and over, on a graph of some hundred nodes. Memory is looked at once everything has
been done a few times, and at the end; so are frames. It ends with code 1 where memory has grown by more than 3 % and
2 MB, or frames take half as long again.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from qtpy import QtCore, QtWidgets

from animaweave.errors import AnimaWeaveError
from animaweave.graph.wire import PortRef
from animaweave.library import Graph
from animaweave.ui.application import tune_interpreter
from animaweave.ui.editor import Editor
from animaweave.ui.preferences import Preferences
from animaweave.ui.recent import RecentFiles
from animaweave.ui.theme import Theme
from animaweave.ui.window import MainWindow

NODES, STEPS = 300, 40
"""Of the graph, and edits of a round."""

MOST_GROWTH, MOST_BYTES, MOST_SLOWDOWN = 1.03, 2_000_000, 1.5
FRAMES = 30
PATIENCE_S = 60.0


class Round:
    """Does a round of everything on a window, and leaves the graph as it was."""

    def __init__(self, window: MainWindow, rng: random.Random) -> None:
        self.window, self.editor, self._rng = window, window.editor, rng

    def __call__(self) -> None:
        """Edit, enter, run, lay out, compare; then undo all."""
        editor = self.editor
        for _ in range(STEPS):
            self._edit()
            self.draw()
        editor.show(())
        editor.run_graph()
        self.wait(lambda: not editor.is_running)
        self.window.arranging.lay_out()
        self.wait(lambda: editor.history.undo_text.startswith("arrange"))
        while editor.history.can_undo:
            editor.undo()
        editor.replace(Graph.loads(editor.root.dumps()))  # Another document, as if it had been opened anew.
        self.wait(lambda: not self.window.canvas.nodes_.is_behind)

    def _edit(self) -> None:
        editor, rng = self.editor, self._rng
        nodes = list(editor.graph.nodes)
        one, other = (rng.choice(nodes), rng.choice(nodes)) if nodes else ("", "")
        doings: list[Callable[[], object]] = [
            lambda: editor.add_node("math.add", (rng.randrange(4000), rng.randrange(3000))),
            lambda: editor.delete([one]),
            lambda: editor.wire(PortRef(one, "result"), PortRef(other, "a")),
            lambda: editor.set_param(one, "b", rng.random()),
            lambda: editor.move({one: (rng.randrange(4000), rng.randrange(3000))}),
            lambda: editor.encapsulate({one, other}),
            lambda: editor.enter(one),
            editor.leave,
            lambda: editor.paste(editor.copy([one, other]), (0, 0)),
            lambda: editor.select([one]),
            lambda: self.window.canvas.reveal(one),
            editor.undo,
            editor.redo,
        ]
        try:
            rng.choice(doings)()
        except (AnimaWeaveError, KeyError):  # Refused, or nothing is there.
            pass

    def draw(self) -> float:
        """Draw a frame; gives the seconds it takes."""
        begin = time.perf_counter()
        self.window.canvas.viewport().repaint()
        QtWidgets.QApplication.processEvents()
        # As the event loop of a real window does, which is not run here.
        QtWidgets.QApplication.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete)
        return time.perf_counter() - begin

    def wait(self, condition: Callable[[], bool]) -> None:
        """Wait for something to come true."""
        until = time.monotonic() + PATIENCE_S
        while not condition():
            QtWidgets.QApplication.processEvents(QtCore.QEventLoop.ProcessEventsFlag.AllEvents, 10)
            if time.monotonic() > until:
                raise TimeoutError("the editor did not come to rest")


def resident() -> int:
    """Bytes of memory of this process."""
    with Path("/proc/self/statm").open() as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main() -> int:
    """Soak; gives the exit code."""
    seconds = float(sys.argv[1]) if sys.argv[1:] else 600.0
    tune_interpreter()
    application = QtWidgets.QApplication(sys.argv[:1])
    theme = Theme("dark")
    theme.apply(application)
    graph = Graph("soak")
    for number in range(NODES):
        graph.add("math.add", id=f"n{number}", params={} if number % 20 else {"a": 1})
        graph.move(f"n{number}", number % 20 * 220, number // 20 * 180)
        if number % 20:
            graph.connect(f"n{number - 1}.result", f"n{number}.a")
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder)
        preferences = Preferences(kept / "window.json")
        window = MainWindow(Editor(graph=graph), theme, preferences, RecentFiles(kept / "recent.json"))
        window.resize(1400, 900)
        window.show()
        go = Round(window, random.Random(1))
        begin, rounds = time.monotonic(), 0
        first = first_frame = 0.0
        while time.monotonic() - begin < seconds:
            go()
            rounds += 1
            if not first and time.monotonic() - begin > seconds / 4:
                first, first_frame = float(resident()), _frame(go)
        last, frame = float(resident()), _frame(go)
        window.editor.history.mark_saved()
        window.close()
    growth = last / first
    said = f"memory {first / 1e6:.1f} -> {last / 1e6:.1f} MB ({growth:.3f} x), frames"
    print(f"{rounds} rounds: {said} {first_frame * 1e3:.2f} -> {frame * 1e3:.2f} ms")
    is_flat = growth <= MOST_GROWTH or last - first <= MOST_BYTES
    return 0 if is_flat and frame <= MOST_SLOWDOWN * first_frame else 1


def _frame(go: Round) -> float:
    go.window.canvas.fit_all()
    return statistics.median(go.draw() for _ in range(FRAMES))


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)
