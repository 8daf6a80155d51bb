"""What the File menu does."""

from __future__ import annotations

from .action import SEPARATOR, Action, has_nodes

ACTIONS: tuple[Action, ...] = (
    Action(
        name="new", text="New", tip="Begin an empty graph", keys=("Ctrl+N",), icon="ph.file-plus",
        effect=lambda window: window.files.new(),
    ),
    Action(
        name="open", text="Open…", tip="Open a graph file", keys=("Ctrl+O",), icon="ph.folder-open",
        effect=lambda window: window.ask_open(),
    ),
    Action(
        name="save", text="Save", tip="Save the graph to its file", keys=("Ctrl+S",), icon="ph.floppy-disk",
        effect=lambda window: window.files.save(),
    ),
    Action(
        name="save_as", text="Save as…", tip="Save the graph to another file", keys=("Ctrl+Shift+S",),
        effect=lambda window: window.files.save_as(),
    ),
    Action(
        name="export_json", text="Export…", tip="Run this graph without a window", keys=("Ctrl+E",), icon="ph.export",
        effect=lambda window: window.show_export(), when=has_nodes,
    ),
    Action(
        name="compare", text="Compare with…", tip="Show what has changed from another file to this graph",
        effect=lambda window: window.ask_compare(),
    ),
    Action(
        name="compare_saved", text="Compare with the saved file", tip="Show what has changed since the graph was saved",
        when=lambda window: window.editor.path is not None,
        effect=lambda window: window.compare(window.editor.path),
    ),
    Action(
        name="quit", text="Quit", tip="Close the window", keys=("Ctrl+Q",),
        effect=lambda window: window.close(),
    ),
)  # fmt: skip

MENU = (
    "new",
    "open",
    "recent",
    SEPARATOR,
    "save",
    "save_as",
    "export_json",
    SEPARATOR,
    "compare",
    "compare_saved",
    SEPARATOR,
    "quit",
)
"""Its order."""
