"""A few threads that serve thousands of actors (what Akka calls a dispatcher).

Tasks queue up for the threads. Besides, a run that has more ready nodes than its own thread can serve *offers* them:
an idle thread looks at the offers every millisecond and steals, so that trivial nodes never pay for waking a thread.
Threads start when they are needed and end after a second without work, or on `close`. A thread whose actor waits for
another actor is stood in for, so that a single thread cannot hang itself.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator

Task = Callable[[], None]
Offer = Callable[[], bool]

POLL_S = 0.001
"""How often an idle thread looks at the offers."""

LINGER_S = 1.0
"""How long an idle thread stays."""

ALERT_S = 0.05
"""How long idle threads go on looking after the last offer, so that run after run finds them awake."""

_logger = logging.getLogger(__name__)
_here = threading.local()
_numbers = itertools.count(1)


def _nudge() -> None:
    """A task that only wakes a thread, so that it looks at the offers."""


class Scheduler:
    """Threads that run tasks.

    Attributes:
        limit: Threads that may run at once, not counting those that wait inside `stand_in`.
    """

    def __init__(self, limit: int) -> None:
        self.limit = max(1, limit)
        self._tasks: queue.SimpleQueue[Task] = queue.SimpleQueue()
        self._offers: tuple[Offer, ...] = ()
        self._lock = threading.Lock()  # Guards what follows.
        self._threads: set[threading.Thread] = set()
        self._idle = 0  # Threads that wait for a task;
        self._watching = 0  # those of them that look at the offers.
        self._waiting = 0  # Threads inside `stand_in`.
        self._alert_until = 0.0
        self._closed = False

    @staticmethod
    def current() -> Scheduler | None:
        """The scheduler whose thread this is, or None."""
        return getattr(_here, "scheduler", None)

    def submit(self, task: Task) -> None:
        """Have a task run on one of the threads."""
        self._tasks.put(task)
        # A thread that closes down does what it leaves behind itself.
        is_last = self._closed and Scheduler.current() is self
        if self._tasks.qsize() > self._idle and not is_last:
            self._add_thread()

    def offer(self, steal: Offer) -> None:
        """Let idle threads call `steal`, which takes and does some work, and tells whether there was any."""
        with self._lock:
            self._offers = (*self._offers, steal)
            self._alert_until = time.monotonic() + ALERT_S
        self.watch()

    def withdraw(self, steal: Offer) -> None:
        """Take an offer back; calls under way go on."""
        with self._lock:
            self._offers = tuple(offer for offer in self._offers if offer != steal)

    def watch(self) -> None:
        """See to it that some thread looks at the offers every now and then."""
        if not self._watching:
            self.nudge()

    def nudge(self) -> None:
        """See to it that some thread looks at the offers now."""
        if len(self._threads) < self.limit or self._idle:
            self.submit(_nudge)

    @contextlib.contextmanager
    def stand_in(self) -> Iterator[None]:
        """While the calling thread waits for another actor, another thread may take its place."""
        with self._lock:
            self._waiting += 1
        if not self._tasks.empty():
            self._add_thread()
        try:
            yield
        finally:
            with self._lock:
                self._waiting -= 1

    def close(self, timeout: float = 5.0) -> list[str]:
        """End the threads once the tasks that wait are done.

        Args:
            timeout: Seconds to wait for tasks that are running.
        Returns:
            Names of the threads that were still busy then; they end with their task.
        """
        deadline = time.monotonic() + timeout
        joined: set[threading.Thread] = {threading.current_thread()}
        while threads := self._closing() - joined:  # The last tasks may need threads of their own.
            for _ in threads:
                self._tasks.put(_nudge)
            for thread in threads:
                thread.join(max(0.0, deadline - time.monotonic()))
            joined |= threads
        return sorted(
            thread.name for thread in joined if thread.is_alive() and thread is not threading.current_thread()
        )

    def _closing(self) -> set[threading.Thread]:
        with self._lock:
            self._closed = True
            return set(self._threads)

    def _add_thread(self) -> None:
        with self._lock:
            if len(self._threads) - self._waiting >= self.limit:
                return
            thread = threading.Thread(target=self._work, name=f"animaweave-{next(_numbers)}", daemon=True)
            thread.start()  # Under the lock: `close` joins what it finds in the set.
            self._threads.add(thread)

    def _work(self) -> None:
        _here.scheduler = self
        idle_since = time.monotonic()
        while not self._may_end(idle_since):
            task = self._next_task()
            try:
                if task is not None:
                    self._leave_somebody()
                    task()
                else:
                    found = [steal() for steal in self._offers]
                    if not any(found):
                        continue
            except BaseException:
                # A task reports its own failures; what arrives here is a defect, and must not end the thread.
                _logger.exception("A task of the scheduler failed.")
            task = None
            idle_since = time.monotonic()

    def _leave_somebody(self) -> None:
        """Before a task that may take long: have another thread for what else there is to do.

        Whoever put it there may have counted on this one, which was still idle then.
        """
        if (self._offers or not self._tasks.empty()) and not self._idle and not self._closed:
            self._add_thread()

    def _next_task(self) -> Task | None:
        try:
            return self._tasks.get_nowait()
        except queue.Empty:
            pass
        with self._lock:
            watches = bool(self._offers) or time.monotonic() < self._alert_until
            self._idle += 1
            self._watching += watches
        try:
            return self._tasks.get(timeout=POLL_S if watches else LINGER_S)
        except queue.Empty:
            return None
        finally:
            with self._lock:
                self._idle -= 1
                self._watching -= watches

    def _may_end(self, idle_since: float) -> bool:
        """Take the calling thread off the books if it is no longer needed."""
        with self._lock:
            surplus = len(self._threads) - self._waiting > self.limit
            stale = not self._offers and time.monotonic() - idle_since > LINGER_S
            if not self._tasks.empty() and not surplus:
                return False
            if not (self._closed or surplus or stale):
                return False
            self._threads.discard(threading.current_thread())
            if self._closed:
                self._tasks.put(_nudge)  # One wakes the next.
            return True
