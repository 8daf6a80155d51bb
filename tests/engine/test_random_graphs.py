"""Random graphs against the plain interpreter: values, states, and a bus that is empty afterwards."""

import itertools
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from animaweave.engine.engine import Engine
from animaweave.engine.result import Result
from tests.engine.graphs import KINDS, Spec, Traffic, build, declare, networks, specs, weigh
from tests.engine.lab import PATIENCE_S, Lab, assert_nothing_left, states
from tests.engine.reference import Expected, interpret


@pytest.fixture(scope="module")
def lab() -> Lab:
    """A lab that all examples share."""
    made = Lab()
    declare(made)

    @made.node
    def cancel() -> int:
        engines[0].runs[-1].cancel("a node wished it")
        return 0

    return made


engines: list[Engine] = []


def weights(result: Result) -> dict[str, float]:
    return {name: weigh(value) for name, value in result.outputs.items()}


def assert_held_is_live(engine: Engine, run: Any) -> None:
    """Nothing is left in the slots of a run, nor counted as if it were."""
    assert run.epoch.slots.live() == []
    assert run.epoch.slots.weights == {}
    assert not any(
        value is not None for slot, value in enumerate(run.epoch.slots.values) if _is_output(engine, slot, value)
    )
    assert_nothing_left(engine)


def _is_output(engine: Engine, slot: int, value: Any) -> bool:
    """Whether a slot held something that weighs; signals and numbers may stay where they are."""
    return engine.plan.producers[slot] is not None and hasattr(value, "nbytes")


@given(nodes=specs(), workers=st.integers(1, 3))
def test_every_graph_gives_what_the_interpreter_gives(lab: Lab, nodes: list[Spec], workers: int) -> None:
    expected = interpret(nodes)
    with lab.engine(build(nodes), workers) as engine:
        run = engine.submit()
        handed_over = run.result(PATIENCE_S)
        own = engine.run()

        for result in (handed_over, own):
            assert states(result) == expected.states
            assert weights(result) == expected.outputs
            assert result.status == expected.status
        assert_held_is_live(engine, run)
        freed = engine.freed_bytes
        assert own.bytes_freed == handed_over.bytes_freed == freed / 2
        assert engine.metrics()["bytes_freed"].sum() == freed
        assert own.peak_bytes <= engine.metrics()["bytes_out"].sum() / 2


@given(nodes=specs(most=20), at=st.integers(0, 19), workers=st.integers(1, 3))
def test_a_graph_cancelled_at_any_node_leaves_nothing_and_gives_nothing_wrong(
    lab: Lab, nodes: list[Spec], at: int, workers: int
) -> None:
    expected = interpret(nodes)
    graph = build(nodes)
    graph.add("lab.cancel", id="cancel")
    before = nodes[at % len(nodes)]
    graph.connect_control(f"{before.id}.done", "cancel.trigger")
    graph.set_run("cancel", activation={"trigger": "DECIDED"})
    with lab.engine(graph, workers) as engine:
        engines[:] = [engine]
        run = engine.submit()
        result = run.result(PATIENCE_S)

        assert_held_is_live(engine, run)
        for node, state in states(result).items():
            assert state in ("cancelled", expected.states.get(node, "completed")), node
        for name, weight in weights(result).items():
            assert weight == (0 if name == "cancel.result" else expected.outputs[name])


@given(nodes=specs(most=8))
def test_concurrent_runs_of_a_graph_give_the_same(lab: Lab, nodes: list[Spec]) -> None:
    expected = interpret(nodes)
    wrong: list[Any] = []
    with lab.engine(build(nodes), 2) as engine:

        def work() -> None:
            for _ in range(3):
                result = engine.run()
                if (states(result), weights(result), result.status) != (
                    expected.states, expected.outputs, expected.status,
                ):  # fmt: skip
                    wrong.append((states(result), weights(result), result.status))

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []
        assert_nothing_left(engine)


