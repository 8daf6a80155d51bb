"""What can be done with the selected nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .action import SEPARATOR, Action, is_any_selected, is_use_selected

if TYPE_CHECKING:
    from ..window import MainWindow


def _is_one_selected(window: MainWindow) -> bool:
    return len(window.editor.selection) == 1


def _mute(window: MainWindow) -> None:
    if (wire := window.canvas.chosen_wire) is not None:
        window.editor.toggle_muted(wire)


ACTIONS: tuple[Action, ...] = (
    Action(
        name="rename", text="Rename", tip="Give the selected node another name", keys=("F2",), on_canvas=True,
        when=_is_one_selected, effect=lambda window: window.rename_selected(),
    ),
    Action(
        name="replace", text="Replace by…", tip="Put another node in the selected one's place, with its wires",
        keys=("Ctrl+R",), on_canvas=True, when=_is_one_selected,
        effect=lambda window: window.canvas.asking.replacement(),
    ),
    Action(
        name="wire_to", text="Wire to…", tip="Search for what the selected node can be wired to",
        on_canvas=True, when=_is_one_selected, effect=lambda window: window.canvas.asking.wire(),
    ),
    Action(
        name="bypass", text="Bypass", tip="Let values pass by the selected nodes, or not", keys=("Ctrl+B",),
        on_canvas=True, when=is_any_selected,
        effect=lambda window: window.editor.toggle_run(window.editor.selection, "bypass"),
    ),
    Action(
        name="disable", text="Disable", tip="Leave the selected nodes out of runs, or not", keys=("Ctrl+M",),
        on_canvas=True, when=is_any_selected,
        effect=lambda window: window.editor.toggle_run(window.editor.selection, "disabled"),
    ),
    Action(
        name="collapse", text="Collapse", tip="Show the titles of the selected nodes alone, or all of them",
        keys=("H",), on_canvas=True, when=is_any_selected,
        effect=lambda window: window.editor.toggle_collapsed(window.editor.selection),
    ),
    Action(
        name="mute_wire", text="Mute wire", tip="Leave the selected wire out of runs, or take it in again",
        keys=("M",), on_canvas=True, effect=_mute,
    ),
    Action(
        name="delete_and_reconnect", text="Delete and reconnect", tip="Remove the selected nodes and close the gap",
        keys=("Ctrl+Del", "Ctrl+Backspace"), on_canvas=True, when=is_any_selected,
        effect=lambda window: window.editor.delete_and_reconnect(window.editor.selection),
    ),
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
        name="keep_subgraph", text="Keep in your library", tip="Keep the selected node's sub-graph for other graphs",
        on_canvas=True, when=is_use_selected, effect=lambda window: window.keep_subgraph(),
    ),
    Action(
        name="promote", text="Promote a value…", tip="Let nodes that use this sub-graph set a value inside",
        keys=("Ctrl+P",), on_canvas=True, when=lambda window: bool(window.editor.way) and _is_one_selected(window),
        effect=lambda window: window.canvas.asking.promotion(),
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

MENU = (
    *("rename", "replace", "wire_to", SEPARATOR, "bypass", "disable", "mute_wire", "collapse", SEPARATOR),
    *(
        "delete_and_reconnect",
        SEPARATOR,
        "encapsulate",
        "enter",
        "leave",
        "dissolve",
        "make_unique",
        "promote",
        "keep_subgraph",
    ),
)
"""Its order."""
