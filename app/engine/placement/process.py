"""A worker process as the application sees it: started, spoken to, ended."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import pickle
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterable

from ...authoring.context import Level
from ..bus.pool import BufferPool, Lease
from .channel import Channel, ChannelClosed, Frame, Kind

SLICE_S = 0.05
"""How long a wait goes on before somebody looks whether it still makes sense."""

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}

# The program's own main module is never run again, as `multiprocessing` would: it may not be written for that.
_PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1])['path']; "
    f"from {__package__}.worker import main; main(sys.argv[1])"
)


class WorkerProcess:
    """A process that carries out calls, one at a time; it belongs to one thread at a time.

    Attributes:
        pid: Its process id.
        channel: For frames.
        calls: How many it was sent.
        knows: Numbers of the functions that it was told of.
        pins: Segments of former calls of which it still has arrays, by offset.
    """

    def __init__(self, pool: BufferPool) -> None:
        if not hasattr(os, "killpg"):
            raise OSError("worker processes need Linux or another POSIX system; place the node inline")
        ours, theirs = socket.socketpair()
        self._control, their_control = socket.socketpair()
        lifeline, self._lifeline = os.pipe()
        arena = pool.arena
        sockets = [theirs.fileno(), their_control.fileno()]
        told = {
            "sockets": sockets,
            "lifeline": lifeline,
            "arena": [arena.key, arena.size_bytes] if arena is not None else None,
            "parent": os.getpid(),
            "path": sys.path,
            "log_level": logging.getLogger().getEffectiveLevel(),
        }
        own = ["--worker"] if getattr(sys, "frozen", False) else ["-c", _PROGRAM]
        # What C code writes past Python: the application's stdout is for what it says itself.
        errors = 2 if _is_open(2) else subprocess.DEVNULL
        with theirs, their_control, os.fdopen(lifeline), contextlib.ExitStack() as if_it_fails:
            if_it_fails.callback(self._hang_up, ours)
            self._process = subprocess.Popen(  # noqa: S603 - this very interpreter.
                [sys.executable, *own, json.dumps(told)],
                pass_fds=[*sockets, lifeline, *([int(arena.key)] if arena is not None else [])],
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                process_group=0,  # Killed with what its nodes have started; Ctrl-C at the terminal is not for it.
            )
            if_it_fails.pop_all()
        self.pid = self._process.pid
        self.channel = Channel(ours, SLICE_S)
        self.calls = 0
        self.knows: set[int] = set()
        self.pins: dict[int, Lease] = {}

    def is_alive(self) -> bool:
        """Whether the process is there."""
        if self._process.returncode is not None:
            return False
        if not hasattr(os, "waitid"):
            return self._process.poll() is None
        # Its exit code stays to be asked for, so that its id, and its group's, are nobody else's yet.
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def cpu_ns(self) -> int | None:
        """CPU time that it has had so far, all its threads together; None where the system does not tell of others."""
        try:
            # The number of a process's clock is what Linux has `clock_getcpuclockid` make of its id.
            return time.clock_gettime_ns(~self.pid << 3 | 2) if sys.platform == "linux" else None
        except OSError:
            return None

    def listen(self) -> None:
        """Hear what it has said after its last call: that it needs a segment no longer, say; it is idle.

        Raises:
            ChannelClosed: It is gone.
        """
        while self.pins and (frame := self.channel.receive_now()) is not None:
            if frame.kind == Kind.KEPT:
                self.pin(frame.numbers)
            elif frame.kind == Kind.LOG:
                to_logging(*pickle.loads(frame.body))  # noqa: S301 - from our own worker.

    def pin(self, offsets: Iterable[int], leases: Iterable[Lease] = ()) -> None:
        """Note which segments it still has arrays of.

        Args:
            offsets: Of all of them.
            leases: Those that came with the last call.
        """
        known = self.pins | {lease.offset: lease for lease in leases}
        self.pins = {offset: known[offset] for offset in offsets}

    def cancel(self) -> None:
        """Tell the call that is under way that it is cancelled."""
        with contextlib.suppress(OSError):
            self._control.send(struct.pack("=q", self.calls))

    def quit(self) -> None:
        """Tell it to end; it is idle."""
        with contextlib.suppress(ChannelClosed):
            self.channel.send(Frame(Kind.QUIT, 0, b""))

    def kill(self) -> None:
        """Kill it, and what its nodes have started; for a thread that does not have it, too."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)

    def end(self, grace_s: float = 0.0) -> int:
        """See it end.

        Args:
            grace_s: Seconds that it may take by itself, before it is killed.
        Returns:
            Its exit code; minus the signal that killed it.
        """
        until = time.monotonic() + grace_s
        while self.is_alive() and time.monotonic() < until:
            time.sleep(0.001)
        self.kill()
        code: int = self._process.wait()
        # Only now: as long as it lived, it could write to the segments.
        self.pins = {}
        if self._lifeline >= 0:
            self._hang_up(self.channel.socket)
        return code

    def _hang_up(self, connection: socket.socket) -> None:
        connection.close()
        self._control.close()
        os.close(self._lifeline)
        self._lifeline = -1


def to_logging(level: Level, text: str) -> None:
    """Take a line that no run takes."""
    logging.getLogger("animaweave.worker").log(_LEVELS[level], "%s", text)


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def manner_of_death(code: int) -> str:
    """An exit code in words: "was killed by SIGSEGV"."""
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"was killed by {name}" + (", as the system does when memory runs out" if code == -signal.SIGKILL else "")
