"""Findings for programs: where in the graph's file each is, and its fix as a JSON Patch (RFC 6902) of that file."""

from __future__ import annotations

import json
from typing import Any

from ..errors import EditError
from ..graph.document import Graph
from ..graph.edits import AddNode, Connect, Edit, Together, Within
from ..graph.node import Node
from ..graph.wire import Wire
from ..registry.lookup import Registry
from .diagnostic import Diagnostic
from .fixes import edit_of, effect_of

Operation = dict[str, Any]


def as_json(graph: Graph, registry: Registry, found: Diagnostic) -> dict[str, Any]:
    """A finding as plain JSON.

    Beside what `Diagnostic.as_json` gives: `path`, a JSON Pointer (RFC 6901) into the graph's file; its `facts`; and
    `fix`, where there is one: `does`, in words, and `patch`, to be applied to the file.
    """
    place = _Place(graph, found)
    told = {**found.as_json(), "path": place.pointer(), **found.facts}
    patch = patch_of(graph, registry, found)
    return {**told, "fix": {"does": effect_of(graph, found), "patch": patch}} if patch else told


def patch_of(graph: Graph, registry: Registry, found: Diagnostic) -> list[Operation]:
    """What a finding's fix does to the graph's file; nothing where it has none, or the graph is another by now."""
    fix, place = found.fix, _Place(graph, found)
    if fix is None or place.node is None:
        return []
    own = f"{place.node_path}/params/{_escaped(found.port or '')}"
    if fix.action == "parameter":
        return [{"op": "move", "from": own, "path": f"{place.node_path}/params/{_escaped(fix.value)}"}]
    if fix.action == "unset":
        return [{"op": "remove", "path": own}]
    if fix.action == "type":
        return [{"op": "replace", "path": f"{place.node_path}/type", "value": fix.value}]
    if fix.action == "each":
        return _each(graph, registry, found, place)
    if found.wire is None or (wire := place.wire_path(found.wire)) is None:
        return []
    if fix.action == "disconnect":
        return [{"op": "remove", "path": wire}]
    try:
        edit = edit_of(graph, registry, found)
    except EditError:
        return []
    if fix.action == "port":
        source, target = _ends(edit)
        end = (0, source) if source != str(found.wire.source) else (1, target)
        return [{"op": "replace", "path": f"{wire}/{end[0]}", "value": end[1]}]
    return _inserted(place, wire, edit)


def _each(graph: Graph, registry: Registry, found: Diagnostic, place: _Place) -> list[Operation]:
    """A node that runs for each item: its sub-graph is added, and it becomes another node."""
    after = graph.copy()
    try:
        edit_of(graph, registry, found).apply(after)
    except EditError:
        return []
    node = after.nodes[found.node or ""]
    name = str(node.params["graph"])
    inner = json.loads(after.dumps())["subgraphs"][name]
    add = {"op": "add", "path": f"/subgraphs/{_escaped(name)}", "value": inner}
    return [
        add if graph.subgraphs else {"op": "add", "path": "/subgraphs", "value": {name: inner}},
        {"op": "replace", "path": f"{place.node_path}/type", "value": node.type},
        {"op": "add", "path": f"{place.node_path}/params", "value": dict(node.params)},
        *([{"op": "remove", "path": f"{place.node_path}/run"}] if graph.nodes[node.id].run is not node.run else []),
    ]


def _ends(edit: Edit) -> tuple[str, str]:
    """The ends that a wire gets."""
    inner: Any = edit.edit if isinstance(edit, Within) else edit
    return str(inner.source), str(inner.target)


def _inserted(place: _Place, wire: str, edit: Edit) -> list[Operation]:
    """A node that is put into a wire: it is added, the wire ends there, and another one leads on."""
    inner = edit.edit if isinstance(edit, Within) else edit
    parts = inner.edits if isinstance(inner, Together) else ()
    (node,) = (part for part in parts if isinstance(part, AddNode))
    come, go = (part for part in parts if isinstance(part, Connect))
    return [
        {"op": "add", "path": f"{place.root}/nodes/{_escaped(node.id or '')}", "value": {"type": node.type}},
        {"op": "replace", "path": f"{wire}/1", "value": str(come.target)},
        {"op": "add", "path": f"{place.root}/wires/-", "value": [str(go.source), str(go.target)]},
    ]


class _Place:
    """Where a finding is in the file.

    Attributes:
        root: Pointer to its graph: empty for the outermost.
        node: The node; None for a finding about no node that is there.
        node_path: Pointer to it.
    """

    def __init__(self, graph: Graph, found: Diagnostic) -> None:
        name, _, own = (found.node or "").rpartition("/")
        self._found, self._part = found, graph.subgraphs.get(name) if name else graph
        self.root = f"/subgraphs/{_escaped(name)}" if name else ""
        self.node: Node | None = None if self._part is None else self._part.nodes.get(own)
        self.node_path = f"{self.root}/nodes/{_escaped(own)}"

    def wire_path(self, wire: Wire) -> str | None:
        """Pointer to a wire; None if it is not there."""
        wires = () if self._part is None else self._part.controls if wire.control else self._part.wires
        kind = "controls" if wire.control else "wires"
        return f"{self.root}/{kind}/{wires.index(wire)}" if wire in wires else None

    def pointer(self) -> str:
        """Pointer to what is wrong, as near as the file has it."""
        found = self._found
        if found.wire is not None and (wire := self.wire_path(found.wire)) is not None:
            return wire
        if self.node is None:
            return self.root
        if found.port is not None and found.port in self.node.params:
            return f"{self.node_path}/params/{_escaped(found.port)}"
        return f"{self.node_path}/type" if found.code in ("AW101", "AW203") else self.node_path


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
