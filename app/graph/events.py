"""What a document tells its listeners, after each change, on the thread that made it."""

from __future__ import annotations

from psygnal import Signal, SignalGroup

from .node import Node
from .wire import Wire


class GraphEvents(SignalGroup):
    """Changes of one graph; its sub-graphs have events of their own.

    Attributes:
        node_added: A node.
        node_removed: A node that has left; its wires left before it.
        node_renamed: Old and new id; the wires that followed are told by `wire_changed` before it.
        node_changed: A node, and what of it: `type`, `params` or `run`.
        wire_added: A wire.
        wire_removed: A wire that has left.
        wire_changed: A wire before and after: other ends, or muted.
        view_changed: The part of the view: `nodes`, `collapsed`, `wires`, `frames`, `notes`, `bookmarks`, `camera`.
        described: Name or description are others.
        subgraph_added: Name of a sub-graph.
        subgraph_removed: Name of a sub-graph.
        subgraph_changed: Name of a sub-graph that an edit of this graph has changed.
    """

    node_added = Signal(Node)
    node_removed = Signal(Node)
    node_renamed = Signal(str, str)
    node_changed = Signal(Node, str)
    wire_added = Signal(Wire)
    wire_removed = Signal(Wire)
    wire_changed = Signal(Wire, Wire)
    view_changed = Signal(str)
    described = Signal()
    subgraph_added = Signal(str)
    subgraph_removed = Signal(str)
    subgraph_changed = Signal(str)
