"""Sub-graphs that use themselves: how deep they may, what they say when that is too deep, what they can compute."""

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import animaweave as aw
from animaweave.engine.actors.composite import DEPTH
from animaweave.engine.engine import Engine
from animaweave.graph.document import Graph
from tests.engine.lab import PATIENCE_S, Lab, assert_nothing_left, until


def wire(graph: Graph, *wires: str) -> None:
    for pair in wires:
        graph.connect(*pair.split())


def boundary(graph: Graph, inputs: str, output: str, default: float | None = None) -> None:
    """Give a graph inputs of numbers, and one output."""
    for name in inputs.split():
        graph.add("graph.input", id=name, params={"type": "float"} | ({} if default is None else {"default": default}))
    graph.add("graph.output", id=output, params={"type": "float"})


def triangle(graph: Graph, name: str = "triangle", below: str = "triangle") -> None:
    """Add the sub-graph `triangle(n) = 0 if n < 1 else n + below(n - 1)`."""
    inner = graph.add_subgraph(name)
    boundary(inner, "n", "total")
    inner.add("math.subtract", id="less", params={"b": 1.0})
    inner.add(f"graph.{below}", id="rest")
    inner.add("math.add", id="sum")
    inner.add("math.compare", id="is_over", params={"b": 1.0})
    inner.add("control.if", id="result", params={"then": 0.0})
    wire(inner, "n.value less.a", "less.result rest.n", "n.value sum.a", "rest.total sum.b", "n.value is_over.a")
    wire(inner, "is_over.result result.condition", "sum.result result.otherwise", "result.result total.value")


def with_triangle(**names: str) -> Graph:
    """A graph that takes `n` and gives its triangle; `a="b", b="a"` has two sub-graphs that use each other."""
    graph = Graph("triangles")
    boundary(graph, "n", "total")
    for name, below in (names or {"triangle": "triangle"}).items():
        triangle(graph, name, below)
    graph.add(f"graph.{next(iter(names or ['triangle']))}", id="use")
    wire(graph, "n.value use.n", "use.total total.value")
    return graph


@pytest.mark.parametrize("workers", [1, 2, 4])
@pytest.mark.parametrize("n", [0, 1, 10, 200])
def test_a_sub_graph_may_use_itself(start: Callable[..., Engine], workers: int, n: int) -> None:
    engine = start(with_triangle(), workers)

    assert engine.run({"n": float(n)}).outputs == {"total": n * (n + 1) / 2}
    assert_nothing_left(engine)


def test_sub_graphs_may_use_each_other(start: Callable[..., Engine]) -> None:
    engine = start(with_triangle(a="b", b="c", c="a"))

    assert engine.run({"n": 50.0}).outputs == {"total": 1275.0}
    assert_nothing_left(engine)


def test_calls_may_lie_a_thousand_deep_without_a_deeper_stack(start: Callable[..., Engine]) -> None:
    engine = start(with_triangle())
    # The outermost use is part of the graph itself, and so is its first test of n.
    deepest = DEPTH + 1
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(300)
    try:
        result = engine.run({"n": float(deepest - 1)})
    finally:
        sys.setrecursionlimit(limit)

    assert DEPTH == 1000
    assert result.outputs == {"total": (deepest - 1) * deepest / 2}
    assert_nothing_left(engine)


def test_deeper_ones_fail_with_the_chain_of_calls(start: Callable[..., Engine]) -> None:
    engine = start(with_triangle(a="b", b="a"))

    result = engine.run({"n": 5000.0})

    (error,) = result.errors.values()
    assert result.status == "failed"
    assert error.message == (
        "calls lie more than 1,000 deep within each other: "
        "use/rest > use/rest/rest > use/rest/rest/rest > … > use/rest/rest > use/rest/rest/rest"
    )
    assert_nothing_left(engine)


def test_a_failure_deep_inside_is_told_once_under_the_path_of_its_node(start: Callable[..., Engine], lab: Lab) -> None:
    graph = with_triangle()
    inner = graph.subgraphs["triangle"]
    inner.add("math.divide", id="share", params={"a": 1.0})
    wire(inner, "n.value share.b")

    result = start(graph).run({"n": 5.0})

    (error,) = result.errors.values()
    assert (error.node, error.type) == ("use/rest/share", "ZeroDivisionError")


