"""The open document beside another graph: what has changed, kept up to date as it is edited."""

from __future__ import annotations

from collections import Counter

from qtpy import QtCore

from ..graph.comparing import Change, What, compare
from ..graph.document import Graph
from ..graph.view import Point
from .editor import Editor

DELAY_MS = 150
"""Between an edit and the next look at all."""


class Comparison(QtCore.QObject):
    """Compares while there is something to compare with.

    Args:
        editor: The open document.

    Attributes:
        title: Of what it is compared with; empty while it is with nothing.
        changes: What has changed from there to here, looks left out.
        changed: `changes` or `title` are others.
    """

    changed = QtCore.Signal()

    def __init__(self, editor: Editor, parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self._editor = editor
        self.title = ""
        self.changes: list[Change] = []
        self._base: Graph | None = None
        self._place = -1
        self._timer = QtCore.QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self._compare)
        editor.history_changed.connect(self._note)
        editor.document_replaced.connect(self.stop)

    def start(self, base: Graph, title: str) -> None:
        """Compare with a graph from now on."""
        self._base, self.title, self._place = base, title, -1
        self._compare()

    def stop(self) -> None:
        """Compare with nothing any more."""
        if self._base is not None:
            self._base, self.title, self.changes = None, "", []
            self.changed.emit()

    @property
    def summary(self) -> str:
        """How much has changed, in words."""
        counts = Counter((change.what, change.kind) for change in self.changes)
        nodes: Counter[str] = Counter({what: counts[what, "node"] for what in ("added", "removed", "changed")})
        parts = [
            f"{nodes['added']} new" if nodes["added"] else "",
            f"{nodes['removed']} gone" if nodes["removed"] else "",
            f"{nodes['changed']} of another type" if nodes["changed"] else "",
        ]
        words = [f"nodes: {', '.join(part for part in parts if part)}"] if any(parts) else []
        for kind, name in (("wire", "wire"), ("parameter", "value"), ("run", "run setting"), ("subgraph", "sub-graph")):
            count = sum(number for (_, of), number in counts.items() if of == kind)
            if count:
                words.append(f"{count} {name}{'s' if count > 1 else ''}")
        return "; ".join(words) or "nothing has changed that a run would see"

    def marks(self) -> dict[str, What]:
        """What became of nodes of the graph on screen: new, or changed in any way."""
        prefix = self._prefix
        marks: dict[str, What] = {}
        for change in self.changes:
            for place in change.nodes:
                node = place.removeprefix(prefix)
                if not place.startswith(prefix) or "/" in node or node not in self._editor.graph.nodes:
                    continue
                is_new = change.kind == "node" and change.what == "added"
                if is_new or marks.get(node) != "added":
                    marks[node] = "added" if is_new else "changed"
        return marks

    def ghosts(self) -> dict[str, Point]:
        """Nodes that have gone from the graph on screen, and where they were."""
        if self._base is None:
            return {}
        name = self._prefix.removesuffix("/")
        base = self._base.subgraphs.get(name) if name else self._base
        gone = [] if base is None else [node for node in base.nodes if node not in self._editor.graph.nodes]
        return {node: base.view.position(node) or (0, 0) for node in gone} if base is not None else {}

    def next(self) -> str | None:
        """Go to the next node that has changed and is there. Gives its id on screen; None if there is none."""
        places = list(dict.fromkeys(place for change in self.changes for place in change.nodes))
        for step in range(1, len(places) + 1):
            number = (self._place + step) % len(places)
            name, _, node = places[number].rpartition("/")
            if self._editor.show_subgraph(name) and node in self._editor.graph.nodes:
                self._place = number
                self._editor.select([node])
                return node
        return None

    @property
    def _prefix(self) -> str:
        way = self._editor.way
        return f"{way[-1].name}/" if way else ""

    def _note(self) -> None:
        if self._base is not None:
            self._timer.start()

    def _compare(self) -> None:
        if self._base is not None:
            self.changes = [change for change in compare(self._base, self._editor.root) if not change.is_looks]
            self.changed.emit()
