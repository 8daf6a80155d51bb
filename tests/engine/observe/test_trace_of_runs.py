"""Traces of real runs: what ran where, and what belongs together, is found in them."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter_ns
from typing import Any

import pytest
from hypothesis import given

from animaweave.authoring import Context
from animaweave.engine.cache.cache import Cache
from animaweave.engine.compiler.plan import Plan
from animaweave.engine.engine import Engine
from animaweave.engine.observe.events import Events
from animaweave.engine.observe.trace import Trace
from tests.engine import graphs
from tests.engine.lab import PATIENCE_S, Gate, Lab, stay_until_cancelled
from tests.engine.observe import scenes
from tests.engine.observe.scenes import watched
from tests.engine.observe.seen import Entry, Seen


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the trace goes."""
    return tmp_path / "run.json"


Start = Callable[..., AbstractContextManager[Engine]]


@pytest.fixture
def traced(path: Path) -> Start:
    """Make an engine whose runs are traced to the path; nothing is left of them."""

    @contextmanager
    def start(plan: Plan, workers: int = 2, **how: Any) -> Iterator[Engine]:
        events = Events(100_000)
        with Trace(path, plan, events) as trace, watched(plan, workers, events, **how) as run:
            yield run.engine
            trace.pump()
            assert trace._passes == {}, "an epoch is over, and something of it is kept"
            assert not any(track.open for tracks in trace._tracks.values() for track in tracks)

    return start


def test_a_run_is_slices_on_the_tracks_of_its_threads_with_arrows_along_the_wires(
    lab: Lab, traced: Start, path: Path
) -> None:
    plan = lab.compile(lab.graph("a:one b:one sum:total end:need", "a.result sum.items[0]", "b.result sum.items[1]",
                                 "sum.result end.value"))  # fmt: skip
    with traced(plan, workers=1) as engine:
        assert engine.run().outputs == {"end.result": 2}

    seen = Seen(path)

    assert sorted(entry["name"] for entry in seen.slices) == ["a", "b", "end", "sum"]
    assert seen.arrows() == [("a", "sum"), ("b", "sum"), ("sum", "end")]
    for entry in seen.slices:
        (node,) = (node for node in plan.nodes if node.id == entry["name"])
        assert entry["args"] == {"epoch": 0, "type": node.type, "state": "completed"}
    assert {seen.track(entry) for entry in seen.slices} == {threading.current_thread().name}
    assert [(entry["ph"], entry["name"], entry["id2"]) for entry in (*seen.of("b"), *seen.of("e"))] == [
        ("b", "epoch", {"local": "#0"}),
        ("e", "epoch", {"local": "#0"}),
    ]
    assert seen.of("e")[0]["args"] == {"epoch": 0, "status": "success"}


