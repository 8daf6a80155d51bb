"""How long one node takes from submit to result: run by its caller, handed over, and with the garbage collector on."""

from __future__ import annotations

import contextlib
import gc
import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Self

import animaweave as aw

from .row import Row, compared, within
from .timing import percentile, samples_s
from .work import begin, chain, registry

NAME = "latency"
SAMPLES = 2000
TURNS = 6
"""How often the collector is turned on and off again."""


def rows() -> Iterator[Row]:
    """Microseconds: median and 99th percentile."""
    with aw.Engine(aw.compile(chain(1).graph(), registry=registry())) as engine:
        took = samples_s({"run": lambda x: engine.run({"n0.x": x}).outputs["n0.result"]}, rounds=SAMPLES)["run"]
        yield within(NAME, "run by the caller, median", statistics.median(took) * 1e6, "µs", at_most=10)
        yield within(NAME, "run by the caller, 99 %", percentile(took, 0.99) * 1e6, "µs", at_most=25)
        yield from _handed_over(engine)
        yield _collected(engine)


def _collected(engine: aw.Engine) -> Row:
    """With the collector against without it: what a run leaves behind must be no work for it."""
    took: dict[bool, list[float]] = {True: [], False: []}
    was_on = gc.isenabled()
    try:
        for turn in range(2 * TURNS):
            is_on = turn % 2 == 0
            (gc.enable if is_on else gc.disable)()
            took[is_on] += samples_s({"": lambda x: engine.run({"n0.x": x}).outputs["n0.result"]}, rounds=SAMPLES)[""]
    finally:
        (gc.enable if was_on else gc.disable)()
    on, off = (percentile(took[is_on], 0.99) * 1e6 for is_on in (True, False))
    return compared(NAME, "run by the caller, 99 %, collector on", on, "µs", "collector off", off, at_most=1.2)


def _handed_over(engine: aw.Engine) -> Iterator[Row]:
    with Sleeper() as sleeper, ThreadPoolExecutor(1) as pool:
        calls = {
            "ours": lambda x: engine.submit({"n0.x": x}).result().outputs["n0.result"],
            "pool": lambda x: pool.submit(begin, x).result(),
            "sleeper": sleeper.ask,
        }
        took = samples_s(calls, rounds=SAMPLES)
    ours, pool_us, there_and_back = (statistics.median(took[name]) * 1e6 for name in calls)
    wake_up = statistics.median(sleeper.woken_after_s) * 1e6
    case = "handed over, median"
    yield compared(NAME, case, ours, "µs", "a bare thread, there and back", there_and_back, at_most=2)
    yield compared(NAME, case, ours, "µs", "its wake-up alone", wake_up)
    yield compared(NAME, case, ours, "µs", "ThreadPoolExecutor", pool_us)
    yield Row(NAME, "handed over, 99 %", percentile(took["ours"], 0.99) * 1e6, "µs")


class Sleeper:
    """A thread that waits for a lock, and does what a node does when it is woken.

    Attributes:
        woken_after_s: For each time, the seconds from opening the lock to the thread's first line.
    """

    def __init__(self) -> None:
        self.woken_after_s: list[float] = []
        self._asked, self._answered = threading.Lock(), threading.Lock()
        self._asked.acquire()
        self._answered.acquire()
        self._x: int | None = 0
        self._answer = 0
        self._opened = 0.0
        self._thread = threading.Thread(target=self._work)

    def ask(self, x: int) -> int:
        """Wake the thread and wait for its answer."""
        self._x = x
        self._opened = time.perf_counter()
        self._asked.release()
        self._answered.acquire()
        return self._answer

    def _work(self) -> None:
        while True:
            self._asked.acquire()
            self.woken_after_s.append(time.perf_counter() - self._opened)
            if self._x is None:
                return
            self._answer = begin(self._x)
            self._answered.release()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._x = None
        self._asked.release()
        self._thread.join()
        with contextlib.suppress(IndexError):
            self.woken_after_s.pop()
