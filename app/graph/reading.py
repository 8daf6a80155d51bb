"""From JSON to a document: every part is checked, and the first thing that does not fit is refused with its place."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, TypeVar

from ..errors import EditError
from .migrations import migrate
from .node import Node
from .parts import Part, read_part, read_value
from .plain import BadValue, Json, below, did_you_mean, shown
from .run_settings import PLAIN_RUN, RunSettings
from .subgraphs import RESERVED, check_depth
from .view import PLAIN_LOOK, Bookmark, Camera, Frame, NodeView, Note, Point
from .wire import PortRef, Wire, is_id

if TYPE_CHECKING:
    from .document import Graph

FORMAT = "animaweave/graph"
MOST_NODES = 200_000

_INNER_KEYS = ("name", "description", "nodes", "wires", "controls", "subgraphs", "requires", "signatures", "view")
_KEYS = ("format", "version", *_INNER_KEYS)

P = TypeVar("P", bound=Part)


def read_graph(graph: Graph, raw: Json) -> None:
    """Fill an empty graph from the JSON of a file.

    Raises:
        BadValue: Something in it does not fit. The graph is then to be thrown away.
    """
    file = _object(raw, "$")
    if file.get("format") != FORMAT:
        found = shown(file["format"]) if "format" in file else "none"
        raise BadValue(f'expected "{FORMAT}", found {found}; is this a graph file?', "$.format")
    file = migrate(file)
    inner = _object(file.get("subgraphs", {}), "$.subgraphs")
    _check_count(file, inner)
    _read_contents(graph, file, "$", _KEYS)
    for name, raw_inner in inner.items():
        path = below("$.subgraphs", name)
        if not is_id(name) or name in RESERVED:
            raise BadValue(
                f"expected a sub-graph's name of letters, digits, _ and -, other than {' and '.join(RESERVED)}, "
                f"found {shown(name)}",
                path,
            )
        contents = _object(raw_inner, path)
        if contents.get("subgraphs", {}) != {}:
            raise BadValue("expected none inside a sub-graph; move them to $.subgraphs", f"{path}.subgraphs")
        _read_contents(graph.add_subgraph(name), contents, path, _INNER_KEYS)
    check_depth(graph)


def _check_count(file: Mapping[str, Json], inner: Mapping[str, Json]) -> None:
    parts = [file, *(part for part in inner.values() if isinstance(part, dict))]
    count = sum(len(part["nodes"]) for part in parts if isinstance(part.get("nodes"), dict))
    if count > MOST_NODES:
        raise BadValue(f"expected at most {MOST_NODES:,} nodes in a file, found {count:,}; split the graph", "$.nodes")


def _read_contents(graph: Graph, raw: Mapping[str, Json], path: str, keys: Collection[str]) -> None:
    graph._name = _text(raw.get("name", ""), f"{path}.name")
    graph._description = _text(raw.get("description", ""), f"{path}.description")
    for node_id, raw_node in _object(raw.get("nodes", {}), f"{path}.nodes").items():
        graph._nodes[node_id] = _node(node_id, raw_node, below(f"{path}.nodes", node_id))
    _read_wires(graph, raw.get("wires", []), f"{path}.wires", control=False)
    _read_wires(graph, raw.get("controls", []), f"{path}.controls", control=True)
    graph.requires = read_value(dict[str, str], raw.get("requires", {}), f"{path}.requires")
    graph.signatures = _signatures(raw.get("signatures", {}), f"{path}.signatures")
    _read_view(graph, _object(raw.get("view", {}), f"{path}.view"), f"{path}.view")
    graph.extra = {key: value for key, value in raw.items() if key not in keys}


def _node(node_id: str, raw: Json, path: str) -> Node:
    if not is_id(node_id):
        raise BadValue(f"expected an id of letters, digits, _ and -, found {shown(node_id)}; rename the node", path)
    if type(raw) is not dict:
        raise BadValue(f'expected a node, such as {{"type": "image.load"}}, found {shown(raw)}', path)
    node_type = raw.get("type")
    if type(node_type) is not str or not node_type:
        found = shown(node_type) if "type" in raw else "none"
        raise BadValue(f'expected the name of a node type, such as "image.load", found {found}', f"{path}.type")
    params = _object(raw["params"], f"{path}.params") if "params" in raw else {}
    run = read_part(RunSettings, raw["run"], f"{path}.run") if "run" in raw else PLAIN_RUN
    known = 1 + ("params" in raw) + ("run" in raw)
    extra = {k: v for k, v in raw.items() if k not in ("type", "params", "run")} if len(raw) > known else {}
    return Node(node_id, node_type, params, run, extra)


def _read_wires(graph: Graph, raw: Json, path: str, *, control: bool) -> None:
    wiring = graph._control if control else graph._data
    first: dict[object, int] = {}
    for index, raw_wire in enumerate(_list(raw, path)):
        here = f"{path}[{index}]"
        wire = _wire(graph, raw_wire, here, control=control)
        # A control input takes many wires, but each only once: a second one could not be told from the first.
        key: object = wire.key if control else wire.target
        if key in first:
            what = f"wire from {wire.source} to {wire.target}" if control else f"wire into {wire.target}"
            raise BadValue(f"expected one {what}, found a second one; the first is {path}[{first[key]}]", here)
        first[key] = index
        wiring.add(wire)


def _wire(graph: Graph, raw: Json, path: str, *, control: bool) -> Wire:
    if type(raw) is not list or not 2 <= len(raw) <= 3:
        raise BadValue(f'expected a wire, such as ["a.image", "b.image"], found {shown(raw)}', path)
    source, target = _end(graph, raw[0], f"{path}[0]"), _end(graph, raw[1], f"{path}[1]")
    if len(raw) == 2:
        return Wire(source, target, control)
    options = _object(raw[2], f"{path}[2]")
    muted = options.get("muted", False)
    if type(muted) is not bool:
        raise BadValue(f"expected true or false, found {shown(muted)}", f"{path}[2].muted")
    return Wire(source, target, control, muted, {key: value for key, value in options.items() if key != "muted"})


def _end(graph: Graph, raw: Json, path: str) -> PortRef:
    end = _port(raw, path)
    if end.node not in graph._nodes:
        raise BadValue(
            f'expected a port of a node in this graph, found "{raw}"; there is no node "{end.node}"'
            f"{did_you_mean(end.node, graph._nodes)}",
            path,
        )
    return end


def _port(raw: Json, path: str) -> PortRef:
    try:
        return PortRef.parse(_text(raw, path))
    except EditError:
        raise BadValue(f'expected a port, such as "blur.image" or "sum.items[2]", found {shown(raw)}', path) from None


def _signatures(raw: Json, path: str) -> dict[str, dict[str, Json]]:
    for node_type, signature in _object(raw, path).items():
        here = below(path, node_type)
        version = _object(signature, here).get("version", 1)
        if type(version) not in (int, str):
            raise BadValue(f"expected a version, such as 1, found {shown(version)}", f"{here}.version")
        for side in ("inputs", "outputs"):
            for port, text in _object(signature.get(side, {}), f"{here}.{side}").items():
                _text(text, below(f"{here}.{side}", port))
    return dict(raw)


def _read_view(graph: Graph, raw: Mapping[str, Json], path: str) -> None:
    view = graph.view
    nodes = _object(raw.get("nodes", {}), f"{path}.nodes")
    looks = {key: read_part(NodeView, look, below(f"{path}.nodes", key)) for key, look in nodes.items()}
    view.nodes = {key: look for key, look in looks.items() if look != PLAIN_LOOK}
    for index, reroute in enumerate(_list(raw.get("wires", []), f"{path}.wires")):
        here = f"{path}.wires[{index}]"
        if type(reroute) is not list or len(reroute) != 3:
            example = '["a.x", "b.y", [[120, 40]]]'
            raise BadValue(f"expected a wire and its points, such as {example}, found {shown(reroute)}", here)
        key = (_port(reroute[0], f"{here}[0]"), _port(reroute[1], f"{here}[1]"))
        view.reroutes[key] = _each(reroute[2], f"{here}[2]", lambda point, at: read_value(Point, point, at))
    view.frames = _parts(Frame, raw.get("frames", []), f"{path}.frames")
    view.notes = _parts(Note, raw.get("notes", []), f"{path}.notes")
    view.bookmarks = _parts(Bookmark, raw.get("bookmarks", []), f"{path}.bookmarks")
    view.collapsed = frozenset(_each(raw.get("collapsed", []), f"{path}.collapsed", _text))
    view.camera = read_value(Camera, raw.get("camera", [0, 0, 1.0]), f"{path}.camera")
    known = ("nodes", "wires", "frames", "notes", "bookmarks", "collapsed", "camera")
    view.extra = {key: value for key, value in raw.items() if key not in known}


def _parts(part: type[P], raw: Json, path: str) -> tuple[P, ...]:
    return _each(raw, path, lambda item, at: read_part(part, item, at))


T = TypeVar("T")


def _each(raw: Json, path: str, read: Callable[[Json, str], T]) -> tuple[T, ...]:
    return tuple(read(item, f"{path}[{index}]") for index, item in enumerate(_list(raw, path)))


def _object(raw: Json, path: str) -> dict[str, Json]:
    if type(raw) is not dict:
        raise BadValue(f"expected an object, found {shown(raw)}", path)
    return raw


def _list(raw: Json, path: str) -> list[Json]:
    if type(raw) is not list:
        raise BadValue(f"expected a list, found {shown(raw)}", path)
    return raw


def _text(raw: Json, path: str) -> str:
    if type(raw) is not str:
        raise BadValue(f"expected text, found {shown(raw)}", path)
    return raw
