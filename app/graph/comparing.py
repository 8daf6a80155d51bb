"""What has changed from one graph to another: nodes, wires, parameters; what only looks otherwise is told apart.

Nodes are the same if their ids are: a node under another id has gone, and another one has come. It needs no node types.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from .document import Graph
from .parts import written
from .plain import Json, shown
from .wire import Wire

Kind = Literal["node", "wire", "parameter", "run", "subgraph", "graph", "looks"]
What = Literal["added", "removed", "changed"]


class Change(NamedTuple):
    """One difference.

    Attributes:
        what: Whether it is only in the second graph, only in the first, or in both but otherwise.
        kind: Of what.
        place: Where: `blur`, `blur.sigma`, `blur.image -> mask.image`; `calc/add` inside of a sub-graph.
        before: What it was; None where there was nothing.
        after: What it is; None where there is nothing.
    """

    what: What
    kind: Kind
    place: str
    before: Json = None
    after: Json = None

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes it is about, with the sub-graph that they lie in."""
        if self.kind == "wire":
            inner = self.place.rpartition("/")[0]
            ends = self.place.rpartition("/")[2].split(" -> ")
            return tuple(f"{inner}/{end.partition('.')[0]}".lstrip("/") for end in ends)
        if self.kind in ("node", "parameter", "run"):
            inner, slash, own = self.place.rpartition("/")
            return (f"{inner}{slash}{own.partition('.')[0]}",)
        return ()

    @property
    def is_looks(self) -> bool:
        """Whether it changes nothing that a run would see."""
        return self.kind == "looks"

    def __str__(self) -> str:
        name = {"parameter": "", "run": "how it runs: ", "node": "node ", "wire": "wire ", "looks": ""}.get(self.kind)
        name = f"{self.kind.replace('subgraph', 'sub-graph')} " if name is None else name
        if self.what == "added":
            return f"{name}{self.place} is new" + (f": {shown(self.after)}" if self.after is not None else "")
        if self.what == "removed":
            return f"{name}{self.place} has gone" + (f": {shown(self.before)}" if self.before is not None else "")
        if self.before is None and self.after is None:
            return self.place if " " in self.place else f"{name}{self.place} are others"
        return f"{name}{self.place}: {_value(self.before)} → {_value(self.after)}"

    def as_json(self) -> dict[str, Any]:
        """The same as plain JSON."""
        return {**self._asdict(), "looks": self.is_looks}


def compare(before: Graph, after: Graph) -> list[Change]:
    """What has changed from one graph to another, in the order of the graphs; empty if nothing has."""
    return [*_described(before, after), *_graphs(before, after, ""), *_subgraphs(before, after)]


def _subgraphs(before: Graph, after: Graph) -> Iterator[Change]:
    for name in dict.fromkeys((*before.subgraphs, *after.subgraphs)):
        old, new = before.subgraphs.get(name), after.subgraphs.get(name)
        if old is not None and new is not None:
            yield from _described(old, new, f"{name}/")
            yield from _graphs(old, new, f"{name}/")
        elif new is not None:
            yield Change("added", "subgraph", name)
        else:
            yield Change("removed", "subgraph", name)


def _described(before: Graph, after: Graph, prefix: str = "") -> Iterator[Change]:
    for part in ("name", "description"):
        old, new = getattr(before, part), getattr(after, part)
        if old != new:
            yield Change("changed", "graph", f"{prefix}{part}", old, new)


def _graphs(before: Graph, after: Graph, prefix: str) -> Iterator[Change]:
    for node in dict.fromkeys((*before.nodes, *after.nodes)):
        old, new = before.nodes.get(node), after.nodes.get(node)
        place = f"{prefix}{node}"
        if old is None and new is not None:
            yield Change("added", "node", place, None, new.type)
        elif new is None and old is not None:
            yield Change("removed", "node", place, old.type, None)
        elif old is not None and new is not None:
            if old.type != new.type:
                yield Change("changed", "node", place, old.type, new.type)
            yield from _values("parameter", f"{place}.", old.params, new.params)
            yield from _values("run", f"{place}.", written(old.run), written(new.run))
    yield from _wires(before, after, prefix)
    yield from _looks(before, after, prefix)


def _values(kind: Kind, prefix: str, before: Mapping[str, Json], after: Mapping[str, Json]) -> Iterator[Change]:
    for name in dict.fromkeys((*before, *after)):
        if repr(before.get(name)) == repr(after.get(name)) and (name in before) == (name in after):
            continue
        what: What = "changed" if name in before and name in after else "added" if name in after else "removed"
        yield Change(what, kind, f"{prefix}{name}", before.get(name), after.get(name))


def _wires(before: Graph, after: Graph, prefix: str) -> Iterator[Change]:
    old, new = _by_key(before), _by_key(after)
    for key in dict.fromkeys((*old, *new)):
        wire = old.get(key) or new[key]
        place = f"{prefix}{wire}"
        if key not in new:
            yield Change("removed", "wire", place)
        elif key not in old:
            yield Change("added", "wire", place)
        elif old[key].muted != new[key].muted:
            words = ("muted", "not muted")
            yield Change("changed", "wire", place, words[not old[key].muted], words[not new[key].muted])


def _by_key(graph: Graph) -> dict[Any, Wire]:
    return {(wire.key, wire.control): wire for wire in (*graph.wires, *graph.controls)}


def _looks(before: Graph, after: Graph, prefix: str) -> Iterator[Change]:
    old, new = before.view, after.view
    both = before.nodes.keys() & after.nodes.keys()
    for node in [node for node in after.nodes if node in both]:
        if old.position(node) != new.position(node):
            yield Change("changed", "looks", f"{prefix}{node} lies elsewhere")
        if (node in old.collapsed) != (node in new.collapsed):
            yield Change("changed", "looks", f"{prefix}{node} is {'' if node in new.collapsed else 'not '}collapsed")
    for part in ("frames", "notes", "bookmarks", "reroutes"):
        if getattr(old, part) != getattr(new, part):
            yield Change("changed", "looks", f"{prefix}{part}".replace("reroutes", "ways of wires"))


def _value(value: Json) -> str:
    return "its default" if value is None else shown(value)
