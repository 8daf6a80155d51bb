"""From a document to the text of its file: one line a node, a wire, a signature; the same graph, the same bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from .migrations import VERSION
from .parts import Part, written
from .plain import Json
from .reading import FORMAT
from .run_settings import PLAIN_RUN
from .subgraphs import PREFIX
from .wire import Wire

if TYPE_CHECKING:
    from .document import Graph
    from .node import Node

WIDEST = 120
"""Characters of a line that holds several things."""
_ID_COLUMN = 10
"""Nodes start in one column behind short ids: a fixed one, so that a new node touches no line but its own."""

_encode: Callable[[Json], str] = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
_SURROGATE = re.compile("[\ud800-\udfff]")


def text_of(graph: Graph) -> str:
    """The text of a graph's file, a newline at its end."""
    signatures, requires = _declared(graph)
    inner = [
        _member(name, _block(_contents(each, 4) + _rest(each, 4), "{}", 4)) for name, each in graph.subgraphs.items()
    ]
    members = [
        _member("format", _encode(FORMAT)),
        _member("version", str(VERSION)),
        *_contents(graph, 2),
        _member("subgraphs", _block(inner, "{}", 2)),
        _member("requires", _fitted("requires", _members(requires), "{}", 2)),
        _member("signatures", _lines(_members(signatures), "{}", 2)),
        *_looks(graph, 2),
    ]
    # A lone surrogate cannot be UTF-8; escaped, as it came, it can.
    return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", _block(members, "{}", 0)) + "\n"


def _contents(graph: Graph, indent: int) -> list[str]:
    """Members up to the control wires."""
    nodes = [f"{_encode(node.id) + ': ':<{_ID_COLUMN}}{_encode(_node(node))}" for node in graph.nodes.values()]
    return [
        _member("name", _encode(graph.name)),
        _member("description", _encode(graph.description)),
        _member("nodes", _block(nodes, "{}", indent)),
        _member("wires", _lines([_encode(_wire(wire)) for wire in graph.wires], "[]", indent)),
        _member("controls", _lines([_encode(_wire(wire)) for wire in graph.controls], "[]", indent)),
    ]


def _rest(graph: Graph, indent: int) -> list[str]:
    """Members of a sub-graph behind the control wires; what the whole file holds once is kept if it is there."""
    kept = {"requires": graph.requires, "signatures": graph.signatures}
    return [*(_member(key, _encode(value)) for key, value in kept.items() if value), *_looks(graph, indent)]


def _looks(graph: Graph, indent: int) -> list[str]:
    """The view, and keys that this version does not know."""
    view, pad = graph.view, indent + 2
    order = {wire.key: place for place, wire in enumerate((*graph.wires, *graph.controls))}
    reroutes = sorted(view.reroutes.items(), key=lambda item: (order.get(item[0], len(order)), *map(str, item[0])))
    nodes = {node: written(view.nodes[node]) for node in _in_order(view.nodes, graph.nodes)}
    parts = {
        "nodes": _fitted("nodes", _members(nodes), "{}", pad),
        "wires": _fitted("wires", [_encode([str(a), str(b), points]) for (a, b), points in reroutes], "[]", pad),
        "frames": _fitted("frames", _each(view.frames), "[]", pad),
        "notes": _fitted("notes", _each(view.notes), "[]", pad),
        "bookmarks": _fitted("bookmarks", _each(view.bookmarks), "[]", pad),
        "collapsed": _fitted("collapsed", list(map(_encode, _in_order(view.collapsed, graph.nodes))), "[]", pad),
        "camera": _encode(view.camera),
    }
    always = ("nodes", "frames", "camera")
    lines: list[str] = []
    shares = False
    for key, text in parts.items():
        if len(text) == 2 and key not in always:
            continue
        # What is empty or the camera shares a line; what a user placed has one of its own.
        small = len(text) == 2 or key == "camera"
        if shares and small:
            lines[-1] += f", {_member(key, text)}"
        else:
            lines.append(_member(key, text))
        shares = small
    lines.extend(_members(view.extra))
    return [_member("view", _block(lines, "{}", indent)), *_members(graph.extra)]


def _node(node: Node) -> dict[str, Json]:
    raw: dict[str, Json] = {"type": node.type}
    if node.params:
        raw["params"] = dict(node.params)
    if node.run is not PLAIN_RUN and (run := written(node.run)):
        raw["run"] = run
    return {**raw, **node.extra}


def _wire(wire: Wire) -> list[Json]:
    ends: list[Json] = [str(wire.source), str(wire.target)]
    options = {**({"muted": True} if wire.muted else {}), **wire.extra}
    return [*ends, options] if options else ends


def _declared(graph: Graph) -> tuple[dict[str, dict[str, Json]], dict[str, str]]:
    """Signatures and requirements to save: the catalogue's where it knows a type, else those there were."""
    catalogue = graph.catalogue
    if catalogue is None:
        return graph.signatures, graph.requires
    signatures: dict[str, dict[str, Json]] = {}
    requires = dict(graph.requires)
    for part in (graph, *graph.subgraphs.values()):
        for node in part.nodes.values():
            if node.type in signatures or node.type.startswith(PREFIX):
                continue
            signature = catalogue.signature(node.type, node.params) or graph.signatures.get(node.type)
            if signature is not None:
                signatures[node.type] = signature
            if (requirement := catalogue.requirement(node.type)) is not None:
                requires[requirement[0]] = requirement[1]
    return signatures, requires


def _in_order(names: Iterable[str], nodes: Mapping[str, Node]) -> list[str]:
    """Names in the order of the nodes; those of no node behind them, sorted."""
    wanted = set(names)
    return [node for node in nodes if node in wanted] + sorted(wanted - nodes.keys())


def _each(parts: Iterable[Part]) -> list[str]:
    return [_encode(written(part)) for part in parts]


def _members(values: Mapping[str, Json]) -> list[str]:
    return [_member(key, _encode(value)) for key, value in values.items()]


def _member(key: str, text: str) -> str:
    return f"{_encode(key)}: {text}"


def _block(items: Sequence[str], brackets: str, indent: int) -> str:
    """A line for each item."""
    if not items:
        return brackets
    pad = " " * indent
    lines = ",\n".join(f"{pad}  {item}" for item in items)
    return f"{brackets[0]}\n{lines}\n{pad}{brackets[1]}"


def _lines(items: Sequence[str], brackets: str, indent: int) -> str:
    """A line for each item as soon as there are two."""
    return _block(items, brackets, indent) if len(items) > 1 else f"{brackets[0]}{''.join(items)}{brackets[1]}"


def _fitted(key: str, items: Sequence[str], brackets: str, indent: int) -> str:
    """All items on the line of their key while they fit on it, else a line for each."""
    text = f"{brackets[0]}{', '.join(items)}{brackets[1]}"
    return text if len(text) + len(key) + indent + 5 <= WIDEST else _block(items, brackets, indent)
