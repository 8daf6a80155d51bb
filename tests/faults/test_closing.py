"""Engines that are closed while nodes run that do not look at their context: what these do later harms nothing."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from animaweave.engine.engine import Engine
from animaweave.errors import EngineError
from tests.engine.lab import PATIENCE_S, Gate, Lab, assert_nothing_left, until


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def lab(gate: Gate) -> Lab:
    lab = Lab()

    @lab.node
    def deaf(value: int = 0) -> int:
        gate()
        return value

    @lab.node
    class DeafWithState:
        """Counts."""

        def __call__(self, value: int = 0) -> int:
            gate()
            return value

    @lab.node
    async def deaf_on_the_loop(value: int = 0) -> int:
        gate()
        return value

    @lab.node
    def deaf_and_bad(value: int = 0) -> int:
        gate()
        raise ValueError("no good")

    return lab


def run(engine: Engine) -> list[str]:
    return [engine.run().status]


def submit(engine: Engine) -> list[str]:
    return [engine.submit().result(PATIENCE_S).status]


def stream(engine: Engine) -> list[str]:
    found: list[str] = []

    def rows() -> Iterator[dict[str, Any]]:
        for number in range(4):
            yield {"a.value": number}

    with pytest.raises(EngineError, match="closed"):
        found.extend(result.status for result in engine.stream(rows(), in_flight=3))
    return found


CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "inline": ("deaf", {}),
    "thread": ("deaf", {"placement": "thread"}),
    "timeout": ("deaf", {"timeout": 1000.0}),
    "tried again": ("deaf_and_bad", {"retry": {"attempts": 3}}),
    "default": ("deaf_and_bad", {"on_error": {"default": {"result": 1}}}),
    "state": ("deaf_with_state", {}),
    "loop": ("deaf_on_the_loop", {}),
}


@pytest.mark.parametrize("how", [run, submit, stream])
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("case", CASES)
def test_a_node_that_ends_when_its_engine_is_closed_harms_nothing(
    lab: Lab, gate: Gate, case: str, workers: int, how: Callable[[Engine], list[str]], caplog: pytest.LogCaptureFixture
) -> None:
    type_, settings = CASES[case]
    graph = lab.graph(f"a:{type_} b:echo c:one d:total", "a.result b.value", "b.result d.items[0]", a=settings)
    threads, found = threading.active_count(), []
    engine = lab.engine(graph, workers)
    follower = threading.Thread(target=lambda: found.extend(how(engine)))
    follower.start()
    gate.await_arrival()

    engine.close(grace_s=0.0)
    gate.open()
    follower.join(PATIENCE_S)

    assert set(found) == {"cancelled"}
    assert "failed" not in caplog.text
    until(lambda: threading.active_count() == threads)
    assert_nothing_left(engine)
