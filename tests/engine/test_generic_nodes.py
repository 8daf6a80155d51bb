"""Nodes with type variables, run: what they hand on is treated as what it is."""

from typing import Annotated, Any, TypeVar

import pytest

from animaweave.checking.checker import check
from animaweave.graph.document import Graph
from tests.engine.lab import Lab

T = TypeVar("T")


@pytest.fixture
def lab(lab: Lab) -> Lab:
    celsius = Annotated[float, lab.vessel.label("Celsius")]
    kelvin = Annotated[float, lab.vessel.label("Kelvin")]

    @lab.vessel.converter
    def shift(value: celsius) -> kelvin:
        return value + 273.15

    @lab.node
    def readings() -> list[celsius]:
        return [20.0, 30.0]

    @lab.node
    def first(items: list[T]) -> T:
        return items[0]

    @lab.node
    def warm(value: kelvin) -> float:
        return value

    return lab


def test_what_a_generic_node_hands_on_is_converted(lab: Lab) -> None:
    graph = lab.graph("r:readings f:first w:warm", "r.result f.items", "f.result w.value")
    assert lab.run(graph).outputs == {"w.result": 293.15}


def test_so_is_what_comes_out_of_a_subgraph_that_declares_no_types(lab: Lab) -> None:
    graph = lab.graph("r:readings u:graph.taken w:warm")
    inner = Graph()
    for node_type, node in {"graph.input": "in", "lab.first": "f", "graph.output": "out"}.items():
        inner.add(node_type, id=node)
    inner.connect("in.value", "f.items")
    inner.connect("f.result", "out.value")
    graph.add_subgraph("taken", inner)
    graph.connect("r.result", "u.in")
    graph.connect("u.out", "w.value")

    assert check(graph, lab.registry) == []
    assert lab.run(graph).outputs == {"w.result": 293.15}


def test_a_value_that_is_nothing_certain_is_looked_at_while_running(lab: Lab) -> None:
    @lab.node
    def anything() -> list[Any]:
        return ["hot"]

    @lab.node
    def half(value: float) -> float:
        return value / 2

    graph = lab.graph("a:anything f:first h:half", "a.result f.items", "f.result h.value")
    (error,) = lab.run(graph).errors.values()
    assert "expected a number" in str(error)
