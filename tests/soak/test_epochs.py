"""Very many epochs in which nodes fail: nothing is lost, nothing leaks. `make soak` runs a million of them."""

import gc
import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tests.engine.lab import Lab, assert_nothing_left
from tests.soak.endurance import resident_bytes

EPOCHS = int(os.environ.get("SOAK_EPOCHS", "20000"))


@pytest.fixture
def lab() -> Lab:
    lab = Lab()

    @lab.node
    def array(number: int = 0) -> np.ndarray:
        return np.full(50, number)

    @lab.node
    def picky(values: np.ndarray) -> int:
        if values[0] % 7 == 3:
            raise ValueError("a number that it does not like")
        return int(values.sum())

    @lab.node
    def unsteady(value: int) -> int:
        tries[value] += 1
        if value % 5 == 0 and tries[value] == 1:
            raise OSError("busy")
        del tries[value]
        return value

    @lab.node
    class Tally:
        """How many came."""

        def __init__(self) -> None:
            self.count = 0

        def __call__(self, value: int) -> int:
            self.count += 1
            return self.count

    @lab.node
    def instead(error: Any) -> str:
        return str(error.type)

    tries: Counter[int] = Counter()
    return lab


def graph_of(lab: Lab) -> Any:
    """A failure that is read, one that is tried again, one with a default, a branch that closes, a state."""
    return lab.graph(
        "a:array p:picky q:picky say:instead u:unsteady t:tally s:switch off:need end:total",
        *("a.result p.values", "a.result q.values", "p.error say.error", "p.result u.value", "u.result t.value"),
        *("q.result end.items[0]", "a.result off.value"),
        controls=("s.no off.trigger",),
        q={"on_error": {"default": {"result": -1}}},
        u={"retry": {"attempts": 2}},
    )


def rows(count: int) -> Iterator[dict[str, int]]:
    return ({"a.number": number} for number in range(count))


def test_of_very_many_epochs_with_failures_none_is_lost_and_nothing_leaks(lab: Lab) -> None:
    tallied = likes = read = defaults = 0
    sizes: list[int] = []
    with lab.engine(graph_of(lab), 2) as engine:
        for number, result in enumerate(engine.stream(rows(EPOCHS), in_flight=4)):
            outputs = result.outputs
            assert result.status == "success", (number, result.errors)
            if number % 7 == 3:
                assert outputs["say.result"] == "ValueError"
                assert outputs["end.result"] == -1
                read, defaults = read + 1, defaults + 1
            else:
                tallied += 1
                assert outputs["t.result"] == tallied, number
                assert outputs["end.result"] == 50 * number
                likes += 1
            if number % max(1, EPOCHS // 20) == 0:
                sizes.append(resident_bytes())
        assert_nothing_left(engine)
        table = {node.id: row for node, row in zip(engine.plan.nodes, engine.metrics(), strict=True)}

    assert likes + read == EPOCHS
    assert table["p"]["failures"] == table["q"]["failures"] == defaults
    assert table["off"]["skips"] == EPOCHS
    assert table["t"]["runs"] == tallied
    early = max(sizes[len(sizes) // 4 : len(sizes) // 2], default=0)
    print(
        f"{EPOCHS:,} epochs, {defaults:,} with failures; "
        f"{early / 2**20:.1f} MB early, {sizes[-1] / 2**20:.1f} MB at the end"
    )
    assert sizes[-1] <= 1.02 * early + (1 << 20)


def test_ten_thousand_epochs_leave_no_garbage(lab: Lab) -> None:
    with lab.engine(graph_of(lab), 1) as engine:
        for _ in engine.stream(rows(100), in_flight=4):
            pass
        gc.collect()
        gc.disable()
        try:
            for _ in engine.stream(rows(10_000), in_flight=4):
                pass
            found = gc.collect()
        finally:
            gc.enable()

    assert found == 0, f"{found} objects in circles"