@pytest.mark.parametrize("n", [50, 5000])
def test_a_run_deep_inside_is_cancelled(start: Callable[..., Engine], lab: Lab, n: int) -> None:
    begun = threading.Event()

    @lab.node(pure=False)
    def stay(value: float) -> float:
        if value < 2:
            begun.set()
            until(run[0].epoch.is_cancelled)
        return value

    graph = with_triangle()
    inner = graph.subgraphs["triangle"]
    inner.add("lab.stay", id="stay")
    wire(inner, "n.value stay.value")
    engine = start(graph)
    run: list[Any] = []
    run.append(engine.submit({"n": 50.0}))
    assert begun.wait(PATIENCE_S)
    run[0].cancel("enough")

    assert run[0].result(PATIENCE_S).status == "cancelled"
    assert_nothing_left(engine)


def test_branches_of_a_recursion_run_at_once(start: Callable[..., Engine], lab: Lab) -> None:
    meeting = threading.Barrier(2)

    @lab.node(pure=False)
    def leaf(value: float) -> float:
        if not value:
            meeting.wait(PATIENCE_S)
        return 1.0

    graph = Graph()
    boundary(graph, "n", "count")
    tree = graph.add_subgraph("tree")
    boundary(tree, "n", "count")
    tree.add("math.subtract", id="less", params={"b": 1.0})
    tree.add("graph.tree", id="left")
    tree.add("graph.tree", id="right")
    tree.add("math.add", id="both")
    tree.add("math.compare", id="is_leaf", params={"b": 1.0})
    tree.add("lab.leaf", id="leaf")
    tree.add("control.if", id="result")
    wire(tree, "n.value less.a", "less.result left.n", "less.result right.n", "left.count both.a", "right.count both.b")
    wire(tree, "n.value is_leaf.a", "is_leaf.result result.condition", "n.value leaf.value")
    wire(tree, "leaf.result result.then", "both.result result.otherwise", "result.result count.value")
    graph.add("graph.tree", id="tree")
    wire(graph, "n.value tree.n", "tree.count count.value")

    assert start(graph, 2).run({"n": 3.0}).outputs == {"count": 8.0}


def test_the_plan_of_a_sub_graph_is_made_once_however_often_it_is_called(lab: Lab) -> None:
    graph = with_triangle(**{f"p{i}": f"p{(i + 1) % 6}" for i in range(6)})
    for inner in graph.subgraphs.values():
        inner.add("control.switch", id="switch", params={"condition": False})
        for other in graph.subgraphs:
            inner.add(f"graph.{other}", id=f"also_{other}", params={"n": 0.0})
            inner.connect_control("switch.yes", f"also_{other}.trigger")
    found, waiting = [], [lab.compile(graph)]
    while waiting:
        plan = waiting.pop()
        found.append(plan)
        for node in plan.nodes:
            inner_plan = None if node.call is None else node.call.body.plan
            if inner_plan is not None and all(inner_plan is not known for known in (*found, *waiting)):
                waiting.append(inner_plan)

    uses = len(graph.subgraphs) * (len(graph.subgraphs) + 1)
    assert len(found) == 1 + uses


# -- what can be computed ---------------------------------------------------------------------------------------------


def ackermann() -> Graph:
    """A(m, n), which no loop with a limit known beforehand can compute."""
    graph = Graph("ackermann")
    inner = graph.add_subgraph("ackermann")
    boundary(inner, "m n", "value")
    inner.add("math.add", id="next", params={"b": 1.0})
    inner.add("math.subtract", id="m_less", params={"b": 1.0})
    inner.add("math.subtract", id="n_less", params={"b": 1.0})
    inner.add("math.compare", id="m_is_0", params={"operator": "=="})
    inner.add("math.compare", id="n_is_0", params={"operator": "=="})
    inner.add("graph.ackermann", id="same_m")
    inner.add("graph.ackermann", id="smaller_m")
    inner.add("control.if", id="second", params={"then": 1.0})
    inner.add("control.if", id="result")
    wire(inner, "n.value next.a", "m.value m_less.a", "n.value n_less.a", "m.value m_is_0.a", "n.value n_is_0.a")
    wire(inner, "m.value same_m.m", "n_less.result same_m.n", "n_is_0.result second.condition")
    wire(inner, "same_m.value second.otherwise", "m_less.result smaller_m.m", "second.result smaller_m.n")
    wire(inner, "m_is_0.result result.condition", "next.result result.then", "smaller_m.value result.otherwise")
    wire(inner, "result.result value.value")
    boundary(graph, "m n", "value", 2.0)
    graph.set_param("n", "default", 3.0)
    graph.add("graph.ackermann", id="ackermann")
    wire(graph, "m.value ackermann.m", "n.value ackermann.n", "ackermann.value value.value")
    return graph


