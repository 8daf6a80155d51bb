"""Slots and their bytes: freed at the last use, exactly."""

from typing import Any

import numpy as np
import pytest

from animaweave.engine.bus.slots import Bus, Slots
from animaweave.engine.bus.weight import share
from animaweave.errors import BusError
from tests.engine.lab import Lab

MEGABYTE = 1_000_000


@pytest.fixture
def arrays(lab: Lab) -> Lab:
    """A lab with nodes that make and change arrays of a megabyte."""

    @lab.node
    def make(fill: int = 0) -> np.ndarray:
        return np.full(MEGABYTE, fill, np.uint8)

    @lab.node
    def change(value: np.ndarray) -> np.ndarray:
        return value + np.uint8(1)

    @lab.node
    def view(value: np.ndarray) -> np.ndarray:
        return value[::2]

    @lab.node
    def size(value: np.ndarray) -> int:
        return int(value.sum())

    return lab


def chain(lab: Lab, length: int) -> Any:
    graph = lab.graph("n0:make")
    for number in range(1, length):
        graph.add("lab.change", id=f"n{number}")
        graph.connect(f"n{number - 1}.result", f"n{number}.value")
    return graph


@pytest.mark.parametrize("retry", [None, {"attempts": 2}], ids=["short way", "full way"])
@pytest.mark.parametrize("length", [2, 3, 50])
def test_a_chain_of_arrays_holds_at_most_two(arrays: Lab, length: int, retry: Any) -> None:
    graph = chain(arrays, length)
    for node in graph.nodes:
        graph.set_run(node, retry=retry)

    result = arrays.run(graph)

    assert result.peak_bytes == 2 * MEGABYTE
    assert result.bytes_freed == (length - 1) * MEGABYTE, "the last one is handed over"
    assert result.outputs[f"n{length - 1}.result"][0] == (length - 1) % 256


def test_an_array_to_twenty_consumers_is_one_buffer(arrays: Lab) -> None:
    graph = arrays.graph("n:make")
    for number in range(20):
        graph.add("lab.size", id=f"s{number}")
        graph.connect("n.result", f"s{number}.value")

    result = arrays.run(graph, workers=2)

    assert result.peak_bytes == MEGABYTE
    assert result.bytes_freed == MEGABYTE


def test_views_of_an_array_weigh_nothing_more_and_keep_it(arrays: Lab) -> None:
    graph = arrays.graph("a:make b:view c:view d:size", "a.result b.value", "b.result c.value", "c.result d.value")

    with arrays.engine(graph, workers=1) as engine:
        result = engine.run()
        rows = dict(zip([node.id for node in engine.plan.nodes], engine.metrics(), strict=True))

    assert result.peak_bytes == MEGABYTE
    assert result.bytes_freed == MEGABYTE
    assert {node: int(row["bytes_out"]) for node, row in rows.items()} == {"a": MEGABYTE, "b": 0, "c": 0, "d": 0}
    assert {node: int(row["bytes_freed"]) for node, row in rows.items()} == {"a": 0, "b": 0, "c": MEGABYTE, "d": 0}


def test_an_array_in_a_container_weighs_once_with_the_container(arrays: Lab) -> None:
    @arrays.node
    def wrap(value: np.ndarray) -> list[Any]:
        return [value, {"again": value}]

    @arrays.node
    def unwrap(values: list[Any]) -> int:
        return int(values[0].sum())

    graph = arrays.graph("a:make b:wrap c:unwrap", "a.result b.value", "b.result c.values")

    result = arrays.run(graph)

    assert MEGABYTE < result.peak_bytes < MEGABYTE + 1000
    assert result.bytes_freed == result.peak_bytes


def test_a_result_keeps_what_it_holds_and_the_bus_does_not(arrays: Lab) -> None:
    with arrays.engine(chain(arrays, 3)) as engine:
        first = engine.run()
        assert engine.live_bytes == 0
        second = engine.run()

        assert first.outputs["n2.result"].sum() == second.outputs["n2.result"].sum() == 2 * MEGABYTE
        assert engine.freed_bytes == 4 * MEGABYTE


def test_an_output_that_is_both_result_and_input_stays_to_the_end(arrays: Lab) -> None:
    graph = arrays.graph("a:make b:size out:graph.output", "a.result b.value", "a.result out.value")

    result = arrays.run(graph)

    assert result.outputs["out"].nbytes == MEGABYTE
    assert result.bytes_freed == 0


def test_an_output_that_nobody_reads_is_freed_at_once(arrays: Lab) -> None:
    graph = arrays.graph("a:make b:one out:graph.output", "b.result out.value")

    result = arrays.run(graph)

    assert result.outputs == {"out": 1}
    assert result.bytes_freed == MEGABYTE


