"""Streams whose inputs are long in coming: results do not wait for them, and they do not wait for results."""

import threading
from collections.abc import Iterator
from queue import SimpleQueue
from typing import Any

import pytest

from animaweave.engine.engine import Engine
from animaweave.errors import InputError
from tests.engine.lab import PATIENCE_S, Gate, Lab, assert_nothing_left, until


class Inputs:
    """Sets of inputs that somebody still thinks up; None is the end."""

    def __init__(self) -> None:
        self.queue: SimpleQueue[dict[str, Any] | None] = SimpleQueue()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        while (given := self.queue.get(timeout=PATIENCE_S)) is not None:
            yield given

    def is_ready(self) -> bool:
        """Whether there is one."""
        return not self.queue.empty()

    def put(self, *values: int) -> None:
        """Give inputs."""
        for value in values:
            self.queue.put({"a.a": value})


@pytest.mark.parametrize("workers", [1, 3])
def test_results_are_given_before_the_next_inputs_are_there(lab: Lab, workers: int) -> None:
    inputs = Inputs()
    with Engine(lab.compile(lab.graph("a:plus")), workers) as engine:
        results = engine.stream(inputs, in_flight=4, is_ready=inputs.is_ready)
        for value in range(5):
            inputs.put(value)
            assert next(results).outputs == {"a.result": value + 10}
        inputs.put(5, 6, 7)
        inputs.queue.put(None)
        assert [result.outputs["a.result"] for result in results] == [15, 16, 17]
        assert_nothing_left(engine)


def test_inputs_that_come_while_epochs_are_under_way_begin_at_once(lab: Lab) -> None:
    inputs, begun = Inputs(), [threading.Event() for _ in range(4)]

    @lab.node
    def begin(a: int = 0) -> int:
        begun[a].set()
        return a

    @lab.node
    def end(a: int = 0) -> int:
        inputs.put(a + 1)  # Only now the next one is thought up.
        assert begun[a + 1].wait(PATIENCE_S)
        return a

    graph = lab.graph("a:begin b:end", "a.result b.a", b={"placement": "thread"})
    with Engine(lab.compile(graph), 1) as engine:
        results = engine.stream(inputs, in_flight=2, is_ready=inputs.is_ready)
        inputs.put(0)
        assert [next(results).outputs["b.result"] for _ in range(3)] == [0, 1, 2]
        results.close()
        assert_nothing_left(engine)


def test_no_more_are_under_way_than_asked_for(lab: Lab) -> None:
    inputs, gate = Inputs(), Gate()

    @lab.node
    def stay(a: int = 0) -> int:
        gate()
        return a

    inputs.put(*range(6))
    inputs.queue.put(None)
    with Engine(lab.compile(lab.graph("a:stay", a={"placement": "thread"})), 1) as engine:
        results = engine.stream(inputs, in_flight=2, is_ready=inputs.is_ready)
        first = threading.Thread(target=next, args=(results,))
        first.start()
        gate.await_arrival()
        until(lambda: len(engine.runs) == 2)
        assert inputs.queue.qsize() == 5
        gate.open()
        first.join(PATIENCE_S)
        assert len(list(results)) == 5


def test_wrong_inputs_are_told_after_the_results_before_them(lab: Lab) -> None:
    inputs = Inputs()
    with Engine(lab.compile(lab.graph("a:plus")), 2) as engine:
        results = engine.stream(inputs, is_ready=inputs.is_ready)
        inputs.put(1)
        inputs.queue.put({"gone.a": 1})
        assert next(results).outputs == {"a.result": 11}
        with pytest.raises(InputError, match="gone"):
            next(results)
        assert_nothing_left(engine)
