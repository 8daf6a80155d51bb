"""Nodes that run alone: `mode: sequential`."""

import threading
from typing import Any

import pytest

from animaweave.graph.document import Graph
from tests.engine.lab import PATIENCE_S, Gate, Lab, assert_nothing_left, fill, states, until

ALONE: Any = {"mode": "sequential"}


class Traffic:
    """Counts who is in a node, and notes when somebody was not alone who should have been."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.inside: list[str] = []
        self.clashes: list[list[str]] = []
        self.most = 0

    def visit(self, who: str) -> None:
        with self._lock:
            self.inside.append(who)
            self.most = max(self.most, len(self.inside))
            if "alone" in self.inside and len(self.inside) > 1:
                self.clashes.append(list(self.inside))
        threading.Event().wait(0.002)
        with self._lock:
            self.inside.remove(who)


@pytest.fixture
def traffic(lab: Lab) -> Traffic:
    traffic = Traffic()

    @lab.node
    def work(value: Any = None) -> Any:
        traffic.visit("work")
        return value

    @lab.node
    def alone(value: Any = None) -> Any:
        traffic.visit("alone")
        return value

    @lab.node
    def unsteady(value: Any = None) -> Any:
        traffic.visit("alone")
        lab.calls.append("try")
        if len(lab.calls) % 3:
            raise ValueError("not yet")
        return value

    return traffic


def wide(lab: Lab, nodes: int = 8, placement: str = "inline", **run: Any) -> Graph:
    graph = lab.graph(" ".join(f"w{k}:work a{k}:alone" for k in range(nodes)))
    for k in range(nodes):
        graph.set_run(f"a{k}", **ALONE, placement=placement)
        graph.set_run(f"w{k}", placement=placement)
    return graph


@pytest.mark.parametrize("placement", ["inline", "thread"])
@pytest.mark.parametrize("workers", [1, 4])
def test_no_node_of_the_run_runs_beside_it(lab: Lab, traffic: Traffic, workers: int, placement: str) -> None:
    result = lab.run(wide(lab, placement=placement), workers=workers)

    assert set(states(result).values()) == {"completed"}
    assert traffic.clashes == []


def test_others_still_run_at_once(lab: Lab, traffic: Traffic) -> None:
    graph = wide(lab, 6, placement="thread")
    for k in range(5):
        graph.remove(f"a{k}")
    lab.run(graph, workers=4)

    assert traffic.most > 1


def test_it_runs_alone_among_all_epochs_of_a_stream(lab: Lab, traffic: Traffic) -> None:
    graph = lab.graph(
        "w:work a:alone", "w.result a.value", a={**ALONE, "placement": "thread"}, w={"placement": "thread"}
    )
    with lab.engine(graph, 4) as engine:
        results = list(engine.stream({"w.value": k} for k in range(20)))
        assert_nothing_left(engine)

    assert [result.outputs["a.result"] for result in results] == list(range(20))
    assert traffic.clashes == []


def test_it_runs_alone_inside_a_sub_graph_that_runs_for_each_item(lab: Lab, traffic: Traffic) -> None:
    graph = Graph()
    body = graph.add_subgraph("body")
    fill(body, "x:graph.input w:work a:alone y:graph.output", "x.value w.value", "w.result a.value", "a.result y.value")
    body.set_run("a", **ALONE)
    body.set_run("w", placement="thread")
    fill(graph, "l:gather each:control.for_each beside:work", beside={"placement": "thread"})
    fill(graph, "n0:one n1:one n2:one n3:one", *(f"n{k}.result l.items[{k}]" for k in range(4)))
    graph.set_param("each", "graph", "body")
    graph.connect("l.result", "each.x")
    result = lab.run(graph, workers=4)

    assert result.outputs["each.y"] == [1, 1, 1, 1]
    assert traffic.clashes == []


def test_attempts_of_it_run_alone_too(lab: Lab, traffic: Traffic) -> None:
    graph = lab.graph("w0:work w1:work w2:work u:unsteady", u={**ALONE, "retry": {"attempts": 3, "delay": 0.001}})
    for node in ("w0", "w1", "w2"):
        graph.set_run(node, placement="thread")
    result = lab.run(graph, workers=4)

    assert states(result)["u"] == "completed"
    assert traffic.clashes == []


def test_nodes_that_wait_for_it_end_when_the_run_is_cancelled(lab: Lab, traffic: Traffic) -> None:
    gate = Gate()

    @lab.node
    def stay() -> int:
        gate()
        return 1

    graph = wide(lab)
    graph.add("lab.stay", id="stay")
    graph.set_run("stay", **ALONE, placement="thread")
    with lab.engine(graph, 2) as engine:
        run = engine.submit()
        gate.await_arrival()
        run.cancel()
        until(lambda: sum(state == "cancelled" for state in run.states().values()) >= 1)
        gate.open()
        result = run.result(PATIENCE_S)
        assert "running" not in states(result).values()
        assert_nothing_left(engine)

    assert traffic.clashes == []


def test_it_does_not_wait_for_a_node_of_a_sub_graph_that_was_given_up(lab: Lab, traffic: Traffic) -> None:
    gate = Gate()

    @lab.node
    def stuck() -> int:
        gate()
        return 1

    graph = Graph()
    fill(graph.add_subgraph("inner"), "x:stuck", x={"placement": "thread"})
    fill(graph, "use:graph.inner a:alone", use={"timeout": 0.05})
    graph.connect_control("use.done", "a.trigger")
    graph.set_run("a", **ALONE, activation={"trigger": "DECIDED"})
    with lab.engine(graph) as engine:
        run = engine.submit()
        gate.await_arrival()
        assert states(run.result(PATIENCE_S)) == {"use": "failed", "a": "completed"}
        gate.open()
        assert_nothing_left(engine)
