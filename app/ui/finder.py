"""What can be searched for in the window: everything that can be done, and every node of the graph."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from ..graph.node import Node
from ..graph.plain import shown
from .actions.action import key_text
from .actions.catalogue import ACTIONS
from .canvas.look import NO_ICON
from .canvas.search import Entry
from .editor import Editor

if TYPE_CHECKING:
    from .window import MainWindow

PLAIN = "ph.caret-right"
"""The icon of an action that has none of its own."""

MOST_PARAMS = 3
"""Parameters of a node that are shown, and can be searched for."""


def actions_of(window: MainWindow) -> list[Entry]:
    """What can be done now, in the order of the menus, each with its key."""
    return [
        Entry(
            action.text.removesuffix("…"),
            key_text(action),
            action.icon or PLAIN,
            "",
            window.actions_[action.name].trigger,
            words=action.tip,
        )
        for action in ACTIONS
        if action.name != "find_action" and action.when(window)
    ]


def nodes_of(editor: Editor, choose: Callable[[str], None]) -> list[Entry]:
    """The nodes of the graph: id, type, and what is set.

    Args:
        editor: The open document.
        choose: Called with the id of the node chosen.
    """
    return [_node(editor, node, lambda id_=node.id: choose(id_)) for node in editor.graph.nodes.values()]  # type: ignore[misc]


def bookmarks_of(editor: Editor, look_at: Callable[[float, float, float], None]) -> list[Entry]:
    """The places that were bookmarked in the graph on screen.

    Args:
        editor: The open document.
        look_at: Called with the place that is chosen.
    """
    return [
        Entry(one.name, f"{one.camera[2] * 100:.0f} %", "ph.bookmark-simple", "", partial(look_at, *one.camera))
        for one in editor.graph.view.bookmarks
    ]


def _node(editor: Editor, node: Node, choose: Callable[[], None]) -> Entry:
    node_type = editor.registry.node_type(node.type)
    vessel_name = node.type.partition(".")[0]
    vessel = editor.registry.vessel(vessel_name)
    icon = (node_type.icon if node_type is not None else "") or (vessel.icon if vessel is not None else "") or NO_ICON
    params = [f"{name} {shown(value)}" for name, value in list(node.params.items())[:MOST_PARAMS]]
    return Entry(node.id, " · ".join([node.type, *params]), icon, vessel_name, choose)
