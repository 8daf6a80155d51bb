"""A selection as text and back: what lies on the clipboard is a small graph file.

So a selection can be pasted into another window, a chat or an editor, and from there into a graph again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from ..errors import EditError
from .contents import Removed
from .evolution import Update
from .node import FreshIds, Node
from .plain import Json
from .reading import MOST_NODES
from .subgraphs import PREFIX, named_by, needed_by, used_by
from .view import Looks, NodeView, Point, short
from .wiring import with_ids

if TYPE_CHECKING:
    from .document import Graph


def copy(graph: Graph, ids: Iterable[str | Node]) -> str:
    """The text of a graph file with some nodes, the wires among them, their looks and the sub-graphs that they use.

    Variadic inputs close up where wires from other nodes are left out.

    Raises:
        EditError: A node is not in the graph.
    """
    wanted = {graph._node(node).id for node in ids}
    outer = graph._owner or graph
    clip = type(graph)(graph.name, catalogue=outer._catalogue)
    wires = tuple(wire for wire in graph.wires if {wire.source.node, wire.target.node} <= wanted)
    controls = tuple(wire for wire in graph.controls if {wire.source.node, wire.target.node} <= wanted)
    keys = {wire.key for wire in (*wires, *controls)}
    clip.restore(
        Removed(
            nodes=tuple(enumerate(node.copy() for node in graph.nodes.values() if node.id in wanted)),
            wires=tuple(enumerate(wires)),
            controls=tuple(enumerate(controls)),
            looks=Looks(
                {node: look for node, look in graph.view.nodes.items() if node in wanted},
                graph.view.collapsed & wanted,
                {key: points for key, points in graph.view.reroutes.items() if key in keys},
            ),
        )
    )
    clip.close_up()
    for name in needed_by(clip, outer.subgraphs):
        clip.add_subgraph(name, outer.subgraphs[name].copy())
    types = {node.type for part in (clip, *clip.subgraphs.values()) for node in part.nodes.values()}
    vessels = {node_type.rpartition(".")[0] for node_type in types}
    clip.signatures = {key: value for key, value in outer.signatures.items() if key in types}
    clip.requires = {vessel: version for vessel, version in outer.requires.items() if vessel in vessels}
    return clip.dumps()


def paste(graph: Graph, text: str, *, offset: tuple[float, float] = (0, 0)) -> list[Node]:
    """Add the nodes of a copied text, under fresh ids, with their wires, looks and sub-graphs.

    A sub-graph whose name another one has here gets a fresh name, unless they are equal.

    Args:
        graph: Where to add them.
        text: As `copy` gave it; any graph file will do.
        offset: What is added to their positions.

    Returns:
        The new nodes, in the order of the text. Removing them undoes it.

    Raises:
        GraphFileError: The text is no graph; nothing was added.
        EditError: There is no room for so many nodes.
    """
    # What was copied from another version is brought up to date, and said so.
    clip = type(graph).loads(text, "clipboard", catalogue=graph.catalogue)
    outer = graph._owner or graph
    if len(graph.nodes) + len(clip.nodes) > MOST_NODES:
        found = f"found a graph of {len(graph.nodes):,} that may hold {MOST_NODES:,}; use another"
        raise EditError(f"expected room for {len(clip.nodes):,} nodes, {found}")
    taken = set(graph.nodes)
    fresh, ids = FreshIds(taken), {}
    for node in clip.nodes:
        ids[node] = fresh.next(node)
        taken.add(ids[node])
    wires, controls = (tuple(with_ids(wire, ids) for wire in kind) for kind in (clip.wires, clip.controls))
    looks = Looks(
        {ids[node]: _shifted(look, offset) for node, look in clip.view.nodes.items() if node in ids},
        frozenset(ids[node] for node in clip.view.collapsed if node in ids),
        {
            with_ids(wire, ids).key: tuple(_moved(point, offset) for point in clip.view.reroutes[wire.key])
            for wire in (*clip.wires, *clip.controls)
            if wire.key in clip.view.reroutes
        },
    )
    names = _bring_subgraphs(outer, clip)
    nodes = [Node(ids[node.id], *_renamed(node, names), node.run, dict(node.extra)) for node in clip.nodes.values()]
    graph.restore(
        Removed(
            nodes=tuple(enumerate(nodes, len(graph.nodes))),
            wires=tuple(enumerate(wires, len(graph.wires))),
            controls=tuple(enumerate(controls, len(graph.controls))),
            looks=looks,
        )
    )
    for key, signature in clip.signatures.items():
        outer.signatures.setdefault(key, signature)
    for vessel, version in clip.requires.items():
        outer.requires.setdefault(vessel, version)
    outer.updates += tuple(_told(graph, clip, ids, names))
    return nodes


def _told(graph: Graph, clip: Graph, ids: Mapping[str, str], names: Mapping[str, str]) -> Iterator[Update]:
    """What was brought up to date in a clip, under the ids that its nodes have got."""
    here = "" if graph._owner is None else next(f"{n}/" for n, g in graph._owner.subgraphs.items() if g is graph)
    for update in clip.updates:
        inner, _, node = update.node.rpartition("/")
        yield update._replace(node=f"{names.get(inner, inner)}/{node}" if inner else f"{here}{ids[node]}")


def _bring_subgraphs(outer: Graph, clip: Graph) -> dict[str, str]:
    """Add the sub-graphs of a clip that a graph lacks; gives the new names of those that were renamed."""
    same = {
        name
        for name, inner in clip.subgraphs.items()
        if name in outer.subgraphs and outer.subgraphs[name].copy().dumps() == inner.copy().dumps()
    }
    # Equal text is not enough: what it uses must be the same too.
    while differing := {name for name in same if not same.issuperset(used_by(clip.subgraphs[name], clip.subgraphs))}:
        same -= differing
    taken = {*outer.subgraphs, "input", "output"}
    fresh, names = FreshIds(taken), {}
    for name in clip.subgraphs:
        if name not in same:
            names[name] = fresh.next(name)
            taken.add(names[name])
    for name in [name for name in clip.subgraphs if name not in same]:
        inner = clip.remove_subgraph(name)
        for node in inner.nodes.values():
            node._type, node._params = _renamed(node, names)
        outer.add_subgraph(names[name], inner)
    return names


def _renamed(node: Node, names: Mapping[str, str]) -> tuple[str, dict[str, Json]]:
    """A node's type and parameters under the new names of the sub-graphs that it uses."""
    if node.type.startswith(PREFIX):
        name = node.type.removeprefix(PREFIX)
        return PREFIX + names.get(name, name), node._params
    named = {param: names[name] for param, name in named_by(node).items() if name in names}
    return node.type, {**node._params, **named}


def _shifted(look: NodeView, offset: tuple[float, float]) -> NodeView:
    return look if look.pos is None else NodeView(pos=_moved(look.pos, offset), extra=look.extra)


def _moved(point: Point, offset: tuple[float, float]) -> Point:
    if not any(offset):
        return point  # As it was written, 0.0 and 0 apart.
    return short(point[0] + offset[0]), short(point[1] + offset[1])
