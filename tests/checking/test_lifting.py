"""A list into a port for one item: the node can be made to run for each, and then does."""

from __future__ import annotations

from typing import Any

import animaweave as aw
from animaweave.checking.diagnostic import Fix
from animaweave.checking.fixes import edit_of
from animaweave.engine.engine import run
from animaweave.graph.history import History
from tests.engine.lab import Lab, fill


def lab() -> Lab:
    made = Lab()

    @made.node
    def numbers(count: int = 3) -> list[float]:
        return [float(number) for number in range(count)]

    @made.node
    def shifted(value: float, by: float = 1.0, times: float = 1.0) -> float:
        return (value + by) * times

    @made.node
    def parted(value: float) -> dict[str, float]:
        return {"value": value}

    @made.node
    def added(*values: float) -> float:
        return sum(values)

    @made.node
    class Remember:
        def __call__(self, value: float) -> float:
            return value

    return made


LAB = lab()


def graph_of(nodes: str, *wires: str, **how: Any) -> aw.Graph:
    graph = aw.Graph()
    fill(graph, nodes, *wires, **how)
    return graph


def fixes(graph: aw.Graph) -> list[Fix | None]:
    return [found.fix for found in aw.check(graph, LAB.registry) if found.code == "AW110"]


def test_the_node_runs_for_each_item_and_what_it_gives_becomes_a_list() -> None:
    graph = graph_of("n:numbers s:shifted b:shifted", "n.result s.value", "b.result s.by")
    graph.set_param("b", "value", 9.0)
    graph.set_param("s", "times", 2.0)
    graph.set_run("s", retry={"attempts": 2})
    before, history = graph.dumps(), History(graph)
    (found,) = (one for one in aw.check(graph, LAB.registry) if one.code == "AW110")
    history.do(edit_of(graph, LAB.registry, found))

    assert aw.check(graph, LAB.registry) == []
    assert run(graph, registry=LAB.registry).outputs == {"s.result": [20.0, 22.0, 24.0]}
    inner = graph.subgraphs["each_s"]
    assert (inner.nodes["s"].params, graph.nodes["s"].params["over"]) == ({"times": 2.0}, "value")
    assert inner.nodes["s"].run.retry is not None
    assert graph.nodes["s"].run.retry is None
    history.undo()
    assert graph.dumps() == before
    history.redo()
    assert fixes(graph) == []


def test_it_is_offered_only_where_the_wires_could_stay() -> None:
    assert fixes(graph_of("n:numbers s:shifted", "n.result s.value")) == [Fix("each")]
    assert fixes(graph_of("n:numbers s:shifted o:one", "n.result s.value", controls=("o.done s.trigger",))) == [None]
    assert fixes(graph_of("n:numbers a:added", "n.result a.values[0]")) == [None], "it takes a list by itself"
    assert fixes(graph_of("n:numbers r:remember", "n.result r.value")) == [None], "its state would begin anew"


def test_a_chain_is_lifted_step_by_step() -> None:
    graph = graph_of("n:numbers s:shifted t:shifted", "n.result s.value", "s.result t.value")
    for _ in range(2):
        found = next(one for one in aw.check(graph, LAB.registry) if one.code == "AW110")
        edit_of(graph, LAB.registry, found).apply(graph)
    assert aw.check(graph, LAB.registry) == []
    assert run(graph, registry=LAB.registry).outputs == {"t.result": [2.0, 3.0, 4.0]}
