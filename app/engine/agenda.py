"""What is ready in a run or a stream: nodes of all its epochs, which any thread may take.

A *strand* is a queue of ready nodes of one epoch. A thread that works on one keeps what becomes ready there in it, so
that nothing is locked and nobody is woken; idle threads steal from it. What becomes ready elsewhere (a worker process
has answered, an epoch inside has ended) goes to the inbox and wakes a thread that waits.

Everything here may be called from any thread, and nothing locks for long.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections import deque
from collections.abc import Iterator
from contextvars import Context as Variables
from typing import TYPE_CHECKING, Any

from .order import Order

if TYPE_CHECKING:
    from .epoch import Epoch

Strand = deque[int]

_drawing = threading.Lock()
"""Held while a seed is drawn, which takes a microsecond."""


class Agenda:
    """What is ready.

    Attributes:
        inbox: Strands on which no thread works yet, each with its epoch; None instead of a strand tells that the epoch
            is over, and those who began it have to know.
        strands: Those on which a thread works, by its number.
        epochs: Those under way that a run or stream began, oldest first; not the ones inside of others.
        variables: The submitter's context variables; every thread that works here has a copy.
        interrupt: The Ctrl-C that came while a node ran.
        instances: The instances of nodes with state.
        order: Lets nodes that run alone do so.
        seed: What random numbers come from; None while nobody has asked for any, nor said what.
        begun: Epochs that were begun so far.
    """

    __slots__ = (
        *("_sleepers", "begun", "epochs", "inbox", "instances", "interrupt", "order", "seed", "strands"),
        "variables",
    )

    def __init__(self, variables: Variables, seed: int | None = None) -> None:
        self.seed, self.begun = seed, 0
        self.inbox: deque[tuple[Epoch, Strand | None]] = deque()
        self.strands: dict[int, tuple[Epoch, Strand]] = {}
        self.epochs: list[Epoch] = []
        self.variables = variables
        self.interrupt: KeyboardInterrupt | None = None
        self.instances: dict[int, Any] = {}
        self.order = Order()
        self._sleepers: list[threading.Lock] = []

    def draw_seed(self) -> int:
        """The seed; a fresh one if nobody has said which."""
        if self.seed is None:
            with _drawing:  # Two nodes may come at once.
                if self.seed is None:
                    self.seed = secrets.randbits(48)
        return self.seed

    def push(self, epoch: Epoch, node: int) -> None:
        """Have somebody run a node that is ready."""
        self.inbox.append((epoch, deque((node,))))
        if self._sleepers:
            self.wake()

    def push_first(self, epoch: Epoch, node: int) -> None:
        """The same, before all else: others wait behind it for the same actor, and would go on doing so."""
        self.inbox.appendleft((epoch, deque((node,))))
        if self._sleepers:
            self.wake()

    def tell_end(self, epoch: Epoch) -> None:
        """Have somebody tell those who began an epoch that it is over."""
        self.inbox.append((epoch, None))
        if self._sleepers:
            self.wake()

    def wake(self) -> None:
        """Wake a thread that waits here, if there is one."""
        if self._sleepers:
            with contextlib.suppress(IndexError):  # Another thread was faster.
                self._sleepers.pop().release()

    def wait(self, seconds: float) -> None:
        """Wait until something comes into the inbox, at most so long."""
        gate = threading.Lock()
        gate.acquire()
        self._sleepers.append(gate)
        if not self.inbox:  # Else it came before the gate was there to be opened.
            gate.acquire(timeout=seconds)
        with contextlib.suppress(ValueError):
            self._sleepers.remove(gate)

    def take(self) -> tuple[Epoch, Strand | None] | None:
        """Something to work on: what nobody works on yet, else a node of another thread's strand."""
        try:
            return self.inbox.popleft()
        except IndexError:
            pass
        for epoch, strand in tuple(self.strands.values()):
            try:
                return epoch, deque((strand.popleft(),))
            except IndexError:
                continue
        return None

    @property
    def is_busy(self) -> bool:
        """Whether there is more to take."""
        if self.inbox:
            return True
        return bool(self.strands) and any(strand for _, strand in tuple(self.strands.values()))

    def ready(self, epoch: Epoch) -> Iterator[int]:
        """The nodes of an epoch that are ready and have not begun."""
        for owner, strand in (*tuple(self.inbox), *tuple(self.strands.values())):
            if owner is epoch and strand is not None:
                yield from tuple(strand)

    def take_out(self, epoch: Epoch) -> Iterator[int]:
        """Take out all nodes of an epoch that have not begun; only under the routing lock."""
        for owner, strand in (*tuple(self.inbox), *tuple(self.strands.values())):
            while owner is epoch and strand:
                try:
                    yield strand.popleft()
                except IndexError:
                    break
