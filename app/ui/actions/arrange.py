"""Where nodes lie."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from .action import SEPARATOR, Action, shows_nodes

if TYPE_CHECKING:
    from ..canvas.arranging import Side
    from ..window import MainWindow


def _are_several_selected(window: MainWindow) -> bool:
    return len(window.editor.selection) > 1


def _is_one_selected(window: MainWindow) -> bool:
    return len(window.editor.selection) == 1


def _align(side: Side, window: MainWindow) -> None:
    window.arranging.align(window.editor.selection, side)


_SIDES: tuple[tuple[Side, str, str], ...] = (
    ("left", "Align left", "Let the selected nodes begin at one line"),
    ("centre", "Align centres", "Let the middles of the selected nodes lie above each other"),
    ("right", "Align right", "Let the selected nodes end at one line"),
    ("top", "Align tops", "Let the upper edges of the selected nodes lie on one line"),
    ("bottom", "Align bottoms", "Let the lower edges of the selected nodes lie on one line"),
)

ACTIONS: tuple[Action, ...] = (
    Action(
        name="auto_layout", text="Arrange", tip="Lay out the selected nodes, or all, in layers from left to right",
        keys=("Ctrl+L",), on_canvas=True, when=shows_nodes, icon="ph.tree-structure",
        effect=lambda window: window.arranging.lay_out(window.editor.selection),
    ),
    Action(
        name="layout_before", text="Arrange what leads here", tip="Lay out the selected node and all before it",
        keys=("Ctrl+Shift+L",), on_canvas=True, when=_is_one_selected,
        effect=lambda window: window.arranging.lay_out_branch(window.editor.selection[0], is_before=True),
    ),
    Action(
        name="layout_behind", text="Arrange what follows", tip="Lay out the selected node and all behind it",
        keys=("Alt+L",), on_canvas=True, when=_is_one_selected,
        effect=lambda window: window.arranging.lay_out_branch(window.editor.selection[0], is_before=False),
    ),
    Action(
        name="frame", text="Frame", tip="Put a titled frame around the selected nodes, which it carries",
        keys=("Ctrl+J",), on_canvas=True, effect=lambda window: window.canvas.pieces.frame(),
    ),
    Action(
        name="note", text="Note", tip="Write a note on the canvas, in Markdown", keys=("Ctrl+Shift+N",), on_canvas=True,
        effect=lambda window: window.canvas.pieces.note(),
    ),
    Action(
        name="colour", text="Colour…", tip="Give the selected frame or note another colour", on_canvas=True,
        when=lambda window: window.canvas.decor.chosen is not None, effect=lambda window: window.ask_colour(),
    ),
    *(
        Action(
            name=f"align_{side}", text=text, tip=tip, on_canvas=True, when=_are_several_selected,
            effect=partial(_align, side),
        )
        for side, text, tip in _SIDES
    ),
    Action(
        name="distribute_across", text="Distribute across", tip="Make the gaps from left to right equal",
        on_canvas=True, when=_are_several_selected,
        effect=lambda window: window.arranging.distribute(window.editor.selection, is_across=True),
    ),
    Action(
        name="distribute_down", text="Distribute down", tip="Make the gaps from top to bottom equal",
        on_canvas=True, when=_are_several_selected,
        effect=lambda window: window.arranging.distribute(window.editor.selection, is_across=False),
    ),
)  # fmt: skip

MENU = (
    *("auto_layout", "layout_before", "layout_behind", SEPARATOR, "frame", "note", "colour", SEPARATOR),
    *("align_left", "align_centre", "align_right", "align_top", "align_bottom", SEPARATOR),
    *("distribute_across", "distribute_down"),
)
"""Its order."""
