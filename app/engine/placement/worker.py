"""The worker process: carries out one call after the other until it is told to end.

Its main thread reads calls from a socket and answers there; that is all that a trivial call costs. A thread of its
own, asleep in `select`, watches a second socket and the application itself: word of a cancelled call comes there, and
when the application is gone, however it ended, the worker ends at once, in the middle of a node too.

Arrays of a call are views of the pool's arena. A node may keep one, in its module or in a cycle of references: so every
answer says of which segments there still are arrays here, and the application does not use these again.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import io
import json
import logging
import os
import pickle
import select
import signal
import socket
import struct
import sys
import threading
import time
import warnings
from collections import Counter, deque
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from ...authoring.context import LEVELS, Context, Level, Shown
from ...errors import EngineError
from ..bus.pool import Arena, Bytes, View
from ..scratch import make_folder
from .channel import Channel, ChannelClosed, Frame, Handle, Kind, contiguous, pack
from .failure import describe
from .functions import Asked, FunctionRef, Functions

TIDY_SHARE = 0.05
"""Segments that are still in use after a call may be in a cycle of references; so much of its time a worker may spend
with collecting garbage."""


def main(argument: str) -> None:
    """Be a worker.

    Args:
        argument: What `Workers` tells a worker, as JSON.
    """
    told = json.loads(argument)
    signal.signal(signal.SIGINT, lambda *_: None)  # The application decides; and programs that a node starts are free.
    for descriptor in (*told["sockets"], told["lifeline"]):
        os.set_inheritable(descriptor, False)  # noqa: FBT003 - Python's own signature.
    connection, control = (socket.socket(fileno=descriptor) for descriptor in told["sockets"])
    control.settimeout(None)
    _tie_to(told["lifeline"])
    arena = Arena.attach(*told["arena"]) if told["arena"] else None
    Worker(Channel(connection), arena).serve(control, told["parent"], told["log_level"])


def _tie_to(lifeline: int) -> None:
    """Have the system end this process when the other end of a pipe is closed: as the application's end does.

    The thread that watches does so more thoroughly, but not while C code holds Python's lock.
    """
    if hasattr(fcntl, "F_SETSIG"):
        fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)


class Worker:
    """The worker's end of the line, and the engine's side of its nodes' contexts."""

    def __init__(self, channel: Channel, arena: Arena | None) -> None:
        self._channel, self._arena = channel, arena
        self._functions, self._loans = Functions(), _Loans()
        self._unsent: deque[Frame] = deque()
        self._sending = threading.Lock()
        self._call = 0
        self._cancelled_call = -1
        self._cancel = threading.Event()
        self._kept_for_good: list[int] = []
        self._tidy_from = 0.0
        self._lines: list[_Lines] = []
        self._asked = Asked("")

    def serve(self, control: socket.socket, parent: int, log_level: int) -> None:
        """Carry out calls until told to end."""
        threading.Thread(target=self._watch, args=(control, parent), name="watch", daemon=True).start()
        self._redirect(log_level)
        try:
            self._send(Frame(Kind.READY, 0, b""))
            while (frame := self._channel.receive()).kind != Kind.QUIT:
                self._call = frame.call
                self._send(self._answer(frame) if frame.kind == Kind.CALL else self._loaded(frame))
                del frame
                self._tidy()
        except ChannelClosed:
            pass
        control.close()

    # ---------------------------------------------------------------- a call

    def _answer(self, frame: Frame) -> Frame:
        kind = Kind.RESULT
        handles: list[Handle] = []
        inline: list[memoryview] = []
        try:
            result = self._carry_out(frame)
            body, buffers = self._packed(result)
            del result
            if buffers:
                grants = list(zip(frame.numbers[::2], frame.numbers[1::2], strict=True))
                handles, inline = self._place(buffers, grants)
                del buffers
        except ChannelClosed:
            raise
        except BaseException as problem:  # noqa: BLE001 - a node may raise anything; it is the application's to judge.
            kind = Kind.ERROR
            body = pickle.dumps(describe(problem), protocol=5)
        for lines in self._lines:
            if lines.rest:
                lines.finish()
        return Frame(kind, frame.call, body, self._loans.kept(), handles, inline)

    def _loaded(self, frame: Frame) -> Frame:
        try:
            self._functions.load(frame.numbers[0], FunctionRef(*pickle.loads(frame.body)))  # noqa: S301
        except BaseException as problem:  # noqa: BLE001 - a module may raise anything when it is imported.
            return Frame(Kind.ERROR, frame.call, pickle.dumps(describe(problem), protocol=5), self._loans.kept())
        return Frame(Kind.READY, frame.call, b"")

    def _carry_out(self, frame: Frame) -> Any:
        inline = iter(frame.inline)
        buffers = [next(inline) if handle.segment < 0 else self._lend(handle) for handle in frame.handles]
        try:
            function, args, kwargs, asked = pickle.loads(frame.body, buffers=buffers)  # noqa: S301 - the application's
        except AttributeError as problem:
            raise EngineError(
                f"an input cannot be read in a worker process: {problem}; "
                "its class must be declared in a module, not in the program itself"
            ) from problem
        del buffers
        if asked is not None:
            self._asked = Asked(*asked)
            kwargs[self._asked.parameter] = Context(self._asked.node, self)
        return self._functions.by_number[function](*args, **kwargs)

    def _lend(self, handle: Handle) -> Bytes:
        assert self._arena is not None  # noqa: S101 - there is a segment.
        return self._loans.lend(self._arena, handle)

    def _packed(self, result: Any) -> tuple[bytes, list[memoryview]]:
        try:
            return pack(contiguous(result))
        except Exception as problem:
            raise EngineError(
                f"its result, of type `{type(result).__name__}`, cannot leave a worker process: {problem}; "
                "return something that can be pickled, or place the node inline"
            ) from problem

    def _place(
        self, buffers: Iterable[memoryview], grants: list[tuple[int, int]]
    ) -> tuple[list[Handle], list[memoryview]]:
        """Write buffers to segments; those for which there is none are to be sent as they are."""
        handles: list[Handle] = []
        homeless: list[tuple[int, memoryview]] = []
        for raw in buffers:
            offset = self._offset(raw)
            if offset is None:
                fitting = min((grant for grant in grants if grant[1] >= raw.nbytes), key=lambda g: g[1], default=None)
                if fitting is not None:
                    grants.remove(fitting)
                    offset = self._write(fitting[0], raw)
                else:
                    homeless.append((len(handles), raw))
            handles.append(Handle(-1 if offset is None else 0, offset or 0, raw.nbytes))
        inline: list[memoryview] = []
        if homeless:
            self._send(Frame(Kind.NEED, self._call, b"", [raw.nbytes for _, raw in homeless]))
            for (at, raw), offset in zip(homeless, self._channel.receive().numbers, strict=True):
                if offset < 0:
                    inline.append(raw)
                else:
                    handles[at] = Handle(0, self._write(offset, raw), raw.nbytes)
        return handles, inline

    def _offset(self, raw: memoryview) -> int | None:
        """Where a buffer lies in the arena: a node may return its input, or a part of it."""
        if self._arena is None:
            return None
        offset = self._arena.offset_of(raw)
        return offset if 0 <= offset < self._arena.size_bytes else None

    def _write(self, offset: int, raw: memoryview) -> int:
        assert self._arena is not None  # noqa: S101 - there is a segment.
        np.copyto(self._arena.bytes[offset : offset + raw.nbytes], np.frombuffer(raw, np.uint8))
        return offset

    def _tidy(self) -> None:
        kept = self._loans.kept()
        if not kept or kept == self._kept_for_good or (begin := time.monotonic()) < self._tidy_from:
            return
        gc.collect()
        end = time.monotonic()
        self._tidy_from = end + (end - begin) / TIDY_SHARE
        self._kept_for_good = self._loans.kept()
        if self._kept_for_good != kept:
            self._send(Frame(Kind.KEPT, self._call, b"", self._kept_for_good))

    def _send(self, frame: Frame) -> None:
        """Send a frame, from any thread, and from a `__del__` in the middle of another one's sending."""
        self._unsent.append(frame)
        # Whoever is sending takes along what others leave here; it looks again when it has let go of the lock.
        while self._unsent and self._sending.acquire(blocking=False):
            try:
                self._channel.send(self._unsent.popleft())
            except IndexError:
                pass  # Another thread has taken it along.
            finally:
                self._sending.release()

    # ---------------------------------------------------------------- what nodes may ask of their run

    def on_progress(self, node: str, fraction: float, text: str) -> None:
        """Take a node's progress."""
        self._send(Frame(Kind.PROGRESS, self._call, pickle.dumps((fraction, text), protocol=5)))

    def on_log(self, node: str, level: Level, text: str) -> None:
        """Take a line of a node's log."""
        self._send(Frame(Kind.LOG, self._call, pickle.dumps((level, text), protocol=5)))

    @property
    def wants_previews(self) -> bool:
        """Whether anybody looks at previews."""
        return self._asked.wants_previews

    def on_preview(self, node: str, shown: Shown) -> None:
        """Take what a node shows of its work."""
        try:
            body = pickle.dumps((shown,), protocol=5)
        except Exception as problem:  # noqa: BLE001 - a value may be anything
            self.on_log(node, "warning", f"a preview cannot leave a worker process: {problem}")
            return
        self._send(Frame(Kind.PREVIEW, self._call, body))

    def seed(self, node: str) -> bytes:
        """What the node's random numbers come from."""
        self._send(Frame(Kind.DRAWN, self._call, pickle.dumps((), protocol=5)))
        return self._asked.seed

    def scratch(self, node: str) -> Path:
        """Make a folder for the node that goes with the run."""
        return make_folder(Path(self._asked.scratch), node)

    def is_cancelled(self) -> bool:
        """Whether the call was cancelled."""
        return self._cancelled_call == self._call

    def wait_cancelled(self, seconds: float) -> bool:
        """Wait until the call is cancelled, at most so long; tell whether it is."""
        until = time.monotonic() + seconds
        while not self.is_cancelled() and (left := until - time.monotonic()) > 0:
            self._cancel.clear()
            if not self.is_cancelled():
                self._cancel.wait(min(left, threading.TIMEOUT_MAX))
        return self.is_cancelled()

    def _watch(self, control: socket.socket, parent: int) -> None:
        watched: list[Any] = [control]
        # Processes that the application forked may hold its end of the sockets open when it is long gone.
        if hasattr(os, "pidfd_open"):
            with contextlib.suppress(OSError):
                watched.append(os.pidfd_open(parent))
        while os.getppid() == parent:
            ready, _, _ = select.select(watched, [], [])
            word = control.recv(8) if ready == [control] else b""
            if not word:
                break
            (self._cancelled_call,) = struct.unpack("=q", word)
            self._cancel.set()
        self._die()

    def _die(self) -> None:
        if os.getpgrp() == os.getpid():
            os.killpg(0, signal.SIGKILL)  # And what its nodes have started.
        os._exit(1)

    # ---------------------------------------------------------------- what nodes print, warn of and log

    def _redirect(self, log_level: int) -> None:
        for name in ("stdout", "stderr"):
            lines = _Lines(self, getattr(sys, name))
            self._lines.append(lines)
            setattr(sys, name, io.TextIOWrapper(lines, "utf-8", "replace", write_through=True))
        warnings.showwarning = self._on_warning
        logging.basicConfig(handlers=[_LogHandler(self)], level=log_level, force=True)

    def _on_warning(
        self,
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        self.on_log("", "warning", f"{filename}:{lineno}: {category.__name__}: {message}")


class _Loans:
    """Which segments have arrays in this process. An array's end is noted without a lock, wherever it comes."""

    def __init__(self) -> None:
        self._lent: Counter[int] = Counter()
        self._ended: deque[int] = deque()

    def lend(self, arena: Arena, handle: Handle) -> Bytes:
        """An array over a part of a segment."""
        loan = _Loan(arena, handle, self._ended)
        self._lent[handle.segment] += 1
        return loan.array(handle.offset, handle.nbytes)

    def kept(self) -> list[int]:
        """Offsets of the segments of which there are arrays."""
        if not self._lent:
            return []
        while self._ended:
            segment = self._ended.popleft()
            self._lent[segment] -= 1
            if not self._lent[segment]:
                del self._lent[segment]
        return sorted(self._lent)


class _Loan(View):
    """What arrays of a call have as their base."""

    __slots__ = ("_ended", "_segment")

    def __init__(self, arena: Arena, handle: Handle, ended: deque[int]) -> None:
        super().__init__(arena, handle.offset, handle.nbytes)
        self._segment, self._ended = handle.segment, ended

    def __del__(self) -> None:
        self._ended.append(self._segment)


class _Lines(io.RawIOBase):
    """What lies behind a standard stream: its lines go to the run's log.

    Attributes:
        rest: What came after the last end of line.
    """

    def __init__(self, worker: Worker, behind: TextIO | None) -> None:
        self._worker, self._behind, self.rest = worker, behind, b""

    def fileno(self) -> int:
        """The real stream's descriptor, for those who write there past Python."""
        if self._behind is None:
            raise io.UnsupportedOperation("fileno")
        return self._behind.fileno()

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: Any) -> int:
        """Take text; whole lines are sent."""
        *lines, self.rest = (self.rest + bytes(data)).split(b"\n")
        for line in lines:
            self._say(line)
        return len(data)

    def finish(self) -> None:
        """Send what has no end of line: the call is over."""
        rest, self.rest = self.rest, b""
        self._say(rest)

    def _say(self, line: bytes) -> None:
        # Of a line that was written over and over, as progress bars are, the last version counts.
        if text := line.rstrip().rpartition(b"\r")[2].decode(errors="replace"):
            self._worker.on_log("", "info", text)


class _LogHandler(logging.Handler):
    """Takes records of `logging` to the run's log."""

    def __init__(self, worker: Worker) -> None:
        super().__init__()
        self._worker = worker
        self.setFormatter(logging.Formatter("%(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Send a record."""
        level = LEVELS[min(max(record.levelno // 10 - 1, 0), len(LEVELS) - 1)]
        try:
            self._worker.on_log("", level, self.format(record))
        except ChannelClosed:
            raise
        except Exception:  # noqa: BLE001 - a record whose text cannot be made; `logging` tells of it on stderr.
            self.handleError(record)
