"""Nodes past their time: told, given up if they do not look, tried again, each attempt with a time of its own."""

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from animaweave.authoring import Context
from animaweave.engine import launches
from animaweave.engine.placement import places
from tests.engine.lab import PATIENCE_S, Gate, Lab, assert_nothing_left, states, until

SHORT_S = 0.02


@pytest.fixture(autouse=True)
def _short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launches, "GRACE_S", 0.05)


@pytest.mark.parametrize("blocks", [True, False], ids=["blocks the loop", "takes no cancel"])
def test_an_async_node_that_does_not_end_is_given_up(lab: Lab, blocks: bool, caplog: pytest.LogCaptureFixture) -> None:
    done = threading.Event()

    @lab.node
    async def deaf(value: int = 0) -> int:
        while not done.is_set():
            try:
                if blocks:
                    done.wait(PATIENCE_S)
                await asyncio.sleep(0.001)
            except asyncio.CancelledError:
                lab.calls.append("told")
        return 7

    with lab.engine(lab.graph("a:deaf b:echo c:one", "a.result b.value", a={"timeout": SHORT_S})) as engine:
        result = engine.submit().result(PATIENCE_S)
        assert states(result) == {"a": "failed", "b": "skipped", "c": "completed"}
        assert "goes on in the background" in result.errors["a"].message
        assert "`a`" in caplog.text
        assert blocks or lab.calls == ["told"]
        done.set()
        assert_nothing_left(engine)
        assert engine.run().outputs == {"b.result": 7, "c.result": 1}, "the late result is thrown away"


def test_a_node_that_blocks_the_loop_does_not_hold_up_the_timeouts_of_others(lab: Lab) -> None:
    gate = Gate()

    @lab.node
    async def block() -> int:
        gate()
        return 1

    @lab.node
    def polite(ctx: Context, after: Any = None) -> int:
        gate.await_arrival()
        ctx.sleep(PATIENCE_S)
        return 1

    with lab.engine(lab.graph("a:block b:polite", b={"timeout": SHORT_S})) as engine:
        run = engine.submit()
        until(lambda: run.states()["b"] == "failed")
        gate.open()
        assert states(run.result(PATIENCE_S)) == {"a": "completed", "b": "failed"}


def test_nor_the_next_attempts_of_others(lab: Lab) -> None:
    gate = Gate()

    @lab.node
    async def block() -> int:
        gate()
        return 1

    @lab.node
    def second_time() -> int:
        gate.await_arrival()
        lab.calls.append("try")
        if len(lab.calls) < 2:
            raise OSError("busy")
        return 2

    with lab.engine(lab.graph("a:block b:second_time", b={"retry": {"attempts": 2, "delay": 0.001}})) as engine:
        run = engine.submit()
        until(lambda: run.states()["b"] == "completed")
        gate.open()
        assert run.result(PATIENCE_S).outputs == {"a.result": 1, "b.result": 2}


@pytest.mark.parametrize("type_", ["deaf", "deaf_later"])
def test_an_attempt_that_was_given_up_is_followed_by_one_with_its_own_time(lab: Lab, type_: str) -> None:
    gate = Gate()

    @lab.node
    def deaf() -> int:
        lab.calls.append("try")
        if len(lab.calls) == 1:
            gate()
            return -1
        return len(lab.calls)

    @lab.node
    async def deaf_later() -> int:
        lab.calls.append("try")
        while len(lab.calls) == 1:
            try:
                await asyncio.sleep(0.001)
            except asyncio.CancelledError:
                pass
        return len(lab.calls)

    graph = lab.graph(f"a:{type_} b:echo", "a.result b.value", a={"timeout": SHORT_S, "retry": {"attempts": 2}})
    with lab.engine(graph) as engine:
        assert engine.submit().result(PATIENCE_S).outputs == {"b.result": 2}
        gate.open()
        assert_nothing_left(engine)


@pytest.mark.parametrize("type_", ["polite", "polite_later"])
def test_a_timeout_of_almost_nothing_is_told_all_the_same(lab: Lab, type_: str) -> None:
    """It may come before the node has begun."""

    @lab.node
    def polite(ctx: Context) -> int:
        ctx.sleep(PATIENCE_S)
        return 1

    @lab.node
    async def polite_later() -> int:
        await asyncio.sleep(PATIENCE_S)
        return 1

    with lab.engine(lab.graph(f"a:{type_}", a={"timeout": 1e-6})) as engine:
        for _ in range(30):
            error = engine.run().errors["a"]
            assert error.message == "it took longer than its timeout of 1e-06 s", "nobody had to be given up"
        assert_nothing_left(engine)


