"""The actors of a running plan: messages go to them as to any pykka actor, while nodes run."""

import threading
from collections.abc import Callable
from typing import Any

import pykka
import pytest
from pykka import ActorDeadError, ActorRegistry
from pykka._envelope import Envelope

from animaweave.engine.actors.node import NodeActor
from animaweave.engine.engine import Engine
from tests.engine.lab import PATIENCE_S, Gate, Lab, assert_nothing_left, states, until

Start = Callable[..., Engine]


def held(lab: Lab, start: Start, workers: int = 2) -> tuple[Engine, Gate]:
    """An engine whose node `a` stays at a gate."""
    gate = Gate()

    @lab.node
    def hold(value: Any = None) -> int:
        gate()
        return 1

    return start(lab.graph("a:hold b:need c:one", "a.result b.value"), workers=workers), gate


def actor_of(engine: Engine, node: str) -> Any:
    return next(ref for ref in engine._executor.turns.actors if str(ref._actor_weakref()) == f"NodeActor {node}")


def test_each_node_has_an_actor_that_the_registry_finds(lab: Lab, start: Start) -> None:
    engine = start(lab.graph("a:one b:one"))

    found = ActorRegistry.get_by_class(NodeActor)

    assert sorted(map(str, (ref._actor_weakref() for ref in found))) == ["NodeActor a", "NodeActor b"]
    assert {ref.actor_urn for ref in found} == {ref.actor_urn for ref in engine._executor.turns.actors}


def test_ask_and_proxies_are_answered_while_the_engine_runs(lab: Lab, start: Start) -> None:
    engine, gate = held(lab, start)
    run = engine.submit()
    gate.await_arrival()
    actors = engine._executor.turns.actors
    idle = actors[1]

    assert idle.ask({"ask": "node"}, timeout=PATIENCE_S) in ("b", "c")
    assert idle.proxy().node.get(timeout=PATIENCE_S) in ("b", "c")
    gate.open()
    assert run.result(PATIENCE_S).status == "success"
    assert_nothing_left(engine)


def test_a_message_to_a_busy_actor_waits_for_the_end_of_its_node(lab: Lab, start: Start) -> None:
    engine, gate = held(lab, start)
    run = engine.submit()
    gate.await_arrival()
    busy = actor_of(engine, "a")

    replies = [busy.ask({"ask": "node"}, block=False) for _ in range(5)]
    with pytest.raises(pykka.Timeout):
        replies[0].get(timeout=0.001)
    gate.open()

    assert [reply.get(timeout=PATIENCE_S) for reply in replies] == ["a"] * 5
    assert run.result(PATIENCE_S).status == "success"
    assert_nothing_left(engine)


def test_actors_answer_many_messages_while_many_epochs_run(lab: Lab, start: Start) -> None:
    graph = lab.graph("n0:plus")
    for number in range(1, 20):
        graph.add("lab.plus", id=f"n{number}", b=1)
        graph.connect(f"n{number - 1}.result", f"n{number}.a")
    engine = start(graph, workers=3)
    over = threading.Event()
    answers: list[Any] = []

    def ask() -> None:
        while not over.is_set():
            answers.extend(ref.ask({"ask": "node"}, timeout=PATIENCE_S) for ref in engine._executor.turns.actors)

    asker = threading.Thread(target=ask)
    asker.start()
    outputs = [engine.run({"n0.a": number, "n0.b": 0}).outputs["n19.result"] for number in range(300)]
    over.set()
    asker.join()

    assert outputs == [number + 19 for number in range(300)]
    assert set(answers) <= {f"n{number}" for number in range(20)}
    assert len(answers) >= 20
    assert_nothing_left(engine)


def test_other_messages_are_logged_as_pykka_does(lab: Lab, start: Start, caplog: pytest.LogCaptureFixture) -> None:
    engine = start(lab.graph("a:one"))

    assert engine._executor.turns.actors[0].ask("hello", timeout=PATIENCE_S) is None
    assert "Unexpected message received by NodeActor a: hello" in caplog.text


def test_an_actor_stopped_from_outside_fails_its_node_alone(lab: Lab, start: Start) -> None:
    engine = start(lab.graph("a:one b:need c:one", "a.result b.value"))
    victim = actor_of(engine, "a")
    victim.stop(timeout=PATIENCE_S)

    result = engine.run()

    assert states(result) == {"a": "failed", "b": "skipped", "c": "completed"}
    assert str(result.errors["a"]) == "EngineError: the actor of `a` was stopped from outside"
    assert result.status == "partial"
    assert states(engine.run()) == states(result)
    assert_nothing_left(engine)


