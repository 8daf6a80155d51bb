"""A trace is a whole file in the format of Chrome's trace events, in which Perfetto finds what belongs together."""

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter_ns
from typing import IO, Any, cast

import pytest

from animaweave.authoring.error_info import ErrorInfo
from animaweave.engine.compiler.plan import Plan
from animaweave.engine.observe.events import Events
from animaweave.engine.observe.trace import Trace
from animaweave.errors import EngineError
from tests.engine.lab import PATIENCE_S, Lab, until
from tests.engine.observe.seen import Seen


@pytest.fixture
def plan(lab: Lab) -> Plan:
    """`a` and `b` go to `sum`, from which `end` is fed."""
    return lab.compile(
        lab.graph("a:one b:one sum:total end:need",
                  *("a.result sum.items[0]", "b.result sum.items[1]", "sum.result end.value"))
    )  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the trace goes."""
    return tmp_path / "run.json"


Play = Callable[[Callable[[Events], None]], Seen]


@pytest.fixture
def play(plan: Plan, path: Path) -> Play:
    """Have somebody emit events, and read the trace of them."""

    def trace_of(emit: Callable[[Events], None]) -> Seen:
        events = Events()
        events.bind(plan)
        with Trace(path, plan, events):
            emit(events)
        return Seen(path)

    return trace_of


A, B, SUM, END = range(4)


def test_slices_of_a_track_do_not_overlap_where_threads_told_their_times_late(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    def emit(events: Events) -> None:
        now = perf_counter_ns()
        times = iter((now, now + 9_000, now + 5_000, now + 7_000))
        monkeypatch.setattr("animaweave.engine.observe.events.perf_counter_ns", lambda: next(times))
        events.started(1, A)
        events.finished(1, A, "completed")
        events.started(1, B)
        events.finished(1, B, "completed")

    seen = play(emit)

    assert seen.slice("b")["ts"] == pytest.approx(seen.slice("a")["ts"] + 9)
    assert seen.slice("b")["tid"] == seen.slice("a")["tid"]


def test_skips_failures_and_log_lines_are_marks(play: Play) -> None:
    def emit(events: Events) -> None:
        events.started(1, A)
        events.log(1, "a", "warning", "odd")
        events.error(1, A, ErrorInfo.of("a", ValueError("no good")))
        events.finished(1, A, "failed")
        events.finished(1, SUM, "skipped", "upstream `a` failed")
        events.finished(1, END, "cancelled", "interrupted")
        events.signal(1, A, "done", is_active=False)

    seen = play(emit)

    assert [(entry["name"], entry["cat"], entry["args"]) for entry in seen.of("i")] == [
        ("a: odd", "log", {"epoch": 1, "level": "warning"}),
        ("a failed", "error", {"epoch": 1, "error": "ValueError: no good"}),
        ("sum skipped", "finished", {"epoch": 1, "reason": "upstream `a` failed"}),
        ("end cancelled", "finished", {"epoch": 1, "reason": "interrupted"}),
    ]
    assert [(entry["name"], entry["args"]["state"]) for entry in seen.slices] == [("a", "failed")]
    assert seen.of("s") == []


def test_no_arrow_comes_from_a_node_that_did_not_run(play: Play) -> None:
    def emit(events: Events) -> None:
        for row in (A, SUM):
            events.started(1, row)
            events.finished(1, row, "completed")
        events.epoch_ended(1, "success")
        events.started(2, END)  # What its producer gave in another epoch is nothing to it.
        events.finished(2, END, "completed")
        events.epoch_ended(3, "success")

    assert play(emit).arrows() == [("a", "sum")]


def test_an_arrow_is_bound_also_where_its_producer_told_its_end_late(play: Play) -> None:
    def emit(events: Events) -> None:
        events.started(1, A, "one")
        events.started(1, SUM, "two")
        events.finished(1, A, "completed")
        events.finished(1, SUM, "completed")

    assert play(emit).arrows() == [("a", "sum")]


def test_live_bytes_are_a_counter(play: Play) -> None:
    def emit(events: Events) -> None:
        events.bytes(4096)
        events.bytes(0)

    assert [(entry["name"], entry["args"]) for entry in play(emit).of("C")] == [
        ("live", {"bytes": 4096}),
        ("live", {"bytes": 0}),
    ]


def test_a_run_that_is_cut_short_leaves_a_whole_file(plan: Plan, path: Path) -> None:
    events = Events()
    events.bind(plan)
    trace = Trace(path, plan, events)
    assert Seen(path).slices == []
    for epoch in range(3):
        events.started(epoch, A)
        events.finished(epoch, A, "completed")
        trace.pump()
        assert len(Seen(path).slices) == epoch + 1
    events.started(3, A)
    trace.close()
    trace.close()

    assert [entry["args"]["state"] for entry in Seen(path).slices] == ["completed"] * 3 + ["unfinished"]


def test_a_node_that_outlives_its_epoch_ends_with_it(play: Play) -> None:
    def emit(events: Events) -> None:
        events.epoch_begun(1)
        events.started(1, A)
        events.epoch_ended(1, "cancelled")
        events.finished(1, A, "completed")

    assert [entry["args"]["state"] for entry in play(emit).slices] == ["abandoned"]


def test_nothing_of_an_epoch_is_kept_once_it_is_over(plan: Plan, path: Path) -> None:
    events = Events()
    events.bind(plan)
    with Trace(path, plan, events) as trace:
        for epoch in range(50):
            events.epoch_begun(epoch)
            events.started(epoch, A)
            events.finished(epoch, A, "completed")
            events.epoch_ended(epoch, "success")
            trace.pump()
            assert trace._passes == {}


def test_what_came_too_fast_is_said_to_be_missing(plan: Plan, path: Path) -> None:
    events = Events(capacity=10)
    events.bind(plan)
    with Trace(path, plan, events) as trace:
        events.started(1, A)
        trace.pump()
        for _ in range(12):
            events.bytes(1)
        events.finished(1, A, "completed")
        events.started(2, B)
        events.finished(2, B, "completed")
        trace.pump()
        assert trace.missed == 5
        assert list(trace._passes) == [("", 2)]  # The end of the other one may have been among what is missing.

    seen = Seen(path)

    assert "5 events are missing before this" in seen.names("i")
    assert [entry["name"] for entry in seen.slices] == ["b"]


def test_a_thread_writes_while_the_run_goes_and_ends_with_the_trace(plan: Plan, path: Path) -> None:
    events = Events(capacity=400)
    events.bind(plan)
    with Trace(path, plan, events).follow() as trace:
        thread = trace._thread
        assert thread is not None
        for epoch in range(100):
            events.started(epoch, A)
            events.finished(epoch, A, "completed")
        until(lambda: b'"epoch":99' in path.read_bytes())
    thread.join(PATIENCE_S)

    assert not thread.is_alive()
    assert trace.missed == 0
    assert len(Seen(path).slices) == 100


@pytest.mark.parametrize("capacity", [1, 2, 3])
def test_what_is_left_is_written_however_little_is_kept(plan: Plan, path: Path, capacity: int) -> None:
    events = Events(capacity)
    with Trace(path, plan, events) as trace:
        for live in range(capacity):
            events.bytes(live)
        trace.pump()
        trace.pump()

    assert len(Seen(path).of("C")) == capacity


def test_a_value_of_a_source_is_a_slice_as_long_as_it_took_and_its_node_none(play: Play) -> None:
    def emit(events: Events) -> None:
        now = perf_counter_ns()
        events.gave(1, A, now + 1_000, now + 8_000)
        events.gave(1, B, now + 6_000, now + 9_000)  # Told too early by a moment: slices do not overlap.
        events.started(1, A, "another")
        events.finished(1, A, "completed")
        events.started(1, B, "another")
        events.error(1, B, ErrorInfo.of("b", ValueError("no good")))
        events.finished(1, B, "failed")
        events.started(1, SUM, "another")
        events.finished(1, SUM, "completed")
        events.epoch_ended(1, "failed")

    seen = play(emit)

    assert [
        (entry["name"], entry["dur"], entry["args"]["state"]) for entry in seen.slices if entry["name"] != "sum"
    ] == [
        ("a", pytest.approx(7), "completed"),
        ("b", pytest.approx(1), "failed"),
    ]
    assert seen.track(seen.slice("a")) == seen.track(seen.slice("b")) == threading.current_thread().name
    assert seen.arrows() == [("a", "sum"), ("b", "sum")]


def test_texts_that_are_not_utf_8_are_written(play: Play) -> None:
    def emit(events: Events) -> None:
        events.log(1, "a", "info", 'photo\udce4.png\n"')

    assert play(emit).names("i") == ['a: photo\udce4.png\n"']


def test_a_file_that_cannot_be_written_is_refused(plan: Plan, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"cannot be written to .*run.json: No such file or directory; give a file"):
        Trace(tmp_path / "gone" / "run.json", plan, Events())


class Full:
    """A file on a disk that is full."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def flush(self) -> None:
        raise OSError(28, "No space left on device")

    def close(self) -> None:
        self._file.close()
        self.flush()


def test_a_full_disk_ends_the_trace_with_a_word_and_not_the_run(
    plan: Plan, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    events = Events()
    events.bind(plan)
    with Trace(path, plan, events) as trace:
        trace._file = cast("IO[bytes]", Full(trace._file))
        for epoch in range(3):
            events.bytes(epoch)
            trace.pump()
            assert trace._written == []

    assert [record.getMessage() for record in caplog.records] == [
        f"The trace {path} ends here, and the run goes on: No space left on device."
    ]


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[tuple[Path, list[bytes]]]:
    """A named pipe, and what comes out of it."""
    path, came = tmp_path / "pipe", []
    os.mkfifo(path)
    reader = threading.Thread(target=lambda: came.append(path.read_bytes()))
    reader.start()
    yield path, came
    reader.join(PATIENCE_S)


def test_a_trace_can_be_piped(plan: Plan, tmp_path: Path, pipe: tuple[Path, list[bytes]]) -> None:
    path, came = pipe
    events = Events()
    with Trace(path, plan, events) as trace:
        for live in range(3):
            events.bytes(live)
            trace.pump()
    until(lambda: bool(came))

    (tmp_path / "read.json").write_bytes(came[0])
    assert len(Seen(tmp_path / "read.json").of("C")) == 3
