"""Graphs with sub-graphs, written as words, and a lab that feeds them."""

from typing import Any

from animaweave.checking.checker import check
from animaweave.engine.compiler.plan import Plan
from animaweave.engine.result import Result
from animaweave.graph.document import Graph
from tests.engine.lab import Lab, fill


class FedLab(Lab):
    """A lab whose graphs get an input for whatever a node needs and nothing is wired to, under the port's name."""

    def __init__(self) -> None:
        super().__init__()
        _declare_numbers(self)

    def compile(self, graph: Graph, **how: Any) -> Plan:
        for number, finding in enumerate(check(graph, self.registry)):
            if finding.code == "AW107" and finding.node in graph.nodes:
                port = f"{finding.node}.{finding.port}"
                graph.add("graph.input", id=f"fed_{number}", params={"name": port})
                graph.connect(f"fed_{number}.value", port)
        return super().compile(graph, **how)


def _declare_numbers(lab: Lab) -> None:
    @lab.node
    def square(value: Any) -> Any:
        return value * value

    @lab.node
    def fail_at(value: Any, at: Any = 3) -> Any:
        if value == at:
            raise ValueError(f"{value} is no good")
        return value

    @lab.node
    def less(value: Any, than: Any = 5) -> bool:
        return bool(value < than)

    @lab.node
    def add(a: Any, b: Any = 1) -> Any:
        return a + b

    @lab.node
    def bump(value: Any) -> Any:
        return value + 1


def states(result: Result) -> dict[str, str]:
    """What became of each node but those inputs."""
    return {node_id: node.state for node_id, node in result.nodes.items() if not node_id.startswith("fed")}


def inside(graph: Graph, name: str, nodes: str, *wires: str, inputs: str = "", outputs: str = "", **how: Any) -> Graph:
    """Add a sub-graph.

    Args:
        inputs: Names of its inputs; `name=Signal` gives a type.
        outputs: The same for its outputs.
    """
    inner = graph.add_subgraph(name)
    for kind, words in (("input", inputs), ("output", outputs)):
        for word in words.split():
            port, _, hint = word.partition("=")
            node_id = port if kind == "input" else f"{port}_out"
            inner.add(f"graph.{kind}", id=node_id, params={"name": port, **({"type": hint} if hint else {})})
    fill(inner, nodes, *wires, **how)
    return inner


def mapping(nodes: str, *wires: str, **params: Any) -> Graph:
    """A graph whose node `loop` runs a sub-graph, with input `value` and output `result`, for every item."""
    graph = Graph()
    inside(graph, "body", nodes, *wires, inputs="value", outputs="result")
    graph.add("control.for_each", id="loop", params={"graph": "body", **params})
    return graph


def squares(**params: Any) -> Graph:
    return mapping("square:square", "value.value square.value", "square.result result_out.value", **params)


def failing(**params: Any) -> Graph:
    return mapping("check:fail_at", "value.value check.value", "check.result result_out.value", **params)


def nest(lab: Lab, node: str) -> Graph:
    """A graph with a node in a pass in an item in a caught part."""
    graph = Graph()
    inside(graph, "step", f"x:{node}", "n.value x.value", "x.result n_out.value", inputs="n", outputs="n")
    inside(graph, "test", "less:less", "n.value less.value", "less.result go_out.value", inputs="n", outputs="go")
    item = inside(graph, "item", "", inputs="n", outputs="n")
    item.add("control.while", id="while", params={"graph": "step", "test": "test"})
    part = inside(graph, "part", "", inputs="n", outputs="n")
    part.add("control.for_each", id="each", params={"graph": "item"})
    graph.add("control.catch", id="catch", params={"graph": "part"})
    for inner, node_id in ((item, "while"), (part, "each")):
        inner.connect("n.value", f"{node_id}.n")
        inner.connect(f"{node_id}.n", "n_out.value")
    return graph
