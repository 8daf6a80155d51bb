"""Results that wait to be taken go to disk before memory is used up."""

import logging
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from animaweave.engine.engine import Engine
from tests.engine.lab import Lab, assert_nothing_left

MB = 1 << 20


@pytest.fixture
def arrays(lab: Lab) -> Lab:
    """A lab whose node `make` gives 1 MB."""

    @lab.node
    def make(number: int = 0) -> np.ndarray:
        return np.full(MB // 8, float(number))

    return lab


def graph_of(lab: Lab, results: int) -> Any:
    graph = lab.graph(" ".join(f"m{k}:make" for k in range(results)))
    for number in range(results):
        graph.set_param(f"m{number}", "number", number)
    return graph


def is_mapped(array: np.ndarray) -> bool:
    owner: Any = array
    while isinstance(owner, np.ndarray):
        owner = owner.base
    return type(owner).__name__ == "mmap"


def test_results_of_a_run_beyond_the_budget_lie_on_disk_and_are_what_they_were(arrays: Lab) -> None:
    with Engine(arrays.compile(graph_of(arrays, 10)), 1, memory_budget=3 * MB) as engine:
        result = engine.run()
        assert_nothing_left(engine)

    assert result.peak_bytes <= 5 * MB
    assert sum(map(is_mapped, result.outputs.values())) >= 6
    for number in range(10):
        array = result.outputs[f"m{number}.result"]
        assert array[0] == array[-1] == number
        assert not array.flags.writeable


def test_within_the_budget_nothing_is_moved(arrays: Lab) -> None:
    with Engine(arrays.compile(graph_of(arrays, 10)), 1, memory_budget=11 * MB) as engine:
        assert not any(map(is_mapped, engine.run().outputs.values()))


def test_a_stream_begins_no_further_epoch_above_the_budget(arrays: Lab) -> None:
    taken: list[int] = []

    def rows() -> Any:
        for number in range(6):
            taken.append(number)
            yield {"m0.number": number}

    with Engine(arrays.compile(graph_of(arrays, 1)), 1, memory_budget=MB // 2) as engine:
        results = engine.stream(rows(), in_flight=4)
        first = next(results)
        assert first.outputs["m0.result"][0] == 0
        assert taken == [0]
        assert [result.outputs["m0.result"][0] for result in results] == [1, 2, 3, 4, 5]
        assert_nothing_left(engine)


def test_a_disk_that_is_full_is_told_once_and_results_stay_in_memory(
    arrays: Lab, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "not there"))
    with caplog.at_level(logging.WARNING), Engine(arrays.compile(graph_of(arrays, 6)), 1, memory_budget=MB) as engine:
        result = engine.run()

    assert len(result.outputs) == 6
    assert not any(map(is_mapped, result.outputs.values()))
    assert [line for line in caplog.messages if "cannot be moved to disk" in line] == [caplog.messages[0]]
