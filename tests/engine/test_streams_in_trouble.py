"""Streams whose inputs or sources break, that are left, closed or interrupted, and that share an engine."""

import contextlib
import contextvars
import gc
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from animaweave.authoring import Context
from animaweave.engine.engine import Engine
from animaweave.engine.router import Router
from animaweave.errors import EngineError, InputError
from tests.engine.lab import PATIENCE_S, Gate, Lab, assert_nothing_left, states, stay_until_cancelled, until
from tests.faults.interrupts import InterruptAt

colour: contextvars.ContextVar[str] = contextvars.ContextVar("colour", default="none")


def rows(name: str, count: int) -> Iterator[dict[str, int]]:
    return ({name: number} for number in range(count))


def two_nodes(lab: Lab, **run: Any) -> Any:
    return lab.graph("a:plus b:echo", "a.result b.value", **run)


def within_patience(work: Callable[[], Any]) -> Any:
    """Do something that may hang where the engine is broken."""
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(work()), daemon=True)
    thread.start()
    thread.join(PATIENCE_S)
    assert found, "it hangs, or has failed"
    return found[0]


# ---------------------------------------------------------------- inputs and sources that break


@pytest.mark.parametrize("workers", [1, 2])
def test_results_before_an_error_of_the_inputs_are_given_first(lab: Lab, workers: int) -> None:
    def inputs() -> Iterator[dict[str, int]]:
        yield from rows("a.a", 3)
        raise OSError("the file has gone")

    given: list[Any] = []
    with lab.engine(two_nodes(lab), workers) as engine:
        with pytest.raises(OSError, match="the file has gone"):
            given.extend(result.outputs["b.result"] for result in engine.stream(inputs(), in_flight=8))
        assert_nothing_left(engine)

    assert given == [10, 11, 12]


def test_inputs_that_are_no_mapping_are_told_by_their_type(lab: Lab) -> None:
    with lab.engine(two_nodes(lab)) as engine, pytest.raises(InputError, match="a set of inputs is a int; expected"):
        list(engine.stream([{"a.a": 1}, 5]))  # type: ignore[list-item]


def test_an_unknown_wish_for_what_failures_do_is_refused_at_once(lab: Lab) -> None:
    with lab.engine(two_nodes(lab)) as engine, pytest.raises(EngineError, match="on_error is 'halt'"):
        engine.stream([], on_error="halt")  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [SystemExit, GeneratorExit, ValueError, RecursionError])
def test_whatever_a_source_raises_fails_its_node(lab: Lab, kind: type[BaseException]) -> None:
    @lab.node
    def breaks() -> Iterator[int]:
        yield 1
        raise kind("no more")

    with lab.engine(lab.graph("s:breaks p:plus", "s.result p.a"), 2) as engine:
        first, second = engine.stream(in_flight=4)
        assert_nothing_left(engine)

    assert first.outputs == {"p.result": 11}
    assert states(second) == {"s": "failed", "p": "skipped"}


def test_a_source_that_cannot_be_closed_is_reported_and_harms_nothing(
    lab: Lab, caplog: pytest.LogCaptureFixture
) -> None:
    @lab.node
    def clings() -> Iterator[int]:
        try:
            yield from range(100)
        finally:
            raise OSError("the camera does not answer")

    @lab.node
    def closes() -> Iterator[int]:
        try:
            yield from range(100)
        finally:
            lab.calls.append("closed")

    graph = lab.graph("s:clings t:closes p:total", "s.result p.items[0]", "t.result p.items[1]")
    with lab.engine(graph, 2) as engine:
        results = engine.stream(in_flight=4)
        assert next(results).outputs == {"p.result": 0}
        results.close()
        assert_nothing_left(engine)
        assert lab.calls == ["closed"]
        assert "`s` failed when it was closed" in caplog.text
        assert "the camera does not answer" in caplog.text


def test_what_a_source_logs_is_in_the_result_of_the_value_that_it_was_making(lab: Lab) -> None:
    @lab.node
    def talks(ctx: Context) -> Iterator[int]:
        for number in range(3):
            ctx.log(f"making {number}")
            yield number

    with lab.engine(lab.graph("s:talks")) as engine:
        assert [[line.text for line in result.log] for result in engine.stream(in_flight=2)] == [
            ["making 0"], ["making 1"], ["making 2"],
        ]  # fmt: skip


