"""Worker processes: functions are called in them, arrays go there and come back through the buffer pool.

The thread that calls waits for the answer itself: it sends one frame and reads one. No other thread takes part. Waits
are cut into slices, between which it looks whether the call was cancelled, takes too long, or the worker is gone.

A worker's death, a timeout and an ignored cancel cost that worker, which is replaced at the next call. A segment is
used again when nobody can see it any more: neither an array in this process, nor a call under way, nor what a node
kept.
"""

from __future__ import annotations

import os
import pickle
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...errors import EngineError, WorkerDied
from ..bus.pool import BufferPool
from ..latch import Latch
from .call import Call, OnBegin, OnDrawn, OnEnd, OnLog, OnPreview, OnProgress
from .channel import ChannelClosed, Kind, contiguous
from .functions import Asked, FunctionRef
from .process import SLICE_S, WorkerProcess, manner_of_death, to_logging

DEATH_S = 1.0
"""How long a worker that closed its connection may take to be gone by itself; then its exit code tells why."""


def never() -> bool:
    """What is never cancelled."""
    return False


class _Known:
    """A function that was called before.

    Attributes:
        number: By which workers know it.
        body: What they are told.
        result_bytes: Lengths of its last result's buffers: those of the next one are likely to be the same.
    """

    __slots__ = ("body", "number", "result_bytes")

    def __init__(self, function: FunctionRef, number: int) -> None:
        self.number, self.body = number, pickle.dumps(tuple(function))
        self.result_bytes: list[int] = []


class _Turn:
    """Somebody who waits for a worker."""

    __slots__ = ("has_come", "worker")

    def __init__(self) -> None:
        self.has_come = Latch()
        self.worker: WorkerProcess | None = None


