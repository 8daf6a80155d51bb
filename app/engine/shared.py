"""What the executors of one engine share: its own and those of the plans inside composite nodes.

One lock guards what all of them count (`executor`), so that a value may pass from one plan into another.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import threading
from collections import deque
from collections.abc import Callable
from contextvars import Context as Variables
from contextvars import ContextVar
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ..authoring.context import Shown
from . import interrupts
from .actors.scheduler import Scheduler
from .bus.relief import Relief
from .bus.slots import Bus
from .cache.cache import Cache
from .compiler.plan import Plan
from .observe.events import Events
from .placement.places import Places
from .placement.workers import Workers

if TYPE_CHECKING:
    from .agenda import Agenda
    from .epoch import Epoch
    from .executor import Executor
    from .outcome import Outcome
    from .stream import Stream

Push = Callable[[int], None]

_around: ContextVar[tuple[tuple[Shared, list[Epoch]], ...]] = ContextVar("around", default=())
"""What a node elsewhere than on the threads of runs is part of, outermost first: epochs under way, and on what."""


OnPreview = Callable[[str, Shown], object]
"""Takes the id of a node and what it shows of its work."""


class Shared:
    """What the executors of one engine share.

    Args:
        scheduler: Whose threads run nodes.
        workers: How many nodes may run at once.
        pool_bytes: The most memory that is shared with worker processes.
        events: Told of all that happens.
        cache: Asked for results of before.
        processes: Worker processes of somebody else's; its own if None.
        relief: Moves results to disk when too much lies on the bus; None for no limit.
        strict: Whether every value at every port is held against the port's type.
        on_preview: Takes what nodes show of their work, by id; None where nobody looks.

    Attributes:
        scheduler: Whose threads run nodes.
        workers: How many nodes may run at once.
        bus: Bytes that lie between nodes.
        places: Where nodes run that do not run on the scheduler's threads.
        lock: Guards slots, counts and actors' states of all executors. Never taken twice; unlike a plain lock it knows
            whose it is.
        try_lock: Takes the lock if it is free; tells whether it has.
        completions: Nodes that have ended, left to the holder of the lock.
        numbers: Give the epochs inside a number each.
        inner: Executors of the plans inside, by identity of the plan.
        streams: Those that are followed; kept here, so that what they refer to does not end before they are closed.
        forgotten: Those that nobody follows any more, found at a moment when they could not be closed.
        has_given_up: Whether a node was given up that went on running: it may do so still.
        unattended: Agendas of streams whose threads are elsewhere: with the inputs, or with who asked for a result.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        workers: int,
        pool_bytes: int,
        events: Events | None = None,
        cache: Cache | None = None,
        relief: Relief | None = None,
        processes: Workers | None = None,
        *,
        strict: bool = False,
        on_preview: OnPreview | None = None,
    ) -> None:
        self.scheduler, self.workers, self.events, self.cache = scheduler, workers, events, cache
        self.strict, self.on_preview = strict, on_preview
        self.relief = relief
        self.numbers = itertools.count()
        self.bus = Bus()
        self.places = Places(workers, pool_bytes, processes)
        self.lock = threading.RLock()
        self.try_lock = functools.partial(self.lock.acquire, blocking=False)
        self.completions: deque[tuple[Epoch, int, Outcome]] = deque()
        self.inner: dict[int, tuple[Plan, list[Executor]]] = {}
        self.has_given_up = False
        self.unattended: set[Agenda] = set()
        self.streams: set[Stream] = set()
        self.forgotten: deque[Stream] = deque()
        self._making = threading.Lock()

    def executor(self, plan: Plan) -> Executor:
        """The executor of a plan inside that has the fewest epochs under way.

        One actor runs in one epoch at a time, so a plan gets further executors, its *lanes*, as epochs of it come to
        run beside each other: as many as nodes may run at once.
        """
        from .executor import Executor  # noqa: PLC0415 - executors run composites, which run executors

        with self._making:
            _, lanes = self.inner.get(id(plan)) or (plan, [])
            best = min(lanes, key=_load, default=None)
            if best is None or (best.epochs and len(lanes) < self.workers):
                best = Executor(plan, self)
                lanes.append(best)
                self.inner[id(plan)] = plan, lanes
            return best

    def close_forgotten(self) -> None:
        """Close streams that nobody refers to any more."""
        while self.forgotten:
            with contextlib.suppress(IndexError):  # Another thread was faster.
                self.forgotten.popleft().close()

    def variables_in(self, agenda: Agenda) -> Variables:
        """A copy of the submitter's context variables, for foreign code that is called elsewhere than in a strand."""
        variables = agenda.variables.copy()
        variables.run(_around.set, (*variables.get(_around, ()), (self, agenda.epochs)))
        return variables

    def is_around(self) -> bool:
        """Whether the caller is such code, and its run or stream, or one around that, is under way here."""
        around = _around.get()
        return bool(around) and any(shared is self and epochs for shared, epochs in around)

    def unlock(self) -> None:
        """Release the routing lock; settle what others had to leave meanwhile."""
        self.lock.release()
        if self.completions:
            self.catch_up(None, _no_strand)

    def executors(self) -> list[Executor]:
        """All executors of plans inside."""
        return [executor for _, lanes in tuple(self.inner.values()) for executor in tuple(lanes)]

    def catch_up(self, epoch: Epoch | None, push: Push) -> None:
        """Settle what others left, unless somebody is at it.

        Args:
            epoch: The epoch on which this thread works.
            push: Takes nodes of that epoch that become ready; those of others go to their agendas.
        """
        completions, lock = self.completions, self.lock
        dropped: list[Any] = []
        while completions and lock.acquire(blocking=False):
            try:
                while completions:
                    owner, node, outcome = completions.popleft()
                    owner.executor.router.settle(owner, node, outcome, dropped, push if owner is epoch else None)
                    del outcome
            finally:
                lock.release()
            dropped.clear()


def _load(executor: Executor) -> int:
    return len(executor.epochs)


class Routing(interrupts.Deferred):
    """Holds the routing lock; afterwards settles what others had to leave."""

    __slots__ = ("_shared",)

    def __init__(self, shared: Shared) -> None:
        super().__init__()
        self._shared = shared

    def __enter__(self) -> None:
        super().__enter__()
        self._shared.lock.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._shared.unlock()
        super().__exit__(kind, problem, trace)


def _no_strand(node: int) -> None:
    raise AssertionError(f"node {node} has no strand to go to")