def test_sources_and_nodes_see_the_context_variables_of_who_made_the_stream(lab: Lab) -> None:
    @lab.node
    def paints() -> Iterator[str]:
        for _ in range(2):
            yield colour.get()
        colour.set("green")
        yield colour.get()

    @lab.node
    def tint(value: str) -> str:
        return f"{value} {colour.get()}"

    token = colour.set("red")
    try:
        with lab.engine(lab.graph("s:paints t:tint", "s.result t.value"), 2) as engine:
            results = engine.stream(in_flight=2)
            colour.set("blue")
            assert [result.outputs["t.result"] for result in results] == ["red red", "red red", "green red"]
            assert colour.get() == "blue"
    finally:
        colour.reset(token)


def test_a_source_that_waits_is_told_when_the_engine_is_closed(lab: Lab) -> None:
    gate = Gate()

    @lab.node
    def waits(ctx: Context) -> Iterator[int]:
        yield 0
        gate.reached.set()
        ctx.sleep(PATIENCE_S)
        yield 1

    engine = lab.engine(lab.graph("s:waits p:plus", "s.result p.a"), 2)
    statuses: list[str] = []

    def follow() -> None:
        statuses.extend(result.status for result in engine.stream(in_flight=1))

    thread = threading.Thread(target=follow)
    thread.start()
    gate.await_arrival()
    engine.close(grace_s=PATIENCE_S)
    thread.join(PATIENCE_S)
    assert statuses == ["success", "cancelled"]
    assert_nothing_left(engine)


# ---------------------------------------------------------------- one engine for several


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_two_streams_may_be_followed_in_turns_on_one_thread(lab: Lab, workers: int) -> None:
    def follow() -> list[tuple[int, int]]:
        with lab.engine(two_nodes(lab), workers) as engine:
            pairs = zip(
                engine.stream(rows("a.a", 30), in_flight=4),
                engine.stream(rows("a.b", 30), in_flight=3),
                strict=True,
            )
            found = [(one.outputs["b.result"], other.outputs["b.result"]) for one, other in pairs]
            assert_nothing_left(engine)
            return found

    assert within_patience(follow) == [(number + 10, number) for number in range(30)]


@pytest.mark.parametrize("workers", [1, 2])
def test_runs_may_come_between_the_results_of_a_stream(lab: Lab, workers: int) -> None:
    def follow() -> list[tuple[int, ...]]:
        found = []
        with lab.engine(two_nodes(lab), workers) as engine:
            for result in engine.stream(rows("a.a", 20), in_flight=4):
                here = engine.run({"a.a": 1, "a.b": 1})
                there = engine.submit({"a.a": 2, "a.b": 2}).result()
                found.append(tuple(one.outputs["b.result"] for one in (result, here, there)))
            assert_nothing_left(engine)
        return found

    assert within_patience(follow) == [(number + 10, 2, 4) for number in range(20)]


def test_a_run_is_not_held_up_by_a_stream_whose_inputs_do_not_come(lab: Lab) -> None:
    gate = Gate()

    def inputs() -> Iterator[dict[str, int]]:
        yield {"a.a": 0}
        gate()

    with lab.engine(two_nodes(lab), 1) as engine:
        given: list[Any] = []
        thread = threading.Thread(
            target=lambda: given.extend(result.outputs for result in engine.stream(inputs(), in_flight=2))
        )
        thread.start()
        gate.await_arrival()
        assert within_patience(lambda: engine.run({"a.a": 5}).outputs) == {"b.result": 15}
        gate.open()
        thread.join(PATIENCE_S)
        assert given == [{"b.result": 10}]
        assert_nothing_left(engine)


@pytest.mark.parametrize("placement", ["inline", "thread"])
@pytest.mark.parametrize("how", ["run", "submit", "stream"])
def test_a_node_that_runs_its_own_engine_is_told_that_it_cannot(lab: Lab, how: str, placement: str) -> None:
    engines: list[Engine] = []

    @lab.node
    def again() -> Any:
        return list(engines[0].stream([{}])) if how == "stream" else getattr(engines[0], how)()

    with lab.engine(lab.graph("a:again", a={"placement": placement}), 2) as engine:
        engines.append(engine)
        result = engine.run()
        assert "a node cannot run the engine that it runs on itself" in result.errors["a"].message
        assert_nothing_left(engine)


def test_neither_can_one_by_way_of_another_engine(lab: Lab) -> None:
    engines: list[Engine] = []

    @lab.node
    def over() -> str:
        return str(engines[1].run().errors["b"])

    @lab.node
    def back() -> Any:
        return engines[0].run()

    with lab.engine(lab.graph("a:over")) as first, lab.engine(lab.graph("b:back")) as second:
        engines += [first, second]
        assert "a node cannot run the engine" in first.run().outputs["a.result"]


def test_what_a_node_has_left_behind_may_run_the_engine_when_the_run_is_over(lab: Lab) -> None:
    variables: list[contextvars.Context] = []

    @lab.node
    def leave() -> int:
        variables.append(contextvars.copy_context())
        return 1

    with lab.engine(lab.graph("a:leave")) as engine:
        engine.run()
        assert variables[0].run(engine.run).outputs == {"a.result": 1}


