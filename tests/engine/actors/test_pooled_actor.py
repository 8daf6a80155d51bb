"""Actors that share threads: what pykka's own suite does not ask."""

import logging
import threading
from collections.abc import Iterator
from typing import Any

import pykka
import pytest
from pykka import ActorDeadError, ActorRegistry

from animaweave.engine.actors import PooledActor
from animaweave.engine.actors.mailbox import TURN
from animaweave.engine.actors.scheduler import Scheduler
from tests.engine.lab import PATIENCE_S


@pytest.fixture
def scheduler() -> Iterator[Scheduler]:
    """One thread, for actors of the class `Here`."""
    made = Scheduler(1)
    yield made
    for ref in ActorRegistry.get_all():
        ref.stop()
    assert made.close(PATIENCE_S) == []


def actor_class(scheduler: Scheduler) -> type[PooledActor]:
    class Here(PooledActor):
        _scheduler = scheduler

        def on_receive(self, message: Any) -> Any:
            return message(self) if callable(message) else message

    return Here


def stopped(ref: pykka.ActorRef[Any]) -> threading.Event:
    """What is set once the actor is stopped."""
    return ref.actor_stopped


def test_thousands_of_actors_share_a_few_threads(scheduler: Scheduler) -> None:
    scheduler.limit = 3
    kind = actor_class(scheduler)
    before = threading.active_count()
    refs = [kind.start() for _ in range(3000)]

    replies = [ref.ask(number, block=False) for number, ref in enumerate(refs)]
    answers = [reply.get(timeout=PATIENCE_S) for reply in replies]

    assert answers == list(range(3000))
    assert threading.active_count() - before <= 3


def test_an_actor_that_asks_another_does_not_hang_the_only_thread(scheduler: Scheduler) -> None:
    kind = actor_class(scheduler)
    chain = [kind.start() for _ in range(10)]

    def ask_next(number: int) -> Any:
        def message(_: PooledActor) -> Any:
            return (
                number if number == len(chain) - 1 else chain[number + 1].ask(ask_next(number + 1), timeout=PATIENCE_S)
            )

        return message

    assert chain[0].ask(ask_next(0), timeout=PATIENCE_S) == 9


def test_an_actor_that_waits_for_a_proxys_answer_does_not_hang_the_only_thread(scheduler: Scheduler) -> None:
    class Counter(actor_class(scheduler)):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.count = 0

        def add(self, number: int) -> int:
            self.count += number
            return self.count

    class Asker(actor_class(scheduler)):  # type: ignore[misc]
        def twice(self, counter: Any) -> int:
            counter.add(1).get(timeout=PATIENCE_S)
            return int(counter.add(1).get(timeout=PATIENCE_S))

    counter = Counter.start().proxy()

    assert Asker.start().proxy().twice(counter).get(timeout=PATIENCE_S) == 2
    assert counter.count.get(timeout=PATIENCE_S) == 2


def test_threads_that_stood_in_end_again(scheduler: Scheduler) -> None:
    kind = actor_class(scheduler)
    first, second = kind.start(), kind.start()

    for _ in range(20):
        first.ask(lambda _: second.ask("x", timeout=PATIENCE_S), timeout=PATIENCE_S)

    settled = threading.Event()
    first.tell(lambda _: settled.set())
    assert settled.wait(PATIENCE_S)
    assert len(scheduler._threads) - scheduler._waiting <= 2


