"""Each change that a person makes to a graph, as data; applying one gives the one that undoes it.

Idea: an edit is a frozen struct that calls the document's public methods. What left the graph lies in the inverse, with
its places, so undoing and redoing give the same bytes again, and the same ids, although adding a node chooses a fresh
one the first time. What comes from the clipboard is in `pasting`. Invariant: an inverse is applied to the graph as its
edit left it, later edits undone first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from ..errors import EditError
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
                inverses.append(edit.apply(graph))  # noqa: PERF401 - those before the refused one must be known
        except Exception:
            for inverse in reversed(inverses):
                inverse.apply(graph)
            raise
        return Together(tuple(reversed(inverses)), self.title)

    def changes(self, graph: Graph) -> bool:
        """Whether one of them would."""
        return any(edit.changes(graph) for edit in self.edits)


class Within(Edit, frozen=True):
    """An edit of a sub-graph."""

    name: str
    edit: Edit

    @property
    def text(self) -> str:
        """What the edit does, and in which sub-graph."""
        return f"{self.edit.text} in {self.name}"

    def apply(self, graph: Graph) -> Within:
        """Change the sub-graph."""
        if self.name not in graph.subgraphs:
            raise EditError(f'expected a sub-graph of this graph, found "{self.name}"')
        inverse = Within(self.name, self.edit.apply(graph.subgraphs[self.name]))
        graph.events.subgraph_changed.emit(self.name)
        return inverse

    def changes(self, graph: Graph) -> bool:
        """Whether the edit would."""
        return self.edit.changes(graph.subgraphs[self.name])

    def undoes(self, other: Edit) -> bool:
        """Whether its edit does, in the same sub-graph."""
        return isinstance(other, Within) and other.name == self.name and self.edit.undoes(other.edit)


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
        inverse = with_looks(RemoveNodes((node.id,)), stale)
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
        return f"delete {named(self.ids)}"

    def apply(self, graph: Graph) -> Restore:
        """Remove them; variadic inputs of others close up."""
        return Restore(graph.remove(*self.ids))


class Restore(Edit, frozen=True):
    """Put back what `RemoveNodes` or `Disconnect` took out."""

    removed: Removed

    @property
    def text(self) -> str:
        """`bring back blur`."""
        return f"bring back {named([node.id for _, node in self.removed.nodes]) or 'wires'}"

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
        return with_looks(RenameNode(self.new, self.old), stale)


class RetypeNode(Edit, frozen=True):
    """Give a node another type; its parameters and wires stay."""

    node: str
    type: str

    @property
    def text(self) -> str:
        """`make blur image.gaussian`."""
        return f"make {self.node} {self.type}"

    def apply(self, graph: Graph) -> RetypeNode:
        """Give it the type."""
        return RetypeNode(self.node, graph.retype(self.node, self.type))

    def changes(self, graph: Graph) -> bool:
        """Whether it has another."""
        return graph.nodes[self.node].type != self.type


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
        return with_looks(Disconnect((wire,), closes_up=False), graph.view.take((), (wire,)))


class Rewire(Edit, frozen=True):
    """Give a wire other ends, at its place in the order."""

    wire: Wire
    source: PortRef
    target: PortRef

    @property
    def text(self) -> str:
        """`wire blur.grey to mask.image`."""
        return f"wire {self.source} to {self.target}"

    def apply(self, graph: Graph) -> Rewire:
        """Move it."""
        after = graph.rewire(self.wire, self.source, self.target)
        return Rewire(after, self.wire.source, self.wire.target)


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
    """Place nodes on the canvas; None forgets a place.

    Attributes:
        positions: By node.
        as_they_are: Whether they are written so, as an undo restores them: `260.0` where it was written so before.
    """

    positions: Mapping[str, Point | None]
    as_they_are: bool = False

    @property
    def text(self) -> str:
        """`move blur`."""
        return f"move {named(self.positions)}"

    def apply(self, graph: Graph) -> MoveNodes:
        """Place them."""
        for node in self.positions:
            if node not in graph.nodes:
                raise EditError(f'expected nodes of this graph to move, found "{node}"')
        return MoveNodes(graph.view.move(self.positions, as_they_are=self.as_they_are), as_they_are=True)

    def changes(self, graph: Graph) -> bool:
        """Whether one of them is elsewhere."""
        return any(graph.view.position(node) != pos for node, pos in self.positions.items())

    def undoes(self, other: Edit) -> bool:
        """It does for every later move of nodes that it places."""
        return isinstance(other, MoveNodes) and other.positions.keys() <= self.positions.keys()


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


def with_looks(edit: Edit, stale: Looks) -> Edit:
    """An inverse that afterwards brings back looks which the edit had covered."""
    if stale == Looks():
        return edit
    return Together((edit, KeepLooks(stale)), edit.text)


def named(ids: Iterable[str]) -> str:
    """Nodes in a menu: the one, or how many."""
    names = list(ids)
    return names[0] if len(names) == 1 else f"{len(names)} nodes" if names else ""
