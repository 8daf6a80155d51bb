"""Routes what nodes give: counts down what their consumers wait for, and gives back what they read.

Whoever calls has the routing lock, but for what takes it itself: `ask`, `give_back`.
"""

from __future__ import annotations

from typing import Any

from ..authoring.control import Ask
from ..errors import EngineError
from .actors.turns import Turns
from .bus.weight import WEIGHTLESS
from .compiler.plan import FULL, QUICK, SETTLED, Absence, NodePlan, OutputPlan, Plan
from .epoch import Epoch
from .firing import Arrivals
from .listeners import Listeners
from .observe.metrics import Metrics
from .outcome import Item, Outcome
from .result import faults
from .shared import Push, Routing, Shared


class Router:
    """Routes what the nodes of a plan give.

    Args:
        plan: The plan.
        shared: What its executor shares with others.
        metrics: Figures of each node.
        turns: The actors.
        listeners: Who follows each node; None where nobody does.
    """

    def __init__(self, plan: Plan, shared: Shared, metrics: Metrics, turns: Turns, listeners: Listeners | None) -> None:
        self._plan, self._shared, self._metrics, self._turns, self._listeners = plan, shared, metrics, turns, listeners
        self._stateful = frozenset(plan.stateful)

    def settle(self, epoch: Epoch, index: int, outcome: Outcome, dropped: list[Any], push: Push | None) -> None:
        """Route what a node gave and give back what it read.

        Args:
            epoch: The epoch.
            index: The node.
            outcome: What became of it.
            dropped: Takes values freed, to be dropped outside the lock.
            push: Takes nodes of the epoch that become ready; None for its agenda.
        """
        node = self._plan.nodes[index]
        if index in epoch.admitted:
            self.leave(epoch, index)
        if epoch.stages[index] == SETTLED:  # The epoch was abandoned while the node ran.
            if outcome.had_turn:
                self._turns.free(index)
            return
        if outcome.ending is not None:
            epoch.endings[index] = outcome.ending
            self._metrics.failures[index] += outcome.ending.state == "failed"
            self._metrics.skips[index] += outcome.ending.state == "skipped"
        for output, item in zip(node.returned, outcome.items, strict=True):
            self._route(epoch, index, output, item, dropped, push)
        if node.done is not None:
            self._route(epoch, index, node.done, (outcome.done, WEIGHTLESS), dropped, push)
        if node.error is not None:
            error = outcome.error or Absence(f"`{node.id}` did not fail")
            self._route(epoch, index, node.error, (error, WEIGHTLESS), dropped, push)
        for slot in node.sources if index not in epoch.given_back else ():
            self.count_freed(slot, epoch.slots.release(slot, dropped))
        epoch.stages[index] = SETTLED
        if self._listeners is not None:
            self._listeners.live_bytes(self._shared.bus.live_bytes)
        if node.lazy:
            self._close(epoch, node, push)
        if index in self._stateful:
            self.let_follow(epoch, index)
        if outcome.had_turn:
            self._turns.free(index)
        self.count_down(epoch, 1)

    def give_back(self, epoch: Epoch, index: int) -> None:
        """Give back what a node read before it is over, since an epoch inside has it now."""
        dropped: list[Any] = []
        with Routing(self._shared):
            if epoch.stages[index] != SETTLED:
                epoch.given_back.add(index)
                for slot in self._plan.nodes[index].sources:
                    self.count_freed(slot, epoch.slots.release(slot, dropped))
        dropped.clear()

    def _route(
        self, epoch: Epoch, index: int, output: OutputPlan, item: Item, dropped: list[Any], push: Push | None
    ) -> None:
        slots, slot = epoch.slots, output.slot
        value, weight = item
        if weight is WEIGHTLESS:
            slots.values[slot] = value
        else:
            self._metrics.bytes_out[index] += slots.put(slot, value, weight)
        if not slots.references[slot]:
            self.count_freed(slot, slots.free(slot, dropped))
        takes_full_way = isinstance(value, Absence)
        for consumer in output.consumers:
            if takes_full_way and epoch.stages[consumer] == QUICK:
                epoch.stages[consumer] = FULL
            self._arrive(epoch, consumer, push)
        if self._listeners is not None and output.port.control:
            self._listeners.signal(epoch, index, output.port.name, value)
        for consumer, number in output.signals:
            arrivals = epoch.signals.setdefault((consumer, number), Arrivals())
            if arrivals.take(value, self._plan.nodes[consumer].controls[number]):
                self._arrive(epoch, consumer, push)

    def _arrive(self, epoch: Epoch, node: int, push: Push | None) -> None:
        """One of the things that a node waits for has come."""
        epoch.pending[node] -= 1
        if not epoch.pending[node]:
            self._turns.make_ready(epoch, node, push)

    # -- lazy inputs ------------------------------------------------------------------------------------------------

    def ask(self, epoch: Epoch, index: int, node: NodePlan, ask: Ask) -> None:
        """Have lazy inputs computed; the node runs again when they have come."""
        can = [source.port.name for source in node.inputs if source.port.field.lazy]
        if not all(name.partition("[")[0] in can for name in ask.inputs):
            has = ", ".join(f"`{name}`" for name in can) or "none"
            raise EngineError(f"it asked for {', '.join(ask.inputs)}; its lazy inputs: {has}")
        wanted = [lazy for lazy in node.lazy if {lazy.place, lazy.place.partition("[")[0]} & set(ask.inputs)]
        wanted = [lazy for lazy in wanted if lazy.gate not in epoch.asked]
        if not wanted:
            has = ", ".join(f"`{lazy.place}`" for lazy in node.lazy if lazy.gate not in epoch.asked) or "none"
            raise EngineError(f"it asked for {', '.join(ask.inputs)}; what it can ask for: {has}")
        if self._listeners is not None:
            self._listeners.suspended(epoch, index, f"it asks for {', '.join(ask.inputs)}")
        with Routing(self._shared):
            if epoch.stages[index] == SETTLED:
                self._turns.free(index)
                return
            if index in epoch.admitted:
                self.leave(epoch, index)
            epoch.pending[index] += len(wanted)
            self._turns.free(index)
            for other in (other for lazy in wanted for other in lazy.before):
                if other not in epoch.asked:
                    epoch.asked.add(other)
                    self._arrive(epoch, other, None)

    def _close(self, epoch: Epoch, node: NodePlan, push: Push | None) -> None:
        """A node is over: what only the lazy inputs need that it did not ask for is not needed any more."""
        for other in (other for lazy in node.lazy if lazy.gate not in epoch.asked for other in lazy.before):
            refusals = epoch.refusals[other] = epoch.refusals.get(other, 0) + 1
            if refusals == self._plan.nodes[other].asked_by and other not in epoch.asked:
                epoch.unasked.add(other)
                # It is skipped whatever its inputs bring. To wait for them could be for ever: they may be there only
                # for what it would have asked for. Only the order of epochs is kept.
                epoch.pending[other] = 1 + (other in self._stateful and self._is_behind(epoch, other))
                self._arrive(epoch, other, push)

    @staticmethod
    def _is_behind(epoch: Epoch, node: int) -> bool:
        """Whether the node still has to see the epoch before."""
        return any(one.following is epoch and one.stages[node] != SETTLED for one in epoch.agenda.epochs)

    # -- order ------------------------------------------------------------------------------------------------------

    def enter(self, epoch: Epoch, index: int, node: NodePlan) -> bool:
        """Let a node start, unless one runs that runs alone. Nothing is locked."""
        if not self._plan.is_ordered or (node.call is not None and not node.is_sequential):
            return True  # A node that runs a sub-graph only waits, while the nodes inside ask for themselves.
        if index in epoch.admitted:  # It is tried again.
            return True
        if not epoch.agenda.order.enter(epoch, index, alone=node.is_sequential):
            return False
        epoch.admitted.add(index)
        return True

    def leave(self, epoch: Epoch, index: int) -> None:
        """A node does not run any more: those may start that it kept from it."""
        epoch.admitted.discard(index)
        for other, node in epoch.agenda.order.leave(epoch, index):
            other.agenda.push(other, node)

    def let_follow(self, epoch: Epoch, node: int) -> None:
        """A node with state is over: it may see the next epoch."""
        following = epoch.following
        if following is not None and node in self._stateful and following.stages[node] != SETTLED:
            self._arrive(following, node, None)

    # -- counting ----------------------------------------------------------------------------------------------------

    def count_freed(self, slot: int, freed_bytes: int) -> None:
        """Put bytes that were freed down to the node from which they came."""
        producer = self._plan.producers[slot]
        if freed_bytes and producer is not None:
            self._metrics.bytes_freed[producer[0]] += freed_bytes

    def count_down(self, epoch: Epoch, nodes: int) -> None:
        """So many nodes of an epoch are over."""
        epoch.left = max(0, epoch.left - nodes)
        if not epoch.left:
            self.conclude(epoch)

    def conclude(self, epoch: Epoch) -> None:
        """Every node is over: tell those who wait."""
        epoch.left = 0
        epoch.following = None  # Whoever still has this one, for a while, has not all that come after it.
        if self._listeners is not None:
            self._listeners.end(epoch, "cancelled" if epoch.cancelled else "failed" if faults(epoch) else "success")
        epoch.finished.set()
        if epoch.on_end is not None:
            epoch.agenda.tell_end(epoch)
        else:
            epoch.agenda.wake()
