"""What the Edit menu does."""

from __future__ import annotations

from .action import SEPARATOR, Action, is_any_selected, shows_nodes

ACTIONS: tuple[Action, ...] = (
    Action(
        name="undo", text="Undo", tip="Undo the last edit", keys=("Ctrl+Z",), icon="ph.arrow-u-up-left",
        effect=lambda window: window.editor.undo(), when=lambda window: window.editor.history.can_undo,
        does=lambda window: window.editor.history.undo_text,
    ),
    Action(
        name="redo", text="Redo", tip="Do again what was undone", keys=("Ctrl+Shift+Z", "Ctrl+Y"),
        icon="ph.arrow-u-up-right", effect=lambda window: window.editor.redo(),
        when=lambda window: window.editor.history.can_redo, does=lambda window: window.editor.history.redo_text,
    ),
    Action(
        name="cut", text="Cut", tip="Move the selected nodes to the clipboard", keys=("Ctrl+X",), on_canvas=True,
        effect=lambda window: window.canvas.cut(), when=is_any_selected,
    ),
    Action(
        name="copy", text="Copy", tip="Copy the selected nodes to the clipboard", keys=("Ctrl+C",), on_canvas=True,
        effect=lambda window: window.canvas.copy(), when=is_any_selected,
    ),
    Action(
        name="paste", text="Paste", tip="Add the nodes on the clipboard", keys=("Ctrl+V",), on_canvas=True,
        effect=lambda window: window.canvas.paste(),
    ),
    Action(
        name="duplicate", text="Duplicate", tip="Add the selected nodes once more", keys=("Ctrl+D",), on_canvas=True,
        effect=lambda window: window.canvas.duplicate(), when=is_any_selected,
    ),
    Action(
        name="delete", text="Delete", tip="Remove the selected nodes, or the wire under the pointer",
        keys=("Del", "Backspace"), on_canvas=True, effect=lambda window: window.canvas.delete_selection(),
    ),
    Action(
        name="select_all", text="Select all", tip="Select every node", keys=("Ctrl+A",), on_canvas=True,
        effect=lambda window: window.canvas.select_all(), when=shows_nodes,
    ),
    Action(
        name="add_node", text="Add node…", tip="Search for a node to add at the pointer", keys=("Tab",), on_canvas=True,
        icon="ph.plus", effect=lambda window: window.canvas.asking.node_at_cursor(),
    ),
    Action(
        name="update_all", text="Update all…", tip="Bring nodes up to date whose types have changed",
        effect=lambda window: window.show_update(), when=lambda window: bool(window.editor.outdated),
    ),
    Action(
        name="go_to", text="Go to node…", tip="Search for a node by id, type or value", keys=("Ctrl+F",),
        icon="ph.magnifying-glass", effect=lambda window: window.search_nodes(), when=shows_nodes,
    ),
)  # fmt: skip

MENU = (
    *("undo", "redo", SEPARATOR, "cut", "copy", "paste", "duplicate", "delete", SEPARATOR),
    *("select_all", "add_node", "go_to", SEPARATOR, "update_all"),
)
"""Its order."""
