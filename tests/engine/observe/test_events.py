"""The stream of events: in order, bounded, and honest about what was missed."""

import threading
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from animaweave.authoring.error_info import ErrorInfo
from animaweave.engine.observe.events import Event, Events
from animaweave.errors import EngineError
from tests.engine.lab import PATIENCE_S, Lab

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
        (lambda e: e.started(3, 1), "started", 3, 1, "b", None),
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


def test_nodes_of_an_inner_plan_carry_the_path_of_their_composite(lab: Lab, events: Events) -> None:
    reader = events.reader()
    plan = lab.compile(lab.graph("deep:one"))
    inner = events.within("loop", plan)
    inner.started(1, 0)
    inner.log(1, "deep", "info", "here")
    inner.within("loop/twice", plan).started(1, 0)
    events.started(1, 0)

    found, _ = reader.take()

    assert [(event.within, event.node, event.row) for event in found] == [
        ("loop", "loop/deep", 0),
        ("loop", "loop/deep", 0),
        ("loop/twice", "loop/twice/deep", 0),
        ("", "a", 0),
    ]
    assert list(events.plans) == ["", "loop", "loop/twice"]


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


@pytest.mark.parametrize("capacity", [0, -1, 2.5])
def test_a_capacity_that_is_none_is_refused(capacity: float) -> None:
    with pytest.raises(EngineError, match=f"capacity of events is {capacity}; it must be a whole number"):
        Events(capacity)  # type: ignore[arg-type]
