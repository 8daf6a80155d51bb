"""What can be done with the selected nodes."""

from __future__ import annotations

from .action import Action, is_any_selected, is_use_selected

ACTIONS: tuple[Action, ...] = (
    Action(
        name="encapsulate", text="Put into a sub-graph", tip="Make the selected nodes a sub-graph, used by one node",
        keys=("Ctrl+G",), on_canvas=True, when=is_any_selected,
        effect=lambda window: window.editor.encapsulate(window.editor.selection),
    ),
    Action(
        name="enter", text="Enter sub-graph", tip="Show the sub-graph that the selected node uses",
        keys=("Ctrl+Down",), on_canvas=True, when=is_use_selected,
        effect=lambda window: window.editor.enter(window.editor.selection[0]),
    ),
    Action(
        name="leave", text="Leave sub-graph", tip="Back to the graph that this one is used in", keys=("Ctrl+Up",),
        on_canvas=True, when=lambda window: bool(window.editor.way), effect=lambda window: window.editor.leave(),
    ),
    Action(
        name="dissolve", text="Dissolve sub-graph", tip="Put what the sub-graph holds in the selected node's place",
        keys=("Ctrl+Shift+G",), on_canvas=True, when=is_use_selected,
        effect=lambda window: window.editor.dissolve(window.editor.selection[0]),
    ),
    Action(
        name="make_unique", text="Make sub-graph unique", tip="Give the selected node a sub-graph of its own",
        on_canvas=True, when=is_use_selected,
        effect=lambda window: window.editor.make_unique(window.editor.selection[0]),
    ),
)  # fmt: skip

MENU = ("encapsulate", "enter", "leave", "dissolve", "make_unique")
"""Its order."""
