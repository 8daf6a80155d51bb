"""Nodes that run alone: `mode: sequential`."""

import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from animaweave.authoring import Context
from animaweave.graph.document import Graph
from tests.engine.lab import PATIENCE_S, Gate, Lab, assert_nothing_left, fill, states, stay_until_cancelled, until

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


# ---------------------------------------------------------------- sources


@pytest.mark.parametrize("who", ["alone", "work"], ids=["a source that runs alone", "a source beside one that does"])
@pytest.mark.parametrize("workers", [1, 4])
def test_a_source_is_asked_when_nobody_runs_alone_and_if_it_does_when_nobody_runs(
    lab: Lab, traffic: Traffic, workers: int, who: str
) -> None:
    @lab.node
    def count() -> Iterator[int]:
        for number in range(20):
            traffic.visit(who)
            yield number

    graph = lab.graph("s:count w:work a:alone", "s.result w.value", "s.result a.value", w={"placement": "thread"})
    graph.set_run("a" if who == "work" else "s", **ALONE)
    graph.set_run("a", placement="thread")
    if who == "alone":
        graph.remove("a")
    with lab.engine(graph, workers) as engine:
        results = list(engine.stream(in_flight=4))
        assert_nothing_left(engine)

    assert [result.outputs["w.result"] for result in results] == list(range(20))
    assert traffic.clashes == []


def test_ctrl_c_ends_the_wait_of_a_source_for_a_node_that_runs_alone(lab: Lab) -> None:
    @lab.node
    def count() -> Iterator[int]:
        yield from range(5)

    @lab.node
    def press(ctx: Context, value: int) -> int:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        stay_until_cancelled(ctx)
        return value

    graph = lab.graph("s:count a:press", "s.result a.value", a={**ALONE, "placement": "thread"})
    with lab.engine(graph, 1) as engine:
        with pytest.raises(KeyboardInterrupt):
            list(engine.stream(in_flight=2))
        assert_nothing_left(engine)


# ---------------------------------------------------------------- nodes that run a sub-graph


@pytest.fixture
def crowd(lab: Lab) -> dict[str, Any]:
    """Nodes that note whether any of them runs while another sort does."""
    lock, inside, clashes, most = threading.Lock(), [], [], [0]

    def visit(sort: str) -> None:
        with lock:
            inside.append(sort)
            most[0] = max(most[0], len(inside))
            if len(set(inside)) > 1:
                clashes.append(list(inside))
        threading.Event().wait(0.002)
        with lock:
            inside.remove(sort)

    @lab.node
    def within(value: Any = None) -> Any:
        visit("within")
        return value

    @lab.node
    def beside(value: Any = None) -> Any:
        visit("beside")
        return value

    return {"clashes": clashes, "most": most}


@pytest.mark.parametrize("workers", [1, 4])
def test_a_node_that_runs_a_sub_graph_alone_lets_only_what_is_inside_run(
    lab: Lab, crowd: dict[str, Any], workers: int
) -> None:
    graph = Graph()
    fill(graph.add_subgraph("body"), "x:graph.input w:within y:graph.output", "x.value w.value", "w.result y.value",
         w={"placement": "thread"})  # fmt: skip
    fill(graph, "one:control.for_each two:control.for_each", one=ALONE, two=ALONE)
    for number in range(6):
        fill(graph, f"b{number}:beside")
        graph.set_run(f"b{number}", placement="thread")
    for name in ("one", "two"):
        graph.set_params(name, {"graph": "body", "x": [0, 1, 2, 3]})
    result = lab.run(graph, workers=workers)

    assert result.outputs["one.y"] == result.outputs["two.y"] == [0, 1, 2, 3]
    assert crowd["clashes"] == []
    assert workers == 1 or crowd["most"][0] > 1, "what is inside runs at once all the same"


def test_a_node_inside_of_one_that_runs_alone_may_run_alone_too(lab: Lab, traffic: Traffic) -> None:
    graph = Graph()
    body = graph.add_subgraph("body")
    fill(body, "x:graph.input w:work a:alone y:graph.output", "x.value w.value", "w.result a.value", "a.result y.value",
         w={"placement": "thread"}, a={**ALONE, "placement": "thread"})  # fmt: skip
    fill(graph, "outer:control.for_each b0:work b1:work", outer=ALONE, b0={"placement": "thread"})
    graph.set_params("outer", {"graph": "body", "x": [0, 1, 2, 3]})
    result = lab.run(graph, workers=4)

    assert result.outputs["outer.y"] == [0, 1, 2, 3]
    assert traffic.clashes == []


def test_one_that_runs_alone_and_is_given_up_lets_the_others_run(lab: Lab) -> None:
    gate = Gate()

    @lab.node
    def stay() -> int:
        gate()
        return 1

    graph = Graph()
    fill(graph.add_subgraph("body"), "s:stay", s={"placement": "thread"})
    fill(graph.add_subgraph("whole"), "x:graph.input c:control.catch", c=ALONE)
    graph.subgraphs["whole"].set_params("c", {"graph": "body"})
    fill(graph, "u:graph.whole after:one", controls=("u.done after.trigger",),
         u={"timeout": 0.01}, after={**ALONE, "activation": {"trigger": "DECIDED"}})  # fmt: skip
    graph.set_param("u", "x", 0)
    with lab.engine(graph, 2) as engine:
        result = engine.run()
        gate.open()
        assert states(result) == {"u": "failed", "after": "completed"}
