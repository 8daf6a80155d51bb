"""What an action is, and when it can be done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qtpy import QtGui

if TYPE_CHECKING:
    from ..window import MainWindow

SEPARATOR = "-"

Effect = Callable[["MainWindow"], object]
Condition = Callable[["MainWindow"], bool]


def always(_window: MainWindow) -> bool:
    """Whatever is open."""
    return True


def is_any_selected(window: MainWindow) -> bool:
    """While nodes are selected."""
    return bool(window.editor.selection)


def has_nodes(window: MainWindow) -> bool:
    """While there are nodes in the document."""
    return bool(window.editor.root.nodes)


def shows_nodes(window: MainWindow) -> bool:
    """While there are nodes on screen."""
    return bool(window.editor.graph.nodes)


def is_use_selected(window: MainWindow) -> bool:
    """While the one selected node uses a sub-graph."""
    editor = window.editor
    return len(editor.selection) == 1 and bool(editor.subgraphs_of(editor.selection[0]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing that can be done.

    Attributes:
        name: Object name, stable for tests and scripts.
        text: In the menu; `…` where a dialog follows.
        tip: What it does, in a few words.
        effect: Does it.
        keys: Shortcuts; the first is shown.
        icon: Name of a Phosphor icon.
        when: Whether it can be done now.
        on_canvas: Whether its keys belong to the canvas alone.
        is_on: For what is on or off: whether it is on.
        does: Gives what it would do now, to be shown behind its text.
    """

    name: str
    text: str
    tip: str
    effect: Effect
    keys: tuple[str, ...] = ()
    icon: str = ""
    when: Condition = always
    on_canvas: bool = False
    is_on: Condition | None = None
    does: Callable[[MainWindow], str] | None = None


def key_text(action: Action) -> str:
    """The key of an action as the system writes it; empty if it has none."""
    form = QtGui.QKeySequence.SequenceFormat.NativeText
    return QtGui.QKeySequence(action.keys[0]).toString(form) if action.keys else ""