@given(nodes=specs(most=8), data=st.data())
def test_only_what_the_targets_need_is_run(lab: Lab, nodes: list[Spec], data: st.DataObject) -> None:
    outputs = [f"{spec.id}.{port}" for spec in nodes for port in KINDS[spec.kind].gives]
    if not outputs:
        return
    targets = data.draw(st.lists(st.sampled_from(outputs), min_size=1, max_size=2, unique=True))
    needed: set[str] = set()
    waiting = [target.partition(".")[0] for target in targets]
    by_id = {spec.id: spec for spec in nodes}
    while waiting:
        node = waiting.pop()
        if node not in needed:
            needed.add(node)
            sources = (*by_id[node].data.values(), *by_id[node].triggers)
            waiting += [source.partition(".")[0] for source in sources]
    expected = interpret([spec for spec in nodes if spec.id in needed], targets=targets)

    result = lab.run(build(nodes), targets=targets)

    assert states(result) == expected.states
    assert set(result.outputs) <= set(targets)


# ---------------------------------------------------------------- all that there is


@pytest.fixture(scope="module")
def traffic() -> Traffic:
    """Notes when a node that runs alone was not."""
    return Traffic()


@pytest.fixture(scope="module")
def watched(traffic: Traffic) -> Lab:
    """A lab whose nodes are counted while they run."""
    made = Lab()
    declare(made, traffic)
    return made


def assert_as_expected(result: Result, expected: Expected) -> None:
    """States, values and status are right, and each reason names a node that is to blame."""
    assert states(result) == expected.states
    assert weights(result) == expected.outputs
    assert result.status == expected.status
    for name, node in result.nodes.items():
        if node.state == "skipped":
            assert node.reason
            culprits = expected.blame.get(name, ())
            assert any(node.reason == f"upstream `{culprit}` failed" for culprit in culprits) or not culprits
            assert (node.reason == "no node asked for it") == (name in expected.unasked)


@given(nodes=networks(most=10), workers=st.integers(1, 4))
def test_a_network_of_all_there_is_gives_what_the_rules_say(
    watched: Lab, traffic: Traffic, nodes: list[Spec], workers: int
) -> None:
    expected = interpret(nodes)
    with watched.engine(build(nodes), workers) as engine:
        assert_as_expected(engine.run(), expected)
        run = engine.submit()
        assert_as_expected(run.result(PATIENCE_S), expected)
        assert_held_is_live(engine, run)
    assert traffic.clashes == 0


@given(nodes=networks(most=6), workers=st.integers(1, 4), rows=st.lists(st.integers(0, 3), min_size=2, max_size=5))
def test_every_epoch_of_a_stream_gives_what_the_rules_say(
    watched: Lab, traffic: Traffic, nodes: list[Spec], workers: int, rows: list[int]
) -> None:
    numbers = [spec.id for spec in nodes if spec.kind == "number"]
    # Each number differs from the others, and from itself in the next epoch.
    values = [{node: float(row + place) for place, node in enumerate(numbers)} for row in rows]
    with watched.engine(build(nodes), workers) as engine:
        stream = engine.stream([{f"{node}.value": value for node, value in row.items()} for row in values])
        results = list(stream)
        assert_nothing_left(engine)
    assert len(results) == len(rows)
    for result, row in zip(results, values, strict=True):
        assert_as_expected(result, interpret(nodes, row))
    assert traffic.clashes == 0


@given(nodes=networks(most=6), workers=st.integers(1, 4), at=st.integers(0, 40))
def test_a_network_cancelled_at_any_node_leaves_nothing_and_gives_nothing_wrong(
    nodes: list[Spec], workers: int, at: int
) -> None:
    expected = interpret(nodes)
    calls = itertools.count()
    engines: list[Engine] = []

    class Axe(Traffic):
        def _enter(self, function: Any) -> None:
            super()._enter(function)
            if next(calls) == at % (len(nodes) + 1):
                engines[0].runs[-1].cancel("a node wished it")

    axe = Axe()
    lab = Lab()
    declare(lab, axe)
    with lab.engine(build(nodes), workers) as engine:
        engines.append(engine)
        run = engine.submit()
        result = run.result(PATIENCE_S)
        assert_held_is_live(engine, run)
    for node, state in states(result).items():
        assert state in ("cancelled", expected.states[node]), node
    for name, weight in weights(result).items():
        assert weight == expected.outputs[name]
    assert axe.clashes == 0
