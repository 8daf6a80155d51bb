"""Things are called when they are due, and not when they were called off."""

import logging
import random
import threading
import time
from collections.abc import Iterator
from functools import partial

import pytest

from animaweave.engine.placement.timer import MANY, Timer
from animaweave.errors import EngineError

PATIENCE_S = 20.0


@pytest.fixture
def timer() -> Iterator[Timer]:
    timer = Timer()
    yield timer
    assert timer.close(PATIENCE_S)


def test_things_are_called_in_the_order_in_which_they_are_due_and_never_too_early(timer: Timer) -> None:
    called: list[tuple[float, float]] = []
    done = threading.Event()
    pauses = [number / 1000 for number in range(40)]
    random.Random(1).shuffle(pauses)
    begin = time.monotonic()

    def call(pause: float) -> None:
        called.append((pause, time.monotonic() - begin))

    for pause in pauses:
        timer.after(pause, partial(call, pause))
    timer.after(0.05, done.set)

    assert done.wait(PATIENCE_S)
    assert all(after >= pause for pause, after in called)
    assert sorted(pause for pause, _ in called) == sorted(pauses)


def test_one_that_is_due_sooner_than_all_others_is_not_held_up(timer: Timer) -> None:
    done = threading.Event()
    timer.after(1000, lambda: None)
    timer.after(0.01, done.set)

    assert done.wait(PATIENCE_S)


def test_what_was_called_off_is_not_called_and_not_kept(timer: Timer) -> None:
    called: list[int] = []
    done = threading.Event()
    offs = [timer.after(0.02, partial(called.append, number)) for number in range(10)]
    for off in offs[::2]:
        off()
        off()
    timer.after(0.04, done.set)
    for _ in range(20 * MANY):
        timer.after(1000, lambda: called.append(-1))()

    assert len(timer._entries) <= 3 * MANY
    assert done.wait(PATIENCE_S)
    assert called == [1, 3, 5, 7, 9]
    offs[1]()  # Too late; harmless.


def test_one_that_fails_is_reported_and_the_others_are_called(timer: Timer, caplog: pytest.LogCaptureFixture) -> None:
    done = threading.Event()

    def fail() -> None:
        raise ValueError("no good")

    with caplog.at_level(logging.ERROR):
        timer.after(0, fail)
        timer.after(0.01, done.set)
        assert done.wait(PATIENCE_S)

    assert "no good" in caplog.text


def test_a_closed_timer_calls_nothing_more_and_takes_nothing_more() -> None:
    timer = Timer()
    called: list[int] = []
    off = timer.after(0.01, lambda: called.append(1))
    assert timer.close(PATIENCE_S)
    assert timer.close(PATIENCE_S)
    off()

    with pytest.raises(EngineError, match="closed"):
        timer.after(0, lambda: called.append(2))
    assert called == []


def test_it_goes_by_the_monotonic_clock(timer: Timer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wall clock may jump."""
    done = threading.Event()
    wall = iter(range(0, 10**9, 10**6))
    monkeypatch.setattr(time, "time", lambda: float(next(wall)))
    timer.after(0.01, done.set)
    timer.after(5000, lambda: pytest.fail("too early"))

    assert done.wait(PATIENCE_S)
