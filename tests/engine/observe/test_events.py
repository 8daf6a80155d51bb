"""The stream of events: in order, bounded, and honest about what was missed; and what an engine says in it."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from animaweave.authoring import Context
from animaweave.authoring.error_info import ErrorInfo
from animaweave.engine.observe.events import Event, Events
from animaweave.errors import EngineError
from animaweave.graph.document import Graph
from tests.engine import graphs
from tests.engine.lab import PATIENCE_S, Gate, Lab, states, until
from tests.engine.observe import scenes
from tests.engine.observe.scenes import assert_sound, told, watched

ERROR = ErrorInfo.of("b", ValueError("no good"))


@pytest.fixture
def events(lab: Lab) -> Events:
    """A stream bound to a plan with the nodes `a` and `b`."""
    bound = Events()
    bound.bind(lab.compile(lab.graph("a:one b:need", "a.result b.value")))
    return bound


@pytest.mark.parametrize(
    ("emit", "kind", "epoch", "row", "node", "payload"),
    [
        (lambda e: e.epoch_begun(3), "epoch_begun", 3, -1, "", ""),
        (lambda e: e.epoch_begun(3, "loop[1]"), "epoch_begun", 3, -1, "", "loop[1]"),
        (lambda e: e.gave(3, 0, 100, 200), "gave", 3, 0, "a", (100, 200)),
        (lambda e: e.started(3, 1), "started", 3, 1, "b", None),
        (lambda e: e.suspended(3, 1, "it asks for then"), "suspended", 3, 1, "b", "it asks for then"),
        (lambda e: e.finished(3, 1, "skipped", "no wish"), "finished", 3, 1, "b", ("skipped", "no wish")),
        (lambda e: e.signal(3, 0, "done", is_active=True), "signal", 3, 0, "a", ("done", True)),
        (lambda e: e.error(3, 1, ERROR), "error", 3, 1, "b", ERROR),
        (lambda e: e.log(3, "b", "info", "hello"), "log", 3, 1, "b", ("info", "hello")),
        (lambda e: e.log(3, "gone", "info", "hello"), "log", 3, -1, "gone", ("info", "hello")),
        (lambda e: e.progress(3, "a", 0.5, "half"), "progress", 3, 0, "a", (0.5, "half")),
        (lambda e: e.preview(3, 0, "result", "1"), "preview", 3, 0, "a", ("result", "1")),
        (lambda e: e.bytes(4096), "bytes", -1, -1, "", 4096),
        (lambda e: e.epoch_ended(3, "success"), "epoch_ended", 3, -1, "", "success"),
    ],
)
def test_what_the_engine_says_is_read_with_names(
    events: Events, emit: Callable[[Events], None], kind: str, epoch: int, row: int, node: str, payload: object
) -> None:
    reader = events.reader()

    emit(events)

    (event,), missed = reader.take()
    assert missed == 0
    assert (event.kind, event.epoch, event.row, event.node, event.payload) == (kind, epoch, row, node, payload)
    assert (event.number, event.within) == (0, "")


def test_an_event_has_the_name_of_its_thread_or_of_the_worker_that_is_named(events: Events) -> None:
    reader = events.reader()
    thread = threading.Thread(target=events.started, args=(1, 0), name="a thread")
    thread.start()
    thread.join(PATIENCE_S)
    events.started(1, 1, "worker 2")
    events.finished(1, 1, "completed")

    found, _ = reader.take()

    assert [event.thread for event in found] == ["a thread", "worker 2", threading.current_thread().name]


def test_times_and_numbers_go_up(events: Events) -> None:
    reader = events.reader()
    for epoch in range(100):
        events.epoch_begun(epoch)

    found, _ = reader.take()

    assert [event.number for event in found] == list(range(100))
    assert [event.time_ns for event in found] == sorted(event.time_ns for event in found)


def test_inner_plans_share_the_numbers_and_name_their_own_nodes(lab: Lab, events: Events) -> None:
    reader = events.reader()
    plan = lab.compile(lab.graph("deep:one"))
    inner = events.within("loop", plan)
    inner.started(1, 0)
    events.started(1, 0)
    inner.log(1, "deep", "info", "here")

    found, _ = reader.take()

    assert [(event.number, event.within, event.node, event.row) for event in found] == [
        *((0, "loop", "deep", 0), (1, "", "a", 0), (2, "loop", "deep", 0))
    ]
    assert [event.plan is plan for event in found] == [True, False, True]


def test_readers_do_not_take_from_one_another(events: Events) -> None:
    first = events.reader()
    events.epoch_begun(0)
    second = events.reader()
    events.epoch_begun(1)

    assert [event.epoch for event in first.take()[0]] == [0, 1]
    assert [event.epoch for event in second.take()[0]] == [1]
    assert first.take() == second.take() == ([], 0)


@given(st.integers(1, 7), st.lists(st.integers(0, 20), max_size=6))
def test_the_oldest_are_dropped_and_counted(capacity: int, pieces: list[int]) -> None:
    events = Events(capacity)
    reader, late = events.reader(), events.reader()
    emitted = 0
    for piece in pieces:
        for epoch in range(emitted, emitted + piece):
            events.epoch_begun(epoch)
        emitted += piece
        found, missed = reader.take()
        assert [event.epoch for event in found] == list(range(emitted - min(piece, capacity), emitted))
        assert missed == max(0, piece - capacity)

    assert events.emitted == emitted
    assert events.dropped == max(0, emitted - capacity)
    assert reader.missed == sum(max(0, piece - capacity) for piece in pieces)
    assert [event.epoch for event in late.take()[0]] == list(range(max(0, emitted - capacity), emitted))
    assert late.missed == events.dropped


def test_nothing_is_lost_or_read_twice_while_threads_emit(lab: Lab) -> None:
    events, each, emitters = Events(500), 4000, 3
    reader = events.reader()

    def emit(thread: int) -> None:
        for epoch in range(each):
            events.emit("log", epoch, payload=thread)

    threads = [threading.Thread(target=emit, args=(number,)) for number in range(emitters)]
    for thread in threads:
        thread.start()
    found: list[Event] = []
    missed = 0
    while len(found) + missed < emitters * each:
        is_over = not any(thread.is_alive() for thread in threads)
        some, gap = reader.take()
        found += some
        missed += gap
        assert some or gap or not is_over
    for thread in threads:
        thread.join(PATIENCE_S)

    numbers = [event.number for event in found]
    assert numbers == sorted(set(numbers))
    assert reader.missed == missed
    for number in range(emitters):
        epochs = [event.epoch for event in found if event.payload == number]
        assert epochs == sorted(set(epochs))
    assert found[-1].number == emitters * each - 1


def test_a_reader_does_not_overtake_an_event_that_is_about_to_be_written(events: Events) -> None:
    reader = events.reader()
    number = next(events._numbers)  # As a thread does that is then made to wait.
    events.epoch_begun(2)
    assert reader.take() == ([], 0)

    events._ring[number] = (number, 1, "epoch_begun", 1, -1, events, "slow", "")

    assert [event.epoch for event in reader.take()[0]] == [1, 2]


def test_an_event_may_come_in_the_middle_of_another(events: Events) -> None:
    class Last:
        def __del__(self) -> None:
            events.epoch_ended(1, "success")

    small = Events(1)
    small.emit("preview", payload=Last())
    reader = events.reader()
    small.epoch_begun(1)  # Writes over it.

    assert [event.kind for event in reader.take()[0]] == ["epoch_ended"]


def test_a_reader_that_sleeps_is_woken_long_before_it_misses_something() -> None:
    events = Events(40)
    reader = events.reader()
    woken = threading.Event()

    def wait() -> None:
        if reader.wait(PATIENCE_S):
            woken.set()

    thread = threading.Thread(target=wait)
    thread.start()
    while not woken.is_set():
        for epoch in range(10):
            events.epoch_begun(epoch)
        woken.wait(0.001)
    thread.join(PATIENCE_S)

    assert not reader.wait(0)
    assert events._sleepers == []


@pytest.mark.parametrize("capacity", [1, 3, 40])
def test_nodes_wait_for_a_reader_that_must_not_miss_anything(capacity: int) -> None:
    events = Events(capacity)
    reader = events.reader()
    reader.hold_back()

    def emit(count: int) -> None:
        for _ in range(count):
            events.finished(1, 0, "completed")

    emitter = threading.Thread(target=emit, args=(500,))
    emitter.start()

    seen: list[int] = []
    while len(seen) < 500:
        reader.wait(PATIENCE_S)
        found, missed = reader.take()
        assert missed == 0
        assert found, "who waits for the reader wakes it"
        seen += [event.number for event in found]
    reader.let_go()
    emitter.join(PATIENCE_S)

    assert seen == list(range(500))
    emit(2 * capacity)  # Nobody waits any more.


def test_a_reader_that_stops_reading_is_waited_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("animaweave.engine.observe.events.STALL_S", 0.01)
    events = Events(10)
    reader = events.reader()
    reader.hold_back()
    for _ in range(30):
        events.log(1, "a", "info", "on and on")

    assert reader._is_stalled
    assert reader.take()[1] == 20
    assert not reader._is_stalled


@pytest.mark.parametrize("capacity", [0, -1, 2.5])
def test_a_capacity_that_is_none_is_refused(capacity: float) -> None:
    with pytest.raises(EngineError, match=f"capacity of events is {capacity}; it must be a whole number"):
        Events(capacity)  # type: ignore[arg-type]


# ---------------------------------------------------------------- of a run


@pytest.mark.parametrize("workers", [1, 3])
def test_a_node_is_started_where_it_runs(lab: Lab, workers: int) -> None:
    graph = scenes.declare(lab).graph(
        "here:own_thread pool:own_thread loop:own_loop worker:own_process",
        pool={"placement": "thread"},
        worker={"placement": "process"},
    )
    with watched(lab.compile(graph), workers) as run:
        found = run.engine.run().outputs
        events = run.take()

    assert_sound(events)
    started = {event.node: event.thread for event in events if event.kind == "started"}
    assert started == {
        "here": found["here.result"],
        "pool": found["pool.result"],
        "loop": found["loop.result"],
        "worker": f"worker {found['worker.result']}",
    }
    assert (started["loop"], len(set(started.values()))) == ("animaweave-loop", 4)


def test_a_node_in_a_worker_starts_only_when_a_worker_is_there(lab: Lab) -> None:
    graph = scenes.declare(lab).graph("a:own_process b:own_process c:own_process")
    for node in "abc":
        graph.set_run(node, placement="process")
    with watched(lab.compile(graph), workers=1) as run:
        run.engine.run()
        events = run.take()

    assert_sound(events)
    assert [event.kind for event in events if event.node] == ["started", "finished"] * 3


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("graph", [scenes.for_each, scenes.while_, scenes.recursion])
def test_nodes_of_sub_graphs_are_told_with_their_paths(lab: Lab, graph: Callable[[Lab], Graph], workers: int) -> None:
    plan = lab.compile(graph(scenes.declare(lab)))
    with watched(plan, workers) as run:
        assert run.engine.run().status == "success"
        events = run.take()

    assert_sound(events)
    ends = [event for event in events if event.kind == "finished"]
    assert {event.payload for event in ends} <= {("completed", ""), ("skipped", "no node asked for it")}
    composite = next(node.id for node in plan.nodes if node.call is not None)
    assert {event.within for event in ends} == {"", composite}
    begun = [event for event in events if event.kind == "epoch_begun"]
    assert [event.payload.partition("[")[0] for event in begun if not event.within] == [""]
    assert {event.payload.partition("[")[0] for event in begun if event.within} <= {composite, f"{composite}/again"}


def test_each_item_has_an_epoch_that_names_it(lab: Lab) -> None:
    with watched(lab.compile(scenes.for_each(scenes.declare(lab)))) as run:
        run.engine.run()
        events = run.take()

    assert [event.payload for event in events if event.kind == "epoch_begun"] == ["", "each[0]", "each[1]", "each[2]"]
    assert told(events, "finished").count(("finished", "each/deeper")) == 3


def test_the_test_of_a_while_and_its_body_are_told_with_a_plan_each(lab: Lab) -> None:
    with watched(lab.compile(scenes.while_(scenes.declare(lab)))) as run:
        run.engine.run()
        events = run.take()

    names = [{node.id for node in event.plan.nodes} for event in events if event.kind == "epoch_begun" if event.plan]
    assert names[1:3] == [{"loop/from", "loop/ask", "loop/to"}, {"loop/from", "loop/add", "loop/to"}]
    assert told(events, "finished").count(("finished", "loop/ask")) == 4
    assert told(events, "finished").count(("finished", "loop/add")) == 3


@pytest.mark.parametrize("delay", [0, 0.001])
@pytest.mark.parametrize("placement", ["inline", "thread"])
def test_each_attempt_is_told(lab: Lab, placement: str, delay: float) -> None:
    left = iter((2, 1))

    @lab.node
    def unsteady() -> int:
        for number in left:
            raise ValueError(f"{number} to go")
        return 1

    graph = lab.graph("u:unsteady end:need", "u.result end.value",
                      u={"placement": placement, "retry": {"attempts": 3, "delay": delay}})  # fmt: skip
    with watched(lab.compile(graph)) as run:
        assert run.engine.run().status == "success"
        events = run.take()

    assert_sound(events)
    assert [event.kind for event in events if event.node == "u"] == [
        *("started", "suspended") * 2,
        "started",
        "finished",
    ]
    assert [event.payload for event in events if event.kind == "suspended"] == [
        *("ValueError: 2 to go", "ValueError: 1 to go")
    ]


def test_attempts_in_workers_are_told_as_they_failed_there(lab: Lab, tmp_path: Path) -> None:
    graph = scenes.declare(lab).graph("u:unsteady_process", u={"placement": "process", "retry": {"attempts": 2}})
    graph.set_param("u", "folder", str(tmp_path))
    with watched(lab.compile(graph)) as run:
        pid = run.engine.run().outputs["u.result"]
        events = run.take()

    assert_sound(events)
    assert [event.payload for event in events if event.kind == "suspended"] == ["ValueError: not yet"]
    assert [event.thread for event in events if event.kind == "started"] == [f"worker {pid}"] * 2


def test_the_last_attempt_fails_as_any_node_does(lab: Lab) -> None:
    with watched(lab.compile(lab.graph("bad:fail", bad={"retry": {"attempts": 2}}))) as run:
        run.engine.run()
        events = run.take()

    assert_sound(events)
    assert [event.kind for event in events if event.node] == ["started", "suspended", "started", "error", "finished"]


def test_a_node_that_asks_for_an_input_ends_meanwhile(lab: Lab) -> None:
    graph = scenes.declare(lab).graph("a:one b:one c:choose", "a.result c.then", "b.result c.otherwise")
    with watched(lab.compile(graph), workers=1) as run:
        assert run.engine.run().outputs == {"c.result": 1}
        events = run.take()

    assert_sound(events)
    assert [event.kind for event in events if event.node == "c"] == ["started", "suspended", "started", "finished"]
    assert [event.payload for event in events if event.kind == "suspended"] == ["it asks for then"]
    (skipped,) = (event for event in events if event.kind == "finished" and event.node == "b")
    assert skipped.payload == ("skipped", "no node asked for it")


@pytest.mark.parametrize("placement", ["inline", "thread", "async"])
def test_all_nodes_of_a_cancelled_run_are_told_to_be_over_also_those_in_mailboxes(lab: Lab, placement: str) -> None:
    reached = threading.Semaphore(0)

    @lab.node
    def stay(ctx: Context, value: Any) -> int:
        reached.release()
        ctx.sleep(PATIENCE_S)
        return 1

    @lab.node
    async def stay_on_loop(value: Any) -> int:
        reached.release()
        await asyncio.sleep(PATIENCE_S)
        return 1

    node = "stay_on_loop" if placement == "async" else "stay"
    graph = lab.graph(f"a:one s:{node} end:need", "a.result s.value", "s.result end.value")
    if placement == "thread":
        graph.set_run("s", placement="thread")
    with watched(lab.compile(graph)) as run:
        first, second = run.engine.submit(), run.engine.submit()
        assert reached.acquire(timeout=PATIENCE_S)
        until(lambda: bool(first.epoch.waiting) != bool(second.epoch.waiting))
        for one in (second, first) if second.epoch.waiting else (first, second):
            one.cancel()
        for one in (first, second):
            assert states(one.result(PATIENCE_S))["s"] == "cancelled"
        events = run.take()

    assert_sound(events)
    assert told(events, "started").count(("started", "s")) == 1
    assert [event.payload[0] for event in events if event.kind == "finished" and event.node == "s"] == ["cancelled"] * 2


def test_runs_at_the_same_time_have_different_numbers(lab: Lab) -> None:
    gate = Gate()

    @lab.node
    def stay(value: Any = None) -> int:
        gate()
        return 1

    with watched(lab.compile(lab.graph("s:stay a:one"))) as run:
        runs = [run.engine.submit(), run.engine.submit()]
        gate.open()
        for one in runs:
            assert one.result(PATIENCE_S).status == "success"
        events = run.take()

    assert_sound(events)
    assert sorted(event.epoch for event in events if event.kind == "epoch_begun") == [0, 1]


@pytest.mark.parametrize("workers", [1, 3])
def test_the_epochs_of_a_stream_are_told_one_by_one(lab: Lab, workers: int) -> None:
    graph = scenes.declare(lab).graph("src:given b:bump t:own_thread", "src.result b.value", "b.result t.value",
                                      t={"placement": "thread"})  # fmt: skip
    with watched(lab.compile(graph), workers, in_flight=3) as run:
        assert len(list(run.engine.stream())) == 5
        events = run.take()

    assert_sound(events)
    assert [event.epoch for event in events if event.kind == "epoch_begun"] == [0, 1, 2, 3, 4]
    assert {event.payload for event in events if event.kind == "finished"} == {("completed", "")}


def test_a_stream_that_is_left_tells_the_end_of_every_epoch(lab: Lab) -> None:
    graph = scenes.declare(lab).graph("a:plus b:bump", "a.result b.value")
    with watched(lab.compile(graph), in_flight=4) as run:
        stream = run.engine.stream({"a.a": number} for number in range(100))
        next(stream)
        stream.close()
        events = run.take()

    assert_sound(events)
    assert len(told(events, "epoch_ended")) >= 4


@given(graphs.specs())
def test_random_runs_are_told_as_they_went(specs: list[graphs.Spec]) -> None:
    lab = Lab()
    graphs.declare(lab)
    graph = graphs.build(specs)
    for number, spec in enumerate(specs):
        if number % 3 == 1:
            graph.set_run(spec.id, **(spec.run | {"placement": "thread"}))
    with watched(lab.compile(graph)) as run:
        result = run.engine.run()
        events = run.take()

    assert_sound(events)
    ends = {event.node: event.payload[0] for event in events if event.kind == "finished"}
    assert {node: ends[node] for node in result.nodes} == states(result)
    (end,) = (event for event in events if event.kind == "epoch_ended")
    assert end.payload == result.status.replace("partial", "failed")
