"""Edits that add many nodes at once: pasting a text and duplicating, with the sub-graphs that come along."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from . import exchange
from .contents import Removed
from .document import Graph
from .edits import Edit, RemoveNodes, Together, named, with_looks
from .plain import Json
from .view import Looks, Point
from .wire import PortRef, Wire


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
        outer = graph.outermost
        subgraphs, requires, signatures = set(outer.subgraphs), dict(outer.requires), dict(outer.signatures)
        nodes, collapsed = dict(graph.view.nodes), graph.view.collapsed
        ids = tuple(node.id for node in exchange.paste(graph, self.clip, offset=self.offset))
        stale = Looks({id_: nodes[id_] for id_ in ids if id_ in nodes}, collapsed.intersection(ids))
        brought = [name for name in outer.subgraphs if name not in subgraphs]
        edits = [RemoveNodes(ids), *map(RemoveSubgraph, reversed(brought)), Declare(requires, signatures)]
        return with_looks(Together(tuple(edits), self.text), stale)


class Duplicate(Edit, frozen=True):
    """Add nodes once more, shifted, with the wires among them and those that come in from others."""

    ids: tuple[str, ...]
    offset: Point = (20, 20)

    @property
    def text(self) -> str:
        """`duplicate blur`."""
        return f"duplicate {named(self.ids)}"

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
    """The wires from other nodes into some, led into their twins; at the next places of variadic inputs."""
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
    """Add a graph that serves as the node type `graph.NAME`; to the outermost graph, as all that is behind it here."""

    name: str
    graph: Graph

    @property
    def text(self) -> str:
        """`add sub-graph calc`."""
        return f"add sub-graph {self.name}"

    def apply(self, graph: Graph) -> RemoveSubgraph:
        """Add it."""
        graph.outermost.add_subgraph(self.name, self.graph)
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
        return AddSubgraph(self.name, graph.outermost.remove_subgraph(self.name))


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
        outer = graph.outermost
        before = Declare(outer.requires, outer.signatures)
        outer.requires = dict(self.requires)
        outer.signatures = {name: dict(signature) for name, signature in self.signatures.items()}
        return before
