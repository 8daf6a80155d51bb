"""Values held against what nodes declare: who breaks its own declaration fails, and nobody else is blamed."""

from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple, TypeVar

import numpy as np
import pytest
from hypothesis import given
from jaxtyping import Float32

from animaweave.engine.engine import Engine
from animaweave.engine.result import Result
from animaweave.graph.document import Graph
from tests.engine.graphs import Spec, build, declare, specs
from tests.engine.lab import Lab, assert_nothing_left, states
from tests.engine.reference import interpret
from tests.engine.test_random_graphs import weights

T = TypeVar("T")
Array = np.ndarray[Any, Any]


class Halves(NamedTuple):
    """Two pictures of one size."""

    left: Float32[np.ndarray, "h w"]
    right: Float32[np.ndarray, "h w"]


def strictly(lab: Lab, graph: Graph, workers: int = 2) -> Result:
    with Engine(lab.compile(graph), workers, strict=True) as engine:
        result = next(engine.stream(in_flight=1)) if engine.plan.sources else engine.run()
        assert_nothing_left(engine)
    return result


@pytest.fixture
def lab() -> Lab:
    lab = Lab()
    kelvin = Annotated[float, lab.vessel.label("Kelvin")]

    @lab.node
    def picture(rows: int = 2, columns: int = 3) -> Float32[np.ndarray, "h w"]:
        return np.ones((rows, columns), np.float32)

    @lab.node
    def text() -> int:
        return "seven"  # type: ignore[return-value]

    @lab.node(placement="thread")
    def on_a_thread() -> int:
        return "seven"  # type: ignore[return-value]

    @lab.node
    async def on_the_loop() -> int:
        return "seven"  # type: ignore[return-value]

    @lab.node
    class WithState:
        """Lies."""

        def __call__(self) -> int:
            return "seven"  # type: ignore[return-value]

    @lab.node
    def source() -> Iterator[int]:
        yield "seven"  # type: ignore[misc]

    @lab.node
    def items() -> list[int]:
        return [1, "two"]  # type: ignore[list-item]

    @lab.node
    def doubles() -> Float32[np.ndarray, "h w"]:
        return np.ones((2, 3))

    @lab.node
    def cut(image: Float32[np.ndarray, "h w"]) -> Float32[np.ndarray, "h w"]:
        return image[1:]

    @lab.node
    def uneven() -> Halves:
        return Halves(np.ones((2, 3), np.float32), np.ones((2, 4), np.float32))

    @lab.node
    def add(a: Float32[np.ndarray, "h w"], b: Float32[np.ndarray, "h w"]) -> Float32[np.ndarray, "h w"]:
        return a[:1] + b[:1]

    @lab.node
    def first(things: list[T]) -> T:
        return things[0]

    @lab.node
    def number(value: float) -> kelvin:
        return value

    return lab


LIES = {
    "a:text": 'output `result` is not as the node declares it: expected a whole number, found "seven"',
    "a:on_a_thread": "expected a whole number",
    "a:on_the_loop": "expected a whole number",
    "a:with_state": "expected a whole number",
    "a:source": "expected a whole number",
    "a:items": "expected a list of whole numbers",
    "a:doubles": "found an array of 64-bit floats",
    "a:uneven": (
        'output `right` is not as the node declares it: expected an array of 32-bit floats of shape "h w", '
        "where h is 2 (`left`) and w is 3 (`left`); found an array of 32-bit floats of shape (2, 4)"
    ),
}


@pytest.mark.parametrize("nodes", LIES)
def test_a_node_that_gives_what_it_does_not_declare_fails(lab: Lab, nodes: str) -> None:
    result = strictly(lab, lab.graph(nodes))
    assert LIES[nodes] in str(result.errors["a"])


@pytest.mark.parametrize("nodes", LIES)
def test_otherwise_nobody_looks(lab: Lab, nodes: str) -> None:
    with lab.engine(lab.graph(nodes)) as engine:
        result = next(engine.stream()) if engine.plan.sources else engine.run()
    assert result.status == "success"


def test_the_node_is_blamed_that_lies_and_none_behind_it(lab: Lab) -> None:
    graph = lab.graph("a:doubles b:cut", "a.result b.image")
    result = strictly(lab, graph)
    assert list(result.errors) == ["a"]
    assert states(result) == {"a": "failed", "b": "skipped"}


def test_a_dimension_has_one_size_in_a_call(lab: Lab) -> None:
    result = strictly(lab, lab.graph("a:picture b:cut", "a.result b.image"))
    assert list(result.errors) == ["b"]
    assert "where h is 2 (`image`) and w is 3 (`image`); found an array of 32-bit floats of shape (1, 3)" in str(
        result.errors["b"]
    )


def test_inputs_that_do_not_go_together_are_told_before_the_node_runs(lab: Lab) -> None:
    graph = lab.graph("a:picture b:picture c:add", "a.result c.a", "b.result c.b")
    graph.set_param("b", "rows", 3)
    (error,) = strictly(lab, graph).errors.values()
    assert error.node == "c"
    assert str(error).startswith("ValueMismatch: input `b`: expected") or "input `b`: expected" in str(error)


def test_what_a_subgraph_gives_is_held_against_the_node_inside(lab: Lab) -> None:
    graph = lab.graph("u:graph.inner n:number")
    inner = Graph()
    inner.add("lab.text", id="t")
    inner.add("graph.output", id="out")
    inner.connect("t.result", "out.value")
    graph.add_subgraph("inner", inner)
    graph.connect("u.out", "n.value")
    assert list(strictly(lab, graph).errors) == ["u/t"]


def test_a_node_in_a_worker_process_is_held_to_it_too(lab: Lab) -> None:
    graph = Graph()
    graph.add("image.load", id="l", params={"path": "no_such.png"})
    graph.add("image.gaussian", id="g")
    graph.connect("l.image", "g.image")
    result = strictly(lab, graph)
    assert list(result.errors) == ["l"], "what fails for another reason fails for that"


@pytest.fixture(scope="module")
def random_lab() -> Lab:
    made = Lab()
    declare(made)
    return made


@given(nodes=specs())
def test_graphs_whose_nodes_keep_to_what_they_declare_run_as_ever(random_lab: Lab, nodes: list[Spec]) -> None:
    expected = interpret(nodes)
    with Engine(random_lab.compile(build(nodes)), 2, strict=True) as engine:
        result = engine.run()
        assert_nothing_left(engine)
    assert (weights(result), states(result)) == (expected.outputs, expected.states)