def test_an_actor_never_runs_twice_at_once(scheduler: Scheduler) -> None:
    scheduler.limit = 4
    inside, most, done = 0, 0, threading.Semaphore(0)

    class Single(PooledActor):
        _scheduler = scheduler

        def on_receive(self, message: Any) -> Any:
            nonlocal inside, most
            inside += 1
            most = max(most, inside)
            for _ in range(50):
                pass
            inside -= 1
            done.release()

    ref = Single.start()

    def tell() -> None:
        for number in range(500):
            ref.tell(number)

    threads = [threading.Thread(target=tell) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for _ in range(2000):
        assert done.acquire(timeout=PATIENCE_S)

    assert most == 1


def test_messages_of_one_sender_arrive_in_order(scheduler: Scheduler) -> None:
    scheduler.limit = 4
    seen: list[int] = []
    ref = actor_class(scheduler).start()
    for number in range(1000):
        ref.tell(lambda _, number=number: seen.append(number))
    ref.ask("last", timeout=PATIENCE_S)

    assert seen == list(range(1000))


def test_an_actor_with_many_messages_lets_others_have_their_turn(scheduler: Scheduler) -> None:
    kind = actor_class(scheduler)
    greedy, modest = kind.start(), kind.start()
    order: list[str] = []
    gate, reached = threading.Event(), threading.Event()

    def hold(_: PooledActor) -> None:
        reached.set()
        assert gate.wait(PATIENCE_S)

    greedy.tell(hold)
    assert reached.wait(PATIENCE_S)
    for _ in range(3 * TURN):
        greedy.tell(lambda _: order.append("greedy"))
    modest.tell(lambda _: order.append("modest"))
    gate.set()
    greedy.ask("last", timeout=PATIENCE_S)
    modest.ask("last", timeout=PATIENCE_S)

    assert order.index("modest") < TURN
    assert len(order) == 3 * TURN + 1


def test_hooks_run_on_a_thread_of_the_scheduler_in_order(scheduler: Scheduler) -> None:
    seen: list[tuple[str, bool]] = []

    class Hooked(PooledActor):
        _scheduler = scheduler

        def on_start(self) -> None:
            seen.append(("start", Scheduler.current() is scheduler))

        def on_receive(self, message: Any) -> Any:
            seen.append((message, Scheduler.current() is scheduler))

        def on_stop(self) -> None:
            seen.append(("stop", Scheduler.current() is scheduler))

    ref = Hooked.start()
    ref.ask("message", timeout=PATIENCE_S)
    ref.stop(timeout=PATIENCE_S)

    assert seen == [("start", True), ("message", True), ("stop", True)]
    assert Scheduler.current() is None


def test_who_asks_a_stopped_actor_is_told(scheduler: Scheduler) -> None:
    ref = actor_class(scheduler).start()
    gate, reached = threading.Event(), threading.Event()

    def hold(_: PooledActor) -> None:
        reached.set()
        assert gate.wait(PATIENCE_S)

    ref.tell(hold)
    assert reached.wait(PATIENCE_S)
    ref.stop(block=False)
    late = [ref.ask(number, block=False) for number in range(3 * TURN)]
    gate.set()

    for reply in late:
        with pytest.raises(ActorDeadError):
            reply.get(timeout=PATIENCE_S)
    assert not ref.is_alive()
    with pytest.raises(ActorDeadError):
        ref.tell("later")


class Enough(BaseException):
    """No ordinary exception."""


@pytest.mark.parametrize("where", ["on_receive", "on_start", "on_stop", "on_failure"])
def test_what_is_no_ordinary_exception_ends_the_actors_of_its_scheduler_alone(scheduler: Scheduler, where: str) -> None:
    other_scheduler = Scheduler(1)

    class Bad(actor_class(scheduler)):  # type: ignore[misc]
        def on_start(self) -> None:
            if where == "on_start":
                raise Enough

        def on_receive(self, message: Any) -> Any:
            raise Enough if where == "on_receive" else ValueError("no good")

        def on_failure(self, *_: Any) -> None:
            if where == "on_failure":
                raise Enough

        def on_stop(self) -> None:
            if where == "on_stop":
                raise Enough

    stranger = actor_class(other_scheduler).start()
    neighbour = actor_class(scheduler).start()
    bad = Bad.start()
    if where == "on_stop":
        bad.stop(block=False)
    elif where != "on_start":
        bad.tell("anything")

    for ref in (bad, neighbour):
        assert stopped(ref).wait(PATIENCE_S)
    assert stranger.ask("there?", timeout=PATIENCE_S) == "there?"
    assert not bad.is_alive()
    # The thread lives on, and so do new actors.
    assert actor_class(scheduler).start().ask("new", timeout=PATIENCE_S) == "new"
    stranger.stop()
    assert other_scheduler.close(PATIENCE_S) == []


def test_who_asked_is_told_that_the_actor_was_ended(scheduler: Scheduler) -> None:
    def end(_: PooledActor) -> None:
        raise Enough

    ref = actor_class(scheduler).start()

    with pytest.raises(ActorDeadError, match="was ended by Enough"):
        ref.ask(end, timeout=PATIENCE_S)


def test_an_error_in_on_start_stops_the_actor_and_is_logged(
    scheduler: Scheduler, caplog: pytest.LogCaptureFixture
) -> None:
    class Bad(actor_class(scheduler)):  # type: ignore[misc]
        def on_start(self) -> None:
            raise ValueError("no good")

    with caplog.at_level(logging.ERROR, "pykka"):
        ref = Bad.start()
        assert stopped(ref).wait(PATIENCE_S)

    assert "no good" in caplog.text


def test_an_exception_is_the_askers(scheduler: Scheduler) -> None:
    def fail(_: PooledActor) -> None:
        raise ValueError("no good")

    ref = actor_class(scheduler).start()

    with pytest.raises(ValueError, match="no good"):
        ref.ask(fail, timeout=PATIENCE_S)
    assert ref.ask("still here", timeout=PATIENCE_S) == "still here"


def test_a_future_of_the_pool_gives_up_after_its_timeout(scheduler: Scheduler) -> None:
    future = actor_class(scheduler)._create_future()

    with pytest.raises(pykka.Timeout):
        future.get(timeout=0.001)
    future.set(3)
    assert future.get() == 3


def test_the_registry_finds_the_actors(scheduler: Scheduler) -> None:
    kind = actor_class(scheduler)
    refs = [kind.start() for _ in range(3)]

    assert sorted(ref.actor_urn for ref in ActorRegistry.get_by_class(kind)) == sorted(ref.actor_urn for ref in refs)
    assert ActorRegistry.get_by_urn(refs[0].actor_urn) == refs[0]
    ActorRegistry.broadcast("hello", target_class=kind)
    ActorRegistry.stop_all(timeout=PATIENCE_S)
    assert ActorRegistry.get_by_class(kind) == []
