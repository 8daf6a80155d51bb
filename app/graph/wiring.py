"""The wires of one kind in one graph, found by node and by target without a search.

Idea: a dict by key keeps the order of creation; two indexes, by node and by target, are kept beside it. Places in the
order are numbers, so that what was taken out can be put back where it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from .wire import PortRef, Wire, WireKey

Placed = tuple[tuple[int, Wire], ...]
"""Wires with their places in the order, ascending."""


class Wiring:
    """Wires in order of creation; at most one has the same source and target."""

    def __init__(self) -> None:
        self._wires: dict[WireKey, Wire] = {}
        self._by_node: dict[str, dict[WireKey, None]] = {}
        self._by_target: dict[PortRef, dict[WireKey, None]] = {}
        self._indexes: dict[tuple[str, str], int] = {}
        self._all: tuple[Wire, ...] | None = None

    @property
    def all(self) -> tuple[Wire, ...]:
        """Every wire, in order."""
        if self._all is None:
            self._all = tuple(self._wires.values())
        return self._all

    def __len__(self) -> int:
        return len(self._wires)

    def get(self, key: WireKey) -> Wire | None:
        """The wire with these ends, or None."""
        return self._wires.get(key)

    def of(self, node: str) -> Iterator[Wire]:
        """Wires that start or end at a node."""
        return (self._wires[key] for key in self._by_node.get(node, ()))

    def into(self, target: PortRef) -> Iterator[Wire]:
        """Wires that end exactly at `target`, index included."""
        return (self._wires[key] for key in self._by_target.get(target, ()))

    def next_index(self, node: str, port: str) -> int:
        """A free place of a variadic input: the one behind the others, unless there are gaps."""
        index = self._indexes.get((node, port), 0)
        while PortRef(node, port, index) in self._by_target:
            index += 1
        return index

    def add(self, wire: Wire) -> None:
        """Append a wire whose ends no other has."""
        key = source, target = wire.key
        self._wires[key] = wire
        self._by_node.setdefault(source.node, {})[key] = None
        self._by_node.setdefault(target.node, {})[key] = None
        self._by_target.setdefault(target, {})[key] = None
        if target.index is not None:
            group = target.node, target.port
            self._indexes[group] = self._indexes.get(group, 0) + 1
        self._all = None

    def take(self, wires: Iterable[Wire]) -> Placed:
        """Take wires out; gives them with the places that they had."""
        gone = {wire.key for wire in wires}
        if not gone:
            return ()
        taken = tuple((place, wire) for place, wire in enumerate(self._wires.values()) if wire.key in gone)
        for _, wire in taken:
            self._drop(wire.key)
        return taken

    def put(self, placed: Placed) -> None:
        """Put wires back at their places."""
        if not placed:
            return
        for _, wire in placed:
            self.add(wire)
        rest = list(self._wires.values())[: -len(placed)]
        for place, wire in placed:
            rest.insert(place, wire)
        self._wires = {wire.key: wire for wire in rest}

    def replace(self, changes: Iterable[tuple[Wire, Wire]]) -> None:
        """Put other wires at the places of some: `(before, after)` each."""
        after = {old.key: new for old, new in changes}
        if not after:
            return
        order = [after.get(key, wire) for key, wire in self._wires.items()]
        for key in after:
            self._drop(key)
        for wire in after.values():
            self.add(wire)
        self._wires = {wire.key: wire for wire in order}

    def closed_up(self, targets: Iterable[tuple[str, str]]) -> tuple[tuple[Wire, Wire], ...]:
        """How variadic inputs are numbered without gaps: `(before, after)` for each wire that must change."""
        changes = []
        for node, port in dict.fromkeys(targets):
            items = [
                wire
                for wire in self.of(node)
                if wire.target.index is not None and wire.target == PortRef(node, port, wire.target.index)
            ]
            items.sort(key=lambda wire: wire.target.index or 0)
            for index, wire in enumerate(items):
                if wire.target.index != index:
                    changes.append((wire, _at(wire, PortRef(node, port, index))))
        return tuple(changes)

    def renamed(self, old: str, new: str) -> tuple[tuple[Wire, Wire], ...]:
        """How the wires of a node look under its new id: `(before, after)` each."""
        return tuple((wire, with_ids(wire, {old: new})) for wire in self.of(old))

    def copy(self) -> Wiring:
        """An equal wiring that can be changed apart."""
        twin = Wiring()
        twin._wires = dict(self._wires)
        twin._by_node = {node: dict(keys) for node, keys in self._by_node.items()}
        twin._by_target = {target: dict(keys) for target, keys in self._by_target.items()}
        twin._indexes = dict(self._indexes)
        twin._all = self._all
        return twin

    def _drop(self, key: WireKey) -> None:
        source, target = key
        del self._wires[key]
        for node in {source.node, target.node}:
            keys = self._by_node[node]
            del keys[key]
            if not keys:
                del self._by_node[node]
        keys = self._by_target[target]
        del keys[key]
        if not keys:
            del self._by_target[target]
        if target.index is not None:
            self._indexes[target.node, target.port] -= 1
        self._all = None


def _at(wire: Wire, target: PortRef) -> Wire:
    return Wire(wire.source, target, wire.control, wire.muted, wire.extra)


def with_ids(wire: Wire, ids: Mapping[str, str]) -> Wire:
    """The same wire where nodes have other ids; `ids` maps old ones to new ones."""
    source, target = (PortRef(ids.get(end.node, end.node), end.port, end.index) for end in wire.key)
    return Wire(source, target, wire.control, wire.muted, wire.extra)
