"""Each change that a person makes to a graph, as data; applying one gives the one that undoes it.

Idea: an edit is a frozen struct that calls the document's public methods. What left the graph lies in the inverse, with
its places, so undoing and redoing give the same bytes again, and the same ids, although `AddNode` and `Paste` choose
fresh ones the first time. Invariant: an inverse is applied to the graph as its edit left it, later edits undone first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from ..errors import EditError
from . import exchange
from .contents import Removed
from .document import Graph
from .plain import Json
from .run_settings import RunSettings
from .view import Looks, Point
from .wire import PortRef, Wire


class Edit(Struct, frozen=True):
    """One change of a graph."""

    @property
    def text(self) -> str:
        """What it does, for a menu: `add image.gaussian`."""
        raise NotImplementedError

    def apply(self, graph: Graph) -> Edit:
        """Change the graph. Gives the edit that undoes it.

        Raises:
            EditError: The graph refuses; it is as it was.
        """
        raise NotImplementedError

    def changes(self, graph: Graph) -> bool:
        """Whether applying it would change anything; asked of inverses, to pass over edits that did nothing."""
        return True

    def undoes(self, other: Edit) -> bool:
        """Whether undoing with this inverse alone does what undoing with `other`, a later one, first would do."""
        return False


class Together(Edit, frozen=True):
    """Several edits as one, all or none."""

    edits: tuple[Edit, ...]
    title: str = ""

    @property
    def text(self) -> str:
        """Its title, else what its first edit does."""
        return self.title or (self.edits[0].text if self.edits else "change nothing")

    def apply(self, graph: Graph) -> Together:
        """Apply them in order; when one is refused, those before it are undone."""
        inverses: list[Edit] = []
        try:
            for edit in self.edits:
                inverses.append(edit.apply(graph))
        except Exception:
            for inverse in reversed(inverses):
                inverse.apply(graph)
            raise
        return Together(tuple(reversed(inverses)), self.title)

    def changes(self, graph: Graph) -> bool:
        """Whether one of them would."""
        return any(edit.changes(graph) for edit in self.edits)


class AddNode(Edit, frozen=True):
    """Add a node; without an id it gets one made of its type's name."""

    type: str
    id: str | None = None
    params: Mapping[str, Any] = {}
    pos: Point | None = None

    @property
    def text(self) -> str:
        """`add image.gaussian`."""
        return f"add {self.type}"

    def apply(self, graph: Graph) -> Edit:
        """Add it at its place on the canvas."""
        node = graph.add(self.type, id=self.id, params=self.params)
        # A file may keep looks of nodes that it does not have: the new node shall not inherit them.
        stale = graph.view.take((node.id,), ())
        inverse = _then(RemoveNodes((node.id,)), stale)
        try:
            graph.view.move({node.id: self.pos} if self.pos is not None else {})
        except EditError:
            inverse.apply(graph)
            raise
        return inverse


class RemoveNodes(Edit, frozen=True):
    """Remove nodes with their wires."""

    ids: tuple[str, ...]

    @property
    def text(self) -> str:
        """`delete blur`."""
        return f"delete {_named(self.ids)}"

    def apply(self, graph: Graph) -> Restore:
        """Remove them; variadic inputs of others close up."""
        return Restore(graph.remove(*self.ids))


class Restore(Edit, frozen=True):
    """Put back what `RemoveNodes` or `Disconnect` took out."""

    removed: Removed

    @property
    def text(self) -> str:
        """`bring back blur`."""
        return f"bring back {_named([node.id for _, node in self.removed.nodes]) or 'wires'}"

    def apply(self, graph: Graph) -> Edit:
        """Put it back at its places."""
        graph.restore(self.removed)
        if self.removed.nodes:
            return RemoveNodes(tuple(node.id for _, node in self.removed.nodes))
        return Disconnect(self.removed.all_wires, closes_up=bool(self.removed.renumbered))


class RenameNode(Edit, frozen=True):
    """Give a node another id; its wires follow."""

    old: str
    new: str

    @property
    def text(self) -> str:
        """`rename blur`."""
        return f"rename {self.old}"

    def apply(self, graph: Graph) -> Edit:
        """Rename it."""
        stale = Looks() if self.new in graph.nodes else graph.view.take((self.new,), ())
        try:
            graph.rename(self.old, self.new)
        except EditError:
            graph.view.put(stale)
            raise
        return _then(RenameNode(self.new, self.old), stale)


class SetParams(Edit, frozen=True):
    """Put other parameters, as plain JSON, in place of all that a node has."""

    node: str
    params: Mapping[str, Json]

    @property
    def text(self) -> str:
        """`set parameters of blur`."""
        return f"set parameters of {self.node}"

    def apply(self, graph: Graph) -> SetParams:
        """Put them."""
        return SetParams(self.node, graph.set_params(self.node, self.params))

    def changes(self, graph: Graph) -> bool:
        """Whether the node has others; 1 and 1.0 are not the same."""
        return repr(dict(graph.nodes[self.node].params)) != repr(dict(self.params))

    def undoes(self, other: Edit) -> bool:
        """It holds all parameters, so it does for every later change of this node's."""
        return isinstance(other, SetParams) and other.node == self.node


