"""One pass of one set of inputs through a plan: what has arrived, what is over, and what went wrong."""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Mapping
from contextvars import Context as Variables
from dataclasses import dataclass
from typing import Any, Literal

from ..authoring.context import Level
from ..authoring.error_info import ErrorInfo
from .bus.slots import Bus, Slots
from .compiler.plan import FULL, QUICK, SETTLED, Plan
from .latch import Latch

State = Literal["waiting", "running", "completed", "failed", "skipped", "cancelled"]


_FULL = bytes(FULL if stage == QUICK else stage for stage in range(256))


@dataclass(frozen=True, slots=True)
class Ending:
    """How a node that did not simply complete came to its end.

    Attributes:
        state: `failed`, `skipped` or `cancelled`.
        reason: Why, in words.
        error: For a failed node: the error.
        is_handled: Whether the failure was taken care of, so that the run's status does not suffer.
    """

    state: State
    reason: str = ""
    error: ErrorInfo | None = None
    is_handled: bool = False


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line that a node wrote."""

    node: str
    level: Level
    text: str


class Epoch:
    """State of one epoch. Changed by the executor, under its routing lock but for what a node reports of itself.

    Attributes:
        plan: What is run.
        slots: Its values.
        pending: For each node, the wires that it still waits for.
        stages: For each node, whether it may take the short way, takes the full one, or is over.
        left: Nodes that are not over.
        inbox: Nodes made ready by threads that do not work here.
        waiting: Nodes for which all has arrived, but whose actor is busy.
        strands: Queues of nodes that are ready, one for each thread that works here.
        endings: For nodes that did not simply complete, by index.
        cancelled: Why the run was cancelled; empty while it was not.
        cancelling: Set when it is.
        progress: Last progress of running nodes: fraction, text.
        log: The last lines that nodes wrote.
        finished: Set when every node is over.
        variables: The submitter's context variables; every thread that works here has a copy.
        interrupt: The Ctrl-C that came while a node ran.
        stopped_by: Id of the node whose failure stopped the run.
    """

    __slots__ = (
        "cancelled",
        "cancelling",
        "endings",
        "finished",
        "inbox",
        "interrupt",
        "left",
        "log",
        "pending",
        "plan",
        "progress",
        "slots",
        "stages",
        "stopped_by",
        "strands",
        "variables",
        "waiting",
    )

    def __init__(self, plan: Plan, bus: Bus, settings: Mapping[int, Any], variables: Variables) -> None:
        self.plan = plan
        self.slots = Slots(plan, bus)
        values = self.slots.values
        for slot, value in settings.items():
            values[slot] = copy.deepcopy(value) if isinstance(value, list | dict | set) else value
        for slot in plan.changeable:
            if slot not in settings:
                values[slot] = copy.deepcopy(values[slot])
        self.pending = list(plan.pending)
        self.stages = bytearray(plan.stages)
        self.left = len(plan.nodes)
        self.inbox: deque[int] = deque()
        self.waiting: set[int] = set()
        self.strands: dict[int, deque[int]] = {}
        self.endings: dict[int, Ending] = {}
        self.cancelled = ""
        self.progress: dict[str, tuple[float, str]] = {}
        self.log: deque[LogLine] = deque(maxlen=10_000)
        self.cancelling, self.finished = Latch(), Latch()
        self.variables = variables
        self.interrupt: KeyboardInterrupt | None = None
        self.stopped_by = ""

    def queues(self) -> tuple[deque[int], ...]:
        """All queues of nodes that are ready; any thread may take from them."""
        return (self.inbox, *tuple(self.strands.values()))

    def cancel(self, reason: str) -> None:
        """Let every node that has not started end as cancelled; tell those that run. Under the routing lock."""
        self.announce_cancel(reason)
        self.leave_short_way()

    def announce_cancel(self, reason: str) -> None:
        """Tell nodes that run, and that look, of the cancel. Locks nothing: may come between any two lines."""
        self.cancelled = self.cancelled or reason
        self.cancelling.set()

    def leave_short_way(self) -> None:
        """Have all nodes take the full way, on which they see whether the run was cancelled. Under the routing lock."""
        self.stages[:] = self.stages.translate(_FULL)

    def on_progress(self, node: str, fraction: float, text: str) -> None:
        """Take a node's progress."""
        self.progress[node] = (fraction, text)

    def on_log(self, node: str, level: Level, text: str) -> None:
        """Take a line of a node's log."""
        self.log.append(LogLine(node, level, text))

    def is_cancelled(self) -> bool:
        """Whether the run was cancelled."""
        return bool(self.cancelled)

    def wait_cancelled(self, seconds: float) -> bool:
        """Wait until the run is cancelled, at most so long; tell whether it is."""
        return self.cancelling.wait(seconds)

    def state(self, node: int) -> State:
        """What a node is doing now; may be called while the epoch runs."""
        ending = self.endings.get(node)
        if ending is not None:
            return ending.state
        if self.stages[node] == SETTLED:
            return "completed"
        if self.pending[node] or node in self.waiting or any(node in queue for queue in self.queues()):
            return "waiting"
        return "running"
