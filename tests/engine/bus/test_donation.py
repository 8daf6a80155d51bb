"""Which arrays may be overwritten by the node that says it wants to."""

from typing import Any

import numpy as np
import pytest

from tests.engine.lab import Lab, assert_nothing_left

kept: list[Any] = []


@pytest.fixture
def arrays(lab: Lab) -> Lab:
    """A lab whose node `add_one` works in place where it may."""
    kept.clear()

    @lab.node
    def make() -> np.ndarray:
        return np.zeros(1000)

    @lab.node
    def make_and_keep() -> np.ndarray:
        kept.append(np.zeros(1000))
        return kept[0]

    @lab.node
    def make_view() -> np.ndarray:
        return np.zeros((2, 1000))[0]

    @lab.node(donates="array")
    def add_one(array: np.ndarray) -> np.ndarray:
        writes.append(array.flags.writeable)
        if not array.flags.writeable:
            return array + 1
        array += 1
        return array

    @lab.node
    def summed(value: Any) -> float:
        return float(value.sum())

    writes.clear()
    return lab


writes: list[bool] = []


def ran(lab: Lab, nodes: str, *wires: str, workers: int = 1, **run: Any) -> dict[str, Any]:
    with lab.engine(lab.graph(nodes, *wires, **run), workers) as engine:
        outputs = dict(engine.run().outputs)
        assert_nothing_left(engine)
    return outputs


@pytest.mark.parametrize("placement", ["inline", "thread"])
def test_the_last_consumer_works_in_place(arrays: Lab, placement: str) -> None:
    settings = {"placement": placement}
    outputs = ran(arrays, "m:make a:add_one t:summed", "m.result a.array", "a.result t.value", a=settings)

    assert outputs == {"t.result": 1000.0}
    assert writes == [True]


def test_a_chain_of_them_has_one_buffer(arrays: Lab) -> None:
    nodes = "m:make " + " ".join(f"a{k}:add_one" for k in range(20))
    wires = ["m.result a0.array", *(f"a{k}.result a{k + 1}.array" for k in range(19))]
    with arrays.engine(arrays.graph(nodes, *wires), 1) as engine:
        result = engine.run()

    assert result.outputs["a19.result"].sum() == 20_000
    assert writes == [True] * 20
    assert result.peak_bytes == 8000


def test_an_array_that_another_node_still_needs_is_left_alone(arrays: Lab) -> None:
    nodes, wires = "m:make a:add_one b:add_one", ("m.result a.array", "m.result b.array")
    outputs = ran(arrays, nodes, *wires)

    assert [array.sum() for array in outputs.values()] == [1000, 1000]
    assert writes == [False, True], "the second of them is the last"


def test_an_array_that_is_a_result_is_left_alone(arrays: Lab) -> None:
    graph = arrays.graph(
        "m:make a:add_one out:graph.output end:graph.output",
        "m.result a.array",
        "m.result out.value",
        "a.result end.value",
    )
    result = arrays.run(graph, workers=1)

    assert result.outputs["out"].sum() == 0
    assert result.outputs["end"].sum() == 1000


def test_an_array_that_its_maker_kept_is_left_alone(arrays: Lab) -> None:
    ran(arrays, "m:make_and_keep a:add_one", "m.result a.array")

    assert writes == [False]
    assert kept[0].sum() == 0


def test_a_part_of_a_larger_array_is_left_alone_or_taken_whole(arrays: Lab) -> None:
    outputs = ran(arrays, "m:make_view a:add_one", "m.result a.array")

    assert outputs["a.result"].sum() == 1000


def test_one_that_may_be_tried_again_gets_its_input_as_it_was(arrays: Lab) -> None:
    ran(arrays, "m:make a:add_one", "m.result a.array", a={"retry": {"attempts": 2}})

    assert writes == [False]


def test_an_array_given_to_the_run_is_left_alone(arrays: Lab) -> None:
    given = np.zeros(1000)
    graph = arrays.graph("in:graph.input a:add_one", "in.value a.array")
    with arrays.engine(graph, 1) as engine:
        assert engine.run({"in": given}).outputs["a.result"].sum() == 1000

    assert given.sum() == 0
    assert writes == [False]
