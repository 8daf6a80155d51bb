"""What happens in a run, event by event, for those who look on.

Idea: a ring that is written without a lock. Whoever emits takes the next number and puts its record at that place; a
reader goes from number to number, and sees by the number that lies in a place whether a record is there, is still to
come, or was written over. So the oldest is dropped, what a reader missed is counted, and one may emit inside another's
emit (a value's `__del__` may). Names are put to nodes by the reader, not by the engine. No emitter waits, unless a
reader asks for it: then nodes that are over, and those that write lines, wait while the reader has half a ring to read.

Any thread may emit. Numbers order the events; their times may be out of order by what a thread waited in between.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Mapping
from itertools import count
from time import perf_counter_ns
from typing import Any, Literal, NamedTuple

from ...authoring.context import Level
from ...authoring.error_info import ErrorInfo
from ...errors import EngineError
from ..compiler.plan import Plan
from ..latch import Latch

Kind = Literal[
    "epoch_begun", "epoch_ended", "gave", "started", "suspended", "finished",
    "signal", "error", "log", "progress", "preview", "bytes",
]  # fmt: skip
"""The methods of `Events` with these names say what each means."""

End = Literal["completed", "failed", "skipped", "cancelled"]
"""How a node ends."""

STALL_S = 1.0
"""Seconds after which a reader that does not read is no longer waited for, until it does."""

Record = tuple[int, int, Kind, int, "int | str", "Events", str, Any]


class Event(NamedTuple):
    """Something that happened.

    Attributes:
        number: Place in the stream, from 0.
        time_ns: When, by `time.perf_counter_ns`.
        kind: What.
        epoch: Number of the epoch; -1 where it belongs to none. Together with `within` it names one epoch.
        row: Index of the node in its plan, and its row in the table of figures; -1 where it belongs to no node.
        node: Id of the node, from the whole graph; empty where it belongs to no node.
        thread: Name of the thread or worker on which it happened.
        within: Path of the composite in whose plan it happened, such as `outer/loop`; empty in the graph's own plan.
        payload: What the method of `Events` named like the kind says.
        plan: The plan in which `row` counts; None where none was bound. Several have one path: of a `while`, its
            test's and its body's.
    """

    number: int
    time_ns: int
    kind: Kind
    epoch: int
    row: int
    node: str
    thread: str
    within: str
    payload: Any
    plan: Plan | None = None


class _Name(threading.local):
    """The name of each thread, asked for once."""

    def __init__(self) -> None:
        self.name = threading.current_thread().name


class Events:
    """A stream of events, of which the newest are kept.

    Args:
        capacity: How many are kept.
    Raises:
        EngineError: The capacity is not a whole number of at least 1.

    Attributes:
        capacity: How many are kept.
        path: Of the composite whose plan this one tells of; empty for the graph's own.
    """

    def __init__(self, capacity: int = 10_000) -> None:
        if capacity < 1 or capacity % 1:
            raise EngineError(f"the capacity of events is {capacity}; it must be a whole number of at least 1")
        self.capacity, self.path = capacity, ""
        self._plan: Plan | None = None
        self._ring: list[Record | None] = [None] * capacity
        self._numbers = count()
        self._name = _Name()
        self._sleepers: list[Latch] = []
        self._awaited: list[Reader] = []
        self._quarter = max(1, capacity // 4)
        self._ids: tuple[str, ...] = ()
        self._places: Mapping[str, int] = {}

    def bind(self, plan: Plan) -> None:
        """Name nodes as this plan does; to be called once, before the first event of a node."""
        self._ids = tuple(node.id for node in plan.nodes)
        self._places = {node.id: index for index, node in enumerate(plan.nodes)}
        self._plan = plan

    def within(self, path: str, plan: Plan) -> Events:
        """The same stream, for a composite's inner plan.

        Args:
            path: Of the composite from the whole graph: `outer/loop`. Its items and passes are no part of it, but
                epochs; no two of one path have the same number.
            plan: The inner plan, whose nodes have ids from the whole graph.
        """
        inner = copy.copy(self)
        inner.path = path
        inner.bind(plan)
        return inner

    def reader(self) -> Reader:
        """Somebody who reads what comes from now on; any number of them may read at their own pace."""
        return Reader(self)

    @property
    def emitted(self) -> int:
        """How many events there were so far."""
        return 1 + max((record[0] for record in self._ring if record is not None), default=-1)

    @property
    def dropped(self) -> int:
        """How many events were written over by newer ones so far, whether somebody had read them or not."""
        return max(0, self.emitted - self.capacity)

    # -- what the engine says; each has the epoch's number, and the node by its index in the bound plan or by its id ---

    def epoch_begun(self, epoch: int, item: str = "") -> None:
        """An epoch begins. Payload: `item`, of the composite that began it, such as `outer/loop[3]`; else empty."""
        self.emit("epoch_begun", epoch, payload=item)

    def epoch_ended(self, epoch: int, status: str) -> None:
        """All nodes of an epoch are over. Payload: `status`: `success`, `failed` or `cancelled`."""
        self.emit("epoch_ended", epoch, payload=status)

    def gave(self, epoch: int, node: int, began_ns: int, ended_ns: int) -> None:
        """A source was asked on this thread for its value of this epoch; its node, which passes it on, starts later.

        Payload: (`began_ns`, `ended_ns`), by `time.perf_counter_ns`.
        """
        self.emit("gave", epoch, node, (began_ns, ended_ns))

    def started(self, epoch: int, node: int, thread: str = "") -> None:
        """A node fires: right before its function is called or it is launched. Payload: None.

        Args:
            epoch: Number of the epoch.
            node: Index of the node.
            thread: Name of the thread or worker that runs it; by default, the thread that calls this.
        """
        self.emit("started", epoch, node, None, thread)

    def suspended(self, epoch: int, node: int, reason: str) -> None:
        """A node's function ended, but the node did not: it failed and is tried again, or asks for lazy inputs.

        It will start again, unless it is cancelled before. Payload: `reason`.
        """
        self.emit("suspended", epoch, node, reason)

    def finished(self, epoch: int, node: int, state: End, reason: str = "") -> None:
        """A node is over: right after its function returned and before its outputs go on, or when it will not fire.

        Comes once for each node that the epoch does not abandon. Payload: (`state`, `reason`).
        """
        self.emit("finished", epoch, node, (state, reason))
        self._give_way()

    def signal(self, epoch: int, node: int, port: str, is_active: bool) -> None:
        """A control output gave a signal. Payload: (`port`, `is_active`)."""
        self.emit("signal", epoch, node, (port, is_active))

    def error(self, epoch: int, node: int, error: ErrorInfo) -> None:
        """A node failed; comes before its `finished`. Payload: `error`."""
        self.emit("error", epoch, node, error)

    def log(self, epoch: int, node: int | str, level: Level, text: str) -> None:
        """A node wrote a line. Payload: (`level`, `text`)."""
        self.emit("log", epoch, node, (level, text))
        self._give_way()

    def progress(self, epoch: int, node: int | str, fraction: float, text: str = "") -> None:
        """A node says how far it is. Payload: (`fraction`, `text`)."""
        self.emit("progress", epoch, node, (fraction, text))

    def preview(self, epoch: int, node: int | str, port: str, preview: Any) -> None:
        """A value can be looked at. Payload: (`port`, `preview`), the latter no larger than what may be kept."""
        self.emit("preview", epoch, node, (port, preview))

    def bytes(self, live_bytes: int) -> None:
        """The bytes on the bus are others. Payload: `live_bytes`."""
        self.emit("bytes", payload=live_bytes)

    def _give_way(self) -> None:
        """Let those catch up who must not miss anything. Between nodes, so that no node seems to take longer."""
        for reader in tuple(self._awaited) if self._awaited else ():
            reader.await_room()

    def emit(self, kind: Kind, epoch: int = -1, node: int | str = -1, payload: Any = None, thread: str = "") -> None:
        """Add an event. Neither locks nor waits.

        Args:
            kind: What happened.
            epoch: Number of the epoch.
            node: Index or id of the node in the bound plan.
            payload: Whatever belongs to it; kept until `capacity` newer events have come.
            thread: By default, the name of the thread that calls this.
        """
        number = next(self._numbers)
        self._ring[number % self.capacity] = (
            *(number, perf_counter_ns(), kind, epoch, node, self, thread or self._name.name, payload),
        )
        if not number % self._quarter:
            for latch in tuple(self._sleepers):
                latch.set()

    def _event(self, record: Record) -> Event:
        """A record of this plan with all that is to be known of it."""
        number, time_ns, kind, epoch, node, _, thread, payload = record
        row = node if isinstance(node, int) else self._places.get(node, -1)
        name = self._ids[row] if 0 <= row < len(self._ids) else "" if isinstance(node, int) else node
        return Event(number, time_ns, kind, epoch, row, name, thread, self.path, payload, self._plan)


class Reader:
    """Reads a stream at its own pace; to be used by one thread at a time, but for `wake`.

    Args:
        events: The stream, of which it reads what comes from now on.

    Attributes:
        missed: How many events it has not seen so far, since they were written over before it came.
    """

    def __init__(self, events: Events) -> None:
        self._ring, self._sleepers, self._awaited = events._ring, events._sleepers, events._awaited
        self._next = events.emitted
        self._latch, self._room = Latch(), Latch()
        self._is_stalled = False
        self.missed = 0

    def take(self) -> tuple[list[Event], int]:
        """What came since the last call, at most as much as the stream keeps.

        Returns:
            The events in order of their numbers, and how many were missed before or between them.
        """
        ring, missed, next_ = self._ring, 0, self._next
        found: list[Event] = []
        while len(found) < len(ring):
            record = ring[next_ % len(ring)]
            if record is None or record[0] < next_:
                break  # Nothing more, or somebody has taken the number and is about to write.
            if record[0] > next_:
                oldest = record[0] - len(ring) + 1
                missed, next_ = missed + oldest - next_, oldest
                continue
            found.append(record[5]._event(record))
            next_ += 1
        self._next = next_
        self._is_stalled = False
        room, self._room = self._room, Latch()
        room.set()
        self.missed += missed
        return found, missed

    def hold_back(self) -> None:
        """From now on the run waits for this reader, which misses nothing unless it stops reading for `STALL_S`."""
        self._awaited.append(self)

    def let_go(self) -> None:
        """From now on nobody waits for this reader."""
        if self in self._awaited:
            self._awaited.remove(self)
        self._room.set()

    def await_room(self) -> None:
        """Wait while half of what the stream keeps is still to be read. Any thread may call this, but the reader's."""
        half = len(self._ring) // 2
        while self in self._awaited and not self._is_stalled:
            room, next_ = self._room, self._next
            record = self._ring[(next_ + half) % len(self._ring)]
            if record is None or record[0] < next_ + half:
                return
            self.wake()
            if not room.wait(STALL_S) and room is self._room:
                self._is_stalled = True

    def wait(self, timeout: float) -> bool:
        """Wait until it is time to take: about a quarter of what the stream keeps has come.

        Args:
            timeout: Seconds after which the wait ends anyway.
        Returns:
            Whether it was ended before.
        """
        latch = self._latch
        self._sleepers.append(latch)
        try:
            return latch.wait(timeout)
        finally:
            self._sleepers.remove(latch)
            if latch.is_set():
                self._latch = Latch()

    def wake(self) -> None:
        """End the wait, or the next one if there is none now. Any thread may call this."""
        self._latch.set()
