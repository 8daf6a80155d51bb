"""Bring a graph that was saved with older node types up to date, as far as the types themselves say how.

A type that has another name now is called by it; parameters that were saved with another version are those that the
type makes of them. Wires stay where they are: one whose port has gone ends at a ghost port, which `check` reports.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from ..errors import ValueMismatch
from .plain import Json, shown
from .subgraphs import PREFIX

if TYPE_CHECKING:
    from .catalogue import Catalogue
    from .document import Graph
    from .node import Node


class Update(NamedTuple):
    """What became of a node when its graph was loaded.

    Attributes:
        node: Its id; `calc/add` for the node `add` of the sub-graph `calc`.
        sentence: What changed, or what could not.
        failed: Whether the node stays as it was saved, because its type could not say what it is now.
    """

    node: str
    sentence: str
    failed: bool = False


def bring_up_to_date(graph: Graph) -> tuple[Update, ...]:
    """Change nodes whose types have changed since the graph was saved; tells each change. Emits no events.

    Args:
        graph: The outermost graph, just loaded.
    """
    catalogue = graph.catalogue
    if catalogue is None:
        return ()
    updates: list[Update] = []
    types = _Types(catalogue, graph.signatures)
    for prefix, part in (("", graph), *((f"{name}/", inner) for name, inner in graph.subgraphs.items())):
        for node in part.nodes.values():
            updates += (Update(f"{prefix}{node.id}", *change) for change in types.update(node))
    graph.signatures = types.signatures
    return tuple(updates)


def remember_ports(graph: Graph) -> None:
    """Note the ports that nodes have now, as a file does, before their types change: what goes is known to have been.

    Args:
        graph: The outermost graph; types that its file was saved with are noted already.
    """
    catalogue = graph.catalogue
    if catalogue is None:
        return
    for part in (graph, *graph.subgraphs.values()):
        for node in part.nodes.values():
            known = None if node.type in graph.signatures else catalogue.signature(node.type, node.params)
            if known is not None:
                graph.signatures[node.type] = known


class _Types:
    """What is to be done about each type of node, found out once.

    Attributes:
        signatures: Those that the file was saved with, under the names and of the versions that there are now.
    """

    def __init__(self, catalogue: Catalogue, saved: Mapping[str, dict[str, Json]]) -> None:
        self._catalogue = catalogue
        self._known: dict[str, tuple[str, str | None]] = {}
        self.signatures = dict(saved)

    def update(self, node: Node) -> Iterator[tuple[str, bool]]:
        """Change a node; says what, and what failed."""
        before, params, problem = node.type, node._params, ""
        name, version = self._known.get(before) or self._look_up(before)
        node._type = name
        if version is not None:
            try:
                node._params = self._catalogue.migrate(name, params, version)
            except ValueMismatch as mismatch:
                problem = str(mismatch)
        changes = [f"it was a `{before}`"] if name != before else []
        if changes := [*changes, *_changes(params, node._params)]:
            yield ", ".join(changes), False
        if problem:
            yield f"its parameters are still those of version {version}: what migrates them failed with {problem}", True

    def _look_up(self, node_type: str) -> tuple[str, str | None]:
        """The type's name now, and the version to migrate from, if there is something to migrate."""
        name, version = node_type, None
        if not node_type.startswith(PREFIX):
            name = self._catalogue.current_name(node_type)
            saved = self.signatures.pop(node_type, None) if name != node_type else self.signatures.get(node_type)
            current = self._catalogue.signature(name, {})
            if saved is not None and current is not None:
                then, now = saved.get("version", 1), current.get("version", 1)
                version = str(then) if then != now and self._catalogue.migrates(name) else None
                saved = {**saved, "version": now}
            if saved is not None:
                self.signatures.setdefault(name, saved)
        self._known[node_type] = name, version
        return name, version


def _changes(before: Mapping[str, Json], after: Mapping[str, Json]) -> Iterator[str]:
    """Phrases on parameters that were renamed, set, changed or taken away."""
    new = [name for name in after if name not in before]
    for name, value in before.items():
        if name in after:
            if not _is_same(after[name], value):
                yield f"`{name}` was {shown(value)} and is {shown(after[name])}"
            continue
        same = next((other for other in new if _is_same(after[other], value)), None)
        if same is None:
            yield f"`{name}` (it was {shown(value)}) has gone"
        else:
            new.remove(same)
            yield f"`{name}` is called `{same}`"
    for name in new:
        yield f"`{name}` is {shown(after[name])}"


def _is_same(one: Json, other: Json) -> bool:
    return type(one) is type(other) and bool(one == other)
