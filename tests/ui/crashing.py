"""An editor that edits at random until it is killed, and says what its graph is after each edit."""

import hashlib
import random
import sys
import time
from pathlib import Path

from qtpy import QtCore, QtWidgets

from animaweave.ui.editor import Editor
from animaweave.ui.journal import Journal


def main(file: str, folder: str, seed: str) -> None:
    """Edit a file at random."""
    application = QtWidgets.QApplication([])
    rng = random.Random(seed)
    editor = Editor()
    journal = Journal(editor, Path(folder))
    assert editor.open(file)

    def edit() -> None:
        nodes = list(editor.graph.nodes)
        match rng.randrange(4):
            case 0 if len(nodes) > 2:
                editor.delete([rng.choice(nodes)])
            case 1 if nodes:
                editor.set_param(rng.choice(nodes), "value", rng.random())
            case 2 if editor.history.can_undo:
                editor.undo()
            case _:
                editor.add_node("math.constant", (rng.random(), 0.0))
        digest = hashlib.sha256(editor.graph.dumps().encode()).hexdigest()
        print(f"{time.time()} {digest}", flush=True)

    timer = QtCore.QTimer()
    timer.timeout.connect(edit)
    timer.start(15)
    application.exec()
    journal.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
