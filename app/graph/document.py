"""The graph: nodes and wires under readable ids, sub-graphs, and how it looks.

Idea: everything is plain JSON, ids and wires; what node types are is asked of a `Catalogue`, if there is one. Each
change is one method, which refuses with an `EditError` before anything has changed, tells `events` afterwards, and gives
back what undoes it: the inverse of `remove` and `disconnect` is `restore`, of the others the same method again.
Invariant: every wire's ends are nodes of the graph, and at most one wire ends at a data input.
A document belongs to one thread; a run works on a `copy`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from ..errors import EditError, ValueMismatch
from .catalogue import Catalogue
from .events import GraphEvents
from .node import Node, fresh_id
from .parts import read_part, written
from .plain import BadValue, Json, did_you_mean, plain
from .reading import MOST_NODES, RESERVED
from .run_settings import RunSettings
from .view import Looks, Point, View
from .wire import PortRef, Wire, is_id
from .wiring import Placed, Wiring

_IMPLICIT = {"inputs": {"trigger": "Signal"}, "outputs": {"done": "Signal", "error": "ErrorInfo"}}


@dataclass(frozen=True)
class Removed:
    """What left a graph, with its places; `Graph.restore` puts it back.

    Attributes:
        nodes: Nodes with their places in the order.
        wires: Data wires with theirs.
        controls: Control wires with theirs.
        renumbered: Wires of variadic inputs that closed up, before and after.
        looks: What the view kept of them.
    """

    nodes: tuple[tuple[int, Node], ...] = ()
    wires: Placed = ()
    controls: Placed = ()
    renumbered: tuple[tuple[Wire, Wire], ...] = ()
    looks: Looks = field(default_factory=Looks)


class Graph:
    """A graph: a document that can be edited, saved, checked, compiled and run.

    Args:
        name: Shown as its title.
        catalogue: Answers about node types; None for the default one.

    Attributes:
        events: Tells every change.
        view: How it looks.
        requires: Vessels and their versions that the file was saved with.
        signatures: Ports of the node types that the file was saved with.
        extra: Keys of the file that this version does not know.
    """

    def __init__(self, name: str = "", *, catalogue: Catalogue | None = None) -> None:
        self.events = GraphEvents()
        self.view = View(self.events.view_changed.emit)
        self.requires: dict[str, str] = {}
        self.signatures: dict[str, dict[str, Json]] = {}
        self.extra: dict[str, Json] = {}
        self._name, self._description = name, ""
        self._catalogue = catalogue
        self._path: Path | None = None
        self._owner: Graph | None = None
        self._nodes: dict[str, Node] = {}
        self._data, self._control = Wiring(), Wiring()
        self._subgraphs: dict[str, Graph] = {}
        self._last_numbers: dict[str, int] = {}

    def __repr__(self) -> str:
        return f"<Graph {self._name!r}: {len(self._nodes)} nodes, {len(self._data) + len(self._control)} wires>"

    # ------------------------------------------------------------ what it holds

    @property
    def name(self) -> str:
        """Its title."""
        return self._name

    @name.setter
    def name(self, name: str) -> None:
        self._name = name
        self.events.described.emit()

    @property
    def description(self) -> str:
        """What it does, in a few sentences."""
        return self._description

    @description.setter
    def description(self, description: str) -> None:
        self._description = description
        self.events.described.emit()

    @property
    def nodes(self) -> Mapping[str, Node]:
        """The nodes by id, in order of creation."""
        return MappingProxyType(self._nodes)

    @property
    def wires(self) -> tuple[Wire, ...]:
        """The data wires, in order of creation."""
        return self._data.all

    @property
    def controls(self) -> tuple[Wire, ...]:
        """The control wires, in order of creation."""
        return self._control.all

    @property
    def subgraphs(self) -> Mapping[str, Graph]:
        """Graphs that serve as node types `graph.NAME`; they have none of their own."""
        return MappingProxyType(self._subgraphs)

    @property
    def path(self) -> Path | None:
        """The file that it came from or was last saved to; relative paths in `params` start at its folder."""
        return self._path if self._owner is None else self._owner.path

    @property
    def catalogue(self) -> Catalogue | None:
        """Answers about node types, if anything does."""
        if self._owner is not None:
            return self._owner.catalogue
        if self._catalogue is None:
            self._catalogue = self.default_catalogue()
        return self._catalogue

    def default_catalogue(self) -> Catalogue | None:
        """The catalogue of a graph that was given none, asked for when it is first needed; a subclass may have one."""
        return None

    def wires_of(self, node: str | Node) -> tuple[Wire, ...]:
        """Every wire that starts or ends at a node, data before control."""
        found = self._node(node).id
        return (*self._data.of(found), *self._control.of(found))

    def signature_of(self, node: str | Node) -> Mapping[str, Json] | None:
        """A node's ports as they are saved: the catalogue's, else those the file was saved with, else None."""
        found = self._node(node)
        catalogue = self.catalogue
        known = None if catalogue is None else catalogue.signature(found.type, found.params)
        return known if known is not None else self._root.signatures.get(found.type)

    # ------------------------------------------------------------ nodes

    def add(
        self,
        node_type: str,
        /,
        *,
        id: str | None = None,  # noqa: A002
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
        if not isinstance(node_type, str) or not node_type:
            raise EditError(f'expected the name of a node type, such as "image.gaussian", found {node_type!r}')
        if len(self._nodes) >= MOST_NODES:
            raise EditError(f"a graph holds at most {MOST_NODES:,} nodes; move some into another graph")
        if id is None:
            id = self._fresh_id(node_type.rpartition(".")[2])  # noqa: A001
        self._check_free(id)
        given = {**(params or {}), **values}
        node = Node(id, node_type, self._encoded(id, node_type, given))
        self._nodes[id] = node
        self.events.node_added.emit(node)
        return node

    def remove(self, *nodes: str | Node) -> Removed:
        """Remove nodes with their wires; gives what `restore` puts back."""
        ids = {self._node(node).id for node in nodes}
        gone = [wire for node in ids for wire in (*self._data.of(node), *self._control.of(node))]
        return self._take(ids, gone)

    def rename(self, old: str | Node, new: str) -> None:
        """Give a node another id; its wires follow, and it keeps its place in the order.

        Raises:
            EditError: There is no such node, or the new id is taken or none.
        """
        node = self._node(old)
        before = node.id
        if new == before:
            return
        self._check_free(new)
        data, control = self._data.renamed(before, new), self._control.renamed(before, new)
        order = [(new if key == before else key, kept) for key, kept in self._nodes.items()]
        self._nodes.clear()
        self._nodes.update(order)
        node._id = new
        self._data.replace(data)
        self._control.replace(control)
        self.view.follow({before: new}, (*data, *control))
        for change in (*data, *control):
            self.events.wire_changed.emit(*change)
        self.events.node_renamed.emit(before, new)

    def set_param(self, node: str | Node, name: str, value: Any) -> Mapping[str, Json]:
        """Set a parameter; its default un-sets it. Gives all parameters before, for `set_params`.

        Raises:
            EditError: There is no such node, or the value cannot be kept.
        """
        found = self._node(node)
        encoded = self._encoded(found.id, found.type, {name: value})
        if name in encoded:
            return self._put_params(found, {**found._params, **encoded})
        return self.unset_param(found, name)

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
        return self._put_params(found, {name: self._plain(f"{found.id}.{name}", value) for name, value in params.items()})

    def set_run(self, node: str | Node, run: RunSettings | None = None, **changes: Any) -> RunSettings:
        """Change how a node is run: other settings in place of all, or some by name. Gives those before.

        Args:
            node: The node or its id.
            run: The new settings; None for those that it has.
            changes: Settings by name as the file has them, such as `timeout=30` or `retry={"attempts": 3}`.

        Raises:
            EditError: There is no such node or setting, or a value does not fit.
        """
        found = self._node(node)
        before = found.run
        raw = written(before if run is None else run)
        for name, value in changes.items():
            if name not in RunSettings.keys():
                raise EditError(
                    f"{found.id}: expected a run setting, one of {', '.join(RunSettings.keys())}, found "
                    f'"{name}"{did_you_mean(name, RunSettings.keys())}'
                )
            raw[name] = self._plain(f"{found.id}.run.{name}", value)
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
        start_type, end_type = self._port_type(start, "outputs"), self._port_type(end, "inputs")
        if start_type == end_type == "Signal":
            return self._connect(Wire(start, end, control=True, muted=muted))
        if end_type is not None:
            if end_type.startswith("*") and end.index is None:
                end = PortRef(end.node, end.port, self._data.next_index(end.node, end.port))
            elif not end_type.startswith("*") and end.index is not None:
                raise EditError(f"{end}: expected {end.node}.{end.port}, an input that takes one wire, found a place of it")
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

    def disconnect(self, *wires: Wire) -> Removed:
        """Remove wires; a variadic input closes up. Gives what `restore` puts back.

        Raises:
            EditError: A wire is not in the graph.
        """
        return self._take(set(), [self._own(wire) for wire in wires])

    def set_muted(self, wire: Wire, muted: bool) -> Wire:
        """Leave a wire out of runs, or take it in again. Gives the wire that now stands in its place."""
        before = self._own(wire)
        after = Wire(before.source, before.target, before.control, muted, before.extra)
        self._wiring(before).replace([(before, after)])
        self.events.wire_changed.emit(before, after)
        return after

    def restore(self, removed: Removed) -> None:
        """Put back what `remove` or `disconnect` gave, at its places.

        Raises:
            EditError: Something stands there by now, or a wire's end has gone.
        """
        ids = {node.id for _, node in removed.nodes}
        for node in ids:
            self._check_free(node)
        back = [wire for _, wire in (*removed.wires, *removed.controls)]
        taken = {after.target for _, after in removed.renumbered}
        for wire in back:
            for end in wire.key:
                if end.node not in ids:
                    self._node(end.node)
            if wire.target not in taken:
                self._check_target(wire)
        self._insert(removed.nodes)
        self._data.replace((after, before) for before, after in removed.renumbered)
        self._data.put(removed.wires)
        self._control.put(removed.controls)
        self.view.follow({}, [(after, before) for before, after in removed.renumbered])
        self.view.put(removed.looks)
        for _, node in removed.nodes:
            self.events.node_added.emit(node)
        for before, after in removed.renumbered:
            self.events.wire_changed.emit(after, before)
        for wire in back:
            self.events.wire_added.emit(wire)

    # ------------------------------------------------------------ sub-graphs, copies, files

    def add_subgraph(self, name: str, graph: Graph | None = None) -> Graph:
        """Add a graph that serves as the node type `graph.NAME`.

        Raises:
            EditError: The name is taken, reserved or none, or the graph has sub-graphs of its own.
        """
        if self._owner is not None:
            raise EditError("a sub-graph has no sub-graphs of its own; add it to the graph that holds them all")
        if not is_id(name) or name in RESERVED or name in self._subgraphs:
            raise EditError(
                f"{name}: expected a name of letters, digits, _ and -, not {' or '.join(RESERVED)}, "
                f"that no other sub-graph has"
            )
        inner = Graph(name) if graph is None else graph
        if inner._subgraphs or inner._owner is not None:
            raise EditError(f"{name}: expected a graph that has no sub-graphs and belongs to no other graph")
        inner._owner = self
        self._subgraphs[name] = inner
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

    def copy(self) -> Self:
        """An equal graph that can be changed, or run, apart from this one; nobody listens to it yet."""
        twin = type(self)(self._name, catalogue=self._catalogue)
        twin._description, twin._path = self._description, self._path
        twin.requires, twin.signatures, twin.extra = dict(self.requires), dict(self.signatures), dict(self.extra)
        twin._nodes = {node.id: node.copy() for node in self._nodes.values()}
        twin._data, twin._control = self._data.copy(), self._control.copy()
        twin._last_numbers = dict(self._last_numbers)
        twin.view = self.view.copy(twin.events.view_changed.emit)
        for name, inner in self._subgraphs.items():
            copied = inner.copy()
            copied._owner = twin
            twin._subgraphs[name] = copied
        return twin

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

        if path is None and self.path is None:
            raise EditError("expected a path to save to, found none, since this graph never had a file; pass one")
        target = Path(path if path is not None else self.path or "")
        save(self, target)
        self._path = target

    def dumps(self) -> str:
        """The text of the graph's file; the same graph always gives the same text."""
        from .writing import text_of  # noqa: PLC0415

        return text_of(self)

    # ------------------------------------------------------------ behind it

    @property
    def _root(self) -> Graph:
        return self if self._owner is None else self._owner

    def _node(self, node: str | Node) -> Node:
        wanted = node.id if isinstance(node, Node) else node
        found = self._nodes.get(wanted)
        if found is None or (isinstance(node, Node) and found is not node):
            raise EditError(f'expected a node of this graph, found "{wanted}"{did_you_mean(str(wanted), self._nodes)}')
        return found

    def _check_free(self, node: str) -> None:
        if not isinstance(node, str) or not is_id(node):
            raise EditError(f"expected an id of letters, digits, _ and -, such as blur_2, found {node!r}")
        if node in self._nodes:
            raise EditError(f'{node}: expected an id that is free, found one that is taken; "{self._fresh_id(node)}" is free')

    def _fresh_id(self, wanted: str) -> str:
        # The number where the last search ended: a thousand nodes of one type would else be a million looks.
        found = fresh_id(wanted, self._nodes, self._last_numbers.get(wanted, 2))
        number = found.rpartition("_")[2]
        if found not in (wanted,) and number.isdecimal():
            self._last_numbers[wanted] = int(number)
        return found

    def _plain(self, place: str, value: Any) -> Json:
        try:
            return plain(value)
        except BadValue as error:
            raise EditError(f"{place}: {error.problem}") from None

    def _encoded(self, node: str, node_type: str, values: Mapping[str, Any]) -> dict[str, Json]:
        catalogue = self.catalogue if values else None
        encoded: dict[str, Json] = {}
        for name, value in values.items():
            place = f"{node}.{name}"
            if catalogue is None:
                encoded[name] = self._plain(place, value)
                continue
            try:
                json = catalogue.encode(node_type, name, value)
            except ValueMismatch as error:
                raise EditError(f"{place}: {error}") from error
            if not catalogue.is_default(node_type, name, json):
                encoded[name] = self._plain(place, json)
        return encoded

    def _put_params(self, node: Node, params: dict[str, Json]) -> Mapping[str, Json]:
        before, node._params = node._params, params
        self.events.node_changed.emit(node, "params")
        return MappingProxyType(before)

    def _ref(self, port: PortRef | str) -> PortRef:
        ref = PortRef.parse(port) if isinstance(port, str) else port
        self._node(ref.node)
        return ref

    def _port_type(self, ref: PortRef, side: str) -> str | None:
        """The text of a port's type, `?` taken off, or None where the node's type is not known."""
        signature = self.signature_of(ref.node)
        if signature is None:
            return None
        ports = {**_IMPLICIT[side], **signature.get(side, {})}
        if ref.port not in ports:
            kind, known = side.removesuffix("s"), ", ".join(ports)
            raise EditError(
                f'{ref}: expected an {kind} of {self._nodes[ref.node].type}, one of {known}, found "{ref.port}"'
                f"{did_you_mean(ref.port, ports)}"
            )
        return str(ports[ref.port]).removesuffix("?")

    def _wiring(self, wire: Wire) -> Wiring:
        return self._control if wire.control else self._data

    def _own(self, wire: Wire) -> Wire:
        found = self._wiring(wire).get(wire.key)
        if found is None:
            raise EditError(f"expected a wire of this graph, found {wire}, which is not in it")
        return found

    def _check_target(self, wire: Wire) -> None:
        if self._wiring(wire).get(wire.key) is not None:
            raise EditError(f"{wire.target}: expected ports that are not wired yet, found them wired")
        if wire.control:
            return
        for other in self._data.into(wire.target):
            raise EditError(
                f"{wire.target}: expected an input without a wire, found one from {other.source}; disconnect it first"
            )

    def _connect(self, wire: Wire) -> Wire:
        self._check_target(wire)
        self._wiring(wire).add(wire)
        self.events.wire_added.emit(wire)
        return wire

    def _take(self, ids: set[str], gone: Iterable[Wire]) -> Removed:
        data = self._data.take(wire for wire in gone if not wire.control)
        control = self._control.take(wire for wire in gone if wire.control)
        groups = [w.target[:2] for _, w in data if w.target.index is not None and w.target.node not in ids]
        renumbered = self._data.closed_up(groups)
        self._data.replace(renumbered)
        nodes = tuple((place, node) for place, node in enumerate(self._nodes.values()) if node.id in ids)
        for node in ids:
            del self._nodes[node]
        looks = self.view.take(ids, [wire for _, wire in (*data, *control)])
        self.view.follow({}, renumbered)
        for _, wire in (*data, *control):
            self.events.wire_removed.emit(wire)
        for change in renumbered:
            self.events.wire_changed.emit(*change)
        for _, node_gone in nodes:
            self.events.node_removed.emit(node_gone)
        return Removed(nodes, data, control, renumbered, looks)

    def _insert(self, placed: Iterable[tuple[int, Node]]) -> None:
        order = list(self._nodes.values())
        for place, node in placed:
            order.insert(place, node)
        self._nodes.clear()
        self._nodes.update((node.id, node) for node in order)