class SetParam(Edit, frozen=True):
    """Set one parameter, by the codec of its type; its default un-sets it."""

    node: str
    name: str
    value: Any

    @property
    def text(self) -> str:
        """`set blur.sigma`."""
        return f"set {self.node}.{self.name}"

    def apply(self, graph: Graph) -> SetParams:
        """Set it."""
        return SetParams(self.node, graph.set_param(self.node, self.name, self.value))


class UnsetParam(Edit, frozen=True):
    """Give a parameter its default again."""

    node: str
    name: str

    @property
    def text(self) -> str:
        """`reset blur.sigma`."""
        return f"reset {self.node}.{self.name}"

    def apply(self, graph: Graph) -> SetParams:
        """Take it out of the node's parameters."""
        return SetParams(self.node, graph.unset_param(self.node, self.name))


class SetRun(Edit, frozen=True):
    """Change how a node is run: `run` in place of all settings, else `options` by name, as in a graph file."""

    node: str
    run: RunSettings | None = None
    options: Mapping[str, Any] = {}

    @property
    def text(self) -> str:
        """`change how blur runs`."""
        return f"change how {self.node} runs"

    def apply(self, graph: Graph) -> SetRun:
        """Change it."""
        return SetRun(self.node, graph.set_run(self.node, self.run, **self.options))

    def changes(self, graph: Graph) -> bool:
        """Whether the node has others."""
        return bool(self.options) or repr(graph.nodes[self.node].run) != repr(self.run)

    def undoes(self, other: Edit) -> bool:
        """It holds all settings, so it does for every later change of this node's."""
        return isinstance(other, SetRun) and other.node == self.node


class Connect(Edit, frozen=True):
    """Wire an output to an input, as `Graph.connect` does."""

    source: PortRef
    target: PortRef
    muted: bool = False

    @property
    def text(self) -> str:
        """`wire blur.grey to mask.image`."""
        return f"wire {self.source} to {self.target}"

    def apply(self, graph: Graph) -> Edit:
        """Wire them; a variadic input without an index gets its next place."""
        wire = graph.connect(self.source, self.target, muted=self.muted)
        # It may have filled a gap between places, so taking it out again must not close that gap.
        return _then(Disconnect((wire,), closes_up=False), graph.view.take((), (wire,)))


class Disconnect(Edit, frozen=True):
    """Remove wires; variadic inputs close up, unless they are to keep their gaps."""

    wires: tuple[Wire, ...]
    closes_up: bool = True

    @property
    def text(self) -> str:
        """`disconnect mask.image`."""
        ends = list(dict.fromkeys(str(wire.target) for wire in self.wires))
        return f"disconnect {ends[0] if len(ends) == 1 else f'{len(self.wires)} wires'}"

    def apply(self, graph: Graph) -> Restore:
        """Remove them."""
        removed = graph.disconnect(*self.wires)
        if removed.renumbered and not self.closes_up:
            graph.restore(Removed(renumbered=removed.renumbered))
            removed = Removed(wires=removed.wires, controls=removed.controls, looks=removed.looks)
        return Restore(removed)


class MoveNodes(Edit, frozen=True):
    """Place nodes on the canvas; None forgets a place."""

    positions: Mapping[str, Point | None]

    @property
    def text(self) -> str:
        """`move blur`."""
        return f"move {_named(self.positions)}"

    def apply(self, graph: Graph) -> MoveNodes:
        """Place them."""
        for node in self.positions:
            if node not in graph.nodes:
                raise EditError(f'expected nodes of this graph to move, found "{node}"')
        return MoveNodes(graph.view.move(self.positions))

    def changes(self, graph: Graph) -> bool:
        """Whether one of them is elsewhere."""
        return any(graph.view.position(node) != pos for node, pos in self.positions.items())

    def undoes(self, other: Edit) -> bool:
        """It does for every later move of nodes that it places."""
        return isinstance(other, MoveNodes) and other.positions.keys() <= self.positions.keys()


class Paste(Edit, frozen=True):
    """Add the nodes of a copied text under fresh ids, with their wires, looks and sub-graphs."""

    clip: str
    offset: Point = (0, 0)

    @property
    def text(self) -> str:
        """`paste`."""
        return "paste"

    def apply(self, graph: Graph) -> Edit:
        """Add them.

        Raises:
            GraphFileError: The text is no graph; nothing was added.
            EditError: There is no room for so many nodes.
        """
        subgraphs, requires, signatures = set(graph.subgraphs), dict(graph.requires), dict(graph.signatures)
        nodes, collapsed = dict(graph.view.nodes), graph.view.collapsed
        ids = tuple(node.id for node in exchange.paste(graph, self.clip, offset=self.offset))
        stale = Looks({id_: nodes[id_] for id_ in ids if id_ in nodes}, collapsed.intersection(ids))
        brought = [name for name in graph.subgraphs if name not in subgraphs]
        edits = [RemoveNodes(ids), *map(RemoveSubgraph, reversed(brought)), Declare(requires, signatures)]
        return _then(Together(tuple(edits), self.text), stale)


