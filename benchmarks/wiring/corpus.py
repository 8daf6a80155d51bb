"""Valid graphs: examples without nodes that run a sub-graph again and again, some by hand, and random ones."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

from animaweave.authoring.nodetype import NodeType
from animaweave.graph.document import Graph
from animaweave.registry.catalogue import RegistryCatalogue
from animaweave.registry.lookup import Registry

from .interpreter import Interpreter, Wrong
from .vessel import lab, other

EXAMPLES = Path(__file__).parents[2] / "examples"
RANDOM = 60
NODES = 12

BY_HAND = {
    "text": (
        "w:word s:shout r:repeat j:join l:length",
        "w.result s.text, s.result r.text, r.result j.parts, w.result j.parts, j.result l.text",
    ),
    "labels": ("t:thermometer r:radiate h:half", "t.celsius r.temperature, r.result h.value"),
    "lists": (
        "n:numbers t:total f:first h:half p:pack w:word x:word",
        "n.result t.items, n.result f.items, f.result h.value, w.result p.items, x.result p.items",
    ),
    "functions": (
        "l:letters w:words a:apply f:first h:half",
        "l.result a.function, w.result a.items, a.result f.items, f.result h.value",
    ),
    "products": (
        "a:two_by_three b:three_by_two m:matmul r:relu s:row_sums q:mean",
        "a.result m.a, b.result m.b, m.result r.x, r.result s.a, s.result q.values",
    ),
    "sizes": (
        "z:zeros t:two_by_three a:add u:turn b:two_by_three m:matmul",
        "z.result a.a, t.result a.b, a.result u.a, u.result m.a, b.result m.b",
    ),
    "pictures": (
        "p:colour_picture g:grey b:bright m:masked q:mean",
        "p.result g.picture, g.result b.picture, g.result m.picture, b.result m.mask, m.result q.values",
    ),
    "places": ("v:vector i:places p:pick q:mean", "v.result p.values, i.result p.where, p.result q.values"),
    "unions": (
        "c:count w:word s:show u:show m:maybe j:join",
        "c.result s.value, w.result u.value, w.result m.text, s.result j.parts, u.result j.parts, m.result j.parts",
    ),
    "signals": (
        "f:flag d:decide w:wait v:wait j:join",
        "f.result d.value, d.yes w.go, d.no v.go, w.result j.parts",
    ),
    "perhaps": ("w:word f:find m:maybe s:shout", "w.result f.text, f.result m.text, m.result s.text"),
    "tables": ("t:table l:look_up h:half s:split", "t.result l.table, l.result h.value, h.result s.value"),
}


@cache
def registry() -> Registry:
    """The vessels that ship, and those of the corpus."""
    made = Registry()
    made.add(lab)
    made.add(other)
    return made


def graphs(seed: int = 7) -> dict[str, Graph]:
    """All graphs, by name."""
    found = {f"by hand: {name}": by_hand(*words) for name, words in BY_HAND.items()}
    found["by hand: sub-graph"] = _with_subgraph()
    for file in sorted(EXAMPLES.glob("*.weave.json")):
        graph = Graph.load(file)
        for node in graph.nodes.values():
            if (path := node.params.get("path")) is not None and (EXAMPLES / str(path)).exists():
                graph.set_param(node.id, "path", str(EXAMPLES / str(path)))
        if _runs(graph):
            found[f"example: {file.name}"] = graph
    rng = random.Random(seed)
    for number in range(RANDOM):
        found[f"random: {number}"] = _random(rng)
    return found


def _runs(graph: Graph) -> bool:
    try:
        Interpreter(registry()).run(graph)
    except Wrong:
        return False
    return True


def empty() -> Graph:
    """A graph that knows the corpus' nodes."""
    return Graph(catalogue=RegistryCatalogue(registry()))


def _full(kind: str) -> str:
    return f"{'other' if kind in other.node_types else 'lab'}.{kind}"


def by_hand(nodes: str, wires: str) -> Graph:
    """A graph of nodes as `id:kind` and of wires as `output input`, between commas."""
    graph = empty()
    for word in nodes.split():
        node, _, kind = word.partition(":")
        graph.add(_full(kind), id=node)
    for wire in filter(None, wires.split(", ")):
        graph.connect(*wire.split())
    return graph


def _with_subgraph() -> Graph:
    graph = empty()
    inner = Graph()
    for node, node_type, params in (
        ("in", "graph.input", {"type": 'Float["r c"]'}),
        ("t", "lab.turn", {}),
        ("m", "lab.matmul", {}),
        ("out", "graph.output", {}),
    ):
        inner.add(node_type, id=node, params=params)
    for source, target in (("in.value", "t.a"), ("in.value", "m.a"), ("t.result", "m.b"), ("m.result", "out.value")):
        inner.connect(source, target)
    graph.add_subgraph("squared", inner)
    uses = {"a": "lab.two_by_three", "u": "graph.squared", "v": "graph.squared", "q": "lab.mean"}
    for node, node_type in uses.items():
        graph.add(node_type, id=node)
    for source, target in (("a.result", "u.in"), ("u.out", "v.in"), ("v.out", "q.values")):
        graph.connect(source, target)
    return graph


def _random(rng: random.Random) -> Graph:
    """A graph that grows node by node, each kept only if all still runs."""
    kinds = [node_type for vessel in (lab, other) for node_type in vessel.node_types.values()]
    graph = empty()
    while len(graph.nodes) < NODES:
        _grow(graph, rng.choice(kinds), rng)
    return graph


def _grow(graph: Graph, node_type: NodeType, rng: random.Random) -> None:
    known = registry()
    outputs = [
        f"{node.id}.{port.name}"
        for node in graph.nodes.values()
        for port in (known.node_type(node.type) or node_type).signature.outputs
    ]
    ports = [port for port in node_type.signature.inputs if port.is_required or port.control or port.variadic]
    if ports and not outputs:
        return
    for _ in range(12):
        node = graph.add(node_type.id)
        for port in ports:
            graph.connect(rng.choice(outputs), f"{node.id}.{port.name}")
        if _runs(graph):
            return
        graph.remove(node.id)
