"""Nodes that run elsewhere: on threads for those that block, on the asyncio loop, in worker processes, in inner epochs.

A launched node keeps its actor's turn (but for composites, which only wait) until its completion is delivered, from
whatever thread. A timeout runs from when the node begins: waiting for a thread, the loop or a worker does not count. It
first tells the node through its context; one that does not look is given up after a grace period, and what it returns
later is thrown away. The object of a node with state is given up with it, so that no object is in two calls at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from time import monotonic, perf_counter_ns
from typing import TYPE_CHECKING, Any

from ..authoring.context import Cancelled, Context, Level
from ..authoring.control import Ask
from ..errors import EngineError, TimedOut
from . import interrupts
from .actors.composite import compose
from .asking import OfEpoch
from .compiler.plan import SETTLED, NodePlan
from .outcome import Outcome
from .placement.functions import Asked, FunctionRef, reference
from .shared import Routing

if TYPE_CHECKING:
    from .epoch import Epoch
    from .executor import Executor

GRACE_S = 1.0
"""Seconds that a node has to look at its context once it has been told to end."""

_logger = logging.getLogger("animaweave.engine")


class Launch(OfEpoch):
    """One node on its way elsewhere; to the node, the run that it is part of.

    Attributes:
        epoch: The epoch.
        index: The node.
        stop: Ends it, or has it end soon; None where only its context tells it.
        abandon: For a composite: gives up the epochs inside that `stop` has not ended in time.
        is_expired: Whether its time is over.
        had_turn: Whether it keeps its actor's turn.
        started_ns: When the node began, once it has: not before a thread or worker was there for it.
    """

    __slots__ = (
        "_deadline",
        "_open",
        "_timer",
        "abandon",
        "epoch",
        "had_turn",
        "index",
        "is_expired",
        "started_ns",
        "stop",
    )

    def __init__(self, epoch: Epoch, index: int, *, had_turn: bool = True) -> None:
        self.epoch, self.index, self.had_turn = epoch, index, had_turn
        self.stop: Callable[[], None] | None = None
        self.abandon: Callable[[], None] | None = None
        self.is_expired = False
        self.started_ns = 0
        self._open = [None]  # Emptied by whoever ends it.
        self._deadline: float | None = None
        self._timer: Callable[[], None] | None = None

    def expire_after(self, seconds: float, timer: Callable[[], None]) -> None:
        """Note when its time is over, and what prevents that from being told."""
        self._deadline = monotonic() + seconds
        self.told_by(timer)

    def told_by(self, timer: Callable[[], None]) -> None:
        """Note what prevents that something is told which makes no sense once it is over."""
        self._timer = timer
        if self.is_over:  # Meanwhile.
            timer()

    @property
    def is_over(self) -> bool:
        """Whether it has ended, or was given up."""
        return not self._open

    def end(self) -> bool:
        """It is over, or given up; tell whether nobody else has ended it before."""
        try:
            self._open.pop()  # Two threads may come at once.
        except IndexError:
            return False
        if self.epoch.launched.get(self.index) is self:
            del self.epoch.launched[self.index]
        self.stop = self.abandon = None  # They know whom they stop, which knows this.
        if self._timer is not None:
            self._timer()
        return True

    def on_log_line(self, node: str, level: Level, text: str) -> None:
        """Take a line of the node's log, from a worker process."""
        self.epoch.on_log(node, level, text)

    def is_cancelled(self) -> bool:
        """Whether the node shall end."""
        return self.is_expired or self.epoch.is_cancelled()

    def wait_cancelled(self, seconds: float) -> bool:
        """Wait until the node shall end, at most so long; tell whether it shall."""
        if self._deadline is not None:
            seconds = min(seconds, max(0.0, self._deadline - monotonic()))
        is_cancelled = self.epoch.wait_cancelled(seconds)
        if self._deadline is not None and not is_cancelled and monotonic() >= self._deadline:
            self.is_expired = True  # The timer may come a moment later.
        return is_cancelled or self.is_expired