# ---------------------------------------------------------------- left, closed, interrupted


@pytest.mark.parametrize("workers", [1, 2])
def test_an_engine_is_closed_at_once_although_a_stream_was_left_open(lab: Lab, workers: int) -> None:
    engine = lab.engine(two_nodes(lab), workers)
    results = engine.stream(rows("a.a", 10), in_flight=4)
    next(results)

    engine.close(grace_s=PATIENCE_S)  # It would take that long if somebody had to be waited for.

    assert not any(run.epoch.left for run in engine.runs)
    given: list[str] = []
    with pytest.raises(EngineError, match="closed"):
        given.extend(result.status for result in results)
    assert len(given) == 3, "those under way are told of"
    assert_nothing_left(engine)


def test_a_run_that_begins_while_the_engine_is_closed_ends_and_starts_no_thread(lab: Lab) -> None:
    @lab.node
    def wait(ctx: Context, value: int = 0) -> int:
        ctx.sleep(PATIENCE_S)
        return value

    threads = threading.active_count()
    for number in range(60):
        settings = {"timeout": 100.0} if number % 2 else {"placement": "thread"}
        engine = lab.engine(lab.graph("a:wait", a=settings), 2)
        going = threading.Event()

        thread = threading.Thread(target=run_until_closed, args=(engine, going))
        thread.start()
        assert going.wait(PATIENCE_S)
        engine.close(grace_s=PATIENCE_S)
        thread.join(PATIENCE_S)
        assert not thread.is_alive()
        assert engine.runs == []
    until(lambda: threading.active_count() == threads)


def run_until_closed(engine: Engine, going: threading.Event) -> None:
    going.set()
    with contextlib.suppress(EngineError):
        while True:
            engine.run()


def test_a_stream_that_nobody_refers_to_any_more_ends(lab: Lab) -> None:
    @lab.node
    def endless() -> Iterator[int]:
        try:
            while True:
                yield 1
        finally:
            lab.calls.append("closed")

    with lab.engine(lab.graph("s:endless p:plus", "s.result p.a"), 2) as engine:
        for _ in engine.stream(in_flight=3):
            break
        assert lab.calls == ["closed"]
        assert_nothing_left(engine)


