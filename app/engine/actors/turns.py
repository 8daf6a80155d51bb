"""Whose turn it is: an actor runs in one epoch at a time, or reads its messages, and never both.

One byte an actor says what it does. All of it changes under the routing lock.
"""

from __future__ import annotations

from time import perf_counter_ns
from typing import TYPE_CHECKING

from .. import outcome as outcome_of
from ..compiler.plan import FULL, QUICK, Plan
from ..epoch import Epoch
from ..garbage import no_collection
from ..shared import Push, Routing
from . import PooledRef, register, unregister
from .mailbox import Mailbox
from .node import NodeActor

if TYPE_CHECKING:
    from ..observe.metrics import Metrics
    from ..shared import Shared

FREE, BUSY, WANTED, STOPPED = 0, 1, 2, 3
"""What an actor does: nothing; has a turn; has one, and more waits in its mailbox; was stopped for good."""


class Turns:
    """The actors of a plan, and what each of them does.

    Attributes:
        busy: What each actor does, in the order of the plan.
        actors: The actors.
        scheduler: Gives them the turns in which they read messages.
    """

    def __init__(self, plan: Plan, shared: Shared, metrics: Metrics) -> None:
        self.busy = bytearray(len(plan.nodes))
        self.scheduler = shared.scheduler
        self._plan, self._shared, self._metrics = plan, shared, metrics
        with no_collection():
            self.actors = [NodeActor(node.id, index, self).actor_ref for index, node in enumerate(plan.nodes)]
            self._mailboxes: list[Mailbox] = [ref.actor_inbox for ref in self.actors]
            register(self.actors)

    def visit(self, node: int) -> None:
        """A message came for the node's actor: give it a turn as soon as it has none."""
        with Routing(self._shared):
            state = self.busy[node]
            if state == STOPPED:
                self._close(node)
            elif state == BUSY:
                self.busy[node] = WANTED
            elif state == FREE:
                self.busy[node] = WANTED
                self._submit_turn(node)

    def leave(self, node: int) -> None:
        """The actor's turn for messages is over."""
        with Routing(self._shared):
            if not self.actors[node].actor_stopped.is_set():
                self.busy[node] = WANTED
                self.free(node)
                return
            self.busy[node] = STOPPED
            for epoch in self._mailboxes[node].take_out(Epoch):
                self._take_out(epoch, node)
                self.make_ready(epoch, node, None)
            self._close(node)

    def make_ready(self, epoch: Epoch, node: int, push: Push | None) -> None:
        """Everything that the node waits for has arrived: run it, or have it wait until its actor is free.

        Args:
            epoch: The epoch.
            node: The node.
            push: Takes the node if it can run; None for the epoch's agenda.
        """
        state = self.busy[node]
        if state in (FREE, STOPPED):
            if state == FREE:
                self.busy[node] = BUSY
            elif epoch.stages[node] == QUICK:
                epoch.stages[node] = FULL
            if push is None:
                epoch.agenda.push(epoch, node)
            else:
                push(node)
        elif epoch.cancelled:
            self.cancel_unrun(epoch, node)
        else:
            self.busy[node] = WANTED
            epoch.waiting[node] = perf_counter_ns()
            self._metrics.note_depth(node, self._mailboxes[node].add(epoch))

    def cancel_unrun(self, epoch: Epoch, node: int) -> None:
        """Have a node of a cancelled run end that has not got its actor's turn."""
        outcome = outcome_of.cancel(self._plan.nodes[node], epoch.cancelled, had_turn=False)
        if epoch.executor.listeners is not None:
            epoch.executor.listeners.finished(epoch, node, outcome)
        self._shared.completions.append((epoch, node, outcome))

    def stop_waiting(self, epoch: Epoch, node: int) -> None:
        """Take an epoch that waits for the actor out of its mailbox."""
        del epoch.waiting[node]
        self._mailboxes[node].items.remove(epoch)

    def free(self, node: int) -> None:
        """An actor's turn is over: begin the next one that waits."""
        if self.busy[node] == STOPPED:
            return
        items = self._mailboxes[node].items
        if not items:
            self.busy[node] = FREE
        elif isinstance(items[0], Epoch):
            epoch = items.popleft()
            self._take_out(epoch, node)
            self.busy[node] = WANTED if items else BUSY
            epoch.agenda.push_first(epoch, node)
        else:
            self.busy[node] = WANTED
            self._submit_turn(node)

    @property
    def have_stopped(self) -> bool:
        """Whether all actors have stopped, so that none can have a turn."""
        return all(state == STOPPED for state in self.busy)

    def stop(self) -> None:
        """Stop all actors: those that do nothing and have no messages at once, the others when their turn comes."""
        idle: list[PooledRef[NodeActor]] = []
        busy: list[PooledRef[NodeActor]] = []
        with Routing(self._shared):
            for node, ref in enumerate(self.actors):
                if self.busy[node] == FREE and not self._mailboxes[node].items:
                    self.busy[node] = STOPPED
                    ref.end()
                    self._close(node)
                    idle.append(ref)
                elif self.busy[node] != STOPPED:
                    busy.append(ref)
        unregister(idle)
        for ref in busy:
            if ref.is_alive():
                ref.stop(block=False)

    def _take_out(self, epoch: Epoch, node: int) -> None:
        """An epoch that has waited in the mailbox may run the node now."""
        self._metrics.note_wait(node, perf_counter_ns() - epoch.waiting.pop(node))

    def _submit_turn(self, node: int) -> None:
        actor = self.actors[node]._actor_weakref()
        if actor is not None:
            self.scheduler.submit(actor._turn)

    def _close(self, node: int) -> None:
        """The node's actor has stopped: its mailbox refuses what comes, and holds the actor no longer."""
        self._mailboxes[node].close(f"NodeActor {self._plan.nodes[node].id}")