class Launches:
    """Launches the nodes of an executor, and takes what becomes of them."""

    def __init__(self, executor: Executor) -> None:
        self._executor, self._shared = executor, executor.shared
        self._references: dict[int, FunctionRef] = {}

    def launch(self, epoch: Epoch, index: int, node: NodePlan, positional: list[Any], keywords: dict[str, Any]) -> None:
        """Run a node elsewhere; its completion comes later.

        Args:
            epoch: The epoch.
            index: The node.
            node: Its plan.
            positional: What to call it with.
            keywords: What to call it with by name.
        Raises:
            Exception: It cannot be launched.
        """
        launch = Launch(epoch, index, had_turn=node.call is None)
        epoch.launched[index] = launch
        places = self._shared.places
        if node.context is not None:
            keywords[node.context] = Context(node.id, launch)
        try:
            if node.call is not None:
                with Routing(self._shared):
                    self._executor.turns.free(index)
                self._begin(launch)
                compose(self, launch, node, positional, keywords)
                if node.call.kind in ("call", "catch") and node.retry is None:
                    self._executor.router.give_back(epoch, index)
            elif node.placement == "async":
                on_loop = self._on_loop(launch, partial(node.function, *positional, **keywords), perf_counter_ns())
                variables = self._shared.variables_in(epoch.agenda)
                launch.stop = places.loop.run(on_loop, variables, partial(self.deliver, launch, perf_counter_ns()))
            elif node.placement == "process":
                call = self._in_worker(launch, node, positional, keywords)
                if self._is_alone(epoch):
                    self._await(launch, call)
                else:
                    places.threads.submit(partial(self._await, launch, call))
            else:
                call = partial(self._function(launch, node), *positional, **keywords)
                places.threads.submit(partial(self._on_thread, launch, call, perf_counter_ns()))
        except BaseException:
            launch.end()
            raise
        stop = launch.stop
        if launch.is_over:
            launch.stop = None
        elif launch.is_cancelled() and stop is not None:  # It was before there was anything to stop.
            stop()

    def again_after(self, epoch: Epoch, index: int, seconds: float, *, had_turn: bool = True) -> None:
        """Run a node that failed once more, after so many seconds; at once when the run is cancelled, to end it.

        Args:
            epoch: The epoch.
            index: The node.
            seconds: How long to wait.
            had_turn: Whether it has kept its actor's turn; else it takes one.
        """
        launch = epoch.launched[index] = Launch(epoch, index)

        def run() -> None:
            if not launch.end():
                return
            with Routing(self._shared):
                if epoch.stages[index] == SETTLED:  # It was abandoned meanwhile.
                    if had_turn:
                        self._executor.turns.free(index)
                elif had_turn:
                    epoch.agenda.push(epoch, index)
                else:
                    self._executor.turns.make_ready(epoch, index, None)

        launch.stop = run
        if not seconds or epoch.cancelled:
            run()
            return
        launch.expire_after(seconds, self._shared.places.timer.after(seconds, run))
        if epoch.is_cancelled():  # Meanwhile.
            run()

    def cancel(self, epoch: Epoch) -> None:
        """Stop what an epoch has launched, but epochs inside, which are cancelled with it.

        What only looks at its context has been told.
        """
        for launch in tuple(epoch.launched.values()):
            stop = launch.stop
            if stop is not None and launch.had_turn:
                stop()

    def let_go(self) -> None:
        """Let go of the executor, which knows this; nothing is launched or taken any more."""
        del self._executor

    def deliver(self, launch: Launch, started_ns: int, result: Any, problem: BaseException | None) -> None:
        """Take what became of a launched node. May be called from any thread.

        Args:
            launch: The launch; one that was given up is not taken any more.
            started_ns: When the node began, unless the launch knows that.
            result: What it returned.
            problem: What it raised, or None.
        """
        if not launch.end():
            return
        ended_ns = perf_counter_ns()
        epoch, index, metrics = launch.epoch, launch.index, self._executor.metrics
        outcome = self._outcome(launch, result, problem)
        if outcome is not None and outcome.ran:
            metrics.note_run(index, launch.started_ns or started_ns, ended_ns)
        if outcome is not None:
            self._complete(epoch, index, outcome)

    def _outcome(self, launch: Launch, result: Any, problem: BaseException | None) -> Outcome | None:
        epoch, index, executor = launch.epoch, launch.index, self._executor
        node = executor.plan.nodes[index]
        if problem is not None:
            return self._failure(launch, node, self._blamed(launch, node, problem))
        try:
            if type(result) is Ask:
                executor.router.ask(epoch, index, node, result)
                return None
            outcome = executor.full_way.success(epoch, index, result)
        except BaseException as caught:  # noqa: BLE001 - the border to the vessel: it becomes a report
            return self._failure(launch, node, caught)
        return outcome._replace(had_turn=launch.had_turn)

    def _failure(self, launch: Launch, node: NodePlan, problem: BaseException) -> Outcome | None:
        """What becomes of a node that raised; None if it is tried again.

        Nothing is raised where a frame has the problem in a variable: the two would hold each other, and the epoch.
        """
        epoch, index, full_way = launch.epoch, launch.index, self._executor.full_way
        pause_s = full_way.retry_after(epoch, index, node, problem)
        if pause_s is None:
            return full_way.failure(epoch, index, problem)._replace(had_turn=launch.had_turn)
        self.again_after(epoch, index, pause_s, had_turn=launch.had_turn)
        return None

    @staticmethod
    def _blamed(launch: Launch, node: NodePlan, problem: BaseException) -> BaseException:
        """What a node failed of: what it raised, unless that is only how it ended when it was told to."""
        if launch.is_expired and node.timeout_s is not None:
            return TimedOut(f"it took longer than its timeout of {node.timeout_s:g} s")
        if isinstance(problem, asyncio.CancelledError):
            return Cancelled() if launch.epoch.cancelled else RuntimeError("its task was cancelled from outside")
        return problem

    def _complete(self, epoch: Epoch, index: int, outcome: Outcome) -> None:
        if self._executor.listeners is not None:
            self._executor.listeners.finished(epoch, index, outcome)
        with Routing(self._shared):
            self._shared.completions.append((epoch, index, outcome))

    def _on_thread(self, launch: Launch, call: Callable[[], Any], submitted_ns: int) -> None:
        """Run a node on this thread of the pool."""
        index, metrics = launch.index, self._executor.metrics
        result, problem, clocks = None, None, None
        try:
            if launch.epoch.cancelled:  # While it waited for this thread.
                raise Cancelled  # noqa: TRY301 - told as others
            self._begin(launch, waited_since_ns=submitted_ns)
            clocks = metrics.start_cpu(index)
            result = self._called(launch, call)
        except BaseException as caught:  # noqa: BLE001 - the border to the vessel: it becomes a report
            problem = caught
        if not launch.is_over:  # Else another turn of the node may have its figures now.
            metrics.stop_cpu(index, clocks)
        self.deliver(launch, launch.started_ns, result, problem)
        del problem  # Its traceback has this frame.

    async def _on_loop(self, launch: Launch, call: Callable[[], Awaitable[Any]], submitted_ns: int) -> Any:
        """Run a node on the loop."""
        self._begin(launch, "animaweave-loop", submitted_ns)
        return await call()

    def _function(self, launch: Launch, node: NodePlan) -> Callable[..., Any]:
        """What is called of a node on a thread."""
        if node.kind == "function":
            return node.function
        if node.kind == "class":
            return partial(self._called_with_state, launch, node)
        return self._executor.full_way.function(launch.epoch, launch.index, node)

    def _called_with_state(self, launch: Launch, node: NodePlan, *positional: Any, **keywords: Any) -> Any:
        """Call the object of a node with state, which is made by the first call."""
        instances = launch.epoch.instances
        instance = instances.get(launch.index)
        if instance is None:
            instance = node.function()
            with Routing(self._shared):
                if not launch.is_over:  # Else it was given up, and another one may have taken its place.
                    instances[launch.index] = instance
        return instance(*positional, **keywords)

    def _await(self, launch: Launch, call: Callable[[], Any]) -> None:
        """Wait on this thread for a node in a worker process."""
        asked_ns = perf_counter_ns()
        result, problem = None, None
        try:
            result = self._called(launch, call)
        except BaseException as caught:  # noqa: BLE001 - the border to the vessel: it becomes a report
            problem = caught
        self.deliver(launch, asked_ns, result, problem)
        del problem

    @interrupts.border
    def _called(self, launch: Launch, call: Callable[[], Any]) -> Any:
        return self._shared.variables_in(launch.epoch.agenda).run(call)

    def _begin(self, launch: Launch, thread: str = "", waited_since_ns: int = 0) -> None:
        """A node begins, and its time: on this thread, or the one or the worker that is named."""
        launch.started_ns = perf_counter_ns()
        node, timer = self._executor.plan.nodes[launch.index], self._shared.places.timer
        if node.timeout_s is not None and node.placement != "process":
            launch.expire_after(node.timeout_s, timer.after(node.timeout_s, partial(self._expire, launch, node)))
        if waited_since_ns:
            self._executor.metrics.note_wait(launch.index, launch.started_ns - waited_since_ns)
        if self._executor.listeners is not None:
            self._executor.listeners.started(launch.epoch, launch.index, thread)

    def _in_worker(
        self, launch: Launch, node: NodePlan, positional: list[Any], keywords: dict[str, Any]
    ) -> Callable[[], Any]:
        """What has a worker process run a node, and waits for it."""
        index, metrics = launch.index, self._executor.metrics
        asked_ns = perf_counter_ns()

        def begin(pid: int) -> None:
            self._begin(launch, f"worker {pid}", asked_ns)

        def end(cpu_ns: int) -> None:
            if not launch.is_over:
                metrics.note_cpu(index, cpu_ns, perf_counter_ns() - launch.started_ns)

        known = self._references.get(index)
        if known is None:
            known = self._references[index] = reference(node.function)
        if node.context is not None:
            del keywords[node.context]
        return partial(
            self._shared.places.workers.call,
            known,
            positional,
            keywords,
            context=None if node.context is None else self._asked(launch, node),
            timeout_s=node.timeout_s,
            is_cancelled=launch.is_cancelled,
            on_log=partial(launch.on_log_line, node.id),
            on_progress=partial(launch.on_progress, node.id),
            on_preview=partial(launch.on_preview, node.id),
            on_drawn=partial(launch.seed, node.id),
            on_begin=begin,
            on_end=end if metrics.wants_cpu[index] else None,
        )

    @staticmethod
    def _asked(launch: Launch, node: NodePlan) -> Asked:
        """The context that a node is given in a worker process."""
        epoch, scratch = launch.epoch, str(launch.epoch.scratch_base())
        return Asked(node.context or "", node.id, epoch.seed_unmarked(node.id), scratch, epoch.wants_previews)

    @staticmethod
    def _is_alone(epoch: Epoch) -> bool:
        """Whether this thread may as well wait for the node itself: nothing else of the run is ready or runs."""
        agenda = epoch.agenda
        return (
            len(agenda.epochs) == 1
            and epoch.within is None
            and len(epoch.launched) == 1
            and len(agenda.strands) == 1
            and not agenda.is_busy
        )

    def _expire(self, launch: Launch, node: NodePlan) -> None:
        """Its time is over. On the timer's thread."""
        if launch.is_over:
            return
        launch.is_expired = True
        stop = launch.stop
        if stop is not None:
            stop()
        with contextlib.suppress(EngineError):  # The engine was closed: who did that has given up what runs.
            launch.told_by(self._shared.places.timer.after(GRACE_S, partial(self._give_up, launch, node)))

    def _give_up(self, launch: Launch, node: NodePlan) -> None:
        """A node whose time is over does not look at its context: go on without it. On the timer's thread."""
        abandon = launch.abandon
        with Routing(self._shared):
            if not launch.end():
                return
            if node.kind == "class":
                launch.epoch.instances.pop(launch.index, None)
            self._shared.has_given_up = True
        if abandon is not None:
            abandon()
        afterwards = "; its next call gets a new object, whose state begins anew" if node.kind == "class" else ""
        problem = TimedOut(
            f"it took longer than its timeout of {node.timeout_s:g} s, does not look at its context "
            f"and goes on in the background{afterwards}"
        )
        _logger.warning("`%s`: %s.", node.id, problem)
        outcome = self._failure(launch, node, problem)
        if outcome is not None:
            self._complete(launch.epoch, launch.index, outcome)
