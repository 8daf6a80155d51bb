"""One call of a function in a worker: what is sent, what comes back, when waiting for it makes no sense any more."""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...authoring.context import Cancelled, Level, Shown
from ...errors import EngineError, TimedOut, WorkerDied
from ..bus.pool import Lease
from .channel import ChannelClosed, Frame, Handle, Kind, pack
from .failure import revive
from .process import SLICE_S, WorkerProcess, manner_of_death, to_logging

if TYPE_CHECKING:
    from .workers import Workers

OnLog = Callable[[Level, str], object]
OnProgress = Callable[[float, str], object]
OnBegin = Callable[[int], object]
OnEnd = Callable[[int], object]
OnPreview = Callable[[Shown], object]
OnDrawn = Callable[[], object]

SHORT_SLICE_S = 0.001
"""A timeout may be shorter than a slice; but nobody looks more often than that."""

_ANSWERS = frozenset({Kind.RESULT, Kind.ERROR, Kind.READY})


class Call:
    """A call under way; it belongs to the thread that waits for it.

    Args:
        workers: Who carry it out.
        name: The function's, for messages.
        timeout_s: How long the function may run.
        is_cancelled: Asked in every slice.
        on_log: Takes lines.
        on_progress: Takes fraction and text.
        on_begin: Told of the worker's process id right before it is sent the call.
        on_end: Told of the worker's CPU time in ns, when it has answered, if that is known.
        on_preview: Takes what the node shows of its work.
        on_drawn: Told that it takes random numbers.

    Attributes:
        leases: Segments that must not be used again before the call is over.
        result_bytes: Lengths of the result's buffers.
        has_begun: Whether the worker has said anything about it.
        has_fallen_back: Whether a buffer had to be sent as it is because no segment could be had.
    """

    def __init__(
        self,
        workers: Workers,
        name: str,
        timeout_s: float | None,
        is_cancelled: Callable[[], bool],
        on_log: OnLog,
        on_progress: OnProgress | None,
        on_begin: OnBegin | None = None,
        on_end: OnEnd | None = None,
        on_preview: OnPreview | None = None,
        on_drawn: OnDrawn | None = None,
    ) -> None:
        self._workers, self._pool, self._name, self._timeout_s = workers, workers.pool, name, timeout_s
        self._is_cancelled, self._on_log, self._on_progress = is_cancelled, on_log, on_progress
        self._on_begin, self._on_end, self._on_preview, self._on_drawn = on_begin, on_end, on_preview, on_drawn
        self._worker: WorkerProcess | None = None
        self._frame: Frame | None = None
        self._timeout_at = self._kill_at = float("inf")
        self.leases: list[Lease] = []
        self.result_bytes: list[int] = []
        self.has_fallen_back = self.has_begun = False

    def pack(self, order: Any, usual_bytes: list[int]) -> None:
        """Pickle what is to be sent.

        Args:
            order: What the worker reads.
            usual_bytes: Lengths of buffers that the result will have, as far as can be guessed; segments that are warm
                go along, which saves the worker from asking.
        Raises:
            EngineError: An argument cannot be pickled.
        """
        try:
            body, self._buffers = pack(order)
        except Exception as problem:
            raise EngineError(
                f"`{self._name}`: an input cannot go to a worker process: {problem}; "
                "give it one that can be pickled, or place the node inline"
            ) from problem
        self._usual_bytes = usual_bytes
        self._body = body
        self._frame = None if self._buffers or usual_bytes else Frame(Kind.CALL, 0, body)

    def _place(self) -> Frame:
        """See that what is sent lies in segments: not before there is a worker, for there may be many who wait."""
        handles: list[Handle] = []
        inline: list[memoryview] = []
        for raw in self._buffers:
            lease = self._pool.lease_behind(raw)
            if lease is not None:
                handles.append(Handle(lease.offset, lease.arena.offset_of(raw), raw.nbytes))
                self.leases.append(lease)
            elif (lease := self._segment(raw.nbytes)) is not None:
                lease.write(raw)
                handles.append(Handle(lease.offset, lease.offset, raw.nbytes))
            else:
                handles.append(Handle(-1, 0, raw.nbytes))
                inline.append(raw)
        grants: list[int] = []
        for size in self._usual_bytes:
            lease = self._pool.acquire(size, warm_only=True)
            if lease is not None:
                self.leases.append(lease)
                grants += (lease.offset, size)
        self._frame = Frame(Kind.CALL, 0, self._body, grants, handles, inline)
        return self._frame

    def _segment(self, size_bytes: int) -> Lease | None:
        lease = self._pool.acquire(size_bytes)
        if lease is None:
            self._workers.listen()
            lease = self._pool.acquire(size_bytes)
        if lease is None:
            self.has_fallen_back = True
        else:
            self.leases.append(lease)
        return lease

    def introduce(self, worker: WorkerProcess, number: int, function: bytes) -> BaseException | None:
        """Have a worker load the function, which is no part of the time that it may take.

        Args:
            worker: It does not know the function yet.
            number: By which calls will mean it.
            function: A pickled `FunctionRef`, as a tuple.
        Returns:
            What went wrong.
        Raises:
            ChannelClosed, Cancelled, EngineError: As `converse` does.
        """
        worker.channel.send(Frame(Kind.FUNCTION, worker.calls, function, [number]), self.look_up)
        answer = self._hear(worker)
        if answer.kind == Kind.READY:
            worker.knows.add(number)
            return None
        return self._problem(answer, worker)

    def converse(self, worker: WorkerProcess) -> tuple[Any, BaseException | None]:
        """Send the call to a worker and wait for its answer.

        Returns:
            The result, or what the function raised.
        Raises:
            ChannelClosed: The worker is gone.
            TimedOut: It ran too long.
            Cancelled: It was cancelled, and the grace is over.
            EngineError: It was cancelled since the workers are being closed, and the grace is over.
        """
        channel = worker.channel
        worker.listen()
        if self._on_begin is not None:
            self._on_begin(worker.pid)
        cpu_ns = worker.cpu_ns() if self._on_end is not None else None
        if self._timeout_s is not None:
            channel.cut(min(SLICE_S, max(self._timeout_s, SHORT_SLICE_S)))
        elif channel.slice_s != SLICE_S:
            channel.cut(SLICE_S)
        channel.send(self._frame or self._place(), self.look_up, worker.calls)
        if self._timeout_s is not None:
            self._timeout_at = time.monotonic() + self._timeout_s
        answer = self._hear(worker)
        if self._on_end is not None and cpu_ns is not None and (now_ns := worker.cpu_ns()) is not None:
            self._on_end(now_ns - cpu_ns)
        if answer.kind == Kind.ERROR:
            return None, self._problem(answer, worker)
        self.result_bytes = [handle.nbytes for handle in answer.handles if handle.segment >= 0]
        value, problem = self._value(answer, worker)
        self._pin(answer, worker)
        return value, problem

    def _hear(self, worker: WorkerProcess) -> Frame:
        """Wait for an answer; what the worker says before is seen to."""
        self._worker = worker
        receive = worker.channel.receive
        try:
            while (frame := receive(self._hears_nothing)).kind not in _ANSWERS:
                self.has_begun |= frame.call == worker.calls
                self._take_word(frame, worker)
                self.look_up()  # One who talks all the time lets no slice pass.
            return frame
        finally:
            self._worker = None

    def _problem(self, answer: Frame, worker: WorkerProcess) -> BaseException:
        self._pin(answer, worker)
        return revive(*pickle.loads(answer.body))  # noqa: S301 - from our own worker.

    def _take_word(self, frame: Frame, worker: WorkerProcess) -> None:
        if frame.kind == Kind.NEED:
            leases = [self._segment(size) for size in frame.numbers]
            offsets = [-1 if lease is None else lease.offset for lease in leases]
            worker.channel.send(Frame(Kind.GRANT, frame.call, b"", offsets), self.look_up)
        elif frame.kind == Kind.KEPT:
            self._pin(frame, worker)
        else:
            told = pickle.loads(frame.body)  # noqa: S301 - from our own worker.
            is_late = frame.call != worker.calls  # From a thread that a former call left behind.
            if frame.kind == Kind.LOG:
                (to_logging if is_late else self._on_log)(*told)
                return
            taker: Callable[..., object] | None = {
                Kind.PROGRESS: self._on_progress, Kind.PREVIEW: self._on_preview, Kind.DRAWN: self._on_drawn
            }[Kind(frame.kind)]  # fmt: skip
            if taker is not None and not is_late:
                taker(*told)

    def _value(self, frame: Frame, worker: WorkerProcess) -> tuple[Any, EngineError | None]:
        buffers: list[Any] = []
        if frame.handles:
            leases = [*self.leases, *worker.pins.values()]
            by_offset = {lease.offset: lease for lease in leases}
            inline = iter(frame.inline)
            for segment, offset, nbytes in frame.handles:
                if segment < 0:
                    buffers.append(next(inline))
                    continue
                lease = by_offset.get(offset) or next(one for one in leases if one.offset <= offset < one.end)
                buffers.append(lease.array(offset, nbytes))
        try:
            return pickle.loads(frame.body, buffers=buffers), None  # noqa: S301 - from our own worker.
        except Exception as problem:  # noqa: BLE001 - the result's own code; nothing is wrong with the worker.
            return None, EngineError(f"`{self._name}`: its result cannot be read outside of its worker: {problem}")

    def _pin(self, frame: Frame, worker: WorkerProcess) -> None:
        if frame.numbers or worker.pins:
            worker.pin(frame.numbers, self.leases)

    def _hears_nothing(self) -> None:
        """Look, when a slice is over in which the worker said nothing, whether it is still there."""
        if self._worker is not None and not self._worker.is_alive():
            raise ChannelClosed
        self.look_up()

    def look_up(self) -> None:
        """Look whether to wait on.

        Raises:
            TimedOut, Cancelled, EngineError: As `converse` does.
        """
        worker, now = self._worker, time.monotonic()
        if now >= self._timeout_at:
            raise TimedOut(f"`{self._name}` took longer than its timeout of {self._timeout_s:g} s; it was stopped")
        is_closing = self._workers.is_closing
        if not (is_closing or self._is_cancelled()):
            return
        if worker is not None and self._kill_at == float("inf"):
            worker.cancel()
            self._kill_at = now + self._workers.grace_s
        if worker is None or now >= self._kill_at:
            raise EngineError(f"`{self._name}`: the workers were closed") if is_closing else Cancelled

    def death(self, code: int) -> WorkerDied:
        """The error for a worker that ended."""
        return WorkerDied(f"`{self._name}`: its worker process {manner_of_death(code)}")
