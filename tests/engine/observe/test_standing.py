"""What nodes are at is seen while they are at it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from animaweave.authoring import Context
from animaweave.engine.engine import Engine
from animaweave.engine.observe.standing import ACTIVITIES, ENDS
from tests.engine.lab import PATIENCE_S, Gate, Lab, until

Start = Callable[..., Engine]


def column(engine: Engine, name: str) -> dict[str, Any]:
    return dict(zip([node.id for node in engine.plan.nodes], engine.metrics()[name].tolist(), strict=True))


def activities(engine: Engine) -> dict[str, str]:
    return {node: ACTIVITIES[code] for node, code in column(engine, "activity").items()}


def ends(engine: Engine) -> dict[str, str]:
    return {node: ENDS[code] for node, code in column(engine, "ended").items()}


@pytest.fixture
def gate(lab: Lab) -> Gate:
    """Where the node `stay` stays, after it has said that it is half-way."""
    gate = Gate()

    @lab.node
    def stay(ctx: Context, value: Any = None) -> Any:
        ctx.progress(0.5, "half-way")
        gate()
        return value

    return gate


def test_a_run_that_is_held_up_shows_who_computes_who_waits_and_who_starves(lab: Lab, start: Start, gate: Gate) -> None:
    graph = lab.graph("a:one s:stay join:total behind:need", *("a.result s.value", "a.result join.items[0]"),
                      *("s.result join.items[1]", "join.result behind.value"))  # fmt: skip
    engine = start(graph)
    assert set(activities(engine).values()) == {"idle"}
    assert set(ends(engine).values()) == {""}

    run = engine.submit()
    gate.await_arrival()

    assert activities(engine) == {"a": "idle", "s": "computes", "join": "blocked", "behind": "starves"}
    assert column(engine, "depth") == {"a": 0, "s": 0, "join": 1, "behind": 0}
    assert ends(engine) == {"a": "completed", "s": "", "join": "", "behind": ""}
    progress = column(engine, "progress")
    assert progress.pop("s") == 0.5
    assert np.isnan(list(progress.values())).all()

    gate.open()
    assert run.result(PATIENCE_S).status == "success"
    assert set(activities(engine).values()) == {"idle"}
    assert set(ends(engine).values()) == {"completed"}
    assert np.isnan(list(column(engine, "progress").values())).all()


def test_an_epoch_behind_another_one_waits_in_the_mailbox(lab: Lab, start: Start, gate: Gate) -> None:
    engine = start(lab.graph("a:one s:stay", "a.result s.value"))
    first = engine.submit()
    gate.await_arrival()
    second = engine.submit()

    until(lambda: column(engine, "depth")["s"] == 1)
    assert activities(engine) == {"a": "idle", "s": "computes"}

    gate.open()
    assert first.result(PATIENCE_S).status == second.result(PATIENCE_S).status == "success"
    assert column(engine, "depth") == {"a": 0, "s": 0}
    assert column(engine, "depth_peak") == {"a": 1, "s": 1}


def test_how_nodes_ended_is_of_the_last_epoch_while_the_next_one_has_not_come_so_far(
    lab: Lab, start: Start, gate: Gate
) -> None:
    graph = lab.graph("sw:switch s:stay behind:need bad:fail off:one", "s.result behind.value",
                      controls=("sw.no off.trigger",))  # fmt: skip
    engine = start(graph)
    run = engine.submit()
    gate.await_arrival()
    run.cancel()
    gate.open()
    assert run.wait(PATIENCE_S)
    run.result()
    first = ends(engine)
    assert (first["s"], first["behind"]) == ("completed", "cancelled")

    gate.reached.clear()
    gate.opened.clear()
    run = engine.submit()
    gate.await_arrival()
    until(lambda: ends(engine)["off"] == "skipped")
    now = ends(engine)
    assert (now["behind"], now["bad"], now["sw"]) == ("cancelled", "failed", "completed")

    gate.open()
    run.result(PATIENCE_S)
    assert ends(engine) == {
        "sw": "completed",
        "s": "completed",
        "behind": "completed",
        "bad": "failed",
        "off": "skipped",
    }
    engine.reset_metrics()
    assert set(ends(engine).values()) == {""}