def test_a_node_with_a_timeout_that_ends_in_time_leaves_nothing_to_be_called(lab: Lab) -> None:
    with lab.engine(lab.graph("a:plus", a={"timeout": 1000.0})) as engine:
        for _ in engine.stream(({"a.a": number} for number in range(500)), in_flight=4):
            pass
        assert len(engine._shared.places.timer._entries) < 200
        assert_nothing_left(engine)


def test_a_run_that_is_given_up_between_two_attempts_leaves_its_actor_free(lab: Lab) -> None:
    failed = threading.Event()

    @lab.node
    def fail_once() -> int:
        if not failed.is_set():
            failed.set()
            raise OSError("busy")
        return 1

    with lab.engine(lab.graph("a:fail_once", a={"retry": {"attempts": 2, "delay": 1000}})) as engine:
        run = engine.submit()
        assert failed.wait(PATIENCE_S)
        until(lambda: bool(run.epoch.launched))
        engine._executor.abandon(run.epoch, "given up")
        assert run.result(PATIENCE_S).status == "cancelled"
        assert_nothing_left(engine)
        assert engine.submit().result(PATIENCE_S).outputs == {"a.result": 1}


def test_a_hundred_sleeping_nodes_take_hardly_longer_than_one(lab: Lab) -> None:
    @lab.node(placement="thread")
    def doze(ctx: Context) -> int:
        ctx.sleep(0.2)
        return 1

    before = threading.active_count()
    with lab.engine(lab.graph(" ".join(f"n{number}:doze" for number in range(100))), 2) as engine:
        begin = time.monotonic()
        assert engine.run().status == "success"
        assert time.monotonic() - begin < 5, "one after another it would be 20"
    until(lambda: threading.active_count() == before)


def test_of_two_that_end_a_launch_at_the_same_time_one_has_it_and_the_next_launch_stays(lab: Lab) -> None:
    """Its time is over, say, just when it returns, and it is tried again."""

    class Between(dict[int, launches.Launch]):
        """Lets another one end the launch, and launch the node anew, where the first has just looked."""

        def get(self, key: int, default: Any = None) -> Any:
            found = super().get(key, default)
            if not lab.calls:
                lab.calls.append("between")
                ends.append(launch.end())
                if ends[-1]:
                    self[key] = following
            return found

    with lab.engine(lab.graph("a:one", a={"timeout": 1.0})) as engine:
        epoch = engine.prepare({}, engine.agenda()).epoch
        launch, following, ends = launches.Launch(epoch, 0), launches.Launch(epoch, 0), list[bool]()
        epoch.launched = Between({0: launch})

        ends.append(launch.end())

        assert sorted(ends) == [False, True]
        assert set(epoch.launched.values()) <= {following}
        assert following.end()


# ---------------------------------------------------------------- from when it runs


def test_a_node_that_waits_for_a_thread_uses_up_none_of_its_time(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "MOST_THREADS", 1)
    gate = Gate()

    @lab.node
    def block() -> int:
        gate()
        return 1

    @lab.node
    def after_it_has_begun() -> int:
        gate.await_arrival()
        return 1

    graph = lab.graph("a:block w:after_it_has_begun b:echo", "w.result b.value", a={"placement": "thread"},
                      b={"timeout": SHORT_S})  # fmt: skip
    with lab.engine(graph) as engine:
        run = engine.submit()
        until(lambda: bool(engine._shared.places.threads._tasks))
        wait_until_it_would_be_given_up()
        gate.open()
        assert run.result(PATIENCE_S).outputs == {"a.result": 1, "b.result": 1}


