"""What the search box offers: every node type, or those that fit a wire."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ...authoring.nodetype import NodeType
from ...graph.subgraphs import PREFIX
from ...graph.wire import PortRef
from ...ports.text import to_text
from ..editor import Editor
from ..subgraph_library import SubgraphLibrary
from .look import NO_ICON
from .search import Entry


def offers_of_all(editor: Editor, choose: Callable[[str], object]) -> list[Entry]:
    """The graph's own sub-graphs, and all node types, by vessel.

    Args:
        editor: The open document.
        choose: Called with the id of the type chosen.
    """
    here = editor.way[-1].name if editor.way else ""
    own = [
        Entry(name, f"{PREFIX}{name}", NO_ICON, "graph", partial(choose, f"{PREFIX}{name}"))
        for name in editor.root.subgraphs
        if name != here
    ]
    return own + [
        _entry(editor, node_type, node_type.id, partial(choose, node_type.id))
        for node_type in editor.registry.node_types()
    ]


def offers_of_library(library: SubgraphLibrary, choose: Callable[[str], object]) -> list[Entry]:
    """The sub-graphs that the user keeps for other graphs."""
    return [Entry(name, "your library", "ph.books", "graph", partial(choose, name)) for name in library.names()]


def offers_of_promotion(editor: Editor, node: str) -> list[Entry]:
    """The values of a node inside of a sub-graph that the nodes which use it could set."""
    signature = editor.signatures.get(node)
    taken = {wire.target.port for wire in editor.graph.wires_of(node) if wire.target.node == node}
    ports = [port for port in (signature.inputs if signature is not None else ()) if not port.control]
    return [
        Entry(port.name, to_text(port.hint), "ph.arrow-line-up", "", partial(editor.promote, node, port.name))
        for port in ports
        if port.name not in taken and not port.variadic
    ]


def offers_for(editor: Editor, port: PortRef, choose: Callable[[str, str], None], *, is_output: bool) -> list[Entry]:
    """The node types with a port that fits, those without a converter first.

    Args:
        editor: The open document.
        port: Where the wire begins.
        choose: Called with the id of the type chosen and the name of its port.
        is_output: Whether the wire begins at an output.
    """
    entries = []
    for node_type, name, fit in editor.candidates(port, is_output):
        through = f" · {fit.converters[-1].name.partition('.')[2]}" if fit.converters else ""
        pick = lambda type_id=node_type.id, other=name: choose(type_id, other)  # noqa: E731
        entries.append(_entry(editor, node_type, f"{node_type.id} · {name}{through}", pick))
    return entries


def offers_of_wires(editor: Editor, node: str) -> list[Entry]:
    """What the outputs of a node can be wired to: first what is next to come, each port that fits and is free."""
    signature = editor.signatures.get(node)
    taken = {(wire.target.node, wire.target.port) for wire in editor.graph.wires}
    entries: list[Entry] = []
    for port in signature.outputs if signature is not None else ():
        source = PortRef(node, port.name)
        for target, fit in editor.fits_for(source, True).items():
            if not fit.is_allowed or target.node == node or (target.node, target.port) in taken:
                continue
            if port.control != (fit.verdict == "direct" and target.port == "trigger") and port.control:
                continue
            through = f" · {fit.converters[-1].name.partition('.')[2]}" if fit.converters else ""
            pick = lambda source=source, target=target: editor.wire(source, target)  # noqa: E731
            vessel = editor.graph.nodes[target.node].type.partition(".")[0]
            entries.append(Entry(f"{port.name} → {target}", through.strip(" ·"), "ph.plug", vessel, pick))
    return entries


def offers_in_place(editor: Editor, node: str) -> list[Entry]:
    """Node types that have a place for every wire of a node; those whose ports have the same names first."""
    wires = editor.graph.wires_of(node)
    into = {wire.target.port for wire in wires if wire.target.node == node and not wire.control}
    out = {wire.source.port for wire in wires if wire.source.node == node and not wire.control}
    ranked: list[tuple[int, Entry]] = []
    for node_type in editor.registry.node_types():
        inputs = [port.name for port in node_type.signature.inputs if not port.control]
        outputs = [port.name for port in node_type.signature.outputs if not port.control]
        if node_type.id == editor.graph.nodes[node].type or len(inputs) < len(into) or len(outputs) < len(out):
            continue
        others = len(into.difference(inputs)) + len(out.difference(outputs))
        pick = lambda type_id=node_type.id: editor.replace_node(node, type_id)  # noqa: E731
        ranked.append((others, _entry(editor, node_type, node_type.id, pick)))
    ranked.sort(key=lambda each: each[0])
    return [entry for _, entry in ranked]


def _entry(editor: Editor, node_type: NodeType, detail: str, choose: Callable[[], object]) -> Entry:
    vessel = editor.registry.vessel(node_type.vessel)
    icon = node_type.icon or (vessel.icon if vessel is not None else "") or NO_ICON
    return Entry(node_type.title, detail, icon, node_type.vessel, choose)