def test_a_skipped_consumer_frees_its_slot(arrays: Lab) -> None:
    graph = arrays.graph("a:make s:switch off:size", "a.result off.value", controls=("s.no off.trigger",))

    result = arrays.run(graph)

    assert result.nodes["off"].state == "skipped"
    assert result.bytes_freed == MEGABYTE


def test_a_failed_consumer_frees_its_slot(arrays: Lab) -> None:
    result = arrays.run(arrays.graph("a:make bad:fail", "a.result bad.value"))

    assert result.bytes_freed == MEGABYTE


@pytest.mark.parametrize("retry", [None, {"attempts": 2}], ids=["short way", "full way"])
def test_a_node_that_writes_in_its_input_fails_with_numpys_error(arrays: Lab, retry: Any) -> None:
    @arrays.node
    def scribble(value: np.ndarray) -> int:
        value[0] = 1
        return 1

    graph = arrays.graph(
        "a:make bad:scribble good:size", "a.result bad.value", "a.result good.value", bad={"retry": retry}
    )

    result = arrays.run(graph)

    assert str(result.errors["bad"]) == "ValueError: assignment destination is read-only"
    assert result.errors["bad"].node == "bad"
    assert result.outputs == {"good.result": 0}


def test_arrays_inside_of_containers_are_read_only_too(arrays: Lab) -> None:
    @arrays.node
    def wrap() -> dict[str, Any]:
        return {"deep": [(np.zeros(3),)]}

    @arrays.node
    def scribble(value: dict[str, Any]) -> int:
        value["deep"][0][0][0] = 1
        return 1

    result = arrays.run(arrays.graph("a:wrap b:scribble", "a.result b.value"))

    assert result.errors["b"].message == "assignment destination is read-only"


def test_a_node_may_go_on_writing_in_an_array_that_it_made_for_itself(arrays: Lab) -> None:
    @arrays.node
    def work() -> int:
        array = np.zeros(3)
        array += 1
        return int(array.sum())

    assert arrays.run(arrays.graph("a:work")).outputs == {"a.result": 3}


def test_the_engine_copies_no_array(arrays: Lab) -> None:
    seen: list[int] = []

    @arrays.node
    def address(value: np.ndarray) -> np.ndarray:
        seen.append(value.__array_interface__["data"][0])
        return value

    graph = arrays.graph("a:make b:address c:address", "a.result b.value", "b.result c.value")
    result = arrays.run(graph)

    assert len({*seen, result.outputs["c.result"].__array_interface__["data"][0]}) == 1


# ---------------------------------------------------------------- by hand


def slots_of(lab: Lab) -> tuple[Slots, Bus, int]:
    plan = lab.compile(lab.graph("a:one b:need c:need", "a.result b.value", "a.result c.value"))
    bus = Bus()
    slot = next(s for s, producer in enumerate(plan.producers) if producer == (0, "result"))
    return Slots(plan, bus), bus, slot


def test_the_last_reference_given_back_frees_the_value(lab: Lab) -> None:
    slots, bus, slot = slots_of(lab)
    dropped: list[Any] = []
    value, weight = share(np.zeros(10))
    assert slots.put(slot, value, weight) == 80

    assert slots.release(slot, dropped) == 0
    assert slots.release(slot, dropped) == 80

    assert dropped[0] is value
    assert slots.values[slot] is None
    assert (bus.live_bytes, bus.peak_bytes, bus.freed_bytes) == (0, 80, 80)
    assert (slots.freed_bytes, slots.peak_bytes) == (80, 80)


def test_a_reference_too_many_is_an_error_that_names_node_and_port(lab: Lab) -> None:
    slots, _, slot = slots_of(lab)
    slots.release(slot, [])
    slots.release(slot, [])

    with pytest.raises(BusError, match=r"^a\.result: given back more often than it is used$"):
        slots.release(slot, [])


def test_a_value_that_others_still_read_is_not_handed_over(lab: Lab) -> None:
    slots, _, slot = slots_of(lab)

    with pytest.raises(BusError, match=r"^a\.result: 2 references at the end of the run, expected 1$"):
        slots.hand_over(slot)


def test_a_buffer_goes_with_the_last_slot_that_uses_it() -> None:
    bus = Bus()
    array = np.zeros(100, np.uint8)
    weights = [share(part)[1] for part in (array, array[10:], [array, array[5:]])]
    own = weights[2].own

    assert [bus.add(weight) for weight in weights] == [100, 0, own]
    assert bus.live_bytes == 100 + own
    assert [bus.remove(weight) for weight in weights] == [0, 0, 100 + own]
    assert bus.live_bytes == 0
