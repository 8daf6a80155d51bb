"""What a graph holds, to be read; `document` changes it.

Nodes and wires keep their order of creation. Whatever changes it goes through `_take` and `_put_back`, which know no
rules and tell nobody: the checks, the events and the inverses are the document's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Self

from ..errors import EditError
from .catalogue import Catalogue
from .events import GraphEvents
from .evolution import Update
from .node import Node
from .plain import Json, did_you_mean
from .view import Looks, View
from .wire import Wire
from .wiring import Placed, Wiring

if TYPE_CHECKING:
    from .document import Graph


@dataclass(frozen=True)
class Removed:
    """What left a graph, with its places in the order; `Graph.restore` puts it back.

    Attributes:
        nodes: Nodes with their places, ascending.
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

    @property
    def all_wires(self) -> tuple[Wire, ...]:
        """The wires, data before control."""
        return tuple(wire for _, wire in (*self.wires, *self.controls))


class Contents:
    """Nodes, wires, sub-graphs and looks of a graph.

    Attributes:
        events: Tells every change.
        view: How the graph looks.
        requires: Vessels and their versions that the file was saved with.
        signatures: Ports of the node types that the file was saved with.
        updates: What was brought up to date when it was loaded, since node types have changed; none once it is saved.
        extra: Keys of the file that this version does not know.
    """

    def __init__(self, name: str = "", *, catalogue: Catalogue | None = None) -> None:
        self.events = GraphEvents()
        self.view = View(self.events.view_changed.emit)
        self.requires: dict[str, str] = {}
        self.signatures: dict[str, dict[str, Json]] = {}
        self.updates: tuple[Update, ...] = ()
        self.extra: dict[str, Json] = {}
        self._name, self._description = name, ""
        self._catalogue = catalogue
        self._path: Path | None = None
        self._owner: Graph | None = None
        self._nodes: dict[str, Node] = {}
        self._data, self._control = Wiring(), Wiring()
        self._subgraphs: dict[str, Graph] = {}

    def __repr__(self) -> str:
        wires = len(self._data) + len(self._control)
        return f"<{type(self).__name__} {self._name!r}: {len(self._nodes)} nodes, {wires} wires>"

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
    def outermost(self) -> Graph:
        """The graph that it lies in as a sub-graph, else itself."""
        return self if self._owner is None else self._owner  # type: ignore[return-value]  # As in `_adopt`.

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
        """The catalogue of a graph that was given none, asked for when first needed; a subclass may have one."""
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
        saved = self.signatures if self._owner is None else self._owner.signatures
        return known if known is not None else saved.get(found.type)

    def copy(self) -> Self:
        """An equal graph that can be changed, or run, apart from this one; nobody listens to it yet."""
        twin = type(self)(self._name, catalogue=self._catalogue)
        twin._description, twin._path = self._description, self._path
        twin.requires, twin.signatures, twin.extra = dict(self.requires), dict(self.signatures), dict(self.extra)
        twin.updates = self.updates
        twin._nodes = {node.id: node.copy() for node in self._nodes.values()}
        twin._data, twin._control = self._data.copy(), self._control.copy()
        twin.view = self.view.copy(twin.events.view_changed.emit)
        for name, inner in self._subgraphs.items():
            twin._adopt(name, inner.copy())
        return twin

    def _adopt(self, name: str, inner: Graph) -> None:
        inner._owner = self  # type: ignore[assignment]  # Contents is half of a Graph.
        inner._catalogue = None  # Its owner's answers.
        self._subgraphs[name] = inner

    def _node(self, node: str | Node) -> Node:
        wanted = node.id if isinstance(node, Node) else node
        found = self._nodes.get(wanted)
        if found is None:
            raise EditError(f'expected a node of this graph, found "{wanted}"{did_you_mean(wanted, self._nodes)}')
        if isinstance(node, Node) and found is not node:
            raise EditError(f'expected a node of this graph, found "{wanted}" of another graph; pass its id as text')
        return found

    def _wiring(self, wire: Wire) -> Wiring:
        return self._control if wire.control else self._data

    def _own(self, wire: Wire) -> Wire:
        found = self._wiring(wire).get(wire.key)
        if found is None:
            raise EditError(f"expected a wire of this graph, found {wire}, which is not in it")
        return found

    def _take(self, ids: set[str], gone: Iterable[Wire]) -> Removed:
        """Take out nodes and wires; variadic inputs that stay close up."""
        wires = tuple(gone)
        data = self._data.take(wire for wire in wires if not wire.control)
        control = self._control.take(wire for wire in wires if wire.control)
        targets = [wire.target for _, wire in data if wire.target.index is not None and wire.target.node not in ids]
        renumbered = self._data.closed_up((target.node, target.port) for target in targets)
        self._data.replace(renumbered)
        nodes = tuple((place, node) for place, node in enumerate(self._nodes.values()) if node.id in ids)
        for node in ids:
            del self._nodes[node]
        looks = self.view.take(ids, wires)
        self.view.follow({}, renumbered)
        return Removed(nodes, data, control, renumbered, looks)

    def _put_back(self, removed: Removed) -> None:
        """The inverse of `_take`, right after it or when later changes are undone."""
        order = list(self._nodes.values())
        for place, node in removed.nodes:
            order.insert(place, node)
        self._order_nodes(order)
        opened = [(after, before) for before, after in removed.renumbered]
        self._data.replace(opened)
        self.view.follow({}, opened)
        self._data.put(removed.wires)
        self._control.put(removed.controls)
        self.view.put(removed.looks)

    def _order_nodes(self, order: Iterable[Node]) -> None:
        # In place: `nodes` is a view of this very dict, and others hold it.
        self._nodes.clear()
        self._nodes.update((node.id, node) for node in order)
