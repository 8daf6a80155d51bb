"""What the Run menu does."""

from __future__ import annotations

from .action import SEPARATOR, Action, has_nodes

ACTIONS: tuple[Action, ...] = (
    Action(
        name="run", text="Run", tip="Run the graph once", keys=("F5",), icon="ph.play-fill",
        effect=lambda window: window.editor.run_graph(), when=has_nodes,
    ),
    Action(
        name="stream", text="Stream", tip="Run the graph over and over until it is stopped", keys=("Ctrl+F5",),
        icon="ph.repeat", effect=lambda window: window.editor.run_stream(), when=has_nodes,
    ),
    Action(
        name="stop", text="Stop", tip="Stop the run", keys=("Shift+F5",), icon="ph.stop-fill",
        effect=lambda window: window.editor.stop(), when=lambda window: window.editor.is_running,
    ),
    Action(
        name="strict", text="Check every value", tip="Hold every value at every port against the port's type",
        effect=lambda window: window.set_strict(not window.editor.strict), is_on=lambda window: window.editor.strict,
    ),
)  # fmt: skip

MENU = ("run", "stream", "stop", SEPARATOR, "strict")
"""Its order."""
