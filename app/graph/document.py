"""The graph: nodes and wires under readable ids, sub-graphs, and how it looks.

Idea: everything is plain JSON, ids and wires; what node types are is asked of a `Catalogue`, if there is one. Each
change is one method, which refuses with an `EditError` before anything has changed, tells `events` afterwards, and
gives back what undoes it: `restore` is the inverse of `remove` and `disconnect`, a method is its own otherwise.
Invariant: every wire's ends are nodes of the graph, and at most one wire ends at a data input.
A document belongs to one thread; a run works on a `copy`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from ..errors import EditError
from .catalogue import Catalogue
from .contents import Contents, Removed
from .node import FreshIds, Node
from .params import encode_params, plain_at
from .parts import read_part, written
from .plain import BadValue, Json, did_you_mean
from .ports import SIGNAL, PortType, port_type
from .reading import MOST_NODES
from .run_settings import RunSettings
from .subgraphs import RESERVED
from .view import Point
from .wire import PortRef, Wire, is_id


class Graph(Contents):
    """A graph: a document that can be edited, saved, checked, compiled and run.

    Args:
        name: Its title.
        catalogue: Answers about node types; None for the default one.

    Attributes:
        events: Tells every change.
        view: How it looks.
        requires: Vessels and their versions that the file was saved with.
        signatures: Ports of the node types that the file was saved with.
        updates: What was brought up to date when it was loaded, since node types have changed; none once it is saved.
        extra: Keys of the file that this version does not know.
    """

    def __init__(self, name: str = "", *, catalogue: Catalogue | None = None) -> None:
        super().__init__(name, catalogue=catalogue)
        self._fresh = FreshIds(self._nodes)

    # ------------------------------------------------------------ nodes

    def add(
        self,
        node_type: str,
        /,
        *,
        id: str | None = None,  # noqa: A002 - the word that graph files use
        params: Mapping[str, Any] | None = None,
        **values: Any,
    ) -> Node:
        """Add a node.

        Args:
            node_type: Name of its type, such as `image.gaussian`.
            id: Its id; None to have one made of the type's name.
            params: Parameters by name; needed for those called `id` or `params`.
            values: Further parameters.

        Raises:
            EditError: The id is taken or none; a parameter's value cannot be kept.
        """
        if not node_type:
            raise EditError('expected the name of a node type, such as "image.gaussian", found an empty one')
        if len(self._nodes) >= MOST_NODES:
            raise EditError(
                f"expected at most {MOST_NODES:,} nodes in a graph, found no room for one more; use another"
            )
        chosen = self._fresh.next(node_type.rpartition(".")[2]) if id is None else self._free(id)
        node = Node(chosen, node_type, encode_params(self, chosen, node_type, {**(params or {}), **values}))
        self._nodes[chosen] = node
        self.events.node_added.emit(node)
        return node

    def remove(self, *nodes: str | Node) -> Removed:
        """Remove nodes with their wires. Gives what `restore` puts back.

        Raises:
            EditError: One is not in the graph.
        """
        ids = {self._node(node).id for node in nodes}
        removed = self._take(ids, (wire for node in ids for wire in self.wires_of(node)))
        self._fresh.forget()
        self._tell_removed(removed)
        return removed

    def rename(self, old: str | Node, new: str) -> None:
        """Give a node another id; its wires follow, and it keeps its place in the order.

        Raises:
            EditError: There is no such node, or the new id is taken or none.
        """
        node = self._node(old)
        before = node.id
        if new == before:
            return
        self._free(new)
        data, control = self._data.renamed(before, new), self._control.renamed(before, new)
        node._id = new
        self._order_nodes(tuple(self._nodes.values()))
        self._data.replace(data)
        self._control.replace(control)
        self.view.follow({before: new}, (*data, *control))
        self._fresh.forget()
        for change in (*data, *control):
            self.events.wire_changed.emit(*change)
        self.events.node_renamed.emit(before, new)

    def retype(self, node: str | Node, node_type: str) -> str:
        """Give a node another type; parameters and wires stay, also those that the type does not have.

        Gives the type before.

        Raises:
            EditError: There is no such node, or the type's name is empty.
        """
        found = self._node(node)
        if not node_type:
            raise EditError(f"{found.id}: expected the name of a node type, found an empty one")
        before, found._type = found.type, node_type
        self.events.node_changed.emit(found, "type")
        return before

    def set_param(self, node: str | Node, name: str, value: Any) -> Mapping[str, Json]:
        """Set a parameter; its default un-sets it. Gives all parameters before, for `set_params`.

        Raises:
            EditError: There is no such node, or the value cannot be kept.
        """
        found = self._node(node)
        encoded = encode_params(self, found.id, found.type, {name: value})
        return self._put_params(found, {**found._params, **encoded}) if encoded else self.unset_param(found, name)

    def unset_param(self, node: str | Node, name: str) -> Mapping[str, Json]:
        """Give a parameter its default again. Gives all parameters before, for `set_params`."""
        found = self._node(node)
        return self._put_params(found, {key: value for key, value in found._params.items() if key != name})

    def set_params(self, node: str | Node, params: Mapping[str, Json]) -> Mapping[str, Json]:
        """Put other parameters, as plain JSON, in place of all. Gives those before.

        Raises:
            EditError: There is no such node, or a value is no plain JSON.
        """
        found = self._node(node)
        return self._put_params(found, {key: plain_at(f"{found.id}.{key}", value) for key, value in params.items()})

    def set_run(self, node: str | Node, run: RunSettings | None = None, **changes: Any) -> RunSettings:
        """Change how a node is run. Gives the settings before.

        Args:
            node: The node or its id.
            run: Settings in place of all; None to start from those it has.
            changes: Settings by name, as the file has them: `timeout=30`, `retry={"attempts": 3}`; None for a default.

        Raises:
            EditError: There is no such node or setting, or a value does not fit.
        """
        found = self._node(node)
        before, known = found.run, RunSettings.keys()
        raw = written(before if run is None else run)
        for name, value in changes.items():
            if name not in known:
                hint = did_you_mean(name, known)
                raise EditError(f'{found.id}.run: expected one of {", ".join(known)}, found "{name}"{hint}')
            raw.pop(name, None)
            if value is not None:
                raw[name] = plain_at(f"{found.id}.run.{name}", value)
        try:
            found._run = read_part(RunSettings, raw, f"{found.id}.run")
        except BadValue as error:
            raise EditError(f"{error.path}: {error.problem}") from None
        self.events.node_changed.emit(found, "run")
        return before

    def move(self, node: str | Node, x: float, y: float) -> Point | None:
        """Place a node on the canvas. Gives where it was."""
        found = self._node(node).id
        return self.view.move({found: (x, y)})[found]

    # ------------------------------------------------------------ wires

    def connect(self, source: PortRef | str, target: PortRef | str, *, muted: bool = False) -> Wire:
        """Wire an output to an input; two control ports get a control wire.

        A variadic input without an index gets its next place.

        Raises:
            EditError: A node or, where its type is known, a port is not there, or the input has a wire already.
        """
        start, end = self._ref(source), self._ref(target)
        given, taken = self._port_type(start, "outputs"), self._port_type(end, "inputs")
        if given and taken and given.text == taken.text == SIGNAL:
            return self._connect(Wire(start, end, control=True, muted=muted))
        if taken and taken.variadic and end.index is None:
            end = PortRef(end.node, end.port, self._data.next_index(end.node, end.port))
        elif taken and not taken.variadic and end.index is not None:
            raise EditError(f"{end}: expected {end.node}.{end.port}, since it takes one wire only, found a place in it")
        return self._connect(Wire(start, end, muted=muted))

    def connect_control(self, source: PortRef | str, target: PortRef | str, *, muted: bool = False) -> Wire:
        """Wire a control output to a control input, which takes any number of wires.

        Raises:
            EditError: A node or, where its type is known, a port is not there, or they are wired already.
        """
        start, end = self._ref(source), self._ref(target)
        self._port_type(start, "outputs")
        self._port_type(end, "inputs")
        return self._connect(Wire(start, end, control=True, muted=muted))

    def rewire(self, wire: Wire, source: PortRef, target: PortRef) -> Wire:
        """Give a wire other ends, at its place in the order; a variadic input without an index gets its next place.

        The ports need not be there, so that a wire with ghost ports at both ends can be moved at one, and back.
        Gives the wire that now stands in its place.

        Raises:
            EditError: The wire or a node is not in the graph, or another wire is in the way.
        """
        before = self._own(wire)
        for end in (source, target):
            self._node(end.node)
        if target.index is None and self._is_variadic(target):
            target = PortRef(target.node, target.port, self._data.next_index(target.node, target.port))
        return self._put_wire(before, Wire(source, target, before.control, before.muted, before.extra))

    def disconnect(self, *wires: Wire) -> Removed:
        """Remove wires; a variadic input closes up. Gives what `restore` puts back.

        Raises:
            EditError: A wire is not in the graph.
        """
        removed = self._take(set(), [self._own(wire) for wire in wires])
        self._tell_removed(removed)
        return removed

    def close_up(self) -> tuple[tuple[Wire, Wire], ...]:
        """Number the wires of every variadic input without gaps. Gives those that changed, before and after."""
        targets = dict.fromkeys((wire.target.node, wire.target.port) for wire in self.wires if wire.target.index)
        changes = self._data.closed_up(targets)
        self._data.replace(changes)
        self.view.follow({}, changes)
        for change in changes:
            self.events.wire_changed.emit(*change)
        return changes

    def mute(self, wire: Wire) -> Wire:
        """Leave a wire out of runs. Gives the wire that now stands in its place, to `unmute`."""
        return self._replace(wire, muted=True)

    def unmute(self, wire: Wire) -> Wire:
        """Take a muted wire into runs again. Gives the wire that now stands in its place."""
        return self._replace(wire, muted=False)

    def restore(self, removed: Removed) -> None:
        """Put back, at its places, what `remove` or `disconnect` gave; changes since then are to be undone first.

        Raises:
            EditError: Something stands there by now, or a wire's end has gone.
        """
        ids = {self._free(node.id) for _, node in removed.nodes}
        moving = {self._own(after).key for _, after in removed.renumbered}
        for wire in removed.all_wires:
            for end in wire.key:
                if end.node not in ids:
                    self._node(end.node)
            self._check_target(wire, moving)
        self._put_back(removed)
        for _, node in removed.nodes:
            self.events.node_added.emit(node)
        for before, after in removed.renumbered:
            self.events.wire_changed.emit(after, before)
        for wire in removed.all_wires:
            self.events.wire_added.emit(wire)

    # ------------------------------------------------------------ sub-graphs

    def add_subgraph(self, name: str, graph: Graph | None = None) -> Graph:
        """Add a graph, or an empty one, that serves as the node type `graph.NAME`.

        Raises:
            EditError: The name is taken, reserved or none, or one of the graphs lies in or holds others.
        """
        if not is_id(name) or name in RESERVED or name in self._subgraphs:
            rule = f"letters, digits, _ and -, other than {' and '.join(RESERVED)}, that no other sub-graph has"
            raise EditError(f'expected a name of {rule}, found "{name}"')
        inner = type(self)(name) if graph is None else graph
        if self._owner is not None or inner._owner is not None or inner._subgraphs:
            raise EditError(f"{name}: expected no sub-graph inside another; add all of them to the outermost graph")
        self._adopt(name, inner)
        self.events.subgraph_added.emit(name)
        return inner

    def remove_subgraph(self, name: str) -> Graph:
        """Remove a sub-graph; nodes that use it stay, as nodes of a missing type. Gives it, to be added again."""
        if name not in self._subgraphs:
            raise EditError(f'expected a sub-graph of this graph, found "{name}"{did_you_mean(name, self._subgraphs)}')
        inner = self._subgraphs.pop(name)
        inner._owner = None
        self.events.subgraph_removed.emit(name)
        return inner

    # ------------------------------------------------------------ files

    @classmethod
    def load(cls, path: str | Path, *, catalogue: Catalogue | None = None) -> Self:
        """Read a graph file.

        Raises:
            GraphFileError: It cannot be read, or something in it does not fit; nothing is half loaded.
        """
        from .file import load  # noqa: PLC0415 - files know documents

        return load(cls(catalogue=catalogue), Path(path))

    @classmethod
    def loads(cls, text: str, name: str = "<text>", *, catalogue: Catalogue | None = None) -> Self:
        """Read a graph from the text of a file; `name` stands for the file in messages.

        Raises:
            GraphFileError: Something in it does not fit.
        """
        from .file import loads  # noqa: PLC0415

        return loads(cls(catalogue=catalogue), text, name)

    def save(self, path: str | Path | None = None) -> None:
        """Write the graph to a file, whole or not at all; None for the file that it came from.

        Raises:
            GraphFileError: It cannot be written; the file that was there is as it was.
            EditError: There is no file that it came from.
        """
        from .file import save  # noqa: PLC0415

        target = self._path if path is None else Path(path)
        if target is None:
            raise EditError("expected a path to save to, found none, and this graph came from no file; pass one")
        save(self, target)
        self._path, self.updates = target, ()

    def belong_to(self, path: Path | None) -> None:
        """Say which file the graph is to be saved to, as if it had come from there."""
        self._path = path

    def dumps(self) -> str:
        """The text of the graph's file; the same graph always gives the same text."""
        from .writing import text_of  # noqa: PLC0415

        return text_of(self)

    # ------------------------------------------------------------ behind it

    def _free(self, node: str) -> str:
        if not is_id(node):
            raise EditError(f'expected an id of letters, digits, _ and -, such as blur_2, found "{node}"')
        if node in self._nodes:
            raise EditError(f"{node}: expected an id that is free, found it taken; {self._fresh.next(node)} is free")
        return node

    def _put_params(self, node: Node, params: dict[str, Json]) -> Mapping[str, Json]:
        before, node._params = node._params, params
        self.events.node_changed.emit(node, "params")
        return MappingProxyType(before)

    def _ref(self, port: PortRef | str) -> PortRef:
        ref = PortRef.parse(port) if isinstance(port, str) else port
        self._node(ref.node)
        return ref

    def _port_type(self, ref: PortRef, side: str) -> PortType | None:
        signature = self.signature_of(ref.node)
        return None if signature is None else port_type(signature, self._nodes[ref.node].type, ref, side)

    def _check_target(self, wire: Wire, moving: set[tuple[PortRef, PortRef]] = frozenset()) -> None:  # type: ignore[assignment]
        """Refuse a second wire between two ports or into a data input, unless the first is `moving` away."""
        if wire.control:
            if self._control.get(wire.key) is not None:
                raise EditError(f"{wire.target}: expected a port that {wire.source} is not wired to, found it wired")
            return
        for other in self._data.into(wire.target):
            if other.key not in moving:
                found = f"found one from {other.source}; disconnect it first"
                raise EditError(f"{wire.target}: expected an input without a wire, {found}")

    def _connect(self, wire: Wire) -> Wire:
        self._check_target(wire)
        self._wiring(wire).add(wire)
        self.events.wire_added.emit(wire)
        return wire

    def _replace(self, wire: Wire, *, muted: bool) -> Wire:
        before = self._own(wire)
        return self._put_wire(before, Wire(before.source, before.target, before.control, muted, before.extra))

    def _put_wire(self, before: Wire, after: Wire) -> Wire:
        """Put a wire at the place of another."""
        if after.key != before.key:
            self._check_target(after, {before.key})
        self._wiring(before).replace([(before, after)])
        self.view.follow({}, [(before, after)])
        self.events.wire_changed.emit(before, after)
        return after

    def _is_variadic(self, target: PortRef) -> bool:
        signature = self.signature_of(target.node) or {}
        return str(signature.get("inputs", {}).get(target.port, "")).startswith("*")

    def _tell_removed(self, removed: Removed) -> None:
        for wire in removed.all_wires:
            self.events.wire_removed.emit(wire)
        for change in removed.renumbered:
            self.events.wire_changed.emit(*change)
        for _, node in removed.nodes:
            self.events.node_removed.emit(node)
