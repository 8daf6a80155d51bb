"""What the search box offers: every node type, or those that fit a wire."""

from __future__ import annotations

from collections.abc import Callable

from ...authoring.nodetype import NodeType
from ...graph.wire import PortRef
from ..editor import Editor
from .look import NO_ICON
from .search import Entry


def offers_of_all(editor: Editor, choose: Callable[[str], None]) -> list[Entry]:
    """All node types, by vessel.

    Args:
        editor: The open document.
        choose: Called with the id of the type chosen.
    """
    return [
        _entry(editor, node_type, node_type.id, lambda type_id=node_type.id: choose(type_id))  # type: ignore[misc]
        for node_type in editor.registry.node_types()
    ]


def offers_for(editor: Editor, port: PortRef, choose: Callable[[str, str], None], *, is_output: bool) -> list[Entry]:
    """The node types with a port that fits, those without a converter first.

    Args:
        editor: The open document.
        port: Where the wire begins.
        choose: Called with the id of the type chosen and the name of its port.
        is_output: Whether the wire begins at an output.
    """
    entries = []
    for node_type, name, fit in editor.candidates(port, is_output):
        through = f" · {fit.converters[-1].name.partition('.')[2]}" if fit.converters else ""
        pick = lambda type_id=node_type.id, other=name: choose(type_id, other)  # noqa: E731
        entries.append(_entry(editor, node_type, f"{node_type.id} · {name}{through}", pick))
    return entries


def _entry(editor: Editor, node_type: NodeType, detail: str, choose: Callable[[], None]) -> Entry:
    vessel = editor.registry.vessel(node_type.vessel)
    icon = node_type.icon or (vessel.icon if vessel is not None else "") or NO_ICON
    return Entry(node_type.title, detail, icon, node_type.vessel, choose)
