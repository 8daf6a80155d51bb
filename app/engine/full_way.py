"""The full way of a node: whether it fires, the call of its function, and what became of it.

Everything that a plain node does not need is here, so that `Executor._drive`, the short way, stays short. Nothing is
locked, and what comes in between is foreign code.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from ..authoring.context import Cancelled, Context
from ..authoring.control import Ask
from ..errors import EngineError
from . import interrupts
from . import outcome as outcome_of
from .actors.turns import STOPPED, Turns
from .bus.donation import donated
from .compiler.plan import Absence, NodePlan, Plan
from .epoch import Epoch
from .firing import arguments, why_not
from .listeners import Listeners, no_frozen_values
from .observe.metrics import Metrics
from .outcome import Outcome
from .placement.failure import info_of
from .recovery import delay_s, is_worth_another
from .router import Router
from .shared import Routing, Shared

if TYPE_CHECKING:
    from .launches import Launches

_UNASKED = Absence("no node asked for it")


class FullWay:
    """Runs nodes of a plan with all that may be asked of them.

    Args:
        plan: The plan.
        shared: What its executor shares with others.
        metrics: Figures of each node.
        turns: The actors.
        router: Takes what nodes ask for.
        launches: Run nodes elsewhere.
        listeners: Who follows each node; None where nobody does.
    """

    def __init__(
        self,
        plan: Plan,
        shared: Shared,
        metrics: Metrics,
        turns: Turns,
        router: Router,
        launches: Launches,
        listeners: Listeners | None,
    ) -> None:
        self._plan, self._shared, self._metrics, self._turns = plan, shared, metrics, turns
        self._router, self._launches, self._listeners = router, launches, listeners

    def run(self, epoch: Epoch, index: int) -> Outcome | None:
        """Decide whether a node fires; run it if it does.

        Returns:
            What became of it; None if that is not known yet.
        """
        outcome = self._decide(epoch, index)
        if outcome is not None and index in epoch.given:
            outcome = outcome._replace(ran=False)  # Its value was taken, and that timed, before the epoch began.
        if self._listeners is not None and outcome is not None:
            self._listeners.finished(epoch, index, outcome)
        return outcome

    def _decide(self, epoch: Epoch, index: int) -> Outcome | None:
        node = self._plan.nodes[index]
        if epoch.cancelled:
            return outcome_of.cancel(node, epoch.cancelled)
        relief = self._shared.relief
        if relief is not None and relief.is_needed(self._shared.bus.live_bytes):
            relief.relieve(tuple(epoch.agenda.epochs), self._shared)
        try:
            if self._turns.busy[index] == STOPPED:
                raise EngineError(f"the actor of `{node.id}` was stopped from outside")  # noqa: TRY301 - told as others
            if index in epoch.unasked:  # Not all of its signals may have come.
                return outcome_of.skip(node, _UNASKED)
            values = epoch.slots.values
            arrivals = epoch.arrivals(index) if node.controls else ()
            absence = why_not(node, values, arrivals)
            if absence is not None:
                return outcome_of.skip(node, absence)
            if not self._router.enter(epoch, index, node):
                if epoch.is_cancelled() and epoch.agenda.order.withdraw(epoch, index):  # Nobody else would.
                    return outcome_of.cancel(node, epoch.cancelled)
                return None
            if self._listeners is not None and (known := self._listeners.known(epoch, index, node)) is not None:
                return known
            if node.is_frozen and self._listeners is None:
                raise no_frozen_values()  # noqa: TRY301 - told as others
            if self._listeners is not None:
                self._listeners.takes(epoch, index)
            if node.donates:
                self._donate(epoch, node)
            positional, keywords = arguments(node, values, arrivals)
            if index not in epoch.given and (node.placement != "inline" or node.call is not None):
                self._launches.launch(epoch, index, node, positional, keywords)
                return None
            return self._run_here(epoch, index, node, positional, keywords)
        except BaseException as problem:  # noqa: BLE001 - the border to the vessel: it becomes a report
            return self.failure(epoch, index, problem)
        finally:
            epoch.progress.pop(node.id, None)

    @interrupts.border
    def _run_here(
        self, epoch: Epoch, index: int, node: NodePlan, positional: list[Any], keywords: dict[str, Any]
    ) -> Outcome | None:
        """Run a node on this thread."""
        while True:
            if node.context is not None:  # Each attempt begins anew.
                keywords[node.context] = Context(node.id, epoch)
            if self._listeners is not None:
                self._listeners.started(epoch, index)
            try:
                function = node.function if node.kind == "function" else self.function(epoch, index, node)
                clocks = self._metrics.start_cpu(index)
                result = function(*positional, **keywords)
                self._metrics.stop_cpu(index, clocks)
                if type(result) is Ask:
                    self._router.ask(epoch, index, node, result)
                    return None
                return self.success(epoch, index, result)
            except BaseException as problem:
                pause_s = self.retry_after(epoch, index, node, problem)
                if pause_s is None:
                    raise
                if pause_s or epoch.cancelled:
                    self._launches.again_after(epoch, index, pause_s)
                    return None

    def _donate(self, epoch: Epoch, node: NodePlan) -> None:
        """Give the node arrays to write into that nobody else needs any more."""
        with Routing(self._shared):
            for slot in node.donates:
                given = donated(epoch.slots, self._shared.bus, slot)
                if given is not None:
                    epoch.slots.values[slot] = given

    def function(self, epoch: Epoch, index: int, node: NodePlan) -> Callable[..., Any]:
        """What a node of another kind than a plain function calls."""
        if node.kind == "class":
            instance: Callable[..., Any] | None = epoch.instances.get(index)
            if instance is None:
                instance = epoch.instances[index] = node.function()
            return instance
        if epoch.within is not None:  # Only streams take more than one value.
            return partial(_first_value, node.function)
        given = epoch.given[index].value
        if isinstance(given, BaseException):
            raise given
        return lambda *_, **__: given

    def retry_after(self, epoch: Epoch, index: int, node: NodePlan, problem: BaseException) -> float | None:
        """After how many seconds a node that raised is tried again; None if it is not.

        In a run that was cancelled, there is no other attempt: the node ends as one that has not been run.
        """
        if node.retry is None:
            return None
        number = epoch.attempts.get(index, 0) + 1
        epoch.attempts[index] = number
        if not is_worth_another(node.retry, number, problem):
            return None
        if self._listeners is not None:
            self._listeners.suspended(epoch, index, str(info_of(node.id, problem)))
        return delay_s(node.retry, number)

    def success(self, epoch: Epoch, index: int, result: Any) -> Outcome:
        """What becomes of a node that returned.

        Raises:
            Exception: The result has another form than the node declares.
        """
        node = self._plan.nodes[index]
        outcome = result if type(result) is Outcome else outcome_of.success(node, result)
        if node.tap is not None:
            node.tap(result)
        if self._listeners is not None:
            self._listeners.succeeded(epoch, index, node, outcome)
        return outcome

    def failure(self, epoch: Epoch, index: int, problem: BaseException) -> Outcome:
        """What becomes of a node that raised."""
        node = self._plan.nodes[index]
        if isinstance(problem, KeyboardInterrupt):
            agenda = epoch.agenda
            agenda.interrupt = agenda.interrupt or problem
            for root in tuple(agenda.epochs):
                root.executor.cancel(root, "interrupted")
        if isinstance(problem, KeyboardInterrupt) or (isinstance(problem, Cancelled) and epoch.cancelled):
            return outcome_of.cancel(node, epoch.cancelled or "interrupted")
        if node.on_error == "stop":
            root = epoch
            while root.within is not None:
                root = root.within
            root.stopped_by = node.id  # First: what is cancelled may have to know.
            root.executor.cancel(root, f"`{node.id}` failed")
        if self._listeners is not None:
            self._listeners.failed(epoch, index)
        return outcome_of.failure(node, problem)


def _first_value(function: Callable[..., Any], *positional: Any, **keywords: Any) -> Any:
    """The first value of a generator."""
    values = iter(function(*positional, **keywords))
    try:
        return next(values)
    except StopIteration:
        raise EngineError("it gave no value; inside a sub-graph that is called, a generator gives its first") from None
    finally:
        close = getattr(values, "close", None)
        if close is not None:
            close()
