"""One pass of one set of inputs through a plan: what has arrived, what is over, and what went wrong."""

from __future__ import annotations

import copy
import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from ..authoring.context import Level, Shown
from ..authoring.error_info import ErrorInfo
from .agenda import Agenda
from .bus.slots import Bus, Slots
from .compiler.plan import FULL, QUICK, SETTLED
from .firing import Arrivals
from .latch import Latch
from .scratch import Scratch, make_folder

if TYPE_CHECKING:
    from .cache.cache import Frozen
    from .cache.provenance import Key
    from .executor import Executor
    from .launches import Launch

State = Literal["waiting", "running", "completed", "failed", "skipped", "cancelled"]


MOST_LINES = 10_000
"""Lines of a run's log that are kept at least; older ones are dropped."""

_CHANGEABLE = (list, dict, set)

_NOTHING: Any = MappingProxyType({})
_NOBODY: Any = frozenset()

_making = threading.Lock()
"""Held while it is noted that an epoch has folders."""

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
        executor: Whose plan it goes through.
        plan: What is run.
        agenda: Where what is ready lies.
        number: Which one it is of all that runs and streams of the engine began, from 0; or of all that nodes began.
        within: The epoch in which this one is the work of a node; None for one that a run or stream began.
        depth: How many epochs it lies within.
        path: Which node's work it is, and which item or pass of it; empty for one that a run or stream began.
        inside: Epochs under way that are the work of nodes of this one.
        instances: Nodes with state, by index: those of the run, or of this item or pass alone.
        on_end: Called once it is over, with no lock held; None where nobody has to be told.
        place: Which one it is of its run or stream, from 0.
        folders: Of nodes that asked for one; None while none has.
        drawn: Ids of nodes that took random numbers; not noted where nobody follows the nodes.
        following: The next epoch of the stream, while it waits for this one at nodes with state.
        slots: Its values.
        pending: For each node, the wires that it still waits for.
        stages: For each node, whether it may take the short way, takes the full one, or is over.
        left: Nodes that are not over.
        waiting: Nodes for which all has arrived, but whose actor is busy, and since when, in ns.
        signals: What has come to control inputs, by node and number of the input.
        asked: Nodes behind lazy inputs that were asked for.
        unasked: Those that nobody will ask for any more.
        refusals: For each node behind lazy inputs, how many of these will not be asked for.
        launched: Nodes that run elsewhere, or not yet again, by index.
        attempts: How often nodes that failed have been tried.
        admitted: Nodes that were let in by the agenda's order.
        given_back: Nodes that have given back what they read before they are over.
        given: What generators gave for this epoch, or what they raised, by index of the node.
        keys: What the outputs of each node depend on, for the result cache; empty where there is none.
        frozen: What frozen nodes give, by index.
        from_cache: Nodes that were not run, since what they gave before still holds.
        endings: For nodes that did not simply complete, by index.
        cancelled: Why it was cancelled; empty while it was not.
        cancelling: Set when it is.
        progress: Last progress of running nodes: fraction, text.
        log: The last lines that nodes wrote.
        finished: Set when every node is over.
        stopped_by: Id of the node whose failure stopped the run.
    """

    # What few epochs have use for: it takes a tenth of a short run to make these for each of them.
    signals: dict[tuple[int, int], Arrivals] = _NOTHING
    asked: set[int] = _NOBODY
    unasked: set[int] = _NOBODY
    refusals: dict[int, int] = _NOTHING
    launched: dict[int, Launch] = _NOTHING
    attempts: dict[int, int] = _NOTHING
    admitted: set[int] = _NOBODY
    given: dict[int, Any] = _NOTHING
    frozen: dict[int, Frozen] = _NOTHING
    from_cache: set[int] = _NOBODY
    given_back: set[int] = _NOBODY
    keys: list[Key | None] = []  # Never added to, but set as a whole.
    on_end: Callable[[Epoch], None] | None = None
    folders: Scratch | None = None
    drawn: set[str] = _NOBODY
    place = 0
    following: Epoch | None = None
    cancelled = ""
    stopped_by = ""
    depth = 0

    def __init__(
        self,
        executor: Executor,
        agenda: Agenda,
        settings: Mapping[int, Any],
        bus: Bus,
        number: int = 0,
        within: Epoch | None = None,
        path: str = "",
    ) -> None:
        plan = executor.plan
        self.executor, self.plan, self.agenda, self.number, self.within = executor, plan, agenda, number, within
        self.path = path
        self.slots = Slots(plan, bus)
        values = self.slots.values
        for slot, value in settings.items():
            is_foreign = within is None and isinstance(value, _CHANGEABLE)
            values[slot] = copy.deepcopy(value) if is_foreign else value
        for slot in plan.changeable:
            if slot not in settings:
                values[slot] = copy.deepcopy(values[slot])
        self.pending = list(plan.pending)
        self.stages = bytearray(plan.stages)
        self.left = len(plan.nodes)
        self.waiting: dict[int, int] = {}
        self.inside: set[Epoch] = set()
        self.endings: dict[int, Ending] = {}
        if not plan.is_plain or executor.listeners is not None:
            self._make_books()
        if within is None:
            self.instances = agenda.instances
            self.progress: dict[str, tuple[float, str]] = {}
            self.log: list[LogLine] = []
        else:
            self.depth = within.depth + 1
            self.instances = {}
            self.progress, self.log = within.progress, within.log
        self.cancelling, self.finished = Latch(), Latch()

    def _make_books(self) -> None:
        self.signals, self.refusals, self.launched, self.attempts, self.given, self.frozen = {}, {}, {}, {}, {}, {}
        self.asked, self.unasked, self.admitted, self.from_cache = set(), set(), set(), set()
        self.given_back, self.drawn = set(), set()

    def is_inside(self, other: Epoch, node: int) -> bool:
        """Whether this epoch is the work of a node of another one, however deep inside."""
        user = other.plan.nodes[node].id
        epoch: Epoch | None = self
        while epoch is not None and epoch.within is not other:
            epoch = epoch.within
        return epoch is not None and epoch.path.partition("[")[0] == user

    def arrivals(self, node: int) -> Sequence[Arrivals]:
        """What has come to each control input of a node."""
        return [self.signals[node, number] for number in range(len(self.plan.nodes[node].controls))]

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
        if self.executor.listeners is not None:
            self.executor.listeners.progress(self, node, fraction, text)

    def on_log(self, node: str, level: Level, text: str) -> None:
        """Take a line of a node's log."""
        self.log.append(LogLine(node, level, text))
        if len(self.log) > 2 * MOST_LINES:
            del self.log[:MOST_LINES]
        if self.executor.listeners is not None:
            self.executor.listeners.log(self, node, level, text)

    @property
    def wants_previews(self) -> bool:
        """Whether anybody looks at previews."""
        return self.executor.shared.on_preview is not None

    def on_preview(self, node: str, shown: Shown) -> None:
        """Take what a node shows of its work."""
        if self.executor.shared.on_preview is not None:
            self.executor.shared.on_preview(node, shown)

    def seed(self, node: str) -> bytes:
        """What a node's random numbers come from: the same in every run with the same seed."""
        if self.drawn is not _NOBODY:
            self.drawn.add(node)
        return self.seed_unmarked(node)

    def seed_unmarked(self, node: str) -> bytes:
        """The same, without noting that the node takes any."""
        parts, epoch = [node], self
        while epoch.within is not None:
            parts.append(epoch.path)
            epoch = epoch.within
        parts += [str(epoch.place), str(epoch.agenda.draw_seed())]
        return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).digest()

    def scratch(self, node: str) -> Path:
        """Make a folder for a node that goes with the run."""
        return make_folder(self.scratch_base(), node)

    def scratch_base(self) -> Path:
        """Where the folders of the run's nodes lie."""
        epoch = self
        while epoch.within is not None:
            epoch = epoch.within
        with _making:
            if epoch.folders is None:
                epoch.folders = Scratch()
            return epoch.folders.base

    def is_cancelled(self) -> bool:
        """Whether the run was cancelled."""
        return bool(self.cancelled)

    def wait_cancelled(self, seconds: float) -> bool:
        """Wait until the run is cancelled, at most so long; tell whether it is."""
        return self.cancelling.wait(seconds)

    def ready(self) -> set[int]:
        """Nodes that are ready and have not begun."""
        return {*self.waiting.copy(), *self.agenda.ready(self)}

    def state(self, node: int) -> State:
        """What a node is doing now; may be called while the epoch runs."""
        ending = self.endings.get(node)
        if ending is not None:
            return ending.state
        if self.stages[node] == SETTLED:
            return "completed"
        if self.pending[node] or node in self.ready():
            return "waiting"
        return "running"
