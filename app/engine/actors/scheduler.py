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
import threading
import time
from collections import deque
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
        self._tasks: deque[Task] = deque()
        # A lock for each thread that waits for a task. (`SimpleQueue.get` with a timeout, when another thread is
        # faster just as it runs out, waits for ever on CPython 3.11.)
        self._sleepers: list[threading.Lock] = []
        self._offers: tuple[Offer, ...] = ()
        self._lock = threading.Lock()  # Guards what follows.
        self._threads: set[threading.Thread] = set()
        self._watching = 0  # Threads that wait for a task and look at the offers every now and then.
        self._waiting = 0  # Threads inside `stand_in`.
        self._alert_until = 0.0
        self._closed = False

    @staticmethod
    def current() -> Scheduler | None:
        """The scheduler whose thread this is, or None."""
        return getattr(_here, "scheduler", None)

    def submit(self, task: Task) -> None:
        """Have a task run on one of the threads."""
        self._tasks.append(task)
        # A thread that closes down does what it leaves behind itself.
        is_last = self._closed and Scheduler.current() is self
        if not self._wake_one() and not is_last:
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
        if len(self._threads) < self.limit or self._sleepers:
            self.submit(_nudge)

    @contextlib.contextmanager
    def stand_in(self) -> Iterator[None]:
        """While the calling thread waits for another actor, another thread may take its place."""
        with self._lock:
            self._waiting += 1
        if self._tasks:
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
            while self._wake_one():
                pass
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

    def _wake_one(self) -> bool:
        """Wake a thread that waits for a task; tell whether there was one."""
        try:
            self._sleepers.pop().release()
        except IndexError:
            return False
        return True

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
        """Before a task that may take long: have another thread look at the offers.

        Whoever made one may have counted on this thread, which was still idle then.
        """
        if self._offers and not self._closed:
            self.watch()

    def _next_task(self) -> Task | None:
        """The next task; None after a while without."""
        if self._tasks:
            with contextlib.suppress(IndexError):  # Another thread was faster.
                return self._tasks.popleft()
        gate = threading.Lock()
        gate.acquire()
        with self._lock:
            watches = bool(self._offers) or time.monotonic() < self._alert_until
            self._watching += watches
        self._sleepers.append(gate)
        if not self._tasks and not self._closed:  # Else it came before the gate was there to be opened.
            gate.acquire(timeout=POLL_S if watches else LINGER_S)
        with self._lock:
            self._watching -= watches
        with contextlib.suppress(ValueError):
            self._sleepers.remove(gate)
        with contextlib.suppress(IndexError):
            return self._tasks.popleft()
        return None

    def _may_end(self, idle_since: float) -> bool:
        """Take the calling thread off the books if it is no longer needed."""
        with self._lock:
            surplus = len(self._threads) - self._waiting > self.limit
            stale = not self._offers and time.monotonic() - idle_since > LINGER_S
            if (self._tasks and not surplus) or not (self._closed or surplus or stale):
                return False
            self._threads.discard(threading.current_thread())
        if self._tasks:  # One that this thread was woken for.
            self._wake_one()
        return True