def test_an_actor_stopped_while_its_node_runs_finishes_it_and_fails_what_waits(lab: Lab, start: Start) -> None:
    engine, gate = held(lab, start, workers=4)
    first = engine.submit()
    gate.await_arrival()
    waiting = [engine.submit() for _ in range(2)]
    victim = actor_of(engine, "a")
    stopping = victim.stop(block=False)
    late = [victim.ask({"ask": "node"}, block=False) for _ in range(3)] if victim.is_alive() else []
    also_waiting = engine.submit()
    gate.open()

    assert first.result(PATIENCE_S).status == "success"
    for run in (*waiting, also_waiting):
        assert run.result(PATIENCE_S).nodes["a"].state in ("failed", "completed")
    assert also_waiting.result().nodes["a"].state == "failed"
    assert stopping.get(timeout=PATIENCE_S)
    for reply in late:
        with pytest.raises(ActorDeadError):
            reply.get(timeout=PATIENCE_S)
    assert_nothing_left(engine)


def test_who_asked_a_stopped_actor_is_told_although_an_epoch_was_in_between(lab: Lab, start: Start) -> None:
    engine, gate = held(lab, start, workers=4)
    first = engine.submit()
    gate.await_arrival()
    victim = actor_of(engine, "a")
    stopping = victim.stop(block=False)
    second = engine.submit()
    until(lambda: second.states()["a"] == "waiting")
    replies = [victim.ask({"ask": "node"}, block=False) for _ in range(3)]
    gate.open()

    assert stopping.get(timeout=PATIENCE_S)
    for reply in replies:
        with pytest.raises(ActorDeadError):
            reply.get(timeout=PATIENCE_S)
    assert first.result(PATIENCE_S).status == "success"
    assert second.result(PATIENCE_S).nodes["a"].state == "failed"
    assert_nothing_left(engine)


def test_a_message_that_reaches_a_stopped_actor_all_the_same_is_answered(lab: Lab, start: Start) -> None:
    engine = start(lab.graph("a:one"))
    ref = engine._executor.turns.actors[0]
    ref.stop(timeout=PATIENCE_S)
    replies = [NodeActor._create_future() for _ in range(200)]
    for reply in replies:  # As by somebody who had looked whether it is alive a moment before.
        ref.actor_inbox.put(Envelope("hello", reply_to=reply))

    for reply in replies:
        with pytest.raises(ActorDeadError):
            reply.get(timeout=PATIENCE_S)
    assert_nothing_left(engine)


def test_a_node_that_asks_another_nodes_actor_is_answered(lab: Lab, start: Start) -> None:
    found: list[Any] = []

    @lab.node
    def ask() -> str:
        answer: str = found[0].ask({"ask": "node"}, timeout=PATIENCE_S)
        return answer

    engine = start(lab.graph("a:ask b:one"), workers=1)
    found.append(actor_of(engine, "b"))

    assert engine.run().outputs["a.result"] == "b"
    assert engine.submit().result(PATIENCE_S).outputs["a.result"] == "b"


def test_epochs_that_wait_for_a_busy_actor_run_one_after_another(lab: Lab, start: Start) -> None:
    inside, most = 0, 0
    gate = Gate()

    @lab.node
    def single(value: int) -> int:
        nonlocal inside, most
        gate()
        inside += 1
        most = max(most, inside)
        for _ in range(100):
            pass
        inside -= 1
        return value

    engine = start(lab.graph("x:plus a:single", "x.result a.value"), workers=4)
    runs = [engine.submit({"x.a": number}) for number in range(12)]
    gate.await_arrival()
    gate.open()

    assert [run.result(PATIENCE_S).outputs for run in runs] == [{"a.result": number + 10} for number in range(12)]
    assert most == 1
    assert_nothing_left(engine)


def test_how_many_epochs_wait_for_a_node_can_be_seen(lab: Lab, start: Start) -> None:
    engine, gate = held(lab, start, workers=3)
    runs = [engine.submit() for _ in range(3)]
    gate.await_arrival()
    nodes = [node.id for node in engine.plan.nodes]
    index = nodes.index("a")
    until(lambda: engine.metrics()["depth"][index] == 2)
    assert sorted(run.states()["a"] for run in runs) == ["running", "waiting", "waiting"]
    gate.open()
    for run in runs:
        run.result(PATIENCE_S)

    assert engine.metrics()["depth"].tolist() == [0, 0, 0]
    assert engine.metrics()["depth_peak"][index] == 2