class Workers:
    """Up to so many worker processes; started when they are needed, kept warm.

    Args:
        limit: The most that there are at once.
        pool: For the arrays. It must outlive the workers.
        grace_s: Seconds that a cancelled node may take to notice.

    Attributes:
        is_closing: Whether `close` was called.
    """

    def __init__(self, limit: int, pool: BufferPool, grace_s: float = 0.25) -> None:
        self.limit, self.pool, self.grace_s = limit, pool, grace_s
        self.is_closing = False
        self._lock = threading.Lock()
        self._idle: list[WorkerProcess] = []
        self._all: set[WorkerProcess] = set()
        self._places = 0  # Taken of `limit`; a worker that is being started has one already.
        self._turns: deque[_Turn] = deque()
        self._all_gone = Latch()
        self._known: dict[FunctionRef, _Known] = {}
        self._has_said_full = False
        self._owner = os.getpid()

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers that there are."""
        with self._lock:
            return sorted(worker.pid for worker in self._all)

    def call(
        self,
        function: FunctionRef,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        *,
        context: Asked | None = None,
        timeout_s: float | None = None,
        is_cancelled: Callable[[], bool] = never,
        on_log: OnLog | None = None,
        on_progress: OnProgress | None = None,
        on_begin: OnBegin | None = None,
        on_end: OnEnd | None = None,
        on_preview: OnPreview | None = None,
        on_drawn: OnDrawn | None = None,
    ) -> Any:
        """Call a function in a worker and wait for its result; any thread may.

        Arrays go as they lie if they lie in the pool, else are copied there once. They arrive read-only, but for one
        below 4 kB that is not.

        Args:
            function: What `reference` made of it.
            args: Its arguments.
            kwargs: Those by name.
            context: The `Context` that it is to be given.
            timeout_s: How long it may run once a worker has it.
            is_cancelled: Asked about every 50 ms.
            on_log: Takes what it logs, prints and warns of; called on this thread, as is `on_progress`. Without it,
                lines go to `logging`.
            on_progress: Takes fraction and text.
            on_begin: Told of the process id as soon as a worker is there for the call and knows the function; once
                more if that one died before it had read of it.
            on_end: Told, when the answer is there, of the worker's CPU time since then, in ns.
            on_preview: Takes what the node shows of its work.
            on_drawn: Told that it takes random numbers.
        Returns:
            Its result; arrays in it are read-only and lie in the pool.
        Raises:
            TimedOut: It ran too long; its worker was killed.
            Cancelled: It was cancelled, and did not return by itself.
            WorkerDied: The worker ended in the middle; names the signal or the exit code.
            EngineError: Arguments or result cannot be sent, or `close` was called.
            BaseException: What it raised: see `failure.revive`.
        """
        if os.getpid() != self._owner:
            raise EngineError("worker processes belong to the process that started them; open an engine in this one")
        on_log = on_log or to_logging
        takers = on_log, on_progress, on_begin, on_end, on_preview, on_drawn
        call = Call(self, function.name, timeout_s, is_cancelled, *takers)
        known = self._known.get(function) or self._get_to_know(function)
        order = (known.number, tuple(map(contiguous, args)), kwargs or {}, None if context is None else tuple(context))
        try:
            call.pack(order, known.result_bytes)
            worker, value, problem = self._carry_out(call, known)
            self._pass_on(worker)
            if problem is None:
                known.result_bytes = call.result_bytes
            if call.has_fallen_back:
                self._say_full(on_log)
        finally:
            call.leases.clear()  # What is raised has a traceback, which would keep them.
        if problem is None:
            return value
        try:
            raise problem
        finally:
            del problem

    def _get_to_know(self, function: FunctionRef) -> _Known:
        with self._lock:
            return self._known.setdefault(function, _Known(function, len(self._known)))

    def _carry_out(self, call: Call, known: _Known) -> tuple[WorkerProcess, Any, BaseException | None]:
        """Have a worker carry out a call; one that died before it read of it is replaced."""
        while True:
            worker = self._take(call)
            worker.calls += 1
            try:
                if known.number not in worker.knows:
                    problem = call.introduce(worker, known.number, known.body)
                    if problem is not None:
                        return worker, None, problem
                return worker, *call.converse(worker)
            except ChannelClosed as closed:
                code = worker.end(DEATH_S)
                self._replace(worker)
                if not closed.is_unread or call.has_begun or worker.calls == 1:
                    raise call.death(code) from None
            except BaseException:
                self._replace(worker)
                raise

    def listen(self) -> None:
        """Hear what idle workers have said after their last calls: that they need a segment no longer."""
        with self._lock:
            idle, self._idle = self._idle, []
        for worker in idle:
            try:
                worker.listen()
            except ChannelClosed:
                self._replace(worker)
            else:
                self._pass_on(worker)

    def _say_full(self, on_log: OnLog) -> None:
        if not self._has_said_full:
            self._has_said_full = True
            why = self.pool.problem or f"its budget of {self.pool.budget_bytes / 2**20:.0f} MB is used up"
            on_log("warning", f"no shared memory is left ({why}): arrays go to and from workers in messages, slowly")

    def close(self, grace_s: float = 1.0) -> None:
        """End all workers; what is under way is cancelled.

        Args:
            grace_s: Seconds that they may take to end by themselves.
        """
        if os.getpid() != self._owner:
            return
        with self._lock:
            self.is_closing = True
            idle, self._idle = self._idle, []
        until = time.monotonic() + grace_s
        for worker in idle:
            worker.quit()
        for worker in idle:
            self._replace(worker, max(0.0, until - time.monotonic()))
        with self._lock:
            if not self._places:
                self._all_gone.set()
        # Threads that are in a call look up within a slice, and end their workers themselves.
        if not self._all_gone.wait(max(0.0, until - time.monotonic()) + self.grace_s + 2 * SLICE_S):
            with self._lock:
                left = list(self._all)
            for worker in left:
                worker.kill()

    # ---------------------------------------------------------------- who has which worker

    def _take(self, call: Call) -> WorkerProcess:
        """A worker that nobody uses; those who wait are served in order."""
        with self._lock:
            if self._idle:
                return self._idle.pop()
            turn = None
            if self._places < self.limit and not self.is_closing:
                self._places += 1
            else:
                turn = _Turn()
                self._turns.append(turn)
        if turn is None:
            return self._start(call)
        try:
            while not turn.has_come.wait(SLICE_S):
                call.look_up()
            call.look_up()  # What came may be free only because all is being ended.
        except BaseException:
            with self._lock:
                has_come = turn.has_come.is_set()
                if not has_come:
                    self._turns.remove(turn)
            if has_come:
                self._pass_on(turn.worker)
            raise
        return turn.worker or self._start(call)

    def _start(self, call: Call) -> WorkerProcess:
        worker = None
        try:
            try:
                worker = WorkerProcess(self.pool)
            except OSError as problem:
                raise EngineError(f"no worker process can be started: {problem}") from problem
            with self._lock:
                self._all.add(worker)
            frame = worker.channel.receive(call.look_up)
            assert frame.kind == Kind.READY  # noqa: S101 - nothing was asked of it yet.
        except BaseException as problem:
            if worker is None:
                self._pass_on(None)
                raise
            code = worker.end(SLICE_S if isinstance(problem, ChannelClosed) else 0.0)
            self._replace(worker)
            if isinstance(problem, ChannelClosed):
                raise WorkerDied(
                    f"a worker process {manner_of_death(code)} before it was ready; it says why on stderr"
                ) from None
            raise
        return worker

    def _replace(self, worker: WorkerProcess, grace_s: float = 0.0) -> None:
        worker.end(grace_s)
        with self._lock:
            self._all.discard(worker)
        self._pass_on(None)

    def _pass_on(self, worker: WorkerProcess | None) -> None:
        """Give a worker, or the right to start one, to whoever waits longest."""
        with self._lock:
            if self._turns:
                turn = self._turns.popleft()
                turn.worker = worker
                turn.has_come.set()
                return
            if worker is None:
                self._places -= 1
                if self.is_closing and not self._places:
                    self._all_gone.set()
                return
            if not self.is_closing:
                self._idle.append(worker)
                return
        worker.quit()
        self._replace(worker, self.grace_s)