def test_random_runs_on_many_threads_are_well_formed(lab: Lab, traced: Start, path: Path) -> None:
    graph = lab.graph("n0:plus")
    for number in range(1, 120):
        graph.add("lab.plus", id=f"n{number}")
        graph.connect(f"n{max(0, number - 5)}.result", f"n{number}.a")
        graph.connect(f"n{number // 2}.result", f"n{number}.b")
        if number % 7 == 0:
            graph.set_run(f"n{number}", placement="thread")
    with traced(lab.compile(graph), workers=3) as engine:
        runs = [engine.submit() for _ in range(3)]
        for run in runs:
            assert run.result(PATIENCE_S).status == "success"

    seen = Seen(path)

    assert len(seen.slices) == 360
    wires = [(f"n{source}", f"n{n}") for n in range(1, 120) for source in (max(0, n - 5), n // 2)]
    assert seen.arrows() == sorted(3 * wires)


def test_threads_the_loop_and_workers_have_tracks(lab: Lab, traced: Start, path: Path) -> None:
    graph = scenes.declare(lab).graph(
        "here:own_thread pool:own_thread loop:own_loop worker:own_process",
        *("here.result pool.value", "pool.result loop.value", "loop.result worker.value"),
        pool={"placement": "thread"},
        worker={"placement": "process"},
    )
    for node in ("here", "pool", "loop", "worker"):
        graph.connect(
            f"{node}.result", graph.add("graph.output", id=f"{node}_out", params={"name": node}).id + ".value"
        )
    with traced(lab.compile(graph), workers=1) as engine:
        found = engine.run().outputs

    seen = Seen(path)

    tracks = {name: seen.track(seen.slice(name)) for name in ("here", "pool", "loop", "worker")}
    assert tracks == {
        "here": found["here"],
        "pool": found["pool"],
        "loop": "animaweave-loop",
        "worker": f"worker {found['worker']}",
    }
    assert [arrow for arrow in seen.arrows() if "_out" not in arrow[1]] == [
        *(("here", "pool"), ("loop", "worker"), ("pool", "loop"))
    ]


def test_async_nodes_at_the_same_time_have_tracks_each(lab: Lab, traced: Start, path: Path) -> None:
    @lab.node
    async def meet(value: Any = None) -> int:
        await both.wait()
        return 1

    both = asyncio.Barrier(2)
    with traced(lab.compile(lab.graph("a:meet b:meet c:meet d:meet"))) as engine:
        assert engine.run().status == "success"

    tracks = sorted(Seen(path).track(entry) for entry in Seen(path).slices)
    assert set(tracks) >= {"animaweave-loop", "animaweave-loop (2)"}
    assert set(tracks) <= {"animaweave-loop", *(f"animaweave-loop ({number})" for number in (2, 3, 4))}


def test_nodes_inside_a_composite_lie_in_its_slice_and_name_the_item(lab: Lab, traced: Start, path: Path) -> None:
    with traced(lab.compile(scenes.for_each(scenes.declare(lab))), workers=1) as engine:
        assert engine.run().outputs == {"each.n": [2, 3, 4]}

    seen = Seen(path)

    inside = [entry for entry in seen.slices if entry["name"] in ("each/deep", "each/deeper")]
    assert [(entry["name"], entry["args"]["item"]) for entry in inside] == [
        (name, f"each[{item}]") for item in range(3) for name in ("each/deep", "each/deeper")
    ]
    assert {entry["tid"] for entry in seen.slices} == {seen.slice("each")["tid"]}
    assert seen.arrows() == sorted(
        [("list", "each"), *[("each/deep", "each/deeper"), ("each/deeper", "each/to"), ("each/from", "each/deep")] * 3]
    )
    assert sorted(seen.names("b")) == sorted(seen.names("e")) == ["each", "each", "each", "epoch"]
    assert [entry["args"].get("item") for entry in seen.of("b")] == [None, "each[0]", "each[1]", "each[2]"]


@pytest.mark.parametrize("workers", [1, 4])
def test_items_on_other_threads_are_on_their_tracks(lab: Lab, traced: Start, path: Path, workers: int) -> None:
    graph = scenes.for_each(scenes.declare(lab), deep={"placement": "thread"})
    with traced(lab.compile(graph), workers) as engine:
        engine.run()

    seen = Seen(path)

    tracks = {seen.track(entry) for entry in seen.slices if entry["name"] == "each/deep"}
    assert threading.current_thread().name not in tracks
    assert seen.arrows().count(("each/deep", "each/deeper")) == 3


def test_other_nodes_of_the_thread_that_began_a_composite_have_another_track(
    lab: Lab, traced: Start, path: Path
) -> None:
    gate = Gate()

    @lab.node
    async def stay(value: Any) -> Any:
        await asyncio.to_thread(gate)
        return value

    @lab.node
    def beside(value: Any) -> int:
        gate.open()
        return 1

    graph = lab.graph("a:one l:gather after:beside", "a.result l.items[0]", "a.result after.value")
    scenes.inside(graph, "body", "s:stay", "from.value s.value", "s.result to.value")
    graph.add("control.for_each", id="each", params={"graph": "body"})
    graph.connect("l.result", "each.n")
    with traced(lab.compile(graph), workers=1) as engine:
        assert engine.run().status == "success"

    seen = Seen(path)

    here = threading.current_thread().name
    assert seen.track(seen.slice("a")) == seen.track(seen.slice("l")) == seen.track(seen.slice("each")) == here
    assert seen.track(seen.slice("after")) in (here, f"{here} (2)")
    assert seen.track(seen.slice("each/s")) == "animaweave-loop"


def test_the_test_of_a_while_and_its_body_are_told_apart(lab: Lab, traced: Start, path: Path) -> None:
    with traced(lab.compile(scenes.while_(scenes.declare(lab)))) as engine:
        assert engine.run().outputs == {"loop.n": 3}

    slices = [(entry["name"], entry["args"]["type"]) for entry in Seen(path).slices]
    assert slices.count(("loop/ask", "lab.less")) == 4
    assert slices.count(("loop/add", "lab.bump")) == 3
    assert Seen(path).arrows().count(("loop/from", "loop/ask")) == 4


def test_what_a_sub_graph_calls_of_itself_lies_within_the_call(lab: Lab, traced: Start, path: Path) -> None:
    with traced(lab.compile(scenes.recursion(scenes.declare(lab))), workers=1) as engine:
        assert engine.run().outputs == {"down.n": 3}

    seen = Seen(path)

    assert {seen.track(entry) for entry in seen.slices} == {threading.current_thread().name}
    calls = [entry for entry in seen.slices if entry["name"].endswith("again")]
    assert [entry["name"] for entry in calls] == ["down/again", "down/again/again"]
    outer, inner = calls
    assert outer["ts"] <= inner["ts"]
    assert inner["ts"] + inner["dur"] <= outer["ts"] + outer["dur"] + 5e-4


@pytest.mark.parametrize("workers", [1, 3])
def test_a_stream_is_its_epochs_with_arrows_within_each(lab: Lab, traced: Start, path: Path, workers: int) -> None:
    graph = scenes.declare(lab).graph("src:given b:bump t:own_thread", "src.result b.value", "b.result t.value",
                                      t={"placement": "thread"})  # fmt: skip
    graph.set_param("src", "count", 20)
    with traced(lab.compile(graph), workers, in_flight=4) as engine:
        assert len(list(engine.stream())) == 20

    seen = Seen(path)

    assert {*seen.names("b"), *seen.names("e")} == {"epoch"}, "they share a track"
    assert [entry["args"]["epoch"] for entry in seen.of("b")] == list(range(20))
    assert sorted(entry["args"]["epoch"] for entry in seen.of("e")) == list(range(20))
    assert [entry["args"]["epoch"] for entry in seen.slices if entry["name"] == "src"] == list(range(20))
    assert seen.arrows() == [("b", "t")] * 20 + [("src", "b")] * 20
    ends = {entry["id"]: entry for entry in seen.of("f")}
    for arrow in seen.of("s"):
        begun = [_epoch_at(seen, point) for point in (arrow, ends[arrow["id"]])]
        assert begun[0] == begun[1]


def test_the_slice_of_a_source_is_the_time_in_which_it_made_its_value(lab: Lab, traced: Start, path: Path) -> None:
    spans: list[tuple[int, int]] = []

    @lab.node
    def slow(count: int = 3) -> Iterator[int]:
        for number in range(count):
            began_ns = perf_counter_ns()
            threading.Event().wait(0.002)
            spans.append((began_ns, perf_counter_ns()))
            yield number

    graph = scenes.declare(lab).graph("src:slow b:echo few:given", "src.result b.value")
    graph.set_param("few", "count", 2)  # Ends the stream, and what the other gave then is of no epoch.
    with traced(lab.compile(graph), in_flight=2) as engine:
        assert len(list(engine.stream())) == 2

    seen = Seen(path)

    made = [entry for entry in seen.slices if entry["name"] == "src"]
    assert [entry["args"]["epoch"] for entry in made] == [0, 1]
    assert {seen.track(entry) for entry in made} == {threading.current_thread().name}
    for entry, (began_ns, ended_ns) in zip(made, spans, strict=False):
        assert entry["dur"] * 1000 >= ended_ns - began_ns
    assert seen.arrows() == [("src", "b")] * 2


@pytest.mark.parametrize("workers", [1, 3])
def test_a_run_that_is_faster_than_its_trace_waits_for_it(lab: Lab, path: Path, workers: int) -> None:
    events = Events(100)
    plan = lab.compile(lab.graph("a:one b:echo c:echo", "a.result b.value", "b.result c.value"))
    with Trace(path, plan, events).follow() as trace, Engine(plan, workers, events=events) as engine:
        assert len(list(engine.stream(({} for _ in range(300)), in_flight=4))) == 300

    assert trace.missed == 0
    assert len(Seen(path).slices) == 900


def _epoch_at(seen: Seen, point: Entry) -> int:
    """Epoch of the slice that is open at a point of a track."""
    return int(
        next(
            entry["args"]["epoch"]
            for entry in seen.slices
            if entry["tid"] == point["tid"] and entry["ts"] <= point["ts"] < entry["ts"] + entry["dur"]
        )
    )


def test_each_attempt_is_a_slice(lab: Lab, traced: Start, path: Path) -> None:
    graph = lab.graph("a:one bad:fail", "a.result bad.value", bad={"retry": {"attempts": 3}})
    with traced(lab.compile(graph)) as engine:
        engine.run()

    seen = Seen(path)

    slices = [entry["args"] for entry in seen.slices if entry["name"] == "bad"]
    assert [(args["state"], args.get("reason")) for args in slices] == [
        *[("suspended", "ValueError: no good")] * 2,
        ("failed", None),
    ]
    assert seen.names("i") == ["bad failed"]


def test_a_node_that_asks_for_an_input_lets_go_of_its_track(lab: Lab, traced: Start, path: Path) -> None:
    graph = scenes.declare(lab).graph("a:one b:one c:choose", "a.result c.then", "b.result c.otherwise")
    with traced(lab.compile(graph), workers=1) as engine:
        engine.run()

    seen = Seen(path)

    assert [entry["args"]["state"] for entry in seen.slices if entry["name"] == "c"] == ["suspended", "completed"]
    assert {seen.track(entry) for entry in seen.slices} == {threading.current_thread().name}
    assert ("b skipped", {"epoch": 0, "reason": "no node asked for it"}) in [
        (entry["name"], entry["args"]) for entry in seen.of("i")
    ]


def test_a_result_that_was_kept_is_a_mark(lab: Lab, path: Path) -> None:
    events = Events()
    plan = lab.compile(lab.graph("a:one"))
    with Trace(path, plan, events), Engine(plan, 1, events=events, cache=Cache()) as engine:
        engine.run()
        engine.run()

    seen = Seen(path)

    assert [entry["args"]["epoch"] for entry in seen.slices] == [0]
    assert [(entry["name"], entry["args"]) for entry in seen.of("i")] == [
        ("a completed", {"epoch": 1, "reason": "its result was kept"})
    ]


def test_a_cancelled_run_shows_what_ran_and_what_did_not(lab: Lab, traced: Start, path: Path) -> None:
    reached = Gate()

    @lab.node
    def stay(ctx: Context) -> int:
        reached.reached.set()
        stay_until_cancelled(ctx)
        return 1

    graph = lab.graph("s:stay end:need", "s.result end.value", s={"placement": "thread"})
    with traced(lab.compile(graph)) as engine:
        run = engine.submit()
        reached.await_arrival()
        run.cancel("enough")
        run.result(PATIENCE_S)

    seen = Seen(path)

    assert [(entry["name"], entry["args"]["state"]) for entry in seen.slices] == [("s", "cancelled")]
    assert [(entry["name"], entry["args"]["reason"]) for entry in seen.of("i")] == [("end cancelled", "enough")]
    assert seen.of("e")[0]["args"]["status"] == "cancelled"


def test_a_node_that_is_given_up_is_abandoned(lab: Lab, path: Path) -> None:
    gate = Gate()

    @lab.node
    def deaf() -> int:
        gate()
        return 1

    events = Events()
    plan = lab.compile(lab.graph("d:deaf", d={"placement": "thread"}))
    with Trace(path, plan, events) as trace, Engine(plan, events=events) as engine:
        run = engine.submit()
        gate.await_arrival()
        run.cancel()
        run.give_up_after(0)
        run.result(PATIENCE_S)
        gate.open()
        assert engine.run().status == "success"
        trace.pump()
        assert trace._passes == {}

    assert [entry["args"]["state"] for entry in Seen(path).slices] == ["abandoned", "completed"]


@given(graphs.specs())
def test_traces_of_random_runs_are_well_formed(specs: list[graphs.Spec]) -> None:
    lab = Lab()
    graphs.declare(lab)
    graph = graphs.build(specs)
    events = Events()
    plan = lab.compile(graph)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "run.json"
        with Trace(path, plan, events), Engine(plan, 2, events=events) as engine:
            result = engine.run()
        seen = Seen(path)

    ran = {entry["name"] for entry in seen.slices if entry["args"]["state"] != "suspended"}
    assert {node for node, outcome in result.nodes.items() if outcome.state in ("completed", "failed")} <= ran
    seen.arrows()  # Each begins and ends in a slice.