def test_nor_does_one_that_waits_for_a_loop_that_another_one_blocks(lab: Lab) -> None:
    gate = Gate()

    @lab.node
    async def block() -> int:
        gate()
        return 1

    @lab.node
    def after_it_has_begun() -> int:
        gate.await_arrival()
        return 1

    @lab.node
    async def quick(value: int) -> int:
        return value

    graph = lab.graph("a:block w:after_it_has_begun b:quick", "w.result b.value", b={"timeout": SHORT_S})
    with lab.engine(graph) as engine:
        run = engine.submit()
        until(lambda: 2 in run.epoch.launched)
        wait_until_it_would_be_given_up()
        gate.open()
        assert run.result(PATIENCE_S).outputs == {"a.result": 1, "b.result": 1}


def wait_until_it_would_be_given_up() -> None:
    begin = time.monotonic()
    until(lambda: time.monotonic() - begin > 3 * (SHORT_S + launches.GRACE_S))


def test_a_node_that_waits_for_a_thread_when_its_run_is_cancelled_is_not_called(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "MOST_THREADS", 1)
    gate = Gate()

    @lab.node
    def stay(value: int = 0) -> int:
        lab.calls.append("called")
        gate()
        return value

    with lab.engine(lab.graph("a:stay b:stay", a={"placement": "thread"}, b={"placement": "thread"})) as engine:
        run = engine.submit()
        gate.await_arrival()
        until(lambda: bool(engine._shared.places.threads._tasks))
        run.cancel()
        gate.open()
        assert sorted(states(run.result(PATIENCE_S)).values()) == ["cancelled", "completed"]
        assert lab.calls == ["called"]


# ---------------------------------------------------------------- sources


def test_a_source_with_a_timeout_gives_its_values(lab: Lab) -> None:
    @lab.node
    def count() -> Iterator[int]:
        yield from range(3)

    with lab.engine(lab.graph("s:count p:plus", "s.result p.a", s={"timeout": PATIENCE_S})) as engine:
        assert [result.outputs for result in engine.stream()] == [{"p.result": 10 + value} for value in range(3)]


def test_a_source_that_takes_longer_for_a_value_is_told_and_ends(lab: Lab) -> None:
    @lab.node
    def count(ctx: Context) -> Iterator[int]:
        yield 0
        ctx.sleep(PATIENCE_S)
        yield 1

    with lab.engine(lab.graph("s:count p:plus", "s.result p.a", s={"timeout": SHORT_S})) as engine:
        first, second = engine.stream()
        assert first.outputs == {"p.result": 10}
        assert str(second.errors["s"]) == f"TimedOut: it took longer than its timeout of {SHORT_S} s"
        assert_nothing_left(engine)


# ---------------------------------------------------------------- nodes with state


def test_a_node_with_state_and_a_timeout_keeps_its_state(lab: Lab) -> None:
    count_calls(lab, Gate())

    with lab.engine(lab.graph("a:tally", a={"timeout": PATIENCE_S})) as engine:
        given = [result.outputs["a.result"] for result in engine.stream({"a.value": -1} for _ in range(4))]

    assert given == [1, 2, 3, 4]


@pytest.mark.parametrize("retry", [None, {"attempts": 2}], ids=["next epoch", "next attempt"])
def test_an_object_that_was_given_up_is_never_called_again(lab: Lab, retry: Any) -> None:
    gate = Gate()
    clashes = count_calls(lab, gate)
    settings = {"timeout": SHORT_S, **({"retry": retry} if retry else {})}

    with lab.engine(lab.graph("a:tally", a=settings)) as engine:
        results = list(engine.stream(({"a.value": value} for value in range(4)), in_flight=2))
        gate.open()
        assert_nothing_left(engine)

    given = [result.outputs.get("a.result") for result in results]
    assert clashes == []
    if retry:
        assert given == [1, 1, 2, 3], "the second attempt is the first call of a new object"
    else:
        assert given == [1, None, 1, 2]
        assert results[1].errors["a"].message.endswith("its next call gets a new object, whose state begins anew")


def count_calls(lab: Lab, gate: Gate) -> list[str]:
    """A node that counts its calls, and stays in its first one with the number 1; tell of calls at the same time."""
    clashes: list[str] = []

    @lab.node
    class Tally:
        """How many calls."""

        def __init__(self) -> None:
            self.calls, self.is_inside = 0, False

        def __call__(self, value: int = 0) -> int:
            if self.is_inside:
                clashes.append(f"with {value}")
            self.is_inside = True
            self.calls += 1
            if value == 1 and not gate.reached.is_set():
                gate()
            self.is_inside = False
            return self.calls

    return clashes
