"""Takes the pictures in `docs/screenshots/` of the real window: `make screenshots`.

Each is to be looked at before it is committed. The coins graph is run, so its figures differ from time to time.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from qtpy import QtCore, QtGui, QtTest, QtWidgets

from animaweave.graph.view import Frame, Note
from animaweave.graph.wire import PortRef
from animaweave.library import Graph
from animaweave.ui.editor import Editor
from animaweave.ui.preferences import Preferences
from animaweave.ui.recent import RecentFiles
from animaweave.ui.theme import Theme
from animaweave.ui.window import MainWindow

HERE = Path(__file__).parent
COINS = HERE.parent / "examples" / "coins.weave.json"
SIZE = QtCore.QSize(1600, 1000)
ROWS, COLUMNS = 25, 40
EPOCHS = 60
"""Of the coins, so that the curves have something to show."""
LONGEST_S = 60.0


class Photographer:
    """Opens one window and takes pictures of it.

    Args:
        application: The application.
        folder: Where the pictures go.
    """

    def __init__(self, application: QtWidgets.QApplication, folder: Path) -> None:
        self.application, self.folder = application, folder
        self.theme = Theme("dark")
        self.theme.apply(application)
        self.kept = tempfile.TemporaryDirectory()
        kept = Path(self.kept.name)
        self.editor = Editor()
        recent = RecentFiles(kept / "recent.json")
        self.window = MainWindow(self.editor, self.theme, Preferences(kept / "window.json"), recent)
        self.window.resize(SIZE)
        self.window.show()

    def take(self, name: str) -> None:
        """Write a picture of the screen, with all that floats over the window."""
        self.settle()
        screen = self.window.screen()
        # Without a screen of its own (`offscreen`) there is nothing but the window itself.
        is_real = self.application.platformName() == "xcb" and screen.size() == SIZE
        picture = screen.grabWindow(0) if is_real else self.window.grab()
        if not picture.save(str(self.folder / f"{name}.png"), "PNG", 0):
            raise OSError(f"{self.folder / name}.png cannot be written")

    def settle(self, seconds: float = 0.5) -> None:
        """Let everything be drawn."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.application.processEvents(QtCore.QEventLoop.ProcessEventsFlag.AllEvents, 20)

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Wait for something to come true."""
        until = time.monotonic() + LONGEST_S
        while not condition():
            self.settle(0.02)
            if time.monotonic() > until:
                raise TimeoutError("the window did not do what the picture is to show")

    def open_coins(self) -> None:
        """Open the coins, run them, choose a node."""
        self.editor.open(COINS)
        self.settle()
        self.run(EPOCHS)
        self.editor.select(["large"])
        self.window.canvas.fit_all()

    def run(self, epochs: int = 1) -> None:
        """Run the graph so often, to its end."""
        self.editor.run_stream(epochs)
        self.wait_for(lambda: not self.editor.is_running)

    def drag_wire(self, source: str, target: str) -> None:
        """Draw a wire from an output to an input, and hold it there."""
        canvas = self.window.canvas
        start, end = self.port(source, is_output=True), self.port(target, is_output=False)
        QtTest.QTest.mousePress(canvas.viewport(), QtCore.Qt.MouseButton.LeftButton, pos=start)
        for step in range(1, 11):
            at = QtCore.QPointF(start + (end - start) * step / 10)
            self.move_to(at)
        self.settle(0.2)

    def move_to(self, at: QtCore.QPointF) -> None:
        """Move the pointer with its button down."""
        viewport, button = self.window.canvas.viewport(), QtCore.Qt.MouseButton
        event = QtGui.QMouseEvent(
            QtCore.QEvent.Type.MouseMove,
            at,
            viewport.mapToGlobal(at),
            button.NoButton,
            button.LeftButton,
            QtCore.Qt.KeyboardModifier.NoModifier,
        )
        self.application.sendEvent(viewport, event)

    def port(self, text: str, *, is_output: bool) -> QtCore.QPoint:
        """The middle of a port."""
        ref = PortRef.parse(text)
        self.window.canvas.scene_.sync()
        place = self.window.canvas.scene_.nodes[ref.node].port(ref, is_output=is_output)
        if place is None:
            raise KeyError(f"{text} is not shown")
        return self.window.canvas.mapFromScene(QtCore.QPointF(*place))


def thousand() -> Graph:
    """A thousand nodes that add up what comes from the left and from above."""
    graph = Graph("a thousand nodes")
    for number in range(ROWS * COLUMNS):
        row, column = divmod(number, COLUMNS)
        graph.add("math.add", id=f"n{number}", params={} if column else {"a": 1.0})
        graph.move(f"n{number}", column * 220, row * 200)
        if column:
            graph.connect(f"n{number - 1}.result", f"n{number}.a")
        if row and column:
            graph.connect(f"n{number - COLUMNS}.result", f"n{number}.b")
    return graph


def take_building(camera: Photographer) -> None:
    """What one builds with: the search, a layout with frame and note, inside a sub-graph, a comparison."""
    editor, window = camera.editor, camera.window
    QtTest.QTest.keyClick(window.canvas, QtCore.Qt.Key.Key_Tab)
    QtTest.QTest.keyClicks(window.canvas.search.field, "thr")
    camera.take("search")
    window.canvas.search.close()
    window.arranging.lay_out()
    camera.wait_for(lambda: editor.history.undo_text.startswith("arrange"))
    camera.settle()
    box = window.canvas.scene_.bounds(["mask", "large"])
    if box is not None:
        frame = Frame(title="Clean the mask", pos=(box[0] - 24, box[1] - 48), size=(box[2] + 48, box[3] + 72))
        editor.put_piece("frame", 0, frame)
        text = "## Coins\n\nThe *largest* objects are **coins**; what is smaller than `smallest` is left out."
        editor.put_piece("note", 0, Note(text=text, pos=(box[0] - 24, box[1] - 220), size=(300, 130)))
    window.canvas.fit_all()
    camera.take("arranged")
    editor.encapsulate(["large", "labels"])
    camera.run()
    editor.enter(editor.selection[0])
    camera.take("sub-graph")
    editor.leave()
    while editor.history.can_undo:
        editor.undo()
    editor.delete(["labels"])
    editor.set_param("large", "smallest", 50)
    editor.add_node("image.gaussian", (450, 420))
    editor.select([])
    window.compare(COINS)
    window.set_minimap(True)
    window.canvas.fit_all()
    camera.take("compared")
    window.set_minimap(False)


def main() -> None:
    """Take them all."""
    folder = Path(sys.argv[1]) if sys.argv[1:] else HERE / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    application = QtWidgets.QApplication([])
    QtCore.QLocale.setDefault(QtCore.QLocale(QtCore.QLocale.Language.English))
    camera = Photographer(application, folder)
    camera.take("empty")
    camera.open_coins()
    camera.take("window-dark")
    camera.theme.set_mode("light")
    camera.take("window-light")
    camera.theme.set_mode("dark")
    camera.editor.select([])
    camera.drag_wire("count.number", "outlines.labels")
    camera.take("wire-refused")
    QtTest.QTest.keyClick(camera.window.canvas, QtCore.Qt.Key.Key_Escape)
    take_building(camera)
    camera.editor.replace(thousand())
    camera.run()
    camera.window.canvas.fit_all()
    camera.take("thousand-nodes")
    camera.window.editor.history.mark_saved()
    camera.window.close()
    camera.window.deleteLater()
    application.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete)
    camera.kept.cleanup()


if __name__ == "__main__":
    main()