def test_a_forgotten_stream_that_is_found_at_the_engines_books_is_closed_when_they_are(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python's collector finds what refers to itself at any time, also while the routing lock is held."""
    engines: list[Engine] = []

    @lab.node
    def endless() -> Iterator[int]:
        try:
            while True:
                yield 1
        finally:
            lab.calls.append("in the books" if engines[0]._shared.lock._is_owned() else "closed")  # type: ignore[attr-defined]

    settle = Router.settle

    def collecting(self: Router, *args: Any) -> None:
        gc.collect()
        settle(self, *args)

    graph = lab.graph("s:endless p:plus", "s.result p.a", p={"retry": {"attempts": 2}})
    with lab.engine(graph, 2) as engine:
        engines.append(engine)
        gc.disable()
        try:
            forgotten: list[Any] = [engine.stream(in_flight=3)]
            next(forgotten[0])
            forgotten.append(forgotten)
            del forgotten
            monkeypatch.setattr(Router, "settle", collecting)
            for _ in engine.stream([{}] * 2, in_flight=2):
                pass
            monkeypatch.undo()
            list(engine.stream([{}]))
            assert lab.calls == ["closed"] * 3
            assert_nothing_left(engine)
        finally:
            gc.enable()


def test_errors_and_ends_of_streams_leave_no_circles(lab: Lab) -> None:
    def inputs(ends: bool) -> Iterator[dict[str, int]]:
        yield from rows("a.a", 5)
        if not ends:
            raise OSError("gone")

    with lab.engine(two_nodes(lab), 1) as engine:
        gc.collect()
        gc.disable()
        try:
            for number in range(20):
                try:
                    for _ in engine.stream(inputs(number % 2 == 0), in_flight=3):
                        if number % 3 == 0:
                            break
                except OSError:
                    pass
            found = gc.collect()
        finally:
            gc.enable()

    assert found == 0


@pytest.mark.skipif(signal.getsignal(signal.SIGINT) is not signal.default_int_handler, reason="SIGINT is somebody's")
@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_at_any_point_of_a_stream_leaves_the_engine_usable(lab: Lab, workers: int) -> None:
    @lab.node
    class Sum:
        """What came so far."""

        def __init__(self) -> None:
            self.sum = 0

        def __call__(self, value: int = 0) -> int:
            self.sum += value
            return self.sum

    @lab.node
    def count() -> Iterator[int]:
        yield from range(4)

    choose, tried, came = random.Random(workers), 0, 0
    graph = lab.graph("s:count a:plus b:sum", "s.result a.a", "a.result b.value")
    with lab.engine(graph, workers) as engine:
        number = 1
        while True:
            given: list[Any] = []
            with InterruptAt(number) as at:
                try:
                    given.extend(result.outputs["b.result"] for result in engine.stream(in_flight=3))
                except KeyboardInterrupt:
                    came += 1
            if at.place is None:
                break
            tried += 1
            assert given == [10, 21, 33, 46][: len(given)], at.place
            assert_nothing_left(engine)
            assert not engine._shared.unattended, at.place
            again = within_patience(lambda: [result.outputs["b.result"] for result in engine.stream(in_flight=3)])
            assert again == [10, 21, 33, 46], at.place
            assert_nothing_left(engine)
            number += choose.randint(1, 40)

    assert tried > 50
    assert came == tried, "each was raised"


@pytest.mark.skipif(signal.getsignal(signal.SIGINT) is not signal.default_int_handler, reason="SIGINT is somebody's")
@pytest.mark.parametrize("ends", ["to the end", "left"])
def test_ctrl_c_at_every_point_of_the_end_of_a_stream_ends_it(lab: Lab, ends: str) -> None:
    @lab.node
    def count() -> Iterator[int]:
        try:
            yield from range(3)
        finally:
            lab.calls.append("closed")

    def follow() -> None:
        results = engine.stream(in_flight=2)
        for _ in results:
            if ends == "left":
                break
        results.close()

    with lab.engine(lab.graph("s:count a:plus", "s.result a.a"), 1) as engine:
        follow()
        last, tried, came = InterruptAt.count(follow), 0, 0
        for number in range(last - 200, last + 1):
            lab.calls.clear()
            with InterruptAt(number) as at:
                try:
                    follow()
                except KeyboardInterrupt:
                    came += 1
            tried += at.place is not None
            assert came == tried, f"Ctrl-C was lost at {at.place}"
            assert lab.calls == ["closed"], at.place
            assert_nothing_left(engine)
            assert not engine._shared.unattended, at.place
            assert not engine._shared.streams, at.place

    assert tried > 50


@pytest.mark.skipif(signal.getsignal(signal.SIGINT) is not signal.default_int_handler, reason="SIGINT is somebody's")
@pytest.mark.parametrize("co_operates", [True, False])
def test_after_ctrl_c_a_stream_and_its_engine_wait_once_and_only_for_nodes_that_do_not_look(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, co_operates: bool
) -> None:
    grace_s = PATIENCE_S if co_operates else 0.5
    monkeypatch.setattr("animaweave.engine.stream.GRACE_S", grace_s)
    gate, both_stay, pressed_at = Gate(), threading.Barrier(2), 0.0

    @lab.node(placement="thread")
    def stay(ctx: Context, number: int = -1, at: int = 0) -> int:
        nonlocal pressed_at
        if number == at:
            both_stay.wait(PATIENCE_S)
            if number:
                pressed_at = time.monotonic()
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            if co_operates:
                stay_until_cancelled(ctx)
            gate()
        return number

    graph = lab.graph("a:stay b:stay", "a.result b.number")
    graph.set_param("a", "at", 1)
    with lab.engine(graph, 1) as engine, pytest.raises(KeyboardInterrupt):
        list(engine.stream(rows("a.number", 2), in_flight=2))
    waited_s = time.monotonic() - pressed_at
    gate.open()

    assert waited_s < (0.5 if co_operates else 2 * grace_s)
    assert co_operates or waited_s >= grace_s
    until(lambda: not any(thread.name.startswith("animaweave") for thread in threading.enumerate()))


def test_ctrl_c_in_the_inputs_and_in_a_source_comes_out_at_once(lab: Lab) -> None:
    @lab.node
    def interrupted() -> Iterator[int]:
        yield 0
        signal.raise_signal(signal.SIGINT)
        yield 1

    def inputs() -> Iterator[dict[str, int]]:
        yield {"a.a": 0}
        signal.raise_signal(signal.SIGINT)
        yield {"a.a": 1}

    with lab.engine(two_nodes(lab), 1) as engine:
        with pytest.raises(KeyboardInterrupt):
            list(engine.stream(inputs(), in_flight=3))
        assert_nothing_left(engine)
        assert engine.run().status == "success"
    with lab.engine(lab.graph("s:interrupted p:plus", "s.result p.a"), 1) as engine:
        with pytest.raises(KeyboardInterrupt):
            list(engine.stream(in_flight=3))
        assert_nothing_left(engine)
