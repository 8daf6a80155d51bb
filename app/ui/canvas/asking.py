"""What the search box over the canvas is opened for, and what becomes of the choice."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from qtpy.QtCore import QPointF
from qtpy.QtGui import (
    QCursor,
)

from ...errors import EditError
from ...graph.wire import PortRef
from ..bringing import constant_of
from .offers import (
    offers_for,
    offers_in_place,
    offers_of_all,
    offers_of_library,
    offers_of_promotion,
    offers_of_wires,
)
from .scene import ShownNode
from .search import Entry

if TYPE_CHECKING:
    from .view import CanvasView


class Asking:
    """Asks for a node type, a target of a wire, a value; and does what is chosen.

    Args:
        canvas: Over which it asks.
    """

    def __init__(self, canvas: CanvasView) -> None:
        self._canvas = canvas

    def wire(self) -> None:
        """List what the selected node's outputs can be wired to, and wire what is chosen."""
        editor = self._canvas.editor
        if (shown := self._one_selected()) is None:
            return
        corner = QPointF(shown.x + shown.shape.width, shown.y)
        self._open(offers_of_wires(editor, shown.id), corner, f"Wire {shown.id} to")

    def promotion(self) -> None:
        """List the values of the selected node that the sub-graph's users could set, and promote the chosen one."""
        editor = self._canvas.editor
        if (shown := self._one_selected()) is not None:
            entries = offers_of_promotion(editor, shown.id)
            self._open(entries, QPointF(shown.x, shown.y), f"Promote from {shown.id}")

    def replacement(self) -> None:
        """List the node types that could stand in the selected node's place, and put the chosen one there."""
        editor = self._canvas.editor
        if (shown := self._one_selected()) is not None:
            entries = offers_in_place(editor, shown.id)
            self._open(entries, QPointF(shown.x, shown.y), f"Replace {shown.id} by")

    def _open(self, entries: list[Entry], at: QPointF, hint: str) -> None:
        self._canvas.search.open(entries, self._canvas.to_global(at), hint=hint)

    def _one_selected(self) -> ShownNode | None:
        self._canvas.scene_.sync()
        selection = self._canvas.editor.selection
        return self._canvas.scene_.nodes.get(selection[0]) if len(selection) == 1 else None

    def node(self, at: QPointF) -> None:
        """Search for a node to add at a point of the scene."""
        entries = offers_of_all(self._canvas.editor, lambda type_id: self._canvas.add(type_id, at))
        entries += offers_of_library(self._canvas.library, lambda name: self._take(name, at))
        self._canvas.search.open(entries, self._canvas.to_global(at), typed=functools.partial(self._typed, at))

    def _take(self, name: str, at: QPointF) -> None:
        """Add what is kept in the user's library."""
        editor = self._canvas.editor
        try:
            added = editor.paste(self._canvas.library.text(name), self._canvas.snapped(at))
        except EditError as problem:
            editor.trouble.emit(str(problem))
            return
        for node in added:
            self._canvas.make_room(node)

    def fitting_node(self, at: QPointF, port: PortRef, *, is_output: bool) -> None:
        """Search among the nodes that fit a wire dropped on the canvas; the chosen one is wired."""

        def choose(type_id: str, other: str) -> None:
            place = self._canvas.snapped(at)
            node = self._canvas.editor.add_wired(type_id, place, port, other, is_output=is_output)
            self._canvas.make_room(node)

        entries = offers_for(self._canvas.editor, port, choose, is_output=is_output)
        self._open(entries, at, f"What takes {port}" if is_output else f"What gives {port}")

    def _typed(self, at: QPointF, text: str) -> list[Entry]:
        """What a typed number or text stands for, to be offered first."""
        found = constant_of(self._canvas.editor.registry, text)
        if found is None:
            return []
        choose = functools.partial(self._canvas.add, found.node_type, at, found.params)
        return [
            Entry(f"Constant {text.strip()}", found.node_type, "ph.hash", found.node_type.partition(".")[0], choose)
        ]

    def node_at_cursor(self) -> None:
        """Search for a node to add where the pointer is, or in the middle if it is elsewhere."""
        point = self._canvas.viewport().mapFromGlobal(QCursor.pos())
        if not self._canvas.viewport().rect().contains(point):
            point = self._canvas.viewport().rect().center()
        self.node(self._canvas.mapToScene(point))
