"""The threads that serve actors and runs."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from animaweave.engine.actors import scheduler as module
from animaweave.engine.actors.scheduler import Scheduler
from tests.engine.lab import PATIENCE_S, Gate, until


@pytest.fixture
def make() -> Iterator[Callable[[int], Scheduler]]:
    """Make schedulers that are closed after the test."""
    made: list[Scheduler] = []

    def make(limit: int) -> Scheduler:
        made.append(Scheduler(limit))
        return made[-1]

    yield make
    for scheduler in made:
        assert scheduler.close(PATIENCE_S) == []


Make = Callable[[int], Scheduler]


def test_no_thread_starts_before_there_is_work(make: Make) -> None:
    before = threading.active_count()
    make(4)

    assert threading.active_count() == before


def test_as_many_threads_start_as_there_are_tasks_up_to_the_limit(make: Make) -> None:
    scheduler = make(3)
    meeting = threading.Barrier(4)
    ran = threading.Semaphore(0)

    def meet() -> None:
        meeting.wait(PATIENCE_S)

    for _ in range(3):
        scheduler.submit(meet)
    for _ in range(20):
        scheduler.submit(ran.release)
    assert not ran.acquire(blocking=False)
    meeting.wait(PATIENCE_S)
    for _ in range(20):
        assert ran.acquire(timeout=PATIENCE_S)

    assert len(scheduler._threads) == 3


def test_a_limit_below_one_is_one(make: Make) -> None:
    assert make(0).limit == 1


def test_each_of_many_tasks_is_run_once_whoever_submits(make: Make) -> None:
    scheduler = make(3)
    seen: list[int] = []
    done = threading.Semaphore(0)

    def task(number: int) -> None:
        seen.append(number)
        done.release()

    def submit(base: int) -> None:
        for number in range(base, base + 500):
            scheduler.submit(partial(task, number))

    threads = [threading.Thread(target=submit, args=(500 * k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for _ in range(2000):
        assert done.acquire(timeout=PATIENCE_S)

    assert sorted(seen) == list(range(2000))


def test_a_task_submitted_while_the_only_idle_thread_takes_another_gets_a_thread(make: Make) -> None:
    """Over and over, since it hangs on a moment; the two wait for one another."""
    scheduler = make(2)
    meeting = threading.Barrier(3)

    def meet() -> None:
        meeting.wait(PATIENCE_S)

    for _ in range(500):
        scheduler.submit(meet)
        scheduler.submit(meet)
        meet()


def test_threads_without_work_end_after_a_while(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LINGER_S", 0.01)
    monkeypatch.setattr(module, "ALERT_S", 0.0)
    scheduler = make(2)
    done = threading.Event()
    scheduler.submit(done.set)
    assert done.wait(PATIENCE_S)
    (thread,) = scheduler._threads

    thread.join(PATIENCE_S)

    assert not thread.is_alive()
    assert scheduler._threads == set()
    again = threading.Event()
    scheduler.submit(again.set)
    assert again.wait(PATIENCE_S)


def test_an_idle_thread_looks_at_offers_without_being_woken(make: Make) -> None:
    scheduler = make(1)
    looked = threading.Semaphore(0)
    work = [1, 2, 3]

    def steal() -> bool:
        looked.release()
        return bool(work and work.pop())

    scheduler.offer(steal)
    for _ in range(10):
        assert looked.acquire(timeout=PATIENCE_S)
    scheduler.withdraw(steal)

    assert work == []


def test_an_offer_withdrawn_is_not_asked_again(make: Make) -> None:
    scheduler = make(1)
    asked: list[str] = []

    def first() -> bool:
        asked.append("first")
        return False

    def second() -> bool:
        asked.append("second")
        return False

    scheduler.offer(first)
    scheduler.offer(second)
    until(lambda: {"first", "second"} <= set(asked))
    scheduler.withdraw(first)
    passed = threading.Event()
    scheduler.submit(passed.set)
    assert passed.wait(PATIENCE_S)
    asked.clear()
    until(lambda: len(asked) > 3)
    scheduler.withdraw(second)

    assert set(asked) == {"second"}


def test_somebody_looks_at_offers_while_another_thread_is_busy_with_a_task(make: Make) -> None:
    scheduler = make(2)
    gate, stolen = Gate(), threading.Event()

    def steal() -> bool:
        if gate.reached.is_set():
            stolen.set()
        return False

    scheduler.offer(steal)
    scheduler.submit(gate)
    gate.await_arrival()
    assert stolen.wait(PATIENCE_S)
    gate.open()
    scheduler.withdraw(steal)


def test_a_task_or_offer_that_raises_is_logged_and_ends_no_thread(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    scheduler = make(1)
    raised = threading.Event()

    def steal() -> bool:
        raised.set()
        raise ValueError("bad offer")

    def task() -> None:
        raise SystemExit("bad task")

    scheduler.submit(task)
    scheduler.offer(steal)
    assert raised.wait(PATIENCE_S)
    scheduler.withdraw(steal)
    done = threading.Event()
    scheduler.submit(done.set)

    assert done.wait(PATIENCE_S)
    assert {record.exc_info[0] for record in caplog.records if record.exc_info} == {ValueError, SystemExit}


def test_a_thread_that_waits_is_stood_in_for(make: Make) -> None:
    scheduler = make(1)
    inner, seen = threading.Event(), []

    def outer() -> None:
        scheduler.submit(inner.set)
        with scheduler.stand_in():
            seen.append(inner.wait(PATIENCE_S))

    done = threading.Event()
    scheduler.submit(outer)
    scheduler.submit(done.set)

    assert done.wait(PATIENCE_S)
    until(lambda: seen == [True])


def test_a_task_knows_whose_thread_it_is_on(make: Make) -> None:
    one, other = make(1), make(1)
    seen: dict[str, Scheduler | None] = {}
    done = threading.Semaphore(0)

    def look(name: str) -> None:
        seen[name] = Scheduler.current()
        done.release()

    one.submit(lambda: look("one"))
    other.submit(lambda: look("other"))
    assert done.acquire(timeout=PATIENCE_S)
    assert done.acquire(timeout=PATIENCE_S)

    assert seen == {"one": one, "other": other}
    assert Scheduler.current() is None


def test_close_runs_the_tasks_that_wait_and_ends_the_threads() -> None:
    scheduler = Scheduler(2)
    ran: list[int] = []
    for number in range(100):
        scheduler.submit(partial(ran.append, number))
    threads = set(scheduler._threads)

    assert scheduler.close(PATIENCE_S) == []

    assert sorted(ran) == list(range(100))
    assert not any(thread.is_alive() for thread in threads)
    assert scheduler._threads == set()


def test_close_waits_for_threads_that_last_tasks_needed() -> None:
    scheduler = Scheduler(1)
    ran: list[str] = []
    gate = Gate()

    def last() -> None:
        gate()
        scheduler.submit(lambda: ran.append("after the last"))
        with scheduler.stand_in():
            until(lambda: bool(ran))

    scheduler.submit(last)
    gate.await_arrival()
    gate.open()

    assert scheduler.close(PATIENCE_S) == []
    assert ran == ["after the last"]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("animaweave")]


def test_close_does_not_wait_for_a_thread_to_look_at_the_clock() -> None:
    scheduler = Scheduler(1)
    idle = threading.Event()
    scheduler.submit(idle.set)
    assert idle.wait(PATIENCE_S)
    before = time.monotonic()
    scheduler.close(PATIENCE_S)

    assert time.monotonic() - before < module.LINGER_S


def test_close_names_the_threads_that_are_still_busy() -> None:
    scheduler = Scheduler(1)
    gate = Gate()
    scheduler.submit(gate)
    gate.await_arrival()
    (thread,) = scheduler._threads

    assert scheduler.close(0.01) == [thread.name]
    gate.open()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()


def test_a_task_may_close_its_own_scheduler() -> None:
    scheduler = Scheduler(1)
    closed: list[list[str]] = []
    scheduler.submit(lambda: closed.append(scheduler.close(PATIENCE_S)))
    until(lambda: closed == [[]])
    for thread in tuple(scheduler._threads):
        thread.join(PATIENCE_S)


def test_nothing_is_logged_in_ordinary_use(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        done = threading.Event()
        make(1).submit(done.set)
        assert done.wait(PATIENCE_S)

    assert caplog.records == []
