"""Values are looked at as they pass, and nothing else is different."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from animaweave.engine.compiler.compile import compile as compile_graph
from animaweave.engine.compiler.plan import Plan
from animaweave.engine.engine import Engine
from animaweave.engine.observe.taps import Taps
from tests.engine.lab import Lab, Pair

Start = Callable[..., Engine]


def plan_of(lab: Lab, nodes: str, *wires: str, **how: Any) -> Plan:
    return compile_graph(lab.graph(nodes, *wires, **how), registry=lab.registry, partial=True)


def taken(taps: Taps) -> dict[str, Any]:
    return {f"{node.id}.{port.name}": value for node, outputs in taps.take() for port, value in outputs}


def test_what_was_asked_for_is_kept_once_and_nothing_else(lab: Lab) -> None:
    taps = Taps(plan_of(lab, "a:one p:plus t:pair n:nothing", "a.result p.a", "p.result t.value", "p.result n.value"))
    with Engine(taps.plan) as engine:
        engine.run()
        assert taken(taps) == {}
        taps.ask()
        engine.run()
        engine.run()
        assert taken(taps) == {"a.result": 1, "p.result": 11, "t.left": 11, "t.right": -11}
        assert taken(taps) == {}


def test_who_stops_half_way_gets_the_rest_later(lab: Lab) -> None:
    taps = Taps(plan_of(lab, "a:one b:one c:one"))
    taps.ask()
    with Engine(taps.plan) as engine:
        engine.run()
    first = next(taps.take())[0].id
    assert {first, *(node.id for node, _ in taps.take())} == {"a", "b", "c"}


def test_signals_failures_and_values_that_never_came_are_not_kept(lab: Lab) -> None:
    taps = Taps(
        plan_of(
            *(lab, "s:switch f:fail g:fail_twice b:pair", "f.result b.value"),
            controls=("s.yes f.trigger",),
            b={"bypass": True},
        )
    )
    taps.ask()
    with Engine(taps.plan) as engine:
        result = engine.run()
    assert set(result.errors) == {"f", "g"}
    assert taken(taps) == {}


def test_a_result_that_is_not_what_was_declared_is_the_nodes_failure_alone(lab: Lab) -> None:
    @lab.node
    def lie_twice() -> Pair:
        """Give one."""
        return 1  # type: ignore[return-value]

    taps = Taps(plan_of(lab, "b:lie_twice"))
    taps.ask()
    with Engine(taps.plan) as engine:
        assert set(engine.run().errors) == {"b"}
    assert taken(taps) == {}


def test_values_are_freed_as_they_are_without_taps(lab: Lab) -> None:
    @lab.node
    def big() -> np.ndarray[Any, Any]:
        """A kilobyte."""
        return np.zeros(1_000, np.uint8)

    @lab.node
    def size(value: np.ndarray[Any, Any]) -> int:
        """Count."""
        return value.size

    plan = plan_of(lab, "b:big s:size", "b.result s.value")
    figures = []
    for each in (plan, Taps(plan).plan):
        with Engine(each) as engine:
            result = engine.run()
            figures.append((result.outputs, result.bytes_freed, result.peak_bytes, engine.live_bytes))
    assert figures[0] == figures[1] == ({"s.result": 1_000}, 1_000, 1_000, 0)


def test_converters_are_left_alone(lab: Lab) -> None:
    graph = lab.graph("l:image.load c:image.gaussian", "l.image c.image")
    plan = compile_graph(graph, registry=lab.registry, partial=True)
    assert [node.is_converter for node in plan.nodes] == [False, True, False]
    taps = Taps(plan)
    assert [node.tap is not None for node in taps.plan.nodes] == [True, False, True]


@pytest.mark.parametrize("nodes", ["", "n:nothing"])
def test_a_plan_without_outputs_has_nothing_to_tap(lab: Lab, nodes: str) -> None:
    plan = plan_of(lab, nodes)
    assert Taps(plan).plan == plan