class Duplicate(Edit, frozen=True):
    """Add nodes once more, shifted, with the wires among them and those that come in from others."""

    ids: tuple[str, ...]
    offset: Point = (20, 20)

    @property
    def text(self) -> str:
        """`duplicate blur`."""
        return f"duplicate {_named(self.ids)}"

    def apply(self, graph: Graph) -> Edit:
        """Add them behind all others, in their order."""
        olds = [node for node in graph.nodes if node in self.ids]
        inverse = Paste(exchange.copy(graph, self.ids), self.offset).apply(graph)
        twins = dict(zip(olds, list(graph.nodes)[len(graph.nodes) - len(olds) :], strict=True))
        wires = _incoming(graph, twins)
        # As they were, ghost ports included, which connecting would refuse.
        data, control = ([wire for wire in wires if wire.control is kind] for kind in (False, True))
        graph.restore(
            Removed(
                wires=tuple(enumerate(data, len(graph.wires))), controls=tuple(enumerate(control, len(graph.controls)))
            )
        )
        return Together((inverse,), self.text)


def _incoming(graph: Graph, twins: Mapping[str, str]) -> list[Wire]:
    """For each wire from other nodes into one of these its like into the twin, at the next places of variadic inputs."""
    wires: list[Wire] = []
    for old, twin in twins.items():
        places = Counter(wire.target.port for wire in graph.wires_of(twin) if wire.target.node == twin)
        for wire in graph.wires_of(old):
            if wire.target.node == old and wire.source.node not in twins:
                port, index = wire.target.port, wire.target.index
                if index is not None:
                    index = places[port]
                    places[port] += 1
                wires.append(Wire(wire.source, PortRef(twin, port, index), wire.control, wire.muted, wire.extra))
    return wires


class AddSubgraph(Edit, frozen=True):
    """Add a graph that serves as the node type `graph.NAME`."""

    name: str
    graph: Graph

    @property
    def text(self) -> str:
        """`add sub-graph calc`."""
        return f"add sub-graph {self.name}"

    def apply(self, graph: Graph) -> RemoveSubgraph:
        """Add it."""
        graph.add_subgraph(self.name, self.graph)
        return RemoveSubgraph(self.name)


class RemoveSubgraph(Edit, frozen=True):
    """Remove the sub-graph that was added last."""

    name: str

    @property
    def text(self) -> str:
        """`remove sub-graph calc`."""
        return f"remove sub-graph {self.name}"

    def apply(self, graph: Graph) -> AddSubgraph:
        """Remove it."""
        return AddSubgraph(self.name, graph.remove_subgraph(self.name))


class Declare(Edit, frozen=True):
    """Put other requirements and signatures, as the file has them, in place of those a graph was saved with."""

    requires: Mapping[str, str]
    signatures: Mapping[str, Mapping[str, Json]]

    @property
    def text(self) -> str:
        """`declare node types`."""
        return "declare node types"

    def apply(self, graph: Graph) -> Declare:
        """Put them."""
        before = Declare(graph.requires, graph.signatures)
        graph.requires = dict(self.requires)
        graph.signatures = {name: dict(signature) for name, signature in self.signatures.items()}
        return before


class ForgetLooks(Edit, frozen=True):
    """Forget looks that belong to nothing in the graph, as a file may keep them."""

    looks: Looks

    @property
    def text(self) -> str:
        """`forget looks`."""
        return "forget looks"

    def apply(self, graph: Graph) -> KeepLooks:
        """Forget them."""
        ids = {*self.looks.nodes, *self.looks.collapsed}
        return KeepLooks(graph.view.take(ids, [Wire(*key) for key in self.looks.reroutes]))


class KeepLooks(Edit, frozen=True):
    """Keep looks that belong to nothing in the graph, as its file did."""

    looks: Looks

    @property
    def text(self) -> str:
        """`keep looks`."""
        return "keep looks"

    def apply(self, graph: Graph) -> ForgetLooks:
        """Keep them."""
        graph.view.put(self.looks)
        return ForgetLooks(self.looks)


def _then(edit: Edit, stale: Looks) -> Edit:
    """An inverse that afterwards brings back looks which the edit had covered."""
    if stale == Looks():
        return edit
    return Together((edit, KeepLooks(stale)), edit.text)


def _named(ids: Iterable[str]) -> str:
    names = list(ids)
    return names[0] if len(names) == 1 else f"{len(names)} nodes" if names else ""