def collatz() -> Graph:
    """For each number, the steps to 1 when an even one is halved, and an odd one tripled and 1 added."""
    graph = Graph("collatz")
    step = graph.add_subgraph("step")
    boundary(step, "n", "next")
    step.set_param("next", "name", "n")
    step.add("math.divide", id="half", params={"b": 2.0})
    step.add("math.round", id="whole")
    step.add("math.compare", id="is_even", params={"operator": "=="})
    step.add("math.multiply", id="triple", params={"b": 3.0})
    step.add("math.add", id="plus_1", params={"b": 1.0})
    step.add("control.if", id="result")
    wire(step, "n.value half.a", "half.result whole.value", "half.result is_even.a", "whole.result is_even.b")
    wire(step, "n.value triple.a", "triple.result plus_1.a", "is_even.result result.condition")
    wire(step, "half.result result.then", "plus_1.result result.otherwise", "result.result next.value")
    step.add("graph.input", id="steps", params={"type": "float"})
    step.add("math.add", id="count", params={"b": 1.0})
    step.add("graph.output", id="counted", params={"name": "steps", "type": "float"})
    wire(step, "steps.value count.a", "count.result counted.value")
    test = graph.add_subgraph("goes_on")
    test.add("graph.input", id="n", params={"type": "float"})
    test.add("math.compare", id="above_1", params={"b": 1.0, "operator": ">"})
    test.add("graph.output", id="answer", params={"type": "bool"})
    wire(test, "n.value above_1.a", "above_1.result answer.value")
    chain = graph.add_subgraph("chain")
    boundary(chain, "n", "steps")
    chain.add("control.while", id="while", params={"graph": "step", "test": "goes_on", "steps": 0.0})
    wire(chain, "n.value while.n", "while.steps steps.value")
    numbers = [float(n) for n in range(1, 31)]
    graph.add("graph.input", id="numbers", params={"type": "list[float]", "default": numbers})
    graph.add("control.for_each", id="for_each", params={"graph": "chain"})
    graph.add("graph.output", id="steps", params={"type": "list[float]"})
    wire(graph, "numbers.value for_each.n", "for_each.steps steps.value")
    return graph


def steps_of(n: int) -> int:
    count = 0
    while n > 1:
        n, count = (n // 2 if n % 2 == 0 else 3 * n + 1), count + 1
    return count


@pytest.mark.parametrize("workers", [1, 2])
def test_a_graph_counts_the_steps_of_collatz(start: Callable[..., Engine], workers: int) -> None:
    engine = start(collatz(), workers)

    assert engine.run({"numbers": [27.0]}).outputs == {"steps": [111]}
    assert engine.run().outputs == {"steps": [steps_of(n) for n in range(1, 31)]}
    assert_nothing_left(engine)


@pytest.mark.parametrize(("m", "n", "value"), [(0, 5, 6), (1, 2, 4), (2, 3, 9), (3, 3, 61)])
def test_a_graph_computes_ackermann(start: Callable[..., Engine], m: int, n: int, value: int) -> None:
    engine = start(ackermann())

    assert engine.run({"m": float(m), "n": float(n)}).outputs == {"value": value}
    assert_nothing_left(engine)


@pytest.mark.parametrize(("build", "expected"), [(collatz, {"steps"}), (ackermann, {"value"})])
def test_the_examples_are_these_graphs(root: Path, build: Callable[[], Graph], expected: set[str]) -> None:
    path = root / "examples" / f"{build().name}.weave.json"
    saved, built = aw.Graph.load(path), build()

    assert saved.subgraphs.keys() == built.subgraphs.keys()
    for one, other in ((saved, built), *((saved.subgraphs[name], built.subgraphs[name]) for name in saved.subgraphs)):
        assert one.wires == other.wires
        assert {node.id: (node.type, node.params) for node in one.nodes.values()} == {
            node.id: (node.type, node.params) for node in other.nodes.values()
        }
    assert set(aw.run(saved).outputs) == expected
